package schemas

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"slices"
	"testing"
)

// TestPins: every embedded byte is pinned, and every pin has its bytes.
func TestPins(t *testing.T) {
	pinned := map[string]bool{}
	for _, p := range slices.Concat(currentPins, olderPins) {
		c := p.context()
		if sum := sha256.Sum256(c.Bytes); hex.EncodeToString(sum[:]) != p.sha256 {
			t.Errorf("%s: file %s has SHA-256 %x, pinned %s", p.url, p.file, sum, p.sha256)
		}
		var doc struct {
			Context any `json:"@context"`
		}
		if err := json.Unmarshal(c.Bytes, &doc); err != nil || doc.Context == nil {
			t.Errorf("%s: not a context document: %v", p.file, err)
		}
		pinned[p.file] = true
	}
	files, err := fs.ReadDir(contextFiles, "contexts")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !pinned[f.Name()] {
			t.Errorf("contexts/%s is embedded but not pinned", f.Name())
		}
	}
}

// TestPublishedDigests: where a Recommendation prints the digest of a context,
// these are the very bytes (VC-DM 2.0 and 1.1, VC-DI, BSL).
func TestPublishedDigests(t *testing.T) {
	for url, want := range map[string]string{
		CredentialsV1:   "ab4ddd9a531758807a79a5b450510d61ae8d147eab966cc9a200c07095b0cdcc",
		CredentialsV2:   "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734",
		DataIntegrityV2: "67f21e6e33a6c14e5ccfd2fc7865f7474fb71a04af7e94136cb399dfac8ae8f4",
		MultikeyV1:      "ba2c182de2d92f7e47184bcca8fcf0beaee6d3986c527bf664c195bbc7c58597",
		JWKV1:           "0f14b62f6071aafe00df265770ea0c7508e118247d79b7d861a406d2aa00bece",
		BitstringStatus: "fda5add353231e6a6884a46b12e6c75464281900cb348284d9c360f62381d9f7",
	} {
		if c, ok := LookupContext(url); !ok || c.SHA256 != want {
			t.Errorf("%s: have %s, the standard prints %s", url, c.SHA256, want)
		}
	}
}

func TestLookupContextIsExact(t *testing.T) {
	for _, url := range []string{"", "http://www.w3.org/ns/credentials/v2", CredentialsV2 + "/", CredentialsV2 + "#",
		" " + CredentialsV2, "HTTPS://www.w3.org/ns/credentials/v2", "contexts/credentials-v2.jsonld",
		"https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.4.json"} {
		if _, ok := LookupContext(url); ok {
			t.Errorf("%q must be unknown", url)
		}
		if _, ok := OlderEdition(url); ok {
			t.Errorf("%q must have no older edition", url)
		}
	}
}

func TestLookupContextGivesOwnCopy(t *testing.T) {
	a, _ := LookupContext(CredentialsV2)
	a.Bytes[0] = 'x'
	if b, _ := LookupContext(CredentialsV2); b.Bytes[0] != '{' {
		t.Error("a caller changed the embedded context")
	}
}

func TestAliasesHoldTheSameBytes(t *testing.T) {
	for alias, url := range map[string]string{openBadges300Alias: OpenBadges300, openBadges20Alias: OpenBadges20} {
		a, okA := LookupContext(alias)
		b, okB := LookupContext(url)
		if !okA || !okB || a.SHA256 != b.SHA256 || a.URL != alias {
			t.Errorf("%s and %s differ", alias, url)
		}
	}
}

func TestOlderEdition(t *testing.T) {
	older, ok := OlderEdition(OpenBadges303)
	if !ok {
		t.Fatal("no older edition of Open Badges 3.0.3")
	}
	newest, _ := LookupContext(OpenBadges303)
	terms := func(c Context) map[string]any {
		var doc map[string]map[string]any
		if err := json.Unmarshal(c.Bytes, &doc); err != nil {
			t.Fatal(err)
		}
		return doc["@context"]
	}
	had, has := terms(older), terms(newest)
	for term := range has {
		if _, ok := had[term]; !ok && term != "jti" && term != "endorsementJwt" {
			t.Errorf("term %s is only in the newest edition", term)
		}
	}
	if len(has) != len(had)+2 {
		t.Errorf("newest has %d terms, older %d: want two more", len(has), len(had))
	}
	if _, ok := OlderEdition(CredentialsV2); ok {
		t.Error("credentials/v2 was never edited in place")
	}
}

func TestContextsSorted(t *testing.T) {
	all := Contexts()
	if len(all) != 28 {
		t.Errorf("%d contexts, want 28", len(all))
	}
	for i := 1; i < len(all); i++ {
		if all[i-1].URL >= all[i].URL {
			t.Errorf("%s comes before %s", all[i-1].URL, all[i].URL)
		}
	}
}
