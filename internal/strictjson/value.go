package strictjson

import (
	"bytes"
	"encoding/json"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Kind tells the kinds of values apart. The zero Kind is that of a value that is not there.
type Kind uint8

// The kinds of a Value.
const (
	Absent Kind = iota
	Null
	Bool
	Number
	String
	Array
	Object
)

// Value is one value of a JSON text that was read strictly. It is small and meant to be
// copied; the text behind it never changes. The zero Value is Absent, and whatever is asked
// of an absent value, or of one of another kind than the question is about, is absent or
// empty too, so that a path can be followed without a check at each step.
type Value struct {
	text   *text
	at     int32
	hidden int32 // the member that Without took away; 0: none
}

// text is a JSON text as a flat list of values, each directly before the first of those within
// it; the first is the whole. What they say stands in source: the text itself, and behind it
// strings without their escapes. The list holds no pointers, so that the collector of memory
// need not look through it.
type text struct {
	nodes  []node
	source string
	depth  int // of objects and arrays within each other

	others []other // what strings say instead
}

type node struct {
	name part  // of a member of an object
	text part  // of a string, what it says; of a number or truth value, its spelling
	next int32 // the sibling after this one; 0: it is the last
	kind Kind
}

// count returns how many values are within. An object or array says nothing, so that the end
// of its text has room for the number, and the beginning for the place behind the bracket that
// opens it; 0: it was not read.
func (n *node) count() int32 {
	if n.kind == Object || n.kind == Array {
		return n.text.end
	}
	return 0
}

// part is a part of a source.
type part struct{ begin, end int32 }

func (p part) of(source string) string { return source[p.begin:p.end] }

// is reports whether the part says a text. Most do not by their length alone.
func (p part) is(text, source string) bool {
	return int(p.end-p.begin) == len(text) && source[p.begin:p.end] == text
}

func (v Value) node() *node { return &v.text.nodes[v.at] }

// said is what the node of the value says.
func (v Value) said() string {
	if v.text.others != nil {
		if says, does := v.text.instead(v.at); does {
			return says
		}
	}
	return v.node().text.of(v.text.source)
}

// Kind returns the kind of the value.
func (v Value) Kind() Kind {
	if v.text == nil {
		return Absent
	}
	return v.node().kind
}

// Present reports whether there is a value, null included.
func (v Value) Present() bool { return v.text != nil }

// Is reports whether the value is of a kind.
func (v Value) Is(k Kind) bool { return v.Kind() == k }

// Text returns what a string says.
func (v Value) Text() string {
	if v.Is(String) {
		return v.said()
	}
	return ""
}

// IsText returns what a string says, and whether the value is one.
func (v Value) IsText() (string, bool) { return v.Text(), v.Is(String) }

// Number returns the spelling of a number.
func (v Value) Number() json.Number {
	if v.Is(Number) {
		return json.Number(v.said())
	}
	return ""
}

// True reports whether the value is true.
func (v Value) True() bool { return v.Is(Bool) && v.said() == "true" }

// In returns the part of the text that was read in which an object or array stands. It is
// empty for what does not stand there so: values of other kinds, and those that Of, Without,
// Except and Replaced made.
func (v Value) In(read []byte) []byte {
	if v.hidden != 0 || !v.Is(Object) && !v.Is(Array) || v.text.others != nil || v.node().text.begin == 0 {
		return nil
	}
	// Of what is open at the end, only the last that was opened need be looked through.
	begin, last, open := v.node().text.begin-1, int32(0), 0
	for inner := v; inner.Is(Object) || inner.Is(Array); inner = inner.last() {
		last, open = inner.node().text.begin-1, open+1
	}
	end := last + int32(closed(read[last:], open))
	return read[begin:end:end]
}

// last returns the last member or item.
func (v Value) last() Value {
	last := v.First()
	for next := last.Next(); next.Present(); next = next.Next() {
		last = next
	}
	return last
}

// closed returns where a strict JSON text that begins with an object or array has closed so many
// of them: that one, and those around it.
func closed(read []byte, open int) int {
	depth, quoted := open-1, false
	for i := 0; i < len(read); i++ {
		switch c := read[i]; {
		case c == '"':
			quoted = !quoted
		case quoted && c == '\\':
			i++
		case quoted:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}

// Extent returns how many values the whole text has, of which this one may be a part, and
// how deep objects and arrays are within each other in it: bounds for any part.
func (v Value) Extent() (values, depth int) {
	if v.text == nil {
		return 0, 0
	}
	return len(v.text.nodes), v.text.depth
}

// Size returns how long the whole text is in bytes, of which this value may be a part.
func (v Value) Size() int {
	if v.text == nil {
		return 0
	}
	return len(v.text.source)
}

// Len returns how many members an object or items an array has.
func (v Value) Len() int {
	switch {
	case v.text == nil:
		return 0
	case v.hidden != 0:
		return int(v.node().count()) - 1
	}
	return int(v.node().count())
}

// Name returns the name under which the value is a member of an object.
func (v Value) Name() string {
	if v.text == nil {
		return ""
	}
	return v.node().name.of(v.text.source)
}

// First returns the first member of an object or item of an array.
func (v Value) First() Value {
	if v.text == nil || v.node().count() == 0 {
		return Value{}
	}
	return Value{text: v.text, at: v.at + 1}
}

// Next returns the member or item after one that First or Next returned. What Without took
// away is to be skipped by those who come this way: see Hides.
func (v Value) Next() Value {
	if v.text == nil || v.node().next == 0 {
		return Value{}
	}
	return Value{text: v.text, at: v.node().next}
}

// Hides reports whether a member was taken away by Without.
func (v Value) Hides(member Value) bool { return v.hidden != 0 && v.hidden == member.at }

// Member returns the member of an object with a name, which is case-sensitive.
func (v Value) Member(name string) Value {
	if !v.Is(Object) {
		return Value{}
	}
	nodes, source := v.text.nodes, v.text.source
	for at := v.First().at; at != 0; at = nodes[at].next {
		if nodes[at].name.is(name, source) && at != v.hidden {
			return Value{text: v.text, at: at}
		}
	}
	return Value{}
}

// Without returns an object without one of its members. It takes one away, not several: of
// what was taken away before, it knows nothing.
func (v Value) Without(name string) Value {
	v.hidden = 0
	v.hidden = v.Member(name).at
	return v
}

// Except returns a copy of an object without the members of some names.
func (v Value) Except(names ...string) Value {
	if !v.Is(Object) {
		return Value{}
	}
	t := &text{nodes: make([]node, 1, len(v.text.nodes)), source: v.text.source, depth: v.text.depth}
	t.nodes[0] = node{name: v.node().name, kind: Object}
	last := int32(0)
	for name, m := range v.Members() {
		if slices.Contains(names, name) {
			continue
		}
		at := t.add(m)
		if last != 0 {
			t.nodes[last].next = at
		}
		last = at
		t.nodes[0].text.end++
	}
	return Value{text: t}
}

// add appends a value of a text with the same source, and those within it, and returns its
// place.
func (t *text) add(v Value) int32 {
	from, at := v.text.nodes, int32(len(t.nodes))
	end := v.at
	for from[end].count() > 0 { // to the last one within
		for end++; from[end].next != 0; {
			end = from[end].next
		}
	}
	for _, n := range from[v.at : end+1] {
		if n.next != 0 {
			n.next += at - v.at
		}
		t.nodes = append(t.nodes, n)
	}
	t.nodes[at].next = 0
	for _, o := range v.text.others {
		if o.at >= v.at && o.at <= end {
			t.others = append(t.others, other{o.at + at - v.at, o.says})
		}
	}
	return at
}

// Mentions reports whether any object in the whole text, of which this value may be a part, has
// a member with a name: where none has, nobody need look for it.
func (v Value) Mentions(name string) bool {
	if v.text == nil {
		return false
	}
	for i := range v.text.nodes {
		if v.text.nodes[i].name.is(name, v.text.source) {
			return true
		}
	}
	return false
}

// Says returns how often a string in the whole text, of which this value may be a part, is a
// certain one.
func (v Value) Says(said string) int {
	if v.text == nil {
		return 0
	}
	times := 0
	for i := range v.text.nodes {
		if part := (Value{text: v.text, at: int32(i)}); part.node().kind == String && part.said() == said {
			times++
		}
	}
	return times
}

// Members returns the members of an object in their order.
func (v Value) Members() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		if !v.Is(Object) {
			return
		}
		for m := v.First(); m.Present(); m = m.Next() {
			if !v.Hides(m) && !yield(m.Name(), m) {
				return
			}
		}
	}
}

// Items returns the items of an array in their order.
func (v Value) Items() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		if v.Is(Array) {
			v.Listed()(yield)
		}
	}
}

