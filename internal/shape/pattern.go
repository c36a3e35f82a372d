package shape

import (
	"regexp"
	"regexp/syntax"
	"sync"
	"unicode/utf8"

	"laurel/internal/strictjson"
)

// expression is a "pattern" (JSON Schema Validation §6.3.3) that no table holds.
type expression struct{ *regexp.Regexp }

func (e expression) met(v strictjson.Value) bool { return e.MatchString(v.Text()) }

// table is a pattern as a finite automaton: one step for each character of a text. A state is
// the place of its row of steps: the next state by the kind of the character. All characters
// beyond ASCII are one to it.
type table struct {
	kinds [utf8.RuneSelf + 1]uint8 // by character: those that the pattern does not tell apart are of one kind
	width uint16                   // how many kinds there are, and so the length of a row
	steps []uint16
	ends  []bool // by row: a text that ends here matches
	empty bool   // the empty text matches
}

// The rows of the states that decide before the end of a text, and of the one to begin with.
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
	state := start * t.width
	for _, r := range text {
		state = t.steps[state+uint16(t.kinds[min(r, utf8.RuneSelf)])]
		if state <= certain*t.width {
			return state != hopeless
		}
	}
	return t.ends[state/t.width]
}

// later is a demand that is compiled when it is first asked: few values meet most patterns.
type later func() demand

func (l later) met(v strictjson.Value) bool { return l().met(v) }

// pattern compiles a regular expression in the syntax of package regexp.
func pattern(text string) (demand, error) {
	if _, err := syntax.Parse(text, syntax.Perl); err != nil {
		return nil, err
	}
	return later(sync.OnceValue(func() demand {
		if t, ok := tabulate(text); ok {
			return t
		}
		return expression{regexp.MustCompile(text)}
	})), nil
}
