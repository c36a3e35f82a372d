// Package linkage answers: do this identifier and this site name each other, and has who
// asks the key?
//
// It gathers evidence that an institution issues under a DID: the domain linkage of Well
// Known DID Configuration 1.0 ("DIDC"), a DNS record of our own, a challenge that a key of
// the DID signed, and a qualified electronic seal. It also says of a name which others look
// like it. What evidence suffices, and who decides, is left to package registry.
//
// A site under a public suffix that anybody can have, such as a host of pages for everyone,
// proves nothing about an institution.
package linkage

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"

	"laurel/internal/did"
	"laurel/registry"
)

// Errors that callers decide on. ErrNotLinked means that the other side says otherwise or
// nothing; ErrUnavailable that it could not be asked.
var (
	ErrNotLinked   = errors.New("the identifier and the site do not name each other")
	ErrUnavailable = errors.New("the evidence could not be looked at")
	ErrSharedHost  = errors.New("anybody can have a site there")
)

// Looker looks for evidence. Each field is needed.
type Looker struct {
	Get      did.Getter // one that follows redirects and says where it ended
	Resolver *did.Resolver
	TXT      func(ctx context.Context, name string) ([]string, error) // no error where there are none
	Now      func() time.Time
}

// Link is a piece of evidence with what it rests on.
type Link struct {
	registry.Evidence
	Keys   []string // thumbprints of the keys that it names, or that signed it
	Digest string   // "sha256:" and the digest of what was seen
}

// Registrable returns the domain that somebody registered, of which a host is a part:
// ErrSharedHost where there is none, or anybody can have a part of it.
func Registrable(host string) (string, error) {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if _, err := netip.ParseAddr(host); err == nil || !strings.Contains(host, ".") {
		return "", fmt.Errorf("%w: %.80q is no domain", ErrSharedHost, host)
	}
	if suffix, official := publicsuffix.PublicSuffix(host); !official && strings.Contains(suffix, ".") {
		return "", fmt.Errorf("%w: %s", ErrSharedHost, suffix)
	}
	domain, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil {
		return "", fmt.Errorf("%w: %.80q", ErrSharedHost, host)
	}
	return domain, nil
}

// Within tells whether two hosts belong to the same registered domain.
func Within(a, b string) bool {
	one, err := Registrable(a)
	if err != nil {
		return false
	}
	other, err := Registrable(b)
	return err == nil && one == other
}

// Weakly returns the evidence that the source mentions the domain of a did:web as the
// institution's: by its SCHAC identifier or its home page. It carries no listing.
func Weakly(id, schac, site string) (Link, error) {
	host := registry.HostOf(id)
	for _, mention := range [...]struct{ kind, host string }{{"schac", schac}, {"site", hostOf(site)}} {
		if Within(host, mention.host) {
			return Link{Evidence: registry.Evidence{Strength: registry.Weak, Kind: mention.kind, Ref: mention.host}}, nil
		}
	}
	return Link{}, fmt.Errorf("%w: the source mentions no domain of %.80q", ErrNotLinked, id)
}

func hostOf(address string) string {
	if !strings.Contains(address, "://") {
		address = "https://" + address
	}
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Hostname())
}

// unavailable tells an error of looking apart from an answer.
func unavailable(what string, err error) error {
	return fmt.Errorf("%w: %s: %w", ErrUnavailable, what, err)
}
