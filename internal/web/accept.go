package web

import (
	"strconv"
	"strings"
)

// Media types that answers are offered in.
const (
	typeHTML    = "text/html"
	typeJSON    = "application/json"
	typeJSONLD  = "application/ld+json"
	typeProblem = "application/problem+json"
)

// maxAccept bounds the ranges of an Accept header that are looked at.
const maxAccept = 32

// prefer returns which offer an Accept header likes best, the first of equals; without
// a header, or when nothing offered is accepted, the first offer (RFC 9110 §12.5.1).
func prefer(accept string, offers ...string) string {
	best, bestQuality := offers[0], 0.0
	if strings.TrimSpace(accept) == "" {
		return best
	}
	ranges := rangesOf(accept)
	for _, offer := range offers {
		if q := quality(ranges, offer); q > bestQuality {
			best, bestQuality = offer, q
		}
	}
	return best
}

// accepts tells whether an Accept header leaves room for a media type.
func accepts(accept, offer string) bool {
	return strings.TrimSpace(accept) == "" || quality(rangesOf(accept), offer) > 0
}

func rangesOf(accept string) []string {
	ranges := strings.SplitN(accept, ",", maxAccept+1)
	return ranges[:min(len(ranges), maxAccept)]
}

// quality returns the weight of a media type under the most specific range that matches.
func quality(ranges []string, offer string) float64 {
	q, specific := 0.0, -1
	family, _, _ := strings.Cut(offer, "/")
	for _, r := range ranges {
		name, params, _ := strings.Cut(r, ";")
		s := -1
		switch strings.ToLower(strings.TrimSpace(name)) {
		case offer:
			s = 2
		case family + "/*":
			s = 1
		case "*/*":
			s = 0
		}
		if s > specific {
			specific, q = s, weight(params)
		}
	}
	return q
}

// weight reads the parameter q, from 0 to 1.
func weight(params string) float64 {
	for p := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(p), "=")
		if !strings.EqualFold(name, "q") {
			continue
		}
		q, err := strconv.ParseFloat(value, 64)
		if err != nil || !(q >= 0 && q <= 1) {
			return 0
		}
		return q
	}
	return 1
}
