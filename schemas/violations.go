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
func (s *Set) violations(root *jsonschema.ValidationError) []Violation {
	faults := leaves(nil, root)
	slices.SortStableFunc(faults, func(a, b fault) int { return cmp.Compare(a.pointer, b.pointer) })
	var out []Violation
	for _, f := range faults {
		for _, v := range s.sentences(f) {
			if len(out) < MaxViolations && !slices.Contains(out, v) {
				out = append(out, v)
			}
		}
		if len(out) == MaxViolations {
			break
		}
	}
	slices.SortStableFunc(out, func(a, b Violation) int { return cmp.Compare(a.Pointer, b.Pointer) })
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

func (s *Set) sentences(f fault) []Violation {
	switch k := f.err.ErrorKind.(type) {
	case *kind.Required:
		return each(k.Missing, func(name string) Violation {
			return Violation{f.pointer + pointer([]string{name}), quoted(name) + " is missing from " + s.place(f.path)}
		})
	case *kind.AdditionalProperties:
		return each(k.Properties, func(name string) Violation {
			return Violation{f.pointer + pointer([]string{name}), s.place(f.path) + " must not have a property named " + quoted(name)}
		})
	}
	what := s.description(f.err.SchemaURL)
	if what == "" {
		what = keyword(f.err.ErrorKind)
	}
	return []Violation{{f.pointer, s.place(f.path) + " " + what}}
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
	case *kind.Format:
		return "must have the format " + k.Want
	case *kind.Pattern:
		return "must match the pattern " + k.Want
	case *kind.OneOf:
		return "must conform to exactly one of the alternatives of its schema"
	case *kind.Minimum:
		return "must be at least " + k.Want.RatString()
	case *kind.Maximum:
		return "must be at most " + k.Want.RatString()
	case *kind.MinLength:
		return fmt.Sprintf("must have at least %d characters", k.Want)
	case *kind.MaxLength:
		return fmt.Sprintf("must have at most %d characters", k.Want)
	case *kind.MinItems:
		return fmt.Sprintf("must have at least %d entries", k.Want)
	case *kind.MaxItems:
		return fmt.Sprintf("must have at most %d entries", k.Want)
	case *kind.MinProperties:
		return fmt.Sprintf("must have at least %d properties", k.Want)
	case *kind.MaxProperties:
		return fmt.Sprintf("must have at most %d properties", k.Want)
	}
	return "does not conform to its schema"
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
func (s *Set) description(url string) string {
	id, fragment, _ := strings.Cut(url, "#")
	path := strings.Split(fragment, "/")
	for ; ; path = path[:len(path)-1] {
		schema, _ := at(s.words[id], path[1:]).(map[string]any)
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
func (s *Set) place(path []string) string {
	if len(path) == 0 {
		return s.whole
	}
	last := path[len(path)-1]
	i, err := strconv.Atoi(last)
	if err != nil {
		return quoted(last)
	}
	return fmt.Sprintf("entry %d of %s", i+1, s.place(path[:len(path)-1]))
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
