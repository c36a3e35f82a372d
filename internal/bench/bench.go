// Package bench answers: how long does an operation take, beside the least that it could?
//
// The least, called the floor, is what any software must do with the same document: read
// the JSON, hash the canonical form, check or make the signature. Everything is timed in
// turns within one run, so that the ratios hold on machines whose clock and neighbours
// change; the times themselves belong to one machine and one moment.
package bench

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"
	"time"
)

// Operation is something that is timed.
type Operation struct {
	Name string
	Of   string  // the operation that it is a ratio to; empty: it is one that others are compared with
	Most float64 // the ratio that it should not exceed; 0: none is set
	Run  func() error
}

// Result is what timing an operation gave: medians over the rounds.
type Result struct {
	Operation
	Time        time.Duration // of one run
	Ratio       float64       // to the operation that it is compared with; 0: to none
	Allocations float64       // of one run, with what goes on beside it
}

// turn is how long an operation runs before it is the next one's turn.
const turn = 50 * time.Millisecond

// Measure times the operations in turns, as many rounds as are asked for. It fails with the
// first operation that does.
func Measure(operations []Operation, rounds int) ([]Result, error) {
	times, allocations := make([][]time.Duration, len(operations)), make([][]float64, len(operations))
	for range rounds {
		for i, o := range operations {
			runs, err := calibrate(o)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", o.Name, err)
			}
			each, allocated, err := o.time(runs)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", o.Name, err)
			}
			times[i], allocations[i] = append(times[i], each), append(allocations[i], allocated)
		}
	}
	results := make([]Result, len(operations))
	for i, o := range operations {
		results[i] = Result{Operation: o, Time: median(times[i]), Allocations: median(allocations[i])}
	}
	for i := range results {
		if of := slices.IndexFunc(results, func(r Result) bool { return r.Name == results[i].Of }); of >= 0 {
			results[i].Ratio = float64(results[i].Time) / float64(results[of].Time)
		}
	}
	return results, nil
}

// calibrate returns how many runs make a turn.
func calibrate(o Operation) (int, error) {
	begin, runs := time.Now(), 0
	for time.Since(begin) < turn/8 {
		if err := o.Run(); err != nil {
			return 0, err
		}
		runs++
	}
	return runs * 8, nil
}

func (o Operation) time(runs int) (each time.Duration, allocations float64, err error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	begin := time.Now()
	for range runs {
		if err := o.Run(); err != nil {
			return 0, 0, err
		}
	}
	taken := time.Since(begin)
	runtime.ReadMemStats(&after)
	return taken / time.Duration(runs), float64(after.Mallocs-before.Mallocs) / float64(runs), nil
}

func median[T cmp.Ordered](values []T) T {
	slices.Sort(values)
	return values[len(values)/2]
}
