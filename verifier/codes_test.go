package verifier

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"laurel/internal/needs"
)

// TestClauses holds that every check names its clauses as the ledger does.
func TestClauses(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(needs.Root(t), "CONFORMANCE.md"))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range codes {
		if clauses[c.check] == "" && c.check != "trust" {
			t.Errorf("%s: the check %s has no clause", name, c.check)
		}
		if !strings.HasPrefix(name, c.check+"-") {
			t.Errorf("%s: a code of the check %s", name, c.check)
		}
	}
	for name := range clausesOfCodes {
		if _, ok := codes[name]; !ok {
			t.Errorf("%s is no code", name)
		}
	}
	for check, clause := range clauses {
		if row := "| `" + check + "` | " + clause + " |"; !strings.Contains(string(raw), row) {
			t.Errorf("the ledger lacks %s", row)
		}
	}
}
