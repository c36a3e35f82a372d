package web

import (
	"context"
	"encoding/json"
	"errors"
	"image/png"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"laurel/internal/bake"
	"laurel/internal/picture"
	"laurel/issuer"
)

func (a answer) wants(t testing.TB, status int, parts ...string) {
	t.Helper()
	if a.StatusCode != status {
		t.Errorf("status %d, not %d: %.300s", a.StatusCode, status, a.body)
	}
	for _, part := range parts {
		if !strings.Contains(a.body, part) {
			t.Errorf("the page does not say %q", part)
		}
	}
}

func (a answer) lacks(t testing.TB, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if strings.Contains(a.body, part) {
			t.Errorf("the page says %q", part)
		}
	}
}

func TestVerifyByLink(t *testing.T) {
	trusted, untrusted := newSite(t, testBase, true), newSite(t, testBase, false)
	good := trusted.award()
	link := func(s *site, a issuer.Award) string { return "/verify?url=" + url.QueryEscape(s.issuer.ShareURL(a)) }
	trusted.get(link(trusted, good)).wants(t, 200, "You can rely on this badge", "chosen by the operator of this site", "Food Hygiene, Level 2", "Sample College", "<bdi>92 %</bdi>", `src="/achievements/food-hygiene.png"`)
	trusted.get(link(trusted, good)+"%3Flang%3Dzh&lang=zh").wants(t, 200, "这枚徽章可以信赖")
	untrusted.get(link(untrusted, untrusted.award())).wants(t, 200, "Take care with this badge",
		"It is genuine and unchanged, but no registry confirmed that the issuer is an accredited institution.", "This name is the badge’s own claim")
	revoked := trusted.award()
	must(trusted.issuer.Revoke(t.Context(), revoked.ID, "Cheated in the exam"))(t)
	page := trusted.get(link(trusted, revoked))
	page.wants(t, 200, "Do not rely on this badge", "The issuer has revoked the badge.")
	page.lacks(t, "Cheated")
	trusted.get("/verify?url=https://nowhere.example/b").wants(t, 200, "Take care", "It could not be decided")
	trusted.get("/verify?url="+strings.Repeat("x", maxLink+1)).wants(t, 400)
	trusted.get("/verify?url=https://nowhere.example/%E2%80%AEb").wants(t, 400)
}

func TestVerifyForm(t *testing.T) {
	s := newSite(t, testBase, true)
	a := s.award()
	form := func(badge, recipient string) string {
		return url.Values{"badge": {badge}, "recipient": {recipient}}.Encode()
	}
	s.post("/verify", form(" "+string(a.Credential)+"\n", "")).wants(t, 200, "You can rely", "The document as it was found")
	s.post("/verify", form(string(must(s.issuer.Token(t.Context(), a))(t)), "")).wants(t, 200, "You can rely")
	s.post("/verify", form(s.issuer.ShareURL(a), "ada@students.college.example")).wants(t, 200, "You can rely", "The badge was issued to the person you named.")
	s.post("/verify", form(s.issuer.ShareURL(a), "eve@students.college.example")).wants(t, 200, "Do not rely", "The badge was not issued to the person you named.")
	s.post("/verify", form(s.issuer.ShareURL(a), "Ada Sample")).wants(t, 200, "Take care", "It is genuine, but whether it is this person’s is open.", "The badge holds nothing to compare with what you gave (name)")
	answer := testBase + "/verify?lang=zh&url=" + url.QueryEscape(s.issuer.ShareURL(a))
	s.post("/verify", form(answer, "")).wants(t, 200, "You can rely", `<link rel="alternate" type="application/vc" href="`+s.issuer.ShareURL(a)+`">`)
	for range 3 { // an answer on an answer on an answer
		answer = testBase + "/verify?url=" + url.QueryEscape(answer)
	}
	s.post("/verify", form(answer, "")).wants(t, 200, "You can rely")
	if body, ok := Own(s.issuer)(t.Context(), answer); !ok || !strings.HasPrefix(string(body), testBase+"/verify?") {
		t.Errorf("what an answer is on is asked of this site: %s", body)
	}
	tampered := strings.Replace(string(a.Credential), "Food Hygiene", "Brain Surgery", 1)
	s.post("/verify", form(tampered, "")).wants(t, 200, "Do not rely")
	s.post("/verify", form("", "")).wants(t, 400, "Enter a link or text, or choose a file.")
	s.post("/verify", form("hello", "")).wants(t, 200, "Do not rely", "This is not a badge")
	s.post("/verify", form(string(a.Credential), strings.Repeat("x", maxRecipient+1))).wants(t, 400)
	s.post("/verify", "%zz").wants(t, 400)
	s.post("/verify", "x", "Content-Type", "multipart/form-data").wants(t, 400)
}

