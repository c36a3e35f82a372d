package store_test

import (
	"path/filepath"
	"testing"

	"laurel/internal/store"
	"laurel/issuer"
)

func benchStore(b *testing.B) *store.Bolt {
	s := mustOpen(b, filepath.Join(b.TempDir(), "laurel.db"))
	b.Cleanup(func() { mustClose(b, s) })
	return s
}

func issueBatch(b *testing.B, s *store.Bolt, from, to int) {
	awards := reserve(b, s, from, to)
	for n := range awards {
		awards[n] = signed(awards[n])
	}
	if err := s.Issue(b.Context(), awards); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkIssue reserves and issues batches of 64 awards.
func BenchmarkIssue(b *testing.B) {
	const batch = 64
	s := benchStore(b)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		issueBatch(b, s, n+1, n+batch)
		n += batch
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "awards/s")
}

func BenchmarkAwardByShareToken(b *testing.B) {
	s := benchStore(b)
	issueBatch(b, s, 1, 2000)
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
	issueBatch(b, s, 1, 2000)
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
