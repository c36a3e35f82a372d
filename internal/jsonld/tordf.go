package jsonld

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"laurel/internal/rdfc"
)

const (
	rdfNS    = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
	xsdNS    = "http://www.w3.org/2001/XMLSchema#"
	i18nNS   = "https://www.w3.org/ns/i18n#"
	rdfType  = rdfNS + "type"
	rdfFirst = rdfNS + "first"
	rdfRest  = rdfNS + "rest"
	rdfNil   = rdfNS + "nil"
)

// toRDF turns expanded JSON-LD into statements (JSON-LD 1.1 API §8), and counts the
// values of the document that became part of one.
type toRDF struct {
	data   rdfc.Dataset
	named  map[string]rdfc.Node // the blank nodes that have a label of their own
	labels []string             // by the number of a blank node; empty: it has none of its own
	fresh  int                  // those that have none
	leaves int
	json   literals

	nameCells bool   // call the cells of a list by what it is the value of, and their places
	valueOf   string // the subject and property whose value is being stated
}

func lossf(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrDataLoss, fmt.Sprintf(format, args...))
}

func (t *toRDF) blank() rdfc.Node {
	t.fresh++
	t.labels = append(t.labels, "")
	return t.data.NewBlank()
}

// labelled returns the blank node of a label.
func (t *toRDF) labelled(label string) rdfc.Node {
	n, known := t.named[label]
	if !known {
		if t.named == nil {
			t.named = map[string]rdfc.Node{}
		}
		n = t.data.NewBlank()
		t.named[label], t.labels = n, append(t.labels, label)
	}
	return n
}

// nameOf tells nodes apart in the names of cells.
func (t *toRDF) nameOf(n rdfc.Node) string {
	if n.Blank != 0 {
		return labelOf(t.labels, n.Blank)
	}
	return n.IRI
}

func (t *toRDF) cell(list string, place int) rdfc.Node {
	if t.nameCells {
		return t.labelled("l" + list + " " + strconv.Itoa(place))
	}
	return t.blank()
}

// node states what a node object says and returns the node's own term.
func (t *toRDF) node(object map[string]any, graph rdfc.Node) (rdfc.Node, error) {
	subject, err := t.subject(object)
	if err != nil {
		return subject, err
	}
	for property, v := range object {
		switch property {
		case "@id":
		case "@type":
			err = t.types(subject, v, graph)
		case "@graph":
			err = t.graph(subject, v)
		default:
			err = t.property(subject, property, v, graph)
		}
		if err != nil {
			return subject, err
		}
	}
	return subject, nil
}

func (t *toRDF) subject(object map[string]any) (rdfc.Node, error) {
	id, ok := object["@id"]
	if !ok {
		return t.blank(), nil
	}
	t.leaves++
	iri, ok := id.(string)
	if !ok {
		return rdfc.Node{}, lossf("an identifier is not text")
	}
	return t.resource(iri)
}

// resource returns the node of an identifier: an absolute IRI, or a blank node label of
// the document's own, kept apart from the fresh ones.
func (t *toRDF) resource(id string) (rdfc.Node, error) {
	if label, ok := strings.CutPrefix(id, "_:"); ok && blankLabel().MatchString(label) {
		return t.labelled("d" + label), nil
	}
	if !IsIRI(id) {
		return rdfc.Node{}, lossf("%q is not an absolute address", shorten(id))
	}
	return rdfc.Node{IRI: id}, nil
}

