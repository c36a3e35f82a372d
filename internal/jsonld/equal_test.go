package jsonld

import (
	"context"
	"crypto"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"laurel/internal/engine"
	"laurel/internal/jsonld/jsonldtest"
	"laurel/internal/needs"
	"laurel/internal/rdfc"
	"laurel/internal/strictjson"
	"laurel/schemas"
)

// bothWays reads a document under the compiled contexts, in the memory of the one before, and in
// the general way. Whatever the first accepts, the second must, with the same statements. It
// reports which accepted, and how many JSON literals the first found.
func bothWays(t *testing.T, document strictjson.Value) (compiled, generally bool, literals int) {
	t.Helper()
	p, budget := Pinned(), Default
	s, err := p.engine.Read(document.Member("@context"), document)
	defer s.Release()
	if err != nil && !errors.Is(err, engine.ErrRefused) {
		t.Fatalf("an error of no kind: %v", err)
	}
	budget.Reading *= 10
	if err == nil && s.Own {
		_, err = p.checkForm(document.Member("@context"), document, newLiterals(s.JSON), &budget)
	}
	compiled = err == nil
	want, generalErr := p.readGeneral(document.Member("@context"), document, &budget, &toRDF{})
	if !compiled {
		return false, generalErr == nil, 0
	}
	if generalErr != nil && strings.Contains(generalErr.Error(), "recursive context inclusion") {
		// json-gold takes a context that a list names twice for one that includes itself;
		// JSON-LD 1.1 API §4.1.2 step 5.2 asks only for those that are being processed.
		return true, false, 0
	}
	if generalErr != nil {
		t.Fatalf("the general way refuses it: %v\n%s", generalErr, written(t, document))
	}
	got := &Graph{root: s.Root, data: s.Data, fresh: int(s.Data.Blanks)}
	if got.fresh != want.fresh || len(got.Types()) != len(want.Types()) {
		t.Fatalf("%d blank nodes and %d types, want %d and %d\n%s", got.fresh, len(got.Types()), want.fresh, len(want.Types()), written(t, document))
	}
	gotText, wantText, undecided := nquads(got), nquads(want), ""
	if gotText != wantText && gotText != undecided && wantText != undecided {
		t.Fatalf("%s\ngot\n%s\nwant\n%s", written(t, document), gotText, wantText)
	}
	return true, true, len(s.JSON)
}

// nquads returns the canonical form, or nothing beyond the budget.
func nquads(g *Graph) string {
	out, err := g.Canonical(context.Background(), crypto.SHA256)
	if errors.Is(err, rdfc.ErrBudget) {
		return ""
	}
	return string(out)
}

// TestBothWays reads the corpus, of which the compiled way must take nearly all that the
// general one does, and documents made from it by chance. LAUREL_EQUAL_DOCUMENTS says how
// many.
func TestBothWays(t *testing.T) {
	documents := jsonldtest.Corpus(t)
	accepted, refused, readable := 0, []string{}, map[string]strictjson.Value{}
	for name, document := range documents {
		compiled, generally, _ := bothWays(t, document)
		if generally {
			readable[name] = document
		}
		switch {
		case compiled:
			accepted++
		case generally:
			refused = append(refused, name)
		}
	}
	t.Logf("%d documents, %d compiled, only generally: %v", len(documents), accepted, refused)
	if len(refused)*10 > accepted {
		t.Errorf("%d documents are read in the general way only: %v", len(refused), refused)
	}
	m := jsonldtest.NewMutator(rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())), readable)
	compiled, generally, recursive, withJSON := 0, 0, 0, 0
	for range needs.Documents(t, 3000) {
		c, g, literals := bothWays(t, jsonldtest.Read(t, m.Document()))
		if literals > 0 {
			withJSON++
		}
		if c {
			compiled++
		}
		if g {
			generally++
		}
		if c && !g {
			recursive++
		}
	}
	t.Logf("of those made by chance %d compiled, %d with JSON literals, %d generally; in %d json-gold took a context for recursive",
		compiled, withJSON, generally, recursive)
	if withJSON == 0 || compiled*2 < generally {
		t.Errorf("only %d of %d documents that can be read were read under the compiled contexts", compiled, generally)
	}
}

// TestTogether has several goroutines read documents by one engine that knows no context yet,
// and compares with what one goroutine read before them.
func TestTogether(t *testing.T) {
	m := jsonldtest.NewMutator(rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())), jsonldtest.Corpus(t))
	var documents []strictjson.Value
	for range 300 {
		documents = append(documents, jsonldtest.Read(t, m.Document()))
	}
	read := func(e *engine.Engine, document strictjson.Value) string {
		s, err := e.Read(document.Member("@context"), document)
		defer s.Release()
		if err != nil {
			return err.Error()
		}
		return nquads(&Graph{data: s.Data})
	}
	var want []string
	for _, document := range documents {
		want = append(want, read(Pinned().engine, document))
	}
	together := newProcessor(schemas.LookupContext).engine
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for i, document := range documents {
				if got := read(together, document); got != want[i] {
					t.Errorf("%v\ngot\n%s\nwant\n%s", document.Tree(), got, want[i])
				}
			}
		})
	}
	group.Wait()
}

// FuzzBothWays lets the fuzzer write the documents.
func FuzzBothWays(f *testing.F) {
	for _, document := range jsonldtest.Corpus(f) {
		f.Add([]byte(written(f, document)))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		if document, err := strictjson.ReadObject(in, strictjson.Limits{Bytes: 16 << 10}); err == nil {
			bothWays(t, document)
		}
	})
}

func written(t testing.TB, document strictjson.Value) string {
	t.Helper()
	out, err := json.Marshal(document.Tree())
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
