// Package durable answers: are these bytes on the disk, whole, and does nobody else write
// here?
//
// What it does not know is what the bytes mean.
package durable

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
)

// Replace puts bytes in the place of a file, which anybody may read; folders on the way are
// made. A crash leaves the old bytes or the new ones; a nil error means that the new ones are
// on the disk.
func Replace(path string, content []byte) error {
	return Write(path, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}

// Write is Replace for content that is written piece by piece. When write fails, the old
// bytes stay, and its error is returned as it is.
func Write(path string, write func(io.Writer) error) error {
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(folder, ".tmp-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // after the rename there is nothing left to remove
	if err := write(f); err != nil {
		f.Close()
		return err
	}
	if err := errors.Join(f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncFolder(folder)
}

// syncFolder makes a rename durable. Windows has no such call and needs none.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// ErrLocked: another process, or another part of this one, writes there.
var ErrLocked = errors.New("somebody else is writing there")

// Lock keeps others from writing in a folder, which is made where it is missing, until it is
// unlocked or the process ends. It does not wait.
func Lock(folder string) (unlock func() error, err error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, err
	}
	f, err := lock(filepath.Join(folder, ".lock"))
	if err != nil {
		return nil, err
	}
	return f.Close, nil
}
