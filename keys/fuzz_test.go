package keys

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"filippo.io/age"
)

// FuzzOpen feeds garbage to the whole path from file to ring. Only an X25519 identity is used: scrypt would spend the
// time elsewhere.
func FuzzOpen(f *testing.F) {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		f.Fatal(err)
	}
	s := conceal(&secret{identity: identity})
	path := filepath.Join(f.TempDir(), "seed")
	r, err := Create(path, s)
	if err != nil {
		f.Fatal(err)
	}
	if _, err := r.Generate(Ed25519, time.Unix(0, 0)); err != nil {
		f.Fatal(err)
	}
	seed, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add([]byte("age-encryption.org/v1\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		path := filepath.Join(t.TempDir(), "ring")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if r, err := Open(path, s); err == nil && !bytes.Equal(b, seed) {
			t.Fatalf("opened with %d keys", len(r.keys))
		}
	})
}

// FuzzParseRing: what is read as the inside of a ring is written back as the same ring.
func FuzzParseRing(f *testing.F) {
	private, err := generate(Ed25519)
	if err != nil {
		f.Fatal(err)
	}
	k, err := hold(private, time.Unix(1, 0))
	if err != nil {
		f.Fatal(err)
	}
	for _, list := range [][]*held{nil, {k}} {
		b, err := marshalRing(list)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		list, err := parseRing(b)
		if err != nil {
			return
		}
		once, err := marshalRing(list)
		if err != nil {
			t.Fatal(err)
		}
		again, err := parseRing(once)
		if err != nil {
			t.Fatalf("%s: %v", once, err)
		}
		if twice, err := marshalRing(again); err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("%s became %s, %v", once, twice, err)
		}
	})
}
