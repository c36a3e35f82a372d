package interop

import (
	"context"
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"laurel/internal/jsonld"
	"laurel/internal/jsonld/jsonldtest"
	"laurel/internal/needs"
	"laurel/internal/rdfc"
	"laurel/internal/rdfc/rdfctest"
	"laurel/internal/strictjson"
)

// TestSameStatements has jsonld.js, in safe mode, read the corpus and documents made from it
// by chance: of whatever Laurel reads, by either way, it must make the same canonical
// N-Quads. LAUREL_EQUAL_DOCUMENTS says how many are made.
func TestSameStatements(t *testing.T) {
	p, seen := startPeer(t), tally{}
	judge := func(document []byte, ours, theirs reading) { seen.add(t, document, ours, theirs) }
	corpus := jsonldtest.Corpus(t)
	p.each(t, written(t, corpus), judge)
	t.Logf("%d documents:\n%s", len(corpus), seen)
	if seen[same(jsonld.Compiled)] == 0 || seen[same(jsonld.General)] == 0 {
		t.Error("one of the ways was not compared")
	}

	maps.DeleteFunc(corpus, func(_ string, d strictjson.Value) bool {
		_, err := jsonld.Pinned().Read(d)
		return err != nil
	})
	m := jsonldtest.NewMutator(rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())), corpus)
	clear(seen)
	n := needs.Documents(t, 1500)
	p.each(t, made(m, n), judge)
	t.Logf("%d documents made by chance:\n%s", n, seen)
}

func written(t *testing.T, documents map[string]strictjson.Value) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for _, d := range documents {
			raw, err := json.Marshal(d.Tree())
			if err != nil {
				t.Fatal(err)
			}
			if !yield(raw) {
				return
			}
		}
	}
}

func made(m *jsonldtest.Mutator, n int) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for range n {
			if !yield(m.Document()) {
				return
			}
		}
	}
}

// opening begins a document whose member own holds whatever comes next.
const opening = `{"@context":["https://www.w3.org/ns/credentials/v2","https://www.w3.org/ns/credentials/undefined-terms/v2"],"type":"Own","own":[`

// TestKnownDifferences holds that each is still there: one that is gone must go from the list.
func TestKnownDifferences(t *testing.T) {
	p := startPeer(t)
	for value, want := range map[string]string{
		`1e-7`:                   pointless,
		`-1e-7`:                  pointless,
		`{"own":5e-324}`:         pointless,
		`"\ufb01","😀"`:           byUnit,
		`{"own":["\ue000","𝄞"]}`: byUnit,
		`{"id":"urn:x","_sd":["a"]},{"id":"urn:x","_sd":["a"]}`: twice,
	} {
		document := []byte(opening + value + `]}`)
		p.each(t, slices.Values([][]byte{document}), func(_ []byte, ours, theirs reading) {
			if got := difference(t, ours.NQuads, theirs.NQuads); ours.NQuads == theirs.NQuads || got != want {
				t.Errorf("%s: %q, want %q\nours\n%s\ntheirs\n%s", value, got, want, ours.NQuads, theirs.NQuads)
			}
		})
	}
}

// TestPoison holds that a poisoned graph (RDFC-1.0 §7.1) leaves both undecided, and the peer
// alive.
func TestPoison(t *testing.T) {
	var nodes, linked []string
	for i := range 12 {
		nodes = append(nodes, fmt.Sprintf(`{"id":"_:b%d"}`, i))
	}
	for i := range nodes {
		linked = append(linked, fmt.Sprintf(`{"id":"_:b%d","own":[%s]}`, i, strings.Join(nodes, ",")))
	}
	documents := [][]byte{[]byte(opening + strings.Join(linked, ",") + `]}`), []byte(opening + `{"own":"x"}]}`)}
	var answers []reading
	startPeer(t).each(t, slices.Values(documents), func(_ []byte, ours, theirs reading) {
		answers = append(answers, ours, theirs)
	})
	if answers[0].Undecided == "" || answers[1].Undecided == "" || answers[2].NQuads == "" || answers[2].NQuads != answers[3].NQuads {
		t.Errorf("%+v", answers)
	}
}

// ours is Laurel's reading.
func ours(t *testing.T, document []byte) reading {
	t.Helper()
	g, err := jsonld.Pinned().Read(jsonldtest.Read(t, document))
	if err != nil {
		for _, kind := range []error{jsonld.ErrDataLoss, jsonld.ErrContext, jsonld.ErrUnknownContext, jsonld.ErrUnsupported} {
			if errors.Is(err, kind) {
				return reading{Refused: kind.Error()}
			}
		}
		t.Fatalf("an error of no kind: %v\n%s", err, document)
	}
	out, err := g.Canonical(context.Background(), crypto.SHA256)
	switch {
	case errors.Is(err, rdfc.ErrBudget):
		return reading{way: g.Way(), Undecided: err.Error()}
	case err != nil:
		t.Fatalf("%v\n%s", err, document)
	}
	return reading{way: g.Way(), NQuads: string(out)}
}

