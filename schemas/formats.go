package schemas

import (
	"encoding/json"
	"errors"
	"maps"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Format is a check that no keyword of JSON Schema can express but "format", which names it
// (JSON Schema Validation §7). It says nothing of values of other kinds than it is about: the
// "type" beside it in a schema does.
type Format struct {
	text   func(string) bool  // nil: it is not about texts
	number func(float64) bool // nil: it is not about numbers
}

// OfText reports whether a text has the format, or the format is not about texts.
func (f Format) OfText(s string) bool { return f.text == nil || f.text(s) }

// OfNumber reports whether a number has the format, or the format is not about numbers. A
// number beyond the range of a double has none: canonical forms write numbers as doubles
// (RFC 8785 §3.2.2.3), so no proof could cover it faithfully.
func (f Format) OfNumber(spelling json.Number) bool {
	if f.number == nil {
		return true
	}
	x, err := strconv.ParseFloat(string(spelling), 64)
	return err == nil && f.number(x)
}

// Formats returns the formats of the embedded schemas by their names.
func Formats() map[string]Format { return maps.Clone(formats) }

var formats = map[string]Format{
	"uri":             {text: isURI},
	"dateTimeStamp":   {text: isTimestamp},
	"dateTime":        {text: isDateTime},
	"calendarDate":    {text: isDate},
	"finite":          {number: between(-math.MaxFloat64, math.MaxFloat64)},
	"latitude":        {number: between(-90, 90)},
	"longitude":       {number: between(-180, 180)},
	"statusListIndex": {text: isIndex, number: func(x float64) bool { return 0 <= x && x < 1<<53 && x == math.Trunc(x) }},
}

// validate is a Format as the library wants it. The words a reader sees are the schema's, so
// the error only says no.
func (f Format) validate(v any) error {
	holds := true
	switch v := v.(type) {
	case string:
		holds = f.OfText(v)
	case json.Number:
		holds = f.OfNumber(v)
	case float64:
		holds = f.number == nil || f.number(v)
	}
	if !holds {
		return errFormat
	}
	return nil
}

var errFormat = errors.New("not of this format")

// between accepts the numbers of a closed range.
func between(low, high float64) func(float64) bool {
	return func(x float64) bool { return low <= x && x <= high }
}

// isIndex accepts what BSL §2.1 calls an integer greater than or equal to zero.
func isIndex(s string) bool {
	_, err := strconv.ParseUint(s, 10, 53)
	return err == nil
}

// isURI accepts an absolute URI or IRI (RFC 3986 §3, RFC 3987 §2.2) by its
// scheme and by the characters that may never stand in one. A relative
// reference is refused: JSON-LD would drop what it names.
func isURI(s string) bool {
	colon := strings.IndexByte(s, ':')
	if colon < 1 || colon == len(s)-1 || !isScheme(s[:colon]) {
		return false
	}
	for _, r := range s[colon+1:] {
		if r < utf8.RuneSelf && neverInURI[r] || r == utf8.RuneError {
			return false
		}
	}
	return true
}

// neverInURI are the ASCII characters that stand in no URI.
var neverInURI = func() (never [utf8.RuneSelf]bool) {
	for c := range never {
		never[c] = c <= ' ' || c == 0x7f || strings.IndexByte("<>\"{}|\\^`", byte(c)) >= 0
	}
	return never
}()

// isScheme accepts the scheme of a URI (RFC 3986 §3.1).
func isScheme(s string) bool {
	for i := range len(s) {
		letter := 'a' <= s[i]|0x20 && s[i]|0x20 <= 'z'
		if !letter && (i == 0 || !isDigit(s[i]) && s[i] != '+' && s[i] != '-' && s[i] != '.') {
			return false
		}
	}
	return s != ""
}
