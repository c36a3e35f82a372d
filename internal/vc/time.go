package vc

import (
	"errors"
	"strings"
	"time"
)

var errTime = errors.New("not a date and time with a time zone, such as 2026-01-02T03:04:05Z")

// ParseTime reads an xsd:dateTimeStamp (XML Schema 1.1 Datatypes §3.4.28) of a year with
// four digits: the zone is mandatory, 24:00:00 is the next midnight, impossible dates are
// errors. Digits beyond the nanosecond are cut off.
func ParseTime(text string) (time.Time, error) {
	if !isDateTimeStamp(text) {
		return time.Time{}, errTime
	}
	nextDay := text[11:13] == "24"
	if nextDay {
		if strings.Trim(text[13:zone(text)], ":.0") != "" {
			return time.Time{}, errTime
		}
		text = text[:11] + "00" + text[13:]
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}, errTime
	}
	if nextDay {
		t = t.AddDate(0, 0, 1)
	}
	return t, nil
}

// isDateTimeStamp looks at the form alone, which time.Parse would take too lightly.
func isDateTimeStamp(text string) bool {
	const form = "0000-00-00T00:00:00"
	if len(text) <= len(form) || !likeForm(text[:len(form)], form) {
		return false
	}
	at := zone(text)
	if fraction := text[len(form):at]; fraction != "" && (fraction[0] != '.' || len(fraction) < 2 || len(fraction) > 19) {
		return false
	}
	switch offset := text[at:]; {
	case offset == "Z":
		return true
	case len(offset) != 6 || offset[0] != '+' && offset[0] != '-' || !likeForm(offset[1:], "00:00"):
		return false
	case offset[1:] == "14:00":
		return true
	default:
		return offset[1:3] < "14" && offset[4] < '6'
	}
}

// zone returns where the time zone of a time begins: after the digits of its seconds.
func zone(text string) int {
	at := len("0000-00-00T00:00:00")
	if at < len(text) && text[at] == '.' {
		at++
	}
	for at < len(text) && '0' <= text[at] && text[at] <= '9' {
		at++
	}
	return at
}

// likeForm reports whether text has a digit for each 0 of the form and is like it otherwise.
func likeForm(text, form string) bool {
	for i := range len(form) {
		if digit := '0' <= text[i] && text[i] <= '9'; text[i] != form[i] && !(form[i] == '0' && digit) {
			return false
		}
	}
	return true
}

// FormatTime writes a moment the way Laurel issues it: in UTC, whole seconds.
func FormatTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// Restate is FormatTime for a moment that was read from a text, which serves where it has
// that form already.
func Restate(t time.Time, text string) string {
	if len(text) == len("2006-01-02T15:04:05Z") && text[11:13] != "24" {
		if again, err := ParseTime(text); err == nil && again.Equal(t) {
			return text
		}
	}
	return FormatTime(t)
}