// upload sends a file like the form does.
func (s *site) upload(name string, file []byte) answer {
	s.t.Helper()
	return s.do(formUpload(s.t, "file", name, file))
}

func TestVerifyUpload(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	s := newSite(t, testBase, true)
	a := s.award()
	emblem := must(picture.Emblem("x"))(t)
	s.upload("badge.png", must(bake.BakePNG(emblem, a.Credential))(t)).wants(t, 200, "You can rely", "The PNG picture holds a credential.", "The document as it was found", "<bdi>badge.png</bdi>")
	s.upload("badge.json", a.Credential).wants(t, 200, "You can rely")
	s.upload("plain.png", emblem).wants(t, 200, "Do not rely", "There is no credential in the file")
	s.upload("plain.png", emblem).lacks(t, "The document as it was found", "\ufffd")
	s.upload("empty.json", nil).wants(t, 200, "There is nothing in the file")
	s.upload("", nil).wants(t, 400, "Enter a link or text")
	s.upload("large", make([]byte, maxUpload)).wants(t, 413, "That is too large")
	if left := must(os.ReadDir(os.TempDir()))(t); len(left) > 0 {
		t.Errorf("an upload was kept: %v", left)
	}
}

func TestBadgePage(t *testing.T) {
	s := newSite(t, testBase, true)
	a := s.award()
	path := "/badges/" + a.ShareToken
	page := s.get(path)
	page.wants(t, 200, "Food Hygiene, Level 2", "Sample College", "30 May 2026", "30 May 2029", "<bdi>92 %</bdi>", "Merit", "In force",
		`<strong>written test</strong>`, `href="https://college.example/haccp" rel="nofollow noopener noreferrer"`,
		`href="/verify?url=https%3A%2F%2Fbadges.college.example%2Fbadges%2F`+a.ShareToken+`"`,
		path+".json", path+".jwt", path+".png", path+".svg", "https://www.linkedin.com/profile/add?startTask=CERTIFICATION_NAME",
		`<meta property="og:image" content="`+testBase+path+`/card.png">`, `<link rel="canonical" href="`+testBase+path+`">`,
		`<meta name="robots" content="noindex, nofollow">`, `<svg class="qr"`, "How it is earned")
	page.lacks(t, "Ada Sample", "ada@", a.OwnerToken)
	if h := page.Header; h.Get("X-Robots-Tag") != "noindex, nofollow" || h.Get("Cache-Control") != "private, no-store" {
		t.Errorf("headers %v", h)
	}
	s.get(path+"?lang=zh").wants(t, 200, `<html lang="zh-Hans">`, "2026年5月30日", `/verify?url=`, "&amp;lang=zh", `<h1 id="name" lang="en">`)
	shown := s.award(func(r *issuer.Result) { r.ShowName = true })
	page = s.get("/badges/" + shown.ShareToken)
	page.wants(t, 200, "Ada Sample", "As recorded by the college; not part of the signed badge.")
	if head, _, _ := strings.Cut(page.body, "<body>"); strings.Contains(head, "Ada") {
		t.Error("the preview gives the learner's name away")
	}
	if strings.Contains(string(shown.Credential), "Ada") {
		t.Error("the page says that the signed badge never contains the name, and it does")
	}
}

