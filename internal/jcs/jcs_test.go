package jcs

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strconv"
	"testing"
	"unicode/utf16"

	oracle "github.com/gowebpki/jcs"

	"laurel/internal/strictjson"
)

// canonical parses and writes a text.
func canonical(t testing.TB, text string) string {
	t.Helper()
	v, err := strictjson.Read([]byte(text), strictjson.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	out, err := Canonical(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// TestCanonical holds the facts of RFC 8785 §3.2.2 and §3.2.3 (literals, strings, the
// order of members), each with the outcome that the RFC gives.
func TestCanonical(t *testing.T) {
	for text, want := range map[string]string{
		"{\"numbers\":[1E30,4.50,2e-3,0.000000000000000000000000001],\"literals\": [null,true,false]}": `{"literals":[null,true,false],"numbers":[1e+30,4.5,0.002,1e-27]}`,
		`"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/"`:                                              `"€$\u000f\nA'B\"\\\\\"/"`,
		`{"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,"\u00f6":7}`:                  "{\"\\r\":2,\"1\":4,\"\u0080\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\ufb33\":3}",
		"\"\u007f\u2028<>&\"":                    "\"\u007f\u2028<>&\"",
		`"\b\t\n\f\r\u0000\u001f"`:               `"\b\t\n\f\r\u0000\u001f"`,
		` { "b" : [ ] , "a" : { } , "" : "" } `:  `{"":"","a":{},"b":[]}`,
		`{"aa":1,"a":2,"A":3,"a\u0000":4}`:       "{\"A\":3,\"a\":2,\"a\\u0000\":4,\"aa\":1}",
		`[-0,-0.0,0e5,1.0,100,1e2,-5e-7,0.0001]`: `[0,0,0,1,100,100,-5e-7,0.0001]`,
	} {
		if got := canonical(t, text); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}

// TestNumbers holds the table of RFC 8785 Appendix B: the bits of a double and its text.
func TestNumbers(t *testing.T) {
	for bits, want := range map[uint64]string{
		0x0000000000000000: "0",
		0x8000000000000000: "0",
		0x0000000000000001: "5e-324",
		0x8000000000000001: "-5e-324",
		0x7fefffffffffffff: "1.7976931348623157e+308",
		0xffefffffffffffff: "-1.7976931348623157e+308",
		0x4340000000000000: "9007199254740992",
		0xc340000000000000: "-9007199254740992",
		0x4430000000000000: "295147905179352830000",
		0x44b52d02c7e14af5: "9.999999999999997e+22",
		0x44b52d02c7e14af6: "1e+23",
		0x44b52d02c7e14af7: "1.0000000000000001e+23",
		0x444b1ae4d6e2ef4e: "999999999999999700000",
		0x444b1ae4d6e2ef4f: "999999999999999900000",
		0x444b1ae4d6e2ef50: "1e+21",
		0x3eb0c6f7a0b5ed8c: "9.999999999999997e-7",
		0x3eb0c6f7a0b5ed8d: "0.000001",
		0x41b3de4355555553: "333333333.3333332",
		0x41b3de4355555554: "333333333.33333325",
		0x41b3de4355555555: "333333333.3333333",
		0x41b3de4355555556: "333333333.3333334",
		0x41b3de4355555557: "333333333.33333343",
		0xbecbf647612f3696: "-0.0000033333333333333333",
		0x43143ff3c1cb0959: "1424953923781206.2",
	} {
		text := strconv.FormatFloat(math.Float64frombits(bits), 'e', -1, 64)
		got, err := Canonical(strictjson.Of(json.Number(text)))
		if err != nil || string(got) != want {
			t.Errorf("%016x: %s (%v), want %s", bits, got, err, want)
		}
	}
	for _, refused := range []string{"9007199254740993", "-9007199254740992", "100000000000000000000000"} {
		if out, err := Canonical(strictjson.Of(json.Number(refused))); !errors.Is(err, ErrNumber) {
			t.Errorf("%s was written %s (%v)", refused, out, err)
		}
	}
	for _, refused := range []any{json.Number("1e400"), json.Number("NaN"), json.Number(""), []any{json.Number("x")}} {
		if out, err := Canonical(strictjson.Of(refused)); err == nil {
			t.Errorf("%v was written %s", refused, out)
		}
	}
	if out, err := Canonical(strictjson.Value{}); err == nil {
		t.Errorf("nothing was written %s", out)
	}
}

// FuzzCanonical holds that what strictjson reads has a canonical form, that the form is its
// own, and that another implementation writes the same.
func FuzzCanonical(f *testing.F) {
	f.Add([]byte(`{"b":[1e30,-0,4.50,1424953923781206.25],"a":"\ud83d\ude00\u0007\u007f","":null,"ﬀ":true,"😀":{}}`))
	f.Add([]byte(`{"é":1,"è":2,"𐀀":1e21,"":1e-7}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		v, err := strictjson.Read(text, strictjson.Limits{Bytes: 1 << 16})
		if err != nil {
			return
		}
		got, err := Canonical(v)
		if err != nil {
			t.Fatalf("%q has no canonical form: %v", text, err)
		}
		if again := canonical(t, string(got)); again != string(got) {
			t.Fatalf("%q is written %q and then %q", text, got, again)
		}
		// The oracle's parser asks for an object or array at the top.
		want, err := oracle.Transform(slices.Concat([]byte("["), text, []byte("]")))
		if err != nil {
			t.Fatalf("the oracle refuses %q: %v", text, err)
		}
		if string(want) != "["+string(got)+"]" {
			t.Fatalf("%q: %q, the oracle says %q", text, got, want)
		}
	})
}

// FuzzOrder compares the order of two names with that of their code units.
func FuzzOrder(f *testing.F) {
	f.Add("😀", "ﬀ")
	f.Add("é", "è")
	f.Add("a𐀀", "a𐀁")
	f.Fuzz(func(t *testing.T, a, b string) {
		a, b = string([]rune(a)), string([]rune(b))
		units := func(s string) []byte {
			var out []byte
			for _, u := range utf16.Encode([]rune(s)) {
				out = binary.BigEndian.AppendUint16(out, u)
			}
			return out
		}
		if got, want := compareUTF16(a, b), bytes.Compare(units(a), units(b)); got != want {
			t.Fatalf("%q against %q: %d, want %d", a, b, got, want)
		}
	})
}
