package repository

import (
	"errors"
	"fmt"
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
