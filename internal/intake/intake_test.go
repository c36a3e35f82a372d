package intake

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"runtime"
	"slices"
	"strings"
	"testing"

	"laurel/internal/bake"
)

const (
	sampleJSON  = `{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential"],"name":"Sample"}`
	otherJSON   = `{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential"],"name":"Other"}`
	sampleToken = "eyJhbGciOiJFUzI1NiJ9.eyJhIjoxfQ.c2ln"
	sampleLink  = "https://badges.college.example/badges/0123456789abcdef"
)

func plainPNG(t testing.TB) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, image.NewNRGBA(image.Rect(0, 0, 30, 30))); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func must(t testing.TB) func([]byte, error) []byte {
	return func(b []byte, err error) []byte {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
}

// wants demands that a file holds one thing.
func wants(t *testing.T, file []byte, kind, itemKind Kind, text string) Found {
	t.Helper()
	found, err := Read(file, Options{})
	if err != nil || found.Kind != kind || len(found.Items) != 1 || found.Entries != nil {
		t.Fatalf("%.80q: %+v, %v; want a %s", file, found, err, kind)
	}
	if item := found.Items[0]; item.Kind != itemKind || string(item.Text) != text {
		t.Fatalf("%.80q holds %s %.80q, want %s %.80q", file, item.Kind, item.Text, itemKind, text)
	}
	return found
}

var categories = []error{ErrUnrecognized, ErrNoCredential, ErrConflict, ErrMalformed, ErrTooLarge, ErrEncrypted, ErrTable, ErrNoLinks, ErrNested}

func refuses(t *testing.T, file []byte, want error) {
	t.Helper()
	found, err := Read(file, Options{})
	if !errors.Is(err, want) {
		t.Errorf("%.80q: %+v, %v; want %v", file, found, err, want)
	}
	sound(t, found, err)
}

// sound is what holds of every answer.
func sound(t *testing.T, found Found, err error) {
	t.Helper()
	if err != nil {
		if found.Kind != "" || found.Items != nil || found.Entries != nil || found.Warnings != nil {
			t.Errorf("an answer beside the error %v: %+v", err, found)
		}
		n := 0
		for _, category := range categories {
			if errors.Is(err, category) {
				n++
			}
		}
		if n != 1 {
			t.Errorf("the error %v is of %d categories", err, n)
		}
		return
	}
	collection := found.Kind == ZIP || found.Kind == CSV
	if found.Kind == "" || (found.Entries != nil) != collection || (len(found.Items) > 0) == collection || len(found.Items) > maxCandidates {
		t.Errorf("%+v", found)
	}
	for _, item := range found.Items {
		again, ok := recognize(item.Text)
		if !ok || again.Kind != item.Kind || !bytes.Equal(again.Text, item.Text) {
			t.Errorf("%+v is not recognized as what it is", item)
		}
		if found.Kind != HTML && len(found.Items) != 1 {
			t.Errorf("%d items in one %s", len(found.Items), found.Kind)
		}
	}
}

// within demands that a call allocates no more than so many bytes in all.
func within(t *testing.T, limit uint64, f func()) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > limit {
		t.Errorf("%d bytes were allocated, want at most %d", got, limit)
	}
}

func TestText(t *testing.T) {
	for text, kind := range map[string]Kind{
		sampleJSON: JSON, sampleToken: JWS, sampleToken + "~WyJhIl0~": SDJWT, sampleLink: Link, sampleLink + "?a=b#c": Link,
		"http://college.example/a": Link,
	} {
		wants(t, []byte(text), kind, kind, text)
		wants(t, []byte("\r\n "+text+"\n\n"), kind, kind, text)
	}
	marked := "\ufeff" + sampleJSON
	if found, err := Read([]byte(marked), Options{}); err != nil || len(found.Warnings) != 1 {
		t.Errorf("%+v, %v: want a warning", found, err)
	}
	wants(t, []byte(marked), JSON, JSON, sampleJSON)
	for _, text := range []string{
		"", " ", "\ufeff", "\ufeff\ufeff" + sampleJSON, "\xff\xfe{\x00}\x00", "[" + sampleJSON + "]", "{", sampleJSON + "x", "a.b.c", "www.college.example",
		"ftp://college.example/a", "javascript:alert(1)", "https:college.example", "https://", "https://a:b@college.example/",
		"https://college.example/a b", "see " + sampleLink, "{\"\xff\"}", sampleToken + "=", "eyJ.b", "GIF89a", "\x00\x01",
		"https://college.example/" + strings.Repeat("a", maxLink), "{" + strings.Repeat(" ", maxText) + "}",
		"first line\nsecond line",
	} {
		refuses(t, []byte(text), ErrUnrecognized)
	}
}

