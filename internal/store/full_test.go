//go:build unix

package store_test

import (
	"errors"
	"math"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"laurel/internal/store"
	"laurel/internal/store/storetest"
)

// envChild asks a test to do, in a process of its own, what its parent watches. Its value
// is the path of the store.
const envChild = "LAUREL_TEST_STORE_CHILD"

func child(t *testing.T, path string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), envChild+"="+path)
	return cmd
}

// TestFullDisk limits the size of files in a process of its own, first at the file's end,
// so that the file cannot grow, then in its middle, so that pages cannot be written.
func TestFullDisk(t *testing.T) {
	path := os.Getenv(envChild)
	if path == "" {
		if out, err := child(t, filepath.Join(t.TempDir(), "laurel.db")).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	signal.Ignore(syscall.SIGXFSZ)
	b := mustOpen(t, path)
	mustAdd(t, b, 1, 100)
	n := fillUp(t, b, 100, fileSize(t, path))
	n = fillUp(t, b, n, fileSize(t, path)/2)
	mustClose(t, b)
	b = mustOpen(t, path)
	if got := len(storetest.Check(t, b)); got != n {
		t.Errorf("%d awards after reopening, want %d", got, n)
	}
	mustClose(t, b)
}

// fillUp records awards after the first n until there is no room, makes room, and goes
// on with the batch that had failed. It returns the number of awards then.
func fillUp(t *testing.T, b *store.Bolt, n int, limit uint64) int {
	const batch = 10
	limitFiles(t, limit)
	for {
		err := add(t, b, n+1, n+batch)
		if errors.Is(err, store.ErrFull) {
			break
		}
		if err != nil || n > 100_000 {
			t.Fatalf("after %d awards: %v", n, err)
		}
		n += batch
	}
	if got := len(storetest.Check(t, b)); got != n {
		t.Errorf("%d awards while there is no room, want %d", got, n)
	}
	limitFiles(t, math.MaxInt64)
	mustAdd(t, b, n+1, n+batch)
	return n + batch
}

func limitFiles(t *testing.T, size uint64) {
	t.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	limit.Cur = min(size, limit.Max)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
}

func fileSize(t *testing.T, path string) uint64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return uint64(info.Size())
}
