package vc

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"laurel/internal/jsonld"
	"laurel/schemas"
)

// reader reads a credential, or of a presentation what the two have in common.
type reader struct {
	tree     map[string]any
	kind     string // what the document is called in a problem
	c        *Credential
	problems []Problem
}

func (r *reader) problem(pointer, format string, args ...any) {
	r.problems = append(r.problems, Problem{pointer, fmt.Sprintf(format, args...)})
}

// contexts reads @context (VC-DM §4.3).
func (r *reader) contexts() {
	list, ok := r.tree["@context"].([]any)
	if !ok {
		list = []any{r.tree["@context"]}
		if _, isText := list[0].(string); !isText {
			r.problem("/@context", "the %s names no contexts", r.kind)
			return
		}
	}
	for _, item := range list {
		if url, ok := item.(string); ok {
			r.c.Contexts = append(r.c.Contexts, url)
		}
	}
	if len(list) == 0 {
		r.problem("/@context", "the %s names no contexts", r.kind)
		return
	}
	switch list[0] {
	case schemas.CredentialsV2:
		r.c.Version = V2
	case schemas.CredentialsV1:
		r.c.Version = V1
	default:
		r.problem("/@context/0", "the first context is not that of Verifiable Credentials 2.0 or 1.1")
		return
	}
	other := map[Version]string{V1: schemas.CredentialsV2, V2: schemas.CredentialsV1}[r.c.Version]
	if slices.Contains(r.c.Contexts, other) {
		r.problem("/@context", "the %s names the contexts of two versions of the data model", r.kind)
	}
}

// identity reads id (VC-DM §4.4) and type (§4.5), of which one is required.
func (r *reader) identity(required string) {
	if id, present := r.tree["id"]; present {
		r.c.ID = r.url("/id", id)
	}
	types, ok := Texts(r.tree["type"])
	if !ok || len(types) == 0 {
		r.problem("/type", "the %s has no type, or one that is not text", r.kind)
		return
	}
	r.c.Types = types
	if !slices.Contains(types, required) {
		r.problem("/type", "%s is not among the types", required)
	}
}

func (r *reader) issuer() {
	switch v := r.tree["issuer"].(type) {
	case string:
		r.c.Issuer = r.url("/issuer", v)
	case map[string]any:
		r.c.Issuer, r.c.IssuerInfo = r.url("/issuer/id", v["id"]), v
	case nil:
		r.problem("/issuer", "the credential names no issuer")
	default:
		r.problem("/issuer", "the issuer is neither an address nor an object")
	}
}

// validity reads the period of validity (VC-DM §4.9).
func (r *reader) validity() {
	from, until := "validFrom", "validUntil"
	if r.c.Version == V1 {
		from, until = "issuanceDate", "expirationDate"
		if _, ok := r.tree[from]; !ok {
			r.problem("/"+from, "the credential does not say when it was issued")
		}
	}
	r.c.ValidFrom, r.c.ValidUntil = r.time(from), r.time(until)
	if r.c.Version == V1 {
		// The context of 1.1 defines these too, for the future; where they stand the stricter
		// date wins.
		if t := r.time("validFrom"); t != nil && (r.c.ValidFrom == nil || t.After(*r.c.ValidFrom)) {
			r.c.ValidFrom = t
		}
		if t := r.time("validUntil"); t != nil && (r.c.ValidUntil == nil || t.Before(*r.c.ValidUntil)) {
			r.c.ValidUntil = t
		}
	}
	if r.c.ValidFrom != nil && r.c.ValidUntil != nil && r.c.ValidUntil.Before(*r.c.ValidFrom) {
		r.problem("/"+until, "the validity ends before it begins")
	}
}

func (r *reader) time(name string) *time.Time {
	v, present := r.tree[name]
	if !present {
		return nil
	}
	text, _ := v.(string)
	t, err := ParseTime(text)
	if err != nil {
		r.problem("/"+name, "it is not a date and time with a time zone, such as 2026-01-02T03:04:05Z")
		return nil
	}
	return &t
}

// subjects reads credentialSubject (VC-DM §4.8).
func (r *reader) subjects() {
	list, ok := r.tree["credentialSubject"].([]any)
	if !ok {
		list = []any{r.tree["credentialSubject"]}
	}
	for i, item := range list {
		object, ok := item.(map[string]any)
		if !ok || len(object) == 0 {
			r.problem("/credentialSubject", "a subject is missing, empty or not an object")
			continue
		}
		if id, present := object["id"]; present {
			r.url("/credentialSubject/"+strconv.Itoa(i)+"/id", id)
		}
		r.c.Subjects = append(r.c.Subjects, object)
	}
	if len(list) == 0 {
		r.problem("/credentialSubject", "the credential is about nobody")
	}
}

func (r *reader) references(name string, needID bool) []Reference {
	v, present := r.tree[name]
	if !present {
		return nil
	}
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	var out []Reference
	for i, item := range list {
		at := "/" + name + "/" + strconv.Itoa(i)
		object, ok := item.(map[string]any)
		types, typed := Texts(object["type"])
		if !ok || !typed || len(types) == 0 {
			r.problem(at, "it is not an object with a type")
			continue
		}
		ref := Reference{Types: types, Object: object}
		if id, hasID := object["id"]; hasID || needID {
			ref.ID = r.url(at+"/id", id)
		}
		out = append(out, ref)
	}
	return out
}

// languageText checks a text that may be given by language (VC-DM §11.1) in the member of an
// object that stands at a pointer.
func (r *reader) languageText(at string, object map[string]any, name string) {
	v, present := object[name]
	if !present {
		return
	}
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	for _, item := range list {
		if !isLanguageText(item) {
			r.problem(at+"/"+name, "it is neither a text nor a text with its language")
		}
	}
}

// isLanguageText: a text, or @value with @language and @direction, and nothing else.
func isLanguageText(v any) bool {
	object, ok := v.(map[string]any)
	if !ok {
		_, ok = v.(string)
		return ok
	}
	for name, member := range object {
		if _, isText := member.(string); !isText || name != "@value" && name != "@language" && name != "@direction" {
			return false
		}
	}
	_, ok = object["@value"]
	return ok
}

// resources reads relatedResource (VC-DM §5.3): each with an address that no other has, and
// a digest. Whether the digests are right is for those who have the resources.
func (r *reader) resources() {
	v, present := r.tree["relatedResource"]
	if !present {
		return
	}
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	seen := map[string]bool{}
	for i, item := range list {
		at := "/relatedResource/" + strconv.Itoa(i)
		object, ok := item.(map[string]any)
		if !ok {
			r.problem(at, "it is not an object")
			continue
		}
		id := r.url(at+"/id", object["id"])
		if seen[id] {
			r.problem(at+"/id", "the same resource is named twice")
		}
		seen[id] = id != ""
		digests := 0
		for _, name := range []string{"digestSRI", "digestMultibase"} {
			texts, ok := Texts(object[name])
			if _, present := object[name]; present && (!ok || len(texts) == 0 || slices.Contains(texts, "")) {
				r.problem(at+"/"+name, "it is not a digest")
			}
			digests += len(texts)
		}
		if digests == 0 {
			r.problem(at, "the resource has no digest")
		}
	}
}

func (r *reader) url(at string, v any) string {
	text, ok := v.(string)
	if !ok || !jsonld.IsIRI(text) {
		r.problem(at, "it is not one absolute address (a URL or another URI)")
		return ""
	}
	return text
}
