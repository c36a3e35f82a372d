package shape

import (
	"regexp"
	"unicode/utf8"

	"laurel/internal/strictjson"
)

// expression is a "pattern" (JSON Schema Validation §6.3.3) that no table holds.
type expression struct{ *regexp.Regexp }

func (e expression) met(v strictjson.Value) bool { return e.MatchString(v.Text()) }

// table is a pattern as a finite automaton: one look-up for each character of a text. All
// characters beyond ASCII are one to it.
type table struct {
	steps []step
	ends  []bool // by state: a text that ends here matches
	empty bool   // the empty text matches
}

// step is the next state by the character.
type step [utf8.RuneSelf + 1]uint8

// The states that decide before the end of a text, and the one to begin with.
const (
	hopeless = iota
	certain
	start
)

func (t *table) met(v strictjson.Value) bool {
	text := v.Text()
	if text == "" {
		return t.empty
	}
	state := uint8(start)
	for _, r := range text {
		state = t.steps[state][min(r, utf8.RuneSelf)]
		if state <= certain {
			return state == certain
		}
	}
	return t.ends[state]
}

// pattern compiles a regular expression in the syntax of package regexp.
func pattern(text string) (demand, error) {
	compiled, err := regexp.Compile(text)
	if err != nil {
		return nil, err
	}
	if t, ok := tabulate(text); ok {
		t.empty = compiled.MatchString("")
		return t, nil
	}
	return expression{compiled}, nil
}
