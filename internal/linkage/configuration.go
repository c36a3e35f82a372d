package linkage

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"laurel/internal/did"
	"laurel/internal/jsonld"
	"laurel/internal/proof"
	"laurel/internal/strictjson"
	"laurel/internal/vc"
	"laurel/keys"
	"laurel/registry"
)

const (
	configurationPath = "/.well-known/did-configuration.json"
	configurationMax  = 64 << 10
	maxLinked         = 16 // DIDs of one configuration that are looked at
)

// DIDConfiguration looks whether the document of a DID calls an origin, such as
// https://college.example, its own, and the site there the DID: by a domain linkage
// credential that a key of the DID signed and that has not expired (DIDC §4, §5).
func (l *Looker) DIDConfiguration(ctx context.Context, id, origin string) (Link, error) {
	site, err := originOf(origin)
	if err != nil {
		return Link{}, err
	}
	document, err := l.Resolver.Resolve(ctx, id)
	switch {
	case did.Undecided(err):
		return Link{}, unavailable("the document of the identifier", err)
	case err != nil:
		return Link{}, fmt.Errorf("%w: %w", ErrNotLinked, err)
	case !slices.ContainsFunc(document.Origins, func(o string) bool { return sameOrigin(o, site) }):
		return Link{}, fmt.Errorf("%w: the document of %s has no service LinkedDomains for %s", ErrNotLinked, id, site)
	}
	body, final, err := l.Get(ctx, site+configurationPath, "application/json", configurationMax)
	if err != nil {
		return Link{}, unavailable("the DID configuration of "+site, err)
	}
	if found, err := originOf(final); err != nil || found != site {
		return Link{}, fmt.Errorf("%w: another site answers for %s", ErrNotLinked, site)
	}
	key, err := l.linked(ctx, body, id, site)
	if err != nil {
		return Link{}, err
	}
	digest := sha256.Sum256(body)
	return Link{
		Evidence: registry.Evidence{Strength: registry.Mutual, Kind: "did-configuration", Ref: site},
		Keys:     []string{key}, Digest: "sha256:" + hex.EncodeToString(digest[:]),
	}, nil
}

// originOf returns the origin of an https address whose host is an institution's own.
func originOf(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
		return "", fmt.Errorf("%w: %.80q is not an https address", ErrNotLinked, address)
	}
	if _, err := Registrable(u.Hostname()); err != nil {
		return "", err
	}
	return "https://" + strings.ToLower(u.Host), nil
}

// sameOrigin compares what a document says with an origin; older ones leave out the scheme.
func sameOrigin(said, origin string) bool {
	said = strings.TrimSuffix(said, "/")
	return said == origin || said == strings.TrimPrefix(origin, "https://")
}

// linked finds the credential in a configuration that links a DID to an origin, and names
// the key that signed it. The first that does decides; that others do not is no harm.
func (l *Looker) linked(ctx context.Context, body []byte, id, origin string) (key string, err error) {
	configuration, err := strictjson.ReadObject(body, strictjson.Limits{Bytes: configurationMax, Depth: 16, Values: 4096})
	if err != nil {
		return "", fmt.Errorf("%w: the DID configuration is not strict JSON: %w", ErrNotLinked, err)
	}
	for name := range configuration.Members() {
		if name != "@context" && name != "linked_dids" {
			return "", fmt.Errorf("%w: the DID configuration has the member %.40q", ErrNotLinked, name)
		}
	}
	err = fmt.Errorf("%w: the DID configuration of %s does not name %s", ErrNotLinked, origin, id)
	count := 0
	for item := range configuration.Member("linked_dids").Items() {
		if count++; count > maxLinked {
			break
		}
		opened, openErr := l.open(item)
		if openErr != nil || opened.credential.Issuer != id {
			continue
		}
		if key, err = l.judge(ctx, opened, id, origin); err == nil {
			return key, nil
		}
	}
	return "", err
}

