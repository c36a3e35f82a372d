package signed_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"laurel/internal/signed"
	"laurel/keys"
)

const (
	typ = "obtr-root+jws"
	max = 1 << 16
)

func edKey(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
}

func p256(t testing.TB) *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func publics(signers ...crypto.Signer) []crypto.PublicKey {
	var list []crypto.PublicKey
	for _, s := range signers {
		list = append(list, s.Public())
	}
	return list
}

func sign(t testing.TB, payload string, signers ...crypto.Signer) signed.Unverified {
	u := signed.Draft([]byte(payload))
	for _, s := range signers {
		var err error
		if u, err = u.Sign(typ, s); err != nil {
			t.Fatal(err)
		}
	}
	return u
}

// TestTurns: several people sign one document, each on another machine.
func TestTurns(t *testing.T) {
	signers := []crypto.Signer{edKey(1), p256(t), edKey(2)}
	file := signed.Draft([]byte("the payload\n")).Bytes()
	for i, s := range signers {
		u, err := signed.Read(file, max)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := u.Verify(typ, publics(signers...), i+1); !errors.Is(err, signed.ErrThreshold) {
			t.Errorf("%d of %d: %v", i, i+1, err)
		}
		if u, err = u.Sign(typ, s); err != nil {
			t.Fatal(err)
		}
		if _, err := u.Sign(typ, s); err == nil {
			t.Error("signed twice by one key")
		}
		file = u.Bytes()
	}
	u, err := signed.Read(file, max)
	if err != nil {
		t.Fatal(err)
	}
	v, err := u.Verify(typ, publics(signers...), 3)
	if err != nil || string(v.Payload()) != "the payload\n" || len(v.Signers()) != 3 {
		t.Fatal(err, v)
	}
	for i, s := range signers {
		if kid, _ := keys.Thumbprint(s.Public()); v.Signers()[i] != kid {
			t.Error(i, kid)
		}
	}
}

