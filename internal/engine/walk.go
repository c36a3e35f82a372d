package engine

import (
	"slices"
	"strings"
	"sync"

	"laurel/internal/jcs"
	"laurel/internal/rdfc"
	"laurel/internal/strictjson"
)

const (
	rdfNS    = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
	rdfType  = rdfNS + "type"
	rdfFirst = rdfNS + "first"
	rdfRest  = rdfNS + "rest"
)

var rdfNil = rdfc.Term{Node: rdfc.Node{IRI: rdfNS + "nil"}}

// walk is the way through one document.
type walk struct {
	engine   *Engine
	compiled int  // states that this document had compiled
	own      bool // it brings contexts of its own
	data     rdfc.Dataset
	types    []string
	json     []strictjson.Value // that became literals
	key      []byte
}

var walks = sync.Pool{New: func() any { return &walk{} }}

// maxKept bounds the statements for which a walk keeps memory.
const maxKept = 4096

func (w *walk) put() {
	if cap(w.data.Quads) > maxKept {
		return
	}
	clear(w.data.Quads)
	clear(w.types[:cap(w.types)])
	w.engine, w.data.Quads, w.data.Blanks, w.types, w.json = nil, w.data.Quads[:0], 0, w.types[:0], nil
	walks.Put(w)
}

// inside is where a value stands.
type inside struct {
	name     string // of the member
	property *term  // of which it is the value; nil at the root
	graph    rdfc.Node
	root     bool
}

// node states what an object says and returns its node (JSON-LD 1.1 API §5.1.2).
func (w *walk) node(s *state, object strictjson.Value, in *inside) (rdfc.Node, error) {
	s, err := w.enter(s, object, in)
	if err != nil {
		return rdfc.Node{}, err
	}
	outer := s // in which types are read, whatever they bring along
	first := len(w.types)
	typed, err := w.readTypes(s, object)
	if err != nil {
		return rdfc.Node{}, err
	}
	types := w.types[first:]
	for _, name := range types {
		if t, _ := outer.definition(name); t != nil && t.scoped.Present() {
			if s, err = w.inType(s, t); err != nil {
				return rdfc.Node{}, err
			}
		}
	}
	if typed.Present() && !slices.Contains(s.types, typed.Name()) {
		return rdfc.Node{}, refuse("a type that gives the member of the types another meaning")
	}
	self, err := w.subject(s, object)
	if err != nil {
		return self, err
	}
	for _, name := range types {
		iri, err := expand(outer, name, true)
		if err != nil {
			return self, err
		}
		w.data.State(self, rdfType, rdfc.Term{Node: rdfc.Node{IRI: iri}}, in.graph)
	}
	w.types = w.types[:first]
	for m := object.First(); m.Present(); m = m.Next() {
		if object.Hides(m) || m.Name() == "@context" || m == typed {
			continue
		}
		if err := w.member(s, self, m, in.graph); err != nil {
			return self, err
		}
	}
	return self, nil
}

// enter returns the state in which an object is read, but for its types (§5.1.2 steps 7 to
// 9).
func (w *walk) enter(s *state, object strictjson.Value, in *inside) (*state, error) {
	if in.root {
		return s, nil
	}
	if s.previous != nil && !onlyID(s, object) {
		s = s.previous
	}
	var err error
	if in.property != nil && in.property.scoped.Present() {
		if s, err = w.inProperty(s, in.property); err != nil {
			return nil, err
		}
	}
	if contexts := object.Member("@context"); contexts.Present() {
		return w.under(s, &s.nested, contexts)
	}
	return s, nil
}

// onlyID reports whether an object is a reference and nothing else.
func onlyID(s *state, object strictjson.Value) bool {
	if object.Len() != 1 {
		return false
	}
	return slices.Contains(s.ids, object.First().Name())
}

// readTypes puts the types of an object, sorted, on top of w.types and returns the member
// that they stand in.
func (w *walk) readTypes(s *state, object strictjson.Value) (typed strictjson.Value, err error) {
	for _, name := range s.types {
		switch m := object.Member(name); {
		case m.Present() && typed.Present():
			return typed, refuse("two members for the types")
		case m.Present():
			typed = m
		}
	}
	first := len(w.types)
	for v := range typed.Listed() {
		name, ok := v.IsText()
		if !ok {
			return typed, refuse("a type that is not text")
		}
		w.types = append(w.types, name)
	}
	types := w.types[first:]
	if typed.Present() && len(types) == 0 {
		return typed, refuse("no type among the types")
	}
	slices.Sort(types)
	for i := 1; i < len(types); i++ {
		if types[i] == types[i-1] {
			return typed, refuse("a type twice")
		}
	}
	return typed, nil
}

