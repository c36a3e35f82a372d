package proof

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"laurel/internal/strictjson"
	"laurel/internal/vc"
)

func prepared(t testing.TB) vc.Prepared { return prepare(t, json.RawMessage(alumni)) }

// one resolves every method to one key.
func one(m Method) Resolve {
	return func(context.Context, string, string) (Method, error) { return m, nil }
}

func TestSignJWT(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []crypto.Signer{rsaKey, edKey} {
		text, err := SignJWT(processor, prepared(t), NewSigner("did:web:a.example#k", key))
		if err != nil {
			t.Fatal(err)
		}
		for algorithm, good := range map[string]bool{"": true, "RS256": key == crypto.Signer(rsaKey), "PS256": false, "EdDSA": key != crypto.Signer(rsaKey), "Ed25519": key != crypto.Signer(rsaKey)} {
			token, err := OpenToken(text, strictjson.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			_, _, err = token.Verify(context.Background(), one(Method{Key: key.Public(), Algorithm: algorithm}), Terms{At: time.Now()})
			if (err == nil) != good {
				t.Errorf("%T published for %q: %v", key, algorithm, err)
			}
		}
	}
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err == nil {
		if _, err := SignJWT(processor, prepared(t), NewSigner("did:web:a.example#k", small)); err == nil {
			t.Error("signed with RSA of 1024 bits")
		}
	}
}

func TestNothingProvesNothing(t *testing.T) {
	for _, member := range []string{``, `,"proof":[]`, `,"proof":null`, `,"proof":{}`, `,"proof":[null]`, `,"proof":"x"`, `,"proof":[{"type":"DataIntegrityProof"}]`} {
		d, err := Open(processor, strictjson.Of(parse(t, []byte(strings.TrimSuffix(alumni, "}")+member+"}"))))
		if err != nil {
			t.Fatal(err)
		}
		verified, _, err := d.Verify(context.Background(), didKey, Terms{At: time.Now()})
		if verified != nil || err == nil || errors.Is(err, ErrUndecided) {
			t.Errorf("%s: %v %v", member, verified, err)
		}
	}
	proofs := strings.Repeat(`{"type":"DataIntegrityProof"},`, maxProofs+1)
	d, err := Open(processor, strictjson.Of(parse(t, []byte(strings.TrimSuffix(alumni, "}")+`,"proof":[`+strings.TrimSuffix(proofs, ",")+"]}"))))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.Verify(context.Background(), didKey, Terms{At: time.Now()}); !errors.Is(err, ErrUndecided) {
		t.Errorf("too many proofs: %v", err)
	}
}

func TestRefusesLossWhenSigning(t *testing.T) {
	p, err := vc.Prepare(json.RawMessage(strings.Replace(alumni, `/examples/v2`, `/undefined-terms/v2`, 1)))
	if err != nil {
		t.Fatal(err)
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Sign(context.Background(), processor, p, NewSigner("did:web:a.example#k", key), time.Now()); err != nil {
		t.Fatal(err)
	}
	p, err = vc.Prepare(json.RawMessage(strings.Replace(alumni, `,"https://www.w3.org/ns/credentials/examples/v2"`, ``, 1)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Sign(context.Background(), processor, p, NewSigner("did:web:a.example#k", key), time.Now()); err == nil {
		t.Error("an undefined term was signed")
	}
	if _, err := SignJWT(processor, p, NewSigner("did:web:a.example#k", key)); err == nil {
		t.Error("an undefined term was signed in a token")
	}
}

// FuzzOpenToken holds that no text makes the reader of tokens panic, and that what it
// reads has three parts that are written in one way only.
func FuzzOpenToken(f *testing.F) {
	f.Add("eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJkaWQ6d2ViOmEuZXhhbXBsZSJ9.AA")
	f.Fuzz(func(t *testing.T, text string) {
		token, err := OpenToken(text, strictjson.Limits{Bytes: 1 << 16})
		if err != nil {
			return
		}
		if !LooksLikeToken(text) && strings.HasPrefix(text, "eyJ") {
			t.Fatalf("read %q, which does not look like a token", text)
		}
		verified, _, err := token.Verify(context.Background(), didKey, Terms{At: time.Unix(0, 0)})
		if verified != nil && err != nil {
			t.Fatal("verified with an error")
		}
	})
}

func BenchmarkSign(b *testing.B) {
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		b.Fatal(err)
	}
	p := prepared(b)
	b.Run("eddsa-rdfc-2022", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Sign(context.Background(), processor, p, NewSigner("did:web:a.example#k", edKey), time.Now()); err != nil {
				b.Fatal(err)
			}
		}
	})
	for name, curve := range map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384()} {
		key, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			b.Fatal(err)
		}
		b.Run("ecdsa-rdfc-2019-"+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Sign(context.Background(), processor, p, NewSigner("did:web:a.example#k", key), time.Now()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	for name, key := range map[string]crypto.Signer{"EdDSA": edKey, "RS256": rsaKey} {
		b.Run("jwt-"+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := SignJWT(processor, p, NewSigner("did:web:a.example#k", key)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
