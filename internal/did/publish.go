package did

import (
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"laurel/keys"
)

// A PublishedKey is one key in a document of ours.
//
// A key that was merely rotated is published as it always was. It gets no "expires", because CID §2.2 has verifiers
// refuse every proof of a method at or after that moment, also those made long before, and all badges it signed would
// fall. A retired key is published with its date of revocation and listed for no purpose, so that verifiers that do
// not know "revoked" refuse it too.
type PublishedKey struct {
	Fragment string // the method's id after "#"
	Public   crypto.PublicKey
	Revoked  *time.Time
}

type publishedDocument struct {
	Context         []string          `json:"@context"`
	ID              string            `json:"id"`
	Methods         []publishedMethod `json:"verificationMethod,omitempty"`
	AssertionMethod []string          `json:"assertionMethod,omitempty"`
}

type publishedMethod struct {
	ID                 string          `json:"id"`
	Type               string          `json:"type"`
	Controller         string          `json:"controller"`
	Revoked            string          `json:"revoked,omitempty"`
	PublicKeyMultibase string          `json:"publicKeyMultibase,omitempty"`
	PublicKeyJWK       json.RawMessage `json:"publicKeyJwk,omitempty"`
}

// The contexts of what NewDocument writes.
const (
	didContext      = "https://www.w3.org/ns/did/v1"
	multikeyContext = "https://w3id.org/security/multikey/v1"
	jwkContext      = "https://w3id.org/security/jwk/v1"
)

// NewDocument writes the document of a did:web (or https) id: Multikey for Ed25519 and EC keys, JsonWebKey for RSA,
// all that are not revoked listed under assertionMethod. The same input gives the same bytes. The result is read back
// before it is returned: what our own ParseDocument refuses is not published.
func NewDocument(id string, published []PublishedKey) ([]byte, error) {
	d := publishedDocument{ID: id}
	used := map[string]bool{}
	for _, k := range published {
		m, context, err := k.method(id)
		if err != nil {
			return nil, err
		}
		d.Methods = append(d.Methods, m)
		used[context] = true
		if k.Revoked == nil {
			d.AssertionMethod = append(d.AssertionMethod, m.ID)
		}
	}
	d.Context = []string{didContext}
	for _, context := range []string{multikeyContext, jwkContext} {
		if used[context] {
			d.Context = append(d.Context, context)
		}
	}
	b, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("cannot write the key document: %w", err)
	}
	if err := check(b, id); err != nil {
		return nil, err
	}
	return b, nil
}

func (k PublishedKey) method(id string) (m publishedMethod, context string, err error) {
	m = publishedMethod{ID: id + "#" + k.Fragment, Controller: id}
	if k.Revoked != nil {
		m.Revoked = k.Revoked.UTC().Format(time.RFC3339)
	}
	m.PublicKeyMultibase, err = keys.Multikey(k.Public)
	if err == nil {
		m.Type = "Multikey"
		return m, multikeyContext, nil
	}
	if !errors.Is(err, keys.ErrUnsupported) {
		return m, "", err
	}
	m.Type = "JsonWebKey"
	m.PublicKeyJWK, err = keys.JWK(k.Public)
	return m, jwkContext, err
}

// check reads the document back as a verifier will.
func check(b []byte, id string) error {
	d, err := ParseDocument(b, id)
	if err != nil {
		return err
	}
	for _, m := range d.Methods {
		if m.problem != nil {
			return m.problem
		}
	}
	return nil
}
