package web

import (
	"slices"
	"strconv"
	"time"

	"laurel/registry"
	"laurel/verifier"
)

// trustView is what a registry answered about the issuer: one sentence, and the five answers
// behind it.
type trustView struct {
	*tongue
	Summary   string // the end of keys
	Mark      mark
	Sentence  string
	Reasons   []string // in words, the gravest first
	Five      []answerView
	Basis     []basisView // of the grant
	Evidence  []evidenceView
	Sources   []sourceView
	Unchecked string // the registries that could not be asked
	EntryPath string // the entry's page on this site, or empty

	registry, entity string
}

// answerView is one of the five answers, in sentences.
type answerView struct {
	Label string
	Texts []string
}

// marksOfTrust are the colours of what a registry says of an issuer. That one is not listed is no
// warning.
var marksOfTrust = map[registry.Summary]mark{
	registry.Trusted: rely, registry.TrustedWithConditions: rely, registry.HistoricalOK: rely, registry.Revoked: dont, registry.Blacklisted: dont,
}

// warnedOf tells whether a registry warns of the issuer of a credential in a document, however
// genuine it is.
func warnedOf(r *verifier.Report) bool {
	if d := r.Trust.Decision; d != nil && marksOfTrust[d.Summary] == dont {
		return true
	}
	return slices.ContainsFunc(r.Parts, func(p verifier.Part) bool { return p.Role == verifier.PartCredential && warnedOf(p.Report) })
}

// warning is what a registry says against the issuer of a credential, in a sentence.
func (t *tongue) warning(r *verifier.Report) string {
	if d := r.Trust.Decision; d != nil && marksOfTrust[d.Summary] == dont {
		return t.ofIssuer(r)
	}
	return t.T("verify.reason.warned.part")
}

// ofIssuer is what the check of trust says, in a sentence.
func (t *tongue) ofIssuer(r *verifier.Report) string {
	for _, c := range r.Checks {
		if c.ID == "trust" {
			return t.viewCheck(c).Text
		}
	}
	return t.T("code.trust-undecided")
}

// sayNoMore are the reasons that are but another word for an answer.
var sayNoMore = map[registry.Reason]registry.Summary{
	registry.ReasonBlacklisted: registry.Blacklisted, registry.ReasonNotListed: registry.NotListed, registry.ReasonSuspended: registry.Suspended,
	registry.ReasonWithdrawn: registry.Withdrawn, registry.ReasonContested: registry.Contested, registry.ReasonEndedSince: registry.HistoricalOK,
}

func (t *tongue) viewTrust(trust *verifier.Trust) *trustView {
	d := trust.Decision
	if d == nil {
		return nil
	}
	name := t.registryName(d.Registry)
	v := &trustView{
		tongue: t, Summary: d.Summary.String(), Mark: marksOfTrust[d.Summary], registry: d.Registry, entity: d.Identity.Entity,
		Sentence: t.T("trust.says."+d.Summary.String(), "registry", name, "list", t.ofList(&d.Freshness)),
		Basis:    t.viewBasis(d.Authority.Basis), Evidence: t.viewEvidence(d.Identity.Evidence), Sources: t.viewSources(d.Freshness.Sources),
		Unchecked: t.list(shownAll(trust.Unchecked)),
	}
	if v.Mark == "" {
		v.Mark = care
	}
	for r := range registry.AllReasons.All() {
		if slices.Contains(d.Reasons, r.String()) && sayNoMore[r] != d.Summary {
			v.Reasons = append(v.Reasons, t.T("trust.reason."+r.String()))
		}
	}
	v.Five = []answerView{
		{t.T("trust.identity"), t.whoItIs(&d.Identity)}, {t.T("trust.authority"), t.onWhoseWord(&d.Authority)}, {t.T("trust.scope"), t.forWhat(&d.Scope)},
		{t.T("trust.time"), t.whenItHeld(&d.Time)}, {t.T("trust.freshness"), t.howOld(&d.Freshness)},
	}
	return v
}

// ofList names the version of the list by its day and its age.
func (t *tongue) ofList(f *registry.FreshnessAnswer) string {
	issued, err := parseTime(f.Issued)
	if err != nil {
		return t.T("trust.list.undated")
	}
	return t.T("trust.list", "day", t.Date(issued), "age", t.age(time.Duration(f.Age)*time.Second))
}

func (t *tongue) whoItIs(a *registry.IdentityAnswer) []string {
	if a.Entity == "" {
		return []string{t.T("trust.identity.none")}
	}
	all := []string{t.T("trust.identity.is", "name", shown(a.Name, maxName), "entity", shown(a.Entity, maxName))}
	if a.DID != "" {
		all = append(all, t.T("trust.identity.did", "did", shown(a.DID, maxName)))
	}
	if a.Key != "" {
		return append(all, t.T("trust.identity.key", "key", shown(a.Key, maxName)))
	}
	return append(all, t.T("trust.identity.nokey"))
}

func (t *tongue) onWhoseWord(a *registry.AuthorityAnswer) []string {
	if a.Grant == "" {
		return []string{t.T("trust.authority.none")}
	}
	for _, class := range classes {
		if class.String() == a.Class {
			return []string{t.T("registry.class." + a.Class), t.T("registry.class." + a.Class + ".note"), t.grantedBy(a.By)}
		}
	}
	return []string{shown(a.Class, maxName), t.grantedBy(a.By)}
}

// fits are what an award is to a grant.
var fits = []registry.ScopeFit{registry.NoScope, registry.Inside, registry.Unspecified, registry.Outside}

func (t *tongue) forWhat(a *registry.ScopeAnswer) []string {
	all := []string{t.T("trust.fit." + a.Fit)}
	award := t.T("trust.award.unsaid")
	if a.Award != "" {
		award = t.awardNames([]string{a.Award})
	}
	level := t.T("trust.level.unsaid")
	if a.Level != 0 {
		level = t.T("registry.level", "level", strconv.Itoa(a.Level))
	}
	return append(all, t.T("trust.award", "award", award, "level", level))
}

// timeSources are who says when a badge was issued.
var timeSources = []string{"self_asserted", "corroborated", "unknown"}

func (t *tongue) whenItHeld(a *registry.TimeAnswer) (all []string) {
	if at, err := parseTime(a.IssuedAt); err == nil {
		all = append(all, t.T("trust.issued", "moment", t.moment(at)))
	}
	return append(all, t.T("trust.source."+a.Source), t.T("trust.then", "state", t.T("registry.state."+a.Issuance)), t.T("trust.now", "state", t.T("registry.state."+a.Now)))
}

func (t *tongue) howOld(a *registry.FreshnessAnswer) []string {
	all := []string{t.T("registry.fresh." + a.State)}
	if a.Version > 0 {
		all = append(all, t.T("trust.version", "version", strconv.Itoa(a.Version)))
	}
	if a.Witnesses == 0 {
		return append(all, t.T("registry.unwitnessed"))
	}
	return append(all, t.counted("trust.witnesses", a.Witnesses))
}

// linkEntries leads from the answers of a registry that this site shows to its entries.
func (v *reportView) linkEntries(p *page, name string) {
	if t := v.Trust; t != nil && t.registry == name && t.entity != "" {
		t.EntryPath = p.Link(entryPath(t.entity))
	}
	for _, parts := range [][]partView{v.Credentials, v.Endorsements} {
		for i := range parts {
			parts[i].linkEntries(p, name)
		}
	}
}
