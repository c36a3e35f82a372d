package keys

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
)

// writeNew makes a file that did not exist: complete and durable, or not there. The error of an existing file wraps
// fs.ErrExist.
func writeNew(path string, b []byte) error { return writeFile(path, b, os.Link) }

// replace puts new bytes in the place of a file. A crash leaves the old or the new ones; a nil error means that the
// new ones are on the disk.
func replace(path string, b []byte) error { return writeFile(path, b, os.Rename) }

func writeFile(path string, b []byte, publish func(from, to string) error) error {
	// CreateTemp gives mode 0600, so that nobody else can read the bytes at any moment.
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.tmp")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // after a rename there is nothing left to remove
	_, err = f.Write(b)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return err
	}
	if err := publish(f.Name(), path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder makes a rename or link durable. Windows has no such call and needs none.
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
