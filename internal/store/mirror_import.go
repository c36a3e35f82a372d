package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"go.etcd.io/bbolt"
)

func importKey(number uint64) []byte { return binary.BigEndian.AppendUint64(nil, number) }

// rowKey is unambiguous: kinds and ids hold no zero byte.
func rowKey(kind, id string) ([]byte, error) {
	key := make([]byte, 0, len(kind)+len(id)+2+8)
	key = append(append(append(append(key, kind...), 0), id...), 0)
	if kind == "" || id == "" || bytes.Count(key, []byte{0}) != 2 || len(key) > 1024 {
		return nil, fmt.Errorf("%.40q %.40q cannot name a row", kind, id)
	}
	return key, nil
}

// write runs an act and makes it durable, or leaves everything as it was.
func (m *Mirror) write(ctx context.Context, act func(*bbolt.Tx) error) error {
	return write(ctx, m.db, &m.broken, act)
}

func (m *Mirror) read(ctx context.Context, look func(*bbolt.Tx) error) error {
	return read(ctx, m.db, &m.broken, look)
}

// Begin starts an import: of what was Observed, of kinds that are listed in Full, so that a
// row of them that is not staged has vanished, of kinds that are the Same, and for a Job.
func (m *Mirror) Begin(ctx context.Context, what MirrorImport) (begun MirrorImport, err error) {
	err = m.write(ctx, func(tx *bbolt.Tx) error {
		last, err := lastImport(tx)
		if err != nil {
			return err
		}
		if last.Number > 0 && last.State.pending() {
			return ErrImportPending
		}
		if err := emptyBucket(tx, bucketStaged); err != nil {
			return err
		}
		begun = MirrorImport{
			Number: last.Number + 1, State: ImportStaging, Observed: what.Observed.UTC(),
			Full: what.Full, Same: what.Same, Job: what.Job,
		}
		return put(tx, bucketImports, importKey(begun.Number), begun)
	})
	return begun, err
}

func emptyBucket(tx *bbolt.Tx, name []byte) error {
	if err := tx.DeleteBucket(name); err != nil {
		return err
	}
	_, err := tx.CreateBucket(name)
	return err
}

// lastImport returns the newest import; one without a number where there is none.
func lastImport(tx *bbolt.Tx) (last MirrorImport, err error) {
	key, raw := tx.Bucket(bucketImports).Cursor().Last()
	if key != nil {
		err = decode(bucketImports, key, raw, &last)
	}
	return last, err
}

// Pending returns the import that is not decided; false where there is none.
func (m *Mirror) Pending(ctx context.Context) (last MirrorImport, pending bool, err error) {
	err = m.read(ctx, func(tx *bbolt.Tx) error {
		last, err = lastImport(tx)
		return err
	})
	return last, err == nil && last.Number > 0 && last.State.pending(), err
}

// Imports returns all imports, the oldest first.
func (m *Mirror) Imports(ctx context.Context) (all []MirrorImport, err error) {
	err = m.read(ctx, func(tx *bbolt.Tx) error {
		all, err = imports(tx)
		return err
	})
	return all, err
}

func imports(tx *bbolt.Tx) (all []MirrorImport, err error) {
	err = tx.Bucket(bucketImports).ForEach(func(key, raw []byte) error {
		var one MirrorImport
		err := decode(bucketImports, key, raw, &one)
		all = append(all, one)
		return err
	})
	return all, err
}

// change rewrites the import of a number that is in one of the states.
func (m *Mirror) change(ctx context.Context, number uint64, states []ImportState, edit func(*bbolt.Tx, *MirrorImport) error) (done MirrorImport, err error) {
	err = m.write(ctx, func(tx *bbolt.Tx) error {
		if done, err = lastImport(tx); err != nil {
			return err
		}
		if err := done.in(number, states...); err != nil {
			return err
		}
		if err := edit(tx, &done); err != nil {
			return err
		}
		return put(tx, bucketImports, importKey(number), done)
	})
	return done, err
}

func (i MirrorImport) in(number uint64, states ...ImportState) error {
	for _, state := range states {
		if i.Number == number && number > 0 && i.State == state {
			return nil
		}
	}
	return ErrNoImport
}

// Accept makes what was sealed, or held, what the source says.
func (m *Mirror) Accept(ctx context.Context, number uint64, at time.Time, by string) (MirrorImport, error) {
	return m.change(ctx, number, []ImportState{ImportSealed, ImportHeld}, func(tx *bbolt.Tx, i *MirrorImport) error {
		i.State, i.Decided, i.By = ImportAccepted, at.UTC(), by
		return emptyBucket(tx, bucketStaged)
	})
}

// Hold keeps what was sealed aside until somebody accepts or discards it.
func (m *Mirror) Hold(ctx context.Context, number uint64, reason string) (MirrorImport, error) {
	return m.change(ctx, number, []ImportState{ImportSealed, ImportHeld}, func(_ *bbolt.Tx, i *MirrorImport) error {
		i.State, i.Reason = ImportHeld, reason
		return nil
	})
}

// Discard forgets what a pending import would have changed. That it was there stays known.
func (m *Mirror) Discard(ctx context.Context, number uint64, at time.Time, by string) error {
	pending := []ImportState{ImportStaging, ImportSealed, ImportHeld}
	_, err := m.change(ctx, number, pending, func(tx *bbolt.Tx, i *MirrorImport) error {
		i.State, i.Decided, i.By = ImportDiscarded, at.UTC(), by
		return emptyBucket(tx, bucketStaged)
	})
	for more := true; err == nil && more; {
		more, err = m.sweep(ctx, number)
	}
	return err
}

// batch is how many rows one transaction writes where nobody says.
const batch = 4000

// sweep deletes some of the versions of a discarded import. What a kill leaves of them is
// never seen.
func (m *Mirror) sweep(ctx context.Context, number uint64) (more bool, err error) {
	err = m.write(ctx, func(tx *bbolt.Tx) error {
		prefix, log, versions := importKey(number), tx.Bucket(bucketLog), tx.Bucket(bucketVersions)
		var keys [][]byte
		cursor := log.Cursor()
		for key, _ := cursor.Seek(prefix); bytes.HasPrefix(key, prefix) && len(keys) < batch; key, _ = cursor.Next() {
			keys = append(keys, bytes.Clone(key))
		}
		for _, key := range keys {
			if err := versions.Delete(append(bytes.Clone(key[len(prefix):]), prefix...)); err != nil {
				return err
			}
			if err := log.Delete(key); err != nil {
				return err
			}
		}
		more = len(keys) == batch
		return nil
	})
	return more, err
}
