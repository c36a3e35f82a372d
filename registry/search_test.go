package registry

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// crowd are institutions whose names differ by one letter.
func crowd(t testing.TB, n int) *Snapshot {
	t.Helper()
	entries := make([]*Entry, n)
	for i := range entries {
		e := sample()
		e.ID = fmt.Sprintf("%sdeqarinst%05d", EntityPrefix, i)
		e.Names = []Name{{Text: fmt.Sprintf("Universität Nr. %d zu Łódź", i), Kind: "official"}, {Text: fmt.Sprintf("Sample University %d", n-i), Kind: "english"}}
		e.Bindings = nil
		entries[i] = e
	}
	s, err := Of(sampleMeta, entries...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSearch(t *testing.T) {
	college, mill := sample(), &Entry{
		ID: EntityPrefix + "x1", Names: []Name{{Text: "Młyn Świętej Æthel", Kind: "official"}, {Text: "Ørsted’s Mill", Kind: "trade"}}, Countries: []string{"PL"},
		Identifiers: []Identifier{{Scheme: "EU-VAT", Value: "PL123"}},
		Marks:       []Mark{{Kind: Blacklisting, Period: since("2025-01-01", ""), Reason: "diploma-mill", Event: "ev-9"}},
	}
	s, err := Of(sampleMeta, college, mill)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		filter Filter
		want   string
	}{
		{Filter{}, "x1 deqarinst9001"}, // by their names: Młyn before Sample
		{Filter{Text: "  "}, "x1 deqarinst9001"},
		{Filter{Text: "mlyn aeth"}, "x1"},
		{Filter{Text: "ORSTED"}, "x1"},
		{Filter{Text: "sted"}, ""},
		{Filter{Text: "college sample"}, "deqarinst9001"},
		{Filter{Text: "college mill"}, ""},
		{Filter{Text: "!?"}, ""},
		{Filter{Text: "pl123"}, "x1"},
		{Filter{Text: "x1"}, "x1"},
		{Filter{Text: "did:web:COLLEGE.example"}, "deqarinst9001"},
		{Filter{Country: "PL"}, "x1"},
		{Filter{Level: 6}, "deqarinst9001"},
		{Filter{Level: 7}, ""},
		{Filter{Status: "blacklisted"}, "x1"},
		{Filter{Status: "in_force", Text: "mill"}, ""},
	} {
		c.filter.Now = at("2026-06-02")
		var ids []string
		for e := range s.Search(c.filter) {
			ids = append(ids, strings.TrimPrefix(e.ID, EntityPrefix))
		}
		if got := strings.Join(ids, " "); got != c.want {
			t.Errorf("%+v: %q, not %q", c.filter, got, c.want)
		}
	}
	if !slices.Equal(s.Countries(), []string{"ES", "PL"}) || !slices.Equal(s.Levels(), []int{5, 6}) {
		t.Errorf("%v %v", s.Countries(), s.Levels())
	}
}

func TestAllReasonsHaveWords(t *testing.T) {
	seen := map[string]bool{}
	for r := range AllReasons.All() {
		if r.String() == "" || r.Text() == "" || seen[r.String()] {
			t.Errorf("%d: %q %q", r, r, r.Text())
		}
		seen[r.String()] = true
	}
	if len(seen) != int(reasonCount) {
		t.Errorf("%d of %d", len(seen), reasonCount)
	}
}

func BenchmarkSearch(b *testing.B) {
	s, now := crowd(b, 10_000), time.Date(2026, 6, 2, 0, 0, 0, 0, time.UTC)
	for _, text := range []string{"", "lodz 77", "nowhere"} {
		b.Run("text="+text, func(b *testing.B) {
			for b.Loop() {
				n := 0
				for range s.Search(Filter{Text: text, Status: "in_force", Now: now}) {
					n++
				}
			}
		})
	}
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
			s.list()
		}
	})
}
