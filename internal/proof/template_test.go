package proof

import (
	"bytes"
	"context"
	"crypto"
	"crypto/elliptic"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
	"laurel/internal/vc"
)

// cohort is a document like those that a cohort gets, with an array that makes blank nodes
// whose texts vary.
const cohort = `{"@context":["https://www.w3.org/ns/credentials/v2","https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],` +
	`"id":"urn:uuid:0","type":["VerifiableCredential","OpenBadgeCredential"],"name":"Badge","issuer":{"id":"did:web:a.example","type":["Profile"],"name":"A"},` +
	`"validFrom":"2026-01-01T00:00:00Z","credentialSubject":{"type":["AchievementSubject"],"identifier":[{"type":"IdentityObject","hashed":true,"identityHash":"hash","identityType":"emailAddress","salt":"salt"}],` +
	`"achievement":{"id":"https://a.example/1","type":["Achievement"],"name":"Badge","description":"d","criteria":{"narrative":"n"}},` +
	`"result":[{"type":["Result"],"value":"one"},{"type":["Result"],"value":"two"}]}}`

// cohortPlaces are the places in which its documents differ.
func cohortPlaces(v strictjson.Value) []strictjson.Value {
	subject := v.Member("credentialSubject")
	identity, result := subject.Member("identifier").First(), subject.Member("result").First()
	return []strictjson.Value{v.Member("id"), v.Member("validFrom"), identity.Member("identityHash"), identity.Member("salt"), result.Member("value"), result.Next().Member("value")}
}

func cohortTemplate(t testing.TB, key crypto.Signer) (*vc.Template, *Template) {
	t.Helper()
	base := prepare(t, json.RawMessage(cohort))
	of, err := vc.NewTemplate(base, cohortPlaces(base.Value()))
	if err != nil {
		t.Fatal(err)
	}
	template, err := NewTemplate(context.Background(), processor, of, signer(key), now)
	if err != nil {
		t.Fatal(err)
	}
	return of, template
}

// TestTemplateSigns holds what a template signs to what is signed without one; where the
// suite draws at random, the signature is checked.
func TestTemplateSigns(t *testing.T) {
	for name, key := range map[string]crypto.Signer{"Ed25519": edKey(t), "P-256": ecKey(t, elliptic.P256()), "P-384": ecKey(t, elliptic.P384())} {
		of, template := cohortTemplate(t, key)
		for n := range 20 {
			texts := []string{fmt.Sprint("urn:uuid:", n), "2026-02-01T00:00:00Z", fmt.Sprint("sha256$", n), "s\"\n", "Zoë", fmt.Sprint(n)}
			if n%4 == 0 {
				texts[5] = texts[4] // so that two blank nodes look alike
			}
			filled, err := of.Fill(texts)
			if err != nil {
				t.Fatal(err)
			}
			signed, err := template.Sign(context.Background(), filled)
			if err != nil {
				t.Fatal(err)
			}
			single, err := Sign(context.Background(), processor, filled.Prepared(), signer(key), now)
			if err != nil {
				t.Fatal(err)
			}
			before, _, _ := strings.Cut(string(signed), `"proofValue"`)
			if !strings.HasPrefix(string(single), before) || name == "Ed25519" && !bytes.Equal(signed, single) {
				t.Errorf("%s %d: \n%s\nwithout a template\n%s", name, n, signed, single)
			}
			if err := verify(parse(t, signed), key, Terms{At: now}); err != nil {
				t.Errorf("%s %d: %v", name, n, err)
			}
		}
	}
}

func TestTemplateRefuses(t *testing.T) {
	key := edKey(t)
	of, template := cohortTemplate(t, key)
	foreign, _ := cohortTemplate(t, key)
	texts := []string{"urn:uuid:1", "2026-02-01T00:00:00Z", "h", "s", "x", "y"}
	filled, err := foreign.Fill(texts)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := template.Sign(context.Background(), filled); err == nil {
		t.Error("signed what another template made")
	}
	texts[0] = "https://a.example/1"
	if filled, err = of.Fill(texts); err != nil {
		t.Fatal(err)
	}
	if _, err := template.Sign(context.Background(), filled); !errors.Is(err, jsonld.ErrNoTemplate) {
		t.Errorf("the id of the credential is that of the achievement: %v", err)
	}
	secured := strings.TrimSuffix(cohort, "}") + `,"proof":[]}`
	with := prepare(t, json.RawMessage(secured))
	proven, err := vc.NewTemplate(with, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewTemplate(context.Background(), processor, proven, signer(key), now); !errors.Is(err, jsonld.ErrNoTemplate) {
		t.Errorf("a document with a proof: %v", err)
	}
}

// BenchmarkTemplate fills and signs, beside what signing alone takes.
func BenchmarkTemplate(b *testing.B) {
	of, template := cohortTemplate(b, edKey(b))
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n++
		filled, err := of.Fill([]string{fmt.Sprint("urn:uuid:", n), "2026-02-01T00:00:00Z", fmt.Sprint("sha256$", n), "salt", "Zoë", fmt.Sprint(n)})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := template.Sign(context.Background(), filled); err != nil {
			b.Fatal(err)
		}
	}
}
