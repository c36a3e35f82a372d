package proof

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"laurel/internal/strictjson"
)

// Profile is the form in which a document was secured; each has claim rules of its own.
type Profile int

// The profiles. The zero value is a document with embedded proofs.
const (
	Embedded      Profile = iota // VC-DI
	OpenBadgesJWT                // OB §8.2: the credential's members beside the claims
	WrappedJWT                   // VC-DM 1.1 §6.3.1: the document in the claim vc or vp
	JOSE                         // VC-JOSE-COSE §3.1: the payload is the document
	SDJWT                        // VC-JOSE-COSE §3.2: likewise, selectively disclosed
	SDJWTVC                      // SD-JWT VC: claims of the type vct, no document of VC-DM
	StatusListJWT                // Token Status List §5.1
)

// Token is a JSON Web Token, or an SD-JWT with its disclosures put in, that was read and
// nothing more.
type Token struct {
	compact
	profile      Profile
	presentation bool
	claims       claims           // the payload, to be asked for the registered claims
	document     strictjson.Value // what stands beside them, or in the claim that wraps it

	disclosed string      // of an SD-JWT: all that its key binding signs
	hash      crypto.Hash // of an SD-JWT
	binding   *compact    // the key binding JWT, if there is one
}

// tokenForm is what a typ says that a token holds.
type tokenForm struct {
	profile      Profile
	presentation bool
}

// forms are the types that a credential or presentation may have; an ID or access token
// never passes (RFC 8725 §3.11).
var forms = map[string]tokenForm{
	"": {OpenBadgesJWT, false}, "jwt": {OpenBadgesJWT, false},
	"vc+jwt": {JOSE, false}, "vc+ld+jwt": {JOSE, false}, "vc+ld+json+jwt": {JOSE, false},
	"vp+jwt": {JOSE, true}, "vp+ld+jwt": {JOSE, true}, "vp+ld+json+jwt": {JOSE, true},
}

// LooksLikeToken reports whether text has the outer form of a compact JWS.
func LooksLikeToken(text string) bool {
	return strings.Count(text, ".") == 2 && strings.HasPrefix(text, "eyJ") && strings.IndexByte(text, '~') < 0 && isCompact(text)
}

// foreign are the bytes that no token has, with disclosures or without: 1.
var foreign = func() (table [256]byte) {
	for c := range table {
		if values64[c] == 0 && c != '.' && c != '~' {
			table[c] = 1
		}
	}
	return table
}()

// isCompact looks at every byte, without asking after each: mostly none is foreign.
func isCompact(text string) bool {
	found := byte(0)
	for i := range len(text) {
		found |= foreign[text[i]]
	}
	return found == 0
}

// OpenToken reads a compact JWS that holds a credential or presentation, within limits.
func OpenToken(text string, limits strictjson.Limits) (*Token, error) {
	return openToken(text, "", limits)
}

// OpenEnveloped reads a token of either kind whose media type is named by what it came in,
// such as the data URL of an enveloped credential (VC-DM §4.13). The type stands in for a
// typ that the token leaves out, and must otherwise say the same.
func OpenEnveloped(media, text string, limits strictjson.Limits) (*Token, error) {
	declared := mediaType(media)
	if _, ok := sdForms[declared]; ok {
		return openSDToken(text, declared, limits)
	}
	if _, ok := forms[declared]; ok && declared != "" {
		return openToken(text, declared, limits)
	}
	return nil, fmt.Errorf("the media type %.40q is not that of a token with a credential", media)
}

// Method returns the verification method that the token names, unverified; empty: it names
// none.
func (t *Token) Method() string { return t.kid }

func openToken(text, declared string, limits strictjson.Limits) (*Token, error) {
	c, err := openCompact(text, limits)
	if err != nil {
		return nil, err
	}
	t := &Token{compact: c}
	if err := t.settle(forms, declared); err != nil {
		return nil, err
	}
	if err := t.readPayload(); err != nil {
		return nil, err
	}
	return t, t.checkContent()
}

// settle finds out what the token holds by its typ and the declared type.
func (t *Token) settle(table map[string]tokenForm, declared string) error {
	if t.typ == "" {
		t.typ = declared
	}
	f, ok := table[t.typ]
	if !ok {
		return fmt.Errorf("the token's type %.40q is not that of a credential", t.typ)
	}
	if declared != "" && declared != "jwt" && table[declared] != f { // application/jwt is any of them
		return fmt.Errorf("the token's type is %.40q, but %s was announced", t.typ, declared)
	}
	t.profile, t.presentation = f.profile, f.presentation
	return nil
}

// OpenStatusListToken reads a compact JWS that holds a status list (Token Status List
// §5.1). Its document is the whole payload.
func OpenStatusListToken(text string, limits strictjson.Limits) (*Token, error) {
	c, err := openCompact(text, limits)
	if err != nil {
		return nil, err
	}
	if c.typ != "statuslist+jwt" || c.cty != "" {
		return nil, fmt.Errorf("the token's type %.40q is not that of a status list", c.typ)
	}
	return &Token{compact: c, profile: StatusListJWT, claims: claims{c.payload}, document: c.payload}, nil
}

