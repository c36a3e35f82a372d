package deqar

import (
	"fmt"
	"time"
)

// Day is a whole day of the calendar, counted so that days compare and add as numbers.
// The zero Day is one that is not given. DEQAR dates have no time zone and neither has a Day.
type Day int32

// origin is the day before Day 1, which is 0001-01-01.
var origin = time.Date(0, 12, 31, 0, 0, 0, 0, time.UTC).Unix() / secondsOfDay

const (
	secondsOfDay = 24 * 60 * 60
	lastDay      = Day(3652059) // 9999-12-31
)

// DayOf returns the day of a moment in UTC.
func DayOf(t time.Time) Day {
	year, month, day := t.UTC().Date()
	return date(year, month, day)
}

func date(year int, month time.Month, day int) Day {
	return Day(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix()/secondsOfDay - origin)
}

// ParseDay reads "2018-01-31", or the day of "2018-01-31T00:00:00Z", as lists of the Web API
// write it. An empty text is no day.
func ParseDay(text string) (Day, error) {
	if text == "" {
		return 0, nil
	}
	layout := time.DateOnly
	if len(text) > len(layout) {
		layout = time.RFC3339
		if text[len(text)-1] != 'Z' { // in another zone it may be another day there
			return 0, fmt.Errorf("%.40q is not a day", text)
		}
	}
	t, err := time.Parse(layout, text)
	if err != nil || t.Year() < 1 {
		return 0, fmt.Errorf("%.40q is not a day", text)
	}
	return DayOf(t), nil
}

// Time returns the beginning of the day in UTC; the zero Time for no day.
func (d Day) Time() time.Time {
	if d == 0 {
		return time.Time{}
	}
	return time.Unix((int64(d)+origin)*secondsOfDay, 0).UTC()
}

// String writes the day as "2018-01-31"; empty for no day.
func (d Day) String() string {
	if d == 0 {
		return ""
	}
	return d.Time().Format(time.DateOnly)
}

// AddYears returns the same day some years later. 29 February becomes 28 February where the
// year has none: a shorter reach, never a longer one.
func (d Day) AddYears(years int) Day {
	if d == 0 {
		return 0
	}
	year, month, day := d.Time().Date()
	if month == time.February && day == 29 {
		last := date(year+years, time.March, 1) - 1
		return last
	}
	return date(year+years, month, day)
}

// MarshalText writes the day as String does.
func (d Day) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (d *Day) UnmarshalText(text []byte) (err error) {
	*d, err = ParseDay(string(text))
	return err
}

// Span is the days from From to To, both of them included. A From or To that is not given
// leaves that end open.
type Span struct {
	From Day `json:"from,omitzero"`
	To   Day `json:"to,omitzero"`
}

// Holds reports whether the day is in the span.
func (s Span) Holds(d Day) bool { return d >= s.From && (s.To == 0 || d <= s.To) }

// Empty reports whether no day is in the span.
func (s Span) Empty() bool { return s.To != 0 && s.From > s.To }

// Within returns the days that are in both.
func (s Span) Within(other Span) Span {
	if other.From > s.From {
		s.From = other.From
	}
	if other.To != 0 && (s.To == 0 || other.To < s.To) {
		s.To = other.To
	}
	return s
}
