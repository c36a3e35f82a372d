package web

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/net/html"

	"laurel/issuer"
)

func TestHeadersOnEverything(t *testing.T) {
	s := newSite(t, testBase, true)
	a := s.award()
	for _, path := range []string{"/", "/verify", "/verify?url=https://nowhere.example", scriptPath, "/badges/" + a.ShareToken, "/my/" + a.OwnerToken,
		"/achievements", "/achievements/first-aid", "/achievements/first-aid.png", "/issuers/college", stylePath, iconPath,
		"/healthz", "/readyz", "/nothing", "/badges/unknown", "/badges/" + a.ShareToken + ".json", "/.well-known/did.json"} {
		h := s.get(path).Header
		policy, permissions := policy, permissions
		if path == "/" || path == "/verify" {
			policy, permissions = formPolicy, formPermissions
		}
		for name, want := range map[string]string{
			"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
			"Permissions-Policy": permissions, "Cross-Origin-Opener-Policy": "same-origin", "X-Frame-Options": "DENY",
			"Strict-Transport-Security": "max-age=31536000",
		} {
			if h.Get(name) != want {
				t.Errorf("%s: %s: %q", path, name, h.Get(name))
			}
		}
		if h.Get("Cross-Origin-Resource-Policy") == "" || h.Get("Cache-Control") == "" || h.Get("Content-Type") == "" || h.Get("Set-Cookie") != "" {
			t.Errorf("%s: %v", path, h)
		}
	}
	if strings.Contains(policy, "unsafe") || strings.Contains(policy, "script-src") || !strings.Contains(policy, "default-src 'none'") {
		t.Error("the policy is too weak")
	}
	if strings.ReplaceAll(formPolicy, "script-src 'self'", "") != policy+"; " || strings.ReplaceAll(formPermissions, "camera=(self)", "camera=()") != permissions {
		t.Error("the form is allowed more than its own script and the camera")
	}
	local := newSite(t, "http://localhost:8080", true)
	if h := local.get("/").Header; h.Get("Strict-Transport-Security") != "" {
		t.Error("HSTS on a site without TLS")
	}
}

func TestPagesLoadNothingFromElsewhere(t *testing.T) {
	s := newSite(t, testBase, true)
	a := s.award()
	for _, path := range []string{"/", "/badges/" + a.ShareToken, "/my/" + a.OwnerToken, "/achievements", "/nothing"} {
		body := s.get(path).body
		if path == "/" {
			body = strings.Replace(body, `<script src="`+scriptPath+`" defer></script>`, "", 1)
		}
		for _, never := range []string{"<script", "style=", " onclick", "<iframe", `src="http`, "@import", "javascript:"} {
			if strings.Contains(body, never) {
				t.Errorf("%s has %q", path, never)
			}
		}
	}
	for _, never := range []string{"fetch(", "XMLHttpRequest", "innerHTML", "eval(", "import(", "http:", "https:", "WebSocket", "sendBeacon", "localStorage"} {
		if strings.Contains(string(script), never) {
			t.Errorf("the script has %q", never)
		}
	}
	if css := string(style); strings.Contains(css, "url(") || strings.Contains(css, "@import") {
		t.Error("the style sheet loads something")
	}
}

func TestLogHasNothingPersonal(t *testing.T) {
	s := newSite(t, testBase, true)
	a := s.award()
	s.get("/badges/"+a.ShareToken+"?lang=en", "User-Agent", "Personal Agent")
	s.get("/my/" + a.OwnerToken)
	s.get("/badges/guessed-token")
	s.get("/some/unknown/ada@students.college.example")
	s.get("/verify?url=" + url.QueryEscape(s.issuer.ShareURL(a)))
	s.post("/verify", "badge=x&recipient=ada@students.college.example")
	s.do(httptest.NewRequest("ADA", "/", nil))
	log := s.log.String()
	for _, secret := range []string{a.ShareToken, a.OwnerToken, "guessed-token", "ada@", "192.0.2.1", "Ada", "ADA", "Personal Agent", "lang="} {
		if strings.Contains(log, secret) {
			t.Errorf("the log has %q", secret)
		}
	}
	lines := strings.Split(strings.TrimSpace(log), "\n")
	if len(lines) != 7 {
		t.Fatalf("%d lines:\n%s", len(lines), log)
	}
	var line struct {
		Msg, Method, Route string
		Status             int
		Bytes              int64
		DurationMs         float64
	}
	if err := json.Unmarshal([]byte(lines[0]), &line); err != nil {
		t.Fatal(err)
	}
	if line.Msg != "request" || line.Method != "GET" || line.Route != "/badges/:token" || line.Status != 200 || line.Bytes == 0 || line.DurationMs <= 0 {
		t.Errorf("%s", lines[0])
	}
}

