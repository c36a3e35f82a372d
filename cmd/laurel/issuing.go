package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"laurel/internal/bake"
	"laurel/internal/results"
	"laurel/issuer"
)

// issuing is one run over a table.
type issuing struct {
	flags   *issueFlags
	c       *cobra.Command
	in      *institution
	table   *results.Table
	clashes map[string]bool

	issued, known, refused int
	links                  *linkList // nil where none is kept
	unwritable             bool      // a file could not be written
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
	fmt.Fprintf(r.c.ErrOrStderr(), "%s:%d:%s %s\n", r.source(), row.Line, where, clean(row.Err.Reason))
}

func (r *issuing) warn(row *results.Row) {
	if row.Warning != "" {
		r.note(row, row.Warning)
	}
}

func (r *issuing) note(row *results.Row, text string) {
	fmt.Fprintf(r.c.ErrOrStderr(), "%s:%d: note: %s\n", r.source(), row.Line, clean(text))
}

// source names where the rows come from.
func (r *issuing) source() string { return cmp.Or(r.flags.csv, "recipient") }

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

// The rows that are stored before the next are, and the progress is shown: more and more of
// them as long as they take less than a moment, so that a key in a slow device shows progress
// too.
const (
	leastRows = 64
	mostRows  = 16_384
	moment    = 500 * time.Millisecond
)

func (r *issuing) issue(ctx context.Context) error {
	if err := r.openLinks(); err != nil {
		return err
	}
	bar := r.bar()
	rows := leastRows
	for rest := r.table.Rows; len(rest) > 0; {
		part := rest[:min(rows, len(rest))]
		rest = rest[len(part):]
		began := time.Now()
		err := ctx.Err()
		if err == nil {
			err = r.issueRows(ctx, part)
		}
		if err != nil {
			return r.stopped(ctx, err)
		}
		must(bar.Add(len(part)))
		if time.Since(began) < moment {
			rows = min(2*rows, mostRows)
		}
	}
	return bar.Finish()
}

// stopped says how far a run came. An act that was interrupted may have stored more than
// it could tell.
func (r *issuing) stopped(ctx context.Context, err error) error {
	how := "stopped"
	if ctx.Err() != nil {
		how, err = "interrupted", nil
	}
	text := fmt.Sprintf("%s; at least %d badges of this file are stored, %d of them new; run the same command again to go on", how, r.issued+r.known, r.issued)
	if err == nil {
		return errors.New(text)
	}
	return fmt.Errorf("%s: %w", text, err)
}

func (r *issuing) bar() *progressbar.ProgressBar {
	visible := isTerminal(r.c.ErrOrStderr()) && len(r.table.Rows) > leastRows
	return progressbar.NewOptions(len(r.table.Rows),
		progressbar.OptionSetWriter(r.c.ErrOrStderr()), progressbar.OptionSetVisibility(visible),
		progressbar.OptionShowCount(), progressbar.OptionSetDescription("issuing"), progressbar.OptionClearOnFinish())
}

// issueRows tells of the rows in their order what became of them. Whatever stops it, all that
// is stored is told of.
func (r *issuing) issueRows(ctx context.Context, rows []results.Row) error {
	var good []issuer.Result
	for n := range rows {
		if rows[n].Err == nil {
			good = append(good, rows[n].Result)
		}
	}
	outcomes, err := r.in.Award(ctx, good...)
	ctx = context.WithoutCancel(ctx) // what is stored is told of, whoever interrupts
	for n := range rows {
		row := &rows[n]
		if row.Err != nil {
			r.refuse(row, "")
			continue
		}
		o := outcomes[0]
		outcomes = outcomes[1:]
		r.warn(row)
		switch {
		case o.Err != nil:
			r.refuse(row, reasonOf(o.Err))
		case o.Award.ID != "":
			err = cmp.Or(err, r.stored(ctx, row, o))
		}
	}
	return err
}

// stored tells of an award that is durable, and writes its files unless it is revoked.
func (r *issuing) stored(ctx context.Context, row *results.Row, o issuer.Outcome) error {
	word := "known"
	if o.Created {
		word = "issued"
		r.issued++
	} else {
		r.known++
		if o.Award.State != issuer.Issued {
			word = string(o.Award.State)
		}
	}
	if _, err := fmt.Fprintf(r.c.OutOrStdout(), "%s\t%s\t%s\n", word, o.Award.ID, r.in.ShareURL(o.Award)); err != nil {
		return err
	}
	if r.links == nil || o.Award.State == issuer.Revoked {
		return nil
	}
	r.links.put(results.Link{
		Key: o.Award.Result.Key, Email: o.Award.Result.Email, Award: o.Award.ID,
		Share: r.in.ShareURL(o.Award), Owner: r.in.OwnerURL(o.Award),
	})
	if r.unwritable {
		return nil
	}
	err := r.write(ctx, row, o.Award)
	r.unwritable = err != nil
	return err
}

// write writes an award's files. One that there is not is noted, and the others are written.
func (r *issuing) write(ctx context.Context, row *results.Row, a issuer.Award) error {
	achievement, err := r.in.Achievement(ctx, a.Result.Achievement)
	if err != nil {
		return err
	}
	name := filepath.Join(r.flags.out, r.fileName(a))
	for _, format := range r.flags.formats {
		content, err := r.in.rendition(ctx, a, achievement, format)
		if errors.Is(err, issuer.ErrConflict) {
			r.note(row, fmt.Sprintf("%s.%s is not written: %s", filepath.Base(name), format, reasonOf(err)))
			continue
		}
		if err != nil {
			return err
		}
		if err := writeFile(name+"."+format, content); err != nil {
			return err
		}
	}
	return nil
}

var notFileName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[^A-Za-z0-9._-]+`) })

// fileName names an award's files after the assessment's key, and after its id where the
// key does not make a name of its own.
func (r *issuing) fileName(a issuer.Award) string {
	name := strings.Trim(notFileName().ReplaceAllString(a.Result.Key, "-"), ".-")
	if name != a.Result.Key || r.clashes[strings.ToLower(name)] {
		name = strings.Trim(name+"-"+a.ID[:8], "-")
	}
	r.clashes[strings.ToLower(name)] = true
	return name
}

// rendition returns an award in a format; all but png and svg are the stored bytes.
func (in *institution) rendition(ctx context.Context, a issuer.Award, achievement issuer.Achievement, format string) ([]byte, error) {
	switch format {
	case "json":
		return a.Credential, nil
	case "jwt":
		return in.Token(ctx, a)
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

// summary says how it went.
func (r *issuing) summary() error {
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
