package registry

import (
	"iter"
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Fold returns a name as it is searched and compared: without case, accents and punctuation,
// with single blanks. Letters that have no accent but differ, such as ø and ł, become what
// people type for them.
func Fold(name string) string {
	var out strings.Builder
	blank := false
	for _, r := range norm.NFKD.String(cases.Fold().String(name)) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if blank && out.Len() > 0 {
				out.WriteByte(' ')
			}
			blank = false
			if plain, ok := plainLetters[r]; ok {
				out.WriteString(plain)
			} else {
				out.WriteRune(r)
			}
		default:
			blank = true
		}
	}
	return out.String()
}

var plainLetters = map[rune]string{
	'ø': "o", 'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'æ': "ae", 'œ': "oe", 'ħ': "h", 'ŧ': "t", 'ı': "i", 'ŋ': "n", 'ə': "e",
}

// Filter is what entries are searched by. A field that is empty lets all pass.
type Filter struct {
	Text    string // words of a name in any language, or an identifier
	Country string
	Level   int
	Status  string // of State
	Now     time.Time
}

// Search returns the entries that pass a filter, in the order of their ids.
func (s *Snapshot) Search(f Filter) iter.Seq[*Entry] {
	words := strings.Fields(Fold(f.Text))
	return func(yield func(*Entry) bool) {
		for e := range s.Entries() {
			if f.passes(e, words) && !yield(e) {
				return
			}
		}
	}
}

func (f *Filter) passes(e *Entry, words []string) bool {
	switch {
	case f.Country != "" && !slices.Contains(e.Countries, f.Country):
		return false
	case f.Level != 0 && !e.awardsAt(f.Level, f.Now):
		return false
	case f.Status != "" && e.StateAt(f.Now).String() != f.Status:
		return false
	}
	return len(words) == 0 || e.named(words) || e.identified(strings.TrimSpace(f.Text))
}

// awardsAt tells whether a grant in force is for a level.
func (e *Entry) awardsAt(level int, now time.Time) bool {
	return slices.ContainsFunc(e.Grants, func(g Grant) bool { return g.Class < Adverse && g.Holds(now) && slices.Contains(g.Levels, level) })
}

// named tells whether one of the names has words that begin with all those that are searched.
func (e *Entry) named(words []string) bool {
	for _, n := range e.Names {
		folded := " " + Fold(n.Text)
		if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(folded, " "+w) }) {
			return true
		}
	}
	return false
}

func (e *Entry) identified(text string) bool {
	did := NormalDID(text)
	return e.ID == text || strings.TrimPrefix(e.ID, EntityPrefix) == text ||
		slices.ContainsFunc(e.Identifiers, func(i Identifier) bool { return strings.EqualFold(i.Value, text) }) ||
		slices.ContainsFunc(e.Bindings, func(b Binding) bool { return b.DID == did })
}

// StateAt tells how the whole listing stands at a moment: UnknownState where nothing is granted.
func (e *Entry) StateAt(at time.Time) State {
	state := UnknownState
	for _, g := range e.Grants {
		if g.Class >= Adverse {
			continue
		}
		switch then := g.stateAt(at); {
		case then == InForce:
			state = InForce
		case state == UnknownState || state == Before:
			state = then
		}
	}
	worst := Summary(0)
	for _, m := range e.Marks {
		if m.Of != "" || !m.Holds(at) || m.Lifted {
			continue
		}
		rule := markRules[Suspension]
		if m.Kind == Blacklisting {
			rule.then, rule.state = Blacklisted, BlacklistedThen
		} else {
			rule = markRules[m.Kind]
		}
		if weight[rule.then] > weight[worst] {
			worst, state = rule.then, rule.state
		}
	}
	return state
}
