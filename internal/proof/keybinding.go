package proof

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// checkBinding verifies the key binding JWT of an SD-JWT (RFC 9901 §7.3 step 5): signed by
// the key that the issuer named, over the very parts before it. Without a challenge it may
// have been made for somebody else long ago.
func (t *Token) checkBinding(ctx context.Context, resolve Resolve, terms Terms) error {
	b := t.binding
	if b.typ != "kb+jwt" || b.cty != "" {
		return fmt.Errorf("the key binding is of the type %.40q", b.typ)
	}
	method, err := holderKey(ctx, t.payload["cnf"], resolve)
	if err != nil {
		return fmt.Errorf("the key binding: %w", err)
	}
	if err := b.verify(method); err != nil {
		return fmt.Errorf("the key binding: %w", err)
	}
	if err := b.payload.lives(terms.At, true); err != nil {
		return fmt.Errorf("the key binding: %w", err)
	}
	for _, name := range []string{"aud", "nonce"} { // RFC 9901 §4.3: both are texts, and required
		if text, _ := b.payload[name].(string); text == "" {
			return fmt.Errorf("the key binding has no %s", name)
		}
	}
	if b.payload["sd_hash"] != any(digest64(t.hash, t.disclosed)) {
		return errors.New("the key binding was made for other parts of the credential")
	}
	return b.payload.answer(terms)
}

// holderKey finds the key of the holder (RFC 7800 §3.2, §3.4): in the claim itself, or as a
// DID.
func holderKey(ctx context.Context, confirmation any, resolve Resolve) (Method, error) {
	cnf, _ := confirmation.(map[string]any)
	jwk, hasKey := cnf["jwk"]
	kid, hasID := cnf["kid"]
	switch {
	case hasKey && hasID:
		return Method{}, errors.New("the token names two keys of its holder")
	case hasKey:
		object, ok := jwk.(map[string]any)
		if !ok {
			return Method{}, errors.New("the token's cnf holds no key")
		}
		return parseJWK(object)
	case hasID:
		text, _ := kid.(string)
		if !strings.HasPrefix(text, "did:key:") && !strings.HasPrefix(text, "did:jwk:") {
			return Method{}, fmt.Errorf("%w: the holder's key %.80q is not in the token", ErrUndecided, text)
		}
		return resolve(ctx, text, Authentication)
	case len(cnf) > 0:
		return Method{}, fmt.Errorf("%w: the token names its holder's key in a way that is not known here", ErrUndecided)
	}
	return Method{}, errors.New("the token names no key of its holder")
}
