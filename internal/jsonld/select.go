package jsonld

import (
	"bytes"
	"context"
	"crypto"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"laurel/internal/strictjson"
)

// ErrPointer says that a JSON Pointer finds nothing in the document.
var ErrPointer = errors.New("a pointer finds nothing in the document")

// Parts is a document of which parts can be taken so that each statement of a part is found
// again among those of the whole (VC-DI-ECDSA §3.4).
type Parts struct {
	Whole     Part
	processor *Processor
	named     map[string]any // the document with a name for every object that has none
	budget    *Budget
}

// Part is a part of a document, or the whole, with its statements; their blank nodes bear
// the same labels in every part.
type Part struct {
	Document  map[string]any
	Graph     *Graph
	Canonical Canonical // with SHA-256
}

// Parts reads a document so that parts of it can be taken. It refuses those of which the
// statements cannot be told apart by naming the objects, such as those with nameless graphs.
func (p *Processor) Parts(ctx context.Context, document map[string]any, budget *Budget) (*Parts, error) {
	parts := &Parts{processor: p, budget: budget, named: (&namer{}).object(document)}
	whole, err := parts.part(ctx, document, parts.named)
	if err != nil {
		return nil, err
	}
	parts.Whole = *whole
	return parts, nil
}

// part reads a document and the same with names, which must state the same.
func (p *Parts) part(ctx context.Context, document, named map[string]any) (*Part, error) {
	read := func(tree map[string]any, t *toRDF) (*Graph, error) {
		v := strictjson.Of(tree)
		return p.processor.readGeneral(v.Member("@context"), v, p.budget, t)
	}
	plain, err := read(document, &toRDF{})
	if err != nil {
		return nil, err
	}
	graph, err := read(named, &toRDF{nameCells: true})
	if err != nil {
		return nil, err
	}
	want, err := plain.Canonicalize(ctx, crypto.SHA256, p.budget)
	if err != nil {
		return nil, err
	}
	canonical, err := graph.Canonicalize(ctx, crypto.SHA256, p.budget)
	if err != nil {
		return nil, err
	}
	if graph.fresh > 0 || !bytes.Equal(want.NQuads, canonical.NQuads) {
		return nil, fmt.Errorf("%w: an object that cannot be named, in a document that is to be disclosed in parts", ErrUnsupported)
	}
	return &Part{document, graph, canonical}, nil
}

// Take returns the part that JSON Pointers (RFC 6901) name, with the contexts, and of every
// object on the way its type and name.
func (p *Parts) Take(ctx context.Context, pointers []string) (*Part, error) {
	paths, err := pathsOf(pointers)
	if err != nil {
		return nil, err
	}
	document, err := paths.takeMembers(p.Whole.Document, false)
	if err != nil {
		return nil, err
	}
	named, err := paths.takeMembers(p.named, true)
	if err != nil {
		return nil, err
	}
	return p.part(ctx, document, named)
}

// namer gives every object without an id one of its own.
type namer struct{ count int }

func (n *namer) object(object map[string]any) map[string]any {
	if _, isValue := object["@value"]; isValue {
		return object
	}
	named := make(map[string]any, len(object)+1)
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if v := object[name]; name == "@context" {
			named[name] = v
		} else {
			named[name] = n.value(v)
		}
	}
	if _, has := object["id"]; !has {
		named["id"] = "_:part-" + strconv.Itoa(n.count)
		n.count++
	}
	return named
}

func (n *namer) value(v any) any {
	switch v := v.(type) {
	case map[string]any:
		return n.object(v)
	case []any:
		named := make([]any, len(v))
		for i, item := range v {
			named[i] = n.value(item)
		}
		return named
	}
	return v
}

// paths is a tree of what JSON Pointers name: all of a value, or those of its members.
type paths struct {
	all     bool
	members map[string]*paths
}

// PointerTokens returns what a JSON Pointer names from one level to the next (RFC 6901 §4);
// nothing of the pointer to the whole.
func PointerTokens(pointer string) ([]string, error) {
	if pointer != "" && pointer[0] != '/' || strings.Contains(strings.NewReplacer("~0", "", "~1", "").Replace(pointer), "~") {
		return nil, fmt.Errorf("%q is not a JSON Pointer", shorten(pointer))
	}
	tokens := strings.Split(pointer, "/")[1:]
	for i, token := range tokens {
		tokens[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
	}
	return tokens, nil
}

func pathsOf(pointers []string) (*paths, error) {
	root := &paths{}
	for _, pointer := range pointers {
		tokens, err := PointerTokens(pointer)
		if err != nil {
			return nil, err
		}
		at := root
		for _, token := range tokens {
			if at.members == nil {
				at.members = map[string]*paths{}
			}
			if at.members[token] == nil {
				at.members[token] = &paths{}
			}
			at = at.members[token]
		}
		at.all = true
	}
	return root, nil
}

// take returns the part of v that the paths name. Blank names go along only where they are
// asked for.
func (p *paths) take(v any, blankNames bool) (any, error) {
	switch v := v.(type) {
	case map[string]any:
		return p.takeMembers(v, blankNames)
	case []any:
		return p.takeItems(v, blankNames)
	}
	if !p.all || len(p.members) > 0 {
		return nil, ErrPointer
	}
	return v, nil
}

func (p *paths) takeMembers(object map[string]any, blankNames bool) (map[string]any, error) {
	part := map[string]any{}
	for _, name := range []string{"@context", "id", "type"} {
		v, has := object[name]
		if id, _ := v.(string); has && (blankNames || name != "id" || !strings.HasPrefix(id, "_:")) {
			part[name] = v
		}
	}
	if p.all {
		part = object
	}
	for name, below := range p.members {
		v, has := object[name]
		if !has {
			return nil, fmt.Errorf("%w: %q", ErrPointer, shorten(name))
		}
		taken, err := below.take(v, blankNames)
		if err != nil {
			return nil, err
		}
		if !p.all {
			part[name] = taken
		}
	}
	return part, nil
}

// takeItems returns the items that are named, without gaps.
func (p *paths) takeItems(array []any, blankNames bool) (any, error) {
	part := []any{}
	for i, item := range array {
		if below := p.members[strconv.Itoa(i)]; below != nil {
			taken, err := below.take(item, blankNames)
			if err != nil {
				return nil, err
			}
			part = append(part, taken)
		}
	}
	switch {
	case len(part) != len(p.members):
		return nil, fmt.Errorf("%w: an item of a list", ErrPointer)
	case p.all:
		return array, nil
	}
	return part, nil
}
