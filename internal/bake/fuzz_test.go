package bake

import (
	"bytes"
	"encoding/xml"
	"image/png"
	"testing"
)

// Whatever comes out of a PNG and can be baked comes out again, from an image
// that shows the same. The text is tried in a chunk with the right checksum,
// which a fuzzer would not find.
func FuzzUnbakePNG(f *testing.F) {
	plain := picture(f)
	for _, text := range []string{
		"openbadgecredential\x00\x00\x00\x00\x00" + sampleJSON,
		"openbadgecredential\x00\x01\x00\x00\x00" + deflated([]byte(sampleJSON)),
		"openbadges\x00\x00\x00en\x00x\x00" + sampleToken,
	} {
		f.Add(with(f, plain, "iTXt"+text), []byte(text))
	}
	f.Fuzz(func(t *testing.T, file, text []byte) {
		bakeAgain(t, file)
		bakeAgain(t, with(t, plain, "iTXt"+string(text)))
	})
}

func bakeAgain(t *testing.T, file []byte) {
	Detect(file)
	p, err := UnbakePNG(file)
	if err != nil {
		if p.Bytes != nil || p.Warnings != nil {
			t.Fatal("payload beside an error")
		}
		return
	}
	if _, _, err := bakeable(p.Bytes); err != nil {
		return
	}
	baked, err := BakePNG(file, p.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	again, err := UnbakePNG(baked)
	if err != nil || !bytes.Equal(again.Bytes, p.Bytes) || again.Warnings != nil {
		t.Fatalf("%+v, %v", again, err)
	}
	size, err := png.DecodeConfig(bytes.NewReader(file))
	if err != nil || uint64(size.Width)*uint64(size.Height) > 1<<16 {
		return
	}
	if _, err := png.Decode(bytes.NewReader(file)); err == nil {
		samePixels(t, file, baked)
	}
}

func FuzzBakePNG(f *testing.F) {
	plain := picture(f)
	f.Add([]byte(sampleJSON))
	f.Add([]byte(sampleToken))
	f.Add([]byte("{ \x00 }"))
	f.Fuzz(func(t *testing.T, credential []byte) {
		baked, err := BakePNG(plain, credential)
		if err != nil {
			return
		}
		p, err := UnbakePNG(baked)
		if err != nil || !bytes.Equal(p.Bytes, bytes.TrimSpace(credential)) {
			t.Fatalf("%+v, %v", p, err)
		}
		samePixels(t, plain, baked)
	})
}

// A JSON credential and a token go into every SVG that is accepted, and come
// out; baking twice is baking once.
func FuzzUnbakeSVG(f *testing.F) {
	f.Add([]byte(plainSVG))
	f.Add([]byte("\ufeff<?xml version='1.0'?><!DOCTYPE svg><s:svg a='/' xmlns:s='http://www.w3.org/2000/svg'/><!-- -->"))
	f.Add([]byte(`<svg xmlns:openbadges="http://openbadges.org" xmlns="http://www.w3.org/2000/svg"><openbadges:assertion verify="a.b.c">{}</openbadges:assertion></svg>`))
	f.Add([]byte(`<svg xmlns = 'http://www.w3.org/2000/svg'><g a='"'b=">='"/></svg>`))
	f.Add([]byte(`<svg xmlns:o="https://purl.imsglobal.org/ob/v3p0" xmlns="http://www.w3.org/2000/svg"><o:credential><![CDATA[{"a":"]]]]><![CDATA[>"}]]></o:credential></svg>`))
	f.Fuzz(func(t *testing.T, file []byte) {
		Detect(file)
		noneUncounted(t, file)
		p, unbakeErr := UnbakeSVG(file)
		if unbakeErr != nil && (p.Bytes != nil || p.Warnings != nil) {
			t.Fatal("payload beside an error")
		}
		if _, err := readSVG(file); err != nil {
			return
		}
		for credential, jwt := range map[string]bool{sampleJSON: false, sampleToken: true} {
			once, err := BakeSVG(file, []byte(credential), jwt)
			if err != nil {
				t.Fatal(err)
			}
			twice, err := BakeSVG(once, []byte(credential), jwt)
			if err != nil || !bytes.Equal(once, twice) {
				t.Fatalf("%q, then %q, %v", once, twice, err)
			}
		}
	})
}

// noneUncounted demands that no start tag has an attribute that was not counted before.
func noneUncounted(t *testing.T, file []byte) {
	for d := xml.NewDecoder(bytes.NewReader(file)); ; {
		from := d.InputOffset()
		token, err := d.RawToken()
		if err != nil {
			return
		}
		if tag, ok := token.(xml.StartElement); ok && file[from] == '<' {
			if n := attributesOf(file[from+1:]); n < len(tag.Attr) {
				t.Fatalf("%d attributes, %d counted: %q", len(tag.Attr), n, file[from:])
			}
		}
	}
}

func FuzzBakeSVG(f *testing.F) {
	f.Add([]byte(sampleJSON))
	f.Add([]byte(sampleToken))
	f.Add([]byte("{]]>\r]]]>}"))
	f.Fuzz(func(t *testing.T, credential []byte) {
		for _, jwt := range []bool{true, false} {
			baked, err := BakeSVG([]byte(plainSVG), credential, jwt)
			if err != nil {
				continue
			}
			p, err := UnbakeSVG(baked)
			if err != nil || !bytes.Equal(p.Bytes, bytes.TrimSpace(credential)) {
				t.Fatalf("%+v, %v", p, err)
			}
		}
	})
}
