package deqar

import (
	"fmt"
	"slices"
)

// Scope is what is asked about: an institution as a whole, or one of its programmes, at a
// level of the European Qualifications Framework. An institution that is covered as a whole
// says nothing about a programme that is named, and the other way round.
type Scope struct {
	Award     Award        // for Result.Allowed; may be empty
	Level     Level        // zero: not said, which allows no degree
	Programme ProgrammeKey // zero: the institution as a whole
	Country   string       // code of the country in which it must have its seat; may be empty
}

// Result is what a world says about an institution on a day, and why.
type Result struct {
	Class        Class
	Awards       []Award // that the policy allows in this scope
	Allowed      bool    // whether the scope's award is among them
	Levels       []Level // those that the class holds at: the scope's, or all of the institution's
	Basis        []Basis // the reports that the class rests on
	Aside        []Basis // reports that have to do with the institution and did not count, each with the reason
	Conditions   []string
	Notes        []string
	Missing      []string // what DEQAR did not say; the answer might be another one with it
	Boundary     bool     // the day is the first or last one of a report that the class rests on
	Jurisdiction []string // countries of its verified seats on the day
}

// Undecided reports whether the class is no answer, for something was missing.
func (r Result) Undecided() bool {
	return !r.Class.Confers() && r.Class != Contested && len(r.Missing) > 0
}

// Basis is one report, as it bears on an institution.
type Basis struct {
	Report      int64    `json:"report"`
	Digest      string   `json:"rowSha256,omitempty"` // of its row
	Via         Via      `json:"via"`
	Institution int64    `json:"institution"` // that the report names
	Level       Level    `json:"level,omitempty"`
	From        Day      `json:"from,omitzero"`
	To          Day      `json:"to,omitzero"`
	Status      Status   `json:"status,omitempty"`
	Decision    Decision `json:"decision,omitempty"`
	Why         string   `json:"why,omitempty"`
}

// Evaluate says what the world covers: of an institution, on a day, in a scope (DEQAR §1.5).
func (c Coverage) Evaluate(institution int64, d Day, s Scope) Result {
	i := c.World.Institution(institution)
	if i == nil {
		return Result{Class: None, Notes: []string{"DEQAR has no such institution, which says nothing against it"}}
	}
	items := c.covers(i)
	r := c.evaluate(i, items, d, s)
	if r.Class.Confers() {
		r.Notes = unique(append(r.Notes, namesakes(items, r, d, s)...))
	}
	return r
}

// namesakes are newer negative reports on a programme that has the name of the one asked for,
// and another identifier. Names do not decide, in either direction.
func namesakes(items []cover, r Result, d Day, s Scope) (notes []string) {
	own := map[string]Day{}
	for _, item := range items {
		if item.programme != nil && slices.Contains(item.keys, s.Programme) && slices.ContainsFunc(r.Basis, func(b Basis) bool { return b.Report == item.report.ID }) {
			own[item.programme.Name] = max(own[item.programme.Name], item.report.From)
		}
	}
	for _, item := range items {
		if item.programme == nil || !item.negative || item.why != "" || !item.window.Holds(d) || slices.Contains(item.keys, s.Programme) {
			continue
		}
		if from, same := own[item.programme.Name]; same && item.report.From >= from {
			notes = append(notes, item.about("it is negative, and newer, on a programme of the same name with another identifier"))
		}
	}
	return notes
}

// tally sorts the reports that bear on a scope on a day.
type tally struct {
	pro, contra, ended []*cover
}

func (c Coverage) evaluate(i *Institution, items []cover, d Day, s Scope) Result {
	r := Result{Class: None}
	t := c.count(&r, items, d, s)
	basis := r.decide(t)
	c.seats(&r, i, d, s)
	for _, item := range basis {
		r.rest(c, item, d)
	}
	if r.Class.Confers() {
		r.Levels = levelsOn(i, basis, d, s)
		r.allow(c.Policy, i, basis, s)
	}
	if !(Span{i.Founded, i.Closed}).Holds(d) {
		r.Notes = append(r.Notes, "the institution did not exist on this day")
	}
	r.Missing = unique(r.Missing)
	r.Notes = unique(r.Notes)
	r.Conditions = unique(r.Conditions)
	return r
}

func unique(texts []string) []string {
	slices.Sort(texts)
	return slices.Compact(texts)
}

