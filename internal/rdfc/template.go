package rdfc

import (
	"cmp"
	"context"
	"crypto"
	"slices"
	"strconv"
	"sync"
)

// Template canonicalizes datasets that differ in some texts from one that was looked at
// before. What the texts do not touch is written and hashed once: the lines without them,
// and the first-degree hashes of the blank nodes that no such line mentions (RDFC-1.0 §4.6).
// Blank nodes that their hashes do not tell apart, and texts that make two statements one,
// are left to the general way, so that the outcome is always that of Canonicalize. A
// Template is safe for concurrent use.
type Template struct {
	hash     crypto.Hash
	data     Dataset
	vary     map[string]int // the texts that vary, by what stands for them
	blanks   []around       // by the number of the blank node
	subjects []subject
	about    []int32  // by the number of the blank node: its place among the subjects; -1: it is none
	unlike   []alike  // two statements are one where one of these are the same
	weight   int      // of the statements without a text that varies
	lengths  []length // of the others
	labels   []string // what blank nodes are called, with "_:", by N of c14nN
	byLabel  []int32  // N of c14nN in the order of the labels as texts
	fills    sync.Pool
}

// around is what is said around a blank node.
type around struct {
	mentioned bool
	fixed     bool
	digest    digest // where it is fixed
	lines     []line // where it is not
}

// subject is what is said about one node, by predicate.
type subject struct {
	node Node
	runs []predicate
}

// predicate are the lines with one predicate; fixed where they are in order and say nothing
// that varies.
type predicate struct {
	fixed string
	lines []line
}

// line is a line of N-Quads in pieces.
type line []piece

// piece is a text and what comes after it.
type piece struct {
	text string
	then then
	n    int32 // the text that varies, or the blank node
}

type then uint8

const (
	ends    then = iota
	address      // a text that varies, as it is
	escaped      // a text that varies, as a literal writes it
	blank
)

// length is what a statement that has texts which vary is long.
type length struct {
	fixed  int
	varies []int32
}

// alike are two terms that are the same for some texts, in statements that are otherwise.
type alike struct{ a, b Term }

// NewTemplate returns the template of a dataset in which texts stand for those that vary:
// each is the whole of an IRI or of the lexical form of a literal, wherever it occurs.
func NewTemplate(d *Dataset, hash crypto.Hash, texts []string) *Template {
	t := &Template{hash: hash, data: Dataset{unique(d.Quads), d.Blanks}, vary: make(map[string]int, len(texts))}
	for n, text := range texts {
		t.vary[text] = n
	}
	t.label()
	t.lookAround()
	t.divide()
	t.compare()
	t.weigh()
	t.fills.New = func() any { return t.newFill() }
	return t
}

func (t *Template) newFill() *fill {
	return &fill{template: t, digests: make([]digest, len(t.blanks)), named: make([]int32, len(t.blanks))}
}

// unique drops statements that are made again.
func unique(quads []Quad) []Quad {
	seen := make(map[Quad]bool, len(quads))
	return slices.DeleteFunc(slices.Clone(quads), func(q Quad) bool {
		again := seen[q]
		seen[q] = true
		return again
	})
}

// label prepares the names of the blank nodes.
func (t *Template) label() {
	for n := range t.data.Blanks {
		t.labels = append(t.labels, "_:c14n"+strconv.Itoa(int(n)))
		t.byLabel = append(t.byLabel, n)
	}
	slices.SortFunc(t.byLabel, func(a, b int32) int { return cmp.Compare(t.labels[a]+" ", t.labels[b]+" ") })
}

// writer puts a line together.
type writer struct {
	vary   map[string]int
	called func(blank int32) string // what a blank node is called; empty: that is not known yet
	line   line
	text   []byte
}

func (w *writer) put(kind then, n int32) {
	w.line = append(w.line, piece{string(w.text), kind, n})
	w.text = w.text[:0]
}

func (w *writer) node(n Node) {
	varies, known := w.vary[n.IRI]
	switch {
	case n.Blank == 0 && known:
		w.text = append(w.text, '<')
		w.put(address, int32(varies))
		w.text = append(w.text, '>')
	case n.Blank == 0:
		w.text = append(append(append(w.text, '<'), n.IRI...), '>')
	case w.called == nil:
		w.put(blank, n.Blank)
	default:
		w.text = append(append(w.text, "_:"...), w.called(n.Blank)...)
	}
}

