package translog

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"laurel/internal/durable"
)

// memory is the checkpoint that somebody accepted last, in a folder.
type memory struct {
	path   string
	policy Policy
}

func (m memory) last() (Checkpoint, error) {
	signed, err := os.ReadFile(m.path)
	if errors.Is(err, fs.ErrNotExist) {
		return Checkpoint{}, nil
	}
	if err != nil {
		return Checkpoint{}, err
	}
	return m.policy.Open(signed)
}

// Client follows a log and remembers the last checkpoint that it accepted, in a folder of its
// own.
type Client struct {
	policy Policy
	dir    string
}

// OpenClient returns a client that remembers in a folder.
func OpenClient(dir string, policy Policy) (*Client, error) {
	return &Client{policy, dir}, policy.Valid()
}

func (c *Client) memory() memory { return memory{filepath.Join(c.dir, "checkpoint"), c.policy} }

// Last returns the last checkpoint that was accepted; the zero Checkpoint if there is none.
func (c *Client) Last() (Checkpoint, error) { return c.memory().last() }

// Update gets the log's checkpoint and follows it. Where the log has signed two histories,
// both checkpoints are kept in the folder, and the error is a *ForkError.
func (c *Client) Update(ctx context.Context, tiles Tiles) (_ Checkpoint, err error) {
	unlock, err := durable.Lock(c.dir)
	if err != nil {
		return Checkpoint{}, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	last, err := c.Last()
	if err != nil {
		return Checkpoint{}, err
	}
	signed, err := tiles(ctx, checkpointFile, MaxNote)
	if err != nil {
		return Checkpoint{}, err
	}
	next, err := c.policy.Follow(ctx, last, signed, tiles)
	if err != nil {
		return Checkpoint{}, errors.Join(err, KeepEvidence(c.dir, err))
	}
	return next, durable.Replace(c.memory().path, next.Note)
}

// KeepEvidence writes the two checkpoints of a *ForkError in a folder, under names that tell
// one fork from another. Of other errors nothing is kept.
func KeepEvidence(dir string, err error) error {
	var fork *ForkError
	if !errors.As(err, &fork) {
		return nil
	}
	name := fmt.Sprintf("fork-%x", LeafHash(append(fork.Old[:len(fork.Old):len(fork.Old)], fork.New...)))
	return errors.Join(
		durable.Replace(filepath.Join(dir, name+".old"), fork.Old),
		durable.Replace(filepath.Join(dir, name+".new"), fork.New))
}

// Witness cosigns the checkpoints of one log and remembers in a folder which one it cosigned
// last: it vouches for one history only.
type Witness struct {
	dir    string
	policy Policy
	pen    pen
}

// OpenWitness returns a witness of a log.
func OpenWitness(dir, name string, signer crypto.Signer, log Policy) (*Witness, error) {
	p, err := newPen(name, typeWitness, signer)
	if err != nil {
		return nil, err
	}
	log.Witnesses, log.Need = nil, 0
	return &Witness{dir, log, p}, log.Valid()
}

func (w *Witness) memory() memory { return memory{filepath.Join(w.dir, "cosigned"), w.policy} }

// Last returns the last checkpoint that was cosigned; the zero Checkpoint if there is none.
func (w *Witness) Last() (Checkpoint, error) { return w.memory().last() }

// Cosign returns a signature line for a checkpoint (C2SP tlog-cosignature) when the proof, as
// Consistency makes it, shows that its tree contains that of the last one. What is to be
// cosigned is on the disk before it is signed, so that after a crash nothing that it
// contradicts is.
func (w *Witness) Cosign(signed []byte, proof []Hash, now time.Time) (_ string, err error) {
	unlock, err := durable.Lock(w.dir)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	last, err := w.Last()
	if err != nil {
		return "", err
	}
	next, err := w.policy.Open(signed)
	if err != nil {
		return "", err
	}
	if err := contains(next, last, proof); err != nil {
		return "", errors.Join(err, KeepEvidence(w.dir, err))
	}
	if err := durable.Replace(w.memory().path, next.Note); err != nil {
		return "", err
	}
	w.pen.at = now
	text := string(next.Note[:strings.LastIndex(string(next.Note), "\n\n")+1])
	made, err := note.Sign(&note.Note{Text: text}, w.pen)
	if err != nil {
		return "", err
	}
	return strings.TrimPrefix(string(made), text+"\n"), nil
}

// contains judges without the tiles, by a proof.
func contains(next, last Checkpoint, proof []Hash) error {
	switch {
	case last.Note == nil:
		return nil
	case next.Size < last.Size:
		return fmt.Errorf("%w: %d leaves after %d", ErrOlder, next.Size, last.Size)
	case next.Size == last.Size && next.Root != last.Root:
		return &ForkError{last.Note, next.Note}
	case next.Size == last.Size, last.Size == 0:
		return nil
	case len(proof) > maxProof || tlog.CheckTree(proof, next.Size, next.Root, last.Size, last.Root) != nil:
		return ErrProof
	}
	return nil
}