var blankLabel = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`) })

// IsIRI reports whether s is an absolute IRI that N-Quads can carry as it stands.
func IsIRI(s string) bool { return rdfc.IsIRI(s) }

func shorten(s string) string {
	if len(s) > 80 {
		return strings.ToValidUTF8(s[:80], "") + "…"
	}
	return s
}

func (t *toRDF) types(subject rdfc.Node, v any, graph rdfc.Node) error {
	types, ok := v.([]any)
	if !ok {
		types = []any{v}
	}
	for _, item := range types {
		t.leaves++
		iri, ok := item.(string)
		if !ok || !IsIRI(iri) {
			return lossf("no context defines the type %q", shorten(fmt.Sprint(item)))
		}
		t.data.State(subject, rdfType, rdfc.Term{Node: rdfc.Node{IRI: iri}}, graph)
	}
	return nil
}

func (t *toRDF) graph(name rdfc.Node, v any) error {
	nodes, _ := v.([]any)
	for _, item := range nodes {
		object, ok := item.(map[string]any)
		if !ok {
			return lossf("a value stands free in a graph")
		}
		before := len(t.data.Quads)
		if _, err := t.node(object, name); err != nil {
			return err
		}
		if len(t.data.Quads) == before {
			return lossf("a graph without statements")
		}
	}
	return nil
}

func (t *toRDF) property(subject rdfc.Node, property string, v any, graph rdfc.Node) error {
	if strings.HasPrefix(property, "@") {
		return fmt.Errorf("%w: %s", ErrUnsupported, property)
	}
	if !IsIRI(property) {
		return lossf("no context defines the property %q", shorten(property))
	}
	values, ok := v.([]any)
	if !ok {
		values = []any{v}
	}
	for _, item := range values {
		t.valueOf = t.nameOf(subject) + " " + property
		object, err := t.object(item, graph)
		if err != nil {
			return err
		}
		t.data.State(subject, property, object, graph)
	}
	return nil
}

func (t *toRDF) object(item any, graph rdfc.Node) (rdfc.Term, error) {
	object, ok := item.(map[string]any)
	if !ok {
		return rdfc.Term{}, lossf("a value was not expanded")
	}
	if _, ok := object["@value"]; ok {
		return t.literal(object)
	}
	if list, ok := object["@list"]; ok {
		items, _ := list.([]any)
		return t.list(items, graph)
	}
	node, err := t.node(object, graph)
	return rdfc.Term{Node: node}, err
}

func (t *toRDF) list(items []any, graph rdfc.Node) (rdfc.Term, error) {
	rest, list := rdfc.Term{Node: rdfc.Node{IRI: rdfNil}}, t.valueOf
	for i := len(items) - 1; i >= 0; i-- {
		first, err := t.object(items[i], graph)
		if err != nil {
			return rest, err
		}
		cell := t.cell(list, i)
		t.data.State(cell, rdfFirst, first, graph)
		t.data.State(cell, rdfRest, rest, graph)
		rest = rdfc.Term{Node: cell}
	}
	return rest, nil
}

// literal converts a value object (JSON-LD 1.1 API §8.2.2), directions as i18n-datatype.
func (t *toRDF) literal(object map[string]any) (rdfc.Term, error) {
	t.leaves++
	datatype, _ := object["@type"].(string)
	if datatype == "@json" {
		return t.json.literal(object["@value"])
	}
	if datatype != "" && !IsIRI(datatype) {
		return rdfc.Term{}, lossf("no context defines the datatype %q", shorten(datatype))
	}
	switch v := object["@value"].(type) {
	case string:
		return text(object, v, datatype)
	case bool:
		return literal(strconv.FormatBool(v), orDefault(datatype, "boolean")), nil
	case json.Number:
		return number(v, datatype)
	}
	return rdfc.Term{}, lossf("a value is neither text, number nor truth value")
}

func literal(lexical, datatype string) rdfc.Term {
	return rdfc.Term{Lexical: lexical, Close: rdfc.Close(datatype, "")}
}

func text(object map[string]any, v, datatype string) (rdfc.Term, error) {
	language, hasLanguage := object["@language"].(string)
	direction, hasDirection := object["@direction"].(string)
	language = strings.ToLower(language)
	switch {
	case hasLanguage && !rdfc.IsLanguage(language):
		return rdfc.Term{}, lossf("%q is not a language tag", shorten(language))
	case hasDirection && direction != "ltr" && direction != "rtl":
		return rdfc.Term{}, lossf("%q is not a text direction", shorten(direction))
	case hasDirection:
		return literal(v, i18nNS+language+"_"+direction), nil
	case hasLanguage:
		return rdfc.Term{Lexical: v, Close: rdfc.Close("", language)}, nil
	}
	return literal(v, datatype), nil
}

func orDefault(datatype, xsd string) string {
	if datatype == "" {
		return xsdNS + xsd
	}
	return datatype
}

// number writes whole numbers below 10^21 as integers and all others in the canonical
// form of xsd:double (JSON-LD 1.1 API §8.2.2 steps 10 and 11).
func number(v json.Number, datatype string) (rdfc.Term, error) {
	f, err := v.Float64()
	if err != nil {
		return rdfc.Term{}, lossf("the number %s cannot be carried", shorten(v.String()))
	}
	if f != math.Trunc(f) || math.Abs(f) >= 1e21 || datatype == xsdNS+"double" {
		return literal(rdfc.Double(f), orDefault(datatype, "double")), nil
	}
	return literal(rdfc.Integer(f), orDefault(datatype, "integer")), nil
}
