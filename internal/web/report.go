package web

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"laurel/registry"
	"laurel/verifier"
)

// mark is the answer that an employer looks for, in one of three words.
type mark string

const (
	rely mark = "rely" // valid, and the issuer is trusted
	care mark = "care" // valid without trust, or not decided
	dont mark = "dont" // invalid, or a registry warns of the issuer
)

// reportView is a report as the page shows it. All foreign text in it went through shown
// or renderMarkdown.
type reportView struct {
	*tongue
	Mark      mark
	Heading   string // the mark in words
	Short     string // the same in a few
	Reason    string // one sentence
	Next      []string
	Notes     []string
	At        string
	AsOf      string // when a bundle was made, if it counted
	Badge     *badgeView
	Trust     *trustView // what a registry answered
	Presenter *presenterView
	// Credentials and Endorsements are the reports on what is within the document.
	Credentials, Endorsements []partView
	Checks                    []checkView
	From                      source
	FromHTTP                  bool   // the link may be followed
	Document                  string // text that was verified, to look at
	Permalink, PermalinkPath  string // of this answer, where it came from a link
}

type checkView struct {
	ID, Status, Code    string
	Label, Made, Clause string
	Text                string // a sentence of the catalogue
	Detail              string // the verifier's own words (English), when they say more
}

// viewReport turns a report into what its page shows. home is this site's own origin,
// from where alone pictures are loaded.
func (t *tongue) viewReport(r *verifier.Report, from source, home string) reportView {
	v := t.viewAnswer(r, home)
	v.Document = multiline(strings.ToValidUTF8(string(r.Source), "\ufffd"), maxDocument)
	v.From, v.FromHTTP = from, isHTTPS(from.Link) || home != "" && strings.HasPrefix(from.Link, home+"/")
	if from.Link != "" {
		v.PermalinkPath = "/verify?" + url.Values{"url": {from.Link}}.Encode()
		v.Permalink = home + v.PermalinkPath
	}
	v.Next = t.nextSteps(r, v)
	return v
}

// viewAnswer is viewReport for a part of the document too, which was not given by itself.
func (t *tongue) viewAnswer(r *verifier.Report, home string) reportView {
	v := reportView{tongue: t, At: t.parseMoment(r.VerifiedAt)}
	if r.AsOf != "" {
		v.AsOf = t.T("verify.asof", "moment", t.parseMoment(r.AsOf))
	}
	for _, c := range r.Checks {
		v.Checks = append(v.Checks, t.viewCheck(c))
	}
	v.Credentials, v.Endorsements = t.viewParts(r, home)
	v.Mark, v.Reason = t.judge(r)
	v.Heading, v.Short = t.T("verify.mark."+string(v.Mark)+kindOf(r)), t.T("verify.short."+string(v.Mark))
	v.Notes = notes(v)
	v.Trust = t.viewTrust(&r.Trust)
	if r.Credential != nil {
		v.Badge = t.viewBadge(r.Credential, home)
		v.Badge.Issuer = t.viewAuthor(r)
	}
	if r.Presentation != nil {
		v.Presenter = &presenterView{Holder: shown(r.Presentation.Holder, maxName)}
	}
	return v
}

// kindOf is the ending of the keys that name what a report is about.
func kindOf(r *verifier.Report) string {
	switch {
	case r.Presentation != nil:
		return ".set"
	case r.Credential != nil && r.Credential.Achievement == nil:
		return ".credential"
	}
	return ""
}

func (t *tongue) parseMoment(text string) string {
	if at, err := parseTime(text); err == nil {
		return t.moment(at)
	}
	return shown(text, maxName)
}

// judge turns verdict and trust, which are two answers, into one mark and its reason. A
// document is relied on only if every credential in it is.
func (t *tongue) judge(r *verifier.Report) (mark, string) {
	switch {
	case r.Verdict == verifier.Invalid:
		return dont, cmp.Or(t.decided(r), t.T("verify.reason.invalid"))
	case warnedOf(r) && r.Verdict == verifier.Valid:
		return dont, t.T("verify.reason.warned", "reason", t.warning(r))
	case warnedOf(r):
		return dont, t.T("verify.reason.warned.undecided", "reason", t.warning(r))
	case r.Verdict != verifier.Valid && personOnly(r):
		return care, t.T("verify.reason.person", "reason", t.decided(r))
	case r.Verdict != verifier.Valid:
		return care, t.T("verify.reason.undecided", "reason", cmp.Or(t.decided(r), t.T("verify.reason.incomplete")))
	case r.Presentation != nil && allRely(r):
		return rely, t.T("verify.reason.set")
	case !allRely(r) && len(r.Parts) > 0:
		return care, t.T("verify.reason.parts")
	case r.Trust.Status == verifier.Trusted && r.Trust.Decision != nil && r.Trust.Decision.Summary == registry.HistoricalOK:
		return rely, t.T("verify.reason.historical", "registry", t.registryName(r.Trust.Registry))
	case r.Trust.Status == verifier.Trusted && r.AsOf != "":
		return rely, t.T("verify.reason.trusted.asof", "registry", t.registryName(r.Trust.Registry))
	case r.Trust.Status == verifier.Trusted:
		return rely, t.T("verify.reason.trusted", "registry", t.registryName(r.Trust.Registry))
	case r.Trust.Decision != nil:
		return care, t.T("verify.reason.but", "reason", t.ofIssuer(r))
	case r.Trust.Status == verifier.Untrusted:
		return care, t.T("verify.reason.untrusted")
	}
	return care, t.T("verify.reason.unchecked")
}

// decided is the sentence of the check because of which a report is not valid, if one is.
func (t *tongue) decided(r *verifier.Report) string {
	if c := r.Deciding(); c.Status == "fail" || c.Status == "skip" {
		return t.viewCheck(c).Text
	}
	return ""
}

// personOnly tells whether nothing but the person is open.
func personOnly(r *verifier.Report) bool {
	others := slices.DeleteFunc(slices.Clone(r.Checks), func(c verifier.Check) bool { return c.ID == "recipient" })
	gravest := (&verifier.Report{Checks: others}).Deciding()
	return r.Deciding().ID == "recipient" && (gravest.Status == "pass" || gravest.Status == "warn")
}

func (t *tongue) registryName(name string) string {
	if name == pinned {
		return t.T("verify.registry.pinned")
	}
	return shown(name, maxName)
}

// pinned is the registry's name for issuers that the operator trusts of their own accord.
var pinned = registry.PinnedName

// notes are the warnings of a badge that otherwise holds; trust has words of its own.
func notes(v reportView) (all []string) {
	for _, c := range v.Checks {
		if c.Status == "warn" && c.ID != "trust" && c.Text != v.Reason {
			all = append(all, c.Text)
		}
	}
	return all
}

func (t *tongue) viewCheck(c verifier.Check) checkView {
	key := "code." + c.Code
	v := checkView{
		ID: c.ID, Status: c.Status, Code: c.Code, Text: t.T(key), Clause: shown(c.Clause, maxName),
		Label: t.T("check." + c.ID), Made: t.T("status." + c.Status),
	}
	message := shown(c.Message, maxText)
	switch {
	case v.Text == key:
		v.Text = message
	case c.ID == "trust": // its details speak to whoever runs the verifier; the reason names the registry
	case t == tongues[0]:
		v.Text = message
	case message != tongues[0].T(key):
		v.Detail = message
	}
	return v
}
