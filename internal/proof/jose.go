package proof

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
	"laurel/internal/vc"
	"laurel/keys"
)

// minRSA is the least modulus in bits (RFC 7518 §3.3).
const minRSA = 2048

// algorithms is the closed list of JWT algorithms (RFC 7518 §3.1, RFC 8037 §3.1).
var algorithms = []jose.SignatureAlgorithm{jose.RS256, jose.ES256, jose.ES384, jose.EdDSA}

// algorithmOf returns the one algorithm for which a key may be used: the key decides, not
// the token's header.
func algorithmOf(key crypto.PublicKey) (jose.SignatureAlgorithm, error) {
	switch k := key.(type) {
	case ed25519.PublicKey:
		return jose.EdDSA, nil
	case *ecdsa.PublicKey:
		switch k.Curve {
		case elliptic.P256():
			return jose.ES256, nil
		case elliptic.P384():
			return jose.ES384, nil
		}
	case *rsa.PublicKey:
		if k.N.BitLen() >= minRSA {
			return jose.RS256, nil
		}
	}
	return "", errKey
}

// Token is a compact JWS whose header and payload were read and nothing more.
type Token struct {
	text    string
	alg     string
	kid     string
	jwk     map[string]any
	claims  map[string]any // the registered claims that stand beside the credential
	tree    map[string]any // the credential
	payload map[string]any
}

// tokenTypes are the typ values that a credential may have; an ID or access token never
// passes (RFC 8725 §3.11).
var tokenTypes = []string{"", "jwt", "vc+jwt", "vc+ld+jwt", "vc+ld+json+jwt"}

// registered are the claims of RFC 7519 §4.1 that Open Badges 3.0 §8.2.4 sets beside the
// credential's own members.
var registered = []string{"iss", "sub", "aud", "exp", "nbf", "iat", "jti"}

// LooksLikeToken reports whether text has the outer form of a compact JWS.
func LooksLikeToken(text string) bool {
	if strings.Count(text, ".") != 2 || !strings.HasPrefix(text, "eyJ") {
		return false
	}
	return !strings.ContainsFunc(text, func(r rune) bool {
		return r != '.' && r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
}

// OpenToken reads a compact JWS: three canonical base64url parts, a header and a payload
// of strict JSON within limits.
func OpenToken(text string, limits strictjson.Limits) (*Token, error) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return nil, errors.New("the token does not have three parts")
	}
	header, err := readPart(parts[0], strictjson.Limits{Bytes: 16 << 10, Depth: 8, Values: 256})
	if err != nil {
		return nil, fmt.Errorf("the token's header: %w", err)
	}
	payload, err := readPart(parts[1], limits)
	if err != nil {
		return nil, fmt.Errorf("the token's payload: %w", err)
	}
	if raw, err := base64.RawURLEncoding.Strict().DecodeString(parts[2]); err != nil || len(raw) == 0 {
		return nil, errors.New("the token has no signature in base64url")
	}
	t := &Token{text: text, payload: payload, claims: map[string]any{}}
	if err := t.readHeader(header); err != nil {
		return nil, err
	}
	return t, t.readPayload()
}

func readPart(part string, limits strictjson.Limits) (map[string]any, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(part)
	if err != nil {
		return nil, errors.New("it is not base64url")
	}
	return strictjson.ParseObject(raw, limits)
}

func (t *Token) readHeader(header map[string]any) error {
	for _, name := range []string{"crit", "b64", "zip", "enc"} {
		if _, present := header[name]; present {
			return fmt.Errorf("the token's header has %q, which no credential may have", name)
		}
	}
	text := func(name string) string { s, _ := header[name].(string); return s }
	t.alg, t.kid = text("alg"), text("kid")
	t.jwk, _ = header["jwk"].(map[string]any)
	if !slices.Contains(algorithms, jose.SignatureAlgorithm(t.alg)) {
		return fmt.Errorf("the token's algorithm %.20q is not accepted for credentials", t.alg)
	}
	if !slices.Contains(tokenTypes, strings.ToLower(text("typ"))) {
		return fmt.Errorf("the token's type %.40q is not that of a credential", text("typ"))
	}
	return nil
}

// readPayload takes the credential out of the payload: under vc for version 1.1 of the
// data model, beside the claims for 2.0 (Open Badges 3.0 §8.2.4).
func (t *Token) readPayload() error {
	for _, name := range registered {
		if v, present := t.payload[name]; present {
			t.claims[name] = v
		}
	}
	inner, nested := t.payload["vc"]
	if !nested {
		t.tree = maps.Clone(t.payload)
		for _, name := range registered {
			delete(t.tree, name)
		}
		return nil
	}
	var ok bool
	if t.tree, ok = inner.(map[string]any); !ok {
		return errors.New("the token's vc claim is not an object")
	}
	if _, both := t.payload["credentialSubject"]; both {
		return errors.New("the token carries two credentials, one in vc and one beside it")
	}
	return nil
}

