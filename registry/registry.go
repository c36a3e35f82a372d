// Package registry answers: is this issuer trusted, by whom, for what, and when?
//
// A registry is a list of institutions that somebody vouches for. Each Entry says by which
// identifiers and keys an institution issues (bindings), what it may award, since when and
// on whose word (grants), and what happened to it (marks): suspension, withdrawal,
// revocation, blacklisting. A Snapshot is one immutable version of the list; Decide asks it
// about one credential's issuer and gives five answers and a summary. A decision never
// changes whether a credential is genuine, and a genuine credential decides nothing here.
//
// Entries come from three shards, signed by different people: facts mirrored from DEQAR,
// the operator's own decisions (the overlay), and bindings. The overlay's decisions are
// Events in an append-only log, and Fold makes of them what a snapshot says.
//
// How a snapshot is fetched, authenticated and kept from being rolled back, and who may
// sign an event, is decided elsewhere, before a Snapshot exists.
package registry

import "fmt"

// Summary is the answer in one word. The zero value is Indeterminate.
type Summary uint8

// The summaries. The first three are positive; NotListed is said only where every source
// was asked and fresh.
const (
	Indeterminate         Summary = iota // could not be decided
	Trusted                              // listed for this, at issuance and now
	TrustedWithConditions                // the same, and there is something to know about it
	HistoricalOK                         // it was at issuance, and is no longer
	OutOfScope                           // listed, and not for this
	NotYetValid                          // issued before the listing began
	Lapsed                               // issued after it ran out
	Suspended                            // issued while it did not count
	Withdrawn                            // issued after the institution had left
	Revoked                              // the listing was an error or a fraud, or the key was stolen
	Blacklisted                          // the registry warns of the institution
	Contested                            // those who judge the institution disagree
	NotListed                            // no source knows the issuer
)

var summaries = [...]string{
	"indeterminate", "trusted", "trusted_with_conditions", "historical_ok", "out_of_scope", "not_yet_valid", "lapsed",
	"suspended", "withdrawn", "revoked", "blacklisted", "contested", "not_listed",
}

func (s Summary) String() string { return summaries[s] }

// MarshalText writes the summary as reports spell it.
func (s Summary) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (s *Summary) UnmarshalText(text []byte) error {
	for i, name := range summaries {
		if name == string(text) {
			*s = Summary(i)
			return nil
		}
	}
	return fmt.Errorf("%.40q is not a summary of a trust decision", text)
}

// Positive tells whether the issuer was trusted for the award when it was made.
func (s Summary) Positive() bool {
	return s == Trusted || s == TrustedWithConditions || s == HistoricalOK
}

// weight orders the summaries that are not positive by how much they say: what is said of
// several grants or sources is the heaviest.
var weight = [...]int{
	NotListed: 0, Indeterminate: 1, OutOfScope: 2, NotYetValid: 3, Lapsed: 4, Withdrawn: 5, Suspended: 6, Contested: 7,
	Revoked: 8, Blacklisted: 9, HistoricalOK: -3, TrustedWithConditions: -2, Trusted: -1,
}
