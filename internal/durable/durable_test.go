package durable_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"laurel/internal/durable"
)

func TestReplace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b", "file")
	for _, want := range []string{"old", "new, longer", ""} {
		if err := durable.Replace(path, []byte(want)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != want {
			t.Fatal(string(got), err)
		}
	}
}

func TestFailedWriteLeavesTheOld(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := durable.Replace(path, []byte("old")); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	err := durable.Write(path, func(w io.Writer) error {
		io.WriteString(w, "half")
		return broken
	})
	if err != broken {
		t.Error(err)
	}
	if got, _ := os.ReadFile(path); string(got) != "old" {
		t.Errorf("%q", got)
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
		t.Error("something is left behind: ", left)
	}
}

func TestLock(t *testing.T) {
	folder := t.TempDir()
	unlock, err := durable.Lock(folder)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := durable.Lock(folder); !errors.Is(err, durable.ErrLocked) {
		t.Error("two writers: ", err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	again, err := durable.Lock(folder)
	if err != nil {
		t.Fatal(err)
	}
	again()
}
