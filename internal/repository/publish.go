package repository

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"laurel/internal/signed"
	"laurel/internal/translog"
)

// Publication is what the machine that publishes brings: the keys that are online, and the
// time.
type Publication struct {
	Timestamp crypto.Signer // of the role timestamp
	Log       crypto.Signer // the log's key: Ed25519
	Now       time.Time
	Life      time.Duration // of the timestamp; default 36 h
	Deltas    int           // from how many versions before; default 8, negative for none
	// Leaves go to the log before the snapshot. Where publishing is repeated after it was
	// interrupted, they may be there twice.
	Leaves [][]byte
	// Cosign asks witnesses to cosign a checkpoint, and returns their signature lines. It
	// may be nil.
	Cosign func(ctx context.Context, c translog.Checkpoint, tiles translog.Tiles) ([]string, error)
}

// Publish publishes what is staged, if enough of the holders signed it; where nothing is
// staged, only the timestamp is renewed. The client's own rules judge the result before
// anybody else can see it. A crash leaves the old version published or the new one: the
// timestamp is replaced last. What the client refuses is not published, but its leaf stays in
// the log.
func (w *Writer) Publish(ctx context.Context, p Publication) (*State, error) {
	if p.Life == 0 {
		p.Life = 36 * time.Hour
	}
	if p.Deltas == 0 {
		p.Deltas = 8
	}
	now, err := w.published()
	if err != nil {
		return nil, err
	}
	c, err := w.candidate(now)
	if err != nil {
		return nil, err
	}
	index, err := w.enter(ctx, p, c)
	if err != nil {
		return nil, err
	}
	t := Timestamp{Dates{1, p.Now, p.Now.Add(p.Life)}, c.ref, index}
	if now != nil {
		t.Version = now.timestamp.Version + 1
	}
	payload, err := t.Payload()
	if err != nil {
		return nil, err
	}
	document, err := signed.Draft(payload).Sign(mediaType(RoleTimestamp), p.Timestamp)
	if err != nil {
		return nil, err
	}
	c.files[timestampFile] = document.Bytes()
	if err := w.deltas(now, c, p.Deltas); err != nil {
		return nil, err
	}
	state, err := w.rehearse(ctx, now, c, p)
	if err != nil {
		return nil, err
	}
	return state, w.release(c)
}

// candidate is a version that might be published.
type candidate struct {
	root  *Root
	ref   Ref   // the snapshot
	from  int64 // where in the log its leaf is, or after that
	fresh bool
	files map[string][]byte // to be published: documents and deltas

	contents []string // files to be published too, which are staged
}

// candidate gathers what is staged and signed.
func (w *Writer) candidate(now *published) (*candidate, error) {
	c := &candidate{files: map[string][]byte{}}
	var err error
	c.root, err = w.newestRoot(false)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	next := rootFile(1)
	if c.root != nil {
		next = rootFile(c.root.Version + 1)
	}
	if document, err := os.ReadFile(filepath.Join(w.staged(), next)); err == nil {
		if c.root == nil {
			c.root, err = ReadRoot(document)
		} else {
			c.root, err = c.root.Next(document)
		}
		if err != nil {
			return nil, err
		}
		c.files[next] = document
	}
	if c.root == nil {
		return nil, fmt.Errorf("%w: no root is staged", fs.ErrNotExist)
	}
	version := int64(0)
	if now != nil {
		version, c.ref, c.from = now.snapshot.Version, now.timestamp.Snapshot, now.timestamp.LogIndex
	}
	file := snapshotFile(version + 1)
	document, err := os.ReadFile(filepath.Join(w.staged(), file))
	if errors.Is(err, fs.ErrNotExist) && now != nil {
		return c, nil
	}
	if err != nil {
		return nil, err
	}
	s, err := c.root.Snapshot(document)
	if err != nil {
		return nil, err
	}
	c.files[file], c.fresh, c.from, c.ref = document, true, s.LogSize, Ref{s.Version, digest(document), int64(len(document))}
	return c, w.gather(c, now, s)
}

