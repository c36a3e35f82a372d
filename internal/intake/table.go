package intake

import (
	"bytes"
	"fmt"
	"iter"
	"net/mail"
	"slices"
	"strings"

	"golang.org/x/text/encoding/unicode"
)

const (
	maxCell     = 1 << 20
	maxColumns  = 256
	sampledRows = 20 // by which a table without known words is told
)

// Words in the head of a column, in lower case, with blanks for hyphens and underscores.
var (
	badgeWords = []string{"url", "link", "badge", "credential", "share link", "badge url", "badge link", "credential url", "credential link", "verification url", "verification link", "assertion", "assertion url", "链接", "徽章", "徽章链接", "证书链接"}
	nameWords  = []string{"name", "full name", "learner", "student", "applicant", "姓名"}
	emailWords = []string{"email", "e mail", "mail", "email address", "recipient", "recipient email", "learner email", "student email", "applicant email", "邮箱", "电子邮箱"}
)

// table is how a text is to be read as a table.
type table struct {
	text               string
	delimiter          byte
	header             bool
	badge, name, email int // columns, or -1
}

// readCSV takes a text for a table (RFC 4180) only if it has a column of links or
// credentials: under a word that says so, or by its cells.
func readCSV(file []byte, o Options) (Found, error) {
	text, ok := decoded(file)
	if !ok || strings.ContainsAny(text[:min(len(text), 1)], "{[<") { // damaged, of another kind
		return Found{}, ErrUnrecognized
	}
	t := &table{text: text}
	first, rest, _ := strings.Cut(text, "\n")
	if named, ok := strings.CutPrefix(strings.TrimSpace(first), "sep="); ok && len(named) == 1 && strings.Contains(delimiters, named) {
		t.text, t.delimiter = "\n"+rest, named[0] // as spreadsheets write it
	} else {
		first, _, _ = strings.Cut(strings.TrimLeft(text, "\r\n"), "\n")
		t.delimiter = delimiterOf(first)
	}
	count, err := t.survey(o.Rows)
	switch {
	case err != nil:
		return Found{}, err
	case count == 0:
		return Found{}, fmt.Errorf("%w: the table has no rows", ErrNoCredential)
	}
	return Found{Kind: CSV, Entries: t.entries()}, nil
}

// decoded is a table's file as text. Links are ASCII in every encoding that is likely;
// where only names are not UTF-8, they are shown with gaps.
func decoded(file []byte) (text string, ok bool) {
	if IsUTF16(file) {
		utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Bytes(file)
		if err != nil {
			return "", false
		}
		file = utf16
	}
	file = bytes.TrimPrefix(file, []byte("\ufeff"))
	if bytes.IndexByte(file, 0) >= 0 {
		return "", false
	}
	// A carriage return alone ends lines of old spreadsheets.
	text = strings.ToValidUTF8(string(file), "\ufffd")
	if !strings.Contains(text, "\n") {
		text = strings.ReplaceAll(text, "\r", "\n")
	}
	return text, true
}

const delimiters = ",;\t"

// delimiterOf returns the delimiter that stands most often outside of quotes in a line.
func delimiterOf(line string) byte {
	var count [len(delimiters)]int
	quoted, best := false, 0
	for n := range len(line) {
		if line[n] == '"' {
			quoted = !quoted
		} else if d := strings.IndexByte(delimiters, line[n]); d >= 0 && !quoted {
			if count[d]++; count[d] > count[best] {
				best = d
			}
		}
	}
	return delimiters[best]
}

func (t *table) rows() *rows { return &rows{text: t.text, delimiter: t.delimiter, line: 1} }

// survey finds the columns and counts the rows.
func (t *table) survey(maxRows int) (count int, err error) {
	var (
		r      = t.rows()
		cells  []string
		sample [][]string
	)
	for count <= maxRows+1 {
		row, _, err, ok := r.next(cells)
		if !ok {
			break
		}
		if err == nil && isBlank(row) {
			continue
		}
		if cells = row; err == nil && len(sample) <= sampledRows {
			sample = append(sample, slices.Clone(row))
		}
		count++
	}
	if len(sample) < 2 || !t.columns(sample) {
		return 0, ErrUnrecognized
	}
	if err := t.addresses(sample); err != nil {
		return 0, err
	}
	if t.header {
		count--
	}
	if count > maxRows {
		return 0, fmt.Errorf("%w: more than %d rows in a table", ErrTooLarge, maxRows)
	}
	return count, nil
}

