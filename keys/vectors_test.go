package keys_test

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// standardsFile reads a file of the official test data. Without the data the test is skipped, or fails when the
// environment demands that everything runs.
func standardsFile(t *testing.T, name string) []byte {
	t.Helper()
	root := os.Getenv("LAUREL_STANDARDS")
	if root == "" {
		root = filepath.Join("..", "..", "shared", "standards")
	}
	b, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
	if err != nil {
		if os.Getenv("LAUREL_TEST_REQUIRE") == "all" {
			t.Fatalf("official test data required: %v", err)
		}
		t.Skipf("official test data %s is not here; set LAUREL_STANDARDS to its folder", name)
	}
	return b
}

func decode[T any](t *testing.T, b []byte) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func encode64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
