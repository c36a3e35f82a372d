package intake

import (
	"errors"
	"strings"
)

var (
	errQuote   = errors.New("a quote in this row is out of place")
	errOpen    = errors.New("a quote opens a cell and is not closed, so nothing after it can be read")
	errColumns = errors.New("the row has too many cells")
)

// rows cuts a text into rows (RFC 4180), each byte being looked at twice at most. It is
// our own because the standard library's reader holds as many cells as a row has.
type rows struct {
	text      string
	delimiter byte
	at, line  int
}

// next returns the next row and the line on which it begins; false at the end. The cells
// are valid until the next call.
func (r *rows) next(cells []string) (_ []string, line int, err error, ok bool) {
	if r.at >= len(r.text) {
		return nil, 0, nil, false
	}
	start := r.at
	line, cells = r.line, cells[:0]
	defer func() { r.line += strings.Count(r.text[start:r.at], "\n") }()
	for {
		cell, err := r.cell()
		if err == nil && len(cells) == maxColumns {
			err = errColumns
		}
		if err != nil {
			r.skipLine()
			return nil, line, err, true
		}
		cells = append(cells, cell)
		if r.at == len(r.text) || r.text[r.at] != r.delimiter {
			r.skipLine()
			return cells, line, nil, true
		}
		r.at++
	}
}

// skipLine goes behind the next line end.
func (r *rows) skipLine() {
	if n := strings.IndexByte(r.text[r.at:], '\n'); n >= 0 {
		r.at += n + 1
	} else {
		r.at = len(r.text)
	}
}

// cell reads one cell, up to the delimiter or the line end behind it.
func (r *rows) cell() (string, error) {
	rest := r.text[r.at:]
	if !strings.HasPrefix(rest, `"`) {
		n := 0
		for n < len(rest) && rest[n] != r.delimiter && rest[n] != '\n' && rest[n] != '"' {
			n++
		}
		r.at += n
		if n < len(rest) && rest[n] == '"' {
			return "", errQuote
		}
		return strings.TrimSuffix(rest[:n], "\r"), nil
	}
	for end := 1; ; {
		n := strings.IndexByte(rest[end:], '"')
		if n < 0 {
			r.at = len(r.text)
			return "", errOpen
		}
		if end += n + 1; end < len(rest) && rest[end] == '"' {
			end++ // doubled
			continue
		}
		cell := strings.ReplaceAll(rest[1:end-1], `""`, `"`)
		if strings.HasPrefix(rest[end:], "\r\n") {
			end++
		}
		if r.at += end; end < len(rest) && rest[end] != '\n' && rest[end] != r.delimiter {
			return "", errQuote
		}
		return cell, nil
	}
}