// tally counts outcomes.
type tally map[string]int

func (c tally) String() string {
	var lines []string
	for _, outcome := range slices.Sorted(maps.Keys(c)) {
		lines = append(lines, fmt.Sprintf("%7d %s", c[outcome], outcome))
	}
	return strings.Join(lines, "\n")
}

func same(way jsonld.Way) string { return "the same, " + string(way) }

// add judges what both sides made of a document. That Laurel refuses what jsonld.js reads is
// as it must be: it holds documents to compact form, and their own contexts to new terms.
func (c tally) add(t *testing.T, document []byte, ours, theirs reading) {
	t.Helper()
	switch {
	case ours.Refused != "" && theirs.Refused != "":
		c["refused by both"]++
	case ours.Refused != "":
		c["refused by Laurel alone: "+ours.Refused]++
	case theirs.Refused != "":
		t.Errorf("read the %s way, jsonld.js refuses it: %s\n%s", ours.way, theirs.Refused, document)
	case ours.Undecided != "" || theirs.Undecided != "":
		c["undecided"]++
	case ours.NQuads == theirs.NQuads:
		c[same(ours.way)]++
	default:
		name := difference(t, ours.NQuads, theirs.NQuads)
		if name == "" {
			t.Errorf("read the %s way: %s\nours\n%s\ntheirs\n%s", ours.way, document, ours.NQuads, theirs.NQuads)
		}
		c["known difference: "+name]++
	}
}

// The known differences: points in which jsonld.js 9 and rdf-canonize 5 do not keep to the
// standards.
const (
	// JSON-LD 1.1 API §8.2.2 step 10 makes a double of a number with a fraction. jsonld.js
	// looks for a point in the text that JavaScript has for it, and 1e-7 has none.
	pointless = "a fraction that is written without a point is taken for 0"

	// RDFC-1.0 §4.4.3 and §4.6.3 sort lines in the order of Unicode code points. rdf-canonize
	// sorts by UTF-16 code unit, in which U+E000 to U+FFFF come last. Where that is inside a
	// hash, blank nodes change their labels.
	byUnit = "lines are sorted by UTF-16 code unit"

	// A dataset is a set (RDF 1.1 Concepts §3). jsonld.js finds that it has a statement already
	// by comparing the values, which for JSON are objects and so never the same.
	twice = "a JSON literal that is stated twice stands twice"
)

// difference names what explains that two texts differ, or nothing. With our terms written
// as jsonld.js writes them, both must be the same dataset.
func difference(t *testing.T, ours, theirs string) string {
	t.Helper()
	a, b := rdfctest.Parse(t, []byte(ours)), rdfctest.Parse(t, []byte(theirs))
	name := ""
	if strings.ContainsFunc(ours, last) && strings.ContainsFunc(ours, beyond) {
		name = byUnit
	}
	lines := strings.Split(theirs, "\n")
	if slices.ContainsFunc(lines, ofJSON) && len(slices.Compact(slices.Clone(lines))) < len(lines) {
		name = twice
	}
	for i := range a.Quads {
		if object := &a.Quads[i].Object; withoutPoint(object.Lexical) {
			*object, name = asZero(*object), pointless
		}
	}
	if canonical(t, a) != canonical(t, b) {
		return ""
	}
	return name
}

func ofJSON(line string) bool { return strings.Contains(line, "22-rdf-syntax-ns#JSON>") }

func last(r rune) bool { return 0xe000 <= r && r <= 0xffff }

func beyond(r rune) bool { return r > 0xffff }

var double = regexp.MustCompile(`^-?[0-9]\.[0-9]+E-[0-9]+$`)

// withoutPoint reports whether a text is the canonical form of a double that JavaScript
// writes with an exponent and no point.
func withoutPoint(lexical string) bool {
	f, err := strconv.ParseFloat(lexical, 64)
	return err == nil && double.MatchString(lexical) && math.Abs(f) < 1e-6 && !strings.Contains(strconv.FormatFloat(f, 'e', -1, 64), ".")
}

// asZero returns the literal that jsonld.js makes of such a number.
func asZero(o rdfc.Term) rdfc.Term {
	const xsd = "http://www.w3.org/2001/XMLSchema#"
	zero := rdfc.Term{Lexical: "0", Close: o.Close}
	if strings.HasPrefix(o.Lexical, "-") {
		zero.Lexical = "-0"
	}
	if o.Close == rdfc.Close(xsd+"double", "") {
		zero.Close = rdfc.Close(xsd+"integer", "")
	}
	return zero
}

func canonical(t *testing.T, d *rdfctest.Dataset) string {
	t.Helper()
	budget := rdfc.Default
	c, err := rdfc.Canonicalize(t.Context(), &d.Dataset, crypto.SHA256, &budget)
	if err != nil {
		t.Fatal(err)
	}
	return string(c.NQuads)
}
