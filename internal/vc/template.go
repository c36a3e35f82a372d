package vc

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"laurel/internal/strictjson"
)

// Template makes prepared documents that differ in the texts of some places, and in
// nothing else. It is safe for concurrent use.
type Template struct {
	base   Prepared
	places []strictjson.Value
	judge  Judge
	cuts   []cut // in the order of the text
}

// cut is where a text stands between its quotation marks in the base.
type cut struct{ begin, end, place int }

// NewTemplate returns the template that a prepared document is for others like it. Places
// are strings within the document's Value that are written without escapes. Every document
// is judged as one that Prepare makes, with the same judges.
func NewTemplate(base Prepared, places []strictjson.Value, judges ...Judge) (*Template, error) {
	t := &Template{base: base, places: places, judge: every(credentials, judges)}
	for n, place := range places {
		begin, end, ok := base.read.Place(place)
		if !ok || end >= len(base.raw) {
			return nil, fmt.Errorf("place %d is not a string that is written without escapes", n+1)
		}
		t.cuts = append(t.cuts, cut{begin, end, n})
	}
	slices.SortFunc(t.cuts, func(a, b cut) int { return cmp.Compare(a.begin, b.begin) })
	for n := 1; n < len(t.cuts); n++ {
		if t.cuts[n].begin < t.cuts[n-1].end+2 {
			return nil, errors.New("one place is given twice")
		}
	}
	return t, nil
}

// Filled is a document that a template made.
type Filled struct {
	Prepared
	template *Template
	texts    []string
}

// Template returns the template that made the document.
func (f *Filled) Template() *Template { return f.template }

// Texts returns what stands in the places of the template, in their order.
func (f *Filled) Texts() []string { return f.texts }

// Base returns the document that the template was made of.
func (t *Template) Base() Prepared { return t.base }

// Texts returns what stands in the places of the base.
func (t *Template) Texts() []string {
	texts := make([]string, len(t.places))
	for n, place := range t.places {
		texts[n] = place.Text()
	}
	return texts
}

// Read returns the base as it reads with other texts in its places, unjudged.
func (t *Template) Read(texts []string) strictjson.Value {
	return t.base.read.Replaced(t.places, texts)
}

// Fill makes the document with texts in the places.
func (t *Template) Fill(texts []string) (Filled, error) {
	if len(texts) != len(t.places) {
		return Filled{}, fmt.Errorf("%d texts for %d places", len(texts), len(t.places))
	}
	raw, at := make([]byte, 0, len(t.base.raw)+128), 0
	for _, c := range t.cuts {
		raw = append(raw, t.base.raw[at:c.begin]...)
		var err error
		if raw, err = appendText(raw, texts[c.place]); err != nil {
			return Filled{}, err
		}
		at = c.end
	}
	raw = append(raw, t.base.raw[at:]...)
	if limit := strictjson.Default.Bytes; len(raw) > limit {
		return Filled{}, fmt.Errorf("the document is larger than %d bytes", limit)
	}
	read := t.Read(texts)
	if err := t.judge(read); err != nil {
		return Filled{}, err
	}
	return Filled{Prepared{raw: raw, read: read}, t, texts}, nil
}

// appendText writes a text as Marshal does, without the quotation marks.
func appendText(out []byte, text string) ([]byte, error) {
	if !utf8.ValidString(text) {
		return out, errors.New("a text is not UTF-8")
	}
	if !strings.ContainsFunc(text, needsEscape) {
		return append(out, text...), nil
	}
	quoted, err := Marshal(text)
	if err != nil {
		return out, err
	}
	return append(out, quoted[1:len(quoted)-1]...), nil
}

// needsEscape reports whether JSON, or Marshal, writes a character in another way.
func needsEscape(r rune) bool {
	return r < 0x20 || r == '"' || r == '\\' || r == '\u2028' || r == '\u2029'
}
