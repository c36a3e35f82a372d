package deqar

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// The budgets of the nightly files.
const (
	maxCSVLine = 1 << 20 // bytes of one line; a report may name many files
	maxCSVRows = 5_000_000
	maxColumns = 256
)

// table reads a CSV file by the names of its columns, which may come in any order and with
// others between them (DEQAR §1.6).
type table struct {
	rows   *csv.Reader
	input  *lines
	column map[string]int
	cells  []string
	count  int
}

// lines counts the bytes since the last row, so that one row cannot take all memory.
type lines struct {
	from io.Reader
	left int
}

func (l *lines) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, fmt.Errorf("a row is longer than %d bytes", maxCSVLine)
	}
	n, err := l.from.Read(p[:min(len(p), l.left)])
	l.left -= n
	return n, err
}

// openTable reads the header. It fails where a required column is missing, or a column that
// is read is named twice.
func openTable(from io.Reader, required ...string) (*table, error) {
	t := &table{input: &lines{from: from, left: maxCSVLine}, column: map[string]int{}}
	buffered := bufio.NewReader(t.input)
	if mark, err := buffered.Peek(3); err == nil && string(mark) == "\ufeff" {
		if _, err := buffered.Discard(3); err != nil {
			return nil, err
		}
	}
	t.rows = csv.NewReader(buffered)
	t.rows.ReuseRecord = true
	header, err := t.rows.Read()
	if err != nil {
		return nil, fmt.Errorf("the header cannot be read: %w", err)
	}
	if len(header) > maxColumns {
		return nil, fmt.Errorf("more than %d columns", maxColumns)
	}
	for n, name := range header {
		name = strings.TrimSpace(name)
		if _, twice := t.column[name]; twice && name != "" {
			return nil, fmt.Errorf("the column %.40q stands twice", name)
		}
		t.column[strings.Clone(name)] = n
	}
	for _, name := range required {
		if _, ok := t.column[name]; !ok {
			return nil, fmt.Errorf("the column %q is missing: the file has changed, and nothing is taken from it", name)
		}
	}
	return t, nil
}

// next goes to the next row; false at the end. A file that ends in the middle of a row has
// a row of another length there, and fails.
func (t *table) next() (bool, error) {
	t.input.left = maxCSVLine
	var err error
	if t.cells, err = t.rows.Read(); errors.Is(err, io.EOF) {
		return false, nil
	}
	if t.count++; err == nil && t.count > maxCSVRows {
		err = fmt.Errorf("more than %d rows", maxCSVRows)
	}
	return err == nil, err
}

// text returns a cell as its own string; that of a column that is not there is empty.
func (t *table) text(name string) string {
	n, ok := t.column[name]
	if !ok || n >= len(t.cells) {
		return ""
	}
	text := strings.TrimSpace(t.cells[n])
	if text == "N/A" {
		return ""
	}
	return strings.Clone(strings.ToValidUTF8(text, "\ufffd"))
}

func (t *table) fail(name string) error {
	return fmt.Errorf("row %d: %q cannot be read: %.40q", t.count, name, t.text(name))
}

func (t *table) day(name string) (Day, error) {
	d, err := ParseDay(t.text(name))
	if err != nil {
		return 0, t.fail(name)
	}
	return d, nil
}

func (t *table) span(from, to string) (s Span, err error) {
	if s.From, err = t.day(from); err == nil {
		s.To, err = t.day(to)
	}
	return s, err
}

func (t *table) number(name string) (int64, error) {
	n, err := strconv.ParseInt(t.text(name), 10, 64)
	if err != nil || n <= 0 {
		return 0, t.fail(name)
	}
	return n, nil
}

func (t *table) institution(name string) (int64, error) {
	id, err := ParseInstitutionNumber(t.text(name))
	if err != nil {
		return 0, t.fail(name)
	}
	return id, nil
}

// ReadAgenciesCSV reads deqar-agencies.csv and hands on each agency.
func ReadAgenciesCSV(from io.Reader, each func(Agency) error) error {
	t, err := openTable(from, "agency_id", "acronym_primary", "is_registered", "registration_start", "registration_valid_to")
	for err == nil {
		var more bool
		if more, err = t.next(); !more {
			break
		}
		var a Agency
		if a, err = t.agency(); err == nil {
			err = each(a)
		}
	}
	return inFile("deqar-agencies.csv", err)
}

