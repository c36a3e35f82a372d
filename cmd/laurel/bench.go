package main

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"laurel/internal/bench"
)

func newBench() *cobra.Command {
	var asJSON bool
	rounds := 100
	c := &cobra.Command{
		Use:   "bench",
		Short: "Time verifying and issuing on this machine, beside the least that they could take",
		Long: `Times a sample badge in memory, without network or disk, in turns of a few milliseconds.

Each is compared with what any software has to do with the same document:
  verify floor   read the JSON, hash the canonical form, check an Ed25519 signature
  issue floor    read the JSON, hash the canonical form, make an Ed25519 signature
  Ed25519        check a signature and nothing else
  JOSE library   check a JWT and read its claims, with the library alone

Only ratios can be compared between machines; the times are those of this one, now.`,
		Args: exactly(0, "no argument"),
		RunE: func(c *cobra.Command, _ []string) error {
			if rounds < 1 || rounds > 10_000 {
				return usageError{fmt.Errorf("--rounds is %d, which is not from 1 to 10000", rounds)}
			}
			operations, err := bench.Operations(c.Context())
			if err != nil {
				return err
			}
			results, err := bench.Measure(c.Context(), operations, rounds)
			if err != nil {
				return err
			}
			if asJSON {
				return writeTimings(c.OutOrStdout(), results)
			}
			return printTimings(c.OutOrStdout(), results)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.Flags().IntVar(&rounds, "rounds", rounds, "`turns` of each operation, of which the median counts")
	return c
}

// timing is a result of bench in JSON.
type timing struct {
	Operation   string  `json:"operation"`
	Nanoseconds int64   `json:"nanoseconds"`
	Allocations float64 `json:"allocations"`
	Of          string  `json:"of,omitempty"`
	Ratio       float64 `json:"ratio,omitempty"`
	Goal        float64 `json:"goal,omitempty"`
}

func writeTimings(out io.Writer, results []bench.Result) error {
	timings := make([]timing, len(results))
	for i, r := range results {
		timings[i] = timing{r.Name, r.Time.Nanoseconds(), r.Allocations, r.Of, r.Ratio, r.Most}
	}
	enc := json.NewEncoder(out)
	enc.SetIndent("", "  ")
	return enc.Encode(timings)
}

func printTimings(out io.Writer, results []bench.Result) error {
	fmt.Fprintf(out, "%s %s/%s, %d processors\n\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0))
	t := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(t, "OPERATION\tTIME\tALLOCATIONS\tRATIO\tGOAL\tTO")
	for _, r := range results {
		ratio, goal := "", ""
		if r.Ratio > 0 {
			ratio = fmt.Sprintf("%.3g", r.Ratio)
		}
		if r.Most > 0 {
			goal = fmt.Sprintf("≤ %g", r.Most)
		}
		fmt.Fprintf(t, "%s\t%s\t%.0f\t%s\t%s\t%s\n", r.Name, r.Time.Round(10*time.Nanosecond), r.Allocations, ratio, goal, r.Of)
	}
	return t.Flush()
}
