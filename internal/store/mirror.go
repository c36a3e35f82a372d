package store

import (
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

// Path is where the file is.
func (m *Mirror) Path() string { return m.db.Path() }

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
