// Package follow answers: what does the newest version of a registry say that this machine
// has accepted?
//
// A Follower has a folder with a copy of the registry, which it renews from an address or a
// folder by the rules of package repository, and the registry.Snapshot of what it accepted
// last. A renewal that fails leaves that as it was, until it expires by its own dates.
package follow

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"laurel/internal/repository"
	"laurel/internal/strictjson"
	"laurel/registry"
)

// Follower follows one registry. It is safe for concurrent use.
type Follower struct {
	client  *repository.Client
	dir     string
	name    string
	address string
	root    *repository.Root // where trust began
	current atomic.Pointer[held]
}

// held is a snapshot and the name of the version that it is.
type held struct {
	digest   string
	snapshot *registry.Snapshot
}

// Open opens the folder of a copy, or makes one. The root is where trust begins. What was
// accepted before is there at once.
func Open(dir string, root []byte) (*Follower, error) {
	client, err := repository.Open(dir, root)
	if err != nil {
		return nil, err
	}
	trusted, err := repository.ReadRoot(root)
	if err != nil {
		return nil, err
	}
	f := &Follower{client: client, dir: dir, name: trusted.Log.Origin, root: trusted}
	state, err := client.State()
	if errors.Is(err, repository.ErrNoState) {
		return f, nil
	}
	if err != nil {
		return nil, err
	}
	return f, f.hold(state)
}

// Name is the registry's, by which it is shown: the origin of its log, which its root names.
func (f *Follower) Name() string { return f.name }

// Root is the newest root that was accepted, or the one where trust began.
func (f *Follower) Root() *repository.Root {
	if state, err := f.client.State(); err == nil {
		return state.Root
	}
	return f.root
}

// State returns the accepted version as it lies in the folder.
func (f *Follower) State() (*repository.State, error) { return f.client.State() }

// Renew brings the newest version. An error leaves what was accepted before.
func (f *Follower) Renew(ctx context.Context, source repository.Source, o repository.Options) error {
	state, err := f.client.Update(ctx, source, o)
	if err != nil {
		return err
	}
	return f.hold(state)
}

func (f *Follower) hold(state *repository.State) error {
	if now := f.current.Load(); now != nil && now.digest == state.Digest() && now.snapshot.Fresh.Equal(state.Timestamp.Expires) {
		return nil
	}
	snapshot, err := Snapshot(state)
	if err != nil {
		return err
	}
	f.current.Store(&held{state.Digest(), snapshot})
	return nil
}

// Source is the registry as one to be asked: without a snapshot, if none was accepted yet.
func (f *Follower) Source() registry.Source {
	s := registry.Source{Name: f.name}
	if now := f.current.Load(); now != nil {
		s.Snapshot = now.snapshot
	}
	return s
}

// Snapshot reads the lines of an accepted version.
func Snapshot(state *repository.State) (*registry.Snapshot, error) {
	meta, err := metaOf(state)
	if err != nil {
		return nil, err
	}
	var shards [len(registry.Shards)][]byte
	for _, s := range registry.Shards {
		if shards[s], err = state.Content(s.String()); err != nil {
			return nil, err
		}
	}
	return registry.Load(meta, shards)
}

func metaOf(state *repository.State) (registry.Meta, error) {
	sources, err := readSources(state.Snapshot.Sources)
	return registry.Meta{
		Name: state.Root.Log.Origin, Origin: state.Root.Log.Origin, Version: int(state.Snapshot.Version), Policy: state.Snapshot.Policy,
		Issued: state.Snapshot.Issued, Fresh: state.Timestamp.Expires, Expires: state.Expires(), Sources: sources,
		Witnesses: state.Witnesses(),
	}, err
}

// readSources reads how old the operator's own sources were.
func readSources(raw json.RawMessage) (all []registry.SourceAge, err error) {
	v, err := strictjson.Read(raw, strictjson.Limits{Bytes: 64 << 10, Depth: 4, Values: 2048})
	if err != nil {
		return nil, err
	}
	for item := range v.Items() {
		s := registry.SourceAge{ID: item.Member("id").Text(), SHA256: item.Member("sha256").Text()}
		if s.Fetched, err = time.Parse(time.RFC3339, item.Member("fetched").Text()); err != nil || s.ID == "" {
			return nil, fmt.Errorf("a source of the snapshot has no id, or was not fetched at a moment")
		}
		if rows, err := item.Member("rows").Number().Int64(); err == nil {
			s.Rows = int(rows)
		}
		all = append(all, s)
	}
	return all, nil
}
