package repository

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"laurel/internal/fetch"
	"laurel/internal/translog"
)

// update is one run of the steps of TUF §5. Each step leaves what it verified in memory, on
// the disk.
type update struct {
	*Client
	ctx  context.Context
	from Source
	o    Options
	m    *memory

	saved     []byte // what of m is on the disk
	root      *Root
	timestamp *Timestamp
	snapshot  *Snapshot
	last      *State // accepted before; nil for none
	shards    map[string]*Shard
	proof     translog.Proof
}

// roots follows the chain of roots to its end (TUF §5.3). What was signed by keys that are
// no longer a role's is forgotten, so that a thief who signed a high version does not keep
// the true ones out for ever (TUF §5.3.11).
func (u *update) roots() (err error) {
	if u.root, err = u.rootAt(u.m.Root); err != nil {
		return err
	}
	for range maxRoots {
		document, _, err := u.from.read(u.ctx, rootFile(u.root.Version+1), "", maxRoot)
		if errors.Is(err, fs.ErrNotExist) {
			return u.ready()
		}
		if err != nil {
			return err
		}
		next, err := u.root.Next(document)
		if err != nil {
			return err
		}
		if err := u.keep(rootFile(next.Version), document); err != nil {
			return err
		}
		u.root, u.m.Root = next, next.Version
		if err := u.save(); err != nil {
			return err
		}
	}
	return refuse(rootFile(u.root.Version+1), ErrForm, "too many new roots")
}

// ready begins the part of the update that the newest root decides.
func (u *update) ready() (err error) {
	if err := u.root.check(rootFile(u.root.Version), u.o.Now); err != nil {
		return err
	}
	_, errTimestamp := u.root.Timestamp([]byte(u.m.Timestamp))
	_, errSnapshot := u.root.signedSnapshot([]byte(u.m.Snapshot))
	if u.m.Timestamp != "" && errTimestamp != nil || u.m.Snapshot != "" && errSnapshot != nil {
		u.m.Timestamp, u.m.Edition, u.m.Snapshot = "", "", ""
	}
	if u.last, err = u.load(u.m, u.root); err != nil {
		u.last = nil // what is not there, or damaged on the disk, is brought anew
	}
	return nil
}

// save writes what is remembered, if that has changed.
func (u *update) save() error {
	text, err := json.Marshal(u.m)
	if err != nil || bytes.Equal(text, u.saved) {
		return err
	}
	u.saved = text
	return u.remember(u.m)
}

// keep writes a file that others may be served, if it is not there already.
func (u *update) keep(name string, document []byte) error {
	if kept, err := os.ReadFile(filepath.Join(u.public(), name)); err == nil && bytes.Equal(kept, document) {
		return nil
	}
	return u.replace(filepath.Join(u.public(), name), document)
}

// newestTimestamp is TUF §5.4.
func (u *update) newestTimestamp() error {
	var seen *Timestamp
	edition := ""
	if u.m.Timestamp != "" {
		var err error
		if seen, err = u.root.Timestamp([]byte(u.m.Timestamp)); err != nil {
			return err
		}
		// Once it is expired it is asked for whatever its edition: two sources may call
		// different files the same.
		if seen.check(timestampFile, u.o.Now) == nil {
			edition = u.m.Edition
		}
	}
	document, edition, err := u.from.read(u.ctx, timestampFile, edition, maxTimestamp)
	if errors.Is(err, ErrUnchanged) && seen != nil {
		document, edition, err = []byte(u.m.Timestamp), u.m.Edition, nil
	}
	if err != nil {
		return err
	}
	t, err := u.root.Timestamp(document)
	if err != nil {
		return err
	}
	if seen != nil {
		if err := notOlder(timestampFile, seen.Version, t.Version, samePayload([]byte(u.m.Timestamp), document, maxTimestamp)); err != nil {
			return err
		}
		if err := notOlder(timestampFile, seen.Snapshot.Version, t.Snapshot.Version, seen.Snapshot == t.Snapshot); err != nil {
			return err
		}
	}
	late := u.o.Now.Before(t.Expires.Add(u.o.MaxAge)) && !t.Issued.After(u.o.Now)
	if err := t.check(timestampFile, u.o.Now); err != nil && !late {
		return err
	}
	u.timestamp, u.m.Timestamp, u.m.Edition = t, string(document), edition
	return u.save()
}

// notOlder is the rule of every version: it does not fall, and says the same thing for ever.
func notOlder(file string, seen, now int64, same bool) error {
	if now < seen {
		return refuse(file, ErrRollback, fmt.Sprintf("version %d after %d", now, seen))
	}
	if now == seen && !same {
		return refuse(file, ErrChanged, fmt.Sprintf("version %d", now))
	}
	return nil
}

