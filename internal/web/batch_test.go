package web

import (
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"laurel/verifier"
)

type namedFile struct {
	name string
	body []byte
}

// zipped puts files into a ZIP.
func zipped(t testing.TB, files ...namedFile) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range files {
		if _, err := must(w.Create(f.name))(t).Write(f.body); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

var statementLink = regexp.MustCompile(`href="data:application/vc;base64,([A-Za-z0-9+/=]+)" download="verification-report.json"`)

// statementIn returns the signed report that a page offers.
func statementIn(t testing.TB, page string) []byte {
	t.Helper()
	found := statementLink.FindStringSubmatch(strings.ReplaceAll(page, "&#43;", "+"))
	if found == nil {
		t.Fatalf("no signed report: %.2000s", page)
	}
	return must(base64.StdEncoding.DecodeString(found[1]))(t)
}

func TestBatchOfFiles(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	s := newSite(t, testBase, true)
	good, revoked := s.award(), s.award()
	must(s.issuer.Revoke(t.Context(), revoked.ID, "Cheated"))(t)
	tampered := bytes.Replace(good.Credential, []byte("Food Hygiene"), []byte("Brain Surgery"), 1)
	page := s.upload("many.zip", zipped(t,
		namedFile{"ada.json", good.Credential}, namedFile{"revoked.json", revoked.Credential}, namedFile{"tampered.json", tampered},
		namedFile{"notes.txt", []byte("hello")}, namedFile{"inner.zip", zipped(t, namedFile{"a", good.Credential})}))
	page.wants(t, 200, "Many at once", "<bdi>ada.json</bdi>", "Rely on it", "The issuer has revoked the badge.", "Food Hygiene, Level 2", "This is not a badge",
		"5 verified", "All items were verified.", "Rely on it: <strong>1</strong>", "Take care: <strong>1</strong>", "Do not rely on it: <strong>3</strong>", "</html>")
	page.lacks(t, "Cheated", "ada@", "Brain Surgery")
	if page.Header.Get("Cache-Control") != "no-store" || page.Header.Get("Content-Security-Policy") != policy || page.Header.Get("X-Robots-Tag") == "" {
		t.Errorf("headers %v", page.Header)
	}
	if left := must(os.ReadDir(os.TempDir()))(t); len(left) > 0 {
		t.Errorf("an upload was kept: %v", left)
	}
	statement := statementIn(t, page.body)
	s.upload("report.json", statement).wants(t, 200, "Take care with this credential", "did:key:")
	var signed struct {
		CredentialSubject struct {
			VerificationResult []struct{ Item, SHA256, Verdict, Code string }
		}
	}
	if err := json.Unmarshal(statement, &signed); err != nil {
		t.Fatal(err)
	}
	rows := signed.CredentialSubject.VerificationResult
	if len(rows) != 5 || rows[0].Verdict != "valid" || rows[1].Code != "status-revoked" || len(rows[2].SHA256) != 64 || rows[4].Verdict != "indeterminate" {
		t.Errorf("%+v", rows)
	}
}

func TestBatchOfRows(t *testing.T) {
	s := newSite(t, testBase, true)
	good := s.award()
	link := s.issuer.ShareURL(good)
	table := "url,name,email\n" + link + ",Ada,ada@students.college.example\n" + link + ",Eve,eve@students.college.example\n"
	page := s.upload("table.csv", []byte(table))
	page.wants(t, 200, "<bdi>line 2 Ada</bdi>", "<bdi>line 3 Eve</bdi>", "The badge was not issued to the person you named.", "2 verified")
	page.lacks(t, "eve@", "ada@")
	s.post("/verify", url.Values{"badge": {table}}.Encode()).wants(t, 200, "2 verified")
	page = s.post("/verify?lang=zh", url.Values{"badge": {table}}.Encode())
	page.wants(t, 200, "批量验证", "已验证 2 项")
	for _, secret := range []string{"ada@", "eve@", "Ada", "Eve", good.ShareToken, "table.csv"} {
		if strings.Contains(s.log.String(), secret) {
			t.Errorf("the log has %q", secret)
		}
	}
}

// TestBatchIsBounded: what is beyond the bounds is not looked at, and the page says so.
func TestBatchIsBounded(t *testing.T) {
	s := newSite(t, testBase, true)
	table := "url\n" + strings.Repeat("https://nowhere.example/b\n", verifier.MaxStatement+1)
	page := s.upload("table.csv", []byte(table))
	page.wants(t, 200, "1000 verified", "There are more items: only the first 1000 were verified.")
	page.lacks(t, "All items were verified")
	if raw := statementIn(t, page.body); bytes.Count(raw, []byte(`"verdict":"indeterminate"`)) != verifier.MaxStatement {
		t.Error("the signed report does not list them all")
	}
	s.upload("large.zip", append([]byte("PK\x03\x04"), make([]byte, maxUpload)...)).wants(t, 413, "a ZIP of many badges 32 MB")
	s.upload("large.json", append([]byte("{"), make([]byte, 17<<20)...)).wants(t, 200, "Take care")
	s.upload("empty.zip", zipped(t)).wants(t, 200, "Do not rely")
}

// TestBatchEndsEarly: rows that were not decided in time are not said to be verified.
func TestBatchEndsEarly(t *testing.T) {
	body := mainOf(t, "batch", &page{tongue: tongues[0], Body: sampleBatch(tongues[0], true)})
	if !strings.Contains(body, "The time was up") || strings.Contains(body, "All items") || strings.Contains(body, "data:application/vc") {
		t.Error(body)
	}
}

// TestBatchIsSentAsItIsDecided holds back the second item until the first row arrived.
func TestBatchIsSentAsItIsDecided(t *testing.T) {
	s := newSite(t, testBase, true)
	a := s.award()
	seen := make(chan struct{})
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := s.server.echo.NewContext(r, w)
		var items iter.Seq[verifier.Item] = func(yield func(verifier.Item) bool) {
			if yield(verifier.Item{Name: "first", Input: a.Credential}) {
				select {
				case <-seen:
				case <-r.Context().Done():
					return
				}
				yield(verifier.Item{Name: "second", Input: a.Credential})
			}
		}
		if err := s.server.batchPage(c, items, ""); err != nil {
			t.Error(err)
		}
	})
	web := httptest.NewServer(handler)
	defer web.Close()
	resp := must(http.Get(web.URL))(t)
	defer resp.Body.Close()
	var read []byte
	part := make([]byte, 512)
	for !bytes.Contains(read, []byte("<bdi>first</bdi>")) || !bytes.HasSuffix(bytes.TrimSpace(read), []byte("</tr>")) {
		n, err := resp.Body.Read(part)
		if read = append(read, part[:n]...); err != nil {
			t.Fatalf("%v: %s", err, read)
		}
	}
	close(seen)
	rest := string(must(io.ReadAll(resp.Body))(t))
	if strings.Contains(string(read), "second") || !strings.Contains(rest, "<bdi>second</bdi>") || !strings.Contains(rest, "2 verified") {
		t.Error("not sent as decided")
	}
}

