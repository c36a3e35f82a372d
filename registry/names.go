package registry

import (
	"net/url"
	"strings"
)

// NormalDID returns the one spelling under which an issuer's identifier is compared: of a
// did:web the host in lower case with nothing percent-encoded but the colon before a port.
// All else is compared byte for byte.
func NormalDID(did string) string {
	rest, isWeb := strings.CutPrefix(did, "did:web:")
	if !isWeb {
		return did
	}
	host, path, hasPath := strings.Cut(rest, ":")
	if isPlainHost(host) {
		return did
	}
	plain, err := url.PathUnescape(host)
	if err != nil {
		return did
	}
	plain = strings.ReplaceAll(strings.ToLower(plain), ":", "%3A")
	if hasPath {
		return "did:web:" + plain + ":" + path
	}
	return "did:web:" + plain
}

// isPlainHost: most are, and need no work.
func isPlainHost(host string) bool {
	for i := range len(host) {
		if c := host[i]; c == '%' || c >= 'A' && c <= 'Z' {
			return false
		}
	}
	return true
}

// HostOf returns the host name, without its port, at which an issuer publishes its keys:
// that of a did:web or an https address; empty for others.
func HostOf(issuer string) string {
	if rest, isWeb := strings.CutPrefix(issuer, "did:web:"); isWeb {
		host, _, _ := strings.Cut(rest, ":")
		if i := strings.Index(strings.ToLower(host), "%3a"); i >= 0 {
			host = host[:i]
		}
		return strings.ToLower(host)
	}
	if !strings.HasPrefix(issuer, "https://") {
		return ""
	}
	u, err := url.Parse(issuer)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Hostname())
}

// NormalVAT brings an EU VAT number into one spelling: no spaces, dots or hyphens, capitals,
// and EL for Greece, which GR names as well.
func NormalVAT(number string) string {
	normal := strings.ToUpper(strings.NewReplacer(" ", "", ".", "", "-", "").Replace(number))
	if rest, ok := strings.CutPrefix(normal, "GR"); ok {
		return "EL" + rest
	}
	return normal
}
