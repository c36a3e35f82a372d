package store_test

import (
	"path/filepath"
	"strconv"
	"testing"

	"laurel/internal/store"
	"laurel/issuer"
)

func benchStore(b *testing.B) *store.Bolt {
	s := mustOpen(b, filepath.Join(b.TempDir(), "laurel.db"))
	b.Cleanup(func() { mustClose(b, s) })
	return s
}

// BenchmarkAdd records batches of awards.
func BenchmarkAdd(b *testing.B) {
	for _, batch := range []int{1, 64, 4096} {
		b.Run(strconv.Itoa(batch), func(b *testing.B) {
			s := benchStore(b)
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				mustAdd(b, s, n+1, n+batch)
				n += batch
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "awards/s")
		})
	}
}

func BenchmarkAwardByShareToken(b *testing.B) {
	s := benchStore(b)
	mustAdd(b, s, 1, 2000)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		if _, err := s.AwardByShareToken(b.Context(), sample(1+n%2000).ShareToken); err != nil {
			b.Fatal(err)
		}
		n++
	}
}

func BenchmarkSetState(b *testing.B) {
	s := benchStore(b)
	mustAdd(b, s, 1, 2000)
	from := []issuer.State{issuer.Issued, issuer.Suspended}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		to, bits := issuer.Suspended, issuer.Bits{Suspension: true}
		if n/2000%2 == 1 {
			to, bits = issuer.Issued, issuer.Bits{}
		}
		if _, err := s.SetState(b.Context(), sample(1+n%2000).ID, from, to, "why", at, bits); err != nil {
			b.Fatal(err)
		}
		n++
	}
}
