package rdfc

import (
	"strconv"
	"strings"
)

// inIRI are the bytes that an IRI may hold in N-Quads as they stand (RFC 3987 §2.2); of
// those beyond ASCII all.
var inIRI = func() (table [256]bool) {
	for c := 0x21; c < 0x100; c++ {
		table[c] = c != 0x7f && !strings.ContainsRune("<>\"{}|\\^`", rune(c))
	}
	return table
}()

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// IsIRI reports whether s is an absolute IRI that N-Quads can carry as it stands (RFC 3987
// §2.2, without what N-Quads would have to escape).
func IsIRI(s string) bool {
	if s == "" || !isLetter(s[0]) {
		return false
	}
	i := 1
	for i < len(s) && (isLetter(s[i]) || isDigit(s[i]) || s[i] == '+' || s[i] == '-' || s[i] == '.') {
		i++
	}
	if i == len(s) || s[i] != ':' {
		return false
	}
	for ; i < len(s); i++ {
		if !inIRI[s[i]] {
			return false
		}
	}
	return true
}

// IsLanguage reports whether s has the form of a language tag (RFC 5646 §2.1, as N-Quads
// write it).
func IsLanguage(s string) bool {
	for i, part := range strings.Split(s, "-") {
		if part == "" || len(part) > 8 {
			return false
		}
		for j := range len(part) {
			if !isLetter(part[j]) && (i == 0 || !isDigit(part[j])) {
				return false
			}
		}
	}
	return true
}

// Double returns the canonical form of an xsd:double (JSON-LD 1.1 API §8.6).
func Double(f float64) string {
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'E', 15, 64), "E")
	mantissa = strings.TrimRight(mantissa, "0")
	if strings.HasSuffix(mantissa, ".") {
		mantissa += "0"
	}
	sign := ""
	if exponent[0] == '-' {
		sign = "-"
	}
	exponent = strings.TrimLeft(exponent[1:], "0")
	if exponent == "" {
		sign, exponent = "", "0"
	}
	return mantissa + "E" + sign + exponent
}

// Integer returns the canonical form of a whole number as xsd:integer.
func Integer(f float64) string { return strconv.FormatFloat(f+0, 'f', 0, 64) }
