package issuer

import (
	"bytes"
	"context"
	"crypto"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"laurel/internal/badge"
	"laurel/internal/did"
	"laurel/keys"
)

// DIDDocument returns the did:web document with every key that signs or has signed
// (did:web §2.2, CID §2.2), also those that rotation took out of use.
func (i *Issuer) DIDDocument(ctx context.Context) ([]byte, error) {
	profile, err := i.store.Profile(ctx)
	if err != nil {
		return nil, err
	}
	raw, _, err := i.ownDocument.of(profile.ID, i.ring.List())
	return bytes.Clone(raw), err
}

// ownDocument is the DID document, made anew when it would be another one.
type ownDocument struct {
	mu       sync.Mutex
	states   string // what the document was made of
	raw      []byte
	document *did.Document
}

func (o *ownDocument) of(id string, held []keys.Key) ([]byte, *did.Document, error) {
	states := id
	for _, k := range held {
		states += " " + k.ID // which is the key's own thumbprint
		if k.Revoked != nil {
			states += " " + k.Revoked.String()
		}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.states == states {
		return o.raw, o.document, nil
	}
	published := make([]did.PublishedKey, len(held))
	for n, k := range held {
		published[n] = did.PublishedKey{Fragment: k.ID, Public: k.Public, Revoked: k.Revoked}
	}
	raw, err := did.NewDocument(id, published)
	if err != nil {
		return nil, nil, err
	}
	document, err := did.ParseDocument(raw, id)
	if err != nil {
		return nil, nil, err
	}
	o.states, o.raw, o.document = states, raw, document
	return raw, document, nil
}

// Published returns what this institution publishes at an address that verification needs:
// its DID document or a status list. Whoever runs the Issuer need not ask the network.
func (i *Issuer) Published(ctx context.Context, address string) (body []byte, ok bool) {
	path, own := strings.CutPrefix(address, i.base)
	if !own {
		return nil, false
	}
	var err error
	if name, isList := strings.CutPrefix(path, "/status/"); isList {
		body, err = i.StatusListCredential(ctx, name)
	} else if path == "/.well-known/did.json" {
		body, err = i.DIDDocument(ctx)
	}
	return body, err == nil && body != nil
}

// JWKSet returns the keys that verify as a JWK set (RFC 7517 §5).
func (i *Issuer) JWKSet() (json.RawMessage, error) {
	var public []crypto.PublicKey
	for _, k := range i.ring.List() {
		if k.Revoked == nil {
			public = append(public, k.Public)
		}
	}
	return keys.JWKSet(public...)
}

// ProfileDocument returns the institution's profile as JSON-LD.
func (i *Issuer) ProfileDocument(ctx context.Context) ([]byte, error) {
	profile, err := i.store.Profile(ctx)
	if err != nil {
		return nil, err
	}
	return badge.ProfileDocument(i.wireProfile(profile))
}

// RetireKey withdraws a key for good, as after a theft: nothing that it ever signed
// verifies any more. The status lists are signed anew with the key in use, so a key that
// is still in use must be rotated first.
func (i *Issuer) RetireKey(ctx context.Context, id string) error {
	for _, k := range i.ring.List() {
		if k.ID == id && k.Active() {
			return fmt.Errorf("%w: the key is in use; rotate it first, so that a new one takes its place", ErrConflict)
		}
	}
	if err := i.ring.Retire(id, i.now().UTC()); err != nil {
		return err
	}
	return i.publishStatus(ctx, true)
}

// KeyWithdrawn reports whether an award was signed with a key that was retired since, so
// that no verifier accepts it any more.
func (i *Issuer) KeyWithdrawn(a Award) bool { return i.withdrawn()[a.SignedBy] }

// withdrawn are the IDs of the keys that were retired.
func (i *Issuer) withdrawn() map[string]bool {
	ids := map[string]bool{}
	for _, k := range i.ring.List() {
		if k.Revoked != nil {
			ids[k.ID] = true
		}
	}
	return ids
}

// fragment is the ID of the key that a verification method of ours stands for.
func fragment(method string) string {
	_, id, _ := strings.Cut(method, "#")
	return id
}
