package shape

import (
	"fmt"
	"slices"

	"laurel/internal/strictjson"
)

// Compile returns the shape of each of a closed set of JSON Schema documents by its $id; if
// some are named, theirs only, without a look at what they do not lead to. It
// fails on a keyword that it does not know or that says what it must not, on a format that is
// not among those given, on a reference that leads nowhere, out of the documents, or back to
// where it stands without a step into the value, and on more than 255 names for the members of
// one object.
func Compile(texts [][]byte, formats map[string]Format, only ...string) (map[string]*Shape, error) {
	c := compiler{documents: map[string]*document{}, formats: formats, patterns: map[string]demand{}, shapes: map[place]*Shape{}}
	var documents []*document
	for _, text := range texts {
		d, err := read(text)
		if err != nil {
			return nil, err
		}
		if err := c.know(d); err != nil {
			return nil, err
		}
		documents = append(documents, d)
	}
	shapes := map[string]*Shape{}
	for _, d := range documents {
		if len(only) > 0 && !slices.Contains(only, d.id) {
			continue
		}
		shapes[d.id] = c.shape(d.enter(d.root, nil))
		for _, definition := range d.definitions.Members() {
			c.shape(d.enter(definition, nil)) // what nobody refers to must be right too
		}
	}
	for len(c.pending) > 0 && c.err == nil {
		c.fill(c.pending[0])
		c.pending = c.pending[1:]
	}
	if c.err != nil {
		return nil, c.err
	}
	return shapes, nil
}

// compiler makes a Shape for each place, once: schemas refer to each other in circles.
type compiler struct {
	documents map[string]*document // by $id
	anchors   []string             // the names of the dynamic anchors, sorted
	formats   map[string]Format
	patterns  map[string]demand // by their text
	shapes    map[place]*Shape
	pending   []place // those whose shapes are still empty
	nested    int     // schemas that are being compiled for the same value
	err       error   // the first one
}

// maxNested bounds how many schemas apply to one value from within each other.
const maxNested = 64

// fail makes the compiler fail.
func (c *compiler) fail(at place, why string) demand {
	if c.err == nil {
		c.err = fmt.Errorf("%s: %s", at.doc.id, why)
	}
	return always(false)
}

// shape returns the shape of the schema at a place, which is filled later. A schema that only
// refers has the shape of what it refers to.
func (c *compiler) shape(at place) *Shape {
	for range maxNested {
		only := at.schema.First()
		if at.schema.Len() != 1 || only.Name() != "$ref" && only.Name() != "$dynamicRef" {
			break
		}
		to, ok := c.follow(at, only)
		if !ok {
			break
		}
		at = to
	}
	s, known := c.shapes[at]
	if !known {
		s = &Shape{}
		c.shapes[at] = s
		c.pending = append(c.pending, at)
	}
	return s
}

func (c *compiler) fill(at place) {
	s := c.shapes[at]
	s.of[strictjson.Absent] = always(false)
	for kind := strictjson.Null; kind <= strictjson.Object; kind++ {
		s.of[kind] = c.demand(at, kind)
	}
}

// demand returns what the schema at a place asks of values of one kind.
func (c *compiler) demand(at place, kind strictjson.Kind) demand {
	if at.schema.Is(strictjson.Bool) {
		return always(at.schema.True()) // JSON Schema §4.3.2
	}
	if !at.schema.Is(strictjson.Object) {
		return c.fail(at, "a schema that is neither an object nor true or false")
	}
	if c.nested == maxNested {
		return c.fail(at, "a schema that leads back to itself")
	}
	c.nested++
	defer func() { c.nested-- }()
	var demands []demand
	for name, value := range at.schema.Members() {
		if c.err != nil {
			break
		}
		demands = append(demands, c.keyword(at, kind, name, value))
	}
	switch kind {
	case strictjson.Object:
		demands = append(demands, c.members(at))
	case strictjson.Array:
		demands = append(demands, c.items(at))
	}
	return all(demands)
}
