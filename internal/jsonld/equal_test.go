package jsonld

import (
	"context"
	"crypto"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"laurel/internal/engine"
	"laurel/internal/needs"
	"laurel/internal/rdfc"
	"laurel/internal/strictjson"
)

// bothWays reads a document under the compiled contexts and in the general way. Whatever the
// first accepts, the second must, with the same statements. It reports which accepted.
func bothWays(t *testing.T, document strictjson.Value) (compiled, generally bool) {
	t.Helper()
	p, budget := Pinned(), Default
	s, err := p.engine.Read(document.Member("@context"), document)
	if err != nil && !errors.Is(err, engine.ErrRefused) {
		t.Fatalf("an error of no kind: %v", err)
	}
	budget.Reading *= 10
	if err == nil && s.Own {
		_, err = p.checkForm(document.Member("@context"), document, &budget)
	}
	compiled = err == nil
	want, generalErr := p.readGeneral(document.Member("@context"), document, &budget, &toRDF{})
	if !compiled {
		return false, generalErr == nil
	}
	if generalErr != nil && strings.Contains(generalErr.Error(), "recursive context inclusion") {
		// json-gold takes a context that a list names twice for one that includes itself;
		// JSON-LD 1.1 API §4.1.2 step 5.2 asks only for those that are being processed.
		return true, false
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
	return true, true
}

// nquads returns the canonical form, or nothing beyond the budget.
func nquads(g *Graph) string {
	out, err := g.Canonical(context.Background(), crypto.SHA256)
	if errors.Is(err, rdfc.ErrBudget) {
		return ""
	}
	return string(out)
}

// corpus are documents of every kind: those of the standards' test data where they are at
// hand, and a few of our own.
func corpus(t testing.TB) map[string]strictjson.Value {
	t.Helper()
	documents := map[string]strictjson.Value{
		"members": parse(t, wrap(listed)),
		"texts":   parse(t, wrap(`,"name":{"@value":"x","@language":"de-AT"},"description":{"@value":"x","@language":"ar","@direction":"rtl"}`)),
		"own": parse(t, strings.Replace(wrap(`,"score":"A","mark":[1,"urn:x"],"credentialSubject":{"@context":{"@vocab":"https://x.example/v#"},"deeper":{"id":"urn:y","x":"y"}}`),
			`3.0.3.json"]`, `3.0.3.json",{"@version":1.1,"@protected":true,"score":"https://x.example/score"},{"mark":{"@id":"https://x.example/mark","@type":"@id","@container":"@list"}}]`, 1)),
		"private": parse(t, `{"@context":["https://www.w3.org/ns/credentials/v2","https://www.w3.org/ns/credentials/undefined-terms/v2"],
"type":["VerifiableCredential","Own"],"issuer":"did:web:a.example","own":{"deep":[1,2.5,true,"x"]}}`),
	}
	root := needs.Standards(t)
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".json") || strings.Contains(path, "contexts") {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(root, path)
		if v, err := strictjson.ReadObject(raw, strictjson.Limits{}); err == nil && v.Member("@context").Present() {
			documents[name] = v.Without("proof")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return documents
}

// TestBothWays reads the corpus, of which the compiled way must take nearly all that the
// general one does, and documents made from it by chance. LAUREL_EQUAL_DOCUMENTS says how
// many.
func TestBothWays(t *testing.T) {
	documents := corpus(t)
	accepted, refused, readable := 0, []string{}, map[string]strictjson.Value{}
	for name, document := range documents {
		compiled, generally := bothWays(t, document)
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
	m := newMutator(readable)
	compiled, generally := 0, 0
	for range count(t, "LAUREL_EQUAL_DOCUMENTS", 3000) {
		c, g := bothWays(t, m.document())
		if c {
			compiled++
		}
		if g {
			generally++
		}
	}
	t.Logf("of those made by chance %d compiled, %d generally", compiled, generally)
	if compiled == 0 || compiled*2 < generally {
		t.Errorf("only %d of %d documents that can be read were read under the compiled contexts", compiled, generally)
	}
}

func count(t *testing.T, variable string, otherwise int) int {
	n, err := strconv.Atoi(os.Getenv(variable))
	if err != nil {
		return otherwise
	}
	return n
}

// FuzzBothWays lets the fuzzer write the documents.
func FuzzBothWays(f *testing.F) {
	for _, document := range corpus(f) {
		f.Add([]byte(written(f, document)))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		if document, err := strictjson.ReadObject(in, strictjson.Limits{Bytes: 16 << 10}); err == nil {
			bothWays(t, document)
		}
	})
}

// mutator makes documents out of others.
type mutator struct {
	random    *rand.Rand
	documents []any
	names     []string         // of members, anywhere
	values    []any            // anywhere
	under     map[string][]any // values by the names of their members
}

func newMutator(documents map[string]strictjson.Value) *mutator {
	m := &mutator{random: rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())), under: map[string][]any{}}
	m.names = []string{"id", "type", "@context", "@id", "@type", "@value", "@list", "undefined", "", "_:b", "a:b", "proof", "verifiableCredential"}
	m.values = []any{
		nil, true, false, "", "x", "_:b0", "@type", "id", "type", "schema:name", "urn:x", "https://a.example/é", "a b", "https://a.example/ x",
		"2026-01-01T00:00:00Z", "\u0000\"\\\n", "\U0001f600", "\ue000", "VerifiableCredential", "OpenBadgeCredential", "Achievement", "assertionMethod",
		num("0"), num("-0"), num("1"), num("1.5"), num("1e21"), num("1e-7"), num("9007199254740991"), num("100000000000000000000.0"),
		[]any{}, map[string]any{}, []any{[]any{"x"}}, map[string]any{"@value": "x", "@language": "de"}, map[string]any{"id": "urn:x"},
		"https://www.w3.org/ns/credentials/v2", "https://w3id.org/security/data-integrity/v2", "https://www.w3.org/ns/credentials/undefined-terms/v2",
		"https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json", "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json", "https://www.w3.org/ns/did/v1",
	}
	for _, d := range documents {
		tree := d.Tree()
		m.documents = append(m.documents, tree)
		m.collect(tree)
	}
	return m
}

