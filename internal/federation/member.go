package federation

import (
	"context"
	"crypto"
	"encoding/json"
	"iter"
	"net/url"
	"slices"
	"strings"
	"time"

	"laurel/internal/did"
	"laurel/internal/jws"
	"laurel/keys"
	"laurel/registry"
)

// issuerType is the entity type under which an anchor says what its registry has about an
// issuer of badges: the entry, and thumbprints of the keys that are pinned.
const issuerType = "open_badges_issuer"

// entityTypes are those of each subordinate.
var entityTypes = []string{federationEntity, issuerType}

// member is an issuer that may issue something now.
type member struct {
	anchor  *Anchor
	entry   *registry.Entry
	binding *registry.Binding
	pins    []string
	classes []string
	jwks    json.RawMessage // nil: not each of its keys is known
}

// member finds an issuer by its identifier as it is bound: another spelling is another
// subject.
func (a *Anchor) member(s *registry.Snapshot, id string, now time.Time) (member, bool) {
	d := s.Decide(registry.Query{Issuer: id, IssuedAt: now, Now: now})
	if d.Entry == nil || d.Binding == nil || d.Binding.DID != id {
		return member{}, false
	}
	return a.listed(s, d.Entry, d.Binding, now)
}

// members are all of them, in the order of the entries.
func (a *Anchor) members(s *registry.Snapshot, now time.Time) iter.Seq[member] {
	return func(yield func(member) bool) {
		for e := range s.Entries() {
			for i := range e.Bindings {
				if m, ok := a.listed(s, e, &e.Bindings[i], now); ok && !yield(m) {
					return
				}
			}
		}
	}
}

func (a *Anchor) listed(s *registry.Snapshot, e *registry.Entry, b *registry.Binding, now time.Time) (member, bool) {
	m := member{anchor: a, entry: e, binding: b, pins: s.KeysOf(b.DID, now)}
	if !b.Holds(now) {
		return m, false
	}
	for i := range e.Grants {
		if g := &e.Grants[i]; counts(s, e, g, registry.Query{Issuer: b.DID, Keys: m.pins, IssuedAt: now, Now: now}) && !slices.Contains(m.classes, g.Class.String()) {
			m.classes = append(m.classes, g.Class.String())
		}
	}
	m.jwks = a.keysOf(b.DID, m.pins)
	_, err := entityID(b.DID)
	known := strings.HasPrefix(b.DID, "did:") || err == nil && m.jwks != nil // without keys only a DID can be stated
	return m, known && len(m.classes) > 0
}

// counts tells whether a grant lets its holder issue something at the moment of a query.
func counts(s *registry.Snapshot, e *registry.Entry, g *registry.Grant, q registry.Query) bool {
	if markNames[g.Class.String()] == "" || !g.Holds(q.Now) || len(g.Awards) == 0 || len(g.Levels) == 0 {
		return false
	}
	if slices.ContainsFunc(e.Marks, func(m registry.Mark) bool { return m.Of == g.ID && m.Holds(q.Now) && !m.Lifted }) {
		return false
	}
	q.Award, q.Level = g.Awards[0], g.Levels[0]
	for _, p := range g.Programmes {
		q.Programmes = append(q.Programmes, p.IDs...)
	}
	if len(g.ISCED) > 0 {
		q.ISCED = g.ISCED[0]
	}
	d := s.Decide(q)
	return d.Summary == registry.Trusted || d.Summary == registry.TrustedWithConditions
}

// keysOf writes the keys of the thumbprints; nil: one of them is not known.
func (a *Anchor) keysOf(id string, pins []string) json.RawMessage {
	var all []crypto.PublicKey
	inside := keysIn(id)
	for _, jkt := range pins {
		key := inside[jkt]
		if key == nil && a.Key != nil {
			key = a.Key(jkt)
		}
		if key == nil {
			return nil
		}
		all = append(all, key)
	}
	set, err := keys.JWKSet(all...)
	if err != nil || len(all) == 0 {
		return nil
	}
	return set
}

// keysIn are the keys that a DID contains, by their thumbprints: those of did:key and did:jwk.
func keysIn(id string) map[string]crypto.PublicKey {
	all := map[string]crypto.PublicKey{}
	if !strings.HasPrefix(id, "did:key:") && !strings.HasPrefix(id, "did:jwk:") {
		return all
	}
	document, err := did.NewResolver(nil, false, nil).Resolve(context.Background(), id)
	if err != nil {
		return all
	}
	for _, m := range document.Methods {
		if m.Key == nil {
			continue
		}
		if jkt, err := keys.Thumbprint(m.Key); err == nil {
			all[jkt] = m.Key
		}
	}
	return all
}

