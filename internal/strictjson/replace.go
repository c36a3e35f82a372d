package strictjson

import (
	"slices"
	"strings"
)

// Place returns where a string that is a part of the value stands in the text that Read was
// given, without its quotation marks: beyond the end of that text where the string is written
// with escapes.
func (v Value) Place(part Value) (begin, end int, ok bool) {
	if !part.Is(String) || part.text != v.text {
		return 0, 0, false
	}
	n := part.node()
	return int(n.text.begin), int(n.text.end), true
}

// Replaced returns the value with other texts for some strings that are parts of it. Texts are
// UTF-8.
func (v Value) Replaced(places []Value, texts []string) Value {
	if !v.Present() {
		return v
	}
	size := len(v.text.source)
	for _, s := range texts {
		size += len(s)
	}
	var source strings.Builder
	source.Grow(size)
	source.WriteString(v.text.source)
	nodes := slices.Clone(v.text.nodes)
	for i, place := range places {
		begin := source.Len()
		source.WriteString(texts[i])
		if place.text == v.text && place.Is(String) {
			nodes[place.at].text = part{int32(begin), int32(source.Len())}
		}
	}
	return Value{text: &text{nodes, source.String(), v.text.depth, true}, at: v.at, hidden: v.hidden}
}
