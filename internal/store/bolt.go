// Package store answers: where are the issuer's records kept?
//
// Bolt keeps them in one file (bbolt 1.5), for one process at a time, without a database
// server. It holds what an issuer decided and has no rules of its own; the contract is
// issuer.Store, and storetest asks every sentence of it. Keys are held elsewhere.
//
// Who reads the file sees learners' addresses and the links of every badge page, so it is
// made for its owner's eyes only.
package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"

	"laurel/issuer"
)

// The file's buckets. Awards are numbered as they come, so that a batch of them is written
// to the end of the file's tree and not all over it. Signed bytes have buckets of their own,
// so that lists of awards do not load them.
var (
	bucketLaurel       = []byte("laurel")           // "format", "profile"
	bucketAchievements = []byte("achievements")     // key → achievementRecord
	bucketImages       = []byte("images")           // achievement key → PNG
	bucketAwards       = []byte("awards")           // number → awardRecord
	bucketCredentials  = []byte("credentials")      // award's number → signed bytes
	bucketTokens       = []byte("tokens")           // award's number → signed bytes as a JWT
	bucketByID         = []byte("by-id")            // award's id → its number
	bucketByKey        = []byte("by-key")           // assessment key → award's number
	bucketByShare      = []byte("by-share")         // SHA-256 of the share token → award's number
	bucketByOwner      = []byte("by-owner")         // SHA-256 of the owner token → award's number
	bucketUsed         = []byte("used")             // pair number → bitmap of used indexes
	bucketLists        = []byte("lists")            // pair number, purpose → listRecord
	bucketBits         = []byte("bits")             // pair number, purpose → bitmap of set bits
	bucketListSigned   = []byte("list-credentials") // pair number, purpose → signed bytes
	bucketAccess       = []byte("access")           // access token's id → accessRecord
	bucketByHash       = []byte("access-by-hash")   // access token's hash → its id

	buckets = [][]byte{
		bucketLaurel, bucketAchievements, bucketImages, bucketAwards, bucketCredentials,
		bucketTokens, bucketByID, bucketByKey, bucketByShare, bucketByOwner, bucketUsed,
		bucketLists, bucketBits, bucketListSigned, bucketAccess, bucketByHash,
	}

	keyFormat  = []byte("format")
	keyProfile = []byte("profile")
)

// format is the version of the file's layout that this program reads and writes.
const format = 2

// pageSize is that of new files. A page holds a few credentials, and is written in one go.
const pageSize = 16 << 10

// lockWait is how long OpenBolt waits for another process to let go of the file.
const lockWait = time.Second

// Bolt is an issuer.Store in one file. It is safe for concurrent use; acts that change
// something happen one after the other, each made durable before it returns.
type Bolt struct {
	db *bbolt.DB
	// broken is set when a commit failed at a moment after which nobody knows what the
	// disk holds; only opening the file anew tells.
	broken atomic.Bool
}

var _ issuer.Store = (*Bolt)(nil)

// OpenBolt opens the store in the file at path, and makes the file if there is none.
// ErrInUse if another process holds it. A file that is not a store, is damaged, or has a
// newer format is refused unchanged.
func OpenBolt(path string) (b *Bolt, err error) {
	db, err := openFile(path)
	if err != nil {
		return nil, openError(path, err)
	}
	if err := prepare(db, path); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &Bolt{db: db}, nil
}

// openFile turns what bbolt does on a damaged file, a panic or a memory fault, into
// errDamaged.
func openFile(path string) (db *bbolt.DB, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if what := recover(); what != nil {
			err = fmt.Errorf("%w: %v", errDamaged, what)
		}
	}()
	return bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout: lockWait, FreelistType: bbolt.FreelistMapType, PageSize: pageSize, InitialMmapSize: mapped(),
	})
}

// mapped is how many addresses, not bytes, a file takes from the start, so that it need not be
// mapped anew each time it has doubled. Windows would make the file that long.
func mapped() int {
	if runtime.GOOS == "windows" || strconv.IntSize < 64 {
		return 0
	}
	return 1 << 30
}

