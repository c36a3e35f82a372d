package web

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"laurel/internal/needs"
	"laurel/issuer"
)

// pageToSee is one page for the browser.
type pageToSee struct {
	Name   string `json:"name"`
	URL    string `json:"url"`
	Status int    `json:"status"`
	Looks  int    `json:"looks"` // on how many kinds of screens
}

// On how many kinds of screens a page is looked at: one that differs from another in little but
// its words need not be on all, and in a further language once is enough.
const (
	onAll  = 5
	onFew  = 2
	onOnce = 1
)

// TestPagesInBrowser opens every page in Chromium with axe-core: light and dark, phone and
// desk, in every language. LAUREL_PAGE_SHOTS names a folder for pictures of them, and
// LAUREL_PAGE_NAMES is a regular expression of the only pages to see, while one works on them.
func TestPagesInBrowser(t *testing.T) {
	node, dir := needs.NodeProject(t, "test/pages")
	chromium := needs.Program(t, "chromium", "chromium")
	trusted, untrusted := serveSite(t, true), serveSite(t, false)
	urls := everyPage(trusted)
	for _, p := range everyPage(untrusted) {
		if strings.HasSuffix(p.Name, " rely") {
			p.Name = strings.TrimSuffix(p.Name, "rely") + "care"
			urls = append(urls, p)
		}
	}
	urls = append(everyStory(t, trusted), urls...)
	if only := os.Getenv("LAUREL_PAGE_NAMES"); only != "" {
		wanted := regexp.MustCompile(only)
		urls = slices.DeleteFunc(urls, func(p pageToSee) bool { return !wanted.MatchString(p.Name) })
	}
	task, err := json.Marshal(map[string]any{
		"chromium": chromium, "urls": urls, "form": formToUse(trusted), "shots": os.Getenv("LAUREL_PAGE_SHOTS"),
	})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), node, "axe.mjs")
	cmd.Dir, cmd.Stdin, cmd.Stderr = dir, bytes.NewReader(task), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var complaints []string
	if err := json.Unmarshal(out, &complaints); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, c := range complaints {
		t.Error(c)
	}
}

// storiesToSee are the fixed reports that no badge of the sample college leads to.
var storiesToSee = []string{
	"presentation", "presentation-mixed", "learner-record", "endorsed", "open-badges-2", "bundle", "generic", "sd-jwt", "picture-differs",
	"valid-unchecked", "tampered", "trust-trusted", "trust-trusted_with_conditions", "trust-blacklisted", "trust-not_listed", "trust-unasked",
}

// everyStory serves fixed reports, and the table of a batch, as whole pages.
func everyStory(t *testing.T, s *site) (all []pageToSee) {
	bodies := stories()
	mux := http.NewServeMux()
	mux.Handle("/", s.server.Handler())
	mux.HandleFunc("/story/{name}", func(w http.ResponseWriter, r *http.Request) {
		tongue, explicit := choose(r.URL.Query().Get("lang"), "")
		p := &page{tongue: tongue, Title: "verify.result.title", Path: r.URL.Path, Explicit: explicit}
		name, template := r.PathValue("name"), "report"
		if name == "batch" || name == "batch-late" {
			template, p.Body = "batch", sampleBatch(tongue, name == "batch-late")
		} else {
			p.Body = tongue.viewReport(bodies[name].report, bodies[name].from, s.issuer.Base())
		}
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if err := s.server.pages[template].ExecuteTemplate(w, "layout.html", p); err != nil {
			t.Error(err)
		}
	})
	web := httptest.NewServer(mux)
	t.Cleanup(web.Close)
	for _, tongue := range tongues {
		for _, name := range append([]string{"batch", "batch-late"}, storiesToSee...) {
			looks := onFew
			if tongue != tongues[0] {
				looks = onOnce
			}
			all = append(all, pageToSee{tongue.Code + " story-" + name, web.URL + "/story/" + name + "?lang=" + tongue.Code, http.StatusOK, looks})
		}
	}
	return all
}

// formToUse is what the browser gives to the verifier's form.
func formToUse(s *site) map[string]any {
	s.server.verifying = newLimiter(time.Nanosecond, 1000) // for one visitor, whose clock stands still
	good, other := s.award(), s.award()
	token, err := s.issuer.Token(context.Background(), good)
	if err != nil {
		panic(err)
	}
	type text struct {
		Text string `json:"text"`
		Says string `json:"says"`
	}
	type file struct {
		Name   string `json:"name"`
		Base64 []byte `json:"base64"`
		Says   string `json:"says"`
	}
	return map[string]any{
		"url":   s.issuer.Base() + "/verify?lang=en",
		"texts": []text{{s.issuer.ShareURL(good), "You can rely on this badge"}, {string(token), "You can rely on this badge"}, {"hello", "Do not rely on this badge"}},
		"files": []file{
			{"many.zip", zipped(s.t, namedFile{"ada.json", good.Credential}, namedFile{"lin.json", other.Credential}), "2 verified"},
			{"badge.json", good.Credential, "You can rely on this badge"},
		},
	}
}

