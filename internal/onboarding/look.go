package onboarding

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"laurel/internal/linkage"
	"laurel/registry"
)

// Result says how one look ended.
type Result string

// The results.
const (
	Shown   Result = "shown"   // the evidence is there
	Missing Result = "missing" // it is not, or says otherwise
	Unknown Result = "unknown" // it could not be looked at
	Warning Result = "warning" // somebody should look closer
)

// Finding is one thing that was seen of an application.
type Finding struct {
	Check  string        `json:"check"` // "challenge", "dns", "did-configuration", "keys", "deqar-did-ebsi", "domain" or "alike"
	Result Result        `json:"result"`
	Text   string        `json:"text"` // one sentence
	Link   *linkage.Link `json:"-"`
}

// Look gathers what can be seen of an application today.
func Look(ctx context.Context, l *linkage.Looker, a *Application, s *registry.Snapshot) []Finding {
	found := []Finding{answered(ctx, l, a)}
	dns, err := l.DNS(ctx, a.DID, a.Domain)
	found = append(found, finding("dns", dns, err, fmt.Sprintf("the domain %s names the identifier in its record _obtr", a.Domain)))
	configuration, err := l.DIDConfiguration(ctx, a.DID, "https://"+a.Domain)
	found = append(found, finding("did-configuration", configuration, err, fmt.Sprintf("https://%s links the identifier, and its document the site", a.Domain)))
	found = append(found, unpinned(ctx, l, a, found)...)
	if s == nil {
		return found
	}
	if e, err := s.Entry(a.Entity); err == nil {
		found = append(found, mentioned(a, e)...)
	}
	return append(found, alike(a, s)...)
}

func answered(ctx context.Context, l *linkage.Looker, a *Application) Finding {
	if a.Answer == "" {
		return Finding{Check: "challenge", Result: Missing, Text: "the challenge is not answered yet"}
	}
	link, err := l.Answered(ctx, a.Challenge, []byte(a.Answer))
	return finding("challenge", link, err, "a key of the identifier signed the challenge")
}

func finding(check string, link linkage.Link, err error, good string) Finding {
	switch {
	case err == nil:
		return Finding{check, Shown, good, &link}
	case errors.Is(err, linkage.ErrUnavailable):
		return Finding{Check: check, Result: Unknown, Text: err.Error()}
	}
	return Finding{Check: check, Result: Missing, Text: err.Error()}
}

// pins are the keys that signed the challenge and, where the domain names keys, are named
// there too.
func pins(found []Finding) (all []string) {
	var signed, named []string
	for _, f := range found {
		if f.Link == nil {
			continue
		}
		switch f.Check {
		case "challenge":
			signed = f.Link.Keys
		case "dns":
			named = f.Link.Keys
		}
	}
	for _, key := range signed {
		if len(named) == 0 || slices.Contains(named, key) {
			all = append(all, key)
		}
	}
	return all
}

// unpinned warns of keys with which the identifier can sign and which would not be listed.
func unpinned(ctx context.Context, l *linkage.Looker, a *Application, found []Finding) []Finding {
	held, err := l.Keys(ctx, a.DID)
	if err != nil {
		return nil // the challenge says why
	}
	pinned, others := pins(found), 0
	for _, key := range held {
		if !slices.Contains(pinned, key) {
			others++
		}
	}
	if others == 0 {
		return nil
	}
	return []Finding{{Check: "keys", Result: Warning, Text: fmt.Sprintf(
		"the identifier has %d other keys that did not sign the challenge or are not named by the domain; badges signed with them would not be trusted", others)}}
}

