package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"laurel/internal/needs"
)

var (
	quoted   = regexp.MustCompile("`([^`]+)`")
	testFunc = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
)

// TestLedger holds CONFORMANCE.md to the repository: each line says yes, partly or no, and
// the files and tests that it names exist.
func TestLedger(t *testing.T) {
	root := needs.Root(t)
	raw, err := os.ReadFile(filepath.Join(root, "CONFORMANCE.md"))
	if err != nil {
		t.Fatal(err)
	}
	tests := testsOf(t, root)
	lines := 0
	for line := range strings.Lines(string(raw)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 4 || strings.Contains(line, "---") || strings.TrimSpace(cells[0]) == "clause" {
			continue
		}
		lines++
		met := strings.TrimSpace(cells[1])
		if met != "yes" && !strings.HasPrefix(met, "partly") && !strings.HasPrefix(met, "no") {
			t.Errorf("neither yes, partly nor no: %s", line)
		}
		for _, file := range quoted.FindAllStringSubmatch(cells[2], -1) {
			if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(file[1]))); err != nil {
				t.Errorf("no file %s: %s", file[1], line)
			}
		}
		named := quoted.FindAllStringSubmatch(cells[3], -1)
		if met == "yes" && len(named) == 0 {
			t.Errorf("met, but no test is named: %s", line)
		}
		for _, name := range named {
			if !tests[name[1]] {
				t.Errorf("no test %s: %s", name[1], line)
			}
		}
	}
	if lines < 50 {
		t.Errorf("only %d clauses were read", lines)
	}
}

func testsOf(t *testing.T, root string) map[string]bool {
	t.Helper()
	tests := map[string]bool{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && d.Name() == "node_modules" {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, "_test.go") && !strings.HasSuffix(filepath.Dir(path), "storetest") {
			return nil
		}
		raw, err := os.ReadFile(path)
		for _, m := range testFunc.FindAllStringSubmatch(string(raw), -1) {
			tests[m[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return tests
}
