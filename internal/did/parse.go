package did

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"laurel/internal/strictjson"
	"laurel/keys"
)

// The budgets of a key document.
const (
	MaxDocument = 64 << 10 // bytes
	maxDepth    = 16
	maxValues   = 8192
	maxMethods  = 64  // methods in all, and entries of one relationship
	maxNames    = 256 // entries of controller or alsoKnownAs
)

var limits = strictjson.Limits{Bytes: MaxDocument, Depth: maxDepth, Values: maxValues}

// ParseDocument reads a DID document or controlled identifier document (CID §2, DID Core §5) of at most 64 KiB and 64
// methods, whose id must be exactly wantID (ErrDocumentID). Everything else that is wrong with the document as a whole
// is ErrInvalidDocument: loose JSON, wrong types of values, two methods of one id, a private key anywhere.
//
// A method that alone is unknown or wrong does not spoil the others: the error comes when it is asked for. The
// document is read as JSON; its @context is not processed, so only the names of the standards count.
func ParseDocument(raw []byte, wantID string) (*Document, error) {
	object, err := strictjson.ParseObject(raw, limits)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalidDocument, err)
	}
	return parseDocument(object, wantID)
}

func parseDocument(object map[string]any, wantID string) (*Document, error) {
	id, ok := object["id"].(string)
	if !ok {
		return nil, fmt.Errorf("%w: no id", ErrInvalidDocument)
	}
	if id != wantID {
		return nil, fmt.Errorf("%w: asked for %q, its id is %q", ErrDocumentID, clip(wantID), clip(id))
	}
	if err := checkContext(object, id); err != nil {
		return nil, err
	}
	d := &Document{ID: id, relationships: map[Relationship]map[string]bool{}}
	var err error
	if d.Controller, err = names(object, "controller", true); err != nil {
		return nil, err
	}
	if d.AlsoKnownAs, err = names(object, "alsoKnownAs", false); err != nil {
		return nil, err
	}
	d.Origins = linkedDomains(object["service"])
	if err := d.readMethods(object); err != nil {
		return nil, err
	}
	return d, nil
}

// linkedDomains reads the endpoints of services of the type LinkedDomains: an address, or an object with a list of
// them. Services of other kinds and forms say nothing here.
func linkedDomains(services any) (origins []string) {
	list, _ := services.([]any)
	for _, v := range list[:min(len(list), maxNames)] {
		service, _ := v.(map[string]any)
		if kind := service["type"]; kind != "LinkedDomains" && !slices.Contains(anyList(kind), any("LinkedDomains")) {
			continue
		}
		endpoint := service["serviceEndpoint"]
		if object, ok := endpoint.(map[string]any); ok {
			endpoint = object["origins"]
		}
		for _, v := range append(anyList(endpoint), endpoint) {
			if text, ok := v.(string); ok && len(origins) < maxNames {
				origins = append(origins, text)
			}
		}
	}
	return origins
}

func anyList(v any) []any {
	list, _ := v.([]any)
	return list
}

// contexts are those that may come first in a DID document: of DID Core 1.0 and 1.1, of its drafts, and of CID.
var contexts = []any{didContext, "https://www.w3.org/ns/did/v1.1", "https://w3id.org/did/v1", "https://www.w3.org/ns/cid/v1"}

// checkContext holds a DID document that has contexts to the first of them (DID Core §6.3.1), so that its members are
// those of the standard. JSON needs none; and what stands at an https URL may be the profile of an issuer, with other
// contexts, as well.
func checkContext(object map[string]any, id string) error {
	value, present := object["@context"]
	if list, ok := value.([]any); ok && len(list) > 0 {
		value = list[0]
	}
	if present && strings.HasPrefix(id, "did:") && !slices.Contains(contexts, value) {
		return fmt.Errorf("%w: its first context is not that of DID documents", ErrInvalidDocument)
	}
	return nil
}

