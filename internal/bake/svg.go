package bake

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

const (
	svgNamespace   = "http://www.w3.org/2000/svg"
	badgeNamespace = "https://purl.imsglobal.org/ob/v3p0"

	maxElementDepth = 256
	maxTokens       = 1 << 20

	maxAttributes    = 256     // of one element
	maxAllAttributes = 1 << 19 // of all elements
)

// svgKinds are the elements that hold a credential, by namespace, whatever
// their prefix.
var svgKinds = map[xml.Name]Kind{
	{Space: badgeNamespace, Local: "credential"}:                        OpenBadges3,
	{Space: "http://openbadges.org", Local: "assertion"}:                OpenBadges2,
	{Space: "https://purl.imsglobal.org/clr/v2p0", Local: "credential"}: CLR2,
}

// ElementKind says whether an XML element holds a credential, and by which
// standard. Other formats than SVG use the same names.
func ElementKind(name xml.Name) (Kind, bool) {
	kind, ok := svgKinds[name]
	return kind, ok
}

// UnbakeSVG finds the credential in an SVG: in the attribute verify when it is
// a token, else in the element's text (Open Badges 3.0 §5.3.2). Equal copies,
// and elements that are not children of the root, are read with a warning.
// Errors are ErrNoCredential, ErrConflict, ErrMalformed and ErrTooLarge.
func UnbakeSVG(file []byte) (Payload, error) {
	doc, err := readSVG(file)
	if err != nil {
		return Payload{}, err
	}
	var f found
	for _, p := range doc.places {
		text, err := p.credential()
		if err != nil {
			return Payload{}, err
		}
		if err := f.add(text, p.kind); err != nil {
			return Payload{}, err
		}
		if p.depth != 2 {
			f.warn("the credential is not directly below the root of the SVG")
		}
	}
	return f.result()
}

// svgDocument is where things are in the text of an SVG.
type svgDocument struct {
	text               []byte // without byte order mark
	rootStart, rootEnd int    // the root's start tag
	rootAttrs          []xml.Attr
	places             []place
}

// place is one element that holds a credential.
type place struct {
	kind       Kind
	start, end int // from its start tag to its end tag
	depth      int // 2 below the root
	verify     string
	body       []byte
}

// credential is what the place holds. In Open Badges 2.0 the attribute may be
// the address of what the body holds, and a signature in it outweighs the
// body; in 3.0 there is one or the other.
func (p place) credential() ([]byte, error) {
	verify, body := []byte(strings.TrimSpace(p.verify)), bytes.TrimSpace(p.body)
	switch {
	case len(verify) == 0:
		return body, nil
	case len(body) == 0:
		return verify, nil
	case p.kind != OpenBadges2:
		return nil, fmt.Errorf("%w: one in the attribute and one in the text of an element", ErrConflict)
	case IsToken(verify):
		return verify, nil
	}
	return body, nil
}

// readSVG reads the whole document, so that what comes after a credential is
// known to be sound too.
func readSVG(file []byte) (*svgDocument, error) {
	if len(file) > MaxImageBytes {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, MaxImageBytes)
	}
	if !utf8.Valid(file) {
		return nil, fmt.Errorf("%w: SVG is not UTF-8", ErrMalformed)
	}
	if err := countAttributes(file); err != nil {
		return nil, err
	}
	s := svgScanner{doc: svgDocument{text: trimBOM(file)}}
	// A bytes.Reader keeps the decoder's offsets exact. Entities but the five
	// of XML itself, and encodings but UTF-8, are errors of the decoder.
	d := xml.NewDecoder(bytes.NewReader(s.doc.text))
	for range maxTokens {
		from := int(d.InputOffset())
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return s.finish()
		}
		if err != nil {
			return nil, fmt.Errorf("%w: SVG is not well-formed XML in UTF-8", ErrMalformed)
		}
		if err := s.take(token, from, int(d.InputOffset())); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("%w: SVG of more than %d tokens", ErrTooLarge, maxTokens)
}

// countAttributes bounds the attributes of a document before the decoder, which holds all
// of an element at once, builds them. It knows no state but the tag: in a start tag that
// the decoder accepts, "<" stands nowhere else, and quotes only around values. So whatever
// the decoder takes for a start tag is counted here, and at worst some text too.
func countAttributes(text []byte) error {
	all := 0
	for {
		start := bytes.IndexByte(text, '<')
		if start < 0 {
			return nil
		}
		text = text[start+1:]
		n := attributesOf(text)
		if all += n; n > maxAttributes || all > maxAllAttributes {
			return fmt.Errorf("%w: SVG with more than %d attributes on an element, or %d in all", ErrTooLarge, maxAttributes, maxAllAttributes)
		}
	}
}