// Listed returns the items of an array, or any other value as the list of one that it may
// stand for; of an absent value nothing.
func (v Value) Listed() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		if !v.Is(Array) {
			if v.Present() {
				yield(v)
			}
			return
		}
		for item := v.First(); item.Present(); item = item.Next() {
			if !yield(item) {
				return
			}
		}
	}
}

// Equal reports whether two values say the same: members in any order, numbers by their
// spelling.
func (v Value) Equal(other Value) bool {
	if v.Kind() != other.Kind() || v.Len() != other.Len() {
		return false
	}
	switch v.Kind() {
	case Object:
		for name, member := range v.Members() {
			if o := other.Member(name); !o.Present() || !member.Equal(o) {
				return false
			}
		}
		return true
	case Array:
		for a, b := v.First(), other.First(); a.Present(); a, b = a.Next(), b.Next() {
			if !a.Equal(b) {
				return false
			}
		}
		return true
	case Absent, Null: // of which only one that was read has a spelling
		return true
	}
	return v.said() == other.said()
}

// Tree returns the value made of map[string]any, []any, string, json.Number, bool and nil,
// which are the caller's own; of an absent value nil.
func (v Value) Tree() any {
	switch v.Kind() {
	case Object:
		return v.Object()
	case Array:
		array := make([]any, 0, v.Len())
		for item := range v.Items() {
			array = append(array, item.Tree())
		}
		return array
	case String:
		return v.Text()
	case Number:
		return v.Number()
	case Bool:
		return v.True()
	}
	return nil
}