// TestBatchTakesOnePlace: a batch gives its place back, whether read to its end or not.
func TestBatchTakesOnePlace(t *testing.T) {
	s := newSite(t, testBase, true)
	a := s.award()
	file := zipped(t, namedFile{"a", a.Credential}, namedFile{"b", a.Credential}, namedFile{"c", a.Credential})
	for range 3 {
		s.upload("many.zip", file).wants(t, 200, "3 verified")
	}
	broken := &brokenWriter{ResponseRecorder: httptest.NewRecorder()}
	s.server.Handler().ServeHTTP(broken, formUpload(t, "file", "many.zip", file))
	if held := len(s.server.underWay.all); held != 0 {
		t.Errorf("%d places are held", held)
	}
}

// brokenWriter is a reader that left.
type brokenWriter struct{ *httptest.ResponseRecorder }

func (b *brokenWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

// formUpload is a request of the form with a file in one of its fields.
func formUpload(t testing.TB, field, name string, file []byte) *http.Request {
	t.Helper()
	return formWith(t, field, "", namedFile{name, file})
}

// formWith is the form sent with files in one field and text in the other.
func formWith(t testing.TB, field, text string, files ...namedFile) *http.Request {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for _, file := range files {
		if _, err := must(w.CreateFormFile(field, file.name))(t).Write(file.body); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.WriteField("badge", text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/verify", &body)
	r.Header.Set("Accept", typeHTML)
	r.Header.Set("Content-Type", w.FormDataContentType())
	return r
}

// TestBatchOfForm: what a form brings besides a file is verified too, and nothing passed over.
func TestBatchOfForm(t *testing.T) {
	s := newSite(t, testBase, true)
	a, b := s.award(), s.award()
	link := s.issuer.ShareURL(b)
	s.do(formWith(t, "file", link, namedFile{"ada.json", a.Credential})).
		wants(t, 200, "2 verified", "<bdi>ada.json</bdi>", "<bdi>"+link+"</bdi>", "Rely on it: <strong>2</strong>")
	s.do(formWith(t, "file", string(b.Credential), namedFile{"ada.json", a.Credential}, namedFile{"many.zip", zipped(t, namedFile{"inner.json", a.Credential}, namedFile{"x.txt", []byte("x")})})).
		wants(t, 200, "4 verified", "<bdi>many.zip: inner.json</bdi>", "<bdi>many.zip: x.txt</bdi>", "<bdi>Pasted text</bdi>", "Rely on it: <strong>3</strong>")
	s.post("/verify", url.Values{"badge": {link + "\r\n" + s.issuer.ShareURL(a) + "\r\n"}}.Encode()).wants(t, 200, "2 verified", "Rely on it: <strong>2</strong>")
	s.post("/verify", url.Values{"badge": {"My badge: " + link + " regards"}}.Encode()).wants(t, 200, "There is a link among other words")
	s.do(formWith(t, "file", "https://nowhere.example/"+strings.Repeat("x", maxLink), namedFile{"ada.json", a.Credential})).wants(t, 400)
}

func TestPhotoField(t *testing.T) {
	s := newSite(t, testBase, true)
	a := s.award()
	s.do(formUpload(t, "photo", "x.png", a.Credential)).wants(t, 200, "You can rely")
	s.do(formUpload(t, "other", "x.png", a.Credential)).wants(t, 400, "Enter a link or text")
}

// TestHostileNamesWithin puts what others call themselves into rows, parts and
// endorsements.
func TestHostileNamesWithin(t *testing.T) {
	s := newSite(t, testBase, true)
	a := s.award()
	for _, name := range hostile {
		got := s.upload("many.zip", zipped(t, namedFile{"x", nil}, namedFile{name, a.Credential}))
		if complaint := harm(got.body); complaint != "" || got.StatusCode != 200 {
			t.Errorf("%q as a file's name: %s", name, complaint)
		}
		nested := trustedReport()
		for range 3 {
			e := endorsement(verifier.NotChecked, name)
			e.Credential.Issuer = verifier.Issuer{ID: name, Name: name, URL: name}
			e.AsOf, e.Checks[4].Message = name, name
			inside := inner(name, trustedReport(func(r *verifier.Report) {
				r.Trust.Entry.Name, r.Trust.Registry = name, name
				r.Parts = []verifier.Part{part(verifier.PartEndorsement, e), part(verifier.PartCredential, nested)}
				r.Credential.Proofs[0].Method = name
			}))
			nested = inside
		}
		whole := presentation(name, part(verifier.PartCredential, nested), part(name, nested))
		for _, tongue := range tongues {
			view := tongue.viewReport(whole, source{Link: shown(name, maxLink), Recipient: shown(name, maxRecipient)}, testBase)
			body := mainOf(t, "report", &page{tongue: tongue, Body: view})
			if complaint := harm(body); complaint != "" {
				t.Errorf("%q within a document: %s", name, complaint)
			}
		}
	}
}

func TestBundleOfABadge(t *testing.T) {
	s := newSite(t, testBase, true)
	a := s.award()
	path := "/badges/" + a.ShareToken
	s.get(path).wants(t, 200, path+".bundle", "to verify without a connection")
	got := s.get(path + ".bundle")
	got.wants(t, 200, `"VerifyBundle"`)
	if h := got.Header; h.Get("Content-Disposition") != `attachment; filename="food-hygiene-badge.bundle.json"` || h.Get("Cache-Control") != "private, no-store" || h.Get("Content-Type") != typeVC {
		t.Errorf("headers %v", h)
	}
	s.upload("bundle.json", []byte(got.body)).wants(t, 200, "You can rely")
	// Elsewhere, without a connection, the bundle's documents count if its witness is trusted.
	elsewhere := newSite(t, "https://elsewhere.example", true)
	elsewhere.upload("bundle.json", []byte(got.body)).wants(t, 200, "Take care", "Verify it again where there is a connection")
	must(s.issuer.Revoke(t.Context(), a.ID, "mistake"))(t)
	s.get(path+".bundle").wants(t, 404)
	s.get(path).lacks(t, ".bundle")
	s.get("/badges/unknown.bundle").wants(t, 404)
	if strings.Contains(s.log.String(), a.ShareToken) {
		t.Error("the log has the share token")
	}
}

func TestPresentationUploaded(t *testing.T) {
	s := newSite(t, testBase, true)
	a := s.award()
	shown := fmt.Sprintf(`{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiablePresentation"],"verifiableCredential":[%s,%s]}`, a.Credential, s.award().Credential)
	page := s.upload("presentation.json", []byte(shown))
	page.wants(t, 200, "You can rely on these credentials", "Nobody signed it", "The credentials in it", "Also worth knowing", "Rely on it")
	if n := strings.Count(page.body, `class="card part rely"`); n != 2 {
		t.Errorf("%d cards", n)
	}
	tampered := strings.Replace(shown, "Food Hygiene", "Brain Surgery", 1)
	page = s.upload("presentation.json", []byte(tampered))
	page.wants(t, 200, "Do not rely on these credentials", "Look at each credential below", `class="card part rely"`, `class="card part dont"`)
	page.lacks(t, "<bdi>Brain Surgery")
}
