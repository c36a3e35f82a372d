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

// MaxViolations bounds what Validate reports about one document.
const MaxViolations = 20

// Validate answers whether a document has the shape its class demands (Open
// Badges 3.0, classes and enumerations; VC-DM §4). A nil result means it
// conforms; otherwise the first MaxViolations, ordered by pointer.
//
// The document is a JSON tree: map[string]any, []any, string, json.Number or
// float64, bool, nil. Its depth and size are the caller's to bound. Nothing is
// loaded from anywhere. Safe for concurrent use.
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