func (w *writer) object(o Term) {
	if o.Close == "" {
		w.node(o.Node)
		return
	}
	w.text = append(w.text, '"')
	if varies, known := w.vary[o.Lexical]; known {
		w.put(escaped, int32(varies))
	} else {
		w.text = appendEscaped(w.text, o.Lexical)
	}
	w.text = append(w.text, o.Close...)
}

// lineOf writes a statement (RDFC-1.0 §5) as far as it is known.
func (t *Template) lineOf(q *Quad, called func(int32) string) line {
	w := writer{vary: t.vary, called: called}
	w.node(q.Subject)
	w.text = append(append(append(w.text, " <"...), q.Predicate...), "> "...)
	w.object(q.Object)
	if q.Graph != (Node{}) {
		w.text = append(w.text, ' ')
		w.node(q.Graph)
	}
	w.text = append(w.text, " .\n"...)
	w.put(ends, 0)
	return w.line
}

// lookAround writes what is said around each blank node (§4.6 step 3).
func (t *Template) lookAround() {
	t.blanks = make([]around, t.data.Blanks+1)
	for i := range t.data.Quads {
		q := &t.data.Quads[i]
		for _, b := range blanksOf(q) {
			if b == 0 {
				continue
			}
			t.blanks[b].mentioned = true
			t.blanks[b].lines = append(t.blanks[b].lines, t.lineOf(q, func(other int32) string {
				if other == b {
					return "a"
				}
				return "z"
			}))
		}
	}
	f := t.newFill()
	for b := range t.blanks {
		a := &t.blanks[b]
		if !slices.ContainsFunc(a.lines, func(l line) bool { return len(l) > 1 }) {
			a.fixed, a.digest, a.lines = true, f.firstDegree(a), nil
		}
	}
}

// divide puts the lines together that begin alike.
func (t *Template) divide() {
	quads := slices.Clone(t.data.Quads)
	slices.SortStableFunc(quads, func(p, q Quad) int {
		return cmp.Or(cmp.Compare(p.Subject.Blank, q.Subject.Blank), cmp.Compare(p.Subject.IRI, q.Subject.IRI), compareClosed(p.Predicate, q.Predicate))
	})
	t.about = slices.Repeat([]int32{-1}, len(t.blanks))
	for len(quads) > 0 {
		first, n := quads[0], 1
		for n < len(quads) && quads[n].Subject == first.Subject && quads[n].Predicate == first.Predicate {
			n++
		}
		if last := len(t.subjects) - 1; last < 0 || t.subjects[last].node != first.Subject {
			t.about[first.Subject.Blank] = int32(len(t.subjects)) // of 0, nobody asks
			t.subjects = append(t.subjects, subject{node: first.Subject})
		}
		var lines []line
		for i := range quads[:n] {
			lines = append(lines, t.lineOf(&quads[i], nil))
		}
		t.subjects[len(t.subjects)-1].add(lines)
		quads = quads[n:]
	}
}

// add adds the lines with one predicate, the next in order.
func (s *subject) add(lines []line) {
	if slices.ContainsFunc(lines, func(l line) bool { return len(l) > 1 }) {
		s.runs = append(s.runs, predicate{lines: lines})
		return
	}
	slices.SortFunc(lines, func(a, b line) int { return cmp.Compare(a[0].text, b[0].text) })
	for _, l := range lines {
		if last := len(s.runs) - 1; last >= 0 && s.runs[last].lines == nil {
			s.runs[last].fixed += l[0].text
		} else {
			s.runs = append(s.runs, predicate{fixed: l[0].text})
		}
	}
}

// compare notes which texts make two statements one: only one that has a text which varies
// can become another.
func (t *Template) compare() {
	by := map[string][]*Quad{}
	for i := range t.data.Quads {
		q := &t.data.Quads[i]
		by[q.Predicate] = append(by[q.Predicate], q)
	}
	for i := range t.data.Quads {
		if p := &t.data.Quads[i]; t.varies(p) {
			for _, q := range by[p.Predicate] {
				if p != q {
					t.unlike = t.appendAlike(t.unlike, p, q)
				}
			}
		}
	}
}

// varies reports whether a statement has a text that varies.
func (t *Template) varies(q *Quad) bool {
	_, subject := t.vary[q.Subject.IRI]
	_, object := t.vary[q.Object.text()]
	_, graph := t.vary[q.Graph.IRI]
	return subject || object || graph
}

