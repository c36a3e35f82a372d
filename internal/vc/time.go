package vc

import (
	"errors"
	"regexp"
	"strings"
	"time"
)

var dateTimeStamp = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}T([0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]{1,18})?(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)$`)

var errTime = errors.New("not a date and time with a time zone, such as 2026-01-02T03:04:05Z")

// ParseTime reads an xsd:dateTimeStamp (XML Schema 1.1 Datatypes §3.4.28) of a year with
// four digits: the zone is mandatory, 24:00:00 is the next midnight, impossible dates are
// errors. Digits beyond the nanosecond are cut off.
func ParseTime(text string) (time.Time, error) {
	m := dateTimeStamp.FindStringSubmatch(text)
	if m == nil {
		return time.Time{}, errTime
	}
	nextDay := m[1] == "24:00:00" && strings.Trim(m[2], ".0") == ""
	if nextDay {
		text = strings.Replace(text, "T24", "T00", 1)
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

// FormatTime writes a moment the way Laurel issues it: in UTC, whole seconds.
func FormatTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }
