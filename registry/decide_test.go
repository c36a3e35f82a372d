package registry

import (
	"bytes"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	sampleDID = "did:web:college.example"
	sampleKey = "0123456789012345678901234567890123456789012"
	otherKey  = "9876543210987654321098765432109876543210987"
	sampleID  = "urn:obtr:ent:deqarinst9001"
)

func at(text string) time.Time {
	if len(text) == len(dayLayout) {
		text += "T12:00:00Z"
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

func days(from, to string) Period {
	p, err := Days(from, to)
	if err != nil {
		panic(err)
	}
	return p
}

// since is a period of moments.
func since(from, until string) (p Period) {
	p.From = at(from)
	if until != "" {
		p.Until = at(until)
	}
	return p
}

var goodEvidence = []Evidence{{Mutual, "did-configuration", "https://college.example"}, {Registered, "challenge", "ev-1"}}

// sample is an institution that may award at the levels 4 to 6 from 2020 to 2026.
func sample() *Entry {
	return &Entry{
		ID: sampleID, Names: []Name{{Text: "Sample College", Kind: "english"}}, Countries: []string{"ES"}, Levels: []int{5, 6},
		Bindings: []Binding{{
			DID: sampleDID, Period: since("2019-01-01", ""), Evidence: goodEvidence, Event: "ev-1",
			Keys: []PinnedKey{{Thumbprint: sampleKey, Period: since("2019-01-01", "")}},
		}},
		Grants: []Grant{{
			ID: "g-1", By: "policy:eqar-covered/v1", Class: OfficialAccredited, Period: days("2020-01-01", "2026-12-31"),
			Scope: Scope{Awards: []string{Degree, Microcredential}, Levels: []int{5, 6}, Jurisdictions: []string{"ES"}},
			Basis: []Basis{{Source: "deqar", Report: 123, Via: "direct"}},
		}},
	}
}

var sampleMeta = Meta{
	Name: "Sample Registry", Origin: "registry.example/obtr", Version: 7, Policy: "eqar-covered/v1",
	Issued: at("2026-06-01"), Fresh: at("2026-06-03"), Expires: at("2026-06-08"),
}

func sampleQuery() Query {
	return Query{Issuer: sampleDID, Keys: []string{sampleKey}, Award: Microcredential, Level: 6, IssuedAt: at("2024-05-01"), Now: at("2026-06-02")}
}

// mark is a stretch in which the sample's listing does not count.
func mark(k MarkKind, from, until string) func(*Entry, *Query) {
	return func(e *Entry, _ *Query) {
		e.Marks = append(e.Marks, Mark{Kind: k, Period: since(from, until), Reason: "test", Event: "ev-m"})
	}
}

type change = func(*Entry, *Query)

// decisions are one good case and what one change makes of it.
var decisions = map[string]struct {
	changes []change
	want    Summary
	reasons []Reason
}{
	"nothing changed": {nil, Trusted, nil},

	// The table of the effects of states, issued before and after.
	"lapsed, issued before":      {changes(ends("2025-12-31")), HistoricalOK, reasons(ReasonEndedSince)},
	"lapsed, issued after":       {changes(ends("2023-12-31")), Lapsed, reasons(ReasonGrantEnded)},
	"lapsed, within grace":       {changes(ends("2024-04-15"), grace(30)), HistoricalOK, reasons(ReasonGrace)},
	"lapsed, beyond grace":       {changes(ends("2024-03-15"), grace(30)), Lapsed, reasons(ReasonGrantEnded)},
	"withdrawn, issued before":   {changes(mark(Withdrawal, "2025-01-01", "")), HistoricalOK, reasons(ReasonEndedSince)},
	"withdrawn, issued after":    {changes(mark(Withdrawal, "2024-01-01", "")), Withdrawn, reasons(ReasonWithdrawn)},
	"suspended, issued before":   {changes(mark(Suspension, "2025-01-01", "")), TrustedWithConditions, reasons(ReasonSuspendedSince)},
	"suspended, issued within":   {changes(mark(Suspension, "2024-01-01", "2025-01-01")), Suspended, reasons(ReasonSuspended)},
	"suspended, issued later":    {changes(mark(Suspension, "2023-01-01", "2024-01-01")), Trusted, nil},
	"reinstated as if never":     {changes(mark(Suspension, "2024-01-01", "2025-01-01"), lifted), Trusted, reasons(ReasonReinstated)},
	"revoked, issued before":     {changes(mark(Revocation, "2025-01-01", "")), HistoricalOK, reasons(ReasonEndedSince)},
	"revoked, issued after":      {changes(mark(Revocation, "2020-01-01", "")), Revoked, reasons(ReasonRevoked)},
	"blacklisted, issued before": {changes(mark(Blacklisting, "2025-01-01", "")), Blacklisted, reasons(ReasonBlacklisted)},
	"blacklisted, issued before, warn only": {changes(mark(Blacklisting, "2025-01-01", ""), policy(Policy{WarnOfBlacklisted: true})),
		HistoricalOK, reasons(ReasonBlacklisted)},
	"blacklisted, issued after":       {changes(mark(Blacklisting, "2024-01-01", ""), policy(Policy{WarnOfBlacklisted: true})), Blacklisted, reasons(ReasonBlacklisted)},
	"blacklisted then, not now":       {changes(mark(Blacklisting, "2024-01-01", "2025-01-01")), Blacklisted, reasons(ReasonBlacklisted)},
	"blacklisted once, issued later":  {changes(mark(Blacklisting, "2022-01-01", "2023-01-01")), Trusted, nil},
	"blacklisted by error":            {changes(mark(Blacklisting, "2024-01-01", "2025-01-01"), lifted), Trusted, nil},
	"key stolen later":                {changes(stolen("2025-01-01")), Revoked, reasons(ReasonKeyCompromised)},
	"key stolen later, time proved":   {changes(stolen("2025-01-01"), proved), Trusted, nil},
	"key stolen before":               {changes(stolen("2024-01-01"), proved), Revoked, reasons(ReasonKeyCompromised)},
	"strict, ended, self-asserted":    {changes(ends("2025-12-31"), policy(Policy{Strict: true})), Indeterminate, reasons(ReasonSelfAsserted)},
	"strict, ended, time proved":      {changes(ends("2025-12-31"), policy(Policy{Strict: true}), proved), HistoricalOK, nil},
	"strict, ended, seen too late":    {changes(ends("2025-12-31"), policy(Policy{Strict: true}), func(_ *Entry, q *Query) { q.KnownSince = at("2026-01-02") }), Indeterminate, nil},
	"strict, in force, self-asserted": {changes(policy(Policy{Strict: true})), Trusted, nil},

	// Which goes before which.
	"blacklisted before revoked": {changes(mark(Revocation, "2020-01-01", ""), mark(Blacklisting, "2020-01-01", "")), Blacklisted, nil},
	"revoked before contested":   {changes(judged(ContestedCoverage), mark(Revocation, "2020-01-01", "")), Revoked, nil},
	"contested before suspended": {changes(judged(ContestedCoverage), mark(Suspension, "2020-01-01", "")), Contested, reasons(ReasonContested)},
	"suspended before scope":     {changes(level(8), mark(Suspension, "2020-01-01", "")), Suspended, nil},
	"positive and negative":      {changes(judged(Adverse)), Contested, reasons(ReasonContested)},
	"negative alone": {changes(judged(Adverse), func(e *Entry, _ *Query) { e.Grants = e.Grants[1:] }),
		OutOfScope, reasons(ReasonAdverse)},
	"negative and revoked": {changes(judged(Adverse), mark(Revocation, "2020-01-01", ""), func(e *Entry, _ *Query) { e.Grants = e.Grants[1:] }),
		Revoked, nil},

	// Scope.
	"another level":         {changes(level(8)), OutOfScope, reasons(ReasonLevel)},
	"no level said":         {changes(level(0)), TrustedWithConditions, reasons(ReasonLevelUnspecified)},
	"no award said":         {changes(award("")), Trusted, nil},
	"no award said, one":    {changes(award(""), awards(Degree)), TrustedWithConditions, reasons(ReasonAwardUnspecified)},
	"another award":         {changes(awards(Degree)), OutOfScope, reasons(ReasonAward)},
	"nothing may be given":  {changes(awards()), OutOfScope, reasons(ReasonAward)},
	"another programme":     {changes(programme("agency:1", "agency:2")), OutOfScope, reasons(ReasonProgramme)},
	"the programme":         {changes(programme("agency:1", "agency:1")), Trusted, nil},
	"no programme said":     {changes(programme("agency:1")), OutOfScope, reasons(ReasonProgramme)},
	"another country":       {changes(func(_ *Entry, q *Query) { q.Jurisdiction = "PT" }), OutOfScope, reasons(ReasonJurisdiction)},
	"another field":         {changes(field("07", "0413")), OutOfScope, reasons(ReasonField)},
	"a field within":        {changes(field("07", "0715")), Trusted, nil},
	"no field said":         {changes(field("07", "")), OutOfScope, reasons(ReasonField)},
	"no grants":             {changes(func(e *Entry, _ *Query) { e.Grants = nil }), OutOfScope, reasons(ReasonNoGrant)},
	"reviewed voluntarily":  {changes(class(ESGVoluntary)), TrustedWithConditions, reasons(ReasonVoluntary)},
	"evaluated":             {changes(class(OfficialEvaluated)), Trusted, reasons(ReasonNoDecision)},
	"judged with condition": {changes(func(e *Entry, _ *Query) { e.Grants[0].Conditions = []string{"x"} }), TrustedWithConditions, reasons(ReasonJudgedWithConditions)},

	// Identity.
	"unknown issuer":       {changes(issuer("did:web:other.example")), NotListed, reasons(ReasonNotListed)},
	"a path of the host":   {changes(issuer(sampleDID + ":x")), NotListed, nil},
	"host in capitals":     {changes(issuer("did:web:COLLEGE.example")), Trusted, nil},
	"a key nobody pinned":  {changes(func(_ *Entry, q *Query) { q.Keys = []string{otherKey} }), Indeterminate, reasons(ReasonUnpinnedKey)},
	"no key":               {changes(func(_ *Entry, q *Query) { q.Keys = nil }), Indeterminate, reasons(ReasonUnpinnedKey)},
	"one key of two":       {changes(func(_ *Entry, q *Query) { q.Keys = []string{otherKey, sampleKey} }), Trusted, nil},
	"key ended before":     {changes(key(since("2019-01-01", "2023-01-01"))), Lapsed, reasons(ReasonKeyEnded)},
	"key ended later":      {changes(key(since("2019-01-01", "2025-01-01"))), Trusted, nil},
	"key begins later":     {changes(key(since("2025-01-01", ""))), Indeterminate, reasons(ReasonUnpinnedKey)},
	"binding ended":        {changes(binding(since("2019-01-01", "2023-01-01"))), Lapsed, reasons(ReasonBindingEnded)},
	"binding begins later": {changes(binding(since("2025-01-01", ""))), NotYetValid, reasons(ReasonBindingNotYet)},
	"weak evidence":        {changes(evidence(Evidence{Weak, "site", ""}, Evidence{Registered, "challenge", ""})), Indeterminate, reasons(ReasonBindingWeak)},
	"mutual evidence only": {changes(evidence(Evidence{Mutual, "dns", ""}, Evidence{Mutual, "did-configuration", ""})), Indeterminate, reasons(ReasonBindingWeak)},
	"the same check twice": {changes(evidence(Evidence{Registered, "challenge", "1"}, Evidence{Registered, "challenge", "2"})), Indeterminate, nil},
	"two registered":       {changes(evidence(Evidence{Registered, "challenge", ""}, Evidence{Registered, "deqar-did-ebsi", ""})), Trusted, nil},
	"stale binding":        {changes(func(e *Entry, _ *Query) { e.Bindings[0].Stale = true }), TrustedWithConditions, reasons(ReasonBindingStale)},
	"blacklisted, key of a stranger": {changes(mark(Blacklisting, "2020-01-01", ""), func(_ *Entry, q *Query) { q.Keys = nil }),
		Blacklisted, nil},

	// Time.
	"issued before the grant":  {changes(issued("2019-12-31T23:59:59Z")), NotYetValid, reasons(ReasonGrantNotYet)},
	"issued on its first day":  {changes(issued("2020-01-01T00:00:00Z")), Trusted, reasons(ReasonBoundaryDay)},
	"issued on its last day":   {changes(ends("2024-05-01"), issued("2024-05-01T23:59:59Z")), HistoricalOK, reasons(ReasonBoundaryDay)},
	"issued the day after":     {changes(ends("2024-05-01"), issued("2024-05-02T00:00:00Z")), Lapsed, nil},
	"nobody says when":         {changes(func(_ *Entry, q *Query) { q.IssuedAt = time.Time{} }), TrustedWithConditions, reasons(ReasonIssuedUnknown)},
	"grade C":                  {changes(grade("C", "2027-01-01")), TrustedWithConditions, reasons(ReasonGradeC)},
	"grade C, refused":         {changes(grade("C", "2027-01-01"), policy(Policy{RefuseGradeC: true})), OutOfScope, reasons(ReasonGradeC)},
	"grade A":                  {changes(grade("A", "2027-01-01")), Trusted, nil},
	"grade overdue":            {changes(grade("A", "2026-01-01")), TrustedWithConditions, reasons(ReasonGradeOverdue)},
	"a condition":              {changes(func(e *Entry, _ *Query) { e.Conditions = []Condition{{Code: "x", Event: "ev-2"}} }), TrustedWithConditions, reasons(ReasonCondition)},
	"a condition of elsewhere": {changes(func(e *Entry, _ *Query) { e.Conditions = []Condition{{Code: "x", Of: "g-2", Event: "ev-2"}} }), Trusted, nil},

	// Freshness.
	"stale":                         {changes(now("2026-06-05")), TrustedWithConditions, reasons(ReasonStale)},
	"expired":                       {changes(now("2026-06-09")), Indeterminate, reasons(ReasonExpired)},
	"a clock that is wrong":         {changes(now("2026-05-30")), Indeterminate, reasons(ReasonExpired)},
	"at a day in the past":          {changes(now("2026-05-30"), func(_ *Entry, q *Query) { q.Asked = at("2026-06-02") }), Trusted, nil},
	"at a past day, asked too late": {changes(now("2026-05-30"), func(_ *Entry, q *Query) { q.Asked = at("2026-07-02") }), Indeterminate, reasons(ReasonExpired)},
	"stale, not listed":             {changes(now("2026-06-05"), issuer("did:web:other.example")), Indeterminate, reasons(ReasonStale)},
	"blacklist if stale":            {changes(now("2026-06-05"), mark(Blacklisting, "2020-01-01", "")), Blacklisted, nil},
	"revoked if expired":            {changes(now("2026-07-05"), mark(Revocation, "2020-01-01", "")), Revoked, nil},
}

func changes(c ...change) []change { return c }
func reasons(r ...Reason) []Reason { return r }
func lifted(e *Entry, _ *Query)    { e.Marks[0].Lifted = true }
func proved(_ *Entry, q *Query)    { q.KnownSince = at("2024-06-01") }
func ends(day string) change {
	return func(e *Entry, _ *Query) { e.Grants[0].Period = days("2020-01-01", day) }
}
func grace(d int) change            { return policy(Policy{Grace: time.Duration(d) * 24 * time.Hour}) }
func policy(p Policy) change        { return func(_ *Entry, q *Query) { q.Policy = p } }
func level(n int) change            { return func(_ *Entry, q *Query) { q.Level = n } }
func award(name string) change      { return func(_ *Entry, q *Query) { q.Award = name } }
func awards(names ...string) change { return func(e *Entry, _ *Query) { e.Grants[0].Awards = names } }
func class(c Class) change          { return func(e *Entry, _ *Query) { e.Grants[0].Class = c } }
func issuer(did string) change      { return func(_ *Entry, q *Query) { q.Issuer = did } }
func issued(text string) change     { return func(_ *Entry, q *Query) { q.IssuedAt = at(text) } }
func now(text string) change        { return func(_ *Entry, q *Query) { q.Now = at(text) } }
func key(p Period) change           { return func(e *Entry, _ *Query) { e.Bindings[0].Keys[0].Period = p } }
func binding(p Period) change       { return func(e *Entry, _ *Query) { e.Bindings[0].Period = p } }
func evidence(of ...Evidence) change {
	return func(e *Entry, _ *Query) { e.Bindings[0].Evidence = of }
}

func grade(letter, due string) change {
	return func(e *Entry, _ *Query) {
		e.Grade = &Grade{Grade: letter, By: "test", Assessed: "2025-01-01", Due: due, Event: "ev-3"}
	}
}

func stolen(since string) change {
	return func(e *Entry, _ *Query) {
		e.Bindings[0].Keys[0].Until, e.Bindings[0].Keys[0].Compromised = at(since), true
	}
}

func judged(c Class) change {
	return func(e *Entry, _ *Query) {
		g := e.Grants[0]
		g.ID, g.Class, g.Awards = "g-2", c, nil
		e.Grants = append(e.Grants, g)
	}
}

func programme(listed string, asked ...string) change {
	return func(e *Entry, q *Query) {
		e.Grants[0].Programmes, q.Programmes = []Programme{{Name: "Sample Studies", IDs: []string{listed}}}, asked
	}
}

func field(listed, asked string) change {
	return func(e *Entry, q *Query) { e.Grants[0].ISCED, q.ISCED = []string{listed}, asked }
}

// TestDecide makes the changes to a good case and reads the snapshot back from its lines, so
// that what is decided is what a client decides.
func TestDecide(t *testing.T) {
	for name, c := range decisions {
		t.Run(name, func(t *testing.T) {
			e, q := sample(), sampleQuery()
			for _, change := range c.changes {
				change(e, &q)
			}
			d := published(t, sampleMeta, e).Decide(q)
			if d.Summary != c.want {
				t.Errorf("%s, want %s; reasons %v", d.Summary, c.want, slices.Collect(d.Reasons.All()))
			}
			for _, r := range c.reasons {
				if !d.Reasons.Has(r) {
					t.Errorf("not the reason %s but %v", r, slices.Collect(d.Reasons.All()))
				}
			}
			a := d.Answer()
			if a.Summary != d.Summary || a.Registry != "Sample Registry" || a.Freshness.Version != 7 {
				t.Errorf("%+v", a)
			}
		})
	}
}

// published writes entries as the lines of three shards and loads them.
func published(t testing.TB, meta Meta, entries ...*Entry) *Snapshot {
	t.Helper()
	s, err := Load(meta, lines(t, entries...))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func lines(t testing.TB, entries ...*Entry) (shards [len(Shards)][]byte) {
	t.Helper()
	slices.SortFunc(entries, func(a, b *Entry) int { return strings.Compare(a.ID, b.ID) })
	for _, e := range entries {
		for shard, part := range split(e) {
			line, err := part.Line()
			if err != nil {
				t.Fatal(err)
			}
			shards[shard] = append(append(shards[shard], line...), '\n')
		}
	}
	return shards
}

// split parts an entry into what each shard may say of it.
func split(e *Entry) (parts [len(Shards)]*Entry) {
	mirror, overlay, bindings := *e, *e, Entry{ID: e.ID, Bindings: e.Bindings}
	mirror.Bindings, mirror.Marks, mirror.Conditions, mirror.Grade, mirror.Inspections, mirror.Blocked, mirror.Events = nil, nil, nil, nil, nil, nil, nil
	mirror.MergedInto = ""
	overlay.Bindings, overlay.Names, overlay.Identifiers, overlay.Countries, overlay.Levels, overlay.Site, overlay.Page = nil, nil, nil, nil, nil, "", ""
	byRegistry := func(g Grant) bool { return g.By == ByRegistry }
	mirror.Grants = slices.DeleteFunc(slices.Clone(e.Grants), byRegistry)
	overlay.Grants = slices.DeleteFunc(slices.Clone(e.Grants), func(g Grant) bool { return !byRegistry(g) })
	return [...]*Entry{&mirror, &overlay, &bindings}
}

// TestNothingExpiredIsGood asks every case long after the snapshot's end.
func TestNothingExpiredIsGood(t *testing.T) {
	for name, c := range decisions {
		e, q := sample(), sampleQuery()
		for _, change := range c.changes {
			change(e, &q)
		}
		q.Now, q.Asked = at("2030-01-01"), time.Time{}
		if d := published(t, sampleMeta, e).Decide(q); d.Summary.Positive() || d.Summary == NotListed {
			t.Errorf("%s: %s", name, d.Summary)
		}
	}
}

func TestBlockedNames(t *testing.T) {
	mill := &Entry{
		ID: "urn:obtr:ent:x1", Names: []Name{{Text: "Sample Mill"}}, Blocked: []string{"did:key:zMill", "mill.example"},
		Marks: []Mark{{Kind: Blacklisting, Period: since("2025-01-01", ""), Reason: "diploma-mill", Event: "ev-9"}},
	}
	s := published(t, sampleMeta, sample(), mill)
	for did, want := range map[string]Summary{
		"did:key:zMill": Blacklisted, "did:web:mill.example": Blacklisted, "did:web:Mill.Example": Blacklisted, "did:web:mill.example%3A8443:x": Blacklisted,
		"did:web:badges.mill.example": Blacklisted, "https://www.mill.example/issuer": Blacklisted,
		"did:web:windmill.example": NotListed, "did:web:mill.example.org": NotListed, sampleDID: Trusted,
	} {
		q := sampleQuery()
		q.Issuer = did
		if d := s.Decide(q); d.Summary != want {
			t.Errorf("%s: %s, want %s", did, d.Summary, want)
		}
	}
}

func TestPinned(t *testing.T) {
	s := Pinned(sampleDID, sampleDID, "did:web:university.example")
	for id, want := range map[string]Summary{
		sampleDID: Trusted, "did:web:university.example": Trusted,
		"did:web:COLLEGE.example": NotListed, sampleDID + ":x": NotListed, "Sample College": NotListed, "": NotListed,
	} {
		if d := s.Decide(Query{Issuer: id, Now: at("2026-01-01")}); d.Summary != want {
			t.Errorf("%q: %s", id, d.Summary)
		}
	}
	if d := Pinned().Decide(Query{}); d.Summary != NotListed {
		t.Error("nobody is trusted by an empty list")
	}
}

func TestSources(t *testing.T) {
	good, stranger := published(t, sampleMeta, sample()), Pinned("did:web:other.example")
	warns := sample()
	mark(Blacklisting, "2020-01-01", "")(warns, nil)
	bad := published(t, sampleMeta, warns)
	old := sampleMeta
	old.Fresh, old.Expires = at("2025-01-01"), at("2025-01-02")
	expired := published(t, old)
	gone := Source{Name: "gone"}
	for name, c := range map[string]struct {
		sources   Sources
		want      Summary
		unchecked int
	}{
		"none":                            {nil, Indeterminate, 0},
		"one that lists":                  {Sources{{"a", good}}, Trusted, 0},
		"one that lists, one that is not": {Sources{{"a", stranger}, {"b", good}}, Trusted, 0},
		"none lists":                      {Sources{{"a", stranger}}, NotListed, 0},
		"none lists, one unavailable":     {Sources{{"a", stranger}, gone}, Indeterminate, 1},
		"one lists, one unavailable":      {Sources{gone, {"a", good}}, Trusted, 1},
		"none lists, one expired":         {Sources{{"a", stranger}, {"b", expired}}, Indeterminate, 1},
		"one lists, one warns":            {Sources{{"a", good}, {"b", bad}}, Blacklisted, 0},
		"one warns, one lists":            {Sources{{"b", bad}, {"a", good}}, Blacklisted, 0},
		"all unavailable":                 {Sources{gone, gone}, Indeterminate, 2},
	} {
		v := c.sources.Decide(sampleQuery())
		if v.Summary != c.want || len(v.Unchecked) != c.unchecked {
			t.Errorf("%s: %s %v", name, v.Summary, v.Unchecked)
		}
		v.Answer()
	}
}

// TestLines writes and reads, and refuses what a shard may not say.
func TestLines(t *testing.T) {
	e := sample()
	for _, c := range decisions {
		q := sampleQuery()
		e := sample()
		for _, change := range c.changes {
			change(e, &q)
		}
		for shard, part := range split(e) {
			line, err := part.Line()
			if err != nil {
				t.Fatal(err)
			}
			back, err := readLine(Shard(shard), line)
			if err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			if again, err := back.Line(); err != nil || !bytes.Equal(again, line) {
				t.Errorf("%s\n%s", line, again)
			}
		}
	}
	whole, err := e.Line()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range Shards {
		if _, err := readLine(s, whole); err == nil {
			t.Errorf("the shard %s says everything", s)
		}
	}
	for name, line := range map[string]string{
		"unknown member":         `{"id":"a","extra":1}`,
		"unknown in a grant":     `{"id":"a","grants":[{"id":"g","by":"policy:p","class":"esg_voluntary","scope":{"award":["degree"],"except":["x"]}}]}`,
		"no id":                  `{"names":[{"text":"x"}]}`,
		"grant by the registry":  `{"id":"a","grants":[{"id":"g","by":"registry","class":"registry_grant","scope":{}}]}`,
		"a class nobody knows":   `{"id":"a","grants":[{"id":"g","by":"policy:p","class":"superb","scope":{}}]}`,
		"a day that is none":     `{"id":"a","grants":[{"id":"g","by":"policy:p","class":"esg_voluntary","scope":{},"from":"2026-02-30"}]}`,
		"ends before it begins":  `{"id":"a","grants":[{"id":"g","by":"policy:p","class":"esg_voluntary","scope":{},"from":"2026-02-20","to":"2026-02-18"}]}`,
		"a level of one half":    `{"id":"a","levels":[0.5]}`,
		"an empty text":          `{"id":"a","site":""}`,
		"a null":                 `{"id":"a","grants":null}`,
		"a member twice":         `{"id":"a","id":"b"}`,
		"no list of programmes":  `{"id":"a","grants":[{"id":"g","by":"policy:p","class":"esg_voluntary","scope":{"programmes":[]}}]}`,
		"something behind":       `{"id":"a"} {}`,
		"capitals in the member": `{"ID":"a"}`,
	} {
		if _, err := readLine(Mirror, []byte(line)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	twice := sample()
	twice.ID = "urn:obtr:ent:z"
	shards := lines(t, sample(), twice)
	if _, err := Load(sampleMeta, shards); err == nil || !strings.Contains(err.Error(), "at the same time") {
		t.Errorf("an identifier speaks for two institutions: %v", err)
	}
	for name, content := range map[string]string{
		"not sorted": "{\"id\":\"b\"}\n{\"id\":\"a\"}\n", "twice": "{\"id\":\"a\"}\n{\"id\":\"a\"}\n", "no end": `{"id":"a"}`, "empty line": "\n",
	} {
		if _, err := Load(sampleMeta, [...][]byte{[]byte(content), nil, nil}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestNormalDID(t *testing.T) {
	for in, want := range map[string]string{
		"did:web:College.Example": "did:web:college.example", "did:web:college.example%3a8443:A": "did:web:college.example%3A8443:A",
		"did:web:c%6Fllege.example": "did:web:college.example", "did:web:college.example:Path": "did:web:college.example:Path",
		"did:key:zAbC": "did:key:zAbC", "https://College.example": "https://College.example", "": "", "did:web:%zz": "did:web:%zz",
	} {
		if got := NormalDID(in); got != want {
			t.Errorf("%s: %s", in, got)
		}
		if NormalDID(NormalDID(in)) != NormalDID(in) {
			t.Errorf("%s: not the same again", in)
		}
	}
}

func FuzzLine(f *testing.F) {
	for shard, part := range split(sample()) {
		line, err := part.Line()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(shard), line)
	}
	f.Fuzz(func(t *testing.T, shard uint8, line []byte) {
		s := Shard(shard % uint8(len(Shards)))
		e, err := readLine(s, line)
		if err != nil {
			return
		}
		again, err := e.Line()
		if err != nil {
			return // longer when written out
		}
		back, err := readLine(s, again)
		if err != nil {
			t.Fatalf("%s is not read again: %v", again, err)
		}
		if twice, _ := back.Line(); !bytes.Equal(again, twice) {
			t.Fatalf("%s\n%s", again, twice)
		}
	})
}

// many makes a registry of n institutions.
func many(n int) (entries []*Entry) {
	for i := range n {
		e := sample()
		e.ID = fmt.Sprintf("urn:obtr:ent:deqarinst%04d", i)
		e.Bindings[0].DID = fmt.Sprintf("did:web:college%d.example", i)
		for j := range 4 {
			g := e.Grants[0]
			g.ID, g.Programmes = fmt.Sprintf("p-%d", j), []Programme{{Name: "Sample Studies", IDs: []string{fmt.Sprintf("agency:%d", j)}}}
			e.Grants = append(e.Grants, g)
		}
		entries = append(entries, e)
	}
	return entries
}

func BenchmarkDecide(b *testing.B) {
	s := published(b, sampleMeta, many(10_000)...)
	q := sampleQuery()
	q.Issuer = "did:web:college7777.example"
	b.ReportAllocs()
	for b.Loop() {
		if d := s.Decide(q); d.Summary != Trusted {
			b.Fatal(d.Summary)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	shards := lines(b, many(10_000)...)
	b.SetBytes(int64(len(shards[0]) + len(shards[1]) + len(shards[2])))
	b.ReportAllocs()
	var held *Snapshot
	before := heap()
	for b.Loop() {
		s, err := Load(sampleMeta, shards)
		if err != nil {
			b.Fatal(err)
		}
		held = s
	}
	b.ReportMetric(float64(heap()-before)/(1<<20), "MB-held")
	runtime.KeepAlive(held)
}

// heap is how many bytes live.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// elsewhere is the sample as a list of another kind has it: with less evidence, and a grant
// that says less.
func elsewhere() *Entry {
	e := sample()
	e.Bindings[0].Evidence = []Evidence{{Registered, "oidf-statement", ""}}
	e.Grants[0].Class, e.Grants[0].Scope = ListedElsewhere, AnyAward()
	return e
}

// TestListsElsewhere: what a list of another kind says comes out as what it is, and what
// nobody signed is never a good word.
func TestListsElsewhere(t *testing.T) {
	for name, c := range map[string]struct {
		assurance Assurance
		changes   []change
		want      Summary
		reason    Reason
	}{
		"signed":                    {SignedList, nil, TrustedWithConditions, ReasonElsewhere},
		"signed, no level said":     {SignedList, changes(level(0)), TrustedWithConditions, ReasonElsewhere},
		"signed, no evidence":       {SignedList, changes(evidence()), Indeterminate, ReasonBindingWeak},
		"signed, weak evidence":     {SignedList, changes(evidence(Evidence{Mutual, "dns", ""})), Indeterminate, ReasonBindingWeak},
		"signed, no key":            {SignedList, changes(func(e *Entry, _ *Query) { e.Bindings[0].Keys = nil }), Indeterminate, ReasonUnpinnedKey},
		"signed, another issuer":    {SignedList, changes(issuer("did:web:other.example")), NotListed, ReasonNotListed},
		"signed, ended":             {SignedList, changes(ends("2023-12-31")), Lapsed, ReasonGrantEnded},
		"signed, expired":           {SignedList, changes(now("2026-06-09")), Indeterminate, ReasonExpired},
		"unsigned":                  {UnsignedList, nil, Indeterminate, ReasonUnsigned},
		"unsigned, good evidence":   {UnsignedList, changes(evidence(goodEvidence...)), Indeterminate, ReasonUnsigned},
		"unsigned, another issuer":  {UnsignedList, changes(issuer("did:web:other.example")), NotListed, ReasonNotListed},
		"of our kind, its evidence": {OurRules, nil, Indeterminate, ReasonBindingWeak},
	} {
		e, q, meta := elsewhere(), sampleQuery(), sampleMeta
		for _, change := range c.changes {
			change(e, &q)
		}
		meta.Assurance = c.assurance
		s, err := Of(meta, e)
		if err != nil {
			t.Fatal(err)
		}
		if d := s.Decide(q); d.Summary != c.want || !d.Reasons.Has(c.reason) {
			t.Errorf("%s: %s %v", name, d.Summary, slices.Collect(d.Reasons.All()))
		}
	}
	for _, assurance := range []Assurance{SignedList, UnsignedList} {
		if _, err := Of(Meta{Name: "x", Assurance: assurance}, sample()); err == nil {
			t.Error("a list of another kind accredits")
		}
	}
}

func TestKeysOf(t *testing.T) {
	s := published(t, sampleMeta, sample())
	if all := s.KeysOf("did:web:COLLEGE.example", at("2024-05-01")); len(all) != 1 || all[0] != sampleKey {
		t.Error(all)
	}
	if all := s.KeysOf(sampleDID, at("2018-05-01")); len(all) != 0 {
		t.Error(all)
	}
}
