package registrar

import (
	"bytes"
	"context"
	"crypto"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"laurel/internal/repository"
	"laurel/internal/signed"
	"laurel/internal/translog"
	"laurel/registry"
)

// Content makes the content of a shard from the accepted events and the facts.
func (b *Book) Content(s registry.Shard) ([]byte, error) {
	if s == registry.Mirror {
		return b.mirrored()
	}
	ledger, _, err := b.Ledger()
	if err != nil {
		return nil, err
	}
	return contentOf(ledger, s)
}

// contentOf writes what a ledger says in a shard: always the same of the same events.
func contentOf(ledger *registry.Ledger, s registry.Shard) ([]byte, error) {
	var out bytes.Buffer
	for e := range ledger.Lines(s) {
		if err := writeLine(&out, e); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), nil
}

func (b *Book) mirrored() ([]byte, error) {
	if b.facts.Entries == nil {
		return nil, nil
	}
	ledger, _, err := b.Ledger()
	if err != nil {
		return nil, err
	}
	bound := func(entity string) bool { e := ledger.Entry(entity); return e != nil && len(e.Bindings) > 0 }
	var out bytes.Buffer
	for e, err := range b.facts.Entries(bound) {
		if err != nil {
			return nil, err
		}
		if err := writeLine(&out, e); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), nil
}

func writeLine(out *bytes.Buffer, e *registry.Entry) error {
	line, err := e.Line()
	if err != nil {
		return err
	}
	out.Write(line)
	out.WriteByte('\n')
	return nil
}

// Draft is the registry as the accepted events and the facts have it, published or not: for the
// operator's own questions.
func (b *Book) Draft(now time.Time) (*registry.Snapshot, error) {
	var shards [len(registry.Shards)][]byte
	for _, s := range registry.Shards {
		content, err := b.Content(s)
		if err != nil {
			return nil, err
		}
		shards[s] = content
	}
	return registry.Load(registry.Meta{Name: b.Name, Origin: b.Origin, Policy: b.Policy, Issued: now}, shards)
}

// Stage makes the shards that are other than before, or near their end, ready to be signed.
// It returns what is to be signed.
func (b *Book) Stage(now time.Time) ([]repository.Pending, error) {
	for _, s := range registry.Shards {
		content, err := b.Content(s)
		if err != nil {
			return nil, err
		}
		newest, err := b.writer.Newest(s.String())
		if err != nil {
			return nil, err
		}
		digest := sha256.Sum256(content)
		if newest != nil && newest.SHA256 == hex.EncodeToString(digest[:]) && newest.Expires.After(now.Add(renewShard)) {
			if good, err := b.stands(s, newest); err != nil || good {
				if err != nil {
					return nil, err
				}
				continue
			}
		}
		if _, err := b.writer.StageShard(s.String(), content, now, now.Add(lifeOfShard)); err != nil {
			return nil, err
		}
	}
	return b.writer.Pending()
}

// stands tells whether the newest document of a shard need not be made anew for the sake of its
// holders: it is staged, or those of the newest root have signed it.
func (b *Book) stands(s registry.Shard, newest *repository.Shard) (bool, error) {
	published, err := b.writer.Published(s.String())
	if err != nil || published == nil || published.Version != newest.Version {
		return err == nil, err
	}
	return b.writer.Stands(s.String())
}

// Online are the keys of the machine that publishes.
type Online struct {
	Mirror, Snapshot, Timestamp, Log crypto.Signer
	// Cosign asks witnesses; nil: there are none.
	Cosign func(ctx context.Context, c translog.Checkpoint, tiles translog.Tiles) ([]string, error)
}

// WaitingError says what people have to sign before the next version can be published.
type WaitingError struct{ Pending []repository.Pending }

func (e *WaitingError) Error() string {
	p := e.Pending[0]
	return fmt.Sprintf("%d documents wait for signatures: the role %s has signed %d of %d times", len(e.Pending), p.Role, len(p.Signers), p.Need)
}

// Publish publishes what was decided and signed since the last time, or renews the timestamp.
// A *WaitingError says that people have to sign first; what is published then is a fresh
// timestamp for the version that there is.
func (b *Book) Publish(ctx context.Context, online Online, now time.Time) (*repository.State, error) {
	if _, err := b.Stage(now); err != nil {
		return nil, err
	}
	if _, err := b.SignStaged(online.Mirror); err != nil {
		return nil, err
	}
	pending, err := b.writer.Pending()
	if err != nil {
		return nil, err
	}
	waiting := slices.DeleteFunc(slices.Clone(pending), func(p repository.Pending) bool {
		return p.Role == repository.RoleSnapshot || len(p.Signers) >= p.Need
	})
	publication := repository.Publication{Timestamp: online.Timestamp, Log: online.Log, Now: now, Cosign: online.Cosign}
	if len(waiting) > 0 {
		state, err := b.writer.Publish(ctx, publication)
		return state, errors.Join(&WaitingError{waiting}, err)
	}
	if slices.ContainsFunc(pending, func(p repository.Pending) bool { return p.Role != repository.RoleSnapshot }) || b.snapshotEnds(now) {
		if err := b.stageSnapshot(online, now); err != nil {
			return nil, err
		}
		if publication.Leaves, err = b.leaves(); err != nil {
			return nil, err
		}
	}
	state, err := b.writer.Publish(ctx, publication)
	if err != nil {
		return nil, err
	}
	return state, b.sweep()
}

func (b *Book) stageSnapshot(online Online, now time.Time) error {
	sources, err := json.Marshal(append([]registry.SourceAge{}, b.facts.Sources...))
	if err != nil {
		return err
	}
	path, err := b.writer.StageSnapshot(b.Policy, sources, now, now.Add(lifeOfSnapshot))
	if err != nil {
		return err
	}
	document, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if u, err := signed.Read(document, len(document)); err != nil || len(u.Claimed()) > 0 {
		return err // it was staged and signed before, and publishing was interrupted
	}
	return repository.SignFile(path, online.Snapshot)
}

// snapshotEnds tells whether what is published should be signed anew.
func (b *Book) snapshotEnds(now time.Time) bool {
	expires, err := b.writer.SnapshotExpires()
	return err != nil || expires.Before(now.Add(renewSnapshot))
}

// leaves are the events that are accepted and not in the log.
func (b *Book) leaves() (all [][]byte, err error) {
	if err := b.sweep(); err != nil {
		return nil, err
	}
	roots, err := b.roots()
	if err != nil {
		return nil, err
	}
	waiting, err := b.accepted(roots)
	for _, a := range waiting {
		all = append(all, a.Document)
	}
	return all, err
}