// TestBytes: how long a file may be is for the caller to say.
func TestBytes(t *testing.T) {
	const long = 17 << 20
	document := append(pdfWith(stream("/Type /EmbeddedFile", sampleJSON)), bytes.Repeat([]byte("%\n"), long/2)...)
	shot := append([]byte("\xff\xd8"+segment(0xfe, sampleJSON)+"\xff\xda"), make([]byte, long)...)
	table := []byte("url\n" + sampleLink + "\n" + strings.Repeat("\n", long))
	for _, file := range [][]byte{document, shot, table, make([]byte, long)} {
		refuses(t, file, ErrTooLarge)
		if _, ok := ReadMany(file, Options{}); ok {
			t.Errorf("%.20q: is beyond the bound", file)
		}
		if _, err := Read(file[:2000], Options{Bytes: 1999}); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%.20q: %v", file, err)
		}
		if _, err := Read(file, Options{Bytes: 2 * long}); (err == nil) != (file[0] != 0) {
			t.Errorf("%.20q: %v", file, err)
		}
	}
	if found, ok := ReadMany(table, Options{Bytes: 2 * long}); !ok || found.Kind != CSV {
		t.Errorf("%+v", found)
	}
}

// TestReadMany: it reads what holds many as Read does, and nothing else.
func TestReadMany(t *testing.T) {
	table := []byte("url\n" + sampleLink + "\n" + sampleLink + "/2\n")
	for _, file := range [][]byte{
		table, zipOf(t, file{"a", sampleJSON}), zipOf(t), []byte(sampleJSON), []byte(sampleLink), []byte("name,email\nAnn,a@a.example\n"),
		plainPNG(t), asPNG(t, drawn(t, sampleLink, 4)), pdfWith(stream("/Type /EmbeddedFile", string(table))), nil,
	} {
		found, err := Read(file, Options{})
		many, ok := ReadMany(file, Options{})
		if ok != (err == nil && found.Entries != nil) || ok && len(all(many)) != len(all(found)) {
			t.Errorf("%.40q: %+v, %v, not as %+v, %v", file, many, ok, found, err)
		}
	}
}

func TestBaked(t *testing.T) {
	plain := plainPNG(t)
	drawing := must(t)(bake.WrapPNG(plain, "Sample"))
	for text, kind := range map[string]Kind{sampleJSON: JSON, sampleToken: JWS, sampleToken + "~a~": SDJWT} {
		found := wants(t, must(t)(bake.BakePNG(plain, []byte(text))), PNG, kind, text)
		if found.Warnings != nil {
			t.Errorf("%+v", found)
		}
		wants(t, must(t)(bake.BakeSVG(drawing, []byte(text), kind != JSON)), SVG, kind, text)
	}
	refuses(t, plain, ErrNoCredential)
	refuses(t, drawing, ErrNoCredential)
	refuses(t, plain[:40], ErrMalformed)
	const hosted = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:o="http://openbadges.org"><o:assertion verify="` + sampleLink + `"/></svg>`
	wants(t, []byte(hosted), SVG, Link, sampleLink)
	refuses(t, []byte(strings.Replace(hosted, sampleLink, "javascript:alert(1)", 1)), ErrMalformed)
	refuses(t, []byte(strings.Replace(hosted, "</svg>", `<o:assertion verify="https://other.example/"/></svg>`, 1)), ErrConflict)
	refuses(t, []byte(strings.Replace(hosted, "<svg", "<!DOCTYPE svg [<!ENTITY a 'b'>]><svg", 1)), ErrMalformed)
	refuses(t, slices.Concat([]byte(`<svg xmlns="http://www.w3.org/2000/svg">`), bytes.Repeat([]byte("<g>"), 400)), ErrTooLarge)
}

// FuzzRead: no file makes Read panic or answer two things at once.
func FuzzRead(f *testing.F) {
	for _, text := range []string{sampleJSON, sampleToken, sampleLink, sampleToken + "~a~", "url\n" + sampleLink, "<html><link rel=alternate type=application/vc href=/a>", "%PDF-1.7\n1 0 obj<</Type/EmbeddedFile>>stream\n{}\nendstream", "\xff\xd8\xff\xfe\x00\x04{}\xff\xda", "PK\x05\x06" + strings.Repeat("\x00", 18)} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		found, err := Read(file, Options{Address: "https://college.example/page", Pixels: 1 << 14, TotalBytes: 1 << 20})
		sound(t, found, err)
		inside, insideErr := Read(file, Options{Inside: true, Pixels: 1 << 14})
		if inside.Entries != nil || err == nil && found.Entries != nil && !errors.Is(insideErr, ErrNested) {
			t.Error("a collection within a collection is opened")
		}
		if found.Entries == nil {
			return
		}
		for e := range found.Entries {
			if (e.Err != nil) != (e.File == nil) || e.Number == 0 || strings.ContainsAny(e.Name+e.Email, "\n\r\x1b\u202e") {
				t.Fatalf("%+v", e)
			}
		}
	})
}
