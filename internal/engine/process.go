package engine

import (
	"strings"

	"laurel/internal/rdfc"
	"laurel/internal/strictjson"
)

// scope is where a context is processed (JSON-LD 1.1 API §4.1.2).
type scope struct {
	propagate bool // it reaches into the objects inside
	override  bool // it may define protected terms anew
	depth     int  // of contexts that name each other
}

// process returns the state that a context makes of another (JSON-LD 1.1 API §4.1.2).
func (e *Engine) process(active *state, local strictjson.Value, at scope) (*state, error) {
	result := active.clone()
	if !at.propagate && result.previous == nil {
		result.previous = active
	}
	for context := range local.Listed() {
		var err error
		switch context.Kind() {
		case strictjson.Null:
			result, err = nullified(result, at)
		case strictjson.String:
			result, err = e.named(result, context.Text(), at)
		case strictjson.Object:
			err = (&definitions{state: result, context: context, override: at.override}).all()
		default:
			err = refuse("a context that is no context")
		}
		if err != nil {
			return nil, err
		}
	}
	return result.ready(), nil
}

// nullified is what the context null leaves (§4.1.2 step 5.1).
func nullified(s *state, at scope) (*state, error) {
	if !at.propagate {
		return nil, refuse("a type that takes all terms away")
	}
	for _, t := range s.terms {
		if !at.override && t != nil && t.protected {
			return nil, refuse("protected terms taken away")
		}
	}
	return newState(), nil
}

// named processes a context by its address (§4.1.2 step 5.2).
func (e *Engine) named(s *state, url string, at scope) (*state, error) {
	document, known := e.lookup(url)
	switch {
	case !known:
		return nil, refuse("an unknown context")
	case at.depth == maxContexts:
		return nil, refuse("contexts that name each other too deep")
	}
	context := document.Member("@context")
	if !context.Present() {
		return nil, refuse("a document that is no context")
	}
	return e.process(s, context, scope{propagate: true, override: at.override, depth: at.depth + 1})
}

// definitions are those of one context, while they are made (JSON-LD 1.1 API §4.2).
type definitions struct {
	state     *state
	context   strictjson.Value
	override  bool
	protected bool
	progress  map[string]progress
}

type progress uint8

const (
	begun progress = iota + 1
	done
)

func (d *definitions) all() error {
	if d.context.Len() > maxTerms {
		return refuse("more terms than are read")
	}
	for name, v := range d.context.Members() {
		if !strings.HasPrefix(name, "@") {
			continue
		}
		switch {
		case name == "@protected" && v.Is(strictjson.Bool):
			d.protected = v.True()
		case name == "@version" && v.Number() == "1.1":
		case name == "@vocab" && len(v.Text()) <= maxIRI && (rdfc.IsIRI(v.Text()) || v.Is(strictjson.Null)):
			d.state.vocab = v.Text()
		default:
			return refuse("a context with %s", name)
		}
	}
	d.progress = make(map[string]progress, d.context.Len())
	for name := range d.context.Members() {
		if strings.HasPrefix(name, "@") {
			continue
		}
		if err := d.define(name); err != nil {
			return err
		}
	}
	return nil
}

// define creates a term definition (§4.2.2).
func (d *definitions) define(name string) error {
	switch d.progress[name] {
	case done:
		return nil
	case begun:
		return refuse("terms that define each other")
	}
	d.progress[name] = begun
	defer func() { d.progress[name] = done }()
	if name == "" || strings.ContainsAny(name, ":/") {
		return refuse("a term that is an address")
	}
	v, previous := d.context.Member(name), d.state.terms[name]
	guarded := previous != nil && previous.protected && !d.override
	if v.Is(strictjson.Null) {
		if guarded || d.protected {
			return refuse("a protected term taken away")
		}
		d.state.terms[name] = nil
		return nil
	}
	t, err := d.definition(name, v)
	if err != nil {
		return err
	}
	if guarded {
		t.protected = true
		if !t.same(previous) {
			return refuse("a protected term defined anew")
		}
		t = previous
	}
	d.state.terms[name] = t
	return nil
}

// same compares definitions (§4.2.2 step 27).
func (t *term) same(other *term) bool {
	a, b := *t, *other
	a.scoped, b.scoped = strictjson.Value{}, strictjson.Value{}
	return a == b && t.scoped.Equal(other.scoped)
}

