package verifier

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"laurel/internal/badge"
	"laurel/internal/strictjson"
	"laurel/internal/vc"
	"laurel/keys"
	"laurel/registry"
)

// trusted asks the registries about the issuer; the verdict does not depend on what they say.
func (w *walk) trusted(ctx context.Context, c *vc.Credential) {
	q := registry.Query{Issuer: c.Issuer, IssuedAt: w.issuedAt(c)}
	if w.verified != nil {
		q.Keys = w.issuerKeys(c.Issuer)
	}
	if _, isBadge := schemaOf(c); isBadge && len(c.Subjects) == 1 {
		aim := badge.AimOf(c.Subjects[0].Member("achievement"))
		q.Award, q.Level, q.ISCED, q.Programmes = aim.Award, aim.Level, aim.ISCED, aim.Programmes
	}
	about := Asked{Query: q, Types: c.Types}
	if w.verified != nil {
		about.read(w.verified.Value())
	}
	w.decided(ctx, about)
}

// Asked is what a registry of another kind may want to know of a credential.
type Asked struct {
	registry.Query
	Types      []string // of the credential
	Schemas    []string // the identifiers of its schemas
	TermsOfUse []string // and of the terms of its use
}

// read takes what the verified document says.
func (a *Asked) read(document strictjson.Value) {
	for _, member := range []struct {
		name string
		ids  *[]string
	}{{"credentialSchema", &a.Schemas}, {"termsOfUse", &a.TermsOfUse}} {
		for item := range document.Member(member.name).Listed() {
			if id := text(item, "id"); id != "" {
				*member.ids = append(*member.ids, id)
			}
		}
	}
}

// trustedElsewhere is trusted for a badge of another generation, which says no more.
func (w *walk) trustedElsewhere(ctx context.Context, issuer string, issued time.Time) {
	w.decided(ctx, Asked{Query: registry.Query{Issuer: issuer, IssuedAt: issued}})
}

// decided asks those who are there and, where none of them can say anything of the issuer today,
// those whose word came with a bundle.
func (w *walk) decided(ctx context.Context, about Asked) {
	q := &about.Query
	q.KnownSince, q.Now, q.Asked, q.Policy = w.knownSince(), w.at(), w.v.config.Now(), w.v.config.Policy
	v, asked := w.askLive(ctx, about)
	if !asked || v.Summary == registry.Indeterminate && (v.Entry == nil || v.Reasons.Has(registry.ReasonExpired)) {
		if old, bundled := w.askBundle(*q); bundled {
			v, asked = old, true
		}
	}
	if !asked {
		w.set("trust-not-checked")
		return
	}
	w.answered(q.Issuer, v)
}

func (w *walk) askLive(ctx context.Context, about Asked) (v registry.Verdict, asked bool) {
	var sources registry.Sources
	if w.v.config.Registries != nil {
		sources = w.v.config.Registries()
	}
	for _, foreign := range w.v.config.Foreign {
		sources = append(sources[:len(sources):len(sources)], foreign(ctx, about))
	}
	if w.v.config.Registries == nil && len(sources) == 0 {
		return v, false
	}
	return sources.Decide(about.Query), true
}

// askBundle asks the registries whose evidence came with a bundle, as of when it was made: if
// its maker is relied on, since the evidence alone shows no newer one to be missing.
func (w *walk) askBundle(q registry.Query) (v registry.Verdict, answered bool) {
	b := w.bundle
	if b == nil || !b.trusted || w.v.config.Bundled == nil {
		return v, false
	}
	var sources registry.Sources
	for _, evidence := range b.evidence {
		if source, err := w.v.config.Bundled(evidence); err == nil {
			sources = append(sources, source)
		}
	}
	q.Now, q.Asked = b.collected, b.collected
	v = sources.Decide(q)
	answered = v.Entry != nil
	b.used = b.used || answered
	return v, answered
}

