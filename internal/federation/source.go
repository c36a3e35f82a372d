package federation

import (
	"context"
	"errors"
	"slices"

	"laurel/internal/strictjson"
	"laurel/registry"
)

// noteNoHistory is said of lists that tell who is on them, and not since when.
const noteNoHistory = "the list does not say since when"

// Source asks the federation about an issuer, as a registry of a name: without a snapshot
// where it could not be asked, and with one that lists nobody where it does not vouch. The
// error says why.
func (r *Resolver) Source(ctx context.Context, name, issuer string) (registry.Source, error) {
	var c *Chain
	_, err := entityID(issuer)
	if err != nil {
		err = unlisted("%.80q is no entity of a federation", issuer)
	} else {
		c, err = r.Resolve(ctx, issuer)
	}
	if err != nil {
		return withoutEntry(registry.Meta{Name: name, Assurance: registry.SignedList}, err)
	}
	pins := slices.Clone(c.Keys)
	pins = append(pins, pinsOf(c.member(issuerType, "jkt"))...)
	for _, kind := range []string{"vc_issuer", "openid_credential_issuer", issuerType} {
		if v := c.member(kind, "jwks"); v.Present() {
			set, err := keySet(v)
			if err != nil {
				return withoutEntry(registry.Meta{Name: name, Assurance: registry.SignedList}, err)
			}
			pins = append(pins, thumbprints(set)...)
		}
	}
	meta := registry.Meta{Name: name, Origin: c.Anchor, Issued: c.Issued, Fresh: c.Expires, Expires: c.Expires, Assurance: registry.SignedList}
	return listing(meta, issuer, c.member(federationEntity, "organization_name").Text(), c.Anchor, pins)
}

// pinsOf reads the thumbprints of keys that an anchor of our kind names.
func pinsOf(list strictjson.Value) (all []string) {
	for item := range list.Items() {
		if jkt := item.Text(); len(jkt) == thumbprintLength && len(all) < maxKeys {
			all = append(all, jkt)
		}
	}
	return all
}

const thumbprintLength = 43 // RFC 7638 of SHA-256, in base64url

// withoutEntry is a source that does not vouch, or could not be asked.
func withoutEntry(meta registry.Meta, why error) (registry.Source, error) {
	source := registry.Source{Name: meta.Name}
	if errors.Is(why, ErrUnlisted) {
		s, err := registry.Of(meta)
		if err != nil {
			return source, err
		}
		source.Snapshot = s
	}
	return source, why
}

// listing is a snapshot that lists one issuer on an anchor's word.
func listing(meta registry.Meta, issuer, name, anchor string, pins []string) (registry.Source, error) {
	e := &registry.Entry{
		ID: issuer,
		Bindings: []registry.Binding{{
			DID:      registry.NormalDID(issuer),
			Evidence: []registry.Evidence{{Strength: registry.Registered, Kind: "oidf-statement", Ref: anchor}},
		}},
		Grants: []registry.Grant{{ID: anchor, By: anchor, Class: registry.ListedElsewhere, Scope: registry.AnyAward(), Notes: []string{noteNoHistory}}},
	}
	if name != "" {
		e.Names = []registry.Name{{Text: name}}
	}
	slices.Sort(pins)
	for _, jkt := range slices.Compact(pins) {
		e.Bindings[0].Keys = append(e.Bindings[0].Keys, registry.PinnedKey{Thumbprint: jkt})
	}
	s, err := registry.Of(meta, e)
	if err != nil {
		return registry.Source{Name: meta.Name}, refused("%w", err)
	}
	return registry.Source{Name: meta.Name, Snapshot: s}, nil
}
