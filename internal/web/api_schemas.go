package web

import (
	"bytes"
	"cmp"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// apiSchemas are the components of the OpenAPI document, by name. What they say is what
// requests are held to.
//
//go:embed openapi_schemas.json
var apiSchemas []byte

// apiDocumentID names the document inside the compiler; nothing is loaded from there.
const apiDocumentID = "urn:laurel:api"

// compiledSchemas are the components, ready to judge.
var compiledSchemas = sync.OnceValue(func() map[string]*jsonschema.Schema {
	schemas, err := jsonschema.UnmarshalJSON(bytes.NewReader(apiSchemas))
	if err != nil {
		panic("web: embedded schemas: " + err.Error())
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	c.UseLoader(closedLoader{})
	root := map[string]any{"components": map[string]any{"schemas": schemas}}
	if err := c.AddResource(apiDocumentID, root); err != nil {
		panic("web: embedded schemas: " + err.Error())
	}
	compiled := map[string]*jsonschema.Schema{}
	for name := range schemas.(map[string]any) {
		compiled[name] = c.MustCompile(apiDocumentID + "#/components/schemas/" + name)
	}
	return compiled
})

// closedLoader loads nothing: all schemas are embedded.
type closedLoader struct{}

func (closedLoader) Load(url string) (any, error) { return nil, errors.New("not embedded: " + url) }

// violation is one place where a value breaks its schema.
type violation struct {
	pointer string // RFC 6901; empty for the whole value
	message string // without the value itself
}

func (v violation) String() string {
	if v.pointer == "" {
		return v.message
	}
	return v.pointer + " " + v.message
}

// maxTold bounds the violations that one sentence tells.
const maxTold = 5

// sentence tells what is wrong with a value.
func sentence(found []violation) string {
	var told []string
	for _, v := range found[:min(len(found), maxTold)] {
		told = append(told, v.String())
	}
	return strings.Join(told, "; ")
}

// violations holds a value to a component; nil means that it conforms.
func violations(schema string, value any) []violation {
	err := compiledSchemas()[schema].Validate(value)
	var refused *jsonschema.ValidationError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused):
		found := gather(nil, refused)
		slices.SortFunc(found, func(a, b violation) int {
			return cmp.Or(cmp.Compare(a.pointer, b.pointer), cmp.Compare(a.message, b.message))
		})
		return found
	}
	return []violation{{message: "cannot be judged"}}
}

// gather collects the failures that speak for themselves.
func gather(to []violation, e *jsonschema.ValidationError) []violation {
	switch k := e.ErrorKind.(type) {
	case *kind.Schema, *kind.Group, *kind.Reference, *kind.AllOf:
		for _, cause := range e.Causes {
			to = gather(to, cause)
		}
	case *kind.AdditionalProperties:
		for _, name := range k.Properties {
			to = append(to, violation{pointerOf(e.InstanceLocation, name), "is not a member that is known here"})
		}
	case *kind.Required:
		for _, name := range k.Missing {
			to = append(to, violation{pointerOf(e.InstanceLocation, name), "is missing"})
		}
	default:
		to = append(to, violation{pointerOf(e.InstanceLocation), says(e.ErrorKind)})
	}
	return to
}

// pointerOf writes an RFC 6901 pointer to a place, or to a member there. Foreign names
// are shortened.
func pointerOf(place []string, member ...string) string {
	var out strings.Builder
	for _, token := range slices.Concat(place, member) {
		out.WriteString("/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(clipped(token)))
	}
	return out.String()
}

// says words a keyword that failed, without the value that failed it.
func says(k jsonschema.ErrorKind) string {
	switch k := k.(type) {
	case *kind.Type:
		return "must be of type " + strings.Join(k.Want, " or ") + ", not " + k.Got
	case *kind.Enum:
		return strings.Trim(fmt.Sprintf("must be one of %v", k.Want), "[]")
	case *kind.Format:
		return "is not in the format " + k.Want
	case *kind.Pattern:
		return "does not match the pattern " + k.Want
	case *kind.MinLength:
		return fmt.Sprintf("must have at least %d characters", k.Want)
	case *kind.MaxLength:
		return fmt.Sprintf("must have at most %d characters", k.Want)
	case *kind.MaxItems:
		return fmt.Sprintf("must have at most %d items", k.Want)
	case *kind.MinProperties:
		return fmt.Sprintf("must have at least %d member(s)", k.Want)
	case *kind.MaxProperties:
		return fmt.Sprintf("must have at most %d members", k.Want)
	case *kind.Minimum:
		return "must be at least " + k.Want.RatString()
	case *kind.Maximum:
		return "must be at most " + k.Want.RatString()
	case *kind.OneOf:
		return "must have exactly one of the alternatives that its schema names"
	}
	return "does not conform to its schema"
}
