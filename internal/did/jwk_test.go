package did_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"laurel/internal/did"
	"laurel/keys"
)

// jwkExample is the did:jwk in the examples of VC-JOSE-COSE, jwkThumbprint the thumbprint in its kid.
const (
	jwkExample    = "did:jwk:eyJraWQiOiJ1cm46aWV0ZjpwYXJhbXM6b2F1dGg6andrLXRodW1icHJpbnQ6c2hhLTI1NjpGZk1iek9qTW1RNGVmVDZrdndUSUpqZWxUcWpsMHhqRUlXUTJxb2JzUk1NIiwia3R5IjoiT0tQIiwiY3J2IjoiRWQyNTUxOSIsImFsZyI6IkVkRFNBIiwieCI6IkFOUmpIX3p4Y0tCeHNqUlBVdHpSYnA3RlNWTEtKWFE5QVBYOU1QMWo3azQifQ"
	jwkThumbprint = "FfMbzOjMmQ4efT6kvwTIJjelTqjl0xjEIWQ2qobsRMM"
)

func jwkDID(members string) string {
	return "did:jwk:" + base64.RawURLEncoding.EncodeToString([]byte(members))
}

func TestDIDJWK(t *testing.T) {
	m, controller, err := noNetwork.Method(context.Background(), jwkExample+"#0", did.AssertionMethod)
	if err != nil {
		t.Fatal(err)
	}
	if thumbprint, err := keys.Thumbprint(m.Key); err != nil || thumbprint != jwkThumbprint || controller != jwkExample || m.Algorithm != "EdDSA" {
		t.Errorf("%+v of %s: %s %v", m, controller, thumbprint, err)
	}
	large, err := rsa.GenerateKey(rand.Reader, 4096)
	if err != nil {
		t.Fatal(err)
	}
	for _, pub := range []any{public(t, edKey), public(t, p256Key), public(t, p384Key), large.Public()} {
		jwk, err := keys.JWK(pub)
		if err != nil {
			t.Fatal(err)
		}
		name := jwkDID(string(jwk))
		for _, purpose := range []did.Relationship{did.AssertionMethod, did.Authentication} {
			m, controller, err := noNetwork.Method(context.Background(), name+"#0", purpose)
			if err != nil || controller != name || m.ID != name+"#0" || m.Controller != name || !same(m.Key, pub) {
				t.Errorf("%T: %+v of %s, %v", pub, m, controller, err)
			}
		}
		if m, _, err := noNetwork.KeyID(context.Background(), name+"#0", name, did.AssertionMethod); err != nil || !same(m.Key, pub) {
			t.Errorf("%T as kid: %v", pub, err)
		}
	}
}

