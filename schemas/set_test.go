package schemas

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

const ownSchemas = `{
	"Key": {"description": "A name in addresses.", "type": "string", "pattern": "^[a-z]+$", "maxLength": 4},
	"Entry": {
		"type": "object", "required": ["key"], "minProperties": 1, "maxProperties": 8, "additionalProperties": false,
		"properties": {
			"key": {"$ref": "#/components/schemas/Key"},
			"name": {"type": "string", "minLength": 2},
			"url": {"type": "string", "format": "uri"},
			"day": {"type": "string", "format": "date"},
			"count": {"type": "integer", "minimum": 1, "maximum": 5},
			"list": {"type": "array", "minItems": 1, "maxItems": 2, "items": {"enum": ["a", "b"]}},
			"one": {"oneOf": [{"required": ["a"]}, {"required": ["b"]}]}
		}
	}
}`

func TestSetSays(t *testing.T) {
	s, err := NewSet([]byte(ownSchemas))
	if err != nil {
		t.Fatal(err)
	}
	for doc, want := range map[string][]string{
		`{"key":"a","url":"urn:a:b","day":"2026-02-28","count":5,"list":["a","b"],"one":{"a":1}}`: nil,
		`[]`:                               {"the value must be an object, not a list"},
		`{}`:                               {"the value must have at least 1 properties", "/key: key is missing from the value"},
		`{"key":"A"}`:                      {"/key: key must match the pattern ^[a-z]+$"},
		`{"key":"abcde"}`:                  {"/key: key must have at most 4 characters"},
		`{"key":"a","name":"x"}`:           {"/name: name must have at least 2 characters"},
		`{"key":"a","url":"a"}`:            {"/url: url must have the format uri"},
		`{"key":"a","day":"2026-02-30"}`:   {"/day: day must have the format date"},
		`{"key":"a","count":0}`:            {"/count: count must be at least 1"},
		`{"key":"a","count":6}`:            {"/count: count must be at most 5"},
		`{"key":"a","list":[]}`:            {"/list: list must have at least 1 entries"},
		`{"key":"a","list":["a","b","c"]}`: {"/list: list must have at most 2 entries", "/list/2: entry 3 of list must be one of a, b"},
		`{"key":"a","one":{}}`:             {"/one: one must conform to exactly one of the alternatives of its schema"},
		`{"key":"a","\u001b[1m":1}`:        {`/"\x1b[1m": the value must not have a property named "\x1b[1m"`},
		`{"key":"a","` + strings.Repeat("x", 99) + `":1}`:                 {"/" + strings.Repeat("x", 40) + "…: the value must not have a property named " + strings.Repeat("x", 40) + "…"},
		`{"b":1,"a":1,"key":"a"}`:                                         {"/a: the value must not have a property named a", "/b: the value must not have a property named b"},
		strings.Repeat("[", MaxDepth+2) + strings.Repeat("]", MaxDepth+2): {"the value has too many values or is nested too deep"},
	} {
		var got []string
		for _, v := range s.Validate("Entry", parse(t, []byte(doc))) {
			got = append(got, v.String())
		}
		if !slices.Equal(got, want) {
			t.Errorf("%.60s: %q, want %q", doc, got, want)
		}
	}
	if s.Validate("Key", "abc") != nil || s.Validate("Key", json.Number("1")) == nil {
		t.Error("a schema of one text")
	}
	for _, name := range []string{"", "key", "Entry/properties/key", string(AchievementCredential)} {
		if s.Validate(name, "abc") == nil {
			t.Errorf("%q is no schema of the set and accepts", name)
		}
	}
}

func TestNewSetRefuses(t *testing.T) {
	for _, raw := range []string{
		``, `{`, `[]`, `"a"`, `{} {}`, `{"A":1}`, `{"A":{"type":"word"}}`, `{"A":{"pattern":"("}}`,
		`{"A":{"$ref":"#/components/schemas/B"}}`, `{"A":{"$ref":"file:///etc/hosts"}}`,
		`{"A":{"$ref":"https://college.example/schema.json"}}`, `{"A":{"$ref":"` + string(Profile) + `"}}`,
	} {
		if _, err := NewSet([]byte(raw)); err == nil {
			t.Errorf("%s: compiled", raw)
		}
	}
}
