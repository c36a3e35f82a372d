package jsonld

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"laurel/internal/strictjson"
)

// A context that is written into the document is its author's, or that of whoever changed
// the document since: the same statements can be made under other names. So it may define
// names of its own for properties of its own, and nothing that the pinned contexts know: no
// name of theirs, unless it means the same; no second name for a property of theirs; no
// keyword. What a reader of the JSON finds under a known name is then what is stated.

// maxInlineTerms bounds what a document defines itself.
const maxInlineTerms = 128

// dictionary is what the pinned contexts define.
type dictionary struct {
	terms map[string]map[string]bool // by context: every name that it defines, at any scope
	names map[string]map[string]bool // by IRI: every name that any context has for it
	json  map[string]bool            // names of which one stands for JSON literals
}

// learn notes every definition in a pinned context, scoped ones included.
func (d *dictionary) learn(url string, context any) {
	defined := map[string]bool{}
	d.terms[url] = defined
	document, _ := context.(map[string]any)
	d.walk(document["@context"], defined, map[string]string{})
}

func (d *dictionary) walk(context any, defined map[string]bool, prefixes map[string]string) {
	switch context := context.(type) {
	case []any:
		for _, item := range context {
			d.walk(item, defined, prefixes)
		}
	case map[string]any:
		prefixes = maps.Clone(prefixes)
		for name, v := range context {
			if iri, ok := v.(string); ok && !strings.HasPrefix(name, "@") {
				prefixes[name] = iri
			}
		}
		for name, v := range context {
			if strings.HasPrefix(name, "@") {
				continue
			}
			defined[name] = true
			iri, _ := v.(string)
			if definition, ok := v.(map[string]any); ok {
				d.json[name] = d.json[name] || definition["@type"] == isJSON
				iri, _ = definition["@id"].(string)
				d.walk(definition["@context"], defined, prefixes)
			}
			d.note(iri, name, prefixes)
		}
	}
}

func (d *dictionary) note(iri, name string, prefixes map[string]string) {
	if prefix, rest, ok := strings.Cut(iri, ":"); ok && prefixes[prefix] != "" {
		iri = prefixes[prefix] + rest
	}
	if d.names[iri] == nil {
		d.names[iri] = map[string]bool{}
	}
	d.names[iri][name] = true
}

// inline checks one context object of a document, but for names, which are compared with
// the contexts that the whole document uses.
func (w *formWalk) inline(context strictjson.Value, at string) error {
	unsupported := func(name string) error {
		return fmt.Errorf("%w: %q in a context of its own at %s", ErrUnsupported, shorten(name), place(at))
	}
	if err := w.spend(context.Len(), priceTerm); err != nil {
		return err
	}
	for name, v := range context.Members() {
		if w.terms++; w.terms > maxInlineTerms {
			return fmt.Errorf("%w: more than %d terms of its own", ErrUnsupported, maxInlineTerms)
		}
		switch name {
		case "@vocab":
			if !v.Is(strictjson.Null) && (!v.Is(strictjson.String) || !w.general.known.own(v.Text(), "")) {
				return unsupported(name)
			}
			continue
		case "@protected":
			if !v.Is(strictjson.Bool) {
				return unsupported(name)
			}
			continue
		case "@version":
			if v.Number() != "1.1" {
				return unsupported(name)
			}
			w.versions = true
			continue
		}
		iri, ok := definition(v)
		if !ok || name == "" || strings.HasPrefix(name, "@") || strings.Contains(name, ":") {
			return unsupported(name)
		}
		if !absolute(iri) {
			return fmt.Errorf("%w: %q in it stands for no address", ErrContext, shorten(name))
		}
		if known := w.general.known.names[iri] != nil; known && v.Member("@type").Text() == isJSON || !w.general.known.own(iri, name) {
			return unsupported(name)
		}
		w.defined = append(w.defined, [2]string{name, iri})
	}
	return nil
}

// definition returns the address in a term definition of the few forms that are read: the
// address alone, or with its values' type, as a set or list.
func definition(v strictjson.Value) (iri string, ok bool) {
	if iri, ok := v.IsText(); ok {
		return iri, true
	}
	for name, v := range v.Members() {
		text := v.Text()
		switch name {
		case "@id":
			iri = text
		case "@type":
			if text != "@id" && text != isJSON && !absolute(text) {
				return "", false
			}
		case "@container":
			if text != "@set" && text != "@list" {
				return "", false
			}
		case "@protected":
			if !v.Is(strictjson.Bool) {
				return "", false
			}
		default:
			return "", false
		}
	}
	return iri, iri != ""
}

// schemes are those of addresses that a document's own terms may stand for: of no other
// could one tell whether it is an address or a shortened one.
var schemes = []string{"https://", "http://", "urn:", "did:", "tag:"}

func absolute(iri string) bool {
	return IsIRI(iri) && slices.ContainsFunc(schemes, func(s string) bool { return strings.HasPrefix(iri, s) && len(iri) > len(s) })
}

// own reports whether an IRI is none of the pinned contexts', or has this very name there.
// Without a name it is a vocabulary, of which none of their IRIs may be part.
func (d *dictionary) own(iri, name string) bool {
	if name == "" {
		for known := range d.names {
			if strings.HasPrefix(known, iri) {
				return false
			}
		}
		return absolute(iri)
	}
	names, known := d.names[iri]
	return !known || names[name]
}

// checkDefined compares the document's own terms with those of the contexts that it uses.
func (w *formWalk) checkDefined() error {
	prefixes := map[string]bool{}
	for _, d := range w.defined {
		prefixes[d[0]] = true
	}
	for _, d := range w.defined {
		name, iri := d[0], d[1]
		if scheme, _, _ := strings.Cut(iri, ":"); prefixes[scheme] {
			return fmt.Errorf("%w: the term %q is also the beginning of an address", ErrUnsupported, shorten(scheme))
		}
		if w.general.known.names[iri][name] {
			continue
		}
		for url := range w.urls {
			if w.general.known.terms[url][name] {
				return fmt.Errorf("%w: the document redefines %q, which its contexts define", ErrContext, shorten(name))
			}
		}
	}
	return nil
}

// withoutVersions returns the document without "@version" in its contexts, which says what
// holds anyway and which json-gold reads in one type of number only.
func withoutVersions(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for name, member := range v {
			if _, number := member.(json.Number); name == "@version" && number {
				continue
			}
			out[name] = withoutVersions(member)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = withoutVersions(item)
		}
		return out
	}
	return v
}
