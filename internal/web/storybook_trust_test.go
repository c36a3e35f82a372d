package web

import (
	"net/http/httptest"
	"slices"
	"testing"

	"laurel/registry"
	"laurel/verifier"
)

// answered are one story of each answer that a registry gives.
var answered = []struct {
	summary registry.Summary
	code    string
	mark    mark
	reasons []registry.Reason
	edit    func(*registry.Answer)
}{
	{registry.Trusted, "trust-listed", rely, nil, nil},
	{registry.TrustedWithConditions, "trust-conditions", rely, []registry.Reason{registry.ReasonLevelUnspecified, registry.ReasonGradeOverdue}, func(a *registry.Answer) {
		a.Scope = registry.ScopeAnswer{Fit: "unspecified", Award: registry.Microcredential}
	}},
	{registry.HistoricalOK, "trust-historical", rely, []registry.Reason{registry.ReasonEndedSince}, func(a *registry.Answer) { a.Time.Now = "ended" }},
	{registry.OutOfScope, "trust-out-of-scope", care, []registry.Reason{registry.ReasonLevel}, func(a *registry.Answer) { a.Scope.Fit, a.Scope.Level = "outside", 8 }},
	{registry.NotYetValid, "trust-not-yet", care, []registry.Reason{registry.ReasonGrantNotYet}, func(a *registry.Answer) { a.Time.Issuance = "not_yet" }},
	{registry.Lapsed, "trust-lapsed", care, []registry.Reason{registry.ReasonGrantEnded}, func(a *registry.Answer) { a.Time.Issuance, a.Time.Now = "ended", "ended" }},
	{registry.Suspended, "trust-suspended", care, []registry.Reason{registry.ReasonSuspended}, func(a *registry.Answer) { a.Time.Issuance = "suspended" }},
	{registry.Withdrawn, "trust-withdrawn", care, []registry.Reason{registry.ReasonWithdrawn}, func(a *registry.Answer) { a.Time.Issuance, a.Time.Now = "withdrawn", "withdrawn" }},
	{registry.Revoked, "trust-revoked", dont, []registry.Reason{registry.ReasonKeyCompromised}, func(a *registry.Answer) { a.Time.Issuance, a.Time.Now = "revoked", "revoked" }},
	{registry.Blacklisted, "trust-blacklisted", dont, []registry.Reason{registry.ReasonBlacklisted}, func(a *registry.Answer) { a.Time.Issuance, a.Time.Now = "unknown", "blacklisted" }},
	{registry.Contested, "trust-contested", care, []registry.Reason{registry.ReasonContested}, func(a *registry.Answer) { a.Authority.Class = "contested" }},
	{registry.NotListed, "trust-not-listed", care, []registry.Reason{registry.ReasonNotListed}, func(a *registry.Answer) {
		a.Identity, a.Authority, a.Scope = registry.IdentityAnswer{}, registry.AuthorityAnswer{Class: "none"}, registry.ScopeAnswer{Fit: "none"}
		a.Time.Issuance, a.Time.Now = "unknown", "unknown"
	}},
	{registry.Indeterminate, "trust-undecided", care, []registry.Reason{registry.ReasonUnpinnedKey}, func(a *registry.Answer) {
		a.Identity.Key, a.Authority, a.Scope.Fit = "", registry.AuthorityAnswer{Class: "none"}, "none"
	}},
}

// answer is what a registry says of the sample college, some hours after its list was issued.
func sampleAnswer(s registry.Summary, reasons []registry.Reason, edit func(*registry.Answer)) *registry.Answer {
	a := &registry.Answer{
		Summary: s, Registry: "registry.example/obtr",
		Identity: registry.IdentityAnswer{
			Entity: collegeID, Name: "Sample College of Trades", DID: "did:web:badges.college.example", Key: "0123456789012345678901234567890123456789012",
			Evidence: []registry.Evidence{{Strength: registry.Mutual, Kind: "dns", Ref: "_obtr.college.example"}, {Strength: registry.Registered, Kind: "challenge"}},
		},
		Authority: registry.AuthorityAnswer{Grant: "g-1", By: "policy:eqar-covered/v1", Class: "official_accredited", Basis: deqarBasis(123, "direct")},
		Scope:     registry.ScopeAnswer{Fit: "inside", Award: registry.Microcredential, Level: 5},
		Time:      registry.TimeAnswer{IssuedAt: "2026-05-30T00:00:00Z", Source: "self_asserted", Issuance: "in_force", Now: "in_force"},
		Freshness: registry.FreshnessAnswer{State: "fresh", Version: 412, Issued: "2026-06-01T09:00:00Z", Age: 3 * 60 * 60, Sources: sampleMeta.Sources, Witnesses: 2},
	}
	for _, r := range reasons {
		a.Reasons = append(a.Reasons, r.String())
	}
	if edit != nil {
		edit(a)
	}
	return a
}

func answeredReport(s registry.Summary, code string, reasons []registry.Reason, edit func(*registry.Answer)) *verifier.Report {
	trust, status := verifier.Untrusted, "warn"
	switch {
	case s.Positive():
		trust, status = verifier.Trusted, "pass"
	case s == registry.Indeterminate:
		trust = verifier.NotChecked
	}
	r := reportOf(verifier.Valid, trust, sampleCredential(), passed(check("trust", status, code, "The registry says so."))...)
	r.Trust.Registry, r.Trust.Decision = "registry.example/obtr", sampleAnswer(s, reasons, edit)
	if id := r.Trust.Decision.Identity.Entity; id != "" {
		r.Trust.Entry = &verifier.Listing{Issuer: r.Credential.Issuer.ID, ID: id, Name: "Sample College of Trades"}
	}
	return r
}

