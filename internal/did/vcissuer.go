package did

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"laurel/keys"
)

const acceptMetadata = "application/json, application/jwk-set+json;q=0.9, */*;q=0.1"

// IssuerKey finds the key of an SD-JWT VC (SD-JWT VC §2.5). A kid that is a DID URL is retrieved like any method; it
// speaks for its DID. Otherwise the issuer must be an https URL that publishes metadata, in whose JWK set the kid
// stands exactly once; that key speaks for the issuer, and for assertion only.
func (r *Resolver) IssuerKey(ctx context.Context, kid, issuer string, purpose Relationship) (m Method, controller string, err error) {
	if strings.HasPrefix(kid, "did:") {
		return r.Method(ctx, kid, purpose)
	}
	if purpose != AssertionMethod {
		return Method{}, "", fmt.Errorf("%w: %s", ErrRelationship, clip(string(purpose)))
	}
	set, err := r.issuerKeys(ctx, issuer)
	if err != nil {
		return Method{}, "", err
	}
	found, err := named(set, kid)
	if err != nil {
		return Method{}, "", err
	}
	return Method{ID: kid, Type: "JsonWebKey", Controller: issuer, Key: found.Key, Algorithm: found.Algorithm}, issuer, nil
}

// issuerKeys reads the metadata of an issuer (SD-JWT VC §4), which holds its JWK set or, on the same origin, the
// address of it.
func (r *Resolver) issuerKeys(ctx context.Context, issuer string) ([]keys.NamedKey, error) {
	at, err := r.webAddress(issuer)
	if err != nil || strings.ContainsAny(issuer, "?#") {
		return nil, fmt.Errorf("%w: %q is no issuer with metadata", ErrInvalidURL, clip(issuer))
	}
	// The path of the issuer follows that of the metadata (SD-JWT VC §4.1).
	address := at.Scheme + "://" + at.Host + "/.well-known/jwt-vc-issuer" + strings.TrimSuffix(at.EscapedPath(), "/")
	metadata, _, err := r.object(ctx, address, acceptMetadata)
	if err != nil {
		return nil, err
	}
	if metadata["issuer"] != any(issuer) {
		return nil, fmt.Errorf("%w: the metadata at %s", ErrDocumentID, clip(address))
	}
	set, inside := metadata["jwks"].(map[string]any)
	elsewhere, named := metadata["jwks_uri"].(string)
	if inside == named {
		return nil, fmt.Errorf("%w: the metadata needs one of jwks and jwks_uri", ErrInvalidDocument)
	}
	if named {
		other, err := r.webAddress(elsewhere)
		if err != nil {
			return nil, err
		}
		if origin(other) != origin(at) {
			return nil, fmt.Errorf("%w: %q", ErrOrigin, clip(elsewhere))
		}
		if set, _, err = r.object(ctx, elsewhere, acceptMetadata); err != nil {
			return nil, err
		}
	}
	raw, err := json.Marshal(set)
	if err != nil {
		return nil, err
	}
	list, err := keys.ParseJWKSet(raw)
	return list, keyError(err)
}
