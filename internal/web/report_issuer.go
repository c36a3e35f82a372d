package web

import (
	"net/url"
	"strings"

	"laurel/verifier"
)

// authorView says who issued a badge and how that is known. Only a registry's name is
// shown as the issuer's; the name in the badge is its own claim. Logos are not shown, for
// no registry vouches for one.
type authorView struct {
	Name    string // to head with
	Claimed bool   // Name is the badge's own word
	Claim   string // the badge's own name for the issuer, where it is another than Name
	ID      string
	URL     string // of the issuer's site as the badge says, https, or empty
	Known   string // how it is known
	Listed  string // by which registry it is trusted, in a sentence, or nothing
	Warned  string // which registry warns of it, in a sentence, or nothing
}

func (t *tongue) viewAuthor(r *verifier.Report) authorView {
	c := r.Credential
	v := authorView{
		Name: shown(c.Issuer.Name, maxName), ID: shown(c.Issuer.ID, maxName), URL: onlyHTTPS(c.Issuer.URL),
		Known: t.howKnown(r),
	}
	switch {
	case r.Trust.Status == verifier.Trusted && r.Trust.Registry == pinned:
		v.Listed = t.T("verify.known.pinned")
	case r.Trust.Status == verifier.Trusted:
		v.Listed = t.T("verify.known.registry", "registry", t.registryName(r.Trust.Registry))
	}
	if d := r.Trust.Decision; d != nil && marksOfTrust[d.Summary] == dont {
		v.Warned = t.T("verify.known.warned", "registry", t.registryName(d.Registry))
	}
	v.Claimed = v.Name != ""
	if r.Trust.Entry != nil && v.Listed != "" && r.Trust.Entry.Name != "" {
		if name := shown(r.Trust.Entry.Name, maxName); name != v.Name {
			v.Name, v.Claim = name, v.Name
		}
		v.Claimed = false
	}
	if v.Name == "" {
		v.Name = v.ID
	}
	return v
}

// howKnown says in one sentence what ties the issuer to somebody in the world.
func (t *tongue) howKnown(r *verifier.Report) string {
	id := r.Credential.Issuer.ID
	host := hostOf(id)
	switch {
	case strings.HasPrefix(id, "did:key:") || strings.HasPrefix(id, "did:jwk:"):
		return t.T("verify.known.key")
	case host == "":
		return t.T("verify.known.other")
	case hasCheck(r, "issuer-hosted"):
		return t.T("verify.known.hosted", "host", host)
	}
	return t.T("verify.known.domain", "host", host)
}

// hostOf returns the host at which an identifier publishes its keys, as people read it;
// empty: it has none.
func hostOf(id string) string {
	if rest, isWeb := strings.CutPrefix(id, "did:web:"); isWeb {
		first, _, _ := strings.Cut(rest, ":")
		host, err := url.PathUnescape(first)
		if err != nil {
			return ""
		}
		return shown(host, maxName)
	}
	u, err := url.Parse(id)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	return shown(u.Host, maxName)
}

func hasCheck(r *verifier.Report, code string) bool {
	for _, c := range r.Checks {
		if c.Code == code {
			return true
		}
	}
	return false
}
