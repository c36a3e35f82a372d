package web

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Bounds in characters of foreign text on pages.
const (
	maxName = 200
	maxText = 2000
)

// shown makes foreign text fit to stand on a page: on one line, without control
// characters and without marks that change the direction of the text around them, and
// not longer than max characters. Escaping is left to the template.
func shown(text string, max int) string {
	var out strings.Builder
	count, blank := 0, false
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		text = text[size:]
		switch {
		case unicode.IsSpace(r):
			blank = out.Len() > 0
			continue
		case hidden(r):
			continue
		}
		if count >= max {
			out.WriteRune('…')
			break
		}
		if blank {
			out.WriteByte(' ')
			count++
		}
		blank = false
		out.WriteRune(r)
		count++
	}
	return out.String()
}

// hidden tells characters that show nothing and change what is shown: controls, bidi
// formatting, tags, lone surrogates and private use. Joiners stay, for scripts need them.
func hidden(r rune) bool {
	const zeroWidthNonJoiner, zeroWidthJoiner = '\u200c', '\u200d'
	if r == zeroWidthNonJoiner || r == zeroWidthJoiner {
		return false
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Cs, unicode.Co, unicode.Zl, unicode.Zp)
}

// multiline is shown for text that may have lines, such as a document.
func multiline(text string, max int) string {
	var out strings.Builder
	for _, r := range text {
		if r != '\n' && r != '\t' && hidden(r) {
			r = unicode.ReplacementChar
		}
		if max--; max < 0 {
			out.WriteRune('…')
			break
		}
		out.WriteRune(r)
	}
	return out.String()
}

// parseTime reads an XML Schema dateTime with a time zone.
func parseTime(text string) (time.Time, error) { return time.Parse(time.RFC3339, text) }
