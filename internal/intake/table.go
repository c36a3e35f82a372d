package intake

import (
	"bytes"
	"fmt"
	"iter"
	"net/mail"
	"slices"
	"strings"

	"laurel/internal/delimited"
)

const (
	maxRows     = 10_000 // of a table, and as many links
	maxRow      = 4 << 20
	maxCell     = 1 << 20
	sampledRows = 20 // by which a column of e-mail addresses is told
)

// Words in the head of a column, in lower case, with blanks for hyphens and underscores.
var (
	badgeWords = []string{"url", "link", "badge", "credential", "share link", "badge url", "badge link", "credential url", "credential link", "verification url", "verification link", "assertion", "assertion url", "链接", "徽章", "徽章链接", "证书链接"}
	nameWords  = []string{"name", "full name", "learner", "student", "applicant", "姓名"}
	emailWords = []string{"email", "e mail", "mail", "email address", "recipient", "recipient email", "learner email", "student email", "applicant email", "邮箱", "电子邮箱"}
)

// table is how a text is to be read as a table.
type table struct {
	text        string
	header      bool
	links       []linkColumn
	name, email int // columns, or -1
}

// linkColumn is a column whose links and credentials are read.
type linkColumn struct {
	index int
	title string // to tell it from others, where the table has several
	notes bool   // most cells are other words, which are passed over
}

// readCSV takes a text for a table only if it has a column of links or credentials: under a
// word that says so, or by its cells.
func readCSV(file []byte) (Found, error) {
	text, ok := decoded(file)
	if !ok || strings.ContainsAny(text[:min(len(text), 1)], "{[<") { // damaged, of another kind
		return Found{}, ErrUnrecognized
	}
	t := &table{text: text}
	if err := t.survey(); err != nil {
		return Found{}, err
	}
	return Found{Kind: CSV, Entries: t.entries()}, nil
}

// decoded is a table's file as text. Links are ASCII in every encoding that is likely;
// where names are in one that cannot be told, they are shown with gaps.
func decoded(file []byte) (text string, ok bool) {
	text, _, err := delimited.Decode(file, "")
	if err != nil {
		return strings.ToValidUTF8(string(file), "\ufffd"), bytes.IndexByte(file, 0) < 0
	}
	return text, true
}

func (t *table) rows() *delimited.Reader { return delimited.NewReader(t.text, maxRow) }

// survey is what is known of a table before it is read.
type survey struct {
	rows   int        // that are not blank, faulty ones included
	head   []string   // the first row that is not faulty
	sample [][]string // of the rows below
	even   bool       // each row has as many cells as the head

	links, others [delimited.MaxCells]int // cells of each column, below the head
}

// survey goes through the rows, finds the columns and holds all numbers to the bounds.
func (t *table) survey() error {
	s := survey{even: true}
	for r := t.rows(); s.rows <= maxRows+1; {
		row, ok := r.Next()
		if !ok {
			break
		}
		if !row.Blank() {
			s.add(row)
		}
	}
	if err := t.columns(&s); err != nil {
		return err
	}
	rows, links := s.rows, 0
	if t.header {
		rows--
	}
	for _, c := range t.links {
		links += s.links[c.index]
		if !c.notes {
			links += s.others[c.index]
		}
	}
	if max(rows, links) > maxRows {
		return fmt.Errorf("%w: more than %d rows or links in a table", ErrTooLarge, maxRows)
	}
	return nil
}

func (s *survey) add(row delimited.Row) {
	s.rows++
	switch {
	case row.Fault != "":
		return
	case s.head == nil:
		s.head = slices.Clone(row.Cells)
		return
	case len(s.sample) < sampledRows:
		s.sample = append(s.sample, slices.Clone(row.Cells))
	}
	s.even = s.even && len(row.Cells) == len(s.head)
	s.count(row.Cells)
}

func (s *survey) count(cells []string) {
	for n, cell := range cells {
		if isItem(cell) {
			s.links[n]++
		} else if strings.TrimSpace(cell) != "" {
			s.others[n]++
		}
	}
}

// isItem tells a cell that is a link or a credential. Most are neither, and cost little.
func isItem(cell string) bool {
	cell = strings.TrimSpace(cell)
	switch head := cell[:min(len(cell), 4)]; {
	case strings.HasPrefix(head, "{"), strings.EqualFold(head, "http"), strings.HasPrefix(head, "e") && strings.Contains(cell, "."):
		_, ok := recognize([]byte(cell))
		return ok
	}
	return false
}

