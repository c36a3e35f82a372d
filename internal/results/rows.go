package results

import (
	"fmt"
	"strings"
)

// record is one row as it stands in the text.
type record struct {
	line  int      // on which it begins, from 1
	raw   string   // without its line end
	cells []string // without quotes; valid until the next record is read
	fault string   // why it is not a row of RFC 4180; cells are empty then
	doubt int      // the line of an unclosed quote that may reach here, or 0
}

// blank reports whether no cell holds anything, as in the rows that spreadsheets add.
func (r record) blank() bool {
	for _, cell := range r.cells {
		if strings.TrimSpace(cell) != "" {
			return false
		}
	}
	return r.fault == ""
}

// scanner cuts a text into records. Each byte is looked at a bounded number of times:
// lines in the reach of a faulty quote are not searched for a closing one again.
type scanner struct {
	text      string
	delimiter byte
	position  int
	line      int
	cells     []string

	reach  int // up to which place the last faulty quote reached
	opened int // the line of that quote
}

// open finds the delimiter and reads the header, past blank lines.
func open(text string) (*scanner, record, error) {
	s := &scanner{text: text, delimiter: ',', line: 1}
	named := false
	for s.position < len(text) {
		line := text[s.position:s.endOfLine(s.position)]
		if len(line) > MaxLine {
			return nil, record{}, fmt.Errorf("line %d is longer than 1 MiB; is this a file of comma-separated values?", s.line)
		}
		if strings.Trim(line, " \t,;\"\u00a0\u3000") == "" {
			s.skipLine()
			continue
		}
		if d, ok := strings.CutPrefix(line, "sep="); ok && !named && len(d) == 1 && strings.Contains(delimiters, d) {
			s.delimiter, named = d[0], true
			s.skipLine()
			continue
		}
		if !named {
			s.delimiter = mostFrequent(line)
		}
		header, _ := s.next()
		if header.fault != "" {
			return nil, record{}, fmt.Errorf("line %d, the header: %s", header.line, header.fault)
		}
		header.cells = append([]string(nil), header.cells...)
		return s, header, nil
	}
	return nil, record{}, fmt.Errorf("the file is empty; its first line should name the columns, such as assessment_id,email,awarded")
}

const delimiters = ",;\t"

// mostFrequent returns the delimiter that stands most often outside of quotes.
func mostFrequent(line string) byte {
	var count [len(delimiters)]int
	quoted := false
	for n := range len(line) {
		if line[n] == '"' {
			quoted = !quoted
		} else if at := strings.IndexByte(delimiters, line[n]); at >= 0 && !quoted {
			count[at]++
		}
	}
	best := 0
	for n := range count {
		if count[n] > count[best] {
			best = n
		}
	}
	return delimiters[best]
}

// endOfLine returns the place of the first line end at or after a place, or of the end.
func (s *scanner) endOfLine(from int) int {
	if n := strings.IndexAny(s.text[from:], "\r\n"); n >= 0 {
		return from + n
	}
	return len(s.text)
}

// afterLineEnd returns the place behind the line end at a place.
func (s *scanner) afterLineEnd(at int) int {
	if strings.HasPrefix(s.text[at:], "\r\n") {
		return at + 2
	}
	return min(at+1, len(s.text))
}

func (s *scanner) skipLine() {
	s.position = s.afterLineEnd(s.endOfLine(s.position))
	s.line++
}

// next returns the next record; false at the end of the text.
func (s *scanner) next() (record, bool) {
	if s.position >= len(s.text) {
		return record{}, false
	}
	r := record{line: s.line}
	endOfLine := s.endOfLine(s.position)
	limit := min(len(s.text), s.position+MaxLine)
	if s.position < s.reach {
		r.doubt, limit = s.opened, endOfLine
	}
	if endOfLine-s.position > MaxLine {
		r.fault = "the line is longer than 1 MiB"
		r.raw = s.text[s.position:endOfLine]
		s.skipLine()
		return r, true
	}
	end, fault := s.split(limit)
	if fault != "" {
		r.fault, r.raw = fault, s.text[s.position:endOfLine]
		if end > endOfLine {
			s.reach, s.opened = end, s.line
		}
		s.skipLine()
		return r, true
	}
	r.cells, r.raw = s.cells, s.text[s.position:end]
	s.line += lineEnds(r.raw) + 1
	s.position = s.afterLineEnd(end)
	return r, true
}

// split cuts the record at the scanner's position into s.cells and returns the place of
// its line end; or what is wrong with its quotes, and up to which place it had to look.
func (s *scanner) split(limit int) (end int, fault string) {
	s.cells = s.cells[:0]
	at := s.position
	for {
		if len(s.cells) == MaxColumns {
			return at, fmt.Sprintf("the row has more than %d cells", MaxColumns)
		}
		cell, end, fault := s.cell(at, limit)
		if fault != "" {
			return end, fault
		}
		s.cells = append(s.cells, cell)
		if end == len(s.text) || s.text[end] != s.delimiter {
			return end, ""
		}
		at = end + 1
	}
}

const unclosed = "a double quote opens a cell and is not closed; double the quotes inside a cell"

// cell reads the cell at a place and returns the place behind it: of a delimiter, of a
// line end, or of the text's end.
func (s *scanner) cell(at, limit int) (cell string, end int, fault string) {
	if at >= limit || s.text[at] != '"' {
		return s.plainCell(at, limit)
	}
	doubled := false
	for from := at + 1; ; {
		n := strings.IndexByte(s.text[from:limit], '"')
		if n < 0 {
			return "", limit, unclosed
		}
		quote := from + n
		if quote+1 < limit && s.text[quote+1] == '"' {
			doubled, from = true, quote+2
			continue
		}
		end = quote + 1
		if end < len(s.text) && s.text[end] != s.delimiter && s.text[end] != '\r' && s.text[end] != '\n' {
			return "", end, "text follows the closing double quote of a cell; double the quotes inside a cell"
		}
		cell = s.text[at+1 : quote]
		if doubled {
			cell = strings.ReplaceAll(cell, `""`, `"`)
		}
		return cell, end, ""
	}
}

func (s *scanner) plainCell(at, limit int) (cell string, end int, fault string) {
	for end = at; end < limit; end++ {
		switch s.text[end] {
		case s.delimiter, '\r', '\n':
			return s.text[at:end], end, ""
		case '"':
			return "", end, "a double quote stands inside a cell that does not begin with one; put the cell in quotes and double the quotes inside"
		}
	}
	if end < len(s.text) && !strings.ContainsRune("\r\n", rune(s.text[end])) {
		return "", end, "the row is longer than 1 MiB"
	}
	return s.text[at:end], end, ""
}

// lineEnds counts LF, CRLF and CR.
func lineEnds(text string) int {
	return strings.Count(text, "\n") + strings.Count(text, "\r") - strings.Count(text, "\r\n")
}
