// Package translog answers: is this leaf in the log that everybody sees?
//
// A log is a folder of static files: a checkpoint, signed by the log's key and cosigned by
// witnesses (C2SP signed-note, tlog-checkpoint, tlog-cosignature), and the tiles of its
// Merkle tree (C2SP tlog-tiles, RFC 6962 §2.1). Whoever follows it demands that each
// checkpoint contains the one before, so that the log cannot show one history to one reader
// and another to the next without being caught with two signed checkpoints in hand.
//
// What the leaves mean, and where the files come from, is left to the callers. Hashes and
// proofs are made by golang.org/x/mod/sumdb.
package translog

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Hash is a hash of a leaf or of a node (RFC 6962 §2.1).
type Hash = tlog.Hash

// LeafHash is the hash of a leaf.
func LeafHash(entry []byte) Hash { return tlog.RecordHash(entry) }

// Errors that callers decide on.
var (
	// ErrForm: the checkpoint or proof is none.
	ErrForm = errors.New("malformed log data")
	// ErrSignature: the log's key did not sign the checkpoint, or not for this origin.
	ErrSignature = errors.New("checkpoint is not signed by the log")
	// ErrOlder: the checkpoint is of a smaller tree than one that was accepted before.
	ErrOlder = errors.New("checkpoint is older than the last one")
	// ErrFork: the log has signed two histories. The error is a *ForkError.
	ErrFork = errors.New("the log has signed two histories")
	// ErrTiles: the tiles that were served are not those of the checkpoint. Others may have
	// the right ones.
	ErrTiles = errors.New("tiles do not hash to the checkpoint")
	// ErrProof: the leaf, or the smaller tree, is not shown to be in the tree.
	ErrProof = errors.New("proof does not hold")
)

// ForkError is the evidence that a log has signed two histories: two checkpoints, both with
// its signature, of which the second does not contain the first.
type ForkError struct {
	Old, New []byte
}

// Error says what happened; the evidence is in the fields.
func (e *ForkError) Error() string { return ErrFork.Error() }

// Is makes the error an ErrFork.
func (e *ForkError) Is(target error) bool { return target == ErrFork }

// Checkpoint is a signed tree head (C2SP tlog-checkpoint) whose signatures were verified. The
// zero Checkpoint is that of somebody who has not seen the log yet.
type Checkpoint struct {
	Origin   string
	Size     int64 // leaves
	Root     Hash
	Cosigned []Cosignature // by witnesses of the policy
	Note     []byte        // as it was signed
}

// Cosignature is the word of a witness that it saw no other history until a time.
type Cosignature struct {
	Name string
	Time time.Time
}

// Policy is which log is meant, and whose eyes are on it.
type Policy struct {
	Origin    string
	Key       string   // verifier key of the log: LogKey writes it
	Witnesses []string // verifier keys of the witnesses: WitnessKey writes them
	Need      int      // how many witnesses must have cosigned, for Witnessed
}

// Witnessed reports whether enough witnesses cosigned a checkpoint that the policy opened.
// What follows when they did not is for the caller to say.
func (p Policy) Witnessed(c Checkpoint) bool { return len(c.Cosigned) >= p.Need }

// The budget of a checkpoint.
const (
	MaxNote = 64 << 10 // bytes
	maxSize = 1 << 48  // leaves: no index of a stored hash overflows
)