// MarshalJSON writes the value, or null where there is none.
func (v Value) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v.Tree())
	return out.Bytes(), err
}

// Object is Tree for an object; it returns nil for any other value.
func (v Value) Object() map[string]any {
	if !v.Is(Object) {
		return nil
	}
	object := make(map[string]any, v.Len())
	for name, member := range v.Members() {
		object[name] = member.Tree()
	}
	return object
}

// Of returns the Value of a tree as Tree makes them, members in the order of their names.
// It panics on other types: where a tree comes from outside it was read by this package.
func Of(tree any) Value {
	b := builder{}
	b.add("", tree, 0)
	return Value{text: &text{nodes: b.nodes, source: b.source.String(), depth: b.depth}}
}

// builder makes a text of a tree.
type builder struct {
	nodes  []node
	source strings.Builder
	depth  int
}

func (b *builder) say(s string) part {
	begin := b.source.Len()
	b.source.WriteString(s)
	return part{int32(begin), int32(b.source.Len())}
}

func (b *builder) add(name string, v any, depth int) int32 {
	at := int32(len(b.nodes))
	n := node{name: b.say(name)}
	b.nodes = append(b.nodes, n)
	var last int32
	within := func(name string, v any) {
		child := b.add(name, v, depth+1)
		if last != 0 {
			b.nodes[last].next = child
		}
		last = child
		n.text.end++
	}
	switch v := v.(type) {
	case nil:
		n.kind = Null
	case bool:
		n.kind, n.text = Bool, b.say(strconv.FormatBool(v))
	case string:
		n.kind, n.text = String, b.say(v)
	case json.Number:
		n.kind, n.text = Number, b.say(string(v))
	case []any:
		n.kind = Array
		for _, item := range v {
			within("", item)
		}
	case map[string]any:
		n.kind = Object
		for _, name := range slices.Sorted(maps.Keys(v)) {
			within(name, v[name])
		}
	default:
		panic("strictjson: a tree with a type that is not JSON's")
	}
	if n.kind == Array || n.kind == Object {
		b.depth = max(b.depth, depth+1)
	}
	b.nodes[at] = n
	return at
}
