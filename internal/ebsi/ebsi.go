// Package ebsi answers: is this issuer accredited for such credentials, by a chain of
// accreditations in EBSI's Trusted Issuers Registry up to a root that the caller trusts?
//
// It reads version 5 of the registry ("EBSI-TIR") and, for keys, of EBSI's DID registry
// ("EBSI-DID"). Each link of the chain is a signed credential, and is checked as one: what
// the registry's own fields say besides, such as tao and rootTao, is no evidence, and that
// an accreditation stands in the registry does not say that it has not run out.
//
// Accreditations of the newer trust model (permissionFor) are not decided. Whether a
// credential is genuine, and what follows for trust, is left to others.
package ebsi

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"laurel/internal/did"
	"laurel/internal/fetch"
	"laurel/internal/jws"
	"laurel/internal/strictjson"
	"laurel/keys"
)

// Errors that callers decide on. Each error of this package is one of the three.
var (
	// ErrRefused: the chain is wrong, and counts for nothing.
	ErrRefused = errors.New("the accreditation is refused")
	// ErrUnlisted: the registry has no such accreditation.
	ErrUnlisted = errors.New("the issuer is not accredited there")
	// ErrUndecided: something could not be had or read, which shows nothing.
	ErrUndecided = errors.New("the accreditation could not be checked")
)

// The services of the pilot network, and the issuer of the accreditations of its roots.
const (
	PilotIssuers = "https://api-pilot.ebsi.eu/trusted-issuers-registry/v5"
	PilotDIDs    = "https://api-pilot.ebsi.eu/did-registry/v5"
	PilotSupport = "did:ebsi:zZeKyEJfUTGwajhNyNX928z"
)

// The budgets of what comes from outside.
const (
	maxDepth     = 5
	maxAttribute = 256 << 10
	maxGrants    = 64
	maxTypes     = 32
	maxPages     = 20
	maxWays      = 8 // accreditations of one issuer that are looked at
	maxText      = 2048
	deadline     = 20 * time.Second
)

var limits = strictjson.Limits{Bytes: maxAttribute, Depth: 12, Values: 4096}

// Reader asks the registries. Each field is needed.
type Reader struct {
	Get     did.Getter
	Now     func() time.Time
	Issuers string   // the base address of the Trusted Issuers Registry
	DIDs    string   // that of the DID registry
	Roots   []string // the DIDs at which chains may end
	Support []string // the DIDs that may accredit those
}

func refused(format string, values ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrRefused}, values...)...)
}

func undecided(format string, values ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrUndecided}, values...)...)
}

// judged sorts errors of reading: what is too large was not read.
func judged(what string, err error) error {
	if errors.Is(err, strictjson.ErrTooLarge) {
		return undecided("%s: %w", what, err)
	}
	return refused("%s: %w", what, err)
}

// didEBSI is the form of the DIDs of legal entities (EBSI-DID).
var didEBSI = regexp.MustCompile(`^did:ebsi:z[1-9A-HJ-NP-Za-km-z]{20,30}$`)

var attributeID = regexp.MustCompile(`^[0-9A-Za-z_-]{1,128}$`)

// place reads the address of an attribute, which must lie in the registry that is asked.
func (r *Reader) place(address string) (holder, id string, err error) {
	rest, under := strings.CutPrefix(address, r.Issuers+"/issuers/")
	holder, id, two := strings.Cut(rest, "/attributes/")
	if !under || !two || !didEBSI.MatchString(holder) || !attributeID.MatchString(id) {
		return "", "", refused("%.120q is no accreditation in this registry", address)
	}
	return holder, id, nil
}

