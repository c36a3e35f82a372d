package results

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"sync"
	"time"

	"laurel/issuer"
)

var (
	yearFirst = form(`^([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})$|^([0-9]{4})/([0-9]{1,2})/([0-9]{1,2})$|^([0-9]{4}) ?年 ?([0-9]{1,2}) ?月 ?([0-9]{1,2}) ?日$`)
	dayFirst  = form(`^([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})$`)
	moment    = form(`^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}`)
	eitherWay = form(`^[0-9]{1,2}[/-][0-9]{1,2}[/-]([0-9]{4}|[0-9]{2})$`)
	clock     = form(`^[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}[Tt ]+[0-9]{1,2}:[0-9]{2}`)
	serial    = form(`^[0-9]{5}([.,][0-9]+)?$`)
)

// form is a regular expression that is compiled when a cell is first held to it: most commands
// read no file of results.
func form(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}

// AwardDate reads the date of an award as the column awarded has it: a day, which is its
// first moment in UTC, or a moment with its time zone.
func AwardDate(text string) (time.Time, error) {
	var r issuer.Result
	err := readAwarded(&r, text)
	return r.AwardedAt, err
}

// readAwarded takes a day as its first moment in UTC: the date that people read on the
// badge is then the one in the file, and the moment has passed wherever that day has
// begun in UTC. A college east of Greenwich whose badges must be valid in the first hours
// of a day gives the time and its zone.
func readAwarded(r *issuer.Result, cell string) error {
	text := trimmed(cell)
	if text == "" {
		return errors.New("the date of the award is missing")
	}
	var err error
	r.AwardedAt, _, err = parseDate(text)
	return err
}

// readValidUntil takes a day as its last second in UTC: the badge is valid on that day.
func readValidUntil(r *issuer.Result, cell string) error {
	text := trimmed(cell)
	if text == "" {
		return nil
	}
	until, wholeDay, err := parseDate(text)
	if err != nil {
		return err
	}
	if wholeDay {
		until = until.AddDate(0, 0, 1).Add(-time.Second)
	}
	r.ValidUntil = &until
	return nil
}

// parseDate reads a day as 2026-01-02, 2026/1/2, 2026年1月2日 or 02.01.2026, or a moment
// with its time zone (RFC 3339).
func parseDate(text string) (t time.Time, wholeDay bool, err error) {
	if m := yearFirst().FindStringSubmatch(text); m != nil {
		t, err = day(text, m[1]+m[4]+m[7], m[2]+m[5]+m[8], m[3]+m[6]+m[9])
		return t, true, err
	}
	if m := dayFirst().FindStringSubmatch(text); m != nil {
		t, err = day(text, m[3], m[2], m[1])
		return t, true, err
	}
	if moment().MatchString(text) {
		if t, err := time.Parse(time.RFC3339, text); err == nil {
			return t.UTC(), false, inRange(text, t)
		}
	}
	switch {
	case eitherWay().MatchString(text):
		return t, false, fmt.Errorf("%.40q can be read as two dates; write it as YYYY-MM-DD", text)
	case clock().MatchString(text):
		return t, false, fmt.Errorf("%.40q is no moment with a time zone, such as 2026-01-02T15:04:05Z; the day alone, 2026-01-02, will do", text)
	case serial().MatchString(text):
		return t, false, fmt.Errorf("%.40q looks like a spreadsheet's number of a day; make the column a date, YYYY-MM-DD", text)
	}
	return t, false, fmt.Errorf("%.40q is not a date; write it as YYYY-MM-DD", text)
}

func day(text, year, month, day string) (time.Time, error) {
	var n [3]int
	for i, digits := range []string{year, month, day} {
		var err error
		if n[i], err = strconv.Atoi(digits); err != nil {
			return time.Time{}, err
		}
	}
	t := time.Date(n[0], time.Month(n[1]), n[2], 0, 0, 0, 0, time.UTC)
	if t.Year() != n[0] || int(t.Month()) != n[1] || t.Day() != n[2] {
		return time.Time{}, fmt.Errorf("%.40q is not in the calendar", text)
	}
	return t, inRange(text, t)
}

func inRange(text string, t time.Time) error {
	if year := t.UTC().Year(); year < 1900 || year > 9999 {
		return fmt.Errorf("the year of %.40q is not between 1900 and 9999", text)
	}
	return nil
}
