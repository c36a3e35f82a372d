package fetch

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxFresh caps what a site may promise: what is revoked shall be known within the hour.
const maxFresh = time.Hour

// freshness is how long a response, asked for and arrived at these times, may be used
// again without asking (RFC 9111 §4.2). Only what the site says counts: there is no
// heuristic freshness, and what contradicts itself or cannot be read is stale (§4.2.1).
// The Client answers many people, so it obeys what is said to shared caches; but as it
// is not told when a site changes its mind, s-maxage can only shorten what max-age says.
func freshness(h http.Header, asked, arrived time.Time) time.Duration {
	if strings.Contains(strings.Join(h.Values("Vary"), ","), "*") {
		return 0 // RFC 9111 §4.1
	}
	lifetime, ok := directives(h)
	if !ok {
		return 0
	}
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		date = arrived
	}
	if lifetime < 0 {
		expires, err := http.ParseTime(only(h.Values("Expires")))
		if err != nil {
			return 0 // RFC 9111 §5.3
		}
		lifetime = expires.Sub(date)
	}
	age := time.Duration(0)
	if values := h.Values("Age"); len(values) > 0 {
		if age, ok = seconds(only(values)); !ok {
			return 0
		}
	}
	// RFC 9111 §4.2.3
	age = max(age+arrived.Sub(asked), arrived.Sub(date), 0)
	return min(max(lifetime-age, 0), maxFresh)
}

// directives reads Cache-Control (RFC 9111 §5.2.2): the lifetime, negative where it does
// not say one, and whether the response may be kept at all.
func directives(h http.Header) (lifetime time.Duration, ok bool) {
	const unsaid = -1
	seen := map[string]time.Duration{"max-age": unsaid, "s-maxage": unsaid}
	for part := range strings.SplitSeq(strings.Join(h.Values("Cache-Control"), ","), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name = strings.ToLower(name); name {
		case "no-store", "no-cache", "private":
			return 0, false
		case "max-age", "s-maxage":
			said, ok := seconds(strings.Trim(value, `"`))
			if !ok || seen[name] != unsaid {
				return 0, false
			}
			seen[name] = said
		}
	}
	lifetime = seen["max-age"]
	if shared := seen["s-maxage"]; shared != unsaid && (lifetime == unsaid || shared < lifetime) {
		lifetime = shared
	}
	return lifetime, true
}

// seconds reads delta-seconds (RFC 9111 §1.2.2), which may be any number of digits.
func seconds(text string) (time.Duration, bool) {
	if text == "" || strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		n = 1 << 31
	}
	return time.Duration(n) * time.Second, true
}

// only is the value of a header that is there once, else nothing.
func only(values []string) string {
	if len(values) != 1 {
		return ""
	}
	return values[0]
}
