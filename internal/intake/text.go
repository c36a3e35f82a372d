package intake

import (
	"bytes"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"laurel/internal/bake"
)

// recognize tells from its looks whether a text is a credential or a link to one. It
// parses no JSON: that is for the verifier, which does it strictly. A byte order mark is
// not blank: only a whole file may have one.
func recognize(text []byte) (Item, bool) {
	text = bytes.TrimSpace(text)
	if len(text) == 0 || len(text) > maxText || !utf8.Valid(text) {
		return Item{}, false
	}
	kind := Kind("")
	switch {
	case text[0] == '{' && text[len(text)-1] == '}':
		kind = JSON
	case isToken(text):
		kind = JWS
		if bytes.IndexByte(text, '~') >= 0 {
			kind = SDJWT
		}
	default:
		link, ok := asLink(string(text))
		return Item{Kind: Link, Text: []byte(link)}, ok
	}
	return Item{Kind: kind, Text: text}, true
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

var bareLink = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(?i:[a-z0-9-]+\.)+(?i:[a-z]{2,})/\S*$`) })

// IsBareLink tells whether a file of no kind is an address without its scheme, as browsers
// show them.
func IsBareLink(file []byte) bool {
	text := bytes.TrimSpace(file)
	return len(text) <= maxLink && bareLink().Match(text)
}

// IsUTF16 tells whether a file says that it is text in UTF-16, in which no credential is
// (RFC 8259 §8.1).
func IsUTF16(file []byte) bool {
	return bytes.HasPrefix(file, []byte("\xff\xfe")) || bytes.HasPrefix(file, []byte("\xfe\xff"))
}

// HasLink tells whether one of the words of a text is a link.
func HasLink(file []byte) bool {
	isLink := func(word string) bool { return strings.HasPrefix(word, "https://") }
	return len(file) <= maxText && utf8.Valid(file) && slices.ContainsFunc(strings.Fields(string(file)), isLink)
}