func TestDIDJWKRefuses(t *testing.T) {
	with := func(more string) string { return jwkDID(strings.Replace(exampleJWK, "{", "{"+more+",", 1)) }
	good := jwkDID(exampleJWK)
	small, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	short := base64.RawURLEncoding.EncodeToString(small.N.Bytes()[:128])
	for name, c := range map[string]struct {
		url     string
		purpose did.Relationship
		want    error
	}{
		"no fragment":      {good, did.AssertionMethod, did.ErrInvalidURL},
		"other fragment":   {good + "#1", did.AssertionMethod, did.ErrMethodNotFound},
		"key as fragment":  {good + "#" + strings.TrimPrefix(good, "did:jwk:"), did.AssertionMethod, did.ErrMethodNotFound},
		"key agreement":    {good + "#0", "keyAgreement", did.ErrRelationship},
		"padded":           {good + "=#0", did.AssertionMethod, did.ErrInvalidURL},
		"plain base64":     {"did:jwk:e+/9#0", did.AssertionMethod, did.ErrInvalidURL},
		"loose bits":       {"did:jwk:e31=#0", did.AssertionMethod, did.ErrInvalidURL},
		"nothing":          {"did:jwk:#0", did.AssertionMethod, did.ErrInvalidURL},
		"no key":           {jwkDID("{}") + "#0", did.AssertionMethod, did.ErrInvalidURL},
		"no object":        {jwkDID("[]") + "#0", did.AssertionMethod, did.ErrInvalidURL},
		"trailing data":    {jwkDID(exampleJWK+"{}") + "#0", did.AssertionMethod, did.ErrInvalidURL},
		"duplicate member": {with(`"kty":"EC"`) + "#0", did.AssertionMethod, did.ErrInvalidURL},
		"private":          {with(`"d":"AA"`) + "#0", did.AssertionMethod, did.ErrInvalidURL},
		"for encryption":   {with(`"use":"enc"`) + "#0", did.AssertionMethod, did.ErrRelationship},
		"other use":        {with(`"use":"x"`) + "#0", did.AssertionMethod, did.ErrInvalidURL},
		"key_ops":          {with(`"key_ops":["encrypt"]`) + "#0", did.AssertionMethod, did.ErrInvalidURL},
		"RSA of 1024 bits": {jwkDID(`{"kty":"RSA","e":"AQAB","n":"`+short+`"}`) + "#0", did.AssertionMethod, did.ErrInvalidURL},
		"symmetric":        {jwkDID(`{"kty":"oct","k":"AA"}`) + "#0", did.AssertionMethod, did.ErrInvalidURL},
		"P-521":            {jwkDID(strings.Replace(exampleJWK, "P-256", "P-521", 1)) + "#0", did.AssertionMethod, did.ErrUnsupportedKey},
		"X25519":           {jwkDID(`{"kty":"OKP","crv":"X25519","x":"qLZkSTbstvMWPTivmiQglEFWG2Ff7gNDVoVisdZTr1I"}`) + "#0", did.AssertionMethod, did.ErrUnsupportedKey},
		"too long":         {jwkDID(strings.Repeat(" ", 2048)+exampleJWK) + "#0", did.AssertionMethod, did.ErrInvalidURL},
	} {
		t.Run(name, func(t *testing.T) {
			m, controller, err := noNetwork.Method(context.Background(), c.url, c.purpose)
			if !errors.Is(err, c.want) || m.Key != nil || controller != "" {
				t.Fatalf("got %v, want %v", err, c.want)
			}
		})
	}
}

// TestDIDKeyVersion resolves the form with a version like the one without (did:key §2).
func TestDIDKeyVersion(t *testing.T) {
	name := "did:key:1:" + edKey
	for _, url := range []string{name, name + "#" + edKey} {
		m, controller, err := noNetwork.Method(context.Background(), url, did.AssertionMethod)
		if err != nil || controller != name || m.ID != name+"#"+edKey || !same(m.Key, public(t, edKey)) {
			t.Errorf("%s: %+v of %s, %v", url, m, controller, err)
		}
	}
}

// FuzzDIDJWK holds that a did:jwk resolves to a sound public key of its own, or not at all, and that its key names
// the same key again.
func FuzzDIDJWK(f *testing.F) {
	f.Add(exampleJWK)
	f.Add(`{"kty":"OKP","crv":"Ed25519","x":"ANRjH_zxcKBxsjRPUtzRbp7FSVLKJXQ9APX9MP1j7k4","use":"sig"}`)
	f.Add(`{"kty":"RSA","e":"AQAB","n":"AA","use":"enc"}`)
	f.Fuzz(func(t *testing.T, members string) {
		name := jwkDID(members)
		m, controller, err := noNetwork.Method(context.Background(), name+"#0", did.AssertionMethod)
		if err != nil {
			if m.Key != nil || controller != "" {
				t.Fatalf("an error with %+v", m)
			}
			return
		}
		jwk, err := keys.JWK(m.Key)
		if err != nil || controller != name {
			t.Fatalf("%s: %v", members, err)
		}
		again, _, err := noNetwork.Method(context.Background(), jwkDID(string(jwk))+"#0", did.AssertionMethod)
		if err != nil || !same(again.Key, m.Key) {
			t.Fatalf("%s became %+v, %v", members, again, err)
		}
	})
}
