package registry

import (
	"slices"
	"strings"
	"time"
)

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

// Decide answers whether the issuer of a credential is trusted for it.
func (s *Snapshot) Decide(q Query) Decision {
	if q.Asked.IsZero() {
		q.Asked = q.Now
	}
	d := Decision{Snapshot: s, Age: s.FreshnessAt(q.Asked), query: q}
	if s.pinned != nil {
		return d.asPinned(s.pinned[q.Issuer])
	}
	if d.query.IssuedAt.IsZero() {
		d.query.IssuedAt = q.Now
		d.Reasons.add(ReasonIssuedUnknown)
	}
	did := NormalDID(q.Issuer)
	identified := d.identify(s.byDID[did])
	d.warned(d.Entry)
	d.warned(s.blockedBy(did))
	if identified && d.Summary != Blacklisted {
		d.authorize()
	}
	d.finish()
	return d
}

func (d Decision) asPinned(e *Entry) Decision {
	if e == nil {
		d.Summary = NotListed
		d.Reasons.add(ReasonNotListed)
		return d
	}
	d.Summary, d.Entry, d.Scope, d.Issuance, d.Today = Trusted, e, Inside, InForce, InForce
	return d
}

// warned decides by a blacklisting, which goes before everything else.
func (d *Decision) warned(e *Entry) {
	if e == nil {
		return
	}
	for i := range e.Marks {
		m := &e.Marks[i]
		if m.Kind != Blacklisting || m.Lifted {
			continue
		}
		then, now := m.Holds(d.query.IssuedAt), m.Holds(d.query.Now)
		if then || now && !d.query.Policy.WarnOfBlacklisted {
			d.Summary, d.Entry, d.Mark = Blacklisted, e, m
			d.Reasons.add(ReasonBlacklisted)
			d.Issuance, d.Today = stateIf(then, BlacklistedThen), stateIf(now, BlacklistedThen)
			return
		}
		if now {
			d.Mark, d.Today = m, BlacklistedThen
			d.endedAt(m.From)
			d.Reasons.add(ReasonBlacklisted)
		}
	}
}

// endedAt remembers the first moment since which the listing does not count.
func (d *Decision) endedAt(t time.Time) {
	if d.ended.IsZero() || t.Before(d.ended) {
		d.ended = t
	}
}

func stateIf(holds bool, s State) State {
	if holds {
		return s
	}
	return UnknownState
}

// knownBefore tells whether somebody besides the issuer had the credential before a moment.
func (q *Query) knownBefore(t time.Time) bool {
	return !q.KnownSince.IsZero() && q.KnownSince.Before(t)
}

// identify finds the entry whose identifier and key it is, and says whether that goes on to
// be decided.
func (d *Decision) identify(candidates []bound) bool {
	if len(candidates) == 0 {
		d.Summary = NotListed
		d.Reasons.add(ReasonNotListed)
		return false
	}
	best := candidates[0]
	for _, c := range candidates[1:] {
		if c.binding.Holds(d.query.IssuedAt) || !best.binding.Holds(d.query.IssuedAt) && c.binding.From.After(best.binding.From) {
			best = c
		}
	}
	d.Entry, d.Binding = best.entry, best.binding
	switch {
	case d.Snapshot.Assurance == UnsignedList:
		return d.refuse(Indeterminate, ReasonUnsigned)
	case !d.evidenced():
		return d.refuse(Indeterminate, ReasonBindingWeak)
	case d.Binding.before(d.query.IssuedAt):
		return d.refuse(NotYetValid, ReasonBindingNotYet)
	case d.Binding.Ended(d.query.IssuedAt):
		return d.refuse(Lapsed, ReasonBindingEnded)
	}
	if d.Binding.Stale {
		d.Reasons.add(ReasonBindingStale)
	}
	return d.key()
}

// evidenced tells whether the binding is shown well enough. A signed list of another kind
// knows its issuers by their identifiers alone, so that its word binds nothing more to them.
func (d *Decision) evidenced() bool {
	if d.Snapshot.Assurance == SignedList {
		return slices.ContainsFunc(d.Binding.Evidence, func(e Evidence) bool { return e.Strength == Registered })
	}
	return Sufficient(d.Binding.Evidence)
}

func (d *Decision) refuse(s Summary, r Reason) bool {
	d.Summary = s
	d.Reasons.add(r)
	return false
}

// key looks for the key that signed among those of the binding. A key that nobody pinned is
// no more than a key under the right name: whoever takes the name has one.
func (d *Decision) key() bool {
	for i := range d.Binding.Keys {
		k := &d.Binding.Keys[i]
		if !slices.Contains(d.query.Keys, k.Thumbprint) || k.before(d.query.IssuedAt) {
			continue
		}
		d.Key = k
		if k.Holds(d.query.IssuedAt) && (!k.Compromised || d.query.knownBefore(k.Until)) {
			return true
		}
	}
	switch {
	case d.Key == nil:
		return d.refuse(Indeterminate, ReasonUnpinnedKey)
	case d.Key.Compromised:
		return d.refuse(Revoked, ReasonKeyCompromised)
	}
	return d.refuse(Lapsed, ReasonKeyEnded)
}

