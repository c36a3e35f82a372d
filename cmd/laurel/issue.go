package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"laurel/internal/bake"
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

func (f *issueFlags) check() error {
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
	return nil
}

func (f *issueFlags) run(ctx context.Context, c *cobra.Command) error {
	if err := f.check(); err != nil {
		return err
	}
	table, err := f.table(c)
	if err != nil {
		return err
	}
	in, err := f.open(ctx, c)
	if err != nil {
		return err
	}
	defer in.Close()
	if _, err := in.Achievement(ctx, f.achievement); err != nil {
		return fmt.Errorf("achievement %q: %w; 'laurel achievement list' names those in the catalogue", f.achievement, err)
	}
	run := &issuing{flags: f, c: c, in: in, table: table, clashes: map[string]bool{}}
	if f.dryRun {
		err = run.dry(ctx)
	} else {
		err = run.issue(ctx)
	}
	if err != nil {
		return err
	}
	return run.close()
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
	fmt.Fprintf(c.ErrOrStderr(), "%s: %d rows, read as %s\n", f.csv, len(table.Rows), table.Encoding)
	return table, nil
}

// single makes the table of one learner. Its key tells nothing of the learner.
func (f *issueFlags) single() (*results.Table, error) {
	day := time.Now().UTC().Truncate(24 * time.Hour)
	if f.awarded != "" {
		var err error
		if day, err = time.Parse(time.DateOnly, f.awarded); err != nil {
			return nil, usageError{fmt.Errorf("--awarded: %q is not a date such as 2026-01-02", f.awarded)}
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

// issuing is one run over a table.
type issuing struct {
	flags   *issueFlags
	c       *cobra.Command
	in      *institution
	table   *results.Table
	clashes map[string]bool

	issued, known, refused int
	links                  []results.Link
}

func (r *issuing) refuse(row *results.Row, reason string) {
	if row.Err == nil {
		row.Err = &results.RowError{Line: row.Line, Reason: reason}
	}
	r.refused++
	where := ""
	if row.Err.Column != "" {
		where = " column " + row.Err.Column + ":"
	}
	name := r.flags.csv
	if name == "" {
		name = "recipient"
	}
	fmt.Fprintf(r.c.ErrOrStderr(), "%s:%d:%s %s\n", name, row.Line, where, clean(row.Err.Reason))
}

func (r *issuing) warn(row *results.Row) {
	if row.Warning != "" {
		fmt.Fprintf(r.c.ErrOrStderr(), "%s:%d: note: %s\n", r.flags.csv, row.Line, clean(row.Warning))
	}
}

// dry judges every row as issue would.
func (r *issuing) dry(ctx context.Context) error {
	for n := range r.table.Rows {
		row := &r.table.Rows[n]
		if row.Err != nil {
			r.refuse(row, "")
			continue
		}
		r.warn(row)
		known, err := r.in.Recorded(ctx, row.Result.Key)
		if err != nil {
			return err
		}
		if err := r.in.Check(ctx, row.Result); err != nil {
			r.refuse(row, reasonOf(err))
		} else if known {
			r.known++
		} else {
			r.issued++
			fmt.Fprintf(r.c.OutOrStdout(), "would issue\t%s\n", row.Result.Key)
		}
	}
	return nil
}

// batch is how many rows are stored in one act.
const batch = 32

func (r *issuing) issue(ctx context.Context) error {
	if r.flags.out != "" {
		if err := os.MkdirAll(r.flags.out, 0o700); err != nil {
			return err
		}
	}
	bar := r.bar()
	for rows := range slices.Chunk(r.table.Rows, batch) {
		if err := r.issueRows(ctx, rows); err != nil {
			return fmt.Errorf("stopped after %d badges, which are stored; run the same command again to go on: %w", r.issued+r.known, err)
		}
		must(bar.Add(len(rows)))
	}
	return bar.Finish()
}

func (r *issuing) bar() *progressbar.ProgressBar {
	visible := isTerminal(r.c.ErrOrStderr()) && len(r.table.Rows) > batch
	return progressbar.NewOptions(len(r.table.Rows),
		progressbar.OptionSetWriter(r.c.ErrOrStderr()), progressbar.OptionSetVisibility(visible),
		progressbar.OptionShowCount(), progressbar.OptionSetDescription("issuing"), progressbar.OptionClearOnFinish())
}

func (r *issuing) issueRows(ctx context.Context, rows []results.Row) error {
	var good []issuer.Result
	var of []*results.Row
	for n := range rows {
		if rows[n].Err != nil {
			r.refuse(&rows[n], "")
			continue
		}
		r.warn(&rows[n])
		good, of = append(good, rows[n].Result), append(of, &rows[n])
	}
	outcomes, err := r.in.Award(ctx, good...)
	for n, o := range outcomes {
		switch {
		case o.Err != nil:
			r.refuse(of[n], reasonOf(o.Err))
		case o.Award.State == issuer.Issued || o.Award.State == issuer.Suspended || o.Award.State == issuer.Revoked:
			if err := r.stored(ctx, o); err != nil {
				return err
			}
		}
	}
	return err
}

// stored tells of an award that is durable, and writes its files.
func (r *issuing) stored(ctx context.Context, o issuer.Outcome) error {
	word := "known"
	if o.Created {
		word = "issued"
		r.issued++
	} else {
		r.known++
	}
	if _, err := fmt.Fprintf(r.c.OutOrStdout(), "%s\t%s\t%s\n", word, o.Award.ID, r.in.ShareURL(o.Award)); err != nil {
		return err
	}
	if r.flags.out == "" {
		return nil
	}
	r.links = append(r.links, results.Link{
		Key: o.Award.Result.Key, Email: o.Award.Result.Email, Award: o.Award.ID,
		Share: r.in.ShareURL(o.Award), Owner: r.in.OwnerURL(o.Award),
	})
	achievement, err := r.in.Achievement(ctx, o.Award.Result.Achievement)
	if err != nil {
		return err
	}
	name := filepath.Join(r.flags.out, r.fileName(o.Award))
	for _, format := range r.flags.formats {
		content, err := rendition(o.Award, achievement, format)
		if err != nil {
			return err
		}
		if err := writeFile(name+"."+format, content); err != nil {
			return err
		}
	}
	return nil
}

var notFileName = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

// fileName names an award's files after the assessment's key, and after its id where the
// key does not make a name of its own.
func (r *issuing) fileName(a issuer.Award) string {
	name := strings.Trim(notFileName.ReplaceAllString(a.Result.Key, "-"), ".-")
	if name != a.Result.Key || r.clashes[strings.ToLower(name)] {
		name = strings.Trim(name+"-"+a.ID[:8], "-")
	}
	r.clashes[strings.ToLower(name)] = true
	return name
}

// rendition returns an award in a format; all but png and svg are the stored bytes.
func rendition(a issuer.Award, achievement issuer.Achievement, format string) ([]byte, error) {
	switch format {
	case "json":
		return a.Credential, nil
	case "jwt":
		return a.Token, nil
	case "png":
		return bake.BakePNG(achievement.Image, a.Credential)
	}
	svg, err := bake.WrapPNG(achievement.Image, achievement.Class.Name)
	if err != nil {
		return nil, err
	}
	return bake.BakeSVG(svg, a.Credential, false)
}

// reasonOf takes the sentinel's words off a refusal.
func reasonOf(err error) string {
	text := err.Error()
	for _, sentinel := range []error{issuer.ErrInput, issuer.ErrConflict, issuer.ErrNotFound} {
		text = strings.TrimPrefix(text, sentinel.Error()+": ")
	}
	return text
}

// close writes the lists that go with the badges and says how it went.
func (r *issuing) close() error {
	if r.flags.out != "" && !r.flags.dryRun {
		if err := r.writeCSV(filepath.Join(r.flags.out, "links.csv"), func(w *strings.Builder) error {
			return results.WriteLinks(w, r.links)
		}); err != nil {
			return err
		}
	}
	if r.flags.refused != "" {
		if err := r.writeCSV(r.flags.refused, func(w *strings.Builder) error {
			return results.WriteRefusals(w, r.table)
		}); err != nil {
			return err
		}
	}
	verb := "issued"
	if r.flags.dryRun {
		verb = "would be issued"
	}
	fmt.Fprintf(r.c.ErrOrStderr(), "%d %s, %d known already, %d refused\n", r.issued, verb, r.known, r.refused)
	if r.refused > 0 {
		return exit(exitFailed)
	}
	return nil
}

func (r *issuing) writeCSV(path string, write func(*strings.Builder) error) error {
	var content strings.Builder
	if err := write(&content); err != nil {
		return err
	}
	return writeFile(path, []byte(content.String()))
}
