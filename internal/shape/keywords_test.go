package shape

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"laurel/internal/strictjson"
)

// shout is a format for the tests: a text in capitals.
func shout(text string) bool { return text == strings.ToUpper(text) }

var formats = map[string]Format{"shout": func(v strictjson.Value) bool { return shout(v.Text()) }}

// pair is one schema as this package and as the library compiles it.
type pair struct {
	shape  *Shape
	oracle *jsonschema.Schema
}

// compile compiles the first of some documents, whose $id is urn:test.
func compile(t testing.TB, documents ...string) pair {
	t.Helper()
	var texts [][]byte
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	c.RegisterFormat(&jsonschema.Format{Name: "shout", Validate: func(v any) error {
		if s, ok := v.(string); ok && !shout(s) {
			return fmt.Errorf("not a shout")
		}
		return nil
	}})
	for _, text := range documents {
		texts = append(texts, []byte(text))
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Fatal(text, err)
		}
		if err := c.AddResource(doc.(map[string]any)["$id"].(string), doc); err != nil {
			t.Fatal(text, err)
		}
	}
	shapes, err := Compile(texts, formats)
	if err != nil {
		t.Fatal(documents[0], err)
	}
	oracle, err := c.Compile("urn:test")
	if err != nil {
		t.Fatal(documents[0], err)
	}
	return pair{shapes["urn:test"], oracle}
}

