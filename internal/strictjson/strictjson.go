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
	"bytes"
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

// Read reads one JSON text. Every error is an *Error.
func Read(input []byte, limits Limits) (Value, error) {
	limits = limits.OrDefault()
	p := parser{limits: limits}
	if len(input) > limits.Bytes {
		return Value{}, p.tooLarge(fmt.Sprintf("longer than %d bytes", limits.Bytes))
	}
	p.copy(input)
	p.nodes = make([]node, 0, min(len(input)/24+8, limits.Values))
	p.space()
	if _, err := p.value(0); err != nil {
		return Value{}, err
	}
	p.space()
	if p.pos < len(p.in) {
		return Value{}, p.fail("data after the end of the JSON text")
	}
	return Value{text: &text{nodes: p.nodes, source: p.source.String(), depth: p.deepest}}, nil
}

// ReadObject is Read for a text that must be an object.
func ReadObject(input []byte, limits Limits) (Value, error) {
	v, err := Read(input, limits)
	if err == nil && !v.Is(Object) {
		return Value{}, &Error{Reason: "the JSON text is not an object"}
	}
	return v, err
}

// Parse is Read for those who want the Tree of a text.
func Parse(input []byte, limits Limits) (any, error) {
	v, err := Read(input, limits)
	return v.Tree(), err
}

// ParseObject is ReadObject for those who want the Tree of a text.
func ParseObject(input []byte, limits Limits) (map[string]any, error) {
	v, err := ReadObject(input, limits)
	return v.Object(), err
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
	in     string
	raw    []byte          // the same, to be looked at in words
	source strings.Builder // in, and behind it strings without their escapes
	pos    int
	nodes  []node
	limits Limits

	deepest int // objects and arrays within each other
}

// copy keeps the input, with some room for strings without their escapes where it has any.
func (p *parser) copy(input []byte) {
	room := 0
	if bytes.IndexByte(input, '\\') >= 0 {
		room = len(input) / 16
	}
	p.source.Grow(len(input) + room)
	p.source.Write(input)
	p.in, p.raw = p.source.String(), input
}

func (p *parser) fail(reason string) error { return &Error{Offset: p.pos, Reason: reason} }

func (p *parser) tooLarge(reason string) error {
	return &Error{Offset: p.pos, Reason: reason, cause: ErrTooLarge}
}

// space skips what may stand between values; mostly there is nothing.
func (p *parser) space() {
	if p.pos >= len(p.in) || p.in[p.pos] <= ' ' {
		p.skip()
	}
}

func (p *parser) skip() {
	for p.pos < len(p.in) {
		switch p.in[p.pos] {
		case ' ', '\t', '\n', '\r':
			p.pos++
		default:
			return
		}
	}
}

// value reads a value that is nested in depth others and returns its place among the nodes.
func (p *parser) value(depth int) (int32, error) {
	if len(p.nodes) >= p.limits.Values {
		return 0, p.tooLarge(fmt.Sprintf("more than %d values", p.limits.Values))
	}
	if p.pos >= len(p.in) {
		return 0, p.fail("the JSON text ends too early")
	}
	at := int32(len(p.nodes))
	p.nodes = append(p.nodes, node{})
	n := node{}
	var err error
	switch c := p.in[p.pos]; c {
	case '{', '[':
		if depth >= p.limits.Depth {
			return 0, p.tooLarge(fmt.Sprintf("nested deeper than %d", p.limits.Depth))
		}
		p.deepest = max(p.deepest, depth+1)
		begin := p.pos
		if c == '{' {
			n, err = p.object(depth + 1)
		} else {
			n, err = p.array(depth + 1)
		}
		n.text.begin = int32(begin) + 1
	case '"':
		n.kind = String
		n.text, err = p.string()
	case 't':
		n, err = p.literal(Bool, "true")
	case 'f':
		n, err = p.literal(Bool, "false")
	case 'n':
		n, err = p.literal(Null, "null")
	default:
		n.kind = Number
		n.text, err = p.number()
	}
	p.nodes[at] = n
	return at, err
}

func (p *parser) literal(kind Kind, word string) (node, error) {
	if !strings.HasPrefix(p.in[p.pos:], word) {
		return node{}, p.fail("not a JSON value")
	}
	begin := p.pos
	p.pos += len(word)
	return node{kind: kind, text: p.since(begin)}, nil
}

// since is the part of the text from a place on.
func (p *parser) since(begin int) part { return part{int32(begin), int32(p.pos)} }

func (p *parser) object(depth int) (node, error) {
	p.pos++
	n, last := node{kind: Object}, int32(0)
	names := seen{first: int32(len(p.nodes))}
	for {
		p.space()
		if done, err := p.next('}', last == 0); done || err != nil {
			return n, err
		}
		if p.pos >= len(p.in) || p.in[p.pos] != '"' {
			return n, p.fail("a member name must be a string")
		}
		start := p.pos
		name, err := p.string()
		if err != nil {
			return n, err
		}
		if names.twice(p, n.count(), name.of(p.source.String())) {
			return n, &Error{Offset: start, Reason: "the same member name twice in one object"}
		}
		p.space()
		if p.pos >= len(p.in) || p.in[p.pos] != ':' {
			return n, p.fail("a colon must follow the member name")
		}
		p.pos++
		p.space()
		at, err := p.value(depth)
		if err != nil {
			return n, err
		}
		p.nodes[at].name = name
		last = p.append(&n, last, at)
	}
}

func (p *parser) array(depth int) (node, error) {
	p.pos++
	n, last := node{kind: Array}, int32(0)
	for {
		p.space()
		if done, err := p.next(']', last == 0); done || err != nil {
			return n, err
		}
		at, err := p.value(depth)
		if err != nil {
			return n, err
		}
		last = p.append(&n, last, at)
	}
}

// append puts a value after the last one within n and returns its place.
func (p *parser) append(n *node, last, at int32) int32 {
	if last != 0 {
		p.nodes[last].next = at
	}
	n.text.end++
	return at
}

// seen finds names that come twice in one object: by comparing them as long as they are few,
// and where another one looks like it.
type seen struct {
	first int32  // the place of the first member
	looks uint64 // a bit for each way in which a name may look
	names map[string]bool
}

const few = 16

// look is one of 64 ways in which a name may look.
func look(name string) uint64 {
	if name == "" {
		return 1
	}
	return 1 << ((uint(len(name))*7 ^ uint(name[0])*5 ^ uint(name[len(name)-1])) % 64)
}

// twice reports whether one of the members so far, which are count, has the name.
func (s *seen) twice(p *parser, count int32, name string) bool {
	if bit := look(name); s.looks&bit == 0 {
		s.looks |= bit
		if s.names != nil {
			s.names[name] = true
		}
		return false
	}
	nodes, source := p.nodes, p.source.String()
	if count < few {
		for at := s.first; at != 0; at = nodes[at].next {
			if nodes[at].name.of(source) == name {
				return true
			}
		}
		return false
	}
	if s.names == nil {
		s.names = make(map[string]bool, 2*few)
		for at := s.first; at != 0; at = nodes[at].next {
			s.names[nodes[at].name.of(source)] = true
		}
	}
	twice := s.names[name]
	s.names[name] = true
	return twice
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
