package shape

import (
	"regexp"
	"unicode/utf8"

	"laurel/internal/strictjson"
)

// expression is a "pattern" (JSON Schema Validation §6.3.3) that no table holds.
type expression struct{ *regexp.Regexp }

func (e expression) met(v strictjson.Value) bool { return e.MatchString(v.Text()) }

// table is a pattern as a finite automaton: one look-up for each character of a text. A state
// is the place of its row of steps: the next state by the character. All characters beyond
// ASCII are one to it.
type table struct {
	steps []uint16
	ends  []bool // by row: a text that ends here matches
	empty bool   // the empty text matches
}

// width is the length of a row.
const width = utf8.RuneSelf + 1

// The states that decide before the end of a text, and the one to begin with.
const (
	hopeless = iota * width
	certain
	start
)

func (t *table) met(v strictjson.Value) bool {
	text := v.Text()
	if text == "" {
		return t.empty
	}
	state := uint16(start)
	for _, r := range text {
		state = t.steps[state+uint16(min(r, utf8.RuneSelf))]
		if state <= certain {
			return state == certain
		}
	}
	return t.ends[state/width]
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
