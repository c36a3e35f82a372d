package translog

import (
	"context"
	"crypto"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"laurel/internal/durable"
)

// MaxEntry bounds an entry in bytes (C2SP tlog-tiles, Log entries).
const MaxEntry = 1<<16 - 1

const checkpointFile = "checkpoint"

// Writer appends to a log that is a folder of files, which a web server can serve as they
// are. It is not safe for concurrent use.
type Writer struct {
	dir    string
	unlock func() error
	pen    pen
	policy Policy
	last   Checkpoint
}

// OpenWriter opens a log for writing, or begins one where the folder has none. While it is
// open, nobody else can; the error is durable.ErrLocked then.
func OpenWriter(dir, origin string, signer crypto.Signer) (*Writer, error) {
	p, err := newPen(origin, typeLog, signer)
	if err != nil {
		return nil, err
	}
	key, err := LogKey(origin, signer.Public())
	if err != nil {
		return nil, err
	}
	unlock, err := durable.Lock(dir)
	if err != nil {
		return nil, err
	}
	w := &Writer{dir: dir, unlock: unlock, pen: p, policy: Policy{Origin: origin, Key: key}}
	if err := w.load(); err != nil {
		return nil, errors.Join(err, unlock())
	}
	return w, nil
}

func (w *Writer) load() error {
	signed, err := os.ReadFile(filepath.Join(w.dir, checkpointFile))
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(filepath.Join(w.dir, "tile")); err == nil {
			return errors.New("the log has tiles but no checkpoint: restore it, or a second history begins")
		}
		return w.publish(0, emptyRoot())
	}
	if err != nil {
		return err
	}
	w.last, err = w.policy.Open(signed)
	return err
}

// Close lets others write.
func (w *Writer) Close() error { return w.unlock() }

// Checkpoint is the newest one.
func (w *Writer) Checkpoint() Checkpoint { return w.last }

// Append appends entries, all or none, and returns the index of the first of them and the
// checkpoint that has them, which is on the disk. After a crash the log has the checkpoint
// from before or the new one: tiles are written first, and what they say about leaves of a
// published checkpoint never changes.
func (w *Writer) Append(entries ...[]byte) (int64, Checkpoint, error) {
	first := w.last.Size
	if len(entries) == 0 {
		return first, w.last, nil
	}
	for _, e := range entries {
		if len(e) > MaxEntry {
			return 0, Checkpoint{}, fmt.Errorf("%w: entry of %d bytes", ErrForm, len(e))
		}
	}
	grown := &growth{old: tlog.StoredHashCount(first), disk: reader(context.Background(), w.last, Folder(w.dir))}
	for i, e := range entries {
		hashes, err := tlog.StoredHashes(first+int64(i), e, grown)
		if err != nil {
			return 0, Checkpoint{}, err
		}
		grown.hashes = append(grown.hashes, hashes...)
	}
	size := first + int64(len(entries))
	if err := w.writeTiles(size, grown, entries); err != nil {
		return 0, Checkpoint{}, err
	}
	root, err := tlog.TreeHash(size, grown)
	if err != nil {
		return 0, Checkpoint{}, err
	}
	err = w.publish(size, root)
	return first, w.last, err
}

// growth reads the hashes of a tree that grows: the old ones from the disk.
type growth struct {
	old    int64
	disk   tlog.HashReader
	hashes []Hash
}

func (g *growth) ReadHashes(indexes []int64) ([]Hash, error) {
	var fromDisk []int64
	for _, x := range indexes {
		if x < g.old {
			fromDisk = append(fromDisk, x)
		}
	}
	var read []Hash
	if len(fromDisk) > 0 {
		var err error
		if read, err = g.disk.ReadHashes(fromDisk); err != nil {
			return nil, err
		}
	}
	hashes := make([]Hash, len(indexes))
	for i, x := range indexes {
		if x < g.old {
			hashes[i], read = read[0], read[1:]
		} else {
			hashes[i] = g.hashes[x-g.old]
		}
	}
	return hashes, nil
}

func (w *Writer) writeTiles(size int64, hashes tlog.HashReader, entries [][]byte) error {
	for _, t := range tlog.NewTiles(tileHeight, w.last.Size, size) {
		data, err := tlog.ReadTileData(t, hashes)
		if err != nil {
			return err
		}
		if err := w.write(tilePath(t), data); err != nil {
			return err
		}
		if t.L > 0 {
			continue
		}
		bundle, err := w.bundle(t, hashes, entries)
		if err != nil {
			return err
		}
		if err := w.write(bundlePath(t), bundle); err != nil {
			return err
		}
	}
	return nil
}

