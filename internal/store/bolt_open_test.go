package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"laurel/internal/store"
	"laurel/issuer"
)

func TestOpenMakesAFileForItsOwner(t *testing.T) {
	path := filepath.Join(t.TempDir(), "laurel.db")
	mustClose(t, mustOpen(t, path))
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %o, want 600", info.Mode().Perm())
	}
}

func TestOpenInUse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "laurel.db")
	first := mustOpen(t, path)
	if _, err := store.OpenBolt(path); !errors.Is(err, store.ErrInUse) {
		t.Errorf("second opening: %v, want ErrInUse", err)
	}
	mustClose(t, first)
	mustClose(t, mustOpen(t, path))
}

// refused opens a file that must be refused unchanged, with words that help.
func refused(t *testing.T, path, words string) {
	t.Helper()
	before, _ := os.ReadFile(path)
	b, err := store.OpenBolt(path)
	if err == nil {
		mustClose(t, b)
		t.Fatalf("opened; want an error with %q", words)
	}
	if !strings.Contains(err.Error(), words) {
		t.Errorf("error %q does not say %q", err, words)
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		t.Error("the refused file was changed")
	}
}

func TestOpenRefusesWhatIsNoStore(t *testing.T) {
	for name, content := range map[string]string{
		"short text": "hello", "long text": strings.Repeat("hello, world\n", 9000), "zeros": strings.Repeat("\x00", 65536),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "laurel.db")
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			refused(t, path, "not a data file")
		})
	}
	t.Run("folder", func(t *testing.T) { refused(t, t.TempDir(), "check the path") })
	t.Run("no folder", func(t *testing.T) {
		refused(t, filepath.Join(t.TempDir(), "none", "laurel.db"), "does not exist; make it first")
	})
}

// change edits a closed store's file with bbolt alone.
func change(t *testing.T, path string, edit func(*bbolt.Tx) error) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Update(edit), db.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestOpenRefusesOtherFormats(t *testing.T) {
	format := func(value string) func(*bbolt.Tx) error {
		return func(tx *bbolt.Tx) error { return tx.Bucket([]byte("laurel")).Put([]byte("format"), []byte(value)) }
	}
	for name, c := range map[string]struct {
		edit  func(*bbolt.Tx) error
		words string
	}{
		"newer":          {format("3"), "newer version of this program (format 3, this one knows 2); use that version"},
		"none":           {format(""), "restore it from a backup"},
		"no number":      {format("x"), "restore it from a backup"},
		"below":          {format("0"), "restore it from a backup"},
		"lost bucket":    {func(tx *bbolt.Tx) error { return tx.DeleteBucket([]byte("awards")) }, "restore it from a backup"},
		"another's file": {func(tx *bbolt.Tx) error { return tx.DeleteBucket([]byte("laurel")) }, "belongs to another program"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "laurel.db")
			mustClose(t, mustOpen(t, path))
			change(t, path, c.edit)
			refused(t, path, c.words)
		})
	}
}

// TestOpenRefusesCutFiles cuts a store's file at every page, as an interrupted copy does.
func TestOpenRefusesCutFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "laurel.db")
	b := mustOpen(t, path)
	for n := range 20 { // many acts, so that the file's parts do not lie in order
		mustAdd(t, b, n*10+1, n*10+10)
	}
	mustAdd(t, b, 201, 201)
	var size int64
	if err := b.DB().View(func(tx *bbolt.Tx) error { size = tx.Size(); return nil }); err != nil {
		t.Fatal(err)
	}
	mustClose(t, b)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	page := int64(os.Getpagesize())
	for cut := page; cut < size; cut += page {
		copied := filepath.Join(t.TempDir(), fmt.Sprintf("cut-%d", cut))
		if err := os.WriteFile(copied, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		refused(t, copied, "restore it from a backup")
	}
}

func TestErrorsSayWhatToDo(t *testing.T) {
	path := func(cause error) error { return &fs.PathError{Op: "open", Path: "laurel.db", Err: cause} }
	for _, c := range []struct {
		err   error
		is    error
		words string
	}{
		{store.OpenError("laurel.db", berrors.ErrTimeout), store.ErrInUse, "stop it, or use its API"},
		{store.OpenError("laurel.db", path(syscall.EROFS)), syscall.EROFS, "read-only disk; mount it writable"},
		{store.OpenError("laurel.db", path(syscall.EACCES)), fs.ErrPermission, "run as the user who owns it"},
		{store.OpenError("laurel.db", path(syscall.ENOSPC)), store.ErrFull, "make room and try again"},
		{store.OpenError("laurel.db", path(syscall.EIO)), syscall.EIO, "check the path and the disk"},
		{store.OpenError("laurel.db", berrors.ErrVersionMismatch), berrors.ErrVersionMismatch, "not a data file"},
		{store.CommitError(path(syscall.ENOSPC)), store.ErrFull, "make room and try again"},
		{store.CommitError(path(syscall.EDQUOT)), store.ErrFull, "make room and try again"},
		{store.CommitError(errors.New("file resize error: truncate laurel.db: " + syscall.EFBIG.Error())), store.ErrFull, "make room"},
		{store.CommitError(syscall.ENOSPC), syscall.ENOSPC, "make room, then restart"},
		{store.CommitError(syscall.EIO), syscall.EIO, "check the disk, then restart"},
	} {
		if !errors.Is(c.err, c.is) || !strings.Contains(c.err.Error(), c.words) {
			t.Errorf("%q: is not %q, or does not say %q", c.err, c.is, c.words)
		}
	}
	for _, doubtful := range []error{syscall.ENOSPC, syscall.EIO, path(syscall.EIO), errors.New("mmap allocate error: " + syscall.ENOSPC.Error())} {
		if store.Untouched(doubtful) {
			t.Errorf("%q counts as harmless", doubtful)
		}
	}
}

func TestNothingGoesOnInDoubt(t *testing.T) {
	b := mustOpen(t, filepath.Join(t.TempDir(), "laurel.db"))
	b.Break()
	if err := b.SetProfile(t.Context(), issuer.Profile{ID: "did:web:college.example"}); !errors.Is(err, store.ErrBroken) {
		t.Errorf("write: %v", err)
	}
	if _, err := b.Profile(t.Context()); !errors.Is(err, store.ErrBroken) {
		t.Errorf("read: %v", err)
	}
	mustClose(t, b)
	if _, err := b.Profile(t.Context()); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("after Close: %v", err)
	}
}
