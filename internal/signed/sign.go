package signed

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"laurel/keys"
)

// The algorithms of the profile (RFC 8037 §3.1, RFC 7518 §3.4).
const (
	algEdDSA = "EdDSA"
	algES256 = "ES256"
)

const es256Half = 32 // bytes of r and of s

// algorithm names the one algorithm of a key, or nothing.
func algorithm(key crypto.PublicKey) string {
	switch k := key.(type) {
	case ed25519.PublicKey:
		return algEdDSA
	case *ecdsa.PublicKey:
		if k.Curve == elliptic.P256() {
			return algES256
		}
	}
	return ""
}

// Usable reports whether a key is of a kind that signs documents: Ed25519 or P-256.
func Usable(key crypto.PublicKey) bool { return algorithm(key) != "" }

// Sign returns the document with one more signature, by a key that has not signed it yet. The
// new signature is verified before it leaves.
func (u Unverified) Sign(typ string, signer crypto.Signer) (Unverified, error) {
	public := signer.Public()
	alg := algorithm(public)
	if alg == "" {
		return Unverified{}, fmt.Errorf("%w: documents are signed with Ed25519 or P-256", keys.ErrUnsupported)
	}
	if strings.Trim(typ, "abcdefghijklmnopqrstuvwxyz0123456789.+-/") != "" || len(typ) > maxHeader/2 {
		return Unverified{}, fmt.Errorf("%w: no media type: %q", ErrForm, typ)
	}
	kid, err := keys.Thumbprint(public)
	if err != nil {
		return Unverified{}, err
	}
	if slices.Contains(u.Claimed(), kid) {
		return Unverified{}, errors.New("the key has signed the document already")
	}
	if len(u.signatures) == MaxSignatures {
		return Unverified{}, fmt.Errorf("%w: more than %d signatures", ErrForm, MaxSignatures)
	}
	header := fmt.Sprintf(`{"alg":"%s","kid":"%s","typ":"%s"}`, alg, kid, typ)
	s := signature{protected: base64.RawURLEncoding.EncodeToString([]byte(header)), alg: alg, kid: kid, typ: typ}
	input := u.input(s.protected)
	if s.value, err = sign(signer, alg, input); err != nil {
		return Unverified{}, err
	}
	if !verify(public, alg, input, s.value) {
		return Unverified{}, fmt.Errorf("%w: the signer's own", ErrSignature)
	}
	u.signatures = append(slices.Clip(u.signatures), s)
	return u, nil
}

func sign(signer crypto.Signer, alg string, input []byte) ([]byte, error) {
	if alg == algEdDSA {
		return signer.Sign(rand.Reader, input, crypto.Hash(0))
	}
	digest := sha256.Sum256(input)
	der, err := signer.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		return nil, err
	}
	var parts struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(der, &parts); err != nil || len(rest) > 0 ||
		parts.R.Sign() <= 0 || parts.S.Sign() <= 0 || parts.R.BitLen() > 8*es256Half || parts.S.BitLen() > 8*es256Half {
		return nil, errors.New("the signer gave no ECDSA signature")
	}
	raw := make([]byte, 2*es256Half)
	parts.R.FillBytes(raw[:es256Half])
	parts.S.FillBytes(raw[es256Half:])
	return raw, nil
}

// verify fails for an algorithm that is not the key's.
func verify(key crypto.PublicKey, alg string, input, value []byte) bool {
	if alg != algorithm(key) {
		return false
	}
	switch k := key.(type) {
	case ed25519.PublicKey:
		return ed25519.Verify(k, input, value)
	case *ecdsa.PublicKey:
		if len(value) != 2*es256Half {
			return false
		}
		digest := sha256.Sum256(input)
		r, s := new(big.Int).SetBytes(value[:es256Half]), new(big.Int).SetBytes(value[es256Half:])
		return ecdsa.Verify(k, digest[:], r, s)
	}
	return false
}
