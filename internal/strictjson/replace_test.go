package strictjson_test

import (
	"encoding/json"
	"testing"

	"laurel/internal/strictjson"
)

func TestReplaced(t *testing.T) {
	read := func(text string) strictjson.Value {
		v, err := strictjson.ReadObject([]byte(text), strictjson.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	v := read(`{"a":"x","b":[1,"a\nb",{"c":"x"}],"d":null}`)
	places := []strictjson.Value{v.Member("a"), v.Member("b").First().Next(), v.Member("b").First().Next().Next().Member("c"), v.Member("d")}
	got := v.Replaced(places, []string{"", "\"é", "x", "not a string"})
	if want := read(`{"a":"","b":[1,"\"é",{"c":"x"}],"d":null}`); !got.Equal(want) {
		t.Errorf("got %v, want %v", got.Tree(), want.Tree())
	}
	if again := got.Replaced([]strictjson.Value{got.Member("a"), v.Member("b").First().Next()}, []string{"y", "of another text"}); again.Member("a").Text() != "y" || got.Member("a").Text() != "" ||
		!again.Member("b").Equal(got.Member("b")) {
		t.Errorf("again: %v", again.Tree())
	}
	if hidden := v.Without("a").Replaced(places[:1], []string{"y"}); hidden.Member("a").Present() {
		t.Error("what was taken away is back")
	}
	without := got.Replaced([]strictjson.Value{got.Member("b").First().Next()}, []string{"late"}).Except("a")
	if want := read(`{"b":[1,"late",{"c":"x"}],"d":null}`); !without.Equal(want) || without.Says("late") != 1 || without.Says("a\nb") != 0 || got.Says("\"é") != 1 || got.Says("a\nb") != 0 || got.Says("x") != 1 {
		t.Errorf("without a member: %v", without.Tree())
	}
	if v.Member("a").Text() != "x" {
		t.Error("the value itself was changed")
	}
}

func TestPlace(t *testing.T) {
	text := `{"a":"é","b":"\u00e9","c":1}`
	v, err := strictjson.ReadObject([]byte(text), strictjson.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if begin, end, ok := v.Place(v.Member("a")); !ok || text[begin:end] != "é" {
		t.Errorf("a stands at %d to %d, %v", begin, end, ok)
	}
	if begin, _, ok := v.Place(v.Member("b")); !ok || begin < len(text) {
		t.Errorf("b, which has an escape, stands at %d, %v", begin, ok)
	}
	for _, other := range []strictjson.Value{v.Member("c"), v, {}, v.Replaced(nil, nil).Member("a")} {
		if _, _, ok := v.Place(other); ok {
			t.Errorf("%v has a place", other.Tree())
		}
	}
}

// FuzzReplaced holds a replaced text to one that is read with the other text in it.
func FuzzReplaced(f *testing.F) {
	f.Add(`{"a":"x"}`, "y")
	f.Add(`{"a":["\\",{"b":""}],"c":"\ud83d\ude00"}`, "\"\\\u2028")
	f.Fuzz(func(t *testing.T, input, other string) {
		v, err := strictjson.Read([]byte(input), strictjson.Limits{Bytes: 1 << 12})
		if err != nil {
			return
		}
		quoted, err := json.Marshal(other)
		if err != nil {
			t.Fatal(err)
		}
		var said string
		if err := json.Unmarshal(quoted, &said); err != nil {
			t.Fatal(err)
		}
		for _, place := range stringsOf(v, nil) {
			begin, end, ok := v.Place(place)
			if !ok || end >= len(input) {
				continue
			}
			want, err := strictjson.Read([]byte(input[:begin-1]+string(quoted)+input[end+1:]), strictjson.Limits{Bytes: 1 << 20})
			if err != nil {
				t.Fatal(err)
			}
			if got := v.Replaced([]strictjson.Value{place}, []string{said}); !got.Equal(want) {
				t.Fatalf("%s with %s: %v", input, quoted, got.Tree())
			}
		}
	})
}

func stringsOf(v strictjson.Value, found []strictjson.Value) []strictjson.Value {
	if v.Is(strictjson.String) {
		found = append(found, v)
	}
	for item := v.First(); item.Present(); item = item.Next() {
		found = stringsOf(item, found)
	}
	return found
}
