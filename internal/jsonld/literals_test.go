package jsonld

import (
	"errors"
	"strings"
	"testing"
)

// TestJSONLiterals reads values of the type @json under compiled contexts and in the general
// way, which must know them from what bears the same name elsewhere, and from texts that look
// like those that stand for them.
func TestJSONLiterals(t *testing.T) {
	const v2, own = `"https://www.w3.org/ns/credentials/v2"`, `{"raw":{"@id":"urn:x:raw","@type":"@json"},"rows":{"@id":"urn:x:rows","@type":"@json","@container":"@list"},"plain":"urn:x:plain"}`
	for members, want := range map[string]string{
		`"raw":[{"@context":"urn:x","@id":null,"a:b":{"@value":1}},[],"json:0"]`: `<urn:x:raw> "[{\"@context\":\"urn:x\",\"@id\":null,\"a:b\":{\"@value\":1}},[],\"json:0\"]"^^rdf:JSON`,
		`"raw":null,"plain":"json:0"`:                                            `<urn:x:raw> "null"^^rdf:JSON`,
		`"plain":"json:0","raw":true`:                                            `<urn:x:plain> "json:0" .`,
		`"rows":[2,1.0]`:                                                         `"[2,1]"^^rdf:JSON`,
		`"_sd":["b","a"]`:                                                        `<https://www.iana.org/assignments/jwt#_sd> "[\"b\",\"a\"]"^^rdf:JSON`,
		`"plain":{"@context":{"raw":"urn:x:other"},"raw":{"plain":"y","@context":` + own + `}}`:       `<urn:x:plain> "y"`,
		`"plain":{"@context":{"raw":"urn:x:other"},"raw":{"@context":` + own + `,"raw":{"raw":"y"}}}`: `<urn:x:raw> "{\"raw\":\"y\"}"^^rdf:JSON`,
		`"cnf":{"jwk":{"b":1,"a":"json:1"}},"raw":0`:                                                  `<https://www.iana.org/assignments/jwt#jwk> "{\"a\":\"json:1\",\"b\":1}"^^rdf:JSON`,
	} {
		text := `{"@context":[` + v2 + `,` + own + `],"type":"VerifiableCredential",` + members + `}`
		compiled, generally, literals := bothWays(t, parse(t, text))
		if !compiled || !generally || literals == 0 && strings.Contains(want, "JSON") {
			t.Errorf("%s: compiled %v, generally %v, %d literals", members, compiled, generally, literals)
		}
		got, err := canonical(t, text)
		if want := strings.ReplaceAll(want, "rdf:JSON", "<"+rdfNS+"JSON>"); err != nil || !strings.Contains(got, want) {
			t.Errorf("%s: %v\n%s\nwant\n%s", members, err, got, want)
		}
	}
}

// TestJSONLiteralsRefused holds that what is no JSON literal is not taken for one, whatever its
// name: it is held to the form of JSON-LD.
func TestJSONLiteralsRefused(t *testing.T) {
	for members, want := range map[string]error{
		`"jwk":null`:                              ErrDataLoss,
		`"jwk":{"undefined":1}`:                   ErrDataLoss,
		`"cnf":{"jwk":{}},"undefined":1`:          ErrDataLoss,
		`"jsonSchema":{"@value":"x"}`:             ErrDataLoss,
		`"credentialSchema":{"jsonSchema":{}}`:    ErrDataLoss,
		`"name":{"@value":1,"@type":"@json"}`:     ErrDataLoss,
		`"name":{"@value":"json:0","@type":"@j"}`: ErrDataLoss,
	} {
		if got, err := canonical(t, wrap(","+members)); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v\n%s", members, err, want, got)
		}
	}
}
