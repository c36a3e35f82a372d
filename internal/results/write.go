package results

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"laurel/internal/delimited"
)

// Link is one line of the list that goes with issued badges.
type Link struct {
	Key   string // the assessment's
	Email string
	Award string // its ID
	Share string // address of the public page
	Owner string // address with which the learner decides what that page shows; for the learner alone
}

var linkColumns = []string{assessmentID, "email", "award", "share_link", "learner_link"}

// WriteLinks writes the list of issued badges as CSV, for mailing the learners.
func WriteLinks(w io.Writer, links []Link) error {
	out := csv.NewWriter(w)
	if err := out.Write(linkColumns); err != nil {
		return err
	}
	for _, l := range links {
		if err := out.Write(harmless([]string{l.Key, l.Email, l.Award, l.Share, l.Owner})); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// ReadLinks reads what WriteLinks wrote, at most MaxBytes. Any other file is refused.
func ReadLinks(raw []byte) ([]Link, error) {
	if len(raw) > MaxBytes {
		return nil, fmt.Errorf("the file is larger than %d MiB", MaxBytes>>20)
	}
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(raw, []byte("\ufeff")))).ReadAll()
	if err != nil || len(rows) == 0 || !slices.Equal(rows[0], linkColumns) {
		return nil, errors.New("the file is not a list of links as Laurel writes it")
	}
	links := make([]Link, 0, len(rows)-1)
	for _, row := range rows[1:] {
		for n := range row {
			row[n] = trimmed(row[n])
		}
		links = append(links, Link{Key: row[0], Email: row[1], Award: row[2], Share: row[3], Owner: row[4]})
	}
	return links, nil
}

// notes are the columns that WriteRefusals adds. Read leaves them out again.
var notes = []string{"x_line", "x_column", "x_reason"}

// WriteRefusals writes the rows whose Err is set, each behind its line, column and reason,
// as a file that Read reads once they are mended. A row whose quotes were at fault is cut
// at every delimiter. The file is UTF-8 with a byte order mark, for spreadsheets.
func WriteRefusals(w io.Writer, t *Table) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	if t.Delimiter != "" {
		out.Comma = rune(t.Delimiter[0])
	}
	header := t.header
	if header == nil {
		header = []string{assessmentID, "email", "name", "awarded"}
	}
	if err := out.Write(harmless(slices.Concat(notes, withoutNotes(header, header)))); err != nil {
		return err
	}
	for n := range t.Rows {
		row := &t.Rows[n]
		if row.Err == nil {
			continue
		}
		cells := withoutNotes(header, t.cells(row))
		cells = slices.Concat([]string{strconv.Itoa(row.Line), row.Err.Column, row.Err.Reason}, cells)
		if err := out.Write(harmless(cells)); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// cells returns a row's cells as they stood in the file.
func (t *Table) cells(row *Row) []string {
	if t.header == nil {
		r := row.Result
		return []string{r.Key, r.Email, r.Name, r.AwardedAt.Format(time.DateOnly)}
	}
	if row.broken {
		return strings.Split(row.raw, t.Delimiter)
	}
	return delimited.Cells(row.raw, t.Delimiter[0])
}

// withoutNotes takes out the cells of the columns that an earlier WriteRefusals added.
func withoutNotes(header, cells []string) []string {
	var kept []string
	for n, cell := range cells {
		if n >= len(header) || !slices.Contains(notes, strings.TrimSpace(header[n])) {
			kept = append(kept, cell)
		}
	}
	return kept
}

// looksComputed reports whether a spreadsheet may take a cell for a formula.
func looksComputed(cell string) bool {
	for _, c := range strings.TrimSpace(cell) {
		return strings.ContainsRune("=+-@＝＋－＠", c)
	}
	return false
}

// harmless marks cells that a spreadsheet would run with an apostrophe, as text.
func harmless(cells []string) []string {
	out := slices.Clone(cells)
	for n, cell := range out {
		if looksComputed(cell) {
			out[n] = "'" + cell
		}
	}
	return out
}
