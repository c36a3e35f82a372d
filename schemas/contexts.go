// Package schemas is the closed world a credential may refer to: which JSON-LD
// context stands behind this URL, and does this document have the shape its
// type promises?
//
// Contexts and JSON Schemas are embedded and pinned by SHA-256 (SOURCES.md
// names where each comes from). Nothing is ever loaded from a disk or a
// network: a URL that is not in the table has no context, and the caller must
// treat the document as one it cannot judge. It is also the one gate to JSON
// Schema: NewSet judges by a caller's own schemas in the same closed world.
//
// Standards: JSON-LD 1.1 contexts as published for VC Data Model 1.1 and 2.0,
// Data Integrity 1.0, Controlled Identifiers 1.0, DID 1.0, Bitstring Status
// List 1.0, Open Badges 2.0 and 3.0 (to spec 1.4.5) and CLR 2.0; JSON Schema
// 2020-12 for the schemas, which are our own and follow the data model of Open
// Badges 3.0.
//
// It leaves to others: JSON-LD processing, proofs, fetching a schema that a
// document names itself, and every rule that needs a clock or a second document.
package schemas

import (
	"embed"
	"slices"
	"strings"
)

// URLs of the embedded contexts, spelled as documents must spell them.
const (
	CredentialsV1        = "https://www.w3.org/2018/credentials/v1"                      // VC Data Model 1.1
	CredentialsV2        = "https://www.w3.org/ns/credentials/v2"                        // VC Data Model 2.0
	UndefinedTermsV2     = "https://www.w3.org/ns/credentials/undefined-terms/v2"        // VC-DM 2.0 catch-all for private terms
	ExamplesV2           = "https://www.w3.org/ns/credentials/examples/v2"               // VC-DM 2.0 examples and vectors
	OpenBadges300        = "https://purl.imsglobal.org/spec/ob/v3p0/context.json"        // Open Badges 3.0.0
	OpenBadges301        = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.1.json"  // Open Badges 3.0.1
	OpenBadges302        = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.2.json"  // Open Badges 3.0.2
	OpenBadges303        = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"  // Open Badges 3.0.3, newest edition
	OpenBadgesExtensions = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"     // the three 1EdTech helper types
	OpenBadges20         = "https://w3id.org/openbadges/v2"                              // Open Badges 2.0
	CLR20                = "https://purl.imsglobal.org/spec/clr/v2p0/context.json"       // Comprehensive Learner Record 2.0
	CLR201               = "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json" // Comprehensive Learner Record 2.0.1
	DataIntegrityV1      = "https://w3id.org/security/data-integrity/v1"                 // Data Integrity, draft terms
	DataIntegrityV2      = "https://w3id.org/security/data-integrity/v2"                 // Data Integrity 1.0
	MultikeyV1           = "https://w3id.org/security/multikey/v1"                       // Multikey verification methods
	JWKV1                = "https://w3id.org/security/jwk/v1"                            // JsonWebKey verification methods
	CIDV1                = "https://www.w3.org/ns/cid/v1"                                // Controlled Identifiers 1.0
	DIDV1                = "https://www.w3.org/ns/did/v1"                                // DID 1.0 documents
	Ed25519Signature2020 = "https://w3id.org/security/suites/ed25519-2020/v1"            // Ed25519Signature2020 proofs
	JWS2020              = "https://w3id.org/security/suites/jws-2020/v1"                // JsonWebSignature2020 proofs and keys
	StatusList2021       = "https://w3id.org/vc/status-list/2021/v1"                     // Status List 2021 (superseded)
	BitstringStatus      = "https://www.w3.org/ns/credentials/status/v1"                 // Bitstring Status List 1.0
	SecurityV1           = "https://w3id.org/security/v1"                                // security vocabulary, older documents
	SecurityV2           = "https://w3id.org/security/v2"                                // security vocabulary, older documents
	CitizenshipV4        = "https://w3id.org/citizenship/v4rc1"                          // used by the official Data Integrity vectors
	DIDConfigurationV1   = "https://identity.foundation/.well-known/did-configuration/v1"
)

// Second addresses of two contexts: the same bytes, spelled otherwise.
const (
	openBadges300Alias = "https://purl.imsglobal.org/spec/ob/v3p0/context/ob_v3p0.jsonld"
	openBadges20Alias  = "https://openbadgespec.org/v2/context.json"
)

// Context is one JSON-LD context document.
type Context struct {
	URL    string // the address under which it was asked for
	Bytes  []byte // the document; the caller's own copy
	SHA256 string // lower-case hex digest of Bytes
}

//go:embed contexts
var contextFiles embed.FS

// pin says which embedded file stands behind a URL, and its digest.
type pin struct{ url, file, sha256 string }

func (p pin) context() Context {
	b, err := contextFiles.ReadFile("contexts/" + p.file)
	if err != nil {
		panic("schemas: embedded context missing: " + p.file)
	}
	return Context{URL: p.url, Bytes: b, SHA256: p.sha256}
}

func find(pins []pin, url string) (Context, bool) {
	i := slices.IndexFunc(pins, func(p pin) bool { return p.url == url })
	if i < 0 {
		return Context{}, false
	}
	return pins[i].context(), true
}

// LookupContext answers which context stands behind a URL. The match is
// exact: no normalisation, no other scheme, no trailing slash. False means the
// context is outside the closed world.
func LookupContext(url string) (Context, bool) { return find(currentPins, url) }

// OlderEdition answers what a URL used to hold when its publisher edited the
// context in place, newest older edition only. Today that is OpenBadges303,
// whose edition of December 2024 lacks the terms jti and endorsementJwt.
// Falling back to it is safe only when expansion under it drops no term:
// a dropped term is not covered by a proof.
func OlderEdition(url string) (Context, bool) { return find(olderPins, url) }

// Contexts lists every context that LookupContext knows, aliases included,
// sorted by URL.
func Contexts() []Context {
	all := make([]Context, len(currentPins))
	for i, p := range currentPins {
		all[i] = p.context()
	}
	slices.SortFunc(all, func(a, b Context) int { return strings.Compare(a.URL, b.URL) })
	return all
}
