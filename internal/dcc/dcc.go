// Package dcc answers: is this issuer on a list that the Digital Credentials Consortium
// knows of, and how much is that worth?
//
// The consortium publishes a list of registries, which endorses nobody and nobody signs
// ("DCC"): it says where to ask. A row of the type oidf leads to an anchor, which is asked
// by package federation if the caller has pinned the anchor's keys, and not at all if not. A
// row of the type dcc-legacy leads to a file of DIDs that nobody signs either: who stands in
// it is listed there, and no more.
//
// A registry that could not be asked is unchecked, which is not a "no".
package dcc

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"laurel/internal/did"
	"laurel/internal/federation"
	"laurel/internal/strictjson"
	"laurel/registry"
)

// Known is where the consortium publishes its list of registries.
const Known = "https://digitalcredentials.github.io/dcc-known-registries/known-did-registries.json"

// Errors that callers decide on, besides those of package federation.
var (
	ErrForm        = errors.New("not a proper list of the consortium")
	ErrUnavailable = errors.New("the list could not be read")
	ErrUnpinned    = errors.New("no key of the registry's anchor is pinned")
)

// The budgets of the lists.
const (
	maxList   = 256 << 10
	maxRows   = 64
	maxLegacy = 4 << 20
	maxText   = 2048
)

// Kind is the kind of a registry.
type Kind string

// The kinds. A row of another kind is a registry that cannot be asked.
const (
	OIDF   Kind = "oidf"
	Legacy Kind = "dcc-legacy"
)

// Row is one registry of the list.
type Row struct {
	Kind   Kind
	Name   string
	Anchor string // the entity identifier of an anchor, of OIDF
	URL    string // where the file is, of Legacy
}

// ReadList reads the list of registries. What an older row says about the address at which
// an anchor is asked is not kept: the anchor's own statement says it, signed.
func ReadList(raw []byte) ([]Row, error) {
	v, err := strictjson.Read(raw, strictjson.Limits{Bytes: maxList, Depth: 4, Values: 16 * maxRows})
	if err != nil {
		return nil, formError(err)
	}
	if !v.Is(strictjson.Array) || v.Len() > maxRows {
		return nil, fmt.Errorf("%w: it is not a list of at most %d registries", ErrForm, maxRows)
	}
	var rows []Row
	for item := range v.Items() {
		row := Row{Kind: Kind(item.Member("type").Text()), Name: item.Member("name").Text()}
		if row.Kind == "" || row.Name == "" || len(row.Name) > maxText {
			return nil, fmt.Errorf("%w: a registry has no type or name", ErrForm)
		}
		switch row.Kind {
		case OIDF:
			row.Anchor, err = anchorOf(item)
		case Legacy:
			row.URL, err = address(item.Member("url").Text())
		}
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

const wellKnown = "/.well-known/openid-federation"

func anchorOf(item strictjson.Value) (string, error) {
	if own := item.Member("trustAnchorEC"); own.Present() {
		text, err := address(own.Text())
		return strings.TrimSuffix(strings.TrimSuffix(text, wellKnown), "/"), err
	}
	text, err := address(item.Member("fetchEndpoint").Text())
	if err != nil {
		return "", err
	}
	u, err := url.Parse(text)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrForm, err)
	}
	return "https://" + u.Host, nil
}

func address(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || len(text) > maxText || u.Scheme != "https" || u.Host == "" || u.User != nil || u.Fragment != "" {
		return "", fmt.Errorf("%w: %.80q is not an https address", ErrForm, text)
	}
	return text, nil
}

// formError: what is too large was not read, and is not shown to be wrong.
func formError(err error) error {
	if errors.Is(err, strictjson.ErrTooLarge) {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return fmt.Errorf("%w: %w", ErrForm, err)
}

// Reader asks registries. Get and Now are needed.
type Reader struct {
	Get     did.Getter
	Now     func() time.Time
	Anchors map[string][]crypto.PublicKey // keys of anchors that came another way, by entity identifier
}

// Rows fetches a list of registries.
func (r *Reader) Rows(ctx context.Context, address string) ([]Row, error) {
	body, _, err := r.Get(ctx, address, "application/json", maxList)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return ReadList(body)
}

// Source asks one registry about an issuer: without a snapshot where it could not be asked.
// The error says why.
func (r *Reader) Source(ctx context.Context, row Row, issuer string) (registry.Source, error) {
	unchecked := registry.Source{Name: row.Name}
	switch row.Kind {
	case OIDF:
		own := r.Anchors[row.Anchor]
		if len(own) == 0 {
			return unchecked, fmt.Errorf("%w: %s", ErrUnpinned, row.Anchor)
		}
		d := federation.Direct{Name: row.Name, ID: row.Anchor, Keys: own, Get: r.Get, Now: r.Now}
		return d.Source(ctx, issuer)
	case Legacy:
		body, _, err := r.Get(ctx, row.URL, "application/json", maxLegacy)
		if err != nil {
			return unchecked, fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
		file, err := ReadLegacy(body)
		if err != nil {
			return unchecked, err
		}
		s, err := file.Snapshot(row.Name, row.URL, r.Now())
		if err != nil {
			return unchecked, err
		}
		return registry.Source{Name: row.Name, Snapshot: s}, nil
	}
	return unchecked, fmt.Errorf("%w: registries of the type %.40q cannot be asked", ErrUnavailable, row.Kind)
}

// Sources asks every registry of a list.
func (r *Reader) Sources(ctx context.Context, rows []Row, issuer string) (all registry.Sources, errs []error) {
	for _, row := range rows {
		s, err := r.Source(ctx, row, issuer)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", row.Name, err))
		}
		all = append(all, s)
	}
	return all, errs
}