func (m *mutator) collect(v any) {
	m.values = append(m.values, v)
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			m.names = append(m.names, name)
			m.under[name] = append(m.under[name], member)
			m.collect(member)
		}
	case []any:
		for _, item := range v {
			m.collect(item)
		}
	}
}

func pick[T any](m *mutator, from []T) T { return from[m.random.IntN(len(from))] }

// document returns one of the documents with up to four things in it changed.
func (m *mutator) document() strictjson.Value {
	tree := strictjson.Of(pick(m, m.documents)).Object() // a copy
	for range 1 + m.random.IntN(4) {
		places := 0
		m.visit(tree, &places, -1)
		if places > 0 {
			places = m.random.IntN(places)
			m.visit(tree, new(int), places)
		}
	}
	return strictjson.Of(tree)
}

// visit counts the members and items in v, and changes the one with the number at.
func (m *mutator) visit(v any, seen *int, at int) {
	switch v := v.(type) {
	case map[string]any:
		for name := range strictjson.Of(v).Members() { // in an order that stays
			if *seen++; *seen-1 == at {
				m.changeMember(v, name)
				return
			}
			if _, still := v[name]; still {
				m.visit(v[name], seen, at)
			}
		}
	case []any:
		for i := range v {
			if *seen++; *seen-1 == at {
				v[i] = m.changed(v[i])
				return
			}
			m.visit(v[i], seen, at)
		}
	}
}

func (m *mutator) changeMember(object map[string]any, name string) {
	switch m.random.IntN(12) {
	case 0:
		object[pick(m, m.names)] = copied(pick(m, m.values))
	case 1:
		v := object[name]
		delete(object, name)
		object[pick(m, m.names)] = v
	case 2:
		object[name] = m.changed(object[name])
	case 3, 4, 5: // what stands under a name elsewhere
		other := pick(m, m.names)
		if values := m.under[other]; len(values) > 0 {
			object[other] = copied(pick(m, values))
		}
	case 6, 7, 8:
		object[name] = m.like(name, object[name])
	case 9:
		object[name] = []any{object[name], m.like(name, object[name])}
	default:
		delete(object, name)
	}
}

func (m *mutator) changed(v any) any {
	switch m.random.IntN(5) {
	case 0:
		return []any{v, copied(pick(m, m.values))}
	case 1:
		return []any{v, copied(v)}
	case 2:
		return []any{v}
	case 3:
		if text, ok := v.(string); ok {
			return text + pick(m, []string{"/x", " ", "é", "\n", "#", ":", "0"})
		}
	}
	return copied(pick(m, m.values))
}

// like returns a value that stands under the name elsewhere, or the one here.
func (m *mutator) like(name string, here any) any {
	if values := m.under[name]; len(values) > 0 {
		return copied(pick(m, values))
	}
	return copied(here)
}

func copied(v any) any { return strictjson.Of(v).Tree() }

func num(s string) any { return json.Number(s) }

func written(t testing.TB, document strictjson.Value) string {
	t.Helper()
	out, err := json.Marshal(document.Tree())
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
