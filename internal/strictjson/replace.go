package strictjson

// other is what a string says instead of what was read.
type other struct {
	at   int32
	says string
}

// instead returns what the value at a place says instead of what was read, if it does.
func (t *text) instead(at int32) (says string, does bool) {
	for i := range t.others {
		if t.others[i].at == at {
			return t.others[i].says, true
		}
	}
	return "", false
}

// Place returns where a string that is a part of the value stands in the text that Read was
// given, without its quotation marks: beyond the end of that text where the string is written
// with escapes. One that was replaced stands nowhere.
func (v Value) Place(part Value) (begin, end int, ok bool) {
	if !part.Is(String) || part.text != v.text {
		return 0, 0, false
	}
	if _, replaced := v.text.instead(part.at); replaced {
		return 0, 0, false
	}
	n := part.node()
	return int(n.text.begin), int(n.text.end), true
}

// Replaced returns the value with other texts for some strings that are parts of it, of which
// there are few: each string of the value is looked for among them. Texts are UTF-8.
func (v Value) Replaced(places []Value, texts []string) Value {
	if !v.Present() {
		return v
	}
	t := *v.text
	t.others = make([]other, 0, len(places)+len(v.text.others))
	for i, place := range places {
		if place.text == v.text && place.Is(String) {
			t.others = append(t.others, other{place.at, texts[i]})
		}
	}
	t.others = append(t.others, v.text.others...)
	return Value{text: &t, at: v.at, hidden: v.hidden}
}
