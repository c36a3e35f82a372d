// Package jcs answers: which one text stands for this JSON value?
//
// It writes what strictjson has parsed as the JSON Canonicalization Scheme (RFC 8785)
// prescribes: no white space, members in the order of their UTF-16 code units, numbers
// and strings as ECMAScript writes them. What the text is hashed or signed for is left to
// the callers.
package jcs

import (
	"cmp"
	"crypto"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"laurel/internal/strictjson"
)

// ErrNumber says that a whole number lies where a double cannot carry every one
// (RFC 7493 §2.2), so that its canonical text would be that of another number.
var ErrNumber = errors.New("a whole number beyond 2^53 has no canonical form")

// Canonical returns the canonical form of a value.
func Canonical(v strictjson.Value) ([]byte, error) {
	w := writers.Get().(*writer)
	defer w.put()
	return w.append(nil, v)
}

// AppendDigest appends the hash of the canonical form of a value to what is given, and
// returns how long the form is in bytes.
func AppendDigest(out []byte, v strictjson.Value, hash crypto.Hash) (_ []byte, length int, err error) {
	w := writers.Get().(*writer)
	defer w.put()
	if w.text, err = w.append(w.text[:0], v); err != nil {
		return nil, 0, err
	}
	switch hash {
	case crypto.SHA256:
		sum := sha256.Sum256(w.text)
		return append(out, sum[:]...), len(w.text), nil
	case crypto.SHA384:
		sum := sha512.Sum384(w.text)
		return append(out, sum[:]...), len(w.text), nil
	}
	return nil, 0, errors.New("a hash that no suite has")
}

// writer holds the members of the objects that are being written, to be put in order, and
// the text where nobody else does.
type writer struct {
	members []strictjson.Value
	text    []byte
}

var writers = sync.Pool{New: func() any { return &writer{} }}

// maxKept bounds the members and the bytes for which a writer keeps memory.
const maxKept = 64 << 10

func (w *writer) put() {
	if cap(w.members) <= maxKept/16 && cap(w.text) <= maxKept {
		clear(w.members[:cap(w.members)])
		w.members = w.members[:0]
		writers.Put(w)
	}
}

func (w *writer) append(out []byte, v strictjson.Value) ([]byte, error) {
	switch v.Kind() {
	case strictjson.Null:
		return append(out, "null"...), nil
	case strictjson.Bool:
		return strconv.AppendBool(out, v.True()), nil
	case strictjson.String:
		return appendString(out, v.Text()), nil
	case strictjson.Number:
		return appendNumber(out, string(v.Number()))
	case strictjson.Array:
		return w.appendArray(out, v)
	case strictjson.Object:
		return w.appendObject(out, v)
	}
	return nil, errors.New("there is no value")
}

func (w *writer) appendArray(out []byte, array strictjson.Value) (_ []byte, err error) {
	out = append(out, '[')
	for item := array.First(); item.Present(); item = item.Next() {
		if item != array.First() {
			out = append(out, ',')
		}
		if out, err = w.append(out, item); err != nil {
			return nil, err
		}
	}
	return append(out, ']'), nil
}

func (w *writer) appendObject(out []byte, object strictjson.Value) (_ []byte, err error) {
	first := len(w.members)
	for m := object.First(); m.Present(); m = m.Next() {
		if !object.Hides(m) {
			w.members = append(w.members, m)
		}
	}
	end := len(w.members)
	slices.SortFunc(w.members[first:], func(a, b strictjson.Value) int { return compareUTF16(a.Name(), b.Name()) })
	out = append(out, '{')
	for i := first; i < end; i++ { // members within members come and go behind these
		m := w.members[i]
		if i > first {
			out = append(out, ',')
		}
		out = append(appendString(out, m.Name()), ':')
		if out, err = w.append(out, m); err != nil {
			return nil, err
		}
	}
	w.members = w.members[:first]
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

// escapes are what JSON demands for a byte of a text, and nothing else (RFC 8785 §3.2.2.2);
// empty: the byte.
var escapes = func() (table [256]string) {
	for c := range 0x20 {
		table[c] = `\u00` + string("01"[c>>4]) + string("0123456789abcdef"[c&15])
	}
	table['\b'], table['\t'], table['\n'], table['\f'], table['\r'] = `\b`, `\t`, `\n`, `\f`, `\r`
	table['"'], table['\\'] = `\"`, `\\`
	return table
}()

func appendString(out []byte, s string) []byte {
	out = append(out, '"')
	plain := 0
	for i := range len(s) {
		if escape := escapes[s[i]]; escape != "" {
			out = append(append(out, s[plain:i]...), escape...)
			plain = i + 1
		}
	}
	return append(append(out, s[plain:]...), '"')
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
