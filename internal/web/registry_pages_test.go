package web

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"laurel/registry"
)

func TestRegistryIsSearched(t *testing.T) {
	s := newRegistrySite(t)
	for query, want := range map[string][]string{
		"":                                  {"Sample College of Trades", "Sample Mill University", "Ørsted University of Łódź", "Weak University"},
		"?q=ORSTED":                         {"Ørsted"},
		"?q=escola+oficis":                  {"Sample College of Trades"},
		"?q=esq9350003a":                    {"Sample College of Trades"},
		"?q=did:web:badges.college.example": {"Sample College of Trades"},
		"?country=ES":                       {"Sample College of Trades", "Sample Mill University"},
		"?country=ES&status=blacklisted":    {"Sample Mill University"},
		"?level=6":                          {"Sample College of Trades"},
		"?level=7":                          nil,
		"?status=ended":                     {"Ørsted"},
		"?status=unknown":                   {"Weak University"},
		"?q=nowhere":                        nil,
	} {
		page := s.get("/registry" + query)
		page.wants(t, 200, want...)
		if got := strings.Count(page.body, `<li><a href="/registry/entries/`); got != len(want) {
			t.Errorf("%q finds %d, not %d", query, got, len(want))
		}
		if page.Header.Get("Cache-Control") != "public, max-age=60" || !strings.Contains(strings.Join(page.Header.Values("Vary"), ","), "Accept-Language") {
			t.Errorf("%v", page.Header)
		}
	}
	s.get("/registry?q=nowhere").wants(t, 200, "That says nothing against an institution")
	s.get("/registry").wants(t, 200, "4 institutions", "List 412 of 1 June 2026, 3 hours old.", "not a statement by EQAR", "eqar-covered/v1", "The list is fresh.",
		`href="/registry">Registry</a>`, "laurel registry pull "+testBase+"/registry/files/ --root", "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
		`<option value="UK-SCT">United Kingdom (UK-SCT)</option>`, "No independent witness")
	s.get("/registry?lang=zh&country=ES").wants(t, 200, "可信颁发者名录", `<option value="ES" selected>西班牙</option>`, `href="/registry/entries/sample-mill?lang=zh"`, `name="lang" value="zh"`)
	s.get("/registry?country=FR&level=3").wants(t, 200, `<option value="FR" selected>France</option>`, `<option value="3" selected>`)
	s.get("/registry?q=%22%3E%3Cscript%3E").lacks(t, "<script")
	for _, wrong := range []string{"level=x", "level=9", "level=-1", "status=fine", "page=0", "page=x", "page=-1", "q=" + strings.Repeat("x", maxSearch+1), "country=" + strings.Repeat("x", 11)} {
		s.get("/registry?"+wrong).wants(t, 400)
	}
	newSite(t, testBase, true).get("/registry").wants(t, 404)
	page := newSite(t, testBase, true).get("/achievements")
	page.lacks(t, "/registry")
}

// crowd is a registry of many institutions.
func crowd(t testing.TB, n int) *Registry {
	entries := make([]*registry.Entry, n)
	for i := range entries {
		entries[i] = &registry.Entry{
			ID: fmt.Sprintf("%sdeqarinst%05d", registry.EntityPrefix, i), Countries: []string{[]string{"ES", "PL", "FR"}[i%3]},
			Names:  []registry.Name{{Text: fmt.Sprintf("University %05d", n-1-i), Kind: "english"}, {Text: fmt.Sprintf("Université n° %d", n-1-i), Kind: "official"}},
			Grants: mirrored()[0].Grants,
		}
	}
	return shows(must(registry.Of(sampleMeta, entries...))(t), nil)
}

func TestRegistryIsPaged(t *testing.T) {
	s := newSite(t, testBase, true).openRegistry(crowd(t, 2*perPage+1))
	first := s.get("/registry")
	first.wants(t, 200, "University 00000", "University 00049", "Page 1 of 3", `rel="next" href="/registry?page=2"`)
	first.lacks(t, "University 00050", `rel="prev"`)
	second := s.get("/registry?page=2&lang=en")
	second.wants(t, 200, "University 00050", "University 00099", `rel="prev" href="/registry?lang=en"`, `rel="next" href="/registry?lang=en&amp;page=3"`, `href="/registry?lang=zh&amp;page=2"`)
	last := s.get("/registry?page=3")
	last.wants(t, 200, "University 00100", `rel="prev" href="/registry?page=2"`)
	last.lacks(t, `rel="next"`)
	s.get("/registry?page=4").wants(t, 404)
	s.get("/registry?q=university&country=PL").wants(t, 200, "34 institutions")
	s.get("/registry?page=2&country=PL").wants(t, 404)
}

