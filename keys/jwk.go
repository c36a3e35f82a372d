package keys

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"

	"github.com/lestrrat-go/jwx/v2/jwk"
)

// jwkMembers gives the members that define a public key and its thumbprint, and nothing else (RFC 7638 §3.2,
// RFC 8037 §2).
func jwkMembers(pub crypto.PublicKey) (map[string]string, error) {
	switch k := pub.(type) {
	case ed25519.PublicKey:
		if err := checkEd25519(k); err != nil {
			return nil, err
		}
		return map[string]string{"kty": "OKP", "crv": "Ed25519", "x": encode64(k)}, nil
	case *ecdsa.PublicKey:
		algorithm, err := AlgorithmOf(k)
		if err != nil {
			return nil, err
		}
		x, y, err := coordinates(k)
		if err != nil {
			return nil, err
		}
		return map[string]string{"kty": "EC", "crv": string(algorithm), "x": encode64(x), "y": encode64(y)}, nil
	case *rsa.PublicKey:
		if err := checkRSA(k); err != nil {
			return nil, err
		}
		e := big.NewInt(int64(k.E)).Bytes()
		return map[string]string{"kty": "RSA", "e": encode64(e), "n": encode64(k.N.Bytes())}, nil
	}
	return nil, fmt.Errorf("%w: %T", ErrUnsupported, pub)
}

// JWK writes a public key as a JSON Web Key: the defining members, alg (EdDSA, ES256, ES384, RS256), use "sig" and
// kid, which is the thumbprint. The same key always gives the same bytes: members in order, no white space.
func JWK(pub crypto.PublicKey) (json.RawMessage, error) {
	members, err := jwkMembers(pub)
	if err != nil {
		return nil, err
	}
	members["kid"] = thumbprint(members)
	members["alg"] = signatureAlgorithms(members["kty"], members["crv"])[0]
	members["use"] = "sig"
	return marshalMembers(members), nil
}

// JWKSet writes public keys as a JWK set (RFC 7517 §5) in the order given.
func JWKSet(pubs ...crypto.PublicKey) (json.RawMessage, error) {
	set := struct {
		Keys []json.RawMessage `json:"keys"`
	}{Keys: []json.RawMessage{}}
	for _, pub := range pubs {
		jwk, err := JWK(pub)
		if err != nil {
			return nil, err
		}
		set.Keys = append(set.Keys, jwk)
	}
	return json.Marshal(set)
}

// Thumbprint is the RFC 7638 SHA-256 thumbprint of a public key, base64url without padding: 43 characters that name
// the key everywhere in Laurel.
func Thumbprint(pub crypto.PublicKey) (string, error) {
	members, err := jwkMembers(pub)
	if err != nil {
		return "", err
	}
	return thumbprint(members), nil
}

func thumbprint(members map[string]string) string {
	sum := sha256.Sum256(marshalMembers(members))
	return encode64(sum[:])
}

// marshalMembers writes sorted members without white space. All values are base64url or names, so that JSON needs no
// escapes (RFC 7638 §3.3).
func marshalMembers(members map[string]string) []byte {
	b, err := json.Marshal(members)
	if err != nil {
		panic(err) // a map of strings always has JSON
	}
	return b
}

// signatureAlgorithms lists the JOSE algorithms that a kind of key may be used with, the one we sign with first
// (RFC 7518 §3.1, RFC 8037 §3.1, RFC 9864 §2.2 for "Ed25519").
func signatureAlgorithms(kty, crv string) []string {
	switch {
	case kty == "OKP" && crv == "Ed25519":
		return []string{"EdDSA", "Ed25519"}
	case kty == "EC" && crv == "P-256":
		return []string{"ES256"}
	case kty == "EC" && crv == "P-384":
		return []string{"ES384"}
	case kty == "RSA":
		return []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}
	}
	return nil
}

// A NamedKey is one key of a JWK or JWK set, as its publisher labelled it.
type NamedKey struct {
	ID        string // the kid member; "" when absent
	Algorithm string // the alg member, already known to fit the key; "" when absent
	Key       crypto.PublicKey
}

// ParseJWK reads one public JSON Web Key of at most 16 KiB: Ed25519, P-256, P-384, or RSA of 2048 to 8192 bits.
// Refused as ErrMalformed: private or symmetric members, duplicate members, values not in their one base64url form,
// points off the curve, and a use, key_ops or alg that says the key is not for verifying with its kind of signature.
// Other kinds of key give ErrUnsupported. Unknown members are ignored, as RFC 7517 §4 demands.
func ParseJWK(b []byte) (crypto.PublicKey, error) {
	named, err := ParseNamedJWK(b)
	return named.Key, err
}

// ParseNamedJWK is ParseJWK that also gives the key's labels.
func ParseNamedJWK(b []byte) (NamedKey, error) {
	members, err := readObject(b, maxJWK)
	if err != nil {
		return NamedKey{}, err
	}
	return namedKey(members)
}

