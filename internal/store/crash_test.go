//go:build unix

package store_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"laurel/internal/store"
	"laurel/internal/store/storetest"
	"laurel/issuer"
)

// An award's life in this test: issued (step 1), then what steps says, each with its number in
// the reason, so that a recorded award tells how far it came.
var steps = []struct {
	to   issuer.State
	bits issuer.Bits
}{
	2: {issuer.Suspended, issuer.Bits{Suspension: true}},
	3: {issuer.Issued, issuer.Bits{}},
	4: {issuer.Revoked, issuer.Bits{Revocation: true}},
}

// TestKilled kills a process that works on a store, again and again, and demands after
// each kill that the store has every act that was acknowledged and agrees with itself.
func TestKilled(t *testing.T) {
	if path := os.Getenv(envChild); path != "" {
		work(t, path)
		return
	}
	kills := 30
	if testing.Short() {
		kills = 5
	}
	path := filepath.Join(t.TempDir(), "laurel.db")
	acts := acknowledged{step: map[string]int{}, version: map[string]int{}}
	for round := range kills {
		acts.readUntilKilled(t, path, round, 1+rand.IntN(60))
		b := mustOpen(t, path)
		acts.check(t, b)
		mustClose(t, b)
		if t.Failed() {
			return
		}
	}
	t.Logf("%d awards, %d acts on them acknowledged", len(acts.step), acts.count)
}

// envRound numbers the children, each of which makes awards of its own.
const envRound = "LAUREL_TEST_STORE_ROUND"

// acknowledged is what the killed processes said they had done.
type acknowledged struct {
	step    map[string]int // by the award's id
	version map[string]int // published, by the list's name
	count   int
}

// readUntilKilled runs the child, kills it after a number of acts, and reads what it had
// said until then.
func (k *acknowledged) readUntilKilled(t *testing.T, path string, round, acts int) {
	cmd := child(t, path)
	cmd.Env = append(cmd.Env, envRound+"="+strconv.Itoa(round))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	killed := false
	for n := 1; ; n++ {
		line, err := lines.ReadString('\n')
		if err != nil {
			break // what has no end was not said
		}
		k.note(t, line)
		if n == acts {
			killed = cmd.Process.Kill() == nil
		}
	}
	err = cmd.Wait()
	if !killed {
		t.Fatalf("the child ended by itself: %v\n%s", err, &stderr)
	}
}

func (k *acknowledged) note(t *testing.T, line string) {
	t.Helper()
	var name string
	var a int
	switch {
	case scan(line, "step %s %d\n", &name, &a):
		k.step[name] = max(k.step[name], a)
	case scan(line, "published %s %d\n", &name, &a):
		k.version[name] = max(k.version[name], a)
	default:
		t.Fatalf("the child says %q", line)
	}
	k.count++
}

func scan(line, format string, into ...any) bool {
	n, err := fmt.Sscanf(line, format, into...)
	return err == nil && n == len(into)
}

func (k *acknowledged) check(t *testing.T, b *store.Bolt) {
	t.Helper()
	recorded := storetest.Check(t, b)
	for id, step := range k.step {
		a, there := recorded[id]
		switch {
		case !there:
			t.Errorf("award %s is lost", id)
		case stepOf(a) < step:
			t.Errorf("award %s is at step %d, acknowledged was %d", id, stepOf(a), step)
		case !bytes.Equal(a.Credential, numbered(id).Credential) || !bytes.Equal(a.Token, numbered(id).Token):
			t.Errorf("award %s has other signed bytes", id)
		case a.List != numbered(id).List || a.Index != numbered(id).Index:
			t.Errorf("award %s is at %d, %d", id, a.List, a.Index)
		}
	}
	for name, version := range k.version {
		l, err := b.StatusList(t.Context(), name)
		if err != nil || l.Published < version || string(l.Credential) != fmt.Sprintf("list at version %d", l.Published) {
			t.Errorf("list %s is published at version %d with %q, acknowledged was %d: %v", name, l.Published, l.Credential, version, err)
		}
	}
}

// numbered returns the sample award of an ID.
func numbered(id string) issuer.Award {
	n, _ := strconv.Atoi(strings.TrimLeft(id[strings.LastIndex(id, "-")+1:], "0"))
	return sample(n)
}

func stepOf(a issuer.Award) int {
	step := 1
	fmt.Sscanf(a.Reason, "step %d", &step)
	return step
}

// work is the child: two workers live through the lives of awards until they are killed.
func work(t *testing.T, path string) {
	b := mustOpen(t, path)
	round, err := strconv.Atoi(os.Getenv(envRound))
	if err != nil {
		t.Fatal(err)
	}
	first := round*1000 + 1
	var group sync.WaitGroup
	for worker := range 2 {
		group.Go(func() {
			for n := first + worker*400; !t.Failed() && n < first+(worker+1)*400; n += 4 {
				live(t, b, n, n+3)
			}
		})
	}
	group.Wait()
}

// live issues awards, takes each some steps further, and publishes the lists.
func live(t *testing.T, b *store.Bolt, from, to int) {
	if err := add(t, b, from, to); err != nil {
		t.Error(err)
		return
	}
	for _, a := range samples(from, to) {
		say("step %s 1\n", a.ID)
	}
	for _, a := range samples(from, to) {
		for step := 2; step < 2+rand.IntN(4); step++ {
			from := []issuer.State{issuer.Issued, issuer.Suspended}
			if _, err := b.SetState(t.Context(), a.ID, from, steps[step].to, fmt.Sprintf("step %d", step), at, steps[step].bits); err != nil {
				t.Error(err)
				return
			}
			say("step %s %d\n", a.ID, step)
		}
	}
	publish(t, b)
}

func publish(t *testing.T, b *store.Bolt) {
	lists, err := b.StatusLists(t.Context())
	if err != nil {
		t.Error(err)
	}
	for _, l := range lists {
		err := b.PublishStatusList(t.Context(), l.Name, l.Version, fmt.Appendf(nil, "list at version %d", l.Version))
		if err == nil {
			say("published %s %d\n", l.Name, l.Version)
		} else if !errors.Is(err, issuer.ErrConflict) {
			t.Error(err)
		}
	}
}

// say writes a line at once, past every buffer of this process.
func say(format string, args ...any) { fmt.Fprintf(os.Stdout, format, args...) }
