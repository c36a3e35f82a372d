package bake

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// BakeSVG returns the image with the credential in an element that is the
// first child of the root (Open Badges 3.0 §5.3.2): a compact token, when jwt
// is true, in its attribute verify, a JSON object in its text. Credentials that
// were there are replaced; every other byte of the image stays as it is.
// Errors are ErrMalformed, ErrTooLarge and ErrCredential.
func BakeSVG(svg, credential []byte, jwt bool) ([]byte, error) {
	credential, token, err := bakeable(credential)
	if err != nil {
		return nil, err
	}
	if token != jwt {
		return nil, fmt.Errorf("%w: JSON and tokens have different places in an SVG", ErrCredential)
	}
	if !token && !isXMLText(credential) {
		return nil, fmt.Errorf("%w: a character in it cannot be written in XML; escape it in the JSON", ErrCredential)
	}
	doc, err := readSVG(svg)
	if err != nil {
		return nil, err
	}
	out := doc.with(credential, token)
	if len(out) > MaxImageBytes {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, MaxImageBytes)
	}
	back, err := UnbakeSVG(out)
	if err != nil || !bytes.Equal(back.Bytes, credential) || back.Warnings != nil {
		return nil, fmt.Errorf("%w: credential does not come out of this SVG as it went in", ErrMalformed)
	}
	return out, nil
}

// with writes the document anew around its own bytes.
func (d *svgDocument) with(credential []byte, token bool) []byte {
	prefix, declaration := d.prefix()
	element := element(prefix, credential, token)
	name := d.rootName()
	nameEnd := d.rootStart + 1 + len(name)

	var out bytes.Buffer
	out.Write(d.text[:nameEnd])
	out.WriteString(declaration)
	if tag := d.text[nameEnd:d.rootEnd]; bytes.HasSuffix(tag, []byte("/>")) {
		out.Write(tag[:len(tag)-2])
		fmt.Fprintf(&out, ">%s</%s>", element, name)
	} else {
		out.Write(tag)
		out.WriteString(element)
	}
	at := d.rootEnd
	for _, p := range d.places {
		out.Write(d.text[at:p.start])
		at = p.end
	}
	out.Write(d.text[at:])
	return out.Bytes()
}

// rootName is the root's name as it is written, prefix included.
func (d *svgDocument) rootName() []byte {
	tag := d.text[d.rootStart+1 : d.rootEnd]
	return tag[:bytes.IndexAny(tag, " \t\r\n/>")]
}

// prefix is one that stands for the badge namespace on the root, with the
// declaration to add when there is none yet. Open Badges calls it openbadges,
// and that is taken unless the image uses it for something else.
func (d *svgDocument) prefix() (prefix, declaration string) {
	const usual = "openbadges"
	var taken []string
	for _, attr := range d.rootAttrs {
		if attr.Name.Space != "xmlns" {
			continue
		}
		taken = append(taken, attr.Name.Local)
		if attr.Value == badgeNamespace && prefix != usual {
			prefix = attr.Name.Local
		}
	}
	if prefix != "" {
		return prefix, ""
	}
	prefix = usual
	for n := 3; slices.Contains(taken, prefix); n++ {
		prefix = usual + strconv.Itoa(n)
	}
	return prefix, ` xmlns:` + prefix + `="` + badgeNamespace + `"`
}

// cdata keeps JSON as it is inside a CDATA section: the end of the section is
// split between two, and carriage returns, which XML readers turn into line
// feeds, are written as references between two.
var cdata = strings.NewReplacer("]]>", "]]]]><![CDATA[>", "\r", "]]>&#13;<![CDATA[")

func element(prefix string, credential []byte, token bool) string {
	if token {
		return fmt.Sprintf(`<%s:credential verify="%s"></%s:credential>`, prefix, credential, prefix)
	}
	return fmt.Sprintf(`<%s:credential><![CDATA[%s]]></%s:credential>`, prefix, cdata.Replace(string(credential)), prefix)
}

// isXMLText reports whether text has only characters of XML (XML 1.0 §2.2).
func isXMLText(text []byte) bool {
	return !bytes.ContainsFunc(text, func(r rune) bool {
		return r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff
	})
}
