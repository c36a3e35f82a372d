package repository

import (
	"crypto"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"laurel/internal/signed"
	"laurel/internal/translog"
)

// typeShard is the type of a shard's document; the types of the others are their roles'.
const typeShard = "shard"

// Dates are a document's version and when it is good.
type Dates struct {
	Version int64
	Issued  time.Time
	Expires time.Time
}

// check demands that a document of a type is in its time.
func (d Dates) check(file string, now time.Time) error {
	if !now.Before(d.Expires) {
		return refuse(file, ErrExpired, "expired "+d.Expires.Format(time.RFC3339))
	}
	if d.Issued.After(now.Add(skew)) {
		return refuse(file, ErrExpired, "issued "+d.Issued.Format(time.RFC3339))
	}
	return nil
}

// Role is whose signatures a kind of document needs.
type Role struct {
	Keys      []crypto.PublicKey
	Threshold int

	kids []string // the thumbprints of Keys, of a role that was read
}

// Root says who holds which role of a registry, and which log it writes to.
type Root struct {
	Dates
	Roles  map[string]Role // root, snapshot, timestamp, and each shard by its name
	Shards []string        // sorted
	Log    translog.Policy
}

// Ref names a version of a document by its bytes.
type Ref struct {
	Version int64  `json:"version"`
	SHA256  string `json:"sha256"` // lower-case hexadecimal
	Bytes   int64  `json:"bytes"`
}

// Timestamp says which snapshot is the newest.
type Timestamp struct {
	Dates
	Snapshot Ref
	LogIndex int64 // of the snapshot's leaf
}

// Snapshot says which versions of the shards belong together.
type Snapshot struct {
	Dates
	Policy  string // by which entries are granted: a name
	Shards  map[string]Ref
	Sources json.RawMessage // an array, as its signer wrote it
	Prev    *Ref            // the snapshot before, without its length; nil for the first
	// The log to which it is added, and how many leaves that had when this was written.
	LogOrigin string
	LogSize   int64
}

// Shard says what a version of a shard contains. It is signed by the shard's own role.
type Shard struct {
	Dates
	Name     string
	SHA256   string // of the content, lower-case hexadecimal
	Bytes    int64
	Entries  int64
	TreeRoot translog.Hash // over the lines, without their line ends (RFC 6962 §2.1)
}

// ReadRoot reads a root that somebody trusts already. It must be signed by its own holders.
func ReadRoot(document []byte) (*Root, error) {
	payload, err := claim(document, maxRoot)
	if err != nil {
		return nil, refuse(RoleRoot, err, "")
	}
	r, err := parseRoot(payload)
	if err != nil {
		return nil, refuse(RoleRoot, err, "")
	}
	if _, err := verify(document, maxRoot, RoleRoot, r.Roles[RoleRoot]); err != nil {
		return nil, refuse(rootFile(r.Version), err, "")
	}
	return r, nil
}

// Next reads the root that follows (TUF §5.3): its version is one higher, and the holders of
// this root and of the next have signed it.
func (r *Root) Next(document []byte) (*Root, error) {
	file := rootFile(r.Version + 1)
	payload, err := verify(document, maxRoot, RoleRoot, r.Roles[RoleRoot])
	if err != nil {
		return nil, refuse(file, err, "by the holders before")
	}
	next, err := parseRoot(payload)
	if err != nil {
		return nil, refuse(file, err, "")
	}
	if next.Version != r.Version+1 {
		return nil, refuse(file, ErrRollback, fmt.Sprintf("version %d", next.Version))
	}
	if _, err := verify(document, maxRoot, RoleRoot, next.Roles[RoleRoot]); err != nil {
		return nil, refuse(file, err, "by the new holders")
	}
	return next, nil
}

// Timestamp reads a timestamp that this root's holder of the role signed.
func (r *Root) Timestamp(document []byte) (*Timestamp, error) {
	payload, err := verify(document, maxTimestamp, RoleTimestamp, r.Roles[RoleTimestamp])
	if err != nil {
		return nil, refuse(timestampFile, err, "")
	}
	t, err := parseTimestamp(payload)
	if err != nil {
		return nil, refuse(timestampFile, err, "")
	}
	return t, nil
}

