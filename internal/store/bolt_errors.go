package store

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	berrors "go.etcd.io/bbolt/errors"
)

var (
	// ErrInUse: another process holds the file.
	ErrInUse = errors.New("the data directory is in use by another process; stop it, or use its API")
	// ErrFull: the disk, a quota or a limit on file sizes left no room. Nothing was
	// recorded, and the store works on once there is room.
	ErrFull = errors.New("nothing was recorded, for the disk is full or a limit on file sizes is reached; make room and try again")

	errDamaged = errors.New("the file is damaged")
	errBroken  = errors.New("an earlier write to the data file failed, and what the disk holds is not known; check the disk, then restart this program")
)

// openError says why the file at path cannot be opened, and what to do.
func openError(path string, err error) error {
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return ErrInUse
	case errors.Is(err, errDamaged):
		return fmt.Errorf("%s cannot be read; restore it from a backup: %w", path, err)
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrVersionMismatch), errors.Is(err, berrors.ErrChecksum):
		return fmt.Errorf("%s is not a data file of this program, or it is damaged; name another data directory, or restore it from a backup: %w", path, err)
	case noRoom(err):
		return fmt.Errorf("%s: %w: %w", path, ErrFull, err)
	case errors.Is(err, syscall.EROFS):
		return fmt.Errorf("%s is on a read-only disk; mount it writable, or name another data directory: %w", path, err)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s may not be read and written by this user; run as the user who owns it: %w", path, err)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("the folder of %s does not exist; make it first: %w", path, err)
	}
	return fmt.Errorf("%s cannot be opened; check the path and the disk, or restore it from a backup: %w", path, err)
}

func beginError(err error) error {
	if errors.Is(err, berrors.ErrDatabaseNotOpen) {
		return errors.New("the store is closed")
	}
	return fmt.Errorf("%w: %w", errBroken, err)
}

// commitError says what a failed commit left behind.
func commitError(err error) error {
	switch {
	case untouched(err):
		return fmt.Errorf("%w: %w", ErrFull, err)
	case noRoom(err):
		return fmt.Errorf("the disk is full; make room, then restart this program: %w", err)
	}
	return fmt.Errorf("the data file cannot be written; check the disk, then restart this program: %w", err)
}

// resizing begins the text of bbolt's error when the file cannot grow, the first thing
// that a commit does; bbolt keeps only the text of the cause.
const resizing = "file resize error: "

// untouched reports whether a commit failed for want of room while it wrote pages that
// nothing refers to yet. A failed sync, in contrast, leaves the disk in doubt.
func untouched(err error) bool {
	var writing *fs.PathError
	return noRoom(err) && (errors.As(err, &writing) || strings.HasPrefix(err.Error(), resizing))
}

func noRoom(err error) bool {
	for _, cause := range []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG} {
		if errors.Is(err, cause) || strings.HasPrefix(err.Error(), resizing) && strings.HasSuffix(err.Error(), cause.Error()) {
			return true
		}
	}
	return false
}