func TestStandings(t *testing.T) {
	s := newSite(t, testBase, true)
	revoked, suspended, old := s.award(), s.award(), s.award()
	must(s.issuer.Revoke(t.Context(), revoked.ID, "Cheated"))(t)
	must(s.issuer.Suspend(t.Context(), suspended.ID, "Under review"))(t)
	for _, c := range []struct {
		award issuer.Award
		years int
		want  string
	}{
		{revoked, 0, "no longer counts"}, {suspended, 0, "does not count for the time being"}, {old, 3, "its period of validity is over"},
	} {
		began := s.now
		s.now = began.AddDate(c.years, 0, 0)
		page := s.get("/badges/" + c.award.ShareToken)
		page.wants(t, 200, c.want)
		page.lacks(t, "stands by it", "Cheated", "Under review", "og:image", "linkedin")
		s.get("/badges/"+c.award.ShareToken+"/card.png").wants(t, 404)
		s.now = began
	}
}

// TestKeyWithdrawn: nothing that shows an award says more for it than a verifier does.
func TestKeyWithdrawn(t *testing.T) {
	w := openCollege(t)
	d := readDescription(t, w)
	old, revoked, suspended := w.award(), w.award(), w.award()
	must(w.issuer.Revoke(t.Context(), revoked.ID, "mistake"))(t)
	must(w.issuer.Suspend(t.Context(), suspended.ID, "appeal"))(t)
	w.get("/badges/"+old.ShareToken+"/card.png").wants(t, 200)
	if got := w.call(d, "GET", "/awards/"+old.ID, nil); strings.Contains(string(got.body), "keyWithdrawn") {
		t.Errorf("before: %s", got.body)
	}
	again := []byte(sampleResult("again"))
	w.call(d, "POST", "/results", again)
	w.now = w.now.Add(time.Hour)
	w.retireKey()
	if got := w.call(d, "POST", "/results", again); !strings.Contains(string(got.body), `"outcome":"existing"`) || !strings.Contains(string(got.body), `"keyWithdrawn":true`) {
		t.Errorf("%s", got.body)
	}
	if got := w.call(d, "GET", "/awards?limit=1000", nil); strings.Count(string(got.body), `"keyWithdrawn":true`) != 4 {
		t.Errorf("in the list: %s", got.body)
	}
	fresh := w.award()
	const sentence = "The college has withdrawn the key with which this badge was signed; no verifier accepts it any more. Ask the college for a new badge."
	for _, path := range []string{"/badges/" + old.ShareToken, "/my/" + old.OwnerToken, "/badges/" + suspended.ShareToken} {
		page := w.get(path)
		page.wants(t, 200, sentence, `class="pill withdrawn"`)
		page.lacks(t, "In force", "stands by it", "linkedin", "og:image")
	}
	w.get("/badges/"+old.ShareToken+"/card.png").wants(t, 404)
	w.get("/badges/"+old.ShareToken+".jwt").wants(t, 404)
	w.get("/badges/"+revoked.ShareToken).wants(t, 200, "no longer counts")
	w.get("/verify?url="+url.QueryEscape(w.issuer.ShareURL(old))).wants(t, 200, "Do not rely on this badge", "withdrawn the key")
	page := w.get("/badges/" + fresh.ShareToken)
	page.wants(t, 200, "In force")
	page.lacks(t, "withdrawn")
	type state struct {
		State        string
		KeyWithdrawn bool
	}
	for _, c := range []struct {
		award issuer.Award
		want  state
	}{{old, state{"issued", true}}, {revoked, state{"revoked", true}}, {fresh, state{"issued", false}}} {
		if got := decoded[state](t, w.call(d, "GET", "/awards/"+c.award.ID, nil), 200); got != c.want {
			t.Errorf("%+v", got)
		}
	}
}

func TestCardPicture(t *testing.T) {
	s := newSite(t, testBase, true)
	a := s.award()
	first := s.get("/badges/" + a.ShareToken + "/card.png")
	first.wants(t, 200)
	img, err := png.Decode(strings.NewReader(first.body))
	if err != nil || img.Bounds().Dx() != picture.CardWidth || img.Bounds().Dy() != picture.CardHeight {
		t.Fatal(err)
	}
	if first.Header.Get("Cross-Origin-Resource-Policy") != "cross-origin" {
		t.Error("other sites cannot show the preview")
	}
	if again := s.get("/badges/" + a.ShareToken + "/card.png"); again.body != first.body {
		t.Error("the kept picture differs")
	}
}

