package did

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"
)

// WebURL gives the https address of the document of a did:web (did:web §3.2): the first segment is the host with an
// optional port after %3A, further segments are the path, which defaults to /.well-known.
//
// Stricter than the draft, because the DID is foreign text: the host must be a name with a dot, so no IP address and
// no localhost; segments are letters, digits, ".", "_", "-" and percent-encoded non-ASCII text; no dot segments, no
// encoded separators or control characters.
func WebURL(did string) (string, error) { return webURL(did, false) }

// webURL also knows the development exception: with local permission, did:web:localhost, with a port or without, is
// fetched over plain http, and names without a dot are allowed.
func webURL(did string, local bool) (string, error) {
	u, err := ParseURL(did)
	if err != nil {
		return "", err
	}
	rest, ok := strings.CutPrefix(did, "did:web:")
	if !ok || u.Fragment != "" {
		return "", fmt.Errorf("%w: %q is not a did:web", ErrInvalidURL, clip(did))
	}
	segments := strings.Split(rest, ":")
	host, port, err := webHost(segments[0])
	if err != nil {
		return "", err
	}
	if !local && !strings.Contains(host, ".") {
		return "", fmt.Errorf("%w: did:web host %q is a local name, which is resolved for development only", ErrUnavailable, clip(host))
	}
	for _, s := range segments[1:] {
		if !goodSegment(s) {
			return "", fmt.Errorf("%w: did:web path segment %q", ErrInvalidURL, clip(s))
		}
	}
	path := strings.Join(segments[1:], "/")
	if path == "" {
		path = ".well-known"
	}
	scheme := "https://"
	if strings.EqualFold(host, "localhost") {
		scheme = "http://"
	}
	return scheme + host + port + "/" + path + "/did.json", nil
}

// webHost splits the first segment into a DNS name and ":port" or "".
func webHost(segment string) (host, port string, err error) {
	bad := fmt.Errorf("%w: did:web host %q", ErrInvalidURL, clip(segment))
	host, digits := segment, ""
	if i := strings.IndexByte(segment, '%'); i >= 0 {
		if !strings.EqualFold(segment[i:min(i+3, len(segment))], "%3A") {
			return "", "", bad
		}
		host, digits = segment[:i], segment[i+3:]
		n, err := strconv.ParseUint(digits, 10, 16)
		if err != nil || n == 0 || digits[0] == '0' {
			return "", "", bad
		}
		port = ":" + digits
	}
	if !goodHost(host) {
		return "", "", bad
	}
	return host, port, nil
}

// goodHost is a DNS name in the letters of RFC 1123 §2.1. Its last label has a letter, so that no spelling of an IPv4
// address passes (WHATWG URL, "ends in a number").
func goodHost(host string) bool {
	labels := strings.Split(host, ".")
	for _, l := range labels {
		if len(l) > 63 || !consistsOf(l, isHostChar) || l[0] == '-' || l[len(l)-1] == '-' {
			return false
		}
	}
	last := strings.ToLower(labels[len(labels)-1])
	return len(host) <= 253 && !consistsOf(last, isDigit) && !strings.HasPrefix(last, "0x")
}

func isHostChar(c byte) bool { return isAlnum(c) || c == '-' }

func goodSegment(s string) bool {
	if s == "" || s == "." || s == ".." {
		return false
	}
	text, err := url.PathUnescape(s)
	if err != nil || !utf8.ValidString(text) {
		return false
	}
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			continue
		}
		// Only what cannot be written otherwise may be encoded: bytes of non-ASCII characters.
		if b, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err != nil || b < utf8.RuneSelf {
			return false
		}
		i += 2
	}
	for _, r := range text {
		if r >= 0x80 && r <= 0x9f { // C1 control characters
			return false
		}
	}
	return true
}
