package federation

import (
	"crypto"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"laurel/internal/strictjson"
)

// Chain is a trust chain that holds (OIDF §4): from a subject up to an anchor.
type Chain struct {
	Subject, Anchor string
	Issued, Expires time.Time      // the last beginning and the first end of the statements
	Metadata        map[string]any // the subject's by entity type, after constraints and policies
	Keys            []string       // thumbprints of the subject's keys, as its superior states them
	Statements      []string       // the subject's own, those of superiors upward, the anchor's own
	about, anchor   *Statement     // what the superior says about the subject, and the anchor about itself
	marks           strictjson.Value
}

// Check checks a chain as it came: the subject's own statement, those of its superiors
// upward, the anchor's own (OIDF §10.2). The anchor must be one of those whose keys the
// caller has from elsewhere.
func Check(chain []string, anchors map[string][]crypto.PublicKey, now time.Time) (*Chain, error) {
	if len(chain) < 3 || len(chain) > maxPath+3 {
		return nil, refused("a chain of 3 to %d statements is expected", maxPath+3)
	}
	var all []*Statement
	for _, text := range chain {
		s, err := readStatement(text, false)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return check(all, anchors, now)
}

func check(es []*Statement, anchors map[string][]crypto.PublicKey, now time.Time) (*Chain, error) {
	leaf, top := es[0], es[len(es)-1]
	c := &Chain{Subject: leaf.Subject, Anchor: top.Issuer, Expires: leaf.Expires, about: es[1], anchor: top}
	for i, s := range es {
		if err := inTime(s.Issued, s.Expires, now); err != nil {
			return nil, err
		}
		if s.Expires.Before(c.Expires) {
			c.Expires = s.Expires
		}
		if s.Issued.After(c.Issued) {
			c.Issued = s.Issued
		}
		if own := i == 0 || i == len(es)-1; own != s.configuration() {
			return nil, refused("statement %d of the chain is out of place", i)
		}
		c.Statements = append(c.Statements, s.Text)
	}
	if err := linked(es); err != nil {
		return nil, err
	}
	own, known := anchors[top.Issuer]
	if !known {
		return nil, unlisted("%s is not an anchor", top.Issuer)
	}
	if err := pinned(top.token, typeStatement, own); err != nil {
		return nil, err
	}
	c.Keys, c.marks = thumbprints(es[1].keys), leaf.claims.Member("trust_marks")
	return c, c.read(es)
}

// linked checks the signatures: the first and last statements are signed by their own keys,
// each by one that the next states, and the subject names who speaks for it.
func linked(es []*Statement) error {
	for _, s := range []*Statement{es[0], es[len(es)-1]} {
		if _, err := s.signed(s.token, typeStatement); err != nil {
			return err
		}
	}
	for j, s := range es[:len(es)-1] {
		if s.Issuer != es[j+1].Subject {
			return refused("%s does not follow %s", es[j+1].Subject, s.Issuer)
		}
		if _, err := es[j+1].signed(s.token, typeStatement); err != nil {
			return err
		}
	}
	for _, h := range es[0].hints {
		if h == es[1].Issuer {
			return nil
		}
	}
	return refused("%s does not name %s as its superior", es[0].Subject, es[1].Issuer)
}

// read makes the subject's metadata: its own, what its superior puts in their place, within
// the constraints and by the policies of all (OIDF §6).
func (c *Chain) read(es []*Statement) error {
	metadata, err := metadataOf(es[0])
	if err != nil {
		return err
	}
	over, err := metadataOf(es[1])
	if err != nil {
		return err
	}
	for kind, members := range over {
		if metadata[kind] == nil {
			continue
		}
		for name, value := range members {
			metadata[kind][name] = value
		}
	}
	for j := len(es) - 2; j > 0; j-- {
		if err := constrain(es, j, metadata); err != nil {
			return err
		}
	}
	merged := policies{}
	for j := len(es) - 2; j > 0; j-- {
		p, err := policiesOf(es[j])
		if err != nil {
			return err
		}
		if err := merged.merge(p); err != nil {
			return err
		}
	}
	if err := merged.apply(metadata); err != nil {
		return err
	}
	c.Metadata = map[string]any{}
	for kind, members := range metadata {
		c.Metadata[kind] = members
	}
	return nil
}

// metadataOf reads metadata by entity type; null says nothing (OIDF §5).
func metadataOf(s *Statement) (map[string]map[string]any, error) {
	v := s.claims.Member("metadata")
	if v.Present() && !v.Is(strictjson.Object) {
		return nil, refused("metadata is not an object")
	}
	all := map[string]map[string]any{}
	for kind, m := range v.Members() {
		if !m.Is(strictjson.Object) {
			return nil, refused("the metadata of %.60q is not an object", kind)
		}
		all[kind] = m.Object()
		for name, value := range all[kind] {
			if value == nil {
				return nil, refused("the metadata %.60q of %.60q is null", name, kind)
			}
		}
	}
	return all, nil
}

const federationEntity = "federation_entity"

// constrain holds what is below statement j to its constraints (OIDF §6.2).
func constrain(es []*Statement, j int, metadata map[string]map[string]any) error {
	c := es[j].claims.Member("constraints")
	if !c.Present() {
		return nil
	}
	if !c.Is(strictjson.Object) {
		return refused("constraints are not an object")
	}
	if v := c.Member("max_path_length"); v.Present() {
		most, err := strconv.Atoi(string(v.Number()))
		if err != nil || most < 0 {
			return refused("max_path_length is not a length")
		}
		if j-1 > most {
			return refused("%s allows %d intermediates below it; there are %d", es[j].Issuer, most, j-1)
		}
	}
	if v := c.Member("naming_constraints"); v.Present() {
		for _, below := range es[1 : j+1] {
			if err := named(v, below.Subject); err != nil {
				return err
			}
		}
	}
	if v := c.Member("allowed_entity_types"); v.Present() {
		if !v.Is(strictjson.Array) {
			return refused("allowed_entity_types is not a list")
		}
		allowed := map[string]bool{federationEntity: true}
		for item := range v.Items() {
			allowed[item.Text()] = true
		}
		for kind := range metadata {
			if !allowed[kind] {
				delete(metadata, kind)
			}
		}
	}
	return nil
}

// named holds the host of an entity to naming constraints (OIDF §6.2.2, RFC 5280 §4.2.1.10):
// a name with a leading dot is that of all hosts below it, one without is that host.
func named(v strictjson.Value, id string) error {
	u, err := entityID(id)
	if err != nil {
		return err
	}
	host := strings.ToLower(u.Hostname())
	if _, err := netip.ParseAddr(host); err == nil {
		return refused("%s has no name that could be constrained", id)
	}
	matches := func(list strictjson.Value) (bool, error) {
		if !list.Is(strictjson.Array) {
			return false, refused("naming constraints are not lists")
		}
		for item := range list.Items() {
			name := strings.ToLower(item.Text())
			if name == "" {
				return false, refused("a naming constraint is no name")
			}
			if host == name || strings.HasPrefix(name, ".") && strings.HasSuffix(host, name) {
				return true, nil
			}
		}
		return false, nil
	}
	for name, within := range map[string]bool{"permitted": true, "excluded": false} {
		if list := v.Member(name); list.Present() {
			if found, err := matches(list); err != nil {
				return err
			} else if found != within {
				return refused("the naming constraints leave out %s", id)
			}
		}
	}
	return nil
}
