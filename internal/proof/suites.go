package proof

import (
	"crypto"
	"crypto/ed25519"
	"errors"
	"fmt"
)

// The suites of embedded proofs: cryptosuites (VC-DI-EdDSA §3, VC-DI-ECDSA §3), and the one
// proof type that is a suite by itself (VC-DI-EdDSA Appendix A).
const (
	EdDSARDFC2022        = "eddsa-rdfc-2022"
	EdDSAJCS2022         = "eddsa-jcs-2022"
	ECDSARDFC2019        = "ecdsa-rdfc-2019"
	ECDSAJCS2019         = "ecdsa-jcs-2019"
	ECDSASD2023          = "ecdsa-sd-2023"
	Ed25519Signature2020 = "Ed25519Signature2020"

	eddsa2022 = "eddsa-2022" // what drafts called eddsa-rdfc-2022
)

// dataIntegrityProof is the type of every proof of VC-DI.
const dataIntegrityProof = "DataIntegrityProof"

// form is what a suite makes of a document before it signs.
type form int

const (
	statements form = iota // the hash of its canonical N-Quads
	jsonText               // the hash of its canonical JSON
	disclosure             // each statement for itself, so that some can be withheld
)

// suites is the closed table of suites.
var suites = map[string]struct {
	proofType string
	form      form
	primitive func(crypto.PublicKey) (primitive, error)
}{
	EdDSARDFC2022:        {dataIntegrityProof, statements, edPrimitive},
	eddsa2022:            {dataIntegrityProof, statements, edPrimitive},
	EdDSAJCS2022:         {dataIntegrityProof, jsonText, edPrimitive},
	ECDSARDFC2019:        {dataIntegrityProof, statements, ecdsaPrimitive},
	ECDSAJCS2019:         {dataIntegrityProof, jsonText, ecdsaPrimitive},
	ECDSASD2023:          {dataIntegrityProof, disclosure, p256Primitive},
	Ed25519Signature2020: {Ed25519Signature2020, statements, edPrimitive},
}

// suite is a line of the table for one key.
type suite struct {
	form form
	primitive
}

// suiteName returns the name in the table of a proof's type and cryptosuite; neither the
// type of one suite beside the name of another nor a type that is unknown has one.
func suiteName(proofType, cryptosuite string) (string, error) {
	switch {
	case proofType == dataIntegrityProof && cryptosuite == "":
		return "", errors.New("the proof names no cryptosuite")
	case proofType == dataIntegrityProof && suites[cryptosuite].proofType == proofType:
		return cryptosuite, nil
	case proofType == dataIntegrityProof:
		return "", fmt.Errorf("%w: the cryptosuite %.40q is not known here", ErrUndecided, cryptosuite)
	case suites[proofType].proofType == proofType && cryptosuite == "":
		return proofType, nil
	}
	return "", fmt.Errorf("%w: the proof type %.40q is not known here", ErrUndecided, proofType)
}

// suiteFor returns the suite of a name for a key.
func suiteFor(name string, key crypto.PublicKey) (suite, error) {
	line, known := suites[name]
	if !known {
		return suite{}, fmt.Errorf("%w: the cryptosuite %.40q is not known here", ErrUndecided, name)
	}
	p, err := line.primitive(key)
	return suite{line.form, p}, err
}

// SuiteOf returns the suite with which a key signs embedded proofs, if there is one.
func SuiteOf(key crypto.PublicKey) (string, bool) {
	for _, name := range []string{EdDSARDFC2022, ECDSARDFC2019} {
		if _, err := suiteFor(name, key); err == nil {
			return name, true
		}
	}
	return "", false
}

// primitive is what a suite does with a key: which hash it names documents by, how long
// a signature is, how it is made and checked.
type primitive struct {
	hash   crypto.Hash
	length int // bytes of a signature
	sign   func(key crypto.Signer, data []byte) ([]byte, error)
	verify func(key crypto.PublicKey, data, signature []byte) bool
}

var errKey = errors.New("the key is not of the kind that the suite signs with")

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

func edPrimitive(key crypto.PublicKey) (primitive, error) {
	if _, ok := key.(ed25519.PublicKey); !ok {
		return primitive{}, errKey
	}
	return ed25519Primitive, nil
}

// p256Primitive is that of the one curve of ecdsa-sd-2023 (VC-DI-ECDSA §3.6).
func p256Primitive(key crypto.PublicKey) (primitive, error) {
	p, err := ecdsaPrimitive(key)
	if err == nil && p.hash != crypto.SHA256 {
		return primitive{}, errKey
	}
	return p, err
}