// hostile is what others may call themselves and their badges.
var hostile = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `'+alert(1)+'`, "safe\u202egpj.exe", "\u2066isolated", "{{.Secret}}",
	`</title><h1>owned`, strings.Repeat("W", 190), "😀 & <b>", `" autofocus onfocus="alert(1)`, `javascript:alert(1)`,
}

func TestHostileNamesOnEveryPage(t *testing.T) {
	for n, name := range hostile {
		s := newSite(t, testBase, true, func(p *issuer.Profile) { p.Name, p.Description = name, name })
		quoted, err := json.Marshal(name)
		if err != nil {
			t.Fatal(err)
		}
		key := "hostile-" + strconv.Itoa(n)
		s.importCatalogue(`[{"id":"` + key + `","name":` + string(quoted) + `,"description":` + string(quoted) + `,"image":"x","criteria":{"narrative":` + string(quoted) + `}}]`)
		a := s.award(func(r *issuer.Result) { r.Achievement, r.Name, r.ShowName, r.Values = key, name, true, nil })
		share := url.QueryEscape(s.issuer.ShareURL(a))
		document := url.Values{"badge": {string(a.Credential)}, "recipient": {name}}.Encode()
		for what, got := range map[string]answer{
			"share": s.get("/badges/" + a.ShareToken), "my": s.get("/my/" + a.OwnerToken), "catalogue": s.get("/achievements"),
			"achievement": s.get("/achievements/" + key), "issuer": s.get("/issuers/college"),
			"report": s.get("/verify?url=" + share), "pasted": s.post("/verify", document), "text": s.post("/verify", url.Values{"badge": {name}}.Encode()),
			"language": s.get("/?lang=" + url.QueryEscape(name)), "path": s.get("/" + url.PathEscape(name)),
		} {
			if complaint := harm(got.body); complaint != "" {
				t.Errorf("%q on page %s: %s", name, what, complaint)
			}
			if got.StatusCode >= 500 {
				t.Errorf("%q on page %s: status %d", name, what, got.StatusCode)
			}
		}
		s.get("/badges/"+a.ShareToken+"/card.png").wants(t, 200)
	}
}

// harm says what a page has that no page of this site has, as a browser reads it.
func harm(page string) string {
	if strings.ContainsFunc(page, func(r rune) bool { return r != '\n' && r != '\t' && hidden(r) }) {
		return "a character that changes what is around it"
	}
	reader := html.NewTokenizer(strings.NewReader(page))
	headings := 0
	for kind := reader.Next(); kind != html.ErrorToken; kind = reader.Next() {
		if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
			continue
		}
		token := reader.Token()
		if token.String() == `<script src="`+scriptPath+`" defer="">` {
			continue // the one that there is
		}
		switch token.Data {
		case "script", "iframe", "object", "embed", "base", "style", "b":
			return token.String()
		case "h1":
			headings++
		}
		for _, a := range token.Attr {
			colon := strings.IndexByte(a.Val, ':')
			isLink := a.Key == "href" || a.Key == "src" || a.Key == "action"
			if strings.HasPrefix(a.Key, "on") || a.Key == "autofocus" || a.Key == "style" ||
				isLink && colon >= 0 && !strings.HasPrefix(a.Val, "https://") && !strings.HasPrefix(a.Val, "/") &&
					!strings.HasPrefix(a.Val, "data:application/vc;base64,") { // the signed report
				return token.String()
			}
		}
	}
	if headings != 1 {
		return strconv.Itoa(headings) + " first headings"
	}
	return ""
}