// appendAlike appends the terms that differ in two statements with one predicate, if texts can
// make all of them the same.
func (t *Template) appendAlike(found []alike, p, q *Quad) []alike {
	differ := found
	for _, terms := range [...]alike{{Term{Node: p.Subject}, Term{Node: q.Subject}}, {p.Object, q.Object}, {Term{Node: p.Graph}, Term{Node: q.Graph}}} {
		switch {
		case terms.a == terms.b:
		case !t.mayMatch(terms):
			return found
		default:
			differ = append(differ, terms)
		}
	}
	return differ
}

// mayMatch reports whether some texts make two terms the same.
func (t *Template) mayMatch(terms alike) bool {
	_, a := t.vary[terms.a.text()]
	_, b := t.vary[terms.b.text()]
	return terms.a.Blank == 0 && terms.b.Blank == 0 && terms.a.Close == terms.b.Close && (a || b)
}

// text returns what a node's address or a literal says.
func (o *Term) text() string {
	if o.Close == "" {
		return o.IRI
	}
	return o.Lexical
}

// in returns what an address or a literal says once the texts are in it.
func (t *Template) in(text string, texts []string) string {
	if n, varies := t.vary[text]; varies {
		return texts[n]
	}
	return text
}

// weigh notes what the statements weigh.
func (t *Template) weigh() {
	still := Dataset{}
	for _, q := range t.data.Quads {
		l := length{}
		for _, text := range [...]string{q.Subject.IRI, q.Predicate, q.Object.IRI, q.Object.Lexical, q.Object.Close, q.Graph.IRI} {
			if n, varies := t.vary[text]; varies {
				l.varies = append(l.varies, int32(n))
			} else {
				l.fixed += len(text)
			}
		}
		if l.varies != nil {
			t.lengths = append(t.lengths, l)
		} else {
			still.Quads = append(still.Quads, q)
		}
	}
	t.weight = still.weight() + len(t.lengths)
}

// weightWith is Dataset.weight of the dataset with other texts.
func (t *Template) weightWith(texts []string) int {
	weight := t.weight
	for i := range t.lengths {
		l := &t.lengths[i]
		length := l.fixed
		for _, n := range l.varies {
			length += len(texts[n])
		}
		weight += length / common
	}
	return weight
}

// AppendDigest appends the hash of the canonical N-Quads document that the dataset has with
// other texts to what is given. The texts are in the order of those that NewTemplate was
// given, and fit where they stand: an IRI for an IRI. Its errors are those of Canonicalize.
func (t *Template) AppendDigest(ctx context.Context, out []byte, texts []string, budget *Budget) ([]byte, error) {
	f := t.fills.Get().(*fill)
	defer t.fills.Put(f)
	weight := t.weightWith(texts)
	if weight > budget.Quads {
		return out, ErrBudget
	}
	if !t.differ(texts) || !f.canonicalize(texts) {
		return AppendDigest(ctx, out, t.with(texts), t.hash, budget)
	}
	budget.Quads -= weight
	size := t.hash.Size()
	sum := digestOf(size, f.text)
	return append(out, sum[:size]...), nil
}

// differ reports whether all statements stay apart.
func (t *Template) differ(texts []string) bool {
	for i := range t.unlike {
		if p := &t.unlike[i]; t.in(p.a.text(), texts) == t.in(p.b.text(), texts) {
			return false
		}
	}
	return true
}

// with returns the dataset with other texts.
func (t *Template) with(texts []string) *Dataset {
	d := t.data.Clone()
	for i := range d.Quads {
		q := &d.Quads[i]
		q.Subject.IRI, q.Graph.IRI = t.in(q.Subject.IRI, texts), t.in(q.Graph.IRI, texts)
		if q.Object.Close == "" {
			q.Object.IRI = t.in(q.Object.IRI, texts)
		} else {
			q.Object.Lexical = t.in(q.Object.Lexical, texts)
		}
	}
	return &d
}

// Stands reports where a text that varies stands: for an IRI, for the lexical form of a
// literal, or for both or neither.
func (t *Template) Stands(text string) (forIRI, forLexical bool) {
	for i := range t.data.Quads {
		q := &t.data.Quads[i]
		forIRI = forIRI || q.Subject.IRI == text || q.Graph.IRI == text || q.Object.IRI == text
		forLexical = forLexical || q.Object.Close != "" && q.Object.Lexical == text
	}
	return forIRI, forLexical
}