// authorize decides by the grants: the best of them, unless those who judge disagree or
// something happened to the whole listing.
func (d *Decision) authorize() {
	d.Summary = OutOfScope
	best, whole := *d, *d
	best.Reasons.add(ReasonNoGrant)
	var against *Grant
	inForce := false
	for i := range d.Entry.Grants {
		g := &d.Entry.Grants[i]
		if g.Class >= Adverse {
			if fit, _ := g.fit(&d.query); fit != Outside && g.Holds(d.query.IssuedAt) && (against == nil || g.Class > against.Class) {
				against = g
			}
			continue
		}
		one := *d
		one.grant(g)
		inForce = inForce || one.Issuance == InForce
		if best.Grant == nil || one.better(&best) {
			best = one
		}
	}
	if against != nil {
		best = d.judged(against, inForce)
	}
	if whole.marked(nil) && weight[whole.Summary] > weight[best.Summary] {
		whole.Scope, whole.Grant = best.Scope, best.Grant
		best = whole
	}
	*d = best
}

// judged decides by a negative judgement that was in force.
func (d Decision) judged(against *Grant, alsoFor bool) Decision {
	d.Grant, d.Scope = against, Outside
	if against.Class == ContestedCoverage || alsoFor {
		d.Scope, d.Issuance = Inside, InForce
		d.refuse(Contested, ReasonContested)
		return d
	}
	d.refuse(OutOfScope, ReasonAdverse)
	return d
}

// nearness orders what grants say by how near they come to a good word.
var nearness = [...]int{
	Trusted: 9, TrustedWithConditions: 8, HistoricalOK: 7, Indeterminate: 6, Revoked: 5, Suspended: 5, Withdrawn: 5, Lapsed: 4,
	NotYetValid: 3, OutOfScope: 2, Blacklisted: 1, Contested: 1, NotListed: 0,
}

func (d *Decision) better(other *Decision) bool {
	a, b := nearness[d.Summary], nearness[other.Summary]
	return a > b || a == b && d.Grant.Until.After(other.Grant.Until)
}

// grant decides by one grant.
func (d *Decision) grant(g *Grant) {
	d.Grant = g
	fit, why := g.fit(&d.query)
	d.Scope = fit
	if fit == Outside {
		d.Summary = OutOfScope
		d.Reasons |= why
		return
	}
	issued, now := d.query.IssuedAt, d.query.Now
	d.Issuance, d.Today = g.stateAt(issued), g.stateAt(now)
	switch d.Issuance {
	case Before:
		d.refuse(NotYetValid, ReasonGrantNotYet)
		return
	case Ended:
		if !issued.Before(g.Until.Add(d.query.Policy.Grace)) {
			d.refuse(Lapsed, ReasonGrantEnded)
			return
		}
		d.Reasons.add(ReasonGrace)
	}
	if d.marked(g) {
		return
	}
	d.Reasons |= why | g.remarks(issued)
	d.conditions(g)
	d.positive()
}

func (p Period) stateAt(at time.Time) State {
	switch {
	case p.before(at):
		return Before
	case p.Ended(at):
		return Ended
	}
	return InForce
}

// marked decides by what happened to the listing or to one grant of it, and says whether that
// decided.
func (d *Decision) marked(g *Grant) bool {
	for i := range d.Entry.Marks {
		m := &d.Entry.Marks[i]
		if m.Kind == Blacklisting || m.Of != "" && (g == nil || m.Of != g.ID) {
			continue
		}
		then, now := m.Holds(d.query.IssuedAt), m.Holds(d.query.Now)
		rule := markRules[m.Kind]
		switch {
		case then && m.Lifted:
			d.Reasons.add(ReasonReinstated)
		case then:
			if weight[rule.then] > weight[d.Summary] || !d.stands() {
				d.Mark, d.Issuance, d.Today = m, rule.state, stateIf(now, rule.state)
				d.refuse(rule.then, rule.reason)
			}
		case now:
			d.Today = rule.state
			if m.Kind != Suspension {
				d.endedAt(m.From)
			}
			d.Reasons.add(rule.since)
		}
	}
	return d.stands()
}

// stands tells whether a mark has decided already.
func (d *Decision) stands() bool {
	return d.Summary == Suspended || d.Summary == Withdrawn || d.Summary == Revoked
}

// markRules are what each kind of mark does to what is issued while it holds, and to what was
// issued before.
var markRules = [...]struct {
	then          Summary
	state         State
	reason, since Reason
}{
	Suspension: {Suspended, SuspendedThen, ReasonSuspended, ReasonSuspendedSince},
	Withdrawal: {Withdrawn, WithdrawnThen, ReasonWithdrawn, ReasonEndedSince},
	Revocation: {Revoked, RevokedThen, ReasonRevoked, ReasonEndedSince},
}

