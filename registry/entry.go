package registry

import (
	"slices"
	"time"
)

// Entry is what one snapshot says about one institution. It never changes.
type Entry struct {
	ID          string // such as urn:obtr:ent:deqarinst0792: stable, and never given to another
	Names       []Name
	Identifiers []Identifier
	Countries   []string // where it is seated: ISO 3166-1 alpha-2, or DEQAR's parts of countries
	Levels      []int    // EQF levels at which it awards, as its source says
	Site        string   // its home page as its source says: never evidence of control
	Page        string   // where its source shows it, such as data.deqar.eu
	Bindings    []Binding
	Grants      []Grant
	Marks       []Mark
	Conditions  []Condition
	Grade       *Grade
	Inspections []Inspection
	Blocked     []string // DIDs, and hosts of did:web, against which a blacklisting warns
	MergedInto  string   // the entry in whose name it goes on
	Events      []string // ids of the overlay's events about it, in their order
}

// Name is one name of an institution. Names never prove who somebody is.
type Name struct {
	Text string
	Lang string // BCP 47, or empty
	Kind string // "official", "english", "version", "acronym" or "trade"
	To   string // the day on which it ceased, or empty
}

// Identifier is one identifier that somebody gave an institution. (Scheme, Value) names one
// institution only together.
type Identifier struct {
	Scheme, Value string // such as EU-VAT, ESQ9350003A
	From, To      string // days, or empty
	Source        string
}

// Period is from a moment on until another: From belongs to it, Until does not. A zero
// moment bounds nothing.
type Period struct{ From, Until time.Time }

// Holds tells whether a moment is in the period.
func (p Period) Holds(at time.Time) bool { return !p.before(at) && !p.Ended(at) }

func (p Period) before(at time.Time) bool { return at.Before(p.From) }

// Ended tells whether the period was over at a moment.
func (p Period) Ended(at time.Time) bool { return !p.Until.IsZero() && !at.Before(p.Until) }

// Binding says that an institution issues under an identifier, with some keys only.
type Binding struct {
	DID string // normalised: see NormalDID
	Period
	Keys     []PinnedKey
	Evidence []Evidence
	Stale    bool // the weekly look failed twice: its evidence is no longer there
	Event    string
}

// PinnedKey is a key with which the institution issues, by its RFC 7638 thumbprint.
type PinnedKey struct {
	Thumbprint string
	Period
	Compromised bool // Until is since when others may have it
}

// Evidence is one reason to believe a binding.
type Evidence struct {
	Strength Strength
	Kind     string // such as "did-configuration", "dns", "challenge", "deqar-did-ebsi"
	Ref      string // where it is, or the digest of what was seen
}

// Strength says how much a piece of evidence shows.
type Strength uint8

// The strengths of evidence, the weakest first.
const (
	NoEvidence Strength = iota // a name, a logo, a claim of its own
	Weak                       // a domain that the source mentions
	Mutual                     // the identifier and the domain name each other
	Registered                 // somebody with authority checked
)

var strengths = [...]string{"none", "weak", "mutual", "registered"}

func (s Strength) String() string { return strengths[s] }

// Sufficient tells whether the evidence carries a listing: what the identifier and its
// domain say of each other and what somebody checked, or two independent checks.
func Sufficient(evidence []Evidence) bool {
	mutual, kinds := false, map[string]bool{}
	for _, e := range evidence {
		switch e.Strength {
		case Mutual:
			mutual = true
		case Registered:
			kinds[e.Kind] = true
		}
	}
	return len(kinds) > 1 || mutual && len(kinds) == 1
}

// Grant is what an institution may award, on somebody's word.
type Grant struct {
	ID string
	By string // "policy:eqar-covered/v1", or "registry"
	Class
	Scope
	Period     // whole days of UTC where it comes from a mirror
	Basis      []Basis
	Conditions []string // of those who judged
	Notes      []string // such as that an agency has lapsed since
}

