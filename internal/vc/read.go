package vc

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
	"laurel/schemas"
)

// reader reads a credential, or of a presentation what the two have in common.
type reader struct {
	document strictjson.Value
	kind     string // what the document is called in a problem
	c        *Credential
	problems []Problem
}

func (r *reader) problem(pointer, format string, args ...any) {
	r.problems = append(r.problems, Problem{pointer, fmt.Sprintf(format, args...)})
}

// contexts reads @context (VC-DM §4.3).
func (r *reader) contexts() {
	contexts := r.document.Member("@context")
	first := contexts
	if contexts.Is(strictjson.Array) {
		first = contexts.First()
	}
	if !first.Present() || !contexts.Is(strictjson.Array) && !contexts.Is(strictjson.String) {
		r.problem("/@context", "the %s names no contexts", r.kind)
		return
	}
	r.c.Contexts = r.c.room.contexts[:0]
	for item := range contexts.Listed() {
		if url, ok := item.IsText(); ok {
			r.c.Contexts = append(r.c.Contexts, url)
		}
	}
	switch first.Text() {
	case schemas.CredentialsV2:
		r.c.Version = V2
	case schemas.CredentialsV1:
		r.c.Version = V1
	default:
		r.problem("/@context/0", "the first context is not that of Verifiable Credentials 2.0 or 1.1")
		return
	}
	other := schemas.CredentialsV2
	if r.c.Version == V2 {
		other = schemas.CredentialsV1
	}
	if slices.Contains(r.c.Contexts, other) {
		r.problem("/@context", "the %s names the contexts of two versions of the data model", r.kind)
	}
}

// identity reads id (VC-DM §4.4) and type (§4.5), of which one is required.
func (r *reader) identity(required string) {
	if id := r.document.Member("id"); id.Present() {
		r.c.ID = r.url("/id", id)
	}
	types, ok := appendTexts(r.c.room.types[:0], r.document.Member("type"))
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
	switch v := r.document.Member("issuer"); v.Kind() {
	case strictjson.String:
		r.c.Issuer = r.url("/issuer", v)
	case strictjson.Object:
		r.c.Issuer, r.c.IssuerInfo = r.url("/issuer/id", v.Member("id")), v
	case strictjson.Absent, strictjson.Null:
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
		if !r.document.Member(from).Present() {
			r.problem("/"+from, "the credential does not say when it was issued")
		}
	}
	r.c.ValidFrom, r.c.ValidUntil = r.time(from, &r.c.from), r.time(until, &r.c.until)
	if r.c.Version == V1 {
		// The context of 1.1 defines these too, for the future; where they stand the stricter
		// date wins.
		if t := r.time("validFrom", new(time.Time)); t != nil && (r.c.ValidFrom == nil || t.After(*r.c.ValidFrom)) {
			r.c.ValidFrom = t
		}
		if t := r.time("validUntil", new(time.Time)); t != nil && (r.c.ValidUntil == nil || t.Before(*r.c.ValidUntil)) {
			r.c.ValidUntil = t
		}
	}
	if r.c.ValidFrom != nil && r.c.ValidUntil != nil && r.c.ValidUntil.Before(*r.c.ValidFrom) {
		r.problem("/"+until, "the validity ends before it begins")
	}
}

func (r *reader) time(name string, into *time.Time) *time.Time {
	v := r.document.Member(name)
	if !v.Present() {
		return nil
	}
	var err error
	if *into, err = ParseTime(v.Text()); err != nil {
		r.problem("/"+name, "it is not a date and time with a time zone, such as 2026-01-02T03:04:05Z")
		return nil
	}
	return into
}