func (c Coverage) count(r *Result, items []cover, d Day, s Scope) (t tally) {
	for n := range items {
		item := &items[n]
		if item.why != "" {
			if item.window.Holds(d) {
				r.Aside = append(r.Aside, c.basis(item, item.why))
			}
			continue
		}
		lacks := item.lacks(s)
		for _, w := range item.windows(s) {
			switch {
			case w.Holds(d) && item.negative:
				t.contra = append(t.contra, item)
			case w.Holds(d) && len(lacks) > 0:
				for _, what := range lacks {
					r.Missing = append(r.Missing, item.about(what))
				}
			case w.Holds(d):
				t.pro = append(t.pro, item)
			case w.To != 0 && w.To < d && item.class.Confers() && len(lacks) == 0:
				t.ended = append(t.ended, item)
			}
		}
	}
	return t
}

// decide weighs (DEQAR §1.5, 7): of what speaks for the institution the best class counts,
// unless a negative report is as new as the newest of that class, or newer.
func (r *Result) decide(t tally) (basis []*cover) {
	rank, newest := 0, Day(0)
	for _, item := range t.pro {
		rank = max(rank, item.class.rank())
	}
	for _, item := range t.pro {
		if item.class.rank() == rank {
			basis, newest, r.Class = append(basis, item), max(newest, item.report.From), item.class
		}
	}
	newer := slices.DeleteFunc(slices.Clone(t.contra), func(item *cover) bool { return item.report.From < newest })
	switch {
	case len(basis) > 0 && len(newer) > 0:
		r.Class, basis = Contested, append(basis, newer...)
	case len(basis) > 0:
		for _, item := range t.contra {
			r.Notes = append(r.Notes, item.about("an older negative report is in force"))
		}
	case len(t.contra) > 0:
		r.Class, basis = Adverse, t.contra
	case len(t.ended) > 0:
		r.Class, basis = Lapsed, t.ended
	}
	slices.SortStableFunc(basis, func(a, b *cover) int { return int(a.report.ID - b.report.ID) })
	return slices.Compact(basis)
}

// seats finds the jurisdiction, and refuses a country in which there is no seat.
func (c Coverage) seats(r *Result, i *Institution, d Day, s Scope) {
	r.Jurisdiction = i.Seats(d)
	if s.Country == "" || slices.Contains(r.Jurisdiction, s.Country) || !r.Class.Confers() {
		return
	}
	if slices.ContainsFunc(i.Places, func(p Place) bool { return p.Verified == Yes }) {
		r.Notes = append(r.Notes, "the institution has no verified seat in "+s.Country+" on this day")
	} else {
		r.Missing = append(r.Missing, "the verified seat of the institution")
	}
	r.Class = None
}

// rest adds a report to what the class rests on.
func (r *Result) rest(c Coverage, item *cover, d Day) {
	r.Basis = append(r.Basis, c.basis(item, ""))
	span := item.report.Span()
	r.Boundary = r.Boundary || d == item.window.From || d == item.window.To || d == span.From || d == span.To
	if item.report.Decision == PositiveWithConditions {
		r.Conditions = append(r.Conditions, item.about(PositiveWithConditions.String()))
	}
	for _, note := range item.notes {
		r.Notes = append(r.Notes, item.about(note))
	}
	if a := c.World.AgencyOf(item.report); a != nil && a.End != 0 && a.End < d {
		r.Notes = append(r.Notes, item.about(fmt.Sprintf("its agency %s is no longer registered since %s", a.Acronym, a.End+1)))
	}
}

func (c Coverage) basis(item *cover, why string) Basis {
	b := Basis{
		Report: item.report.ID, Digest: c.World.from[rowKey{KindReport, item.report.ID}].Digest, Via: item.via,
		Institution: item.on, From: item.window.From, To: item.window.To,
		Status: item.report.Status, Decision: item.report.Decision, Why: why,
	}
	if item.programme != nil {
		b.Level = item.programme.Level
	}
	return b
}

// Summary is one class for an institution on a day: that of the whole, or where that is
// nothing the best of its programmes.
func (c Coverage) Summary(institution int64, d Day) Class {
	i := c.World.Institution(institution)
	if i == nil {
		return None
	}
	items := c.covers(i)
	whole := c.evaluate(i, items, d, Scope{}).Class
	if whole != None && whole != Lapsed {
		return whole
	}
	best := whole
	for _, item := range items {
		if item.programme != nil && item.why == "" && !item.negative && len(item.missing) == 0 && item.window.Holds(d) && item.class.rank() > best.rank() {
			best = item.class
		}
	}
	return best
}
