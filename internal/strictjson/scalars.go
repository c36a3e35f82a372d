package strictjson

import (
	"encoding/binary"
	"math"
	"math/bits"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// plain are the bytes that stand for themselves in a string.
var plain = func() (table [256]bool) {
	for c := 0x20; c < 0x100; c++ {
		table[c] = c != '"' && c != '\\'
	}
	return table
}()

// plainBytes returns how many of eight bytes of a string, from the first on, stand for
// themselves and are ASCII: none is a quotation mark, a backslash, a control character or
// above 0x7f. What is subtracted from a byte takes away from those after it only where the
// byte itself is none of these.
func plainBytes(word uint64) int {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	quote, backslash := word^(ones*'"'), word^(ones*'\\')
	return bits.TrailingZeros64((word|(word-ones*0x20)|(quote-ones)|(backslash-ones))&high) / 8
}

func (p *parser) string() (part, error) {
	start, at, ascii := p.pos+1, p.pos+1, byte(0)
	for at+8 <= len(p.raw) {
		n := plainBytes(binary.LittleEndian.Uint64(p.raw[at:]))
		if at += n; n < 8 {
			break
		}
	}
	for at < len(p.raw) && plain[p.raw[at]] {
		ascii |= p.raw[at]
		at++
	}
	p.pos = at
	if at >= len(p.raw) || p.raw[at] != '"' {
		return p.escapedString(start)
	}
	said := p.since(start)
	if ascii >= utf8.RuneSelf && !utf8.ValidString(said.of(p.in)) {
		return part{}, &Error{Offset: start, Reason: "text that is not UTF-8"}
	}
	p.pos++
	return said, nil
}

func (p *parser) escapedString(start int) (part, error) {
	text := []byte(p.in[start:p.pos])
	for p.pos < len(p.in) {
		switch c := p.in[p.pos]; {
		case c == '"':
			if !utf8.Valid(text) {
				return part{}, &Error{Offset: start, Reason: "text that is not UTF-8"}
			}
			p.pos++
			begin := p.source.Len()
			p.source.Write(text)
			return part{int32(begin), int32(p.source.Len())}, nil
		case c < 0x20:
			return part{}, p.fail("a control character inside a string")
		case c != '\\':
			text = append(text, c)
			p.pos++
		default:
			r, err := p.escape()
			if err != nil {
				return part{}, err
			}
			text = utf8.AppendRune(text, r)
		}
	}
	return part{}, p.fail("the JSON text ends inside a string")
}

var escapes = map[byte]rune{
	'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
}

func (p *parser) escape() (rune, error) {
	if p.pos+1 >= len(p.in) {
		return 0, p.fail("the JSON text ends inside a string")
	}
	c := p.in[p.pos+1]
	if r, ok := escapes[c]; ok {
		p.pos += 2
		return r, nil
	}
	if c != 'u' {
		return 0, p.fail("an escape that JSON does not have")
	}
	r, err := p.codeUnit()
	if err != nil || !utf16.IsSurrogate(r) {
		return r, err
	}
	// RFC 7493 §2.1: a surrogate stands only in a pair.
	if p.pos+1 < len(p.in) && p.in[p.pos] == '\\' && p.in[p.pos+1] == 'u' {
		low, err := p.codeUnit()
		if err != nil {
			return 0, err
		}
		if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
			return pair, nil
		}
	}
	return 0, p.fail("half of a surrogate pair")
}

func (p *parser) codeUnit() (rune, error) {
	if p.pos+6 > len(p.in) {
		return 0, p.fail("the JSON text ends inside a string")
	}
	var r rune
	for i := p.pos + 2; i < p.pos+6; i++ {
		c := p.in[i]
		digit := strings.IndexByte("0123456789abcdef", c|0x20)
		if digit < 0 || c < '0' {
			return 0, p.fail("an escape that JSON does not have")
		}
		r = r<<4 | rune(digit)
	}
	p.pos += 6
	return r, nil
}

const maxNumber = 64 // longest spelling of a number that is read

func (p *parser) number() (part, error) {
	start := p.pos
	for p.pos < len(p.in) && strings.IndexByte("+-.0123456789eE", p.in[p.pos]) >= 0 {
		p.pos++
	}
	text := p.in[start:p.pos]
	switch {
	case text == "":
		return part{}, p.fail("not a JSON value")
	case len(text) > maxNumber || !wellFormed(text):
		return part{}, &Error{Offset: start, Reason: "a number that JSON does not have"}
	case !carried(text):
		return part{}, &Error{Offset: start, Reason: "a number that loses digits as a 64-bit float"}
	}
	return p.since(start), nil
}

// wellFormed reports whether text is a number of RFC 8259 §6.
func wellFormed(text string) bool {
	s := strings.TrimPrefix(text, "-")
	whole := digits(s)
	if whole == 0 || (whole > 1 && s[0] == '0') {
		return false
	}
	s = s[whole:]
	if strings.HasPrefix(s, ".") {
		n := digits(s[1:])
		if n == 0 {
			return false
		}
		s = s[1+n:]
	}
	if s != "" && s[0]|0x20 == 'e' {
		s = s[1:]
		if s != "" && (s[0] == '+' || s[0] == '-') {
			s = s[1:]
		}
		n := digits(s)
		return n > 0 && n == len(s)
	}
	return s == ""
}

func digits(s string) int {
	n := 0
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	return n
}

// carried reports whether a double carries the number (RFC 7493 §2.2): finite, not
// rounded to zero, whole numbers within ±(2^53−1), at most 17 significant digits.
func carried(text string) bool {
	if len(text) <= 15 && digits(text) == len(text) {
		return true
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(f, 0) {
		return false
	}
	mantissa, _, _ := strings.Cut(strings.ToLower(strings.TrimPrefix(text, "-")), "e")
	significant := strings.Trim(strings.Replace(mantissa, ".", "", 1), "0")
	if f == 0 {
		return significant == ""
	}
	if !strings.ContainsAny(text, ".eE") {
		return math.Abs(f) <= 1<<53-1
	}
	return len(significant) <= 17
}
