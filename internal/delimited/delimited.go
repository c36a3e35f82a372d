// Package delimited answers: which rows and cells does this text of a spreadsheet hold?
//
// It reads comma-separated values (RFC 4180) as spreadsheets and learning platforms write
// them: in their encodings, with their delimiters and line ends, and with mistakes, of which
// each costs one row and no more. What the cells mean is for its callers to say.
package delimited

import (
	"fmt"
	"strings"
)

// MaxCells bounds the cells of a row.
const MaxCells = 256

// Delimiters are those that are known.
const Delimiters = ",;\t"

// Row is one row as it stands in the text.
type Row struct {
	Line  int      // on which it begins, from 1
	Raw   string   // without its line end
	Cells []string // without quotes; valid until the next row is read
	Fault string   // why it is not a row of RFC 4180; Cells are empty then
	Doubt int      // the line of an unclosed quote that may reach here, or 0
}

// Blank reports whether no cell holds anything, as in the rows that spreadsheets add.
func (r Row) Blank() bool {
	for _, cell := range r.Cells {
		if strings.TrimSpace(cell) != "" {
			return false
		}
	}
	return r.Fault == ""
}

// Reader cuts a text into rows. Lines end with LF, CRLF or CR. A cell in double quotes may
// hold delimiters, line ends and doubled quotes. After a quote out of place, or one that is
// not closed, reading goes on at the next line; lines that the quote would have swallowed
// are rows only as far as each is one by itself, and in doubt. Each byte is looked at a
// bounded number of times: lines in the reach of a faulty quote are not searched for a
// closing one again.
type Reader struct {
	text      string
	delimiter byte
	maxRow    int // bytes
	position  int
	line      int
	cells     []string

	reach  int // up to which place the last faulty quote reached
	opened int // the line of that quote
}

// NewReader goes to the first row that is not blank, if there is one, and finds the
// delimiter: a first line "sep=;" decides, as spreadsheets write it; else the most frequent
// of comma, semicolon and tab outside of quotes in the line of that row, in this order where
// they are equal. A row is at most maxRow bytes.
func NewReader(text string, maxRow int) *Reader {
	r := &Reader{text: text, delimiter: Delimiters[0], maxRow: maxRow, line: 1}
	for named := false; r.position < len(text); r.skipLine() {
		line := text[r.position:r.endOfLine(r.position)]
		if strings.Trim(line, " \t,;\"\u00a0\u3000") == "" {
			continue
		}
		if d, ok := strings.CutPrefix(line, "sep="); ok && !named && len(d) == 1 && strings.Contains(Delimiters, d) {
			r.delimiter, named = d[0], true
			continue
		}
		if !named {
			r.delimiter = mostFrequent(line)
		}
		break
	}
	return r
}

// Delimiter is what stands between cells.
func (r *Reader) Delimiter() byte { return r.delimiter }

// Cells cuts one row, which Row.Raw was, again.
func Cells(raw string, delimiter byte) []string {
	row, _ := (&Reader{text: raw, delimiter: delimiter, maxRow: len(raw)}).Next()
	return row.Cells
}

// mostFrequent returns the delimiter that stands most often outside of quotes.
func mostFrequent(line string) byte {
	var count [len(Delimiters)]int
	quoted := false
	for n := range len(line) {
		if line[n] == '"' {
			quoted = !quoted
		} else if at := strings.IndexByte(Delimiters, line[n]); at >= 0 && !quoted {
			count[at]++
		}
	}
	best := 0
	for n := range count {
		if count[n] > count[best] {
			best = n
		}
	}
	return Delimiters[best]
}

// endOfLine returns the place of the first line end at or after a place, or of the end.
func (r *Reader) endOfLine(from int) int {
	if n := strings.IndexAny(r.text[from:], "\r\n"); n >= 0 {
		return from + n
	}
	return len(r.text)
}