// subject returns the node of an object.
func (w *walk) subject(s *state, object strictjson.Value) (rdfc.Node, error) {
	var self rdfc.Node
	for _, name := range s.ids {
		m := object.Member(name)
		if !m.Present() {
			continue
		}
		if self.IRI != "" || !m.Is(strictjson.String) {
			return self, refuse("two identifiers, or one that is not text")
		}
		var err error
		if self.IRI, err = expand(s, m.Text(), false); err != nil {
			return self, err
		}
	}
	if self.IRI == "" {
		self = w.data.NewBlank()
	}
	return self, nil
}

// member states a member of an object; its types are not among those.
func (w *walk) member(s *state, self rdfc.Node, m strictjson.Value, graphName rdfc.Node) error {
	t, err := s.term(m.Name())
	switch {
	case err != nil:
		return err
	case t.keyword == isID:
		return nil
	case t.keyword != none:
		return refuse("the keyword %s", t.iri)
	}
	in := inside{name: m.Name(), property: t, graph: graphName}
	if t.coercion == toJSON {
		return w.literal(self, m, &in)
	}
	if t.container == list {
		object, err := w.list(s, m, &in)
		if err != nil {
			return err
		}
		w.data.State(self, t.iri, object, graphName)
		return nil
	}
	for v := range m.Listed() {
		object, err := w.value(s, v, &in)
		if err != nil {
			return err
		}
		w.data.State(self, t.iri, object, graphName)
	}
	return nil
}

// literal states a value of whatever kind as one JSON literal (JSON-LD 1.1 API §5.1.2 step
// 13.6), which nothing else of JSON-LD has a part in. Its text is that of RFC 8785.
func (w *walk) literal(self rdfc.Node, m strictjson.Value, in *inside) error {
	t := in.property
	if t.container&graph != 0 || t.scoped.Present() {
		return refuse("JSON in a graph, or in a context of its own")
	}
	text, err := jcs.Canonical(m)
	if err != nil {
		return refuse("JSON without a canonical form")
	}
	w.json = append(w.json, m)
	object := rdfc.Term{Lexical: string(text), Close: closeJSON}
	if t.container == list {
		cell := w.data.NewBlank()
		w.data.State(cell, rdfFirst, object, in.graph)
		w.data.State(cell, rdfRest, rdfNil, in.graph)
		object = rdfc.Term{Node: cell}
	}
	w.data.State(self, t.iri, object, in.graph)
	return nil
}

// term returns the definition of a member's name.
func (s *state) term(name string) (*term, error) {
	t, known := s.definition(name)
	switch {
	case t != nil:
		return t, nil
	case known || s.vocab == "" || name == "" || strings.ContainsAny(name, ":@"):
		return nil, refuse("a name that no context defines")
	}
	t = &term{iri: s.vocab + name}
	if !rdfc.IsIRI(t.iri) {
		return nil, refuse("a name that makes no address")
	}
	return t, nil
}

// list states the cells of a list (JSON-LD 1.1 API §8.3.2).
func (w *walk) list(s *state, m strictjson.Value, in *inside) (rdfc.Term, error) {
	head := rdfNil
	var last rdfc.Node
	for v := range m.Listed() {
		if v.Is(strictjson.Array) {
			return head, refuse("a list within a list")
		}
		cell := w.data.NewBlank()
		if last == (rdfc.Node{}) {
			head = rdfc.Term{Node: cell}
		} else {
			w.data.State(last, rdfRest, rdfc.Term{Node: cell}, in.graph)
		}
		object, err := w.value(s, v, in)
		if err != nil {
			return head, err
		}
		w.data.State(cell, rdfFirst, object, in.graph)
		last = cell
	}
	if last != (rdfc.Node{}) {
		w.data.State(last, rdfRest, rdfNil, in.graph)
	}
	return head, nil
}

// value returns the term of one value of a property, and states what it says itself.
func (w *walk) value(s *state, v strictjson.Value, in *inside) (rdfc.Term, error) {
	if v.Is(strictjson.Object) {
		if v.Member("@value").Present() {
			return valueObject(v, in)
		}
		return w.object(s, v, in)
	}
	if in.property.container&graph != 0 {
		return rdfc.Term{}, refuse("a graph that is no object")
	}
	if in.property.scoped.Present() {
		inner, err := w.inProperty(s, in.property)
		if err != nil {
			return rdfc.Term{}, err
		}
		if inner.terms[in.name] != s.terms[in.name] {
			return rdfc.Term{}, refuse("a term that defines itself anew")
		}
		s = inner
	}
	return scalar(s, v, in.property)
}

// object states an object and returns its node, or that of the graph around it.
func (w *walk) object(s *state, v strictjson.Value, in *inside) (rdfc.Term, error) {
	if in.property.container&graph == 0 {
		node, err := w.node(s, v, in)
		return rdfc.Term{Node: node}, err
	}
	name := w.data.NewBlank()
	before := len(w.data.Quads)
	if _, err := w.node(s, v, &inside{name: in.name, property: in.property, graph: name}); err != nil {
		return rdfc.Term{}, err
	}
	if len(w.data.Quads) == before {
		return rdfc.Term{}, refuse("a graph without statements")
	}
	return rdfc.Term{Node: name}, nil
}
