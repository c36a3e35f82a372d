// Package jsonld answers: which statements does this document make?
//
// It is the gate to JSON-LD 1.1 processing. Documents are read in compact form, under
// contexts from a closed set, in safe mode: whatever would not become a statement, and
// so would not be signed, makes the reading fail (VC-DI §2.4.1). Package engine reads most
// of them. What it refuses is read in the general way: json-gold expands; the checks around
// it and the way to RDF are ours, because json-gold drops relative and malformed IRIs in
// silence and lets unmapped types pass.
//
// What the statements mean, and who signed them, is left to others.
package jsonld

import (
	"context"
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"sync"

	"laurel/internal/engine"
	"laurel/internal/rdfc"
	"laurel/internal/strictjson"
	"laurel/schemas"
)

// The outcomes that callers tell apart. Every error of this package wraps one of them,
// rdfc.ErrBudget or a context's error.
var (
	// ErrDataLoss: something in the document makes no statement, so that no proof can
	// cover it (DATA_LOSS_DETECTION_ERROR).
	ErrDataLoss = errors.New("part of the document would not be covered by a proof")
	// ErrContext: a context is wrong, or redefines a protected term.
	ErrContext = errors.New("the document cannot be read under its contexts")
	// ErrUnknownContext: a context is outside the closed set. Nothing was shown about the
	// rest.
	ErrUnknownContext = errors.New("the document uses a context that is not known here")
	// ErrUnsupported: a form of JSON-LD that this package does not process.
	ErrUnsupported = errors.New("the document uses a form of JSON-LD that is not processed here")
)

// Processor reads documents under one closed set of contexts. It is safe for concurrent
// use.
type Processor struct {
	lookup  func(url string) (schemas.Context, bool)
	engine  *engine.Engine
	general func() *general
}

// general is what the general way needs.
type general struct {
	contexts map[string]any
	known    dictionary
}

// Pinned returns the processor for the pinned contexts.
var Pinned = sync.OnceValue(func() *Processor { return newProcessor(schemas.LookupContext) })

// OlderEdition returns a processor that differs from Pinned's in one way: a context that
// its publisher edited in place is taken in its older edition.
var OlderEdition = sync.OnceValue(func() *Processor {
	return newProcessor(func(url string) (schemas.Context, bool) {
		if older, ok := schemas.OlderEdition(url); ok {
			return older, true
		}
		return schemas.LookupContext(url)
	})
})

func newProcessor(lookup func(url string) (schemas.Context, bool)) *Processor {
	p := &Processor{lookup: lookup}
	p.engine = engine.New(func(url string) (strictjson.Value, bool) {
		c, known := lookup(url)
		if !known {
			return strictjson.Value{}, false
		}
		return parsed(c), true
	})
	p.general = sync.OnceValue(p.newGeneral)
	return p
}

// parsed reads an embedded context.
func parsed(c schemas.Context) strictjson.Value {
	v, err := strictjson.Read(c.Bytes, strictjson.Limits{})
	if err != nil {
		panic("jsonld: embedded context " + c.URL + ": " + err.Error())
	}
	return v
}

func (p *Processor) newGeneral() *general {
	g := &general{
		contexts: map[string]any{},
		known:    dictionary{terms: map[string]map[string]bool{}, names: map[string]map[string]bool{}, json: map[string]bool{}},
	}
	for _, c := range schemas.Contexts() {
		c, _ = p.lookup(c.URL)
		tree := parsed(c).Tree()
		g.known.learn(c.URL, tree)
		g.contexts[c.URL] = withContainers(withFloats(tree))
	}
	return g
}

// withFloats gives a context's numbers, of which @version is the only one, the type that
// json-gold looks for.
func withFloats(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			v[name] = withFloats(member)
		}
	case []any:
		for i, item := range v {
			v[i] = withFloats(item)
		}
	case json.Number:
		f, err := v.Float64()
		if err != nil {
			panic("jsonld: a context with the number " + v.String())
		}
		return f
	}
	return v
}

