package engine_test

import (
	"crypto"
	_ "crypto/sha256"
	"errors"
	"strings"
	"testing"

	"laurel/internal/engine"
	"laurel/internal/rdfc"
	"laurel/internal/rdfc/rdfctest"
	"laurel/internal/strictjson"
)

// contexts returns an engine for contexts by their addresses.
func contexts(t testing.TB, texts map[string]string) *engine.Engine {
	t.Helper()
	known := map[string]strictjson.Value{}
	for url, text := range texts {
		known[url] = parsed(t, `{"@context":`+text+`}`)
	}
	return engine.New(func(url string) (strictjson.Value, bool) {
		v, ok := known[url]
		return v, ok
	})
}

func parsed(t testing.TB, text string) strictjson.Value {
	t.Helper()
	v, err := strictjson.ReadObject([]byte(text), strictjson.Limits{})
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return v
}

// read returns the canonical N-Quads of a document.
func read(t testing.TB, e *engine.Engine, document string) (string, error) {
	t.Helper()
	v := parsed(t, document)
	s, err := e.Read(v.Member("@context"), v)
	if err != nil {
		if !errors.Is(err, engine.ErrRefused) {
			t.Fatalf("an error of no kind: %v", err)
		}
		return "", err
	}
	return canonical(t, s.Data), nil
}

func canonical(t testing.TB, d rdfc.Dataset) string {
	t.Helper()
	budget := rdfc.Default
	c, err := rdfc.Canonicalize(t.Context(), &d, crypto.SHA256, &budget)
	if err != nil {
		t.Fatal(err)
	}
	return string(c.NQuads)
}

// terms are in every context of the two tables.
const terms = `"id":"@id","type":"@type","p":"ex:p","q":"ex:q",`

// under reads members of a document under the context u:c, which has definitions besides
// terms, beside the context u:d, which defines p as u:p.
func under(t *testing.T, definitions, members string) (string, error) {
	t.Helper()
	c := "{" + strings.TrimSuffix(terms+definitions, ",") + "}"
	e := contexts(t, map[string]string{"u:c": c, "u:d": `{"p":"u:p"}`})
	if !strings.HasPrefix(members, `"@context"`) {
		members = `"@context":"u:c",` + members
	}
	return read(t, e, "{"+members+"}")
}