func TestEntryPage(t *testing.T) {
	s := newRegistrySite(t)
	page := s.get("/registry/entries/deqarinst9001")
	page.wants(t, 200, "Sample College of Trades", "registry.example/obtr lists it for the awards below", "Escola d’Oficis de Mostra", `lang="ca"`, "Spain", "ESQ9350003A", "until 31 December 2020",
		`href="https://data.deqar.eu/report/123"`, "on the institution itself", "on its alliance", "Official quality assurance, decided positively", "Spain, Belgium (BE-fl)",
		"positive with conditions", "1 January 2019 to 31 December 2027", "This registry’s policy eqar-covered/v1, applied to public reports",
		"did:web:badges.college.example", "0123456789012345678901234567890123456789012", "_obtr.college.example",
		"watched closely", "Assessors of Samples", "The next grading is overdue.", "Inspection of May 2025", "drawn by lot, no result yet",
		"An identifier was tied to it", "first listing", "written on 10 January 2025", `<li id="ev-1">`, "A grant begins", "A grant ends", "to come", "Another institution goes on here",
		`href="https://data.deqar.eu/institution/9001"`, "DEQAR and EQAR have no part in this registry.", `href="/registry/entries/deqarinst9001.json?proof"`,
		`<link rel="canonical" href="`+testBase+`/registry/entries/deqarinst9001">`, `<link rel="alternate" type="application/json" href="/registry/entries/deqarinst9001.json">`)
	page.lacks(t, "Do not rely")
	if n := strings.Count(page.body, "Reviewed by the European standards, voluntarily</span>"); n != 1 {
		t.Errorf("grants that differ in their programmes stand there %d times", n)
	}
	if a, b := strings.Index(page.body, "31 December 2029"), strings.Index(page.body, `<li id="ev-7">`); a < 0 || a > b {
		t.Error("the history is not in its order")
	}
	mill := s.get("/registry/entries/sample-mill")
	mill.wants(t, 200, "Do not rely on Sample Mill University", "registry.example/obtr warns of this institution.", "it sells diplomas", "2 March 2025", "1 March 2027", `href="`+appealURL+`"`,
		"<bdi>mill.example</bdi>", "Somebody objects", "As this registry recorded them.")
	if strings.Index(mill.body, "Do not rely on") > strings.Index(mill.body, "<h1") {
		t.Error("the warning does not stand first")
	}
	s.get("/registry/entries/deqarinst9002").wants(t, 200, "What it was listed for has ended.", "It goes on as:", `href="/registry/entries/deqarinst9001"`)
	s.get("/registry/entries/deqarinst9003").wants(t, 200, "a quality assurance agency decided negatively")
	s.get("/registry/entries/deqarinst9001?lang=zh").wants(t, 200, "官方质量保障，结论为肯定", "2019年1月1日至2027年12月31日", "西班牙、比利时 (BE-fl)")
}

// TestOneGrantIsSuspended: what stands against one grant is said there, and not of the listing.
func TestOneGrantIsSuspended(t *testing.T) {
	granted := &registry.Event{
		ID: "ev-20", Type: registry.EventGrant, Entity: collegeID, Reason: "board-decision", EffectiveFrom: at("2025-09-01"), Recorded: at("2025-09-01"),
		Grant: &registry.Grant{ID: "ev-20", By: registry.ByRegistry, Class: registry.GrantedByRegistry, Period: days("2025-09-01", "2028-08-31"),
			Scope: registry.Scope{Awards: []string{registry.Microcredential}, Levels: []int{4}}},
	}
	suspended := &registry.Event{ID: "ev-21", Type: registry.EventSuspend, Entity: collegeID, Of: "ev-20", Reason: "inspection-failed", EffectiveFrom: at("2026-02-01"), Recorded: at("2026-02-01")}
	events := append(decided(), granted, suspended)
	s := newSite(t, testBase, true).openRegistry(shows(publishedBy(t, sampleMeta, mirrored(), events), events))
	page := s.get("/registry/entries/deqarinst9001")
	page.wants(t, 200, "lists it for the awards below", "This registry’s own decision", `<span>Suspended since 1 February 2026: it failed an inspection</span></p>`)
	if n := strings.Count(page.body, "Suspended since"); n != 1 {
		t.Errorf("it is said %d times", n)
	}
	suspended.Of = ""
	s = newSite(t, testBase, true).openRegistry(shows(publishedBy(t, sampleMeta, mirrored(), events), events))
	s.get("/registry/entries/deqarinst9001").wants(t, 200, "Its listing is suspended", `<p class="alert">`)
}

