package intake

import (
	"bytes"
	"strconv"
)

const (
	maxDictionary = 64 << 10 // bytes of a dictionary that are read
	maxPDFDepth   = 16
)

// The values of a dictionary that matter: a name, an int, a []any, a pdfDict, or nil for
// null. All others are a pdfOther.
type (
	pdfName  string
	pdfDict  map[string]any
	pdfOther struct{}
)

// pdfParser reads one dictionary (ISO 32000-2 §7.3). It goes forward only, but for the
// two words that may follow a number.
type pdfParser struct {
	text []byte
	at   int
}

const (
	pdfBlanks     = "\x00\t\n\f\r "
	pdfDelimiters = "()<>[]{}/%"
)

// skipBlank goes over blanks and comments.
func (p *pdfParser) skipBlank() {
	for p.at < len(p.text) {
		switch c := p.text[p.at]; {
		case bytes.IndexByte([]byte(pdfBlanks), c) >= 0:
			p.at++
		case c == '%':
			if n := bytes.IndexAny(p.text[p.at:], "\r\n"); n >= 0 {
				p.at += n
			} else {
				p.at = len(p.text)
			}
		default:
			return
		}
	}
}

// eat goes over a text if it comes next.
func (p *pdfParser) eat(text string) bool {
	if !bytes.HasPrefix(p.text[p.at:], []byte(text)) {
		return false
	}
	p.at += len(text)
	return true
}

// dictionary reads a dictionary (ISO 32000-2 §7.3.7). Of a key that is there twice, one
// cannot say which counts, so it is refused.
func (p *pdfParser) dictionary(depth int) (pdfDict, bool) {
	if depth > maxPDFDepth || !p.eat("<<") {
		return nil, false
	}
	dictionary := pdfDict{}
	for {
		p.skipBlank()
		if p.eat(">>") {
			return dictionary, true
		}
		key, ok := p.name()
		if _, twice := dictionary[string(key)]; !ok || twice {
			return nil, false
		}
		value, ok := p.value(depth + 1)
		if !ok {
			return nil, false
		}
		dictionary[string(key)] = value
	}
}

func (p *pdfParser) value(depth int) (any, bool) {
	p.skipBlank()
	if p.at == len(p.text) || depth > maxPDFDepth {
		return nil, false
	}
	switch rest := p.text[p.at:]; {
	case bytes.HasPrefix(rest, []byte("<<")):
		return p.dictionary(depth)
	case rest[0] == '/':
		return p.name()
	case rest[0] == '[':
		return p.array(depth)
	case rest[0] == '(':
		return pdfOther{}, p.literal()
	case rest[0] == '<':
		_, after, ok := bytes.Cut(rest, []byte(">"))
		p.at = len(p.text) - len(after)
		return pdfOther{}, ok
	}
	return p.word()
}

func (p *pdfParser) array(depth int) (any, bool) {
	list := []any{}
	for p.eat("["); ; {
		p.skipBlank()
		if p.eat("]") {
			return list, true
		}
		value, ok := p.value(depth + 1)
		if !ok {
			return nil, false
		}
		list = append(list, value)
	}
}

// regular reads characters that are neither blank nor delimiters.
func (p *pdfParser) regular() []byte {
	n := bytes.IndexAny(p.text[p.at:], pdfBlanks+pdfDelimiters)
	if n < 0 {
		n = len(p.text) - p.at
	}
	word := p.text[p.at : p.at+n]
	p.at += n
	return word
}

// name reads a name, in which # and two digits stand for a character (ISO 32000-2 §7.3.5).
func (p *pdfParser) name() (pdfName, bool) {
	if !p.eat("/") {
		return "", false
	}
	word := p.regular()
	var name []byte
	for n := 0; n < len(word); n++ {
		c := word[n]
		if c == '#' && n+2 < len(word) {
			if code, err := strconv.ParseUint(string(word[n+1:n+3]), 16, 8); err == nil {
				c = byte(code)
				n += 2
			}
		}
		name = append(name, c)
	}
	return pdfName(name), true
}

// literal goes over a string (ISO 32000-2 §7.3.4.2).
func (p *pdfParser) literal() bool {
	for open := 0; p.at < len(p.text); p.at++ {
		switch p.text[p.at] {
		case '\\':
			p.at++
		case '(':
			open++
		case ')':
			if open--; open == 0 {
				p.at++
				return true
			}
		}
	}
	p.at = len(p.text)
	return false
}

// word reads a number, a keyword, or a reference: two numbers and an R.
func (p *pdfParser) word() (any, bool) {
	word := p.regular()
	if len(word) == 0 {
		return nil, false
	}
	if string(word) == "null" {
		return nil, true
	}
	number, err := strconv.Atoi(string(word))
	if err != nil {
		return pdfOther{}, true
	}
	back := p.at
	p.skipBlank()
	if _, err := strconv.ParseUint(string(p.regular()), 10, 16); err == nil {
		p.skipBlank()
		if string(p.regular()) == "R" {
			return pdfOther{}, true
		}
	}
	p.at = back
	return number, true
}
