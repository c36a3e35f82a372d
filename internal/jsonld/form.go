package jsonld

import (
	"fmt"
	"strconv"
	"strings"

	"laurel/internal/rdfc"
	"laurel/internal/strictjson"
)

// Budget bounds the reading of documents; each reading and each canonicalization takes off
// what it uses.
type Budget struct {
	Reading   int // work of expansion, by the prices below
	Canonical rdfc.Budget
}

// Default is the greatest budget of one document.
var Default = Budget{Reading: 400_000, Canonical: rdfc.Default}

// BudgetFor returns the budget of a document that is size bytes long, many times what a rich
// credential of that size needs: one of up to 64 KiB is read and put in canonical order, or
// refused, in some ten milliseconds.
func BudgetFor(size int) Budget {
	size = max(size, 64<<10)
	return Budget{Reading: size * 5 / 16, Canonical: rdfc.Budget{Quads: size / 8, Steps: size / 4}}.within(Default)
}

// Times returns the budget of some such documents, at most some times Default.
func (b Budget) Times(n int) Budget {
	return Budget{b.Reading * n, rdfc.Budget{Quads: b.Canonical.Quads * n, Steps: b.Canonical.Steps * n}}
}

func (b Budget) within(most Budget) Budget {
	return Budget{min(b.Reading, most.Reading), rdfc.Budget{
		Quads: min(b.Canonical.Quads, most.Canonical.Quads), Steps: min(b.Canonical.Steps, most.Canonical.Steps),
	}}
}

// Lend returns a part of the budget, at most most, for something to use; Settle takes off
// what of it was used.
func (b *Budget) Lend(most Budget) Budget { return b.within(most) }

// Settle is the end of a Lend: of what was lent, this is left.
func (b *Budget) Settle(lent, left Budget) {
	b.Reading -= lent.Reading - left.Reading
	b.Canonical.Quads -= lent.Canonical.Quads - left.Canonical.Quads
	b.Canonical.Steps -= lent.Canonical.Steps - left.Canonical.Steps
}

// spend pays for count things of one price.
func (b *Budget) spend(count, price int) error {
	if b.Reading -= count * price; b.Reading < 0 {
		return fmt.Errorf("%w: more objects, types and contexts than are read", ErrUnsupported)
	}
	return nil
}

// The prices of the general way are about a microsecond each: json-gold reads the contexts
// of a type anew for every object of that type.
const (
	statements = 8 // of the compiled way, for one

	priceValue   = 5
	priceObject  = 25
	priceType    = 60
	priceContext = 300
	priceTerm    = 20 // of a context of the document's own
)

// checkForm holds the document to compact form (VC-DM §4.2: a member is called by the
// name its context gives it), so that what a JSON reader finds under a name is what is
// stated, to the closed set of contexts and to the budget. The walk has counted how many
// values must be stated.
//
// A JSON literal is one value, and what it looks like inside is not the form of JSON-LD.
func (p *Processor) checkForm(contexts, document strictjson.Value, json literals, budget *Budget) (formWalk, error) {
	w := formWalk{general: p.general(), budget: budget, json: json, urls: map[string]bool{}}
	if contexts.Present() {
		if err := w.context(contexts, ""); err != nil {
			return w, err
		}
	}
	if err := w.node(document, ""); err != nil {
		return w, err
	}
	return w, w.checkDefined()
}

type formWalk struct {
	general  *general
	budget   *Budget
	json     literals
	leaves   int
	terms    int             // of the document's own contexts
	urls     map[string]bool // contexts named
	defined  [][2]string     // names and IRIs of the document's own contexts
	versions bool            // one of them has "@version"
}

func (w *formWalk) spend(count, price int) error { return w.budget.spend(count, price) }

func (w *formWalk) node(object strictjson.Value, at string) error {
	if object.Member("@value").Present() {
		return w.valueObject(object, at)
	}
	if err := w.spend(1, priceObject); err != nil {
		return err
	}
	for name, v := range object.Members() {
		switch {
		case name == "@context" && at == "":
			continue // what stands in its place was looked at
		case name == "@context":
			if err := w.context(v, at); err != nil {
				return err
			}
			continue
		case strings.HasPrefix(name, "@"):
			return fmt.Errorf("%w: the keyword %q at %s hides its value from readers of JSON", ErrDataLoss, shorten(name), place(at))
		case strings.Contains(name, ":"):
			return fmt.Errorf("%w: the member name %q at %s is an address, not a name from a context", ErrDataLoss, shorten(name), place(at))
		}
		if err := w.value(v, at+"/"+name); err != nil {
			return err
		}
		if name == "type" {
			if err := w.countTypes(v); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *formWalk) countTypes(v strictjson.Value) error {
	if v.Is(strictjson.Array) {
		return w.spend(v.Len(), priceType)
	}
	return w.spend(1, priceType)
}

func (w *formWalk) value(v strictjson.Value, at string) error {
	switch kind := v.Kind(); {
	case w.json.has(v):
		w.leaves++
		return w.spend(1, priceValue)
	case kind == strictjson.Null:
		return fmt.Errorf("%w: null at %s states nothing", ErrDataLoss, place(at))
	case kind == strictjson.Object:
		return w.node(v, at)
	case kind == strictjson.Array:
		i := 0
		for item := range v.Items() {
			if err := w.value(item, at+"/"+strconv.Itoa(i)); err != nil {
				return err
			}
			i++
		}
	default:
		w.leaves++
		return w.spend(1, priceValue)
	}
	return nil
}

// valueObject admits the language value objects of VC-DM §11.1: @value with @language
// and @direction, nothing else.
func (w *formWalk) valueObject(object strictjson.Value, at string) error {
	for name, v := range object.Members() {
		if name != "@value" && name != "@language" && name != "@direction" {
			return fmt.Errorf("%w: %q beside @value at %s", ErrDataLoss, shorten(name), place(at))
		}
		if !v.Is(strictjson.String) {
			return fmt.Errorf("%w: %q at %s is not text", ErrDataLoss, shorten(name), place(at))
		}
	}
	w.leaves++
	return w.spend(1, priceValue)
}

func (w *formWalk) context(v strictjson.Value, at string) error {
	if err := w.spend(1, priceContext); err != nil {
		return err
	}
	switch v.Kind() {
	case strictjson.String:
		url := v.Text()
		if _, known := w.general.contexts[url]; !known {
			return fmt.Errorf("%w: %q at %s", ErrUnknownContext, shorten(url), place(at))
		}
		w.urls[url] = true
		return nil
	case strictjson.Array:
		for item := range v.Items() {
			if item.Is(strictjson.Array) {
				return fmt.Errorf("%w: a list in the list of contexts at %s", ErrContext, place(at))
			}
			if err := w.context(item, at); err != nil {
				return err
			}
		}
		return nil
	case strictjson.Object:
		return w.inline(v, at)
	}
	return fmt.Errorf("%w: a context at %s is not an address", ErrContext, place(at))
}

// place writes a JSON Pointer, which is the document's own text, so that it can be shown.
func place(pointer string) string {
	if pointer == "" {
		return "the top"
	}
	return strconv.Quote(shorten(pointer))
}
