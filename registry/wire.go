package registry

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// The shapes of entries in the lines of a shard. They are written with their members in the
// order of these types, so that the same entry gives the same bytes.

type wireEntry struct {
	ID          string           `json:"id"`
	Names       []wireName       `json:"names,omitempty"`
	IDs         []wireIdentifier `json:"ids,omitempty"`
	Countries   []string         `json:"countries,omitempty"`
	Levels      []int            `json:"levels,omitempty"`
	Site        string           `json:"site,omitempty"`
	Page        string           `json:"page,omitempty"`
	Grants      []wireGrant      `json:"grants,omitempty"`
	Marks       []wireMark       `json:"marks,omitempty"`
	Conditions  []wireCondition  `json:"conditions,omitempty"`
	Grade       *wireGrade       `json:"grade,omitempty"`
	Inspections []wireInspection `json:"inspections,omitempty"`
	Blocked     []string         `json:"blocked,omitempty"`
	MergedInto  string           `json:"merged_into,omitempty"`
	Bindings    []wireBinding    `json:"bindings,omitempty"`
	Events      []string         `json:"events,omitempty"`
}

type wireName struct {
	Text string `json:"text"`
	Lang string `json:"lang,omitempty"`
	Kind string `json:"kind,omitempty"`
	To   string `json:"to,omitempty"`
}

type wireIdentifier struct {
	Scheme string `json:"scheme"`
	Value  string `json:"value"`
	From   string `json:"from,omitempty"`
	To     string `json:"to,omitempty"`
	Source string `json:"src,omitempty"`
}

type wireGrant struct {
	ID         string      `json:"id"`
	By         string      `json:"by"`
	Class      string      `json:"class"`
	Scope      wireScope   `json:"scope"`
	From       string      `json:"from,omitempty"`
	To         string      `json:"to,omitempty"`
	Basis      []wireBasis `json:"basis,omitempty"`
	Conditions []string    `json:"conditions,omitempty"`
	Notes      []string    `json:"notes,omitempty"`
}

type wireScope struct {
	Awards        []string        `json:"award,omitempty"`
	Levels        []int           `json:"eqf,omitempty"`
	Jurisdictions []string        `json:"jurisdiction,omitempty"`
	Programmes    []wireProgramme `json:"programmes,omitempty"`
	ISCED         []string        `json:"isced,omitempty"`
}

type wireProgramme struct {
	Name  string   `json:"name,omitempty"`
	IDs   []string `json:"ids,omitempty"`
	ISCED string   `json:"isced,omitempty"`
}

type wireBasis struct {
	Source string `json:"src"`
	Report int    `json:"report,omitempty"`
	Row    string `json:"row_sha256,omitempty"`
	Via    string `json:"via,omitempty"`
}

type wireMark struct {
	Kind   string `json:"kind"`
	From   string `json:"from"`
	Until  string `json:"until,omitempty"`
	Of     string `json:"of,omitempty"`
	Reason string `json:"reason"`
	Review string `json:"review,omitempty"`
	Appeal string `json:"appeal,omitempty"`
	Event  string `json:"event"`
	Lifted bool   `json:"lifted,omitempty"`
}

type wireCondition struct {
	From  string `json:"from,omitempty"`
	Until string `json:"until,omitempty"`
	Of    string `json:"of,omitempty"`
	Code  string `json:"code"`
	Event string `json:"event"`
}

type wireGrade struct {
	Grade    string `json:"grade"`
	By       string `json:"by"`
	Assessed string `json:"assessed_at"`
	Due      string `json:"next_due,omitempty"`
	Event    string `json:"event"`
}

type wireInspection struct {
	Month  string `json:"month"`
	Result string `json:"result,omitempty"`
	Event  string `json:"event"`
}

type wireBinding struct {
	DID      string         `json:"did"`
	From     string         `json:"from,omitempty"`
	Until    string         `json:"until,omitempty"`
	Keys     []wireKey      `json:"keys"`
	Evidence []wireEvidence `json:"evidence"`
	Stale    bool           `json:"stale,omitempty"`
	Event    string         `json:"event"`
}

type wireKey struct {
	Thumbprint  string `json:"jkt"`
	From        string `json:"from,omitempty"`
	Until       string `json:"until,omitempty"`
	Compromised bool   `json:"compromised,omitempty"`
}

type wireEvidence struct {
	Strength string `json:"strength"`
	Kind     string `json:"kind"`
	Ref      string `json:"ref,omitempty"`
}

// Line writes an entry as one line of a shard, without its line feed.
func (e *Entry) Line() ([]byte, error) {
	line, err := json.Marshal(e.wire())
	if err == nil && len(line) > MaxLine {
		err = fmt.Errorf("the entry %s takes %d bytes; a line of a shard holds %d", e.ID, len(line), MaxLine)
	}
	return line, err
}

