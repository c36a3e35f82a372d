package federation

import (
	"context"
	"crypto"
	"errors"
	"strings"
	"time"

	"laurel/internal/did"
	"laurel/keys"
	"laurel/registry"
)

// testKey is the thumbprint of the key of the consortium's test anchor, whose private half
// everybody can read.
const testKey = "IOfV5gn8K6HKHEGA6080GY-_YOxCSq6fm4uuOcB4zNY"

// Direct is an anchor that states about DIDs, by the profile dcc-oidf: the subject is a DID
// that says nothing of itself to a federation, and the statement has no keys. ID, Keys, Get
// and Now are needed.
type Direct struct {
	Name string // of the list, as it is shown
	ID   string // entity identifier
	Keys []crypto.PublicKey
	Get  did.Getter
	Now  func() time.Time
	// PublicTestKey allows the anchor's key that everybody has. It is for tests.
	PublicTestKey bool
}

// Listed is what an anchor states about a DID.
type Listed struct {
	DID, Name, LegalName string
	Keys                 []string // thumbprints, if the statement has keys or names them
	Issued, Expires      time.Time
}

// Configuration checks the anchor's own statement: signed with a pinned key, by its own
// words itself, and in time.
func (d *Direct) Configuration(text string) (*Statement, error) {
	for _, k := range d.Keys {
		if jkt, err := keys.Thumbprint(k); err != nil || jkt == testKey && !d.PublicTestKey {
			return nil, refused("the pinned key of %s is no key for an anchor", d.ID)
		}
	}
	s, err := readStatement(text, true)
	switch {
	case err != nil:
		return nil, err
	case s.Issuer != d.ID || s.Subject != d.ID:
		return nil, refused("%s answers for %s", s.Issuer, d.ID)
	}
	if err := d.signed(s); err != nil {
		return nil, err
	}
	return s, inTime(s.Issued, s.Expires, d.Now())
}

func (d *Direct) signed(s *Statement) error { return pinned(s.token, typeStatement, d.Keys) }

// Statement checks what the anchor states about a DID.
func (d *Direct) Statement(own *Statement, text, id string) (*Listed, error) {
	s, err := readStatement(text, true)
	switch {
	case err != nil:
		return nil, err
	case own.Issuer != d.ID || s.Issuer != d.ID || s.Subject != id:
		return nil, refused("%s states about %s, not about %s", s.Issuer, s.Subject, id)
	}
	if err := d.signed(s); err != nil {
		return nil, err
	}
	if err := inTime(s.Issued, s.Expires, d.Now()); err != nil {
		return nil, err
	}
	metadata := s.claims.Member("metadata")
	l := &Listed{
		DID: id, Name: metadata.Member(federationEntity).Member("organization_name").Text(),
		LegalName: metadata.Member("institution_additional_information").Member("legal_name").Text(),
		Keys:      append(thumbprints(s.keys), pinsOf(metadata.Member(issuerType).Member("jkt"))...), Issued: own.Issued, Expires: own.Expires,
	}
	if s.Expires.Before(l.Expires) {
		l.Expires = s.Expires
	}
	return l, nil
}

// Look asks the anchor about a DID.
func (d *Direct) Look(ctx context.Context, id string) (*Listed, error) {
	text, err := get(ctx, d.Get, strings.TrimSuffix(d.ID, "/")+wellKnown)
	if errors.Is(err, ErrUnlisted) {
		err = undecided("the anchor %s is not there", d.ID)
	}
	if err != nil {
		return nil, err
	}
	own, err := d.Configuration(text)
	if err != nil {
		return nil, err
	}
	address, err := fetchAddress(own, id)
	if err != nil {
		return nil, err
	}
	if text, err = get(ctx, d.Get, address); err != nil {
		return nil, err
	}
	return d.Statement(own, text, id)
}

// Source asks the anchor about a DID, as a registry: see Resolver.Source. Only keys that
// the statement has or names, or that stand in the DID, are pinned, so that of a did:web
// without keys no more is said than that it is known.
func (d *Direct) Source(ctx context.Context, id string) (registry.Source, error) {
	l, err := d.Look(ctx, id)
	if err != nil {
		return withoutEntry(registry.Meta{Name: d.Name, Origin: d.ID, Assurance: registry.SignedList}, err)
	}
	name := l.LegalName
	if name == "" {
		name = l.Name
	}
	meta := registry.Meta{Name: d.Name, Origin: d.ID, Issued: l.Issued, Fresh: l.Expires, Expires: l.Expires, Assurance: registry.SignedList}
	return listing(meta, id, name, d.ID, append(KeysIn(id), l.Keys...))
}
