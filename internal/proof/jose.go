package proof

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"laurel/internal/strictjson"
	"laurel/internal/vc"
	"laurel/keys"
)

// minRSA is the least modulus in bits (RFC 7518 §3.3).
const minRSA = 2048

// algorithms is the closed list of JOSE algorithms (RFC 7518 §3.1, RFC 8037 §3.1).
var algorithms = []jose.SignatureAlgorithm{jose.RS256, jose.PS256, jose.ES256, jose.ES384, jose.EdDSA}

// algorithmsOf returns the algorithms for which a key may be used, the one that we sign with
// first: the key decides, not the token's header.
func algorithmsOf(key crypto.PublicKey) ([]jose.SignatureAlgorithm, error) {
	switch k := key.(type) {
	case ed25519.PublicKey:
		return []jose.SignatureAlgorithm{jose.EdDSA}, nil
	case *ecdsa.PublicKey:
		switch k.Curve {
		case elliptic.P256():
			return []jose.SignatureAlgorithm{jose.ES256}, nil
		case elliptic.P384():
			return []jose.SignatureAlgorithm{jose.ES384}, nil
		}
	case *rsa.PublicKey:
		if k.N.BitLen() >= minRSA {
			return []jose.SignatureAlgorithm{jose.RS256, jose.PS256}, nil
		}
	}
	return nil, errKey
}

// compact is a compact JWS (RFC 7515 §7.1) whose header and payload were read and nothing
// more.
type compact struct {
	jws     *jose.JSONWebSignature // nil: the library refuses it
	typ     string                 // lower case, without "application/" (RFC 7515 §4.1.9)
	cty     string                 // likewise
	alg     string
	kid     string
	jwk     strictjson.Value
	foreign bool // whether a certificate or address names the key
	payload strictjson.Value
}

// openCompact reads three canonical base64url parts, of which the first two are objects of
// strict JSON. The library takes the parts apart; what they say is read here alone.
func openCompact(text string, limits strictjson.Limits) (compact, error) {
	protected, rest, _ := strings.Cut(text, ".")
	payload, signature, three := strings.Cut(rest, ".")
	if !three || strings.Contains(signature, ".") {
		return compact{}, errors.New("the token does not have three parts")
	}
	raw, err := decode64(protected)
	if err != nil {
		return compact{}, fmt.Errorf("the token's header: %w", err)
	}
	header, err := strictjson.ReadObject(raw, strictjson.Limits{Bytes: 16 << 10, Depth: 8, Values: 256})
	if err != nil {
		return compact{}, fmt.Errorf("the token's header: %w", err)
	}
	if !isBase64(payload) {
		return compact{}, fmt.Errorf("the token's payload: %w", errBase64)
	}
	if !isBase64(signature) || signature == "" {
		return compact{}, errors.New("the token has no signature in base64url")
	}
	var c compact
	if err := c.readHeader(header); err != nil {
		return compact{}, err
	}
	if c.payload, err = strictjson.ReadObject(c.open(text, payload), limits); err != nil {
		return compact{}, fmt.Errorf("the token's payload: %w", err)
	}
	return c, nil
}

// open lets the library take the token apart, and returns the payload. The library refuses
// headers with a wrong key or certificate in them, of which the payload may still be read.
func (c *compact) open(text, payload string) []byte {
	jws, err := jose.ParseSignedCompact(text, algorithms)
	if err != nil {
		raw, _ := decode64(payload) // which is known to be base64url
		return raw
	}
	c.jws = jws
	return jws.UnsafePayloadWithoutVerification()
}

var errBase64 = errors.New("it is not base64url")

// decode64 reads base64url without padding in its one form (RFC 7515 §2).
func decode64(text string) ([]byte, error) {
	if !isBase64(text) {
		return nil, errBase64
	}
	return base64.RawURLEncoding.DecodeString(text)
}

// values64 are the values of the characters of base64url, from 1; 0: it is none.
var values64 = func() (table [256]byte) {
	for value, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") {
		table[c] = byte(value + 1)
	}
	return table
}()

// isBase64 reports whether text is base64url without padding in its one form: in its last
// character, the bits that belong to no byte are zero.
func isBase64(text string) bool {
	for i := range len(text) {
		if values64[text[i]] == 0 {
			return false
		}
	}
	switch len(text) % 4 {
	case 0:
		return true
	case 2:
		return (values64[text[len(text)-1]]-1)&0x0f == 0
	case 3:
		return (values64[text[len(text)-1]]-1)&0x03 == 0
	}
	return false
}