func TestLimits(t *testing.T) {
	s := newSite(t, testBase, true)
	a := s.award()
	for range guessBurst {
		s.get("/badges/guess").wants(t, 404)
	}
	refused := s.get("/my/guess")
	refused.wants(t, 429, "Too many requests")
	if wait, err := strconv.Atoi(refused.Header.Get("Retry-After")); err != nil || wait < 1 || wait > 10 {
		t.Errorf("Retry-After: %q", refused.Header.Get("Retry-After"))
	}
	from := func(path, address string) answer {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.RemoteAddr = address
		return s.do(r)
	}
	from("/badges/guess", "[2001:db8::1]:1000").wants(t, 404)
	from("/badges/"+a.ShareToken, "198.51.100.7:1000").wants(t, 200)
	s.now = s.now.Add(guessEvery)
	s.get("/badges/"+a.ShareToken).wants(t, 200)
	for range verifyBurst {
		s.post("/verify", "badge=x").wants(t, 200)
	}
	s.post("/verify", "badge=x").wants(t, 429)
	s.get("/verify?url=https://nowhere.example").wants(t, 429)
	s.get("/verify").wants(t, 200)
	s.now = s.now.Add(verifyEvery)
	s.post("/verify", "badge=x").wants(t, 200)
}

// TestPlacesAreShared: who holds half of the places waits, and the others do not.
func TestPlacesAreShared(t *testing.T) {
	p := newPlaces(4, time.Nanosecond)
	enter := func(client string, want int) (leave func()) {
		t.Helper()
		leave, err := p.enter(t.Context(), client)
		if (err == nil) != (want == 200) || err != nil && statusOf(err) != want {
			t.Errorf("%s: %v", client, err)
		}
		return leave
	}
	enter("a", 200)
	leave := enter("a", 200)
	enter("a", 429)
	enter("b", 200)
	enter("c", 200)
	enter("c", 503)
	enter("d", 503)
	leave()
	enter("c", 200)
	enter("a", 503)
}

