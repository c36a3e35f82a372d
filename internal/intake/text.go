package intake

import (
	"bytes"
	"net/url"
	"strings"
	"unicode/utf8"

	"laurel/internal/bake"
)

// recognize tells from its looks whether a text is a credential or a link to one. It
// parses no JSON: that is for the verifier, which does it strictly. A byte order mark is
// not blank: JSON with one is refused there and here (RFC 8259 §8.1).
func recognize(text []byte) (Item, bool) {
	text = bytes.TrimSpace(text)
	if len(text) == 0 || len(text) > maxText || !utf8.Valid(text) {
		return Item{}, false
	}
	kind := Kind("")
	switch {
	case text[0] == '{' && text[len(text)-1] == '}':
		kind = JSON
	case isToken(text) && bytes.IndexByte(text, '~') >= 0:
		kind = SDJWT
	case isToken(text):
		kind = JWS
	default:
		link, ok := asLink(string(text))
		return Item{Kind: Link, Text: []byte(link)}, ok
	}
	return Item{Kind: kind, Text: bytes.Clone(text)}, true
}

// isCredential tells an item that can be one from the JSON and the links that files of
// all sorts hold beside it.
func (i Item) isCredential() bool {
	return i.Kind == JWS || i.Kind == SDJWT || i.Kind == JSON && bytes.Contains(i.Text, []byte(`"@context"`))
}

// isToken reports whether text looks like a token and begins as the JSON of a header
// does: a host name of three labels is none.
func isToken(text []byte) bool {
	return text[0] == 'e' && bake.IsToken(text)
}

// asLink returns an https address as it is asked for. What package fetch thinks of it is
// not anticipated here.
func asLink(text string) (string, bool) {
	if len(text) > maxLink || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return "", false
	}
	u, err := url.Parse(text)
	if err != nil || !isWeb(u) {
		return "", false
	}
	return text, true
}

// isWeb reports whether an address is one that can be asked for. Plain http is among
// them because old badges name it; package fetch decides.
func isWeb(u *url.URL) bool {
	return (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil && u.Opaque == ""
}
