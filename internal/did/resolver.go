package did

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"laurel/internal/memo"
	"laurel/internal/strictjson"
	"laurel/keys"
)

// A Getter fetches one document and tells at which address it found it after redirects. Errors mean that there was no
// answer to read. The method Get of a session of package fetch is one.
type Getter func(ctx context.Context, url, accept string, maxBytes int64) (body []byte, finalURL string, err error)

// What we ask servers for. Many serve any of them as application/json.
const (
	acceptDocument = "application/did+json, application/did+ld+json, application/cid+json, application/json;q=0.9, */*;q=0.1"
	acceptKey      = "application/jwk+json, application/jwk-set+json, application/did+json, application/json;q=0.9, */*;q=0.1"
)

// A Resolver finds documents and keys. What one verification fetches twice is for the Getter to remember. It is safe
// for concurrent use when its Getter is.
type Resolver struct {
	get   Getter
	local bool
	known *Known
}

// Known remembers what documents said: they are asked for each time, and read again when what comes differs. It is
// for resolvers that allow the same addresses.
type Known struct{ documents *memo.Memo[string, known] }

// known is a document that was read without a fault, and from what.
type known struct {
	address  string // empty: it was not fetched
	body     []byte
	document *Document
}

const (
	maxKnown    = 8 << 20 // bytes of all documents that are remembered, roughly
	knownWeight = 1024    // what a document takes beside its text
)

// NewKnown returns an empty Known.
func NewKnown() *Known { return &Known{memo.New[string, known](maxKnown)} }

func (k *Known) get(id string) known {
	if k == nil {
		return known{}
	}
	found, _ := k.documents.Get(id)
	return found
}

func (k *Known) put(id string, read known) {
	if k != nil {
		k.documents.Put(id, read, int64(knownWeight+len(id)+4*len(read.body)))
	}
}

// NewResolver makes a Resolver. With allowLocal, which is for development, did:web:localhost and http URLs of
// localhost are resolved as well. With known, what documents said is remembered; nil: nothing is.
func NewResolver(get Getter, allowLocal bool, known *Known) *Resolver {
	return &Resolver{get, allowLocal, known}
}

// Resolve finds the document of a did:key, a did:jwk, a did:web or an https URL. The first two need no network. A document that a
// redirect brings from another origin is refused with ErrOrigin. See ParseDocument for the other errors;
// ErrUnavailable and ErrUnsupportedMethod leave the question open.
func (r *Resolver) Resolve(ctx context.Context, id string) (*Document, error) {
	if before := r.known.get(id); before.document != nil {
		return r.again(ctx, id, before)
	}
	if !strings.HasPrefix(id, "did:") {
		if _, err := r.webAddress(id); err != nil || strings.Contains(id, "#") {
			return nil, fmt.Errorf("%w: %q is no DID and no https URL", ErrInvalidURL, clip(id))
		}
		return r.document(ctx, id, id)
	}
	u, err := ParseURL(id)
	if err != nil {
		return nil, err
	}
	if u.Fragment != "" {
		return nil, fmt.Errorf("%w: %q names a key, not a document", ErrInvalidURL, clip(id))
	}
	switch u.method() {
	case "key":
		return r.remember(id, known{}, keyDocument)
	case "jwk":
		return r.remember(id, known{}, jwkDocument)
	case "web":
		address, err := webURL(id, r.local)
		if err != nil {
			return nil, err
		}
		return r.document(ctx, address, id)
	}
	return nil, fmt.Errorf("%w: did:%s", ErrUnsupportedMethod, clip(u.method()))
}

// Method retrieves a verification method (CID §3.3): it finds the document of the part before "#", and in it the key
// that is listed for the purpose. It also gives the controller, which is the document's id; whether that is the
// issuer is the caller's question, as is Method.UsableAt.
//
// A did:key without a fragment stands for its only method, against the letter of CID §3.3: credentials of the official
// Open Badges test data that count as valid are signed so, and there is nothing to confuse it with.
func (r *Resolver) Method(ctx context.Context, methodURL string, purpose Relationship) (m Method, controller string, err error) {
	id, fragment, marked := strings.Cut(methodURL, "#")
	if strings.HasPrefix(id, "did:key:") && !marked {
		if text, err := keyText(id); err == nil {
			methodURL, fragment = id+"#"+text, text
		}
	}
	if !consistsOf(fragment, isFragmentChar) || len(methodURL) > maxURL {
		return Method{}, "", fmt.Errorf("%w: %q", ErrInvalidURL, clip(methodURL))
	}
	d, err := r.Resolve(ctx, id)
	if err != nil {
		return Method{}, "", err
	}
	m, err = d.Method(methodURL, purpose)
	if err != nil {
		return Method{}, "", err
	}
	return m, d.ID, nil
}

// KeyID finds the key that the kid of a token names (OB 3.0 §8.2.2, VC-JOSE-COSE §3.3.2). A DID URL is retrieved like
// any method. An https URL may lead to a JWK, to a JWK set, from which the full kid, else its fragment, else its last
// path segment chooses, or to a controlled identifier document.
//
// JWKs name no controller. They speak for the issuer only because both stand on one https origin, so for them issuer
// must be an https URL of the same origin (ErrOrigin), and becomes the controller in the answer.
func (r *Resolver) KeyID(ctx context.Context, kid, issuer string, purpose Relationship) (m Method, controller string, err error) {
	if strings.HasPrefix(kid, "did:") {
		return r.Method(ctx, kid, purpose)
	}
	address, err := r.webAddress(kid)
	if err != nil {
		return Method{}, "", err
	}
	owner, err := r.webAddress(issuer)
	if err != nil || origin(owner) != origin(address) {
		return Method{}, "", fmt.Errorf("%w: %q is no key of issuer %q", ErrOrigin, clip(kid), clip(issuer))
	}
	id, _, _ := strings.Cut(kid, "#")
	object, body, err := r.object(ctx, id, acceptKey)
	if err != nil {
		return Method{}, "", err
	}
	if _, isDocument := object["id"]; isDocument {
		d, err := parseDocument(object, id)
		if err != nil {
			return Method{}, "", err
		}
		if m, err = d.Method(kid, purpose); err != nil {
			return Method{}, "", err
		}
		return m, d.ID, nil
	}
	named, err := chooseKey(object, body, address)
	if err != nil {
		return Method{}, "", err
	}
	return Method{ID: kid, Type: "JsonWebKey", Controller: issuer, Key: named.Key, Algorithm: named.Algorithm}, issuer, nil
}