// attributesOf counts the equals signs outside values in what follows a "<", as far as a
// start tag goes.
func attributesOf(text []byte) (n int) {
	if len(text) == 0 || bytes.IndexByte([]byte("!?/"), text[0]) >= 0 {
		return 0
	}
	var quote byte
	for _, c := range text {
		switch {
		case c == '<', c == '>' && quote == 0:
			return n
		case c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case quote == 0 && c == '=':
			n++
		}
	}
	return n
}

// svgScanner follows the tokens of a document.
type svgScanner struct {
	doc     svgDocument
	depth   int
	doctype bool // seen
	inside  bool // the last of doc.places is open
}

func (s *svgScanner) take(token xml.Token, from, to int) error {
	switch token := token.(type) {
	case xml.StartElement:
		return s.open(token, from, to)
	case xml.EndElement:
		if s.inside {
			s.doc.places[len(s.doc.places)-1].end = to
			s.inside = false
		}
		s.depth--
	case xml.CharData:
		if s.inside {
			last := &s.doc.places[len(s.doc.places)-1]
			last.body = append(last.body, token...)
		}
		if s.depth == 0 && len(bytes.TrimSpace(token)) > 0 {
			return fmt.Errorf("%w: text outside the SVG", ErrMalformed)
		}
	case xml.ProcInst:
		if strings.EqualFold(token.Target, "xml") && from > 0 {
			return fmt.Errorf("%w: XML declaration inside the SVG", ErrMalformed)
		}
	case xml.Directive:
		return s.directive(token)
	}
	return nil
}

// directive accepts the one thing that harmless SVGs of old, the fixtures of
// the standard among them, have: a document type that only names the public
// SVG DTD. It declares nothing itself, and is never fetched.
func (s *svgScanner) directive(token xml.Directive) error {
	if s.doctype || s.doc.rootEnd > 0 || !bytes.HasPrefix(token, []byte("DOCTYPE ")) || bytes.ContainsAny(token, "[]<>") {
		return fmt.Errorf("%w: SVG with declarations of its own", ErrMalformed)
	}
	s.doctype = true
	return nil
}

func (s *svgScanner) open(element xml.StartElement, from, to int) error {
	s.depth++
	if s.depth > maxElementDepth {
		return fmt.Errorf("%w: SVG nested deeper than %d", ErrTooLarge, maxElementDepth)
	}
	if hasDuplicates(element.Attr) {
		return fmt.Errorf("%w: attribute given twice in SVG", ErrMalformed)
	}
	if s.depth == 1 {
		if s.doc.rootEnd > 0 || element.Name != (xml.Name{Space: svgNamespace, Local: "svg"}) {
			return fmt.Errorf("%w: not one SVG element", ErrMalformed)
		}
		s.doc.rootStart, s.doc.rootEnd, s.doc.rootAttrs = from, to, element.Attr
		return nil
	}
	if s.inside {
		return fmt.Errorf("%w: element inside the credential of an SVG", ErrMalformed)
	}
	kind, ok := svgKinds[element.Name]
	if !ok {
		return nil
	}
	if len(s.doc.places) == maxPlaces {
		return fmt.Errorf("%w: more than %d credentials in SVG", ErrTooLarge, maxPlaces)
	}
	p := place{kind: kind, start: from, depth: s.depth}
	for _, attr := range element.Attr {
		if attr.Name == (xml.Name{Local: "verify"}) {
			p.verify = attr.Value
		}
	}
	s.doc.places = append(s.doc.places, p)
	s.inside = true
	return nil
}

func (s *svgScanner) finish() (*svgDocument, error) {
	if s.doc.rootEnd == 0 {
		return nil, fmt.Errorf("%w: not an SVG", ErrMalformed)
	}
	return &s.doc, nil
}

// hasDuplicates reports what Go's decoder lets pass (XML Namespaces §6.3).
func hasDuplicates(attrs []xml.Attr) bool {
	if len(attrs) < 2 {
		return false
	}
	seen := make(map[xml.Name]bool, len(attrs))
	for _, attr := range attrs {
		if seen[attr.Name] {
			return true
		}
		seen[attr.Name] = true
	}
	return false
}
