package schemas

import (
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"laurel/internal/needs"
)

// TestSources holds the table of SOURCES.md against the pins, row by row.
func TestSources(t *testing.T) {
	text, err := os.ReadFile("SOURCES.md")
	if err != nil {
		t.Fatal(err)
	}
	type row struct {
		pin
		older bool
	}
	var rows []row
	for line := range strings.SplitSeq(string(text), "\n") {
		cells := strings.Split(line, "|")
		if len(cells) != 7 || !strings.HasPrefix(cells[1], " http") {
			continue
		}
		for i := range cells {
			cells[i] = strings.Trim(cells[i], " `")
		}
		url, older := strings.CutSuffix(cells[1], " (older edition)")
		rows = append(rows, row{pin{url, strings.TrimPrefix(cells[2], "contexts/"), cells[3]}, older})
		if cells[4] == "" || cells[5] == "" {
			t.Errorf("%s: no source or no licence", url)
		}
	}
	if want := len(currentPins) + len(olderPins); len(rows) != want {
		t.Errorf("SOURCES.md has %d rows, the program %d pins", len(rows), want)
	}
	for _, p := range currentPins {
		if !slices.Contains(rows, row{p, false}) {
			t.Errorf("SOURCES.md has no row for %v", p)
		}
	}
	for _, p := range olderPins {
		if !slices.Contains(rows, row{p, true}) {
			t.Errorf("SOURCES.md has no row for the older %v", p)
		}
	}
}

// published maps each embedded file to the published one.
var published = map[string]string{
	"credentials-v1.jsonld":            "w3c/contexts/credentials-v1.jsonld",
	"credentials-v2.jsonld":            "w3c/contexts/credentials-v2.jsonld",
	"undefined-terms-v2.jsonld":        "w3c/contexts/credentials-undefined-terms-v2.jsonld",
	"examples-v2.jsonld":               "w3c/contexts/credentials-examples-v2.jsonld",
	"data-integrity-v1.jsonld":         "w3c/contexts/data-integrity-v1.jsonld",
	"data-integrity-v2.jsonld":         "w3c/contexts/data-integrity-v2.jsonld",
	"multikey-v1.jsonld":               "w3c/contexts/multikey-v1.jsonld",
	"jwk-v1.jsonld":                    "w3c/contexts/jwk-v1.jsonld",
	"cid-v1.jsonld":                    "w3c/contexts/cid-v1.jsonld",
	"did-v1.jsonld":                    "w3c/contexts/did-v1.jsonld",
	"ed25519-signature-2020-v1.jsonld": "w3c/contexts/ed25519-2020-v1.jsonld",
	"jws-2020-v1.jsonld":               "w3c/contexts/jws-2020-v1.jsonld",
	"status-list-2021-v1.jsonld":       "w3c/contexts/status-list-2021-v1.jsonld",
	"bitstring-status-v1.jsonld":       "w3c/contexts/status-v1.jsonld",
	"security-v1.jsonld":               "w3c/contexts/security-v1.jsonld",
	"security-v2.jsonld":               "w3c/contexts/security-v2.jsonld",
	"citizenship-v4rc1.jsonld":         "w3c/contexts/citizenship-v4rc1.jsonld",
	"did-configuration-v1.jsonld":      "trust/did-configuration/context-v1.json",
	"ob-3.0.0.json":                    "open-badges/contexts/ob-3.0.0-context.json",
	"ob-3.0.1.json":                    "open-badges/contexts/ob-3.0.1-context.json",
	"ob-3.0.2.json":                    "open-badges/contexts/ob-3.0.2-context.json",
	"ob-3.0.3.json":                    "open-badges/contexts/ob-3.0.3-context.json",
	"ob-3.0.3-2024-12.json":            "open-badges/contexts/ob-3.0.3-context.2024-12.json",
	"ob-extensions.json":               "open-badges/contexts/ob-3.0-extensions.json",
	"ob-2.0.json":                      "open-badges/contexts/ob-2.0-context.json",
	"clr-2.0.json":                     "open-badges/contexts/clr-2.0-context.json",
	"clr-2.0.1.json":                   "open-badges/contexts/clr-2.0.1-context.json",
}

// TestContextsEqualPublished: each context says exactly what the published one
// says. No difference is known; one would be listed here with its reason.
func TestContextsEqualPublished(t *testing.T) {
	for _, p := range slices.Concat(currentPins, olderPins) {
		theirs := needs.File(t, published[p.file])
		var ours, want any
		if err := json.Unmarshal(p.context().Bytes, &ours); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(theirs, &want); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(ours, want) {
			t.Errorf("%s: differs from the published context", p.file)
		}
	}
}
