package shape

import (
	"slices"
	"strconv"

	"laurel/internal/strictjson"
)

// elsewhere are the keywords that are compiled together with another one, or ask nothing, and
// the kind of value that they must have; Absent: a schema, which is looked at where it counts.
var elsewhere = map[string]strictjson.Kind{
	"$schema": strictjson.String, "title": strictjson.String, "description": strictjson.String, "$defs": strictjson.Object,
	"then": strictjson.Absent, "else": strictjson.Absent,
	"properties": strictjson.Object, "additionalProperties": strictjson.Absent, "required": strictjson.Array,
	"prefixItems": strictjson.Array, "items": strictjson.Absent, "contains": strictjson.Absent, "minItems": strictjson.Number,
}

// keyword returns what one keyword of a schema asks of values of one kind. Those of members
// and of items work together: see members and items.
func (c *compiler) keyword(at place, kind strictjson.Kind, name string, value strictjson.Value) demand {
	if want, known := elsewhere[name]; known {
		if want != strictjson.Absent && !value.Is(want) {
			return c.fail(at, name+" is of the wrong type")
		}
		return always(true)
	}
	switch name {
	case "$id":
		if at.schema != at.doc.root {
			return c.fail(at, "an $id within a document")
		}
		return always(true)
	case "$dynamicAnchor":
		if value.Text() == "" || at.schema != at.doc.anchors[value.Text()] {
			return c.fail(at, "an anchor that is not on a definition of its own")
		}
		return always(true)
	case "$ref", "$dynamicRef":
		to, ok := c.follow(at, value)
		if !ok {
			return c.fail(at, "a reference that leads nowhere: "+value.Text())
		}
		return c.demand(to, kind)
	case "allOf":
		return all(c.each(at, kind, value))
	case "anyOf":
		return anyOf(c.each(at, kind, value))
	case "if":
		return choose(c.demand(at.in(value), kind), c.branch(at, kind, "then"), c.branch(at, kind, "else"))
	case "type":
		return c.types(at, kind, value)
	case "enum":
		return c.enum(at, kind, value)
	case "pattern":
		return c.pattern(at, kind, value)
	case "format":
		return c.format(at, value)
	}
	return c.fail(at, "an unknown keyword: "+name)
}

// each returns what each of a list of schemas asks of the same value.
func (c *compiler) each(at place, kind strictjson.Kind, list strictjson.Value) []demand {
	if !list.Is(strictjson.Array) || list.Len() == 0 {
		return []demand{c.fail(at, "a list of schemas that is none, or empty")}
	}
	var demands []demand
	for schema := range list.Items() {
		demands = append(demands, c.demand(at.in(schema), kind))
	}
	return demands
}

// branch returns what "then" or "else" asks, which may be left out.
func (c *compiler) branch(at place, kind strictjson.Kind, name string) demand {
	schema := at.schema.Member(name)
	if !schema.Present() {
		return always(true)
	}
	return c.demand(at.in(schema), kind)
}

var kinds = map[string]strictjson.Kind{
	"null": strictjson.Null, "boolean": strictjson.Bool, "number": strictjson.Number, "integer": strictjson.Number,
	"string": strictjson.String, "array": strictjson.Array, "object": strictjson.Object,
}

// types is "type" (JSON Schema Validation §6.1.1).
func (c *compiler) types(at place, kind strictjson.Kind, value strictjson.Value) demand {
	var demands []demand
	for item := range value.Listed() {
		named, known := kinds[item.Text()]
		switch {
		case !known:
			return c.fail(at, "an unknown type")
		case named != kind:
		case item.Text() == "integer":
			demands = append(demands, whole{})
		default:
			demands = append(demands, always(true))
		}
	}
	return anyOf(demands)
}

// enum is "enum" (JSON Schema Validation §6.1.2), of scalars.
func (c *compiler) enum(at place, kind strictjson.Kind, value strictjson.Value) demand {
	if !value.Is(strictjson.Array) {
		return c.fail(at, "an enum that is no list")
	}
	var (
		demands []demand
		named   texts
		listed  numbers
	)
	for item := range value.Items() {
		switch {
		case item.Is(strictjson.Array) || item.Is(strictjson.Object):
			return c.fail(at, "an enum of lists or objects")
		case !item.Is(kind):
		case kind == strictjson.String:
			named = append(named, item.Text())
		case kind == strictjson.Number:
			listed = append(listed, decimalOf(item.Number()))
		case kind == strictjson.Bool:
			demands = append(demands, truth(item.True()))
		default:
			demands = append(demands, always(true))
		}
	}
	if named != nil {
		demands = append(demands, named)
	}
	if listed != nil {
		demands = append(demands, listed)
	}
	return anyOf(demands)
}

// pattern is "pattern" (JSON Schema Validation §6.3.3).
func (c *compiler) pattern(at place, kind strictjson.Kind, value strictjson.Value) demand {
	if kind != strictjson.String {
		return always(true)
	}
	text, ok := value.IsText()
	if !ok {
		return c.fail(at, "a pattern that is no text")
	}
	d, known := c.patterns[text]
	if !known {
		var err error
		if d, err = pattern(text); err != nil {
			return c.fail(at, err.Error())
		}
		c.patterns[text] = d
	}
	return d
}

// format is "format" (JSON Schema Validation §7).
func (c *compiler) format(at place, value strictjson.Value) demand {
	f, known := c.formats[value.Text()]
	if !known {
		return c.fail(at, "an unknown format: "+value.Text())
	}
	return f
}

// members joins the keywords about the members of an object.
func (c *compiler) members(at place) demand {
	properties, required := at.schema.Member("properties"), at.schema.Member("required")
	others := at.schema.Member("additionalProperties")
	if !properties.Present() && !required.Present() && !others.Present() {
		return always(true)
	}
	var list []member
	for name, schema := range properties.Members() {
		list = append(list, member{name: name, shape: c.shape(at.in(schema))})
	}
	for item := range required.Items() {
		name, ok := item.IsText()
		if !ok {
			return c.fail(at, "a required name that is no text")
		}
		list = require(list, name)
	}
	if len(list) > maxNames {
		return c.fail(at, "more names than are looked up")
	}
	if others.Present() {
		return newMembers(list, c.shape(at.in(others)))
	}
	if len(list) <= maxFew {
		return few(list)
	}
	return newMembers(list, nil)
}

// require makes the member with a name required.
func require(list []member, name string) []member {
	i := slices.IndexFunc(list, func(m member) bool { return m.name == name })
	if i < 0 {
		return append(list, member{name: name, required: true})
	}
	list[i].required = true
	return list
}

// items joins the keywords about the items of an array.
func (c *compiler) items(at place) demand {
	prefix, others := at.schema.Member("prefixItems"), at.schema.Member("items")
	contains, least := at.schema.Member("contains"), at.schema.Member("minItems")
	if !prefix.Present() && !others.Present() && !contains.Present() && !least.Present() {
		return always(true)
	}
	i := &items{}
	for schema := range prefix.Items() {
		i.prefix = append(i.prefix, c.shape(at.in(schema)))
	}
	if others.Present() {
		i.others = c.shape(at.in(others))
	}
	if contains.Present() {
		i.contains = c.shape(at.in(contains))
	}
	if least.Present() {
		n, err := strconv.ParseUint(string(least.Number()), 10, 31)
		if err != nil {
			return c.fail(at, "minItems is not a whole number")
		}
		i.least = int(n)
	}
	return i
}
