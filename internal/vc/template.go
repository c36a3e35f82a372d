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

// Filled is a document that a template made, and that was judged fit to be signed.
type Filled struct {
	template *Template
	texts    []string
	written  []string // as JSON writes them
	size     int
	read     strictjson.Value
}

// Template returns the template that made the document.
func (f *Filled) Template() *Template { return f.template }

// Texts returns what stands in the places of the template, in their order.
func (f *Filled) Texts() []string { return f.texts }

// Size returns the length of the document in bytes, without a proof.
func (f *Filled) Size() int { return f.size }

// Prepared returns the document as one that is signed by itself.
func (f *Filled) Prepared() Prepared { return Prepared{f.append(make([]byte, 0, f.size)), f.read} }

// With is Prepared's.
func (f *Filled) With(members ...string) []byte {
	return with(f.append(make([]byte, 0, f.size+room(members))), members)
}

func (f *Filled) append(out []byte) []byte {
	raw, at := f.template.base.raw, 0
	for _, c := range f.template.cuts {
		out = append(append(out, raw[at:c.begin]...), f.written[c.place]...)
		at = c.end
	}
	return append(out, raw[at:]...)
}

// Texts returns what stands in the places of the base.
func (t *Template) Texts() []string {
	texts := make([]string, len(t.places))
	for n, place := range t.places {
		texts[n] = place.Text()
	}
	return texts
}

// Base returns the document that the template was made of.
func (t *Template) Base() Prepared { return t.base }

// Read returns the base as it reads with other texts in its places, unjudged.
func (t *Template) Read(texts []string) strictjson.Value {
	return t.base.read.Replaced(t.places, texts)
}

// Fill makes the document with texts in the places.
func (t *Template) Fill(texts []string) (Filled, error) {
	if len(texts) != len(t.places) {
		return Filled{}, fmt.Errorf("%d texts for %d places", len(texts), len(t.places))
	}
	f := Filled{template: t, texts: texts, written: make([]string, len(texts)), size: len(t.base.raw)}
	for _, c := range t.cuts {
		var err error
		if f.written[c.place], err = inJSON(texts[c.place]); err != nil {
			return Filled{}, err
		}
		f.size += len(f.written[c.place]) - (c.end - c.begin)
	}
	if limit := strictjson.Default.Bytes; f.size > limit {
		return Filled{}, fmt.Errorf("the document is larger than %d bytes", limit)
	}
	f.read = t.Read(texts)
	if err := t.judge(f.read); err != nil {
		return Filled{}, err
	}
	return f, nil
}

// inJSON returns a text as Marshal writes it, without the quotation marks.
func inJSON(text string) (string, error) {
	if !utf8.ValidString(text) {
		return "", errors.New("a text is not UTF-8")
	}
	if !strings.ContainsFunc(text, needsEscape) {
		return text, nil
	}
	quoted, err := Marshal(text)
	if err != nil {
		return "", err
	}
	return string(quoted[1 : len(quoted)-1]), nil
}

// needsEscape reports whether JSON, or Marshal, writes a character in another way.
func needsEscape(r rune) bool {
	return r < 0x20 || r == '"' || r == '\\' || r == '\u2028' || r == '\u2029'
}
