package keys_test

import (
	"bytes"
	"crypto"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/big"
	"strings"
	"testing"

	"laurel/keys"
)

// TestNothingSecretIsPrinted formats every exported value and error in every way and looks for the secret in every
// spelling.
func TestNothingSecretIsPrinted(t *testing.T) {
	const words = "correct horse battery staple"
	ring, path := newRing(t)
	var values []any
	secrets := spellings([]byte(words))
	for _, a := range []keys.Algorithm{keys.Ed25519, keys.P256, keys.P384, keys.RSA2048} {
		k := must[keys.Key](t)(ring.Generate(a, noon))
		jwk := must[[]byte](t)(ring.ExportPrivateJWK(k.ID))
		for _, name := range []string{"d", "p"} {
			if b := must[[]byte](t)(base64.RawURLEncoding.DecodeString(string(member(t, jwk, name)))); len(b) > 0 {
				secrets = append(secrets, spellings(b)...)
			}
		}
		signer := must[crypto.Signer](t)(ring.Signer(k.ID))
		damaged := bytes.Replace(jwk, []byte(`"kty":"`), []byte(`"kty":"x`), 1)
		pemText := must[[]byte](t)(ring.ExportPrivatePEM(k.ID))
		values = append(values, k, &k, signer, struct{ S any }{signer}, struct{ s crypto.Signer }{signer},
			failure(ring.Import(jwk, noon)), failure(ring.Import(damaged, noon)), failure(ring.Import(jwk[:len(jwk)-3], noon)),
			failure(ring.Import(bytes.Replace(jwk, []byte(`"d":"`), []byte(`"d":"A`), 1), noon)),
			failure(ring.Import(pemText, noon)), failure(ring.Import(pemText[:len(pemText)-40], noon)),
			failure(keys.ParseJWK(jwk)), failure(keys.ParseMultikey(string(jwk))),
			failure(keys.ParseSecretMultikey(string(member(t, jwk, "d")))), failure(keys.ParseAlgorithm("x")))
		if err := ring.Retire(k.ID, noon); err != nil {
			t.Fatal(err)
		}
		values = append(values, failure(signer.Sign(nil, sum256("x"), crypto.SHA256)), failure(ring.Rotate(k.ID, noon)))
	}
	values = append(values, ring, struct{ R *keys.Ring }{ring}, struct{ r *keys.Ring }{ring}, &struct{ s *keys.Secret }{&secret}, ring.List(), secret, &secret, struct{ s keys.Secret }{secret},
		map[string]keys.Secret{"a": secret}, keyFile(t),
		failure(keys.Open(path, keys.Passphrase([]byte(words+"!")))))
	for i, v := range values {
		for _, text := range printed(v) {
			for _, s := range secrets {
				if strings.Contains(text, s) {
					t.Fatalf("value %d (%T) prints a secret", i, v)
				}
			}
		}
	}
	if got := fmt.Sprintf("%v %+v %#v %s %x %d", secret, secret, secret, secret, secret, secret); got != strings.TrimSpace(strings.Repeat("[secret] ", 6)) {
		t.Errorf("a secret prints as %q", got)
	}
}

func spellings(b []byte) []string {
	return []string{string(b), hex.EncodeToString(b), strings.ToUpper(hex.EncodeToString(b)), fmt.Sprint(b), strings.Trim(fmt.Sprint(b), "[]"),
		base64.StdEncoding.EncodeToString(b), base64.RawURLEncoding.EncodeToString(b), new(big.Int).SetBytes(b).String()}
}

func printed(v any) []string {
	var out []string
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		out = append(out, fmt.Sprintf(verb, v))
	}
	if b, err := json.Marshal(v); err == nil {
		out = append(out, string(b))
	}
	for _, handler := range []func(*bytes.Buffer) slog.Handler{
		func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
		func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
	} {
		var b bytes.Buffer
		slog.New(handler(&b)).Info("x", "v", v)
		out = append(out, b.String())
	}
	return out
}
