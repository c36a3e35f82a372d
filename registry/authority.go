package registry

import "time"

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
