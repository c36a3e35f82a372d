package did

import (
	"encoding/base64"
	"errors"
	"fmt"

	"laurel/internal/strictjson"
	"laurel/keys"
)

// jwkDocument is the document that a did:jwk is itself: the JWK in base64url without padding, in its one form, with
// the one method #0. A key for encryption is listed for no purpose that we know (did:jwk, "To create the DID
// Document").
func jwkDocument(did string) (*Document, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(did[len("did:jwk:"):])
	if err != nil {
		return nil, fmt.Errorf("%w: did:jwk is not base64url", ErrInvalidURL)
	}
	members, err := strictjson.ParseObject(raw, limits)
	if err != nil {
		return nil, fmt.Errorf("%w: did:jwk: %w", ErrInvalidURL, err)
	}
	m := Method{ID: did + "#0", Type: "JsonWebKey2020", Controller: did}
	d := &Document{ID: did, relationships: map[Relationship]map[string]bool{}}
	if members["use"] == "enc" {
		m.problem = fmt.Errorf("%w: the key is for encryption", ErrRelationship)
		d.Methods = []Method{m}
		return d, nil
	}
	named, err := keys.ParseNamedJWK(raw)
	if errors.Is(err, ErrUnsupportedKey) {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("%w: did:jwk: %w", ErrInvalidURL, err)
	}
	m.Key, m.Algorithm = named.Key, named.Algorithm
	d.Methods = []Method{m}
	listed := map[string]bool{m.ID: true}
	d.relationships[AssertionMethod], d.relationships[Authentication] = listed, listed
	return d, nil
}
