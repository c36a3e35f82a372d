package registry

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

var recorded = at("2026-02-01T09:00:00Z")

// event makes an event about the sample, of a type and with what it must say.
func event(id string, kind EventType, changes ...func(*Event)) *Event {
	e := &Event{ID: "ev-" + id, Type: kind, Entity: sampleID, Reason: "test", EffectiveFrom: recorded, Recorded: recorded}
	switch kind {
	case EventGrant:
		e.Grant = &Grant{
			ID: e.ID, By: ByRegistry, Class: GrantedByRegistry, Period: days("2020-01-01", "2030-12-31"),
			Scope: Scope{Awards: []string{Microcredential}, Levels: []int{5, 6}},
		}
	case EventCondition:
		e.Code = "report-each-year"
	case EventBlacklist:
		e.Review, e.Appeal, e.Blocked = "2026-08-01", "mailto:appeals@registry.example", []string{"did:web:Mill.example"}
	case EventGrade:
		e.Grade = &Grade{Grade: "B", By: "Sample Agency", Assessed: "2026-01-15", Due: "2028-01-15", Event: e.ID}
	case EventInspection:
		e.Month = "2026-02"
	case EventBindingAdd:
		e.Binding = &Binding{DID: sampleDID, Period: since("2019-01-01", ""), Evidence: goodEvidence, Event: e.ID, Keys: []PinnedKey{{Thumbprint: sampleKey, Period: since("2019-01-01", "")}}}
	case EventBindingEnd, EventRecheck:
		e.DID = sampleDID
	case EventKeyEnd:
		e.DID, e.Key = sampleDID, sampleKey
	case EventMerge:
		e.Into = "urn:obtr:ent:deqarinst9002"
	case EventDispute:
		e.Of, e.Result = "ev-1", "open"
	case EventAmend:
		e.Profile = &Profile{Names: []Name{{Text: "Sample College", Kind: "official"}}, Countries: []string{"ES"}, Site: "https://college.example"}
	}
	for _, change := range changes {
		change(e)
	}
	return e
}

func from(text string) func(*Event)   { return func(e *Event) { e.EffectiveFrom = at(text) } }
func about(of string) func(*Event)    { return func(e *Event) { e.Of = of } }
func retroactive(e *Event)            { e.Retroactive = true }
func entity(id string) func(*Event)   { return func(e *Event) { e.Entity = EntityPrefix + id } }
func compromised(e *Event)            { e.Compromised = true }
func pinning(jkt string) func(*Event) { return func(e *Event) { e.Binding.Keys[0].Thumbprint = jkt } }
func written(text string) func(*Event) {
	return func(e *Event) { e.Recorded, e.EffectiveFrom = at(text), at(text) }
}

func everything(string) bool { return true }

// TestEvents writes and reads one event of each type, and refuses members of other types.
func TestEvents(t *testing.T) {
	for _, kind := range EventTypes() {
		raw, err := event("1", kind).JSON()
		if err != nil {
			t.Fatal(kind, err)
		}
		back, err := ReadEvent(raw)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := back.JSON(); err != nil || !bytes.Equal(again, raw) {
			t.Errorf("%s\n%s %v", raw, again, err)
		}
		for _, extra := range []string{`"extra":1`, `"ID":"ev-2"`, `"id":"ev-2"`} {
			if _, err := ReadEvent(append([]byte("{"+extra+","), raw[1:]...)); err == nil {
				t.Errorf("%s: %s accepted", kind, extra)
			}
		}
		for _, name := range append(rules[kind].must, "id", "entity", "reason", "recorded_at", "effective_from", "type") {
			without := bytes.Replace(raw, []byte(`"`+name+`":`), []byte(`"`+name+`x":`), 1)
			if _, err := ReadEvent(without); err == nil {
				t.Errorf("%s without %s: accepted", kind, name)
			}
		}
	}
	if len(EventTypes()) != len(rules) {
		t.Error("there are other types than those that are listed")
	}
	for _, kind := range []EventType{EventGrant, EventBlacklist, EventRevoke, EventBindingAdd, EventUnblacklist, EventMerge} {
		if kind.People() != 2 {
			t.Errorf("%s needs %d people", kind, kind.People())
		}
	}
}

