package keys_test

import (
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"testing"
)

// must gives the value of a call that has to succeed.
func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// failure gives the error of a call whose value does not matter.
func failure[T any](_ T, err error) error { return err }

func pkcs8(t *testing.T, private crypto.Signer) []byte {
	t.Helper()
	der := must[[]byte](t)(x509.MarshalPKCS8PrivateKey(private))
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func splitDER(t *testing.T, sig []byte) (r, s string) {
	t.Helper()
	var pair struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(sig, &pair); err != nil || len(rest) != 0 {
		t.Fatal("not DER")
	}
	return fmt.Sprintf("%X", pair.R), fmt.Sprintf("%X", pair.S)
}

func member(t *testing.T, jwk []byte, name string) []byte {
	t.Helper()
	return []byte(decode[map[string]string](t, jwk)[name])
}

func decode[T any](t *testing.T, b []byte) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func encode64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
