package verifier

import (
	"encoding/json"
	"reflect"
	"testing"
)

// texts are what encoding/json writes in ways of its own, among others.
var texts = []string{"plain", "", `a "quoted" \ text`, "<script>&", "line\nbreak\u2028\x01\x7f", "héllo 你好 😀", "no UTF-8: \xff"}

// fillWith sets every field below v that JSON shows: texts in turn, and as many items as are
// asked for.
func fillWith(v reflect.Value, items int, turn *int, depth int) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(texts[*turn%len(texts)])
		*turn++
	case reflect.Int:
		v.SetInt(int64(*turn % 3))
	case reflect.Pointer:
		if depth > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			fillWith(v.Elem(), items, turn, depth-1)
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() != reflect.Uint8 && items >= 0 {
			v.Set(reflect.MakeSlice(v.Type(), items, items))
			for i := range items {
				fillWith(v.Index(i), items, turn, depth-1)
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fillWith(v.Field(i), items, turn, depth)
			}
		}
	}
}

// TestAppendJSON holds the report to what encoding/json writes of it: empty, and with every
// field filled, so that none can be forgotten.
func TestAppendJSON(t *testing.T) {
	for items := -1; items < 3; items++ {
		for depth := range 5 {
			for turn := range texts {
				r := &Report{}
				fillWith(reflect.ValueOf(r).Elem(), items, &turn, depth)
				want, err := json.Marshal(r)
				if got := r.AppendJSON([]byte("x,")); err != nil || string(got[2:]) != string(want) {
					t.Fatalf("%v\n%s\nwant\n%s", err, got, want)
				}
			}
		}
	}
}
