//go:build suites

package engine_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"laurel/internal/engine"
	"laurel/internal/rdfc/rdfctest"
	"laurel/internal/strictjson"
)

const suiteBase = "https://w3c.github.io/json-ld-api/tests/"

// suiteTest is a test of the suite's manifest.
type suiteTest struct {
	ID            string   `json:"@id"`
	Type          []string `json:"@type"`
	Input, Expect string
	Option        struct {
		SpecVersion, ProcessingMode, RDFDirection, ExpandContext string
	}
}

func (e *suiteTest) is(kind string) bool { return slices.Contains(e.Type, "jld:"+kind) }

// leftOut says why a test is of another JSON-LD than the engine's.
func (e *suiteTest) leftOut(input []byte) string {
	o := e.Option
	switch {
	case o.SpecVersion == "json-ld-1.0" || o.ProcessingMode == "json-ld-1.0":
		return "JSON-LD 1.0"
	case o.ExpandContext != "":
		return "a context from outside the document"
	case o.RDFDirection != "i18n-datatype" && strings.Contains(string(input), "@direction"):
		return "directions otherwise than as i18n-datatype"
	}
	return ""
}

// TestSuite runs the tests of toRdf in the JSON-LD API's suite, from the folder tests of
// https://github.com/w3c/json-ld-api that LAUREL_JSONLD_SUITE names. What the engine reads it
// must read as the suite says, and it must not read what the suite says is an error; it may
// refuse whatever it likes, but not nearly all. The suite is in no package that could be
// installed for every run, hence the build tag.
func TestSuite(t *testing.T) {
	dir := os.Getenv("LAUREL_JSONLD_SUITE")
	if dir == "" {
		t.Fatal("LAUREL_JSONLD_SUITE must name the folder tests of a checkout of the JSON-LD API")
	}
	var manifest struct{ Sequence []suiteTest }
	if err := json.Unmarshal(suiteFile(t, dir, "toRdf-manifest.jsonld"), &manifest); err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, e := range manifest.Sequence {
		t.Run(strings.TrimPrefix(e.ID, "#"), func(t *testing.T) { count[runSuiteTest(t, dir, e)]++ })
	}
	t.Logf("%d tests: %v", len(manifest.Sequence), count)
	if count["read as expected"] < 85 || count["an error, refused"] < 90 {
		t.Errorf("the suite says little: %v", count)
	}
}

func runSuiteTest(t *testing.T, dir string, e suiteTest) (outcome string) {
	input := suiteFile(t, dir, e.Input)
	if why := e.leftOut(input); why != "" {
		return "left out: " + why
	}
	negative := e.is("NegativeEvaluationTest")
	statements, err := readSuiteDocument(dir, e.Input, input)
	switch {
	case err != nil && negative:
		return "an error, refused"
	case err != nil:
		t.Log(err)
		return "refused"
	case negative:
		t.Fatalf("an error was read:\n%s\n%s", input, canonical(t, statements.Data))
	case e.is("PositiveSyntaxTest"):
		return "read, whatever it states"
	}
	want := rdfctest.Parse(t, suiteFile(t, dir, e.Expect)).Dataset
	if got, want := canonical(t, statements.Data), canonical(t, want); got != want {
		t.Fatalf("%s\ngot\n%s\nwant\n%s", input, got, want)
	}
	return "read as expected"
}

func suiteFile(t *testing.T, dir, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func readSuiteDocument(dir, name string, input []byte) (engine.Statements, error) {
	v, err := strictjson.ReadObject(input, strictjson.Limits{})
	if err != nil {
		return engine.Statements{}, err
	}
	base, err := url.Parse(suiteBase + name)
	if err != nil {
		return engine.Statements{}, err
	}
	document := strictjson.Of((&suiteDocument{base: base}).rewrite(v.Object()))
	return engine.New(suiteContexts(dir)).Read(document.Member("@context"), document)
}

// suiteContexts looks contexts up among the files of the suite.
func suiteContexts(dir string) func(string) (strictjson.Value, bool) {
	return func(address string) (strictjson.Value, bool) {
		raw, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(strings.TrimPrefix(address, suiteBase))))
		if err != nil {
			return strictjson.Value{}, false
		}
		v, err := strictjson.Read(raw, strictjson.Limits{})
		return v, err == nil
	}
}

// suiteDocument writes a document of the suite as the engine takes them: the addresses of its
// contexts are whole; the keywords @id and @type, and properties that are called by their IRIs,
// whole or shortened, are called by names from one more context, where that changes nothing
// else.
type suiteDocument struct {
	base  *url.URL
	names map[string]string
}

func (s *suiteDocument) rewrite(document map[string]any) map[string]any {
	s.names = map[string]string{}
	taken := namesIn(document, map[string]int{})
	for name := range taken {
		if name == "@id" || name == "@type" || strings.Contains(name, ":") && taken["@context"] < 2 {
			s.names[name] = fmt.Sprintf("suite%d", len(s.names))
		}
	}
	renamed, _ := s.renamed(document).(map[string]any)
	more := map[string]any{}
	for long, name := range s.names {
		more[name] = map[string]any{"@id": long}
	}
	contexts, _ := renamed["@context"].([]any)
	renamed["@context"] = append(contexts, more)
	return renamed
}

// namesIn counts the names of members in a document and its contexts.
func namesIn(v any, names map[string]int) map[string]int {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			names[name]++
			namesIn(member, names)
		}
	case []any:
		for _, item := range v {
			namesIn(item, names)
		}
	}
	return names
}

func (s *suiteDocument) renamed(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		_, value := v["@value"]
		for name, member := range v {
			new, known := s.names[name]
			switch {
			case name == "@context":
				out[name] = s.addresses(member)
			case known && !value:
				out[new] = s.renamed(member)
			default:
				out[name] = s.renamed(member)
			}
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = s.renamed(item)
		}
		return out
	}
	return v
}

// addresses returns contexts with whole addresses.
func (s *suiteDocument) addresses(contexts any) any {
	list, ok := contexts.([]any)
	if !ok {
		list = []any{contexts}
	}
	out := make([]any, len(list))
	for i, c := range list {
		out[i] = c
		if reference, ok := c.(string); ok {
			if address, err := s.base.Parse(reference); err == nil {
				out[i] = address.String()
			}
		}
	}
	return out
}
