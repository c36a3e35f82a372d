package keys_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"laurel/keys"
)

var (
	noon   = time.Date(2026, 3, 1, 12, 0, 0, 987, time.FixedZone("", 3600))
	secret = keys.Passphrase([]byte("correct horse battery staple"))
	cheap  = keys.WorkFactor(1)
)

// newRing makes a ring in a folder of its own.
func newRing(t *testing.T) (*keys.Ring, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys.age")
	r, err := keys.Create(path, secret, cheap)
	if err != nil {
		t.Fatal(err)
	}
	return r, path
}

// checkSame reopens the file and compares: what a ring shows is what is on the disk.
func checkSame(t *testing.T, r *keys.Ring, path string) {
	t.Helper()
	again := must[*keys.Ring](t)(keys.Open(path, secret, cheap))
	same := slices.EqualFunc(r.List(), again.List(), func(a, b keys.Key) bool {
		return a.ID == b.ID && a.Algorithm == b.Algorithm && a.Created.Equal(b.Created) &&
			equalTime(a.NotAfter, b.NotAfter) && equalTime(a.Revoked, b.Revoked)
	})
	if !same {
		t.Fatalf("ring %v, on the disk %v", r.List(), again.List())
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v", info.Mode(), err)
	}
	entries := must[[]os.DirEntry](t)(os.ReadDir(filepath.Dir(path)))
	if len(entries) != 1 {
		t.Fatalf("left in the folder: %v", entries)
	}
}

func equalTime(a, b *time.Time) bool { return a == b || (a != nil && b != nil && a.Equal(*b)) }

func verify(t *testing.T, s crypto.Signer) {
	t.Helper()
	message := []byte("sample")
	sum := sha256.Sum256(message)
	ok := false
	switch pub := s.Public().(type) {
	case ed25519.PublicKey:
		ok = ed25519.Verify(pub, message, must[[]byte](t)(s.Sign(nil, message, crypto.Hash(0))))
	case *ecdsa.PublicKey:
		sig := must[[]byte](t)(s.Sign(nil, sum[:], crypto.SHA256))
		ok = ecdsa.VerifyASN1(pub, sum[:], sig)
		if again := must[[]byte](t)(s.Sign(nil, sum[:], crypto.SHA256)); !bytes.Equal(sig, again) {
			t.Error("ECDSA without randomness is not deterministic")
		}
	case *rsa.PublicKey:
		ok = rsa.VerifyPKCS1v15(pub, crypto.SHA256, sum[:], must[[]byte](t)(s.Sign(nil, sum[:], crypto.SHA256))) == nil
	}
	if !ok {
		t.Error("signature does not verify")
	}
}

