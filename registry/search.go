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

// Search returns the entries that pass a filter, in the order of their names.
func (s *Snapshot) Search(f Filter) iter.Seq[*Entry] {
	f.Text = strings.TrimSpace(f.Text)
	words := strings.Fields(Fold(f.Text))
	for i := range words {
		words[i] = " " + words[i]
	}
	return func(yield func(*Entry) bool) {
		for _, l := range s.listed().entries {
			if f.passes(&l, words) && !yield(l.entry) {
				return
			}
		}
	}
}

// Countries returns the countries and parts of countries in which entries are seated, sorted.
func (s *Snapshot) Countries() []string { return slices.Clone(s.listed().countries) }

// Levels returns the EQF levels for which there are grants, the lowest first.
func (s *Snapshot) Levels() []int { return slices.Clone(s.listed().levels) }

// listing is a snapshot as it is searched. It is made when it is first asked for: who only
// decides needs none.
type listing struct {
	entries   []searched
	countries []string
	levels    []int
}

// searched is an entry with its names as they are searched, the one by which it is sorted first.
type searched struct {
	entry *Entry
	names []string
}

func (s *Snapshot) list() *listing {
	l := &listing{entries: make([]searched, 0, s.Len())}
	for e := range s.Entries() {
		names := []string{" " + Fold(e.Name())}
		for _, n := range e.Names {
			if folded := " " + Fold(n.Text); folded != names[0] {
				names = append(names, folded)
			}
		}
		l.entries = append(l.entries, searched{e, names})
		l.countries = append(l.countries, e.Countries...)
		for _, g := range e.Grants {
			l.levels = append(l.levels, g.Levels...)
		}
	}
	slices.SortStableFunc(l.entries, func(a, b searched) int { return strings.Compare(a.names[0], b.names[0]) })
	slices.Sort(l.countries)
	slices.Sort(l.levels)
	l.countries, l.levels = slices.Compact(l.countries), slices.Compact(l.levels)
	return l
}

func (f *Filter) passes(l *searched, words []string) bool {
	e := l.entry
	switch {
	case f.Country != "" && !slices.Contains(e.Countries, f.Country):
		return false
	case f.Level != 0 && !e.awardsAt(f.Level, f.Now):
		return false
	case f.Text != "" && !l.named(words) && !e.identified(f.Text):
		return false
	}
	return f.Status == "" || e.StateAt(f.Now).String() == f.Status
}

// awardsAt tells whether a grant in force is for a level.
func (e *Entry) awardsAt(level int, now time.Time) bool {
	return slices.ContainsFunc(e.Grants, func(g Grant) bool { return g.Class < Adverse && g.Holds(now) && slices.Contains(g.Levels, level) })
}

// named tells whether one of the names has words that begin with all those that are searched,
// each of which begins with a blank.
func (l *searched) named(words []string) bool {
	return len(words) > 0 && slices.ContainsFunc(l.names, func(name string) bool {
		return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(name, w) })
	})
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
