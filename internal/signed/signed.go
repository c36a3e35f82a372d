// Package signed answers: whose keys signed exactly these bytes?
//
// A document is a JSON Web Signature in the General JSON Serialization (RFC 7515 §7.2.1):
// a payload and any number of signatures over it, each by another key. Its profile is
// narrow: the payload is signed as it stands, nothing is canonicalised; a protected header
// says exactly alg (EdDSA or ES256), kid (the key's RFC 7638 thumbprint) and typ, which the
// caller pins; there is no unprotected header and no crit; and a document is read only in
// the one form in which this package writes it.
//
// What a payload means, and whose keys are to be trusted, is left to the callers.
package signed

import (
	"bytes"
	"crypto"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"

	"laurel/internal/jws"
	"laurel/internal/strictjson"
	"laurel/keys"
)

// Errors that callers decide on.
var (
	// ErrForm: the document is not of the profile, so nobody signed anything with it.
	ErrForm = errors.New("not a signed document of the profile")
	// ErrSignature: a signature that names one of the keys is not that key's.
	ErrSignature = errors.New("signature does not verify")
	// ErrThreshold: too few of the keys signed.
	ErrThreshold = errors.New("signed by too few keys")
)

// MaxSignatures bounds the signatures of one document.
const MaxSignatures = 32

// maxHeader bounds a protected header in bytes, and the texts in it.
const maxHeader = 512

// Unverified is a document whose signatures nobody has checked. It never changes.
type Unverified struct {
	payload    []byte
	signatures []signature
}

type signature struct {
	protected string // as it stands in the document: base64url
	value     []byte
	alg       string
	kid       string
	typ       string
}

// Draft returns a document that nobody has signed yet.
func Draft(payload []byte) Unverified { return Unverified{payload: bytes.Clone(payload)} }

// Read reads a document of at most max bytes. Every error is ErrForm.
func Read(document []byte, max int) (Unverified, error) {
	if len(document) > max {
		return Unverified{}, fmt.Errorf("%w: more than %d bytes", ErrForm, max)
	}
	object, err := strictjson.ReadObject(document, strictjson.Limits{Bytes: max, Depth: 4, Values: 3 + 3*MaxSignatures})
	if err != nil {
		return Unverified{}, fmt.Errorf("%w: %w", ErrForm, err)
	}
	var u Unverified
	if u.payload, err = decode(object.Member("payload").Text()); err != nil {
		return Unverified{}, err
	}
	for item := range object.Member("signatures").Items() {
		s, err := readSignature(item)
		if err != nil {
			return Unverified{}, err
		}
		if slices.ContainsFunc(u.signatures, func(other signature) bool { return other.kid == s.kid }) {
			return Unverified{}, fmt.Errorf("%w: two signatures of one key", ErrForm)
		}
		u.signatures = append(u.signatures, s)
	}
	if len(u.signatures) > MaxSignatures {
		return Unverified{}, fmt.Errorf("%w: more than %d signatures", ErrForm, MaxSignatures)
	}
	if !bytes.Equal(u.Bytes(), document) {
		return Unverified{}, fmt.Errorf("%w: another spelling, or members that do not belong there", ErrForm)
	}
	return u, nil
}

func readSignature(item strictjson.Value) (signature, error) {
	s := signature{protected: item.Member("protected").Text()}
	header, err := decode(s.protected)
	if err != nil {
		return s, err
	}
	members, err := strictjson.ReadObject(header, strictjson.Limits{Bytes: maxHeader, Depth: 2, Values: 4})
	if err != nil {
		return s, fmt.Errorf("%w: protected header: %w", ErrForm, err)
	}
	alg, hasAlg := members.Member("alg").IsText()
	kid, hasKid := members.Member("kid").IsText()
	typ, hasTyp := members.Member("typ").IsText()
	if !hasAlg || !hasKid || !hasTyp || members.Len() != 3 {
		return s, fmt.Errorf("%w: a protected header says exactly alg, kid and typ", ErrForm)
	}
	if !slices.Contains(algorithms, alg) {
		return s, fmt.Errorf("%w: alg is neither EdDSA nor ES256", ErrForm)
	}
	s.alg, s.kid, s.typ = alg, kid, typ
	s.value, err = decode(item.Member("signature").Text())
	return s, err
}

// decode reads base64url without padding in its one form (RFC 7515 §2).
func decode(text string) ([]byte, error) {
	b, err := jws.Decode(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrForm, err)
	}
	return b, nil
}

// Bytes writes the document, as Read reads it.
func (u Unverified) Bytes() []byte {
	b := []byte(`{"payload":"`)
	b = base64.RawURLEncoding.AppendEncode(b, u.payload)
	b = append(b, `","signatures":[`...)
	for i, s := range u.signatures {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"protected":"`+s.protected+`","signature":"`...)
		b = base64.RawURLEncoding.AppendEncode(b, s.value)
		b = append(b, `"}`...)
	}
	return append(b, `]}`...)
}

// UnverifiedPayload returns what the signatures are said to be over: for whoever is asked to
// sign it, and to find out whose keys to verify it with.
func (u Unverified) UnverifiedPayload() []byte { return bytes.Clone(u.payload) }

// Claimed returns the thumbprints of the keys that are said to have signed.
func (u Unverified) Claimed() []string {
	var kids []string
	for _, s := range u.signatures {
		kids = append(kids, s.kid)
	}
	return kids
}

// Verified is a document that enough of the keys signed. Only Verify makes one that has a
// payload.
type Verified struct {
	payload []byte
	signers []string
}

// Payload returns the bytes that were signed.
func (v Verified) Payload() []byte { return bytes.Clone(v.payload) }

// Signers returns the thumbprints of the keys whose signatures verified, in the order of the
// signatures.
func (v Verified) Signers() []string { return slices.Clone(v.signers) }

// Verify demands that at least threshold of the keys signed the payload as a document of a
// type. Keys are counted by their material, however often they are listed. Signatures of
// other keys count for nothing: a key that a role lost does not undo the others' word. One
// that names a listed key and is not that key's condemns the document, as does one of another
// type.
func (u Unverified) Verify(typ string, listed []crypto.PublicKey, threshold int) (Verified, error) {
	byKid := make(map[string]crypto.PublicKey, len(listed))
	for _, key := range listed {
		kid, err := keys.Thumbprint(key)
		if err != nil {
			return Verified{}, err
		}
		byKid[kid] = key
	}
	var signers []string
	for _, s := range u.signatures {
		if s.typ != typ {
			return Verified{}, fmt.Errorf("%w: signed as another type of document than %s", ErrSignature, typ)
		}
		key, known := byKid[s.kid]
		if !known {
			continue
		}
		if s.alg != algorithm(key) || !jws.VerifyInput(key, s.alg, u.input(s.protected), s.value) {
			return Verified{}, fmt.Errorf("%w: key %s", ErrSignature, s.kid)
		}
		signers = append(signers, s.kid)
	}
	if threshold < 1 || len(signers) < threshold {
		return Verified{}, fmt.Errorf("%w: %d of %d", ErrThreshold, len(signers), threshold)
	}
	return Verified{bytes.Clone(u.payload), signers}, nil
}

// input is what a signature is over (RFC 7515 §5.1).
func (u Unverified) input(protected string) string {
	return protected + "." + base64.RawURLEncoding.EncodeToString(u.payload)
}
