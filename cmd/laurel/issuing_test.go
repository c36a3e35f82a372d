package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"laurel/internal/needs"
	"laurel/internal/results"
)

// TestInterrupted: a run that is interrupted writes the links of what it stored, and
// neither that nor a later run takes a line out of the list.
func TestInterrupted(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(dir, "config"))
	t.Setenv("LAUREL_DATA", filepath.Join(dir, "data"))
	out := filepath.Join(dir, "badges")
	mustRun(t, "init", "--base-url", "https://badges.college.example")
	mustRun(t, "achievement", "import", filepath.Join(needs.Root(t), "examples", "achievements.json"))
	mustRun(t, "issue", "--achievement", "first-aid", "--recipient", "learner@students.college.example", "--key", "EARLIER", "--out", out, "--format", "json")

	var rows strings.Builder
	rows.WriteString("assessment_id,email,awarded\n")
	for n := range 3 * leastRows {
		fmt.Fprintf(&rows, "K-%d,learner%d@students.college.example,2026-01-02\n", n, n)
	}
	file := filepath.Join(dir, "results.csv")
	if err := os.WriteFile(file, []byte(rows.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	issue := []string{"issue", "--achievement", "first-aid", "--csv", file, "--out", out, "--format", "json"}
	status, said := interrupt(t, issue)
	if status != exitFailed || strings.Contains(said, "context canceled") || !strings.Contains(said, fmt.Sprintf("interrupted; at least %d badges of this file are stored", leastRows)) {
		t.Errorf("status %d: %s", status, said)
	}
	wantLinks(t, out, 1+leastRows)
	mustRun(t, issue...)
	wantLinks(t, out, 1+3*leastRows)
	mustRun(t, "issue", "--achievement", "first-aid", "--recipient", "learner@students.college.example", "--key", "EARLIER", "--out", out, "--format", "json")
	wantLinks(t, out, 1+3*leastRows)

	list := filepath.Join(out, "links.csv")
	if err := os.WriteFile(list, []byte("my own notes\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, said := try(t, issue...); status != exitFailed || !strings.Contains(said, "move it away") {
		t.Errorf("a list of another kind: status %d: %s", status, said)
	}
	if raw, err := os.ReadFile(list); err != nil || string(raw) != "my own notes\n" {
		t.Errorf("a list of another kind was replaced: %q, %v", raw, err)
	}
}

func mustRun(t *testing.T, args ...string) {
	t.Helper()
	if status, said := try(t, args...); status != exitOK {
		t.Fatalf("laurel %s: status %d: %s", strings.Join(args, " "), status, said)
	}
}

// interrupt runs the program and interrupts it while it prints its first line.
func interrupt(t *testing.T, args []string) (status int, stderr string) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out, in := io.Pipe()
	var said strings.Builder
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, args, strings.NewReader(""), in, &said)
		in.Close()
	}()
	for lines := bufio.NewScanner(out); lines.Scan(); {
		stop()
	}
	return <-ended, said.String()
}

func wantLinks(t *testing.T, dir string, want int) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, "links.csv"))
	if err != nil {
		t.Fatal(err)
	}
	links, err := results.ReadLinks(raw)
	if err != nil || len(links) != want || links[0].Key != "EARLIER" || links[0].Owner == "" {
		t.Errorf("%d links, want %d: %v", len(links), want, err)
	}
}

// TestDryRunAsIs: a dry run leaves status lists that were not published as they are, and the
// next command publishes them.
func TestDryRunAsIs(t *testing.T) {
	s := newSandbox(t)
	t.Setenv("LAUREL_DATA", filepath.Join(s.dir, "laurel-data"))
	in := s.open()
	if err := errors.Join(in.store.AddStatusLists(t.Context(), 1), in.Close()); err != nil {
		t.Fatal(err)
	}
	single := []string{"issue", "--achievement", "first-aid", "--recipient", "other@students.college.example"}
	for _, c := range []struct {
		args      []string
		published int
	}{{append(single, "--dry-run"), -1}, {single, 0}} {
		if status, said := try(t, c.args...); status != exitOK {
			t.Errorf("%q: status %d: %s", c.args, status, said)
		}
		in, err := (&dataFlags{dir: filepath.Join(s.dir, "laurel-data")}).openAsIs(t.Context(), newRoot(nil))
		if err != nil {
			t.Fatal(err)
		}
		l, err := in.store.StatusList(t.Context(), "1-revocation")
		if err := errors.Join(err, in.Close()); err != nil || l.Published != c.published {
			t.Errorf("%q: the list is published at version %d, want %d: %v", c.args, l.Published, c.published, err)
		}
	}
}