// TestVerificationsUnderWay: while all places are taken nobody's verification begins, and
// every other page answers.
func TestVerificationsUnderWay(t *testing.T) {
	w := openCollege(t)
	w.server.underWay = newPlaces(1, time.Nanosecond)
	free := must(w.server.underWay.enter(t.Context(), "another"))(t)
	asked := func() map[string]answer {
		program := w.ask("POST", apiRoot+"/verify", []byte(`{"credential":"x"}`), "Content-Type", typeJSON, "Authorization", "Bearer "+w.token)
		return map[string]answer{
			"link": w.get("/verify?url=https://nowhere.example"), "text": w.post("/verify", "badge=x"),
			"program": {program.Response, string(program.body)},
		}
	}
	for name, got := range asked() {
		got.wants(t, 503)
		if wait, err := strconv.Atoi(got.Header.Get("Retry-After")); err != nil || wait < 1 {
			t.Errorf("%s: Retry-After: %q", name, got.Header.Get("Retry-After"))
		}
	}
	w.get("/verify").wants(t, 200)
	w.get("/badges/"+w.award().ShareToken).wants(t, 200)
	free()
	for range 3 {
		for _, got := range asked() {
			got.wants(t, 200)
		}
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	full := newPlaces(1, time.Hour)
	must(full.enter(t.Context(), "one"))(t)
	if _, err := full.enter(gone, "two"); err == nil {
		t.Error("one who left is let in")
	}
}

func TestClient(t *testing.T) {
	for _, c := range []struct{ peer, forwarded, want string }{
		{"198.51.100.7:1", "", "198.51.100.7"},
		{"198.51.100.7:1", "203.0.113.1", "198.51.100.7"},
		{"127.0.0.1:1", "203.0.113.1", "203.0.113.1"},
		{"127.0.0.1:1", "10.9.9.9, 203.0.113.1", "203.0.113.1"},
		{"[::1]:1", "2001:db8:1:2:3::4", "2001:db8:1:2::/64"},
		{"127.0.0.1:1", "nonsense", "127.0.0.1"},
		{"[2001:db8:1:2:3::4%eth0]:1", "", "2001:db8:1:2::/64"},
		{"[::ffff:198.51.100.7]:1", "", "198.51.100.7"},
		{"@", "", "unknown"},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.RemoteAddr = c.peer
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := client(echo.New().NewContext(r, nil)); got != c.want {
			t.Errorf("%s for %s is %s", c.peer, c.forwarded, got)
		}
	}
}

func TestLimiterIsBounded(t *testing.T) {
	l := newLimiter(time.Second, 1)
	l.clients.size = 10
	for n := range 1000 {
		if err := l.take(strconv.Itoa(n), time.Unix(0, 0)); err != nil {
			t.Fatal(err)
		}
		if n > 0 && l.check(strconv.Itoa(n-1), time.Unix(0, 0)) == nil {
			t.Fatal("a client was forgotten at once")
		}
	}
	if kept := len(l.clients.young) + len(l.clients.old); kept > 20 {
		t.Errorf("%d clients are kept", kept)
	}
}

func TestMethodsAndForms(t *testing.T) {
	s := newSite(t, testBase, true)
	r := httptest.NewRequest(http.MethodPut, "/verify", nil)
	r.Header.Set("Accept", "text/html")
	got := s.do(r)
	got.wants(t, 405, "does not work that way")
	if allow := got.Header.Get("Allow"); !strings.Contains(allow, "GET") || !strings.Contains(allow, "POST") {
		t.Errorf("Allow: %q", allow)
	}
	for path, accept := range map[string]string{"/badges/unknown": "application/vc", "/nothing": typeJSON, "/status/none": "*/*", "/api/v1/none": ""} {
		problem := s.get(path, "Accept", accept)
		var p struct {
			Title  string
			Status int
		}
		if err := json.Unmarshal([]byte(problem.body), &p); err != nil || problem.Header.Get("Content-Type") != typeProblem || p.Status != problem.StatusCode || p.Title == "" {
			t.Errorf("%s: %d %s %s", path, problem.StatusCode, problem.Header.Get("Content-Type"), problem.body)
		}
	}
	r = httptest.NewRequest(http.MethodPost, "/my/x", strings.NewReader(strings.Repeat("x", maxBody+1)))
	r.Header.Set("Accept", typeHTML)
	s.do(r).wants(t, 413)
	s.get("/healthz").wants(t, 200, "ok")
	s.get("/readyz").wants(t, 200, "ok")
}

func TestPanicsAndSurprisesStayInside(t *testing.T) {
	s := newSite(t, testBase, true)
	s.server.get("/test/panic", func(echo.Context) error { panic("secret panic") })
	s.server.get("/test/error", func(echo.Context) error { return errors.New("secret error") })
	s.server.get("/test/odd", func(echo.Context) error { return echo.NewHTTPError(418, "secret tea") })
	for path, status := range map[string]int{"/test/panic": 500, "/test/error": 500, "/test/odd": 418} {
		for _, accept := range []string{typeHTML, typeJSON} {
			got := s.get(path, "Accept", accept)
			got.wants(t, status)
			got.lacks(t, "secret", "goroutine")
		}
	}
	if log := s.log.String(); !strings.Contains(log, "secret panic") || !strings.Contains(log, "secret error") {
		t.Error("the log does not say what happened")
	}
}

func TestServe(t *testing.T) {
	s := newSite(t, testBase, true)
	l := must(net.Listen("tcp", "127.0.0.1:0"))(t)
	entered, release := make(chan struct{}), make(chan struct{})
	s.server.get("/test/slow", func(c echo.Context) error {
		close(entered)
		<-release
		return c.String(http.StatusOK, "done")
	})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.server.Serve(ctx, l) }()

	big := must(net.Dial("tcp", l.Addr().String()))(t)
	defer big.Close()
	go io.WriteString(big, "GET / HTTP/1.1\r\nHost: x\r\nA: "+strings.Repeat("x", 2*maxHeaderBytes)+"\r\n\r\n")
	resp := must(http.ReadResponse(bufio.NewReader(big), nil))(t)
	resp.Body.Close()
	if resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("large headers: %d", resp.StatusCode)
	}
	answered := make(chan error, 1)
	go func() {
		resp, err := http.Get("http://" + l.Addr().String() + "/test/slow")
		if err == nil {
			defer resp.Body.Close()
			var body []byte
			if body, err = io.ReadAll(resp.Body); string(body) != "done" {
				err = errors.Join(err, errors.New("cut off"))
			}
		}
		answered <- err
	}()
	<-entered
	stop()
	close(release)
	if err := <-answered; err != nil {
		t.Errorf("a running request at the end: %v", err)
	}
	if err := <-ended; err != nil {
		t.Errorf("an orderly end: %v", err)
	}
	if err := s.server.Serve(context.Background(), l); err == nil {
		t.Error("a closed listener was served")
	}
}

func TestRoutesAreKnownToTheLog(t *testing.T) {
	s := newSite(t, testBase, true)
	for _, route := range []string{"/", "/verify", "/badges/:token", "/my/:token"} {
		if !s.server.routes[route] {
			t.Errorf("%s is not known", route)
		}
	}
	if slices.ContainsFunc(s.server.echo.Routes(), func(r *echo.Route) bool { return strings.Contains(r.Path, "*") }) {
		t.Error("a route takes everything")
	}
}