// subjects reads credentialSubject (VC-DM §4.8).
func (r *reader) subjects() {
	all := r.document.Member("credentialSubject")
	if !all.Present() {
		r.problem("/credentialSubject", "a subject is missing, empty or not an object")
		return
	}
	i := 0
	r.c.Subjects = r.c.room.subjects[:0]
	for subject := range all.Listed() {
		i++
		if !subject.Is(strictjson.Object) || subject.Len() == 0 {
			r.problem("/credentialSubject", "a subject is missing, empty or not an object")
			continue
		}
		if id := subject.Member("id"); id.Present() && !isURL(id) {
			r.url("/credentialSubject/"+strconv.Itoa(i-1)+"/id", id)
		}
		r.c.Subjects = append(r.c.Subjects, subject)
	}
	if i == 0 {
		r.problem("/credentialSubject", "the credential is about nobody")
	}
}

func (r *reader) references(out []Reference, name string, needID bool) []Reference {
	r.checkReferences(name, needID)
	for object := range r.document.Member(name).Listed() {
		if types, _ := Texts(object.Member("type")); len(types) > 0 {
			out = append(out, Reference{ID: urlOf(object.Member("id")), Types: types, Object: object})
		}
	}
	return out
}

// checkReferences holds each to an object with a type, and an address for its id.
func (r *reader) checkReferences(name string, needID bool) {
	i := 0
	for object := range r.document.Member(name).Listed() {
		id := object.Member("id")
		switch {
		case !isTyped(object):
			r.problem("/"+name+"/"+strconv.Itoa(i), "it is not an object with a type")
		case (id.Present() || needID) && !isURL(id):
			r.url("/"+name+"/"+strconv.Itoa(i)+"/id", id)
		}
		i++
	}
}

// isTyped reports whether an object's type is a text or a list of texts, not empty.
func isTyped(object strictjson.Value) bool {
	found := false
	for item := range object.Member("type").Listed() {
		if !item.Is(strictjson.String) {
			return false
		}
		found = true
	}
	return found
}

// languageText checks a text that may be given by language (VC-DM §11.1) in the member of an
// object that stands at a pointer.
func (r *reader) languageText(at string, object strictjson.Value, name string) {
	for item := range object.Member(name).Listed() {
		if !isLanguageText(item) {
			r.problem(at+"/"+name, "it is neither a text nor a text with its language")
		}
	}
}

// isLanguageText: a text, or @value with @language and @direction, and nothing else.
func isLanguageText(v strictjson.Value) bool {
	for name, member := range v.Members() {
		if !member.Is(strictjson.String) || name != "@value" && name != "@language" && name != "@direction" {
			return false
		}
	}
	return v.Is(strictjson.String) || v.Member("@value").Present()
}

// resources reads relatedResource (VC-DM §5.3): each with an address that no other has, and
// a digest. Whether the digests are right is for those who have the resources.
func (r *reader) resources() {
	resources := r.document.Member("relatedResource")
	if !resources.Present() {
		return
	}
	seen, i := map[string]bool{}, -1
	for object := range resources.Listed() {
		i++
		at := "/relatedResource/" + strconv.Itoa(i)
		if !object.Is(strictjson.Object) {
			r.problem(at, "it is not an object")
			continue
		}
		id := r.url(at+"/id", object.Member("id"))
		if seen[id] {
			r.problem(at+"/id", "the same resource is named twice")
		}
		seen[id] = id != ""
		digests := 0
		for _, name := range []string{"digestSRI", "digestMultibase"} {
			digest := object.Member(name)
			texts, ok := Texts(digest)
			if digest.Present() && (!ok || len(texts) == 0 || slices.Contains(texts, "")) {
				r.problem(at+"/"+name, "it is not a digest")
			}
			digests += len(texts)
		}
		if digests == 0 {
			r.problem(at, "the resource has no digest")
		}
	}
}

func (r *reader) url(at string, v strictjson.Value) string {
	if !isURL(v) {
		r.problem(at, "it is not one absolute address (a URL or another URI)")
	}
	return urlOf(v)
}

func isURL(v strictjson.Value) bool { return jsonld.IsIRI(v.Text()) }

// urlOf returns an address, or nothing where there is none.
func urlOf(v strictjson.Value) string {
	if !isURL(v) {
		return ""
	}
	return v.Text()
}
