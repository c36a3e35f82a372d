// Package results answers: which assessment results does this table hold?
//
// It turns the bytes of a college's export, comma-separated values (RFC 4180) as
// spreadsheets and learning platforms write them, into results that can be awarded, and
// into refusals that name line, column and reason. A row is judged by itself: a bad one
// does not hold up the good ones, and WriteRefusals gives the bad ones back for mending.
// Package delimited cuts the rows; columns.go is the list of columns, cells.go says what
// each may hold. Whether an achievement has the results named, and
// whether an assessment has been awarded before, is for package issuer to say.
package results

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"laurel/internal/delimited"
	"laurel/issuer"
)

// Bounds of a table.
const (
	MaxBytes       = 64 << 20 // of the file
	MaxLine        = 1 << 20  // bytes of one row, as UTF-8
	MaxResults     = 64       // columns result:KEY
	DefaultMaxRows = 200_000
)

// Options tell Read what the file does not say.
type Options struct {
	// Achievement is the key of the achievement that the results are for.
	Achievement string
	// Encoding is one of delimited.Encodings, or empty for finding it out.
	Encoding string
	// MaxRows bounds the rows below the header; 0 is DefaultMaxRows.
	MaxRows int
}

// Table is what a file holds: its rows in their order, without those that are blank.
type Table struct {
	Encoding  string // as found or named: one of delimited.Encodings
	Delimiter string // between cells: comma, semicolon or tab
	Rows      []Row

	header []string // as written
}

// Row is one row: a result, or the reason why it is none.
type Row struct {
	Line    int           // on which it begins, from 1
	Result  issuer.Result // as far as it was understood; whole where Err is nil
	Err     *RowError     // why the row is refused, or nil
	Warning string        // what a person should look at; the row is good all the same

	raw    string // the row as written, in UTF-8, for WriteRefusals
	broken bool   // raw is not a row of RFC 4180
}

// RowError says why a row was refused. Column is the header's word for the cell, empty
// where the row as a whole is at fault.
type RowError struct {
	Line   int
	Column string
	Reason string
}

// Error writes place and reason.
func (e *RowError) Error() string {
	if e.Column == "" {
		return fmt.Sprintf("line %d: %s", e.Line, e.Reason)
	}
	return fmt.Sprintf("line %d, column %s: %s", e.Line, e.Column, e.Reason)
}

// Read reads a file of results. Its error is about the file as a whole; what is wrong with
// one row is that Row's Err.
//
// After a quote out of place, or one that is not closed, the row is refused and reading goes
// on at the next line; lines that the quote would have swallowed carry a warning.
func Read(raw []byte, o Options) (*Table, error) {
	if o.MaxRows == 0 {
		o.MaxRows = DefaultMaxRows
	}
	if len(raw) > MaxBytes {
		return nil, fmt.Errorf("the file is larger than %d MiB; split it", MaxBytes>>20)
	}
	text, encoding, err := delimited.Decode(raw, o.Encoding)
	if err != nil {
		return nil, err
	}
	r := delimited.NewReader(text, MaxLine)
	header, ok := r.Next()
	switch {
	case !ok:
		return nil, errors.New("the file is empty; its first line should name the columns, such as assessment_id,email,awarded")
	case header.Fault != "":
		return nil, fmt.Errorf("line %d, the header: %s", header.Line, header.Fault)
	}
	header.Cells = slices.Clone(header.Cells)
	columns, err := parseHeader(header)
	if err != nil {
		return nil, err
	}
	t := &Table{Encoding: encoding, Delimiter: string(r.Delimiter()), header: header.Cells}
	j := judge{achievement: o.Achievement, columns: columns, byKey: map[string]int{}, byEmail: map[string]int{}, table: t}
	for {
		row, ok := r.Next()
		if !ok {
			return t, nil
		}
		if row.Blank() {
			continue
		}
		if len(t.Rows) == o.MaxRows {
			return nil, fmt.Errorf("line %d: the file holds more than %d rows; split it", row.Line, o.MaxRows)
		}
		t.Rows = append(t.Rows, j.row(row))
		j.compare(len(t.Rows) - 1)
	}
}

// judge makes rows of records and holds them to each other.
type judge struct {
	achievement string
	columns     []column
	table       *Table
	byKey       map[string]int // place of the good row with an assessment's key
	byEmail     map[string]int // place of the last good row of a learner
}

func (j *judge) row(r delimited.Row) Row {
	row := Row{Line: r.Line, raw: r.Raw, broken: r.Fault != ""}
	row.Result.Achievement = j.achievement
	if r.Fault != "" {
		row.Err = &RowError{Line: r.Line, Reason: r.Fault}
		return row
	}
	if r.Doubt > 0 {
		row.Warning = fmt.Sprintf("read although line %d opens a quote that may reach this far; check this row", r.Doubt)
	}
	if reason := countFault(r.Cells, len(j.columns)); reason != "" {
		row.Err = &RowError{Line: r.Line, Reason: reason}
		return row
	}
	for n, c := range j.columns {
		if err := c.read(&row.Result, r.Cells[n]); err != nil {
			row.Err = &RowError{Line: r.Line, Column: c.written, Reason: err.Error()}
			return row
		}
	}
	if until := row.Result.ValidUntil; until != nil && !until.After(row.Result.AwardedAt) {
		row.refuse(j.written(validUntil), "the validity ends before the award")
	}
	return row
}

// countFault holds a row to the header's length. A row that is too short may be the
// first half of one that a line end cut in two, and one that is too long may have its
// cells shifted, even where the last ones are empty; neither is made to fit.
func countFault(cells []string, want int) string {
	switch {
	case len(cells) < want:
		return fmt.Sprintf("the row has %d cells and the header %d; is there a line end in a cell without quotes?", len(cells), want)
	case len(cells) > want:
		return fmt.Sprintf("the row has %d cells and the header %d; put a cell that holds the delimiter in double quotes", len(cells), want)
	}
	return ""
}

// compare refuses what an earlier good row holds already. Where one key stands for two
// learners nobody can say which is right, so both are refused.
func (j *judge) compare(at int) {
	row := &j.table.Rows[at]
	if row.Err != nil {
		return
	}
	email := strings.ToLower(row.Result.Email)
	if earlier, ok := j.byKey[row.Result.Key]; ok {
		first := &j.table.Rows[earlier]
		if strings.EqualFold(first.Result.Email, row.Result.Email) {
			row.refuse(j.written(assessmentID), fmt.Sprintf("a duplicate of line %d", first.Line))
			return
		}
		row.refuse(j.written(assessmentID), fmt.Sprintf("line %d has the same key for another learner", first.Line))
		if first.Err == nil {
			first.refuse(j.written(assessmentID), fmt.Sprintf("line %d has the same key for another learner", row.Line))
		}
		return
	}
	if earlier, ok := j.byEmail[email]; ok {
		row.warn(fmt.Sprintf("line %d looks like the same learner", j.table.Rows[earlier].Line))
	}
	j.byKey[row.Result.Key], j.byEmail[email] = at, at
}

// written returns the header's word for a column.
func (j *judge) written(name string) string {
	for _, c := range j.columns {
		if c.name == name {
			return c.written
		}
	}
	panic("results: a row with a cell of a column that the header does not have")
}

func (r *Row) refuse(column, reason string) {
	r.Err = &RowError{Line: r.Line, Column: column, Reason: reason}
}

func (r *Row) warn(text string) {
	if r.Warning != "" {
		text = r.Warning + "; " + text
	}
	r.Warning = text
}
