package shape

import (
	"regexp/syntax"
	"slices"
	"unicode"
	"unicode/utf8"
)

// maxStates bounds a table, to some 60 KB for a pattern that tells all characters apart.
const maxStates = 250

// automaton makes a table of a program by the subset construction: a state is a set of places
// where the program can be.
type automaton struct {
	program *syntax.Prog
	runs    []rune     // a character of each kind
	sets    [][]uint32 // by row of the table; each in ascending order
	table   table

	seen            []bool   // what reach used last, and uses again
	waiting, places []uint32 // the same
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
	a := automaton{program: program, runs: runs(program), sets: make([][]uint32, start), seen: make([]bool, len(program.Inst))}
	a.tell()
	a.waiting = append(a.waiting, uint32(program.Start))
	_, a.table.empty = a.reach(syntax.EmptyBeginText | syntax.EmptyEndText)
	a.waiting = append(a.waiting[:0], uint32(program.Start))
	first, matches := a.reach(syntax.EmptyBeginText)
	if matches {
		return nil, false
	}
	a.sets = append(a.sets, slices.Clone(first))
	for row := start; row < len(a.sets); row++ {
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

// runs returns where the runs of characters begin that every instruction reads all or none of.
// Those beyond ASCII are one run.
func runs(program *syntax.Prog) []rune {
	begin := []rune{0}
	for _, i := range program.Inst {
		switch {
		case i.Op == syntax.InstRuneAnyNotNL:
			begin = append(begin, '\n', '\n'+1)
		case i.Op == syntax.InstRune || i.Op == syntax.InstRune1:
			if len(i.Rune) == 1 {
				begin = append(begin, i.Rune[0], i.Rune[0]+1)
			}
			for low, high := range pairs(i.Rune) {
				begin = append(begin, low, high+1)
			}
		}
	}
	begin = slices.DeleteFunc(begin, func(r rune) bool { return r > utf8.RuneSelf })
	slices.Sort(begin)
	return slices.Compact(begin)
}

// pairs yields the ranges of a class of characters.
func pairs(class []rune) func(yield func(low, high rune) bool) {
	return func(yield func(low, high rune) bool) {
		for i := 0; i+1 < len(class) && yield(class[i], class[i+1]); i += 2 {
		}
	}
}

// tell gives each run a kind of its own, and makes the rows of the states that decide.
func (a *automaton) tell() {
	t := &a.table
	for kind, first := range a.runs {
		for r := int(first); r < len(t.kinds); r++ {
			t.kinds[r] = uint8(kind)
		}
	}
	t.width = uint16(len(a.runs))
	t.steps, t.ends = make([]uint16, start*t.width), make([]bool, start)
}

// add appends what follows from a set of places to the table, and the sets that are new.
func (a *automaton) add(set []uint32) {
	for _, r := range a.runs {
		a.table.steps = append(a.table.steps, a.after(set, r))
	}
	a.waiting = append(a.waiting[:0], set...)
	_, matches := a.reach(syntax.EmptyEndText)
	a.table.ends = append(a.table.ends, matches)
}

// after returns the state after a character. A match may begin at any character.
func (a *automaton) after(set []uint32, r rune) uint16 {
	a.waiting = append(a.waiting[:0], uint32(a.program.Start))
	for _, at := range set {
		if i := &a.program.Inst[at]; reads(i) && i.MatchRune(r) {
			a.waiting = append(a.waiting, i.Out)
		}
	}
	next, matches := a.reach(0)
	switch known := slices.IndexFunc(a.sets, func(s []uint32) bool { return slices.Equal(s, next) }); {
	case matches:
		return certain * a.table.width
	case known >= 0:
		return uint16(known) * a.table.width
	}
	a.sets = append(a.sets, slices.Clone(next))
	return uint16(len(a.sets)-1) * a.table.width
}

// reads reports whether an instruction takes a character.
func reads(i *syntax.Inst) bool {
	switch i.Op {
	case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
		return true
	}
	return false
}

// reach returns the places that those waiting lead to before another character is read, those
// that read one or wait for the end of the text, and whether the program can say that it
// matches. The places are good until it is asked again.
func (a *automaton) reach(here syntax.EmptyOp) (places []uint32, matches bool) {
	clear(a.seen)
	from, places := a.waiting, a.places[:0]
	for len(from) > 0 {
		at := from[len(from)-1]
		from = from[:len(from)-1]
		if a.seen[at] {
			continue
		}
		a.seen[at] = true
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
	a.waiting, a.places = from, places
	return places, matches
}
