// Package ob2 answers: does this Open Badges 2.0 assertion stand, and on whose word?
//
// Badges of that generation are not Verifiable Credentials. A hosted one stands because its
// issuer publishes it: the copy at its own address counts and nothing else, and the address
// must be one that the issuer allows. A signed one is a JSON Web Signature by a key that the
// issuer's own profile lists. Documents are read as strict JSON under the names of Open
// Badges 2.0 ("OB2", 1EdTech, 2018); their JSON-LD contexts are not processed, since nothing
// in them is signed by its meaning.
//
// Fetching is handed in; dates, recipients and trust are for the caller to judge.
package ob2

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"laurel/internal/badge"
	"laurel/internal/strictjson"
	"laurel/internal/vc"
)

// The outcomes that callers tell apart. All but ErrUnavailable and ErrUnattributed say that
// the badge is wrong.
var (
	ErrMalformed = errors.New("the badge does not conform to Open Badges 2.0")
	// ErrUnavailable: a document could not be had; the error of the Getter is wrapped too.
	ErrUnavailable = errors.New("a document of the badge could not be fetched")
	// ErrUnattributed: the issuer's identifier is none at which it could publish anything.
	ErrUnattributed = errors.New("nothing shows whose badge it is")
	// ErrOrigin: the badge is hosted where its issuer does not issue.
	ErrOrigin = errors.New("the badge is not published where its issuer publishes")
	// ErrKey: the key is not one of the issuer's.
	ErrKey = errors.New("the key is not the issuer's")
	// ErrRevoked: the issuer says so in the badge's place.
	ErrRevoked = errors.New("the issuer has revoked the badge")
)

// Getter fetches a JSON document; the address is an https URL.
type Getter func(ctx context.Context, url string) ([]byte, error)

// Badge is an assertion with the badge class and the issuer that it leads to, each as its
// publisher gives it.
type Badge struct {
	ID        string
	Issued    time.Time
	Expires   *time.Time
	Recipient badge.IdentityObject
	Class     strictjson.Value
	Issuer    strictjson.Value
	IssuerID  string
	Creator   string // the key of a signed badge; empty: the issuer's only one
	Signed    bool

	assertion strictjson.Value
}

// Is reports whether a document says that it is of Open Badges 2.0.
func Is(document strictjson.Value) bool {
	types, _ := vc.Texts(document.Member("type"))
	return !slices.Contains(types, "VerifiableCredential") && (slices.Contains(types, "Assertion") || namesContext(document))
}

// contexts are the addresses of the context of Open Badges 2.0.
var contexts = []string{"https://w3id.org/openbadges/v2", "https://openbadgespec.org/v2/context.json"}

func namesContext(document strictjson.Value) bool {
	for item := range document.Member("@context").Listed() {
		if slices.Contains(contexts, item.Text()) {
			return true
		}
	}
	return false
}

// limits are those of every document of a badge.
var limits = strictjson.Limits{Bytes: 1 << 20, Depth: 32, Values: 20_000}

// Hosted fetches an assertion from its own address, and what it leads to (OB2 §Hosted).
func Hosted(ctx context.Context, get Getter, assertion strictjson.Value) (*Badge, error) {
	id := text(assertion, "id")
	if !isWeb(id) {
		return nil, fmt.Errorf("%w: a hosted badge whose id is no web address", ErrMalformed)
	}
	published, err := document(ctx, get, id)
	if err != nil {
		return nil, err
	}
	if published.Member("revoked").True() {
		return nil, ErrRevoked
	}
	b, err := read(published)
	switch {
	case err != nil:
		return nil, err
	case b.Signed:
		return nil, fmt.Errorf("%w: the published badge is a signed one", ErrMalformed)
	}
	if err := b.lead(ctx, get); err != nil {
		return nil, err
	}
	if originOf(b.IssuerID) != originOf(b.ID) { // what it may say about its issuer is its own word
		if b.Issuer, err = b.publishedIssuer(ctx, get); err != nil {
			return nil, err
		}
	}
	return b, b.allowed()
}

// SignedBy reads a signed assertion and what it leads to, and returns it with the PEM of the
// key that must have signed it (OB2 §Signed). That it did is for the caller to verify.
func SignedBy(ctx context.Context, get Getter, payload strictjson.Value) (*Badge, string, error) {
	b, err := read(payload)
	if err != nil {
		return nil, "", err
	}
	if !b.Signed {
		return nil, "", fmt.Errorf("%w: a token that holds a hosted badge", ErrMalformed)
	}
	if err := b.lead(ctx, get); err != nil {
		return nil, "", err
	}
	if b.Issuer, err = b.publishedIssuer(ctx, get); err != nil {
		return nil, "", err
	}
	pem, err := b.key(ctx, get)
	return b, pem, err
}

