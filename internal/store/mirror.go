package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
)

// The buckets of a mirror's file. A version's key is its row's, and behind it the number of
// the import that brought it, so that the versions of a row lie together in order.
var (
	bucketMirror   = []byte("mirror")   // "format"
	bucketImports  = []byte("imports")  // number → MirrorImport
	bucketVersions = []byte("versions") // kind, 0, id, 0, import's number → change, digest, body
	bucketLog      = []byte("log")      // import's number, kind, 0, id, 0 → change
	bucketChecked  = []byte("checked")  // kind, 0, id, 0 → number of the last import that found it unchanged
	bucketStaged   = []byte("staged")   // kind, 0, id, 0 → of the import under way

	mirrorBuckets = [][]byte{bucketMirror, bucketImports, bucketVersions, bucketLog, bucketChecked, bucketStaged}
)

// mirrorFormat is the version of the layout.
const mirrorFormat = 1

// Mirror keeps what a foreign source said, row by row, in one file, and forgets nothing: a
// change is a new version, and a row that vanished keeps its versions and may come back. What
// the rows mean is for its callers.
//
// Rows change by imports, one after the other. An import is staged in pieces, each of them
// durable, then sealed, and then accepted as a whole, or held until somebody decides. Until
// it is accepted, nobody sees any of it.
type Mirror struct {
	db     *bbolt.DB
	broken atomic.Bool
}

// OpenMirror opens the mirror in the file at path, and makes the file if there is none, under
// the rules of OpenBolt.
func OpenMirror(path string) (*Mirror, error) {
	db, err := openFile(path)
	if err != nil {
		return nil, openError(path, err)
	}
	if err := prepareMirror(db, path); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &Mirror{db: db}, nil
}

func prepareMirror(db *bbolt.DB, path string) error {
	found := false
	err := db.View(func(tx *bbolt.Tx) error {
		if err := checkSize(tx, path); err != nil {
			return err
		}
		first, _ := tx.Cursor().First()
		if found = first != nil; !found {
			return nil
		}
		return checkMirror(tx, path)
	})
	if err != nil || found {
		return err
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		for _, name := range mirrorBuckets {
			if _, err := tx.CreateBucket(name); err != nil {
				return err
			}
		}
		return tx.Bucket(bucketMirror).Put(keyFormat, []byte(strconv.Itoa(mirrorFormat)))
	})
	if err != nil {
		return openError(path, err)
	}
	return syncFolder(filepath.Dir(path))
}

func checkMirror(tx *bbolt.Tx, path string) error {
	own := tx.Bucket(bucketMirror)
	if own == nil {
		return fmt.Errorf("%s is not a mirror; name another file", path)
	}
	format, err := strconv.Atoi(string(own.Get(keyFormat)))
	switch {
	case err != nil || format < 1:
		return openError(path, fmt.Errorf("%w: it does not say its format", errDamaged))
	case format > mirrorFormat:
		return fmt.Errorf("%s was written by a newer version of this program (format %d, this one knows %d); use that version", path, format, mirrorFormat)
	}
	for _, name := range mirrorBuckets {
		if tx.Bucket(name) == nil {
			return openError(path, fmt.Errorf("%w: it has no %q", errDamaged, name))
		}
	}
	return nil
}

// Close waits for acts under way and lets go of the file.
func (m *Mirror) Close() error { return m.db.Close() }

// ImportState is how far an import has come.
type ImportState string

// The states.
const (
	ImportStaging   ImportState = "staging"   // rows are being added
	ImportSealed    ImportState = "sealed"    // it is whole and waits for a decision
	ImportHeld      ImportState = "held"      // somebody must decide
	ImportAccepted  ImportState = "accepted"  // its rows are what the source says
	ImportDiscarded ImportState = "discarded" // nothing of it counts
)

func (s ImportState) pending() bool { return s != ImportAccepted && s != ImportDiscarded }

// MirrorRaw is what was fetched for an import.
type MirrorRaw struct {
	URL     string    `json:"url"`
	SHA256  string    `json:"sha256"`
	ETag    string    `json:"etag,omitempty"`
	Bytes   int64     `json:"bytes"`
	Rows    int       `json:"rows,omitempty"`
	Fetched time.Time `json:"fetched"`
}

// MirrorCount is what an import did to the rows of a kind.
type MirrorCount struct {
	Before   int `json:"before"` // rows that were there
	Appeared int `json:"appeared,omitempty"`
	Changed  int `json:"changed,omitempty"`
	Vanished int `json:"vanished,omitempty"`
}

// MirrorImport is one import.
type MirrorImport struct {
	Number   uint64                 `json:"number"` // from 1
	State    ImportState            `json:"state"`
	Observed time.Time              `json:"observed"`         // when the source was asked
	Decided  time.Time              `json:"decided,omitzero"` // when it was accepted or discarded
	By       string                 `json:"by,omitempty"`     // who decided, where it was held
	Reason   string                 `json:"reason,omitempty"` // why it is or was held
	Full     []string               `json:"full,omitempty"`   // kinds that the source listed in full
	Same     []string               `json:"same,omitempty"`   // kinds that the source said are unchanged
	Job      string                 `json:"job,omitempty"`    // what the caller is doing, to go on after a kill
	Raw      []MirrorRaw            `json:"raw,omitempty"`    // files; of single rows there are too many
	Counts   map[string]MirrorCount `json:"counts,omitempty"` // by kind, once it is sealed
}

// What can go wrong with an import.
var (
	// ErrImportPending: another import is under way, or held.
	ErrImportPending = errors.New("an import is pending; finish, release or discard it first")
	// ErrNoImport: no import of this number is in the state that the act is for.
	ErrNoImport = errors.New("there is no such import in a state for this")
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

// Path is where the file is.
func (m *Mirror) Path() string { return m.db.Path() }
