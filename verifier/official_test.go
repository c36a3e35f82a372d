package verifier

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"laurel/internal/did"
	"laurel/internal/needs"
)

// official is every badge of the 1EdTech validator's own tests with what it must come to.
// The keys that the badges name by a multikey fragment are published for them at the
// address before the fragment, since none of those addresses exists; nothing is done about
// keys that no such document could bind to the issuer.
var official = map[string]string{
	"complete.json":                              "indeterminate status-unsupported",
	"complete_v1.json":                           "invalid context-loss",
	"credential-status-revoked.json":             "indeterminate status-unsupported",
	"endorsement-err-schema-status-refresh.json": "invalid proof-invalid",
	"endorsement-valid.json":                     "valid",
	"simple-context-alias.json":                  "valid",
	"simple-context-version.json":                "valid",
	"simple-did-key-method.json":                 "invalid issuer-mismatch",
	"simple-did-web-method.json":                 "valid",
	"simple-eddsa-2022.json":                     "valid",
	"simple-err-context.json":                    "invalid syntax-malformed",
	"simple-err-credential-subject-achievement-result-description-type.json": "invalid context-loss",
	"simple-err-credential-subject-identifier-type.json":                     "invalid context-loss",
	"simple-err-credential-subject-profile-type.json":                        "invalid context-loss",
	"simple-err-credential-subject-result-type.json":                         "invalid context-loss",
	"simple-err-credential-subject-type.json":                                "invalid context-loss",
	"simple-err-evidence-type.json":                                          "invalid context-loss",
	"simple-err-expired.json":                                                "invalid validity-expired",
	"simple-err-issued.json":                                                 "invalid schema-invalid validity-not-yet",
	"simple-err-issuer-otheridentifier-type.json":                            "invalid context-loss",
	"simple-err-issuer-parentorg-type.json":                                  "invalid context-loss",
	"simple-err-issuer-type.json":                                            "invalid context-loss",
	"simple-err-issuer.json":                                                 "invalid syntax-malformed",
	"simple-err-proof-method-no-scheme.json":                                 "invalid proof-invalid",
	"simple-err-proof-method-unknown-did-method.json":                        "invalid proof-invalid",
	"simple-err-proof-method-unknown-scheme.json":                            "invalid proof-invalid",
	"simple-err-proof-method.json":                                           "indeterminate proof-undecided",
	"simple-err-proof-value.json":                                            "invalid proof-invalid",
	"simple-err-type.json":                                                   "invalid context-loss",
	"simple-json.png":                                                        "valid",
	"simple-json.svg":                                                        "valid",
	"simple-jwt.png":                                                         "indeterminate issuer-unattributed",
	"simple-jwt.svg":                                                         "indeterminate issuer-unattributed",
	"simple-jwt_v1.png":                                                      "indeterminate issuer-unattributed",
	"simple-jwt_v1.svg":                                                      "indeterminate issuer-unattributed",
	"simple-multiple-proofs.json":                                            "valid",
	"simple-noproof.json":                                                    "invalid schema-invalid proof-missing",
	"simple.1ob":                                                             "valid",
	"simple.json":                                                            "valid",
	"simple.jwt":                                                             "indeterminate context-unknown",
	"simple_v1.json":                                                         "valid",
	"velocity.jwt":                                                           "indeterminate context-unknown",
}

var methodURL = regexp.MustCompile(`"verificationMethod"\s*:\s*"((?:https|did:web)[^"#]*)#(z[1-9A-HJ-NP-Za-km-z]+)"`)

// officialWorld publishes the keys that a badge names.
func officialWorld(raw []byte) func(context.Context, string) ([]byte, bool) {
	documents := map[string][]byte{}
	for _, m := range methodURL.FindAllStringSubmatch(string(raw), -1) {
		address := m[1]
		if strings.HasPrefix(address, "did:web:") {
			if a, err := did.WebURL(address); err == nil {
				address = a
			}
		}
		id := fmt.Sprintf("%s#%s", m[1], m[2])
		document, err := json.Marshal(map[string]any{
			"id":                 m[1],
			"verificationMethod": []any{map[string]any{"id": id, "type": "Multikey", "controller": m[1], "publicKeyMultibase": m[2]}},
			"assertionMethod":    []string{id},
		})
		if err == nil {
			documents[address] = document
		}
	}
	return func(_ context.Context, url string) ([]byte, bool) {
		document, ok := documents[url]
		return document, ok
	}
}

func TestOfficialFixtures(t *testing.T) {
	dir := filepath.Join(needs.Standards(t), "open-badges", "fixtures", "ob30")
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	judged := 0
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		judged++
		raw, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		v := New(Config{Offline: true, Own: officialWorld(raw), Now: func() time.Time { return now }})
		r := v.Verify(context.Background(), Request{Input: raw})
		got := r.Verdict.String()
		for _, c := range r.Checks {
			if c.Status == fail || codes[c.Code].blocks {
				got += " " + c.Code
			}
		}
		if want := official[e.Name()]; got != want {
			t.Errorf("%q: %q,", e.Name(), got)
		}
	}
	if judged != len(official) {
		t.Errorf("%d badges judged, %d listed", judged, len(official))
	}
}