// gather adds the documents of the shards, and demands what can be demanded before the log is
// told.
func (w *Writer) gather(c *candidate, now *published, s *Snapshot) error {
	for _, name := range c.root.Shards {
		document, err := w.shardDocument(now, name)
		if err != nil {
			return err
		}
		ref := s.Shards[name]
		if !ref.Names(document) {
			return refuse(shardFile(ref.Version, name), ErrDigest, "signed again after the snapshot was staged")
		}
		shard, err := c.root.Shard(name, document)
		if err != nil {
			return err
		}
		if _, err := loadContent(w.staged(), shard); errors.Is(err, fs.ErrNotExist) {
			if _, err := loadContent(w.public(), shard); err != nil {
				return err
			}
		} else if err != nil {
			return err
		} else {
			c.contents = append(c.contents, contentFile(shard.SHA256, name))
		}
		c.files[shardFile(ref.Version, name)] = document
	}
	return nil
}

// enter brings the snapshot into the log, unless it is there, and returns the index of its
// leaf.
func (w *Writer) enter(ctx context.Context, p Publication, c *candidate) (int64, error) {
	log, err := translog.OpenWriter(w.public(), c.root.Log.Origin, p.Log)
	if err != nil {
		return 0, err
	}
	defer log.Close()
	if _, err := c.root.Log.Open(log.Checkpoint().Note); err != nil {
		return 0, err
	}
	leaf := snapshotEntry(c.ref)
	tiles := translog.Folder(w.public())
	index, err := translog.Find(ctx, log.Checkpoint(), translog.LeafHash(leaf), c.from, tiles)
	entries := p.Leaves
	if errors.Is(err, translog.ErrProof) {
		entries = append(entries[:len(entries):len(entries)], leaf)
		index, err = log.Checkpoint().Size+int64(len(entries))-1, nil
	}
	if err != nil {
		return 0, err
	}
	if _, _, err := log.Append(entries...); err != nil {
		return 0, err
	}
	if p.Cosign == nil || len(entries) == 0 && !c.fresh {
		return index, nil
	}
	lines, err := p.Cosign(ctx, log.Checkpoint(), tiles)
	if err != nil {
		return 0, err
	}
	return index, log.Attach(c.root.Log.Witnesses, lines...)
}

// deltas makes those that lead to the new versions of the shards.
func (w *Writer) deltas(now *published, c *candidate, versions int) error {
	if now == nil || !c.fresh {
		return nil
	}
	for _, name := range c.root.Shards {
		published, listed := now.snapshot.Shards[name]
		document, changed := c.files[shardFile(published.Version+1, name)]
		if !listed || !changed {
			continue
		}
		to, err := c.root.Shard(name, document)
		if err != nil {
			return err
		}
		after, err := loadContent(w.staged(), to)
		if err != nil {
			return err
		}
		for version := published.Version; version > 0 && version > published.Version-int64(versions); version-- {
			from, before, err := w.version(version, name)
			if errors.Is(err, fs.ErrNotExist) {
				break
			}
			if err != nil {
				return err
			}
			if text := diff(from, to, before, after).Bytes(); int64(len(text)) < to.Bytes {
				c.files[deltaFile(version, to.Version, name)] = text
			}
		}
	}
	return nil
}

// version reads a version of a shard that was published.
func (w *Writer) version(version int64, name string) (*Shard, *Lines, error) {
	document, err := os.ReadFile(filepath.Join(w.public(), shardFile(version, name)))
	if err != nil {
		return nil, nil, err
	}
	payload, err := claim(document, maxShard)
	if err != nil {
		return nil, nil, err
	}
	s, err := parseShard(payload)
	if err != nil {
		return nil, nil, err
	}
	l, err := loadContent(w.public(), s)
	return s, l, err
}
