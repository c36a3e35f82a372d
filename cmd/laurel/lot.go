package main

import (
	"context"
	"crypto"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"laurel/verifier"
)

// lot is one run of verify over its inputs.
type lot struct {
	flags   *verifyFlags
	c       *cobra.Command
	v       *verifier.Verifier
	key     crypto.Signer // of the signed report, if one is asked for
	many    bool          // the answer is a table
	worst   int
	counts  map[int]int // by exit status
	results []verifier.ItemReport
}

func (l *lot) run(ctx context.Context, inputs []string, about verifier.Request) error {
	l.counts, l.many = map[int]int{}, len(inputs) > 1
	items := l.items(inputs)
	if !l.many {
		items = l.sole(inputs[0])
	}
	bar := l.bar(len(inputs))
	for r := range l.v.Many(ctx, items, about) {
		l.results = append(l.results, r)
		l.worst = worse(l.worst, statusOf(r.Report))
		l.counts[statusOf(r.Report)]++
		switch {
		case l.flags.json:
			_ = bar.Add(1)
		case l.many:
			l.row(r)
		default:
			printReport(l.c.OutOrStdout(), r.Name, r.Report)
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := l.end(); err != nil {
		return err
	}
	return l.report(ctx)
}

// bar shows progress where nothing else does: the JSON report comes at the end.
func (l *lot) bar(count int) *progressbar.ProgressBar {
	visible := l.flags.json && isTerminal(l.c.ErrOrStderr())
	return progressbar.NewOptions(count,
		progressbar.OptionSetWriter(l.c.ErrOrStderr()), progressbar.OptionSetVisibility(visible),
		progressbar.OptionShowCount(), progressbar.OptionSetDescription("verifying"), progressbar.OptionClearOnFinish())
}

// items reads the inputs one at a time, and what is in a ZIP or CSV one at a time too.
func (l *lot) items(inputs []string) iter.Seq[verifier.Item] {
	return func(yield func(verifier.Item) bool) {
		for _, input := range inputs {
			items, _ := l.open(input)
			for item := range items {
				if !yield(item) {
					return
				}
			}
		}
	}
}

// sole opens the only input, which may be a collection.
func (l *lot) sole(input string) iter.Seq[verifier.Item] {
	items, many := l.open(input)
	l.many = many
	return items
}

// open reads one input and tells whether it is a collection.
func (l *lot) open(input string) (items iter.Seq[verifier.Item], many bool) {
	one := func(item verifier.Item) (iter.Seq[verifier.Item], bool) {
		return slices.Values([]verifier.Item{item}), false
	}
	if isLink(input) {
		return one(verifier.Item{Name: input, URL: input})
	}
	raw, err := readInput(l.c, input)
	if err != nil {
		return one(verifier.Item{Name: input, Err: err})
	}
	collection, ok := l.v.Collection(raw)
	if !ok {
		return one(verifier.Item{Name: input, Input: raw})
	}
	return func(yield func(verifier.Item) bool) {
		for item := range collection {
			item.Name = input + ": " + item.Name
			if !yield(item) {
				return
			}
		}
	}, true
}

var words = map[int]string{exitOK: "TRUSTED", exitUntrusted: "VALID", exitFailed: "INVALID", exitIndeterminate: "UNDECIDED"}

// row is one line of the table: what, how it ended, of whom, and why.
func (l *lot) row(r verifier.ItemReport) {
	line := fmt.Sprintf("%-9s  %s", words[statusOf(r.Report)], clean(strings.TrimSpace(r.Name+" "+r.Person)))
	if c := r.Report.Credential; c != nil {
		line += fmt.Sprintf("  %s, %s (%s)", clean(nameOf(c)), clean(c.Issuer.Name), clean(c.Issuer.ID))
	}
	if d := r.Report.Deciding(); d.Status != "pass" {
		line += "  " + clean(d.Message)
	}
	fmt.Fprintln(l.c.OutOrStdout(), line)
}

// end prints what stands after the last result.
func (l *lot) end() error {
	switch {
	case l.flags.json:
		return l.printJSON()
	case l.many:
		var parts []string
		for _, status := range []int{exitOK, exitUntrusted, exitIndeterminate, exitFailed} {
			if n := l.counts[status]; n > 0 {
				parts = append(parts, fmt.Sprintf("%d %s", n, strings.ToLower(words[status])))
			}
		}
		fmt.Fprintf(l.c.OutOrStdout(), "%d verified: %s\n", len(l.results), strings.Join(parts, ", "))
		if l.counts[exitUntrusted] > 0 {
			fmt.Fprintln(l.c.OutOrStdout(), "VALID is genuine and in force, but nobody has confirmed who the issuer is; --trust names those you know.")
		}
	}
	return nil
}

func (l *lot) printJSON() error {
	enc := json.NewEncoder(l.c.OutOrStdout())
	enc.SetIndent("", "  ")
	if len(l.results) == 1 && !l.many {
		return enc.Encode(l.results[0].Report)
	}
	reports := make([]*verifier.Report, len(l.results))
	for i, r := range l.results {
		reports[i] = r.Report
	}
	return enc.Encode(reports)
}

// report writes the signed report, if one is asked for.
func (l *lot) report(ctx context.Context) error {
	if l.key == nil {
		return nil
	}
	signed, err := l.v.Statement(ctx, l.results, l.key)
	if err != nil {
		return err
	}
	return writeFile(l.flags.report, signed)
}
