package proof

import (
	"errors"
	"fmt"
	"strings"

	"laurel/internal/strictjson"
)

// sdForms are the types of SD-JWTs that hold a credential or presentation. vc+sd-jwt was
// the type of SD-JWT VCs as well.
var sdForms = map[string]tokenForm{
	"vc+sd-jwt": {SDJWT, false}, "vc+ld+json+sd-jwt": {SDJWT, false},
	"vp+sd-jwt": {SDJWT, true}, "vp+ld+json+sd-jwt": {SDJWT, true},
	"dc+sd-jwt": {SDJWTVC, false},
}

// LooksLikeSDToken reports whether text has the outer form of an SD-JWT, with a key binding
// or without.
func LooksLikeSDToken(text string) bool {
	jws, rest, marked := strings.Cut(text, "~")
	return marked && LooksLikeToken(jws) && isCompact(rest)
}

// OpenSDToken reads an SD-JWT (RFC 9901 §4) that holds a credential, presentation or SD-JWT
// VC: the issuer's token, disclosures and perhaps a key binding, each ended by a tilde but
// the last. It holds the document with what was disclosed.
func OpenSDToken(text string, limits strictjson.Limits) (*Token, error) {
	return openSDToken(text, "", limits)
}

func openSDToken(text, declared string, limits strictjson.Limits) (*Token, error) {
	t, err := openDisclosed(text, limits)
	if err != nil {
		return nil, err
	}
	if err := t.settle(sdForms, declared); err != nil {
		return nil, err
	}
	hasType, hasContext := t.payload.Member("vct").Present(), t.payload.Member("@context").Present()
	switch {
	case hasType && hasContext:
		return nil, errors.New("the token is a credential of two kinds, by its vct and by its @context")
	case t.typ == "vc+sd-jwt" && hasType:
		t.profile = SDJWTVC
	}
	if t.profile == SDJWTVC {
		t.part(vctClaims)
		return t, t.checkContent()
	}
	if err := t.readPayload(); err != nil {
		return nil, err
	}
	return t, t.checkContent()
}

// openDisclosed puts the disclosures into the payload (RFC 9901 §7.1), whatever the token
// is for.
func openDisclosed(text string, limits strictjson.Limits) (*Token, error) {
	limits = limits.OrDefault()
	if len(text) > limits.Bytes {
		return nil, fmt.Errorf("the token is %w of %d bytes", strictjson.ErrTooLarge, limits.Bytes)
	}
	end := strings.LastIndexByte(text, '~')
	if end < 0 {
		return nil, errors.New("the token has no tilde, which ends each part of an SD-JWT")
	}
	parts := strings.Split(text[:end], "~")
	c, err := openCompact(parts[0], limits)
	if err != nil {
		return nil, err
	}
	t := &Token{compact: c, disclosed: text[:end+1]}
	if text[end+1:] != "" {
		binding, err := openCompact(text[end+1:], limits)
		if err != nil {
			return nil, fmt.Errorf("the key binding: %w", err)
		}
		t.binding = &binding
	}
	d := discloser{limits: limits}
	payload, err := d.disclose(c.payload.Object(), parts[1:])
	if err != nil {
		return nil, err
	}
	t.payload, t.hash = strictjson.Of(payload), d.hash
	return t, nil
}