// chooseKey reads a JWK or JWK set. A choice between two keys of one name is refused.
func chooseKey(object map[string]any, body []byte, kid *url.URL) (keys.NamedKey, error) {
	if _, isSet := object["keys"]; !isSet {
		named, err := keys.ParseNamedJWK(body)
		return named, keyError(err)
	}
	set, err := keys.ParseJWKSet(body)
	if err != nil {
		return keys.NamedKey{}, keyError(err)
	}
	last := kid.EscapedPath()[strings.LastIndex(kid.EscapedPath(), "/")+1:]
	for _, name := range []string{kid.String(), kid.EscapedFragment(), last} {
		if found, err := named(set, name); !errors.Is(err, ErrMethodNotFound) {
			return found, err
		}
	}
	return keys.NamedKey{}, fmt.Errorf("%w: no key %q in the JWK set", ErrMethodNotFound, clip(kid.String()))
}

// named is the one key of a set that has a name.
func named(set []keys.NamedKey, name string) (found keys.NamedKey, err error) {
	err = fmt.Errorf("%w: no key %q in the JWK set", ErrMethodNotFound, clip(name))
	for _, k := range set {
		switch {
		case name == "" || k.ID != name:
		case err == nil:
			return keys.NamedKey{}, fmt.Errorf("%w: the JWK set has several keys %q", ErrInvalidDocument, clip(name))
		default:
			found, err = k, nil
		}
	}
	return found, err
}

// document fetches and reads the document of an id, which its address stands for.
func (r *Resolver) document(ctx context.Context, address, id string) (*Document, error) {
	body, err := r.fetch(ctx, address, acceptDocument)
	if err != nil {
		return nil, err
	}
	return r.remember(id, known{address: address, body: bytes.Clone(body)}, func(id string) (*Document, error) { return ParseDocument(body, id) })
}

// remember reads a document, and keeps it if there is no fault in it.
func (r *Resolver) remember(id string, from known, read func(id string) (*Document, error)) (*Document, error) {
	d, err := read(id)
	if err == nil {
		from.document = d
		r.known.put(id, from)
	}
	return d, err
}

// again asks for a document that was read before; where it was and how it was asked for need no second look.
func (r *Resolver) again(ctx context.Context, id string, before known) (*Document, error) {
	if before.address == "" {
		return before.document, nil
	}
	body, finalURL, err := r.get(ctx, before.address, acceptDocument, MaxDocument)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	case finalURL != before.address: // another one than before, perhaps elsewhere
		return r.document(ctx, before.address, id)
	case bytes.Equal(body, before.body):
		return before.document, nil
	}
	before.body = bytes.Clone(body)
	return r.remember(id, before, func(id string) (*Document, error) { return ParseDocument(body, id) })
}

// object fetches and reads a JSON object; it returns its text too.
func (r *Resolver) object(ctx context.Context, address, accept string) (object map[string]any, body []byte, err error) {
	body, err = r.fetch(ctx, address, accept)
	if err != nil {
		return nil, nil, err
	}
	if object, err = strictjson.ParseObject(body, limits); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrInvalidDocument, err)
	}
	return object, body, nil
}

// fetch refuses what a redirect brings from another origin: there, others may speak.
func (r *Resolver) fetch(ctx context.Context, address, accept string) ([]byte, error) {
	asked, err := r.webAddress(address)
	if err != nil {
		return nil, err
	}
	body, finalURL, err := r.get(ctx, address, accept, MaxDocument)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	final, err := r.webAddress(finalURL)
	if err != nil || origin(final) != origin(asked) {
		return nil, fmt.Errorf("%w: %s redirects elsewhere", ErrOrigin, asked.Host)
	}
	return body, nil
}

// webAddress reads an https URL without user information or dot segments; with local permission, also http of
// localhost.
func (r *Resolver) webAddress(s string) (*url.URL, error) {
	bad := fmt.Errorf("%w: %q", ErrInvalidURL, clip(s))
	if len(s) > maxURL || !consistsOf(s, isURLChar) {
		return nil, bad
	}
	u, err := url.Parse(s)
	if err != nil || u.Opaque != "" || u.User != nil || u.Host == "" || u.String() != s {
		return nil, bad
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !r.local || !isLoopback(u.Hostname())) {
		return nil, bad
	}
	for segment := range strings.SplitSeq(strings.ToLower(u.EscapedPath()), "/") {
		if s := strings.ReplaceAll(segment, "%2e", "."); s == "." || s == ".." {
			return nil, bad
		}
	}
	return u, nil
}

func isURLChar(c byte) bool { return isFragmentChar(c) || c == '#' || c == '[' || c == ']' }

func isLoopback(host string) bool { return host == "localhost" || host == "127.0.0.1" || host == "::1" }

// origin is scheme, host and effective port (RFC 6454 §4).
func origin(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[u.Scheme]
	}
	return u.Scheme + "://" + strings.ToLower(u.Hostname()) + ":" + port
}
