package web

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"laurel/issuer"
	"laurel/verifier"
)

// A college is a site behind a real server on loopback, with a verifier that has no
// network and knows the college's own addresses.
type college struct {
	*site
	verifier *verifier.Verifier
	url      string // of the server; documents speak of testBase
	token    string // of the management API
}

func openCollege(t testing.TB) *college {
	t.Helper()
	w := &college{site: newSite(t, testBase, false)}
	var err error
	w.token, _, err = w.issuer.NewAccessToken(context.Background(), "tests")
	w.must(err)
	w.verifier = verifier.New(verifier.Config{Offline: true, Now: func() time.Time { return w.now }, Own: Own(w.issuer)})
	s := httptest.NewServer(w.server.Handler())
	t.Cleanup(s.Close)
	w.url = s.URL
	return w
}

func (w *college) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// reply is what came back over the wire, read to its end.
type reply struct {
	*http.Response
	body []byte
}

// ask sends a request; headers are pairs of a name and a value.
func (w *college) ask(method, path string, body []byte, headers ...string) reply {
	w.t.Helper()
	r, err := http.NewRequest(method, w.url+path, bytes.NewReader(body))
	w.must(err)
	for n := 0; n < len(headers); n += 2 {
		r.Header.Add(headers[n], headers[n+1])
	}
	response, err := http.DefaultTransport.RoundTrip(r)
	w.must(err)
	defer response.Body.Close()
	read, err := io.ReadAll(response.Body)
	w.must(err)
	return reply{response, read}
}

func (w *college) fetch(path string, headers ...string) reply {
	w.t.Helper()
	return w.ask(http.MethodGet, path, nil, headers...)
}

func (w *college) verify(input []byte) *verifier.Report {
	return w.verifier.Verify(context.Background(), verifier.Request{Input: input})
}

func TestPublicDocuments(t *testing.T) {
	w := openCollege(t)
	w.award()
	ctx := context.Background()
	did, err := w.issuer.DIDDocument(ctx)
	w.must(err)
	jwks, err := w.issuer.JWKSet()
	w.must(err)
	list, err := w.issuer.StatusListCredential(ctx, "1-revocation")
	w.must(err)
	profile, err := w.issuer.ProfileDocument(ctx)
	w.must(err)
	class, err := w.issuer.AchievementDocument(ctx, "food-hygiene")
	w.must(err)
	entry, err := w.issuer.Achievement(ctx, "food-hygiene")
	w.must(err)
	cases := []struct {
		path, accept, mime, cache string
		body                      []byte
	}{
		{"/.well-known/did.json", "", "application/did+json", "public, max-age=300", did},
		{"/issuers/college/did.json", "", "application/did+json", "public, max-age=300", did},
		{"/issuers/college/jwks.json", "", "application/jwk-set+json", "public, max-age=300", jwks},
		{"/issuers/college", "application/ld+json", "application/ld+json", "public, max-age=300", profile},
		{"/status/1-revocation", "", "application/vc", "public, max-age=300", list},
		{"/achievements/food-hygiene", "application/json", "application/ld+json", "public, max-age=300", class},
		{"/achievements/food-hygiene.json", "text/html", "application/ld+json", "public, max-age=300", class},
		{"/achievements/food-hygiene.png", "", "image/png", "public, max-age=3600", entry.Image},
	}
	for _, c := range cases {
		t.Run(c.path, func(t *testing.T) {
			got := w.fetch(c.path, "Accept", c.accept)
			h := got.Header
			if got.StatusCode != 200 || !bytes.Equal(got.body, c.body) {
				t.Fatalf("%d, %d bytes, want %d: %.200s", got.StatusCode, len(got.body), len(c.body), got.body)
			}
			if h.Get("Content-Type") != c.mime || h.Get("Cache-Control") != c.cache {
				t.Errorf("%q, %q", h.Get("Content-Type"), h.Get("Cache-Control"))
			}
			if h.Get("Access-Control-Allow-Origin") != "*" || h.Get("X-Content-Type-Options") != "nosniff" ||
				h.Get("Cross-Origin-Resource-Policy") != "cross-origin" || h.Get("Set-Cookie") != "" {
				t.Errorf("headers: %v", h)
			}
			w.checkConditional(t, c.path, c.accept, got)
		})
	}
}

