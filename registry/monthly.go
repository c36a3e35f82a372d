package registry

import (
	"slices"
	"time"
)

// Monthly is what happened in a registry in one month, computed from its log alone.
type Monthly struct {
	Month  string            `json:"month"`
	Events int               `json:"events"`
	Types  map[EventType]int `json:"types,omitempty"`
	// Entities are the institutions that the events were about.
	Entities []string `json:"entities,omitempty"`
	// At the month's end:
	Granted     int `json:"granted"`     // with a grant of the registry's own in force
	Bound       int `json:"bound"`       // with a binding in force
	Suspended   int `json:"suspended"`   // of them or others
	Blacklisted int `json:"blacklisted"` // warned of
	Overdue     int `json:"overdue"`     // with a grading or a review of a blacklisting overdue
	Disputes    int `json:"disputes"`    // raised in the month
}

// MonthlyReport computes the report of a month, such as 2026-11, from all events of a log in
// their order. Events count in the month in which they were written.
func MonthlyReport(month string, events []*Event) (Monthly, error) {
	m := Monthly{Month: month, Types: map[EventType]int{}}
	begin, err := time.Parse("2006-01", month)
	if err != nil {
		return m, err
	}
	end := begin.AddDate(0, 1, 0)
	ledger := NewLedger(func(string) bool { return true })
	for _, e := range events {
		if !e.Recorded.Before(end) {
			continue
		}
		if err := ledger.Apply(e); err != nil {
			return m, err
		}
		if e.Recorded.Before(begin) {
			continue
		}
		m.Events++
		m.Types[e.Type]++
		if !slices.Contains(m.Entities, e.Entity) {
			m.Entities = append(m.Entities, e.Entity)
		}
	}
	slices.Sort(m.Entities)
	m.Disputes = m.Types[EventDispute]
	for _, e := range ledger.entries {
		m.count(e, end.Add(-time.Second))
	}
	return m, nil
}

func (m *Monthly) count(e *Entry, at time.Time) {
	if slices.ContainsFunc(e.Grants, func(g Grant) bool { return g.Holds(at) }) {
		m.Granted++
	}
	if slices.ContainsFunc(e.Bindings, func(b Binding) bool { return b.Holds(at) }) {
		m.Bound++
	}
	holds := func(kind MarkKind) bool {
		return slices.ContainsFunc(e.Marks, func(k Mark) bool { return k.Kind == kind && k.Holds(at) })
	}
	if holds(Suspension) {
		m.Suspended++
	}
	if holds(Blacklisting) {
		m.Blacklisted++
	}
	if e.overdue(at) {
		m.Overdue++
	}
}

// overdue tells whether a grading or the review of a blacklisting should have happened.
func (e *Entry) overdue(at time.Time) bool {
	late := func(day string) bool {
		due, err := parseDay(day)
		return err == nil && !due.IsZero() && !at.Before(due.AddDate(0, 0, 1))
	}
	return e.Grade != nil && late(e.Grade.Due) ||
		slices.ContainsFunc(e.Marks, func(k Mark) bool { return k.Kind == Blacklisting && k.Holds(at) && late(k.Review) })
}
