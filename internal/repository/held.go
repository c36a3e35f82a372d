package repository

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
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
