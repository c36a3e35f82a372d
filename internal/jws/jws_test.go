package jws

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"laurel/internal/strictjson"
	"laurel/keys"
)

const typ = "sample+jwt"

var all = []string{EdDSA, ES256, ES384, RS256, PS256}

func ed(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
}

func ec(t testing.TB, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func signed(t testing.TB, signer crypto.Signer, more map[string]any) string {
	t.Helper()
	token, err := Sign(typ, []byte(`{"iss":"https://a.example"}`), signer, more)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func read(t testing.TB, text string) *Token {
	t.Helper()
	token, err := Read(text, strictjson.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestEachKey(t *testing.T) {
	for _, signer := range []crypto.Signer{ed(1), ec(t, elliptic.P256()), ec(t, elliptic.P384())} {
		token := read(t, signed(t, signer, nil))
		claims, err := token.Verify(typ, signer.Public(), all...)
		if err != nil || claims.Member("iss").Text() != "https://a.example" {
			t.Errorf("%T: %v", signer, err)
		}
		if kid, _ := keys.Thumbprint(signer.Public()); token.KeyID != kid {
			t.Errorf("kid %q", token.KeyID)
		}
		if _, err := token.Verify(typ, ed(2).Public(), all...); !errors.Is(err, ErrSignature) {
			t.Errorf("another key: %v", err)
		}
		if _, err := token.Verify("other+jwt", signer.Public(), all...); !errors.Is(err, ErrSignature) {
			t.Errorf("another type: %v", err)
		}
		if _, err := token.Verify(typ, signer.Public()); !errors.Is(err, ErrSignature) {
			t.Errorf("no algorithm is accepted: %v", err)
		}
	}
	if _, err := Sign(typ, []byte(`{}`), ec(t, elliptic.P521()), nil); !errors.Is(err, keys.ErrUnsupported) {
		t.Errorf("P-521: %v", err)
	}
	token := read(t, signed(t, ed(1), nil))
	if _, err := token.Verify(typ, ec(t, elliptic.P521()).Public(), all...); !errors.Is(err, keys.ErrUnsupported) {
		t.Errorf("a key of an unknown kind shows nothing: %v", err)
	}
}

// TestRSA: others sign with it.
func TestRSA(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for _, alg := range []string{RS256, PS256} {
		input := encode(`{"alg":"`+alg+`","typ":"`+typ+`"}`) + "." + encode(`{}`)
		sum := sha256.Sum256([]byte(input))
		var options crypto.SignerOpts = crypto.SHA256
		if alg == PS256 {
			options = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}
		}
		value, err := key.Sign(rand.Reader, sum[:], options)
		if err != nil {
			t.Fatal(err)
		}
		token := read(t, input+"."+base64.RawURLEncoding.EncodeToString(value))
		if _, err := token.Verify(typ, key.Public(), alg); err != nil {
			t.Errorf("%s: %v", alg, err)
		}
		if _, err := token.Verify(typ, key.Public(), EdDSA, ES256); !errors.Is(err, ErrSignature) {
			t.Errorf("%s where it is not accepted: %v", alg, err)
		}
	}
}

func encode(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func TestRefused(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":           "",
		"two parts":         encode(`{"alg":"EdDSA"}`) + "." + encode(`{}`),
		"four parts":        encode(`{"alg":"EdDSA"}`) + "." + encode(`{}`) + ".AA.AA",
		"no signature":      encode(`{"alg":"none"}`) + "." + encode(`{}`) + ".",
		"no algorithm":      encode(`{"typ":"x"}`) + "." + encode(`{}`) + ".AA",
		"kid is a number":   encode(`{"alg":"EdDSA","kid":1}`) + "." + encode(`{}`) + ".AA",
		"critical":          encode(`{"alg":"EdDSA","crit":["x"],"x":1}`) + "." + encode(`{}`) + ".AA",
		"empty crit":        encode(`{"alg":"EdDSA","crit":[]}`) + "." + encode(`{}`) + ".AA",
		"not encoded":       encode(`{"alg":"EdDSA","b64":false}`) + "." + encode(`{}`) + ".AA",
		"alg twice":         encode(`{"alg":"EdDSA","alg":"none"}`) + "." + encode(`{}`) + ".AA",
		"payload no object": encode(`{"alg":"EdDSA"}`) + "." + encode(`[]`) + ".AA",
		"padding":           encode(`{"alg":"EdDSA"}`) + "." + encode(`{}`) + ".AA==",
		"line end":          encode(`{"alg":"EdDSA"}`) + "." + encode(`{}`) + ".A\nA",
		"loose bits":        encode(`{"alg":"EdDSA"}`) + "." + encode(`{}`) + ".AB",
	} {
		if _, err := Read(text, strictjson.Limits{}); !errors.Is(err, ErrForm) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Read(strings.Repeat("A", 1<<22), strictjson.Limits{}); !errors.Is(err, strictjson.ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
	for name, header := range map[string]string{"HS256": `{"alg":"HS256","typ":"` + typ + `"}`, "none": `{"alg":"none","typ":"` + typ + `"}`} {
		token := read(t, encode(header)+"."+encode(`{}`)+".AA")
		if _, err := token.Verify(typ, ed(1).Public(), all...); !errors.Is(err, ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCritUnderstood(t *testing.T) {
	text := signed(t, ed(1), map[string]any{"crit": []string{"sigT"}, "sigT": "2026-01-01T00:00:00Z"})
	if _, err := Read(text, strictjson.Limits{}); err == nil {
		t.Error("read without understanding it")
	}
	if _, err := Read(text, strictjson.Limits{}, "sigT"); err != nil {
		t.Error(err)
	}
	lacking := signed(t, ed(1), map[string]any{"crit": []string{"sigT"}})
	if _, err := Read(lacking, strictjson.Limits{}, "sigT"); err == nil {
		t.Error("critical and absent")
	}
}

func TestMoment(t *testing.T) {
	for text, want := range map[string]int64{"0": 0, "1746034081": 1746034081, "1746034081.5": 1746034081} {
		v, err := strictjson.Read([]byte(text), strictjson.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if at, err := Moment(v); err != nil || at.Unix() != want {
			t.Errorf("%s: %v %v", text, at, err)
		}
	}
	for _, text := range []string{"-1", `"1746034081"`, "1e9", "null", "253402300800"} {
		v, err := strictjson.Read([]byte(text), strictjson.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if at, err := Moment(v); err == nil {
			t.Errorf("%s: %v", text, at)
		}
	}
	if _, err := Moment(strictjson.Value{}); err == nil {
		t.Error("an absent date")
	}
}

// FuzzToken: a token that is changed in one bit is never accepted, and nothing panics.
func FuzzToken(f *testing.F) {
	text := signed(f, ed(1), nil)
	f.Add(text, uint(3))
	f.Add(encode(`{"alg":"EdDSA"}`)+"."+encode(`{}`)+".AA", uint(9))
	f.Fuzz(func(t *testing.T, foreign string, bit uint) {
		if token, err := Read(foreign, strictjson.Limits{}); err == nil {
			if _, err := token.Verify(typ, ed(1).Public(), all...); err == nil && foreign != text {
				t.Errorf("accepted %q", foreign)
			}
		}
		changed := []byte(text)
		changed[bit/8%uint(len(changed))] ^= 1 << (bit % 8)
		if token, err := Read(string(changed), strictjson.Limits{}); err == nil {
			if _, err := token.Verify(typ, ed(1).Public(), all...); err == nil {
				t.Errorf("one bit other, and accepted: %q", changed)
			}
		}
	})
}
