package web

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"laurel/registry"
)

// grantView is what an institution may award, on the same word and in the same time: grants that
// differ in their programmes only are one.
type grantView struct {
	*tongue
	Class, Note    string // in words
	Mark           mark
	Stands         string // what stands against this grant alone, in a sentence
	Awards, Levels string
	Places, Fields string
	Span, By       string
	Programmes     []programmeView
	Basis          []basisView
	Conditions     []string
	Notes          []string
	More           int // programmes or reports that are not listed

	period registry.Period
	ended  bool
}

type programmeView struct{ Name, IDs string }

// basisView is one report of a quality assurance agency.
type basisView struct{ Text, Link, Via string }

// viewGrants shows the grants that hold or will, and those that are over, the newest first.
func (t *tongue) viewGrants(e *registry.Entry, now time.Time) (current, past []grantView) {
	places := map[string]int{}
	var all []grantView
	for _, g := range e.Grants {
		against := t.against(e, g.ID, now)
		key := fmt.Sprint(against, g.By, g.Class, g.Awards, g.Levels, g.Jurisdictions, g.ISCED, g.Period, g.Conditions, g.Notes, len(g.Programmes) > 0)
		at, has := places[key]
		if !has {
			at = len(all)
			places[key] = at
			all = append(all, t.viewGrant(&g, now))
			if all[at].Stands = against; against != "" {
				all[at].Mark = care
			}
		}
		all[at].add(t, &g)
	}
	slices.SortStableFunc(all, func(a, b grantView) int { return b.period.From.Compare(a.period.From) })
	for _, v := range all {
		if v.ended {
			past = append(past, v)
		} else {
			current = append(current, v)
		}
	}
	return current[:min(len(current), maxGrants)], past[:min(len(past), maxGrants)]
}

// against says what stands against one grant at a moment.
func (t *tongue) against(e *registry.Entry, grant string, now time.Time) string {
	for _, m := range e.Marks {
		if m.Of == grant && m.Holds(now) && !m.Lifted && m.Kind != registry.Blacklisting {
			return t.T("registry.mark."+m.Kind.String(), "day", t.Date(m.From), "reason", t.eventReason(m.Reason))
		}
	}
	return ""
}

func (t *tongue) viewGrant(g *registry.Grant, now time.Time) grantView {
	v := grantView{
		tongue: t, Class: t.T("registry.class." + g.Class.String()), Note: t.T("registry.class." + g.Class.String() + ".note"), Mark: rely,
		Awards: t.awardNames(g.Awards), Levels: t.levels(g.Levels), Places: t.countries(g.Jurisdictions), Fields: shown(t.list(g.ISCED), maxName),
		Span: t.span(g.Period), By: t.grantedBy(g.By), period: g.Period, ended: g.Ended(now),
		Conditions: shownAll(g.Conditions), Notes: shownAll(g.Notes),
	}
	switch {
	case g.Class == registry.Adverse:
		v.Mark = dont
	case g.Class == registry.ContestedCoverage:
		v.Mark = care
	}
	return v
}

func shownAll(texts []string) (all []string) {
	for _, text := range texts[:min(len(texts), maxNames)] {
		all = append(all, shown(text, maxName))
	}
	return all
}

// grantedBy names on whose word a grant is: the registry's policy or its own decision, and never
// that of the source.
func (t *tongue) grantedBy(by string) string {
	if policy, is := strings.CutPrefix(by, "policy:"); is {
		return t.T("registry.by.policy", "policy", shown(policy, maxName))
	}
	if by == registry.ByRegistry {
		return t.T("registry.by.registry")
	}
	return shown(by, maxName)
}

// add takes over the programmes and the basis of one more grant.
func (v *grantView) add(t *tongue, g *registry.Grant) {
	for _, p := range g.Programmes {
		if len(v.Programmes) == maxProgrammes {
			v.More++
			continue
		}
		ids := shown(t.list(p.IDs), maxName)
		v.Programmes = append(v.Programmes, programmeView{cmp.Or(shown(p.Name, maxName), ids), ids})
	}
	for _, b := range t.viewBasis(g.Basis) {
		switch {
		case slices.Contains(v.Basis, b):
		case len(v.Basis) == maxBasis:
			v.More++
		default:
			v.Basis = append(v.Basis, b)
		}
	}
}

func (t *tongue) viewBasis(basis []registry.Basis) (all []basisView) {
	for _, b := range basis {
		v := basisView{Text: shown(b.Source, maxName), Via: t.coded("registry.via.", b.Via, relations)}
		if b.Source == "deqar" && b.Report > 0 {
			v.Text = t.T("registry.report", "number", fmt.Sprint(b.Report))
			v.Link = fmt.Sprintf("https://data.deqar.eu/report/%d", b.Report)
		}
		all = append(all, v)
	}
	return all
}

// bindingView is an identifier under which an institution issues.
type bindingView struct {
	*tongue
	DID, Span, Event string
	Ended, Stale     bool
	Keys             []keyView
	Evidence         []evidenceView
}

type keyView struct{ Thumbprint, Span, Note string }

type evidenceView struct{ Strength, Kind, Ref string }

func (t *tongue) viewBindings(bindings []registry.Binding, now time.Time) (all []bindingView) {
	for _, b := range bindings[:min(len(bindings), maxBindings)] {
		v := bindingView{
			tongue: t, DID: shown(b.DID, maxText), Span: t.span(b.Period), Event: shown(b.Event, maxName), Ended: b.Ended(now), Stale: b.Stale,
			Evidence: t.viewEvidence(b.Evidence),
		}
		for _, k := range b.Keys[:min(len(b.Keys), maxBindings)] {
			key := keyView{Thumbprint: shown(k.Thumbprint, maxName), Span: t.span(k.Period)}
			switch {
			case k.Compromised:
				key.Note = t.T("registry.key.compromised")
			case k.Ended(now):
				key.Note = t.T("registry.key.ended")
			}
			v.Keys = append(v.Keys, key)
		}
		all = append(all, v)
	}
	return all
}

func (t *tongue) viewEvidence(evidence []registry.Evidence) (all []evidenceView) {
	for _, e := range evidence[:min(len(evidence), maxBindings)] {
		all = append(all, evidenceView{
			Strength: t.T("registry.strength." + e.Strength.String()), Kind: t.coded("registry.kind.", e.Kind, evidenceKinds), Ref: shown(e.Ref, maxName),
		})
	}
	return all
}
