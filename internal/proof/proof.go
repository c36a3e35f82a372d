// Package proof answers: did this key sign exactly this document?
//
// It makes and checks embedded proofs of Verifiable Credential Data Integrity 1.0 ("VC-DI",
// with the cryptosuites of VC-DI-EdDSA and VC-DI-ECDSA) and tokens: JSON Web Tokens (RFC
// 7515, RFC 7519) in the forms of Open Badges 3.0 §8.2, VC-DM 1.1 §6.3.1 and VC-JOSE-COSE,
// and SD-JWTs (RFC 9901) in those of VC-JOSE-COSE and SD-JWT VC. Only a Prepared document
// can be signed, and a Verified one exists only where a proof was checked here.
//
// It leaves to others: which key a verification method stands for, whether the key is
// the issuer's, and whether the credential still holds.
package proof

import (
	"context"
	"crypto"
	"errors"
	"time"

	"laurel/internal/strictjson"
)

// ErrUndecided is wrapped by outcomes that show nothing about the signature: a suite
// that is not known, a key that could not be had, a budget that was used up. Every other
// error says that the proof is wrong (PROOF_VERIFICATION_ERROR).
var ErrUndecided = errors.New("the proof could not be checked")

// The proof purposes (VC-DI §2.3, CID §2.3): credentials are asserted, with a presentation
// its holder authenticates.
const (
	Assertion      = "assertionMethod"
	Authentication = "authentication"
)

// Terms are what a proof must meet beside its signature.
type Terms struct {
	At      time.Time // the moment for which to decide
	Purpose string    // Assertion where it is empty
	// Challenge and Domain are what the verifier asked the holder to sign; compared when
	// not empty (VC-DI §4.4 steps 5 and 6).
	Challenge, Domain string
}

func (t Terms) purpose() string {
	if t.Purpose == "" {
		return Assertion
	}
	return t.Purpose
}

// Method is the key behind a verification method, as its controller publishes it.
type Method struct {
	Key        crypto.PublicKey
	Controller string // the identifier that the key speaks for; empty if nobody vouches for it
	Algorithm  string // the one JOSE algorithm that its JWK allows; empty if it names none
}

// Resolve finds a verification method for a purpose, and refuses one that is expired or
// revoked. It wraps ErrUndecided when the method could not be had, as opposed to not
// existing.
type Resolve func(ctx context.Context, verificationMethod, purpose string) (Method, error)

// Signer is a private key together with the verification method that stands for it.
type Signer struct {
	Method string // absolute URL
	Key    crypto.Signer

	last *lately // nil: it does not remember
}

// NewSigner returns a signer that remembers how its last proof was written, for the next one
// says the same of itself if it is made in the same second and under the same contexts.
func NewSigner(method string, key crypto.Signer) Signer {
	return Signer{Method: method, Key: key, last: new(lately)}
}

// Outcome tells how the check of one proof ended.
type Outcome struct {
	Format     string // "DataIntegrityProof", "JWT", "SD-JWT" or the type that was not known
	Suite      string // the cryptosuite, or the JWT's alg
	Method     string // the verification method; empty for a key inside the JWT's header
	Controller string
	Key        crypto.PublicKey // with which it was checked
	Created    time.Time        // as the proof says; zero when it does not
	Err        error            // nil: verified
}

// Verified is a document, a credential or a presentation, of which at least one proof verified.
type Verified struct {
	document strictjson.Value
	outcomes []Outcome
	bound    bool
}

// Value returns the document without its proof, as it was signed.
func (v *Verified) Value() strictjson.Value { return v.document }

// HolderBound reports whether an SD-JWT came with a good key binding: the holder of the key
// that its issuer names has signed it. When that was is known only if Terms had a challenge.
func (v *Verified) HolderBound() bool { return v.bound }

// Outcomes returns the outcome of each proof, in the document's order.
func (v *Verified) Outcomes() []Outcome { return v.outcomes }

// conclude makes a Verified if any outcome is without error; otherwise its error is the
// first that leaves a proof undecided, since that one may yet be good, or else the first of
// all. A document with no outcome proves nothing.
func conclude(document strictjson.Value, outcomes []Outcome) (*Verified, []Outcome, error) {
	var first error
	for _, o := range outcomes {
		if o.Err == nil {
			return &Verified{document: document, outcomes: outcomes}, outcomes, nil
		}
		if first == nil || !errors.Is(first, ErrUndecided) && errors.Is(o.Err, ErrUndecided) {
			first = o.Err
		}
	}
	if first == nil {
		first = errors.New("the document carries no proof")
	}
	return nil, outcomes, first
}
