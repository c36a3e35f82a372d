// Package jws answers: did this key sign exactly these claims, as a token of this type?
//
// A token is a compact JSON Web Signature (RFC 7515 §7.1) whose payload is an object of
// strict JSON. The type is the caller's to pin, the algorithm is the key's and must be one
// that the caller names, and nothing in a header leads to a key: what jwk, jku, x5u or x5c
// say is for the caller to judge.
//
// What the claims mean, and whose the key is, is left to the callers: the standards of
// registries that speak in such tokens. Credentials are tokens of package proof.
package jws

import (
	"crypto"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"laurel/internal/strictjson"
	"laurel/keys"
)

// Errors that callers decide on. strictjson.ErrTooLarge is wrapped besides ErrForm where a
// token was not read because of its size, and keys.ErrUnsupported where a key is of a kind
// that this package does not verify with: both show nothing about the token.
var (
	// ErrForm: it is no token, so nobody signed anything with it.
	ErrForm = errors.New("not a proper signed token")
	// ErrSignature: the key did not sign it, or not as a token of this type.
	ErrSignature = errors.New("the token's signature does not verify")
)

// maxHeader is the budget of a header, in which certificates may stand.
var maxHeader = strictjson.Limits{Bytes: 64 << 10, Depth: 4, Values: 128}

// Token is a token that was read and nothing more. It never changes.
type Token struct {
	Type, Algorithm, KeyID string
	header, claims         strictjson.Value
	input                  string // what the signature is over
	signature              []byte
}

// Read reads a token whose payload is within limits. A header with crit is refused, unless
// the caller understands all that it lists (RFC 7515 §4.1.11).
func Read(text string, limits strictjson.Limits, understood ...string) (*Token, error) {
	limits = limits.OrDefault()
	if len(text) > (limits.Bytes+maxHeader.Bytes)*4/3+1024 {
		return nil, fmt.Errorf("%w: %w", ErrForm, strictjson.ErrTooLarge)
	}
	parts := strings.SplitN(text, ".", 4)
	if len(parts) != 3 || parts[2] == "" {
		return nil, fmt.Errorf("%w: it does not have three parts", ErrForm)
	}
	t := &Token{input: text[:len(text)-len(parts[2])-1]}
	var err error
	if t.header, err = object(parts[0], maxHeader); err != nil {
		return nil, fmt.Errorf("%w: its header: %w", ErrForm, err)
	}
	if err := t.readHeader(understood); err != nil {
		return nil, err
	}
	if t.claims, err = object(parts[1], limits); err != nil {
		return nil, fmt.Errorf("%w: its payload: %w", ErrForm, err)
	}
	if t.signature, err = Decode(parts[2]); err != nil {
		return nil, fmt.Errorf("%w: its signature: %w", ErrForm, err)
	}
	return t, nil
}

func object(part string, limits strictjson.Limits) (strictjson.Value, error) {
	raw, err := Decode(part)
	if err != nil {
		return strictjson.Value{}, err
	}
	return strictjson.ReadObject(raw, limits)
}

func (t *Token) readHeader(understood []string) error {
	for _, name := range []string{"b64", "zip", "enc"} {
		if t.header.Member(name).Present() {
			return fmt.Errorf("%w: its header has %q", ErrForm, name)
		}
	}
	if crit := t.header.Member("crit"); crit.Present() {
		if crit.Len() == 0 {
			return fmt.Errorf("%w: an empty crit", ErrForm)
		}
		for item := range crit.Items() {
			if name, ok := item.IsText(); !ok || !slices.Contains(understood, name) || !t.header.Member(name).Present() {
				return fmt.Errorf("%w: its header has something critical that is not understood", ErrForm)
			}
		}
	}
	for _, m := range [...]struct {
		name string
		into *string
	}{{"alg", &t.Algorithm}, {"kid", &t.KeyID}, {"typ", &t.Type}} {
		v := t.header.Member(m.name)
		if v.Present() && !v.Is(strictjson.String) {
			return fmt.Errorf("%w: the %s in its header is not text", ErrForm, m.name)
		}
		*m.into = v.Text()
	}
	if t.Algorithm == "" {
		return fmt.Errorf("%w: no algorithm", ErrForm)
	}
	return nil
}

// Header returns a member of the header, which is worth nothing before Verify.
func (t *Token) Header(name string) strictjson.Value { return t.header.Member(name) }

// Unverified returns the claims before anybody checked who made them: to find out whose key
// to verify them with.
func (t *Token) Unverified() strictjson.Value { return t.claims }

// Verify returns the claims if the key signed them, as a token of a type and with one of the
// accepted algorithms, which must be the key's.
func (t *Token) Verify(typ string, key crypto.PublicKey, accepted ...string) (strictjson.Value, error) {
	switch {
	case t.Type != typ:
		return strictjson.Value{}, fmt.Errorf("%w: its type is %.60q, not %s", ErrSignature, t.Type, typ)
	case !slices.Contains(accepted, t.Algorithm):
		return strictjson.Value{}, fmt.Errorf("%w: the algorithm %.20q is not accepted", ErrSignature, t.Algorithm)
	case len(AlgorithmsOf(key)) == 0:
		return strictjson.Value{}, fmt.Errorf("%w: %T", keys.ErrUnsupported, key)
	case !VerifyInput(key, t.Algorithm, t.input, t.signature):
		return strictjson.Value{}, fmt.Errorf("%w: by %s", ErrSignature, t.Algorithm)
	}
	return t.claims, nil
}

// Sign signs claims, as they stand, as a token of a type. More of the header than alg, kid
// and typ may be given; kid is the key's thumbprint unless it is.
func Sign(typ string, claims []byte, signer crypto.Signer, more map[string]any) (string, error) {
	fits := AlgorithmsOf(signer.Public())
	if len(fits) != 1 {
		return "", fmt.Errorf("%w: tokens are signed with Ed25519, P-256 or P-384", keys.ErrUnsupported)
	}
	kid, err := keys.Thumbprint(signer.Public())
	if err != nil {
		return "", err
	}
	header := map[string]any{"kid": kid}
	for name, value := range more {
		header[name] = value
	}
	header["alg"], header["typ"] = fits[0], typ
	raw, err := json.Marshal(header)
	if err != nil {
		return "", err
	}
	input := base64.RawURLEncoding.EncodeToString(raw) + "." + base64.RawURLEncoding.EncodeToString(claims)
	signature, err := SignInput(signer, fits[0], input)
	if err != nil {
		return "", err
	}
	if !VerifyInput(signer.Public(), fits[0], input, signature) {
		return "", fmt.Errorf("%w: the signer's own", ErrSignature)
	}
	return input + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}

// Moment reads a NumericDate (RFC 7519 §2). One that is absent, or none, is the zero time
// and an error.
func Moment(v strictjson.Value) (time.Time, error) {
	seconds, _, _ := strings.Cut(string(v.Number()), ".")
	n, err := strconv.ParseInt(seconds, 10, 64)
	if !v.Is(strictjson.Number) || err != nil || n < 0 || n > 253402300799 {
		return time.Time{}, fmt.Errorf("%w: no date in seconds", ErrForm)
	}
	return time.Unix(n, 0).UTC(), nil
}

// Decode reads base64url without padding in its one form (RFC 7515 §2).
func Decode(text string) ([]byte, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || base64.RawURLEncoding.EncodedLen(len(b)) != len(text) { // the decoder skips line ends
		return nil, errors.New("not base64url")
	}
	return b, nil
}