func TestEventRefused(t *testing.T) {
	for name, e := range map[string]*Event{
		"a sentence as reason":       event("1", EventSuspend, func(e *Event) { e.Reason = "Mr Sample said so" }),
		"evidence that is no digest": event("1", EventSuspend, func(e *Event) { e.Evidence = "https://example.org" }),
		"suspended in the past":      event("1", EventSuspend, from("2026-01-01")),
		"no entity":                  event("1", EventSuspend, func(e *Event) { e.Entity = "Sample College" }),
		"a grant of nothing":         event("1", EventGrant, func(e *Event) { e.Grant.Awards = nil }),
		"a grant for ever back":      event("1", EventGrant, func(e *Event) { e.Grant.From = time.Time{} }),
		"a grant by a policy":        event("1", EventGrant, func(e *Event) { e.Grant.By = "policy:x" }),
		"a grant of another class":   event("1", EventGrant, func(e *Event) { e.Grant.Class = OfficialAccredited }),
		"a grant of another id":      event("1", EventGrant, func(e *Event) { e.Grant.ID = "ev-2" }),
		"weak evidence":              event("1", EventBindingAdd, func(e *Event) { e.Binding.Evidence = e.Binding.Evidence[:1] }),
		"no key":                     event("1", EventBindingAdd, func(e *Event) { e.Binding.Keys = nil }),
		"a key of 42 characters":     event("1", EventBindingAdd, pinning(sampleKey[1:])),
		"an identifier in capitals":  event("1", EventBindingAdd, func(e *Event) { e.Binding.DID = "did:web:College.example" }),
		"no appeal":                  event("1", EventBlacklist, func(e *Event) { e.Appeal = "" }),
		"an appeal nowhere":          event("1", EventBlacklist, func(e *Event) { e.Appeal = "javascript:alert(1)" }),
		"a month of 13":              event("1", EventInspection, func(e *Event) { e.Month = "2026-13" }),
		"an amendment of nothing":    event("1", EventAmend, func(e *Event) { e.Profile = nil }),
		"a grade of D":               event("1", EventGrade, func(e *Event) { e.Grade.Grade = "D" }),
	} {
		if _, err := e.JSON(); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// ledgers are events in their order, and the decision or the refusal of the last.
var ledgers = map[string]struct {
	events  []*Event
	want    Summary
	refused string
}{
	"granted":                {listed(), Trusted, ""},
	"no binding":             {listed()[:1], NotListed, ""},
	"no grant":               {listed()[1:], OutOfScope, ""},
	"suspended":              {listed(event("3", EventSuspend)), Suspended, ""},
	"suspended, reinstated":  {listed(event("3", EventSuspend), event("4", EventReinstate, from("2026-05-15"))), Suspended, ""},
	"reinstated as if never": {listed(event("3", EventSuspend), event("4", EventReinstate, from("2026-04-01"), retroactive)), Trusted, ""},
	"the grant suspended":    {listed(event("3", EventSuspend, about("ev-1"))), Suspended, ""},
	"another grant's":        {listed(event("3", EventSuspend, about("ev-9"))), Trusted, ""},
	"withdrawn":              {listed(event("3", EventWithdraw)), Withdrawn, ""},
	"revoked, backdated":     {listed(event("3", EventRevoke, from("2020-01-01"))), Revoked, ""},
	"blacklisted":            {listed(event("3", EventBlacklist)), Blacklisted, ""},
	"blacklisted by error":   {listed(event("3", EventBlacklist), event("4", EventUnblacklist, from("2026-03-01"), retroactive)), Trusted, ""},
	"condition":              {listed(event("3", EventCondition)), TrustedWithConditions, ""},
	"condition ended": {listed(event("3", EventCondition), event("4", EventAmend, func(e *Event) { e.Profile, e.Of, e.Until = nil, "ev-3", "2026-03-01" })),
		Trusted, ""},
	"grant shortened": {listed(event("3", EventAmend, func(e *Event) { e.Profile, e.Of, e.Until = nil, "ev-1", "2026-03-01" })), Lapsed, ""},
	"grant prolonged": {listed(event("3", EventAmend, func(e *Event) { e.Profile, e.Of, e.Until = nil, "ev-1", "2031-01-01" })), Trusted, "needs a new event"},
	"graded C":        {listed(event("3", EventGrade, func(e *Event) { e.Grade.Grade = "C" })), TrustedWithConditions, ""},
	"drawn":           {listed(event("3", EventInspection), event("4", EventInspection, func(e *Event) { e.Result = "passed" })), Trusted, ""},
	"drawn twice":     {listed(event("3", EventInspection), event("4", EventInspection)), Trusted, "drawn for"},
	"not drawn":       {listed(event("3", EventInspection, func(e *Event) { e.Result = "passed" })), Trusted, "not drawn"},
	"binding ended":   {listed(event("3", EventBindingEnd)), Lapsed, ""},
	"bound anew by another": {listed(event("3", EventBindingEnd), event("4", EventBindingAdd, entity("y"), func(e *Event) { e.Binding.Period = since("2026-04-01", "") })),
		OutOfScope, ""},
	"bound by another":       {listed(event("3", EventBindingAdd, entity("y"))), Trusted, "is bound to"},
	"another key added":      {listed(event("3", EventBindingAdd, pinning(otherKey))), Trusted, ""},
	"the same key again":     {listed(event("3", EventBindingAdd)), Trusted, "pinned already"},
	"key ended":              {listed(event("3", EventKeyEnd)), Lapsed, ""},
	"key stolen":             {listed(event("3", EventKeyEnd, compromised, from("2026-06-15"))), Revoked, ""},
	"ended, found stolen":    {listed(event("3", EventKeyEnd), event("4", EventKeyEnd, compromised)), Revoked, ""},
	"stolen, then ended":     {listed(event("3", EventKeyEnd, compromised), event("4", EventKeyEnd)), Revoked, "ended already"},
	"key back after theft":   {listed(event("3", EventKeyEnd, compromised), event("4", EventBindingAdd)), Revoked, "pinned already"},
	"a key of others":        {listed(event("3", EventKeyEnd, func(e *Event) { e.Key = otherKey })), Trusted, "not pinned"},
	"stale":                  {listed(event("3", EventRecheck)), TrustedWithConditions, ""},
	"stale, and back":        {listed(event("3", EventRecheck), event("4", EventRecheck, func(e *Event) { e.OK = true })), Trusted, ""},
	"merged":                 {listed(event("3", EventMerge)), Trusted, ""},
	"merged with itself":     {listed(event("3", EventMerge, func(e *Event) { e.Into = sampleID })), Trusted, "no other institution"},
	"disputed":               {listed(event("3", EventDispute)), Trusted, ""},
	"disputes nothing":       {listed(event("3", EventDispute, about("ev-9"))), Trusted, "no event"},
	"the same id":            {listed(event("1", EventSuspend)), Trusted, "already"},
	"suspended twice":        {listed(event("3", EventSuspend), event("4", EventSuspend)), Suspended, "so already"},
	"reinstated for nothing": {listed(event("3", EventReinstate)), Trusted, "nothing to take back"},
}

// listed are the events that list the sample, and those that follow.
func listed(more ...*Event) []*Event {
	return append([]*Event{event("1", EventGrant), event("2", EventBindingAdd)}, more...)
}

// TestLedger applies events, publishes what they say and decides by it, for an award of May.
func TestLedger(t *testing.T) {
	for name, c := range ledgers {
		t.Run(name, func(t *testing.T) {
			l := NewLedger(everything)
			for i, e := range c.events {
				before := fmt.Sprintf("%+v", l.Entry(e.Entity))
				err := l.Apply(e)
				if last := i == len(c.events)-1; last && c.refused != "" {
					if err == nil || !strings.Contains(err.Error(), c.refused) {
						t.Fatalf("not refused by %q: %v", c.refused, err)
					}
					if after := fmt.Sprintf("%+v", l.Entry(e.Entity)); after != before {
						t.Errorf("what was refused left a trace:\n%s\n%s", before, after)
					}
				} else if err != nil {
					t.Fatal(err)
				}
			}
			q := sampleQuery()
			q.IssuedAt = at("2026-05-01")
			if d := publishedLedger(t, l).Decide(q); d.Summary != c.want {
				t.Errorf("%s, want %s: %v", d.Summary, c.want, slices.Collect(d.Reasons.All()))
			}
		})
	}
}

func publishedLedger(t testing.TB, l *Ledger) *Snapshot {
	t.Helper()
	var shards [len(Shards)][]byte
	for _, s := range []Shard{Overlay, Bindings} {
		for e := range l.Lines(s) {
			line, err := e.Line()
			if err != nil {
				t.Fatal(err)
			}
			shards[s] = append(append(shards[s], line...), '\n')
		}
	}
	s, err := Load(sampleMeta, shards)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestLedgerKnowsItsInstitutions(t *testing.T) {
	nobody := func(string) bool { return false }
	if err := NewLedger(nobody).Apply(event("1", EventGrant)); err == nil {
		t.Error("a grant to nobody")
	}
	l := NewLedger(nobody)
	for _, e := range []*Event{event("1", EventAmend), event("2", EventGrant), event("3", EventBlacklist, entity("mill"))} {
		if err := l.Apply(e); err != nil {
			t.Error(err)
		}
	}
	s := publishedLedger(t, l)
	if e, err := s.Entry(sampleID); err != nil || e.Name() != "Sample College" {
		t.Error(e, err)
	}
	if d := s.Decide(Query{Issuer: "did:web:mill.example", Now: at("2026-06-02"), IssuedAt: at("2026-05-01")}); d.Summary != Blacklisted {
		t.Error(d.Summary)
	}
}

func TestDraw(t *testing.T) {
	root := sha256.Sum256([]byte("root"))
	var all []string
	for i := range 100 {
		all = append(all, fmt.Sprintf("urn:obtr:ent:%d", i))
	}
	drawn := Draw(root, "2026-11", all, 10)
	slices.Reverse(all)
	if again := Draw(root, "2026-11", append(all, all[3]), 10); !slices.Equal(drawn, again) || len(drawn) != 10 {
		t.Error(drawn, again)
	}
	other := sha256.Sum256([]byte("another root"))
	if slices.Equal(drawn, Draw(root, "2026-12", all, 10)) || slices.Equal(drawn, Draw(other, "2026-11", all, 10)) {
		t.Error("another month or root draws the same")
	}
	if few := Draw(root, "2026-11", all[:3], 10); len(few) != 3 {
		t.Error(few)
	}
	if want := "urn:obtr:ent:"; !strings.HasPrefix(drawn[0], want) {
		t.Error(drawn)
	}
}

func TestMonthlyReport(t *testing.T) {
	events := listed(
		event("3", EventSuspend, written("2026-03-05T10:00:00Z")),
		event("4", EventDispute, about("ev-3"), written("2026-03-06T10:00:00Z")),
		event("5", EventReinstate, written("2026-04-06T10:00:00Z")),
		event("6", EventBlacklist, entity("mill"), written("2026-04-07T10:00:00Z")),
	)
	for month, want := range map[string]Monthly{
		"2026-01": {Types: map[EventType]int{}},
		"2026-02": {Events: 2, Granted: 1, Bound: 1},
		"2026-03": {Events: 2, Granted: 1, Bound: 1, Suspended: 1, Disputes: 1},
		"2026-04": {Events: 2, Granted: 1, Bound: 1, Blacklisted: 1},
		"2026-09": {Granted: 1, Bound: 1, Blacklisted: 1, Overdue: 1},
	} {
		got, err := MonthlyReport(month, events)
		if err != nil {
			t.Fatal(err)
		}
		got.Month, got.Types, got.Entities, want.Types = "", nil, nil, nil
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %+v, want %+v", month, got, want)
		}
	}
	if _, err := MonthlyReport("November", events); err == nil {
		t.Error("November is no month")
	}
}

func FuzzEvent(f *testing.F) {
	for _, kind := range EventTypes() {
		raw, err := event("1", kind).JSON()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := ReadEvent(raw)
		if err != nil {
			return
		}
		again, err := e.JSON()
		if err != nil {
			t.Fatalf("%s is not written again: %v", raw, err)
		}
		back, err := ReadEvent(again)
		if err != nil {
			t.Fatal(err)
		}
		if twice, _ := back.JSON(); !bytes.Equal(again, twice) {
			t.Fatalf("%s\n%s", again, twice)
		}
	})
}