// bundle returns the entries of a tile of leaves (C2SP tlog-tiles, Log entries): those that
// are on the disk, and new ones.
func (w *Writer) bundle(t tlog.Tile, hashes tlog.HashReader, entries [][]byte) ([]byte, error) {
	start := t.N * tileWidth
	var out []byte
	if start < w.last.Size {
		before := t
		before.W = int(w.last.Size - start)
		kept, err := os.ReadFile(filepath.Join(w.dir, filepath.FromSlash(bundlePath(before))))
		if err != nil {
			return nil, err
		}
		if err := checkBundle(kept, start, before.W, hashes); err != nil {
			return nil, err
		}
		out = kept
		start = w.last.Size
	}
	for i := start; i < t.N*tileWidth+int64(t.W); i++ {
		e := entries[i-w.last.Size]
		out = binary.BigEndian.AppendUint16(out, uint16(len(e)))
		out = append(out, e...)
	}
	return out, nil
}

// checkBundle demands that a bundle is of the leaves from an index on.
func checkBundle(data []byte, start int64, width int, hashes tlog.HashReader) error {
	entries, err := ReadBundle(data)
	if err != nil || len(entries) != width {
		return fmt.Errorf("%w: bundle of entries", ErrTiles)
	}
	var indexes []int64
	for i := range entries {
		indexes = append(indexes, tlog.StoredHashIndex(0, start+int64(i)))
	}
	leaves, err := hashes.ReadHashes(indexes)
	if err != nil {
		return err
	}
	for i, e := range entries {
		if LeafHash(e) != leaves[i] {
			return fmt.Errorf("%w: entry %d", ErrTiles, start+int64(i))
		}
	}
	return nil
}

// ReadBundle reads the entries of a bundle.
func ReadBundle(data []byte) ([][]byte, error) {
	var entries [][]byte
	for len(data) > 0 {
		if len(data) < 2 || len(data)-2 < int(binary.BigEndian.Uint16(data)) || len(entries) == tileWidth {
			return nil, fmt.Errorf("%w: bundle of entries", ErrForm)
		}
		end := 2 + int(binary.BigEndian.Uint16(data))
		entries = append(entries, data[2:end:end])
		data = data[end:]
	}
	return entries, nil
}

// publish signs a checkpoint, follows it as a client would, and puts it in place.
func (w *Writer) publish(size int64, root Hash) error {
	signed, err := note.Sign(&note.Note{Text: body(w.policy.Origin, size, root)}, w.pen)
	if err != nil {
		return err
	}
	next, err := w.policy.Follow(context.Background(), w.last, signed, Folder(w.dir))
	if err != nil {
		return err
	}
	if err := w.write(checkpointFile, signed); err != nil {
		return err
	}
	w.last = next
	return nil
}

func (w *Writer) write(path string, content []byte) error {
	return durable.Replace(filepath.Join(w.dir, filepath.FromSlash(path)), content)
}

// Attach adds the cosignatures of witnesses, as Witness.Cosign returns them, to the newest
// checkpoint. A witness's first word on it stays.
func (w *Writer) Attach(witnesses []string, cosignatures ...string) error {
	policy := w.policy
	policy.Witnesses = witnesses
	next, err := policy.Open(w.last.Note)
	if err != nil {
		return err
	}
	for _, line := range cosignatures {
		if !strings.HasPrefix(line, "— ") || strings.Count(line, "\n") != 1 || !strings.HasSuffix(line, "\n") {
			return fmt.Errorf("%w: no signature line", ErrForm)
		}
		name := strings.Fields(line)[1]
		if slices.ContainsFunc(next.Cosigned, func(c Cosignature) bool { return c.Name == name }) {
			continue
		}
		before := len(next.Cosigned)
		if next, err = policy.Open([]byte(string(next.Note) + line)); err != nil {
			return err
		}
		if len(next.Cosigned) == before {
			return fmt.Errorf("%w: a cosignature of somebody who is no witness", ErrSignature)
		}
	}
	if err := w.write(checkpointFile, next.Note); err != nil {
		return err
	}
	w.last = next
	return nil
}