// checkConditional asks again by HEAD and by ETag.
func (w *college) checkConditional(t *testing.T, path, accept string, got reply) {
	t.Helper()
	etag := got.Header.Get("ETag")
	if len(etag) != 26 || strings.HasPrefix(etag, "W/") {
		t.Fatalf("ETag %q", etag)
	}
	head := w.ask(http.MethodHead, path, nil, "Accept", accept)
	if head.StatusCode != 200 || len(head.body) != 0 || head.ContentLength != int64(len(got.body)) || head.Header.Get("ETag") != etag {
		t.Errorf("HEAD: %d, length %d of %d", head.StatusCode, head.ContentLength, len(got.body))
	}
	same := w.fetch(path, "Accept", accept, "If-None-Match", `"other", `+etag)
	if same.StatusCode != http.StatusNotModified || len(same.body) != 0 || same.Header.Get("ETag") != etag {
		t.Errorf("with its ETag: %d", same.StatusCode)
	}
	if other := w.fetch(path, "Accept", accept, "If-None-Match", `"other"`); other.StatusCode != 200 {
		t.Errorf("with another ETag: %d", other.StatusCode)
	}
	if post := w.ask(http.MethodPost, path, nil); post.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", post.StatusCode)
	}
}

func TestBadgeForms(t *testing.T) {
	w := openCollege(t)
	award := w.award()
	token := must(w.issuer.Token(t.Context(), award))(t)
	share := "/badges/" + award.ShareToken
	cases := []struct {
		suffix, accept, mime, filename string
		stored                         []byte // nil: the credential is inside
	}{
		{".json", "text/html", "application/vc", "food-hygiene-badge.json", award.Credential},
		{".jwt", "", "text/plain; charset=utf-8", "food-hygiene-badge.jwt", token},
		{".png", "", "image/png", "food-hygiene-badge.png", nil},
		{".svg", "", "image/svg+xml", "food-hygiene-badge.svg", nil},
		{"", "application/vc", "application/vc", "", award.Credential},
		{"", "application/vc+ld+json", "application/vc+ld+json", "", award.Credential},
		{"", "application/ld+json, text/html;q=0.9", "application/ld+json", "", award.Credential},
		{"", "application/json", "application/json", "", award.Credential},
		{"", "application/vc+jwt", "application/vc+jwt", "", token},
		{"", "text/plain", "text/plain", "", token},
		{"", "image/avif,image/*;q=0.8,*/*;q=0.1", "image/png", "", nil},
		{"", "image/svg+xml", "image/svg+xml", "food-hygiene-badge.svg", nil},
	}
	for _, c := range cases {
		t.Run(c.suffix+c.accept, func(t *testing.T) {
			got := w.fetch(share+c.suffix, "Accept", c.accept)
			if c.stored != nil && !bytes.Equal(got.body, c.stored) {
				t.Fatalf("%d: not the stored bytes: %.200s", got.StatusCode, got.body)
			}
			h := got.Header
			if got.StatusCode != 200 || h.Get("Content-Type") != c.mime {
				t.Errorf("%d, %q", got.StatusCode, h.Get("Content-Type"))
			}
			if h.Get("Cache-Control") != "private, no-store" || !strings.Contains(h.Get("X-Robots-Tag"), "noindex") ||
				h.Get("Access-Control-Allow-Origin") != "" || h.Get("Cross-Origin-Resource-Policy") != "same-origin" {
				t.Errorf("a badge is personal: %v", h)
			}
			disposition := ""
			if c.filename != "" {
				disposition = `attachment; filename="` + c.filename + `"`
			}
			if h.Get("Content-Disposition") != disposition {
				t.Errorf("disposition %q", h.Get("Content-Disposition"))
			}
			if c.mime == typeSVG && h.Get("Content-Security-Policy") != "default-src 'none'; style-src 'unsafe-inline'; sandbox" {
				t.Errorf("policy %q", h.Get("Content-Security-Policy"))
			}
			if varies := strings.Contains(strings.Join(h.Values("Vary"), ","), "Accept"); varies != (c.suffix == "") {
				t.Errorf("Vary: %q", h.Values("Vary"))
			}
			if report := w.verify(got.body); report.Verdict != verifier.Valid {
				t.Errorf("%v: %+v", report.Verdict, report.Checks)
			}
			w.checkConditional(t, share+c.suffix, c.accept, got)
		})
	}
	for _, accept := range []string{"", "*/*", "text/html,application/xhtml+xml,*/*;q=0.8", "video/mp4"} {
		page := w.fetch(share, "Accept", accept)
		if page.StatusCode != 200 || !strings.HasPrefix(page.Header.Get("Content-Type"), "text/html") ||
			!strings.Contains(strings.Join(page.Header.Values("Vary"), ","), "Accept") {
			t.Errorf("Accept %q: %d, %v", accept, page.StatusCode, page.Header)
		}
	}
}

