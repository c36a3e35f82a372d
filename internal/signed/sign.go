package signed

import (
	"crypto"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"laurel/internal/jws"
	"laurel/keys"
)

// algorithms are those of the profile (RFC 8037 §3.1, RFC 7518 §3.4).
var algorithms = []string{jws.EdDSA, jws.ES256}

// algorithm names the one algorithm of a key, or nothing.
func algorithm(key crypto.PublicKey) string {
	if fits := jws.AlgorithmsOf(key); len(fits) == 1 && slices.Contains(algorithms, fits[0]) {
		return fits[0]
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
	if s.value, err = jws.SignInput(signer, alg, input); err != nil {
		return Unverified{}, err
	}
	if !jws.VerifyInput(public, alg, input, s.value) {
		return Unverified{}, fmt.Errorf("%w: the signer's own", ErrSignature)
	}
	u.signatures = append(slices.Clip(u.signatures), s)
	return u, nil
}
