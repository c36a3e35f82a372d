package deqar

import (
	"slices"
	"strconv"
)

// levelsOn are the levels that a class holds at.
func levelsOn(i *Institution, basis []*cover, d Day, s Scope) (levels []Level) {
	if s.Level != 0 {
		return []Level{s.Level}
	}
	for _, item := range basis {
		if item.programme != nil && item.programme.Level != 0 {
			levels = append(levels, item.programme.Level)
		}
	}
	if s.Programme == (ProgrammeKey{}) {
		levels = append(levels, i.LevelsOn(d)...)
	}
	slices.Sort(levels)
	return slices.Compact(levels)
}

// allow finds the awards.
func (r *Result) allow(p Policy, i *Institution, basis []*cover, s Scope) {
	degree, micro := r.whole(p, i)
	if s.Programme != (ProgrammeKey{}) {
		degree, micro = true, true
		for _, item := range basis {
			d, m := r.programme(p, i, item)
			degree, micro = degree && d, micro && m
		}
	}
	if degree && s.Level != 0 {
		r.Awards = append(r.Awards, AwardDegree)
	}
	if micro {
		r.Awards = append(r.Awards, AwardMicrocredential)
	}
	r.Allowed = slices.Contains(r.Awards, s.Award)
}

func (r *Result) whole(p Policy, i *Institution) (degree, micro bool) {
	if i.OtherProvider == Yes {
		return false, slices.Contains(p.MicroOther, r.Class)
	}
	degree, micro = slices.Contains(p.Degrees, r.Class), slices.Contains(p.MicroInstitution, r.Class)
	if i.OtherProvider == Unsaid && r.Class == ESGVoluntary {
		r.Missing = append(r.Missing, "whether the institution is another provider")
	}
	return degree, micro
}

// smallECTS is below what a programme without a degree is a micro-credential.
const smallECTS = 60

func (r *Result) programme(p Policy, i *Institution, item *cover) (degree, micro bool) {
	programme := item.programme
	switch {
	case programme.Degree == Yes || programme.Degree == Unsaid && programme.Type == FullDegree:
		return i.OtherProvider != Yes && slices.Contains(p.Degrees, r.Class), false
	case programme.Degree == Unsaid && programme.Type == 0:
		r.Missing = append(r.Missing, item.about("whether the programme gives a degree"))
		return false, false
	}
	small := programme.Type == MicroCredential
	if programme.Type == 0 {
		ects, err := strconv.ParseFloat(programme.ECTS, 64)
		if err != nil {
			r.Missing = append(r.Missing, item.about("the workload of the programme"))
		}
		small = err == nil && ects > 0 && ects < smallECTS
	}
	allowed := p.MicroProgramme
	if i.OtherProvider == Yes {
		allowed = p.MicroOther
	}
	return false, small && slices.Contains(allowed, r.Class)
}
