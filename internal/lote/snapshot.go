package lote

import (
	"regexp"
	"slices"
	"strconv"
	"time"

	"laurel/registry"
)

// award is the type of a service that is the issuing of awards of a type and level.
var award = regexp.MustCompile(`^urn:obtr:award:(degree|microcredential):eqf:([1-8])$`)

// scope is what a type of service is for; none: it is not known, and for nothing.
func (l *List) scope(service string) (registry.Scope, bool) {
	if m := award.FindStringSubmatch(service); m != nil {
		level, _ := strconv.Atoi(m[2]) // one digit
		return registry.Scope{Awards: []string{m[1]}, Levels: []int{level}}, true
	}
	return registry.AnyAward(), slices.Contains(l.trust.Services, service)
}

// Snapshot is what the list says about identifiers, as a signed list of another kind: who
// has a good status when something is issued, with a key that stands beside the identifier
// then, is listed elsewhere. A list that has run out, or is closed, gives no good word.
func (l *List) Snapshot(name string) (*registry.Snapshot, error) {
	meta := registry.Meta{
		Name: name, Origin: l.Type, Version: l.Sequence, Issued: l.Issued, Fresh: l.NextUpdate, Expires: l.NextUpdate, Assurance: registry.SignedList,
	}
	if l.NextUpdate.IsZero() {
		meta.Fresh, meta.Expires = l.Issued, l.Issued
	}
	var entries []*registry.Entry
	owner := map[string]int{}
	byDID := map[string]*registry.Entry{}
	for i, e := range l.Entities {
		for _, s := range e.Services {
			for j, state := range s.States {
				for _, id := range state.DIDs {
					did := registry.NormalDID(id)
					if byDID[did] == nil {
						byDID[did], owner[did] = l.entry(e, did), i
						entries = append(entries, byDID[did])
					}
					if owner[did] != i {
						return nil, refused("%.200q is two entities", id)
					}
					period := registry.Period{From: state.From}
					if j > 0 {
						period.Until = s.States[j-1].From
					}
					l.add(byDID[did], s, state, period)
				}
			}
		}
	}
	s, err := registry.Of(meta, entries...)
	if err != nil {
		return nil, refused("%w", err)
	}
	return s, nil
}

func (l *List) entry(e Entity, did string) *registry.Entry {
	return &registry.Entry{
		ID: did, Names: []registry.Name{{Text: e.Name}},
		Bindings: []registry.Binding{{DID: did, Evidence: []registry.Evidence{{Strength: registry.Registered, Kind: "lote", Ref: l.Type}}}},
	}
}

// add adds what a service was for a while.
func (l *List) add(e *registry.Entry, of Service, state State, period registry.Period) {
	scope, known := l.scope(of.Type)
	if !known || of.extended || !slices.Contains(l.trust.Statuses, state.Status) {
		return
	}
	for _, jkt := range state.Keys {
		e.Bindings[0].Keys = append(e.Bindings[0].Keys, registry.PinnedKey{Thumbprint: jkt, Period: period})
	}
	e.Grants = append(e.Grants, registry.Grant{
		ID: of.Type + " " + period.From.Format(time.RFC3339), By: l.Type, Class: registry.ListedElsewhere, Scope: scope, Period: period,
	})
}
