package jsonld

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"laurel/internal/jcs"
	"laurel/internal/rdfc"
	"laurel/internal/strictjson"
)

// isJSON is the type of a term whose values are JSON literals.
const isJSON = "@json"

// literals are values of a document that are JSON literals (JSON-LD 1.1 API §5.1.2 step 13.6):
// each is one value of whatever kind, in which nothing of JSON-LD holds.
//
// Which values are such is for expansion to say: the same name may stand for something else
// under another context. So those are taken for literals whose names some context gives the
// type @json. A text goes into expansion in the place of each; what does not come back as a
// literal was taken for one wrongly, and goes into expansion as it is.
type literals struct {
	values []strictjson.Value
	places map[strictjson.Value]int // among values
}

func newLiterals(values []strictjson.Value) literals {
	l := literals{values, make(map[strictjson.Value]int, len(values))}
	for i, v := range values {
		l.places[v] = i
	}
	return l
}

func (l literals) has(v strictjson.Value) bool {
	_, ok := l.places[v]
	return ok
}

// expandWithLiterals checks the form of a document and expands it, and tells t its literals.
func (p *Processor) expandWithLiterals(contexts, document strictjson.Value, budget *Budget, t *toRDF) (formWalk, []any, error) {
	guess := guess{names: p.general().known.json, own: map[string]bool{}, wrong: map[strictjson.Value]bool{}}
	guess.learn(contexts)
	guess.learnWithin(document)
	for {
		t.json = newLiterals(guess.taken(nil, document))
		form, err := p.checkForm(contexts, document, t.json, budget)
		if err != nil {
			return form, nil, err
		}
		tree, _ := t.json.replaced(document).(map[string]any)
		delete(tree, "@context")
		if contexts.Present() {
			tree["@context"] = contexts.Tree()
		}
		if form.versions {
			tree, _ = withoutVersions(tree).(map[string]any)
		}
		expanded, err := p.expand(tree)
		if err != nil {
			return form, nil, err
		}
		if !guess.improve(t.json, expanded) {
			return form, expanded, nil
		}
	}
}

// guess says which values of a document are taken for literals.
type guess struct {
	names map[string]bool // of literals in some pinned context
	own   map[string]bool // of those in a context of the document's own
	wrong map[strictjson.Value]bool
}

// learn notes the names in contexts of the document's own.
func (g *guess) learn(contexts strictjson.Value) {
	for context := range contexts.Listed() {
		for name, definition := range context.Members() {
			if definition.Member("@type").Text() == isJSON {
				g.own[name] = true
			}
		}
	}
}

func (g *guess) learnWithin(v strictjson.Value) {
	for item := v.First(); item.Present(); item = item.Next() {
		if item.Name() == "@context" {
			g.learn(item)
		}
		g.learnWithin(item)
	}
}

// taken appends what is taken for literals within a value.
func (g *guess) taken(found []strictjson.Value, v strictjson.Value) []strictjson.Value {
	for item := v.First(); item.Present(); item = item.Next() {
		switch name := item.Name(); {
		case v.Hides(item) || name == "@context":
		case (g.names[name] || g.own[name]) && !g.wrong[item]:
			found = append(found, item)
		default:
			found = g.taken(found, item)
		}
	}
	return found
}

// improve notes which of what was taken for literals expansion does not know as such, and
// reports whether there are any. Values within them may be literals, so that it takes as many
// turns as they are deep.
func (g *guess) improve(taken literals, expanded any) bool {
	right := make([]bool, len(taken.values))
	taken.find(right, expanded)
	for i, v := range taken.values {
		if !right[i] {
			g.wrong[v] = true
		}
	}
	return slices.Contains(right, false)
}

// placeholder begins the text that stands for a literal.
const placeholder = "json:"

// replaced returns the tree of a value with a text in the place of each literal.
func (l literals) replaced(v strictjson.Value) any {
	if i, ok := l.places[v]; ok {
		return placeholder + strconv.Itoa(i)
	}
	switch v.Kind() {
	case strictjson.Object:
		object := make(map[string]any, v.Len())
		for name, member := range v.Members() {
			object[name] = l.replaced(member)
		}
		return object
	case strictjson.Array:
		array := make([]any, 0, v.Len())
		for item := range v.Items() {
			array = append(array, l.replaced(item))
		}
		return array
	}
	return v.Tree()
}

// replacedBy returns the place of the literal for which a text stands.
func (l literals) replacedBy(text any) (place int, ok bool) {
	s, _ := text.(string)
	number, ok := strings.CutPrefix(s, placeholder)
	place, err := strconv.Atoi(number)
	return place, ok && err == nil && 0 <= place && place < len(l.values)
}

// find marks the literals that are such in what was expanded.
func (l literals) find(right []bool, expanded any) {
	switch v := expanded.(type) {
	case map[string]any:
		if place, ok := l.replacedBy(v["@value"]); ok && v["@type"] == isJSON {
			right[place] = true
		}
		for _, member := range v {
			l.find(right, member)
		}
	case []any:
		for _, item := range v {
			l.find(right, item)
		}
	}
}

// literal returns the term of a JSON literal (JSON-LD 1.1 API §8.2.2 step 8, with the
// canonical form of RFC 8785), by the text that stood for it.
func (l literals) literal(text any) (rdfc.Term, error) {
	place, ok := l.replacedBy(text)
	if !ok {
		return rdfc.Term{}, fmt.Errorf("%w: a JSON literal that was not taken for one", ErrUnsupported)
	}
	canonical, err := jcs.Canonical(l.values[place])
	if err != nil {
		return rdfc.Term{}, lossf("a JSON literal: %s", err)
	}
	return literal(string(canonical), rdfNS+"JSON"), nil
}
