package keys_test

import (
	"crypto"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"laurel/keys"
)

// The key and thumbprint of RFC 7638 §3.1.
const (
	rfc7638Modulus = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMst" +
		"n64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbI" +
		"SD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
	rfc7638Thumbprint = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
)

// The key of RFC 8037 §A.2 and its thumbprint, §A.3.
const (
	rfc8037Key        = `{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`
	rfc8037Thumbprint = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
)

// The P-256 key of CID §2.2, an example there.
const cidExampleKey = `{"kid":"key-20240828","kty":"EC","crv":"P-256","alg":"ES256",` +
	`"x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}`

var sampleRSAKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(nil, 2048) })

func sampleRSA(t testing.TB) *rsa.PrivateKey {
	t.Helper()
	k, err := sampleRSAKey()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestThumbprintPublished(t *testing.T) {
	cases := map[string]string{
		`{"kty":"RSA","n":"` + rfc7638Modulus + `","e":"AQAB","alg":"RS256","kid":"2011-04-29"}`: rfc7638Thumbprint,
		rfc8037Key: rfc8037Thumbprint,
	}
	for text, want := range cases {
		pub, err := keys.ParseJWK([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := keys.Thumbprint(pub); err != nil || got != want {
			t.Errorf("thumbprint %q, %v; want %q", got, err, want)
		}
	}
}

// TestJWKAgreesWithGoJOSE lets an independent implementation judge what we write.
func TestJWKAgreesWithGoJOSE(t *testing.T) {
	publics := []crypto.PublicKey{sampleRSA(t).Public()}
	for _, c := range publishedPairs {
		pub, err := keys.ParseMultikey(c.public)
		if err != nil {
			t.Fatal(err)
		}
		publics = append(publics, pub)
	}
	for _, pub := range publics {
		text, err := keys.JWK(pub)
		if err != nil {
			t.Fatal(err)
		}
		var theirs jose.JSONWebKey
		if err := theirs.UnmarshalJSON(text); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		sum, err := theirs.Thumbprint(crypto.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		var members map[string]string
		if err := json.Unmarshal(text, &members); err != nil {
			t.Fatal(err)
		}
		if want := encode64(sum); members["kid"] != want || theirs.KeyID != want {
			t.Errorf("kid %q, want %q", members["kid"], want)
		}
		if theirs.Use != "sig" || theirs.Algorithm != members["alg"] || !theirs.IsPublic() {
			t.Errorf("use %q, alg %q", theirs.Use, theirs.Algorithm)
		}
		ours, err := keys.ParseJWK(text)
		if err != nil || !ours.(interface{ Equal(crypto.PublicKey) bool }).Equal(pub) {
			t.Errorf("round trip of %s: %v", text, err)
		}
	}
}

func TestParseJWKRefuses(t *testing.T) {
	ed := func(more string) string { return rfc8037Key[:len(rfc8037Key)-1] + more + "}" }
	rsaKey := func(n, e string) string { return fmt.Sprintf(`{"kty":"RSA","n":"%s","e":"%s"}`, n, e) }
	cases := []struct {
		name, text string
		want       error
	}{
		{"empty", "", keys.ErrMalformed},
		{"null", "null", keys.ErrMalformed},
		{"list", "[]", keys.ErrMalformed},
		{"no kty", `{}`, keys.ErrMalformed},
		{"kty not a string", `{"kty":1}`, keys.ErrMalformed},
		{"kty in other case", `{"KTY":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`, keys.ErrMalformed},
		{"symmetric", `{"kty":"oct","k":"AAAA"}`, keys.ErrMalformed},
		{"unknown kty", `{"kty":"AKP"}`, keys.ErrUnsupported},
		{"X25519", strings.Replace(rfc8037Key, "Ed25519", "X25519", 1), keys.ErrUnsupported},
		{"secp256k1", strings.Replace(cidExampleKey, "P-256", "secp256k1", 1), keys.ErrUnsupported},
		{"P-521", strings.Replace(cidExampleKey, "P-256", "P-521", 1), keys.ErrUnsupported},
		{"private d", ed(`,"d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"`), keys.ErrMalformed},
		{"private d null", ed(`,"d":null`), keys.ErrMalformed},
		{"private d by escape", ed(`,"\u0064":"AA"`), keys.ErrMalformed},
		{"RSA factor", rsaKey(rfc7638Modulus, `AQAB","p":"AA`), keys.ErrMalformed},
		{"duplicate member", ed(`,"x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"`), keys.ErrMalformed},
		{"duplicate by escape", ed(`,"\u0078":"AA"`), keys.ErrMalformed},
		{"duplicate deep inside", ed(`,"ext":{"a":1,"a":2}`), keys.ErrMalformed},
		{"lone surrogate", ed(`,"kid":"\ud800"`), keys.ErrMalformed},
		{"not UTF-8", ed(",\"kid\":\"\xff\""), keys.ErrMalformed},
		{"trailing data", rfc8037Key + "{}", keys.ErrMalformed},
		{"too deep", ed(`,"ext":` + strings.Repeat("[", 40) + strings.Repeat("]", 40)), keys.ErrMalformed},
		{"too large", ed(`,"ext":"` + strings.Repeat("a", 16<<10) + `"`), keys.ErrMalformed},
		{"padding", strings.Replace(rfc8037Key, "URo", "URo=", 1), keys.ErrMalformed},
		{"line break in value", strings.Replace(rfc8037Key, "URo", `U\nRo`, 1), keys.ErrMalformed},
		{"loose last bits", strings.Replace(rfc8037Key, "URo", "URp", 1), keys.ErrMalformed},
		{"plain base64", strings.Replace(rfc8037Key, "_", "/", 1), keys.ErrMalformed},
		{"x short", strings.Replace(rfc8037Key, "11qY", "", 1), keys.ErrMalformed},
		{"x missing", `{"kty":"OKP","crv":"Ed25519"}`, keys.ErrMalformed},
		{"x off the curve", strings.Replace(cidExampleKey, "f83O", "f83P", 1), keys.ErrMalformed},
		{"y missing", strings.Replace(cidExampleKey, `"y"`, `"yy"`, 1), keys.ErrMalformed},
		{"P-384 with P-256 point", strings.Replace(cidExampleKey, "P-256", "P-384", 1), keys.ErrMalformed},
		{"alg of another key", strings.Replace(cidExampleKey, "ES256", "RS256", 1), keys.ErrMalformed},
		{"alg none", ed(`,"alg":"none"`), keys.ErrMalformed},
		{"alg not a string", ed(`,"alg":["EdDSA"]`), keys.ErrMalformed},
		{"use enc", ed(`,"use":"enc"`), keys.ErrMalformed},
		{"use null", ed(`,"use":null`), keys.ErrMalformed},
		{"key_ops sign", ed(`,"key_ops":["sign"]`), keys.ErrMalformed},
		{"key_ops not a list", ed(`,"key_ops":"verify"`), keys.ErrMalformed},
		{"RSA 1024", rsaKey(strings.Repeat("u", 171), "AQAB"), keys.ErrMalformed},
		{"RSA too long", rsaKey("0"+strings.Repeat("v", 1400), "AQAB"), keys.ErrMalformed},
		{"RSA leading zero", rsaKey("AAAA"+rfc7638Modulus, "AQAB"), keys.ErrMalformed},
		{"RSA even", rsaKey(rfc7638Modulus[:len(rfc7638Modulus)-2]+"gg", "AQAB"), keys.ErrMalformed},
		{"RSA e 1", rsaKey(rfc7638Modulus, "AQ"), keys.ErrMalformed},
		{"RSA e even", rsaKey(rfc7638Modulus, "AQAC"), keys.ErrMalformed},
		{"RSA e with leading zero", rsaKey(rfc7638Modulus, "AAEAAQ"), keys.ErrMalformed},
		{"RSA e too long", rsaKey(rfc7638Modulus, "AQAAAAAB"), keys.ErrMalformed},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if pub, err := keys.ParseJWK([]byte(c.text)); !errors.Is(err, c.want) || pub != nil {
				t.Fatalf("got %v, %v, want %v", pub, err, c.want)
			}
		})
	}
}

func TestParseJWKAccepts(t *testing.T) {
	cases := map[string]string{
		"unknown members": rfc8037Key[:len(rfc8037Key)-1] + `,"iat":1,"ext":{"a":[true,null]}}`,
		"white space":     " \n" + rfc8037Key + "\n",
		"key_ops":         rfc8037Key[:len(rfc8037Key)-1] + `,"key_ops":["verify","sign"]}`,
		"fully specified": rfc8037Key[:len(rfc8037Key)-1] + `,"alg":"Ed25519"}`,
	}
	for name, text := range cases {
		if _, err := keys.ParseJWK([]byte(text)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	named, err := keys.ParseNamedJWK([]byte(cidExampleKey))
	if err != nil || named.ID != "key-20240828" || named.Algorithm != "ES256" {
		t.Errorf("labels: %+v, %v", named, err)
	}
}

func TestParseJWKSet(t *testing.T) {
	set := func(items ...string) []byte { return []byte(`{"keys":[` + strings.Join(items, ",") + `]}`) }
	good := map[string][]byte{
		"two":                 set(rfc8037Key, cidExampleKey),
		"unsupported is left": set(rfc8037Key, `{"kty":"EC","crv":"P-521"}`, cidExampleKey),
		"encryption is left":  set(rfc8037Key, `{"kty":"RSA","use":"enc","n":"AA","e":"AQAB"}`, cidExampleKey),
	}
	for name, b := range good {
		got, err := keys.ParseJWKSet(b)
		if err != nil || len(got) != 2 || got[1].ID != "key-20240828" {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	bad := map[string][]byte{
		"no keys":         []byte(`{}`),
		"keys an object":  []byte(`{"keys":{}}`),
		"item not object": set(`"x"`),
		"private":         set(rfc8037Key, `{"kty":"oct","k":"AA"}`),
		"malformed":       set(rfc8037Key, `{"kty":"OKP","crv":"Ed25519","x":"AA"}`),
		"too many":        set(append(make([]string, 0, 65), strings.Split(strings.Repeat(rfc8037Key+"\n", 64)+rfc8037Key, "\n")...)...),
		"too large":       set(`"` + strings.Repeat("a", 64<<10) + `"`),
	}
	for name, b := range bad {
		if got, err := keys.ParseJWKSet(b); !errors.Is(err, keys.ErrMalformed) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	written, err := keys.JWKSet(sampleRSA(t).Public())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := keys.ParseJWKSet(written); err != nil || len(got) != 1 || got[0].Algorithm != "RS256" {
		t.Errorf("%s: %+v, %v", written, got, err)
	}
	if none, err := keys.JWKSet(); err != nil || string(none) != `{"keys":[]}` {
		t.Errorf("empty set: %s, %v", none, err)
	}
}

func FuzzParseJWK(f *testing.F) {
	f.Add([]byte(rfc8037Key))
	f.Add([]byte(cidExampleKey))
	f.Add([]byte(`{"kty":"RSA","n":"` + rfc7638Modulus + `","e":"AQAB"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		pub, err := keys.ParseJWK(b)
		if err != nil {
			return
		}
		before, err := keys.Thumbprint(pub)
		if err != nil {
			t.Fatal(err)
		}
		text, err := keys.JWK(pub)
		if err != nil {
			t.Fatal(err)
		}
		again, err := keys.ParseJWK(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if after, err := keys.Thumbprint(again); err != nil || after != before {
			t.Fatalf("thumbprint %q became %q, %v", before, after, err)
		}
	})
}
