package web

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"laurel/registry"
)

// Bounds of what the page of an entry lists; its line has all.
const (
	maxNames      = 100
	maxGrants     = 200
	maxProgrammes = 500
	maxBasis      = 100
	maxBindings   = 50
)

// entryView is the Body of the page of one institution.
type entryView struct {
	List              listView
	ID, Name          string
	Names             []nameView
	Countries, Levels string
	State             string // the end of keys
	Mark              mark
	Sentence          string
	Warnings          []markView // of blacklistings that hold
	Marks             []markView // that hold, others
	Identifiers       []identifierView
	Grants, Past      []grantView
	Conditions        []conditionView
	Grade             *gradeView
	Inspections       []inspectionView
	Bindings          []bindingView
	Blocked           []string
	History           []momentView
	Mirrored          bool // names and identifiers are DEQAR's
	Page, Site        string
	Into              *foundView // in whose name it goes on
	JSON, Evidence    string     // Evidence is empty where none is given
}

type nameView struct {
	Text, Lang, Kind string
	To               Day
}

type identifierView struct{ Scheme, Value, Note string }

// markView is something that stands against an institution.
type markView struct {
	Kind   string // the end of keys
	Reason string
	Since  Day
	Review Day
	Appeal string // https, or empty
	Event  string
}

type conditionView struct{ Text, Span, Of, Event string }

type gradeView struct {
	Grade, By, Event string
	Assessed, Due    Day
	Overdue          bool
}

type inspectionView struct{ Month, Result, Event string }

func shortID(id string) string {
	return shown(strings.TrimPrefix(id, registry.EntityPrefix), maxName)
}

// nameOf is the name of an entry as pages show it; one that only a warning names has none.
func nameOf(e *registry.Entry) string { return cmp.Or(shown(e.Name(), maxName), shortID(e.ID)) }

// entryPage shows one institution, for people or for programs.
func (s *Server) entryPage(c echo.Context) error {
	snapshot, e, err := s.entry(c)
	if err != nil {
		return err
	}
	if asJSON(c) {
		return s.sendEntry(c, snapshot, e)
	}
	p := s.page(c, "registry.title")
	v := s.viewEntry(p, snapshot, e)
	p.Subject, p.Path, p.Body = v.Name, entryPath(e.ID), v
	p.Canonical = s.issuer.Base() + p.Path
	p.Data = v.JSON
	return s.registryRender(c, "entry", p)
}

func (s *Server) viewEntry(p *page, snapshot *registry.Snapshot, e *registry.Entry) entryView {
	t, now, path := p.tongue, s.now(), entryPath(e.ID)
	v := entryView{
		List: s.viewList(t, snapshot), ID: shown(e.ID, maxName), Name: nameOf(e), Countries: t.countries(e.Countries), Levels: t.levels(e.Levels),
		Mirrored: e.Page != "", Page: onlyHTTPS(e.Page), Site: onlyHTTPS(e.Site), JSON: path + ".json",
	}
	if s.registry.Evidence != nil {
		v.Evidence = v.JSON + "?proof"
	}
	state := e.StateAt(now)
	v.State, v.Mark = stateOf(e, state, now), markOf[state]
	v.Sentence = t.T("registry.says."+v.State, "registry", v.List.Name)
	t.viewNames(&v, e)
	t.viewMarks(&v, e, now)
	t.viewAssessments(&v, e, now)
	v.Grants, v.Past = t.viewGrants(e, now)
	v.Bindings = t.viewBindings(e.Bindings, now)
	v.History = p.history(snapshot, e, s.eventsOf(e.ID), now)
	if into, err := snapshot.Entry(e.MergedInto); err == nil {
		found := p.viewFound(into, registry.Filter{Now: now})
		v.Into = &found
	}
	return v
}

// stateOf is the state with, of what nothing is granted to, what those who judge it say.
func stateOf(e *registry.Entry, state registry.State, now time.Time) string {
	if state != registry.UnknownState && state != registry.Ended {
		return state.String()
	}
	for _, class := range []registry.Class{registry.ContestedCoverage, registry.Adverse} {
		if slices.ContainsFunc(e.Grants, func(g registry.Grant) bool { return g.Class == class && g.Holds(now) }) {
			return class.String()
		}
	}
	return state.String()
}

func (t *tongue) viewNames(v *entryView, e *registry.Entry) {
	for _, n := range e.Names[:min(len(e.Names), maxNames)] {
		name := nameView{Text: shown(n.Text, maxName), Lang: knownLanguage(n.Lang), Kind: t.coded("registry.name.", n.Kind, nameKinds)}
		if n.To != "" {
			name.To = t.plainDay(n.To)
		}
		v.Names = append(v.Names, name)
	}
	for _, i := range e.Identifiers[:min(len(e.Identifiers), maxNames)] {
		id := identifierView{Scheme: shown(i.Scheme, maxName), Value: shown(i.Value, maxName)}
		if i.To != "" {
			id.Note = t.T("registry.until", "day", t.plainDay(i.To).Text)
		}
		v.Identifiers = append(v.Identifiers, id)
	}
}

// viewMarks shows what holds now of the whole listing; what is over is in the history.
func (t *tongue) viewMarks(v *entryView, e *registry.Entry, now time.Time) {
	for _, m := range e.Marks {
		if !m.Holds(now) || m.Lifted || m.Of != "" {
			continue
		}
		mv := markView{
			Kind: m.Kind.String(), Reason: t.eventReason(m.Reason), Since: t.day(m.From), Appeal: onlyHTTPS(m.Appeal), Event: shown(m.Event, maxName),
		}
		if m.Kind != registry.Blacklisting {
			v.Marks = append(v.Marks, mv)
			continue
		}
		mv.Review = t.plainDay(m.Review)
		v.Warnings = append(v.Warnings, mv)
	}
	if len(v.Warnings) > 0 {
		for _, name := range e.Blocked[:min(len(e.Blocked), maxNames)] {
			v.Blocked = append(v.Blocked, shown(name, maxName))
		}
	}
}

// viewAssessments shows what the registry itself found.
func (t *tongue) viewAssessments(v *entryView, e *registry.Entry, now time.Time) {
	for _, c := range e.Conditions {
		if !c.Ended(now) {
			v.Conditions = append(v.Conditions, conditionView{t.eventReason(c.Code), t.span(c.Period), shown(c.Of, maxName), shown(c.Event, maxName)})
		}
	}
	if g := e.Grade; g != nil {
		v.Grade = &gradeView{Grade: shown(g.Grade, 10), By: shown(g.By, maxName), Event: shown(g.Event, maxName), Assessed: t.plainDay(g.Assessed)}
		if g.Due != "" {
			due, err := time.Parse(time.DateOnly, g.Due)
			v.Grade.Due, v.Grade.Overdue = t.plainDay(g.Due), err == nil && now.After(due.AddDate(0, 0, 1))
		}
	}
	for _, i := range slices.Backward(e.Inspections) {
		result := t.T("registry.inspection.open")
		if i.Result != "" {
			result = t.eventReason(i.Result)
		}
		v.Inspections = append(v.Inspections, inspectionView{t.inMonth(i.Month), result, shown(i.Event, maxName)})
	}
}

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
