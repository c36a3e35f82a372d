package web

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"testing"

	"laurel/internal/needs"
	"laurel/issuer"
)

// pageToSee is one page for the browser.
type pageToSee struct {
	Name   string `json:"name"`
	URL    string `json:"url"`
	Status int    `json:"status"`
}

// TestPagesInBrowser opens every page in Chromium with axe-core: light and dark, phone and
// desk, in every language. LAUREL_PAGE_SHOTS names a folder for pictures of them.
func TestPagesInBrowser(t *testing.T) {
	node, dir := needs.NodeProject(t, "test/pages")
	chromium := needs.Program(t, "chromium", "chromium")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	base := "http://localhost:" + port
	s := newSite(t, base, false)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.server.Serve(ctx, l) }()

	task, err := json.Marshal(map[string]any{
		"chromium": chromium, "urls": everyPage(s, base), "shots": os.Getenv("LAUREL_PAGE_SHOTS"),
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
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// everyPage lists each kind of page in each language.
func everyPage(s *site, base string) (all []pageToSee) {
	good := s.award(func(r *issuer.Result) { r.ShowName = true })
	revoked := s.award()
	if _, err := s.issuer.Revoke(s.t.Context(), revoked.ID, "mistake"); err != nil {
		s.t.Fatal(err)
	}
	pages := []struct{ name, path string }{
		{"verify", "/verify?"},
		{"care", "/verify?url=" + url.QueryEscape(s.issuer.ShareURL(good)) + "&"},
		{"dont", "/verify?url=" + url.QueryEscape(s.issuer.ShareURL(revoked)) + "&"},
		{"undecided", "/verify?url=https%3A%2F%2Fnowhere.example%2Fbadge&"},
		{"badge", "/badges/" + good.ShareToken + "?"},
		{"revoked", "/badges/" + revoked.ShareToken + "?"},
		{"my", "/my/" + good.OwnerToken + "?changed=1&"},
		{"achievements", "/achievements?"},
		{"achievement", "/achievements/food-hygiene?"},
		{"issuer", "/issuers/college?"},
		{"missing", "/badges/unknown?"},
	}
	for _, t := range tongues {
		for _, p := range pages {
			status := http.StatusOK
			if p.name == "missing" {
				status = http.StatusNotFound
			}
			all = append(all, pageToSee{t.Code + " " + p.name, base + p.path + "lang=" + t.Code, status})
		}
	}
	return all
}
