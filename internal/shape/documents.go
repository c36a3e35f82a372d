package shape

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"laurel/internal/strictjson"
)

// document is one JSON Schema document (JSON Schema §4.3.5).
type document struct {
	id          string
	root        strictjson.Value
	definitions strictjson.Value            // "$defs" (JSON Schema §8.2.4)
	anchors     map[string]strictjson.Value // the root or a definition, by its "$dynamicAnchor"
}

// place is a schema in a document, and how it was come upon: outermost is the first document
// with dynamic anchors on the way there, nil if there was none. The dynamic scope (JSON Schema
// §7.1) decides nothing else, because all documents with dynamic anchors have the same ones.
type place struct {
	doc       *document
	schema    strictjson.Value
	outermost *document
}

// in is the place of another schema in the same document.
func (p place) in(schema strictjson.Value) place {
	p.schema = schema
	return p
}

// enter is the place of a schema in a document that is come upon from outermost.
func (d *document) enter(schema strictjson.Value, outermost *document) place {
	if outermost == nil && len(d.anchors) > 0 {
		outermost = d
	}
	return place{d, schema, outermost}
}

// read reads a document.
func read(text []byte) (*document, error) {
	root, err := strictjson.ReadObject(text, strictjson.Limits{})
	if err != nil {
		return nil, err
	}
	d := &document{root.Member("$id").Text(), root, root.Member("$defs"), map[string]strictjson.Value{}}
	d.anchor(root)
	for _, definition := range d.definitions.Members() {
		d.anchor(definition)
	}
	return d, nil
}

func (d *document) anchor(schema strictjson.Value) {
	if name := schema.Member("$dynamicAnchor"); name.Present() {
		d.anchors[name.Text()] = schema
	}
}

// know adds a document to those that references can lead to.
func (c *compiler) know(d *document) error {
	if d.id == "" || c.documents[d.id] != nil {
		return errors.New("a document without an $id of its own")
	}
	c.documents[d.id] = d
	if len(d.anchors) == 0 {
		return nil
	}
	names := slices.Sorted(maps.Keys(d.anchors))
	if c.anchors == nil {
		c.anchors = names
	}
	if !slices.Equal(c.anchors, names) {
		return fmt.Errorf("%s: other dynamic anchors than another document has", d.id)
	}
	return nil
}

// follow returns the place that "$ref" or "$dynamicRef" leads to (JSON Schema §8.2.3): a
// document or, by "#/$defs/NAME" or its anchor, a definition.
func (c *compiler) follow(from place, reference strictjson.Value) (place, bool) {
	id, fragment, _ := strings.Cut(reference.Text(), "#")
	d := from.doc
	if id != "" {
		d = c.documents[id]
	}
	if d == nil || !reference.Is(strictjson.String) {
		return place{}, false
	}
	schema, anchored := d.anchors[fragment]
	if fragment == "" {
		schema = d.root
	}
	if name, ok := strings.CutPrefix(fragment, "/$defs/"); ok && !strings.ContainsAny(name, "/~%") {
		schema = d.definitions.Member(name)
	}
	to := d.enter(schema, from.outermost)
	if anchored && reference.Name() == "$dynamicRef" {
		to.doc, to.schema = to.outermost, to.outermost.anchors[fragment]
	}
	return to, schema.Present()
}
