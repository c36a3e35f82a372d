//go:build unix

package store_test

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"laurel/internal/store"
)

// TestMirrorKilled kills a process that imports, again and again. After each kill the mirror
// holds exactly the imports that it says are accepted, each of them whole, and at least those
// that were acknowledged.
func TestMirrorKilled(t *testing.T) {
	if path := os.Getenv(envChild); path != "" {
		importForEver(t, path)
		return
	}
	kills := 15
	if testing.Short() {
		kills = 4
	}
	path, acknowledged := filepath.Join(t.TempDir(), "mirror.db"), uint64(0)
	for range kills {
		acknowledged = max(acknowledged, importsUntilKilled(t, path, 1+rand.IntN(40)))
		m := openMirror(t, path)
		checkGenerations(t, m, acknowledged)
		m.Close()
		if t.Failed() {
			return
		}
	}
	t.Logf("%d imports were acknowledged", acknowledged)
}

func importsUntilKilled(t *testing.T, path string, lines int) (acknowledged uint64) {
	cmd := child(t, path)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	killed, reader := false, bufio.NewReader(out)
	for n := 1; ; n++ {
		line, err := reader.ReadString('\n')
		if err != nil {
			break
		}
		var number uint64
		if scan(line, "accepted %d\n", &number) {
			acknowledged = number
		}
		if n == lines {
			killed = cmd.Process.Kill() == nil
		}
	}
	if err := cmd.Wait(); !killed {
		t.Fatalf("the child ended by itself: %v", err)
	}
	return acknowledged
}

const rowsOfGeneration = 60

// generation returns the rows of an import: all of them say its number, and some are missing.
func generation(number uint64) (rows []store.MirrorPut) {
	for id := range uint64(rowsOfGeneration) {
		if (id+number)%7 != 0 {
			rows = append(rows, store.MirrorPut{Kind: "k", ID: fmt.Sprintf("%03d", id), Body: fmt.Appendf(nil, "%d", number)})
		}
	}
	return rows
}

func importForEver(t *testing.T, path string) {
	m := openMirror(t, path)
	for {
		i, pending, err := m.Pending(t.Context())
		if err == nil && !pending {
			all, _ := m.Imports(t.Context())
			i, err = m.Begin(t.Context(), store.MirrorImport{Observed: observed(uint64(len(all) + 1)), Full: []string{"k"}})
		}
		rows := generation(i.Number)
		for n := 0; err == nil && i.State == store.ImportStaging && n < len(rows); n += 10 {
			err = m.Stage(t.Context(), i.Number, rows[n:min(n+10, len(rows))])
			say("staged %d\n", i.Number)
		}
		if err == nil && i.State == store.ImportStaging {
			i, err = m.Seal(t.Context(), i.Number)
		}
		if err == nil {
			say("sealed %d\n", i.Number)
			if i.Number%5 == 0 {
				err = m.Discard(t.Context(), i.Number, observed(i.Number), "")
			} else {
				_, err = m.Accept(t.Context(), i.Number, observed(i.Number), "")
				say("accepted %d\n", i.Number)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func checkGenerations(t *testing.T, m *store.Mirror, acknowledged uint64) {
	t.Helper()
	all, err := m.Imports(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	last := uint64(0)
	for _, i := range all {
		if i.State == store.ImportAccepted {
			last = i.Number
			checkGeneration(t, m, store.View{At: observed(i.Number)}, i.Number)
		}
	}
	if last < acknowledged {
		t.Errorf("%d is lost: the last import is %d", acknowledged, last)
	}
	if last > 0 {
		checkGeneration(t, m, store.View{}, last)
	}
}

func checkGeneration(t *testing.T, m *store.Mirror, view store.View, number uint64) {
	t.Helper()
	want, live := generation(number), 0
	err := m.Rows(t.Context(), view, "k", func(r store.MirrorRow) error {
		if r.Gone {
			return nil
		}
		if live >= len(want) || r.ID != want[live].ID || string(r.Body) != string(want[live].Body) {
			t.Errorf("import %d: row %s says %s", number, r.ID, r.Body)
		}
		live++
		return nil
	})
	if err != nil || live != len(want) {
		t.Errorf("import %d: %d rows of %d, %v", number, live, len(want), err)
	}
}
