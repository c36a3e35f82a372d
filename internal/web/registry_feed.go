package web

import (
	"cmp"
	"encoding/xml"
	"slices"
	"time"

	"github.com/labstack/echo/v4"
)

const typeAtom = "application/atom+xml; charset=utf-8" // RFC 4287 §7

// maxFeed bounds the entries of the feed; the page of changes has all.
const maxFeed = 100

// The elements of RFC 4287 that the feed has.
type atomFeed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string      `xml:"xml:lang,attr"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Updated string      `xml:"updated"`
	Author  atomPerson  `xml:"author"`
	Links   []atomLink  `xml:"link"`
	Entries []atomEntry `xml:"entry"`
}

type atomPerson struct {
	Name string `xml:"name"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr,omitempty"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	ID        string     `xml:"id"`
	Title     string     `xml:"title"`
	Updated   string     `xml:"updated"`
	Published string     `xml:"published"`
	Links     []atomLink `xml:"link"`
	Summary   string     `xml:"summary"`
}

// changesFeed is the newest part of the registry's log for readers of feeds. What names an event
// there is the registry's origin and the event's own id, whoever serves the feed (RFC 4287 §4.2.6).
func (s *Server) changesFeed(c echo.Context) error {
	snapshot, err := s.snapshot()
	if err != nil {
		return err
	}
	p := s.page(c, "registry.changes.title")
	base, names := s.issuer.Base(), "urn:obtr:log:"+snapshot.Origin
	feed := atomFeed{
		Lang: p.HTML, ID: names, Title: p.T("registry.feed.title", "registry", shown(s.registry.Name, maxName)),
		Updated: moment(snapshot.Issued), Author: atomPerson{shown(s.registry.Name, maxName)},
		Links: []atomLink{{"self", "application/atom+xml", base + p.Link(feedPath)}, {"alternate", typeHTML, base + p.Link(changesPath)}},
	}
	if feed.Updated == "" {
		feed.Updated = moment(time.Unix(0, 0))
	}
	events := s.registry.events()
	for _, e := range slices.Backward(events[max(0, len(events)-maxFeed):]) {
		v := p.viewChange(e, snapshot)
		entry := atomEntry{
			ID: names + ":" + v.ID, Title: p.T("registry.feed.entry", "name", v.Name, "event", v.Title), Updated: moment(e.Recorded), Published: moment(e.Recorded),
			Summary: p.T("registry.feed.summary", "day", v.Day.Text, "reason", v.Reason),
			Links:   []atomLink{{"alternate", typeHTML, base + cmp.Or(v.Path, p.Link(changesPath)) + "#" + v.ID}},
		}
		feed.Entries = append(feed.Entries, entry)
	}
	if len(feed.Entries) > 0 {
		feed.Updated = feed.Entries[0].Updated
	}
	body, err := xml.Marshal(feed)
	c.Response().Header().Add("Vary", "Accept-Language")
	return s.send(c, document{body: append([]byte(xml.Header), body...), mime: typeAtom, maxAge: registrySeconds}, err)
}
