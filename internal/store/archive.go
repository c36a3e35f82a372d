package store

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
)

// Archive keeps bytes that were fetched, compressed, each under its SHA-256 in a file that
// never changes.
type Archive struct{ folder string }

// OpenArchive opens the archive in a folder, and makes the folder if there is none.
func OpenArchive(folder string) (*Archive, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, openError(folder, err)
	}
	return &Archive{folder}, nil
}

// Draft is a file of an archive that is being written.
type Draft struct {
	archive *Archive
	file    *os.File
	zip     *gzip.Writer
	digest  hash.Hash
	bytes   int64
}

// Draft begins a file. It is kept by Keep or dropped by Drop.
func (a *Archive) Draft() (*Draft, error) {
	file, err := os.CreateTemp(a.folder, "draft-*")
	if err != nil {
		return nil, openError(a.folder, err)
	}
	zip, err := gzip.NewWriterLevel(file, gzip.BestSpeed)
	return &Draft{archive: a, file: file, zip: zip, digest: sha256.New()}, err
}

// Write adds bytes.
func (d *Draft) Write(p []byte) (int, error) {
	n, err := d.zip.Write(p)
	d.digest.Write(p[:n])
	d.bytes += int64(n)
	return n, err
}

// Keep makes the file durable and returns its name, the SHA-256 of the bytes, and their
// number. Bytes that are kept already stay as they are.
func (d *Draft) Keep() (digest string, bytes int64, err error) {
	digest = hex.EncodeToString(d.digest.Sum(nil))
	path := d.archive.path(digest)
	err = errors.Join(d.zip.Close(), d.file.Sync(), d.file.Close())
	if err == nil {
		err = os.MkdirAll(filepath.Dir(path), 0o700)
	}
	if err == nil {
		err = os.Rename(d.file.Name(), path)
	}
	if err != nil {
		return "", 0, errors.Join(err, os.Remove(d.file.Name()))
	}
	return digest, d.bytes, errors.Join(syncFolder(filepath.Dir(path)), syncFolder(d.archive.folder))
}

// Drop forgets the draft.
func (d *Draft) Drop() error { return errors.Join(d.file.Close(), os.Remove(d.file.Name())) }

func (a *Archive) path(digest string) string {
	return filepath.Join(a.folder, digest[:2], digest+".gz")
}

// Put keeps bytes that are in memory.
func (a *Archive) Put(content []byte) (digest string, err error) {
	d, err := a.Draft()
	if err != nil {
		return "", err
	}
	if _, err := d.Write(content); err != nil {
		return "", errors.Join(err, d.Drop())
	}
	digest, _, err = d.Keep()
	return digest, err
}

// Open reads what is kept under a SHA-256. The end of the bytes is an error where they are
// others than those that were kept.
func (a *Archive) Open(digest string) (io.ReadCloser, error) {
	if raw, err := hex.DecodeString(digest); err != nil || len(raw) != sha256.Size {
		return nil, fmt.Errorf("%.80q is not a SHA-256", digest)
	}
	file, err := os.Open(a.path(digest))
	if err != nil {
		return nil, err
	}
	zip, err := gzip.NewReader(file)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %w", errDamaged, err), file.Close())
	}
	return &kept{file: file, zip: zip, digest: sha256.New(), want: digest}, nil
}

type kept struct {
	file   *os.File
	zip    *gzip.Reader
	digest hash.Hash
	want   string
}

func (k *kept) Read(p []byte) (int, error) {
	n, err := k.zip.Read(p)
	k.digest.Write(p[:n])
	if err == io.EOF && hex.EncodeToString(k.digest.Sum(nil)) != k.want {
		err = errDamaged
	}
	return n, err
}

func (k *kept) Close() error { return k.file.Close() }

// Clean removes drafts that a killed process left behind.
func (a *Archive) Clean() error {
	left, err := filepath.Glob(filepath.Join(a.folder, "draft-*"))
	for _, path := range left {
		err = errors.Join(err, os.Remove(path))
	}
	return err
}