func (d *definitions) definition(name string, v strictjson.Value) (*term, error) {
	t := &term{protected: d.protected}
	id, simple := v, v.Is(strictjson.String)
	if v.Is(strictjson.Object) {
		id = v.Member("@id")
		if err := d.members(t, v); err != nil {
			return nil, err
		}
	} else if !simple {
		return nil, refuse("a term that is defined as neither text nor object")
	}
	var err error
	switch {
	case id.Present() && id.Text() == "":
		return nil, refuse("a term without an address")
	case id.Present() && id.Text() != name:
		t.iri, err = d.expand(id.Text())
	case d.state.vocab != "":
		t.iri = d.state.vocab + name
	default:
		return nil, refuse("a term without an address")
	}
	if err != nil {
		return nil, err
	}
	switch {
	case t.iri == "@id":
		t.keyword = isID
	case t.iri == "@type":
		t.keyword = isType
	case t.iri == "@value": // where it decides whether a type's context ends (§5.1.2 step 7)
		return nil, refuse("another name for @value")
	case strings.HasPrefix(t.iri, "@"):
		t.keyword = otherKeyword
	case len(t.iri) > maxIRI || !rdfc.IsIRI(t.iri):
		return nil, refuse("a term that stands for no address")
	}
	t.prefix = simple && t.keyword == none && strings.ContainsRune(":/?#[]@", rune(t.iri[len(t.iri)-1]))
	return t, nil
}

// members reads an expanded definition but for @id.
func (d *definitions) members(t *term, v strictjson.Value) error {
	for key, member := range v.Members() {
		switch key {
		case "@id":
		case "@protected":
			if !member.Is(strictjson.Bool) {
				return refuse("a term with a %s that is no truth value", key)
			}
			t.protected = member.True()
		case "@context":
			t.scoped = member
		case "@type":
			if err := d.coerce(t, member.Text()); err != nil {
				return err
			}
		case "@container":
			if err := t.contain(member); err != nil {
				return err
			}
		default:
			return refuse("a term with %s", key)
		}
	}
	return nil
}

// contain reads the containers of a definition (§4.2.2 step 19).
func (t *term) contain(containers strictjson.Value) error {
	for c := range containers.Listed() {
		switch c.Text() {
		case "@set":
			t.container |= set
		case "@list":
			t.container |= list
		case "@graph":
			t.container |= graph
		default:
			return refuse("a term with the container %s", c.Text())
		}
	}
	if t.container&list != 0 && t.container != list {
		return refuse("a list that is something else as well")
	}
	return nil
}

func (d *definitions) coerce(t *term, to string) error {
	switch to {
	case "@id":
		t.coercion = toAddress
	case "@vocab":
		t.coercion = toVocab
	case "@json":
		t.coercion = toJSON
	default:
		datatype, err := d.expand(to)
		if err != nil {
			return err
		}
		if len(datatype) > maxIRI || !rdfc.IsIRI(datatype) {
			return refuse("a term with a datatype that is no address")
		}
		t.coercion, t.datatype, t.close = toDatatype, datatype, rdfc.Close(datatype, "")
	}
	return nil
}

// expand expands an IRI of a definition (§5.2.2, with a local context).
func (d *definitions) expand(v string) (string, error) {
	if strings.HasPrefix(v, "@") {
		return v, nil
	}
	if err := d.defineFirst(v); err != nil {
		return "", err
	}
	if t := d.state.terms[v]; t != nil {
		return t.iri, nil
	}
	prefix, suffix, compact := strings.Cut(v, ":")
	switch {
	case compact && (prefix == "" || prefix == "_"):
		return "", refuse("a blank node in a context")
	case compact && strings.HasPrefix(suffix, "//"):
		return v, nil
	case compact:
		if err := d.defineFirst(prefix); err != nil {
			return "", err
		}
		if t := d.state.terms[prefix]; t != nil && t.prefix {
			return t.iri + suffix, nil
		}
		return v, nil
	case d.state.vocab != "":
		return d.state.vocab + v, nil
	}
	return "", refuse("a relative address in a context")
}

// defineFirst defines a term of the same context before those that build on it.
func (d *definitions) defineFirst(name string) error {
	if strings.HasPrefix(name, "@") || !d.context.Member(name).Present() {
		return nil
	}
	return d.define(name)
}