// forbidden are claims that a registry must not make.
var forbidden = regexp.MustCompile(`(?i)accredited by EQAR|recognised by EQAR|EQAR (has )?(accredit|approv|recogni|register|list)(s|es|ed)? (it|this institution)|not (a )?legitimate|illegitimate|fake|guarantee`)

func TestNothingIsClaimedThatMayNotBe(t *testing.T) {
	s := newRegistrySite(t)
	for _, path := range []string{"/registry", "/registry/changes", "/registry/entries/deqarinst9001", "/registry/entries/deqarinst9002", "/registry/entries/deqarinst9003", "/registry/entries/none"} {
		if found := forbidden.FindString(s.get(path).body); found != "" {
			t.Errorf("%s says %q", path, found)
		}
	}
}

func TestUnknownEntryProvesNothing(t *testing.T) {
	s := newRegistrySite(t)
	s.get("/registry/entries/deqarinst1").wants(t, 404, "The registry has no such entry", "That proves nothing")
	s.get("/registry/entries/deqarinst1?lang=zh").wants(t, 404, "这不能证明任何事")
	s.get("/registry/entries/deqarinst1.json", "Accept", typeJSON).wants(t, 404, "which proves nothing")
	s.get("/registry/entries/"+url.PathEscape(collegeID)).wants(t, 404)
	s.get("/registry/entries/deqarinst9001", "Accept", typeProblem).wants(t, 200)
	s.server.registry.Current = func() *registry.Snapshot { return nil }
	for _, path := range []string{"/registry", "/registry/changes", "/registry/changes.atom", "/registry/entries/deqarinst9001"} {
		s.get(path).wants(t, 503)
	}
}

func TestOldListsSaySo(t *testing.T) {
	s := newRegistrySite(t)
	for day, want := range map[string]string{"2026-06-03": "There should be a newer list by now.", "2026-06-09": "This list is too old"} {
		s.now = at(day)
		for _, path := range []string{"/registry", "/registry/changes", "/registry/entries/deqarinst9001"} {
			s.get(path).wants(t, 200, want)
		}
	}
}

