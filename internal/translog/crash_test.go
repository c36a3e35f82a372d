package translog_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"laurel/internal/translog"
)

// TestLogSurvivesKill kills a process that keeps appending. Every checkpoint that it
// published is contained in what comes later: there is one history.
func TestLogSurvivesKill(t *testing.T) {
	const variable = "LAUREL_TRANSLOG_KILL_TEST"
	if dir := os.Getenv(variable); dir != "" {
		w := must[*translog.Writer](t)(translog.OpenWriter(dir, origin, key(1)))
		for {
			_, c, err := w.Append([]byte(fmt.Sprint(os.Getpid())), []byte("b"), []byte("c"))
			fmt.Println(c.Size, err)
		}
	}
	dir, p := t.TempDir(), policy(t)
	var last translog.Checkpoint
	for round := range 8 {
		command := exec.Command(os.Args[0], "-test.run=^TestLogSurvivesKill$")
		command.Env = append(os.Environ(), variable+"="+dir)
		out, err := command.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		acknowledged := int64(0)
		for lines, n := bufio.NewScanner(out), 0; n < 2+round && lines.Scan(); n++ {
			if _, err := fmt.Sscanf(lines.Text(), "%d <nil>", &acknowledged); err != nil {
				t.Fatal(lines.Text())
			}
		}
		if err := command.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = command.Wait() // it was killed
		next, err := p.Follow(ctx, last, read(t, dir, "checkpoint"), translog.Folder(dir))
		if err != nil || next.Size < acknowledged {
			t.Fatalf("round %d: %d leaves of %d: %v", round, next.Size, acknowledged, err)
		}
		last = next
	}
}
