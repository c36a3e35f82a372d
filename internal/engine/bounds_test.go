package engine_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"laurel/internal/engine"
	"laurel/internal/strictjson"
)

// TestContextsInAList holds the bound of contexts that stand in one list.
func TestContextsInAList(t *testing.T) {
	e := contexts(t, map[string]string{"u:c": `{"p":"ex:p"}`})
	for count, readable := range map[int]bool{16: true, 17: false} {
		list := strings.TrimSuffix(strings.Repeat(`"u:c",`, count), ",")
		if _, err := read(t, e, `{"@context":[`+list+`],"p":"x"}`); (err == nil) != readable {
			t.Errorf("%d contexts: %v", count, err)
		}
	}
}

// TestTermsOfAContext holds the bound of terms in one context: compiling takes the square of
// their number.
func TestTermsOfAContext(t *testing.T) {
	for count, readable := range map[int]bool{256: true, 257: false} {
		var b strings.Builder
		for i := range count {
			fmt.Fprintf(&b, `,"t%d":"ex:t%d"`, i, i)
		}
		if _, err := read(t, contexts(t, nil), `{"@context":{`+b.String()[1:]+`},"t0":"x"}`); (err == nil) != readable {
			t.Errorf("%d terms: %v", count, err)
		}
	}
}

// TestContextsWithinEachOther holds that contexts may name each other, but not without end.
func TestContextsWithinEachOther(t *testing.T) {
	texts := map[string]string{"u:0": `{"p":"ex:p"}`, "u:self": `"u:self"`, "u:a": `["u:0","u:b"]`, "u:b": `"u:a"`}
	for i := range 20 {
		texts[fmt.Sprintf("u:%d", i+1)] = fmt.Sprintf(`["u:%d"]`, i)
	}
	e := contexts(t, texts)
	for url, readable := range map[string]bool{"u:15": true, "u:16": false, "u:self": false, "u:a": false} {
		if _, err := read(t, e, `{"@context":"`+url+`","p":"x"}`); (err == nil) != readable {
			t.Errorf("%s: %v", url, err)
		}
	}
}

// typed returns a context with count types, each of which means something else by p.
func typed(count int) string {
	var b strings.Builder
	for i := range count {
		fmt.Fprintf(&b, `"T%02d":{"@id":"ex:T%02d","@context":{"p":"ex:p%02d"}},`, i, i, i)
	}
	return `{` + b.String() + `"type":"@type","q":"ex:q"}`
}

// TestCompiledByOneDocument holds that one document cannot have contexts put together without
// end: here each object has a type of its own.
func TestCompiledByOneDocument(t *testing.T) {
	document := func(objects int) string {
		var b strings.Builder
		for i := range objects {
			fmt.Fprintf(&b, `,{"type":"T%02d","p":"x"}`, i)
		}
		return `{"@context":"u:c","q":[` + b.String()[1:] + `]}`
	}
	texts := map[string]string{"u:c": typed(100)}
	for objects, readable := range map[int]bool{95: true, 96: false} { // and the context itself
		if _, err := read(t, contexts(t, texts), document(objects)); (err == nil) != readable {
			t.Errorf("%d objects: %v", objects, err)
		}
	}
}

// TestForgetting has several goroutines put more contexts together than are held: whatever is
// forgotten meanwhile, what they read stays the same.
func TestForgetting(t *testing.T) {
	const types = 32 // of which any three can be put together in 4960 ways
	e := contexts(t, map[string]string{"u:c": typed(types)})
	var documents, want []string
	for a := range types {
		for b := range a {
			for c := range b {
				documents = append(documents, fmt.Sprintf(`{"@context":"u:c","type":["T%02d","T%02d","T%02d"],"p":"x"}`, b, a, c))
				want = append(want, fmt.Sprintf("ex:p%02d", a))
			}
		}
	}
	var group sync.WaitGroup
	for worker := range 4 {
		group.Go(func() {
			for i := range documents {
				i = (i + worker*len(documents)/4) % len(documents)
				if got, err := lastPredicate(e, documents[i]); got != want[i] {
					t.Errorf("%s: %s, %v", documents[i], got, err)
				}
			}
		})
	}
	group.Wait()
}

// lastPredicate returns the predicate of the last statement of a document.
func lastPredicate(e *engine.Engine, document string) (string, error) {
	v, err := strictjson.ReadObject([]byte(document), strictjson.Limits{})
	if err != nil {
		return "", err
	}
	s, err := e.Read(v.Member("@context"), v)
	if err != nil {
		return "", err
	}
	return s.Data.Quads[len(s.Data.Quads)-1].Predicate, nil
}

// TestListsAreToldApart holds that what is remembered of one list of contexts answers for no
// other, however their addresses are spelled.
func TestListsAreToldApart(t *testing.T) {
	e := contexts(t, map[string]string{"urn:a": `{"type":"@type","T":"urn:t"}`, "urn:b": `{"x":"urn:x"}`})
	if _, err := read(t, e, `{"@context":["urn:a","urn:b"],"type":"T","x":"y"}`); err != nil {
		t.Fatal(err)
	}
	for _, list := range []string{`"urn:a\nurn:b"`, `["urn:a\nurn:b"]`, `["urn:a urn:b"]`, `"urn:a\u0000urn:b"`, `["urn:a\n","urn:b"]`, `["5:urn:a5:urn:b"]`} {
		if got, err := read(t, e, `{"@context":`+list+`,"type":"T","x":"y"}`); err == nil {
			t.Errorf("%s was read: %s", list, got)
		}
	}
}
