package repository

import (
	"crypto"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"laurel/internal/durable"
	"laurel/internal/signed"
)

// Writer makes the versions of a registry, in a folder: below it, "staged" holds the
// documents that people sign, and "public" what is published. A version goes through three
// acts, which different people may do on different machines: it is staged; each holder of a
// role adds a signature to a file (SignFile); and it is published when there are enough. A
// Writer is not safe for concurrent use.
type Writer struct {
	dir    string
	unlock func() error
}

// OpenWriter opens a folder for writing, or makes one. While it is open, nobody else can; the
// error is durable.ErrLocked then.
func OpenWriter(dir string) (*Writer, error) {
	unlock, err := durable.Lock(dir)
	if err != nil {
		return nil, err
	}
	w := &Writer{dir, unlock}
	if err := errors.Join(os.MkdirAll(w.public(), 0o755), os.MkdirAll(w.staged(), 0o755)); err != nil {
		return nil, errors.Join(err, unlock())
	}
	if err := w.sweep(); err != nil {
		return nil, errors.Join(err, unlock())
	}
	return w, nil
}

// Close lets others write.
func (w *Writer) Close() error { return w.unlock() }

func (w *Writer) public() string { return filepath.Join(w.dir, "public") }
func (w *Writer) staged() string { return filepath.Join(w.dir, "staged") }

// Public is the folder to be served.
func (w *Writer) Public() string { return w.public() }

// SignFile adds a signature to a document that is staged, whatever its role; it is for the
// holder of a key, on the holder's own machine. Whoever signs reads the document first.
func SignFile(path string, signer crypto.Signer) error {
	document, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	u, err := signed.Read(document, maxSnapshot)
	if err != nil {
		return err
	}
	kind, err := kindOf(u.UnverifiedPayload())
	if err != nil {
		return err
	}
	if u, err = u.Sign(mediaType(kind), signer); err != nil {
		return err
	}
	return durable.Replace(path, u.Bytes())
}

// Pending is a document that is staged.
type Pending struct {
	Path    string
	Role    string
	Signers []string // thumbprints of the role's keys that are said to have signed
	Need    int
}

// Pending lists the documents that are staged, and what they lack.
func (w *Writer) Pending() ([]Pending, error) {
	names, err := w.stagedDocuments()
	if err != nil {
		return nil, err
	}
	root, err := w.newestRoot(true)
	if err != nil {
		return nil, err
	}
	var list []Pending
	for _, name := range names {
		document, err := os.ReadFile(filepath.Join(w.staged(), name))
		if err != nil {
			return nil, err
		}
		u, err := signed.Read(document, maxSnapshot)
		if err != nil {
			return nil, err
		}
		role := strings.Split(name, ".")[1]
		p := Pending{Path: filepath.Join(w.staged(), name), Role: role, Need: root.Roles[role].Threshold}
		for _, kid := range u.Claimed() {
			if root.Roles[role].holds(kid) {
				p.Signers = append(p.Signers, kid)
			}
		}
		list = append(list, p)
	}
	return list, nil
}

func (w *Writer) stagedDocuments() ([]string, error) {
	files, err := os.ReadDir(w.staged())
	var names []string
	for _, f := range files {
		if strings.HasSuffix(f.Name(), ".json") {
			names = append(names, f.Name())
		}
	}
	return names, err
}

// newestRoot is the newest that is published, or, where drafts count, the one that is staged,
// which may lack signatures.
func (w *Writer) newestRoot(drafts bool) (*Root, error) {
	version := int64(0)
	for {
		if _, err := os.Stat(filepath.Join(w.public(), rootFile(version+1))); err != nil {
			break
		}
		version++
	}
	if drafts {
		document, err := os.ReadFile(filepath.Join(w.staged(), rootFile(version+1)))
		if err == nil {
			payload, err := claim(document, maxRoot)
			if err != nil {
				return nil, err
			}
			return parseRoot(payload)
		}
	}
	document, err := os.ReadFile(filepath.Join(w.public(), rootFile(version)))
	if err != nil {
		return nil, err
	}
	return ReadRoot(document)
}

// published is what clients see now; nil before the first publication.
type published struct {
	root      *Root // under which it was published
	timestamp *Timestamp
	snapshot  *Snapshot
}

func (w *Writer) published() (*published, error) {
	document, err := os.ReadFile(filepath.Join(w.public(), timestampFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	root, err := w.newestRoot(false)
	if err != nil {
		return nil, err
	}
	// A new root may be there already, when publishing was interrupted.
	for version := root.Version; version > 0; version-- {
		raw, err := os.ReadFile(filepath.Join(w.public(), rootFile(version)))
		if err != nil {
			return nil, err
		}
		if root, err = ReadRoot(raw); err != nil {
			return nil, err
		}
		if p, err := w.publishedUnder(root, document); err == nil {
			return p, nil
		}
	}
	return nil, fmt.Errorf("%w: no root vouches for what is published", ErrForm)
}

func (w *Writer) publishedUnder(root *Root, timestamp []byte) (*published, error) {
	p := &published{root: root}
	var err error
	if p.timestamp, err = root.Timestamp(timestamp); err != nil {
		return nil, err
	}
	document, err := os.ReadFile(filepath.Join(w.public(), snapshotFile(p.timestamp.Snapshot.Version)))
	if err != nil {
		return nil, err
	}
	p.snapshot, err = root.Snapshot(document)
	return p, err
}

// sweep removes what was staged and is published already: publishing was interrupted at its
// end.
func (w *Writer) sweep() error {
	now, err := w.published()
	if err != nil || now == nil {
		return err
	}
	names, err := w.stagedDocuments()
	for _, name := range names {
		var version int64
		fmt.Sscanf(name, "%d.", &version)
		role := strings.Split(name, ".")[1]
		done := role == RoleSnapshot && version <= now.snapshot.Version || role == RoleRoot && version <= now.root.Version
		if ref, ok := now.snapshot.Shards[role]; ok && version <= ref.Version {
			done = true
		}
		if done {
			err = errors.Join(err, os.Remove(filepath.Join(w.staged(), name)))
		}
	}
	return err
}
