package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"laurel/internal/needs"
)

func TestMain(m *testing.M) { testscript.Main(m, map[string]func(){"laurel": main}) }

// TestScripts runs the program as its users do; a script a feature.
func TestScripts(t *testing.T) {
	root := needs.Root(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("EXAMPLES", filepath.Join(root, "examples"))
			env.Setenv("XDG_CONFIG_HOME", filepath.Join(env.WorkDir, "config"))
			env.Setenv("HOME", env.WorkDir)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status": wantStatus, "award": noteAward,
		},
	})
}

// wantStatus: status N laurel … runs the program and demands an exit status.
func wantStatus(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if exit, ok := err.(*exec.ExitError); ok {
		got = strings.TrimPrefix(exit.String(), "exit status ")
	}
	if got != args[0] {
		ts.Fatalf("exit status %s, want %s", got, args[0])
	}
}

// noteAward: award NAME N puts the id on line N of what was printed into a variable.
func noteAward(ts *testscript.TestScript, _ bool, args []string) {
	lines := strings.Split(ts.ReadFile("stdout"), "\n")
	n := int(args[1][0] - '1')
	if n >= len(lines) {
		ts.Fatalf("no line %s in %q", args[1], lines)
	}
	fields := strings.Split(lines[n], "\t")
	if len(fields) < 3 {
		ts.Fatalf("line %q names no award", lines[n])
	}
	ts.Setenv(args[0], fields[1])
	ts.Setenv(args[0]+"_LINK", fields[2])
}

// TestREADME runs the commands that README.md gives to a college, as they stand there.
func TestREADME(t *testing.T) {
	root := needs.Root(t)
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, college, _ := strings.Cut(string(readme), "## As a college")
	s := &sandbox{t: t, binary: build(t), dir: t.TempDir()}
	if err := os.CopyFS(filepath.Join(s.dir, "examples"), os.DirFS(filepath.Join(root, "examples"))); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(s.binary, filepath.Join(s.dir, "laurel")); err != nil {
		t.Fatal(err)
	}
	ran, award := 0, ""
	for line := range strings.Lines(college) {
		if strings.HasPrefix(line, "- ") {
			break
		}
		command, indented := strings.CutPrefix(strings.TrimRight(line, "\n"), "    ")
		if !indented || strings.HasPrefix(command, "go build") || strings.HasSuffix(command, " serve") {
			continue
		}
		ran++
		out, status := s.shell(strings.ReplaceAll(command, "AWARD", award))
		want := "0"
		if strings.Contains(command, "verify") {
			if want = "2"; award != "" && strings.Contains(out, "revoked the badge") {
				want = "1"
			}
		}
		if status != want {
			t.Fatalf("%s\nexit status %s, want %s\n%s", command, status, want, out)
		}
		if strings.Contains(command, "--out") {
			award = strings.Split(out[strings.Index(out, "issued\t"):], "\t")[1]
		}
	}
	if out, status := s.shell("./laurel verify badges/*.png"); ran < 7 || status != "1" || !strings.Contains(out, "revoked the badge") {
		t.Errorf("%d commands ran; at the end verify says %s\n%s", ran, status, out)
	}
}

func (s *sandbox) shell(command string) (out, status string) {
	cmd := exec.Command("sh", "-c", command)
	cmd.Dir, cmd.Env = s.dir, s.command().Env
	raw, err := cmd.CombinedOutput()
	status = "0"
	if exit, ok := err.(*exec.ExitError); ok {
		status = strings.TrimPrefix(exit.String(), "exit status ")
	}
	return string(raw), status
}