// afterLineEnd returns the place behind the line end at a place.
func (r *Reader) afterLineEnd(at int) int {
	if strings.HasPrefix(r.text[at:], "\r\n") {
		return at + 2
	}
	return min(at+1, len(r.text))
}

func (r *Reader) skipLine() {
	r.position = r.afterLineEnd(r.endOfLine(r.position))
	r.line++
}

// Next returns the next row; false at the end of the text.
func (r *Reader) Next() (row Row, ok bool) {
	if r.position >= len(r.text) {
		return Row{}, false
	}
	row = Row{Line: r.line}
	endOfLine := r.endOfLine(r.position)
	limit := min(len(r.text), r.position+r.maxRow)
	if r.position < r.reach {
		row.Doubt, limit = r.opened, endOfLine
	}
	if endOfLine-r.position > r.maxRow {
		row.Fault = fmt.Sprintf("the line is longer than %d MiB; is this a file of comma-separated values?", r.maxRow>>20)
		row.Raw = r.text[r.position:endOfLine]
		r.skipLine()
		return row, true
	}
	end, fault := r.split(limit)
	if fault != "" {
		row.Fault, row.Raw = fault, r.text[r.position:endOfLine]
		if end > endOfLine {
			r.reach, r.opened = end, r.line
		}
		r.skipLine()
		return row, true
	}
	row.Cells, row.Raw = r.cells, r.text[r.position:end]
	r.line += LineEnds(row.Raw) + 1
	r.position = r.afterLineEnd(end)
	return row, true
}

// split cuts the row at the reader's position into r.cells and returns the place of
// its line end; or what is wrong with its quotes, and up to which place it had to look.
func (r *Reader) split(limit int) (end int, fault string) {
	r.cells = r.cells[:0]
	at := r.position
	for {
		if len(r.cells) == MaxCells {
			return at, fmt.Sprintf("the row has more than %d cells", MaxCells)
		}
		cell, end, fault := r.cell(at, limit)
		if fault != "" {
			return end, fault
		}
		r.cells = append(r.cells, cell)
		if end == len(r.text) || r.text[end] != r.delimiter {
			return end, ""
		}
		at = end + 1
	}
}

const unclosed = "a double quote opens a cell and is not closed; double the quotes inside a cell"

// cell reads the cell at a place and returns the place behind it: of a delimiter, of a
// line end, or of the text's end.
func (r *Reader) cell(at, limit int) (cell string, end int, fault string) {
	if at >= limit || r.text[at] != '"' {
		return r.plainCell(at, limit)
	}
	doubled := false
	for from := at + 1; ; {
		n := strings.IndexByte(r.text[from:limit], '"')
		if n < 0 {
			return "", limit, unclosed
		}
		quote := from + n
		if quote+1 < limit && r.text[quote+1] == '"' {
			doubled, from = true, quote+2
			continue
		}
		end = quote + 1
		if end < len(r.text) && r.text[end] != r.delimiter && r.text[end] != '\r' && r.text[end] != '\n' {
			return "", end, "text follows the closing double quote of a cell; double the quotes inside a cell"
		}
		cell = r.text[at+1 : quote]
		if doubled {
			cell = strings.ReplaceAll(cell, `""`, `"`)
		}
		return cell, end, ""
	}
}

func (r *Reader) plainCell(at, limit int) (cell string, end int, fault string) {
	for end = at; end < limit; end++ {
		switch r.text[end] {
		case r.delimiter, '\r', '\n':
			return r.text[at:end], end, ""
		case '"':
			return "", end, "a double quote stands inside a cell that does not begin with one; put the cell in quotes and double the quotes inside"
		}
	}
	if end < len(r.text) && !strings.ContainsRune("\r\n", rune(r.text[end])) {
		return "", end, fmt.Sprintf("the row is longer than %d MiB", r.maxRow>>20)
	}
	return r.text[at:end], end, ""
}

// LineEnds counts LF, CRLF and CR.
func LineEnds(text string) int {
	return strings.Count(text, "\n") + strings.Count(text, "\r") - strings.Count(text, "\r\n")
}
