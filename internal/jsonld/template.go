package jsonld

import (
	"context"
	"crypto"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"laurel/internal/rdfc"
	"laurel/internal/strictjson"
)

// ErrNoTemplate says that documents with other texts in some places cannot be known to state
// the same but for the texts. They are to be read one by one.
var ErrNoTemplate = errors.New("not to be read by a template")

// maxTemplate bounds the statements of a document that is made into a template.
const maxTemplate = 2000

// Template knows what documents state that differ from one another in the texts of some
// places. It is safe for concurrent use.
type Template struct {
	statements *rdfc.Template
	addresses  []address // of the places that stand for IRIs
	others     map[string]bool
}

// address is a place that stands for an IRI, and how the IRIs in it begin.
type address struct {
	place int
	begin string
}

// NewTemplate returns the template of a document of which read returns what it is with other
// texts in its places; texts are what stands there. It looks where the texts go in what the
// document states. That tells for all others, because what the engine makes of a text in a
// place depends on it in one way only: as an address, it may be a term, or begin with a
// prefix that is a term (JSON-LD 1.1 API §5.2.2). No pinned context defines a term with a
// colon; so one that begins with the same scheme is taken as it is, if this one was.
//
// ErrNoTemplate if a text goes anywhere else than into IRIs and the lexical forms of
// literals, such as into a type; if the document has contexts of its own, or is not one for
// the engine.
func (p *Processor) NewTemplate(read func(texts []string) strictjson.Value, texts []string, hash crypto.Hash) (*Template, error) {
	// Nobody who writes a part of the document can know what marks the places: what says the
	// same as a mark would be taken for its place.
	tag := rand.Text()
	marks := make([]string, len(texts))
	for n, text := range texts {
		marks[n] = beginning(text) + tag + "-" + strconv.Itoa(n) + "-x"
	}
	g, err := p.Read(read(marks))
	if err != nil {
		return nil, err
	}
	if g.way != Compiled || g.inline || len(g.data.Quads) > maxTemplate {
		return nil, fmt.Errorf("%w: it is not read under compiled contexts alone, or is too large", ErrNoTemplate)
	}
	t := &Template{statements: rdfc.NewTemplate(&g.data, hash, marks), others: map[string]bool{}}
	if err := t.place(g, tag, texts, marks); err != nil {
		return nil, err
	}
	return t, nil
}

// beginning is what decides how a text is read where an address stands: its scheme, and
// whether an authority follows.
func beginning(text string) string {
	scheme, rest, found := strings.Cut(text, ":")
	switch {
	case !found:
		return ""
	case strings.HasPrefix(rest, "//"):
		return scheme + "://"
	}
	return scheme + ":"
}

// place finds out where the marks went.
func (t *Template) place(g *Graph, tag string, texts, marks []string) error {
	whole := map[string]bool{}
	for _, mark := range marks {
		whole[mark] = true
	}
	for i := range g.data.Quads {
		q := &g.data.Quads[i]
		for _, iri := range [...]string{q.Subject.IRI, q.Object.IRI, q.Graph.IRI} {
			if !whole[iri] {
				t.others[iri] = true
			}
		}
		for _, text := range [...]string{q.Subject.IRI, q.Object.IRI, q.Graph.IRI, q.Object.Lexical, q.Predicate, q.Object.Close} {
			if !whole[text] && strings.Contains(strings.ToUpper(text), tag) || whole[q.Object.IRI] && q.Predicate == rdfType {
				return fmt.Errorf("%w: a text becomes a part of something else, or a type", ErrNoTemplate)
			}
		}
	}
	for n, mark := range marks {
		forIRI, forLexical := t.statements.Stands(mark)
		if forIRI == forLexical {
			return fmt.Errorf("%w: what stands in place %d is not stated, or in several ways", ErrNoTemplate, n+1)
		}
		if forIRI {
			t.addresses = append(t.addresses, address{n, beginning(texts[n])})
		}
	}
	return nil
}

// AppendDigest appends the hash of the canonical N-Quads of the document with texts in its
// places. ErrNoTemplate if one of them does not fit where it stands, or is an address that
// the document has elsewhere.
func (t *Template) AppendDigest(ctx context.Context, out []byte, texts []string, budget *Budget) ([]byte, error) {
	for i, a := range t.addresses {
		text := texts[a.place]
		if a.begin == "" || beginning(text) != a.begin || !rdfc.IsIRI(text) || t.others[text] {
			return out, fmt.Errorf("%w: what stands in place %d is not such an address as stood there before", ErrNoTemplate, a.place+1)
		}
		for _, b := range t.addresses[:i] {
			if texts[b.place] == text {
				return out, fmt.Errorf("%w: two places have one address", ErrNoTemplate)
			}
		}
	}
	return t.statements.AppendDigest(ctx, out, texts, &budget.Canonical)
}
