package proof

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"laurel/internal/vc"
)

// checkClaims compares the registered claims with the credential (Open Badges 3.0
// §8.2.4.1): a claim that is there must agree, iss, jti and nbf must be there.
func (t *Token) checkClaims(at time.Time) error {
	credential, _ := vc.Read(t.tree)
	if nested := t.payload["vc"] != nil; nested != (credential.Version == vc.V1) {
		return errors.New("the token wraps its credential in the way of another version of the data model")
	}
	if t.claims["iss"] != any(credential.Issuer) {
		return errors.New("the token's iss is not the credential's issuer")
	}
	if t.claims["jti"] != any(credential.ID) {
		return errors.New("the token's jti is not the credential's id")
	}
	if sub, present := t.claims["sub"]; present && !anySubject(credential, sub) {
		return errors.New("the token's sub is not the credential's subject")
	}
	if err := t.sameMoment("nbf", credential.ValidFrom, true); err != nil {
		return err
	}
	if err := t.sameMoment("exp", credential.ValidUntil, false); err != nil {
		return err
	}
	if iat, present, ok := t.moment("iat"); present && (!ok || iat.After(at.Add(time.Minute))) {
		return errors.New("the token says that it was made in the future")
	}
	return nil
}

func anySubject(c *vc.Credential, claim any) bool {
	sub, ok := claim.(string)
	return ok && slices.ContainsFunc(c.Subjects, func(s map[string]any) bool {
		id, ok := s["id"].(string)
		return ok && id == sub
	})
}

// sameMoment holds a NumericDate to the credential's own date, to the second.
func (t *Token) sameMoment(claim string, want *time.Time, required bool) error {
	got, present, ok := t.moment(claim)
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
func (t *Token) moment(claim string) (at time.Time, present, ok bool) {
	v, present := t.claims[claim]
	number, _ := v.(json.Number)
	f, err := number.Float64()
	if err != nil || math.Abs(f) > 1<<52 {
		return time.Time{}, present, false
	}
	return time.Unix(int64(math.Floor(f)), 0), present, true
}
