// Package federation answers: who vouches for this entity, up to whom, and since when is
// that said no longer?
//
// It is OpenID Federation 1.0, draft 48 ("OIDF"), from both sides. A Resolver climbs from an
// entity to an anchor whose keys the caller has from elsewhere, checks the chain, and applies
// its constraints and policies. An Anchor speaks for a registry: all it says comes from one
// snapshot and ends no later than that. A Direct is the profile of anchors that state about
// DIDs without keys, as the Digital Credentials Consortium has it.
//
// The network and the clock are handed in. What an entity may award is left to package
// registry: a chain makes nobody more than listed elsewhere.
package federation

import (
	"crypto"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"laurel/internal/fetch"
	"laurel/internal/jws"
	"laurel/internal/strictjson"
	"laurel/keys"
)

// Errors that callers decide on. Each error of this package is one of the three.
var (
	// ErrRefused: what was said is wrong, so that it counts for nothing, either way.
	ErrRefused = errors.New("the statement is refused")
	// ErrUnlisted: nobody up to an anchor vouches for it.
	ErrUnlisted = errors.New("the federation does not vouch for it")
	// ErrUndecided: it could not be had or read, which shows nothing.
	ErrUndecided = errors.New("the federation could not be asked")
)

// The types of tokens and of answers over HTTP (OIDF §3, §7, §8).
const (
	typeStatement  = "entity-statement+jwt"
	typeMark       = "trust-mark+jwt"
	typeDelegation = "trust-mark-delegation+jwt"
	typeResolved   = "resolve-response+jwt"
	typeMarkStatus = "trust-mark-status-response+jwt"
	typeKeys       = "jwk-set+jwt"
)

const wellKnown = "/.well-known/openid-federation"

// The budgets of what comes from outside.
const (
	maxStatement = 128 << 10
	maxID        = 2048
	maxHints     = 5
	maxPath      = 5 // intermediates
	maxFetches   = 32
	maxSteps     = 64
	maxKeys      = 32
	maxLife      = 400 * 24 * time.Hour
	// skew is how far the clocks of others may be ahead.
	skew = time.Minute
)

var limits = strictjson.Limits{Bytes: maxStatement, Depth: 16, Values: 8192}

// accepted are the algorithms of federations. RSA is common in them.
var accepted = []string{jws.EdDSA, jws.ES256, jws.ES384, jws.RS256, jws.PS256}

func refused(format string, values ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrRefused}, values...)...)
}

func undecided(format string, values ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrUndecided}, values...)...)
}

func unlisted(format string, values ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrUnlisted}, values...)...)
}

// judged sorts the errors of reading and verifying: sizes and kinds of keys that this
// program does not take show nothing.
func judged(what string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, strictjson.ErrTooLarge) || errors.Is(err, keys.ErrUnsupported):
		return undecided("%s: %w", what, err)
	}
	return refused("%s: %w", what, err)
}

// notFound tells an answer that there is nothing from no answer.
func notFound(err error) bool {
	var status fetch.StatusError
	return errors.As(err, &status) && status.Code == 404
}

// entityID reads an entity identifier (OIDF §1.2): an https URL without user, query and
// fragment.
func entityID(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || len(text) > maxID || u.Scheme != "https" || u.Host == "" || u.User != nil || u.String() != text || strings.ContainsAny(text, "?#") {
		return nil, refused("%.80q is no entity identifier", text)
	}
	return u, nil
}

// Statement is an entity statement that was read and nothing more.
type Statement struct {
	Issuer, Subject string
	Issued, Expires time.Time
	Text            string // as it came
	hints           []string
	jwks            strictjson.Value
	keys            []keys.NamedKey
	claims          strictjson.Value
	token           *jws.Token
}

// configuration tells whether the statement is an entity's about itself.
func (s *Statement) configuration() bool { return s.Issuer == s.Subject }

// Claims that only an entity, or only its superior, may make (OIDF §3.1). crit and
// metadata_policy_crit name what goes beyond the standard and is not known here.
var (
	onlyOwn      = []string{"authority_hints", "trust_marks", "trust_mark_issuers", "trust_mark_owners"}
	onlySuperior = []string{"metadata_policy", "metadata_policy_crit", "constraints", "source_endpoint"}
	critical     = []string{"crit", "metadata_policy_crit"}
)

