package proof

import (
	"context"
	"crypto/ecdsa"
	"encoding/hex"
	"encoding/json"
	"errors"
	"path"
	"reflect"
	"testing"
	"time"

	"laurel/internal/needs"
	"laurel/keys"
)

// officialParts are the W3C vectors of ecdsa-sd-2023: folder, file of selective pointers.
var officialParts = []struct{ folder, selective string }{
	{"prc", "prCredSelective.json"},
	{"employ", "employSelective.json"},
}

func publishedSecrets(t *testing.T) secrets {
	t.Helper()
	var material struct {
		ProofKeyPair  struct{ SecretKeyMultibase string }
		HMACKeyString string
	}
	if err := json.Unmarshal(needs.File(t, "w3c", "vc-di-ecdsa/ecdsa-sd-2023/SDKeyMaterial.json"), &material); err != nil {
		t.Fatal(err)
	}
	key, err := keys.ParseSecretMultikey(material.ProofKeyPair.SecretKeyMultibase)
	if err != nil {
		t.Fatal(err)
	}
	hmacKey, err := hex.DecodeString(material.HMACKeyString)
	if err != nil {
		t.Fatal(err)
	}
	return secrets{hmacKey, key.(*ecdsa.PrivateKey)}
}

// TestOfficialParts makes the published base proofs with their own keys, derives from them
// what the vectors show, bit for bit, and verifies that; the base proofs do not verify.
func TestOfficialParts(t *testing.T) {
	for _, v := range officialParts {
		t.Run(v.folder, func(t *testing.T) {
			file := func(name string) []byte {
				return needs.File(t, "w3c", path.Join("vc-di-ecdsa/ecdsa-sd-2023", v.folder, name))
			}
			signed := parse(t, file("addSignedSDBase.json"))
			d, err := Open(processor, signed)
			if err != nil {
				t.Fatal(err)
			}
			signer := Signer{Key: secretKey(t, "vc-di-ecdsa/p256KeyPair.json")}
			s, err := suiteFor(ECDSASD2023, signer.Key.Public())
			if err != nil {
				t.Fatal(err)
			}
			value, err := d.signParts(context.Background(), config(d.proofs[0]), s, signer, []string{"/issuer"}, publishedSecrets(t))
			if err != nil || value != d.proofs[0]["proofValue"] {
				t.Errorf("base proof %v, want\n%v\n%s", err, value, d.proofs[0]["proofValue"])
			}
			if verified, _, err := d.Verify(context.Background(), didKey, Terms{At: time.Now()}); verified != nil || !errors.Is(err, errBase) || errors.Is(err, ErrUndecided) {
				t.Errorf("the base proof: %v", err)
			}

			var pointers []string
			if err := json.Unmarshal(needs.File(t, "w3c", "vc-di-ecdsa", v.selective), &pointers); err != nil {
				t.Fatal(err)
			}
			shown, err := Derive(context.Background(), processor, signed, pointers)
			if err != nil {
				t.Fatal(err)
			}
			want := parse(t, file("derivedRevealDocument.json"))
			if got := parse(t, shown); !reflect.DeepEqual(got, want) {
				t.Errorf("derived %s", shown)
			}
			d, err = Open(processor, want)
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := d.Verify(context.Background(), didKey, Terms{At: time.Now()}); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestOpenBadgesParts verifies a derived badge that another implementation published.
func TestOpenBadgesParts(t *testing.T) {
	d, err := Open(processor, parse(t, needs.File(t, "open-badges", "fixtures/ob30/sd/derivedcredential.json")))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.Verify(context.Background(), didKey, Terms{At: time.Now()}); err != nil {
		t.Error(err)
	}
}
