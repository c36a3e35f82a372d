package linkage

import (
	"strings"

	"go.mau.fi/util/confusable"
	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"laurel/registry"
)

// Likeness is a listed institution that an applicant could be taken for.
type Likeness struct {
	Entity string
	Kind   string // "same-domain", "name", "domain", "other-suffix" or "one-letter"
	Theirs string // the name or domain that is alike
}

// Alike returns the entries of a snapshot, other than the applicant's own, whose names or
// domains look like the applicant's. It warns; an operator decides.
func Alike(s *registry.Snapshot, own string, names []string, hosts []string) (all []Likeness) {
	mine, sites := map[string]bool{}, hostsOf(hosts)
	for _, n := range names {
		mine[nameSkeleton(n)] = true
	}
	for e := range s.Entries() {
		if e.ID == own {
			continue
		}
		for _, n := range e.Names {
			if skeleton := nameSkeleton(n.Text); skeleton != "" && mine[skeleton] {
				all = append(all, Likeness{e.ID, "name", n.Text})
				break
			}
		}
		all = append(all, sites.like(e)...)
	}
	return all
}

// nameSkeleton is what is left of a name when looks alone count (UTS #39 §4), without marks,
// case and punctuation.
func nameSkeleton(name string) string {
	return confusable.Skeleton(registry.Fold(confusable.Skeleton(registry.Fold(name))))
}

// site is a domain as it looks.
type site struct{ domain, label, skeleton string }

type siteSet []site

func hostsOf(hosts []string) (all siteSet) {
	for _, host := range hosts {
		if s, ok := siteOf(host); ok {
			all = append(all, s)
		}
	}
	return all
}

// siteOf reads a host: its registered domain, the label in it that somebody chose, and how
// that looks when punycode is shown as what it means.
func siteOf(host string) (site, bool) {
	domain, err := Registrable(host)
	if err != nil {
		return site{}, false
	}
	suffix, _ := publicsuffix.PublicSuffix(domain)
	label := strings.TrimSuffix(strings.TrimSuffix(domain, suffix), ".")
	shown, err := idna.Display.ToUnicode(label)
	if err != nil {
		shown = label
	}
	return site{domain, label, confusable.Skeleton(strings.ToLower(shown))}, true
}

func (sites siteSet) like(e *registry.Entry) (all []Likeness) {
	hosts := []string{hostOf(e.Site)}
	for _, b := range e.Bindings {
		hosts = append(hosts, registry.HostOf(b.DID))
	}
	for _, id := range e.Identifiers {
		if id.Scheme == "SCHAC" {
			hosts = append(hosts, id.Value)
		}
	}
	told := map[string]bool{}
	for _, theirs := range hostsOf(hosts) {
		for _, mine := range sites {
			if kind := mine.likeness(theirs); kind != "" && !told[theirs.domain] {
				told[theirs.domain] = true
				all = append(all, Likeness{e.ID, kind, theirs.domain})
			}
		}
	}
	return all
}

// likeness says how two domains are alike; empty: they are not, or are the same.
func (s site) likeness(other site) string {
	switch {
	case s.domain == other.domain:
		return "same-domain"
	case s.label == other.label:
		return "other-suffix"
	case s.skeleton == other.skeleton:
		return "domain"
	case min(len(s.label), len(other.label)) >= 5 && oneEdit(s.label, other.label):
		return "one-letter"
	}
	return ""
}

// oneEdit tells whether one letter more, less, other or exchanged with its neighbour makes
// one text of the other.
func oneEdit(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) < len(b) {
		return a[i:] == b[i+1:]
	}
	rest := i + 1
	return rest <= len(a) && a[rest:] == b[rest:] || i+2 <= len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}
