package did_test

import (
	"context"
	"crypto"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"laurel/internal/did"
	"laurel/internal/fetch/fetchtest"
	"laurel/internal/needs"
	"laurel/keys"
)

// Public keys of the test vectors of VC-DI-EDDSA and VC-DI-ECDSA.
const (
	edKey   = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
	p256Key = "zDnaepBuvsQ8cpsWrVKw8fbpGpvPeNSjVPTWoq6cRqaYzBKVP"
	p384Key = "z82LkuBieyGShVBhvtE2zoiD6Kma4tJGFtkAhxR5pfkp5QPw4LutoYWhvQCnGjdVn14kujQ"
	// A BLS12-381 key: the example of the did:key draft.
	blsKey = "zUC7K4ndUaGZgV7Cp2yJy6JtMoUHY6u7tkcSYUvPrEidqBmLCTLmi6d5WvwnUqejscAkERJ3bfjEiSYtdPkRSE8kSa11hFBr4sTgnbZ95SJj19PN2jdvJjyzpSZgxkyyxNnBNnY"
)

// nullKey has the header of an Ed25519 key and no key.
var nullKey = keys.EncodeMultibase58([]byte{0xed, 1, 0, 0, 0})

// noNetwork fails every fetch; a did:key never asks it.
var noNetwork = did.NewResolver(fetchtest.World{}.Get, false, nil)

func public(t testing.TB, text string) crypto.PublicKey {
	t.Helper()
	pub, err := keys.ParseMultikey(text)
	if err != nil {
		t.Fatal(err)
	}
	return pub
}

func same(a, b crypto.PublicKey) bool {
	k, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && k.Equal(b)
}

func TestParseURL(t *testing.T) {
	good := map[string]did.DIDURL{
		"did:key:" + edKey + "#" + edKey:         {DID: "did:key:" + edKey, Fragment: edKey},
		"did:web:college.example":                {DID: "did:web:college.example"},
		"did:web:college.example%3A8443:a#key-1": {DID: "did:web:college.example%3A8443:a", Fragment: "key-1"},
		"did:example:a::b#/x?y":                  {DID: "did:example:a::b", Fragment: "/x?y"},
		"did:ion:EiA_x-y.z":                      {DID: "did:ion:EiA_x-y.z"},
		"did:x1:" + strings.Repeat("a", 2048-7):  {DID: "did:x1:" + strings.Repeat("a", 2048-7)},
	}
	for s, want := range good {
		if got, err := did.ParseURL(s); err != nil || got != want || got.String() != s {
			t.Errorf("%s: %+v, %v", s, got, err)
		}
	}
	for _, s := range []string{
		"", "did", "did:", "did:web", "did:web:", "DID:web:x", "did:Web:x", "did::x", "did:we-b:x", "did:web:x:", " did:web:x", "did:web:x ",
		"did:web:x#", "did:web:x#a#b", "did:web:x#ä", "did:web:x/path", "did:web:x/path#k", "did:web:x?versionId=1#k", "did:web:x;service=1",
		"did:web:%", "did:web:%3", "did:web:%zz", "did:web:x#%z", "did:web:x\n", "did:web:x\x00", "did:web:é", "https://x.example#k", "#k",
		"did:x:" + strings.Repeat("a", 2048),
	} {
		if got, err := did.ParseURL(s); !errors.Is(err, did.ErrInvalidURL) {
			t.Errorf("%q: %+v, %v", s, got, err)
		}
	}
}

func FuzzParseURL(f *testing.F) {
	f.Add("did:web:college.example%3A8443:a#key-1")
	f.Add("did:key:" + edKey)
	f.Fuzz(func(t *testing.T, s string) {
		u, err := did.ParseURL(s)
		if err != nil {
			return
		}
		if u.String() != s {
			t.Fatalf("%q became %q", s, u)
		}
		if address, err := did.WebURL(s); err == nil && (!strings.HasPrefix(address, "https://") || !strings.HasSuffix(address, "/did.json")) {
			t.Fatalf("%q leads to %q", s, address)
		}
	})
}