// Snapshot reads a snapshot that this root's holder of the role signed. It lists the shards
// that the root names, no more and no fewer.
func (r *Root) Snapshot(document []byte) (*Snapshot, error) {
	s, err := r.signedSnapshot(document)
	if err != nil {
		return nil, err
	}
	file := snapshotFile(s.Version)
	if s.LogOrigin != r.Log.Origin {
		return nil, refuse(file, ErrForm, "another log")
	}
	for _, name := range r.Shards {
		if _, listed := s.Shards[name]; !listed {
			return nil, refuse(file, ErrVanished, name)
		}
	}
	if len(s.Shards) != len(r.Shards) {
		return nil, refuse(file, ErrForm, "a shard that the root does not name")
	}
	return s, nil
}

// signedSnapshot reads a snapshot that may be from before this root, and list other shards.
func (r *Root) signedSnapshot(document []byte) (*Snapshot, error) {
	payload, err := verify(document, maxSnapshot, RoleSnapshot, r.Roles[RoleSnapshot])
	if err != nil {
		return nil, refuse(RoleSnapshot, err, "")
	}
	s, err := parseSnapshot(payload)
	if err != nil {
		return nil, refuse(RoleSnapshot, err, "")
	}
	return s, nil
}

// Shard reads the document of a shard that this root's holders of its role signed.
func (r *Root) Shard(name string, document []byte) (*Shard, error) {
	if !slices.Contains(r.Shards, name) {
		return nil, refuse(name, ErrForm, "no shard of the root")
	}
	payload, err := verify(document, maxShard, typeShard, r.Roles[name])
	if err != nil {
		return nil, refuse(name, err, "")
	}
	s, err := parseShard(payload)
	if err != nil {
		return nil, refuse(name, err, "")
	}
	if s.Name != name {
		return nil, refuse(name, ErrForm, "of shard "+s.Name)
	}
	return s, nil
}

// claim returns what a document says, signed or not.
func claim(document []byte, max int) ([]byte, error) {
	u, err := signed.Read(document, max)
	return u.UnverifiedPayload(), err
}

func verify(document []byte, max int, kind string, role Role) ([]byte, error) {
	u, err := signed.Read(document, max)
	if err != nil {
		return nil, err
	}
	v, err := u.Verify(mediaType(kind), role.claimed(u), role.Threshold)
	return v.Payload(), err
}

// claimed are those of a role's keys that are said to have signed: the others need not be
// looked at.
func (r Role) claimed(u signed.Unverified) []crypto.PublicKey {
	if len(r.kids) != len(r.Keys) {
		return r.Keys
	}
	var named []crypto.PublicKey
	for _, kid := range u.Claimed() {
		if i := slices.Index(r.kids, kid); i >= 0 {
			named = append(named, r.Keys[i])
		}
	}
	return named
}

// mediaType is the typ of a document's signatures.
func mediaType(kind string) string { return "obtr-" + kind + "+jws" }

// holds reports whether a key is one of those of a role that was read.
func (r Role) holds(kid string) bool {
	return slices.Contains(r.kids, kid)
}

// DraftRoot reads a root that nobody need have signed: for those who are asked to.
func DraftRoot(document []byte) (*Root, error) {
	payload, err := claim(document, maxRoot)
	if err != nil {
		return nil, err
	}
	return parseRoot(payload)
}

// Holds tells whether a role has a key.
func (r Role) Holds(key crypto.PublicKey) bool {
	return slices.ContainsFunc(r.Keys, func(k crypto.PublicKey) bool {
		return k.(interface{ Equal(crypto.PublicKey) bool }).Equal(key)
	})
}

// Holds tells whether a role of the root has a key.
func (r *Root) Holds(role string, key crypto.PublicKey) bool { return r.Roles[role].Holds(key) }
