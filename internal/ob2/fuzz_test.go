package ob2

import (
	"context"
	"errors"
	"testing"

	"laurel/internal/strictjson"
)

// FuzzBadge holds that no assertion, class or issuer makes a badge panic, and that one which
// stands was published at its own address, on a host that its issuer's profile allows.
func FuzzBadge(f *testing.F) {
	f.Add(`{"@context":"https://w3id.org/openbadges/v2","type":"Assertion","id":"https://a.example/a","badge":"https://a.example/b","issuedOn":"2026-01-01T00:00:00Z","recipient":{"type":"email","identity":"a@example.com"},"verification":{"type":"hosted"}}`,
		`{"id":"https://a.example/b","name":"n","description":"d","criteria":"c","issuer":"https://a.example/i"}`,
		`{"id":"https://a.example/i","name":"n","publicKey":["https://a.example/k"],"revocationList":"https://a.example/r","verification":{"startsWith":["https://a.example/"]}}`)
	f.Fuzz(func(t *testing.T, assertion, class, issuer string) {
		get := func(_ context.Context, url string) ([]byte, error) {
			switch url {
			case "https://a.example/a":
				return []byte(assertion), nil
			case "https://a.example/b":
				return []byte(class), nil
			case "https://a.example/i", "https://b.example/i":
				return []byte(issuer), nil
			}
			return nil, errors.New("nothing there")
		}
		read, err := strictjson.ReadObject([]byte(assertion), limits)
		if err != nil {
			return
		}
		if b, err := Hosted(context.Background(), get, read); err == nil {
			if b.ID != "https://a.example/a" && b.ID != "http://a.example/a" || b.Signed || b.IssuerID == "" || b.Recipient.IdentityHash == "" {
				t.Errorf("%+v stands", b)
			}
			_, _, _ = b.Revoked(context.Background(), get)
		}
		if b, _, err := SignedBy(context.Background(), get, read); err == nil && (!b.Signed || text(b.Issuer, "id") != b.IssuerID) {
			t.Errorf("%+v stands", b)
		}
	})
}
