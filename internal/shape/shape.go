// Package shape answers: does this value have the shape that a JSON Schema demands?
//
// It compiles documents of JSON Schema 2020-12 (the core specification is "JSON Schema", the
// other "JSON Schema Validation") to what each demands of values of each kind, and says yes or
// no, without memory of its own and in time that grows with the value. Why the answer is no is
// left to a library that says more and costs more.
//
// It knows the keywords that our schemas use, and refuses to compile any other: $ref,
// $dynamicRef, $dynamicAnchor, $defs, allOf, anyOf, if, then, else, properties,
// additionalProperties, prefixItems, items, contains, type, enum (of scalars), pattern,
// minItems, required, format, and the annotations $schema, title and description.
package shape

import (
	"laurel/internal/strictjson"
)

// Shape is one JSON Schema, ready to be asked. It never changes and is safe for concurrent use.
type Shape struct {
	of [strictjson.Object + 1]demand // by the kind of the value
}

// Format is what a schema's "format" asks (JSON Schema Validation §7). It is asked about values
// of every kind, and what it is not about it lets pass.
type Format func(strictjson.Value) bool

// Fits reports whether a value has the shape. An absent value has none.
//
// The work is linear in the size of the value: each value within is held to the schemas that
// apply to it, once for each. How deep the value is nested is for its reader to bound.
func (s *Shape) Fits(v strictjson.Value) bool { return s.of[v.Kind()].met(v) }

// demand is what a schema asks of the values of one kind; met is asked about no other.
type demand interface {
	met(strictjson.Value) bool
}

// always is met by every value or by none.
type always bool

func (a always) met(strictjson.Value) bool { return bool(a) }

// every is met where all of it is (JSON Schema §10.2.1.1).
type every []demand

func (e every) met(v strictjson.Value) bool {
	for _, d := range e {
		if !d.met(v) {
			return false
		}
	}
	return true
}

// all joins demands. What is always met falls away, and what never is, decides.
func all(demands []demand) demand {
	var left every
	for _, d := range demands {
		switch d := d.(type) {
		case always:
			if !d {
				return d
			}
		case every:
			left = append(left, d...)
		default:
			left = append(left, d)
		}
	}
	switch len(left) {
	case 0:
		return always(true)
	case 1:
		return left[0]
	}
	return left
}

// some is met where one of it is (JSON Schema §10.2.1.2).
type some []demand

func (s some) met(v strictjson.Value) bool {
	for _, d := range s {
		if d.met(v) {
			return true
		}
	}
	return false
}

// anyOf joins alternatives. What is never met falls away, and what always is, decides.
func anyOf(demands []demand) demand {
	var left some
	for _, d := range demands {
		switch d := d.(type) {
		case always:
			if d {
				return d
			}
		default:
			left = append(left, d)
		}
	}
	switch len(left) {
	case 0:
		return always(false)
	case 1:
		return left[0]
	}
	return left
}

// choice is "if", "then" and "else" (JSON Schema §10.2.2).
type choice struct{ condition, then, otherwise demand }

func (c *choice) met(v strictjson.Value) bool {
	if c.condition.met(v) {
		return c.then.met(v)
	}
	return c.otherwise.met(v)
}

// choose joins a condition and its branches. Most conditions ask for a kind: they are decided
// here, and cost nothing later.
func choose(condition, then, otherwise demand) demand {
	if decided, ok := condition.(always); ok {
		if decided {
			return then
		}
		return otherwise
	}
	return &choice{condition, then, otherwise}
}
