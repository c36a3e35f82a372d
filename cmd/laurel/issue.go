package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"laurel/internal/results"
	"laurel/issuer"
)

type issueFlags struct {
	dataFlags
	achievement string
	csv         string
	encoding    string
	dryRun      bool
	out         string
	formats     []string
	refused     string

	recipient string
	name      string
	awarded   string
	key       string
}

func newIssue() *cobra.Command {
	f := &issueFlags{}
	c := &cobra.Command{
		Use:   "issue --achievement KEY (--recipient EMAIL | --csv FILE)",
		Short: "Award an achievement to one learner or to those in a CSV file",
		Long: `Award an achievement to one learner or to those in a CSV file.

The assessment's own key makes an award: the same key again issues nothing new, so a
mended file can be given again whole. Each badge is printed once it is stored for good.
Refused rows are named with line, column and reason; the others go on.`,
		Example: `  laurel issue --achievement food-hygiene-level-2 --csv examples/results.csv --dry-run
  laurel issue --achievement food-hygiene-level-2 --csv examples/results.csv --out badges/
  laurel issue --achievement food-hygiene-level-2 --recipient learner@students.college.example`,
		Args: exactly(0, "no argument"),
		RunE: func(c *cobra.Command, _ []string) error { return f.run(c.Context(), c) },
	}
	f.add(c)
	c.Flags().StringVar(&f.achievement, "achievement", "", "key of the achievement in the catalogue")
	c.Flags().StringVar(&f.csv, "csv", "", "assessment results, one a row")
	c.Flags().StringVar(&f.encoding, "encoding", "", "encoding of the CSV file, if it is not recognized: utf-8, utf-16, gbk or windows-1252")
	c.Flags().BoolVar(&f.dryRun, "dry-run", false, "say what would happen, and do nothing")
	c.Flags().StringVar(&f.refused, "refused", "", "write the refused rows to this CSV file, to be mended")
	c.Flags().StringVar(&f.out, "out", "", "folder for the badges' files and links.csv")
	c.Flags().StringSliceVar(&f.formats, "format", []string{"png"}, "files to write: json, jwt, png, svg")
	c.Flags().StringVar(&f.recipient, "recipient", "", "e-mail address of one learner")
	c.Flags().StringVar(&f.name, "name", "", "name of the learner, shown only if the learner wants it")
	c.Flags().StringVar(&f.awarded, "awarded", "", "date of the award, such as 2026-01-02 (default today)")
	c.Flags().StringVar(&f.key, "key", "", "the assessment's own key (default made from achievement, learner and date)")
	return c
}

func (f *issueFlags) check(c *cobra.Command) error {
	switch {
	case f.achievement == "":
		return usageError{errors.New("which achievement? --achievement KEY; 'laurel achievement list' names them")}
	case (f.csv == "") == (f.recipient == ""):
		return usageError{errors.New("give either --recipient EMAIL or --csv FILE")}
	}
	for _, format := range f.formats {
		if !slices.Contains([]string{"json", "jwt", "png", "svg"}, format) {
			return usageError{fmt.Errorf("the format %q is none of json, jwt, png, svg", format)}
		}
	}
	if c.Flags().Changed("format") && f.out == "" {
		return usageError{errors.New("which folder? --out DIR takes the files that --format names")}
	}
	return nil
}

func (f *issueFlags) run(ctx context.Context, c *cobra.Command) error {
	if err := f.check(c); err != nil {
		return err
	}
	table, err := f.table(c)
	if err != nil {
		return err
	}
	if err := f.checkOutputs(); err != nil {
		return err
	}
	open := f.open
	if f.dryRun {
		open = f.openAsIs
	}
	in, err := open(ctx, c)
	if err != nil {
		return err
	}
	defer in.Close()
	achievement, err := in.Achievement(ctx, f.achievement)
	if err != nil {
		return fmt.Errorf("achievement %q: %w; 'laurel achievement list' names those in the catalogue", f.achievement, err)
	}
	if err := f.checkResults(table, achievement); err != nil {
		return err
	}
	run := &issuing{flags: f, c: c, in: in, table: table, clashes: map[string]bool{}}
	if f.dryRun {
		err = run.dry(ctx)
	} else {
		err = run.issue(ctx)
	}
	if err := errors.Join(err, run.writeLists()); err != nil {
		return err
	}
	return run.summary()
}

// table reads the results, before anything is opened or written.
func (f *issueFlags) table(c *cobra.Command) (*results.Table, error) {
	if f.csv == "" {
		return f.single()
	}
	raw, err := os.ReadFile(f.csv)
	if err != nil {
		return nil, err
	}
	table, err := results.Read(raw, results.Options{Achievement: f.achievement, Encoding: f.encoding})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.csv, err)
	}
	if len(table.Rows) == 0 {
		return nil, fmt.Errorf("%s: no rows below the header", f.csv)
	}
	fmt.Fprintf(c.ErrOrStderr(), "%s: %d rows, read as %s\n", f.csv, len(table.Rows), table.Encoding)
	return table, nil
}

// checkResults refuses a file with results that the achievement does not describe: that is
// one mistake in the header, and not one in each row.
func (f *issueFlags) checkResults(table *results.Table, a issuer.Achievement) error {
	var known, unknown []string
	for _, d := range a.Class.ResultDescription {
		known = append(known, d.ID)
	}
	for _, row := range table.Rows {
		for key := range row.Result.Values {
			if !slices.Contains(known, key) && !slices.Contains(unknown, key) {
				unknown = append(unknown, key)
			}
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	slices.Sort(unknown)
	has := "it has none"
	if len(known) > 0 {
		has = "it has " + strings.Join(known, ", ")
	}
	return fmt.Errorf("%s: the achievement %s has no result %s; %s. Put x_ before the name of a column that is to be left out",
		f.csv, a.Key, clean(strings.Join(unknown, ", ")), has)
}

// single makes the table of one learner. Its key tells nothing of the learner.
func (f *issueFlags) single() (*results.Table, error) {
	day := time.Now().UTC().Truncate(24 * time.Hour)
	if f.awarded != "" {
		var err error
		if day, err = results.AwardDate(f.awarded); err != nil {
			return nil, usageError{fmt.Errorf("--awarded: %w", err)}
		}
	}
	key := f.key
	if key == "" {
		sum := sha256.Sum256([]byte(f.achievement + "\x00" + strings.ToLower(f.recipient) + "\x00" + day.Format(time.DateOnly)))
		key = "single-" + hex.EncodeToString(sum[:10])
	}
	r := issuer.Result{Key: key, Achievement: f.achievement, Email: f.recipient, Name: f.name, AwardedAt: day}
	return &results.Table{Rows: []results.Row{{Line: 1, Result: r}}}, nil
}
