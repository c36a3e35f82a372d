package repository

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"laurel/internal/durable"
	"laurel/internal/signed"
	"laurel/internal/translog"
)

// stage writes a draft. One that says the same stays, with the signatures that it has.
func (w *Writer) stage(name string, payload []byte) (string, error) {
	path := filepath.Join(w.staged(), name)
	draft := signed.Draft(payload).Bytes()
	if document, err := os.ReadFile(path); err == nil && samePayload(document, draft, maxSnapshot) {
		return path, nil
	}
	return path, durable.Replace(path, draft)
}

// StageRoot stages a root, and returns the path of the document to be signed: by the holders
// of the root before, and by its own. The version is given by the writer.
func (w *Writer) StageRoot(root Root) (string, error) {
	before, err := w.newestRoot(false)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		root.Version = 1
	case err != nil:
		return "", err
	default:
		root.Version = before.Version + 1
	}
	root.Shards = slices.Sorted(slices.Values(root.Shards))
	payload, err := root.Payload()
	if err != nil {
		return "", err
	}
	return w.stage(rootFile(root.Version), payload)
}

// StageShard stages a content, sorted by id, and returns the path of the document to be
// signed by the holders of the shard's role.
func (w *Writer) StageShard(name string, content []byte, issued, expires time.Time) (string, error) {
	root, err := w.newestRoot(true)
	if err != nil {
		return "", err
	}
	if !slices.Contains(root.Shards, name) {
		return "", fmt.Errorf("%w: no shard %q", ErrForm, name)
	}
	now, err := w.published()
	if err != nil {
		return "", err
	}
	lines, err := ReadLines(content)
	if err != nil {
		return "", err
	}
	s := Shard{Dates: Dates{1, issued, expires}, Name: name, SHA256: digest(content), Bytes: int64(len(content)), Entries: int64(lines.Len()), TreeRoot: lines.Root()}
	if now != nil {
		s.Version = now.snapshot.Shards[name].Version + 1
	}
	payload, err := s.Payload()
	if err != nil {
		return "", err
	}
	if err := durable.Replace(filepath.Join(w.staged(), contentFile(s.SHA256, name)), content); err != nil {
		return "", err
	}
	return w.stage(shardFile(s.Version, name), payload)
}

// StageSnapshot stages a snapshot of the shards that are staged, which must be signed, and of
// the published ones for the rest. It returns the path of the document to be signed by the
// holder of the role. Sources is a JSON array; nil for an empty one.
func (w *Writer) StageSnapshot(policy string, sources json.RawMessage, issued, expires time.Time) (string, error) {
	root, err := w.newestRoot(true)
	if err != nil {
		return "", err
	}
	now, err := w.published()
	if err != nil {
		return "", err
	}
	s := Snapshot{Dates: Dates{1, issued, expires}, Policy: policy, Sources: sources, Shards: map[string]Ref{}, LogOrigin: root.Log.Origin}
	if now != nil {
		s.Version = now.snapshot.Version + 1
		s.Prev = &Ref{Version: now.snapshot.Version, SHA256: now.timestamp.Snapshot.SHA256}
	}
	for _, name := range root.Shards {
		document, err := w.shardDocument(now, name)
		if err != nil {
			return "", err
		}
		shard, err := root.Shard(name, document)
		if err != nil {
			return "", err
		}
		s.Shards[name] = Ref{shard.Version, digest(document), int64(len(document))}
	}
	if signed, err := os.ReadFile(filepath.Join(w.public(), checkpointFile)); err == nil {
		c, err := translog.Remembered(signed)
		if err != nil {
			return "", err
		}
		s.LogSize = c.Size
	}
	payload, err := s.Payload()
	if err != nil {
		return "", err
	}
	return w.stage(snapshotFile(s.Version), payload)
}

// shardDocument is the staged one, or else the published one.
func (w *Writer) shardDocument(now *published, name string) ([]byte, error) {
	version := int64(0)
	if now != nil {
		version = now.snapshot.Shards[name].Version
	}
	document, err := os.ReadFile(filepath.Join(w.staged(), shardFile(version+1, name)))
	if errors.Is(err, fs.ErrNotExist) && version > 0 {
		document, err = os.ReadFile(filepath.Join(w.public(), shardFile(version, name)))
	}
	return document, err
}
