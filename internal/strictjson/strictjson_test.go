package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
)

func TestAccepted(t *testing.T) {
	cases := map[string]any{
		` {"a":[1,-0.5e-3,true,false,null,"x"],"A":{}} `: map[string]any{
			"a": []any{json.Number("1"), json.Number("-0.5e-3"), true, false, nil, "x"},
			"A": map[string]any{},
		},
		`"\ud83d\ude00\n\u00e9\/"`: "😀\né/",
		`"é\"x"`:                   `é"x`,
		`9007199254740991`:         json.Number("9007199254740991"),
		`0.1`:                      json.Number("0.1"),
		`1e21`:                     json.Number("1e21"),
		`-0`:                       json.Number("-0"),
		`42.0`:                     json.Number("42.0"),
	}
	for in, want := range cases {
		got, err := Parse([]byte(in), Limits{})
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("Parse(%s) = %#v, %v; want %#v", in, got, err, want)
		}
	}
}

func TestRefused(t *testing.T) {
	cases := map[string]string{
		`{"a":1,"a":2}`:              "twice",
		`{"a":1,"\u0061":2}`:         "twice",
		`{"x":{"a":1,"b":0,"a":1}}`:  "twice",
		`{"a":1} x`:                  "after the end",
		`{"a":1}{}`:                  "after the end",
		`"` + "\xff" + `"`:           "UTF-8",
		`"\n` + "\xc3" + `"`:         "UTF-8",
		`"\ud83d"`:                   "surrogate",
		`"\ude00\ud83d"`:             "surrogate",
		`"\ud83d\u0041"`:             "surrogate",
		`"\x41"`:                     "escape",
		`"\u00g0"`:                   "escape",
		`"\u 123"`:                   "escape",
		"\"a\nb\"":                   "control",
		`"abc`:                       "ends",
		`{"a"`:                       "colon",
		`{"a":`:                      "ends",
		`{a:1}`:                      "member name",
		`{"a":1,}`:                   "member name",
		`[1,]`:                       "not a JSON value",
		`[1 2]`:                      "comma",
		`[,1]`:                       "not a JSON value",
		``:                           "ends",
		`01`:                         "number",
		`1.`:                         "number",
		`.5`:                         "number",
		`+1`:                         "number",
		`1e`:                         "number",
		`NaN`:                        "not a JSON value",
		`9007199254740992`:           "loses digits",
		`1e400`:                      "loses digits",
		`1e-400`:                     "loses digits",
		`0.1234567890123456789`:      "loses digits",
		`tru`:                        "not a JSON value",
		"\ufeff{}":                   "not a JSON value",
		strings.Repeat("[", 65):      "deeper",
		strings.Repeat("1", 65):      "number",
		`"` + strings.Repeat("a", 9): "ends",
	}
	for in, want := range cases {
		_, err := Parse([]byte(in), Limits{})
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(e.Reason, want) {
			t.Errorf("Parse(%.40q) = %v, want an error with %q", in, err, want)
		}
	}
}

func TestBudget(t *testing.T) {
	for name, c := range map[string]struct {
		in     string
		limits Limits
	}{
		"bytes":  {`"aaaa"`, Limits{Bytes: 5}},
		"depth":  {`[[[]]]`, Limits{Depth: 2}},
		"values": {`[1,2,3]`, Limits{Values: 3}},
	} {
		if _, err := Parse([]byte(c.in), c.limits); !errors.Is(err, ErrTooLarge) {
			t.Errorf("%s: %v, want ErrTooLarge", name, err)
		}
	}
}

func TestParseObject(t *testing.T) {
	if _, err := ParseObject([]byte(`[]`), Limits{}); err == nil {
		t.Error("an array passed for an object")
	}
}

// TestIn holds that objects and arrays know where they stand, and that nothing else does.
func TestIn(t *testing.T) {
	text := []byte(` { "a" : [ {"b\u0063": "\u00e9"} , 1 ] , "d":"[]" , "e":{"\"}":"]\\"} } `)
	v, err := Read(text, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	list := v.Member("a")
	for want, part := range map[string]Value{
		strings.TrimSpace(string(text)): v, `[ {"b\u0063": "\u00e9"} , 1 ]`: list, `{"b\u0063": "\u00e9"}`: list.First(), `{"\"}":"]\\"}`: v.Member("e"),
	} {
		if got := part.In(text); string(got) != want || cap(got) != len(got) {
			t.Errorf("%s, want %s", got, want)
		}
	}
	for _, none := range []Value{{}, v.Member("d"), list.First().Next(), v.Without("a"), v.Except("a"), v.Replaced(nil, nil), Of(map[string]any{})} {
		if got := none.In(text); len(got) != 0 {
			t.Errorf("%s of %v", got, none.Tree())
		}
	}
}

// FuzzParse holds that what is accepted, encoding/json accepts too and reads the same,
// that writing the result and reading it again changes nothing, and that objects and arrays
// stand where they are said to.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"a":[1,2.5e3,"\ud83d\ude00",null,true],"b":{"c":""}}`))
	f.Add([]byte(`{"a":1,"\u0061":2}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		v, err := Read(in, Limits{Bytes: 1 << 16})
		if err != nil {
			return
		}
		got := v.Tree()
		dec := json.NewDecoder(bytes.NewReader(in))
		dec.UseNumber()
		var lax any
		if err := dec.Decode(&lax); err != nil || !reflect.DeepEqual(got, lax) {
			t.Fatalf("encoding/json reads %#v, %v; strictjson %#v", lax, err, got)
		}
		out, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Parse(out, Limits{Bytes: 1 << 20})
		if err != nil || !reflect.DeepEqual(got, again) {
			t.Fatalf("read again: %#v, %v; first %#v", again, err, got)
		}
		for at := range v.text.nodes {
			part := Value{text: v.text, at: int32(at)}
			if !part.Is(Object) && !part.Is(Array) {
				continue
			}
			if alone, err := Parse(part.In(in), Limits{Bytes: 1 << 16}); err != nil || !reflect.DeepEqual(alone, part.Tree()) {
				t.Fatalf("%s is said to stand in %s", part.In(in), in)
			}
		}
	})
}