// Class says how an institution is covered.
type Class uint8

// The classes of coverage. The last two are against it.
const (
	NoClass            Class = iota
	OfficialAccredited       // obligatory external quality assurance, decided positively
	OfficialEvaluated        // the same, without a decision
	ESGVoluntary             // reviewed by the same standards, voluntarily
	GrantedByRegistry        // the registry's own decision
	ListedElsewhere          // on another list, for what that list says
	Adverse                  // decided negatively
	ContestedCoverage        // positive and a later negative are both in force
)

var classes = [...]string{
	"none", "official_accredited", "official_evaluated", "esg_voluntary", "registry_grant", "listed_elsewhere", "adverse", "contested",
}

func (c Class) String() string { return classes[c] }

// Scope is what a grant is for. Awards and levels are those that are listed and no others;
// the other lists restrict, if they are not empty.
type Scope struct {
	Awards        []string // "degree", "microcredential"
	Levels        []int    // EQF levels
	Programmes    []Programme
	Jurisdictions []string
	ISCED         []string // prefixes of ISCED-F codes
}

// The awards of a Scope.
const (
	Degree          = "degree"
	Microcredential = "microcredential"
)

// AnyAward is the scope of a list that does not say what those on it may award.
func AnyAward() Scope {
	return Scope{Awards: []string{Degree, Microcredential}, Levels: []int{1, 2, 3, 4, 5, 6, 7, 8}}
}

// Programme is one programme that a grant names.
type Programme struct {
	Name  string
	IDs   []string // identifiers as "scheme:value"
	ISCED string
}

// Basis is one fact on which a grant rests.
type Basis struct {
	Source string // "deqar"
	Report int    // the report's number there
	Row    string // SHA-256 of the mirrored row, hexadecimal
	Via    string // "direct", or through which other institution
}

// MarkKind is what an event did to a listing.
type MarkKind uint8

// The kinds of Mark.
const (
	Suspension MarkKind = iota + 1
	Withdrawal
	Revocation
	Blacklisting
)

var markKinds = [...]string{"", "suspend", "withdraw", "revoke", "blacklist"}

func (k MarkKind) String() string { return markKinds[k] }

// Mark is a stretch of time in which a listing, or one grant of it, does not count.
type Mark struct {
	Kind MarkKind
	Period
	Of     string // the grant's id; empty: the whole listing
	Reason string // a code
	Review string // the day on which a blacklisting is looked at again
	Appeal string // where to appeal
	Event  string
	// Lifted says that who was suspended was reinstated as if it had not been.
	Lifted bool
}

// Condition is something to know about what an institution awards.
type Condition struct {
	Period
	Of    string // the grant's id; empty: all
	Code  string
	Event string
}

// Grade is how good an assessor found an institution.
type Grade struct {
	Grade    string // "A", "B" or "C"
	By       string
	Assessed string // day
	Due      string // day of the next assessment
	Event    string
}

// Inspection is one drawing of an institution for inspection, and what it found.
type Inspection struct {
	Month  string // such as 2026-11
	Result string // empty: not inspected yet
	Event  string
}

var nameRanks = map[string]int{"english": 4, "official": 3, "version": 2}

// Name returns the name by which people of most countries know the institution: the English
// one, else the official, else any.
func (e *Entry) Name() string {
	best, rank := "", 0
	for _, n := range e.Names {
		r := nameRanks[n.Kind] + 1
		if n.To == "" {
			r += 10
		}
		if r > rank {
			best, rank = n.Text, r
		}
	}
	return best
}

// Awards tells whether the entry has, at a moment, a grant of a class for it.
func (e *Entry) Awards(at time.Time) bool {
	return slices.ContainsFunc(e.Grants, func(g Grant) bool { return g.Class < Adverse && g.Period.Holds(at) })
}

// ParseStrength reads the name of a strength.
func ParseStrength(name string) (Strength, error) {
	i, err := position(strengths[:], name)
	return Strength(i), err
}
