package schemas

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// FuzzValidate: whatever the document, every schema answers, twice the same,
// within its bound, about places that exist or lack a member, in words that can be shown.
func FuzzValidate(f *testing.F) {
	for _, doc := range []any{sample(f), sampleV1(f), sample(f)["issuer"], obj{"type": list{"Profile", nil}}, "x"} {
		b, err := json.Marshal(doc)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(`{"image":{"id":"urn:x","type":"Image","\u001b[31m/~":1}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 1<<16 {
			return
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
		if err != nil {
			return
		}
		for s := range embedded().schemas {
			found := embedded().Validate(s, doc)
			if !slices.Equal(found, embedded().Validate(s, doc)) {
				t.Fatalf("%s: two answers", s)
			}
			if len(found) > MaxViolations || found != nil && len(found) == 0 {
				t.Fatalf("%s: %d violations", s, len(found))
			}
			for _, v := range found {
				missing := strings.Contains(v.Message, " is missing from ") && exists(doc, v.Pointer[:strings.LastIndex(v.Pointer, "/")])
				if !missing && !exists(doc, v.Pointer) {
					t.Fatalf("%s: %q points nowhere", s, v.Pointer)
				}
				if v.Message == "" || strings.ContainsFunc(v.Message, func(r rune) bool { return !unicode.IsPrint(r) }) {
					t.Fatalf("%s: message %q", s, v.Message)
				}
			}
		}
	})
}

// exists follows an RFC 6901 pointer.
func exists(doc any, pointer string) bool {
	if pointer == "" {
		return true
	}
	path := strings.Split(pointer, "/")[1:]
	parent := at(doc, path[:len(path)-1])
	last := strings.NewReplacer("~1", "/", "~0", "~").Replace(path[len(path)-1])
	if m, ok := parent.(map[string]any); ok {
		_, ok = m[last]
		return ok
	}
	return at(doc, path) != nil || parent != nil
}

func FuzzURI(f *testing.F) {
	for _, s := range []string{"https://college.example/a", "urn:uuid:1", "did:web:x#k", ":", "a:", "1:a", "a:b c", "a:\x00", "x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if isURI(s) && (strings.ContainsAny(s, " <>\"\n\t") || !strings.Contains(s, ":") || s[0] == ':') {
			t.Errorf("%q is no absolute URI", s)
		}
	})
}
