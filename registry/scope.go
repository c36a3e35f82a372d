package registry

import (
	"slices"
	"strings"
	"time"
)

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
