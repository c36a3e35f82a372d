package onboarding

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"laurel/internal/did"
	"laurel/internal/linkage"
	"laurel/keys"
	"laurel/registry"
)

const (
	college = "did:web:badges.college.example"
	domain  = "college.example"
	origin  = "registry.example/obtr"
)

var now = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// world is an applicant with its key, its DID document and its domain's records.
type world struct {
	t       *testing.T
	key     crypto.Signer
	others  []crypto.Signer // keys of the document besides
	records []string
	now     time.Time
	desk    *Desk
}

func newKey(t *testing.T) crypto.Signer {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func name(t *testing.T, key crypto.Signer) string {
	t.Helper()
	text, err := keys.Thumbprint(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, key: newKey(t), now: now}
	_, record := linkage.Record(domain, college, name(t, w.key))
	w.records = []string{record}
	desk, err := OpenDesk(filepath.Join(t.TempDir(), "applications"), origin, func() time.Time { return w.now })
	if err != nil {
		t.Fatal(err)
	}
	w.desk = desk
	return w
}

func (w *world) looker() *linkage.Looker {
	get := func(_ context.Context, url, _ string, _ int64) ([]byte, string, error) {
		if url != "https://badges.college.example/.well-known/did.json" {
			return nil, "", errors.New("nothing there")
		}
		published := []did.PublishedKey{{Fragment: name(w.t, w.key), Public: w.key.Public()}}
		for _, key := range w.others {
			published = append(published, did.PublishedKey{Fragment: name(w.t, key), Public: key.Public()})
		}
		raw, err := did.NewDocument(college, published)
		return raw, url, err
	}
	txt := func(_ context.Context, host string) ([]string, error) {
		if host != "_obtr.college.example." || w.records == nil {
			return nil, errors.New("no such name")
		}
		return w.records, nil
	}
	return &linkage.Looker{Get: get, Resolver: did.NewResolver(get, false, nil), TXT: txt, Now: func() time.Time { return w.now }}
}

func request() Request {
	return Request{DID: college, Domain: domain, Name: "Sample College", Country: "ES", Site: "https://college.example"}
}

// applied takes an application and answers its challenge.
func (w *world) applied(r Request, s *registry.Snapshot, key crypto.Signer) *Application {
	w.t.Helper()
	a, err := w.desk.Apply(r, s)
	if err != nil {
		w.t.Fatal(err)
	}
	answer, err := a.Challenge.Answer(key)
	if err != nil {
		w.t.Fatal(err)
	}
	if a, err = w.desk.Answered(a.ID, answer); err != nil {
		w.t.Fatal(err)
	}
	return a
}

func result(found []Finding, check string) Result {
	for _, f := range found {
		if f.Check == check {
			return f.Result
		}
	}
	return ""
}

// TestApply goes from a request to the events that list the applicant, and by them.
func TestApply(t *testing.T) {
	w := newWorld(t)
	a := w.applied(request(), nil, w.key)
	found := Look(context.Background(), w.looker(), a, nil)
	if result(found, "challenge") != Shown || result(found, "dns") != Shown || result(found, "did-configuration") != Missing || result(found, "keys") != "" {
		t.Fatalf("%+v", found)
	}
	if _, err := Propose(a, found, Checked{Reason: "onboarding", Now: now}); !errors.Is(err, ErrNotEnough) {
		t.Error("nobody asked the institution:", err)
	}
	events, err := Propose(a, found, Checked{Contact: "letter 2026-17", Reason: "onboarding", Now: now})
	if err != nil || len(events) != 2 {
		t.Fatal(events, err)
	}
	ledger := registry.NewLedger(func(string) bool { return false })
	for i, e := range events {
		e.ID = "ev-" + string(rune('a'+i))
		if err := ledger.Apply(e); err != nil {
			t.Fatal(err)
		}
	}
	b := ledger.Entry(registry.EntityPrefix + "x-college.example").Bindings[0]
	if b.DID != college || len(b.Keys) != 1 || b.Keys[0].Thumbprint != name(t, w.key) || !registry.Sufficient(b.Evidence) {
		t.Errorf("%+v", b)
	}
	if err := w.desk.Close(a.ID, Proposed, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := w.desk.Answered(a.ID, nil); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}

// TestCaught: what must not pass.
func TestCaught(t *testing.T) {
	checked := Checked{Contact: "letter 2026-17", Reason: "onboarding", Now: now}
	t.Run("a key that the domain does not name", func(t *testing.T) {
		w := newWorld(t)
		w.others = []crypto.Signer{newKey(t)}
		found := Look(context.Background(), w.looker(), w.applied(request(), nil, w.others[0]), nil)
		if _, err := Propose(&Application{}, found, checked); !errors.Is(err, ErrNotEnough) {
			t.Error(err)
		}
	})
	t.Run("another's key", func(t *testing.T) {
		w := newWorld(t)
		found := Look(context.Background(), w.looker(), w.applied(request(), nil, newKey(t)), nil)
		if result(found, "challenge") != Missing {
			t.Errorf("%+v", found)
		}
	})
	t.Run("other keys are told", func(t *testing.T) {
		w := newWorld(t)
		w.others = []crypto.Signer{newKey(t)}
		found := Look(context.Background(), w.looker(), w.applied(request(), nil, w.key), nil)
		if result(found, "keys") != Warning {
			t.Errorf("%+v", found)
		}
		events, err := Propose(&Application{Entity: registry.EntityPrefix + "x"}, found, checked)
		if err != nil || len(events[0].Binding.Keys) != 1 {
			t.Error("more is pinned than signed:", events, err)
		}
	})
	t.Run("a challenge of before", func(t *testing.T) {
		w := newWorld(t)
		a := w.applied(request(), nil, w.key)
		w.now = now.AddDate(0, 1, 0)
		if found := Look(context.Background(), w.looker(), a, nil); result(found, "challenge") != Missing {
			t.Errorf("%+v", found)
		}
	})
	t.Run("no record", func(t *testing.T) {
		w := newWorld(t)
		a := w.applied(request(), nil, w.key)
		w.records = nil
		found := Look(context.Background(), w.looker(), a, nil)
		if _, err := Propose(a, found, checked); result(found, "dns") != Unknown || !errors.Is(err, ErrNotEnough) {
			t.Errorf("%+v %v", found, err)
		}
	})
	for why, change := range map[string]func(*Request){
		"a shared host":           func(r *Request) { r.Domain = "college.github.io" },
		"an identifier on one":    func(r *Request) { r.DID = "did:web:college.github.io" },
		"no domain":               func(r *Request) { r.Domain = "localhost" },
		"no name":                 func(r *Request) { r.Name = "" },
		"no DID":                  func(r *Request) { r.DID = "https://college.example" },
		"a key of a DID":          func(r *Request) { r.DID += "#key" },
		"a line break":            func(r *Request) { r.Name = "Sample\nCollege" },
		"a long name":             func(r *Request) { r.Name = strings.Repeat("x", 201) },
		"a home page by http":     func(r *Request) { r.Site = "http://college.example" },
		"an entry that is unkown": func(r *Request) { r.Entry = "deqarinst0001" },
	} {
		w := newWorld(t)
		r := request()
		change(&r)
		if _, err := w.desk.Apply(r, nil); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", why, err)
		}
	}
}

func listed(t *testing.T, changes ...func(*registry.Entry)) *registry.Snapshot {
	t.Helper()
	e := &registry.Entry{
		ID: registry.EntityPrefix + "deqarinst0001", Names: []registry.Name{{Text: "Sample College"}}, Page: "https://data.deqar.eu/institution/1",
		Identifiers: []registry.Identifier{{Scheme: "SCHAC", Value: "college.example"}, {Scheme: "DID-EBSI", Value: college}},
	}
	for _, change := range changes {
		change(e)
	}
	s, err := registry.Of(registry.Meta{}, e)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestEntryThatIsThere(t *testing.T) {
	w := newWorld(t)
	r := request()
	r.Entry, r.Name = "deqarinst0001", ""
	s := listed(t)
	a := w.applied(r, s, w.key)
	found := Look(context.Background(), w.looker(), a, s)
	if a.New || a.Name != "Sample College" || result(found, "deqar-did-ebsi") != Shown || result(found, "domain") != Shown || result(found, "alike") != "" {
		t.Fatalf("%+v %+v", a, found)
	}
	events, err := Propose(a, found, Checked{Reason: "onboarding", Now: now})
	if err != nil || len(events) != 1 || events[0].Type != registry.EventBindingAdd {
		t.Errorf("what DEQAR registered and the domain shows suffices: %v %v", events, err)
	}
	stranger := listed(t, func(e *registry.Entry) { e.Identifiers = nil })
	if found := Look(context.Background(), w.looker(), a, stranger); result(found, "domain") != Warning || result(found, "deqar-did-ebsi") != "" {
		t.Errorf("%+v", found)
	}
}

func TestLooksLikeAnother(t *testing.T) {
	w := newWorld(t)
	s := listed(t, func(e *registry.Entry) { e.Identifiers[0].Value = "coIlege.example" })
	a := w.applied(request(), s, w.key)
	if found := Look(context.Background(), w.looker(), a, s); result(found, "alike") != Warning {
		t.Errorf("%+v", found)
	}
}

func TestDeskIsBounded(t *testing.T) {
	w := newWorld(t)
	fill := func(answer string) {
		for i := range maxOpen {
			id := strings.Repeat("a", 1+i/26) + string(rune('a'+i%26))
			raw := `{"id":"` + id + `","state":"open","answer":"` + answer + `","challenge":{"expires":"2026-07-01T00:00:00Z"}}`
			if err := os.WriteFile(filepath.Join(w.desk.dir, id+".json"), []byte(raw), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	fill("")
	a, err := w.desk.Apply(request(), nil)
	if err != nil {
		t.Fatal("those that nobody answers keep others out:", err)
	}
	if _, err := w.desk.Answered(a.ID, []byte("signed")); err != nil {
		t.Fatal(err)
	}
	if all, err := w.desk.All(); err != nil || len(all) != maxOpen {
		t.Error(len(all), err)
	}
	fill("signed")
	if _, err := w.desk.Apply(request(), nil); !errors.Is(err, ErrFull) {
		t.Error(err)
	}
	w.now = now.AddDate(0, 2, 0)
	if _, err := w.desk.Apply(request(), nil); err != nil {
		t.Error("those that ran out still wait:", err)
	}
	for _, id := range []string{"", "../x", "A", "none", strings.Repeat("a", 65)} {
		if _, err := w.desk.Get(id); !errors.Is(err, ErrNotFound) {
			t.Errorf("%q: %v", id, err)
		}
	}
}

// TestWeekly: one look that fails is no more than that, two in turn make a binding stale, and one
// that succeeds makes it good again.
func TestWeekly(t *testing.T) {
	w := newWorld(t)
	watch := OpenWatch(t.TempDir())
	stale := false
	round := func(all bool) (events []string, looked int) {
		t.Helper()
		s, err := registry.Of(registry.Meta{}, &registry.Entry{ID: registry.EntityPrefix + "x", Bindings: []registry.Binding{{
			DID: college, Stale: stale, Keys: []registry.PinnedKey{{Thumbprint: name(t, w.key)}},
			Evidence: []registry.Evidence{{Strength: registry.Mutual, Kind: "dns", Ref: "_obtr.college.example"}, {Strength: registry.Registered, Kind: "operator-checked"}},
		}}})
		if err != nil {
			t.Fatal(err)
		}
		seen, err := watch.Round(context.Background(), w.looker(), s, all)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range seen {
			if one.Event != nil {
				events = append(events, map[bool]string{true: "good", false: "stale"}[one.Event.OK])
				stale = !one.Event.OK
			}
		}
		return events, len(seen)
	}
	good := w.records
	step := func(days int, records []string, looked int, want ...string) {
		t.Helper()
		w.now, w.records = w.now.AddDate(0, 0, days), records
		if events, n := round(false); n != looked || !slices.Equal(events, want) {
			t.Errorf("%d looks, %v; want %d, %v", n, events, looked, want)
		}
	}
	step(0, good, 1)
	step(3, nil, 0)
	step(4, nil, 1)
	step(7, good, 1)
	step(7, nil, 1)
	step(7, nil, 1, "stale")
	step(7, nil, 1)
	step(7, []string{strings.Replace(good[0], name(t, w.key), name(t, newKey(t)), 1)}, 1) // another key
	step(7, good, 1, "good")
	if _, n := round(true); n != 1 {
		t.Error("not looked at although asked to")
	}
}
