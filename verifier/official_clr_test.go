package verifier

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"laurel/internal/needs"
)

// officialCLR is every learner record of the validator's own tests with what it must come
// to, under the keys that it names.
var officialCLR = map[string]string{
	"complex.json":               "invalid issuer-mismatch",
	"simple-noproof.json":        "indeterminate context-unknown", // a draft's context, which is lost
	"simple.json":                "valid",
	"simple.jwt":                 "indeterminate context-unknown",
	"simple_old_safesigned.json": "indeterminate context-unknown",
	"simple_v1.json":             "invalid proof-invalid", // its key has no address
}

func TestOfficialCLR(t *testing.T) {
	dir := filepath.Join(needs.Standards(t), "open-badges", "fixtures", "clr20")
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
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
		if want := officialCLR[e.Name()]; got != want {
			t.Errorf("%q: %q, // %s", e.Name(), got, r.Deciding().Message)
		}
	}
	if len(entries) != len(officialCLR) {
		t.Errorf("%d records judged, %d listed", len(entries), len(officialCLR))
	}
}
