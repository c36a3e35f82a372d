package registry

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"
)

// Ledger is what the events of a log say together. It is made by applying them in the order
// of the log, and by nothing else, so that anybody who has the log can make it again.
type Ledger struct {
	known   func(entity string) bool // the institutions that are mirrored
	entries map[string]*Entry
	events  map[string]*Event
	holders map[string][]string // of an identifier: the entries that are or were bound to it
}

// NewLedger returns a ledger without events. known tells which institutions are mirrored;
// others come to be by an event that names them.
func NewLedger(known func(entity string) bool) *Ledger {
	return &Ledger{known: known, entries: map[string]*Entry{}, events: map[string]*Event{}, holders: map[string][]string{}}
}

// Entry returns what the events say of an entry, or nothing.
func (l *Ledger) Entry(id string) *Entry { return l.entries[id] }

// Event returns an event by its id, or nothing.
func (l *Ledger) Event(id string) *Event { return l.events[id] }

// Lines returns the entries that a shard, Overlay or Bindings, has something of, in the order
// of their ids.
func (l *Ledger) Lines(s Shard) iter.Seq[*Entry] {
	return func(yield func(*Entry) bool) {
		for _, id := range slices.Sorted(maps.Keys(l.entries)) {
			part := *l.entries[id]
			if s == Bindings {
				part = Entry{ID: id, Bindings: part.Bindings}
			} else {
				part.Bindings = nil
			}
			if (s != Bindings || len(part.Bindings) > 0) && !yield(&part) {
				return
			}
		}
	}
}

// Apply adds an event to the ledger, or says why it cannot follow the others. Whether enough
// people signed it is the caller's to know.
func (l *Ledger) Apply(e *Event) error {
	if l.events[e.ID] != nil {
		return fmt.Errorf("%w: there is an event %s already", ErrEvent, e.ID)
	}
	entry := l.entries[e.Entity]
	creates := e.Profile != nil && len(e.Profile.Names) > 0 || len(e.Blocked) > 0
	if entry == nil && !l.known(e.Entity) && !creates {
		return fmt.Errorf("%w: no institution %s is known; name it by an amendment first", ErrEvent, e.Entity)
	}
	next := Entry{ID: e.Entity}
	if entry != nil {
		next = *entry
	}
	if err := l.apply(&next, e); err != nil {
		return fmt.Errorf("%w: %s %s: %w", ErrEvent, e.Type, e.ID, err)
	}
	next.Events = append(slices.Clone(next.Events), e.ID)
	l.entries[e.Entity], l.events[e.ID] = &next, e
	return nil
}

// apply changes an entry, whose lists it does not share with what was before.
func (l *Ledger) apply(n *Entry, e *Event) error {
	switch e.Type {
	case EventGrant:
		n.Grants = append(slices.Clone(n.Grants), *e.Grant)
	case EventAmend:
		return n.amend(e)
	case EventCondition:
		return n.condition(e)
	case EventSuspend, EventWithdraw, EventRevoke, EventBlacklist:
		return n.mark(e)
	case EventReinstate:
		return n.lift(Suspension, e)
	case EventUnblacklist:
		return n.lift(Blacklisting, e)
	case EventGrade:
		g := *e.Grade
		g.Event = e.ID
		n.Grade = &g
	case EventInspection:
		return n.inspect(e)
	case EventBindingAdd:
		return l.bind(n, e)
	case EventBindingEnd:
		return l.unbind(n, e)
	case EventKeyEnd:
		return n.endKey(e)
	case EventRecheck:
		return n.recheck(e)
	case EventMerge:
		if e.Into == e.Entity || l.entries[e.Into] == nil && !l.known(e.Into) {
			return fmt.Errorf("there is no other institution %s", e.Into)
		}
		n.MergedInto = e.Into
	case EventDispute:
		if other := l.events[e.Of]; other == nil || other.Entity != e.Entity {
			return fmt.Errorf("the institution has no event %s", e.Of)
		}
	}
	return nil
}

func (n *Entry) amend(e *Event) error {
	if p := e.Profile; p != nil {
		n.Names, n.Identifiers, n.Countries, n.Site = p.Names, p.Identifiers, p.Countries, p.Site
		return nil
	}
	end, err := parseDay(e.Until)
	if err != nil {
		return err
	}
	end = end.AddDate(0, 0, 1)
	n.Grants, n.Conditions = slices.Clone(n.Grants), slices.Clone(n.Conditions)
	for i := range n.Grants {
		if n.Grants[i].ID == e.Of {
			return n.Grants[i].shorten(end)
		}
	}
	for i := range n.Conditions {
		if n.Conditions[i].Event == e.Of {
			return n.Conditions[i].shorten(end)
		}
	}
	return fmt.Errorf("the registry has given it no grant or condition %s", e.Of)
}

// shorten ends a period sooner: nothing is prolonged without a new grant.
func (p *Period) shorten(end time.Time) error {
	if !p.Until.IsZero() && !end.Before(p.Until) {
		return fmt.Errorf("it ends sooner already; what is to last longer needs a new event")
	}
	p.Until = end
	return p.check()
}

func (n *Entry) condition(e *Event) error {
	until, err := parseDay(e.Until)
	if err != nil {
		return err
	}
	if !until.IsZero() {
		until = until.AddDate(0, 0, 1)
	}
	c := Condition{Period: Period{e.EffectiveFrom, until}, Of: e.Of, Code: e.Code, Event: e.ID}
	n.Conditions = append(slices.Clone(n.Conditions), c)
	return c.check()
}