// Open reads a checkpoint. The log's signature is demanded; cosignatures of the policy's
// witnesses are counted, those of others ignored; one that names a witness and is not its own
// condemns the note (C2SP signed-note, Signatures).
func (p Policy) Open(signed []byte) (Checkpoint, error) {
	known, err := p.verifiers()
	if err != nil {
		return Checkpoint{}, err
	}
	if len(signed) > MaxNote {
		return Checkpoint{}, fmt.Errorf("%w: checkpoint of more than %d bytes", ErrForm, MaxNote)
	}
	opened, err := note.Open(signed, note.VerifierList(known...))
	var unsigned *note.UnverifiedNoteError
	var forged *note.InvalidSignatureError
	if errors.As(err, &unsigned) || errors.As(err, &forged) {
		return Checkpoint{}, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	if err != nil {
		return Checkpoint{}, fmt.Errorf("%w: %w", ErrForm, err)
	}
	c, err := parseBody(opened.Text)
	if err != nil {
		return Checkpoint{}, err
	}
	c.Note = append([]byte(nil), signed...)
	byLog := false
	for _, s := range opened.Sigs {
		raw, err := base64.StdEncoding.Strict().DecodeString(s.Base64)
		if err != nil {
			return Checkpoint{}, fmt.Errorf("%w: a signature is not base64", ErrForm)
		}
		if s.Name == known[0].Name() && s.Hash == known[0].KeyHash() {
			byLog = true
			continue
		}
		c.Cosigned = append(c.Cosigned, Cosignature{s.Name, cosignedAt(raw[4:])})
	}
	if !byLog || c.Origin != p.Origin {
		return Checkpoint{}, ErrSignature
	}
	return c, nil
}

// parseBody reads the text of a checkpoint (C2SP tlog-checkpoint, Note text).
func parseBody(text string) (Checkpoint, error) {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) < 3 {
		return Checkpoint{}, fmt.Errorf("%w: checkpoint of %d lines", ErrForm, len(lines))
	}
	for _, line := range lines {
		if line == "" {
			return Checkpoint{}, fmt.Errorf("%w: empty line in a checkpoint", ErrForm)
		}
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || size > maxSize || strconv.FormatInt(size, 10) != lines[1] {
		return Checkpoint{}, fmt.Errorf("%w: tree size", ErrForm)
	}
	root, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize || len(lines[2]) != base64.StdEncoding.EncodedLen(tlog.HashSize) {
		return Checkpoint{}, fmt.Errorf("%w: root hash", ErrForm)
	}
	c := Checkpoint{Origin: lines[0], Size: size, Root: Hash(root)}
	if size == 0 && c.Root != emptyRoot() {
		return Checkpoint{}, fmt.Errorf("%w: an empty tree has another root", ErrForm)
	}
	return c, nil
}

func body(origin string, size int64, root Hash) string {
	return fmt.Sprintf("%s\n%d\n%s\n", origin, size, root)
}

func emptyRoot() Hash {
	h, err := tlog.TreeHash(0, nil)
	if err != nil {
		panic(err) // no hash is read
	}
	return h
}

// Follow opens a checkpoint and demands that it contains the last one that was accepted,
// which the tiles must show. A *ForkError is proof against the log; ErrTiles and the errors
// of the tiles are no proof of anything, and the last checkpoint stands.
func (p Policy) Follow(ctx context.Context, last Checkpoint, signed []byte, tiles Tiles) (Checkpoint, error) {
	next, err := p.Open(signed)
	if err != nil {
		return Checkpoint{}, err
	}
	switch {
	case last.Note == nil:
		return next, nil
	case last.Origin != next.Origin:
		return Checkpoint{}, fmt.Errorf("%w: the last checkpoint is another log's", ErrSignature)
	case next.Size == last.Size && next.Root != last.Root:
		return Checkpoint{}, &ForkError{last.Note, next.Note}
	case next.Size == last.Size:
		return next, nil
	case next.Size < last.Size:
		return Checkpoint{}, fmt.Errorf("%w: %d leaves after %d", ErrOlder, next.Size, last.Size)
	}
	root, err := tlog.TreeHash(last.Size, reader(ctx, next, tiles))
	if err != nil {
		return Checkpoint{}, err
	}
	if root != last.Root {
		return Checkpoint{}, &ForkError{last.Note, next.Note}
	}
	return next, nil
}

// Remembered reads a checkpoint that the caller accepted before and kept, whose signatures
// are not checked again: the log's key may have been replaced since.
func Remembered(signed []byte) (Checkpoint, error) {
	end := strings.LastIndex(string(signed), "\n\n")
	if end < 0 || len(signed) > MaxNote {
		return Checkpoint{}, fmt.Errorf("%w: checkpoint", ErrForm)
	}
	c, err := parseBody(string(signed[:end+1]))
	c.Note = append([]byte(nil), signed...)
	return c, err
}