// checkContent holds cty to what the token holds (VC-JOSE-COSE §3.1.1); above all it is not
// another token.
func (t *Token) checkContent() error {
	content := "vc"
	if t.presentation {
		content = "vp"
	}
	if t.cty != "" && t.cty != content && t.cty != content+"+ld+json" {
		return fmt.Errorf("the token's content type %.40q is not %s", t.cty, content)
	}
	return nil
}

// The registered claims: those of RFC 7519 §4.1, which OB §8.2.4 sets beside the
// credential's own members; those of VC-JOSE-COSE tokens and of presentations (RFC 7800
// §3.1); those that SD-JWT VC §2.2.2 knows.
var (
	registered   = []string{"iss", "sub", "aud", "exp", "nbf", "iat", "jti"}
	joseClaims   = append(slices.Clone(registered), "cnf")
	holderClaims = append(slices.Clone(joseClaims), "nonce")
	vctClaims    = append(slices.Clone(joseClaims), "vct", "vct#integrity", "status")
)

// readPayload parts the document from the claims.
func (t *Token) readPayload() error {
	wrapsVC, wrapsVP := t.payload.Member("vc").Present(), t.payload.Member("vp").Present()
	switch {
	case wrapsVC && wrapsVP:
		return errors.New("the token has both a vc and a vp claim")
	case wrapsVC && t.profile == OpenBadgesJWT:
		return t.unwrap("vc")
	case wrapsVP && t.profile == OpenBadgesJWT:
		t.presentation = true
		return t.unwrap("vp")
	case wrapsVC || wrapsVP:
		return errors.New("the token has a vc or vp claim, which tokens of its type may not have") // VC-JOSE-COSE §3.1
	case t.profile == OpenBadgesJWT:
		t.part(registered)
	case t.presentation:
		t.part(holderClaims)
	default:
		t.part(joseClaims)
	}
	return nil
}

// part takes the registered claims away from what is the document.
func (t *Token) part(names []string) {
	t.claims, t.document = claims{t.payload}, t.payload.Except(names...)
}

// Value returns the credential or presentation, without the registered claims. Of an SD-JWT
// VC it is the claims that are not registered.
func (t *Token) Value() strictjson.Value { return t.document }

// Claim returns a registered claim, not yet verified, such as iss, sub, exp or cnf, and of
// an SD-JWT VC vct and status.
func (t *Token) Claim(name string) strictjson.Value { return t.claims.Member(name) }

// Moment returns the date in a registered claim, not yet verified; nil where it has none.
func (t *Token) Moment(claim string) *time.Time {
	at, _, ok := t.claims.moment(claim)
	if !ok {
		return nil
	}
	at = at.UTC()
	return &at
}

// Profile returns the form of the token.
func (t *Token) Profile() Profile { return t.profile }

// Presentation reports whether the token holds a presentation, which is verified with the
// purpose Authentication.
func (t *Token) Presentation() bool { return t.presentation }

// Verify checks the token's signature, that its claims say what the document says, and that
// it answers what the terms ask. The document must have been read in safe mode by the
// caller. A key inside the header is used if the token names no other; it has no
// controller, so that nobody vouches for it.
//
// Challenge and Domain are answered by a presentation's own nonce and aud, by an SD-JWT
// with a key binding; a credential alone answers nobody.
func (t *Token) Verify(ctx context.Context, resolve Resolve, terms Terms) (*Verified, []Outcome, error) {
	o := Outcome{Format: "JWT", Suite: t.alg, Method: t.kid}
	if t.disclosed != "" {
		o.Format = "SD-JWT"
	}
	o.Err = t.judge(ctx, &o, resolve, terms)
	verified, outcomes, err := conclude(t.document, []Outcome{o})
	if verified != nil {
		verified.bound = t.binding != nil
	}
	return verified, outcomes, err
}

func (t *Token) judge(ctx context.Context, o *Outcome, resolve Resolve, terms Terms) error {
	if t.presentation != (terms.purpose() == Authentication) {
		return errors.New("the token was made for another purpose")
	}
	method, err := t.method(ctx, resolve, terms.purpose())
	if err != nil {
		return err
	}
	o.Controller, o.Key = method.Controller, method.Key
	if err := t.verify(method); err != nil {
		return err
	}
	if err := t.checkClaims(terms); err != nil {
		return err
	}
	switch {
	case t.binding != nil:
		return t.checkBinding(ctx, resolve, terms)
	case t.presentation:
		return t.claims.answer(terms)
	case terms.Challenge != "" || terms.Domain != "":
		return fmt.Errorf("%w: the token has no holder who could", ErrChallenge)
	}
	return nil
}

func (t *Token) method(ctx context.Context, resolve Resolve, purpose string) (Method, error) {
	if t.kid != "" {
		return resolve(ctx, t.kid, purpose)
	}
	return t.headerKey()
}
