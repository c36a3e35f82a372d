package web

import (
	_ "embed"
	"strings"
	"sync"

	"laurel/schemas"
)

// apiSchemas are the components of the OpenAPI document, by name. What they say is what
// requests are held to.
//
//go:embed openapi_schemas.json
var apiSchemas []byte

var components = sync.OnceValue(func() *schemas.Set {
	set, err := schemas.NewSet(apiSchemas)
	if err != nil {
		panic("web: embedded schemas: " + err.Error())
	}
	return set
})

// violations holds a value to a component; nil means that it conforms.
func violations(component string, value any) []schemas.Violation {
	return components().Validate(component, value)
}

// sentence tells what is wrong with a value.
func sentence(found []schemas.Violation) string {
	const told = 5
	var says []string
	for _, v := range found[:min(len(found), told)] {
		says = append(says, v.String())
	}
	return strings.Join(says, "; ")
}
