package web

import (
	"errors"
	"testing"
	"testing/fstest"
	"time"

	"laurel/registry"
)

const (
	collegeID = registry.EntityPrefix + "deqarinst9001"
	millID    = registry.EntityPrefix + "sample-mill"
	oldID     = registry.EntityPrefix + "deqarinst9002"
	appealURL = "https://registry.example/appeal"
)

func at(text string) time.Time {
	if len(text) == len(time.DateOnly) {
		text += "T00:00:00Z"
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

func days(from, to string) registry.Period {
	p, err := registry.Days(from, to)
	if err != nil {
		panic(err)
	}
	return p
}

func deqarBasis(report int, via string) []registry.Basis {
	return []registry.Basis{{Source: "deqar", Report: report, Via: via}}
}

// mirrored are entries as they come from DEQAR.
func mirrored() []*registry.Entry {
	const policy = "policy:eqar-covered/v1"
	both := []string{registry.Degree, registry.Microcredential}
	programme := func(report int, name string) registry.Grant {
		return registry.Grant{
			ID: "g-" + name, By: policy, Class: registry.ESGVoluntary, Period: days("2024-01-01", "2029-12-31"),
			Scope: registry.Scope{Awards: both[1:], Levels: []int{5}, Programmes: []registry.Programme{{Name: name, IDs: []string{"local:" + name}}}},
			Basis: deqarBasis(report, "direct"),
		}
	}
	return []*registry.Entry{
		{
			ID: collegeID, Countries: []string{"ES"}, Levels: []int{5, 6}, Site: "https://college.example", Page: "https://data.deqar.eu/institution/9001",
			Names: []registry.Name{
				{Text: "Sample College of Trades", Kind: "english"}, {Text: "Escola d’Oficis de Mostra", Lang: "ca", Kind: "official"},
				{Text: "Sample School", Kind: "version", To: "2015-08-31"},
			},
			Identifiers: []registry.Identifier{{Scheme: "EU-VAT", Value: "ESQ9350003A", Source: "deqar"}, {Scheme: "Erasmus-Charter", Value: "E SAMPLE01", To: "2020-12-31", Source: "deqar"}},
			Grants: []registry.Grant{
				{ID: "g-0", By: policy, Class: registry.OfficialEvaluated, Period: days("2013-01-01", "2018-12-31"), Scope: registry.Scope{Awards: both, Levels: []int{5}}, Basis: deqarBasis(81, "predecessor")},
				{
					ID: "g-1", By: policy, Class: registry.OfficialAccredited, Period: days("2019-01-01", "2027-12-31"), Basis: append(deqarBasis(123, "direct"), deqarBasis(124, "alliance")...),
					Scope: registry.Scope{Awards: both, Levels: []int{5, 6}, Jurisdictions: []string{"ES", "BE-fl"}}, Conditions: []string{"positive with conditions or restrictions"},
				},
				programme(201, "Baking"), programme(202, "Forklift Driving"),
			},
		},
		{
			ID: oldID, Countries: []string{"UK-SCT"}, Page: "https://data.deqar.eu/institution/9002", Names: []registry.Name{{Text: "Ørsted University of Łódź", Kind: "official"}},
			Grants: []registry.Grant{{ID: "g-2", By: policy, Class: registry.OfficialAccredited, Period: days("2010-01-01", "2015-12-31"), Scope: registry.Scope{Awards: both, Levels: []int{6, 7}}, Basis: deqarBasis(9, "direct")}},
		},
		{
			ID: registry.EntityPrefix + "deqarinst9003", Countries: []string{"PL"}, Page: "https://data.deqar.eu/institution/9003", Names: []registry.Name{{Text: "Weak University", Kind: "english"}},
			Grants: []registry.Grant{{ID: "g-3", By: policy, Class: registry.Adverse, Period: days("2025-01-01", "2030-12-31"), Basis: deqarBasis(10, "direct")}},
		},
	}
}

// decided are events of a log, in its order.
func decided() []*registry.Event {
	event := func(id string, kind registry.EventType, entity, reason, day string, edit func(*registry.Event)) *registry.Event {
		e := &registry.Event{ID: id, Type: kind, Entity: entity, Reason: reason, EffectiveFrom: at(day), Recorded: at(day)}
		if edit != nil {
			edit(e)
		}
		return e
	}
	return []*registry.Event{
		event("ev-1", registry.EventBindingAdd, collegeID, "onboarding", "2025-01-10", func(e *registry.Event) {
			e.EffectiveFrom = at("2019-01-01")
			e.Binding = &registry.Binding{
				DID: "did:web:badges.college.example", Event: "ev-1", Period: registry.Period{From: at("2019-01-01")},
				Keys:     []registry.PinnedKey{{Thumbprint: "0123456789012345678901234567890123456789012", Period: registry.Period{From: at("2019-01-01")}}},
				Evidence: []registry.Evidence{{Strength: registry.Mutual, Kind: "dns", Ref: "_obtr.college.example"}, {Strength: registry.Registered, Kind: "challenge"}},
			}
		}),
		event("ev-2", registry.EventAmend, millID, "inspection-failed", "2025-03-01", func(e *registry.Event) {
			e.Profile = &registry.Profile{Names: []registry.Name{{Text: "Sample Mill University", Kind: "trade"}}, Countries: []string{"ES"}}
		}),
		event("ev-3", registry.EventBlacklist, millID, "diploma-mill", "2025-03-02", func(e *registry.Event) {
			e.Review, e.Appeal, e.Blocked = "2027-03-01", appealURL, []string{"did:web:mill.example", "mill.example"}
		}),
		event("ev-4", registry.EventGrade, collegeID, "review", "2025-04-01", func(e *registry.Event) {
			e.Grade = &registry.Grade{Grade: "B", By: "Assessors of Samples", Assessed: "2025-04-01", Due: "2026-04-01", Event: "ev-4"}
		}),
		event("ev-5", registry.EventInspection, collegeID, "monthly-draw", "2025-05-01", func(e *registry.Event) { e.Month = "2025-05" }),
		event("ev-6", registry.EventCondition, collegeID, "board-decision", "2025-06-01", func(e *registry.Event) { e.Code, e.Until = "watched-closely", "2026-12-31" }),
		event("ev-7", registry.EventMerge, oldID, "merger", "2025-07-01", func(e *registry.Event) { e.Into = collegeID }),
		event("ev-8", registry.EventDispute, millID, "own-request", "2025-08-01", func(e *registry.Event) { e.Of, e.Result = "ev-3", "rejected" }),
	}
}

// publishedBy makes what followers of a registry hold of entries and events: what its signed
// shards say.
func publishedBy(t testing.TB, meta registry.Meta, entries []*registry.Entry, events []*registry.Event) *registry.Snapshot {
	t.Helper()
	known := map[string]bool{}
	var shards [len(registry.Shards)][]byte
	write := func(s registry.Shard, e *registry.Entry) {
		shards[s] = append(append(shards[s], must(e.Line())(t)...), '\n')
	}
	for _, e := range entries {
		known[e.ID] = true
		write(registry.Mirror, e)
	}
	ledger := registry.NewLedger(func(id string) bool { return known[id] })
	for _, e := range events {
		if _, err := e.JSON(); err != nil {
			t.Fatal(err)
		}
		if err := ledger.Apply(e); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range []registry.Shard{registry.Overlay, registry.Bindings} {
		for e := range ledger.Lines(s) {
			write(s, e)
		}
	}
	return must(registry.Load(meta, shards))(t)
}

var sampleMeta = registry.Meta{
	Name: "registry.example/obtr", Origin: "registry.example/obtr", Version: 412, Policy: "eqar-covered/v1",
	Issued: at("2026-06-01T09:00:00Z"), Fresh: at("2026-06-02T09:00:00Z"), Expires: at("2026-06-08T09:00:00Z"),
	Sources: []registry.SourceAge{{ID: "deqar", Fetched: at("2026-06-01T02:00:00Z"), Rows: 7}},
}

// shows lets a site show a registry.
func shows(snapshot *registry.Snapshot, events []*registry.Event) *Registry {
	return &Registry{
		Name: "registry.example/obtr", Current: func() *registry.Snapshot { return snapshot }, Events: func() []*registry.Event { return events },
		Evidence: func(entry string) ([]byte, error) {
			if entry == millID {
				return nil, errors.New("the disk is on fire")
			}
			return []byte(`{"entity":"` + entry + `"}`), nil
		},
		Files: fstest.MapFS{"1.root.json": {Data: []byte("{}")}, "timestamp.json": {Data: []byte("{}")}},
	}
}

// openRegistry adds a registry to a site.
func (s *site) openRegistry(r *Registry) *site {
	s.t.Helper()
	s.server = must(New(Config{Issuer: s.issuer, Verifier: s.server.verifier, Log: s.server.log, Now: s.server.now, Registry: r}))(s.t)
	return s
}

// newRegistrySite is a site that shows the sample registry.
func newRegistrySite(t testing.TB) *site {
	return newSite(t, testBase, true).openRegistry(shows(publishedBy(t, sampleMeta, mirrored(), decided()), decided()))
}