// columns decides what the columns hold.
func (t *table) columns(s *survey) error {
	t.name, t.email = column(s.head, nameWords), column(s.head, emailWords)
	t.header = true
	if !t.titled(s) {
		if slices.ContainsFunc(s.head, isItem) {
			t.header = false
			s.count(s.head)
			s.sample = slices.Insert(s.sample, 0, s.head)
		}
		t.untitled(s)
	}
	switch {
	case len(t.links) > 0:
		t.tellApart(s)
		return t.addresses(s.sample)
	case s.isTable():
		return ErrNoLinks
	}
	return ErrUnrecognized
}

// titled takes the columns under a word for badges, if there are links in them.
func (t *table) titled(s *survey) bool {
	for n, cell := range s.head {
		if title := strings.TrimRight(plain(cell), " 0123456789"); slices.Contains(badgeWords, title) && s.links[n] > 0 {
			t.links = append(t.links, linkColumn{index: n})
		}
	}
	return len(t.links) > 0
}

// untitled takes all columns with links, if one of them has hardly anything else.
func (t *table) untitled(s *survey) {
	var all []linkColumn
	sure := false
	for n, links := range s.links {
		if links > 0 {
			notes := links <= s.others[n]
			all = append(all, linkColumn{index: n, notes: notes})
			sure = sure || !notes
		}
	}
	if sure {
		t.links = all
	}
}

// tellApart gives the columns of links their titles, where there are others with links.
func (t *table) tellApart(s *survey) {
	count := 0
	for _, links := range s.links {
		count += min(links, 1)
	}
	if count == 1 {
		return
	}
	for i := range t.links {
		c := &t.links[i]
		c.title = fmt.Sprintf("column %d", c.index+1)
		if title := shownCell(s.head, c.index); t.header && title != "" {
			c.title += ", " + title
		}
	}
}

// isTable tells a table, though no links are in it, from other texts.
func (s *survey) isTable() bool {
	known := 0
	for _, words := range [][]string{badgeWords, nameWords, emailWords} {
		if column(s.head, words) >= 0 {
			known++
		}
	}
	named := len(s.head) > 1 && !slices.ContainsFunc(s.head, func(cell string) bool { return strings.TrimSpace(cell) == "" })
	return known > 1 || len(s.sample) > 0 && (known > 0 || s.even && named)
}

// addresses finds the column of e-mail addresses by its cells where no word tells: whom a
// table names is compared, or the table is refused, but never passed over.
func (t *table) addresses(sample [][]string) error {
	if t.email >= 0 {
		return nil
	}
	for n := range delimited.MaxCells {
		switch {
		case !addressesOnly(sample, n):
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
	for _, word := range words {
		for n, cell := range head {
			if plain(cell) == word {
				return n
			}
		}
	}
	return -1
}

var hyphens = strings.NewReplacer("-", " ", "_", " ")

// plain is a cell of the head as the words for columns are written.
func plain(cell string) string {
	return strings.Join(strings.Fields(hyphens.Replace(strings.ToLower(cell))), " ")
}

func (t *table) entries() iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		for r, header := t.rows(), t.header; ; {
			row, ok := r.Next()
			switch {
			case !ok:
				return
			case row.Blank():
				continue
			case row.Fault == "" && header:
				header = false
				continue
			}
			for _, e := range t.row(row) {
				if !yield(e) {
					return
				}
			}
		}
	}
}

// row is what a row holds: each of its links once, or why there is none.
func (t *table) row(row delimited.Row) []Entry {
	e := Entry{Number: row.Line}
	if row.Fault != "" {
		e.Err = fmt.Errorf("%w: %s", ErrMalformed, row.Fault)
		return []Entry{e}
	}
	e.Name, e.Email = shownCell(row.Cells, t.name), shownCell(row.Cells, t.email)
	var entries []Entry
	var seen []string
	for _, c := range t.links {
		cell := strings.TrimSpace(at(row.Cells, c.index))
		if cell == "" || slices.Contains(seen, cell) || c.notes && !isItem(cell) {
			continue
		}
		seen = append(seen, cell)
		one := e
		if one.Column = c.title; len(cell) > maxCell {
			one.Err = fmt.Errorf("%w: a cell of more than %d bytes", ErrTooLarge, maxCell)
		} else {
			one.File = []byte(cell)
		}
		entries = append(entries, one)
	}
	if entries == nil {
		e.Err = fmt.Errorf("%w: this row has no link", ErrNoCredential)
		return []Entry{e}
	}
	return entries
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
