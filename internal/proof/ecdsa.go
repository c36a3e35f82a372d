package proof

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/asn1"
	"errors"
	"math/big"
)

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
	return primitive{
		hash:   hash,
		length: 2 * width,
		sign: func(key crypto.Signer, data []byte) ([]byte, error) {
			return signECDSA(key, sum(hash, data), hash, width)
		},
		verify: func(key crypto.PublicKey, data, signature []byte) bool {
			r, s := new(big.Int).SetBytes(signature[:width]), new(big.Int).SetBytes(signature[width:])
			return ecdsa.Verify(key.(*ecdsa.PublicKey), sum(hash, data), r, s)
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
