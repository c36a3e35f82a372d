package translog

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"laurel/internal/strictjson"
)

// Proof shows that a leaf is in the tree of a checkpoint, to whoever knows the log's key. It
// travels as JSON and needs no network to be checked.
type Proof struct {
	Index      int64  `json:"index"`
	Size       int64  `json:"size"`
	Hashes     []Hash `json:"hashes"`
	Checkpoint string `json:"checkpoint"` // the signed note
}

// maxProof bounds the hashes of a proof: no tree is higher.
const maxProof = 64

// Prove proves that a leaf is in the tree of a checkpoint.
func Prove(ctx context.Context, c Checkpoint, index int64, tiles Tiles) (Proof, error) {
	if index < 0 || index >= c.Size {
		return Proof{}, fmt.Errorf("%w: leaf %d of %d", ErrProof, index, c.Size)
	}
	hashes, err := tlog.ProveRecord(c.Size, index, reader(ctx, c, tiles))
	return Proof{index, c.Size, hashes, string(c.Note)}, err
}

// Check demands that an entry is the leaf that the proof is about, and returns the
// checkpoint.
func (p Proof) Check(policy Policy, entry []byte) (Checkpoint, error) {
	c, err := policy.Open([]byte(p.Checkpoint))
	if err != nil {
		return Checkpoint{}, err
	}
	if c.Size != p.Size {
		return Checkpoint{}, fmt.Errorf("%w: for a tree of %d leaves, not %d", ErrProof, p.Size, c.Size)
	}
	return c, CheckInclusion(c.Root, c.Size, p.Index, LeafHash(entry), p.Hashes)
}

// CheckInclusion demands that a leaf is in the tree of a size with a root (RFC 6962 §2.1.1).
func CheckInclusion(root Hash, size, index int64, leaf Hash, hashes []Hash) error {
	if index < 0 || index >= size || size > maxSize || len(hashes) > maxProof {
		return fmt.Errorf("%w: leaf %d of %d", ErrProof, index, size)
	}
	if err := tlog.CheckRecord(hashes, size, root, index, leaf); err != nil {
		return ErrProof
	}
	return nil
}

// ReadProof reads a proof as json.Marshal writes it. Every error is ErrForm.
func ReadProof(text []byte) (Proof, error) {
	object, err := strictjson.ReadObject(text, strictjson.Limits{Bytes: 2 * MaxNote, Depth: 3, Values: 8 + maxProof})
	if err != nil {
		return Proof{}, fmt.Errorf("%w: %w", ErrForm, err)
	}
	var p Proof
	note, ok := object.Member("checkpoint").IsText()
	index, err1 := object.Member("index").Number().Int64()
	size, err2 := object.Member("size").Number().Int64()
	hashes, err3 := ReadHashes(object.Member("hashes"))
	if !ok || err1 != nil || err2 != nil || err3 != nil || object.Len() != 4 {
		return Proof{}, fmt.Errorf("%w: a proof has index, size, hashes and checkpoint", ErrForm)
	}
	p = Proof{index, size, hashes, note}
	return p, nil
}

// ReadHashes reads an array of hashes in base64.
func ReadHashes(list strictjson.Value) ([]Hash, error) {
	if !list.Is(strictjson.Array) || list.Len() > maxProof {
		return nil, fmt.Errorf("%w: no list of hashes", ErrForm)
	}
	hashes := []Hash{}
	for item := range list.Items() {
		h, err := ParseHash(item.Text())
		if err != nil {
			return nil, err
		}
		hashes = append(hashes, h)
	}
	return hashes, nil
}

// ParseHash reads a hash in its one base64 form.
func ParseHash(text string) (Hash, error) {
	raw, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != tlog.HashSize || base64.StdEncoding.EncodeToString(raw) != text {
		return Hash{}, fmt.Errorf("%w: no hash", ErrForm)
	}
	return Hash(raw), nil
}

var _ json.Marshaler = Hash{} // in base64

// Consistency proves to somebody who knows the tree of a smaller size that the tree of a
// checkpoint contains it (RFC 6962 §2.1.2).
func Consistency(ctx context.Context, c Checkpoint, size int64, tiles Tiles) ([]Hash, error) {
	if size < 0 || size > c.Size {
		return nil, fmt.Errorf("%w: a tree of %d does not contain one of %d", ErrProof, c.Size, size)
	}
	if size == 0 || size == c.Size {
		return nil, nil
	}
	return tlog.ProveTree(c.Size, size, reader(ctx, c, tiles))
}

// Find returns the index of the last leaf with a hash, from an index on.
func Find(ctx context.Context, c Checkpoint, leaf Hash, from int64, tiles Tiles) (int64, error) {
	authentic := reader(ctx, c, tiles)
	for end := c.Size; end > max(from, 0); {
		start := max((end-1)/tileWidth*tileWidth, from, 0) // within one tile
		var indexes []int64
		for i := start; i < end; i++ {
			indexes = append(indexes, tlog.StoredHashIndex(0, i))
		}
		hashes, err := authentic.ReadHashes(indexes)
		if err != nil {
			return 0, err
		}
		for i := len(hashes) - 1; i >= 0; i-- {
			if hashes[i] == leaf {
				return start + int64(i), nil
			}
		}
		end = start
	}
	return 0, fmt.Errorf("%w: no such leaf", ErrProof)
}

// Tree is a Merkle tree that is held in memory and grows leaf by leaf. The zero Tree is empty.
type Tree struct {
	size   int64
	stored []Hash
}

// Add appends a leaf.
func (t *Tree) Add(leaf Hash) {
	hashes, err := tlog.StoredHashesForRecordHash(t.size, leaf, t.reader())
	if err != nil {
		panic(err) // every hash that is asked for is there
	}
	t.stored = append(t.stored, hashes...)
	t.size++
}

// Size is the number of leaves.
func (t *Tree) Size() int64 { return t.size }

// Root is the root of the tree.
func (t *Tree) Root() Hash {
	root, err := tlog.TreeHash(t.size, t.reader())
	if err != nil {
		panic(err) // every hash that is asked for is there
	}
	return root
}

// Prove returns what CheckInclusion wants to see of a leaf.
func (t *Tree) Prove(index int64) ([]Hash, error) {
	if index < 0 || index >= t.size {
		return nil, fmt.Errorf("%w: leaf %d of %d", ErrProof, index, t.size)
	}
	return tlog.ProveRecord(t.size, index, t.reader())
}

func (t *Tree) reader() tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]Hash, error) {
		hashes := make([]Hash, len(indexes))
		for i, x := range indexes {
			hashes[i] = t.stored[x]
		}
		return hashes, nil
	})
}
