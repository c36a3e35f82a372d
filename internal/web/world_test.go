package web

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"laurel/internal/store"
	"laurel/issuer"
	"laurel/keys"
	"laurel/registry"
	"laurel/verifier"
)

const testBase = "https://badges.college.example"

// site is a server of a sample college on a real store, with the clock in the test's
// hand.
type site struct {
	t      testing.TB
	now    time.Time
	ring   *keys.Ring
	issuer *issuer.Issuer
	server *Server
	log    *bytes.Buffer
}

const sampleCatalogue = `[
 {"id":"food-hygiene","name":"Food Hygiene, Level 2","description":"Keeps food safe from delivery to plate, and knows why each rule exists.",
  "achievementType":"Certificate","inLanguage":"en",
  "criteria":{"narrative":"The learner\n\n- passed a **written test** with 75 % or more,\n- cooked and stored a three-course meal under observation,\n- explained the [seven principles](https://college.example/haccp) of hazard control.\n"},
  "validMonths":36,"suspendable":true,
  "resultDescription":[{"id":"score","name":"Score","resultType":"Percent","valueMin":"0","valueMax":"100"},
   {"id":"level","name":"Grade","resultType":"RubricCriterionLevel","rubricCriterionLevel":[{"id":"pass","name":"Pass"},{"id":"merit","name":"Merit"}]}]},
 {"id":"first-aid","name":"First Aid at Work","description":"Acts calmly and rightly in the first minutes of an accident.","criteria":{"narrative":"Three days of practice and an observed rescue."}}
]`

// parsedSamples is the sample catalogue, whose emblems are drawn once.
var parsedSamples = sync.OnceValues(func() ([]issuer.Achievement, error) {
	return issuer.ParseCatalogue([]byte(sampleCatalogue), os.ReadFile)
})

// newSite starts a college at a base URL; trusting says whether its verifier's registry
// lists it.
func newSite(t testing.TB, base string, trusting bool, edit ...func(*issuer.Profile)) *site {
	t.Helper()
	s := &site{t: t, now: time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC), log: &bytes.Buffer{}}
	clock := func() time.Time { return s.now }
	dir := t.TempDir()
	ring := must(keys.Create(filepath.Join(dir, "keys.age"), keys.Passphrase([]byte("correct horse battery staple")), keys.WorkFactor(1)))(t)
	must(ring.Generate(keys.Ed25519, s.now))(t)
	s.ring = ring
	bolt := must(store.OpenBolt(filepath.Join(dir, "laurel.db")))(t)
	t.Cleanup(func() { bolt.Close() })
	s.issuer = must(issuer.New(issuer.Config{Store: bolt, Keys: ring, BaseURL: base, Now: clock, Random: rand.Reader}))(t)
	profile := issuer.Profile{
		Slug: "college", Name: "Sample College", URL: "https://college.example",
		Description: "A college of applied trades.",
	}
	for _, f := range edit {
		f(&profile)
	}
	profile = must(s.issuer.Setup(t.Context(), profile))(t)
	if err := s.issuer.Import(t.Context(), must(parsedSamples())(t)); err != nil {
		t.Fatal(err)
	}
	config := verifier.Config{Offline: true, Own: Own(s.issuer), Now: clock, AllowPrivateNetwork: strings.HasPrefix(base, "http:")}
	if trusting {
		config.Registries = registry.Pinned(profile.ID).Alone
	} else {
		config.Registries = registry.Pinned().Alone
	}
	s.server = must(New(Config{
		Issuer: s.issuer, Verifier: verifier.New(config), Now: clock,
		Log: slog.New(slog.NewJSONHandler(s.log, nil)),
	}))(t)
	return s
}

// importCatalogue adds achievements; a picture of any name is a sample's.
func (s *site) importCatalogue(raw string) {
	s.t.Helper()
	samples := must(parsedSamples())(s.t)
	achievements, err := issuer.ParseCatalogue([]byte(raw), func(string) ([]byte, error) { return samples[0].Image, nil })
	if err == nil {
		err = s.issuer.Import(context.Background(), achievements)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// award issues one badge.
func (s *site) award(edit ...func(*issuer.Result)) issuer.Award {
	s.t.Helper()
	r := issuer.Result{
		Key: rand.Text(), Achievement: "food-hygiene", Email: "ada@students.college.example", Name: "Ada Sample",
		AwardedAt: time.Date(2026, 5, 30, 0, 0, 0, 0, time.UTC), Values: map[string]string{"score": "92", "level": "merit"},
	}
	for _, f := range edit {
		f(&r)
	}
	outcomes, err := s.issuer.Award(context.Background(), r)
	if err != nil {
		s.t.Fatal(err)
	}
	if outcomes[0].Err != nil {
		s.t.Fatal(outcomes[0].Err)
	}
	return outcomes[0].Award
}

// retireKey puts a new key in place of the one that signs, and withdraws the old one.
func (s *site) retireKey() {
	s.t.Helper()
	old := must(s.ring.Active(keys.Ed25519))(s.t)
	must(s.ring.Rotate(old.ID, s.now))(s.t)
	if err := s.issuer.RetireKey(context.Background(), old.ID); err != nil {
		s.t.Fatal(err)
	}
}

// answer is what came back from a request.
type answer struct {
	*http.Response
	body string
}

func (s *site) do(r *http.Request) answer {
	s.t.Helper()
	w := httptest.NewRecorder()
	s.server.Handler().ServeHTTP(w, r)
	resp := w.Result()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{resp, string(body)}
}

// get asks like a browser; headers are pairs of a name and a value.
func (s *site) get(path string, headers ...string) answer {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return s.do(r)
}

// post sends a form of pairs like a page of the site.
func (s *site) post(path, form string, headers ...string) answer {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form))
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return s.do(r)
}

func must[V any](v V, err error) func(testing.TB) V {
	return func(t testing.TB) V {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
