// Package rdfc answers: which one text stands for this set of statements?
//
// It holds an RDF 1.1 dataset and writes it as RDF Dataset Canonicalization 1.0
// (RDFC-1.0, W3C Recommendation of 2024-05-21) prescribes, within a budget: symmetric
// blank nodes make the algorithm factorial, and such a dataset is refused, not waited
// for. Where the statements come from is left to the callers.
package rdfc

import (
	"cmp"
	"slices"
	"strings"
)

// Kind tells the three sorts of RDF terms apart.
type Kind uint8

// The kinds of a Term. Absent is the graph name of the default graph.
const (
	Absent Kind = iota
	IRI
	Blank
	Literal
)

// Term is one RDF term. Value is the IRI, the blank node's label without "_:", or the
// literal's lexical form; Datatype and Language belong to literals.
type Term struct {
	Kind     Kind
	Value    string
	Datatype string
	Language string
}

// Quad is one statement. Predicate is an IRI.
type Quad struct {
	Subject   Term
	Predicate string
	Object    Term
	Graph     Term
}

const xsdString = "http://www.w3.org/2001/XMLSchema#string"

// appendTerm writes a term in canonical N-Quads form (RDFC-1.0 §5), naming blank nodes
// by label.
func appendTerm(out []byte, t Term, label func(string) string) []byte {
	switch t.Kind {
	case IRI:
		out = append(out, '<')
		out = append(out, t.Value...)
		return append(out, '>')
	case Blank:
		out = append(out, "_:"...)
		return append(out, label(t.Value)...)
	case Literal:
		out = appendEscaped(append(out, '"'), t.Value)
		out = append(out, '"')
		switch {
		case t.Language != "":
			out = append(out, '@')
			out = append(out, t.Language...)
		case t.Datatype != "" && t.Datatype != xsdString:
			out = append(out, "^^<"...)
			out = append(out, t.Datatype...)
			out = append(out, '>')
		}
	}
	return out
}

const hexDigits = "0123456789ABCDEF"

func appendEscaped(out []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '\b':
			out = append(out, `\b`...)
		case '\t':
			out = append(out, `\t`...)
		case '\n':
			out = append(out, `\n`...)
		case '\f':
			out = append(out, `\f`...)
		case '\r':
			out = append(out, `\r`...)
		case '"':
			out = append(out, `\"`...)
		case '\\':
			out = append(out, `\\`...)
		default:
			if c < 0x20 || c == 0x7f {
				out = append(out, `\u00`...)
				out = append(out, hexDigits[c>>4], hexDigits[c&15])
			} else {
				out = append(out, c)
			}
		}
	}
	return out
}

func appendQuad(out []byte, q Quad, label func(string) string) []byte {
	out = appendTerm(out, q.Subject, label)
	out = append(out, " <"...)
	out = append(out, q.Predicate...)
	out = append(out, "> "...)
	out = appendTerm(out, q.Object, label)
	if q.Graph.Kind != Absent {
		out = append(out, ' ')
		out = appendTerm(out, q.Graph, label)
	}
	return append(out, " .\n"...)
}

func compareTerms(a, b Term) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), strings.Compare(a.Value, b.Value),
		strings.Compare(a.Datatype, b.Datatype), strings.Compare(a.Language, b.Language))
}

// distinct returns the statements without repetition: a dataset is a set.
func distinct(quads []Quad) []Quad {
	sorted := slices.Clone(quads)
	slices.SortFunc(sorted, func(a, b Quad) int {
		return cmp.Or(compareTerms(a.Subject, b.Subject), strings.Compare(a.Predicate, b.Predicate),
			compareTerms(a.Object, b.Object), compareTerms(a.Graph, b.Graph))
	})
	return slices.Compact(sorted)
}
