package intake

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"laurel/internal/delimited"
)

const (
	maxRows   = 10_000 // of a table, and as many links
	maxRow    = 4 << 20
	maxCell   = 1 << 20
	maxHead   = 40 // bytes of a head that is known by a part of it
	titleRows = 5  // in which the heads of the columns are looked for
)

// badgeWords are heads of columns of badges, as plain writes them.
var badgeWords = []string{"url", "link", "badge", "credential", "share link", "badge url", "badge link", "credential url", "credential link", "verification url", "verification link", "assertion", "assertion url", "链接", "徽章", "徽章链接", "证书链接"}

// table is how a text is to be read as a table.
type table struct {
	text  string
	head  int // the line of the row with the heads of the columns, or 0
	links []linkColumn
	whom  whom
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
	text, guessed, ok := decoded(file)
	if !ok || strings.ContainsAny(text[:min(len(text), 1)], "{[<") { // damaged, of another kind
		return Found{}, ErrUnrecognized
	}
	t := &table{text: text, whom: whom{guessed: guessed}}
	if err := t.survey(); err != nil {
		return Found{}, err
	}
	return Found{Kind: CSV, Entries: t.entries()}, nil
}

// decoded is a table's file as text. Links are ASCII in every encoding that is likely, so
// one that cannot be told is only guessed.
func decoded(file []byte) (text string, guessed, ok bool) {
	text, _, err := delimited.Decode(file, "")
	if err != nil {
		return strings.ToValidUTF8(string(file), "\ufffd"), true, bytes.IndexByte(file, 0) < 0
	}
	return text, false, true
}

func (t *table) rows() *delimited.Reader { return delimited.NewReader(t.text, maxRow) }

// survey is what is known of a table before it is read.
type survey struct {
	rows   int        // that are not blank, faulty ones included
	first  []firstRow // the first rows, among which the heads are
	head   []string
	even   bool   // each row has as many cells as the head
	fault  string // of a row before the head
	titles bool   // there are rows above the head

	// Cells of each column below the head: links and credentials, other words, and those of
	// them in which an e-mail address is.
	links, others, addresses [delimited.MaxCells]int
}

