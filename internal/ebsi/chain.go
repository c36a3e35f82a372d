package ebsi

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"laurel/registry"
)

// Credential is what is known of a credential whose issuer is asked about.
type Credential struct {
	Issuer         string
	Accreditations []string // the addresses in its termsOfUse; empty: it does not say
	Schemas        []string
	Types          []string
	Issued         time.Time
}

// Chain is a chain of accreditations that holds: the issuer's own first, that of a root last.
type Chain struct {
	Links         []Accreditation
	From, Until   time.Time // while all of them count
	Jurisdictions []string  // for which the first covers the credential; empty: all
	Keys          []string  // thumbprints of the issuer's keys in the DID registry
}

// Chain checks by which accreditations a credential was issued (EBSI-TIR): each is its
// holder's, signed by who issued it, in force when what it was used for was issued, and for
// no less than that; the last is that of a root that the caller trusts.
func (r *Reader) Chain(ctx context.Context, c Credential) (*Chain, error) {
	if len(c.Types) == 0 || len(c.Schemas) == 0 || c.Issued.IsZero() {
		return nil, undecided("the credential does not say its schema, types or date")
	}
	addresses := c.Accreditations
	if len(addresses) == 0 {
		var err error
		if addresses, err = r.Accreditations(ctx, c.Issuer); err != nil {
			return nil, err
		}
	}
	why := ErrUnlisted
	if len(addresses) > maxWays {
		addresses, why = addresses[:maxWays], undecided("the issuer has more than %d accreditations", maxWays)
	}
	for _, address := range addresses {
		chain, err := r.chain(ctx, c, address, ToAttest)
		if err == nil {
			return chain, nil
		}
		if gravity(err) >= gravity(why) {
			why = err
		}
	}
	return nil, why
}

// gravity orders errors: that an issuer is not there is said only if nothing else is wrong.
func gravity(err error) int {
	switch {
	case errors.Is(err, ErrUndecided):
		return 2
	case errors.Is(err, ErrRefused):
		return 1
	}
	return 0
}

// wants are the grants of which one is needed: a credential may have several schemas, and
// does not say for which country it is.
func (c *Credential) wants() (all []Grant) {
	for _, s := range c.Schemas {
		all = append(all, Grant{Schema: s, Types: c.Types})
	}
	return all
}

// child is what an accreditation was used for.
type child struct {
	issuer string
	issued time.Time
	grants []Grant
}

func (r *Reader) chain(ctx context.Context, c Credential, address string, lowest Level) (*Chain, error) {
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	chain, seen := &Chain{}, map[string]bool{}
	below := child{c.Issuer, c.Issued, c.wants()}
	for depth := 0; ; depth++ {
		if depth == maxDepth || seen[address] {
			return nil, refused("the chain has no end")
		}
		seen[address] = true
		a, err := r.link(ctx, address, below, depth == 0)
		if depth > 0 && errors.Is(err, ErrUnlisted) {
			err = refused("the chain is broken: %v", err)
		}
		if err != nil {
			return nil, err
		}
		if first := depth == 0; first && a.Level != lowest || !first && a.Level == ToAttest {
			return nil, refused("%s is not for that", address)
		}
		chain.add(a)
		if !c.Issued.Before(chain.Until) || c.Issued.Before(chain.From) {
			return nil, refused("the chain was not in force when the credential was issued")
		}
		if a.Level == ForTrustChain {
			return chain, r.finish(ctx, chain, c)
		}
		address, below = a.parent, child{a.Issuer, a.Issued, a.Grants}
	}
}

func (c *Chain) add(a *Accreditation) {
	c.Links = append(c.Links, *a)
	if a.From.After(c.From) {
		c.From = a.From
	}
	if c.Until.IsZero() || a.Until.Before(c.Until) {
		c.Until = a.Until
	}
}