// withContainers says the container of a term again in the empty context that the term
// brings along, as verifiableCredential does: json-gold looks for it there, and not where
// the term is defined (JSON-LD 1.1 API §5.1.2 step 13.6).
func withContainers(v any) any {
	object, _ := v.(map[string]any)
	for name, member := range object {
		term, _ := member.(map[string]any)
		scoped, has := term["@context"]
		if has && scoped == nil && term["@container"] != nil {
			again := map[string]any{name: map[string]any{"@id": term["@id"], "@container": term["@container"]}}
			term["@context"] = []any{nil, again}
		}
		withContainers(member)
	}
	return v
}

// Graph is the statements of one document.
type Graph struct {
	root   rdfc.Node // the document's own node
	data   rdfc.Dataset
	labels []string // what the document calls its blank nodes, by their numbers
	fresh  int      // blank nodes that the document does not name
	inline bool
	way    Way
	read   engine.Statements // whose memory data stands in
}

// Release ends the graph: it states nothing from then on and has no canonical form, and the
// memory that its statements take serves other documents. A graph that nobody releases is left
// to the collector of memory.
func (g *Graph) Release() {
	g.read.Release()
	g.data = rdfc.Dataset{}
}

// Keep gives the graph memory of its own, no more than it needs, for those who hold it long.
func (g *Graph) Keep() {
	kept := g.data.Clone()
	g.Release()
	g.data = kept
}

// errReleased keeps a graph that was released from having the canonical form of nothing.
var errReleased = errors.New("the statements were released")

// Way is how a document was read.
type Way string

// The ways: in one pass under compiled contexts, as documents with pinned contexts are, or
// by expansion, as all others.
const (
	Compiled Way = "compiled"
	General  Way = "general"
)

// Way returns how the document was read. The statements are the same either way.
func (g *Graph) Way() Way { return g.way }

// Canonical is what RDFC-1.0 makes of a graph.
type Canonical struct {
	NQuads []byte            // the canonical N-Quads document
	Labels map[string]string // label of a blank node in the graph to its canonical label, both without "_:"
}

// labelOf returns what the graph calls a blank node, for those who compare graphs.
func labelOf(labels []string, blank int32) string {
	if int(blank) <= len(labels) && labels[blank-1] != "" {
		return labels[blank-1]
	}
	return "n" + strconv.Itoa(int(blank))
}

// Inline reports whether the document brings a context of its own.
func (g *Graph) Inline() bool { return g.inline }

// Read reads what a document states.
func (p *Processor) Read(document strictjson.Value) (*Graph, error) {
	return p.ReadWithin(document, new(Default))
}

// ReadWithin is Read for one of several documents that are read on one budget.
func (p *Processor) ReadWithin(document strictjson.Value, budget *Budget) (*Graph, error) {
	return p.ReadUnder(document.Member("@context"), document, budget)
}

// ReadUnder is ReadWithin for a document that is read as if contexts stood in its @context,
// whatever stands there.
func (p *Processor) ReadUnder(contexts, document strictjson.Value, budget *Budget) (*Graph, error) {
	s, err := p.engine.Read(contexts, document)
	if err != nil {
		return p.readGeneral(contexts, document, budget, &toRDF{})
	}
	if s.Own {
		if _, err := p.checkForm(contexts, document, newLiterals(s.JSON), budget); err != nil {
			return nil, err
		}
	}
	g := &Graph{root: s.Root, data: s.Data, fresh: int(s.Data.Blanks), inline: s.Own, way: Compiled, read: s}
	return g, budget.spend(1+len(s.Data.Quads)/statements, 1)
}

// readGeneral reads a document by expansion.
func (p *Processor) readGeneral(contexts, document strictjson.Value, budget *Budget, t *toRDF) (*Graph, error) {
	form, expanded, err := p.expandWithLiterals(contexts, document, budget, t)
	if err != nil {
		return nil, err
	}
	if len(expanded) != 1 {
		return nil, fmt.Errorf("%w: it makes no statement, or more than one thing is stated about", ErrDataLoss)
	}
	root, ok := expanded[0].(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%w: it does not describe a thing", ErrDataLoss)
	}
	node, err := t.node(root, rdfc.Node{})
	if err != nil {
		return nil, err
	}
	if len(t.data.Quads) == 0 {
		return nil, fmt.Errorf("%w: it makes no statement", ErrDataLoss)
	}
	if t.leaves != form.leaves {
		return nil, fmt.Errorf("%w: %d values in it, %d of them stated", ErrDataLoss, form.leaves, t.leaves)
	}
	return &Graph{root: node, data: t.data, labels: t.labels, fresh: t.fresh, inline: form.terms > 0, way: General}, nil
}

