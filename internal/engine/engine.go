// Package engine answers: which statements does this document make, when its contexts were
// known beforehand?
//
// Contexts of a closed set are compiled, once and as they are needed, into states that never
// change: which terms stand for what, and which state holds inside a type, a property or a
// nested context (JSON-LD 1.1 API §4). A document is then read in one pass, straight from
// its JSON to RDF statements, without the expanded form between the two (JSON-LD 1.1 API §5
// and §8). Safe mode is the only mode: whatever would not become a statement is refused.
//
// The engine knows the JSON-LD that credentials are written in: names from contexts, no
// keywords but @context and those of language value objects, and JSON literals, in which
// anything may stand. What contexts of its own a document may bring is for the caller to
// judge. It never guesses. What it does not know, and what is wrong, it refuses in the
// same way, with ErrRefused, and says nothing about the document: the general way through
// JSON-LD, which is package jsonld's, decides.
package engine

import (
	"errors"
	"fmt"
	"sync"

	"laurel/internal/rdfc"
	"laurel/internal/strictjson"
)

// ErrRefused says that the document is not for the engine, for whatever reason.
var ErrRefused = errors.New("not for the compiled contexts")

func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrRefused, fmt.Sprintf(format, args...))
}

// Engine reads documents under one closed set of contexts. It is safe for concurrent use.
type Engine struct {
	lookup func(url string) (strictjson.Value, bool)

	roots  transitions[string] // by the contexts of whole documents
	mu     sync.Mutex          // of all that compiles
	states int                 // compiled and held
}

// New returns an engine for the context documents that lookup knows by their addresses.
func New(lookup func(url string) (document strictjson.Value, known bool)) *Engine {
	return &Engine{lookup: lookup}
}

// Statements are what a document states.
type Statements struct {
	Root rdfc.Node // the document's own node
	Data rdfc.Dataset
	Own  bool               // the document brings contexts of its own
	JSON []strictjson.Value // what of the document became JSON literals

	walk *walk // whose memory Data stands in
}

// Release ends the statements. The memory that they stand in serves other documents from then
// on, so that nobody may look at what was copied of Data. Statements that nobody releases are
// left to the collector of memory.
func (s *Statements) Release() {
	if s.walk != nil {
		s.walk.put()
	}
	*s = Statements{}
}

// Read reads an object as if contexts stood in its @context, whatever stands there.
func (e *Engine) Read(contexts, document strictjson.Value) (Statements, error) {
	if !document.Is(strictjson.Object) {
		return Statements{}, refuse("not an object")
	}
	w := walks.Get().(*walk)
	w.engine, w.compiled, w.own = e, 0, false
	root, err := w.document(contexts, document)
	if err != nil {
		w.put()
		return Statements{}, err
	}
	return Statements{Root: root, Data: w.data, Own: w.own, JSON: w.json, walk: w}, nil
}

// document states what a whole document says and returns its node.
func (w *walk) document(contexts, document strictjson.Value) (rdfc.Node, error) {
	if cap(w.data.Quads) == 0 {
		values, _ := document.Extent()
		w.data.Quads = make([]rdfc.Quad, 0, min(values, usual))
	}
	root, err := w.root(contexts)
	if err != nil {
		return rdfc.Node{}, err
	}
	node, err := w.node(root, document, &inside{root: true})
	if err == nil && len(w.data.Quads) == 0 {
		err = refuse("it states nothing")
	}
	return node, err
}

// usual is how many statements there is room for at first: a badge makes about as many.
const usual = 128
