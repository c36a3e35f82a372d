package schemas

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// fault is one keyword that failed at one place.
type fault struct {
	path    []string
	pointer string
	err     *jsonschema.ValidationError
}

// violations turns the engine's tree of errors into sentences.
func (w world) violations(root *jsonschema.ValidationError) []Violation {
	faults := leaves(nil, root)
	slices.SortStableFunc(faults, func(a, b fault) int { return cmp.Compare(a.pointer, b.pointer) })
	var out []Violation
	for _, f := range faults {
		for _, v := range w.sentences(f) {
			if !slices.Contains(out, v) {
				out = append(out, v)
			}
			if len(out) == MaxViolations {
				return out
			}
		}
	}
	return out
}

// leaves collects the errors that speak for themselves. A choice or a search
// that failed is one leaf: why each alternative failed would only confuse.
func leaves(to []fault, e *jsonschema.ValidationError) []fault {
	switch e.ErrorKind.(type) {
	case *kind.Schema, *kind.Group, *kind.Reference, *kind.AllOf:
		for _, cause := range e.Causes {
			to = leaves(to, cause)
		}
		return to
	}
	return append(to, fault{e.InstanceLocation, pointer(e.InstanceLocation), e})
}

func (w world) sentences(f fault) []Violation {
	switch k := f.err.ErrorKind.(type) {
	case *kind.Required:
		return each(k.Missing, func(name string) Violation {
			return Violation{f.pointer, quoted(name) + " is missing from " + place(f.path)}
		})
	case *kind.AdditionalProperties:
		return each(k.Properties, func(name string) Violation {
			return Violation{f.pointer + pointer([]string{name}), place(f.path) + " must not have a property named " + quoted(name)}
		})
	}
	what := w.description(f.err.SchemaURL)
	if what == "" {
		what = keyword(f.err.ErrorKind)
	}
	return []Violation{{f.pointer, place(f.path) + " " + what}}
}

func each(names []string, violation func(string) Violation) []Violation {
	slices.Sort(names)
	var out []Violation
	for _, name := range names[:min(len(names), MaxViolations)] {
		out = append(out, violation(name))
	}
	return out
}

// keyword words the failures for which the schema has no words of its own.
func keyword(k jsonschema.ErrorKind) string {
	switch k := k.(type) {
	case *kind.Type:
		return "must be " + kinds(k.Want) + ", not " + article(k.Got)
	case *kind.Enum:
		words := make([]string, len(k.Want))
		for i, w := range k.Want {
			words[i] = fmt.Sprint(w)
		}
		return "must be one of " + strings.Join(words, ", ")
	}
	return "does not have the form that Open Badges 3.0 asks for"
}

func kinds(types []string) string {
	words := slices.Clone(types)
	for i, t := range words {
		words[i] = article(t)
	}
	return strings.Join(words, " or ")
}

func article(jsonType string) string {
	switch jsonType {
	case "array":
		return "a list"
	case "object":
		return "an object"
	case "string":
		return "text"
	case "boolean":
		return "true or false"
	case "null":
		return "null"
	}
	return "a " + jsonType
}

// description finds the words of the schema that failed: its own, or those of
// the schema it is only a branch of.
func (w world) description(url string) string {
	id, fragment, _ := strings.Cut(url, "#")
	path := strings.Split(fragment, "/")
	for ; ; path = path[:len(path)-1] {
		schema, _ := at(w.documents[id], path[1:]).(map[string]any)
		if text, ok := schema["description"].(string); ok {
			return text
		}
		if len(path) < 3 || !slices.Contains(branches, path[len(path)-1]) && !slices.Contains(choices, path[len(path)-2]) {
			return ""
		}
		if slices.Contains(choices, path[len(path)-2]) {
			path = path[:len(path)-1]
		}
	}
}

var (
	branches = []string{"then", "else", "contains"} // keywords that hold one schema for the same value
	choices  = []string{"allOf", "anyOf"}           // keywords that hold several
)

func at(doc any, path []string) any {
	for _, token := range path {
		token = strings.NewReplacer("~1", "/", "~0", "~", "%20", " ").Replace(token)
		switch d := doc.(type) {
		case map[string]any:
			doc = d[token]
		case []any:
			i, err := strconv.Atoi(token)
			if err != nil || i < 0 || i >= len(d) {
				return nil
			}
			doc = d[i]
		default:
			return nil
		}
	}
	return doc
}

// place names a place for a person: the property, or the entry of its list.
func place(path []string) string {
	if len(path) == 0 {
		return "the document"
	}
	last := path[len(path)-1]
	i, err := strconv.Atoi(last)
	if err != nil {
		return quoted(last)
	}
	return fmt.Sprintf("entry %d of %s", i+1, place(path[:len(path)-1]))
}

// quoted shows a property name of the document, shortened, with nothing in it
// that a terminal or a page would act on.
func quoted(name string) string {
	const longest = 40
	if len(name) > longest {
		name = strings.ToValidUTF8(name[:longest], "") + "…"
	}
	if plain := strconv.Quote(name); plain != `"`+name+`"` || strings.ContainsAny(name, " <>&") {
		return plain
	}
	return name
}

// pointer writes an RFC 6901 pointer.
func pointer(path []string) string {
	var b strings.Builder
	for _, token := range path {
		b.WriteByte('/')
		b.WriteString(strings.ReplaceAll(strings.ReplaceAll(token, "~", "~0"), "/", "~1"))
	}
	return b.String()
}
