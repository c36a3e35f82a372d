package repository_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"laurel/internal/repository"
)

// TestUpdateSurvivesKill kills a process in mid update, over and over: the state afterwards
// is the old one or the new one, whole, and the next update is made.
func TestUpdateSurvivesKill(t *testing.T) {
	const variable = "LAUREL_REPOSITORY_KILL_TEST"
	if dir := os.Getenv(variable); dir != "" {
		root := read(t, dir, "old", "1.root.json")
		for i := 0; ; i++ {
			mine := filepath.Join(dir, fmt.Sprint("client", i))
			c := must[*repository.Client](t)(repository.Open(mine, root))
			must[*repository.State](t)(c.Update(ctx, repository.Folder(filepath.Join(dir, "old")), repository.Options{Now: noon}))
			fmt.Println(i)
			must[*repository.State](t)(c.Update(ctx, repository.Folder(filepath.Join(dir, "new")), repository.Options{Now: noon}))
			fmt.Println(i)
		}
	}
	w := newWorld(t)
	dir := t.TempDir()
	if err := copyOver(w.writer.Public(), filepath.Join(dir, "old"), "."); err != nil {
		t.Fatal(err)
	}
	w.rotate("snapshot", role(1, "s2"), "s2")
	w.stage("overlay", lines("o", 7))
	w.next("mirror", lines("m", 21))
	if err := copyOver(w.writer.Public(), filepath.Join(dir, "new"), "."); err != nil {
		t.Fatal(err)
	}
	versions := map[int64]int{}
	for round := range 12 {
		command := exec.Command(os.Args[0], "-test.run=^TestUpdateSurvivesKill$")
		command.Env = append(os.Environ(), variable+"="+dir)
		out, err := command.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		scanner := bufio.NewScanner(out)
		scanner.Scan() // the old version is accepted; the update to the new one begins
		mine := filepath.Join(dir, "client0")
		for awaited := countFiles(t, mine) + round; countFiles(t, mine) < awaited; { // a little further each round
			if _, err := os.Stat(filepath.Join(dir, "client1")); err == nil {
				break // it is done with this one
			}
		}
		if err := command.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = command.Wait() // it was killed
		c := must[*repository.Client](t)(repository.Open(mine, read(t, dir, "old", "1.root.json")))
		s := must[*repository.State](t)(c.State())
		mirror := must[*repository.Lines](t)(s.Lines("mirror")).Len()
		overlay := must[*repository.Lines](t)(s.Lines("overlay")).Len()
		if v := s.Snapshot.Version; v == 1 && (mirror != 20 || overlay != 2) || v == 2 && (mirror != 21 || overlay != 7) || v > 2 {
			t.Fatalf("round %d: version %d with %d and %d lines", round, v, mirror, overlay)
		}
		versions[s.Snapshot.Version]++
		if s, err := c.Update(ctx, repository.Folder(filepath.Join(dir, "new")), repository.Options{Now: noon}); err != nil || s.Snapshot.Version != 2 {
			t.Fatal(err)
		}
		for _, left := range must[[]string](t)(filepath.Glob(filepath.Join(dir, "client*"))) {
			if err := os.RemoveAll(left); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Log("killed with version: times ", versions)
}

// countFiles counts the files that an update has made, those that are half written too.
func countFiles(t *testing.T, dir string) int {
	return len(must[[]string](t)(filepath.Glob(filepath.Join(dir, "public", "*")))) + len(must[[]string](t)(filepath.Glob(filepath.Join(dir, "public", ".tmp-*"))))
}