// TestReads holds what the engine makes of documents; clauses are those of JSON-LD 1.1 API.
// In what is wanted rdf: and xsd: stand for the namespaces of that name.
func TestReads(t *testing.T) {
	spelled := strings.NewReplacer("<rdf:", "<http://www.w3.org/1999/02/22-rdf-syntax-ns#", "<xsd:", "<http://www.w3.org/2001/XMLSchema#")
	for _, c := range []struct{ clause, definitions, members, want string }{
		{"§4.1.2 step 5: one context after the other", ``, `"@context":["u:c","u:d"],"p":"x"`, `_:a <u:p> "x" .`},
		{"§4.1.2 step 5: the same context again", ``, `"@context":["u:d","u:c","u:d"],"p":"x"`, `_:a <u:p> "x" .`},
		{"§4.1.2 step 5.4: a context of the document's own", ``, `"@context":["u:c",{"p":"ex:own"}],"p":"x"`, `_:a <ex:own> "x" .`},
		{"§4.1.2 step 5.8.2: no vocabulary any more", `"@vocab":"ex:v#"`, `"r":"x","p":{"@context":{"@vocab":null},"p":"y"}`, `_:a <ex:v#r> "x" . _:a <ex:p> _:b . _:b <ex:p> "y" .`},
		{"§4.2.2 step 14: a shortened address", `"ns":"ex:ns#","r":"ns:r"`, `"r":"x"`, `_:a <ex:ns#r> "x" .`},
		{"§4.2.2 step 14: no prefix without a last character that ends one", `"ns":"ex:ns","r":"ns:r"`, `"r":"x"`, `_:a <ns:r> "x" .`},
		{"§4.2.2 step 27: protected, and the same again", `"@protected":true,"T":{"@id":"ex:T","@context":{"p":"ex:p"}}`, `"type":"T","p":"x"`,
			`_:a <rdf:type> <ex:T> . _:a <ex:p> "x" .`},
		{"§5.1.2 step 7: a type's context ends at the next object", `"T":{"@id":"ex:T","@context":{"p":"ex:tp"}}`, `"type":"T","p":{"p":"x"}`,
			`_:a <rdf:type> <ex:T> . _:a <ex:tp> _:b . _:b <ex:p> "x" .`},
		{"§5.1.2 step 7: but not at a reference", `"T":{"@id":"ex:T","@context":{"ref":"@id"}}`, `"type":"T","p":{"ref":"ex:o"}`,
			`_:a <rdf:type> <ex:T> . _:a <ex:p> <ex:o> .`},
		{"§5.1.2 step 8: a property's context reaches further in", `"s":{"@id":"ex:s","@context":{"p":"ex:sp"}}`, `"s":{"q":{"p":"x"}},"p":"y"`,
			`_:a <ex:s> _:b . _:b <ex:q> _:c . _:c <ex:sp> "x" . _:a <ex:p> "y" .`},
		{"§5.1.2 step 8: and may define protected terms anew", `"@protected":true,"s":{"@id":"ex:s","@context":{"p":"ex:sp"}}`, `"s":{"p":"x"}`,
			`_:a <ex:s> _:b . _:b <ex:sp> "x" .`},
		{"§5.1.2 step 9: a context inside holds inside", ``, `"p":[{"@context":"u:d","p":"x"},"y"]`, `_:a <ex:p> _:b . _:a <ex:p> "y" . _:b <u:p> "x" .`},
		{"§5.1.2 step 11: types in the order of their names", `"A":{"@id":"ex:A","@context":{"p":"ex:ap"}},"B":{"@id":"ex:B","@context":{"p":"ex:bp"}}`,
			`"type":["B","A"],"p":"x"`, `_:a <rdf:type> <ex:A> . _:a <rdf:type> <ex:B> . _:a <ex:bp> "x" .`},
		{"§5.1.2 step 13.4.4: types are read outside their own contexts", `"T":{"@id":"ex:T","@context":{"T":"ex:inner"}}`, `"type":"T"`, `_:a <rdf:type> <ex:T> .`},
		{"§5.1.2 step 13.12: graphs", `"g":{"@id":"ex:g","@container":["@graph","@set"]}`, `"g":[{"id":"ex:o","p":"x"},{"id":"ex:o","p":"y"}]`,
			`_:a <ex:g> _:b . _:a <ex:g> _:c . <ex:o> <ex:p> "x" _:b . <ex:o> <ex:p> "y" _:c .`},
		{"§5.1.2 step 13.12: a graph under a context that takes its term away", `"g":{"@id":"ex:g","@container":"@graph","@context":null}`,
			`"g":{"@context":"u:d","p":"x"}`, `_:a <ex:g> _:g . _:b <u:p> "x" _:g .`},
		{"§5.2.2 step 7: a vocabulary for names and types", `"@vocab":"ex:v#"`, `"type":"T","r":"x"`, `_:a <rdf:type> <ex:v#T> . _:a <ex:v#r> "x" .`},
		{"§5.3.2 step 1: text that stands for an address", `"s":{"@id":"ex:s","@type":"@id"}`, `"s":["ex:o",1]`, `_:a <ex:s> <ex:o> . _:a <ex:s> "1"^^<xsd:integer> .`},
		{"§5.3.2 step 2: text that stands for a term", `"s":{"@id":"ex:s","@type":"@vocab"}`, `"s":["ex:o","p"]`, `_:a <ex:s> <ex:o> . _:a <ex:s> <ex:p> .`},
		{"§5.3.2 step 4: a datatype", `"s":{"@id":"ex:s","@type":"ex:t"}`, `"s":["x",1,1.5,true]`,
			`_:a <ex:s> "x"^^<ex:t> . _:a <ex:s> "1"^^<ex:t> . _:a <ex:s> "1.5E0"^^<ex:t> . _:a <ex:s> "true"^^<ex:t> .`},
		{"§5.1.2 step 13.6: a list is one JSON literal", `"j":{"@id":"ex:j","@type":"@json"}`, `"j":["x",null,{"@id":1,"@context":"u:x","j":{"@value":[]}}]`,
			`_:a <ex:j> "[\"x\",null,{\"@context\":\"u:x\",\"@id\":1,\"j\":{\"@value\":[]}}]"^^<rdf:JSON> .`},
		{"§5.1.2 step 13.6: null as a JSON literal", `"j":{"@id":"ex:j","@type":"@json"}`, `"j":null`, `_:a <ex:j> "null"^^<rdf:JSON> .`},
		{"§5.1.2 step 13.6: the name means something else inside", `"j":{"@id":"ex:j","@type":"@json"}`, `"j":{"j":1},"p":{"@context":{"j":"ex:k"},"j":"x"}`,
			`_:a <ex:j> "{\"j\":1}"^^<rdf:JSON> . _:a <ex:p> _:b . _:b <ex:k> "x" .`},
		{"§5.1.2 step 13.11: a list of one JSON literal", `"j":{"@id":"ex:j","@type":"@json","@container":"@list"}`, `"j":[1,2]`,
			`_:a <ex:j> _:b . _:b <rdf:first> "[1,2]"^^<rdf:JSON> . _:b <rdf:rest> <rdf:nil> .`},
		{"§8.2.2 step 8: JSON in its canonical form", `"j":{"@id":"ex:j","@type":"@json"}`, `"j":{"b":[1.0,-0,1e21,0.000001,1E-7],"a":"\u20ac\u000f<","\ue000":1,"\ud83d\ude00":2}`,
			"_:a <ex:j> \"{\\\"a\\\":\\\"€\\\\u000f<\\\",\\\"b\\\":[1,0,1e+21,0.000001,1e-7],\\\"😀\\\":2,\\\"\ue000\\\":1}\"^^<rdf:JSON> ."},
		{"§8.2.2 step 9: truth values", ``, `"p":true`, `_:a <ex:p> "true"^^<xsd:boolean> .`},
		{"§8.2.2 step 10: doubles", ``, `"p":[0.5,1e-7,-1e21]`, `_:a <ex:p> "5.0E-1"^^<xsd:double> . _:a <ex:p> "1.0E-7"^^<xsd:double> . _:a <ex:p> "-1.0E21"^^<xsd:double> .`},
		{"§8.2.2 step 10: what a datatype makes a double", `"s":{"@id":"ex:s","@type":"http://www.w3.org/2001/XMLSchema#double"}`, `"s":2`, `_:a <ex:s> "2.0E0"^^<xsd:double> .`},
		{"§8.2.2 step 11: integers", ``, `"p":[2.0,-0,-7]`, `_:a <ex:p> "2"^^<xsd:integer> . _:a <ex:p> "0"^^<xsd:integer> . _:a <ex:p> "-7"^^<xsd:integer> .`},
		{"§8.2.2 step 13: directions", ``, `"p":[{"@value":"x","@language":"AR","@direction":"rtl"},{"@value":"x","@direction":"ltr"}]`,
			`_:a <ex:p> "x"^^<https://www.w3.org/ns/i18n#ar_rtl> . _:a <ex:p> "x"^^<https://www.w3.org/ns/i18n#_ltr> .`},
		{"§8.2.2 step 14: languages", ``, `"p":[{"@value":"x","@language":"de-AT"},{"@value":"x"}]`, `_:a <ex:p> "x"@de-at . _:a <ex:p> "x" .`},
		{"§8.3.2: a list", `"l":{"@id":"ex:l","@container":"@list"}`, `"l":["x","x"]`,
			`_:a <ex:l> _:b . _:b <rdf:first> "x" . _:b <rdf:rest> _:c . _:c <rdf:first> "x" . _:c <rdf:rest> <rdf:nil> .`},
		{"§8.3.2: a list of nothing", `"l":{"@id":"ex:l","@container":"@list"}`, `"l":[]`, `_:a <ex:l> <rdf:nil> .`},
	} {
		got, err := under(t, c.definitions, c.members)
		want := rdfctest.Parse(t, []byte(strings.ReplaceAll(spelled.Replace(c.want), " . ", " .\n")))
		if want := canonical(t, want.Dataset); err != nil || got != want {
			t.Errorf("%s: %s: %v\ngot\n%s\nwant\n%s", c.clause, c.members, err, got, want)
		}
	}
}

