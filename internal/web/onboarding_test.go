package web

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"laurel/internal/did"
	"laurel/internal/linkage"
	"laurel/internal/onboarding"
	"laurel/keys"
)

// openDesk lets a site take applications. The applicant's document and record are those of a key.
func openDesk(t *testing.T, s *site, key ed25519.PrivateKey) {
	t.Helper()
	clock := s.server.now
	desk := must(onboarding.OpenDesk(t.TempDir(), "registry.example/obtr", clock))(t)
	name := must(keys.Thumbprint(key.Public()))(t)
	get := func(_ context.Context, url, _ string, _ int64) ([]byte, string, error) {
		if url != "https://badges.college.example/.well-known/did.json" {
			return nil, "", errors.New("nothing there")
		}
		raw, err := did.NewDocument("did:web:badges.college.example", []did.PublishedKey{{Fragment: name, Public: key.Public()}})
		return raw, url, err
	}
	txt := func(context.Context, string) ([]string, error) {
		_, text := linkage.Record("college.example", "did:web:badges.college.example", name)
		return []string{text}, nil
	}
	s.server.onboarding = &Onboarding{Desk: desk, Look: func(context.Context) *linkage.Looker {
		return &linkage.Looker{Get: get, Resolver: did.NewResolver(get, false, nil), TXT: txt, Now: clock}
	}}
	s.server.registerOnboarding()
}

func (s *site) postJSON(path, body string) answer {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Content-Type", "application/json")
	return s.do(r)
}

// TestApplications goes from a request to the answered challenge, as programs do.
func TestApplications(t *testing.T) {
	s := newSite(t, "https://registry.example", true)
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	openDesk(t, s, key)
	const good = `{"did":"did:web:badges.college.example","domain":"college.example","name":"Sample College","country":"ES"}`
	a := s.postJSON("/registry/applications", good)
	var said struct {
		ID        string
		Challenge linkage.Challenge
		Record    struct{ Name, Text string }
		Findings  []onboarding.Finding
	}
	if err := json.Unmarshal([]byte(a.body), &said); err != nil || a.StatusCode != http.StatusCreated || said.Record.Name != "_obtr.college.example" {
		t.Fatal(a.StatusCode, a.body, err)
	}
	answer := must(said.Challenge.Answer(key))(t)
	a = s.postJSON("/registry/applications/"+said.ID+"/answer", string(answer))
	if err := json.Unmarshal([]byte(a.body), &said); err != nil || a.StatusCode != http.StatusOK {
		t.Fatal(a.StatusCode, a.body, err)
	}
	shown := map[string]onboarding.Result{}
	for _, f := range said.Findings {
		shown[f.Check] = f.Result
	}
	if shown["challenge"] != onboarding.Shown || shown["dns"] != onboarding.Shown {
		t.Errorf("%+v", said.Findings)
	}
	if a := s.get("/registry/applications/"+said.ID, "Accept", "application/json"); a.StatusCode != http.StatusOK || a.Header.Get("Cache-Control") != "no-store" {
		t.Error(a.StatusCode, a.Header)
	}
	for what, status := range map[string]int{
		"not JSON": 400, `{"did":1}`: 400, `{"x":"y"}`: 400, `{}`: 400, strings.Replace(good, "college.example\",\"name", "college.github.io\",\"name", 1): 400,
		`{"did":"` + strings.Repeat("x", maxApplication) + `"}`: 413, strings.Replace(good, `"name"`, `"entry":"deqarinst1","name"`, 1): 400,
	} {
		if a := s.postJSON("/registry/applications", what); a.StatusCode != status || !strings.Contains(a.Header.Get("Content-Type"), "json") {
			t.Errorf("%.60s: %d, %s", what, a.StatusCode, a.body)
		}
	}
	if a := s.get("/registry/applications/none", "Accept", "application/json"); a.StatusCode != http.StatusNotFound {
		t.Error(a.StatusCode)
	}
	if a := s.postJSON("/registry/applications/none/answer", "{}"); a.StatusCode != http.StatusNotFound {
		t.Error(a.StatusCode)
	}
	if a := s.postJSON("/registry/applications/"+said.ID+"/answer", strings.Repeat("x", maxAnswerBody+1)); a.StatusCode != http.StatusRequestEntityTooLarge {
		t.Error(a.StatusCode)
	}
	if strings.Contains(s.log.String(), said.ID) {
		t.Error("the log has the application's id, which is a secret")
	}
}
