package engine

import (
	"maps"
	"strconv"
	"sync/atomic"

	"laurel/internal/strictjson"
)

// keyword is what an alias stands for.
type keyword uint8

const (
	none keyword = iota
	isID
	isType
	otherKeyword
)

// coercion is what a term's type makes of a value (JSON-LD 1.1 API §5.3.2).
type coercion uint8

const (
	plainValue coercion = iota
	toAddress           // @id
	toVocab             // @vocab
	toJSON              // @json
	toDatatype
)

// container is how a term's values stand together. @set says nothing about statements, but
// tells definitions apart.
type container uint8

const (
	set container = 1 << iota
	list
	graph
)

// term is the definition of a term. It does not change.
type term struct {
	keyword   keyword
	coercion  coercion
	container container
	prefix    bool // may begin a compact IRI
	protected bool
	iri       string
	datatype  string           // an absolute IRI
	close     string           // of literals with the datatype
	scoped    strictjson.Value // the context inside; absent: none
}

// state is an active context (JSON-LD 1.1 API §4). It does not change but for what it
// remembers: the states that it leads to.
type state struct {
	terms    map[string]*term // nil: the name is taken away
	vocab    string           // empty: none
	previous *state           // what holds again inside, when a type brought this state
	own      bool             // of one document that brings contexts of its own; for it alone

	ids, types []string // the names of @id and @type
	near       *near    // nil: of one document, for which it does not pay

	byType     transitions[*term]
	byProperty transitions[*term]
	nested     transitions[string]
}

// near has terms by what is quickly told of their names. Most of those that are asked for are
// found in it, in less time than in the map of all.
type near [128]struct {
	name string
	term *term
}

func (n *near) at(name string) int {
	return (len(name)*37 + int(name[0])*11 + int(name[len(name)-1])*3) % len(n)
}

// definition returns that of a name; nil with known: the name is taken away.
func (s *state) definition(name string) (t *term, known bool) {
	if s.near != nil && name != "" {
		if n := &s.near[s.near.at(name)]; n.name == name {
			return n.term, true
		}
	}
	t, known = s.terms[name]
	return t, known
}

func newState() *state { return &state{terms: map[string]*term{}} }

// ready notes what is asked for at every object, once all terms are defined.
func (s *state) ready() *state {
	s.ids, s.types = nil, nil
	for name, t := range s.terms {
		switch {
		case t != nil && t.keyword == isID:
			s.ids = append(s.ids, name)
		case t != nil && t.keyword == isType:
			s.types = append(s.types, name)
		}
	}
	if !s.own {
		s.near = &near{}
		for name, t := range s.terms {
			if name != "" && t != nil {
				n := &s.near[s.near.at(name)]
				n.name, n.term = name, t
			}
		}
	}
	return s
}

func (s *state) clone() *state {
	return &state{terms: maps.Clone(s.terms), vocab: s.vocab, previous: s.previous, own: s.own}
}

// transitions remember which state follows by what. Reading takes no lock.
type transitions[K comparable] struct {
	known atomic.Pointer[map[K]*state]
}

func (t *transitions[K]) get(by K) (*state, bool) {
	known := t.known.Load()
	if known == nil {
		return nil, false
	}
	s, ok := (*known)[by]
	return s, ok
}

// put is called under the engine's lock, or for a state that one document has for itself.
func (t *transitions[K]) put(by K, s *state) {
	var grown map[K]*state
	if known := t.known.Load(); known != nil {
		grown = maps.Clone(*known)
	} else {
		grown = map[K]*state{}
	}
	grown[by] = s
	t.known.Store(&grown)
}

// The bounds of what is compiled: by one document, and held for all. Contexts can be put
// together in more ways than anybody needs.
const (
	maxCompiled = 96
	maxStates   = 4096
	maxContexts = 16  // in one list, and within each other
	maxTerms    = 256 // in one context: each is looked for by the others
	maxIRI      = 512 // bytes of one that a context has: a document may repeat it in every value
)

// follow returns the state that t, of a state s, has for a key, compiled where it is not
// known yet.
func follow[K comparable](w *walk, s *state, t *transitions[K], by K, compile func() (*state, error)) (*state, error) {
	if s, ok := t.get(by); ok {
		return s, nil
	}
	if err := w.spend(); err != nil {
		return nil, err
	}
	if s.own {
		next, err := compile()
		if err == nil {
			t.put(by, next)
		}
		return next, err
	}
	e := w.engine
	e.mu.Lock()
	defer e.mu.Unlock()
	if s, ok := t.get(by); ok {
		return s, nil
	}
	next, err := compile()
	if err != nil {
		return nil, err
	}
	if e.states++; e.states > maxStates { // forget all; those who are in it go on
		e.states = 0
		e.roots.known.Store(nil)
		return next, nil
	}
	t.put(by, next)
	return next, nil
}

// spend counts a state that the document has compiled.
func (w *walk) spend() error {
	if w.compiled++; w.compiled > maxCompiled {
		return refuse("more contexts put together than one document may")
	}
	return nil
}

// inType returns the state inside an object of a type, which does not reach further in.
func (w *walk) inType(s *state, t *term) (*state, error) {
	return follow(w, s, &s.byType, t, func() (*state, error) {
		return w.engine.process(s, t.scoped, scope{})
	})
}

// inProperty returns the state inside the values of a property.
func (w *walk) inProperty(s *state, t *term) (*state, error) {
	return follow(w, s, &s.byProperty, t, func() (*state, error) {
		return w.engine.process(s, t.scoped, scope{propagate: true, override: true})
	})
}

// under returns the state under a list of contexts that stands in a document.
func (w *walk) under(s *state, t *transitions[string], contexts strictjson.Value) (*state, error) {
	if contexts.Is(strictjson.Array) && contexts.Len() > maxContexts {
		return nil, refuse("too many contexts")
	}
	w.key = w.key[:0]
	for c := range contexts.Listed() {
		switch c.Kind() {
		case strictjson.String:
			// With its length before it, an address is never taken for several.
			w.key = append(strconv.AppendInt(w.key, int64(len(c.Text())), 10), ':')
			w.key = append(w.key, c.Text()...)
		case strictjson.Object:
			return w.underOwn(s, contexts)
		default:
			return nil, refuse("a context that is neither an address nor an object")
		}
	}
	if known := t.known.Load(); known != nil {
		if next, ok := (*known)[string(w.key)]; ok {
			return next, nil
		}
	}
	return follow(w, s, t, string(w.key), func() (*state, error) {
		return w.engine.process(s, contexts, scope{propagate: true})
	})
}

// underOwn returns the state under contexts of which some are the document's own.
func (w *walk) underOwn(s *state, contexts strictjson.Value) (*state, error) {
	if err := w.spend(); err != nil {
		return nil, err
	}
	w.own = true
	active := s.clone()
	active.own = true
	return w.engine.process(active, contexts, scope{propagate: true})
}

func (w *walk) root(contexts strictjson.Value) (*state, error) {
	if !contexts.Present() {
		return nil, refuse("no context")
	}
	return w.under(newRoot, &w.engine.roots, contexts)
}

// newRoot is the state before any context.
var newRoot = newState()
