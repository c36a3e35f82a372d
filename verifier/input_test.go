package verifier

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"laurel/internal/bake"
	"laurel/internal/needs"
	"laurel/internal/picture"
)

// drawing returns a small PNG of one colour.
func drawing(t testing.TB, c color.Color) []byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, 16, 16))
	for i := range 256 {
		img.Set(i%16, i/16, c)
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// page links to a badge in the way that a vendor's page does.
func page(head, body string) []byte {
	return []byte("<!doctype html><html><head><title>Badge</title>" + head + "</head><body>" + body + "</body></html>")
}

// TestInputs gives the same badge in every way in which an employer may have it.
func TestInputs(t *testing.T) {
	w := newWorld(t, ed25519Key(t))
	badge, token := w.badge(nil), string(w.token(w.prepare(nil)))
	baked, err := bake.BakePNG(drawing(t, color.White), badge)
	if err != nil {
		t.Fatal(err)
	}
	const at = "https://vendor.example/badges/1"
	publish := func(body []byte) { w.documents[at] = body }
	code := func(text string) []byte {
		qr, err := picture.QR(text)
		if err != nil {
			t.Fatal(err)
		}
		const scale, quiet = 4, 4
		img := image.NewGray(image.Rect(0, 0, scale*(qr.Size+2*quiet), scale*(qr.Size+2*quiet)))
		for i := range img.Pix {
			x, y := i%img.Stride/scale-quiet, i/img.Stride/scale-quiet
			if x < 0 || y < 0 || x >= qr.Size || y >= qr.Size || !qr.Dark(x, y) {
				img.Pix[i] = 255
			}
		}
		var out bytes.Buffer
		if err := png.Encode(&out, img); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	attach := func() []byte {
		program := needs.Program(t, "pdfattach", "poppler-utils")
		dir := t.TempDir()
		plain, attached, pdf := filepath.Join(dir, "plain.pdf"), filepath.Join(dir, "badge.json"), filepath.Join(dir, "badge.pdf")
		if err := os.WriteFile(plain, []byte(minimalPDF), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(attached, badge, 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(program, plain, attached, pdf).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		raw, err := os.ReadFile(pdf)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	for name, c := range map[string]struct {
		input   func() []byte
		verdict Verdict
		code    string
	}{
		"json":           {func() []byte { return badge }, Valid, "input-json"},
		"token":          {func() []byte { return []byte(token) }, Valid, "input-jwt"},
		"picture":        {func() []byte { return baked }, Valid, "input-png"},
		"jpeg":           {func() []byte { return photo(t, badge) }, Valid, "input-jpeg"},
		"pdf":            {attach, Valid, "input-pdf"},
		"link as text":   {func() []byte { publish(badge); return []byte(at + "\n") }, Valid, "input-json"},
		"code of a link": {func() []byte { publish(badge); return code(at) }, Valid, "input-json"},
		"code of a page": {func() []byte {
			publish(page("", `<script type="application/ld+json">`+string(badge)+`</script>`))
			return code(at)
		}, Valid, "input-json"},
		"page with a link": {func() []byte {
			w.documents["https://vendor.example/b.json"] = badge
			publish(page(`<link rel="alternate" type="application/ld+json" href="/b.json">`, ""))
			return []byte(at)
		}, Valid, "input-json"},
		"page with picture": {func() []byte {
			w.documents["https://vendor.example/b.png"] = baked
			publish(page("", `<img src="../b.png">`))
			return []byte(at)
		}, Valid, "input-png"},
		"page, second good": {func() []byte {
			w.documents["https://vendor.example/b.png"] = baked
			publish(page(`<link rel="alternate" type="application/json" href="/gone.json">`, `<img src="/b.png">`))
			return []byte(at)
		}, Valid, "input-png"},
		"page with nothing": {func() []byte { publish(page("", "<p>Hello")); return []byte(at) }, Indeterminate, "input-page"},
		"page with a logo": {func() []byte {
			w.documents["https://vendor.example/logo.png"] = drawing(t, color.White)
			publish(page("", `<img src="/logo.png">`))
			return []byte(at)
		}, Indeterminate, "input-page"},
		"page as a file":  {func() []byte { return page("", "<p>Hello") }, Invalid, "input-empty"},
		"link to nothing": {func() []byte { return []byte("https://vendor.example/none") }, Indeterminate, "input-unavailable"},
		"link to itself":  {func() []byte { publish([]byte(at)); return []byte(at) }, Indeterminate, "input-unavailable"},
		"many":            {func() []byte { return archive(t, map[string][]byte{"a.json": badge}) }, Indeterminate, "input-many"},
		"picture without": {func() []byte { return drawing(t, color.White) }, Invalid, "input-empty"},
		"broken picture":  {func() []byte { return baked[:len(baked)-20] }, Invalid, "input-malformed"},
		"two in one picture": {func() []byte {
			return slices.Concat(baked[:len(baked)-12], chunk("openbadges", `{"a":1}`), baked[len(baked)-12:])
		}, Invalid, "input-malformed"},
	} {
		t.Run(name, func(t *testing.T) { expect(t, w.verify(c.input()), c.verdict, c.code) })
	}
}

// TestLinkOfHTTP needs no connection: such a link is not opened.
func TestLinkOfHTTP(t *testing.T) {
	expect(t, New(Config{}).VerifyURL(context.Background(), "http://vendor.example/none", Request{}), Indeterminate, "input-not-https")
}

// photo is a JPEG with a comment (ITU-T T.81 §B.2.4.5).
func photo(t testing.TB, comment []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := jpeg.Encode(&out, image.NewGray(image.Rect(0, 0, 64, 64)), nil); err != nil {
		t.Fatal(err)
	}
	const start = 2 // of image
	segment := append([]byte{0xff, 0xfe}, binary.BigEndian.AppendUint16(nil, uint16(len(comment)+2))...)
	return slices.Concat(out.Bytes()[:start], segment, comment, out.Bytes()[start:])
}

// chunk is an uncompressed iTXt chunk of a PNG (PNG §11.3.4.5).
func chunk(keyword, text string) []byte {
	body := append([]byte("iTXt"+keyword), 0, 0, 0, 0, 0)
	body = append(body, text...)
	out := binary.BigEndian.AppendUint32(nil, uint32(len(body)-4))
	out = append(out, body...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(body))
}

const minimalPDF = "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n" +
	"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\ntrailer<</Root 1 0 R/Size 4>>\n%%EOF\n"

func archive(t testing.TB, files map[string][]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for name, body := range files {
		f, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(body); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestCollection(t *testing.T) {
	w := newWorld(t, ed25519Key(t))
	badge := w.badge(nil)
	w.documents["https://college.example/badges/1"] = badge
	inner := archive(t, map[string][]byte{"x.json": badge})
	table := "name,email,link\nAda Sample,a@example.com,https://college.example/badges/1\nEve,e@example.com,https://college.example/badges/1\nBob,b@example.com,\n"
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"zip": {archive(t, map[string][]byte{"a.json": badge, "b.txt": []byte("hello"), "c.zip": inner, "__MACOSX/a": []byte("x")}), "a.json valid input-json; b.txt invalid input-unrecognized; c.zip indeterminate input-nested"},
		"two columns": {[]byte("Badge 1,Badge 2\nhttps://college.example/badges/1,https://college.example/badges/2\n,https://college.example/badges/1\n"),
			"line 2, column 1, badge 1 valid input-json; line 2, column 2, badge 2 indeterminate input-unavailable; line 3, column 2, badge 2 valid input-json"},
		"csv": {[]byte(table), "line 2 Ada Sample valid input-json; line 3 Eve invalid recipient-mismatch; line 4 Bob indeterminate input-row"},
	} {
		t.Run(name, func(t *testing.T) {
			v := w.verifier()
			items, ok := v.Collection(c.file)
			if !ok {
				t.Fatal("not a collection")
			}
			var got []string
			for r := range v.Many(context.Background(), items, Request{}) {
				got = append(got, fmt.Sprint(strings.TrimSpace(r.Name+" "+r.Person), " ", r.Report.Verdict, " ", r.Report.Deciding().Code))
				if signed, err := v.Statement(context.Background(), []Line{r.Line()}, ed25519Key(t)); err != nil || bytes.Contains(signed, []byte("Ada Sample")) || bytes.Contains(signed, []byte("@example.com")) {
					t.Errorf("%s (%v)", signed, err)
				}
			}
			slices.Sort(got)
			if s := strings.Join(got, "; "); strings.Count(s, "valid") == 0 || len(got) != 3 || !alike(s, c.want) {
				t.Errorf("%s\nwant %s", s, c.want)
			}
		})
	}
	unclear := "Contact,link\na@example.com,https://college.example/badges/1\nn/a,https://college.example/badges/1\n,https://college.example/badges/1\n"
	for asked, c := range map[string]struct{ table, want string }{
		"":              {strings.ReplaceAll(table, "email,", "e-mail of the applicant,"), "valid recipient-mismatch input-row"},
		"a@example.com": {table, "valid valid input-row"}, // who is asked for goes before whom a row names
		"e@example.com": {table, "recipient-mismatch recipient-mismatch input-row"},
		// a row that does not say whose badge it is stays open, unless the caller says it
		"  ":             {unclear, "valid recipient-unclear recipient-unclear"},
		"\t":             {"course,link\nFirst Aid,https://college.example/badges/1\n", "recipient-unclear"},
		" a@example.com": {unclear, "valid valid valid"},
		" ":              {"name,link\nAda Sample,https://college.example/badges/1\n", "recipient-incomparable"},
	} {
		items, ok := w.verifier().Collection([]byte(c.table))
		if !ok {
			t.Fatal("not a collection")
		}
		var got []string
		for r := range w.verifier().Many(context.Background(), items, Request{Recipient: asked}) {
			code := r.Report.Deciding().Code
			if r.Report.Verdict == Valid {
				code = "valid"
			}
			got = append(got, code)
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("asked for %q: %s, want %s", asked, s, c.want)
		}
	}
	named := slices.Values([]Item{{Name: "t.csv", Input: []byte("https://college.example/badges/1\nhttps://college.example/badges/1\n"), Recipient: "e@example.com"}})
	for r := range w.verifier().Many(context.Background(), w.verifier().Each(named), Request{}) {
		if code := r.Report.Deciding().Code; code != "recipient-mismatch" || !strings.HasPrefix(r.Name, "t.csv: line ") {
			t.Errorf("%s of a collection for one person: %s", r.Name, code)
		}
	}
	latin := strings.Replace(table, "Ada", "Zo\xeb", 1) // which Excel writes
	if _, ok := w.verifier().Collection([]byte(latin)); !ok {
		t.Error("a table in another encoding is no collection")
	}
	if _, ok := w.verifier().Collection(badge); ok {
		t.Error("a badge is a collection")
	}
}

// alike compares lists but for the code of what is valid.
func alike(got, want string) bool {
	g, w := strings.Split(got, "; "), strings.Split(want, "; ")
	return slices.EqualFunc(g, w, func(a, b string) bool {
		return a == b || strings.Contains(a, " valid ") && strings.Contains(b, " valid ") && a[:strings.Index(a, " valid ")] == b[:strings.Index(b, " valid ")]
	})
}

// TestPictureOfAnother puts a genuine badge into the picture of another achievement.
func TestPictureOfAnother(t *testing.T) {
	w := newWorld(t, ed25519Key(t))
	own, other := drawing(t, color.White), drawing(t, color.Black)
	w.documents["https://college.example/p.png"] = own
	for name, address := range map[string]string{
		"by address": "https://college.example/p.png", "within the badge": "data:image/png;base64," + base64.StdEncoding.EncodeToString(own),
	} {
		badge := w.badge(func(b map[string]any) {
			object(object(b, "credentialSubject"), "achievement")["image"] = map[string]any{"id": address, "type": "Image"}
		})
		for img, code := range map[string]string{string(own): "input-png", string(other): "input-picture-differs"} {
			baked, err := bake.BakePNG([]byte(img), badge)
			if err != nil {
				t.Fatal(err)
			}
			t.Run(name+" "+code, func(t *testing.T) { expect(t, w.verify(baked), Valid, code) })
		}
	}
	gone := w.badge(func(b map[string]any) {
		object(object(b, "credentialSubject"), "achievement")["image"] = map[string]any{"id": "https://college.example/gone.png", "type": "Image"}
	})
	baked, err := bake.BakePNG(other, gone)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, w.verify(baked), Valid, "input-png") // nothing to compare with
}

// TestLongFile: how long a file may be is for the caller to say.
func TestLongFile(t *testing.T) {
	w := newWorld(t, ed25519Key(t))
	document := slices.Concat([]byte(minimalPDF+"9 0 obj<</Type/EmbeddedFile>>stream\n"), w.badge(nil), []byte("\nendstream endobj\n"), bytes.Repeat([]byte("%\n"), DefaultLimits.Input/2))
	expect(t, w.verify(document), Indeterminate, "input-too-large")
	v := w.verifier()
	v.config.Limits.Input *= 2
	expect(t, v.Verify(context.Background(), Request{Input: document}), Valid, "input-pdf")
}