// prepare checks an opened file, lays out a new one, and brings an old one up to date.
func prepare(db *bbolt.DB, path string) error {
	found := 0
	err := db.View(func(tx *bbolt.Tx) (err error) {
		if err := checkSize(tx, path); err != nil {
			return err
		}
		if first, _ := tx.Cursor().First(); first != nil {
			found, err = checkFormat(tx, path)
		}
		return err
	})
	if err != nil || found == format {
		return err
	}
	lay := layOut
	if found > 0 {
		lay = migrate
	}
	if err := db.Update(lay); err != nil {
		return openError(path, err)
	}
	return syncFolder(filepath.Dir(path))
}

// layOut makes the buckets of a new file.
func layOut(tx *bbolt.Tx) error {
	for _, name := range buckets {
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	return tx.Bucket(bucketLaurel).Put(keyFormat, formatText())
}

func formatText() []byte { return []byte(strconv.Itoa(format)) }

// checkSize finds files that were cut short, such as by an interrupted copy, before a
// read beyond their end can stop the process.
func checkSize(tx *bbolt.Tx, path string) error {
	info, err := os.Stat(path)
	if err == nil && info.Size() < tx.Size() {
		err = openError(path, fmt.Errorf("%w: %d bytes of %d are missing", errDamaged, tx.Size()-info.Size(), tx.Size()))
	}
	return err
}

// checkFormat returns the format of a file that can be read.
func checkFormat(tx *bbolt.Tx, path string) (int, error) {
	laurel := tx.Bucket(bucketLaurel)
	if laurel == nil {
		return 0, fmt.Errorf("%s belongs to another program; name another data directory", path)
	}
	found, err := strconv.Atoi(string(laurel.Get(keyFormat)))
	switch {
	case err != nil || found < 1:
		return 0, openError(path, fmt.Errorf("%w: it does not say its format", errDamaged))
	case found > format:
		return 0, fmt.Errorf("%s was written by a newer version of this program (format %d, this one knows %d); use that version", path, found, format)
	}
	for _, name := range buckets {
		if tx.Bucket(name) == nil && (found == format || !bytes.Equal(name, bucketByID)) {
			return 0, openError(path, fmt.Errorf("%w: it has no %q", errDamaged, name))
		}
	}
	return found, nil
}

// syncFolder makes the name of a new file durable; Windows does so by itself.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// Close waits for acts under way and lets go of the file.
func (b *Bolt) Close() error { return b.db.Close() }

// errUnchanged ends an act that found nothing to do.
var errUnchanged = errors.New("nothing to record")

// write runs an act and makes it durable, or leaves everything as it was.
func (b *Bolt) write(ctx context.Context, act func(*bbolt.Tx) error) error {
	return write(ctx, b.db, &b.broken, act)
}

func write(ctx context.Context, db *bbolt.DB, broken *atomic.Bool, act func(*bbolt.Tx) error) error {
	tx, err := begin(ctx, db, broken, true)
	if err != nil {
		return err
	}
	defer tx.Rollback() // does nothing after Commit
	if err := act(tx); err == errUnchanged {
		return nil
	} else if err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		broken.Store(!untouched(err))
		return commitError(err)
	}
	return nil
}

// read runs look on one consistent state of the records.
func (b *Bolt) read(ctx context.Context, look func(*bbolt.Tx) error) error {
	return read(ctx, b.db, &b.broken, look)
}

func read(ctx context.Context, db *bbolt.DB, broken *atomic.Bool, look func(*bbolt.Tx) error) error {
	tx, err := begin(ctx, db, broken, false)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	return look(tx)
}

// begin starts a transaction, unless ctx ended before or while waiting for others.
func begin(ctx context.Context, db *bbolt.DB, broken *atomic.Bool, writable bool) (*bbolt.Tx, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	tx, err := db.Begin(writable)
	if err != nil {
		return nil, beginError(err)
	}
	if err = ctx.Err(); err == nil && broken.Load() {
		err = errBroken
	}
	if err != nil {
		return nil, errors.Join(err, tx.Rollback())
	}
	return tx, nil
}
