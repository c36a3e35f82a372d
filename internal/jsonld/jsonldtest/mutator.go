package jsonldtest

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"laurel/internal/strictjson"
)

// Mutator makes documents out of others. Most of its changes put a thing where another
// document has one like it, so that the outcome can be read; some put anything anywhere.
type Mutator struct {
	random    *rand.Rand
	documents []any
	names     []string            // of members, anywhere
	values    []any               // anywhere
	under     map[string][]any    // values by the names of their members
	within    map[string][]member // members by the kinds of their objects
	alike     map[slot][]any      // values by the kinds of their objects and their names
	types     []any
}

type member struct {
	name  string
	value any
}

// slot is a member's name in objects of a kind.
type slot struct{ kind, name string }

// NewMutator returns a mutator of the documents.
func NewMutator(random *rand.Rand, documents map[string]strictjson.Value) *Mutator {
	m := &Mutator{
		random: random, names: slices.Clone(oddNames), values: slices.Clone(oddValues),
		under: map[string][]any{}, within: map[string][]member{}, alike: map[slot][]any{},
	}
	for _, name := range slices.Sorted(maps.Keys(documents)) {
		tree := documents[name].Tree()
		m.documents = append(m.documents, tree)
		m.collect(tree, "")
	}
	return m
}

// oddNames and oddValues are what documents hardly ever have in them.
var (
	oddNames = []string{
		"id", "type", "@context", "@id", "@type", "@value", "@list", "@graph", "undefined", "", "_:b", "a:b", "proof", "verifiableCredential", "raw", "jwk", "jsonSchema",
	}
	oddValues = []any{
		nil, true, false, "", "x", "_:b0", "@type", "@id", "@json", "id", "type", "schema:name", "urn:x", "https://a.example/é", "a b", "https://a.example/ x",
		"2026-01-01T00:00:00Z", "\u0000\"\\\n", "\U0001f600", "\ue000", "VerifiableCredential", "OpenBadgeCredential", "Achievement", "assertionMethod",
		[]any{}, map[string]any{}, []any{[]any{"x"}}, map[string]any{"id": "urn:x"}, map[string]any{"@value": "x"}, map[string]any{"@list": []any{"x"}},
	}
	numbers = []any{
		json.Number("0"), json.Number("-0"), json.Number("1"), json.Number("-17"), json.Number("1.5"), json.Number("1e21"), json.Number("1e-7"),
		json.Number("9007199254740991"), json.Number("-9007199254740991"), json.Number("0.1e1"), json.Number("5e-324"), true, false,
	}
	texts = []any{
		map[string]any{"@value": "x", "@language": "de"}, map[string]any{"@value": "x", "@language": "de-AT-x-a1"},
		map[string]any{"@value": "ش", "@language": "AR", "@direction": "rtl"}, map[string]any{"@value": "x", "@direction": "ltr"}, map[string]any{"@value": ""},
	}
	contexts = []any{
		"https://www.w3.org/ns/credentials/v2", "https://w3id.org/security/data-integrity/v2", "https://www.w3.org/ns/credentials/undefined-terms/v2",
		"https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json", "https://purl.imsglobal.org/spec/ob/v3p0/context.json", "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json",
		"https://www.w3.org/ns/did/v1", "https://w3id.org/security/v2", "https://www.w3.org/ns/credentials/examples/v2",
		"https://www.w3.org/ns/cid/v1", "https://w3id.org/security/jwk/v1", map[string]any{"raw": map[string]any{"@id": "https://x.example/raw", "@type": "@json"}},
		map[string]any{"raw": "https://x.example/raw"}, map[string]any{"jwk": map[string]any{"@id": "https://x.example/jwk", "@type": "@json", "@container": "@list"}},
	}
	endings = []string{"/x", " ", "é", "\n", "#", ":", "0", "\U0001f600", "\ufb01", "\u007f"}
)

func (m *Mutator) collect(v any, under string) {
	m.values = append(m.values, v)
	switch v := v.(type) {
	case map[string]any:
		kind := kindOf(v, under)
		for _, name := range slices.Sorted(maps.Keys(v)) {
			m.names = append(m.names, name)
			m.within[kind] = append(m.within[kind], member{name, v[name]})
			m.under[name] = append(m.under[name], v[name])
			m.alike[slot{kind, name}] = append(m.alike[slot{kind, name}], v[name])
			if name == "type" {
				m.types = append(m.types, v[name])
			}
			m.collect(v[name], name)
		}
	case []any:
		for _, item := range v {
			m.collect(item, under)
		}
	}
}

// kindOf returns what the objects that are like an object have in common: the last of their
// types, or else the name that they stand under.
func kindOf(object map[string]any, under string) string {
	if types := listed(object["type"]); len(types) > 0 {
		if last, ok := types[len(types)-1].(string); ok {
			return "type " + last
		}
	}
	return "under " + under
}

func pick[T any](m *Mutator, from []T) T { return from[m.random.IntN(len(from))] }

func copied(v any) any { return strictjson.Of(v).Tree() }

// Document returns one of the documents with up to four things in it changed, its members in
// any order, on one line.
func (m *Mutator) Document() []byte {
	tree := copied(pick(m, m.documents))
	tame := m.random.IntN(4) > 0
	for range 1 + m.random.IntN(4) {
		places := placesIn(nil, tree, slot{})
		switch {
		case len(places) == 0:
		case tame:
			m.change(pick(m, places))
		default:
			m.spoil(pick(m, places))
		}
	}
	return m.write(nil, tree)
}

