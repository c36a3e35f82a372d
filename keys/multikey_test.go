package keys_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/mr-tron/base58"

	"laurel/internal/needs"
	"laurel/keys"
)

// Published key pairs: W3C VC-DI-EDDSA and VC-DI-ECDSA, test vector sections. Never for use.
var publishedPairs = []struct{ name, public, secret string }{
	{"eddsa", "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2", "z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq"},
	{"ecdsa p256", "zDnaepBuvsQ8cpsWrVKw8fbpGpvPeNSjVPTWoq6cRqaYzBKVP", "z42twTcNeSYcnqg1FLuSFs2bsGH3ZqbRHFmvS9XMsYhjxvHN"},
	{"ecdsa p384", "z82LkuBieyGShVBhvtE2zoiD6Kma4tJGFtkAhxR5pfkp5QPw4LutoYWhvQCnGjdVn14kujQ", "z2fanyY7zgwNpZGxX5fXXibvScNaUWNprHU9dKx7qpVj7mws9J8LLt4mDB5TyH2GLHWkUc"},
}

func checkPair(t *testing.T, public, secret string) {
	t.Helper()
	signer, err := keys.ParseSecretMultikey(secret)
	if err != nil {
		t.Fatal(err)
	}
	got, err := keys.Multikey(signer.Public())
	if err != nil || got != public {
		t.Fatalf("public half is %q, %v; want %q", got, err, public)
	}
	parsed, err := keys.ParseMultikey(public)
	if err != nil {
		t.Fatal(err)
	}
	if !parsed.(interface{ Equal(crypto.PublicKey) bool }).Equal(signer.Public()) {
		t.Fatal("parsed key differs")
	}
}

func TestMultikeyPublishedPairs(t *testing.T) {
	for _, c := range publishedPairs {
		t.Run(c.name, func(t *testing.T) { checkPair(t, c.public, c.secret) })
	}
}

func TestMultikeyStandardsFiles(t *testing.T) {
	type pair map[string]string
	check := func(t *testing.T, p pair) {
		secret := p["secretKeyMultibase"] + p["privateKeyMultibase"] // one of the two names
		checkPair(t, p["publicKeyMultibase"], secret)
	}
	for _, name := range []string{"w3c/vc-di-eddsa/keyPair.json", "w3c/vc-di-ecdsa/p256KeyPair.json", "w3c/vc-di-ecdsa/p384KeyPair.json"} {
		t.Run(name, func(t *testing.T) { check(t, decode[pair](t, needs.File(t, name))) })
	}
	t.Run("proof-set-chain", func(t *testing.T) {
		pairs := decode[map[string]pair](t, needs.File(t, "w3c/vc-di-eddsa/proof-set-chain/multiKeyPairs.json"))
		if len(pairs) != 4 {
			t.Fatalf("%d pairs, want 4", len(pairs))
		}
		for _, p := range pairs {
			check(t, p)
		}
	})
	t.Run("ecdsa-sd-2023", func(t *testing.T) {
		material := decode[struct{ BaseKeyPair, ProofKeyPair pair }](t, needs.File(t, "w3c/vc-di-ecdsa/ecdsa-sd-2023/SDKeyMaterial.json"))
		check(t, material.BaseKeyPair)
		check(t, material.ProofKeyPair)
	})
}