// KeysIn returns the thumbprints of the keys that a DID contains: those of did:key and did:jwk,
// which are the only evidence of keys where a list names DIDs alone.
func KeysIn(id string) (all []string) {
	for jkt := range keysIn(id) {
		all = append(all, jkt)
	}
	slices.Sort(all)
	return all
}

func (m *member) statement(s *registry.Snapshot, exp int64) claims {
	c := claims{"sub": m.binding.DID, "exp": exp, "metadata": m.metadata(s)}
	if m.jwks != nil {
		c["jwks"] = m.jwks
	}
	return c
}

func (m *member) metadata(s *registry.Snapshot) claims {
	entity := claims{"organization_name": m.entry.Name()}
	if u, err := url.Parse(m.entry.Site); err == nil && u.Scheme == "https" {
		entity["homepage_uri"] = m.entry.Site
	}
	return claims{
		federationEntity: entity,
		issuerType:       claims{"entity": m.entry.ID, "jkt": m.pins, "snapshot": s.Version, "classes": m.classes},
	}
}

func (m *member) markTypes() (all []string) {
	for _, class := range m.classes {
		all = append(all, m.anchor.MarkType(class))
	}
	return all
}

func (m *member) mark(typ string, exp int64) claims {
	return claims{"sub": m.binding.DID, "trust_mark_type": typ, "exp": exp}
}

// TrustMark answers GET MarkPath (OIDF §8.6).
func (a *Anchor) TrustMark(s *registry.Snapshot, query url.Values, now time.Time) Reply {
	exp, ok := until(s, now)
	switch {
	case !ok:
		return errExpired
	case query.Get("sub") == "" || query.Get("trust_mark_type") == "":
		return fail(400, "invalid_request", "sub and trust_mark_type are needed")
	}
	m, found := a.member(s, query.Get("sub"), now)
	if !found || !slices.Contains(m.markTypes(), query.Get("trust_mark_type")) {
		return errSubject
	}
	return a.tokenReply(typeMark, m.mark(query.Get("trust_mark_type"), exp), now)
}

// TrustMarked answers GET MarkedPath with those who have a trust mark (OIDF §8.5).
func (a *Anchor) TrustMarked(s *registry.Snapshot, query url.Values, now time.Time) Reply {
	if _, ok := until(s, now); !ok {
		return errExpired
	}
	typ := query.Get("trust_mark_type")
	if typ == "" {
		return fail(400, "invalid_request", "trust_mark_type is needed")
	}
	all := []string{}
	for m := range a.members(s, now) {
		if slices.Contains(m.markTypes(), typ) && (!query.Has("sub") || query.Get("sub") == m.binding.DID) {
			all = append(all, m.binding.DID)
		}
	}
	return jsonReply(200, all)
}

// MarkStatus answers POST MarkStatusPath, whose form has a trust_mark (OIDF §8.4): whether a
// mark that the anchor signed still stands by today's snapshot.
func (a *Anchor) MarkStatus(s *registry.Snapshot, form url.Values, now time.Time) Reply {
	if _, ok := until(s, now); !ok {
		return errExpired
	}
	text := form.Get("trust_mark")
	if text == "" || len(form["trust_mark"]) > 1 {
		return fail(400, "invalid_request", "one trust_mark is needed")
	}
	return a.tokenReply(typeMarkStatus, claims{"trust_mark": text, "status": a.markStatus(s, text, now)}, now)
}

func (a *Anchor) markStatus(s *registry.Snapshot, text string, now time.Time) string {
	token, err := jws.Read(text, limits)
	if err != nil {
		return "invalid"
	}
	m, err := readMark(token)
	if err != nil || m.Issuer != a.ID {
		return "invalid"
	}
	own := append([]crypto.PublicKey{a.Signer.Public()}, a.Also...)
	for _, f := range a.Former {
		if f.Revoked.IsZero() {
			own = append(own, f.Key)
		}
	}
	if pinned(token, typeMark, own) != nil {
		return "invalid"
	}
	if m.inTime(now) != nil {
		return "expired"
	}
	if holder, found := a.member(s, m.Subject, now); !found || !slices.Contains(holder.markTypes(), m.Type) {
		return "revoked"
	}
	return "active"
}