func (p pair) agree(t *testing.T, about, text string) bool {
	t.Helper()
	v, err := strictjson.Read([]byte(text), strictjson.Limits{})
	if err != nil {
		t.Fatal(text, err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader([]byte(text)))
	if err != nil {
		t.Fatal(text, err)
	}
	fits, refused := p.shape.Fits(v), p.oracle.Validate(doc)
	if fits != (refused == nil) {
		t.Errorf("%s of %s: %v, the library says: %v", about, text, fits, refused)
	}
	return fits
}

// schemas are one or more for each keyword, without their $id.
var schemas = []string{
	`"type":"null"`, `"type":"boolean"`, `"type":"number"`, `"type":"integer"`, `"type":"string"`, `"type":"array"`, `"type":"object"`,
	`"type":["integer","null"]`, `"type":["number","integer"]`, `"type":["string","object","array"]`,
	`"enum":["a"]`, `"enum":["a","","Å"]`, `"enum":[1]`, `"enum":[1.50,-0,1e2,"1"]`, `"enum":[true]`, `"enum":[false,true]`, `"enum":[null]`, `"enum":[null,"null",1,false]`,
	`"pattern":"\\S"`, `"pattern":"^a+$"`, `"pattern":"^a|b$"`, `"pattern":"^(ab?){2,3}$"`, `"pattern":"a"`, `"pattern":"^$"`, `"pattern":"^"`, `"pattern":"$"`, `"pattern":""`,
	`"pattern":"^[^a]*$"`, `"pattern":"^.$"`, `"pattern":"(?i)^k$"`, `"pattern":"\\bÅ\\b"`, `"pattern":"^[à-ü]+$"`, `"pattern":"(?m)^b$"`, `"pattern":"^(a|b|c|ab|bc){0,300}x$"`,
	`"format":"shout"`, `"type":"string","format":"shout"`,
	`"required":["a"]`, `"required":["a","b"]`, `"required":[]`, `"required":["a","b","c","d","e"]`, `"required":[""]`,
	`"properties":{"a":{"type":"string"}}`, `"properties":{"a":{"type":"string"},"b":true,"c":false,"d":{"enum":[1]}}`, `"properties":{"a":{"type":"string"}},"required":["a","b"]`,
	`"properties":{"a":true,"b":{"type":"number"},"c":true,"d":true},"required":["a","d","x"]`, `"properties":{"":{"type":"number"},"aa":{"type":"null"},"ab":{},"ba":{},"a":{}}`,
	`"additionalProperties":false`, `"additionalProperties":{"type":"number"}`, `"properties":{"a":{}},"additionalProperties":false`, `"properties":{"a":{},"b":{}},"required":["c"],"additionalProperties":{"type":"number"}`,
	`"allOf":[{"required":["a"]},{"properties":{"b":{"type":"number"}}}],"additionalProperties":false`,
	`"items":{"type":"number"}`, `"items":false`, `"prefixItems":[{"type":"string"},{"type":"number"}]`, `"prefixItems":[{"type":"string"}],"items":{"type":"number"}`, `"prefixItems":[{}],"items":false`,
	`"contains":{"type":"number"}`, `"contains":true`, `"contains":false`, `"contains":{"enum":["a"]},"items":{"type":"string"}`, `"allOf":[{"contains":{"enum":["a"]}},{"contains":{"enum":[1]}}]`,
	`"minItems":0`, `"minItems":1`, `"minItems":2,"items":{"type":"number"}`,
	`"anyOf":[{"type":"string"},{"required":["a"]}]`, `"anyOf":[{"enum":["a"]},{"pattern":"^b"}]`, `"anyOf":[false,false]`, `"anyOf":[{"type":"string","pattern":"a"},{"type":"string","pattern":"b"}]`,
	`"allOf":[true,{"type":"object"}]`, `"allOf":[{"pattern":"a"},{"pattern":"b"}]`,
	`"if":{"type":"array"},"then":{"minItems":1},"else":{"type":"string"}`, `"if":{"type":"array"},"then":{"minItems":1}`, `"if":{"type":"array"},"else":{"type":"string"}`,
	`"if":{"required":["a"],"properties":{"a":{"enum":["a",1]}}},"then":{"required":["b"]},"else":{"required":["c"]}`, `"then":false`, `"else":false`, `"if":false,"then":false`,
	`"if":{"pattern":"a"},"then":{"pattern":"b"},"else":{"type":["array","string"]}`, `"if":{"if":{"type":"string"},"then":{"pattern":"a"}},"then":{"type":"string"},"else":{"enum":["b"]}`,
	`"$ref":"#/$defs/a","$defs":{"a":{"type":"string"}},"enum":["a",1]`, `"properties":{"a":{"$ref":"#"}},"type":"object"`, `"$ref":"urn:other","$defs":{"x":false}`,
	`"items":{"$ref":"urn:other#/$defs/list"},"properties":{"a":{"$ref":"#/$defs/b"}},"$defs":{"b":{"$ref":"#/$defs/c"},"c":{"$ref":"#/$defs/d"},"d":{"type":["number","array"]}}`,
	`"$ref":"urn:other#here"`, `"items":{"$ref":"#mine"},"$defs":{"x":{"$dynamicAnchor":"here","type":"number"},"y":{"$dynamicAnchor":"mine","type":"string"}}`,
	`"properties":{"a":{"$ref":"urn:other#/$defs/list"}}`, `"properties":{"a":{"$ref":"urn:other#/$defs/list"}},"$defs":{"x":{"$dynamicAnchor":"here","type":["number","array"]},"y":{"$dynamicAnchor":"mine"}}`,
	`"$dynamicRef":"urn:other#/$defs/y","$defs":{"x":{"$dynamicAnchor":"here","type":"null"},"y":{"$dynamicAnchor":"mine","type":"null"}}`, `"$dynamicRef":"urn:other#mine"`,
	`"title":"t","description":"d","$schema":"https://json-schema.org/draft/2020-12/schema","$defs":{}`,
}

const other = `{"$id":"urn:other","type":["array","string","number"],"$defs":{
	"list":{"type":"array","items":{"$dynamicRef":"#here"}}, "x":{"$dynamicAnchor":"here","type":"string"}, "y":{"$dynamicAnchor":"mine","type":"array"}}}`

var values = []string{
	`null`, `true`, `false`, `0`, `-0`, `0.0`, `1`, `1.0`, `10e-1`, `1.5`, `15e-1`, `100`, `1e2`, `0.1e3`, `-1`, `1e-2`, `1e300`,
	`""`, `"a"`, `"b"`, `"ab"`, `"aba"`, `"abab"`, `"ababab"`, `"aaaa"`, `"ba"`, `"A"`, `"Å"`, `"å"`, `"éà"`, `" "`, `"\u00a0"`, `"\n"`, `"a\nb"`, `"x\nb"`, `"aÅ"`, `"K"`, `"\u212a"`, `"1"`, `"null"`, `"😀"`, `"abcx"`,
	`[]`, `[1]`, `["a"]`, `["a",1]`, `[1,"a"]`, `["a",1,1]`, `["a",1,"x"]`, `["a","b","c"]`, `[null]`, `[[]]`, `[[1]]`, `[["a"]]`, `[[["a"]]]`, `[{}]`,
	`{}`, `{"a":1}`, `{"a":"a"}`, `{"a":"a","b":2}`, `{"a":1,"b":"x"}`, `{"a":{"a":{}}}`, `{"a":{"a":1}}`, `{"b":1}`, `{"c":1}`, `{"a":"a","c":1}`, `{"a":1,"b":2,"c":3,"d":1}`,
	`{"a":1,"b":2,"d":1,"x":null}`, `{"a":1,"b":2,"c":3,"d":4,"e":5}`, `{"":1}`, `{"":"x","aa":1}`, `{"aa":null,"ab":1,"ba":1}`, `{"A":1}`, `{"a":[]}`, `{"a":[1]}`, `{"a":["a"]}`, `{"a":[[]]}`, `{"a":[["a"]]}`,
}

// TestKeywords holds every schema to the library's answer about every value.
func TestKeywords(t *testing.T) {
	for _, schema := range schemas {
		p := compile(t, `{"$id":"urn:test",`+schema+`}`, other)
		for _, text := range values {
			p.agree(t, schema, text)
		}
	}
}

// TestManyNames gives a schema more names than it has letters for.
func TestManyNames(t *testing.T) {
	var properties, object []string
	for i := range maxNames {
		name := fmt.Sprintf("n%cm%ce", 'a'+i%16, 'a'+i/16)
		properties = append(properties, fmt.Sprintf(`%q:{"enum":[%d]}`, name, i))
		object = append(object, fmt.Sprintf(`%q:%d`, name, i))
	}
	p := compile(t, `{"$id":"urn:test","properties":{`+strings.Join(properties, ",")+`},"additionalProperties":false}`)
	for i := range object {
		if !p.agree(t, "names", "{"+object[i]+"}") {
			t.Error(object[i])
		}
		p.agree(t, "names", "{"+strings.Replace(object[i], ":", ":1", 1)+"}")
		p.agree(t, "names", "{"+strings.Replace(object[i], "n", "N", 1)+"}")
	}
	p.agree(t, "names", "{"+strings.Join(object, ",")+"}")
}

func TestFitsWithout(t *testing.T) {
	shapes, err := Compile([][]byte{[]byte(`{"$id":"a","required":["a"]}`), []byte(`{"$id":"b","additionalProperties":{"type":"number"}}`),
		[]byte(`{"$id":"c","required":["a","b","c","d"]}`)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	v, err := strictjson.Read([]byte(`{"x":"","a":1,"b":1,"c":1,"d":1}`), strictjson.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		id, without string
		want        bool
	}{
		{"a", "", true}, {"a", "a", false}, {"a", "x", true}, {"b", "", false}, {"b", "x", true}, {"b", "a", false},
		{"c", "", true}, {"c", "b", false}, {"c", "x", true},
	} {
		if shapes[c.id].Fits(v.Without(c.without)) != c.want {
			t.Errorf("%s without %q: %v", c.id, c.without, !c.want)
		}
	}
	if shapes["a"].Fits(strictjson.Value{}) {
		t.Error("an absent value fits")
	}
}

func TestCompileRefuses(t *testing.T) {
	for _, documents := range [][]string{
		{``}, {`[]`}, {`{}`}, {`{"$id":""}`}, {`{"$id":"a"}`, `{"$id":"a"}`}, {`{"$id":"a","type":"null","type":"null"}`},
		{`{"$id":"a","const":1}`}, {`{"$id":"a","$defs":{"unused":{"not":{}}}}`}, {`{"$id":"a","items":{"properties":{"x":{"maxItems":1}}}}`},
		{`{"$id":"a","if":{"oneOf":[]}}`}, {`{"$id":"a","items":1}`}, {`{"$id":"a","properties":{"x":[]}}`},
		{`{"$id":"a","type":"text"}`}, {`{"$id":"a","type":[1]}`}, {`{"$id":"a","enum":"a"}`}, {`{"$id":"a","enum":[{}]}`}, {`{"$id":"a","enum":[[1]]}`},
		{`{"$id":"a","pattern":"("}`}, {`{"$id":"a","pattern":1}`}, {`{"$id":"a","format":"whisper"}`}, {`{"$id":"a","format":1}`},
		{`{"$id":"a","required":"a"}`}, {`{"$id":"a","required":[1]}`}, {`{"$id":"a","properties":[]}`}, {`{"$id":"a","prefixItems":{}}`},
		{`{"$id":"a","minItems":-1}`}, {`{"$id":"a","minItems":"1"}`}, {`{"$id":"a","minItems":0.5}`}, {`{"$id":"a","allOf":[]}`}, {`{"$id":"a","anyOf":{}}`},
		{`{"$id":"a","$ref":"#/$defs/x"}`}, {`{"$id":"a","$ref":"b"}`}, {`{"$id":"a","$ref":1}`}, {`{"$id":"a","$ref":"#/properties/x","properties":{"x":{}}}`},
		{`{"$id":"a","$ref":"#x"}`}, {`{"$id":"a","items":{"$dynamicRef":"#x"}}`}, {`{"$id":"a","$ref":"#/$defs/x~1y","$defs":{"x~1y":{}}}`},
		{`{"$id":"a","$ref":"#"}`}, {`{"$id":"a","allOf":[{"$ref":"b"}]}`, `{"$id":"b","anyOf":[{"$ref":"a"}]}`}, {`{"$id":"a","properties":{"x":{"$ref":"#/$defs/x"}},"$defs":{"x":{"$ref":"#/$defs/x"}}}`},
		{`{"$id":"a","items":{"$id":"b"}}`}, {`{"$id":"a","items":{"$dynamicAnchor":"x"}}`}, {`{"$id":"a","$dynamicAnchor":1}`},
		{`{"$id":"a","$dynamicAnchor":"x"}`, `{"$id":"b","$dynamicAnchor":"y"}`},
	} {
		var texts [][]byte
		for _, text := range documents {
			texts = append(texts, []byte(text))
		}
		if _, err := Compile(texts, formats); err == nil {
			t.Errorf("%s: compiled", documents)
		}
	}
}

// FuzzPattern holds a table to package regexp.
func FuzzPattern(f *testing.F) {
	for _, expression := range []string{`\S`, `^a+$`, `^(ab?){2,3}$`, `a|^b|c$`, `^[^a-z]*$`, `(^a)*b$`, `$^`, `^$`, `(?i)k`, `(?s).`, `.`, `[[:^ascii:]]`, `\pL`, `(?m)^a$`, `\bx`,
		`^(sha256\$[0-9A-Fa-f]{64}|md5\$[0-9A-Fa-f]{32})$`, `^[0-9]{4}-[0-9]{2}(\.[0-9]+)?(Z|[+-](0[0-9]|1[0-3]))$`} {
		for _, text := range []string{"", "a", "ab", "abab", "Å", "a\xffb", "2026-01.5+09", "\u212a", "x\ny", "md5$d41d8cd98f00b204e9800998ecf8427e"} {
			f.Add(expression, text)
		}
	}
	f.Fuzz(func(t *testing.T, expression, text string) {
		if len(expression) > 100 {
			return
		}
		d, err := pattern(expression)
		plain, refused := regexp.Compile(expression)
		if (err == nil) != (refused == nil) {
			t.Fatalf("%q: %v, package regexp: %v", expression, err, refused)
		}
		if err == nil && d.met(strictjson.Of(text)) != plain.MatchString(text) {
			t.Errorf("%q in %q: not %v", expression, text, plain.MatchString(text))
		}
	})
}

// TestDecimals: equal numbers are equal decimals, and no others.
func TestDecimals(t *testing.T) {
	for _, c := range []struct {
		a, b  json.Number
		equal bool
	}{
		{"0", "-0.0e5", true}, {"1", "1.0", true}, {"100", "1E+2", true}, {"0.00120", "12e-4", true}, {"-1", "1", false},
		{"0.1", "0.10000000000000001", false}, {"1e400", "10e399", true}, {"1e400", "1e401", false}, {"12", "120", false}, {"102", "12", false},
	} {
		if (decimalOf(c.a) == decimalOf(c.b)) != c.equal {
			t.Errorf("%s and %s: %v", c.a, c.b, !c.equal)
		}
	}
}
