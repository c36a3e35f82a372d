// Package jcs answers: which one text stands for this JSON value?
//
// It writes what strictjson has parsed as the JSON Canonicalization Scheme (RFC 8785)
// prescribes: no white space, members in the order of their UTF-16 code units, numbers
// and strings as ECMAScript writes them. What the text is hashed or signed for is left to
// the callers.
package jcs

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ErrNumber says that a whole number lies where a double cannot carry every one
// (RFC 7493 §2.2), so that its canonical text would be that of another number.
var ErrNumber = errors.New("a whole number beyond 2^53 has no canonical form")

// Canonical returns the canonical form of a tree made of map[string]any, []any, string,
// json.Number, bool and nil. It does not change the tree.
func Canonical(tree any) ([]byte, error) { return appendValue(nil, tree) }

func appendValue(out []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(out, "null"...), nil
	case bool:
		return strconv.AppendBool(out, v), nil
	case string:
		return appendString(out, v), nil
	case json.Number:
		return appendNumber(out, string(v))
	case []any:
		return appendArray(out, v)
	case map[string]any:
		return appendObject(out, v)
	}
	return nil, fmt.Errorf("a value of the Go type %T is not JSON", v)
}

func appendArray(out []byte, array []any) (_ []byte, err error) {
	out = append(out, '[')
	for i, item := range array {
		if i > 0 {
			out = append(out, ',')
		}
		if out, err = appendValue(out, item); err != nil {
			return nil, err
		}
	}
	return append(out, ']'), nil
}

func appendObject(out []byte, object map[string]any) (_ []byte, err error) {
	out = append(out, '{')
	for i, name := range slices.SortedFunc(maps.Keys(object), compareUTF16) {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(appendString(out, name), ':')
		if out, err = appendValue(out, object[name]); err != nil {
			return nil, err
		}
	}
	return append(out, '}'), nil
}

// compareUTF16 orders texts by their UTF-16 code units (RFC 8785 §3.2.3). That is the
// order of their code points, except that those beyond U+FFFF, being written with
// surrogates, come before U+E000.
func compareUTF16(a, b string) int {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	for i > 0 && i < len(a) && !utf8.RuneStart(a[i]) {
		i--
	}
	if i == len(a) || i == len(b) {
		return cmp.Compare(len(a), len(b))
	}
	ra, _ := utf8.DecodeRuneInString(a[i:])
	rb, _ := utf8.DecodeRuneInString(b[i:])
	if beyond := ra > math.MaxUint16; beyond != (rb > math.MaxUint16) {
		return cmp.Compare(firstUnit(ra), firstUnit(rb))
	}
	return cmp.Compare(ra, rb)
}

// firstUnit returns the first UTF-16 code unit of r, of every surrogate the least.
func firstUnit(r rune) rune {
	if r > math.MaxUint16 {
		return 0xd800
	}
	return r
}

// appendString escapes what JSON demands and nothing else (RFC 8785 §3.2.2.2).
func appendString(out []byte, s string) []byte {
	const hexDigits = "0123456789abcdef"
	out = append(out, '"')
	for i := range len(s) {
		switch c := s[i]; c {
		case '"', '\\':
			out = append(out, '\\', c)
		case '\b':
			out = append(out, `\b`...)
		case '\t':
			out = append(out, `\t`...)
		case '\n':
			out = append(out, `\n`...)
		case '\f':
			out = append(out, `\f`...)
		case '\r':
			out = append(out, `\r`...)
		default:
			if c < 0x20 {
				out = append(out, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
			} else {
				out = append(out, c)
			}
		}
	}
	return append(out, '"')
}

// appendNumber writes a number as ECMAScript does (RFC 8785 §3.2.2.3): the fewest digits
// that tell the double from its neighbours, with an exponent from 10^21 on and below
// 10^-6.
func appendNumber(out []byte, text string) ([]byte, error) {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		return nil, fmt.Errorf("the number %.40q is not one of JSON, or too large", text)
	}
	if !strings.ContainsAny(text, ".eE") && math.Abs(f) > 1<<53-1 {
		return nil, ErrNumber
	}
	if f == 0 {
		return append(out, '0'), nil // -0 is written without its sign
	}
	if abs := math.Abs(f); abs >= 1e-6 && abs < 1e21 {
		return strconv.AppendFloat(out, f, 'f', -1, 64), nil
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'e', -1, 64), "e")
	out = append(append(out, mantissa...), 'e', exponent[0])
	return append(out, strings.TrimLeft(exponent[1:], "0")...), nil
}
