package deqar

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

// chance makes worlds of few days, institutions and programmes, so that everything meets.
type chance struct{ *rand.Rand }

const lastOfWorld = 40

func (c chance) day() Day { return Day(1 + c.IntN(lastOfWorld-1)) }

func (c chance) span() Span {
	s := Span{From: c.day()}
	if c.IntN(3) > 0 {
		s.To = s.From + Day(c.IntN(15))
	}
	return s
}

func (c chance) known() Known { return Known(c.IntN(3)) }

func oneOf[T any](c chance, all ...T) T { return all[c.IntN(len(all))] }

func (c chance) institution(id int64) Institution {
	i := Institution{ID: id, Source: SourceAPI, OtherProvider: c.known(), Alliance: c.known()}
	if c.IntN(3) == 0 {
		i.Founded = c.day()
	}
	if c.IntN(4) == 0 {
		i.Closed = c.day()
	}
	for range c.IntN(4) {
		i.Levels = append(i.Levels, LevelSpan{Level: Level(oneOf(c, 0, 5, 6, 7)), Span: c.span()})
	}
	for range c.IntN(3) {
		i.Places = append(i.Places, Place{Country: oneOf(c, "DE", "AT"), Verified: c.known(), Span: c.span()})
	}
	relation := func() Relation {
		return Relation{1 + c.Int64N(4), oneOf(c, "faculty", "consortium", "European Universities alliance", "educational platform", "", "franchise or validation partnership"), c.span()}
	}
	for range c.IntN(3) {
		i.Includes = append(i.Includes, relation())
	}
	for range c.IntN(3) {
		i.PartOf = append(i.PartOf, relation())
	}
	for range c.IntN(2) {
		i.History = append(i.History, Succession{1 + c.Int64N(4), oneOf(c, "succeeded", "absorbed", "was spun off from", "succeeded by"), oneOf(c, 0, c.day())})
	}
	return i
}

func (c chance) report(id int64) Report {
	r := Report{ID: id, Agency: 1 + c.Int64N(3), Institutions: []int64{1 + c.Int64N(4)}, Source: SourceAPI,
		Status: Status(oneOf(c, 1, 1, 1, 2, 2, 0)), Decision: Decision(oneOf(c, 1, 1, 1, 2, 3, 3, 4, 0)), Flag: Flag(oneOf(c, 1, 1, 1, 1, 2, 3, 0)),
		Activities: []ActivityType{ActivityType(oneOf(c, 2, 2, 1, 3, 4, 0))}}
	s := c.span()
	r.From, r.To = s.From, s.To
	if c.IntN(30) == 0 {
		r.From = 0
	}
	if c.IntN(3) == 0 {
		r.Platforms = []int64{1 + c.Int64N(4)}
	}
	for range oneOf(c, 0, 0, 1, 2) {
		p := Programme{Name: "P", Level: Level(oneOf(c, 0, 6, 7)), Degree: c.known(), Type: ProgrammeType(c.IntN(4)), ECTS: oneOf(c, "", "5", "60", "120")}
		for range c.IntN(3) {
			p.Identifiers = append(p.Identifiers, Identifier{Scheme: "s", Value: oneOf(c, "a", "b")})
		}
		r.Programmes = append(r.Programmes, p)
	}
	return r
}

func (c chance) world() Coverage {
	w := NewWorld()
	for id := range int64(3) {
		a := Agency{ID: id, Registered: c.known()}
		registration := c.span()
		a.Start, a.End = registration.From, registration.To
		if c.IntN(3) > 0 {
			a.Start = 1
		}
		w.AddAgency(a, Provenance{Source: SourceAPI})
	}
	for id := range int64(4) {
		w.AddInstitution(c.institution(id+1), Provenance{})
	}
	for id := range int64(1 + c.IntN(9)) {
		w.AddReport(c.report(id+1), Provenance{})
	}
	return Coverage{w, DefaultPolicy()}
}

// scopesOf are all scopes that may be asked about, and one that no report names.
func scopesOf(w *World) (all []Scope) {
	keys := []ProgrammeKey{{}, {Scheme: "s", Value: "c"}}
	for r := range w.Reports() {
		for n := range r.Programmes {
			keys = append(keys, r.Keys(&r.Programmes[n])...)
		}
	}
	slices.SortFunc(keys, compareKeys)
	for _, key := range slices.Compact(keys) {
		for _, level := range []Level{0, 5, 6, 7, 8} {
			all = append(all, Scope{Programme: key, Level: level})
		}
	}
	return all
}

func (p Period) about(s Scope) bool {
	if s.Programme == (ProgrammeKey{}) != (len(p.Programmes) == 0) || s.Level == 0 != (len(p.EQF) == 0) {
		return false
	}
	return (len(p.Programmes) == 0 || slices.Contains(p.Programmes, s.Programme)) && (s.Level == 0 || slices.Contains(p.EQF, s.Level))
}

