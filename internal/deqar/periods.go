package deqar

import (
	"cmp"
	"maps"
	"reflect"
	"slices"
)

// Period is a run of days on which Evaluate gives one answer in one scope. Days, scopes and
// institutions without a period have the class None.
type Period struct {
	From         Day            `json:"from"`
	To           Day            `json:"to,omitzero"` // zero: open
	Class        Class          `json:"class"`
	EQF          []Level        `json:"eqf,omitempty"`        // empty: where no level is said
	Programmes   []ProgrammeKey `json:"programmes,omitempty"` // names of one programme; empty: the institution as a whole
	Names        []string       `json:"names,omitempty"`      // of the programme, for people
	Fields       []string       `json:"fields,omitempty"`     // of the programme, ISCED-F
	Awards       []Award        `json:"awards,omitempty"`     // that the policy allows
	Jurisdiction []string       `json:"jurisdiction,omitempty"`
	Conditions   []string       `json:"conditions,omitempty"`
	Basis        []Basis        `json:"basis"`
}

// Periods are all runs of days of an institution, for each scope that its reports bear on:
// the whole and each named programme, at each level and where no level is said. They are as
// long as they can be, and sorted by scope and day.
func (c Coverage) Periods(institution int64) []Period {
	i := c.World.Institution(institution)
	if i == nil {
		return nil
	}
	items := c.covers(i)
	byKey := map[ProgrammeKey][]cover{}
	for _, item := range items {
		if item.programme == nil {
			byKey[ProgrammeKey{}] = append(byKey[ProgrammeKey{}], item)
		}
		for _, key := range item.keys {
			byKey[key] = append(byKey[key], item)
		}
	}
	var all []Period
	for _, s := range scopes(items) {
		all = append(all, c.run(i, byKey[s.Programme], s)...)
	}
	return together(all)
}

// scopes are those that a report bears on.
func scopes(items []cover) (all []Scope) {
	levels := map[ProgrammeKey]map[Level]bool{}
	add := func(key ProgrammeKey, level ...Level) {
		if levels[key] == nil {
			levels[key] = map[Level]bool{0: true}
		}
		for _, l := range level {
			levels[key][l] = true
		}
	}
	for _, item := range items {
		switch {
		case item.why != "":
		case item.programme == nil:
			add(ProgrammeKey{}, 5, 6, 7, 8)
		case item.negative:
			for _, key := range item.keys {
				add(key, 5, 6, 7, 8)
			}
		default:
			for _, key := range item.keys {
				add(key, item.programme.Level)
			}
		}
	}
	for _, key := range slices.SortedFunc(maps.Keys(levels), compareKeys) {
		for _, level := range slices.Sorted(maps.Keys(levels[key])) {
			all = append(all, Scope{Programme: key, Level: level})
		}
	}
	return all
}

func compareKeys(a, b ProgrammeKey) int {
	return cmp.Or(cmp.Compare(a.Scheme, b.Scheme), cmp.Compare(a.Agency, b.Agency), cmp.Compare(a.Value, b.Value))
}

// run cuts time where something begins or ends, and asks once in each piece.
func (c Coverage) run(i *Institution, items []cover, s Scope) (all []Period) {
	cuts := map[Day]bool{}
	cut := func(w Span) {
		cuts[max(w.From, 1)] = true
		if w.To != 0 {
			cuts[w.To+1] = true
		}
	}
	for n := range items {
		if items[n].why == "" {
			for _, w := range items[n].windows(s) {
				cut(w)
			}
		}
	}
	for _, p := range i.Places {
		cut(p.Span)
	}
	days := slices.Sorted(maps.Keys(cuts))
	for n, d := range days {
		r := c.evaluate(i, items, d, s)
		if r.Class == None {
			continue
		}
		p := Period{From: d, Class: r.Class, Awards: r.Awards, Jurisdiction: r.Jurisdiction, Conditions: r.Conditions, Basis: r.Basis}
		if n+1 < len(days) {
			p.To = days[n+1] - 1
		}
		if s.Level != 0 {
			p.EQF = []Level{s.Level}
		}
		if s.Programme != (ProgrammeKey{}) {
			p.Programmes = []ProgrammeKey{s.Programme}
			p.Names, p.Fields = described(items)
		}
		if last := len(all) - 1; last >= 0 && all[last].To == d-1 && all[last].same(p) {
			all[last].To = p.To
			continue
		}
		all = append(all, p)
	}
	return all
}

// described are the names and fields under which the reports of a programme name it.
func described(items []cover) (names, fields []string) {
	for _, item := range items {
		names = append(names, item.programme.Name)
		if item.programme.Field != "" {
			fields = append(fields, item.programme.Field)
		}
	}
	return unique(names), unique(fields)
}

// same reports whether two periods differ in their days alone.
func (p Period) same(other Period) bool {
	other.From, other.To = p.From, p.To
	return reflect.DeepEqual(p, other)
}

// together makes one period of those that differ in the level alone, and then of those that
// differ in the name of the programme alone.
func together(all []Period) []Period {
	all = joined(all, func(p *Period) *[]Level { return &p.EQF })
	return joined(all, func(p *Period) *[]ProgrammeKey { return &p.Programmes })
}

// joined makes one of the periods that are the same but for a list that is not empty.
func joined[T any](all []Period, list func(*Period) *[]T) (kept []Period) {
	first := map[string]int{}
	for _, p := range all {
		own := *list(&p)
		if len(own) == 0 {
			kept = append(kept, p)
			continue
		}
		*list(&p) = nil
		key, err := encode(p)
		if err != nil {
			panic(err) // of texts and numbers alone
		}
		at, known := first[string(key)]
		if !known {
			at = len(kept)
			first[string(key)] = at
			kept = append(kept, p)
		}
		*list(&kept[at]) = append(*list(&kept[at]), own...)
	}
	return kept
}
