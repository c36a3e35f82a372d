package registry

import "time"

// Query is what is known of a credential whose issuer is asked about. Only what a proof
// covers belongs into it.
type Query struct {
	Issuer       string
	Keys         []string  // thumbprints of the issuer's keys whose proofs verified
	Award        string    // Degree, Microcredential or, where the credential does not say, empty
	Level        int       // EQF level; 0: the credential does not say, and none is assumed
	Programmes   []string  // identifiers of the programme, as "scheme:value"
	ISCED        string    // code of the field of study
	Jurisdiction string    // where it is awarded, or empty
	IssuedAt     time.Time // as the credential says; zero: it does not
	KnownSince   time.Time // when somebody besides its issuer had it; zero: nobody says
	Now          time.Time // the moment for which to decide
	Asked        time.Time // when that is asked, by which the snapshot is fresh; zero: Now
	Policy       Policy
}

// Policy is what whoever asks demands beyond the rules. The zero value demands nothing more.
type Policy struct {
	// Strict wants a witness for the time of issuance where it decides: who lost a listing
	// can backdate.
	Strict bool
	// WarnOfBlacklisted lets what was issued before an issuer was blacklisted count as history.
	WarnOfBlacklisted bool
	// Grace is how long after a grant ran out what is issued still counts.
	Grace time.Duration
	// RefuseGradeC does not trust whom an assessor graded C.
	RefuseGradeC bool
}

// Decision is what one snapshot answers.
type Decision struct {
	Summary  Summary
	Snapshot *Snapshot
	Entry    *Entry     // nil: the issuer is not known here
	Binding  *Binding   // by which the issuer is the entry
	Key      *PinnedKey // that signed
	Grant    *Grant     // on which the summary rests
	Mark     *Mark      // that stands against it
	Scope    ScopeFit
	Issuance State // at the time of issuance
	Today    State // at the moment asked about
	Age      Freshness
	Reasons  Reasons

	query Query
	ended time.Time // since when what counted at issuance does not; zero: it does
}

// ScopeFit says whether what was awarded is within a grant.
type ScopeFit uint8

// The fits.
const (
	NoScope ScopeFit = iota
	Inside
	Unspecified // the credential does not say enough
	Outside
)

var fits = [...]string{"none", "inside", "unspecified", "outside"}

func (f ScopeFit) String() string { return fits[f] }

// State is how a listing stood at one moment.
type State uint8

// The states.
const (
	UnknownState State = iota
	InForce
	Before
	Ended
	SuspendedThen
	WithdrawnThen
	RevokedThen
	BlacklistedThen
)

var states = [...]string{"unknown", "in_force", "not_yet", "ended", "suspended", "withdrawn", "revoked", "blacklisted"}

func (s State) String() string { return states[s] }

// Freshness says how far a snapshot can be relied on at a moment.
type Freshness uint8

// The freshnesses.
const (
	Fresh   Freshness = iota
	Stale             // there should be a newer one
	Expired           // its good word does not count any more; its warnings do
)

var freshnesses = [...]string{"fresh", "stale", "expired"}

func (f Freshness) String() string { return freshnesses[f] }

// clockSkew is how far clocks may be apart.
const clockSkew = 5 * time.Minute

// FreshnessAt tells how far the snapshot can be relied on at a moment. By a clock that says that
// it is not made yet, nothing is fresh.
func (s *Snapshot) FreshnessAt(now time.Time) Freshness {
	switch {
	case !s.Expires.IsZero() && !now.Before(s.Expires), s.Issued.After(now.Add(clockSkew)):
		return Expired
	case !s.Fresh.IsZero() && !now.Before(s.Fresh):
		return Stale
	}
	return Fresh
}
