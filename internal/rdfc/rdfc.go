// Package rdfc answers: which one text stands for this set of statements?
//
// It holds an RDF 1.1 dataset and writes it as RDF Dataset Canonicalization 1.0
// (RDFC-1.0, W3C Recommendation of 2024-05-21) prescribes, within a budget: symmetric
// blank nodes make the algorithm factorial, and such a dataset is refused, not waited
// for. Where the statements come from is left to the callers.
package rdfc

import (
	"slices"
	"strconv"
)

// Node is a thing that statements are about: an IRI, or a blank node of the dataset. The
// zero Node, as the name of a graph, is the default graph.
type Node struct {
	IRI   string
	Blank int32 // from 1; 0: not a blank node
}

// Term is the object of a statement: a node, or a literal.
type Term struct {
	Node
	// Lexical is the lexical form of a literal; Close is what stands after it in N-Quads,
	// from its closing quotation mark on, as Close makes it; empty: the term is a node.
	Lexical, Close string
}

// Quad is one statement. Predicate is an IRI.
type Quad struct {
	Subject   Node
	Predicate string
	Object    Term
	Graph     Node
}

// Dataset is a set of statements; one that is made twice counts once.
type Dataset struct {
	Quads  []Quad
	Blanks int32 // how many blank nodes there are; their numbers are 1 to Blanks
}

// NewBlank returns a blank node that the dataset does not have yet.
func (d *Dataset) NewBlank() Node {
	d.Blanks++
	return Node{Blank: d.Blanks}
}

// Clone returns a copy that shares nothing with the dataset but its texts.
func (d *Dataset) Clone() Dataset { return Dataset{slices.Clone(d.Quads), d.Blanks} }

// State adds a statement.
func (d *Dataset) State(subject Node, predicate string, object Term, graph Node) {
	d.Quads = append(d.Quads, Quad{subject, predicate, object, graph})
}

const xsdString = "http://www.w3.org/2001/XMLSchema#string"

// Close returns the Close of a literal with a datatype, an absolute IRI, or with a language
// tag; with neither its datatype is xsd:string.
func Close(datatype, language string) string {
	switch {
	case language != "":
		return `"@` + language
	case datatype == "" || datatype == xsdString:
		return `"`
	}
	return `"^^<` + datatype + `>`
}

// Lines returns the statements as lines of N-Quads in canonical form and order, without
// repetition, each blank node called what label makes of its number.
func (d *Dataset) Lines(label func(blank int32) string) []string {
	lines := make([]string, len(d.Quads))
	for i := range d.Quads {
		lines[i] = string(appendQuad(nil, &d.Quads[i], named(label)))
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}

// labeller writes what a blank node is called, after "_:".
type labeller interface {
	appendLabel(out []byte, blank int32) []byte
}

type named func(blank int32) string

func (n named) appendLabel(out []byte, blank int32) []byte { return append(out, n(blank)...) }

// appendQuad writes a statement in canonical N-Quads form (RDFC-1.0 §5).
func appendQuad[L labeller](out []byte, q *Quad, label L) []byte {
	out = appendNode(out, &q.Subject, label)
	out = append(append(append(out, " <"...), q.Predicate...), "> "...)
	if q.Object.Close == "" {
		out = appendNode(out, &q.Object.Node, label)
	} else {
		out = appendEscaped(append(out, '"'), q.Object.Lexical)
		out = append(out, q.Object.Close...)
	}
	if q.Graph != (Node{}) {
		out = appendNode(append(out, ' '), &q.Graph, label)
	}
	return append(out, " .\n"...)
}

func appendNode[L labeller](out []byte, n *Node, label L) []byte {
	if n.Blank != 0 {
		return label.appendLabel(append(out, "_:"...), n.Blank)
	}
	return append(append(append(out, '<'), n.IRI...), '>')
}

// escapes are what canonical N-Quads write for a byte of a literal; empty: the byte.
var escapes = func() (table [256]string) {
	for c := range 0x20 {
		table[c] = `\u00` + strconv.FormatInt(int64(c>>4), 16) + string("0123456789ABCDEF"[c&15])
	}
	table[0x7f] = `\u007F`
	table['\b'], table['\t'], table['\n'], table['\f'], table['\r'] = `\b`, `\t`, `\n`, `\f`, `\r`
	table['"'], table['\\'] = `\"`, `\\`
	return table
}()

func appendEscaped(out []byte, s string) []byte {
	plain := 0
	for i := range len(s) {
		if escape := escapes[s[i]]; escape != "" {
			out = append(append(out, s[plain:i]...), escape...)
			plain = i + 1
		}
	}
	return append(out, s[plain:]...)
}
