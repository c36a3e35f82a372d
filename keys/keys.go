// Package keys answers one question: whose pen is it? It makes signing keys, keeps them in one encrypted file,
// rotates and retires them, lends them out as crypto.Signers, and writes and reads public keys in the forms in
// which the world exchanges them: Multikey (W3C Controlled Identifiers 1.0 §2.2.2, "CID" below) and JSON Web Key
// (RFC 7517, RFC 7518 §6, RFC 8037 §2) with its thumbprint (RFC 7638).
//
// It does not know who a key speaks for (package did), what is signed with it (package proof), nor who may ask
// for it. Private bytes never leave it except through the methods whose names say so.
package keys

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"errors"
	"fmt"
	"math/big"
)

// Errors that callers decide on. ErrUnsupported means that this program does not know the kind of key (another
// one may); ErrMalformed means that the text or bytes are no key at all, or a key that nobody should use.
var (
	ErrUnsupported = errors.New("unsupported kind of key")
	ErrMalformed   = errors.New("malformed key")
)

// Algorithm names a kind of key by curve or by modulus length. The zero value is no algorithm.
type Algorithm string

// The closed set of keys that can be made and kept.
const (
	Ed25519 Algorithm = "Ed25519"
	P256    Algorithm = "P-256"
	P384    Algorithm = "P-384"
	RSA2048 Algorithm = "RSA-2048"
	RSA3072 Algorithm = "RSA-3072"
	RSA4096 Algorithm = "RSA-4096"
)

// Algorithms lists every Algorithm, the recommended one first.
func Algorithms() []Algorithm {
	return []Algorithm{Ed25519, P256, P384, RSA2048, RSA3072, RSA4096}
}

// ParseAlgorithm reads the exact name of an Algorithm, as a user types it.
func ParseAlgorithm(s string) (Algorithm, error) {
	for _, a := range Algorithms() {
		if s == string(a) {
			return a, nil
		}
	}
	return "", fmt.Errorf("%w %q: use one of %v", ErrUnsupported, clip(s), Algorithms())
}

// AlgorithmOf tells which Algorithm a public key belongs to. RSA keys of lengths outside the closed set give
// ErrUnsupported, although ParseJWK reads them: they verify, but Laurel does not keep such keys.
func AlgorithmOf(pub crypto.PublicKey) (Algorithm, error) {
	switch k := pub.(type) {
	case ed25519.PublicKey:
		return Ed25519, checkEd25519(k)
	case *ecdsa.PublicKey:
		switch k.Curve {
		case elliptic.P256():
			return P256, nil
		case elliptic.P384():
			return P384, nil
		}
	case *rsa.PublicKey:
		switch k.N.BitLen() {
		case 2048:
			return RSA2048, checkRSA(k)
		case 3072:
			return RSA3072, checkRSA(k)
		case 4096:
			return RSA4096, checkRSA(k)
		}
	}
	return "", fmt.Errorf("%w: %T", ErrUnsupported, pub)
}

// The bounds of an RSA modulus in bits. Below, signatures can be forged (NIST SP 800-131A); above, checking one
// costs more than an answer is worth.
const (
	minRSABits = 2048
	maxRSABits = 8192
)

// checkRSA refuses lengths outside the bounds, even moduli, and exponents that crypto/rsa would not use.
func checkRSA(k *rsa.PublicKey) error {
	if k == nil || k.N == nil || k.N.Sign() <= 0 {
		return fmt.Errorf("%w: empty RSA modulus", ErrMalformed)
	}
	if bits := k.N.BitLen(); bits < minRSABits || bits > maxRSABits {
		return fmt.Errorf("%w: RSA modulus of %d bits, need %d to %d", ErrMalformed, bits, minRSABits, maxRSABits)
	}
	if k.N.Bit(0) == 0 {
		return fmt.Errorf("%w: even RSA modulus", ErrMalformed)
	}
	if k.E < 3 || k.E%2 == 0 || k.E > 1<<31-1 {
		return fmt.Errorf("%w: RSA exponent", ErrMalformed)
	}
	return nil
}

// uncompressedPoint turns a compressed point (SEC 1 §2.3.3) into a key, or fails when it is not on the curve.
func uncompressedPoint(curve elliptic.Curve, compressed []byte) (*ecdsa.PublicKey, error) {
	x, y := elliptic.UnmarshalCompressed(curve, compressed)
	if x == nil {
		return nil, fmt.Errorf("%w: point is not on %s", ErrMalformed, curve.Params().Name)
	}
	return pointKey(curve, x, y)
}

// pointKey makes a key of two coordinates below the field's prime, or fails when they are not on the curve.
func pointKey(curve elliptic.Curve, x, y *big.Int) (*ecdsa.PublicKey, error) {
	size := (curve.Params().BitSize + 7) / 8
	point := make([]byte, 1+2*size)
	point[0] = 4
	x.FillBytes(point[1 : 1+size])
	y.FillBytes(point[1+size:])
	pub, err := ecdsa.ParseUncompressedPublicKey(curve, point)
	if err != nil {
		return nil, fmt.Errorf("%w: point is not on %s", ErrMalformed, curve.Params().Name)
	}
	return pub, nil
}

// coordinates gives the fixed-length x and y of an EC key.
func coordinates(k *ecdsa.PublicKey) (x, y []byte, err error) {
	point, err := k.Bytes()
	if err != nil {
		return nil, nil, fmt.Errorf("%w: EC point", ErrMalformed)
	}
	size := (len(point) - 1) / 2
	return point[1 : 1+size], point[1+size:], nil
}

// clip shortens foreign text before it enters an error.
func clip(s string) string {
	if len(s) > 64 {
		return s[:64] + "..."
	}
	return s
}