// names reads a list of strings, or a single one where the standard has both.
func names(object map[string]any, member string, single bool) ([]string, error) {
	value, ok := object[member]
	if s, isString := value.(string); isString && single {
		return []string{s}, nil
	}
	list, isList := value.([]any)
	if ok && (!isList || len(list) > maxNames) {
		return nil, fmt.Errorf("%w: %s", ErrInvalidDocument, member)
	}
	var texts []string
	for _, v := range list {
		s, ok := v.(string)
		if !ok {
			return nil, fmt.Errorf("%w: %s", ErrInvalidDocument, member)
		}
		texts = append(texts, s)
	}
	return texts, nil
}

// relationships are those of CID §2.3. All are read, so that no method hides from the uniqueness of ids.
var relationships = []Relationship{AssertionMethod, Authentication, "keyAgreement", "capabilityInvocation", "capabilityDelegation"}

func (d *Document) readMethods(object map[string]any) error {
	list, err := entries(object, "verificationMethod")
	if err != nil {
		return err
	}
	for _, v := range list {
		if _, err := d.addMethod(v); err != nil {
			return err
		}
	}
	for _, r := range relationships {
		list, err := entries(object, string(r))
		if err != nil {
			return err
		}
		d.relationships[r] = map[string]bool{}
		for _, v := range list {
			url, err := d.listed(v)
			if err != nil {
				return fmt.Errorf("%w in %s", err, r)
			}
			d.relationships[r][url] = true
		}
	}
	return nil
}

func entries(object map[string]any, member string) ([]any, error) {
	value, ok := object[member]
	list, isList := value.([]any)
	if ok && !isList {
		return nil, fmt.Errorf("%w: %s is not a list", ErrInvalidDocument, member)
	}
	if len(list) > maxMethods {
		return nil, fmt.Errorf("%w: more than %d entries in %s", ErrInvalidDocument, maxMethods, member)
	}
	return list, nil
}

// listed reads an entry of a relationship: a reference, or a method by value.
func (d *Document) listed(v any) (string, error) {
	if s, ok := v.(string); ok {
		return d.absolute(s)
	}
	return d.addMethod(v)
}

// absolute resolves "#fragment" against the document's id (CID §2.1) and refuses what does not address a method.
func (d *Document) absolute(s string) (string, error) {
	id, fragment, _ := strings.Cut(s, "#")
	if !consistsOf(fragment, isFragmentChar) || len(s) > maxURL {
		return "", fmt.Errorf("%w: method id %q", ErrInvalidDocument, clip(s))
	}
	switch {
	case id == "":
		return d.ID + s, nil
	case strings.Contains(id, ":"):
		return s, nil
	}
	return "", fmt.Errorf("%w: relative method id %q", ErrInvalidDocument, clip(s))
}

func (d *Document) addMethod(v any) (string, error) {
	object, ok := v.(map[string]any)
	if !ok {
		return "", fmt.Errorf("%w: a method is not an object", ErrInvalidDocument)
	}
	if len(d.Methods) == maxMethods {
		return "", fmt.Errorf("%w: more than %d methods", ErrInvalidDocument, maxMethods)
	}
	id, _ := object["id"].(string)
	url, err := d.absolute(id)
	if err != nil {
		return "", err
	}
	if slices.ContainsFunc(d.Methods, func(m Method) bool { return m.ID == url }) {
		return "", fmt.Errorf("%w: two methods with the id %q", ErrInvalidDocument, clip(url))
	}
	if holdsPrivate(object) {
		return "", fmt.Errorf("%w: %q publishes a private key", ErrInvalidDocument, clip(url))
	}
	m := Method{ID: url}
	m.Type, _ = object["type"].(string)
	m.Controller, _ = object["controller"].(string)
	if m.problem = m.read(object); m.problem != nil {
		m.Key = nil
	}
	d.Methods = append(d.Methods, m)
	return url, nil
}

