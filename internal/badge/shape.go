package badge

import (
	"sync"

	"laurel/internal/shape"
	"laurel/internal/strictjson"
	"laurel/schemas"
)

// Fits reports whether a document has the shape that its class demands (OB §B.1): whether
// schemas.Validate would find nothing to say. It takes a small part of the time, and leaves it
// to schemas.Validate to say what is wrong.
func Fits(s schemas.Schema, v strictjson.Value) bool {
	demanded, known := shapes[s]
	return known && isWithin(v) && demanded().Fits(v)
}

// isWithin is schemas.Fits for a value that is read strictly.
func isWithin(v strictjson.Value) bool {
	if values, depth := v.Extent(); values <= schemas.MaxValues && depth <= schemas.MaxDepth {
		return true
	}
	room := schemas.MaxValues
	return within(v, schemas.MaxDepth, &room)
}

// within counts the values of a part.
func within(v strictjson.Value, depth int, room *int) bool {
	*room--
	if *room < 0 {
		return false
	}
	for item := v.First(); item.Present(); item = item.Next() {
		if !v.Hides(item) && (depth == 0 || !within(item, depth-1, room)) {
			return false
		}
	}
	return true
}

// shapes are the embedded schemas, each compiled when it is first asked about: who verifies one
// badge needs one of them.
var shapes = func() map[schemas.Schema]func() *shape.Shape {
	compiled := map[schemas.Schema]func() *shape.Shape{}
	for _, s := range schemas.All() {
		compiled[s] = sync.OnceValue(func() *shape.Shape { return compile(string(s))[string(s)] })
	}
	return compiled
}()

// compile compiles embedded schemas, all or those that are named. A test compiles them: failing
// is impossible.
func compile(ids ...string) map[string]*shape.Shape {
	compiled, err := shape.Compile(schemas.Documents(), formats(), ids...)
	if err != nil {
		panic("badge: embedded schema: " + err.Error())
	}
	return compiled
}

// formats are those of the embedded schemas, to be asked about values of every kind.
func formats() map[string]shape.Format {
	formats := map[string]shape.Format{}
	for name, f := range schemas.Formats() {
		formats[name] = func(v strictjson.Value) bool {
			switch v.Kind() {
			case strictjson.String:
				return f.OfText(v.Text())
			case strictjson.Number:
				return f.OfNumber(v.Number())
			}
			return true
		}
	}
	return formats
}
