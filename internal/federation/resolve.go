package federation

import (
	"context"
	"crypto"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"laurel/internal/did"
	"laurel/internal/strictjson"
)

// Resolver finds chains. Each field is needed.
type Resolver struct {
	Get     did.Getter
	Anchors map[string][]crypto.PublicKey // by entity identifier, with keys that came another way
	Now     func() time.Time
}

// deadline bounds one resolution.
const deadline = 20 * time.Second

// Resolve climbs from an entity to an anchor (OIDF §10.1). The first chain that holds is
// taken. Nothing is fetched twice, and not much in all.
func (r *Resolver) Resolve(ctx context.Context, entity string) (*Chain, error) {
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	w := &walk{Resolver: r, fetched: map[string]fetched{}}
	leaf, err := w.configuration(ctx, entity)
	if err != nil {
		return nil, err
	}
	return w.climb(ctx, leaf, []*Statement{leaf}, []string{entity})
}

// walk is one resolution.
type walk struct {
	*Resolver
	fetched map[string]fetched
	steps   int
}

// fetched is what came from an address.
type fetched struct {
	text string
	err  error
}

// climb tries the superiors that an entity names. below are the statements so far; path the
// entities, so that nobody is their own superior.
func (w *walk) climb(ctx context.Context, at *Statement, below []*Statement, path []string) (*Chain, error) {
	why := unlisted("%s names no superior", at.Subject)
	for _, hint := range at.hints {
		chain, err := w.step(ctx, at, hint, below, path)
		if err == nil {
			return chain, nil
		}
		if gravity(err) >= gravity(why) {
			why = err
		}
	}
	return nil, why
}

// gravity orders errors: that nobody vouches is said only if each way up was looked at.
func gravity(err error) int {
	switch {
	case errors.Is(err, ErrUndecided):
		return 2
	case errors.Is(err, ErrRefused):
		return 1
	}
	return 0
}

func (w *walk) step(ctx context.Context, at *Statement, hint string, below []*Statement, path []string) (*Chain, error) {
	w.steps++
	switch {
	case slices.Contains(path, hint):
		return nil, refused("%s is above itself", hint)
	case w.steps > maxSteps:
		return nil, undecided("too many ways up")
	}
	superior, err := w.configuration(ctx, hint)
	if errors.Is(err, ErrUnlisted) && w.Anchors[hint] != nil {
		return nil, undecided("the anchor %s is not there", hint)
	}
	if err != nil {
		return nil, err
	}
	about, err := w.about(ctx, superior, at.Subject)
	if err != nil {
		return nil, err
	}
	chain := append(slices.Clone(below), about)
	switch {
	case w.Anchors[hint] != nil:
		return check(append(chain, superior), w.Anchors, w.Now())
	case len(chain) > maxPath:
		return nil, undecided("more than %d intermediates", maxPath)
	}
	return w.climb(ctx, superior, chain, append(slices.Clone(path), hint))
}

// configuration fetches what an entity says about itself (OIDF §9), signed by its own keys
// and in time, so that nobody is followed on another's word.
func (w *walk) configuration(ctx context.Context, entity string) (*Statement, error) {
	if _, err := entityID(entity); err != nil {
		return nil, err
	}
	return w.statement(ctx, strings.TrimSuffix(entity, "/")+wellKnown, entity, entity, nil)
}

// about fetches what a superior says about a subject (OIDF §8.1).
func (w *walk) about(ctx context.Context, superior *Statement, subject string) (*Statement, error) {
	address, err := fetchAddress(superior, subject)
	if err != nil {
		return nil, err
	}
	return w.statement(ctx, address, superior.Subject, subject, superior)
}

func fetchAddress(superior *Statement, subject string) (string, error) {
	text := superior.claims.Member("metadata").Member(federationEntity).Member("federation_fetch_endpoint").Text()
	u, err := url.Parse(text)
	if err != nil || len(text) > maxID || u.Scheme != "https" || u.Host == "" || u.User != nil || u.Fragment != "" {
		return "", refused("%s has no fetch endpoint", superior.Subject)
	}
	query := u.Query()
	query.Set("sub", subject)
	u.RawQuery = query.Encode()
	return u.String(), nil
}

// statement gets a statement that is signed by whoever states it, itself or another, and
// counts now. An address is asked once; what it says is looked at each time, for two entities
// may name the same.
func (w *walk) statement(ctx context.Context, address, issuer, subject string, signer *Statement) (*Statement, error) {
	f, done := w.fetched[address]
	if !done {
		if len(w.fetched) >= maxFetches {
			return nil, undecided("more than %d statements would have to be fetched", maxFetches)
		}
		f.text, f.err = get(ctx, w.Get, address)
		w.fetched[address] = f
	}
	if f.err != nil {
		return nil, f.err
	}
	s, err := readStatement(f.text, false)
	if err != nil {
		return nil, err
	}
	if s.Issuer != issuer || s.Subject != subject {
		return nil, refused("%s answers with a statement of %s about %s", address, s.Issuer, s.Subject)
	}
	if signer == nil {
		signer = s
	}
	if _, err := signer.signed(s.token, typeStatement); err != nil {
		return nil, err
	}
	return s, inTime(s.Issued, s.Expires, w.Now())
}

// get fetches the text of a statement.
func get(ctx context.Context, from did.Getter, address string) (string, error) {
	body, final, err := from(ctx, address, "application/entity-statement+jwt", maxStatement)
	switch {
	case notFound(err):
		return "", unlisted("there is nothing at %s", address)
	case err != nil:
		return "", undecided("%s: %w", address, err)
	case !sameOrigin(address, final):
		return "", undecided("another site answers for %s", address)
	}
	return string(body), nil
}

func sameOrigin(a, b string) bool {
	one, err := url.Parse(a)
	if err != nil {
		return false
	}
	other, err := url.Parse(b)
	return err == nil && one.Scheme == other.Scheme && strings.EqualFold(one.Host, other.Host)
}

// member reads a value within the metadata of a chain.
func (c *Chain) member(kind, name string) strictjson.Value {
	members, _ := c.Metadata[kind].(map[string]any)
	if v, has := members[name]; has {
		return strictjson.Of(v)
	}
	return strictjson.Value{}
}