func TestVerifyRefuses(t *testing.T) {
	a, b, c := edKey(1), edKey(2), edKey(3)
	u := sign(t, "x", a, b)
	for name, test := range map[string]struct {
		typ       string
		keys      []crypto.PublicKey
		threshold int
		want      error
	}{
		"threshold of zero":            {typ, publics(a, b), 0, signed.ErrThreshold},
		"negative threshold":           {typ, publics(a, b), -1, signed.ErrThreshold},
		"no keys":                      {typ, nil, 1, signed.ErrThreshold},
		"other keys":                   {typ, publics(c), 1, signed.ErrThreshold},
		"one key listed twice":         {typ, publics(a, a, c), 2, signed.ErrThreshold},
		"another type":                 {"obtr-snapshot+jws", publics(a, b), 1, signed.ErrSignature},
		"type in another letter case":  {"OBTR-root+jws", publics(a, b), 1, signed.ErrSignature},
		"more than there are":          {typ, publics(a, b, c), 3, signed.ErrThreshold},
		"a kind of key nobody foresaw": {typ, []crypto.PublicKey{"key"}, 1, keys.ErrUnsupported},
	} {
		if v, err := u.Verify(test.typ, test.keys, test.threshold); !errors.Is(err, test.want) || v.Payload() != nil && len(v.Payload()) > 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := u.Verify(typ, publics(a, c), 1); err != nil {
		t.Error("a signature of a key that is not listed counts for nothing: ", err)
	}
}

func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// document writes a document with one signature, made by the signer over the header as it is.
func document(header, payload string, key ed25519.PrivateKey) string {
	value := ed25519.Sign(key, []byte(b64(header)+"."+b64(payload)))
	return fmt.Sprintf(`{"payload":"%s","signatures":[{"protected":"%s","signature":"%s"}]}`, b64(payload), b64(header), b64(string(value)))
}

func TestHeaders(t *testing.T) {
	key := edKey(1)
	kid, _ := keys.Thumbprint(key.Public())
	accepted := func(text string) bool {
		u, err := signed.Read([]byte(text), max)
		if err != nil {
			if !errors.Is(err, signed.ErrForm) {
				t.Error(err)
			}
			return false
		}
		_, err = u.Verify(typ, publics(key), 1)
		return err == nil
	}
	good := `{"alg":"EdDSA","kid":"` + kid + `","typ":"` + typ + `"}`
	if !accepted(document(good, "x", key)) || !accepted(document(`{"typ":"`+typ+`","kid":"`+kid+`","alg":"EdDSA"}`, "x", key)) {
		t.Fatal("the good header is refused")
	}
	for _, header := range []string{
		`{"alg":"none","kid":"` + kid + `","typ":"` + typ + `"}`,
		`{"alg":"HS256","kid":"` + kid + `","typ":"` + typ + `"}`,
		`{"alg":"ES256","kid":"` + kid + `","typ":"` + typ + `"}`,
		`{"alg":"Ed25519","kid":"` + kid + `","typ":"` + typ + `"}`,
		`{"alg":"eddsa","kid":"` + kid + `","typ":"` + typ + `"}`,
		`{"alg":["EdDSA"],"kid":"` + kid + `","typ":"` + typ + `"}`,
		`{"kid":"` + kid + `","typ":"` + typ + `"}`,
		`{"alg":"EdDSA","typ":"` + typ + `"}`,
		`{"alg":"EdDSA","kid":"` + kid + `"}`,
		`{"alg":"EdDSA","kid":"key-1","typ":"` + typ + `"}`,
		`{"alg":"EdDSA","kid":"` + kid + `","typ":"obtr-timestamp+jws"}`,
		`{"alg":"EdDSA","kid":"` + kid + `","typ":"` + typ + `","crit":["exp"],"exp":1}`,
		`{"alg":"EdDSA","kid":"` + kid + `","typ":"` + typ + `","crit":[]}`,
		`{"alg":"EdDSA","kid":"` + kid + `","typ":"` + typ + `","jwk":{}}`,
		`{"alg":"EdDSA","kid":"` + kid + `","typ":"` + typ + `","b64":false}`,
		`{"alg":"EdDSA","alg":"EdDSA","kid":"` + kid + `","typ":"` + typ + `"}`,
		good + " {}", `[]`, ``, `null`,
	} {
		if accepted(document(header, "x", key)) {
			t.Error("accepted: ", header)
		}
	}
}

// TestKeyAsSecret signs with the public key as the secret of an HMAC.
func TestKeyAsSecret(t *testing.T) {
	key := edKey(1)
	kid, _ := keys.Thumbprint(key.Public())
	header := `{"alg":"HS256","kid":"` + kid + `","typ":"` + typ + `"}`
	mac := hmac.New(sha256.New, key.Public().(ed25519.PublicKey))
	mac.Write([]byte(b64(header) + "." + b64("x")))
	text := fmt.Sprintf(`{"payload":"%s","signatures":[{"protected":"%s","signature":"%s"}]}`, b64("x"), b64(header), b64(string(mac.Sum(nil))))
	if _, err := signed.Read([]byte(text), max); !errors.Is(err, signed.ErrForm) {
		t.Error(err)
	}
}

func TestReadRefuses(t *testing.T) {
	a := edKey(1)
	good := string(sign(t, "{}", a, edKey(2)).Bytes())
	if _, err := signed.Read([]byte(good), len(good)); err != nil {
		t.Fatal(err)
	}
	one := string(sign(t, "{}", a).Bytes())
	list := one[strings.Index(one, "[")+1 : len(one)-2]
	for name, text := range map[string]string{
		"a space":                 strings.Replace(good, ",", ", ", 1),
		"a line end":              good + "\n",
		"an unknown member":       strings.TrimSuffix(good, "}") + `,"x":1}`,
		"an unprotected header":   strings.Replace(one, `{"protected"`, `{"header":{"kid":"x"},"protected"`, 1),
		"flattened":               `{"payload":"e30",` + list[1:],
		"compact":                 `"e30.e30.e30"`,
		"padding":                 strings.Replace(good, `"e30"`, `"e30="`, 1),
		"trailing bits":           strings.Replace(good, `"e30"`, `"e31"`, 1),
		"a line end in base64url": strings.Replace(good, `"e30"`, `"e3\n0"`, 1),
		"an escape":               strings.Replace(good, `"payload"`, `"\u0070ayload"`, 1),
		"a member twice":          strings.Replace(good, `{"payload"`, `{"payload":"e30","payload"`, 1),
		"one signature twice":     `{"payload":"e30","signatures":[` + list + `,` + list + `]}`,
		"no signatures":           `{"payload":"e30"}`,
		"signatures as an object": `{"payload":"e30","signatures":{}}`,
		"too many":                `{"payload":"e30","signatures":[` + strings.Repeat(list+",", 40) + list + `]}`,
		"nothing":                 ``,
	} {
		if _, err := signed.Read([]byte(text), max); !errors.Is(err, signed.ErrForm) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := signed.Read([]byte(good), len(good)-1); !errors.Is(err, signed.ErrForm) {
		t.Error("longer than the limit: ", err)
	}
}

func TestSignRefuses(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := signed.Draft(nil).Sign(typ, rsaKey); !errors.Is(err, keys.ErrUnsupported) {
		t.Error(err)
	}
	if _, err := signed.Draft(nil).Sign(`a","x":"`, edKey(1)); !errors.Is(err, signed.ErrForm) {
		t.Error(err)
	}
	if _, err := signed.Draft(nil).Sign(typ, liar{edKey(1), edKey(2)}); !errors.Is(err, signed.ErrSignature) {
		t.Error("a signature that is not the key's leaves the house: ", err)
	}
}

// liar shows one key and signs with another.
type liar struct {
	ed25519.PrivateKey
	shown ed25519.PrivateKey
}

func (l liar) Public() crypto.PublicKey { return l.shown.Public() }

// FuzzDocument: what is read is written back the same; and of a document that just enough
// keys signed, no change is accepted.
func FuzzDocument(f *testing.F) {
	a, b := edKey(1), edKey(2)
	good := sign(f, `{"n":1}`, a, b).Bytes()
	f.Add([]byte(`{"payload":"","signatures":[]}`), 0)
	f.Add(good, 17)
	f.Add(sign(f, "", p256(f)).Bytes(), 300)
	f.Fuzz(func(t *testing.T, document []byte, bit int) {
		if u, err := signed.Read(document, max); err == nil {
			if !bytes.Equal(u.Bytes(), document) {
				t.Fatal("written back otherwise")
			}
			if _, err := u.Verify(typ, publics(a, b), 2); err == nil && string(u.UnverifiedPayload()) != `{"n":1}` {
				t.Fatal("forged")
			}
		}
		changed := bytes.Clone(good)
		changed[uint(bit)/8%uint(len(good))] ^= 1 << (uint(bit) % 8)
		if u, err := signed.Read(changed, max); err == nil {
			if _, err := u.Verify(typ, publics(a, b), 2); err == nil {
				t.Fatalf("accepted: %s", changed)
			}
		}
	})
}

// TestEveryBit changes each bit of a document in turn.
func TestEveryBit(t *testing.T) {
	a, b := crypto.Signer(edKey(1)), crypto.Signer(p256(t))
	good := sign(t, `{"n":1}`, a, b).Bytes()
	for bit := range 8 * len(good) {
		changed := bytes.Clone(good)
		changed[bit/8] ^= 1 << (bit % 8)
		u, err := signed.Read(changed, max)
		if err != nil {
			continue
		}
		if _, err := u.Verify(typ, publics(a, b), 2); err == nil {
			t.Fatalf("accepted: %s", changed)
		}
	}
}
