package keys

import (
	"crypto"
	"fmt"
	"io"
)

// Signer lends an active key. The signer asks the ring at every signature, so that it stops with the key.
//
// Called with nil randomness, ECDSA signatures are deterministic (RFC 6979), as the published Data Integrity vectors
// are; they come in DER, as crypto.Signer has it. Ed25519 takes the message itself and crypto.Hash(0).
func (r *Ring) Signer(id string) (crypto.Signer, error) {
	k, err := r.get(id)
	if err != nil {
		return nil, err
	}
	if err := k.mustSign(); err != nil {
		return nil, err
	}
	return &signer{ring: r, id: id, public: k.Public}, nil
}

// signer lends one key without showing it.
type signer struct {
	ring   *Ring
	id     string
	public crypto.PublicKey
}

func (s *signer) Public() crypto.PublicKey { return s.public }

func (s *signer) Sign(rand io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	k, err := s.ring.get(s.id)
	if err != nil {
		return nil, err
	}
	if err := k.mustSign(); err != nil {
		return nil, err
	}
	return k.private.Sign(rand, digest, opts)
}

// Format names the key and shows nothing of it.
func (s *signer) Format(f fmt.State, _ rune) { _, _ = fmt.Fprintf(f, "signer %s", s.id) }