// holdsPrivate looks for the names under which private keys have been published (CID §2.2.2, §2.2.3 and their
// predecessors), in the method and in its JWK.
func holdsPrivate(object map[string]any) bool {
	for name := range object {
		if strings.HasPrefix(name, "privateKey") || strings.HasPrefix(name, "secretKey") {
			return true
		}
	}
	jwk, _ := object["publicKeyJwk"].(map[string]any)
	_, private := jwk["d"]
	_, symmetric := jwk["k"]
	return private || symmetric
}

// materials is the allow-list of method types, each with the members of which one holds its key.
var materials = map[string][]string{
	"Multikey":                          {"publicKeyMultibase"},
	"Ed25519VerificationKey2020":        {"publicKeyMultibase"},
	"JsonWebKey":                        {"publicKeyJwk"},
	"JsonWebKey2020":                    {"publicKeyJwk"},
	"EcdsaSecp256r1VerificationKey2019": {"publicKeyJwk", "publicKeyMultibase"},
}

func (m *Method) read(object map[string]any) error {
	members, ok := materials[m.Type]
	if !ok {
		return fmt.Errorf("%w: method type %q", ErrUnsupportedKey, clip(m.Type))
	}
	if m.Controller == "" {
		return fmt.Errorf("%w: no controller", ErrInvalidMethod)
	}
	member := ""
	for name := range object {
		if !strings.HasPrefix(name, "publicKey") {
			continue
		}
		if member != "" || !slices.Contains(members, name) {
			return fmt.Errorf("%w: %s with %s", ErrInvalidMethod, m.Type, clip(name))
		}
		member = name
	}
	if member == "" {
		return fmt.Errorf("%w: no key", ErrInvalidMethod)
	}
	var err error
	if m.Expires, err = dateTimeStamp(object, "expires"); err != nil {
		return err
	}
	if m.Revoked, err = dateTimeStamp(object, "revoked"); err != nil {
		return err
	}
	m.Key, m.Algorithm, err = material(object, member)
	if err != nil {
		return keyError(err)
	}
	return m.checkKind()
}

// checkKind holds the types that are for one kind of key to it.
func (m *Method) checkKind() error {
	fits := true
	switch m.Type {
	case "Ed25519VerificationKey2020":
		_, fits = m.Key.(ed25519.PublicKey)
	case "EcdsaSecp256r1VerificationKey2019":
		key, isEC := m.Key.(*ecdsa.PublicKey)
		fits = isEC && key.Curve == elliptic.P256()
	}
	if !fits {
		return fmt.Errorf("%w: %s with another kind of key", ErrInvalidMethod, m.Type)
	}
	return nil
}

func material(object map[string]any, member string) (crypto.PublicKey, string, error) {
	if member == "publicKeyMultibase" {
		text, _ := object[member].(string)
		key, err := keys.ParseMultikey(text)
		return key, "", err
	}
	jwk, ok := object[member].(map[string]any)
	if !ok {
		return nil, "", errors.New("no JWK in it")
	}
	b, err := json.Marshal(jwk)
	if err != nil {
		return nil, "", err
	}
	named, err := keys.ParseNamedJWK(b)
	return named.Key, named.Algorithm, err
}

// keyError tells an unknown kind of key, which another program may know, from a wrong one.
func keyError(err error) error {
	if err == nil || errors.Is(err, ErrUnsupportedKey) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrInvalidMethod, err)
}

// stampForm is XSD 1.1 dateTimeStamp as far as time.Parse reads it: the offset is mandatory, years have four digits.
var stampForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$`)
})

func dateTimeStamp(object map[string]any, member string) (*time.Time, error) {
	v, ok := object[member]
	if !ok {
		return nil, nil
	}
	s, _ := v.(string)
	t, err := time.Parse(time.RFC3339, s)
	if err != nil || !stampForm().MatchString(s) {
		return nil, fmt.Errorf("%w: %s is not a dateTimeStamp", ErrInvalidMethod, member)
	}
	return &t, nil
}
