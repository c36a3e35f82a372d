package issuer_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"laurel/issuer"
	"laurel/keys"
)

// BenchmarkHundredThousand awards one achievement to 100,000 learners: every badge signed,
// stored and durable.
func BenchmarkHundredThousand(b *testing.B) {
	const learners = 100_000
	results := make([]issuer.Result, learners)
	for n := range results {
		results[n] = result(fmt.Sprintf("K-%06d", n), "food-hygiene")
		results[n].Values = map[string]string{"score": fmt.Sprint(n % 101), "level": "merit"}
	}
	for b.Loop() {
		b.StopTimer()
		w := newWorld(b, keys.Ed25519, keys.RSA2048)
		b.StartTimer()
		for part := range slices.Chunk(results, 25_000) {
			outcomes, err := w.Award(context.Background(), part...)
			if err != nil {
				b.Fatal(err)
			}
			for _, o := range outcomes {
				if o.Err != nil || !o.Created {
					b.Fatal(o.Err)
				}
			}
		}
		b.StopTimer()
		if err := w.store.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	b.ReportMetric(learners*float64(b.N)/b.Elapsed().Seconds(), "awards/s")
}