// readHeader refuses what would change the meaning of the rest. Certificates and addresses
// of keys prove nothing by themselves and are not followed.
func (c *compact) readHeader(header strictjson.Value) error {
	for _, name := range []string{"crit", "b64", "zip", "enc"} {
		if header.Member(name).Present() {
			return fmt.Errorf("the token's header has %q, which no credential may have", name)
		}
	}
	for _, m := range [...]struct {
		name string
		into *string
	}{{"alg", &c.alg}, {"kid", &c.kid}, {"typ", &c.typ}, {"cty", &c.cty}} {
		v := header.Member(m.name)
		if v.Present() && !v.Is(strictjson.String) {
			return fmt.Errorf("the %s in the token's header is not text", m.name)
		}
		*m.into = v.Text()
	}
	c.typ, c.cty = mediaType(c.typ), mediaType(c.cty)
	if jwk := header.Member("jwk"); jwk.Is(strictjson.Object) {
		c.jwk = jwk
	}
	for _, name := range []string{"x5c", "x5u", "x5t", "x5t#S256", "jku"} {
		c.foreign = c.foreign || header.Member(name).Present()
	}
	if !slices.Contains(algorithms, jose.SignatureAlgorithm(c.alg)) {
		return fmt.Errorf("the token's algorithm %.20q is not accepted for credentials", c.alg)
	}
	return nil
}

func mediaType(text string) string {
	return strings.TrimPrefix(strings.ToLower(text), "application/")
}

// headerKey returns the key inside the header, for which nobody vouches.
func (c *compact) headerKey() (Method, error) {
	if !c.jwk.Present() && c.foreign {
		return Method{}, fmt.Errorf("%w: the token names its key by a certificate or an address only", ErrUndecided)
	}
	if !c.jwk.Present() {
		return Method{}, errors.New("the token does not say which key signed it")
	}
	m, err := parseJWK(c.jwk)
	if err != nil {
		return Method{}, fmt.Errorf("the key in the token's header: %w", err)
	}
	return m, nil
}

func parseJWK(jwk strictjson.Value) (Method, error) {
	raw, err := vc.Marshal(jwk)
	if err != nil {
		return Method{}, err
	}
	named, err := keys.ParseNamedJWK(raw)
	if errors.Is(err, keys.ErrUnsupported) {
		err = fmt.Errorf("%w: %w", ErrUndecided, err)
	}
	return Method{Key: named.Key, Algorithm: named.Algorithm}, err
}

// verify checks the signature with one key and one of its algorithms (RFC 8725 §3.1).
func (c *compact) verify(method Method) error {
	allowed, err := algorithmsOf(method.Key)
	if err != nil {
		return err
	}
	alg := jose.SignatureAlgorithm(c.alg)
	if !slices.Contains(allowed, alg) {
		return fmt.Errorf("the token's algorithm is %s, its key is for %s", c.alg, allowed[0])
	}
	// RFC 7517 §4.4; RFC 9864 §2.2 calls EdDSA with this curve Ed25519.
	if named := method.Algorithm; named != "" && named != c.alg && (named != "Ed25519" || alg != jose.EdDSA) {
		return fmt.Errorf("the token's algorithm is %s, its key is published for %s", c.alg, named)
	}
	if c.jws == nil || len(c.jws.Signatures) != 1 || c.jws.Signatures[0].Header.Algorithm != c.alg {
		return errors.New("the token is not a compact JSON Web Signature")
	}
	if _, err := c.jws.Verify(method.Key); err != nil {
		return errors.New("the signature does not match the token: one of the two was changed")
	}
	return nil
}

// signCompact signs a payload. The algorithm is the first that the key allows where none is
// named.
func signCompact(payload []byte, signer Signer, algorithm string, options *jose.SignerOptions) (string, error) {
	allowed, err := algorithmsOf(signer.Key.Public())
	if err != nil {
		return "", err
	}
	alg := jose.SignatureAlgorithm(algorithm)
	switch {
	case algorithm == "":
		alg = allowed[0]
	case !slices.Contains(allowed, alg):
		return "", fmt.Errorf("%w: it does not sign with %.20q", errKey, algorithm)
	}
	made, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: opaque{alg, signer}}, options)
	if err != nil {
		return "", err
	}
	jws, err := made.Sign(payload)
	if err != nil {
		return "", err
	}
	return jws.CompactSerialize()
}

// opaque lends a crypto.Signer to the JOSE library.
type opaque struct {
	alg    jose.SignatureAlgorithm
	signer Signer
}

func (o opaque) Public() *jose.JSONWebKey {
	return &jose.JSONWebKey{Key: o.signer.Key.Public(), KeyID: o.signer.Method, Algorithm: string(o.alg)}
}

func (o opaque) Algs() []jose.SignatureAlgorithm { return []jose.SignatureAlgorithm{o.alg} }

func (o opaque) SignPayload(payload []byte, alg jose.SignatureAlgorithm) ([]byte, error) {
	switch alg {
	case jose.EdDSA:
		return ed25519Primitive.sign(o.signer.Key, payload)
	case jose.RS256:
		return o.signRSA(payload, crypto.SHA256)
	case jose.PS256: // RFC 7518 §3.5: the salt is as long as the hash
		return o.signRSA(payload, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256})
	}
	suite, err := ecdsaPrimitive(o.signer.Key.Public())
	if err != nil {
		return nil, err
	}
	return suite.sign(o.signer.Key, payload)
}

func (o opaque) signRSA(payload []byte, options crypto.SignerOpts) ([]byte, error) {
	return o.signer.Key.Sign(rand.Reader, sum(crypto.SHA256, payload), options)
}
