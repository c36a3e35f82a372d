// Package strictjson answers: what do these bytes say, and do they say it in one
// way only?
//
// It reads JSON (RFC 8259) as I-JSON (RFC 7493) narrows it, within a budget that
// is checked before memory is spent: valid UTF-8, no duplicate member however it is
// spelled, no lone surrogate, no trailing data, no number that an IEEE 754 double
// cannot carry. Member names are case-sensitive. Whatever decides, or is signed, is
// read by this package and by no other; encoding/json repairs and forgives.
//
// What the members mean is left to the callers.
package strictjson

import (
	"errors"
	"fmt"
	"strings"
)

// Limits is the budget of one document. A zero field takes its value from Default.
type Limits struct {
	Bytes  int // length of the input
	Depth  int // nested objects and arrays
	Values int // values of every kind, the root included
}

// Default is the budget for a document of unknown origin.
var Default = Limits{Bytes: 1 << 20, Depth: 64, Values: 100_000}

// ErrTooLarge is wrapped by the errors of input beyond its budget; such input was not
// shown to be wrong, it was not read.
var ErrTooLarge = errors.New("larger than the limit")

// Error says where the input stops being strict JSON.
type Error struct {
	Offset int    // bytes from the start of the input
	Reason string // one clause, without the input's own text
	cause  error
}

func (e *Error) Error() string { return fmt.Sprintf("byte %d: %s", e.Offset, e.Reason) }

// Unwrap returns ErrTooLarge for an exhausted budget, otherwise nil.
func (e *Error) Unwrap() error { return e.cause }

// Parse reads one JSON text. Its result is made of map[string]any, []any, string,
// json.Number, bool and nil; numbers keep their spelling. Every error is an *Error.
func Parse(input []byte, limits Limits) (any, error) {
	p := parser{in: input, limits: limits.OrDefault()}
	if len(input) > p.limits.Bytes {
		return nil, p.tooLarge(fmt.Sprintf("longer than %d bytes", p.limits.Bytes))
	}
	p.space()
	v, err := p.value(0)
	if err != nil {
		return nil, err
	}
	p.space()
	if p.pos < len(p.in) {
		return nil, p.fail("data after the end of the JSON text")
	}
	return v, nil
}

// ParseObject is Parse for a text that must be an object.
func ParseObject(input []byte, limits Limits) (map[string]any, error) {
	v, err := Parse(input, limits)
	if err != nil {
		return nil, err
	}
	object, ok := v.(map[string]any)
	if !ok {
		return nil, &Error{Reason: "the JSON text is not an object"}
	}
	return object, nil
}

// OrDefault fills the fields that are zero.
func (l Limits) OrDefault() Limits {
	if l.Bytes == 0 {
		l.Bytes = Default.Bytes
	}
	if l.Depth == 0 {
		l.Depth = Default.Depth
	}
	if l.Values == 0 {
		l.Values = Default.Values
	}
	return l
}

type parser struct {
	in     []byte
	pos    int
	values int
	limits Limits
}

func (p *parser) fail(reason string) *Error { return &Error{Offset: p.pos, Reason: reason} }

func (p *parser) tooLarge(reason string) *Error {
	return &Error{Offset: p.pos, Reason: reason, cause: ErrTooLarge}
}

func (p *parser) space() {
	for p.pos < len(p.in) {
		switch p.in[p.pos] {
		case ' ', '\t', '\n', '\r':
			p.pos++
		default:
			return
		}
	}
}

func (p *parser) value(depth int) (any, error) {
	if p.values++; p.values > p.limits.Values {
		return nil, p.tooLarge(fmt.Sprintf("more than %d values", p.limits.Values))
	}
	if p.pos >= len(p.in) {
		return nil, p.fail("the JSON text ends too early")
	}
	switch c := p.in[p.pos]; c {
	case '{', '[':
		if depth >= p.limits.Depth {
			return nil, p.tooLarge(fmt.Sprintf("nested deeper than %d", p.limits.Depth))
		}
		if c == '{' {
			return p.object(depth + 1)
		}
		return p.array(depth + 1)
	case '"':
		return p.string()
	case 't':
		return true, p.literal("true")
	case 'f':
		return false, p.literal("false")
	case 'n':
		return nil, p.literal("null")
	default:
		return p.number()
	}
}

func (p *parser) literal(word string) error {
	if !strings.HasPrefix(string(p.in[p.pos:min(len(p.in), p.pos+len(word))]), word) {
		return p.fail("not a JSON value")
	}
	p.pos += len(word)
	return nil
}

func (p *parser) object(depth int) (any, error) {
	p.pos++
	object := map[string]any{}
	for first := true; ; first = false {
		p.space()
		if done, err := p.next('}', first); done || err != nil {
			return object, err
		}
		if p.pos >= len(p.in) || p.in[p.pos] != '"' {
			return nil, p.fail("a member name must be a string")
		}
		start := p.pos
		name, err := p.string()
		if err != nil {
			return nil, err
		}
		if _, twice := object[name]; twice {
			return nil, &Error{Offset: start, Reason: "the same member name twice in one object"}
		}
		p.space()
		if p.pos >= len(p.in) || p.in[p.pos] != ':' {
			return nil, p.fail("a colon must follow the member name")
		}
		p.pos++
		p.space()
		if object[name], err = p.value(depth); err != nil {
			return nil, err
		}
	}
}

func (p *parser) array(depth int) (any, error) {
	p.pos++
	array := []any{}
	for first := true; ; first = false {
		p.space()
		if done, err := p.next(']', first); done || err != nil {
			return array, err
		}
		v, err := p.value(depth)
		if err != nil {
			return nil, err
		}
		array = append(array, v)
	}
}

// next takes the closing mark, or the comma that must stand before every element but
// the first.
func (p *parser) next(end byte, first bool) (done bool, err error) {
	if p.pos >= len(p.in) {
		return false, p.fail("the JSON text ends too early")
	}
	if p.in[p.pos] == end {
		p.pos++
		return true, nil
	}
	if first {
		return false, nil
	}
	if p.in[p.pos] != ',' {
		return false, p.fail("a comma or the end of the object or array is missing")
	}
	p.pos++
	p.space()
	return false, nil
}
