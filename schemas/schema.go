package schemas

import (
	"bytes"
	"embed"
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
	ClrCredential           Schema = "urn:laurel:schema:clr-credential"
	ClrCredentialV1         Schema = "urn:laurel:schema:clr-credential-v1"
	Profile                 Schema = "urn:laurel:schema:profile"
	Achievement             Schema = "urn:laurel:schema:achievement"
)

// Validate answers whether a document has the shape its class demands (Open
// Badges 3.0 and CLR 2.0, classes and enumerations; VC-DM §4), as Set.Validate
// does.
//
// Where the published schema leaves a hole, this one is closed: type names are
// checked in a scalar as in a list, times carry a zone and exist in the
// calendar, identifiers are complete URIs, criteria say something, a subject
// says who, the contexts stand in order, and language maps, which JSON-LD
// would drop, are refused.
func Validate(s Schema, doc any) []Violation { return embedded().Validate(string(s), doc) }

// All returns every schema that a document can be judged by.
func All() []Schema {
	return []Schema{AchievementCredential, AchievementCredentialV1, EndorsementCredential,
		EndorsementCredentialV1, ClrCredential, ClrCredentialV1, Profile, Achievement}
}

//go:embed json/*.json
var schemaFiles embed.FS

// Documents returns the texts of the embedded JSON Schemas, each with its $id: those of All and
// the definitions that they refer to. The bytes are the caller's own.
func Documents() [][]byte {
	files, err := schemaFiles.ReadDir("json")
	must(err)
	documents := make([][]byte, len(files))
	for i, file := range files {
		documents[i], err = schemaFiles.ReadFile("json/" + file.Name())
		must(err)
	}
	return documents
}

// embedded are the schemas of this package. A test compiles them: failing is
// impossible.
var embedded = sync.OnceValue(func() *Set {
	s := Set{whole: "the document", schemas: map[string]*jsonschema.Schema{}, words: map[string]any{}}
	c := compiler()
	for _, raw := range Documents() {
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
		must(err)
		id := doc.(map[string]any)["$id"].(string)
		must(c.AddResource(id, doc))
		s.words[id] = doc
	}
	for _, name := range All() {
		s.schemas[string(name)] = c.MustCompile(string(name))
	}
	return &s
})

func must(err error) {
	if err != nil {
		panic("schemas: embedded schema: " + err.Error())
	}
}
