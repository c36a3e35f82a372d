package jws

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/asn1"
	"errors"
	"math/big"
	"slices"
)

// The algorithms (RFC 7518 §3.1, RFC 8037 §3.1). RSA is verified and not signed with.
const (
	EdDSA = "EdDSA"
	ES256 = "ES256"
	ES384 = "ES384"
	RS256 = "RS256"
	PS256 = "PS256"
)

const minRSA, maxRSA = 2048, 8192 // bits

// AlgorithmsOf names the algorithms of a key; none: it is of a kind that is not supported.
func AlgorithmsOf(key crypto.PublicKey) []string {
	switch k := key.(type) {
	case ed25519.PublicKey:
		return []string{EdDSA}
	case *ecdsa.PublicKey:
		switch k.Curve {
		case elliptic.P256():
			return []string{ES256}
		case elliptic.P384():
			return []string{ES384}
		}
	case *rsa.PublicKey:
		if n := k.N.BitLen(); n >= minRSA && n <= maxRSA {
			return []string{RS256, PS256}
		}
	}
	return nil
}

func digest(alg, input string) []byte {
	if alg == ES384 {
		d := sha512.Sum384([]byte(input))
		return d[:]
	}
	d := sha256.Sum256([]byte(input))
	return d[:]
}

// SignInput signs the bytes that a signature of JOSE is over (RFC 7515 §5.1) with one of the
// key's algorithms that are not for RSA.
func SignInput(signer crypto.Signer, alg, input string) ([]byte, error) {
	if alg == EdDSA {
		return signer.Sign(rand.Reader, []byte(input), crypto.Hash(0))
	}
	hash, half := crypto.SHA256, 32
	if alg == ES384 {
		hash, half = crypto.SHA384, 48
	}
	der, err := signer.Sign(rand.Reader, digest(alg, input), hash)
	if err != nil {
		return nil, err
	}
	var parts struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(der, &parts); err != nil || len(rest) > 0 ||
		parts.R.Sign() <= 0 || parts.S.Sign() <= 0 || parts.R.BitLen() > 8*half || parts.S.BitLen() > 8*half {
		return nil, errors.New("the signer gave no ECDSA signature")
	}
	raw := make([]byte, 2*half)
	parts.R.FillBytes(raw[:half])
	parts.S.FillBytes(raw[half:])
	return raw, nil
}

// VerifyInput checks a signature over such bytes. It fails for an algorithm that is not one
// of the key's.
func VerifyInput(key crypto.PublicKey, alg, input string, signature []byte) bool {
	if !slices.Contains(AlgorithmsOf(key), alg) {
		return false
	}
	switch k := key.(type) {
	case ed25519.PublicKey:
		return ed25519.Verify(k, []byte(input), signature)
	case *ecdsa.PublicKey:
		half := k.Curve.Params().BitSize / 8
		if len(signature) != 2*half {
			return false
		}
		r, s := new(big.Int).SetBytes(signature[:half]), new(big.Int).SetBytes(signature[half:])
		return ecdsa.Verify(k, digest(alg, input), r, s)
	case *rsa.PublicKey:
		if alg == PS256 { // RFC 7518 §3.5: the salt is as long as the hash
			return rsa.VerifyPSS(k, crypto.SHA256, digest(alg, input), signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}) == nil
		}
		return rsa.VerifyPKCS1v15(k, crypto.SHA256, digest(alg, input), signature) == nil
	}
	return false
}