// serveSite starts a site on loopback, and demands at the end that it stops in order.
func serveSite(t *testing.T, trusting bool) *site {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	s := newSite(t, "http://localhost:"+port, trusting).openRegistry(shows(publishedBy(t, sampleMeta, mirrored(), decided()), decided()))
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.server.Serve(ctx, l) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return s
}

// everyPage lists each kind of page in each language.
func everyPage(s *site) (all []pageToSee) {
	withdrawn := s.award()
	s.retireKey()
	good := s.award(func(r *issuer.Result) { r.ShowName = true })
	revoked := s.award()
	if _, err := s.issuer.Revoke(s.t.Context(), revoked.ID, "mistake"); err != nil {
		s.t.Fatal(err)
	}
	pages := []struct{ name, path string }{
		{"verify", "/verify?"},
		{"rely", "/verify?url=" + url.QueryEscape(s.issuer.ShareURL(good)) + "&"},
		{"dont", "/verify?url=" + url.QueryEscape(s.issuer.ShareURL(revoked)) + "&"},
		{"undecided", "/verify?url=https%3A%2F%2Fnowhere.example%2Fbadge&"},
		{"badge", "/badges/" + good.ShareToken + "?"},
		{"revoked", "/badges/" + revoked.ShareToken + "?"},
		{"withdrawn", "/badges/" + withdrawn.ShareToken + "?"},
		{"my", "/my/" + good.OwnerToken + "?changed=1&"},
		{"achievements", "/achievements?"},
		{"achievement", "/achievements/food-hygiene?"},
		{"issuer", "/issuers/college?"},
		{"missing", "/badges/unknown?"},
	}
	for _, name := range []string{"search", "changes", "entry", "blacklisted", "missing"} {
		pages = append(pages, struct{ name, path string }{"registry-" + name, registryPages[name]})
	}
	for _, t := range tongues {
		for _, p := range pages {
			status, looks := http.StatusOK, onAll
			if strings.HasSuffix(p.name, "missing") {
				status = http.StatusNotFound
			}
			if t != tongues[0] {
				looks = onOnce
			}
			all = append(all, pageToSee{t.Code + " " + p.name, s.issuer.Base() + p.path + "lang=" + t.Code, status, looks})
		}
	}
	return all
}

// TestPagesOnPaper prints what people print. A badge and a verification fit on one sheet, and
// the learner's own is printed without its secret address and without the choices.
func TestPagesOnPaper(t *testing.T) {
	chromium, text := needs.Program(t, "chromium", "chromium"), needs.Program(t, "pdftotext", "poppler-utils")
	s := serveSite(t, true)
	a := s.award(func(r *issuer.Result) { r.ShowName = true })
	for _, c := range []struct {
		path, has string
		sheets    int
	}{
		{"/badges/" + a.ShareToken, "How it is earned", 1},
		{"/verify?url=" + url.QueryEscape(s.issuer.ShareURL(a)), "You can rely on this badge", 1},
		{"/my/" + a.OwnerToken, "Food Hygiene", 1},
		{"/registry/entries/sample-mill", "it sells diplomas", 2},
		{"/registry/entries/deqarinst9001", "Forklift Driving", 4},
		{"/registry", "Sample Mill University", 2},
	} {
		file := filepath.Join(t.TempDir(), "page.pdf")
		cmd := exec.CommandContext(t.Context(), chromium, "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer",
			"--user-data-dir="+t.TempDir(), "--print-to-pdf="+file, s.issuer.Base()+c.path)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		links := string(must(os.ReadFile(file))(t))
		words := string(must(exec.CommandContext(t.Context(), text, file, "-").Output())(t))
		if pages := strings.Count(words, "\f"); pages > c.sheets || !strings.Contains(words, c.has) {
			t.Errorf("%s: %d pages: %s", c.path, pages, words)
		}
		for _, not := range []string{a.OwnerToken, "Download", "LinkedIn", "Achievements"} {
			if strings.Contains(words, not) || strings.Contains(links, not) {
				t.Errorf("%s is printed with %q", c.path, not)
			}
		}
	}
}
