package repository

import (
	"crypto"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Newest returns what the newest document of a shard says, staged or published, whoever
// signed it; nil where there is none yet.
func (w *Writer) Newest(shard string) (*Shard, error) {
	now, err := w.published()
	if err != nil {
		return nil, err
	}
	document, err := w.shardDocument(now, shard)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	payload, err := claim(document, maxShard)
	if err != nil {
		return nil, err
	}
	return parseShard(payload)
}

// SnapshotExpires is when the published snapshot is no longer good; zero: nothing is
// published.
func (w *Writer) SnapshotExpires() (time.Time, error) {
	now, err := w.published()
	if err != nil || now == nil {
		return time.Time{}, err
	}
	return now.snapshot.Expires, nil
}

// DraftRoot reads a root that nobody need have signed: for those who are asked to.
func DraftRoot(document []byte) (*Root, error) {
	payload, err := claim(document, maxRoot)
	if err != nil {
		return nil, err
	}
	return parseRoot(payload)
}

// Witnesses is how many witnesses cosigned the checkpoint by which the snapshot is in the log.
func (s *State) Witnesses() int {
	checkpoint, err := s.Root.Log.Open([]byte(s.Inclusion.Checkpoint))
	if err != nil {
		return 0
	}
	return len(checkpoint.Cosigned)
}

// Content reads the content of a shard from the disk, and checks its digest again.
func (s *State) Content(shard string) ([]byte, error) {
	document, ok := s.Shards[shard]
	if !ok {
		return nil, fmt.Errorf("%w: no shard %q", ErrForm, shard)
	}
	content, err := os.ReadFile(filepath.Join(s.dir, contentFile(document.SHA256, shard)))
	if err != nil {
		return nil, err
	}
	if digest(content) != document.SHA256 {
		return nil, fmt.Errorf("%w: the content of %s", ErrDigest, shard)
	}
	return content, nil
}

// SnapshotEntry is what stands in the log for a version of the snapshot.
func SnapshotEntry(version int64, document []byte) []byte {
	return snapshotEntry(Ref{Version: version, SHA256: digest(document)})
}

// Holds tells whether a role has a key.
func (r Role) Holds(key crypto.PublicKey) bool {
	return slices.ContainsFunc(r.Keys, func(k crypto.PublicKey) bool {
		return k.(interface{ Equal(crypto.PublicKey) bool }).Equal(key)
	})
}

// Holds tells whether a role of the root has a key.
func (r *Root) Holds(role string, key crypto.PublicKey) bool { return r.Roles[role].Holds(key) }

// Published returns what the published document of a shard says; nil where there is none.
func (w *Writer) Published(shard string) (*Shard, error) {
	now, err := w.published()
	if err != nil || now == nil {
		return nil, err
	}
	ref, listed := now.snapshot.Shards[shard]
	if !listed {
		return nil, nil
	}
	document, err := os.ReadFile(filepath.Join(w.public(), shardFile(ref.Version, shard)))
	if err != nil {
		return nil, err
	}
	return now.root.Shard(shard, document)
}

// Names tells whether the bytes are those of the document that is meant.
func (r Ref) Names(document []byte) bool { return r.names(document) }

// Stands tells whether the newest root, draft or not, takes the published document of a shard:
// after its holders were replaced it has to be signed again.
func (w *Writer) Stands(shard string) (bool, error) {
	now, err := w.published()
	if err != nil || now == nil {
		return err == nil, err
	}
	root, err := w.newestRoot(true)
	if err != nil {
		return false, err
	}
	document, err := os.ReadFile(filepath.Join(w.public(), shardFile(now.snapshot.Shards[shard].Version, shard)))
	if err != nil {
		return false, err
	}
	_, err = root.Shard(shard, document)
	return err == nil, nil
}

// DiscardRoot removes a root that is staged.
func (w *Writer) DiscardRoot() error {
	root, err := w.newestRoot(false)
	if err != nil {
		return err
	}
	return os.Remove(filepath.Join(w.staged(), rootFile(root.Version+1)))
}

// NewestRoot is the root that is staged, which may lack signatures, or else the published one.
func (w *Writer) NewestRoot() (*Root, error) { return w.newestRoot(true) }