// TestRefuses holds what the engine does not read: what is wrong, what states nothing, and
// what it leaves to the general way.
func TestRefuses(t *testing.T) {
	for _, c := range []struct{ clause, definitions, members string }{
		{"an unknown context", ``, `"@context":"u:x","p":"x"`},
		{"§4.1.2 step 5.1: contexts taken away", ``, `"p":{"@context":null,"p":"x"}`},
		{"§4.1.2 step 5.4: not a context", ``, `"@context":5,"p":"x"`},
		{"§4.1.2 step 5.6: another context brought in", `"@import":"u:d"`, `"p":"x"`},
		{"§4.1.2 step 5.8.2: a name without the vocabulary", `"@vocab":"ex:v#"`, `"p":{"@context":{"@vocab":null},"r":"x"}`},
		{"§4.2.2 step 27: protected, and defined anew by the document", `"@protected":true`, `"@context":["u:c",{"p":"ex:own"}],"p":"x"`},
		{"§4.2.2 step 2: terms that define each other", `"a":"b:x","b":"a:x"`, `"p":"x"`},
		{"§4.2.2 step 5: a keyword defined", `"@type":"ex:t"`, `"p":"x"`},
		{"§4.2.2 step 19: a list that is a set as well", `"l":{"@id":"ex:l","@container":["@list","@set"]}`, `"l":"x"`},
		{"§4.2.2 step 27: protected, and defined anew by a type", `"@protected":true,"T":{"@id":"ex:T","@context":{"p":"ex:tp"}}`, `"type":"T","p":"x"`},
		{"§4.2.2 step 27: protected, and defined anew by a context", `"@protected":true`, `"@context":["u:c","u:d"],"p":"x"`},
		{"§4.2.2 step 27: protected, and now a set", `"@protected":true,"T":{"@id":"ex:T","@context":{"p":{"@id":"ex:p","@container":"@set"}}}`, `"type":"T","p":"x"`},
		{"§4.2.2 step 27: protected as nothing, and defined after all", `"@protected":true,"r":null,"T":{"@id":"ex:T","@context":{"r":"ex:r"}}`, `"type":"T","r":"x"`},
		{"§5.1.2 step 7: a value under another name", `"@vocab":"ex:v#","T":{"@id":"ex:T","@context":{"value":"@value"}}`, `"type":"T","p":{"value":"x"}`},
		{"§5.1.2 step 7: the terms of a type, further in", `"T":{"@id":"ex:T","@context":{"r":"ex:r"}}`, `"type":"T","p":{"r":"x"}`},
		{"a name that no context defines", ``, `"r":"x"`},
		{"a name that a context takes away", `"@vocab":"ex:v#","r":null`, `"r":"x"`},
		{"a type that no context defines", ``, `"type":"T","p":"x"`},
		{"a keyword for a name", ``, `"@id":"ex:s","p":"x"`},
		{"an address for a name", ``, `"ex:p":"x"`},
		{"a relative identifier", ``, `"id":"s","p":"x"`},
		{"an identifier twice", `"ref":"@id"`, `"id":"ex:s","ref":"ex:s","p":"x"`},
		{"a blank node", ``, `"id":"_:b","p":"x"`},
		{"types twice", `"kind":"@type","T":"ex:T"`, `"type":"T","kind":"T"`},
		{"null", ``, `"p":null`},
		{"a list in a list", `"l":{"@id":"ex:l","@container":"@list"}`, `"l":[["x"]]`},
		{"a graph without statements", `"g":{"@id":"ex:g","@container":"@graph"}`, `"g":{"id":"ex:o"}`},
		{"a graph that is text", `"g":{"@id":"ex:g","@container":"@graph"}`, `"g":"ex:o"`},
		{"JSON in a graph", `"j":{"@id":"ex:j","@type":"@json","@container":"@graph"}`, `"j":"x"`},
		{"JSON in a context of its own", `"j":{"@id":"ex:j","@type":"@json","@context":{"p":"ex:q"}}`, `"j":"x"`},
		{"a value with a datatype", ``, `"p":{"@value":"x","@type":"ex:t"}`},
		{"a value that is no text", ``, `"p":{"@value":1}`},
		{"no language tag", ``, `"p":{"@value":"x","@language":"a b"}`},
		{"no direction", ``, `"p":{"@value":"x","@direction":"up"}`},
		{"nothing stated", ``, `"id":"ex:s"`},
	} {
		if got, err := under(t, c.definitions, c.members); err == nil {
			t.Errorf("%s: %s was read:\n%s", c.clause, c.members, got)
		}
	}
}
