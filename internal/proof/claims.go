package proof

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"laurel/internal/strictjson"
	"laurel/internal/vc"
)

// ErrExpired is wrapped when a token says of itself that its signature has expired, as
// opposed to the credential in it.
var ErrExpired = errors.New("the token has expired")

// grace is how far the clock of whoever made a token may be ahead of ours.
const grace = time.Minute

// claims are the members of a JWT beside its document (RFC 7519 §4).
type claims struct{ strictjson.Value }

// checkClaims holds the claims to the rules of the token's profile.
func (t *Token) checkClaims(terms Terms) error {
	switch {
	case t.presentation:
		return t.checkPresentation(terms.At)
	case t.profile == JOSE || t.profile == SDJWT:
		return t.checkJOSE(terms.At)
	case t.profile == SDJWTVC:
		return t.checkVCT(terms.At)
	case t.profile == StatusListJWT:
		return t.checkStatusList(terms.At)
	}
	return t.checkEqual(terms.At)
}

// checkEqual compares the claims with the credential (OB §8.2.4.1, VC-DM 1.1 §6.3.1): a
// claim that is there must agree; iss, jti and nbf must be there, exp if the credential ends.
func (t *Token) checkEqual(at time.Time) error {
	credential, _ := vc.Read(t.document)
	if (t.profile == WrappedJWT) != (credential.Version == vc.V1) {
		return errors.New("the token wraps its credential in the way of another version of the data model")
	}
	if err := t.claims.agree(credential, true, credential.ID != "" || t.profile == OpenBadgesJWT); err != nil {
		return err
	}
	if err := t.claims.sameMoment("nbf", credential.ValidFrom, true); err != nil {
		return err
	}
	if err := t.claims.sameMoment("exp", credential.ValidUntil, false); err != nil {
		return err
	}
	return t.claims.made(at, false)
}

// checkJOSE compares what may be there (VC-JOSE-COSE §3.1.3): iss, jti and sub may not
// contradict the credential; exp, nbf and iat speak of the signature.
func (t *Token) checkJOSE(at time.Time) error {
	credential, _ := vc.Read(t.document)
	if credential.Version != vc.V2 || !slices.Contains(credential.Types, "VerifiableCredential") {
		return errors.New("the token's payload is not a credential of version 2.0 of the data model")
	}
	if err := t.claims.agree(credential, false, false); err != nil {
		return err
	}
	return t.claims.lives(at, false)
}

// checkPresentation compares iss with the holder and jti with the id (VC-DM 1.1 §6.3.1,
// VC-JOSE-COSE §3.1.3).
func (t *Token) checkPresentation(at time.Time) error {
	if types, _ := vc.Texts(t.document.Member("type")); !slices.Contains(types, "VerifiablePresentation") {
		return errors.New("the token's payload is not a presentation")
	}
	holder := t.document.Member("holder")
	if holder.Is(strictjson.Object) {
		holder = holder.Member("id")
	}
	for claim, want := range map[string]strictjson.Value{"iss": holder, "jti": t.document.Member("id")} {
		got := t.claims.Member(claim)
		if got.Present() && (!got.Is(strictjson.String) || want.Present() && !want.Is(strictjson.Null) && !got.Equal(want)) {
			return fmt.Errorf("the token's %s does not agree with the presentation", claim)
		}
	}
	return t.claims.lives(at, false)
}

// checkVCT wants the type of an SD-JWT VC, and iss where it stands as text (SD-JWT VC
// §2.2.2).
func (t *Token) checkVCT(at time.Time) error {
	if t.claims.Member("vct").Text() == "" {
		return errors.New("the token's vct is not a type")
	}
	if iss := t.claims.Member("iss"); iss.Present() && iss.Text() == "" {
		return errors.New("the token's iss is not an issuer")
	}
	return t.claims.lives(at, false)
}

// checkStatusList wants sub and iat (Token Status List §5.1).
func (t *Token) checkStatusList(at time.Time) error {
	if t.claims.Member("sub").Text() == "" {
		return errors.New("the status list does not say where it stands")
	}
	return t.claims.lives(at, true)
}

// agree compares who, which and about whom with the credential, where the claims say it or
// must.
func (c claims) agree(credential *vc.Credential, needIssuer, needID bool) error {
	if iss := c.Member("iss"); (iss.Present() || needIssuer) && !isText(iss, credential.Issuer) {
		return errors.New("the token's iss is not the credential's issuer")
	}
	if jti := c.Member("jti"); (jti.Present() || needID) && !isText(jti, credential.ID) {
		return errors.New("the token's jti is not the credential's id")
	}
	if sub := c.Member("sub"); sub.Present() && !anySubject(credential, sub) {
		return errors.New("the token's sub is not the credential's subject")
	}
	return nil
}

// isText reports whether a claim is a text, and this one.
func isText(claim strictjson.Value, want string) bool {
	text, ok := claim.IsText()
	return ok && text == want
}

func anySubject(c *vc.Credential, sub strictjson.Value) bool {
	return sub.Is(strictjson.String) && slices.ContainsFunc(c.Subjects, func(s strictjson.Value) bool { return s.Member("id").Equal(sub) })
}

// lives holds the moment to exp, nbf and iat (RFC 7519 §4.1).
func (c claims) lives(at time.Time, dated bool) error {
	exp, present, ok := c.moment("exp")
	switch {
	case present && !ok:
		return errors.New("the token's exp is not a date")
	case present && !at.Before(exp):
		return fmt.Errorf("%w: on %s", ErrExpired, vc.FormatTime(exp))
	}
	nbf, present, ok := c.moment("nbf")
	switch {
	case present && !ok:
		return errors.New("the token's nbf is not a date")
	case present && nbf.After(at.Add(grace)):
		return errors.New("the token is not yet valid")
	}
	return c.made(at, dated)
}

// made refuses tokens from the future.
func (c claims) made(at time.Time, required bool) error {
	iat, present, ok := c.moment("iat")
	switch {
	case !present && required:
		return errors.New("the token does not say when it was made")
	case present && (!ok || iat.After(at.Add(grace))):
		return errors.New("the token says that it was made in the future, or at no date at all")
	}
	return nil
}

// answer compares nonce and aud with what the verifier asked, as far as it asked.
func (c claims) answer(terms Terms) error {
	if terms.Challenge != "" && !isText(c.Member("nonce"), terms.Challenge) {
		return fmt.Errorf("%w: by its nonce", ErrChallenge)
	}
	if audience, ok := vc.Texts(c.Member("aud")); terms.Domain != "" && (!ok || !slices.Contains(audience, terms.Domain)) {
		return fmt.Errorf("%w: by its aud", ErrDomain)
	}
	return nil
}

// sameMoment holds a NumericDate to the credential's own date, to the second.
func (c claims) sameMoment(claim string, want *time.Time, required bool) error {
	got, present, ok := c.moment(claim)
	switch {
	case present && !ok:
		return fmt.Errorf("the token's %s is not a date", claim)
	case !present && (required || want != nil):
		return fmt.Errorf("the token has no %s", claim)
	case present && (want == nil || got.Unix() != want.Unix()):
		return fmt.Errorf("the token's %s is not the date in the credential", claim)
	}
	return nil
}

// moment reads a NumericDate (RFC 7519 §2).
func (c claims) moment(claim string) (at time.Time, present, ok bool) {
	v := c.Member(claim)
	present = v.Present()
	f, err := v.Number().Float64()
	if err != nil || math.Abs(f) > 1<<52 {
		return time.Time{}, present, false
	}
	return time.Unix(int64(math.Floor(f)), 0), present, true
}