// TestPeriodsAgreeWithEvaluate: on every day and in every scope of random worlds there is one
// period, which says what Evaluate says, or none where Evaluate says None; and no period
// could have been longer.
func TestPeriodsAgreeWithEvaluate(t *testing.T) {
	seen := map[Class]int{}
	for seed := range uint64(80) {
		c := chance{rand.New(rand.NewPCG(seed, 1))}.world()
		all := scopesOf(c.World)
		for id := range int64(5) {
			periods := c.Periods(id)
			for _, s := range all {
				var own []Period
				for _, p := range periods {
					if p.about(s) {
						own = append(own, p)
					}
				}
				for d := Day(1); d < lastOfWorld+3000; d++ {
					if d == lastOfWorld+20 {
						d = 2190 // what ends after six years, ends here
					}
					r := c.Evaluate(id, d, s)
					seen[r.Class]++
					agree(t, own, r, d)
					if t.Failed() {
						t.Fatalf("seed %d, institution %d, day %d, %+v: %+v; periods %+v", seed, id, d, s, r, own)
					}
					if d > 2190+lastOfWorld+2 {
						break
					}
				}
				for n := 1; n < len(own); n++ {
					if own[n-1].To+1 == own[n].From && own[n-1].same(own[n]) {
						t.Fatalf("seed %d: two periods that are one: %+v", seed, own)
					}
				}
			}
		}
	}
	for _, class := range []Class{OfficialAccredited, OfficialEvaluated, ESGVoluntary, Adverse, Contested, Lapsed, None} {
		if seen[class] < 100 {
			t.Errorf("%s was met %d times", class, seen[class])
		}
	}
	t.Log(seen)
}

func agree(t *testing.T, own []Period, r Result, d Day) {
	var at []Period
	for _, p := range own {
		if (Span{p.From, p.To}).Holds(d) {
			at = append(at, p)
		}
	}
	switch {
	case r.Class == None && len(at) != 0, r.Class != None && len(at) != 1:
		t.Errorf("%d periods", len(at))
	case r.Class != None:
		p := at[0]
		if p.Class != r.Class || !slices.Equal(p.Awards, r.Awards) || !slices.Equal(p.Jurisdiction, r.Jurisdiction) ||
			!slices.Equal(p.Conditions, r.Conditions) || !reflect.DeepEqual(p.Basis, r.Basis) {
			t.Errorf("period %+v", p)
		}
	}
}

// TestOracle judges direct reports on random institutions by rules written down a second
// time, day by day.
func TestOracle(t *testing.T) {
	met := 0
	for seed := range uint64(600) {
		c := chance{rand.New(rand.NewPCG(seed, 2))}.world()
		c.Policy.Reach = map[Via]Reach{ViaDirect: ReachAll}
		for i := range c.World.Institutions() {
			for d := Day(1); d < lastOfWorld; d++ {
				got, want := c.Evaluate(i.ID, d, Scope{}).Class, oracle(c.World, i, d)
				if (got == Lapsed || got == None) != (want == None) || got.Confers() && got != want || got == Adverse && want != Adverse || got == Contested && want != Contested {
					t.Fatalf("seed %d, institution %d, day %d: %s, want %s", seed, i.ID, d, got, want)
				}
				if want != None {
					met++
				}
			}
		}
	}
	if met < 1000 {
		t.Error(met)
	}
}

func oracle(w *World, i *Institution, d Day) Class {
	if d < i.Founded || i.Closed != 0 && d > i.Closed {
		return None
	}
	best, negative := None, Day(-1)
	newest := map[Class]Day{}
	for r := range w.Reports() {
		a := w.Agency(r.Agency)
		end := r.To
		if end == 0 {
			end = r.From.AddYears(6)
		}
		agency := a != nil && (a.End != 0 || a.Registered != No)
		out := agency && r.From != 0 && (r.From < a.Start || a.End != 0 && r.From > a.End)
		if !slices.Contains(r.Institutions, i.ID) || len(r.Programmes) > 0 || d < r.From || end != 0 && d > end || r.Flag == HighFlag || out {
			continue
		}
		if r.Decision == Negative {
			negative = max(negative, r.From)
			continue
		}
		if !agency || r.From == 0 || r.Flag == 0 || r.Status == 0 || r.Decision == 0 || r.Activities[0] != InstitutionalActivity {
			continue
		}
		class := OfficialAccredited
		if r.Decision == NotApplicable {
			class = OfficialEvaluated
		}
		if r.Status == Voluntary || i.OtherProvider == Yes {
			class = ESGVoluntary
		}
		newest[class] = max(newest[class], r.From)
		if class.rank() > best.rank() {
			best = class
		}
	}
	switch {
	case best == None && negative >= 0:
		return Adverse
	case best != None && negative >= newest[best]:
		return Contested
	}
	return best
}
