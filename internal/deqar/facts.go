package deqar

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"laurel/internal/store"
	"laurel/registry"
)

// NameForm says which form of a name a text is.
type NameForm string

// The forms. DEQAR does not say in which language an official name or a version is.
const (
	OfficialForm        NameForm = "official"
	EnglishForm         NameForm = "english"
	VersionForm         NameForm = "version"
	TransliterationForm NameForm = "transliteration"
	AcronymForm         NameForm = "acronym"
	PrimaryForm         NameForm = "primary" // that DEQAR puts first, where no other form says it
)

// SaidName is one text by which an institution is or was called.
type SaidName struct {
	Text string
	Form NameForm
	To   Day // zero: in use
}

// SaidNames are all texts by which the institution is or was called, those in use first and
// each once.
func (i *Institution) SaidNames() (all []SaidName) {
	add := func(text string, form NameForm, to Day) {
		known := func(n SaidName) bool { return n.Text == text }
		if text != "" && !slices.ContainsFunc(all, known) {
			all = append(all, SaidName{text, form, to})
		}
	}
	names := slices.Clone(i.Names)
	slices.SortStableFunc(names, func(a, b Name) int {
		switch {
		case a.To == b.To:
			return 0
		case a.To == 0 || b.To != 0 && a.To > b.To:
			return -1
		}
		return 1
	})
	for _, n := range names {
		add(n.Official, OfficialForm, n.To)
		add(n.English, EnglishForm, n.To)
		add(n.Transliterated, TransliterationForm, n.To)
		for _, v := range n.Versions {
			add(v.Name, VersionForm, n.To)
			add(v.Transliterated, TransliterationForm, n.To)
		}
		add(n.Acronym, AcronymForm, n.To)
	}
	add(i.Name, PrimaryForm, 0)
	return all
}

// Seats are the countries of the institution's verified seats on a day.
func (i *Institution) Seats(d Day) (countries []string) {
	for _, p := range i.Places {
		if p.Verified == Yes && p.Holds(d) {
			countries = append(countries, p.Country)
		}
	}
	return unique(countries)
}

// LevelsOn are the levels at which the institution awards on a day.
func (i *Institution) LevelsOn(d Day) (levels []Level) {
	for _, l := range i.Levels {
		if l.Level != 0 && l.Holds(d) {
			levels = append(levels, l.Level)
		}
	}
	slices.Sort(levels)
	return slices.Compact(levels)
}

// Permalink is the address under which DEQAR shows the institution.
func (i *Institution) Permalink() string { return Permalink("institution", i.ID) }

// Normal is the value of an identifier in the spelling by which it is compared: VAT numbers
// as registry.NormalVAT, domains in small letters, others as they are.
func (id Identifier) Normal() string {
	switch id.Scheme {
	case "EU-VAT":
		return registry.NormalVAT(id.Value)
	case "SCHAC":
		return strings.ToLower(id.Value)
	}
	return id.Value
}

// WithIdentifier are the institutions that have an identifier on a day. Local identifiers are
// unique only with their agency.
func (w *World) WithIdentifier(id Identifier, d Day) (all []*Institution) {
	for i := range w.Institutions() {
		if slices.ContainsFunc(i.Identifiers, func(own Identifier) bool {
			return own.Scheme == id.Scheme && own.Agency == id.Agency && own.Normal() == id.Normal() && own.Holds(d)
		}) {
			all = append(all, i)
		}
	}
	return all
}

// Event is one change of a row: what DEQAR said until then and since, when that was observed,
// and, of reports, for which days it is said.
type Event struct {
	Kind     Kind
	ID       int64
	Source   Source
	Change   string // "appeared", "changed" or "vanished"
	Import   uint64
	Observed time.Time
	Accepted time.Time
	Valid    Span // of a report; of one that vanished, as it was last
	Fields   []FieldChange
}

// FieldChange is one member of a row that changed, as JSON; empty where it was not there.
type FieldChange struct {
	Name          string
	Before, After string
}

// Timeline are all changes of an institution's rows and of the rows of the reports that name
// it, or named it last, the oldest first.
func (m *Mirror) Timeline(ctx context.Context, institution int64) (all []Event, err error) {
	add := func(kind Kind, id string) error {
		events, err := m.rows.History(ctx, store.View{}, string(kind), id)
		for _, e := range events {
			all = append(all, eventOf(e))
		}
		return err
	}
	for _, kind := range []Kind{KindInstitution, KindInstitutionCSV} {
		if err := add(kind, key(institution)); err != nil {
			return nil, err
		}
	}
	number := []byte(strconv.FormatInt(institution, 10))
	for _, kind := range []Kind{KindReport, KindReportCSV} {
		var named []string
		err := m.rows.Rows(ctx, store.View{}, string(kind), func(r store.MirrorRow) error {
			var report Report
			if !bytes.Contains(r.Body, number) {
				return nil
			}
			err := decode(r.Body, &report)
			if slices.Contains(report.Institutions, institution) || slices.Contains(report.Platforms, institution) {
				named = append(named, r.ID)
			}
			return err
		})
		for _, id := range named {
			if err == nil {
				err = add(kind, id)
			}
		}
		if err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(all, func(a, b Event) int { return a.Observed.Compare(b.Observed) })
	return all, nil
}

func eventOf(e store.MirrorEvent) Event {
	id, _ := idOf(e.ID) // the mirror's own
	event := Event{
		Kind: Kind(e.Kind), ID: id, Source: SourceAPI, Change: e.Change.String(), Import: e.Import, Observed: e.Observed, Accepted: e.Accepted,
		Fields: fieldChanges(e.Before, e.After),
	}
	body := e.After
	if body == nil {
		body = e.Before
	}
	switch event.Kind {
	case KindReportCSV, KindInstitutionCSV, KindAgencyCSV:
		event.Source = SourceCSV
	}
	if event.Kind == KindReport || event.Kind == KindReportCSV {
		var r Report
		if decode(body, &r) == nil {
			event.Valid = r.Span()
		}
	}
	return event
}

// fieldChanges compares two rows member by member.
func fieldChanges(before, after []byte) (all []FieldChange) {
	var old, now map[string]json.RawMessage
	if before == nil || after == nil || decode(before, &old) != nil || decode(after, &now) != nil {
		return nil
	}
	names := map[string]bool{}
	for name := range old {
		names[name] = true
	}
	for name := range now {
		names[name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if !bytes.Equal(old[name], now[name]) {
			all = append(all, FieldChange{name, string(old[name]), string(now[name])})
		}
	}
	return all
}
