// Package registry answers: is this issuer trusted, by whom, and for what?
//
// A Snapshot is one immutable list of entries. Who may be in it, and how it was obtained
// and authenticated, is decided before a Snapshot exists.
package registry

import "slices"

// Entry is one trusted issuer.
type Entry struct {
	Issuer string `json:"issuer"` // its identifier, compared byte for byte
	Name   string `json:"name,omitempty"`
}

// Snapshot is one version of a registry. It never changes and is safe for concurrent use.
type Snapshot struct {
	name    string
	entries map[string]Entry
}

// Pinned returns a snapshot of issuers that the person who verifies trusts of their own
// accord.
func Pinned(issuers ...string) *Snapshot {
	s := &Snapshot{name: "pinned by you", entries: map[string]Entry{}}
	for _, id := range slices.Compact(slices.Sorted(slices.Values(issuers))) {
		s.entries[id] = Entry{Issuer: id}
	}
	return s
}

// Name says on whose word the entries stand.
func (s *Snapshot) Name() string { return s.name }

// Lookup returns the entry of an issuer, by its exact identifier: names prove nothing.
func (s *Snapshot) Lookup(issuer string) (Entry, bool) {
	e, ok := s.entries[issuer]
	return e, ok
}