// newestSnapshot is TUF §5.5.
func (u *update) newestSnapshot() error {
	ref := u.timestamp.Snapshot
	file := snapshotFile(ref.Version)
	document, err := u.bring(file, ref, u.m.Snapshot)
	if err != nil {
		return err
	}
	s, err := u.root.Snapshot(document)
	if err != nil {
		return err
	}
	if s.Version != ref.Version {
		return refuse(file, ErrRollback, fmt.Sprintf("version %d inside", s.Version))
	}
	if u.m.Snapshot != "" {
		if err := u.follows(file, s, document); err != nil {
			return err
		}
	}
	if err := s.check(file, u.o.Now); err != nil {
		return err
	}
	if err := u.keep(file, document); err != nil {
		return err
	}
	u.snapshot, u.m.Snapshot = s, string(document)
	return u.save()
}

// follows demands that a snapshot follows the last one that was seen: no shard falls behind,
// and its own word on what came before is true.
func (u *update) follows(file string, s *Snapshot, document []byte) error {
	seen, err := u.root.signedSnapshot([]byte(u.m.Snapshot))
	if err != nil {
		return err
	}
	if err := notOlder(file, seen.Version, s.Version, samePayload([]byte(u.m.Snapshot), document, maxSnapshot)); err != nil {
		return err
	}
	if s.Prev != nil && s.Prev.Version == seen.Version && s.Prev.SHA256 != digest([]byte(u.m.Snapshot)) {
		return refuse(file, ErrChanged, "it follows another version than was seen")
	}
	for name, now := range s.Shards {
		before, listed := seen.Shards[name]
		if !listed {
			continue // the root names it since
		}
		if err := notOlder(file, before.Version, now.Version, before == now); err != nil {
			return err
		}
	}
	return nil
}

// bring returns the document of a reference: the one that is remembered, or from the source,
// where length and digest are checked before anything is read in it.
func (u *update) bring(file string, ref Ref, remembered string) ([]byte, error) {
	if ref.Names([]byte(remembered)) {
		return []byte(remembered), nil
	}
	document, _, err := u.from.read(u.ctx, file, "", ref.Bytes)
	if errors.Is(err, fetch.ErrTooLarge) {
		return nil, refuse(file, ErrDigest, "longer than listed")
	}
	if err != nil {
		return nil, err
	}
	if !ref.Names(document) {
		return nil, refuse(file, ErrDigest, "")
	}
	return document, nil
}

// shardDocuments is TUF §5.6, for the documents of the shards.
func (u *update) shardDocuments() error {
	for _, name := range u.root.Shards {
		ref := u.snapshot.Shards[name]
		file := shardFile(ref.Version, name)
		document, err := u.bring(file, ref, u.m.Shards[name])
		if err != nil {
			return err
		}
		s, err := u.root.Shard(name, document)
		if err != nil {
			return err
		}
		if s.Version != ref.Version {
			return refuse(file, ErrRollback, fmt.Sprintf("version %d inside", s.Version))
		}
		// What keys signed that are no longer the role's is as good as forgotten.
		if seen, err := u.root.Shard(name, []byte(u.m.Shards[name])); err == nil {
			if err := notOlder(file, seen.Version, s.Version, samePayload([]byte(u.m.Shards[name]), document, maxShard)); err != nil {
				return err
			}
		}
		if err := s.check(file, u.o.Now); err != nil {
			return err
		}
		if s.Bytes > u.o.MaxContent {
			return refuse(file, fetch.ErrTooLarge, fmt.Sprintf("content of %d bytes", s.Bytes))
		}
		if err := u.keep(file, document); err != nil {
			return err
		}
		u.shards[name], u.m.Shards[name] = s, string(document)
	}
	return u.save()
}

// accept swaps the state as a whole, and then shows it to those who are served from here,
// the timestamp last.
func (u *update) accept() (*State, error) {
	proof, err := json.Marshal(u.proof)
	if err != nil {
		return nil, err
	}
	u.m.Accepted = &accepted{u.root.Version, u.m.Timestamp, string(proof)}
	state, err := u.load(u.m, u.root)
	if err != nil {
		return nil, err
	}
	if err := u.save(); err != nil {
		return nil, err
	}
	if err := u.keep(checkpointFile, []byte(u.proof.Checkpoint)); err != nil {
		return nil, err
	}
	if err := u.keep(timestampFile, []byte(u.m.Timestamp)); err != nil {
		return nil, err
	}
	return state, u.prune(state)
}