func TestRingLife(t *testing.T) {
	r, path := newRing(t)
	checkSame(t, r, path)
	first := must[keys.Key](t)(r.Generate(keys.Ed25519, noon))
	checkSame(t, r, path)
	if !first.Active() || !first.Created.Equal(noon.Truncate(time.Second)) || first.Created.Location() != time.UTC {
		t.Errorf("new key %+v", first)
	}
	lent := must[crypto.Signer](t)(r.Signer(first.ID))
	verify(t, lent)

	second := must[keys.Key](t)(r.Rotate(first.ID, noon.Add(time.Hour)))
	checkSame(t, r, path)
	if second.Algorithm != keys.Ed25519 || second.ID == first.ID || !second.Active() {
		t.Errorf("rotated to %+v", second)
	}
	old := r.List()[0]
	if old.Active() || old.NotAfter == nil || old.Revoked != nil {
		t.Errorf("rotated key %+v", old)
	}
	for name, err := range map[string]error{
		"signer lent before": failure(lent.Sign(nil, []byte("x"), crypto.Hash(0))),
		"signer":             failure(r.Signer(first.ID)),
		"rotate again":       failure(r.Rotate(first.ID, noon)),
	} {
		if !errors.Is(err, keys.ErrInactive) {
			t.Errorf("%s: %v", name, err)
		}
	}

	if err := r.Retire(first.ID, noon.Add(2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	checkSame(t, r, path)
	old = r.List()[0]
	if old.Revoked == nil || !old.NotAfter.Equal(noon.Add(time.Hour).Truncate(time.Second)) {
		t.Errorf("retired key %+v", old)
	}
	if err := r.Retire(first.ID, noon); !errors.Is(err, keys.ErrInactive) {
		t.Errorf("retired twice: %v", err)
	}
	if err := r.Retire(second.ID, noon); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Active(keys.Algorithms()...); !errors.Is(err, keys.ErrNotFound) {
		t.Errorf("active among the retired: %v", err)
	}
	checkSame(t, r, path)
}

func TestRingUnknownKey(t *testing.T) {
	r, _ := newRing(t)
	for name, err := range map[string]error{
		"signer": failure(r.Signer("x")), "rotate": failure(r.Rotate("x", noon)), "retire": r.Retire("x", noon),
		"pem": failure(r.ExportPrivatePEM("x")), "jwk": failure(r.ExportPrivateJWK("x")),
		"active": failure(r.Active(keys.Ed25519)), "none accepted": failure(r.Active()),
	} {
		if !errors.Is(err, keys.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := r.Generate("Ed448", noon); !errors.Is(err, keys.ErrUnsupported) {
		t.Errorf("unknown algorithm: %v", err)
	}
}

func TestRingActiveIsNewestAccepted(t *testing.T) {
	r, _ := newRing(t)
	generate := func(a keys.Algorithm, after time.Duration) string {
		return must[keys.Key](t)(r.Generate(a, noon.Add(after))).ID
	}
	generate(keys.Ed25519, 0)
	late := generate(keys.Ed25519, 2*time.Hour)
	p256 := generate(keys.P256, time.Hour)
	generate(keys.Ed25519, time.Hour)
	same := generate(keys.P256, time.Hour)
	for _, c := range []struct {
		accepted []keys.Algorithm
		want     string
	}{
		{[]keys.Algorithm{keys.Ed25519}, late},
		{[]keys.Algorithm{keys.P256}, same},
		{keys.Algorithms(), late},
	} {
		if got := must[keys.Key](t)(r.Active(c.accepted...)); got.ID != c.want {
			t.Errorf("%v: %s", c.accepted, got.ID)
		}
	}
	if p256 == same {
		t.Error("two generated keys are equal")
	}
}

func TestRingExportImport(t *testing.T) {
	from, _ := newRing(t)
	for _, a := range []keys.Algorithm{keys.Ed25519, keys.P256, keys.P384, keys.RSA2048} {
		k := must[keys.Key](t)(from.Generate(a, noon))
		verify(t, must[crypto.Signer](t)(from.Signer(k.ID)))
		exports := map[string][]byte{
			"pem": must[[]byte](t)(from.ExportPrivatePEM(k.ID)),
			"jwk": must[[]byte](t)(from.ExportPrivateJWK(k.ID)),
		}
		for name, text := range exports {
			to, path := newRing(t)
			got, err := to.Import(text, noon)
			if err != nil || got.ID != k.ID || got.Algorithm != a {
				t.Fatalf("%s %s: %+v, %v", a, name, got, err)
			}
			verify(t, must[crypto.Signer](t)(to.Signer(k.ID)))
			checkSame(t, to, path)
			if _, err := to.Import(text, noon); !errors.Is(err, keys.ErrHeld) {
				t.Errorf("%s %s twice: %v", a, name, err)
			}
		}
		block, rest := pem.Decode(must[[]byte](t)(keys.PEM(k.Public)))
		if block == nil || block.Type != "PUBLIC KEY" || len(rest) != 0 {
			t.Errorf("%s: public PEM", a)
		}
		if pub, err := keys.ParseJWK(exports["jwk"]); err == nil {
			t.Errorf("%s: private JWK read as public: %v", a, pub)
		}
	}
}

// TestRFC6979 signs RFC 6979 §A.2.5 and §A.2.6 through the ring with nil randomness.
func TestRFC6979(t *testing.T) {
	cases := []struct {
		name, secret, r, s string
		digest             []byte
		hash               crypto.Hash
	}{
		{"P-256", "8626C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721",
			"EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716",
			"F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8", sum256("sample"), crypto.SHA256},
		{"P-384", "87266B9D3DAD2E1B8C1C05B19875B6659F4DE23C3B667BF297BA9AA47740787137D896D5724E4C70A825F872C9EA60D2EDF5",
			"94EDBB92A5ECB8AAD4736E56C691916B3F88140666CE9FA73D64C4EA95AD133C81A648152E44ACF96E36DD1E80FABE46",
			"99EF4AEB15F178CEA1FE40DB2603138F130E740A19624526203B6351D0A3A94FA329C145786E679E7B82C71A38628AC8", sum384("sample"), crypto.SHA384},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			private := must[crypto.Signer](t)(keys.ParseSecretMultikey(multikey(t, c.secret)))
			ring, _ := newRing(t)
			k := must[keys.Key](t)(ring.Import(pkcs8(t, private), noon))
			sig := must[[]byte](t)(must[crypto.Signer](t)(ring.Signer(k.ID)).Sign(nil, c.digest, c.hash))
			if r, s := splitDER(t, sig); r != c.r || s != c.s {
				t.Errorf("r %s\ns %s", r, s)
			}
		})
	}
}

func sum256(s string) []byte { b := sha256.Sum256([]byte(s)); return b[:] }
func sum384(s string) []byte { b := sha512.Sum384([]byte(s)); return b[:] }

func TestImportRefuses(t *testing.T) {
	r, path := newRing(t)
	k := must[keys.Key](t)(r.Generate(keys.P256, noon))
	good := must[[]byte](t)(r.ExportPrivatePEM(k.ID))
	jwk := must[[]byte](t)(r.ExportPrivateJWK(k.ID))
	other := must[keys.Key](t)(r.Generate(keys.P256, noon))
	public := must[[]byte](t)(keys.PEM(k.Public))
	swapped := bytes.Replace(jwk, member(t, jwk, "d"), member(t, must[[]byte](t)(r.ExportPrivateJWK(other.ID)), "d"), 1)
	cases := map[string][]byte{
		"empty": nil, "text": []byte("hello"), "public PEM": public, "two blocks": append(slices.Clone(good), good...),
		"trailing":      append(slices.Clone(good), 'x'),
		"encrypted":     pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte{1}}),
		"old encrypted": pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Headers: map[string]string{"Proc-Type": "4,ENCRYPTED"}, Bytes: []byte{1}}),
		"certificate":   pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte{1}}),
		"bad DER":       pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte{1}}),
		"large":         bytes.Repeat([]byte(" "), 20<<10),
		"public JWK":    must[json.RawMessage](t)(keys.JWK(k.Public)), "halves of two keys": swapped, "not JSON": []byte("{"),
		"RSA 1024": pkcs8(t, must[*rsa.PrivateKey](t)(rsa.GenerateKey(nil, 1024))),
	}
	before := must[[]byte](t)(os.ReadFile(path))
	for name, b := range cases {
		if got, err := r.Import(b, noon); err == nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if after := must[[]byte](t)(os.ReadFile(path)); !bytes.Equal(before, after) {
		t.Error("a refused import changed the file")
	}
}