// multikey builds the text of header and hex body.
func multikey(t *testing.T, hexValue string) string {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(hexValue, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return keys.EncodeMultibase58(b)
}

func TestParseMultikeyRefuses(t *testing.T) {
	good := publishedPairs[0].public
	zeros := strings.Repeat("00", 31)
	cases := []struct {
		name, text string
		want       error
	}{
		{"empty", "", keys.ErrMalformed},
		{"base only", "z", keys.ErrMalformed},
		{"other base", "u" + good[1:], keys.ErrMalformed},
		{"upper base", "Z" + good[1:], keys.ErrMalformed},
		{"blank before", " " + good, keys.ErrMalformed},
		{"blank after", good + " ", keys.ErrMalformed},
		{"newline after", good + "\n", keys.ErrMalformed},
		{"letter outside the alphabet", good[:10] + "0" + good[11:], keys.ErrMalformed},
		{"not ASCII", good[:10] + "é" + good[11:], keys.ErrMalformed},
		{"leading zero", "z1" + good[1:], keys.ErrUnsupported},
		{"short", multikey(t, "ed01"+zeros), keys.ErrMalformed},
		{"very long", "z" + strings.Repeat("2", 1<<20), keys.ErrMalformed},
		{"unknown header", multikey(t, "ec01"+zeros+"01"), keys.ErrUnsupported},
		{"BLS12-381 G2", multikey(t, "eb01"+strings.Repeat("ab", 96)), keys.ErrUnsupported},
		{"header only", multikey(t, "ed01"), keys.ErrMalformed},
		{"secret Ed25519", publishedPairs[0].secret, keys.ErrMalformed},
		{"secret P-256", publishedPairs[1].secret, keys.ErrMalformed},
		{"secret P-384", publishedPairs[2].secret, keys.ErrMalformed},
		{"Ed25519 one byte more", multikey(t, "ed01"+zeros+"0900"), keys.ErrMalformed},
		{"Ed25519 y is p", multikey(t, "ed01 ed"+strings.Repeat("ff", 30)+"7f"), keys.ErrMalformed},
		{"Ed25519 y is p+1", multikey(t, "ed01 ee"+strings.Repeat("ff", 30)+"7f"), keys.ErrMalformed},
		{"Ed25519 off the curve", multikey(t, "ed01 02"+zeros), keys.ErrMalformed},
		{"Ed25519 neutral point", multikey(t, "ed01 01"+zeros), keys.ErrMalformed},
		{"Ed25519 neutral point, other sign", multikey(t, "ed01 01"+zeros[:60]+"80"), keys.ErrMalformed},
		{"Ed25519 order 2", multikey(t, "ed01 ec"+strings.Repeat("ff", 30)+"7f"), keys.ErrMalformed},
		{"Ed25519 order 4", multikey(t, "ed01 00"+zeros), keys.ErrMalformed},
		{"Ed25519 order 8", multikey(t, "ed01 26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), keys.ErrMalformed},
		{"P-256 off the curve", multikey(t, "8024 02"+zeros+"01"), keys.ErrMalformed},
		{"P-256 x too large", multikey(t, "8024 02"+strings.Repeat("ff", 32)), keys.ErrMalformed},
		{"P-256 bad sign byte", multikey(t, "8024 05"+zeros+"05"), keys.ErrMalformed},
		{"P-256 short", multikey(t, "8024 02"+zeros), keys.ErrMalformed},
		{"P-384 body of P-256", multikey(t, "8124 02"+zeros+"05"), keys.ErrMalformed},
		{"header in long varint", multikey(t, "ed8100"+zeros+"09"), keys.ErrUnsupported},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if _, err := keys.ParseMultikey(c.text); !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestMultikeyRefusesOtherKeys(t *testing.T) {
	p521, err := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, pub := range []crypto.PublicKey{nil, "text", []byte{1}, p521.Public(), sampleRSA(t).Public()} {
		if s, err := keys.Multikey(pub); !errors.Is(err, keys.ErrUnsupported) {
			t.Errorf("%T: %q, %v", pub, s, err)
		}
	}
	if _, err := keys.Multikey(ed25519.PublicKey{1, 2}); !errors.Is(err, keys.ErrMalformed) {
		t.Errorf("short Ed25519 key: %v", err)
	}
}

func TestParseSecretMultikey(t *testing.T) {
	seed := bytes.Repeat([]byte{7}, 32)
	full := ed25519.NewKeyFromSeed(seed)
	text := keys.EncodeMultibase58(append([]byte{0x80, 0x26}, full...))
	if got, err := keys.ParseSecretMultikey(text); err != nil || !full.Equal(got) {
		t.Fatalf("seed and public half: %v", err)
	}
	wrong := append([]byte{0x80, 0x26}, full...)
	wrong[len(wrong)-1] ^= 1
	for _, s := range []string{keys.EncodeMultibase58(wrong), text[:30], publishedPairs[0].public,
		multikey(t, "8626"+strings.Repeat("00", 32)), multikey(t, "8726"+strings.Repeat("ff", 48)), multikey(t, "8626"+strings.Repeat("01", 31))} {
		_, err := keys.ParseSecretMultikey(s)
		if err == nil {
			t.Errorf("%s accepted", s)
		} else if strings.Contains(err.Error(), s[4:20]) {
			t.Errorf("error repeats the secret: %v", err)
		}
	}
}

func TestMultibase58(t *testing.T) {
	for _, n := range []int{1, 2, 32, 64, 96, 200} {
		for _, fill := range []byte{0, 1, 255} {
			b := bytes.Repeat([]byte{fill}, n)
			got, err := keys.DecodeMultibase58(keys.EncodeMultibase58(b), n)
			if err != nil || !bytes.Equal(got, b) {
				t.Errorf("%d bytes of %d: %x, %v", n, fill, got, err)
			}
			if _, err := keys.DecodeMultibase58(keys.EncodeMultibase58(append(b, fill)), n); err == nil {
				t.Errorf("%d bytes of %d accepted with limit %d", n+1, fill, n)
			}
		}
	}
}

func FuzzParseMultikey(f *testing.F) {
	for _, c := range publishedPairs {
		f.Add(c.public)
		f.Add(c.secret)
	}
	f.Add("z")
	f.Fuzz(func(t *testing.T, s string) {
		if got, err := keys.DecodeMultibase58("z"+s, len(s)); s != "" {
			want, libraryErr := base58.Decode(s)
			if canonical := libraryErr == nil && base58.Encode(want) == s; canonical != (err == nil) || canonical && !bytes.Equal(got, want) {
				t.Fatalf("%q is %x (%v), the library reads %x (%v)", s, got, err, want, libraryErr)
			}
		}
		pub, err := keys.ParseMultikey(s)
		if err != nil {
			return
		}
		again, err := keys.Multikey(pub)
		if err != nil || again != s {
			t.Fatalf("%q became %q, %v", s, again, err)
		}
	})
}
