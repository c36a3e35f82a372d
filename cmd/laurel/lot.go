package main

import (
	"cmp"
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
	counts  map[int]int   // by exit status
	lines   []verifier.Line
	reports []namedReport // if they are asked for as JSON
}

// namedReport is a report in an array of several.
type namedReport struct {
	Item   string `json:"item"`
	SHA256 string `json:"sha256,omitempty"`
	*verifier.Report
}

// run verifies and returns the exit status.
func (l *lot) run(ctx context.Context, inputs []string, about verifier.Request) (int, error) {
	l.counts = map[int]int{}
	items := l.read(inputs)
	if l.many = len(inputs) > 1; !l.many {
		read := slices.Collect(items)
		_, l.many = l.v.Collection(read[0].Input)
		items = slices.Values(read)
	}
	bar := l.bar()
	for r := range l.v.Many(ctx, l.v.Each(items), about) {
		l.counts[statusOf(r.Report)]++
		l.lines = append(l.lines, r.Line())
		switch {
		case l.flags.json:
			l.reports = append(l.reports, namedReport{r.Name, r.SHA256, r.Report})
			_ = bar.Add(1)
		case l.many:
			l.row(r)
		default:
			printReport(l.c.OutOrStdout(), r.Name, r.Report)
		}
	}
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if err := l.end(); err != nil {
		return 0, err
	}
	return l.worst(), l.report(ctx)
}

// worst is the gravest exit status. Where nothing was verified nothing is valid.
func (l *lot) worst() int {
	for _, status := range []int{exitFailed, exitIndeterminate, exitUntrusted, exitOK} {
		if l.counts[status] > 0 {
			return status
		}
	}
	return exitIndeterminate
}

// bar shows progress where nothing else does: the JSON report comes at the end.
func (l *lot) bar() *progressbar.ProgressBar {
	const unknown = -1 // how many a ZIP or a CSV holds
	visible := l.flags.json && isTerminal(l.c.ErrOrStderr())
	return progressbar.NewOptions(unknown,
		progressbar.OptionSetWriter(l.c.ErrOrStderr()), progressbar.OptionSetVisibility(visible),
		progressbar.OptionShowCount(), progressbar.OptionSetDescription("verifying"), progressbar.OptionClearOnFinish())
}

// read reads the inputs one at a time.
func (l *lot) read(inputs []string) iter.Seq[verifier.Item] {
	return func(yield func(verifier.Item) bool) {
		for _, input := range inputs {
			item := verifier.Item{Name: input}
			if isLink(input) {
				item.URL = input
			} else {
				item.Input, item.Err = readInput(l.c, input)
			}
			if !yield(item) {
				return
			}
		}
	}
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
		fmt.Fprintf(l.c.OutOrStdout(), "%d verified: %s\n", len(l.lines), cmp.Or(strings.Join(parts, ", "), "there is nothing in it to verify"))
		if l.counts[exitUntrusted] > 0 {
			fmt.Fprintln(l.c.OutOrStdout(), "VALID is genuine and in force, but nobody has confirmed who the issuer is; --trust names those you know.")
		}
	}
	return nil
}

func (l *lot) printJSON() error {
	enc := json.NewEncoder(l.c.OutOrStdout())
	enc.SetIndent("", "  ")
	if !l.many {
		return enc.Encode(l.reports[0].Report)
	}
	return enc.Encode(l.reports)
}

// report writes the signed report, if one is asked for.
func (l *lot) report(ctx context.Context) error {
	if l.key == nil {
		return nil
	}
	signed, err := l.v.Statement(ctx, l.lines, l.key)
	if err != nil {
		return err
	}
	return writeFile(l.flags.report, signed)
}
