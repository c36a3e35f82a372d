package strictjson

import (
	"maps"
	"reflect"
	"slices"
	"testing"
)

// TestExcept takes members away from objects at every depth, and holds what is left to what
// their trees say.
func TestExcept(t *testing.T) {
	document := `{"a":{"b":[1,{"c":[]},{}],"d":"x"},"e":[[2],{"a":{"f":null}}],"g":{},"h":true}`
	whole, err := Read([]byte(document), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for _, names := range [][]string{{}, {"a"}, {"h"}, {"e", "g"}, {"a", "e", "g", "h"}, {"b"}, {"none"}} {
		for _, object := range []Value{whole, whole.Without("h"), whole.Member("a"), whole.Member("e").First().Next(), whole.Except("a")} {
			want := maps.Clone(object.Object())
			maps.DeleteFunc(want, func(name string, _ any) bool { return slices.Contains(names, name) })
			got := object.Except(names...)
			if !reflect.DeepEqual(got.Object(), want) || got.Len() != len(want) || !got.Equal(Of(want)) {
				t.Errorf("%v without %v is %v, want %v", object.Tree(), names, got.Tree(), want)
			}
		}
	}
	if v := whole.Member("h").Except(); v.Present() {
		t.Errorf("true without members is %v", v.Tree())
	}
}

// TestMentions looks for names anywhere, and for strings, and for nothing else.
func TestMentions(t *testing.T) {
	v, err := Read([]byte(`{"a":[{"b":"c"}],"\u0064":1}`), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"a": true, "b": true, "c": false, "d": true} {
		if v.Mentions(name) != want || v.Member("a").Mentions(name) != want {
			t.Errorf("%s is mentioned: %v, want %v", name, !want, want)
		}
	}
	for text, want := range map[string]int{"c": 1, "b": 0, "1": 0, "": 0} {
		if got := v.Says(text); got != want {
			t.Errorf("%q is said %d times, want %d", text, got, want)
		}
	}
	if (Value{}).Mentions("") || (Value{}).Says("") != 0 {
		t.Error("nothing mentions a name")
	}
}
