package bench

import (
	"context"
	"testing"
)

// TestMeasure runs every operation, and holds that each is compared with one that is there.
func TestMeasure(t *testing.T) {
	operations, err := Operations(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	results, err := Measure(t.Context(), operations, 1)
	if err != nil || len(results) != len(operations) {
		t.Fatal(len(results), err)
	}
	for _, r := range results {
		if (r.Of != "") != (r.Ratio > 0) || r.Time <= 0 {
			t.Errorf("%s: %v, ratio %v of %q", r.Name, r.Time, r.Ratio, r.Of)
		}
	}
}

// TestCohort holds that what the template makes are valid badges.
func TestCohort(t *testing.T) {
	w, err := newWorld(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c, err := w.cohort(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		signed, err := c.issue(t.Context())
		if err == nil {
			err = w.verify(t.Context(), signed)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// BenchmarkOperations is laurel bench for those who work on the code.
func BenchmarkOperations(b *testing.B) {
	operations, err := Operations(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	for _, o := range operations {
		b.Run(o.Name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := o.Run(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
