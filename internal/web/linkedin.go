package web

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"laurel/issuer"
)

// certification is what LinkedIn's form "Add licence or certification" asks for.
type certification struct {
	Name         string
	Organization string
	Issued       time.Time
	Expires      *time.Time // nil: does not expire
	URL          string
	ID           string
}

const linkedInForm = "https://www.linkedin.com/profile/add?startTask=CERTIFICATION_NAME"

// address returns the link that opens the form filled in. Blanks are written %20, for the
// form shows a plus sign as it is.
func (c certification) address() string {
	var link strings.Builder
	link.WriteString(linkedInForm)
	add := func(name, value string) {
		if value != "" {
			link.WriteString("&" + name + "=" + strings.ReplaceAll(url.QueryEscape(value), "+", "%20"))
		}
	}
	month := func(prefix string, at time.Time) {
		add(prefix+"Year", strconv.Itoa(at.UTC().Year()))
		add(prefix+"Month", strconv.Itoa(int(at.UTC().Month())))
	}
	add("name", c.Name)
	add("organizationName", c.Organization)
	month("issue", c.Issued)
	if c.Expires != nil {
		month("expiration", *c.Expires)
	}
	add("certUrl", c.URL)
	add("certId", c.ID)
	return link.String()
}

// field is one line to copy by hand.
type field struct{ Label, Value string }

// fields are the same facts to copy, labelled by keys of the catalogue.
func (c certification) fields(t *tongue) []field {
	all := []field{
		{t.T("linkedin.name"), c.Name},
		{t.T("linkedin.organization"), c.Organization},
		{t.T("linkedin.issued"), t.month(c.Issued)},
	}
	if c.Expires != nil {
		all = append(all, field{t.T("linkedin.expires"), t.month(*c.Expires)})
	}
	return append(all, field{t.T("linkedin.id"), c.ID}, field{t.T("linkedin.url"), c.URL})
}

// certify says of an award what LinkedIn asks for.
func certify(a issuer.Award, name, organization, share string) certification {
	return certification{
		Name: name, Organization: organization, Issued: a.Result.AwardedAt, Expires: a.ValidUntil(), URL: share, ID: a.ShortID(),
	}
}

// LinkedInURL returns the link with which a learner adds an award to a LinkedIn profile.
func LinkedInURL(a issuer.Award, name, organization, share string) string {
	return certify(a, name, organization, share).address()
}
