package verifier

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// TestEveryLeafCounts changes, deletes and doubles every value of the signed documents, one
// at a time: none of it is ever valid.
func TestEveryLeafCounts(t *testing.T) {
	total := 0
	for _, form := range slices.Sorted(maps.Keys(embeddedForms)) {
		s := newScene(t, form)
		good := parsed(t, s.input)
		var places [][]any
		leaves(good, nil, &places)
		for _, place := range places {
			for kind, mutate := range leafMutations {
				changed := parsed(t, s.input)
				if !mutate(changed, place) {
					continue
				}
				total++
				s2 := *s
				s2.input = []byte(encode(t, changed))
				if r := s2.report(); r.Verdict == Valid && !allowedLeaf(form, kind, place) {
					t.Errorf("%s: valid with %v %s", form, place, kind)
				}
			}
			if name, ok := place[len(place)-1].(string); ok { // the same member twice
				total++
				s2 := *s
				key := fmt.Sprintf("%q:", name)
				s2.input = []byte(strings.Replace(string(s.input), key, key+`"x",`+key, 1))
				if s2.report().Verdict == Valid {
					t.Errorf("%s: valid with %v doubled", form, place)
				}
			}
		}
	}
	t.Logf("%d changes of values", total)
}

// allowedLeaf: lists are sets in what is signed as statements, so that an item may stand
// there twice without a word of the statements changed. So may a good proof, and one that is
// none beside it. Where the text is signed, contexts may follow those that the proof names, if
// they change nothing that is stated (VC-DI-EdDSA §3.3.2).
func allowedLeaf(form, kind string, place []any) bool {
	if place[0] == "@context" && kind == "repeated" {
		return true
	}
	if place[0] == "proof" && (kind == "repeated" || kind == "in a list" && len(place) == 1) {
		return true
	}
	_, element := place[len(place)-1].(int)
	return kind == "repeated" && element && !strings.HasSuffix(form, "-jcs")
}

func leaves(v any, at []any, out *[][]any) {
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			next := append(slices.Clone(at), name)
			*out = append(*out, next)
			leaves(v[name], next, out)
		}
	case []any:
		for i, item := range v {
			next := append(slices.Clone(at), i)
			*out = append(*out, next)
			leaves(item, next, out)
		}
	}
}

var leafMutations = map[string]func(tree map[string]any, place []any) bool{
	"changed": func(tree map[string]any, place []any) bool {
		return alter(tree, place, func(v any) (any, bool) {
			switch v := v.(type) {
			case string:
				return v + "x", true
			case bool:
				return !v, true
			case json.Number:
				return json.Number(v.String() + "1"), true
			}
			return nil, false
		})
	},
	"null": func(tree map[string]any, place []any) bool {
		return alter(tree, place, func(any) (any, bool) { return nil, true })
	},
	"a number": func(tree map[string]any, place []any) bool {
		return alter(tree, place, func(any) (any, bool) { return json.Number("7"), true })
	},
	"in a list": func(tree map[string]any, place []any) bool {
		return alter(tree, place, func(v any) (any, bool) { return []any{v, "urn:x:y"}, true })
	},
	"in an object": func(tree map[string]any, place []any) bool {
		return alter(tree, place, func(v any) (any, bool) { return map[string]any{"@value": v}, true })
	},
	"deleted": func(tree map[string]any, place []any) bool {
		parent := parentOf(tree, place)
		switch last := place[len(place)-1].(type) {
		case string:
			delete(parent.(map[string]any), last)
		case int:
			return alter(tree, place[:len(place)-1], func(v any) (any, bool) { return slices.Delete(v.([]any), last, last+1), true })
		}
		return true
	},
	"repeated": func(tree map[string]any, place []any) bool {
		last, ok := place[len(place)-1].(int)
		return ok && alter(tree, place[:len(place)-1], func(v any) (any, bool) { l := v.([]any); return append(l, l[last]), true })
	},
}

func parentOf(tree any, place []any) any {
	for _, step := range place[:len(place)-1] {
		switch s := step.(type) {
		case string:
			tree = tree.(map[string]any)[s]
		case int:
			tree = tree.([]any)[s]
		}
	}
	return tree
}

func alter(tree any, place []any, change func(any) (any, bool)) bool {
	parent := parentOf(tree, place)
	switch last := place[len(place)-1].(type) {
	case string:
		v, ok := change(parent.(map[string]any)[last])
		parent.(map[string]any)[last] = v
		return ok
	case int:
		v, ok := change(parent.([]any)[last])
		parent.([]any)[last] = v
		return ok
	}
	return false
}

// TestEveryLetterCounts flips a bit in every letter of the tokens.
func TestEveryLetterCounts(t *testing.T) {
	total := 0
	step := 7
	if testing.Short() {
		step = 37
	}
	for _, form := range append(slices.Sorted(maps.Keys(tokenForms)), "dc+sd-jwt", "vc+sd-jwt", "vp+jwt") {
		s := newScene(t, form)
		s.report() // sets the configuration
		v := New(s.config)
		good := slices.Clone(s.input)
		for i := 0; i < len(good); i += step {
			for _, bit := range []byte{1, 2, 0x20} {
				r := s.request
				r.Input = slices.Clone(good)
				r.Input[i] ^= bit
				total++
				if v.Verify(context.Background(), r).Verdict == Valid {
					t.Errorf("%s: letter %d ^ %#x is valid", form, i, bit)
				}
			}
		}
	}
	t.Logf("%d changes of letters", total)
}
