package registry

import (
	"bytes"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// Meta is what a snapshot says of itself, and what whoever fetched it knows of it.
type Meta struct {
	Name    string // of the registry, as it is shown
	Origin  string // such as registry.example/obtr
	Version int
	Policy  string // such as eqar-covered/v1
	Issued  time.Time
	// Fresh is until when nobody need look for a newer one, Expires until when its good word
	// counts. Zero: for ever, of a list that is the caller's own.
	Fresh, Expires time.Time
	Sources        []SourceAge
	// Witnesses is how many witnesses saw the log in which the snapshot is.
	Witnesses int
	Assurance Assurance
}

// Assurance says how it is known whose word a snapshot is.
type Assurance uint8

// The assurances. A list of another kind gives no more than grants of the class
// ListedElsewhere.
const (
	// OurRules: a registry of this kind, signed; its bindings carry their evidence.
	OurRules Assurance = iota
	// SignedList: of another kind. Its own signatures verified, with keys that whoever asks
	// has pinned, and say themselves which identifier is whose.
	SignedList
	// UnsignedList: nothing but the connection says whose list it is. It is never a good word.
	UnsignedList
)

// SourceAge says how old a foreign source was when the snapshot was made.
type SourceAge struct {
	ID      string    `json:"id"`
	Fetched time.Time `json:"fetched"`
	SHA256  string    `json:"sha256,omitempty"`
	Rows    int       `json:"rows,omitempty"`
}

// Snapshot is one version of a registry. It never changes and is safe for concurrent use.
type Snapshot struct {
	Meta
	entries map[string]*Entry
	ids     []string // of the entries, sorted
	byDID   map[string][]bound
	blocked map[string]*Entry // DIDs and hosts
	pinned  map[string]*Entry // issuers that the caller trusts whatever they award
	listed  func() *listing
}

type bound struct {
	entry   *Entry
	binding *Binding
}

// Load reads the shards of a snapshot, whose bytes were authenticated: a line each entry,
// sorted by id. What one shard says of an entry is joined to what the others do.
func Load(meta Meta, shards [len(Shards)][]byte) (*Snapshot, error) {
	s := newSnapshot(meta)
	for shard, content := range shards {
		if err := s.read(Shard(shard), content); err != nil {
			return nil, err
		}
	}
	return s, s.index()
}

// Of returns a snapshot of entries that somebody made otherwise.
func Of(meta Meta, entries ...*Entry) (*Snapshot, error) {
	s := newSnapshot(meta)
	for _, e := range entries {
		if s.entries[e.ID] != nil {
			return nil, fmt.Errorf("the entry %.80q stands there twice", e.ID)
		}
		if meta.Assurance != OurRules && slices.ContainsFunc(e.Grants, func(g Grant) bool { return g.Class != ListedElsewhere }) {
			return nil, fmt.Errorf("the entry %.80q has a grant that no list of another kind can give", e.ID)
		}
		s.entries[e.ID] = e
	}
	return s, s.index()
}

func newSnapshot(meta Meta) *Snapshot {
	s := &Snapshot{Meta: meta, entries: map[string]*Entry{}, byDID: map[string][]bound{}, blocked: map[string]*Entry{}}
	s.listed = sync.OnceValue(s.list)
	return s
}

func (s *Snapshot) read(shard Shard, content []byte) error {
	last, number := "", 0
	for len(content) > 0 {
		line, rest, ended := bytes.Cut(content, []byte{'\n'})
		number++
		if !ended {
			return fmt.Errorf("%w: shard %s, line %d has no end", ErrLine, shard, number)
		}
		content = rest
		e, err := readLine(shard, line)
		if err != nil {
			return fmt.Errorf("line %d: %w", number, err)
		}
		if e.ID <= last {
			return fmt.Errorf("%w: shard %s, line %d: the ids are not in order", ErrLine, shard, number)
		}
		last = e.ID
		if held := s.entries[e.ID]; held != nil {
			held.join(shard, e)
		} else {
			s.entries[e.ID] = e
		}
	}
	return nil
}

// join takes over what another shard says of the same entry.
func (e *Entry) join(shard Shard, other *Entry) {
	if shard == Bindings {
		e.Bindings = other.Bindings
		return
	}
	e.Names, e.Identifiers = append(e.Names, other.Names...), append(e.Identifiers, other.Identifiers...)
	e.Grants = append(e.Grants, other.Grants...)
	if len(other.Countries) > 0 {
		e.Countries = other.Countries
	}
	if len(other.Levels) > 0 {
		e.Levels = other.Levels
	}
	if other.Site != "" {
		e.Site = other.Site
	}
	if other.Page != "" {
		e.Page = other.Page
	}
	e.Marks, e.Conditions, e.Grade, e.Inspections = other.Marks, other.Conditions, other.Grade, other.Inspections
	e.Blocked, e.MergedInto, e.Events = other.Blocked, other.MergedInto, other.Events
}

// index makes what Decide looks things up in. An identifier speaks for one entry at a time.
func (s *Snapshot) index() error {
	s.ids = slices.Sorted(maps.Keys(s.entries))
	for _, id := range s.ids {
		e := s.entries[id]
		for i := range e.Bindings {
			b := &e.Bindings[i]
			for _, other := range s.byDID[b.DID] {
				if other.binding.overlaps(b.Period) {
					return fmt.Errorf("%w: %s is bound to %s and to %s at the same time", ErrLine, b.DID, other.entry.ID, e.ID)
				}
			}
			s.byDID[b.DID] = append(s.byDID[b.DID], bound{e, b})
		}
		for _, name := range e.Blocked {
			s.blocked[NormalDID(name)] = e
		}
	}
	return nil
}

func (p Period) overlaps(q Period) bool {
	return (p.Until.IsZero() || q.From.Before(p.Until)) && (q.Until.IsZero() || p.From.Before(q.Until))
}

// ErrNoEntry: the snapshot has no entry of that id.
var ErrNoEntry = errors.New("no such entry")

// Entry returns the entry of an id.
func (s *Snapshot) Entry(id string) (*Entry, error) {
	e, ok := s.entries[id]
	if !ok {
		return nil, ErrNoEntry
	}
	return e, nil
}

// Entries returns all entries in the order of their ids.
func (s *Snapshot) Entries() iter.Seq[*Entry] {
	return func(yield func(*Entry) bool) {
		for _, id := range s.ids {
			if !yield(s.entries[id]) {
				return
			}
		}
	}
}

// Len returns how many entries there are.
func (s *Snapshot) Len() int { return len(s.ids) }

// Of what may be blocked by its host, the host itself and each domain above it are looked up.
func (s *Snapshot) blockedBy(did string) *Entry {
	if len(s.blocked) == 0 {
		return nil
	}
	if e := s.blocked[did]; e != nil {
		return e
	}
	for host := HostOf(did); host != ""; {
		if e := s.blocked[host]; e != nil {
			return e
		}
		_, host, _ = strings.Cut(host, ".")
	}
	return nil
}

// Pinned returns a snapshot of issuers that the person who verifies trusts of their own
// accord, for whatever they award.
func Pinned(issuers ...string) *Snapshot {
	s := newSnapshot(Meta{Name: PinnedName})
	s.pinned = map[string]*Entry{}
	for _, issuer := range issuers {
		s.pinned[issuer] = &Entry{ID: issuer}
	}
	return s
}

// PinnedName is the name of the snapshots that Pinned makes.
const PinnedName = "pinned by you"
