package jsonld

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// What a document may ask of json-gold, which reads the contexts of a type anew for every
// object of that type.
const (
	maxContexts = 256  // contexts named
	maxTypes    = 4096 // types named
)

// checkForm holds the document to compact form (VC-DM §4.2: a member is called by the
// name its context gives it), so that what a JSON reader finds under a name is what is
// stated, and to the closed set of contexts. The walk has counted how many values must be stated.
func (p *Processor) checkForm(document map[string]any) (formWalk, error) {
	w := formWalk{processor: p, urls: map[string]bool{}}
	err := w.node(document, "")
	if err == nil {
		err = w.checkDefined()
	}
	return w, err
}

type formWalk struct {
	processor *Processor
	leaves    int
	contexts  int
	types     int
	terms     int             // of the document's own contexts
	urls      map[string]bool // contexts named
	defined   [][2]string     // names and IRIs of the document's own contexts
	versions  bool            // one of them has "@version"
}

func (w *formWalk) node(object map[string]any, at string) error {
	if _, ok := object["@value"]; ok {
		return w.valueObject(object, at)
	}
	for name, v := range object {
		switch {
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

func (w *formWalk) countTypes(v any) error {
	w.types++
	if list, ok := v.([]any); ok {
		w.types += len(list)
	}
	if w.types > maxTypes {
		return fmt.Errorf("%w: more than %d types", ErrUnsupported, maxTypes)
	}
	return nil
}

func (w *formWalk) value(v any, at string) error {
	switch v := v.(type) {
	case nil:
		return fmt.Errorf("%w: null at %s states nothing", ErrDataLoss, place(at))
	case map[string]any:
		return w.node(v, at)
	case []any:
		for i, item := range v {
			if err := w.value(item, at+"/"+strconv.Itoa(i)); err != nil {
				return err
			}
		}
	default:
		w.leaves++
	}
	return nil
}

// valueObject admits the language value objects of VC-DM §11.1: @value with @language
// and @direction, nothing else.
func (w *formWalk) valueObject(object map[string]any, at string) error {
	for name, v := range object {
		if name != "@value" && name != "@language" && name != "@direction" {
			return fmt.Errorf("%w: %q beside @value at %s", ErrDataLoss, shorten(name), place(at))
		}
		if _, ok := v.(string); !ok {
			return fmt.Errorf("%w: %q at %s is not text", ErrDataLoss, shorten(name), place(at))
		}
	}
	w.leaves++
	return nil
}

func (w *formWalk) context(v any, at string) error {
	if w.contexts++; w.contexts > maxContexts {
		return fmt.Errorf("%w: more than %d contexts", ErrUnsupported, maxContexts)
	}
	switch v := v.(type) {
	case string:
		if _, known := w.processor.contexts[v]; !known {
			return fmt.Errorf("%w: %q at %s", ErrUnknownContext, shorten(v), place(at))
		}
		w.urls[v] = true
		return nil
	case []any:
		for _, item := range v {
			if _, nested := item.([]any); nested {
				return fmt.Errorf("%w: a list in the list of contexts at %s", ErrContext, place(at))
			}
			if err := w.context(item, at); err != nil {
				return err
			}
		}
		return nil
	case map[string]any:
		return w.inline(v, at)
	case bool, json.Number, nil:
		return fmt.Errorf("%w: a context at %s is not an address", ErrContext, place(at))
	}
	return fmt.Errorf("%w: a context at %s", ErrContext, place(at))
}

// place writes a JSON Pointer, which is the document's own text, so that it can be shown.
func place(pointer string) string {
	if pointer == "" {
		return "the top"
	}
	return strconv.Quote(shorten(pointer))
}