// Tree returns the credential in the token.
func (t *Token) Tree() map[string]any { return t.tree }

// Verify checks the token's signature, and that its claims say what the credential says
// (Open Badges 3.0 §8.2.4.1). The credential must have been read in safe mode by the
// caller. A key inside the header is used if the token names no other; it has no
// controller, so that nobody vouches for it.
func (t *Token) Verify(ctx context.Context, resolve Resolve, terms Terms) (*Verified, []Outcome, error) {
	o := Outcome{Format: "JWT", Suite: t.alg, Method: t.kid}
	o.Err = t.judge(ctx, &o, resolve, terms)
	return conclude(t.tree, []Outcome{o})
}

func (t *Token) judge(ctx context.Context, o *Outcome, resolve Resolve, terms Terms) error {
	method, err := t.method(ctx, resolve, terms)
	if err != nil {
		return err
	}
	o.Controller = method.Controller
	alg, err := algorithmOf(method.Key)
	if err != nil {
		return err
	}
	if string(alg) != t.alg {
		return fmt.Errorf("the token's algorithm is %s, its key is for %s", t.alg, alg)
	}
	// RFC 7517 §4.4; RFC 9864 §2.2 calls EdDSA with this curve Ed25519.
	if named := method.Algorithm; named != "" && named != t.alg && (named != "Ed25519" || alg != jose.EdDSA) {
		return fmt.Errorf("the token's algorithm is %s, its key is published for %s", t.alg, named)
	}
	if err := verifyCompact(t.text, alg, method.Key); err != nil {
		return err
	}
	return t.checkClaims(terms.At)
}

func (t *Token) method(ctx context.Context, resolve Resolve, terms Terms) (Method, error) {
	if t.kid != "" {
		return resolve(ctx, t.kid, terms.purpose())
	}
	if t.jwk == nil {
		return Method{}, errors.New("the token does not say which key signed it")
	}
	raw, err := vc.Marshal(t.jwk)
	if err != nil {
		return Method{}, err
	}
	key, err := keys.ParseJWK(raw)
	if err != nil {
		return Method{}, fmt.Errorf("the key in the token's header: %w", err)
	}
	return Method{Key: key}, nil
}

// verifyCompact checks a compact JWS with one algorithm and key.
func verifyCompact(text string, alg jose.SignatureAlgorithm, key crypto.PublicKey) error {
	jws, err := jose.ParseSignedCompact(text, []jose.SignatureAlgorithm{alg})
	if err != nil {
		return errors.New("the token is not a compact JSON Web Signature")
	}
	if _, err := jws.Verify(key); err != nil {
		return errors.New("the signature does not match the token: one of the two was changed")
	}
	return nil
}

// SignJWT returns the prepared credential as a JWT in the form that Open Badges 3.0 §8.2
// gives credentials of version 2.0 of the data model, signed with the algorithm that the
// key implies.
func SignJWT(p *jsonld.Processor, document vc.Prepared, signer Signer) (string, error) {
	if _, err := p.Read(document.Tree()); err != nil {
		return "", err
	}
	alg, err := algorithmOf(signer.Key.Public())
	if err != nil {
		return "", err
	}
	credential, problems := vc.Read(document.Tree())
	if len(problems) > 0 || credential.ValidFrom == nil || credential.ID == "" {
		return "", errors.New("a credential needs an id and a validFrom to become a token")
	}
	claims := struct {
		Issuer    string `json:"iss"`
		Subject   string `json:"sub,omitempty"`
		ID        string `json:"jti"`
		NotBefore int64  `json:"nbf"`
		Expires   int64  `json:"exp,omitempty"`
	}{Issuer: credential.Issuer, ID: credential.ID, NotBefore: credential.ValidFrom.Unix()}
	claims.Subject, _ = credential.Subjects[0]["id"].(string)
	if credential.ValidUntil != nil {
		claims.Expires = credential.ValidUntil.Unix()
	}
	members, err := vc.Marshal(claims)
	if err != nil {
		return "", err
	}
	return signCompact(document.With(members[1:len(members)-1]), alg, signer)
}

func signCompact(payload []byte, alg jose.SignatureAlgorithm, signer Signer) (string, error) {
	key := jose.SigningKey{Algorithm: alg, Key: opaque{alg, signer}}
	made, err := jose.NewSigner(key, (&jose.SignerOptions{}).WithType("JWT"))
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
		h := crypto.SHA256.New()
		h.Write(payload)
		return o.signer.Key.Sign(rand.Reader, h.Sum(nil), crypto.SHA256)
	}
	suite, err := ecdsaPrimitive(o.signer.Key.Public())
	if err != nil {
		return nil, err
	}
	return suite.sign(o.signer.Key, payload)
}
