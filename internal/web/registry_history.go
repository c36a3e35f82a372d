package web

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"laurel/registry"
)

// maxHistory bounds the moments of an institution's history that its page shows.
const maxHistory = 300

// momentView is something that happened to a listing, or will.
type momentView struct {
	*tongue
	ID       string // of the event; empty: a grant begins or ends
	Day      Day
	Written  Day // where the event was written on another day
	Title    string
	Reason   string
	Detail   string
	Of       string // the event that it is about
	ToCome   bool
	Name     string // of the institution, in a list of several
	Path     string // of its page, or empty
	position time.Time
}

// eventsOf are the events about an entry, in the order of the log.
func (s *Server) eventsOf(entry string) (all []*registry.Event) {
	for _, e := range s.registry.events() {
		if e.Entity == entry || e.Into == entry {
			all = append(all, e)
		}
	}
	return all
}

// history puts together what the log says of an institution and when its grants begin and end,
// the newest first.
func (p *page) history(snapshot *registry.Snapshot, e *registry.Entry, events []*registry.Event, now time.Time) (all []momentView) {
	for _, event := range events {
		v := p.viewEvent(event)
		if event.Entity != e.ID {
			v = p.viewChange(event, snapshot)
			v.Title = p.T("registry.event.merge.here")
		}
		v.ToCome = event.EffectiveFrom.After(now)
		all = append(all, v)
	}
	current, past := p.viewGrants(e, now)
	for _, g := range slices.Concat(current, past) {
		all = append(all, p.turns(g, now)...)
	}
	slices.SortStableFunc(all, func(a, b momentView) int { return b.position.Compare(a.position) })
	return all[:min(len(all), maxHistory)]
}

// turns are the beginning and the end of a grant.
func (t *tongue) turns(g grantView, now time.Time) (all []momentView) {
	if from := g.period.From; !from.IsZero() {
		all = append(all, momentView{tongue: t, Day: t.day(from), Title: t.T("registry.begins"), Reason: g.Class, Detail: g.Awards, ToCome: from.After(now), position: from})
	}
	if until := g.period.Until; !until.IsZero() {
		all = append(all, momentView{tongue: t, Day: t.lastDay(until), Title: t.T("registry.ends"), Reason: g.Class, Detail: g.Awards, ToCome: until.After(now), position: until})
	}
	return all
}

func (t *tongue) viewEvent(e *registry.Event) momentView {
	v := momentView{
		tongue: t, ID: shown(e.ID, maxName), Day: t.day(e.EffectiveFrom), Title: t.T("registry.event." + string(e.Type)), Reason: t.eventReason(e.Reason),
		Detail: t.eventDetail(e), Of: shown(e.Of, maxName), position: e.EffectiveFrom,
	}
	if written := t.day(e.Recorded); written.Text != v.Day.Text {
		v.Written = written
	}
	return v
}

// eventDetail is what is particular to an event, in few words.
func (t *tongue) eventDetail(e *registry.Event) string {
	all := []string{shown(e.DID, maxName)}
	if g := e.Grant; g != nil {
		all = append(all, t.awardNames(g.Awards), t.levels(g.Levels))
	}
	if b := e.Binding; b != nil {
		all = append(all, shown(b.DID, maxName))
	}
	if g := e.Grade; g != nil {
		all = append(all, t.T("registry.grade.is", "grade", shown(g.Grade, 10)))
	}
	if p := e.Profile; p != nil && len(p.Names) > 0 {
		all = append(all, shown(p.Names[0].Text, maxName))
	}
	all = append(all, t.eventReason(e.Code), t.inMonth(e.Month), t.eventReason(e.Result))
	if e.Until != "" {
		all = append(all, t.T("registry.until", "day", t.plainDay(e.Until).Text))
	}
	if e.Review != "" {
		all = append(all, t.T("registry.review.on", "day", t.plainDay(e.Review).Text))
	}
	switch {
	case e.Type == registry.EventRecheck && e.OK:
		all = append(all, t.eventReason("evidence-back"))
	case e.Type == registry.EventRecheck:
		all = append(all, t.eventReason("evidence-gone"))
	case e.Compromised:
		all = append(all, t.T("registry.key.compromised"))
	case e.Retroactive:
		all = append(all, t.T("registry.retroactive"))
	}
	return strings.Join(slices.DeleteFunc(all, func(text string) bool { return text == "" }), " · ")
}

// inMonth writes a month such as 2026-11.
func (t *tongue) inMonth(text string) string {
	at, err := time.Parse("2006-01", text)
	if err != nil {
		return shown(text, maxName)
	}
	return t.month(at)
}

// changesView is the Body of the page of changes.
type changesView struct {
	List    listView
	Changes []momentView
	Pages   pager
	Feed    string
}

// changesPage lists the events of the registry's log, the newest first.
func (s *Server) changesPage(c echo.Context) error {
	snapshot, err := s.snapshot()
	if err != nil {
		return err
	}
	number, err := pageNumber(c.QueryParam("page"))
	if err != nil {
		return err
	}
	events := s.registry.events()
	pages, first, end := pageOf(len(events), number)
	if number > pages.Last {
		return echo.ErrNotFound
	}
	p := s.page(c, "registry.changes.title")
	p.Path, p.Canonical, p.Feed = changesPath, s.issuer.Base()+changesPath, p.Link(feedPath)
	q := map[string][]string{}
	if p.Explicit {
		q["lang"] = []string{p.Code}
	}
	pages.link(changesPath, q)
	if number > 1 {
		p.Query, p.NoIndex = map[string][]string{"page": {strconv.Itoa(number)}}, true
	}
	v := changesView{List: s.viewList(p.tongue, snapshot), Pages: pages, Feed: p.Feed}
	for n := first; n < end; n++ {
		v.Changes = append(v.Changes, p.viewChange(events[len(events)-1-n], snapshot))
	}
	p.Body = v
	return s.registryRender(c, "changes", p)
}

// viewChange shows an event by the day on which it was written, with the institution's name.
func (p *page) viewChange(e *registry.Event, snapshot *registry.Snapshot) momentView {
	v := p.viewEvent(e)
	v.Name = shortID(e.Entity)
	if entry, err := snapshot.Entry(e.Entity); err == nil {
		v.Name, v.Path = nameOf(entry), p.Link(entryPath(e.Entity))
	}
	return v
}