// mentioned looks whether the mirrored source knows the identifier or its domain.
func mentioned(a *Application, e *registry.Entry) (found []Finding) {
	schac := ""
	for _, id := range e.Identifiers {
		switch {
		case id.Scheme == "DID-EBSI" && registry.NormalDID(id.Value) == a.DID && id.To == "":
			found = append(found, Finding{"deqar-did-ebsi", Shown, "DEQAR has the identifier as the institution's", &linkage.Link{
				Evidence: registry.Evidence{Strength: registry.Registered, Kind: "deqar-did-ebsi", Ref: e.Page},
			}})
		case id.Scheme == "SCHAC":
			schac = id.Value
		}
	}
	if link, err := linkage.Weakly(a.DID, schac, e.Site); err == nil {
		found = append(found, Finding{"domain", Shown, "the source mentions the domain as the institution's", &link})
	} else {
		found = append(found, Finding{Check: "domain", Result: Warning, Text: "the source of the entry does not mention the domain " + a.Domain + " as the institution's"})
	}
	return found
}

func alike(a *Application, s *registry.Snapshot) (found []Finding) {
	names := []string{a.Name}
	if !a.New {
		names = nil // its own entry's names are no news
	}
	for _, like := range linkage.Alike(s, a.Entity, names, []string{a.Domain, registry.HostOf(a.DID)}) {
		found = append(found, Finding{Check: "alike", Result: Warning, Text: fmt.Sprintf(
			"%s looks like %s of the listed %s (%s)", strings.Join([]string{a.Name, a.Domain}, ", "), like.Theirs, strings.TrimPrefix(like.Entity, registry.EntityPrefix), like.Kind)})
	}
	return found
}

// Checked is what the operator did to find out that it is the institution that applies.
type Checked struct {
	// Contact says where the institution was asked, such as the number of a letter: at a contact
	// that is known otherwise. Empty: it was not.
	Contact string
	Reason  string // code of the events
	Now     time.Time
	From    time.Time // since when it issues under the identifier; zero: now
}

// ErrNotEnough: what was seen does not suffice for a listing.
var ErrNotEnough = errors.New("what was seen does not suffice")

// Propose makes the events that would list an applicant: its profile, if it is new, and the
// binding of its identifier with the keys that signed. Grants are another decision.
func Propose(a *Application, found []Finding, c Checked) ([]*registry.Event, error) {
	keys := pins(found)
	if len(keys) == 0 {
		return nil, fmt.Errorf("%w: no key signed the challenge and is named by the domain", ErrNotEnough)
	}
	var evidence []registry.Evidence
	digest := ""
	for _, f := range found {
		if f.Link == nil {
			continue
		}
		evidence = append(evidence, f.Link.Evidence)
		if f.Check == "challenge" {
			digest = f.Link.Digest
		}
	}
	if c.Contact != "" {
		evidence = append(evidence, registry.Evidence{Strength: registry.Registered, Kind: "operator-checked", Ref: c.Contact})
	}
	if !registry.Sufficient(evidence) {
		return nil, fmt.Errorf("%w: a listing needs the domain and the identifier to name each other, and somebody who checked who it is", ErrNotEnough)
	}
	now := c.Now.UTC().Truncate(time.Second)
	event := func(kind registry.EventType) *registry.Event {
		return &registry.Event{Type: kind, Entity: a.Entity, Reason: c.Reason, EffectiveFrom: now, Recorded: now, Evidence: digest}
	}
	var events []*registry.Event
	if a.New {
		e := event(registry.EventAmend)
		e.Profile = &registry.Profile{Names: []registry.Name{{Text: a.Name, Kind: "official"}}, Site: a.Site}
		if a.Country != "" {
			e.Profile.Countries = []string{a.Country}
		}
		events = append(events, e)
	}
	bind := event(registry.EventBindingAdd)
	if !c.From.IsZero() {
		bind.EffectiveFrom = c.From.UTC().Truncate(time.Second)
	}
	bind.Binding = &registry.Binding{DID: a.DID, Period: registry.Period{From: bind.EffectiveFrom}, Evidence: evidence}
	for _, key := range keys {
		bind.Binding.Keys = append(bind.Binding.Keys, registry.PinnedKey{Thumbprint: key})
	}
	return append(events, bind), nil
}

func sortByAge(all []*Application) {
	slices.SortFunc(all, func(a, b *Application) int { return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID)) })
}
