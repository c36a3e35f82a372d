package issuer_test

import (
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"laurel/internal/status"
	"laurel/internal/store"
	"laurel/internal/strictjson"
	"laurel/internal/vc"
	"laurel/issuer"
	"laurel/keys"
	"laurel/verifier"
)

const base = "https://badges.college.example"

// world is an institution on a real store, with the clock in the test's hand.
type world struct {
	t     testing.TB
	dir   string
	now   time.Time
	store *store.Bolt
	ring  *keys.Ring
	*issuer.Issuer
}

var secret = keys.Passphrase([]byte("correct horse battery staple"))

func newWorld(t testing.TB, algorithms ...keys.Algorithm) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), now: time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)}
	var err error
	if w.ring, err = keys.Create(filepath.Join(w.dir, "keys.age"), secret, keys.WorkFactor(1)); err != nil {
		t.Fatal(err)
	}
	for _, a := range algorithms {
		if _, err := w.ring.Generate(a, w.now); err != nil {
			t.Fatal(err)
		}
	}
	w.open()
	if _, err := w.Setup(context.Background(), issuer.Profile{Slug: "college", Name: "Sample College", URL: "https://college.example"}); err != nil {
		t.Fatal(err)
	}
	if err := w.Import(context.Background(), catalogue(t)); err != nil {
		t.Fatal(err)
	}
	return w
}

// open starts the institution on what is on disk.
func (w *world) open() {
	w.t.Helper()
	var err error
	if w.store, err = store.OpenBolt(filepath.Join(w.dir, "laurel.db")); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { w.store.Close() })
	w.Issuer, err = issuer.New(issuer.Config{
		Store: w.store, Keys: w.ring, BaseURL: base, Now: func() time.Time { return w.now }, Random: rand.Reader,
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func catalogue(t testing.TB) []issuer.Achievement {
	t.Helper()
	raw := `[{"id":"food-hygiene","name":"Food Hygiene","description":"Keeps food safe.","achievementType":"Certificate",
	"criteria":{"narrative":"Pass the **practical** test."},"validMonths":24,
	"resultDescription":[{"id":"score","name":"Score","resultType":"Percent","valueMin":"0","valueMax":"100"},
	{"id":"level","name":"Level","resultType":"RubricCriterionLevel","rubricCriterionLevel":[{"id":"pass","name":"Pass"},{"id":"merit","name":"Merit"}],"requiredLevel":"pass"}],
	"alignment":[{"targetName":"Hygiene","targetUrl":"https://framework.example/hygiene"}]},
	{"id":"forklift","name":"Forklift Licence","description":"Drives a forklift.","criteria":{"narrative":"Drive."},"suspendable":true}]`
	achievements, err := issuer.ParseCatalogue([]byte(raw), os.ReadFile)
	if err != nil {
		t.Fatal(err)
	}
	return achievements
}

func result(key, achievement string) issuer.Result {
	return issuer.Result{
		Key: key, Achievement: achievement, Email: strings.ToLower(key) + "@students.college.example",
		AwardedAt: time.Date(2026, 5, 30, 0, 0, 0, 0, time.UTC),
	}
}

func (w *world) award(results ...issuer.Result) []issuer.Award {
	w.t.Helper()
	outcomes, err := w.Award(context.Background(), results...)
	if err != nil {
		w.t.Fatal(err)
	}
	awards := make([]issuer.Award, len(outcomes))
	for n, o := range outcomes {
		if o.Err != nil {
			w.t.Fatal(o.Err)
		}
		awards[n] = o.Award
	}
	return awards
}

func (w *world) verify(input []byte) *verifier.Report {
	v := verifier.New(verifier.Config{Offline: true, Own: w.Published, Now: func() time.Time { return w.now }})
	return v.Verify(context.Background(), verifier.Request{Input: input})
}

// check judges the whole institution from outside: each signed award verifies in both
// forms as its state says, no index is used twice, the published bits are those of the
// states.
func (w *world) check() {
	w.t.Helper()
	ctx := context.Background()
	awards, err := w.Awards(ctx, "", 1_000_000)
	if err != nil {
		w.t.Fatal(err)
	}
	type place struct{ list, index int }
	places, byKey := map[place]bool{}, map[string]bool{}
	want := map[string][]int{}
	for _, listed := range awards {
		a, err := w.Find(ctx, listed.ID)
		if err != nil {
			w.t.Fatal(err)
		}
		if p := (place{a.List, a.Index}); places[p] {
			w.t.Errorf("index %v used twice", p)
		} else {
			places[p] = true
		}
		if byKey[a.Result.Key] {
			w.t.Errorf("key %s awarded twice", a.Result.Key)
		}
		byKey[a.Result.Key] = true
		w.checkVerdict(a)
		switch a.State {
		case issuer.Revoked:
			want[status.Revocation] = append(want[status.Revocation], a.Index)
		case issuer.Suspended:
			want[status.Suspension] = append(want[status.Suspension], a.Index)
		}
	}
	w.checkLists(want)
}

func (w *world) checkVerdict(a issuer.Award) {
	w.t.Helper()
	token, err := w.Token(context.Background(), a)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, form := range [][]byte{a.Credential, token} {
		report := w.verify(form)
		code := map[issuer.State]string{issuer.Issued: "status-ok", issuer.Suspended: "status-suspended", issuer.Revoked: "status-revoked"}[a.State]
		if !slices.ContainsFunc(report.Checks, func(c verifier.Check) bool { return c.Code == code }) {
			w.t.Errorf("award %s is %s, its report says %s", a.Result.Key, a.State, codes(report))
		}
		if valid := report.Verdict == verifier.Valid; valid != (a.State == issuer.Issued) {
			w.t.Errorf("award %s is %s, its verdict %s: %s", a.Result.Key, a.State, report.Verdict, codes(report))
		}
	}
}

func codes(r *verifier.Report) (all []string) {
	for _, c := range r.Checks {
		all = append(all, c.Code)
	}
	return all
}

func (w *world) checkLists(want map[string][]int) {
	w.t.Helper()
	ctx := context.Background()
	lists, err := w.store.StatusLists(ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, l := range lists {
		raw, err := w.StatusListCredential(ctx, l.Name)
		if err != nil {
			w.t.Fatalf("list %s: %v", l.Name, err)
		}
		read, err := strictjson.ReadObject(raw, strictjson.Limits{})
		if err != nil {
			w.t.Fatal(err)
		}
		credential, problems := vc.Read(read)
		if len(problems) > 0 {
			w.t.Fatal(problems)
		}
		list, err := status.ReadList(credential)
		if err != nil {
			w.t.Fatal(err)
		}
		var set []int
		for i := range list.Bits.Len() {
			if on, err := list.Bits.Get(i); err != nil {
				w.t.Fatal(err)
			} else if on {
				set = append(set, i)
			}
		}
		if expected := slices.Sorted(slices.Values(want[l.Purpose])); l.Number == 1 && !slices.Equal(set, expected) {
			w.t.Errorf("list %s has the bits %v, the awards say %v", l.Name, set, expected)
		}
	}
}
