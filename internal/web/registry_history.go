package web

import (
	"slices"
	"strconv"
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
	current, past := p.viewGrants(e.Grants, now)
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
	switch {
	case e.Grant != nil:
		return t.list(slices.DeleteFunc([]string{t.awardNames(e.Grant.Awards), t.levels(e.Grant.Levels)}, func(s string) bool { return s == "" }))
	case e.Binding != nil:
		return shown(e.Binding.DID, maxName)
	case e.DID != "":
		return shown(e.DID, maxName)
	case e.Grade != nil:
		return t.T("registry.grade.is", "grade", shown(e.Grade.Grade, 10))
	case e.Code != "":
		return t.eventReason(e.Code)
	case e.Month != "":
		return shown(e.Month, maxName)
	case e.Until != "":
		return t.T("registry.until", "day", t.plainDay(e.Until).Text)
	case e.Review != "":
		return t.T("registry.review.on", "day", t.plainDay(e.Review).Text)
	case e.Profile != nil && len(e.Profile.Names) > 0:
		return shown(e.Profile.Names[0].Text, maxName)
	}
	return ""
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
