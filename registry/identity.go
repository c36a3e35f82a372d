package registry

import (
	"slices"
	"time"
)

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
