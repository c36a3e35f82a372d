// Package bench answers: how long does an operation take, beside the least that it could?
//
// The least, called the floor, is what any software must do with the same document: read
// the JSON, hash the canonical form, check or make the signature. Everything is timed in
// turns within one run, so that the ratios hold on machines whose clock and neighbours
// change; the times themselves belong to one machine and one moment.
package bench

import (
	"cmp"
	"context"
	"errors"
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
	Ratio       float64       // to the operation that it is compared with, in the same round; 0: to none
	Allocations float64       // of one run, with what goes on beside it
}

// turn is how long an operation runs before it is the next one's turn: so short that a
// neighbour who comes or goes meets all of them alike.
const turn = 10 * time.Millisecond

// Measure times the operations in turns, as many rounds as are asked for. It fails with the
// first operation that does, and with the context.
func Measure(ctx context.Context, operations []Operation, rounds int) ([]Result, error) {
	results, times := make([]Result, len(operations)), make([][]time.Duration, len(operations))
	runs := make([]int, len(operations))
	for i, o := range operations {
		var err error
		if runs[i], results[i].Allocations, err = o.calibrate(); err != nil {
			return nil, fmt.Errorf("%s: %w", o.Name, err)
		}
		results[i].Operation = o
	}
	for range rounds {
		for i, o := range operations {
			each, err := o.time(runs[i])
			if err = errors.Join(err, ctx.Err()); err != nil {
				return nil, fmt.Errorf("%s: %w", o.Name, err)
			}
			times[i] = append(times[i], each)
		}
	}
	for i := range results {
		r := &results[i]
		if of := slices.IndexFunc(operations, func(o Operation) bool { return o.Name == r.Of }); of >= 0 {
			ratios := make([]float64, rounds)
			for round := range ratios {
				ratios[round] = float64(times[i][round]) / float64(times[of][round])
			}
			r.Ratio = median(ratios)
		}
	}
	for i := range results {
		results[i].Time = median(times[i])
	}
	return results, nil
}

// calibrate returns how many runs make a turn, and what one of them allocates.
func (o Operation) calibrate() (runs int, allocations float64, err error) {
	var before, after runtime.MemStats
	if err := o.Run(); err != nil { // what is made at first and kept does not count
		return 0, 0, err
	}
	runtime.ReadMemStats(&before)
	for begin := time.Now(); time.Since(begin) < turn; runs++ {
		if err := o.Run(); err != nil {
			return 0, 0, err
		}
	}
	runtime.ReadMemStats(&after)
	return runs, float64(after.Mallocs-before.Mallocs) / float64(runs), nil
}

// time times runs, after a few that find what the operation before has displaced.
func (o Operation) time(runs int) (each time.Duration, err error) {
	for range runs / 8 {
		if err := o.Run(); err != nil {
			return 0, err
		}
	}
	begin := time.Now()
	for range runs {
		if err := o.Run(); err != nil {
			return 0, err
		}
	}
	return time.Since(begin) / time.Duration(runs), nil
}

// median puts the values in order.
func median[T cmp.Ordered](values []T) T {
	slices.Sort(values)
	return values[len(values)/2]
}