// conditions collects what is to know about the institution.
func (d *Decision) conditions(g *Grant) {
	for i := range d.Entry.Conditions {
		c := &d.Entry.Conditions[i]
		if (c.Of == "" || c.Of == g.ID) && (c.Holds(d.query.IssuedAt) || c.Holds(d.query.Now)) {
			d.Reasons.add(ReasonCondition)
		}
	}
	if grade := d.Entry.Grade; grade != nil {
		if grade.Grade == "C" {
			d.Reasons.add(ReasonGradeC)
		}
		if due, err := parseDay(grade.Due); err == nil && !due.IsZero() && d.query.Now.After(due.AddDate(0, 0, 1)) {
			d.Reasons.add(ReasonGradeOverdue)
		}
	}
	if d.Entry.MergedInto != "" {
		d.Reasons.add(ReasonMerged)
	}
}

// positive gives the good word, and what is left of it.
func (d *Decision) positive() {
	if d.Grant.Ended(d.query.Now) {
		d.endedAt(d.Grant.Until)
		d.Reasons.add(ReasonEndedSince)
	}
	switch {
	case d.query.Policy.RefuseGradeC && d.Reasons.Has(ReasonGradeC):
		d.Summary = OutOfScope
	case !d.ended.IsZero() && d.query.Policy.Strict && !d.query.knownBefore(d.ended):
		d.refuse(Indeterminate, ReasonSelfAsserted)
	case !d.ended.IsZero():
		d.Summary = HistoricalOK
	case d.Reasons&conditions != 0:
		d.Summary = TrustedWithConditions
	default:
		d.Summary = Trusted
	}
}

// finish takes back what an old snapshot cannot say.
func (d *Decision) finish() {
	if d.Age == Fresh || !d.Summary.Positive() && d.Summary != NotListed {
		return
	}
	switch {
	case d.Age == Expired:
		d.refuse(Indeterminate, ReasonExpired)
	case d.Summary == NotListed:
		d.refuse(Indeterminate, ReasonStale)
	default:
		d.Reasons.add(ReasonStale)
		if d.Summary == Trusted {
			d.Summary = TrustedWithConditions
		}
	}
}

// fit compares what was awarded with what a grant is for.
func (g *Grant) fit(q *Query) (ScopeFit, Reasons) {
	var why Reasons
	switch {
	case g.Class >= Adverse && len(g.Awards) == 0: // against whatever is awarded
	case len(g.Awards) == 0 || q.Award != "" && !slices.Contains(g.Awards, q.Award):
		why.add(ReasonAward)
	}
	switch {
	case why != 0:
	case q.Level != 0 && !slices.Contains(g.Levels, q.Level) && (g.Class < Adverse || len(g.Levels) > 0):
		why.add(ReasonLevel)
	case len(g.Programmes) > 0 && !g.names(q.Programmes):
		why.add(ReasonProgramme)
	case q.Jurisdiction != "" && len(g.Jurisdictions) > 0 && !slices.Contains(g.Jurisdictions, q.Jurisdiction):
		why.add(ReasonJurisdiction)
	case len(g.ISCED) > 0 && (q.ISCED == "" || !slices.ContainsFunc(g.ISCED, func(p string) bool { return strings.HasPrefix(q.ISCED, p) })):
		why.add(ReasonField)
	}
	if why != 0 {
		return Outside, why
	}
	if q.Level == 0 {
		why.add(ReasonLevelUnspecified)
	}
	if q.Award == "" && (!slices.Contains(g.Awards, Degree) || !slices.Contains(g.Awards, Microcredential)) {
		why.add(ReasonAwardUnspecified)
	}
	if why != 0 {
		return Unspecified, why
	}
	return Inside, 0
}

// names tells whether the grant names a programme by one of its identifiers: names alone
// say nothing.
func (g *Grant) names(ids []string) bool {
	for _, p := range g.Programmes {
		for _, id := range p.IDs {
			if slices.Contains(ids, id) {
				return true
			}
		}
	}
	return false
}

// remarks are what a grant itself says beyond its scope.
func (g *Grant) remarks(issued time.Time) (why Reasons) {
	switch g.Class {
	case OfficialEvaluated:
		why.add(ReasonNoDecision)
	case ESGVoluntary:
		why.add(ReasonVoluntary)
	case ListedElsewhere:
		why.add(ReasonElsewhere)
	}
	if len(g.Conditions) > 0 {
		why.add(ReasonJudgedWithConditions)
	}
	if len(g.Notes) > 0 {
		why.add(ReasonNote)
	}
	const day = 24 * time.Hour
	if !g.From.IsZero() && issued.Sub(g.From) < day || !g.Until.IsZero() && g.Until.Sub(issued) <= day {
		why.add(ReasonBoundaryDay)
	}
	return why
}
