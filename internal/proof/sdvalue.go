package proof

import (
	"bytes"
	"crypto/ecdsa"
	"encoding/base64"
	"errors"

	"github.com/fxamacker/cbor/v2"

	"laurel/keys"
)

// maxParts bounds the signatures, labels and pointers in the value of one proof.
const maxParts = 2000

// baseValue is the value of a base proof, which goes from the issuer to the holder
// (VC-DI-ECDSA §3.5.2).
type baseValue struct {
	_         struct{} `cbor:",toarray"`
	Signature []byte
	PublicKey []byte // the ephemeral key, as Multikey bytes
	HMACKey   []byte
	Parts     [][]byte // a signature for each statement that can be withheld
	Mandatory []string
}

// derivedValue is the value of a derived proof, which goes from the holder to a verifier
// (VC-DI-ECDSA §3.5.7).
type derivedValue struct {
	_         struct{} `cbor:",toarray"`
	Signature []byte
	PublicKey []byte
	Parts     [][]byte
	Labels    map[uint64][]byte // number of the canonical label to what the issuer called it
	Mandatory []uint64          // places of the mandatory statements among those disclosed
}

// The first bytes of the two values.
var (
	baseHeader    = []byte{0xd9, 0x5d, 0x00}
	derivedHeader = []byte{0xd9, 0x5d, 0x01}
)

var (
	errBase    = errors.New("the proof is for the holder, who makes from it the one to show")
	errSDValue = errors.New("the proof's value is not one of ecdsa-sd-2023")
)

// cborIn and cborOut know one encoding for each value (RFC 8949 §4.2.1).
var (
	cborIn = must(cbor.DecOptions{
		DupMapKey: cbor.DupMapKeyEnforcedAPF, IndefLength: cbor.IndefLengthForbidden, TagsMd: cbor.TagsForbidden,
		MaxNestedLevels: 4, MaxArrayElements: maxParts, MaxMapPairs: maxParts,
	}.DecMode())
	cborOut = must(cbor.CoreDetEncOptions().EncMode())
)

func must[T any](v T, err error) T {
	if err != nil {
		panic("proof: " + err.Error())
	}
	return v
}

// writeSDValue returns a value as multibase base64url.
func writeSDValue(header []byte, value any) (string, error) {
	raw, err := cborOut.Marshal(value)
	if err != nil {
		return "", err
	}
	return "u" + base64.RawURLEncoding.EncodeToString(append(bytes.Clone(header), raw...)), nil
}

// sdBytes returns the bytes of a value, of which there is one text only.
func sdBytes(text string) ([]byte, error) {
	if len(text) == 0 || text[0] != 'u' {
		return nil, errSDValue
	}
	raw, err := decode64(text[1:])
	if err != nil {
		return nil, errSDValue
	}
	return raw, nil
}

// readSD reads CBOR that is written in the one way that cborOut writes it.
func readSD(raw []byte, value any) error {
	if err := cborIn.Unmarshal(raw, value); err != nil {
		return errSDValue
	}
	if again, err := cborOut.Marshal(value); err != nil || !bytes.Equal(again, raw) {
		return errSDValue
	}
	return nil
}

// readDerived reads the value of a derived proof.
func readDerived(text string) (derivedValue, error) {
	var v derivedValue
	raw, err := sdBytes(text)
	if err != nil {
		return v, err
	}
	if bytes.HasPrefix(raw, baseHeader) {
		return v, errBase
	}
	raw, ok := bytes.CutPrefix(raw, derivedHeader)
	if !ok {
		return v, errSDValue
	}
	if err := readSD(raw, &v); err != nil {
		return v, err
	}
	if !lengths(64, v.Signature) || !lengths(64, v.Parts...) || len(v.Parts) > maxParts {
		return v, errSDValue
	}
	named := map[string]bool{}
	for _, label := range v.Labels {
		// Were two blank nodes called the same, what was said of one would be shown of two.
		if len(label) != 32 || named[string(label)] {
			return v, errSDValue
		}
		named[string(label)] = true
	}
	for i, at := range v.Mandatory {
		if i > 0 && at <= v.Mandatory[i-1] {
			return v, errSDValue
		}
	}
	return v, nil
}

// readBase reads the value of a base proof.
func readBase(text string) (baseValue, error) {
	var v baseValue
	raw, err := sdBytes(text)
	if err != nil {
		return v, err
	}
	raw, ok := bytes.CutPrefix(raw, baseHeader)
	if !ok {
		return v, errors.New("the proof is not one from which others can be derived")
	}
	if err := readSD(raw, &v); err != nil {
		return v, err
	}
	if !lengths(64, v.Signature) || !lengths(64, v.Parts...) || !lengths(32, v.HMACKey) {
		return v, errSDValue
	}
	return v, nil
}

func lengths(length int, values ...[]byte) bool {
	for _, v := range values {
		if len(v) != length {
			return false
		}
	}
	return true
}

// ephemeral reads the key that signed the statements one by one.
func ephemeral(multikey []byte) (*ecdsa.PublicKey, error) {
	key, err := keys.ParseMultikey(keys.EncodeMultibase58(multikey))
	if err != nil {
		return nil, errSDValue
	}
	if _, err := p256Primitive(key); err != nil {
		return nil, errSDValue
	}
	return key.(*ecdsa.PublicKey), nil
}
