package schemas

import "time"

// isTimestamp asks whether an XML Schema dateTimeStamp exists in the calendar
// (VC-DM §4.9); the pattern beside it in the schema bounds its spelling. The usual spelling
// is read here, and package time is asked about the rest.
func isTimestamp(s string) bool {
	if zone, ok := afterTime(s); ok && isZone(zone) {
		return true
	}
	_, err := time.Parse(time.RFC3339Nano, s)
	return err == nil
}

// isDateTime is isTimestamp for a time that may lack its zone.
func isDateTime(s string) bool {
	if zone, ok := afterTime(s); ok && zone == "" {
		return true
	}
	return isTimestamp(s) || isTimestamp(s+"Z")
}

// afterTime returns what follows a day and time, with or without a fraction of a second.
func afterTime(s string) (rest string, ok bool) {
	const length = len("2026-01-02T03:04:05")
	if len(s) < length || !isDate(s[:10]) || s[10] != 'T' || s[13] != ':' || s[16] != ':' ||
		!isUpTo(s[11:13], 23) || !isUpTo(s[14:16], 59) || !isUpTo(s[17:19], 59) {
		return "", false
	}
	rest = s[length:]
	if len(rest) < 2 || rest[0] != '.' || !isDigit(rest[1]) {
		return rest, true
	}
	for rest = rest[1:]; rest != "" && isDigit(rest[0]); rest = rest[1:] {
	}
	return rest, true
}

// isZone accepts Z and offsets such as +05:30.
func isZone(s string) bool {
	return s == "Z" || len(s) == len("+05:30") && (s[0] == '+' || s[0] == '-') && s[3] == ':' && isUpTo(s[1:3], 23) && isUpTo(s[4:6], 59)
}

// isDate asks whether a day such as 2026-01-02 exists in the calendar.
func isDate(s string) bool {
	if len(s) != len(time.DateOnly) || s[4] != '-' || s[7] != '-' {
		return false
	}
	century, ok1 := twoDigits(s[0:2])
	year, ok2 := twoDigits(s[2:4])
	month, ok3 := twoDigits(s[5:7])
	day, ok4 := twoDigits(s[8:10])
	return ok1 && ok2 && ok3 && ok4 && 1 <= month && month <= 12 && 1 <= day && day <= daysIn(month, century*100+year)
}

func daysIn(month, year int) int {
	if month == 2 && year%4 == 0 && (year%100 != 0 || year%400 == 0) {
		return 29
	}
	return [...]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[month-1]
}

func isUpTo(s string, most int) bool {
	n, ok := twoDigits(s)
	return ok && n <= most
}

func twoDigits(s string) (int, bool) {
	return int(s[0]-'0')*10 + int(s[1]-'0'), isDigit(s[0]) && isDigit(s[1])
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