// firstRow is one that may have the heads of the columns.
type firstRow struct {
	line  int
	cells []string
	fault string
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
			s.add(t, row)
		}
	}
	if s.head == nil {
		s.choose(t)
	}
	if err := t.columns(&s); err != nil {
		return err
	}
	rows, links := s.rows, 0
	if t.head > 0 {
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

func (s *survey) add(t *table, row delimited.Row) {
	s.rows++
	if s.head == nil {
		s.first = append(s.first, firstRow{row.Line, slices.Clone(row.Cells), row.Fault})
		if len(s.first) == titleRows {
			s.choose(t)
		}
		return
	}
	if row.Fault == "" {
		s.count(row.Cells)
	}
}

// choose takes for the head the first of the first rows that has a word for a column and no
// link, or else the first row. Titles above it are no rows of the table.
func (s *survey) choose(t *table) {
	at := slices.IndexFunc(s.first, func(r firstRow) bool { return worded(r.cells) && !slices.ContainsFunc(r.cells, isItem) })
	if links := slices.IndexFunc(s.first, func(r firstRow) bool { return slices.ContainsFunc(r.cells, isItem) }); at < 0 || links >= 0 && links < at {
		at = slices.IndexFunc(s.first, func(r firstRow) bool { return r.fault == "" })
	}
	if at < 0 {
		return // faulty rows alone
	}
	s.head, s.even = s.first[at].cells, true
	t.head = s.first[at].line
	for n, r := range s.first {
		switch {
		case n < at:
			s.titles, s.fault = true, cmp.Or(s.fault, r.fault)
		case n > at && r.fault == "":
			s.count(r.cells)
		}
	}
}

// worded tells whether one of the cells is a word for a column.
func worded(cells []string) bool {
	return slices.ContainsFunc(cells, func(cell string) bool {
		word := plain(cell)
		return isBadgeWord(word) || isPersonWord(word) || hasMailPart(word)
	})
}

// isBadgeWord knows numbered ones too.
func isBadgeWord(word string) bool {
	return slices.Contains(badgeWords, strings.TrimRight(word, " 0123456789"))
}

func (s *survey) count(cells []string) {
	s.even = s.even && len(cells) == len(s.head)
	for n, cell := range cells {
		switch {
		case isItem(cell):
			s.links[n]++
		case strings.TrimSpace(cell) != "":
			s.others[n]++
			if mentionsAddress(cell) {
				s.addresses[n]++
			}
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
	if !t.titled(s) {
		// Learners' own rows are no heads, be they the first of the table.
		if slices.ContainsFunc(s.head, isItem) || slices.ContainsFunc(s.head, mentionsAddress) || !worded(s.head) && slices.ContainsFunc(s.head, linkish) {
			t.head = 0
			s.count(s.head)
			s.head = nil
		}
		t.untitled(s)
	}
	switch {
	case len(t.links) > 0 && s.fault != "" && !worded(s.head):
		return unclear(ErrTable, "the row with the heads of the columns cannot be read (%s)", s.fault)
	case len(t.links) > 0:
		t.tellApart(s)
		return t.whom.find(s, t.links)
	case s.isTable():
		return ErrNoLinks
	}
	return ErrUnrecognized
}

// linkish tells a cell in which a link may be that is none as it stands.
func linkish(cell string) bool {
	return strings.Contains(cell, "://") || bareLink().MatchString(strings.TrimSpace(cell[:min(len(cell), maxLink)]))
}

// ofLearners tells whether a column may name them, so that no link in it is a badge.
func (s *survey) ofLearners(n int) bool {
	return s.addresses[n] > 0 || isPersonWord(plain(at(s.head, n)))
}

// titled takes the columns under a word for badges, if there are links in them.
func (t *table) titled(s *survey) bool {
	for n, cell := range s.head {
		if isBadgeWord(plain(cell)) && s.links[n] > 0 && !s.ofLearners(n) {
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
		if links > 0 && !s.ofLearners(n) {
			notes := links <= s.others[n]
			all = append(all, linkColumn{index: n, notes: notes})
			sure = sure || !notes
		}
	}
	if sure {
		t.links = all
	}
}

// tellApart gives the columns of links their titles, where there are others with links:
// their numbers, and the words that are known, for any other may be a learner's.
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
		if title := plain(at(s.head, c.index)); isBadgeWord(title) && len(title)-len(strings.TrimRight(title, " 0123456789")) <= len(" 999") {
			c.title += ", " + title
		}
	}
}

// isTable tells a table, though no links are in it, from other texts.
func (s *survey) isTable() bool {
	named := len(s.head) > 1 && !slices.ContainsFunc(s.head, func(cell string) bool { return strings.TrimSpace(cell) == "" })
	return worded(s.head) && (s.rows > 1 || named) || s.rows > 1 && s.even && named
}

func (t *table) entries() iter.Seq[Entry] {
	return func(yield func(Entry) bool) {
		for r := t.rows(); ; {
			row, ok := r.Next()
			if !ok {
				return
			}
			if row.Blank() || row.Line <= t.head && row.Fault == "" {
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
	switch {
	case row.Fault != "":
		e.Err = unclear(ErrRow, "%s", row.Fault)
		return []Entry{e}
	case row.Doubt > 0:
		e.Err = unclear(ErrRow, "it may belong to the text whose quote line %d opens; mend that line", row.Doubt)
		return []Entry{e}
	}
	e.Name, e.Email, e.Unclear = t.whom.of(row.Cells)
	var entries []Entry
	var seen []string
	for _, c := range t.links {
		cell := strings.TrimSpace(at(row.Cells, c.index))
		if cell == "" || slices.Contains(seen, cell) || c.notes && !linkish(cell) && !isItem(cell) {
			continue
		}
		seen = append(seen, cell)
		one := e
		if one.Column = c.title; len(cell) > maxCell {
			one.Err = unclear(ErrRow, "a cell has more than %d bytes", maxCell)
		} else if !isItem(cell) {
			one.Err = unclear(ErrRow, "what stands there for a link, from https:// on, is none, or more than one")
		} else {
			one.File = []byte(cell)
		}
		if one.Unclear == nil && addressHangs(cell) {
			one.Unclear = errors.New("an e-mail address hangs on the link; the cells of the table may be divided in another way")
		}
		entries = append(entries, one)
	}
	if entries == nil {
		e.Err = unclear(ErrRow, "it has no link")
		return []Entry{e}
	}
	return entries
}

// addressHangs tells whether an e-mail address may follow a link in what was taken for the
// link alone.
func addressHangs(cell string) bool {
	return strings.HasPrefix(cell, "http") && strings.ContainsAny(cell, ";,|\t") && mentionsAddress(cell)
}

// at is a cell, empty where the row is too short or has no such column.
func at(record []string, column int) string {
	if column < 0 || column >= len(record) {
		return ""
	}
	return record[column]
}
