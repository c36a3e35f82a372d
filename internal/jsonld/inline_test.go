package jsonld

import (
	"errors"
	"strings"
	"testing"
)

// TestInlineContext reads documents that define terms of their own.
func TestInlineContext(t *testing.T) {
	for definitions, want := range map[string]string{
		`{"score":"https://x.example/score"}`:                                                                         `<https://x.example/score> "A"`,
		`{"@version":1.1,"@protected":true,"score":"https://x.example/score"}`:                                        `<https://x.example/score> "A"`,
		`{"score":{"@id":"https://x.example/score","@type":"https://x.example/mark"}}`:                                `"A"^^<https://x.example/mark>`,
		`{"score":{"@id":"https://x.example/score","@container":"@set","@protected":true}}`:                           `<https://x.example/score> "A"`,
		`{"score":{"@id":"https://x.example/score","@type":"@json"}}`:                                                 `<https://x.example/score> "\"A\""^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#JSON>`,
		`{"@vocab":"https://x.example/v#"}`:                                                                           `<https://x.example/v#score> "A"`,
		`{"score":"https://x.example/score","name":"https://schema.org/name"}`:                                        `<https://x.example/score> "A"`,
		`[{"score":"urn:x:score"},{"other":"https://x.example/other"}]`:                                               `<urn:x:score> "A"`,
		`{"score":"https://x.example/score","Unused":"did:example:1#u","tagged":"tag:x.example,2026:a"}`:              `<https://x.example/score> "A"`,
		`{"score":{"@id":"https://x.example/score","@container":"@list"}}`:                                            `<http://www.w3.org/1999/02/22-rdf-syntax-ns#first> "A"`,
		`{"score":"https://x.example/score","Ed25519Signature2020":"https://w3id.org/security#Ed25519Signature2020"}`: `<https://x.example/score> "A"`,
	} {
		text := strings.Replace(wrap(`,"score":"A"`), `context-3.0.3.json"]`, `context-3.0.3.json",`+strings.Trim(definitions, "[]")+`]`, 1)
		out, err := canonical(t, text)
		if err != nil || !strings.Contains(out, want) {
			t.Errorf("%s: %v\n%s", definitions, err, out)
		}
		if g, err := Pinned().Read(parse(t, text)); err != nil || !g.Inline() {
			t.Errorf("%s: not said to be inline (%v)", definitions, err)
		}
	}
	if g, err := Pinned().Read(parse(t, wrap(""))); err != nil || g.Inline() {
		t.Error("said to be inline:", err)
	}
}

// TestInlineContextRefused holds that a document's own context cannot change what a known
// name means, nor say a known thing under another name.
func TestInlineContextRefused(t *testing.T) {
	var many string
	for i := range maxInlineTerms + 1 {
		many += `"t` + strings.Repeat("x", i) + `":"https://x.example/t",`
	}
	for definitions, want := range map[string]error{
		`{"end":"https://www.w3.org/2018/credentials#validUntil"}`:                     ErrUnsupported,
		`{"end":{"@id":"https://www.w3.org/2018/credentials#validUntil"}}`:             ErrUnsupported,
		`{"Doctorate":"https://purl.imsglobal.org/spec/vc/ob/vocab.html#Achievement"}`: ErrUnsupported,
		`{"validUntil":"https://x.example/v"}`:                                         ErrContext,
		`{"achievement":"https://x.example/a"}`:                                        ErrContext,
		`{"name":"https://x.example/n"}`:                                               ErrContext,
		`{"who":"@id"}`:                                                                ErrContext,
		`{"kind":"@type"}`:                                                             ErrContext,
		`{"in":"@included"}`:                                                           ErrContext,
		`{"n":"@nest"}`:                                                                ErrContext,
		`{"x":"https ://not-a-url#X"}`:                                                 ErrContext,
		`{"x":"relative"}`:                                                             ErrContext,
		`{"x":null}`:                                                                   ErrUnsupported,
		`{"x":{"@id":"https://x.example/x","@reverse":"https://x.example/y"}}`:         ErrUnsupported,
		`{"name":{"@id":"https://schema.org/name","@type":"@json"}}`:                   ErrUnsupported,
		`{"x":{"@id":"https://x.example/x","@type":"@none"}}`:                          ErrUnsupported,
		`{"x":{"@id":"https://x.example/x","@context":{}}}`:                            ErrUnsupported,
		`{"x":{"@id":"https://x.example/x","@container":"@graph"}}`:                    ErrUnsupported,
		`{"@base":"https://x.example/"}`:                                               ErrUnsupported,
		`{"@import":"https://x.example/c"}`:                                            ErrUnsupported,
		`{"@language":"en"}`:                                                           ErrUnsupported,
		`{"@propagate":false}`:                                                         ErrUnsupported,
		`{"@vocab":"https://www.w3.org/2018/"}`:                                        ErrUnsupported,
		`{"@vocab":"https://www.w3.org/2018/credentials#"}`:                            ErrUnsupported,
		`{"@vocab":""}`:                                                                ErrUnsupported,
		`{"@version":1.0}`:                                                             ErrUnsupported,
		`{"a:b":"https://x.example/x"}`:                                                ErrUnsupported,
		`{"https":"https://x.example/x","y":"https://x.example/y"}`:                    ErrUnsupported,
		`{` + strings.TrimSuffix(many, ",") + `}`:                                      ErrUnsupported,
		`{"score":"https://x.example/a"},{"@protected":true,"score":"https://x.example/b"},{"score":"https://x.example/c"}`: ErrContext,
	} {
		text := strings.Replace(wrap(``), `context-3.0.3.json"]`, `context-3.0.3.json",`+definitions+`]`, 1)
		if _, err := canonical(t, text); !errors.Is(err, want) {
			t.Errorf("%.80s: %v, want %v", definitions, err, want)
		}
	}
}