// read takes what decides out of an assertion (OB2 Assertion).
func read(assertion strictjson.Value) (*Badge, error) {
	types, _ := vc.Texts(assertion.Member("type"))
	b := &Badge{ID: text(assertion, "id"), assertion: assertion}
	if !slices.Contains(types, "Assertion") || b.ID == "" {
		return nil, fmt.Errorf("%w: no id, or no assertion by its type", ErrMalformed)
	}
	if !namesContext(assertion) {
		return nil, fmt.Errorf("%w: it does not name the context of Open Badges 2.0", ErrMalformed)
	}
	verification := assertion.Member("verification")
	if !verification.Is(strictjson.Object) {
		verification = assertion.Member("verify")
	}
	switch text(verification, "type") {
	case "hosted", "HostedBadge":
	case "signed", "SignedBadge":
		b.Signed, b.Creator = true, text(verification, "creator")
	default:
		return nil, fmt.Errorf("%w: it does not say how it is to be verified", ErrMalformed)
	}
	var err error
	if b.Issued, err = vc.ParseTime(text(assertion, "issuedOn")); err != nil {
		return nil, fmt.Errorf("%w: issuedOn is %w", ErrMalformed, err)
	}
	if expires := assertion.Member("expires"); expires.Present() {
		t, err := vc.ParseTime(expires.Text())
		if err != nil {
			return nil, fmt.Errorf("%w: expires is %w", ErrMalformed, err)
		}
		b.Expires = &t
	}
	return b, b.readRecipient(assertion.Member("recipient"))
}

// readRecipient turns an identity of 2.0 into one of 3.0, which has the same hash.
func (b *Badge) readRecipient(r strictjson.Value) error {
	hashed := r.Member("hashed")
	kind, identity := text(r, "type"), text(r, "identity")
	if !hashed.Is(strictjson.Bool) && present(hashed) || kind == "" || identity == "" {
		return fmt.Errorf("%w: it does not say who earned it", ErrMalformed)
	}
	if kind == "email" {
		kind = "emailAddress"
	}
	b.Recipient = badge.IdentityObject{Type: "IdentityObject", Hashed: hashed.True(), IdentityHash: identity, IdentityType: kind, Salt: text(r, "salt")}
	return nil
}

// lead follows the assertion to its badge class and that to its issuer.
func (b *Badge) lead(ctx context.Context, get Getter) (err error) {
	if b.Class, err = follow(ctx, get, b.assertion.Member("badge")); err != nil {
		return err
	}
	for _, name := range []string{"name", "description"} {
		if text(b.Class, name) == "" {
			return fmt.Errorf("%w: the badge class has no %s", ErrMalformed, name)
		}
	}
	if !present(b.Class.Member("criteria")) {
		return fmt.Errorf("%w: the badge class has no criteria", ErrMalformed)
	}
	if b.Issuer, err = follow(ctx, get, b.Class.Member("issuer")); err != nil {
		return err
	}
	if b.IssuerID = text(b.Issuer, "id"); !isWeb(b.IssuerID) {
		return fmt.Errorf("%w: its issuer has no web address", ErrUnattributed)
	}
	if text(b.Issuer, "name") == "" {
		return fmt.Errorf("%w: the issuer has no name", ErrMalformed)
	}
	return nil
}

func (b *Badge) publishedIssuer(ctx context.Context, get Getter) (strictjson.Value, error) {
	return document(ctx, get, b.IssuerID)
}

// allowed holds the badge's address to where its issuer issues (OB2 VerificationObject): by
// default the host of the issuer's own. A badge class may narrow that and never widen it.
func (b *Badge) allowed() error {
	u, err := url.Parse(b.ID)
	if err != nil {
		return fmt.Errorf("%w: the badge's id is no address", ErrMalformed)
	}
	issuer, err := url.Parse(b.IssuerID)
	if err != nil {
		return fmt.Errorf("%w: the issuer's id is no address", ErrMalformed)
	}
	rules := b.Issuer.Member("verification")
	starts, narrowed := texts(rules, "startsWith"), texts(rules, "allowedOrigins")
	if len(narrowed) == 0 && len(starts) == 0 {
		narrowed = []string{issuer.Hostname()}
	}
	of := b.Class.Member("verification")
	for _, prefixes := range [][]string{starts, texts(of, "startsWith")} {
		if len(prefixes) > 0 && !slices.ContainsFunc(prefixes, func(p string) bool { return begins(b.ID, p) }) {
			return ErrOrigin
		}
	}
	for _, hosts := range [][]string{narrowed, texts(of, "allowedOrigins")} {
		if len(hosts) > 0 && !slices.ContainsFunc(hosts, func(h string) bool { return strings.EqualFold(h, u.Hostname()) }) {
			return ErrOrigin
		}
	}
	return nil
}

// begins reports whether an address begins with a prefix that names at least a whole host,
// so that https://college.example does not allow https://college.example.evil.example.
func begins(address, prefix string) bool {
	p, err := url.Parse(prefix)
	if err != nil || p.Host == "" || p.User != nil {
		return false
	}
	return originOf(address) == originOf(prefix) && strings.HasPrefix(address, prefix)
}
