package badge

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"laurel/internal/needs"
	"laurel/internal/strictjson"
	"laurel/schemas"
)

// agree holds Fits to what schemas.Validate finds, for every schema, and returns for how many
// that was nothing.
func agree(t testing.TB, v strictjson.Value) (fitting int) {
	t.Helper()
	tree := v.Tree()
	for _, s := range schemas.All() {
		found := schemas.Validate(s, tree)
		if found == nil {
			fitting++
		}
		if Fits(s, v) != (found == nil) {
			text, err := json.Marshal(tree)
			t.Fatalf("%s: Fits says %v, Validate finds %v in %s (%v)", s, found != nil, found, text, err)
		}
	}
	return fitting
}

func TestFitsAgreesOnDocuments(t *testing.T) {
	fitting := 0
	for _, tree := range corpus(t) {
		fitting += agree(t, strictjson.Of(tree))
	}
	if fitting < 50 {
		t.Errorf("only %d fit a schema", fitting)
	}
}

// TestSchemasCompile compiles the embedded schemas all at once, with what none of them refers to.
func TestSchemasCompile(t *testing.T) {
	compiled := compile()
	for _, s := range schemas.All() {
		if compiled[string(s)] == nil || shapes[s]() == nil {
			t.Errorf("%s is not compiled", s)
		}
	}
}

// TestFitsAgreesOnMutants changes documents at one to three places. LAUREL_EQUAL_DOCUMENTS
// sets how many are made.
func TestFitsAgreesOnMutants(t *testing.T) {
	count := needs.Documents(t, 5_000)
	m := newMutator(corpus(t))
	fitting := 0
	for range count {
		v := strictjson.Of(m.mutant())
		if m.IntN(8) == 0 {
			v = v.Without(m.name())
		}
		fitting += agree(t, v)
	}
	t.Logf("%d mutants, of which %d fit a schema", count, fitting)
	if fitting < count/20 {
		t.Error("too few of them fit")
	}
}

// document reads a document of the repository.
func document(t testing.TB, path string) ([]byte, strictjson.Value) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(needs.Root(t), filepath.FromSlash(path)))
	if err != nil {
		t.Fatal(err)
	}
	v, err := strictjson.Read(raw, strictjson.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return raw, v
}

func TestFitsIsBounded(t *testing.T) {
	raw, plain := document(t, "schemas/testdata/achievement-credential.json")
	for more, want := range map[string]bool{
		`"more":[]`: true,
		`"more":` + strings.Repeat("[", schemas.MaxDepth) + strings.Repeat("]", schemas.MaxDepth):     true,
		`"more":` + strings.Repeat("[", schemas.MaxDepth+1) + strings.Repeat("]", schemas.MaxDepth+1): false,
		`"more":[` + strings.Repeat("1,", schemas.MaxValues/2) + `1]`:                                 true,
		`"more":[` + strings.Repeat("1,", schemas.MaxValues) + `1]`:                                   false,
	} {
		v, err := strictjson.Read([]byte(`{`+more+`,`+string(raw[1:])), strictjson.Limits{Depth: 100})
		if err != nil {
			t.Fatal(err)
		}
		if agree(t, v) > 0 != want {
			t.Errorf("%.20s…: fits %v", more, !want)
		}
		if !Fits(schemas.AchievementCredential, v.Without("more")) {
			t.Errorf("%.20s…: counted though it was taken away", more)
		}
	}
	if Fits("urn:laurel:schema:definitions", plain) || Fits("", strictjson.Value{}) {
		t.Error("fits what is no schema")
	}
}

// FuzzFits: Fits says of every document what schemas.Validate says.
func FuzzFits(f *testing.F) {
	m := newMutator(own(f))
	for _, tree := range m.bases {
		if raw, err := json.Marshal(tree); err == nil && len(raw) < 1<<13 {
			f.Add(raw)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if v, err := strictjson.Read(raw, strictjson.Limits{Bytes: 1 << 16}); err == nil {
			agree(t, v)
		}
	})
}

// BenchmarkFits judges the credential of the examples, and the library judges it beside.
func BenchmarkFits(b *testing.B) {
	for _, path := range []string{"examples/credential.json", "schemas/testdata/achievement-credential.json"} {
		_, v := document(b, path)
		tree := v.Tree()
		agree(b, v) // both compile their schemas at the first question
		b.Run(filepath.Base(path)+"/fits", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if !Fits(schemas.AchievementCredential, v) {
					b.Fatal("does not fit")
				}
			}
		})
		b.Run(filepath.Base(path)+"/validate", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if schemas.Validate(schemas.AchievementCredential, tree) != nil {
					b.Fatal("is not valid")
				}
			}
		})
	}
}