func TestRegistryForPrograms(t *testing.T) {
	s := newRegistrySite(t)
	type list struct {
		Registry, Freshness, Next string
		Version, Total            int
		Entries                   []struct{ ID, Name, Status, URL string }
		Status, Evidence          string
		Entry                     json.RawMessage
	}
	read := func(a answer) (l list) {
		t.Helper()
		a.wants(t, 200)
		h := a.Header
		if h.Get("Content-Type") != typeJSON || h.Get("Access-Control-Allow-Origin") != "*" || h.Get("Cache-Control") != "public, max-age=60" || h.Get("ETag") == "" ||
			!slices.Contains(h.Values("Vary"), "Accept") {
			t.Errorf("%v", h)
		}
		if err := json.Unmarshal([]byte(a.body), &l); err != nil || l.Registry != "registry.example/obtr" || l.Version != 412 || l.Freshness != "fresh" {
			t.Errorf("%v %s", err, a.body)
		}
		return l
	}
	for _, a := range []answer{s.get("/registry.json?status=blacklisted"), s.get("/registry?status=blacklisted", "Accept", typeJSON)} {
		if l := read(a); l.Total != 1 || len(l.Entries) != 1 || l.Entries[0].ID != millID || l.Entries[0].Status != "blacklisted" || l.Entries[0].URL != testBase+"/registry/entries/sample-mill.json" {
			t.Errorf("%s", a.body)
		}
	}
	for _, a := range []answer{s.get("/registry/entries/deqarinst9001.json"), s.get("/registry/entries/deqarinst9001", "Accept", typeJSON)} {
		l := read(a)
		want := must(must(s.server.registry.Current().Entry(collegeID))(t).Line())(t)
		if string(l.Entry) != string(want) || l.Status != "in_force" {
			t.Errorf("%s\n%s", a.body, want)
		}
		proof, found := strings.CutPrefix(l.Evidence, testBase)
		if got := s.get(proof); !found || got.body != `{"entity":"`+collegeID+`"}` {
			t.Errorf("%s: %s", l.Evidence, got.body)
		}
		again := s.get("/registry/entries/deqarinst9001.json", "If-None-Match", a.Header.Get("ETag"))
		if again.StatusCode != 304 {
			t.Errorf("%d", again.StatusCode)
		}
	}
	s.get("/registry/entries/sample-mill.json?proof").wants(t, 500)
	if got := s.do(httptest.NewRequest("POST", "/registry", nil)); got.StatusCode != 405 {
		t.Errorf("%d", got.StatusCode)
	}
	many := newSite(t, testBase, true).openRegistry(crowd(t, perPage+1))
	if l := read(many.get("/registry.json")); l.Next != testBase+"/registry.json?page=2" || len(l.Entries) != perPage || l.Total != perPage+1 {
		t.Errorf("%+v", l.Next)
	}
	if l := read(many.get("/registry.json?page=2")); l.Next != "" || len(l.Entries) != 1 {
		t.Errorf("%+v", l)
	}
}

func TestChangesPage(t *testing.T) {
	s := newRegistrySite(t)
	page := s.get("/registry/changes")
	page.wants(t, 200, "Sample Mill University", "The registry warns of it", "it sells diplomas", `<link rel="alternate" type="application/atom+xml" href="/registry/changes.atom">`)
	if strings.Index(page.body, `id="ev-8"`) > strings.Index(page.body, `id="ev-1"`) {
		t.Error("the newest does not come first")
	}
	var long []*registry.Event
	for n := range 2*perPage + 1 {
		e := *decided()[3]
		e.ID = fmt.Sprintf("ev-g%d", n)
		long = append(long, &e)
	}
	s.server.registry.Events = func() []*registry.Event { return long }
	s.get("/registry/changes?page=3").wants(t, 200, `id="ev-g0"`, `rel="prev" href="/registry/changes?page=2"`)
	s.get("/registry/changes?page=4").wants(t, 404)
	s.get("/registry/changes?page=x").wants(t, 400)
	s.server.registry.Events = func() []*registry.Event { return nil }
	s.get("/registry/changes").wants(t, 200, "Nothing has been decided yet.")
	s.get("/registry/changes.atom").wants(t, 200, "<updated>2026-06-01T09:00:00Z</updated>")
}

// feed is an Atom feed as a stranger reads it.
type feed struct {
	XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
	ID      string   `xml:"id"`
	Title   string   `xml:"title"`
	Updated string   `xml:"updated"`
	Author  struct {
		Name string `xml:"name"`
	} `xml:"author"`
	Link  []feedLink `xml:"link"`
	Entry []struct {
		ID      string     `xml:"id"`
		Title   string     `xml:"title"`
		Updated string     `xml:"updated"`
		Summary string     `xml:"summary"`
		Link    []feedLink `xml:"link"`
	} `xml:"entry"`
}

type feedLink struct {
	Rel  string `xml:"rel,attr"`
	Href string `xml:"href,attr"`
}

func readFeed(t testing.TB, a answer) (f feed) {
	t.Helper()
	a.wants(t, 200)
	if a.Header.Get("Content-Type") != typeAtom || a.Header.Get("ETag") == "" || a.Header.Get("Cache-Control") != "public, max-age=60" {
		t.Errorf("%v", a.Header)
	}
	if err := xml.Unmarshal([]byte(a.body), &f); err != nil {
		t.Fatal(err)
	}
	if f.ID == "" || f.Title == "" || f.Author.Name == "" {
		t.Errorf("%+v", f)
	}
	return f
}

