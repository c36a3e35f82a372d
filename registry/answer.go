package registry

import (
	"encoding/json"
	"slices"
	"time"
)

// Answer is a decision as reports show it: five answers, the summary and what they rest on.
type Answer struct {
	Summary   Summary         `json:"summary"`
	Registry  string          `json:"registry"` // its name
	Identity  IdentityAnswer  `json:"identity"`
	Authority AuthorityAnswer `json:"authority"`
	Scope     ScopeAnswer     `json:"scope"`
	Time      TimeAnswer      `json:"time"`
	Freshness FreshnessAnswer `json:"freshness"`
	Reasons   []string        `json:"reasons,omitempty"`  // codes, the gravest first
	Evidence  []string        `json:"evidence,omitempty"` // ids of events, and reports of the source
}

// IdentityAnswer says which institution the issuer is, and how that is known.
type IdentityAnswer struct {
	Entity   string     `json:"entity,omitempty"`
	Name     string     `json:"name,omitempty"`
	DID      string     `json:"did,omitempty"`
	Key      string     `json:"key,omitempty"` // thumbprint
	Evidence []Evidence `json:"evidence,omitempty"`
}

// AuthorityAnswer says who lets the institution award.
type AuthorityAnswer struct {
	Grant string  `json:"grant,omitempty"`
	By    string  `json:"by,omitempty"`
	Class string  `json:"class"`
	Basis []Basis `json:"basis,omitempty"`
}

// ScopeAnswer says whether this award is within what it may.
type ScopeAnswer struct {
	Fit   string `json:"fit"` // "inside", "unspecified", "outside" or "none"
	Award string `json:"award,omitempty"`
	Level int    `json:"eqf,omitempty"`
}

// TimeAnswer says how the listing stood then and stands now.
type TimeAnswer struct {
	IssuedAt string `json:"issued_at,omitempty"`
	Source   string `json:"time_source"` // "self_asserted", "corroborated" or "unknown"
	Issuance string `json:"at_issuance"`
	Now      string `json:"now"`
}

// FreshnessAnswer says how old the list is on which this rests.
type FreshnessAnswer struct {
	State   string      `json:"state"`
	Version int         `json:"version,omitempty"`
	Issued  string      `json:"issued,omitempty"`
	Age     int         `json:"age_seconds,omitempty"`
	Sources []SourceAge `json:"sources,omitempty"`
	// Witnesses is how many others saw the log that the snapshot stands in; 0: unwitnessed.
	Witnesses int `json:"witnesses"`
}

// Answer tells the decision.
func (d *Decision) Answer() Answer {
	a := Answer{
		Summary: d.Summary, Registry: d.Snapshot.Name,
		Authority: AuthorityAnswer{Class: NoClass.String()},
		Scope:     ScopeAnswer{Fit: d.Scope.String(), Award: d.query.Award, Level: d.query.Level},
		Time:      TimeAnswer{IssuedAt: momentText(d.query.IssuedAt), Source: d.timeSource(), Issuance: d.Issuance.String(), Now: d.Today.String()},
		Freshness: d.freshness(),
	}
	for r := range d.Reasons.All() {
		a.Reasons = append(a.Reasons, r.String())
	}
	d.identity(&a.Identity)
	if g := d.Grant; g != nil {
		a.Authority = AuthorityAnswer{Grant: g.ID, By: g.By, Class: g.Class.String(), Basis: g.Basis}
	}
	a.Evidence = d.evidence()
	return a
}

func (d *Decision) identity(a *IdentityAnswer) {
	if d.Entry != nil {
		a.Entity, a.Name = d.Entry.ID, d.Entry.Name()
	}
	if d.Binding != nil {
		a.DID, a.Evidence = d.Binding.DID, d.Binding.Evidence
	}
	if d.Key != nil {
		a.Key = d.Key.Thumbprint
	}
}

func (d *Decision) timeSource() string {
	switch {
	case d.Reasons.Has(ReasonIssuedUnknown):
		return "unknown"
	case !d.query.KnownSince.IsZero():
		return "corroborated"
	}
	return "self_asserted"
}

func (d *Decision) freshness() FreshnessAnswer {
	s := d.Snapshot
	f := FreshnessAnswer{State: d.Age.String(), Version: s.Version, Issued: momentText(s.Issued), Sources: s.Sources, Witnesses: s.Witnesses}
	if !s.Issued.IsZero() {
		f.Age = int(d.query.Asked.Sub(s.Issued) / time.Second)
	}
	return f
}

func (d *Decision) evidence() (ids []string) {
	add := func(id string) {
		if id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	if d.Mark != nil {
		add(d.Mark.Event)
	}
	if d.Binding != nil {
		add(d.Binding.Event)
	}
	if d.Entry != nil {
		for _, c := range d.Entry.Conditions {
			add(c.Event)
		}
	}
	return ids
}

// MarshalJSON writes evidence as lines of a shard do.
func (e Evidence) MarshalJSON() ([]byte, error) {
	return json.Marshal(wireEvidence{e.Strength.String(), e.Kind, e.Ref})
}

// MarshalJSON writes a basis as lines of a shard do.
func (b Basis) MarshalJSON() ([]byte, error) { return json.Marshal(wireBasis(b)) }