func inFile(name string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func (t *table) agency() (a Agency, err error) {
	a.Name, a.Acronym = t.text("name_primary"), t.text("acronym_primary")
	if a.ID, err = t.number("agency_id"); err != nil {
		return a, err
	}
	switch t.text("is_registered") {
	case "1", "true", "True", "TRUE", "t":
		a.Registered = Yes
	case "0", "false", "False", "FALSE", "f":
		a.Registered = No
	}
	registration, err := t.span("registration_start", "registration_valid_to")
	a.Start, a.End = registration.From, registration.To
	return a, err
}

// ReadInstitutionsCSV reads deqar-institutions.csv, in which an institution has a row for
// each of its places, and hands each institution on, those that stood first at first.
func ReadInstitutionsCSV(from io.Reader, each func(Institution) error) error {
	t, err := openTable(from, "deqar_id", "name_primary", "country")
	var all collection[Institution]
	for err == nil {
		var more bool
		if more, err = t.next(); !more {
			break
		}
		var row Institution
		if row, err = t.institutionRow(); err == nil {
			err = all.add(row.ID, row, joinPlaces)
		}
	}
	if err == nil {
		err = all.each(each)
	}
	return inFile("deqar-institutions.csv", err)
}

// collection brings the rows of a file that are of one thing together.
type collection[T any] struct {
	order []int64
	rows  map[int64]T
}

func (c *collection[T]) add(id int64, row T, join func(T, T) (T, error)) (err error) {
	if c.rows == nil {
		c.rows = map[int64]T{}
	}
	if first, known := c.rows[id]; known {
		row, err = join(first, row)
	} else {
		c.order = append(c.order, id)
	}
	c.rows[id] = row
	return err
}

func (c *collection[T]) each(do func(T) error) error {
	for _, id := range c.order {
		if err := do(c.rows[id]); err != nil {
			return err
		}
		delete(c.rows, id)
	}
	return nil
}

func joinPlaces(first, next Institution) (Institution, error) {
	first.Places = append(first.Places, next.Places...)
	if len(first.Places) > maxItems {
		return first, fmt.Errorf("institution %d has more than %d places", first.ID, maxItems)
	}
	return first, nil
}

func (t *table) institutionRow() (i Institution, err error) {
	i = Institution{
		ETER: t.text("eter_id"), Name: t.text("name_primary"), Website: t.text("website_link"), Source: SourceCSV,
		Places: []Place{{Country: t.text("country"), City: t.text("city")}},
	}
	if i.ID, err = t.institution("deqar_id"); err != nil {
		return i, err
	}
	if i.Founded, err = t.day("founding_date"); err != nil {
		return i, err
	}
	if i.Closed, err = t.day("closure_date"); err != nil {
		return i, err
	}
	if name := t.text("name_official"); name != "" || i.Name != "" {
		i.Names = []Name{{Official: name, English: i.Name}}
		if name == "" || name == i.Name {
			i.Names = []Name{{Official: i.Name}}
		}
	}
	i.Identifiers = identifiersOf(t.text("identifiers_all"))
	for _, found := range institutionNumbers.FindAllString(t.text("parent_institution"), -1) {
		if id, err := ParseInstitutionNumber(found); err == nil {
			i.PartOf = append(i.PartOf, Relation{Institution: id})
		}
	}
	i.History = historyOf(t.text("historic_relationships"))
	return i, nil
}

var (
	institutionNumbers = regexp.MustCompile(`DEQARINST[0-9]{4,12}`)
	historicRelation   = regexp.MustCompile(`([0-9]{4}-[0-9]{2}-[0-9]{2}): ([a-z ]{1,40}) (DEQARINST[0-9]{4,12})`)
)

func historyOf(text string) (all []Succession) {
	for _, m := range historicRelation.FindAllStringSubmatch(text, maxItems) {
		day, err1 := ParseDay(m[1])
		id, err2 := ParseInstitutionNumber(m[3])
		if err1 == nil && err2 == nil {
			all = append(all, Succession{Institution: id, Type: m[2], Date: day})
		}
	}
	return all
}

// identifiersOf reads "ROR: https://ror.example/0abc; EU-VAT: XX123". Values hold spaces, so
// that only a line end or a semicolon parts them.
func identifiersOf(text string) (all []Identifier) {
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ';' || r == '\n' }) {
		if scheme, value, ok := strings.Cut(strings.TrimSpace(part), ": "); ok {
			all = append(all, Identifier{Scheme: scheme, Value: strings.TrimSpace(value)})
		}
	}
	return all
}
