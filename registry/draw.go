package registry

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"slices"
)

// Draw draws n institutions for inspection in a month. The seed is the root of the log at the
// month's beginning, which nobody could choose, and the month; so anybody can draw again and
// gets the same. The order of candidates does not matter; fewer than n are all drawn.
func Draw(root [sha256.Size]byte, month string, candidates []string, n int) []string {
	seed := sha256.Sum256(append(root[:], month...))
	type lot struct {
		id   string
		rank [sha256.Size]byte
	}
	lots := make([]lot, 0, len(candidates))
	for _, id := range candidates {
		lots = append(lots, lot{id, sha256.Sum256(append(seed[:], id...))})
	}
	slices.SortFunc(lots, func(a, b lot) int { return cmp.Or(bytes.Compare(a.rank[:], b.rank[:]), cmp.Compare(a.id, b.id)) })
	lots = slices.CompactFunc(lots, func(a, b lot) bool { return a.id == b.id })
	drawn := make([]string, 0, n)
	for _, l := range lots[:min(n, len(lots))] {
		drawn = append(drawn, l.id)
	}
	slices.Sort(drawn)
	return drawn
}
