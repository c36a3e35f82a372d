package proof

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"laurel/internal/strictjson"
	"laurel/internal/vc"
)

// What a proof must meet beside its signature; an outcome wraps one of these when it does
// not (INVALID_DOMAIN_ERROR, INVALID_CHALLENGE_ERROR).
var (
	ErrDomain    = errors.New("the proof was made for another domain than the one that asks")
	ErrChallenge = errors.New("the proof does not answer the challenge that was given")
)

// options is a proof's members, of the right JSON type.
type options struct {
	Outcome
	value     string
	purpose   string
	challenge string
	domain    []string
	expires   time.Time
	ends      bool // whether expires says when
}

// readOptions reads a proof (VC-DI §2.1) and refuses members of the wrong type.
func readOptions(p strictjson.Value) options {
	o := options{}
	read := func(name string, required bool) string {
		v := p.Member(name)
		text, isText := v.IsText()
		if o.Err == nil && (v.Present() && !isText || required && text == "") {
			o.Err = fmt.Errorf("the proof's %s is missing or not text", name)
		}
		return text
	}
	moment := func(name string) (at time.Time, present bool) {
		text := read(name, false)
		if !p.Member(name).Present() {
			return at, false
		}
		at, err := vc.ParseTime(text)
		if err != nil && o.Err == nil {
			o.Err = fmt.Errorf("the proof's %s is %w", name, err)
		}
		return at, true
	}
	o.Format, o.Suite = read("type", true), read("cryptosuite", false)
	o.Method, o.purpose, o.value = read("verificationMethod", true), read("proofPurpose", true), read("proofValue", false)
	o.challenge = read("challenge", false)
	read("nonce", false)
	o.Created, _ = moment("created")
	o.expires, o.ends = moment("expires")
	if domain := p.Member("domain"); domain.Present() {
		var ok bool
		if o.domain, ok = vc.Texts(domain); !ok && o.Err == nil {
			o.Err = errors.New("the proof's domain is neither text nor a list of texts")
		}
	}
	return o
}

// meets holds a proof to the terms (VC-DI §4.4 steps 4 to 6).
func (o *options) meets(terms Terms) error {
	switch {
	case o.purpose != terms.purpose():
		return errors.New("the proof was made for another purpose")
	case o.ends && !terms.At.Before(o.expires):
		return fmt.Errorf("the proof expired on %s", o.expires.UTC().Format(time.DateOnly))
	case terms.Domain != "" && !isSetOf(o.domain, terms.Domain):
		return ErrDomain
	case terms.Challenge != "" && o.challenge != terms.Challenge:
		return ErrChallenge
	}
	return nil
}

// isSetOf reports whether a list, taken as a set, is that of the one text.
func isSetOf(list []string, one string) bool {
	return len(list) > 0 && !slices.ContainsFunc(list, func(text string) bool { return text != one })
}
