package did_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"laurel/internal/did"
	"laurel/internal/fetch/fetchtest"
	"laurel/keys"
)

// TestIssuerKey finds keys of issuers of SD-JWT VCs (SD-JWT VC §4).
func TestIssuerKey(t *testing.T) {
	named := func(kid string) string { return strings.Replace(exampleJWK, "{", `{"kid":"`+kid+`",`, 1) }
	metadata := func(issuer, rest string) fetchtest.Reply { return reply(`{"issuer":"` + issuer + `",` + rest + `}`) }
	const at = "https://college.example/.well-known/jwt-vc-issuer"
	inside := `"jwks":{"keys":[` + named("a") + `,` + named("b") + `]}`
	w := fetchtest.World{
		at:                              metadata("https://college.example", inside),
		at + "/arts":                    metadata("https://college.example/arts", `"jwks_uri":"https://college.example/jwks"`),
		at + "/slash":                   metadata("https://college.example/slash/", inside),
		at + "/liar":                    metadata("https://college.example", inside),
		at + "/both":                    metadata("https://college.example/both", inside+`,"jwks_uri":"https://college.example/jwks"`),
		at + "/neither":                 metadata("https://college.example/neither", `"jwks":[]`),
		at + "/abroad":                  metadata("https://college.example/abroad", `"jwks_uri":"https://evil.example/jwks"`),
		at + "/plain":                   metadata("https://college.example/plain", `"jwks_uri":"http://college.example/jwks"`),
		at + "/missing":                 metadata("https://college.example/missing", `"jwks_uri":"https://college.example/nowhere"`),
		at + "/moved":                   redirect("https://evil.example/metadata"),
		at + "/twins":                   metadata("https://college.example/twins", `"jwks":{"keys":[`+named("a")+`,`+named("a")+`]}`),
		at + "/private":                 metadata("https://college.example/private", `"jwks":{"keys":[`+strings.Replace(named("a"), "{", `{"d":"AA",`, 1)+`]}`),
		at + "/page":                    reply("<html>"),
		at + "/duplicate":               metadata("https://college.example/duplicate", `"issuer":"x",`+inside),
		"https://college.example/jwks":  reply(`{"keys":[` + named("a") + `]}`),
		"https://evil.example/jwks":     reply(`{"keys":[` + named("a") + `]}`),
		"https://evil.example/metadata": metadata("https://college.example/moved", inside),
		"http://localhost:8080/.well-known/jwt-vc-issuer": metadata("http://localhost:8080", inside),
	}
	example, err := keys.ParseJWK([]byte(exampleJWK))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		kid, issuer string
		local       bool
		want        error
	}{
		"inside":           {"a", "https://college.example", false, nil},
		"second":           {"b", "https://college.example", false, nil},
		"elsewhere":        {"a", "https://college.example/arts", false, nil},
		"slash":            {"a", "https://college.example/slash/", false, nil},
		"development":      {"a", "http://localhost:8080", true, nil},
		"not development":  {"a", "http://localhost:8080", false, did.ErrInvalidURL},
		"other kid":        {"c", "https://college.example", false, did.ErrMethodNotFound},
		"no kid":           {"", "https://college.example", false, did.ErrMethodNotFound},
		"of somebody else": {"a", "https://college.example/liar", false, did.ErrDocumentID},
		"root with slash":  {"a", "https://college.example/", false, did.ErrDocumentID},
		"both":             {"a", "https://college.example/both", false, did.ErrInvalidDocument},
		"neither":          {"a", "https://college.example/neither", false, did.ErrInvalidDocument},
		"other origin":     {"a", "https://college.example/abroad", false, did.ErrOrigin},
		"plain http":       {"a", "https://college.example/plain", false, did.ErrInvalidURL},
		"set missing":      {"a", "https://college.example/missing", false, did.ErrUnavailable},
		"redirect":         {"a", "https://college.example/moved", false, did.ErrOrigin},
		"twins":            {"a", "https://college.example/twins", false, did.ErrInvalidDocument},
		"private":          {"a", "https://college.example/private", false, did.ErrInvalidMethod},
		"page":             {"a", "https://college.example/page", false, did.ErrInvalidDocument},
		"duplicate":        {"a", "https://college.example/duplicate", false, did.ErrInvalidDocument},
		"unknown":          {"a", "https://college.example/unknown", false, did.ErrUnavailable},
		"query":            {"a", "https://college.example?x=1", false, did.ErrInvalidURL},
		"fragment":         {"a", "https://college.example#x", false, did.ErrInvalidURL},
		"user":             {"a", "https://me@college.example", false, did.ErrInvalidURL},
		"no issuer":        {"a", "", false, did.ErrInvalidURL},
		"issuer a DID":     {"a", "did:web:college.example", false, did.ErrInvalidURL},
	} {
		t.Run(name, func(t *testing.T) {
			m, controller, err := did.NewResolver(w.Get, c.local, nil).IssuerKey(context.Background(), c.kid, c.issuer, did.AssertionMethod)
			if !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			if err == nil && (controller != c.issuer || !same(m.Key, example) || m.Algorithm != "ES256") || err != nil && (m.Key != nil || controller != "") {
				t.Errorf("%+v of %q", m, controller)
			}
		})
	}
	r := did.NewResolver(w.Get, false, nil)
	if _, controller, err := r.IssuerKey(context.Background(), "did:key:"+edKey+"#"+edKey, "https://college.example", did.AssertionMethod); err != nil || controller != "did:key:"+edKey {
		t.Errorf("a DID speaks for %s, %v", controller, err)
	}
	if _, _, err := r.IssuerKey(context.Background(), "a", "https://college.example", did.Authentication); !errors.Is(err, did.ErrRelationship) {
		t.Errorf("for authentication: %v", err)
	}
}
