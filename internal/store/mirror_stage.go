package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"go.etcd.io/bbolt"
)

// MirrorPut is a row as the source says it now.
type MirrorPut struct {
	Kind, ID string
	Body     []byte
	Gone     bool // the source was asked for this row and no longer has it
}

// Change is what became of a row.
type Change byte

// The changes.
const (
	Appeared Change = 'a' // for the first time, or again
	Changed  Change = 'c'
	Vanished Change = 'v'
)

// String names the change.
func (c Change) String() string {
	return map[Change]string{Appeared: "appeared", Changed: "changed", Vanished: "vanished"}[c]
}

// version is one version of a row.
type version struct {
	change Change
	digest [sha256.Size]byte
	body   []byte
}

func (v version) encode() []byte {
	return append(append([]byte{byte(v.change)}, v.digest[:]...), v.body...)
}

func decodeVersion(key, raw []byte) (v version, err error) {
	if len(raw) < 1+sha256.Size || Change(raw[0]).String() == "" {
		return v, fmt.Errorf("%w: the version %q", errDamaged, key)
	}
	return version{Change(raw[0]), [sha256.Size]byte(raw[1:]), raw[1+sha256.Size:]}, nil
}

// Stage adds rows, and files that they were read from, to an import. Staging a row again
// replaces it, so that a piece of work may be repeated after a kill. It is durable when it
// returns; pieces of a few thousand rows do best, in the order of their ids.
func (m *Mirror) Stage(ctx context.Context, number uint64, rows []MirrorPut, raw ...MirrorRaw) error {
	return m.write(ctx, func(tx *bbolt.Tx) error {
		last, err := lastImport(tx)
		if err != nil {
			return err
		}
		if err := last.in(number, ImportStaging); err != nil {
			return err
		}
		seen, err := visible(tx, View{})
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := stage(tx, seen, last, row); err != nil {
				return err
			}
		}
		changed := false
		for _, r := range raw {
			if !slices.Contains(last.Raw, r) {
				last.Raw, changed = append(last.Raw, r), true
			}
		}
		if !changed {
			return nil
		}
		return put(tx, bucketImports, importKey(number), last)
	})
}

// stage compares a row with what is accepted, and writes what is new.
func stage(tx *bbolt.Tx, seen *sight, i MirrorImport, row MirrorPut) error {
	key, err := rowKey(row.Kind, row.ID)
	if err != nil {
		return err
	}
	if err := tx.Bucket(bucketStaged).Put(key, nil); err != nil {
		return err
	}
	now := version{change: Vanished}
	if !row.Gone {
		now = version{Appeared, sha256.Sum256(row.Body), row.Body}
	}
	before, _, known, err := seen.last(tx.Bucket(bucketVersions).Cursor(), key)
	if err != nil {
		return err
	}
	if known && before.change != Vanished && !row.Gone {
		now.change = Changed
	}
	same := known && (before.change == Vanished) == row.Gone && before.digest == now.digest
	if same || !known && row.Gone {
		if err := unstage(tx, i.Number, key); err != nil || slices.Contains(i.Full, row.Kind) {
			return err
		}
		return tx.Bucket(bucketChecked).Put(key, importKey(i.Number))
	}
	return writeVersion(tx, i.Number, key, now)
}

func writeVersion(tx *bbolt.Tx, number uint64, key []byte, v version) error {
	versions, log := tx.Bucket(bucketVersions), tx.Bucket(bucketLog)
	versions.FillPercent, log.FillPercent = 0.9, 0.9 // rows come in order
	if err := versions.Put(append(bytes.Clone(key), importKey(number)...), v.encode()); err != nil {
		return err
	}
	return log.Put(append(importKey(number), key...), []byte{byte(v.change)})
}

func unstage(tx *bbolt.Tx, number uint64, key []byte) error {
	return errors.Join(
		tx.Bucket(bucketVersions).Delete(append(bytes.Clone(key), importKey(number)...)),
		tx.Bucket(bucketLog).Delete(append(importKey(number), key...)))
}

// Staged reports which of the ids of a kind are staged in the import under way.
func (m *Mirror) Staged(ctx context.Context, number uint64, kind string, ids []string) (staged []bool, err error) {
	staged = make([]bool, len(ids))
	err = m.read(ctx, func(tx *bbolt.Tx) error {
		last, err := lastImport(tx)
		if err != nil {
			return err
		}
		if err := last.in(number, ImportStaging); err != nil {
			return err
		}
		cursor := tx.Bucket(bucketStaged).Cursor()
		for n, id := range ids {
			key, err := rowKey(kind, id)
			if err != nil {
				return err
			}
			found, _ := cursor.Seek(key)
			staged[n] = bytes.Equal(found, key)
		}
		return nil
	})
	return staged, err
}

// Seal ends the staging: rows of the kinds that were listed in full, and were not staged, have
// vanished. It returns the import with its counts.
func (m *Mirror) Seal(ctx context.Context, number uint64) (MirrorImport, error) {
	var gone [][]byte
	counts := map[string]MirrorCount{}
	err := m.read(ctx, func(tx *bbolt.Tx) error {
		last, err := lastImport(tx)
		if err != nil {
			return err
		}
		if err := last.in(number, ImportStaging); err != nil {
			return err
		}
		gone, err = missing(tx, last, counts)
		return err
	})
	for piece := range slices.Chunk(gone, batch) {
		if err != nil {
			break
		}
		err = m.write(ctx, func(tx *bbolt.Tx) error {
			for _, key := range piece {
				if err := writeVersion(tx, number, key, version{change: Vanished}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err != nil {
		return MirrorImport{}, err
	}
	return m.change(ctx, number, []ImportState{ImportStaging}, func(tx *bbolt.Tx, i *MirrorImport) error {
		i.State, i.Counts = ImportSealed, counts
		return countChanges(tx, number, counts)
	})
}

// missing finds the rows that are there and were not staged, and counts those that are there.
func missing(tx *bbolt.Tx, i MirrorImport, counts map[string]MirrorCount) (gone [][]byte, err error) {
	seen, err := visible(tx, View{})
	if err != nil {
		return nil, err
	}
	staged := tx.Bucket(bucketStaged).Cursor()
	return gone, seen.each(tx, nil, func(key []byte, _ uint64, v version) error {
		if v.change == Vanished {
			return nil
		}
		kind := string(key[:bytes.IndexByte(key, 0)])
		count := counts[kind]
		count.Before++
		counts[kind] = count
		if !slices.Contains(i.Full, kind) {
			return nil
		}
		if found, _ := staged.Seek(key); !bytes.Equal(found, key) {
			gone = append(gone, bytes.Clone(key))
		}
		return nil
	})
}

func countChanges(tx *bbolt.Tx, number uint64, counts map[string]MirrorCount) error {
	prefix := importKey(number)
	cursor := tx.Bucket(bucketLog).Cursor()
	for key, what := cursor.Seek(prefix); bytes.HasPrefix(key, prefix); key, what = cursor.Next() {
		kind := string(key[len(prefix) : len(prefix)+bytes.IndexByte(key[len(prefix):], 0)])
		count := counts[kind]
		switch Change(what[0]) {
		case Appeared:
			count.Appeared++
		case Changed:
			count.Changed++
		case Vanished:
			count.Vanished++
		}
		counts[kind] = count
	}
	return nil
}

func importOf(key []byte) uint64 { return binary.BigEndian.Uint64(key[len(key)-8:]) }