// columns decides what the columns hold.
func (t *table) columns(sample [][]string) bool {
	head, body := sample[0], sample[1:]
	t.badge, t.name, t.email = column(head, badgeWords), column(head, nameWords), column(head, emailWords)
	if t.badge >= 0 {
		t.header = true
		return holds(body, t.badge) > 0
	}
	for n, cell := range head {
		if holds(body, n) == len(body) {
			_, isItem := recognize([]byte(cell))
			t.badge, t.header = n, !isItem
			return true
		}
	}
	return false
}

// addresses finds the column of e-mail addresses by its cells where no word tells: whom a
// table names is compared, or the table is refused, but never passed over.
func (t *table) addresses(sample [][]string) error {
	if t.header {
		sample = sample[1:]
	}
	if t.email >= 0 {
		return nil
	}
	for n := range maxColumns {
		switch {
		case n == t.badge || !addressesOnly(sample, n):
			continue
		case t.email >= 0:
			return fmt.Errorf("%w: columns %d and %d both have e-mail addresses; write \"email\" above those of the learners", ErrMalformed, t.email+1, n+1)
		}
		t.email = n
	}
	return nil
}

// addressesOnly tells whether a column has e-mail addresses and nothing else.
func addressesOnly(rows [][]string, column int) bool {
	count := 0
	for _, row := range rows {
		cell := strings.TrimSpace(at(row, column))
		if cell == "" {
			continue
		}
		if a, err := mail.ParseAddress(cell); err != nil || a.Address != cell {
			return false
		}
		count++
	}
	return count > 0
}

// column is the first whose head is one of the words.
func column(head, words []string) int {
	plain := strings.NewReplacer("-", " ", "_", " ")
	for _, word := range words {
		for n, cell := range head {
			if strings.Join(strings.Fields(plain.Replace(strings.ToLower(cell))), " ") == word {
				return n
			}
		}
	}
	return -1
}

// holds counts the rows that have a link or a credential in a column.
func holds(rows [][]string, column int) (count int) {
	for _, row := range rows {
		if _, ok := recognize([]byte(at(row, column))); ok {
			count++
		}
	}
	return count
}

func (t *table) entries() iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		r, header := t.rows(), t.header
		for cells := []string(nil); ; {
			row, line, err, ok := r.next(cells)
			switch {
			case !ok:
				return
			case err == nil && isBlank(row):
				continue
			case err == nil && header:
				header = false
				continue
			case !yield(t.entry(row, line, err)):
				return
			}
			cells = row
		}
	}
}

func (t *table) entry(row []string, line int, err error) Entry {
	if err != nil {
		return Entry{Number: line, Err: fmt.Errorf("%w: %w", ErrMalformed, err)}
	}
	e := Entry{Number: line, Name: shownCell(row, t.name), Email: shownCell(row, t.email)}
	switch cell := strings.TrimSpace(at(row, t.badge)); {
	case cell == "":
		e.Err = fmt.Errorf("%w: this row has no link", ErrNoCredential)
	case len(cell) > maxCell:
		e.Err = fmt.Errorf("%w: a cell of more than %d bytes", ErrTooLarge, maxCell)
	default:
		e.File = []byte(cell)
	}
	return e
}

func isBlank(record []string) bool {
	return !slices.ContainsFunc(record, func(cell string) bool { return strings.TrimSpace(cell) != "" })
}

// at is a cell, empty where the row is too short or has no such column.
func at(record []string, column int) string {
	if column < 0 || column >= len(record) {
		return ""
	}
	return record[column]
}

func shownCell(record []string, column int) string {
	return shortened(printed(strings.TrimSpace(at(record, column))))
}