func (e *Entry) wire() wireEntry {
	w := wireEntry{
		ID: e.ID, Countries: e.Countries, Levels: e.Levels, Site: e.Site, Page: e.Page, Blocked: e.Blocked,
		MergedInto: e.MergedInto, Events: e.Events,
		Names:       each(e.Names, func(n Name) wireName { return wireName(n) }),
		IDs:         each(e.Identifiers, func(i Identifier) wireIdentifier { return wireIdentifier(i) }),
		Grants:      each(e.Grants, wireOfGrant),
		Marks:       each(e.Marks, wireOfMark),
		Conditions:  each(e.Conditions, wireOfCondition),
		Inspections: each(e.Inspections, func(i Inspection) wireInspection { return wireInspection(i) }),
		Bindings:    each(e.Bindings, wireOfBinding),
	}
	if e.Grade != nil {
		grade := wireGrade(*e.Grade)
		w.Grade = &grade
	}
	return w
}

func wireOfGrant(g Grant) wireGrant {
	return wireGrant{
		ID: g.ID, By: g.By, Class: g.Class.String(), Conditions: g.Conditions, Notes: g.Notes,
		From: dayOf(g.From), To: lastDayOf(g.Until),
		Basis: each(g.Basis, func(b Basis) wireBasis { return wireBasis(b) }),
		Scope: wireScope{
			Awards: g.Awards, Levels: g.Levels, Jurisdictions: g.Jurisdictions, ISCED: g.ISCED,
			Programmes: each(g.Programmes, func(p Programme) wireProgramme { return wireProgramme(p) }),
		},
	}
}

func wireOfMark(m Mark) wireMark {
	return wireMark{
		m.Kind.String(), momentText(m.From), momentText(m.Until), m.Of, m.Reason, m.Review, m.Appeal, m.Event, m.Lifted,
	}
}

func wireOfCondition(c Condition) wireCondition {
	return wireCondition{momentText(c.From), momentText(c.Until), c.Of, c.Code, c.Event}
}

func wireOfBinding(b Binding) wireBinding {
	return wireBinding{
		DID: b.DID, From: momentText(b.From), Until: momentText(b.Until), Stale: b.Stale, Event: b.Event,
		Keys: each(b.Keys, func(k PinnedKey) wireKey {
			return wireKey{k.Thumbprint, momentText(k.From), momentText(k.Until), k.Compromised}
		}),
		Evidence: each(b.Evidence, func(e Evidence) wireEvidence { return wireEvidence{e.Strength.String(), e.Kind, e.Ref} }),
	}
}

// each applies f to each item; of nothing it makes nothing.
func each[A, B any](items []A, f func(A) B) []B {
	if items == nil {
		return nil
	}
	out := make([]B, len(items))
	for i, item := range items {
		out[i] = f(item)
	}
	return out
}

// Moments are written as RFC 3339 in UTC with whole seconds, days as their date. The last
// day of a grant belongs to it.

const dayLayout = "2006-01-02"

func momentText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func dayOf(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(dayLayout)
}

func lastDayOf(until time.Time) string {
	if until.IsZero() {
		return ""
	}
	return until.UTC().AddDate(0, 0, -1).Format(dayLayout)
}

// Days is the period of whole days of UTC from one until the end of another; an empty text
// bounds nothing.
func Days(from, to string) (Period, error) {
	p := Period{}
	var err error
	if p.From, err = parseDay(from); err != nil {
		return p, err
	}
	if p.Until, err = parseDay(to); err != nil {
		return p, err
	}
	if !p.Until.IsZero() {
		p.Until = p.Until.AddDate(0, 0, 1)
	}
	return p, p.check()
}

func (p Period) check() error {
	if !p.Until.IsZero() && !p.From.Before(p.Until) {
		return fmt.Errorf("the period ends before it begins")
	}
	return nil
}

func parseDay(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(dayLayout, text)
	if err != nil || t.Year() < 1000 {
		return time.Time{}, fmt.Errorf("%.40q is not a day such as 2026-01-31", text)
	}
	return t, nil
}

func parseMoment(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil || t.Format(time.RFC3339) != text || t.Location() != time.UTC {
		return time.Time{}, fmt.Errorf("%.40q is not a moment such as 2026-01-31T12:00:00Z", text)
	}
	return t, nil
}

// position finds a name in a table of them.
func position(table []string, name string) (int, error) {
	i := slices.Index(table, name)
	if i < 0 {
		return 0, fmt.Errorf("%.40q is not known here", name)
	}
	return i, nil
}