// trustStories are the reports with each answer of a registry.
func trustStories() map[string]story {
	all := map[string]story{}
	link := source{Link: testBase + "/badges/sample"}
	for _, a := range answered {
		all["trust-"+a.summary.String()] = story{answeredReport(a.summary, a.code, a.reasons, a.edit), link, a.mark}
	}
	unasked := answeredReport(registry.Indeterminate, "trust-undecided", []registry.Reason{registry.ReasonSourceUnavailable}, answered[len(answered)-2].edit)
	unasked.Trust.Unchecked, unasked.Trust.Decision.Freshness = []string{"other.example/obtr"}, registry.FreshnessAnswer{State: "expired"}
	all["trust-unasked"] = story{unasked, link, care}
	return all
}

func TestStoriesOfTrustAreAll(t *testing.T) {
	for _, s := range summaries() {
		if _, told := trustStories()["trust-"+s.String()]; !told {
			t.Errorf("%s has no story", s)
		}
	}
}

// TestWarningsAreNoCare: what a registry warns of is never shown as mere care, whatever the
// verdict and wherever it stands, and the verdict is said apart.
func TestWarningsAreNoCare(t *testing.T) {
	for _, summary := range []registry.Summary{registry.Blacklisted, registry.Revoked} {
		for _, verdict := range []verifier.Verdict{verifier.Valid, verifier.Invalid, verifier.Indeterminate} {
			r := answeredReport(summary, "trust-"+summary.String(), nil, nil)
			r.Verdict = verdict
			outer := presentation("did:key:z", part(verifier.PartCredential, answeredReport(summary, "trust-"+summary.String(), nil, nil)))
			outer.Verdict = verdict
			for _, report := range []*verifier.Report{r, outer} {
				v := tongues[0].viewReport(report, source{}, testBase)
				if v.Mark != dont || len(v.Next) == 0 {
					t.Errorf("%s, %s: %s", summary, verdict, v.Mark)
				}
			}
			v := tongues[0].viewReport(r, source{}, testBase)
			if v.Trust.Mark != dont || v.Badge.Issuer.Warned == "" || v.Badge.Issuer.Listed != "" || v.Badge.Issuer.Name != "Sample College" {
				t.Errorf("%+v", v.Badge.Issuer)
			}
			if says := tongues[0].T("verify.reason.warned", "reason", tongues[0].T("code.trust-"+summary.String())); verdict == verifier.Valid && v.Reason != says {
				t.Errorf("%q", v.Reason)
			}
		}
	}
	endorsed := trustedReport(func(r *verifier.Report) {
		r.Parts = []verifier.Part{part(verifier.PartEndorsement, answeredReport(registry.Blacklisted, "trust-blacklisted", nil, nil))}
	})
	if v := tongues[0].viewReport(endorsed, source{}, testBase); v.Mark != rely || v.Endorsements[0].Mark != dont {
		t.Errorf("%s, %s", v.Mark, v.Endorsements[0].Mark)
	}
}

// TestEveryTrustHasAStep: whatever a registry answers, the page says what to do.
func TestEveryTrustHasAStep(t *testing.T) {
	for name, s := range trustStories() {
		v := tongues[0].viewReport(s.report, s.from, testBase)
		step := trustStep(s.report)
		if step == "" && v.Mark != rely || step != "" && !slices.Contains(v.Next, tongues[0].T("next."+step)) {
			t.Errorf("%s: %q, %v", name, step, v.Next)
		}
	}
}

// TestAnswersLeadToEntries: of this site's own registry, and of no other's.
func TestAnswersLeadToEntries(t *testing.T) {
	s := newRegistrySite(t)
	p := s.server.page(s.server.echo.NewContext(httptest.NewRequest("GET", "/verify?lang=zh", nil), nil), "verify.title")
	outer := presentation("did:key:z", part(verifier.PartCredential, answeredReport(registry.Trusted, "trust-listed", nil, nil)))
	v := p.viewReport(outer, source{}, testBase)
	v.linkEntries(p, "another.example/obtr")
	if got := v.Credentials[0].Trust.EntryPath; got != "" {
		t.Error(got)
	}
	v.linkEntries(p, "registry.example/obtr")
	if got := v.Credentials[0].Trust.EntryPath; got != "/registry/entries/deqarinst9001?lang=zh" {
		t.Error(got)
	}
}

// TestRegistryStories keeps the pages of the registry as they are.
func TestRegistryStories(t *testing.T) {
	s := newRegistrySite(t)
	for _, tongue := range tongues {
		for name, path := range registryPages {
			body := s.get(path + "lang=" + tongue.Code).body
			golden(t, "registry-"+name, tongue, mainPart(t, body))
		}
	}
}

// registryPages are the pages of the sample registry.
var registryPages = map[string]string{
	"search": "/registry?", "none": "/registry?q=nowhere&", "changes": "/registry/changes?", "entry": "/registry/entries/deqarinst9001?",
	"blacklisted": "/registry/entries/sample-mill?", "ended": "/registry/entries/deqarinst9002?", "adverse": "/registry/entries/deqarinst9003?",
	"missing": "/registry/entries/deqarinst1?",
}
