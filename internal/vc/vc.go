// Package vc answers: what does this credential say of itself?
//
// It reads the members that the Verifiable Credentials Data Model 2.0 (W3C
// Recommendation of 2025-05-15, "VC-DM") gives every credential, and those of version
// 1.1, from a document that strictjson has parsed, and says where the document is not
// conforming. Nothing here is verified: proofs, contexts, badges and status belong to
// other packages.
package vc

import (
	"strconv"
	"time"

	"laurel/internal/strictjson"
)

// Version is the version of the data model, told by the first context.
type Version int

// The versions that Laurel reads; it issues V2 only.
const (
	V1 Version = iota + 1 // Verifiable Credentials Data Model 1.1
	V2                    // Verifiable Credentials Data Model 2.0
)

// Problem is one place where a document does not conform (MALFORMED_VALUE_ERROR).
type Problem struct {
	Pointer string // RFC 6901, "" for the document
	Message string // one plain sentence
}

func (p Problem) String() string {
	if p.Pointer == "" {
		return p.Message
	}
	return p.Pointer + ": " + p.Message
}

// Reference is an object that a credential points to: a status entry, a schema, a
// refresh service.
type Reference struct {
	ID     string
	Types  []string
	Object strictjson.Value
}

// Credential is what an unverified document says of itself.
type Credential struct {
	Version    Version
	ID         string
	Types      []string
	Contexts   []string         // the addresses among the contexts, in order
	Issuer     string           // the issuer's identifier
	IssuerInfo strictjson.Value // the issuer, where it is an object
	ValidFrom  *time.Time       // 1.1: issuanceDate
	ValidUntil *time.Time       // 1.1: expirationDate
	Subjects   []strictjson.Value
	Status     []Reference
	Refresh    []Reference

	from, until time.Time // to which ValidFrom and ValidUntil may point
	room        struct {  // for as much as most credentials have
		types, contexts [4]string
		subjects        [1]strictjson.Value
		status          [2]Reference
	}
}

// Read returns what a document says and every problem found. With problems the credential is
// incomplete and fit for display only.
func Read(document strictjson.Value) (*Credential, []Problem) {
	r := reader{document: document, kind: "credential", c: &Credential{}}
	r.contexts()
	r.identity("VerifiableCredential")
	r.issuer()
	r.validity()
	r.subjects()
	r.c.Status = r.references(r.c.room.status[:0], "credentialStatus", false)
	r.checkReferences("credentialSchema", true)
	r.c.Refresh = r.references(nil, "refreshService", false)
	r.checkReferences("termsOfUse", false)
	r.checkReferences("evidence", false)
	r.languageText("", document, "name")
	r.languageText("", document, "description")
	if r.c.Version == V2 { // 1.1 knows neither
		r.languageText("/issuer", r.c.IssuerInfo, "name")
		r.languageText("/issuer", r.c.IssuerInfo, "description")
		r.resources()
	}
	r.checkReferences("proof", false)
	return r.c, r.problems
}

// HasType reports whether a document's member type is a text, or a list of texts, of which one
// is the type.
func HasType(document strictjson.Value, name string) bool {
	found := false
	for item := range document.Member("type").Listed() {
		text, ok := item.IsText()
		if !ok {
			return false
		}
		found = found || text == name
	}
	return found
}

// Texts reads a text or a list of texts.
func Texts(v strictjson.Value) ([]string, bool) {
	if !v.Present() {
		return nil, false
	}
	return appendTexts(make([]string, 0, max(1, v.Len())), v)
}

func appendTexts(out []string, v strictjson.Value) ([]string, bool) {
	for item := range v.Listed() {
		text, ok := item.IsText()
		if !ok {
			return nil, false
		}
		out = append(out, text)
	}
	return out, true
}

// Number reads a whole number that a document may give as a number or as its decimal
// text, without sign or leading zero.
func Number(v strictjson.Value) (int64, bool) {
	text := v.Text()
	if v.Is(strictjson.Number) {
		text = v.Number().String()
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil && n >= 0 && strconv.FormatInt(n, 10) == text
}
