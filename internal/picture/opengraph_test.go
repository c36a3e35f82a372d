package picture

import (
	"bytes"
	"image"
	"image/png"
	"strings"
	"testing"
)

func TestCard(t *testing.T) {
	emblem, err := Emblem("food-hygiene")
	if err != nil {
		t.Fatal(err)
	}
	draw := func(title, issuer string) []byte {
		t.Helper()
		raw, err := Card{Picture: emblem, Title: title, Issuer: issuer, Link: "https://badges.college.example/badges/token"}.PNG()
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		if img.Bounds() != image.Rect(0, 0, CardWidth, CardHeight) {
			t.Fatalf("bounds %v", img.Bounds())
		}
		return raw
	}
	empty := draw("", "")
	for name, text := range map[string]string{
		"Chinese": "食品卫生", "bidi controls": "safe\u202Egpj.exe", "a line break": "a\nb", "emoji": "🏅",
	} {
		if !bytes.Equal(draw(text, ""), empty) {
			t.Errorf("%s: a text that the font lacks was drawn", name)
		}
	}
	for _, text := range []string{"Food Hygiene", "Lebensmittelhygiene für Köche", strings.Repeat("W", 500), strings.Repeat("word ", 200)} {
		if bytes.Equal(draw(text, text), empty) {
			t.Errorf("%.20q was not drawn", text)
		}
	}
}

func TestCardRefusesWhatIsNoPicture(t *testing.T) {
	if _, err := (Card{Picture: []byte("GIF89a"), Link: "https://college.example"}).PNG(); err == nil {
		t.Error("no error")
	}
}
