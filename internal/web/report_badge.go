package web

import (
	"encoding/base64"
	"html/template"
	"regexp"
	"strings"
	"sync"

	"laurel/verifier"
)

// badgeView is what a verified credential says, as the page shows it.
type badgeView struct {
	Name, Description, Type string
	Issuer                  authorView
	CriteriaURL             string // https, or empty
	Criteria                template.HTML
	Image                   template.URL
	Results                 []verifier.Result
	Recipient               string
	Awarded, From, Until    Day
	ID, Format              string
	Proofs                  []verifier.Proof
	HasRecipient            bool
}

func (t *tongue) viewBadge(c *verifier.Credential, home string) *badgeView {
	v := &badgeView{
		Name: shown(c.Name, maxName), ID: shown(c.ID, maxName), Format: c.Format,
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
var picturePath = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^/achievements/[a-z0-9-]{1,64}\.png$`) })

// ownPicture returns the address of a badge's picture when it can be shown without
// asking another site: a PNG within the badge, or one of this site.
func ownPicture(address, home string) template.URL {
	if encoded, ok := strings.CutPrefix(address, "data:image/png;base64,"); ok && len(address) <= maxPicture {
		if _, err := base64.StdEncoding.DecodeString(encoded); err == nil {
			return template.URL(address)
		}
	}
	if path, ok := strings.CutPrefix(address, home); ok && home != "" && picturePath().MatchString(path) {
		return template.URL(path)
	}
	return ""
}
