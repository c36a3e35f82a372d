package shape

import (
	"regexp/syntax"
	"slices"
	"unicode"
	"unicode/utf8"
)

// maxStates bounds a table, to some 60 KB.
const maxStates = 250

// automaton makes a table of a program by the subset construction: a state is a set of places
// where the program can be.
type automaton struct {
	program *syntax.Prog
	sets    [][]uint32 // by row of the table; each in ascending order
	table   table
}

// tabulate makes the table of a regular expression. Some have none: those with too many
// states, those that ask for what a table does not see, and those that every text matches.
func tabulate(text string) (*table, bool) {
	parsed, err := syntax.Parse(text, syntax.Perl)
	if err != nil {
		return nil, false
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil || slices.ContainsFunc(program.Inst, tooFine) {
		return nil, false
	}
	a := automaton{program: program, sets: make([][]uint32, start/width)}
	a.table.steps, a.table.ends = make([]uint16, start), make([]bool, start/width)
	first, matches := a.reach([]uint32{uint32(program.Start)}, syntax.EmptyBeginText)
	if matches {
		return nil, false
	}
	a.sets = append(a.sets, first)
	for row := start / width; row < len(a.sets); row++ {
		if len(a.sets) > maxStates {
			return nil, false
		}
		a.add(a.sets[row])
	}
	return &a.table, true
}

// tooFine reports whether an instruction tells characters beyond ASCII apart, or asks for
// more of its surroundings than whether the text begins or ends there.
func tooFine(i syntax.Inst) bool {
	switch i.Op {
	case syntax.InstEmptyWidth:
		return syntax.EmptyOp(i.Arg)&^(syntax.EmptyBeginText|syntax.EmptyEndText) != 0
	case syntax.InstRune, syntax.InstRune1:
		if len(i.Rune) == 1 {
			return i.Rune[0] >= utf8.RuneSelf || syntax.Flags(i.Arg)&syntax.FoldCase != 0
		}
		for low, high := range pairs(i.Rune) {
			if high >= utf8.RuneSelf && (low > utf8.RuneSelf || high < unicode.MaxRune) {
				return true
			}
		}
	}
	return false
}

// pairs yields the ranges of a class of characters.
func pairs(class []rune) func(yield func(low, high rune) bool) {
	return func(yield func(low, high rune) bool) {
		for i := 0; i+1 < len(class) && yield(class[i], class[i+1]); i += 2 {
		}
	}
}

// add appends what follows from a set of places to the table, and the sets that are new.
func (a *automaton) add(set []uint32) {
	for r := range rune(width) {
		a.table.steps = append(a.table.steps, a.after(set, r))
	}
	_, matches := a.reach(set, syntax.EmptyEndText)
	a.table.ends = append(a.table.ends, matches)
}

// after returns the state after a character. A match may begin at any character.
func (a *automaton) after(set []uint32, r rune) uint16 {
	next := []uint32{uint32(a.program.Start)}
	for _, at := range set {
		if i := &a.program.Inst[at]; reads(i) && i.MatchRune(r) {
			next = append(next, i.Out)
		}
	}
	next, matches := a.reach(next, 0)
	switch known := slices.IndexFunc(a.sets, func(s []uint32) bool { return slices.Equal(s, next) }); {
	case matches:
		return certain
	case known >= 0:
		return uint16(known * width)
	}
	a.sets = append(a.sets, next)
	return uint16((len(a.sets) - 1) * width)
}

// reads reports whether an instruction takes a character.
func reads(i *syntax.Inst) bool {
	switch i.Op {
	case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
		return true
	}
	return false
}

// reach returns the places that others lead to before another character is read, those that
// read one or wait for the end of the text, and whether the program can say that it matches.
func (a *automaton) reach(from []uint32, here syntax.EmptyOp) (places []uint32, matches bool) {
	from, seen := slices.Clone(from), make([]bool, len(a.program.Inst))
	for len(from) > 0 {
		at := from[len(from)-1]
		from = from[:len(from)-1]
		if seen[at] {
			continue
		}
		seen[at] = true
		switch i := &a.program.Inst[at]; i.Op {
		case syntax.InstMatch:
			matches = true
		case syntax.InstAlt, syntax.InstAltMatch:
			from = append(from, i.Out, i.Arg)
		case syntax.InstNop, syntax.InstCapture:
			from = append(from, i.Out)
		case syntax.InstEmptyWidth:
			if syntax.EmptyOp(i.Arg)&^here == 0 {
				from = append(from, i.Out)
			} else if syntax.EmptyOp(i.Arg) == syntax.EmptyEndText {
				places = append(places, at)
			}
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			places = append(places, at)
		}
	}
	slices.Sort(places)
	return places, matches
}
