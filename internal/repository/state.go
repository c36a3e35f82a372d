package repository

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"laurel/internal/translog"
)

// Freshness is how far a state can be relied on at a moment. The zero Freshness is Expired.
type Freshness uint8

// The degrees of freshness.
const (
	Expired Freshness = iota // what it grants is no longer known to be granted; what it denies is still denied
	Stale                    // a newer version may be withheld
	Fresh
)

// String names the degree.
func (f Freshness) String() string {
	switch f {
	case Fresh:
		return "fresh"
	case Stale:
		return "stale"
	}
	return "expired"
}

// State is a whole version of the registry that was accepted. It never changes, and is safe
// for concurrent use.
type State struct {
	Root      *Root
	Timestamp *Timestamp
	Snapshot  *Snapshot
	Shards    map[string]*Shard

	// Inclusion shows that the snapshot is in the log, at a checkpoint that contains all
	// that were seen before.
	Inclusion translog.Proof
	// Witnessed says whether as many witnesses as the root asks for cosigned that checkpoint;
	// it is true where the root asks for none, so ask the root too.
	Witnessed bool

	dir       string
	documents map[string][]byte // of the shards
	snapshot  string            // its digest
}

// Expires is when the state is expired: when the first of its documents is, but for the
// timestamp.
func (s *State) Expires() time.Time {
	first := s.Snapshot.Expires
	if s.Root.Expires.Before(first) {
		first = s.Root.Expires
	}
	for _, shard := range s.Shards {
		if shard.Expires.Before(first) {
			first = shard.Expires
		}
	}
	return first
}

// Freshness judges the state at a moment: fresh before its timestamp expires, stale until
// its first other document does, expired then. It is expired too before it was issued, when
// the clock that says so is not to be relied on.
func (s *State) Freshness(at time.Time) Freshness {
	switch {
	case !at.Before(s.Expires()), s.Snapshot.Issued.After(at.Add(skew)):
		return Expired
	case !at.Before(s.Timestamp.Expires), s.Timestamp.Issued.After(at.Add(skew)):
		return Stale
	}
	return Fresh
}

// Digest is the SHA-256 of the snapshot's document, in lower-case hexadecimal: the name of
// this version.
func (s *State) Digest() string { return s.snapshot }

// Entry is what stands in the log for the snapshot.
func (s *State) Entry() []byte { return snapshotEntry(s.Timestamp.Snapshot) }

// snapshotEntry is the leaf of a snapshot.
func snapshotEntry(ref Ref) []byte {
	return fmt.Appendf(nil, "%s snapshot %d %s\n", Spec, ref.Version, ref.SHA256)
}

// Lines reads the content of a shard from the disk, and checks it again.
func (s *State) Lines(shard string) (*Lines, error) {
	document, ok := s.Shards[shard]
	if !ok {
		return nil, fmt.Errorf("%w: no shard %q", ErrForm, shard)
	}
	return loadContent(s.dir, document)
}

func loadContent(dir string, s *Shard) (*Lines, error) {
	name := contentFile(s.SHA256, s.Name)
	content, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return nil, err
	}
	l, err := readContent(content, s)
	if err != nil {
		return nil, refuse(name, err, "")
	}
	return l, nil
}

// load reads the accepted state, and checks its documents anew. The root may be known.
func (c *Client) load(m *memory, root *Root) (*State, error) {
	if m == nil || m.Accepted == nil {
		return nil, ErrNoState
	}
	var err error
	if root == nil || root.Version != m.Accepted.Root {
		if root, err = c.rootAt(m.Accepted.Root); err != nil {
			return nil, err
		}
	}
	s := &State{Root: root, Shards: map[string]*Shard{}, dir: c.public(), documents: map[string][]byte{}}
	if s.Timestamp, err = root.Timestamp([]byte(m.Accepted.Timestamp)); err != nil {
		return nil, err
	}
	s.snapshot = s.Timestamp.Snapshot.SHA256
	document, err := c.listed(snapshotFile(s.Timestamp.Snapshot.Version), s.Timestamp.Snapshot)
	if err != nil {
		return nil, err
	}
	if s.Snapshot, err = root.Snapshot(document); err != nil {
		return nil, err
	}
	for _, name := range root.Shards {
		ref := s.Snapshot.Shards[name]
		if s.documents[name], err = c.listed(shardFile(ref.Version, name), ref); err != nil {
			return nil, err
		}
		if s.Shards[name], err = root.Shard(name, s.documents[name]); err != nil {
			return nil, err
		}
	}
	if s.Inclusion, err = translog.ReadProof([]byte(m.Accepted.Proof)); err != nil {
		return nil, err
	}
	checkpoint, err := s.Inclusion.Check(root.Log, s.Entry())
	if err != nil {
		return nil, err
	}
	s.Witnessed = root.Log.Witnessed(checkpoint)
	return s, nil
}

// listed reads a document that the client has, by the digest under which it is listed.
func (c *Client) listed(name string, ref Ref) ([]byte, error) {
	document, err := os.ReadFile(filepath.Join(c.public(), name))
	if err != nil {
		return nil, err
	}
	if !ref.Names(document) {
		return nil, refuse(name, ErrDigest, "")
	}
	return document, nil
}

// Names reports whether the bytes are those of the document that is meant.
func (r Ref) Names(document []byte) bool {
	return int64(len(document)) == r.Bytes && digest(document) == r.SHA256
}

// samePayload reports whether two documents say the same, whoever signed them.
func samePayload(a, b []byte, max int) bool {
	one, err1 := claim(a, max)
	two, err2 := claim(b, max)
	return err1 == nil && err2 == nil && bytes.Equal(one, two)
}

// Witnesses is how many witnesses cosigned the checkpoint by which the snapshot is in the log.
func (s *State) Witnesses() int {
	checkpoint, err := s.Root.Log.Open([]byte(s.Inclusion.Checkpoint))
	if err != nil {
		return 0
	}
	return len(checkpoint.Cosigned)
}

// Content reads the content of a shard from the disk, and checks its digest again.
func (s *State) Content(shard string) ([]byte, error) {
	document, ok := s.Shards[shard]
	if !ok {
		return nil, fmt.Errorf("%w: no shard %q", ErrForm, shard)
	}
	content, err := os.ReadFile(filepath.Join(s.dir, contentFile(document.SHA256, shard)))
	if err != nil {
		return nil, err
	}
	if digest(content) != document.SHA256 {
		return nil, fmt.Errorf("%w: the content of %s", ErrDigest, shard)
	}
	return content, nil
}

// SnapshotEntry is what stands in the log for a version of the snapshot.
func SnapshotEntry(version int64, document []byte) []byte {
	return snapshotEntry(Ref{Version: version, SHA256: digest(document)})
}