func (r *Reader) fetch(ctx context.Context, address string) (strictjson.Value, error) {
	body, final, err := r.Get(ctx, address, "application/json", maxAttribute)
	var status fetch.StatusError
	switch {
	case errors.As(err, &status) && status.Code == 404:
		return strictjson.Value{}, fmt.Errorf("%w: there is nothing at %s", ErrUnlisted, address)
	case err != nil:
		return strictjson.Value{}, undecided("%s: %w", address, err)
	case final != address:
		return strictjson.Value{}, undecided("%s leads elsewhere", address)
	}
	v, err := strictjson.ReadObject(body, limits)
	if err != nil {
		return v, judged(address, err)
	}
	return v, nil
}

// document fetches the document of a did:ebsi (EBSI-DID). A key that is not in it any more
// may have been: that it is not found shows nothing.
func (r *Reader) document(ctx context.Context, id string) (*did.Document, error) {
	v, err := r.fetch(ctx, r.DIDs+"/identifiers/"+id)
	if err != nil {
		return nil, undecided("the keys of %s: %v", id, err)
	}
	raw, err := v.MarshalJSON()
	if err != nil {
		return nil, undecided("the keys of %s: %w", id, err)
	}
	d, err := did.ParseDocument(raw, id)
	if err != nil {
		return nil, undecided("the keys of %s: %w", id, err)
	}
	return d, nil
}

// signed checks that a key of the issuer, which its document lists for assertions, signed.
func (r *Reader) signed(ctx context.Context, token *jws.Token, issuer string) error {
	if id, _, _ := strings.Cut(token.KeyID, "#"); id != issuer {
		return refused("a key of %.80q, not of %s, is said to have signed", id, issuer)
	}
	d, err := r.document(ctx, issuer)
	if err != nil {
		return err
	}
	m, err := d.Method(token.KeyID, did.AssertionMethod)
	if err != nil {
		return undecided("the key %.120q: %w", token.KeyID, err)
	}
	_, err = token.Verify("JWT", m.Key, jws.ES256, jws.EdDSA)
	if errors.Is(err, keys.ErrUnsupported) {
		return undecided("the key %.120q: %w", token.KeyID, err)
	}
	if err != nil {
		return refused("%w", err)
	}
	return nil
}

// thumbprints are those of the keys that an issuer's document lists for assertions.
func thumbprints(d *did.Document) (all []string) {
	for _, m := range d.Methods {
		listed, err := d.Method(m.ID, did.AssertionMethod)
		if err != nil {
			continue
		}
		if jkt, err := keys.Thumbprint(listed.Key); err == nil && !slices.Contains(all, jkt) {
			all = append(all, jkt)
		}
	}
	return all
}

// Accreditations lists the addresses of an issuer's attributes, page by page: where a
// credential does not say by which it was issued, it is one of them.
func (r *Reader) Accreditations(ctx context.Context, issuer string) (all []string, err error) {
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	if !didEBSI.MatchString(issuer) {
		return nil, refused("%.80q is no DID of the registry", issuer)
	}
	first := r.Issuers + "/issuers/" + issuer + "/attributes"
	next := first + "?" + url.Values{"page[size]": {"50"}}.Encode()
	var seen []string
	for {
		if slices.Contains(seen, next) || len(seen) == maxPages {
			return nil, undecided("the pages of %s have no end", first)
		}
		page, err := r.fetch(ctx, next)
		if err != nil {
			return nil, err
		}
		for item := range page.Member("items").Items() {
			address := first + "/" + item.Member("id").Text()
			if _, _, err := r.place(address); err != nil {
				return nil, err
			}
			if slices.Contains(all, address) {
				return nil, undecided("the pages of %s moved while they were read", first)
			}
			all = append(all, address)
		}
		total := page.Member("total").Number().String()
		if total == fmt.Sprint(len(all)) {
			return all, nil
		}
		following := page.Member("links").Member("next").Text()
		if page.Member("items").Len() == 0 || !strings.HasPrefix(following, first+"?") || len(following) > maxText {
			return nil, undecided("the pages of %s have %d of %.20s", first, len(all), total)
		}
		seen, next = append(seen, next), following
	}
}
