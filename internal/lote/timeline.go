package lote

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"laurel/keys"
	"laurel/registry"
)

// kind is one type of service: awards of a type and level.
type kind struct {
	award string
	level int
}

func (k kind) String() string { return fmt.Sprintf("urn:obtr:award:%s:eqf:%d", k.award, k.level) }

// services are what an entry may or might award, under each of its identifiers. Grants that
// hold for some programmes, fields or places only make services of a type of their own,
// which nobody takes for the whole.
func (x *Exporter) services(e *registry.Entry, now time.Time, next *time.Time) (all []object) {
	for i := range e.Bindings {
		b := &e.Bindings[i]
		for _, restricted := range []bool{false, true} {
			of := map[kind][]*registry.Grant{}
			var kinds []kind
			for j := range e.Grants {
				g := &e.Grants[j]
				if g.Class == registry.NoClass || g.Class >= registry.ListedElsewhere || restricted != isRestricted(g) {
					continue
				}
				for _, award := range g.Awards {
					for _, level := range g.Levels {
						k := kind{award, level}
						if of[k] == nil {
							kinds = append(kinds, k)
						}
						of[k] = append(of[k], g)
					}
				}
			}
			slices.SortFunc(kinds, func(a, b kind) int { return strings.Compare(a.String(), b.String()) })
			for _, k := range kinds {
				name := k.String()
				if restricted {
					name += ":restricted"
				}
				t := timeline{exporter: x, entry: e, binding: b, grants: of[k]}
				if service := t.service(name, now, next); service != nil {
					all = append(all, service)
				}
			}
		}
	}
	return all
}

func isRestricted(g *registry.Grant) bool {
	return len(g.Programmes) > 0 || len(g.ISCED) > 0 || len(g.Jurisdictions) > 0
}

// timeline is how a service came to stand as it does.
type timeline struct {
	exporter *Exporter
	entry    *registry.Entry
	binding  *registry.Binding
	grants   []*registry.Grant
}

// service writes a service with its states, the latest first; nil: it has not begun. When
// it changes next bounds how long the list holds.
func (t *timeline) service(name string, now time.Time, next *time.Time) object {
	var states []object
	last, begun := "", false
	for _, at := range t.moments() {
		if at.After(now) {
			if at.Before(*next) {
				*next = at
			}
			continue
		}
		begun = begun || t.runs(at)
		state := t.at(at, now)
		raw, err := json.Marshal(state)
		if err != nil { // texts and lists only
			panic(err)
		}
		if string(raw) == last || !begun {
			continue
		}
		last = string(raw)
		state["StatusStartingTime"] = written(at)
		state["ServiceName"] = english(name)
		states = append(states, state)
	}
	if len(states) == 0 {
		return nil
	}
	slices.Reverse(states)
	states[0]["ServiceTypeIdentifier"] = name
	service := object{"ServiceInformation": states[0]}
	if len(states) > 1 {
		service["ServiceHistory"] = states[1:]
	}
	return service
}

// moments are when anything about the service changes, in whole seconds.
func (t *timeline) moments() (all []time.Time) {
	add := func(p registry.Period) {
		if all = append(all, ceiling(p.From)); !p.Until.IsZero() {
			all = append(all, ceiling(p.Until))
		}
	}
	add(t.binding.Period)
	for _, k := range t.binding.Keys {
		add(k.Period)
	}
	for _, g := range t.grants {
		add(g.Period)
	}
	for _, m := range t.entry.Marks {
		add(m.Period)
	}
	slices.SortFunc(all, time.Time.Compare)
	return slices.CompactFunc(all, time.Time.Equal)
}

// ceiling is a moment in whole seconds, not before it; what has no beginning begins in 1970.
func ceiling(at time.Time) time.Time {
	if at.Before(time.Unix(0, 0)) {
		return time.Unix(0, 0).UTC()
	}
	if whole := at.Truncate(time.Second); whole.Before(at) {
		return whole.Add(time.Second).UTC()
	}
	return at.UTC()
}

// at is the state of the service at a moment.
func (t *timeline) at(at, now time.Time) object {
	return object{"ServiceStatus": statusBase + t.status(at, now), "ServiceDigitalIdentity": t.identity(at)}
}

// ranks order statuses of which several hold: the worst is told.
var ranks = map[registry.MarkKind]struct {
	rank int
	name string
}{
	registry.Suspension: {1, "suspended"}, registry.Withdrawal: {2, "withdrawn"}, registry.Revocation: {3, "revoked"}, registry.Blacklisting: {4, "revoked"},
}

// runs tells whether, marks aside, there is something that the institution may award.
func (t *timeline) runs(at time.Time) bool {
	return t.binding.Holds(at) && slices.ContainsFunc(t.grants, func(g *registry.Grant) bool { return g.Holds(at) })
}

// status is the best of what the grants come to. A warning that holds today is one of what
// was issued before too, so that it takes back the history.
func (t *timeline) status(at, now time.Time) string {
	best, reached := "ended", 0
	for _, g := range t.grants {
		if !g.Holds(at) || !t.binding.Holds(at) || !registry.Sufficient(t.binding.Evidence) {
			continue
		}
		worst, rank := "granted", 0
		for _, m := range t.entry.Marks {
			holds := m.Holds(at) || m.Kind == registry.Blacklisting && m.Holds(now)
			if r := ranks[m.Kind]; holds && !m.Lifted && (m.Of == "" || m.Of == g.ID) && r.rank > rank {
				worst, rank = r.name, r.rank
			}
		}
		if standing := len(ranks) + 1 - rank; standing > reached {
			best, reached = worst, standing
		}
	}
	return best
}

// identity names the identifier and its keys at a moment: each by its thumbprint, and as keys
// where they are known and of a kind that lists have (LoTE §6.6.3: EC and RSA). A key that others may have is not on any list.
func (t *timeline) identity(at time.Time) object {
	others, values := []string{t.binding.DID}, []json.RawMessage{}
	for _, k := range t.binding.Keys {
		if k.Compromised || !k.Holds(at) {
			continue
		}
		others = append(others, keyID+k.Thumbprint)
		if t.exporter.Key == nil {
			continue
		}
		switch key := t.exporter.Key(k.Thumbprint).(type) {
		case *ecdsa.PublicKey, *rsa.PublicKey:
			if raw, err := keys.JWK(key); err == nil {
				values = append(values, raw)
			}
		}
	}
	id := object{"OtherIds": others}
	if len(values) > 0 {
		id["PublicKeyValues"] = values
	}
	return id
}
