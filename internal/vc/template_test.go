package vc_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"laurel/internal/strictjson"
	"laurel/internal/vc"
)

const filling = `{"@context":["https://www.w3.org/ns/credentials/v2"],"id":"urn:uuid:1","type":["VerifiableCredential"],` +
	`"issuer":"did:web:a.example","validFrom":"2026-01-01T00:00:00Z","name":"plain","description":"with \"marks\"","credentialSubject":{"id":"did:web:b.example"}}`

// TestFill holds what a template makes to what Prepare makes of the same document.
func TestFill(t *testing.T) {
	unnamed := errors.New("unnamed")
	named := func(v strictjson.Value) error {
		if v.Member("name").Text() == "" {
			return unnamed
		}
		return nil
	}
	base, err := vc.Prepare(json.RawMessage(filling), named)
	if err != nil {
		t.Fatal(err)
	}
	v := base.Value()
	template, err := vc.NewTemplate(base, []strictjson.Value{v.Member("name"), v.Member("id"), v.Member("credentialSubject").Member("id")}, named)
	if err != nil {
		t.Fatal(err)
	}
	for _, texts := range [][]string{
		{"other", "urn:uuid:2", "did:web:c.example"}, {"<\"\\\n\x01\u2028é\U0001F600>", "urn:uuid:3", "did:web:c.example"},
		{"plain", "urn:uuid:1", "did:web:b.example"},
	} {
		quoted, err := vc.Marshal(texts[0])
		if err != nil {
			t.Fatal(err)
		}
		want := strings.NewReplacer(`"plain"`, string(quoted), "urn:uuid:1", texts[1], "did:web:b.example", texts[2]).Replace(filling)
		filled, err := template.Fill(texts)
		if err != nil || string(filled.Prepared().Bytes()) != want {
			t.Fatalf("%q: %s, %v", texts, filled.Prepared().Bytes(), err)
		}
		prepared, err := vc.Prepare(json.RawMessage(want), named)
		if err != nil || !prepared.Value().Equal(filled.Prepared().Value()) {
			t.Errorf("%q: reads as %v, %v", texts, filled.Prepared().Value().Tree(), err)
		}
	}
	for name, texts := range map[string][]string{
		"no conforming credential": {"other", "not an address", "did:web:c.example"}, "a text too few": {"other", "urn:uuid:2"},
		"not UTF-8": {"\xff", "urn:uuid:2", "did:web:c.example"}, "too large": {strings.Repeat("x", strictjson.Default.Bytes), "urn:uuid:2", "did:web:c.example"},
	} {
		if _, err := template.Fill(texts); err == nil {
			t.Errorf("%s: filled", name)
		}
	}
	if _, err := template.Fill([]string{"", "urn:uuid:2", "did:web:c.example"}); !errors.Is(err, unnamed) {
		t.Errorf("a document that a judge refuses: %v", err)
	}
}

func TestNoTemplate(t *testing.T) {
	base, err := vc.Prepare(json.RawMessage(filling))
	if err != nil {
		t.Fatal(err)
	}
	other, err := vc.Prepare(json.RawMessage(filling + " "))
	if err != nil {
		t.Fatal(err)
	}
	v := base.Value()
	for name, places := range map[string][]strictjson.Value{
		"no string": {v.Member("issuer"), v.Member("credentialSubject")}, "nothing": {v.Member("none")}, "with escapes": {v.Member("description")},
		"twice": {v.Member("name"), v.Member("name")},
	} {
		if _, err := vc.NewTemplate(base, places); err == nil {
			t.Errorf("%s: a template", name)
		}
	}
	if _, err := vc.NewTemplate(base, []strictjson.Value{other.Value().Member("name")}); err == nil {
		t.Error("a place of another document")
	}
}
