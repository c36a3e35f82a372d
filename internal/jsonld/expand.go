package jsonld

import (
	"errors"
	"fmt"
	"strings"

	"github.com/piprate/json-gold/ld"
)

// pinned hands json-gold the pinned contexts and nothing else.
type pinned map[string]any

func (p pinned) LoadDocument(url string) (*ld.RemoteDocument, error) {
	document, ok := p[url]
	if !ok {
		return nil, fmt.Errorf("%w: %q", ErrUnknownContext, shorten(url))
	}
	return &ld.RemoteDocument{DocumentURL: url, Document: document}, nil
}

// expand runs the expansion algorithm (JSON-LD 1.1 API §5.1.2) in safe mode.
func (p *Processor) expand(document map[string]any) (expanded []any, err error) {
	// json-gold asserts types that the parser of JSON cannot promise.
	defer func() {
		if r := recover(); r != nil {
			expanded, err = nil, fmt.Errorf("%w: a value has a type that JSON-LD does not allow there", ErrContext)
		}
	}()
	expanded, err = ld.NewJsonLdProcessor().Expand(document, p.options(true, nil))
	if err == nil {
		return expanded, nil
	}
	var failure *ld.JsonLdError
	if errors.As(err, &failure) && failure.Code == ld.InvalidProperty {
		if name, at := p.undefinedTerm(document); name != "" {
			return nil, fmt.Errorf("%w: no context defines %q at %s", ErrDataLoss, shorten(name), place(at))
		}
		return nil, fmt.Errorf("%w: a member has a name that no context defines", ErrDataLoss)
	}
	if failure != nil {
		return nil, fmt.Errorf("%w: %s", ErrContext, failure.Code)
	}
	return nil, fmt.Errorf("%w: %w", ErrContext, err)
}

func (p *Processor) options(safe bool, seen ld.ElementHandler) *ld.JsonLdOptions {
	o := ld.NewJsonLdOptions("")
	o.DocumentLoader = pinned(p.general().contexts)
	o.ProcessingMode = ld.JsonLd_1_1
	o.SafeMode = safe
	o.ExpandedElementHandler = seen
	return o
}

// undefinedTerm names a member that expansion drops: in the first node with fewer
// properties than members, one that no property's IRI ends with.
func (p *Processor) undefinedTerm(document map[string]any) (name, at string) {
	_, err := ld.NewJsonLdProcessor().Expand(document, p.options(false, func(pointer string, expanded any) {
		node, ok := expanded.(map[string]any)
		source, found := lookup(document, pointer)
		if name != "" || !ok || !found {
			return
		}
		ends := endsOf(node)
		for member := range source {
			if member != "@context" && member != "id" && member != "type" && !ends[strings.ToLower(member)] && (name == "" || member < name) {
				name, at = member, pointer
			}
		}
	}))
	if err != nil {
		return "", ""
	}
	return name, at
}

// endsOf returns the last parts of the IRIs of a node's properties, in small letters: what
// the members of its source could have been called.
func endsOf(node map[string]any) map[string]bool {
	ends := make(map[string]bool, len(node))
	for iri := range node {
		ends[strings.ToLower(iri[strings.LastIndexAny(iri, "#/")+1:])] = true
	}
	return ends
}

// lookup follows a JSON Pointer (RFC 6901) to an object.
func lookup(document map[string]any, pointer string) (map[string]any, bool) {
	tokens, err := PointerTokens(pointer)
	if err != nil {
		return nil, false
	}
	var v any = document
	for _, token := range tokens {
		switch here := v.(type) {
		case map[string]any:
			v = here[token]
		case []any:
			var i int
			if _, err := fmt.Sscanf(token, "%d", &i); err != nil || i < 0 || i >= len(here) {
				return nil, false
			}
			v = here[i]
		}
	}
	object, ok := v.(map[string]any)
	return object, ok
}
