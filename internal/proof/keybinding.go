package proof

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"laurel/internal/strictjson"
)

// checkBinding verifies the key binding JWT of an SD-JWT (RFC 9901 §7.3 step 5): signed by
// the key that the issuer named, over the very parts before it. Without a challenge it may
// have been made for somebody else long ago.
func (t *Token) checkBinding(ctx context.Context, resolve Resolve, terms Terms) error {
	b := t.binding
	if b.typ != "kb+jwt" || b.cty != "" {
		return fmt.Errorf("the key binding is of the type %.40q", b.typ)
	}
	method, err := holderKey(ctx, t.payload.Member("cnf"), resolve)
	if err != nil {
		return fmt.Errorf("the key binding: %w", err)
	}
	if err := b.verify(method); err != nil {
		return fmt.Errorf("the key binding: %w", err)
	}
	said := claims{b.payload}
	if err := said.lives(terms.At, true); err != nil {
		return fmt.Errorf("the key binding: %w", err)
	}
	for _, name := range []string{"aud", "nonce"} { // RFC 9901 §4.3: both are texts, and required
		if said.Member(name).Text() == "" {
			return fmt.Errorf("the key binding has no %s", name)
		}
	}
	if !isText(said.Member("sd_hash"), digest64(t.hash, t.disclosed)) {
		return errors.New("the key binding was made for other parts of the credential")
	}
	return said.answer(terms)
}

// holderKey finds the key of the holder (RFC 7800 §3.2, §3.4): in the claim itself, or as a
// DID.
func holderKey(ctx context.Context, cnf strictjson.Value, resolve Resolve) (Method, error) {
	jwk, kid := cnf.Member("jwk"), cnf.Member("kid")
	hasKey, hasID := jwk.Present(), kid.Present()
	switch {
	case hasKey && hasID:
		return Method{}, errors.New("the token names two keys of its holder")
	case hasKey:
		if !jwk.Is(strictjson.Object) {
			return Method{}, errors.New("the token's cnf holds no key")
		}
		return parseJWK(jwk)
	case hasID:
		text := kid.Text()
		if !strings.HasPrefix(text, "did:key:") && !strings.HasPrefix(text, "did:jwk:") {
			return Method{}, fmt.Errorf("%w: the holder's key %.80q is not in the token", ErrUndecided, text)
		}
		return resolve(ctx, text, Authentication)
	case cnf.Len() > 0:
		return Method{}, fmt.Errorf("%w: the token names its holder's key in a way that is not known here", ErrUndecided)
	}
	return Method{}, errors.New("the token names no key of its holder")
}
