package proof

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
)

// The cryptosuites (VC-DI-EdDSA §3.2, VC-DI-ECDSA §3.2).
const (
	EdDSARDFC2022 = "eddsa-rdfc-2022"
	ECDSARDFC2019 = "ecdsa-rdfc-2019"
)

// dataIntegrityProof is the type of every proof of VC-DI.
const dataIntegrityProof = "DataIntegrityProof"

// primitive is what a suite does with a key: which hash it names documents by, how long
// a signature is, how it is made and checked.
type primitive struct {
	hash   crypto.Hash
	length int // bytes of a signature
	sign   func(key crypto.Signer, data []byte) ([]byte, error)
	verify func(key crypto.PublicKey, data, signature []byte) bool
}

var errKey = errors.New("the key is not of the kind that the suite signs with")

// suiteFor is the closed table of suites: the primitive for a suite's name and a key.
func suiteFor(suite string, key crypto.PublicKey) (primitive, error) {
	switch suite {
	case EdDSARDFC2022:
		if _, ok := key.(ed25519.PublicKey); ok {
			return ed25519Primitive, nil
		}
		return primitive{}, errKey
	case ECDSARDFC2019:
		return ecdsaPrimitive(key)
	}
	return primitive{}, fmt.Errorf("%w: the cryptosuite %.40q is not known here", ErrUndecided, suite)
}

// SuiteOf returns the suite with which a key signs embedded proofs, if there is one.
func SuiteOf(key crypto.PublicKey) (string, bool) {
	for _, suite := range []string{EdDSARDFC2022, ECDSARDFC2019} {
		if _, err := suiteFor(suite, key); err == nil {
			return suite, true
		}
	}
	return "", false
}

var ed25519Primitive = primitive{
	hash:   crypto.SHA256,
	length: ed25519.SignatureSize,
	sign: func(key crypto.Signer, data []byte) ([]byte, error) {
		return key.Sign(nil, data, crypto.Hash(0))
	},
	verify: func(key crypto.PublicKey, data, signature []byte) bool {
		return ed25519.Verify(key.(ed25519.PublicKey), data, signature)
	},
}

func ecdsaPrimitive(key crypto.PublicKey) (primitive, error) {
	public, ok := key.(*ecdsa.PublicKey)
	if !ok {
		return primitive{}, errKey
	}
	switch public.Curve {
	case elliptic.P256():
		return ecdsaWith(crypto.SHA256, 32), nil
	case elliptic.P384():
		return ecdsaWith(crypto.SHA384, 48), nil
	}
	return primitive{}, errKey
}

// ecdsaWith signs with deterministic nonces (RFC 6979) and fixed-width r‖s. High values
// of s are made and accepted, as in the suite's own vectors: a signature identifies
// nothing here.
func ecdsaWith(hash crypto.Hash, width int) primitive {
	digest := func(data []byte) []byte {
		h := hash.New()
		h.Write(data)
		return h.Sum(nil)
	}
	return primitive{
		hash:   hash,
		length: 2 * width,
		sign: func(key crypto.Signer, data []byte) ([]byte, error) {
			return signECDSA(key, digest(data), hash, width)
		},
		verify: func(key crypto.PublicKey, data, signature []byte) bool {
			r, s := new(big.Int).SetBytes(signature[:width]), new(big.Int).SetBytes(signature[width:])
			return ecdsa.Verify(key.(*ecdsa.PublicKey), digest(data), r, s)
		},
	}
}

// signECDSA turns the DER that a crypto.Signer returns into r‖s (IEEE P1363). The
// missing source of randomness asks for RFC 6979.
func signECDSA(key crypto.Signer, digest []byte, hash crypto.Hash, width int) ([]byte, error) {
	der, err := key.Sign(nil, digest, hash)
	if err != nil {
		return nil, err
	}
	var parts struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(der, &parts); err != nil || len(rest) > 0 {
		return nil, errors.New("the signing key returned something else than an ECDSA signature")
	}
	out := make([]byte, 2*width)
	parts.R.FillBytes(out[:width])
	parts.S.FillBytes(out[width:])
	return out, nil
}