var markOf = map[EventType]MarkKind{
	EventSuspend: Suspension, EventWithdraw: Withdrawal, EventRevoke: Revocation, EventBlacklist: Blacklisting,
}

func (n *Entry) mark(e *Event) error {
	kind := markOf[e.Type]
	if n.open(kind, e.Of) >= 0 {
		return fmt.Errorf("that is so already")
	}
	n.Marks = append(slices.Clone(n.Marks), Mark{
		Kind: kind, Period: Period{From: e.EffectiveFrom}, Of: e.Of, Reason: e.Reason, Review: e.Review, Appeal: e.Appeal, Event: e.ID,
	})
	for _, name := range e.Blocked {
		if name = NormalDID(name); !slices.Contains(n.Blocked, name) {
			n.Blocked = append(slices.Clone(n.Blocked), name)
		}
	}
	return nil
}

// open returns the place of the mark of a kind that has no end, or -1.
func (n *Entry) open(kind MarkKind, of string) int {
	return slices.IndexFunc(n.Marks, func(m Mark) bool { return m.Kind == kind && m.Of == of && m.Until.IsZero() })
}

func (n *Entry) lift(kind MarkKind, e *Event) error {
	i := n.open(kind, e.Of)
	if i < 0 {
		return fmt.Errorf("there is nothing to take back")
	}
	n.Marks = slices.Clone(n.Marks)
	n.Marks[i].Until, n.Marks[i].Lifted = e.EffectiveFrom, e.Retroactive
	return n.Marks[i].check()
}

func (n *Entry) inspect(e *Event) error {
	n.Inspections = slices.Clone(n.Inspections)
	i := slices.IndexFunc(n.Inspections, func(i Inspection) bool { return i.Month == e.Month })
	switch {
	case i < 0 && e.Result != "":
		return fmt.Errorf("it was not drawn for %s", e.Month)
	case i < 0:
		n.Inspections = append(n.Inspections, Inspection{Month: e.Month, Event: e.ID})
	case e.Result == "":
		return fmt.Errorf("it was drawn for %s already", e.Month)
	default:
		n.Inspections[i].Result = e.Result
	}
	return nil
}

// bind adds a binding, or keys to the one that there is. An identifier that another
// institution has, or had at the time, is refused.
func (l *Ledger) bind(n *Entry, e *Event) error {
	added := *e.Binding
	added.Event = e.ID
	holders := l.holders[added.DID]
	for _, id := range holders {
		for _, b := range l.entries[id].Bindings {
			if id != n.ID && b.DID == added.DID && b.overlaps(added.Period) {
				return fmt.Errorf("%s is bound to %s at that time", added.DID, id)
			}
		}
	}
	n.Bindings = slices.Clone(n.Bindings)
	for i := range n.Bindings {
		b := &n.Bindings[i]
		if b.DID != added.DID || !b.overlaps(added.Period) {
			continue
		}
		if !b.Until.IsZero() {
			return fmt.Errorf("%s is bound to it at that time already", added.DID)
		}
		return b.add(added)
	}
	n.Bindings = append(n.Bindings, added)
	if !slices.Contains(holders, n.ID) {
		l.holders[added.DID] = append(holders, n.ID)
	}
	return nil
}

// add takes keys and evidence over from a later event about the same identifier. A key that
// ended does not come back.
func (b *Binding) add(later Binding) error {
	b.Keys = slices.Clone(b.Keys)
	for _, k := range later.Keys {
		if slices.ContainsFunc(b.Keys, func(held PinnedKey) bool { return held.Thumbprint == k.Thumbprint }) {
			return fmt.Errorf("the key %s is pinned already", k.Thumbprint)
		}
		b.Keys = append(b.Keys, k)
	}
	b.Evidence, b.Event, b.Stale = later.Evidence, later.Event, false
	if later.From.Before(b.From) {
		b.From = later.From
	}
	return nil
}

// bound returns the binding that is open to an identifier, in a list of the entry's own.
func (n *Entry) bound(did string) (*Binding, error) {
	n.Bindings = slices.Clone(n.Bindings)
	for i := range n.Bindings {
		if b := &n.Bindings[i]; b.DID == NormalDID(did) && b.Until.IsZero() {
			b.Keys = slices.Clone(b.Keys)
			return b, nil
		}
	}
	return nil, fmt.Errorf("%s is not bound to it", did)
}

func (l *Ledger) unbind(n *Entry, e *Event) error {
	b, err := n.bound(e.DID)
	if err != nil {
		return err
	}
	b.Until = e.EffectiveFrom
	return b.check()
}

func (n *Entry) endKey(e *Event) error {
	b, err := n.bound(e.DID)
	if err != nil {
		return err
	}
	for i := range b.Keys {
		k := &b.Keys[i]
		if k.Thumbprint != e.Key {
			continue
		}
		if k.Compromised || !k.Until.IsZero() && !e.Compromised {
			return fmt.Errorf("the key has ended already")
		}
		k.Until, k.Compromised = e.EffectiveFrom, e.Compromised
		return nil
	}
	return fmt.Errorf("the key is not pinned for %s", e.DID)
}

func (n *Entry) recheck(e *Event) error {
	b, err := n.bound(e.DID)
	if err != nil {
		return err
	}
	b.Stale = !e.OK
	return nil
}
