package fetch

import (
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

const maxURLBytes = 2048

// vet says whether a URL may be asked for at all, and returns it in the one
// spelling used from here on: lower-case host, no fragment, no empty port.
// Addresses are judged here when they are written out, and again, with those
// that names resolve to, when they are dialled.
func (c *Client) vet(raw string) (*url.URL, error) {
	if len(raw) > maxURLBytes {
		return nil, fmt.Errorf("%w: URL is longer than %d bytes", ErrRefused, maxURLBytes)
	}
	u, err := url.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("%w: not a URL", ErrRefused)
	}
	if u.Scheme != "https" && (u.Scheme != "http" || c.plain == nil) {
		return nil, fmt.Errorf("%w: only https URLs are fetched", ErrRefused)
	}
	if u.Opaque != "" || u.User != nil {
		return nil, fmt.Errorf("%w: URL with user information or without //", ErrRefused)
	}
	if err := c.vetHost(u); err != nil {
		return nil, err
	}
	u.Fragment, u.RawFragment = "", ""
	return u, nil
}

// vetHost judges host and port and writes them back in canonical form.
func (c *Client) vetHost(u *url.URL) error {
	host, port := strings.ToLower(u.Hostname()), u.Port()
	if port != "" {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 || strconv.FormatUint(n, 10) != port {
			return fmt.Errorf("%w: bad port in URL", ErrRefused)
		}
		port = ":" + port
	}
	addr, err := netip.ParseAddr(host)
	switch {
	case addr.Is6() != strings.HasPrefix(u.Host, "["), err == nil && addr.String() != host:
		return fmt.Errorf("%w: unusual spelling of an address", ErrRefused)
	case err == nil && !c.permit(addr):
		return fmt.Errorf("%w: %s is not a public address", ErrRefused, host)
	case err != nil && !isName(host):
		return fmt.Errorf("%w: host is not a domain name; write international names as xn--", ErrRefused)
	case err != nil && c.plain == nil && !strings.Contains(host, "."):
		return fmt.Errorf("%w: %s is not a public name", ErrRefused, host)
	}
	if u.Scheme == "http" && !isLoopback(addr) && host != "localhost" {
		return fmt.Errorf("%w: plain http is for loopback addresses only", ErrRefused)
	}
	if addr.Is6() {
		host = "[" + host + "]"
	}
	u.Host = host + port
	return nil
}

// isName reports whether host is a lower-case domain name of letters, digits,
// hyphens and underscores (RFC 1123 §2.1, and names in use). A last label that
// begins with a digit is refused: no such top-level domain exists, and decimal,
// octal, hexadecimal and shortened IPv4 addresses all look like that.
func isName(host string) bool {
	if len(host) > 253 {
		return false
	}
	labels := strings.Split(host, ".")
	for _, label := range labels {
		if len(label) == 0 || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for i := range len(label) {
			ch := label[i]
			if !('a' <= ch && ch <= 'z' || '0' <= ch && ch <= '9' || ch == '-' || ch == '_') {
				return false
			}
		}
	}
	last := labels[len(labels)-1]
	return last[0] < '0' || '9' < last[0]
}
