package vc

import (
	"encoding/json"
	"testing"

	"laurel/internal/strictjson"
)

const presentation = `{"@context":["https://www.w3.org/ns/credentials/v2"],"id":"urn:uuid:2","type":["VerifiablePresentation"],
"holder":{"id":"did:example:1"},"verifiableCredential":[` + sample + `,
{"@context":"https://www.w3.org/ns/credentials/v2","type":"EnvelopedVerifiableCredential","id":"data:application/vc+jwt,e30.e30.AA"}]}`

func TestReadPresentation(t *testing.T) {
	p, problems := ReadPresentation(strictjson.Of(parse(t, presentation)))
	if len(problems) > 0 || p.Version != V2 || p.Holder != "did:example:1" || len(p.Credentials) != 2 || p.ID != "urn:uuid:2" {
		t.Errorf("%+v %v", p, problems)
	}
	p, problems = ReadPresentation(strictjson.Of(parse(t, `{"@context":["https://www.w3.org/ns/credentials/v2"],"type":"VerifiablePresentation"}`)))
	if len(problems) > 0 || p.Holder != "" || len(p.Credentials) != 0 {
		t.Errorf("%+v %v", p, problems)
	}
}

// TestPresentationProblems changes one thing of a conforming presentation (VC-DM §4.13).
func TestPresentationProblems(t *testing.T) {
	for name, c := range map[string]struct {
		member  string
		value   any
		pointer string
	}{
		"no context":          {"@context", nil, "/@context"},
		"other context first": {"@context", []any{"https://schema.org"}, "/@context/0"},
		"id not a URL":        {"id", "x", "/id"},
		"no type":             {"type", nil, "/type"},
		"a credential":        {"type", "VerifiableCredential", "/type"},
		"holder null":         {"holder", nil, "/holder"},
		"holder list":         {"holder", []any{"did:example:1"}, "/holder"},
		"holder not a URL":    {"holder", "somebody", "/holder"},
		"holder without id":   {"holder", map[string]any{"name": "x"}, "/holder/id"},
		"credential text":     {"verifiableCredential", []any{"e30.e30.AA"}, "/verifiableCredential/0"},
		"credential null":     {"verifiableCredential", nil, "/verifiableCredential/0"},
		"not a credential":    {"verifiableCredential", map[string]any{"type": "Profile"}, "/verifiableCredential/0/type"},
		"empty envelope":      {"verifiableCredential", map[string]any{"type": "EnvelopedVerifiableCredential", "id": "urn:x"}, "/verifiableCredential/0/id"},
	} {
		t.Run(name, func(t *testing.T) {
			tree := parse(t, presentation)
			tree[c.member] = c.value
			_, problems := ReadPresentation(strictjson.Of(tree))
			if len(problems) != 1 || problems[0].Pointer != c.pointer {
				t.Errorf("problems %v, want one at %s", problems, c.pointer)
			}
		})
	}
}

func TestPreparePresentation(t *testing.T) {
	if _, err := PreparePresentation(json.RawMessage(presentation)); err != nil {
		t.Error(err)
	}
	if _, err := PreparePresentation(json.RawMessage(sample)); err == nil {
		t.Error("a credential was prepared as a presentation")
	}
	if _, err := Prepare(json.RawMessage(presentation)); err == nil {
		t.Error("a presentation was prepared as a credential")
	}
}
