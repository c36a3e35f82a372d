package schemas

import (
	"bytes"
	"errors"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Set is a closed set of JSON Schemas 2020-12, ready to judge. Safe for
// concurrent use.
type Set struct {
	schemas map[string]*jsonschema.Schema
	words   map[string]any // documents by $id whose descriptions are the words of the messages
	whole   string         // what messages call a value that is judged
}

// Violation is one place where a document breaks its schema.
type Violation struct {
	Pointer string // RFC 6901 pointer to the member to blame, missing ones included; "" is the whole
	Message string // one plain sentence that says what must hold there
}

// String tells both to a person: names in the pointer are shortened, and hold
// nothing that a terminal or a page would act on.
func (v Violation) String() string {
	if v.Pointer == "" {
		return v.Message
	}
	path := strings.Split(v.Pointer, "/")
	for i, name := range path {
		path[i] = quoted(name)
	}
	return strings.Join(path, "/") + ": " + v.Message
}

// The bounds of Validate: what it reports about one document, and how large a
// document it looks at.
const (
	MaxViolations = 20
	MaxValues     = 20_000 // objects, lists and scalars together
	MaxDepth      = 64     // objects and lists inside each other
)

// ownID names a caller's schemas inside the compiler.
const ownID = "urn:laurel:own"

// NewSet compiles a caller's own schemas: a JSON object of them by name, in
// which one refers to another as "#/components/schemas/NAME", as in OpenAPI
// 3.1. Formats are those of this package, and of JSON Schema where it has none.
// It fails on what is no schema, and on a reference to anything outside.
func NewSet(raw []byte) (*Set, error) {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	components, ok := doc.(map[string]any)
	if !ok {
		return nil, errors.New("the schemas are not an object of them by name")
	}
	c := compiler()
	if err := c.AddResource(ownID, map[string]any{"components": map[string]any{"schemas": doc}}); err != nil {
		return nil, err
	}
	s := Set{whole: "the value", schemas: map[string]*jsonschema.Schema{}}
	for name := range components {
		if s.schemas[name], err = c.Compile(ownID + "#" + pointer([]string{"components", "schemas", name})); err != nil {
			return nil, err
		}
	}
	return &s, nil
}

// Validate answers whether a document conforms to the schema of that name. A
// nil result means it does; otherwise at most MaxViolations, by pointer.
//
// The document is a JSON tree: map[string]any, []any, string, json.Number or
// float64, bool, nil; one beyond MaxValues or MaxDepth is refused unseen.
// Nothing is loaded from anywhere.
func (s *Set) Validate(name string, doc any) []Violation {
	schema, ok := s.schemas[name]
	if !ok {
		return []Violation{{Message: "there is no schema named " + quoted(name)}}
	}
	if !Fits(doc) {
		return []Violation{{Message: s.whole + " has too many values or is nested too deep"}}
	}
	err := schema.Validate(doc)
	if err == nil {
		return nil
	}
	var refused *jsonschema.ValidationError
	if !errors.As(err, &refused) {
		return []Violation{{Message: s.whole + " could not be checked: " + err.Error()}}
	}
	return s.violations(refused)
}

// Fits reports whether a document is small enough to be judged.
func Fits(doc any) bool {
	room := MaxValues
	return fits(doc, MaxDepth, &room)
}

// fits asks whether a tree stays within a depth and a count of values: each
// fault the engine finds costs as much as its place is deep.
func fits(doc any, depth int, room *int) bool {
	*room--
	if *room < 0 {
		return false
	}
	switch d := doc.(type) {
	case map[string]any:
		for _, v := range d {
			if depth == 0 || !fits(v, depth-1, room) {
				return false
			}
		}
	case []any:
		for _, v := range d {
			if depth == 0 || !fits(v, depth-1, room) {
				return false
			}
		}
	}
	return true
}

func compiler() *jsonschema.Compiler {
	c := jsonschema.NewCompiler()
	c.UseLoader(closed{})
	c.AssertFormat()
	for name, format := range formats {
		c.RegisterFormat(&jsonschema.Format{Name: name, Validate: format.validate})
	}
	return c
}

// closed is the loader of a closed world: it has nothing to give.
type closed struct{}

func (closed) Load(url string) (any, error) {
	return nil, errors.New("not embedded: " + url)
}
