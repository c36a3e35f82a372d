package repository

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"laurel/internal/durable"
)

// Client keeps the newest version of a registry that it accepted, in a folder. Below it, the
// folder "public" is a repository like the one that it follows, byte for byte, and can be
// published; with Options.Mirror it has the whole log too. A Client is safe for concurrent
// use, in several processes too.
type Client struct {
	dir   string
	write func(path string, write func(io.Writer) error) error // durable.Write, but for rehearsals
}

// Options are those of one update. The zero value is strict; the zero Now is the present.
type Options struct {
	// Now is the moment at which everything in the update is judged (TUF §5.1).
	Now time.Time
	// MaxAge is for how long after its expiry a timestamp is still taken, for what is carried
	// to a machine without network. The state is stale then.
	MaxAge time.Duration
	// MaxContent bounds the bytes of one shard's content. Default 256 MiB.
	MaxContent int64
	// RequireWitnesses refuses a checkpoint that fewer witnesses cosigned than the root asks
	// for. Otherwise that is only reported.
	RequireWitnesses bool
	// Mirror brings the whole log and the deltas, so that the folder can be published.
	Mirror bool
}

// Open opens a client's folder, or makes one. The root is where trust begins: it came to the
// user in some other way than from the repository. A folder that was made with a root of
// another registry is refused.
func Open(dir string, root []byte) (*Client, error) { return openClient(dir, root, durable.Write) }

func openClient(dir string, root []byte, write func(string, func(io.Writer) error) error) (*Client, error) {
	trusted, err := ReadRoot(root)
	if err != nil {
		return nil, err
	}
	c := &Client{dir, write}
	m, err := c.recall()
	if err != nil {
		return nil, err
	}
	if m == nil {
		if err := c.replace(filepath.Join(c.public(), rootFile(trusted.Version)), root); err != nil {
			return nil, err
		}
		return c, c.remember(&memory{Root: trusted.Version, Shards: map[string]string{}})
	}
	kept, err := os.ReadFile(filepath.Join(c.public(), rootFile(trusted.Version)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, refuse(rootFile(trusted.Version), ErrChanged, "the folder does not follow this root")
	}
	if err == nil && !samePayload(kept, root, maxRoot) {
		err = refuse(rootFile(trusted.Version), ErrChanged, "the folder follows another registry")
	}
	return c, err
}

func (c *Client) replace(path string, content []byte) error {
	return c.write(path, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}

func (c *Client) public() string { return filepath.Join(c.dir, "public") }

// rootAt reads a root that was verified before it was written.
func (c *Client) rootAt(version int64) (*Root, error) {
	document, err := os.ReadFile(filepath.Join(c.public(), rootFile(version)))
	if err != nil {
		return nil, err
	}
	return ReadRoot(document)
}

// State returns the state that was accepted last, or ErrNoState. Whether it is still fresh is
// for the caller to ask.
func (c *Client) State() (*State, error) {
	m, err := c.recall()
	if err != nil {
		return nil, err
	}
	return c.load(m, nil)
}

// Update brings the newest version from a source and returns it (TUF §5). After an error the
// state that was accepted before stands; what was seen of newer versions is remembered, so
// that no source can go back behind it. An error that wraps ErrRefused says that the source
// has something wrong; translog.ErrFork among these is to be told to everybody, and its
// evidence lies in the folder.
func (c *Client) Update(ctx context.Context, source Source, o Options) (_ *State, err error) {
	unlock, err := durable.Lock(c.dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	if o.MaxContent == 0 {
		o.MaxContent = 256 << 20
	}
	m, err := c.recall()
	if err != nil {
		return nil, err
	}
	if m == nil {
		return nil, fmt.Errorf("%w: %s", fs.ErrNotExist, memoryFile)
	}
	u := &update{Client: c, ctx: ctx, from: source, o: o, m: m, shards: map[string]*Shard{}}
	for _, step := range []func() error{u.roots, u.newestTimestamp, u.newestSnapshot, u.log, u.shardDocuments, u.contents} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return u.accept()
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
