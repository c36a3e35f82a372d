package web

import (
	"cmp"
	"net/mail"
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
	Appeal string // https or mailto, or empty
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
			Kind: m.Kind.String(), Reason: t.eventReason(m.Reason), Since: t.day(m.From), Appeal: appealLink(m.Appeal), Event: shown(m.Event, maxName),
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

// appealLink returns where to appeal, if that can be followed: an https address, or an e-mail
// address and nothing else.
func appealLink(address string) string {
	rest, isMail := strings.CutPrefix(address, "mailto:")
	if a, err := mail.ParseAddress(rest); isMail && err == nil && a.Address == rest && !strings.ContainsAny(rest, "?&%") {
		return address
	}
	return onlyHTTPS(address)
}
