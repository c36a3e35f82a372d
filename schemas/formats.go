package schemas

import (
	"encoding/json"
	"errors"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// formats are the checks that a JSON Schema keyword cannot express. Each sees
// only values of the type its schema already asked for; the words a reader
// sees are the schema's, so the error only says no.
var formats = map[string]func(any) error{
	"uri":           ofText(isURI),
	"dateTimeStamp": ofText(isTimestamp),
	"dateTime":      ofText(isDateTime),
	"calendarDate":  ofText(func(s string) bool { _, err := time.Parse(time.DateOnly, s); return err == nil }),
	"finite":        ofNumber(math.Inf(-1), math.Inf(1)),
	"latitude":      ofNumber(-90, 90),
	"longitude":     ofNumber(-180, 180),
	"statusListIndex": func(v any) error {
		if s, ok := v.(string); ok {
			return refuseUnless(isIndex(s))
		}
		return wholeNumber(v)
	},
}

var errFormat = errors.New("not of this format")

func refuseUnless(ok bool) error {
	if ok {
		return nil
	}
	return errFormat
}

func ofText(valid func(string) bool) func(any) error {
	return func(v any) error {
		s, ok := v.(string)
		return refuseUnless(!ok || valid(s))
	}
}

// ofNumber accepts finite numbers in a closed range. A number beyond the range
// of a double is refused: canonical forms write numbers as doubles (RFC 8785
// §3.2.2.3), so no proof could cover it faithfully.
func ofNumber(low, high float64) func(any) error {
	return func(v any) error {
		f, ok := double(v)
		return refuseUnless(ok && f >= low && f <= high)
	}
}

func double(v any) (float64, bool) {
	switch n := v.(type) {
	case json.Number:
		f, err := strconv.ParseFloat(string(n), 64)
		return f, err == nil
	case float64:
		return n, !math.IsInf(n, 0) && !math.IsNaN(n)
	}
	return 0, false
}

func wholeNumber(v any) error {
	f, ok := double(v)
	return refuseUnless(ok && f >= 0 && f < 1<<53 && f == math.Trunc(f))
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
	scheme, rest, ok := strings.Cut(s, ":")
	if !ok || rest == "" || !schemePattern.MatchString(scheme) {
		return false
	}
	return !strings.ContainsFunc(rest, func(r rune) bool {
		return r <= ' ' || r == 0x7f || r == '\uFFFD' || strings.ContainsRune("<>\"{}|\\^`", r)
	})
}

var schemePattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*$`)

// isTimestamp asks whether an XML Schema dateTimeStamp exists in the calendar
// (VC-DM §4.9); the pattern beside it in the schema bounds its spelling.
func isTimestamp(s string) bool {
	_, err := time.Parse(time.RFC3339Nano, s)
	return err == nil
}

func isDateTime(s string) bool { return isTimestamp(s) || isTimestamp(s+"Z") }
