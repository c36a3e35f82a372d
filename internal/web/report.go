package web

import (
	"encoding/base64"
	"html/template"
	"regexp"
	"strings"

	"laurel/registry"
	"laurel/verifier"
)

// mark is the answer that an employer looks for, in one of three words.
type mark string

const (
	rely mark = "rely" // valid, and the issuer is trusted
	care mark = "care" // valid without trust, or not decided
	dont mark = "dont" // invalid
)

// reportView is a report as the page shows it. All foreign text in it went through shown
// or renderMarkdown.
type reportView struct {
	Mark     mark
	Reason   string // one sentence
	Notes    []string
	At       string
	Trust    trustView
	Badge    *badgeView
	Checks   []checkView
	From     source
	FromHTTP bool // the link may be followed
}

type trustView struct {
	Status   string // of verifier.Trust
	Registry string
	Name     string // the registry's name for the issuer
}

type badgeView struct {
	Name, Description, Type  string
	Issuer, IssuerID         string
	IssuerURL, CriteriaURL   string // https, or empty
	Criteria                 template.HTML
	Image                    template.URL
	Results                  []verifier.Result
	Recipient                string
	Awarded, From, Until     Day
	ID, Format               string
	Proofs                   []verifier.Proof
	HasRecipient, IsAsserted bool
}

type checkView struct {
	ID, Status, Code string
	Text             string // a sentence of the catalogue
	Detail           string // the verifier's own words (English), when they say more
}

// viewReport turns a report into what its page shows. home is this site's own origin,
// from where alone pictures are loaded.
func (t *tongue) viewReport(r *verifier.Report, from source, home string) reportView {
	v := reportView{
		At: t.parseMoment(r.VerifiedAt), From: from, FromHTTP: isHTTPS(from.Link) || home != "" && strings.HasPrefix(from.Link, home+"/"),
		Trust: trustView{Status: r.Trust.Status, Registry: shown(r.Trust.Registry, maxName)},
	}
	if r.Trust.Entry != nil {
		v.Trust.Name = shown(r.Trust.Entry.Name, maxName)
	}
	for _, c := range r.Checks {
		v.Checks = append(v.Checks, t.viewCheck(c))
	}
	v.Mark, v.Reason = t.judge(r, v.Checks)
	v.Notes = notes(v)
	if r.Credential != nil {
		v.Badge = t.viewBadge(r.Credential, home)
		v.Badge.IsAsserted = r.Trust.Status != verifier.Trusted
	}
	return v
}

func (t *tongue) parseMoment(text string) string {
	if at, err := parseTime(text); err == nil {
		return t.moment(at)
	}
	return shown(text, maxName)
}

// judge turns verdict and trust, which are two answers, into one mark and its reason.
func (t *tongue) judge(r *verifier.Report, checks []checkView) (mark, string) {
	switch {
	case r.Verdict == verifier.Valid && r.Trust.Status == verifier.Trusted:
		return rely, t.T("verify.reason.trusted", "registry", t.registryName(r.Trust.Registry))
	case r.Verdict == verifier.Valid && r.Trust.Status == verifier.Untrusted:
		return care, t.T("verify.reason.untrusted")
	case r.Verdict == verifier.Valid:
		return care, t.T("verify.reason.unchecked")
	case r.Verdict == verifier.Invalid:
		return dont, firstText(checks, "fail", t.T("verify.reason.invalid"))
	}
	return care, t.T("verify.reason.undecided", "reason", firstText(checks, "skip", t.T("verify.reason.incomplete")))
}

func (t *tongue) registryName(name string) string {
	if name == pinned {
		return t.T("verify.registry.pinned")
	}
	return shown(name, maxName)
}

// pinned is the registry's name for issuers that the operator trusts of their own accord.
var pinned = registry.Pinned().Name()

// harmlessSkips are the skipped checks that leave nothing undecided.
var harmlessSkips = map[string]bool{
	"refresh-none": true, "endorsements-none": true, "recipient-not-asked": true, "trust-not-checked": true,
}

func firstText(checks []checkView, status, otherwise string) string {
	for _, c := range checks {
		if c.Status == status && !harmlessSkips[c.Code] {
			return c.Text
		}
	}
	return otherwise
}

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
	v := checkView{ID: c.ID, Status: c.Status, Code: c.Code, Text: t.T(key)}
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

func (t *tongue) viewBadge(c *verifier.Credential, home string) *badgeView {
	v := &badgeView{
		Name: shown(c.Name, maxName), ID: shown(c.ID, maxName), Format: c.Format,
		Issuer: shown(c.Issuer.Name, maxName), IssuerID: shown(c.Issuer.ID, maxName), IssuerURL: onlyHTTPS(c.Issuer.URL),
		From: t.parseDay(c.ValidFrom), Until: t.parseDay(c.ValidUntil), Awarded: t.parseDay(c.AwardedDate),
		Recipient: t.identity(c.Recipient.Identity), HasRecipient: c.Recipient.Identity != "" || c.Recipient.ID != "",
	}
	if v.Recipient == "" {
		v.Recipient = shown(c.Recipient.ID, maxName)
	}
	if a := c.Achievement; a != nil {
		if a.Name != "" {
			v.Name = shown(a.Name, maxName)
		}
		v.Description, v.Type = shown(a.Description, maxText), shown(a.Type, maxName)
		v.Criteria, v.CriteriaURL = renderMarkdown(a.Criteria), onlyHTTPS(a.CriteriaURL)
		v.Image = ownPicture(a.Image, home)
	}
	for _, r := range c.Results[:min(len(c.Results), maxResults)] {
		v.Results = append(v.Results, verifier.Result{Name: shown(r.Name, maxName), Value: shown(r.Value, maxName)})
	}
	for _, p := range c.Proofs[:min(len(c.Proofs), maxProofs)] {
		v.Proofs = append(v.Proofs, verifier.Proof{
			Type: shown(p.Type, maxName), Suite: shown(p.Suite, maxName), Method: shown(p.Method, maxName),
			Created: shown(p.Created, maxName), Status: p.Status,
		})
	}
	return v
}

// identity says in words by what a recipient is identified.
func (t *tongue) identity(text string) string {
	switch kind := strings.TrimSuffix(text, " (hashed)"); kind {
	case "":
		return ""
	case "emailAddress":
		return t.T("recipient.email")
	default:
		return t.T("recipient.other", "kind", shown(kind, maxName))
	}
}

// Bounds of what a page lists.
const (
	maxResults = 50
	maxProofs  = 10
)

func onlyHTTPS(link string) string {
	if len(link) > maxLink || !isHTTPS(link) {
		return ""
	}
	return link
}

// maxPicture bounds a picture that a badge carries within itself, in bytes of its URI.
const maxPicture = 1 << 20

// picturePath is the path of an achievement's picture on this site.
var picturePath = regexp.MustCompile(`^/achievements/[a-z0-9-]{1,64}\.png$`)

// ownPicture returns the address of a badge's picture when it can be shown without
// asking another site: a PNG within the badge, or one of this site.
func ownPicture(address, home string) template.URL {
	if encoded, ok := strings.CutPrefix(address, "data:image/png;base64,"); ok && len(address) <= maxPicture {
		if _, err := base64.StdEncoding.DecodeString(encoded); err == nil {
			return template.URL(address)
		}
	}
	if path, ok := strings.CutPrefix(address, home); ok && home != "" && picturePath.MatchString(path) {
		return template.URL(path)
	}
	return ""
}
