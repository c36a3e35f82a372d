package registry

import "time"

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

func (d *Decision) refuse(s Summary, r Reason) bool {
	d.Summary = s
	d.Reasons.add(r)
	return false
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