// place is where a value stands: in an object, or in a list that stands there.
type place struct {
	slot
	object map[string]any
	list   []any
	index  int
}

func placesIn(places []place, v any, at slot) []place {
	switch v := v.(type) {
	case map[string]any:
		kind := kindOf(v, at.name)
		for _, name := range slices.Sorted(maps.Keys(v)) {
			in := slot{kind, name}
			places = placesIn(append(places, place{slot: in, object: v}), v[name], in)
		}
	case []any:
		for i, item := range v {
			places = placesIn(append(places, place{slot: at, list: v, index: i}), item, at)
		}
	}
	return places
}

func (p place) value() any {
	if p.object != nil {
		return p.object[p.name]
	}
	return p.list[p.index]
}

func (p place) set(v any) {
	if p.object != nil {
		p.object[p.name] = v
	} else {
		p.list[p.index] = v
	}
}

// change changes something such that it can mostly still be read.
func (m *Mutator) change(p place) {
	member, coin := p.object != nil, m.random.IntN(2) == 0
	switch {
	case member && coin && p.name == "type":
		p.set(append(listed(p.value()), listed(copied(pick(m, m.types)))...))
	case member && coin && p.name == "@context":
		p.set(append(listed(p.value()), copied(pick(m, contexts))))
	case p.name == "id", p.name == "type", strings.HasPrefix(p.name, "@"):
		p.set(m.like(p))
	default:
		m.changeProperty(p)
	}
}

func (m *Mutator) changeProperty(p place) {
	here := p.value()
	switch m.random.IntN(10) {
	case 0, 1:
		p.set(m.like(p))
	case 2, 3, 4:
		if object, ok := here.(map[string]any); ok {
			m.add(object, kindOf(object, p.name))
		} else if p.object != nil {
			m.add(p.object, p.kind)
		}
	case 5:
		if p.object != nil {
			delete(p.object, p.name)
		}
	case 6:
		if p.object != nil {
			p.set(append(listed(here), listed(m.like(p))...))
		}
	case 7:
		p.set(m.inOtherWords(here))
	case 8:
		if object, ok := here.(map[string]any); ok {
			object["@context"] = copied(pick(m, contexts))
		}
	default:
		if list, ok := here.([]any); ok {
			m.random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		} else if p.object != nil {
			p.set([]any{here})
		}
	}
}

// add gives an object a member that another of its kind has.
func (m *Mutator) add(object map[string]any, kind string) {
	if members := m.within[kind]; len(members) > 0 {
		added := pick(m, members)
		object[added.name] = copied(added.value)
	}
}

// like returns a value that stands in such a place elsewhere.
func (m *Mutator) like(p place) any {
	values := m.alike[p.slot]
	if len(values) == 0 {
		return p.value()
	}
	v := copied(pick(m, values))
	if list, ok := v.([]any); ok && p.object == nil && len(list) > 0 {
		return pick(m, list)
	}
	return v
}

// inOtherWords returns another scalar for a scalar.
func (m *Mutator) inOtherWords(v any) any {
	switch v := v.(type) {
	case string:
		switch m.random.IntN(4) {
		case 0:
			return copied(pick(m, texts))
		case 1:
			return pick(m, numbers)
		}
		return v + pick(m, endings)
	case json.Number, bool:
		return pick(m, numbers)
	}
	return v
}

// spoil puts anything anywhere.
func (m *Mutator) spoil(p place) {
	if p.object == nil {
		p.set(m.anything(p.value()))
		return
	}
	switch m.random.IntN(6) {
	case 0:
		p.object[pick(m, m.names)] = copied(pick(m, m.values))
	case 1:
		v := p.value()
		delete(p.object, p.name)
		p.object[pick(m, m.names)] = v
	case 2:
		p.set(m.anything(p.value()))
	case 3, 4: // what stands under a name elsewhere
		other := pick(m, m.names)
		if values := m.under[other]; len(values) > 0 {
			p.object[other] = copied(pick(m, values))
		}
	default:
		delete(p.object, p.name)
	}
}

func (m *Mutator) anything(v any) any {
	switch m.random.IntN(5) {
	case 0:
		return []any{v, copied(pick(m, m.values))}
	case 1:
		return []any{v, copied(v)}
	case 2:
		return []any{v}
	case 3:
		if text, ok := v.(string); ok {
			return text + pick(m, endings)
		}
	}
	return copied(pick(m, m.values))
}

// listed returns what a value stands for as a list of its own.
func listed(v any) []any {
	if list, ok := v.([]any); ok {
		return slices.Clone(list)
	}
	return []any{v}
}

// write appends the JSON of a tree, the members of each object in any order.
func (m *Mutator) write(out []byte, v any) []byte {
	switch v := v.(type) {
	case map[string]any:
		names := slices.Sorted(maps.Keys(v))
		m.random.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		out = append(out, '{')
		for i, name := range names {
			if i > 0 {
				out = append(out, ',')
			}
			out = append(m.write(out, name), ':')
			out = m.write(out, v[name])
		}
		return append(out, '}')
	case []any:
		out = append(out, '[')
		for i, item := range v {
			if i > 0 {
				out = append(out, ',')
			}
			out = m.write(out, item)
		}
		return append(out, ']')
	}
	scalar, err := json.Marshal(v)
	if err != nil {
		panic("jsonldtest: a tree with a type that is not JSON's")
	}
	return append(out, scalar...)
}