// TestFeed holds the feed to RFC 4287 §4.1.1 and §4.1.2.
func TestFeed(t *testing.T) {
	s := newRegistrySite(t)
	f := readFeed(t, s.get("/registry/changes.atom"))
	if len(f.Entry) != len(decided()) || f.Entry[0].ID != "urn:obtr:log:registry.example/obtr:ev-8" || f.Updated != f.Entry[0].Updated {
		t.Errorf("%+v", f)
	}
	if f.Link[0] != (feedLink{"self", testBase + "/registry/changes.atom"}) {
		t.Errorf("%+v", f.Link)
	}
	ids := map[string]bool{}
	for n, e := range f.Entry {
		at, err := time.Parse(time.RFC3339, e.Updated)
		if err != nil || n > 0 && e.Updated > f.Entry[n-1].Updated || at.IsZero() {
			t.Errorf("%s: %v", e.Updated, err)
		}
		if ids[e.ID] || e.Title == "" || e.Summary == "" || len(e.Link) != 1 || e.Link[0].Rel != "alternate" {
			t.Errorf("%+v", e)
		}
		ids[e.ID] = true
		path, found := strings.CutPrefix(e.Link[0].Href, testBase)
		path, anchor, _ := strings.Cut(path, "#")
		if page := s.get(path); !found || page.StatusCode != 200 || !strings.Contains(page.body, `id="`+anchor+`"`) {
			t.Errorf("%s leads nowhere", e.Link[0].Href)
		}
	}
	for n, e := range readFeed(t, s.get("/registry/changes.atom?lang=zh")).Entry {
		if e.ID != f.Entry[n].ID || e.Title == f.Entry[n].Title || !strings.Contains(e.Link[0].Href, "?lang=zh#") {
			t.Errorf("%+v", e)
		}
	}
}

// hostileRegistry is one whose institutions and events bear a hostile name wherever foreign text
// can stand.
func hostileRegistry(t testing.TB, name string) *Registry {
	entry := &registry.Entry{
		ID: registry.EntityPrefix + "hostile", Countries: []string{name}, Site: name, Page: name, MergedInto: name, Blocked: []string{name},
		Names:       []registry.Name{{Text: name, Lang: name, Kind: name, To: name}},
		Identifiers: []registry.Identifier{{Scheme: name, Value: name, From: name, To: name, Source: name}},
		Bindings: []registry.Binding{{DID: name, Keys: []registry.PinnedKey{{Thumbprint: name}}, Event: name,
			Evidence: []registry.Evidence{{Strength: registry.Weak, Kind: name, Ref: name}}}},
		Grants: []registry.Grant{{
			ID: name, By: name, Class: registry.OfficialAccredited, Conditions: []string{name}, Notes: []string{name}, Basis: []registry.Basis{{Source: name, Report: 1, Via: name}},
			Scope: registry.Scope{Awards: []string{name}, Jurisdictions: []string{name}, ISCED: []string{name}, Programmes: []registry.Programme{{Name: name, IDs: []string{name}}}},
		}},
		Marks:       []registry.Mark{{Kind: registry.Blacklisting, Reason: name, Review: name, Appeal: name, Event: name}, {Kind: registry.Suspension, Reason: name, Event: name}},
		Conditions:  []registry.Condition{{Code: name, Event: name}},
		Grade:       &registry.Grade{Grade: name, By: name, Assessed: name, Due: name, Event: name},
		Inspections: []registry.Inspection{{Month: name, Result: name, Event: name}},
	}
	event := &registry.Event{ID: name, Type: registry.EventGrade, Entity: entry.ID, Reason: name, Of: name, Grade: entry.Grade, EffectiveFrom: at("2026-01-01"), Recorded: at("2026-01-02")}
	of := *event
	of.Type, of.Grade, of.Code, of.Entity = registry.EventCondition, nil, name, name
	meta := sampleMeta
	meta.Name, meta.Origin, meta.Policy, meta.Sources = name, name, name, []registry.SourceAge{{ID: name}}
	r := shows(must(registry.Of(meta, entry))(t), []*registry.Event{event, &of})
	r.Name = name
	return r
}

