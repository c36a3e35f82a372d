package keys_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"laurel/keys"
)

// TestRingSurvivesKill kills a process that keeps adding keys. Whatever it had acknowledged must be in the file.
func TestRingSurvivesKill(t *testing.T) {
	const variable = "LAUREL_KEYS_KILL_TEST"
	if path := os.Getenv(variable); path != "" {
		ring := must[*keys.Ring](t)(keys.Open(path, secret, cheap))
		for {
			fmt.Println(must[keys.Key](t)(ring.Generate(keys.Ed25519, noon)).ID)
		}
	}
	_, path := newRing(t)
	for round := range 5 {
		command := exec.Command(os.Args[0], "-test.run=^TestRingSurvivesKill$")
		command.Env = append(os.Environ(), variable+"="+path)
		out, err := command.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := command.Start(); err != nil {
			t.Fatal(err)
		}
		var acknowledged []string
		for lines := bufio.NewScanner(out); len(acknowledged) < 3+round && lines.Scan(); {
			acknowledged = append(acknowledged, lines.Text())
		}
		if err := command.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = command.Wait() // it was killed
		held := map[string]bool{}
		for _, k := range must[*keys.Ring](t)(keys.Open(path, secret, cheap)).List() {
			held[k.ID] = true
		}
		for _, id := range acknowledged {
			if !held[id] {
				t.Fatalf("round %d: key %s was acknowledged and is lost", round, id)
			}
		}
	}
}