func TestOpenErrors(t *testing.T) {
	r, path := newRing(t)
	must[keys.Key](t)(r.Generate(keys.Ed25519, noon))
	whole := must[[]byte](t)(os.ReadFile(path))
	if _, err := keys.Create(path, secret, cheap); !errors.Is(err, fs.ErrExist) {
		t.Errorf("created over a ring: %v", err)
	}
	for name, s := range map[string]keys.Secret{"wrong": keys.Passphrase([]byte("wrong")), "key file": keyFile(t)} {
		if _, err := keys.Open(path, s); !errors.Is(err, keys.ErrWrongSecret) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, s := range map[string]keys.Secret{"zero": {}, "empty": keys.Passphrase(nil)} {
		if _, err := keys.Open(path, s); err == nil || errors.Is(err, keys.ErrWrongSecret) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := keys.Create(path+"2", s); err == nil {
			t.Errorf("%s: created", name)
		}
	}
	if _, err := keys.Open(path+"3", secret); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
	flipped := slices.Clone(whole)
	flipped[len(flipped)-1] ^= 1
	for name, b := range map[string][]byte{
		"empty": {}, "text": []byte("hello"), "half": whole[:len(whole)/2], "cut": whole[:len(whole)-1],
		"flipped": flipped, "more": append(slices.Clone(whole), 0), "large": make([]byte, 3<<20),
	} {
		damaged := filepath.Join(t.TempDir(), "keys.age")
		if err := os.WriteFile(damaged, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := keys.Open(damaged, secret); !errors.Is(err, keys.ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func keyFile(t testing.TB) keys.Secret {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ring.key")
	if err := keys.GenerateKeyFile(path); err != nil {
		t.Fatal(err)
	}
	s, err := keys.KeyFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestKeyFile(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "ring.key")
	if err := keys.GenerateKeyFile(path); err != nil {
		t.Fatal(err)
	}
	if err := keys.GenerateKeyFile(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("written over: %v", err)
	}
	s := must[keys.Secret](t)(keys.KeyFile(path))
	ringPath := filepath.Join(folder, "keys.age")
	r := must[*keys.Ring](t)(keys.Create(ringPath, s))
	k := must[keys.Key](t)(r.Generate(keys.Ed25519, noon))
	again := must[*keys.Ring](t)(keys.Open(ringPath, must[keys.Secret](t)(keys.KeyFile(path))))
	if got := again.List(); len(got) != 1 || got[0].ID != k.ID {
		t.Errorf("reopened: %v", got)
	}
	whole := must[[]byte](t)(os.ReadFile(path))
	cases := map[string]struct {
		text []byte
		mode fs.FileMode
	}{
		"group may read": {whole, 0o640}, "world may read": {whole, 0o604}, "empty": {nil, 0o600},
		"two": {append(slices.Clone(whole), whole...), 0o600}, "cut": {whole[:len(whole)-8], 0o600},
		"large": {bytes.Repeat([]byte("#\n"), 4<<10), 0o600},
	}
	for name, c := range cases {
		bad := filepath.Join(t.TempDir(), "bad.key")
		if err := os.WriteFile(bad, c.text, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(bad, c.mode); err != nil {
			t.Fatal(err)
		}
		if _, err := keys.KeyFile(bad); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	for _, p := range []string{folder, filepath.Join(folder, "none")} {
		if _, err := keys.KeyFile(p); err == nil {
			t.Errorf("%s: accepted", p)
		}
	}
}

// TestRingFailedWrite makes the folder unwritable: neither file nor memory may change.
func TestRingFailedWrite(t *testing.T) {
	r, path := newRing(t)
	k := must[keys.Key](t)(r.Generate(keys.Ed25519, noon))
	gone := filepath.Dir(path) + ".moved"
	if err := os.Rename(filepath.Dir(path), gone); err != nil {
		t.Fatal(err)
	}
	if err := r.Retire(k.ID, noon); err == nil {
		t.Fatal("retired without a file")
	}
	if err := os.Rename(gone, filepath.Dir(path)); err != nil {
		t.Fatal(err)
	}
	checkSame(t, r, path)
	verify(t, must[crypto.Signer](t)(r.Signer(k.ID)))
}

func TestRingThroughLink(t *testing.T) {
	_, path := newRing(t)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	r := must[*keys.Ring](t)(keys.Open(link, secret, cheap))
	must[keys.Key](t)(r.Generate(keys.Ed25519, noon))
	checkSame(t, r, path)
}

func TestRingConcurrentUse(t *testing.T) {
	r, path := newRing(t)
	k := must[keys.Key](t)(r.Generate(keys.P256, noon))
	lent := must[crypto.Signer](t)(r.Signer(k.ID))
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if _, err := r.Generate(keys.Ed25519, noon); err != nil {
				t.Error(err)
			}
			if _, err := lent.Sign(rand.Reader, sum256("x"), crypto.SHA256); err != nil {
				t.Error(err)
			}
			_ = r.List()
		})
	}
	all.Wait()
	if n := len(r.List()); n != 5 {
		t.Errorf("%d keys", n)
	}
	checkSame(t, r, path)
}