func TestDIDKey(t *testing.T) {
	for _, text := range []string{edKey, p256Key, p384Key} {
		name, url, err := did.DIDKey(public(t, text))
		if err != nil || name != "did:key:"+text || url != name+"#"+text {
			t.Fatalf("%s, %s, %v", name, url, err)
		}
		for _, purpose := range []did.Relationship{did.AssertionMethod, did.Authentication} {
			m, controller, err := noNetwork.Method(context.Background(), url, purpose)
			if bare, _, err := noNetwork.Method(context.Background(), name, purpose); err != nil || bare.ID != url {
				t.Errorf("without fragment: %+v, %v", bare, err)
			}
			if err != nil || controller != name || m.ID != url || m.Controller != name || m.Type != "Multikey" || !same(m.Key, public(t, text)) {
				t.Errorf("%s: %+v, %s, %v", purpose, m, controller, err)
			}
		}
	}
}

func TestDIDKeyRefuses(t *testing.T) {
	cases := []struct {
		name, url string
		purpose   did.Relationship
		want      error
	}{
		{"fragment of another key", "did:key:" + edKey + "#" + p256Key, did.AssertionMethod, did.ErrMethodNotFound},
		{"fragment key-1", "did:key:" + edKey + "#key-1", did.AssertionMethod, did.ErrMethodNotFound},
		{"empty fragment", "did:key:" + edKey + "#", did.AssertionMethod, did.ErrInvalidURL},
		{"no fragment at a did:web", "did:web:college.example", did.AssertionMethod, did.ErrInvalidURL},
		{"nothing", "did:key:", did.AssertionMethod, did.ErrInvalidURL},
		{"key agreement", "did:key:" + edKey + "#" + edKey, "keyAgreement", did.ErrRelationship},
		{"no purpose", "did:key:" + edKey + "#" + edKey, "", did.ErrRelationship},
		{"damaged", "did:key:" + nullKey + "#" + nullKey, did.AssertionMethod, did.ErrInvalidURL},
		{"secret key", "did:key:z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq#x", did.AssertionMethod, did.ErrInvalidURL},
		{"BLS12-381", "did:key:" + blsKey + "#" + blsKey, did.AssertionMethod, did.ErrUnsupportedKey},
		{"version", "did:key:1.1:" + edKey + "#" + edKey, did.AssertionMethod, did.ErrUnsupportedMethod},
		{"version without fragment", "did:key:2:" + edKey, did.AssertionMethod, did.ErrInvalidURL},
		{"two versions", "did:key:1:1:" + edKey + "#" + edKey, did.AssertionMethod, did.ErrUnsupportedMethod},
		{"other method", "did:example:123#key-1", did.AssertionMethod, did.ErrUnsupportedMethod},
		{"not a URL", "key-1", did.AssertionMethod, did.ErrInvalidURL},
		{"data URL", "data:application/json,{}#k", did.AssertionMethod, did.ErrInvalidURL},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			m, _, err := noNetwork.Method(context.Background(), c.url, c.purpose)
			if !errors.Is(err, c.want) || m.Key != nil {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			undecided := c.want == did.ErrUnsupportedKey || c.want == did.ErrUnsupportedMethod
			if did.Undecided(err) != undecided || (did.Code(err) == "") != undecided {
				t.Errorf("undecided %v, code %q", did.Undecided(err), did.Code(err))
			}
		})
	}
}