// linkage is a domain linkage credential that was read and nothing more.
type linkage struct {
	credential *vc.Credential
	document   strictjson.Value
	verify     func(context.Context, proof.Resolve, proof.Terms) (*proof.Verified, []proof.Outcome, error)
}

func (l *Looker) open(item strictjson.Value) (linkage, error) {
	if text, isText := item.IsText(); isText {
		return openToken(text)
	}
	document, err := proof.Open(jsonld.Pinned(), item)
	if err != nil {
		return linkage{}, err
	}
	unsecured := document.Unsecured()
	credential, problems := vc.Read(unsecured)
	if len(problems) > 0 {
		return linkage{}, fmt.Errorf("%w: %s", ErrNotLinked, problems[0])
	}
	return linkage{credential, unsecured, document.Verify}, nil
}

// openToken reads a credential as a token, whose header has alg and kid and nothing else
// (DIDC §4.3.1).
func openToken(text string) (linkage, error) {
	header, _, _ := strings.Cut(text, ".")
	raw, err := base64.RawURLEncoding.Strict().DecodeString(header)
	if err != nil {
		return linkage{}, err
	}
	members, err := strictjson.ReadObject(raw, strictjson.Limits{Bytes: 4096, Depth: 2, Values: 16})
	if err != nil {
		return linkage{}, err
	}
	if members.Len() != 2 || !members.Member("alg").Present() || !members.Member("kid").Present() {
		return linkage{}, fmt.Errorf("%w: the token's header is not alg and kid alone", ErrNotLinked)
	}
	token, err := proof.OpenToken(text, strictjson.Limits{Bytes: configurationMax, Depth: 16, Values: 1024})
	if err != nil {
		return linkage{}, err
	}
	if token.Profile() != proof.WrappedJWT || token.Presentation() {
		return linkage{}, fmt.Errorf("%w: the token wraps no credential", ErrNotLinked)
	}
	credential, problems := vc.Read(token.Value())
	if len(problems) > 0 {
		return linkage{}, fmt.Errorf("%w: %s", ErrNotLinked, problems[0])
	}
	return linkage{credential, token.Value(), token.Verify}, nil
}

// judge holds a credential to DIDC §4.2 and its proof to a key that the DID lists for
// assertions.
func (l *Looker) judge(ctx context.Context, of linkage, id, origin string) (key string, err error) {
	now := l.Now()
	refuse := func(why string) error { return fmt.Errorf("%w: the credential of %s %s", ErrNotLinked, origin, why) }
	c := of.credential
	switch {
	case !slices.Contains(c.Types, "DomainLinkageCredential"):
		return "", refuse("is of another type")
	case c.ID != "":
		return "", refuse("has an id")
	case len(c.Subjects) != 1 || c.Subjects[0].Member("id").Text() != id:
		return "", refuse("is about another identifier")
	case !sameOrigin(c.Subjects[0].Member("origin").Text(), origin):
		return "", refuse("is for another origin")
	case c.ValidFrom != nil && now.Before(*c.ValidFrom):
		return "", refuse("is not valid yet")
	case c.ValidUntil == nil:
		return "", refuse("does not expire")
	case now.After(*c.ValidUntil):
		return "", refuse("has expired")
	}
	resolve := func(ctx context.Context, method, purpose string) (proof.Method, error) {
		m, controller, err := l.Resolver.Method(ctx, method, did.Relationship(purpose))
		if err == nil {
			err = m.UsableAt(now)
		}
		return proof.Method{Key: m.Key, Controller: controller, Algorithm: m.Algorithm}, err
	}
	verified, _, err := of.verify(ctx, resolve, proof.Terms{At: now})
	if err != nil {
		return "", fmt.Errorf("%w: the credential of %s: %w", ErrNotLinked, origin, err)
	}
	for _, o := range verified.Outcomes() {
		if o.Err == nil && o.Controller == id && o.Key != nil {
			return keys.Thumbprint(o.Key)
		}
	}
	return "", refuse("is not signed by the identifier")
}
