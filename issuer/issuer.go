// Package issuer answers: what did we award, and does it still stand?
//
// It keeps a college's profile, its catalogue of achievements and its awards, turns the
// result of an assessment into a signed Open Badges 3.0 credential, and publishes what
// the world needs in order to verify it: the DID document, the achievement, the status
// lists. It signs only what it built from its own records. What it signs by itself verified
// under the keys that it publishes before it is stored; of badges that one template makes, the
// first did, and one of each turn. How records are kept is a Store's; how they are shown, and
// to whom, is for packages above.
package issuer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/idna"

	"laurel/internal/did"
	"laurel/internal/jsonld"
	"laurel/keys"
)

// The decisions that callers take. Errors wrap them.
var (
	ErrNotFound = errors.New("not found")
	// ErrConflict: the request contradicts what is recorded, such as a revoked award that
	// is to be suspended, or an assessment key that was used for another learner.
	ErrConflict = errors.New("conflicts with what is recorded")
	// ErrInput: what the caller gave cannot be accepted; the text says what and why.
	ErrInput = errors.New("cannot be accepted")
)

// Profile is the institution in whose name badges are issued.
type Profile struct {
	ID          string `json:"id"`   // its DID, did:web
	Slug        string `json:"slug"` // its name in addresses
	Name        string `json:"name"`
	URL         string `json:"url"` // its home page
	Email       string `json:"email,omitempty"`
	Description string `json:"description,omitempty"`
	CountryCode string `json:"countryCode,omitempty"` // ISO 3166-1 alpha-2
}

// Config is what an Issuer needs.
type Config struct {
	Store   Store
	Keys    *keys.Ring
	BaseURL string           // origin under which the addresses of design are served, such as https://badges.college.example
	Now     func() time.Time // the clock
	Random  io.Reader        // a cryptographic source of randomness
}

// Issuer issues for one institution. It is safe for concurrent use.
type Issuer struct {
	store     Store
	ring      *keys.Ring
	base      string
	now       func() time.Time
	random    io.Reader
	processor *jsonld.Processor

	desk        *desk
	recorder    recorder
	ownDocument ownDocument
	publishing  sync.Mutex // held while the status lists are signed
}

// New returns an Issuer; it neither reads nor writes yet.
func New(c Config) (*Issuer, error) {
	base, err := BaseURL(c.BaseURL)
	if err != nil {
		return nil, err
	}
	return &Issuer{
		store: c.Store, ring: c.Keys, base: base, now: c.Now, random: c.Random, processor: jsonld.Pinned(), desk: newDesk(),
	}, nil
}

// BaseURL checks and normalizes an origin: https with a host name, or http for localhost,
// without path, query or user.
func BaseURL(text string) (string, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "":
		return "", fmt.Errorf("%w: the base URL %q must be an origin such as https://badges.college.example", ErrInput, text)
	case u.Scheme == "http" && u.Hostname() != "localhost":
		return "", fmt.Errorf("%w: the base URL %q must begin with https:// (http:// is for localhost only)", ErrInput, text)
	case u.Scheme != "http" && u.Scheme != "https":
		return "", fmt.Errorf("%w: the base URL %q must begin with https://", ErrInput, text)
	}
	host, err := idna.Lookup.ToASCII(u.Hostname())
	if err != nil || strings.Contains(host, ":") {
		return "", fmt.Errorf("%w: the base URL %q does not name a host as the web knows it", ErrInput, text)
	}
	if u.Port() != "" {
		host += ":" + u.Port()
	}
	base := u.Scheme + "://" + host
	if _, err := did.WebURL(DID(base)); err != nil && u.Hostname() != "localhost" {
		return "", fmt.Errorf("%w: no issuer can be named after the base URL %q; it needs a host name such as badges.college.example", ErrInput, text)
	}
	return base, nil
}

// DID returns the did:web identifier that belongs to an origin (did:web §3.1).
func DID(base string) string {
	_, host, _ := strings.Cut(base, "://")
	return "did:web:" + strings.ReplaceAll(host, ":", "%3A")
}

// Base returns the origin of all addresses of this Issuer, without a final slash.
func (i *Issuer) Base() string { return i.base }

// Setup records the profile of the institution. Its ID is the DID of the base URL; it
// cannot change once badges were issued.
func (i *Issuer) Setup(ctx context.Context, p Profile) (Profile, error) {
	p.ID = DID(i.base)
	if err := p.check(); err != nil {
		return Profile{}, err
	}
	return p, i.store.SetProfile(ctx, p)
}

// Profile returns the institution's profile, or ErrNotFound before Setup.
func (i *Issuer) Profile(ctx context.Context) (Profile, error) { return i.store.Profile(ctx) }

func (p Profile) check() error {
	switch {
	case strings.TrimSpace(p.Name) == "":
		return fmt.Errorf("%w: the institution needs a name", ErrInput)
	case !slug().MatchString(p.Slug):
		return fmt.Errorf("%w: the short name %q may have small letters, digits and hyphens, 64 at most", ErrInput, p.Slug)
	case !isWebAddress(p.URL):
		return fmt.Errorf("%w: the home page %q must be an address such as https://college.example", ErrInput, p.URL)
	case p.Email != "" && !isEmail(p.Email):
		return fmt.Errorf("%w: %q is not an e-mail address", ErrInput, p.Email)
	case p.CountryCode != "" && !countryCode().MatchString(p.CountryCode):
		return fmt.Errorf("%w: the country %q is not a code of two capital letters, such as SE", ErrInput, p.CountryCode)
	}
	return nil
}
