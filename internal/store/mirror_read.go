package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"go.etcd.io/bbolt"
)

// View says which state of a mirror is looked at; the zero View is what holds now.
type View struct {
	At   time.Time // not zero: what was accepted until then
	With uint64    // the number of an import that counts as if it were accepted
}

// MirrorRow is a row in a view.
type MirrorRow struct {
	Kind, ID  string
	Digest    [sha256.Size]byte // of the body
	Body      []byte
	Gone      bool      // it vanished; Digest and Body are those of its last version
	Import    uint64    // that brought this version
	FirstSeen time.Time // when the first version was observed
	Known     time.Time // when this version was observed
	Checked   time.Time // when it was last found unchanged, or Known; in a view of the past, or earlier
}

// MirrorEvent is one change of a row.
type MirrorEvent struct {
	Kind, ID string
	Change   Change
	Import   uint64
	Observed time.Time
	Accepted time.Time
	Before   []byte // the body until then; nil where there was none
	After    []byte // nil where it vanished
}

// sight is what of the imports can be seen.
type sight struct {
	imports map[uint64]MirrorImport
	full    map[string]time.Time // when a kind was last listed in full, or said to be the same
}

func visible(tx *bbolt.Tx, v View) (*sight, error) {
	all, err := imports(tx)
	if err != nil {
		return nil, err
	}
	s := &sight{map[uint64]MirrorImport{}, map[string]time.Time{}}
	for _, i := range all {
		if i.State == ImportAccepted && (v.At.IsZero() || !i.Decided.After(v.At)) || i.Number == v.With && i.State != ImportDiscarded {
			s.imports[i.Number] = i
			for _, kind := range slices.Concat(i.Full, i.Same) {
				s.full[kind] = i.Observed
			}
		}
	}
	return s, nil
}

// last finds the newest version of a row that can be seen.
func (s *sight) last(cursor *bbolt.Cursor, row []byte) (v version, number uint64, known bool, err error) {
	end := append(bytes.Clone(row), 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)
	step := cursor.Prev
	if beyond, _ := cursor.Seek(end); beyond == nil {
		step = cursor.Last
	}
	key, raw := step()
	for ; len(key) == len(row)+8 && bytes.HasPrefix(key, row); key, raw = cursor.Prev() {
		if _, ok := s.imports[importOf(key)]; ok {
			v, err = decodeVersion(key, raw)
			return v, importOf(key), err == nil, err
		}
	}
	return v, 0, false, nil
}

// each goes through the rows whose keys begin with a prefix, with the newest version of each
// that can be seen. What it hands on is the transaction's.
func (s *sight) each(tx *bbolt.Tx, prefix []byte, do func(row []byte, number uint64, v version) error) error {
	return s.histories(tx, prefix, func(row []byte, numbers []uint64, versions []version) error {
		last := len(numbers) - 1
		return do(row, numbers[last], versions[last])
	})
}

// histories is each with all versions that can be seen, the oldest first.
func (s *sight) histories(tx *bbolt.Tx, prefix []byte, do func(row []byte, numbers []uint64, versions []version) error) error {
	var (
		row      []byte
		numbers  []uint64
		versions []version
	)
	flush := func() error {
		if len(numbers) == 0 {
			return nil
		}
		return do(row, numbers, versions)
	}
	cursor := tx.Bucket(bucketVersions).Cursor()
	for key, raw := cursor.Seek(prefix); key != nil && bytes.HasPrefix(key, prefix); key, raw = cursor.Next() {
		if len(key) < 8+4 {
			return fmt.Errorf("%w: the version %q", errDamaged, key)
		}
		if own := key[:len(key)-8]; !bytes.Equal(own, row) {
			if err := flush(); err != nil {
				return err
			}
			row, numbers, versions = own, numbers[:0], versions[:0]
		}
		if _, ok := s.imports[importOf(key)]; !ok {
			continue
		}
		v, err := decodeVersion(key, raw)
		if err != nil {
			return err
		}
		numbers, versions = append(numbers, importOf(key)), append(versions, v)
	}
	return flush()
}

// Rows hands on the rows of a kind in the order of their ids, those that vanished among them.
// Their bodies are the receiver's own.
func (m *Mirror) Rows(ctx context.Context, view View, kind string, each func(MirrorRow) error) error {
	return m.read(ctx, func(tx *bbolt.Tx) error {
		seen, err := visible(tx, view)
		if err != nil {
			return err
		}
		checked := tx.Bucket(bucketChecked).Cursor()
		return seen.histories(tx, append([]byte(kind), 0), func(row []byte, numbers []uint64, versions []version) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return each(seen.row(checked, row, numbers, versions))
		})
	})
}

