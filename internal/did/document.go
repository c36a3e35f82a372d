package did

import (
	"crypto"
	"fmt"
	"strings"
	"time"
)

// A Document says which keys speak for its ID. It is made by ParseDocument or a Resolver, so that its ID is the one
// that was asked for.
type Document struct {
	ID          string
	Controller  []string // who may change the document; not checked
	AlsoKnownAs []string // claims of the document about itself; not checked
	// Origins are those of the services of the type LinkedDomains (Well Known DID Configuration §3): sites that the
	// document calls its own, which is a claim until such a site names the document too.
	Origins []string
	// Methods holds every method, also those of unknown kinds. It is for display and registries: a key to verify
	// with comes from Document.Method alone.
	Methods []Method

	relationships map[Relationship]map[string]bool // purpose to absolute method ids
}

// A Method is one key of a document (CID §2.2).
type Method struct {
	ID         string           // absolute URL
	Type       string           // Multikey, JsonWebKey, JsonWebKey2020, Ed25519VerificationKey2020 or EcdsaSecp256r1VerificationKey2019
	Controller string           // whose key it is said to be
	Key        crypto.PublicKey // nil when the method is of no use; Document.Method then says why
	Algorithm  string           // the alg of a JWK, which already fits the key; "" when it names none
	Expires    *time.Time
	Revoked    *time.Time

	problem error // why Key is nil
}

// UsableAt refuses a key at or after its expiry or revocation. CID §2.2 measures that by the time of verification,
// not by the date inside a proof, which a thief of the key would choose.
func (m Method) UsableAt(at time.Time) error {
	if m.Revoked != nil && !at.Before(*m.Revoked) {
		return fmt.Errorf("%w on %s", ErrRevoked, m.Revoked.UTC().Format(time.RFC3339))
	}
	if m.Expires != nil && !at.Before(*m.Expires) {
		return fmt.Errorf("%w on %s", ErrExpired, m.Expires.UTC().Format(time.RFC3339))
	}
	return nil
}

// Method gives the key with the exact absolute URL, if the document is its controller's and lists it for the purpose
// (CID §3.3, steps 5 to 9). Expiry and revocation are left to Method.UsableAt, but for a method that is no longer listed
// because it was revoked. Errors: ErrMethodNotFound, ErrController, ErrRelationship, ErrRevoked, ErrInvalidMethod,
// ErrUnsupportedKey.
func (d *Document) Method(url string, purpose Relationship) (Method, error) {
	if id, _, _ := strings.Cut(url, "#"); id != d.ID {
		return Method{}, fmt.Errorf("%w: %q", ErrMethodNotFound, clip(url))
	}
	for _, m := range d.Methods {
		if m.ID != url {
			continue
		}
		switch {
		case m.problem != nil:
			return Method{}, m.problem
		case m.Controller != d.ID:
			return Method{}, fmt.Errorf("%w: %q", ErrController, clip(m.Controller))
		case !d.relationships[purpose][url] && m.Revoked != nil:
			return Method{}, m.UsableAt(*m.Revoked) // taken off the list because it was revoked
		case !d.relationships[purpose][url]:
			return Method{}, fmt.Errorf("%w: %s", ErrRelationship, clip(string(purpose)))
		}
		return m, nil
	}
	return Method{}, fmt.Errorf("%w: %q", ErrMethodNotFound, clip(url))
}