func (w *walk) answered(issuer string, v registry.Verdict) {
	name := v.Snapshot.Name
	t := Trust{Status: Untrusted, Registry: name, Unchecked: v.Unchecked}
	switch {
	case v.Summary.Positive():
		t.Status = Trusted
	case v.Summary == registry.Indeterminate:
		t.Status = NotChecked
	}
	if v.Entry != nil {
		t.Entry = &Listing{Issuer: issuer}
		if name != registry.PinnedName {
			t.Entry.ID, t.Entry.Name = v.Entry.ID, v.Entry.Name()
		}
	}
	if name != registry.PinnedName {
		answer := v.Answer()
		t.Decision = &answer
	}
	t.Reason = w.told(&v, name)
	w.trust = t
}

// told records the check and returns its sentence.
func (w *walk) told(v *registry.Verdict, name string) string {
	outcome := trustOutcomes[v.Summary]
	var details []any
	if v.Summary != registry.Indeterminate {
		details = append(details, name)
	}
	if outcome.why {
		details = append(details, cmp.Or(v.Reasons.Text(), "it does not say why"))
	}
	w.set(outcome.code, details...)
	return w.checks[slices.IndexFunc(w.checks, func(c Check) bool { return c.ID == "trust" })].Message
}

// trustOutcomes are the codes of the summaries, and whether their sentence says why.
var trustOutcomes = [...]struct {
	code string
	why  bool
}{
	registry.Indeterminate: {"trust-undecided", true}, registry.Trusted: {"trust-listed", false}, registry.TrustedWithConditions: {"trust-conditions", true},
	registry.HistoricalOK: {"trust-historical", false}, registry.OutOfScope: {"trust-out-of-scope", true}, registry.NotYetValid: {"trust-not-yet", true},
	registry.Lapsed: {"trust-lapsed", true}, registry.Suspended: {"trust-suspended", false}, registry.Withdrawn: {"trust-withdrawn", false},
	registry.Revoked: {"trust-revoked", true}, registry.Blacklisted: {"trust-blacklisted", false}, registry.Contested: {"trust-contested", false},
	registry.NotListed: {"trust-not-listed", false},
}

// issuedAt is when the credential was made, as it says itself: it is not older than its
// proof. Zero: it does not say.
func (w *walk) issuedAt(c *vc.Credential) (at time.Time) {
	if c.ValidFrom != nil {
		at = *c.ValidFrom
	}
	if w.verified == nil {
		return at
	}
	first := time.Time{}
	for _, o := range w.verified.Outcomes() {
		if o.Err == nil && o.Controller == c.Issuer && !o.Created.IsZero() && (first.IsZero() || o.Created.Before(first)) {
			first = o.Created
		}
	}
	if first.After(at) {
		return first
	}
	return at
}

// knownSince is when somebody whose word is enough had the credential before them.
func (w *walk) knownSince() time.Time {
	if b := w.bundle; b != nil && b.trusted {
		return b.collected
	}
	return time.Time{}
}

// issuerKeys names the keys of the issuer whose proofs verified.
func (w *walk) issuerKeys(issuer string) (all []string) {
	for _, o := range w.verified.Outcomes() {
		if o.Err == nil && o.Key != nil && o.Controller == issuer {
			if name, err := keys.Thumbprint(o.Key); err == nil {
				all = append(all, name)
			}
		}
	}
	return all
}

// trustedTogether: a presentation is trusted if the issuer of each credential in it is.
func (w *walk) trustedTogether() {
	if w.v.config.Registries == nil && len(w.v.config.Foreign) == 0 || len(w.inside) == 0 {
		return
	}
	var names []string
	for _, p := range w.inside {
		t := p.Report.Trust
		if t.Status != Trusted {
			w.set("trust-not-listed", t.Registry)
			w.trust = Trust{Status: Untrusted, Registry: t.Registry, Reason: "The issuer of a credential is not listed."}
			return
		}
		if !slices.Contains(names, t.Registry) {
			names = append(names, t.Registry)
		}
	}
	name := strings.Join(names, ", ")
	w.set("trust-listed", name)
	w.trust = Trust{Status: Trusted, Registry: name, Reason: "The issuer of each credential is listed."}
}