// privateMembers are the members that only private and symmetric keys have (RFC 7518 §6).
var privateMembers = []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"}

func namedKey(members map[string]any) (NamedKey, error) {
	for _, name := range privateMembers {
		if _, ok := members[name]; ok {
			return NamedKey{}, fmt.Errorf("%w: JWK holds the private member %q; publish only the public half", ErrMalformed, name)
		}
	}
	if err := jwkPurpose(members); err != nil {
		return NamedKey{}, err
	}
	key, err := jwkKey(members)
	if err != nil {
		return NamedKey{}, err
	}
	named := NamedKey{Key: key}
	if named.ID, err = optionalString(members, "kid"); err != nil {
		return NamedKey{}, err
	}
	if named.Algorithm, err = jwkAlgorithm(members); err != nil {
		return NamedKey{}, err
	}
	return named, nil
}

// jwkKey makes a key of the members that define one. Their form is checked first; jwx gets them and nothing else of
// the foreign text; what it returns must be a sound key that is written with the very same members, which settles its
// kind, curve, size and, for EC, that the point is on the curve.
func jwkKey(members map[string]any) (crypto.PublicKey, error) {
	defining, err := definingMembers(members)
	if err != nil {
		return nil, err
	}
	parsed, err := jwk.ParseKey(marshalMembers(defining))
	if err != nil {
		return nil, fmt.Errorf("%w: JWK members do not make a key", ErrMalformed)
	}
	var key any
	if err := parsed.Raw(&key); err != nil {
		return nil, fmt.Errorf("%w: JWK members do not make a key", ErrMalformed)
	}
	written, err := jwkMembers(key)
	if err != nil {
		return nil, err
	}
	if !maps.Equal(written, defining) {
		return nil, fmt.Errorf("%w: JWK members make another key than they name", ErrMalformed)
	}
	return key, nil
}

// definingMembers takes the members that define a key out of a JWK (RFC 7638 §3.2), each in its only form.
func definingMembers(members map[string]any) (map[string]string, error) {
	kty, err := requiredString(members, "kty")
	if err != nil {
		return nil, err
	}
	defining := map[string]string{"kty": kty}
	switch kty {
	case "OKP", "EC":
		return defining, curveMembers(members, defining)
	case "RSA":
		return defining, rsaMembers(members, defining)
	}
	return nil, fmt.Errorf("%w: kty %q", ErrUnsupported, clip(kty))
}

func curveMembers(members map[string]any, defining map[string]string) error {
	crv, err := requiredString(members, "crv")
	if err != nil {
		return err
	}
	defining["crv"] = crv
	names, size := []string{"x", "y"}, 32
	switch kty := defining["kty"]; {
	case kty == "OKP" && crv == string(Ed25519):
		names = names[:1]
	case kty == "EC" && crv == string(P256):
	case kty == "EC" && crv == string(P384):
		size = 48
	default:
		return fmt.Errorf("%w: crv %q", ErrUnsupported, clip(crv))
	}
	for _, name := range names {
		b, err := requiredBytes(members, name, size)
		if err != nil {
			return err
		}
		defining[name] = encode64(b)
	}
	return nil
}

func rsaMembers(members map[string]any, defining map[string]string) error {
	for _, name := range []string{"n", "e"} {
		b, err := requiredBytes(members, name, 0)
		if err != nil {
			return err
		}
		longest := map[string]int{"n": maxRSABits / 8, "e": 4}[name]
		if len(b) > longest || len(b) == 0 || b[0] == 0 {
			return fmt.Errorf("%w: RSA %s too long, empty or with leading zeros", ErrMalformed, name)
		}
		defining[name] = encode64(b)
	}
	return nil
}

func jwkAlgorithm(members map[string]any) (string, error) {
	alg, err := optionalString(members, "alg")
	if err != nil || alg == "" {
		return "", err
	}
	kty, _ := members["kty"].(string)
	crv, _ := members["crv"].(string)
	if !slices.Contains(signatureAlgorithms(kty, crv), alg) {
		return "", fmt.Errorf("%w: JWK alg %q does not fit its kty", ErrMalformed, clip(alg))
	}
	return alg, nil
}

// jwkPurpose refuses keys that say they are not for verifying signatures (RFC 7517 §4.2, §4.3).
func jwkPurpose(members map[string]any) error {
	if use, ok := members["use"]; ok && use != "sig" {
		return fmt.Errorf("%w: JWK use is not \"sig\"", ErrMalformed)
	}
	ops, ok := members["key_ops"]
	if !ok {
		return nil
	}
	if list, ok := ops.([]any); !ok || !slices.Contains(list, any("verify")) {
		return fmt.Errorf("%w: JWK key_ops does not list \"verify\"", ErrMalformed)
	}
	return nil
}

func encode64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
