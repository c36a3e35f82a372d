// Package needs lets a test ask for what a lone clone may lack: the standards' data
// files, a browser, a program. What is missing is said together with what to do, and
// skips the test, or fails it when LAUREL_TEST_REQUIRE=all.
package needs

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
)

// Standards returns the folder with the standards' data files: LAUREL_STANDARDS, or
// shared/standards beside the repository.
func Standards(t testing.TB) string {
	t.Helper()
	if dir := os.Getenv("LAUREL_STANDARDS"); dir != "" {
		return existing(t, dir)
	}
	return existing(t, filepath.Join(Root(t), "..", "shared", "standards"))
}

func existing(t testing.TB, dir string) string {
	t.Helper()
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		Missing(t, "the standards' data files; set LAUREL_STANDARDS to their folder")
	}
	return dir
}

// File reads one of the standards' data files, named from their folder.
func File(t testing.TB, elements ...string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(append([]string{Standards(t)}, elements...)...))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// Documents returns how many documents a test makes by chance: what LAUREL_EQUAL_DOCUMENTS
// says, or else the number given.
func Documents(t testing.TB, otherwise int) int {
	t.Helper()
	said := os.Getenv("LAUREL_EQUAL_DOCUMENTS")
	if said == "" {
		return otherwise
	}
	n, err := strconv.Atoi(said)
	if err != nil {
		t.Fatal("LAUREL_EQUAL_DOCUMENTS: ", err)
	}
	return n
}

// Program returns the path of a program that the named Debian package brings.
func Program(t testing.TB, name, pkg string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		Missing(t, "the program "+name+"; install the Debian package "+pkg)
	}
	return path
}

// NodeProject returns the path of node and of a folder of the repository in which npm
// has installed what its lock file names.
func NodeProject(t testing.TB, folder string) (node, dir string) {
	t.Helper()
	node = Program(t, "node", "nodejs")
	dir = filepath.Join(Root(t), filepath.FromSlash(folder))
	if _, err := os.Stat(filepath.Join(dir, "node_modules")); err != nil {
		Missing(t, "the Node packages of "+folder+"; run 'npm ci' there")
	}
	return node, dir
}

// Missing ends the test: a skip, or a failure where everything is required.
func Missing(t testing.TB, what string) {
	t.Helper()
	if os.Getenv("LAUREL_TEST_REQUIRE") == "all" {
		t.Fatalf("missing: %s", what)
	}
	t.Skipf("missing: %s", what)
}

// Root returns the repository's root: the nearest folder upwards with a go.mod.
func Root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod above the test's folder")
		}
		dir = parent
	}
}
