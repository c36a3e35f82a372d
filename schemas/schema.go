package schemas

import (
	"bytes"
	"embed"
	"errors"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Schema names one of the embedded JSON Schemas by its $id.
type Schema string

// The schemas a document can be judged by. The V1 ones are for credentials of
// VC Data Model 1.1, which are read but no longer written.
const (
	AchievementCredential   Schema = "urn:laurel:schema:achievement-credential"
	AchievementCredentialV1 Schema = "urn:laurel:schema:achievement-credential-v1"
	EndorsementCredential   Schema = "urn:laurel:schema:endorsement-credential"
	EndorsementCredentialV1 Schema = "urn:laurel:schema:endorsement-credential-v1"
	Profile                 Schema = "urn:laurel:schema:profile"
	Achievement             Schema = "urn:laurel:schema:achievement"
)

// Violation is one place where a document breaks its schema.
type Violation struct {
	Pointer string // RFC 6901 pointer into the document; "" is the whole of it
	Message string // one plain sentence that says what must hold there
}

// The bounds of Validate: what it reports about one document, and how large a
// document it looks at.
const (
	MaxViolations = 20
	MaxValues     = 20_000 // objects, lists and scalars together
	MaxDepth      = 64     // objects and lists inside each other
)

// Validate answers whether a document has the shape its class demands (Open
// Badges 3.0, classes and enumerations; VC-DM §4). A nil result means it
// conforms; otherwise the first MaxViolations, ordered by pointer.
//
// The document is a JSON tree: map[string]any, []any, string, json.Number or
// float64, bool, nil; one beyond MaxValues or MaxDepth is refused unseen.
// Nothing is loaded from anywhere. Safe for concurrent use.
//
// Where the published schema leaves a hole, this one is closed: type names are
// checked in a scalar as in a list, times carry a zone and exist in the
// calendar, identifiers are complete URIs, criteria say something, a subject
// says who, the contexts stand in order, and language maps, which JSON-LD
// would drop, are refused.
func Validate(s Schema, doc any) []Violation {
	w := compiled()
	schema, ok := w.schemas[s]
	if !ok {
		return []Violation{{Message: "there is no schema named " + string(s)}}
	}
	if room := MaxValues; !fits(doc, MaxDepth, &room) {
		return []Violation{{Message: "the document has too many values or is nested too deep to be a credential"}}
	}
	err := schema.Validate(doc)
	if err == nil {
		return nil
	}
	var refused *jsonschema.ValidationError
	if !errors.As(err, &refused) {
		return []Violation{{Message: "the document could not be checked: " + err.Error()}}
	}
	return w.violations(refused)
}

// fits asks whether a tree stays within a depth and a count of values: each
// fault the engine finds costs as much as its place is deep.
func fits(doc any, depth int, room *int) bool {
	*room--
	if *room < 0 {
		return false
	}
	switch d := doc.(type) {
	case map[string]any:
		for _, v := range d {
			if depth == 0 || !fits(v, depth-1, room) {
				return false
			}
		}
	case []any:
		for _, v := range d {
			if depth == 0 || !fits(v, depth-1, room) {
				return false
			}
		}
	}
	return true
}

//go:embed json/*.json
var schemaFiles embed.FS

// world is what Validate works with: the compiled schemas, and the documents
// they came from, whose descriptions are the words of the messages.
type world struct {
	schemas   map[Schema]*jsonschema.Schema
	documents map[string]any
}

var compiled = sync.OnceValue(func() world {
	w := world{schemas: map[Schema]*jsonschema.Schema{}, documents: map[string]any{}}
	c := jsonschema.NewCompiler()
	c.UseLoader(closed{})
	c.AssertFormat()
	for name, valid := range formats {
		c.RegisterFormat(&jsonschema.Format{Name: name, Validate: valid})
	}
	for _, file := range []string{"definitions", "achievement-credential", "achievement-credential-v1",
		"endorsement-credential", "endorsement-credential-v1", "profile", "achievement"} {
		b, err := schemaFiles.ReadFile("json/" + file + ".json")
		must(err)
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
		must(err)
		id := "urn:laurel:schema:" + file
		must(c.AddResource(id, doc))
		w.documents[id] = doc
	}
	for _, s := range []Schema{AchievementCredential, AchievementCredentialV1, EndorsementCredential,
		EndorsementCredentialV1, Profile, Achievement} {
		w.schemas[s] = c.MustCompile(string(s))
	}
	return w
})

// must is for embedded data, which a test compiles: failing is impossible.
func must(err error) {
	if err != nil {
		panic("schemas: embedded schema: " + err.Error())
	}
}

// closed is the loader of a closed world: it has nothing to give.
type closed struct{}

func (closed) Load(url string) (any, error) {
	return nil, errors.New("not embedded: " + url)
}