func TestWebURL(t *testing.T) {
	good := map[string]string{
		"did:web:w3c-ccg.github.io":                "https://w3c-ccg.github.io/.well-known/did.json",
		"did:web:w3c-ccg.github.io:user:alice":     "https://w3c-ccg.github.io/user/alice/did.json",
		"did:web:example.com%3A3000:user:alice":    "https://example.com:3000/user/alice/did.json",
		"did:web:example.com%3a3000":               "https://example.com:3000/.well-known/did.json",
		"did:web:college.example:issuers:arts_1.0": "https://college.example/issuers/arts_1.0/did.json",
		"did:web:college.example:caf%C3%A9":        "https://college.example/caf%C3%A9/did.json",
		"did:web:xn--caf-dma.example":              "https://xn--caf-dma.example/.well-known/did.json",
		"did:web:1password.example":                "https://1password.example/.well-known/did.json",
	}
	for name, want := range good {
		if got, err := did.WebURL(name); err != nil || got != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for _, name := range []string{
		"did:web:", "did:key:x", "college.example", "did:web:college.example#k", "did:web:college.example/x",
		"did:web:127.0.0.1", "did:web:127.1", "did:web:0x7f.0.0.1", "did:web:0x7f.1",
		"did:web:1.2.3.0x4", "did:web:a.0x", "did:web:2130706433", "did:web:%5B%3A%3A1%5D", "did:web:%3A%3A1", "did:web:example.com.", "did:web:.example.com", "did:web:a..b",
		"did:web:-a.example", "did:web:a-.example", "did:web:a_b.example", "did:web:" + strings.Repeat("a", 64) + ".example", "did:web:" + strings.Repeat("abcdefgh.", 29) + "example",
		"did:web:example.com%3A", "did:web:example.com%3A0", "did:web:example.com%3A080", "did:web:example.com%3A65536", "did:web:example.com%3A-1", "did:web:example.com%3A80%3A80",
		"did:web:example.com%3A80x", "did:web:example.com%2Fevil", "did:web:user%40example.com", "did:web:user%3Apass%40example.com", "did:web:example.com%00",
		"did:web:example.com::x", "did:web:example.com:.", "did:web:example.com:..", "did:web:example.com:%2e%2e", "did:web:example.com:%2E", "did:web:example.com:a%2Fb",
		"did:web:example.com:a%5Cb", "did:web:example.com:a%3Fb", "did:web:example.com:a%23b", "did:web:example.com:a%00", "did:web:example.com:a%0A", "did:web:example.com:a%25b",
		"did:web:example.com:%41", "did:web:example.com:%FF", "did:web:example.com:%C3", "did:web:example.com:%C2%85", "did:web:example.com:a%3A80",
	} {
		if got, err := did.WebURL(name); !errors.Is(err, did.ErrInvalidURL) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	// A local name is a rule of ours: nothing is shown about the key.
	for _, name := range []string{"did:web:localhost", "did:web:localhost%3A8080", "did:web:intranet"} {
		if got, err := did.WebURL(name); !errors.Is(err, did.ErrUnavailable) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestUsableAt(t *testing.T) {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	before, after := at.Add(-time.Second), at.Add(time.Second)
	cases := []struct {
		m    did.Method
		want error
	}{
		{did.Method{}, nil},
		{did.Method{Expires: &after, Revoked: &after}, nil},
		{did.Method{Expires: &at}, did.ErrExpired},
		{did.Method{Revoked: &at}, did.ErrRevoked},
		{did.Method{Expires: &before, Revoked: &before}, did.ErrRevoked},
	}
	for i, c := range cases {
		if err := c.m.UsableAt(at); !errors.Is(err, c.want) {
			t.Errorf("case %d: %v", i, err)
		}
	}
}

// TestStandardsMethods resolves every did:key method named in the official files.
func TestStandardsMethods(t *testing.T) {
	root, count := needs.Standards(t), 0
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".json" || strings.Contains(path, "-err-") {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		var value any
		if json.Unmarshal(b, &value) != nil {
			return nil
		}
		for _, url := range methodURLs(value) {
			count++
			if _, _, err := noNetwork.Method(context.Background(), url, did.AssertionMethod); err != nil {
				t.Errorf("%s: %s: %v", path, url, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if count < 30 {
		t.Errorf("only %d methods seen", count)
	}
	t.Logf("%d methods", count)
}

func methodURLs(value any) []string {
	var found []string
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			found = append(found, methodURLs(item)...)
		}
	case map[string]any:
		for name, item := range v {
			if url, ok := item.(string); ok && name == "verificationMethod" && strings.HasPrefix(url, "did:key:") {
				found = append(found, url)
			}
			found = append(found, methodURLs(item)...)
		}
	}
	return found
}