func TestHostileRegistry(t *testing.T) {
	s := newSite(t, testBase, true)
	for _, name := range hostile {
		s.openRegistry(hostileRegistry(t, name))
		for what, got := range map[string]answer{
			"registry": s.get("/registry"), "entry": s.get("/registry/entries/hostile"), "changes": s.get("/registry/changes"),
			"search": s.get("/registry?q=" + url.QueryEscape(name)), "missing": s.get("/registry/entries/" + url.PathEscape(name)),
		} {
			if complaint := harm(got.body); complaint != "" {
				t.Errorf("%q on page %s: %s", name, what, complaint)
			}
			if got.StatusCode >= 500 {
				t.Errorf("%q on page %s: status %d", name, what, got.StatusCode)
			}
		}
		if f := readFeed(t, s.get("/registry/changes.atom")); len(f.Entry) != 2 {
			t.Errorf("%q: %+v", name, f)
		}
	}
}

func BenchmarkRegistryPage(b *testing.B) {
	s := newSite(b, testBase, true).openRegistry(crowd(b, 10_000))
	for _, path := range []string{"/registry", "/registry?q=universite+77", "/registry?country=ES&level=6&status=in_force&page=60", "/registry.json?page=200"} {
		s.get(path).wants(b, 200)
		b.Run(path, func(b *testing.B) {
			for b.Loop() {
				s.get(path)
			}
		})
	}
}

// TestEventsInWords: what is particular to an event is said.
func TestEventsInWords(t *testing.T) {
	for want, e := range map[string]registry.Event{
		"did:web:x.example · the evidence is gone":        {Type: registry.EventRecheck, DID: "did:web:x.example"},
		"did:web:x.example · the evidence is there again": {Type: registry.EventRecheck, DID: "did:web:x.example", OK: true},
		"did:key:z · others may have it":                  {Type: registry.EventKeyEnd, DID: "did:key:z", Key: "k", Compromised: true},
		"as if it had never been":                         {Type: registry.EventReinstate, Retroactive: true},
		"May 2025 · it failed an inspection":              {Type: registry.EventInspection, Month: "2025-05", Result: "inspection-failed"},
		"micro-credentials · EQF 4, 5":                    {Type: registry.EventGrant, Grant: &registry.Grant{Scope: registry.Scope{Awards: []string{registry.Microcredential}, Levels: []int{4, 5}}}},
		"watched closely · until 31 December 2026":        {Type: registry.EventCondition, Code: "watched-closely", Until: "2026-12-31"},
		"to be looked at again on 1 March 2027":           {Type: registry.EventBlacklist, Review: "2027-03-01"},
		"":                                                {Type: registry.EventSuspend},
	} {
		if got := tongues[0].eventDetail(&e); got != want {
			t.Errorf("%s: %q, not %q", e.Type, got, want)
		}
	}
	for _, c := range []struct {
		of   time.Duration
		want string
	}{
		{59 * time.Second, "less than a minute"}, {-time.Hour, "less than a minute"}, {time.Minute, "one minute"}, {119 * time.Minute, "one hour"},
		{2 * time.Hour, "2 hours"}, {24 * time.Hour, "one day"}, {100 * 24 * time.Hour, "100 days"},
	} {
		if got := tongues[0].age(c.of); got != c.want {
			t.Errorf("%s: %q, not %q", c.of, got, c.want)
		}
	}
	for code, want := range map[string]string{"ES": "Spain", "UK": "United Kingdom", "EL": "Greece", "UK-ENG": "United Kingdom (UK-ENG)", "BE-de": "Belgium (BE-de)", "XX": "XX", "": "", "150": "150", "nowhere": "nowhere"} {
		if got := tongues[0].country(code); got != want {
			t.Errorf("%s: %q, not %q", code, got, want)
		}
	}
}

func TestAppealLink(t *testing.T) {
	for address, want := range map[string]string{
		"https://registry.example/appeal": "https://registry.example/appeal", "mailto:appeals@registry.example": "mailto:appeals@registry.example",
		"mailto:a@registry.example?bcc=b@other.example": "", "mailto:Sample <a@registry.example>": "", "mailto:": "", "javascript:alert(1)": "", "http://registry.example": "",
	} {
		if got := appealLink(address); got != want {
			t.Errorf("%q: %q", address, got)
		}
	}
}
