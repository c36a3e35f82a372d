// Package vcapi answers other software in the words of the W3C VC API: issue this, verify
// this, derive from this.
//
// It is the service side of the VC API (now Verifiable Credential API for Lifecycle
// Management, "VCALM") as far as Laurel has it, in the dialect of the public conformance
// suites: what does not verify is an error of the request. A call is a function of bytes to
// a status and bytes; HTTP, and who may call, are left to package web.
//
// These calls sign what the caller sends. So no key of an institution is ever theirs: New
// makes keys of its own, in memory, each of which is the did:key that it issues as, and
// they are gone with the process. Nothing of the issuer's is imported here. Verification is
// the verifier's, whole; what the API asks less of is decided on its report.
package vcapi

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"time"

	"laurel/internal/did"
	"laurel/internal/jsonld"
	"laurel/internal/proof"
	"laurel/verifier"
)

// Config is what a Service needs.
type Config struct {
	Base    string                                               // origin under which this server is reached, without a slash at the end
	Own     func(ctx context.Context, url string) ([]byte, bool) // documents that this server publishes otherwise; nil: none
	Now     func() time.Time                                     // the clock
	Offline bool                                                 // verification fetches nothing
	Limits  verifier.Limits                                      // of each verification
}

// Issuer is one of the issuers: a fresh key, and the form in which it secures credentials.
type Issuer struct {
	Name   string `json:"name"`   // the part of the address that chooses it
	ID     string `json:"id"`     // the did:key that is the issuer of what it signs
	Method string `json:"method"` // the verification method

	suite  string // empty: an enveloping proof
	status bool   // whether it adds a status entry
	signer proof.Signer
}

// Service answers the calls. It is safe for concurrent use.
type Service struct {
	now       func() time.Time
	processor *jsonld.Processor
	verifier  *verifier.Verifier
	issuers   []*Issuer
	list      *statusList
}

// DefaultIssuer is the issuer of the address that names none.
const DefaultIssuer = proof.EdDSARDFC2022

// statusIssuer is the issuer that adds a status entry.
const statusIssuer = "bitstring-status-list"

// plans are the issuers: one for each suite and kind of key.
var plans = []struct {
	name, suite string
	key         func() (crypto.Signer, error)
}{
	{proof.EdDSARDFC2022, proof.EdDSARDFC2022, newEd25519},
	{proof.EdDSAJCS2022, proof.EdDSAJCS2022, newEd25519},
	{proof.ECDSARDFC2019, proof.ECDSARDFC2019, newP256},
	{proof.ECDSARDFC2019 + "-p384", proof.ECDSARDFC2019, newP384},
	{proof.ECDSAJCS2019, proof.ECDSAJCS2019, newP256},
	{proof.ECDSAJCS2019 + "-p384", proof.ECDSAJCS2019, newP384},
	{proof.ECDSASD2023, proof.ECDSASD2023, newP256},
	{"vc-jwt", "", newP256},
	{statusIssuer, proof.EdDSARDFC2022, newEd25519},
}

func newEd25519() (crypto.Signer, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	return key, err
}

func newP256() (crypto.Signer, error) { return ecdsa.GenerateKey(elliptic.P256(), rand.Reader) }
func newP384() (crypto.Signer, error) { return ecdsa.GenerateKey(elliptic.P384(), rand.Reader) }

// New makes a Service with fresh keys.
func New(ctx context.Context, c Config) (*Service, error) {
	s := &Service{now: c.Now, processor: jsonld.Pinned()}
	for _, plan := range plans {
		key, err := plan.key()
		if err != nil {
			return nil, err
		}
		id, method, err := did.DIDKey(key.Public())
		if err != nil {
			return nil, err
		}
		s.issuers = append(s.issuers, &Issuer{
			Name: plan.name, ID: id, Method: method, suite: plan.suite, status: plan.name == statusIssuer,
			signer: proof.NewSigner(method, key),
		})
	}
	var err error
	if s.list, err = s.newList(ctx, c.Base); err != nil {
		return nil, err
	}
	s.verifier = verifier.New(verifier.Config{Now: c.Now, Offline: c.Offline, Limits: c.Limits, Own: func(ctx context.Context, url string) ([]byte, bool) {
		if url == s.list.address {
			return s.list.document, true
		}
		if c.Own == nil {
			return nil, false
		}
		return c.Own(ctx, url)
	}})
	return s, nil
}

// Issuers lists the issuers.
func (s *Service) Issuers() []Issuer {
	out := make([]Issuer, len(s.issuers))
	for i, issuer := range s.issuers {
		out[i] = *issuer
	}
	return out
}

func (s *Service) issuer(name string) (*Issuer, bool) {
	for _, i := range s.issuers {
		if i.Name == name {
			return i, true
		}
	}
	return nil, false
}
