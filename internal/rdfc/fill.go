package rdfc

import (
	"bytes"
	"slices"
	"strings"
)

// fill is what one canonicalization of a template works with.
type fill struct {
	template *Template
	texts    []string

	digests []digest // of the blank nodes
	order   []int32  // the blank nodes by their digests
	named   []int32  // N of c14nN of each blank node
	heads   []head
	lines   []byte
	spans   []span
	text    []byte // in order
}

// head is a subject that is not a blank node, as its lines begin.
type head struct {
	text    string
	subject *subject
}

// canonicalize writes the canonical form, unless the blank nodes or the subjects are not to
// be told apart by what a template knows of them.
func (f *fill) canonicalize(texts []string) bool {
	f.texts = texts
	if !f.name() || !f.sort() {
		return false
	}
	f.write()
	return true
}

// firstDegree returns the first-degree hash of a blank node.
func (f *fill) firstDegree(a *around) digest {
	f.text = f.appendSorted(f.text[:0], a.lines)
	return digestOf(f.template.hash.Size(), f.text)
}

// name gives the blank nodes their canonical labels, if their first-degree hashes differ
// (§4.4.3 step 4).
func (f *fill) name() bool {
	f.order = f.order[:0]
	for b := 1; b < len(f.template.blanks); b++ {
		a := &f.template.blanks[b]
		if !a.mentioned {
			continue
		}
		if a.fixed {
			f.digests[b] = a.digest
		} else {
			f.digests[b] = f.firstDegree(a)
		}
		f.order = append(f.order, int32(b))
	}
	slices.SortFunc(f.order, func(a, b int32) int { return bytes.Compare(f.digests[a][:], f.digests[b][:]) })
	for n, b := range f.order {
		if n > 0 && f.digests[f.order[n-1]] == f.digests[b] {
			return false
		}
		f.named[b] = int32(n)
	}
	return true
}

// sort puts the subjects with an address in order, if no two are the same. Their lines come
// before those of the blank nodes.
func (f *fill) sort() bool {
	f.heads = f.heads[:0]
	for i := range f.template.subjects {
		if s := &f.template.subjects[i]; s.node.Blank == 0 {
			f.heads = append(f.heads, head{f.template.in(s.node.IRI, f.texts), s})
		}
	}
	slices.SortFunc(f.heads, func(x, y head) int { return compareClosed(x.text, y.text) })
	for i := 1; i < len(f.heads); i++ {
		if f.heads[i-1].text == f.heads[i].text {
			return false
		}
	}
	return true
}

// compareClosed compares two addresses as lines do, in which an angle bracket closes them.
func compareClosed(x, y string) int {
	n := min(len(x), len(y))
	if c := strings.Compare(x[:n], y[:n]); c != 0 || len(x) == len(y) {
		return c
	}
	if len(x) == n {
		return int('>') - int(y[n])
	}
	return int(x[n]) - int('>')
}

// write writes the statements in order.
func (f *fill) write() {
	f.text = f.text[:0]
	for i := range f.heads {
		f.about(f.heads[i].subject)
	}
	for _, label := range f.template.byLabel {
		if int(label) < len(f.order) {
			if s := f.template.about[f.order[label]]; s >= 0 {
				f.about(&f.template.subjects[s])
			}
		}
	}
}

// about writes what is said about one subject.
func (f *fill) about(s *subject) {
	for i := range s.runs {
		if r := &s.runs[i]; r.lines == nil {
			f.text = append(f.text, r.fixed...)
		} else {
			f.text = f.appendSorted(f.text, r.lines)
		}
	}
}

// appendLine writes a line with its texts, and with the labels of its blank nodes.
func (f *fill) appendLine(out []byte, l line) []byte {
	for i := range l {
		p := &l[i]
		out = append(out, p.text...)
		switch p.then {
		case address:
			out = append(out, f.texts[p.n]...)
		case escaped:
			out = appendEscaped(out, f.texts[p.n])
		case blank:
			out = append(out, f.template.labels[f.named[p.n]]...)
		}
	}
	return out
}

// appendSorted writes lines in order.
func (f *fill) appendSorted(out []byte, lines []line) []byte {
	if len(lines) == 1 {
		return f.appendLine(out, lines[0])
	}
	f.lines, f.spans = f.lines[:0], f.spans[:0]
	for _, l := range lines {
		begin := len(f.lines)
		f.lines = f.appendLine(f.lines, l)
		f.spans = append(f.spans, span{begin: int32(begin), end: int32(len(f.lines))})
	}
	slices.SortFunc(f.spans, func(x, y span) int { return bytes.Compare(f.at(x), f.at(y)) })
	for _, s := range f.spans {
		out = append(out, f.at(s)...)
	}
	return out
}

func (f *fill) at(s span) []byte { return f.lines[s.begin:s.end] }