// Row returns one row; false where it was never there.
func (m *Mirror) Row(ctx context.Context, view View, kind, id string) (found MirrorRow, ok bool, err error) {
	key, err := rowKey(kind, id)
	if err != nil {
		return found, false, err
	}
	err = m.read(ctx, func(tx *bbolt.Tx) error {
		seen, err := visible(tx, view)
		if err != nil {
			return err
		}
		return seen.histories(tx, key, func(row []byte, numbers []uint64, versions []version) error {
			found, ok = seen.row(tx.Bucket(bucketChecked).Cursor(), row, numbers, versions), true
			return nil
		})
	})
	return found, ok, err
}

func (s *sight) row(checked *bbolt.Cursor, key []byte, numbers []uint64, versions []version) MirrorRow {
	last := len(numbers) - 1
	kind, id := names(key)
	r := MirrorRow{
		Kind: kind, ID: id, Gone: versions[last].change == Vanished, Import: numbers[last],
		FirstSeen: s.imports[numbers[0]].Observed, Known: s.imports[numbers[last]].Observed,
	}
	r.Checked = r.Known
	if full := s.full[kind]; full.After(r.Checked) {
		r.Checked = full
	}
	if found, number := checked.Seek(key); bytes.Equal(found, key) && len(number) == 8 {
		if at := s.imports[binary.BigEndian.Uint64(number)].Observed; at.After(r.Checked) {
			r.Checked = at
		}
	}
	for ; last > 0 && versions[last].change == Vanished; last-- {
	}
	r.Digest, r.Body = versions[last].digest, bytes.Clone(versions[last].body)
	return r
}

func names(key []byte) (kind, id string) {
	at := bytes.IndexByte(key, 0)
	return string(key[:at]), string(key[at+1 : len(key)-1])
}

// History returns the changes of one row, the oldest first.
func (m *Mirror) History(ctx context.Context, view View, kind, id string) (all []MirrorEvent, err error) {
	key, err := rowKey(kind, id)
	if err != nil {
		return nil, err
	}
	err = m.read(ctx, func(tx *bbolt.Tx) error {
		seen, err := visible(tx, view)
		if err != nil {
			return err
		}
		return seen.histories(tx, key, func(_ []byte, numbers []uint64, versions []version) error {
			for n := range numbers {
				all = append(all, seen.event(kind, id, numbers[:n+1], versions[:n+1]))
			}
			return nil
		})
	})
	return all, err
}

// event is the last of the changes.
func (s *sight) event(kind, id string, numbers []uint64, versions []version) MirrorEvent {
	last := len(numbers) - 1
	i := s.imports[numbers[last]]
	e := MirrorEvent{Kind: kind, ID: id, Change: versions[last].change, Import: i.Number, Observed: i.Observed, Accepted: i.Decided}
	if e.Change != Vanished {
		e.After = bytes.Clone(versions[last].body)
	}
	if last > 0 && versions[last-1].change != Vanished {
		e.Before = bytes.Clone(versions[last-1].body)
	}
	return e
}

// Changes hands on what an import changes, or would change while it is pending.
func (m *Mirror) Changes(ctx context.Context, number uint64, each func(MirrorEvent) error) error {
	return m.read(ctx, func(tx *bbolt.Tx) error {
		all, err := imports(tx)
		if err != nil {
			return err
		}
		seen, err := visible(tx, View{With: number})
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(all, func(i MirrorImport) bool { return i.Number == number && i.State != ImportDiscarded }) {
			return fmt.Errorf("%w: %d", ErrNoImport, number)
		}
		for later := range seen.imports {
			if later > number {
				delete(seen.imports, later)
			}
		}
		return seen.changes(ctx, tx, number, each)
	})
}

func (s *sight) changes(ctx context.Context, tx *bbolt.Tx, number uint64, each func(MirrorEvent) error) error {
	prefix := importKey(number)
	cursor := tx.Bucket(bucketLog).Cursor()
	for key, _ := cursor.Seek(prefix); bytes.HasPrefix(key, prefix); key, _ = cursor.Next() {
		if err := ctx.Err(); err != nil {
			return err
		}
		row := key[len(prefix):]
		kind, id := names(row)
		err := s.histories(tx, row, func(_ []byte, numbers []uint64, versions []version) error {
			return each(s.event(kind, id, numbers, versions))
		})
		if err != nil {
			return err
		}
	}
	return nil
}