func TestUnknownTokensAreAllTheSame(t *testing.T) {
	s := newSite(t, testBase, true)
	a := s.award()
	want := s.get("/badges/unknown")
	want.wants(t, 404, "There is nothing at this address")
	for _, path := range []string{"/badges/" + a.OwnerToken, "/my/unknown", "/my/" + a.ShareToken, "/badges/unknown/card.png",
		"/badges/%3Cscript%3E", "/nothing", "/achievements/none", "/issuers/none", "/badges/unknown.png"} {
		got := s.get(path)
		if got.StatusCode != 404 || got.body != want.body {
			t.Errorf("%s is another page: %d", path, got.StatusCode)
		}
	}
}

func TestOwnerDecides(t *testing.T) {
	s := newSite(t, testBase, true)
	a := s.award()
	my, share := "/my/"+a.OwnerToken, "/badges/"+a.ShareToken
	s.get(my).wants(t, 200, "Show my name", "Ada Sample", testBase+share)
	moved := s.post(my+"?lang=zh", "name=show")
	moved.wants(t, 303)
	if got := moved.Header.Get("Location"); got != my+"?changed=1&lang=zh" {
		t.Errorf("to %q", got)
	}
	s.get(share).wants(t, 200, "Ada Sample")
	s.get(my+"?changed=1").wants(t, 200, "Hide my name", "Saved.")
	for _, header := range [][2]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}} {
		s.post(my, "name=hide", header[0], header[1]).wants(t, 403)
	}
	s.post(my, "name=hide", "Sec-Fetch-Site", "", "Origin", "https://evil.example").wants(t, 403)
	s.get(my+"?name=hide").wants(t, 200)
	s.post(my, "name=maybe").wants(t, 400)
	s.post(share, "name=hide").wants(t, 405)
	s.get(share).wants(t, 200, "Ada Sample")
	s.post(my, "name=hide").wants(t, 303)
	s.get(share).lacks(t, "Ada Sample")
	nameless := s.award(func(r *issuer.Result) { r.Name = "" })
	s.get("/my/"+nameless.OwnerToken).wants(t, 200, "recorded no name")
}

func TestCatalogueAndIssuer(t *testing.T) {
	s := newSite(t, testBase, true)
	s.get("/achievements").wants(t, 200, "Food Hygiene, Level 2", "First Aid at Work", `href="/achievements/first-aid"`)
	s.get("/achievements/food-hygiene").wants(t, 200, "36 months", "Sample College", "written test")
	s.get("/issuers/college").wants(t, 200, "A college of applied trades.", "did:web:badges.college.example", "2 in the catalogue")
	for _, path := range []string{"/achievements/food-hygiene", "/issuers/college"} {
		got := s.get(path, "Accept", typeJSONLD)
		if got.StatusCode != 200 || !json.Valid([]byte(got.body)) || !strings.Contains(strings.Join(got.Header.Values("Vary"), ","), "Accept") {
			t.Errorf("%s as JSON-LD: %d %.80s", path, got.StatusCode, got.body)
		}
	}
}

func TestErrorsOfTheIssuerAreMapped(t *testing.T) {
	for err, want := range map[error]int{
		issuer.ErrNotFound: 404, issuer.ErrConflict: 409, issuer.ErrInput: 400, errors.New("disk on fire"): 500,
		&http.MaxBytesError{}: 413, &tooMany{}: 429, &tooMany{all: true}: 503, context.Canceled: 503,
	} {
		if got := statusOf(err); got != want {
			t.Errorf("%v: %d", err, got)
		}
	}
}

func BenchmarkBadgePage(b *testing.B) {
	s := newSite(b, testBase, true)
	path := "/badges/" + s.award().ShareToken
	b.ReportAllocs()
	for b.Loop() {
		s.get(path).wants(b, 200)
	}
}