// Canonical returns the canonical N-Quads of the statements (RDFC-1.0 with hash, SHA-256
// or SHA-384).
func (g *Graph) Canonical(ctx context.Context, hash crypto.Hash) ([]byte, error) {
	c, err := g.Canonicalize(ctx, hash, new(Default))
	return c.NQuads, err
}

// Canonicalize is Canonical for one of several graphs on one budget; it returns the
// canonical labels of the blank nodes as well.
func (g *Graph) Canonicalize(ctx context.Context, hash crypto.Hash, budget *Budget) (Canonical, error) {
	if len(g.data.Quads) == 0 {
		return Canonical{}, errReleased
	}
	c, err := rdfc.Canonicalize(ctx, &g.data, hash, &budget.Canonical)
	if err != nil {
		return Canonical{}, err
	}
	labels := make(map[string]string, g.data.Blanks)
	for b := int32(1); b <= g.data.Blanks; b++ {
		if n := c.Labels[b]; n >= 0 {
			labels[labelOf(g.labels, b)] = "c14n" + strconv.Itoa(int(n))
		}
	}
	return Canonical{NQuads: c.NQuads, Labels: labels}, nil
}

// AppendDigest appends the hash of the canonical N-Quads to what is given.
func (g *Graph) AppendDigest(ctx context.Context, out []byte, hash crypto.Hash, budget *Budget) ([]byte, error) {
	if len(g.data.Quads) == 0 {
		return nil, errReleased
	}
	return rdfc.AppendDigest(ctx, out, &g.data, hash, &budget.Canonical)
}

// Lines returns the statements as N-Quads in order, each blank node called what label makes
// of its label in this graph.
func (g *Graph) Lines(label func(string) string) []string {
	return g.data.Lines(func(blank int32) string { return label(labelOf(g.labels, blank)) })
}

// Type is the property that states a document's types.
const Type = rdfType

// Own returns what the document states of itself: the properties, absolute IRIs, with the
// IRIs of their values, empty for values that have none. It is found at every place: what is
// said of a nested object that has the document's own id is said of the document, where no
// reader looks for it.
func (g *Graph) Own() iter.Seq2[string, string] {
	return func(yield func(property, value string) bool) {
		for i := range g.data.Quads {
			q := &g.data.Quads[i]
			if q.Subject == g.root && q.Graph == (rdfc.Node{}) && !yield(q.Predicate, q.Object.IRI) {
				return
			}
		}
	}
}

// Types returns the absolute IRIs of the document's own types.
func (g *Graph) Types() []string {
	var types []string
	for property, value := range g.Own() {
		if property == rdfType {
			types = append(types, value)
		}
	}
	return types
}

// Uprooted reports whether the document may be a part of another one that was turned
// around: something else in it has the same value of a property, an absolute IRI, as the
// document itself, and something points to the document. A proof covers statements, not
// which of the things they are about comes first.
func (g *Graph) Uprooted(property string) bool {
	quads, pointed := g.data.Quads, false
	for i := range quads {
		q := &quads[i]
		pointed = pointed || q.Object.Node == g.root && q.Subject != g.root && q.Graph == (rdfc.Node{})
	}
	if !pointed {
		return false
	}
	own, others := map[rdfc.Term]bool{}, map[rdfc.Term]bool{}
	for i := range quads {
		switch q := &quads[i]; {
		case q.Predicate != property || q.Graph != (rdfc.Node{}):
		case q.Subject == g.root:
			own[q.Object] = true
		default:
			others[q.Object] = true
		}
	}
	for value := range own {
		if others[value] {
			return true
		}
	}
	return false
}