// readStatement reads an entity statement (OIDF §3). About DIDs, as the profile of a Direct
// has them, is said without keys.
func readStatement(text string, aboutDID bool) (*Statement, error) {
	token, err := jws.Read(text, limits)
	if err != nil {
		return nil, judged("the statement", err)
	}
	c := token.Unverified()
	s := &Statement{Text: text, claims: c, token: token, Issuer: c.Member("iss").Text(), Subject: c.Member("sub").Text()}
	if token.Type != typeStatement || token.KeyID == "" {
		return nil, refused("a statement needs the type %s and a kid", typeStatement)
	}
	if _, err := entityID(s.Issuer); err != nil {
		return nil, err
	}
	if did := strings.HasPrefix(s.Subject, "did:") && len(s.Subject) <= maxID; !aboutDID || !did {
		if _, err := entityID(s.Subject); err != nil {
			return nil, err
		}
	}
	if s.Issued, s.Expires, err = period(c); err != nil {
		return nil, err
	}
	foreign := onlyOwn
	if s.configuration() {
		foreign = onlySuperior
	}
	for _, name := range append(slices.Clone(critical), foreign...) {
		if c.Member(name).Present() {
			return nil, refused("the statement of %s about %s has %s", s.Issuer, s.Subject, name)
		}
	}
	if s.hints, err = texts(c, "authority_hints", maxHints); err != nil {
		return nil, err
	}
	for _, h := range s.hints {
		if _, err := entityID(h); err != nil {
			return nil, err
		}
	}
	return s, s.readKeys(aboutDID && !s.configuration())
}

// period reads iat and exp, both of which are needed (OIDF §3.1).
func period(c strictjson.Value) (issued, expires time.Time, err error) {
	if issued, err = jws.Moment(c.Member("iat")); err == nil {
		expires, err = jws.Moment(c.Member("exp"))
	}
	if err != nil || !issued.Before(expires) || expires.Sub(issued) > maxLife {
		return issued, expires, refused("iat and exp are not the ends of a period")
	}
	return issued, expires, nil
}

// inTime refuses what does not count yet or no longer.
func inTime(issued, expires, now time.Time) error {
	if now.Add(skew).Before(issued) || !now.Before(expires) {
		return refused("it counts from %s until %s", issued.Format(time.RFC3339), expires.Format(time.RFC3339))
	}
	return nil
}

// texts reads a list of different texts that is absent or not empty.
func texts(c strictjson.Value, name string, most int) (all []string, err error) {
	v := c.Member(name)
	if !v.Present() {
		return nil, nil
	}
	for item := range v.Items() {
		text, ok := item.IsText()
		if !ok || slices.Contains(all, text) {
			return nil, refused("%s is not a list of different texts", name)
		}
		all = append(all, text)
	}
	if len(all) == 0 || len(all) > most {
		return nil, refused("%s has not 1 to %d texts", name, most)
	}
	return all, nil
}

// readKeys reads the subject's keys, each of which has a kid of its own.
func (s *Statement) readKeys(optional bool) (err error) {
	s.jwks = s.claims.Member("jwks")
	if !s.jwks.Present() && optional {
		return nil
	}
	s.keys, err = keySet(s.jwks)
	return err
}

func keySet(v strictjson.Value) ([]keys.NamedKey, error) {
	raw, err := v.MarshalJSON()
	if err != nil || !v.Is(strictjson.Object) || v.Member("keys").Len() == 0 || v.Member("keys").Len() > maxKeys {
		return nil, refused("jwks is not a set of 1 to %d keys", maxKeys)
	}
	set, err := keys.ParseJWKSet(raw)
	if err != nil {
		return nil, judged("jwks", err)
	}
	seen := map[string]bool{}
	for item := range v.Member("keys").Items() {
		kid := item.Member("kid").Text()
		if kid == "" || seen[kid] {
			return nil, refused("a key in jwks has no kid of its own")
		}
		seen[kid] = true
	}
	return set, nil
}

// signed checks that one of the keys that the statement states signed a token.
func (s *Statement) signed(token *jws.Token, typ string) (strictjson.Value, error) {
	return signedBy(token, typ, s.jwks, s.keys)
}

func signedBy(token *jws.Token, typ string, jwks strictjson.Value, set []keys.NamedKey) (strictjson.Value, error) {
	for _, k := range set {
		if k.ID != token.KeyID {
			continue
		}
		if k.Algorithm != "" && k.Algorithm != token.Algorithm {
			return strictjson.Value{}, refused("the key %.60q is for %s", k.ID, k.Algorithm)
		}
		claims, err := token.Verify(typ, k.Key, accepted...)
		return claims, judged("the statement", err)
	}
	for item := range jwks.Member("keys").Items() {
		if item.Member("kid").Text() == token.KeyID {
			return strictjson.Value{}, undecided("the key %.60q is of a kind that is not supported", token.KeyID)
		}
	}
	return strictjson.Value{}, refused("no key %.60q", token.KeyID)
}

// pinned checks that one of the keys that the caller has from elsewhere signed.
func pinned(token *jws.Token, typ string, own []crypto.PublicKey) (err error) {
	err = refused("no keys are pinned")
	for _, k := range own {
		if _, err = token.Verify(typ, k, accepted...); err == nil {
			return nil
		}
	}
	return judged("by the pinned keys", err)
}

// thumbprints names keys as registries pin them.
func thumbprints(set []keys.NamedKey) (all []string) {
	for _, k := range set {
		if jkt, err := keys.Thumbprint(k.Key); err == nil && !slices.Contains(all, jkt) {
			all = append(all, jkt)
		}
	}
	return all
}