// TestShareLinkVerifies: the whole chain from the link to the lists, before and after.
func TestShareLinkVerifies(t *testing.T) {
	w := openCollege(t)
	award := w.award()
	ctx := context.Background()
	steps := []struct {
		act  func(context.Context, string, string) (issuer.Award, error)
		want verifier.Verdict
		code string
	}{
		{nil, verifier.Valid, "status-ok"},
		{w.issuer.Suspend, verifier.Invalid, "status-suspended"},
		{w.issuer.Reinstate, verifier.Valid, "status-ok"},
		{w.issuer.Revoke, verifier.Invalid, "status-revoked"},
	}
	for _, step := range steps {
		if step.act != nil {
			_, err := step.act(ctx, award.ID, "a reason")
			w.must(err)
		}
		for _, suffix := range []string{"", ".json", ".jwt", ".png", ".svg"} {
			report := w.verifier.VerifyURL(ctx, w.issuer.ShareURL(award)+suffix, verifier.Request{Recipient: "ada@students.college.example"})
			if report.Verdict != step.want || !hasCode(report, step.code) {
				t.Errorf("%s%s: %v, %+v", step.code, suffix, report.Verdict, report.Checks)
			}
			got := w.fetch("/badges/"+award.ShareToken+suffix, "Accept", "application/vc")
			if report := w.verify(got.body); report.Verdict != step.want || !hasCode(report, step.code) {
				t.Errorf("%s%s over HTTP: %v, %+v", step.code, suffix, report.Verdict, report.Checks)
			}
		}
	}
}

func hasCode(r *verifier.Report, code string) bool {
	for _, c := range r.Checks {
		if c.Code == code {
			return true
		}
	}
	return false
}

func TestDocumentsNotFound(t *testing.T) {
	w := openCollege(t)
	award := w.award()
	paths := []string{
		"/issuers/other/did.json", "/issuers/other/jwks.json", "/issuers/college/other.json", "/issuers/college/",
		"/status/1-other", "/status/9-revocation", "/status/1-revocation.json", "/status/..%2f1-revocation",
		"/achievements/none.json", "/achievements/food-hygiene.svg", "/achievements/food-hygiene.json.png", "/achievements/food-hygiene.",
		"/badges/none.json", "/badges/none.png", "/badges/" + award.ShareToken + ".exe", "/badges/" + award.ShareToken + ".",
		"/badges/" + award.OwnerToken + ".json", "/badges/" + award.ID + ".json", "/badges/" + award.ShareToken + ".json.png",
	}
	own := Own(w.issuer)
	for _, path := range paths {
		got := w.fetch(path, "Accept", "application/json")
		if got.StatusCode != 404 || got.Header.Get("Content-Type") != typeProblem || got.Header.Get("Cache-Control") != "no-store" ||
			got.Header.Get("ETag") != "" || got.Header.Get("Content-Disposition") != "" {
			t.Errorf("%s: %d %v %s", path, got.StatusCode, got.Header, got.body)
		}
		if _, ok := own(context.Background(), testBase+path); ok {
			t.Errorf("%s is our own", path)
		}
	}
	for _, url := range []string{"", testBase, "https://badges.college.example.evil.example/status/1-revocation", "http://badges.college.example/.well-known/did.json"} {
		if _, ok := own(context.Background(), url); ok {
			t.Errorf("%q is our own", url)
		}
	}
}

func TestGuessingIsBounded(t *testing.T) {
	w := openCollege(t)
	award := w.award()
	for range guessBurst {
		if got := w.get("/badges/none.json"); got.StatusCode != 404 {
			t.Fatal(got.StatusCode)
		}
	}
	got := w.get("/badges/" + award.ShareToken + ".json")
	if got.StatusCode != http.StatusTooManyRequests || got.Header.Get("Retry-After") == "" {
		t.Errorf("%d %v", got.StatusCode, got.Header)
	}
	w.now = w.now.Add(guessEvery + time.Second)
	for range 3 {
		if got := w.get("/badges/" + award.ShareToken + ".json"); got.StatusCode != 200 {
			t.Errorf("%d: badges that exist are not guesses", got.StatusCode)
		}
	}
	if strings.Contains(w.log.String(), award.ShareToken) {
		t.Error("the log holds a share token")
	}
}
