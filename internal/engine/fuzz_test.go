package engine_test

import (
	"context"
	"crypto"
	"errors"
	"testing"

	"laurel/internal/engine"
	"laurel/internal/rdfc"
	"laurel/internal/rdfc/rdfctest"
	"laurel/internal/strictjson"
)

// FuzzContexts lets the fuzzer write a context as well as the document: none makes the engine
// panic, what it remembers changes nothing, and what it states can be written and read.
// Whether it is right under the pinned contexts is FuzzBothWays's to ask, in package jsonld.
func FuzzContexts(f *testing.F) {
	f.Add([]byte(`{"@context":{"@protected":true,"id":"@id","type":"@type","p":"ex:p","T":{"@id":"ex:T","@context":{"q":"ex:q"}}}}`), []byte(`{"type":"T","id":"ex:s","q":{"p":1}}`))
	f.Add([]byte(`{"@context":[{"ns":"ex:ns#","@vocab":"ex:v#"},"u:d",{"l":{"@id":"ns:l","@container":"@list"}}]}`), []byte(`{"l":["x",{"p":true}],"r":{"@value":"x","@language":"de"}}`))
	f.Add([]byte(`{"@context":{"g":{"@id":"ex:g","@container":["@graph","@set"],"@context":null},"j":{"@id":"ex:j","@type":"@json"}}}`), []byte(`{"g":{"@context":"u:d","p":-0}}`))
	f.Add([]byte(`{"@context":["u:c"]}`), []byte(`{"p":"x"}`))
	f.Fuzz(func(t *testing.T, contextText, documentText []byte) {
		own, err := strictjson.ReadObject(contextText, strictjson.Limits{Bytes: 2 << 10})
		if err != nil {
			return
		}
		document, err := strictjson.ReadObject(documentText, strictjson.Limits{Bytes: 2 << 10})
		if err != nil {
			return
		}
		other := parsed(t, `{"@context":{"p":"u:p"}}`)
		lookup := func(url string) (strictjson.Value, bool) {
			known, ok := map[string]strictjson.Value{"u:c": own, "u:d": other}[url]
			return known, ok
		}
		e := engine.New(lookup)
		first := fuzzed(t, e, document)
		if again, fresh := fuzzed(t, e, document), fuzzed(t, engine.New(lookup), document); again != first || fresh != first {
			t.Fatalf("read again:\n%s\n%s\n%s", first, again, fresh)
		}
		if written := rdfctest.Parse(t, []byte(first)); first != "" && canonical(t, written.Dataset) != first {
			t.Fatalf("written and read it is something else:\n%s", first)
		}
	})
}

// fuzzed returns the canonical N-Quads of a document under the context u:c, or nothing.
func fuzzed(t *testing.T, e *engine.Engine, document strictjson.Value) string {
	t.Helper()
	s, err := e.Read(strictjson.Of("u:c"), document)
	if err != nil {
		if !errors.Is(err, engine.ErrRefused) {
			t.Fatalf("an error of no kind: %v", err)
		}
		return ""
	}
	budget := rdfc.Default
	c, err := rdfc.Canonicalize(context.Background(), &s.Data, crypto.SHA256, &budget)
	if err != nil && !errors.Is(err, rdfc.ErrBudget) {
		t.Fatal(err)
	}
	return string(c.NQuads)
}
