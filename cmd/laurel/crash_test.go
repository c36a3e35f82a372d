package main

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"laurel/internal/needs"
	"laurel/issuer"
	"laurel/verifier"
)

// build makes the real binary.
func build(t testing.TB) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "laurel")
	cmd := exec.Command(filepath.Join(runtimeGo(t), "go"), "build", "-o", binary, "./cmd/laurel")
	cmd.Dir = needs.Root(t)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return binary
}

// runtimeGo returns the folder of the go command that runs this test.
func runtimeGo(t testing.TB) string {
	t.Helper()
	path, err := exec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Dir(path)
}

// sandbox is a folder in which the binary runs, with nothing of the user's around it.
type sandbox struct {
	t      *testing.T
	binary string
	dir    string
}

func newSandbox(t *testing.T) *sandbox {
	t.Helper()
	s := &sandbox{t: t, binary: build(t), dir: t.TempDir()}
	s.must("init", "--name", "Sample College", "--base-url", "https://badges.college.example")
	s.must("achievement", "import", filepath.Join(needs.Root(t), "examples", "achievements.json"))
	return s
}

func (s *sandbox) command(args ...string) *exec.Cmd {
	cmd := exec.Command(s.binary, args...)
	cmd.Dir = s.dir
	cmd.Env = []string{"HOME=" + s.dir, "XDG_CONFIG_HOME=" + filepath.Join(s.dir, "config"), "PATH=" + os.Getenv("PATH")}
	return cmd
}

func (s *sandbox) must(args ...string) string {
	s.t.Helper()
	out, err := s.command(args...).CombinedOutput()
	if err != nil {
		s.t.Fatalf("laurel %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

const (
	crashRows  = 600
	crashKills = 25
)

// TestKill kills the real binary at many moments while it issues the badges of one file.
// What it acknowledged must be there afterwards, the same award for the same key; at the
// end every learner has one award and no status index is used twice.
func TestKill(t *testing.T) {
	s := newSandbox(t)
	var rows strings.Builder
	rows.WriteString("assessment_id,email,awarded\n")
	for n := range crashRows {
		fmt.Fprintf(&rows, "K-%d,learner%d@students.college.example,2026-01-02\n", n, n)
	}
	file := filepath.Join(s.dir, "results.csv")
	if err := os.WriteFile(file, []byte(rows.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	acknowledged := map[string]string{} // award to share link
	killed := 0
	for range crashKills {
		if s.issueAndKill(file, acknowledged) {
			killed++
		}
	}
	t.Logf("killed %d times, %d awards acknowledged by then", killed, len(acknowledged))
	if killed < 5 {
		t.Errorf("the binary was killed %d times only; the test shows nothing", killed)
	}
	s.must("issue", "--achievement", "food-hygiene-level-2", "--csv", file)
	s.check(acknowledged)
}

// issueAndKill runs the command, notes what it acknowledges, and kills it after a random
// number of lines. It reports whether the command was still running.
func (s *sandbox) issueAndKill(file string, acknowledged map[string]string) bool {
	s.t.Helper()
	cmd := s.command("issue", "--achievement", "food-hygiene-level-2", "--csv", file)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	lines := bufio.NewScanner(stdout)
	left := rand.IntN(crashRows)
	for issued := 0; lines.Scan(); {
		fields := strings.Split(lines.Text(), "\t")
		if len(fields) != 3 {
			s.t.Fatalf("an acknowledgement of another form: %q", lines.Text())
		}
		if link, before := acknowledged[fields[1]]; before && link != fields[2] {
			s.t.Errorf("award %s changed its link", fields[1])
		}
		acknowledged[fields[1]] = fields[2]
		if fields[0] == "issued" {
			issued++
		}
		if left--; left <= 0 || issued > crashRows/crashKills {
			if err := cmd.Process.Kill(); err != nil {
				s.t.Fatal(err)
			}
			break
		}
	}
	return cmd.Wait() != nil
}

// check opens the data directory that the killed processes left, and judges it.
func (s *sandbox) check(acknowledged map[string]string) {
	s.t.Helper()
	ctx := context.Background()
	in := s.open()
	awards, err := in.Awards(ctx, "", crashRows*2)
	if err != nil {
		s.t.Fatal(err)
	}
	v := verifier.New(verifier.Config{Offline: true, Own: in.Published})
	keys, places := map[string]bool{}, map[string]bool{}
	for n, listed := range awards {
		place := fmt.Sprint(listed.List, "/", listed.Index)
		if keys[listed.Result.Key] || places[place] || listed.State != issuer.Issued {
			s.t.Errorf("award %s (%s): key or index %s used twice, or not issued", listed.Result.Key, listed.State, place)
		}
		keys[listed.Result.Key], places[place] = true, true
		if link, ok := acknowledged[listed.ID]; ok && link != in.ShareURL(listed) {
			s.t.Errorf("award %s has another link than was acknowledged", listed.ID)
		}
		delete(acknowledged, listed.ID)
		if n%20 != 0 {
			continue
		}
		a, err := in.Find(ctx, listed.ID)
		if err != nil {
			s.t.Fatal(err)
		}
		if r := v.Verify(ctx, verifier.Request{Input: a.Credential}); r.Verdict != verifier.Valid {
			s.t.Errorf("award %s is %s", a.ID, r.Verdict)
		}
	}
	if len(awards) != crashRows || len(acknowledged) > 0 {
		s.t.Errorf("%d awards for %d results; %d acknowledged ones are lost", len(awards), crashRows, len(acknowledged))
	}
}

// open opens the sandbox's data directory in this process.
func (s *sandbox) open() *institution {
	s.t.Helper()
	f := dataFlags{dir: filepath.Join(s.dir, "laurel-data")}
	root := newRoot(nil)
	root.SetErr(os.Stderr)
	in, err := f.open(context.Background(), root)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { in.Close() })
	return in
}

// TestInUse: one process at a time has a data directory, and the other is told so.
func TestInUse(t *testing.T) {
	s := newSandbox(t)
	s.open()
	out, err := s.command("achievement", "list").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "in use by another process") || strings.Count(string(out), "\n") != 1 {
		t.Errorf("%v: %s", err, out)
	}
}