// link fetches one accreditation and checks all but its signature, which is checked once
// the chain is known to be worth it.
func (r *Reader) link(ctx context.Context, address string, below child, first bool) (*Accreditation, error) {
	holder, _, err := r.place(address)
	if err != nil {
		return nil, err
	}
	if holder != below.issuer {
		return nil, refused("%s is not the accreditation of %s", address, below.issuer)
	}
	v, err := r.fetch(ctx, address)
	if err != nil {
		return nil, err
	}
	a, err := r.read(v, address)
	if err != nil {
		return nil, err
	}
	if !a.holds(below.issued) {
		return nil, refused("%s counts from %s until %s", address, a.From.Format(time.DateOnly), a.Until.Format(time.DateOnly))
	}
	if first {
		if !slices.ContainsFunc(a.Grants, func(g Grant) bool { return g.servesAny(below.grants) }) {
			return nil, refused("%s is not for such credentials", address)
		}
		return a, nil
	}
	for _, g := range below.grants {
		if !slices.ContainsFunc(a.Grants, func(mine Grant) bool { return mine.covers(g) }) {
			return nil, refused("%s is narrower than what was issued by it", address)
		}
	}
	return a, nil
}

// finish checks where the chain ends, and all signatures.
func (r *Reader) finish(ctx context.Context, chain *Chain, c Credential) error {
	root := chain.Links[len(chain.Links)-1]
	if !slices.Contains(r.Roots, root.Subject) || !slices.Contains(r.Support, root.Issuer) {
		return refused("%s, accredited by %s, is no root that is trusted", root.Subject, root.Issuer)
	}
	for _, a := range chain.Links {
		if err := r.signed(ctx, a.token, a.Issuer); err != nil {
			return err
		}
	}
	document, err := r.document(ctx, c.Issuer)
	if err != nil {
		return err
	}
	chain.Keys = thumbprints(document)
	for _, g := range chain.Links[0].Grants {
		if !g.servesAny(c.wants()) {
			continue
		}
		if len(g.Jurisdictions) == 0 {
			chain.Jurisdictions = nil
			break
		}
		chain.Jurisdictions = append(chain.Jurisdictions, g.Jurisdictions...)
	}
	return nil
}

// lookup is how long the answer of the registry counts.
const lookup = 24 * time.Hour

// Source asks about the issuer of a credential, as a registry of a name: without a snapshot
// where that could not be decided, and with one that lists nobody where the registry does
// not have the issuer. The pinned keys are those of the DID registry. The error says why.
func (r *Reader) Source(ctx context.Context, name string, c Credential) (registry.Source, error) {
	now := r.Now()
	meta := registry.Meta{Name: name, Origin: r.Issuers, Issued: now, Fresh: now.Add(lookup), Expires: now.Add(lookup), Assurance: registry.SignedList}
	var chain *Chain
	err := ErrUnlisted
	if strings.HasPrefix(c.Issuer, "did:ebsi:") {
		chain, err = r.Chain(ctx, c)
	}
	var entries []*registry.Entry
	switch {
	case err == nil:
		entries = append(entries, chain.entry(c.Issuer))
	case !errors.Is(err, ErrUnlisted):
		return registry.Source{Name: name}, err
	}
	s, wrong := registry.Of(meta, entries...)
	if wrong != nil {
		return registry.Source{Name: name}, refused("%w", wrong)
	}
	return registry.Source{Name: name, Snapshot: s}, err
}

func (c *Chain) entry(issuer string) *registry.Entry {
	own := c.Links[0]
	period := registry.Period{From: c.From, Until: c.Until}
	scope := registry.AnyAward()
	for _, j := range c.Jurisdictions {
		switch code := country(j); {
		case j == atu+europe:
			scope.Jurisdictions = append(scope.Jurisdictions, slices.Sorted(maps.Values(countries))...)
		case code != "":
			scope.Jurisdictions = append(scope.Jurisdictions, code)
		default: // a place that nobody can ask for by a code of ours
			scope.Jurisdictions = append(scope.Jurisdictions, j)
		}
	}
	b := registry.Binding{DID: issuer, Evidence: []registry.Evidence{{Strength: registry.Registered, Kind: "ebsi-accreditation", Ref: own.Address}}}
	for _, jkt := range c.Keys {
		b.Keys = append(b.Keys, registry.PinnedKey{Thumbprint: jkt})
	}
	return &registry.Entry{
		ID: issuer, Bindings: []registry.Binding{b},
		Grants: []registry.Grant{{ID: own.Address, By: own.Issuer, Class: registry.ListedElsewhere, Scope: scope, Period: period}},
	}
}
