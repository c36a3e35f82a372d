package verifier

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"strings"

	"laurel/internal/fetch"
	"laurel/internal/ob2"
	"laurel/internal/proof"
	"laurel/internal/strictjson"
	"laurel/internal/vc"
	"laurel/keys"
)

const (
	acceptOpenBadges2 = "application/ld+json, application/json;q=0.9"
	statusGone        = 410 // RFC 9110 §15.5.11: how a site says that a hosted badge is no more
)

// ob2Get fetches for package ob2. A bundle's word is not enough: nothing that is fetched
// there is signed.
//
// Nor is that of another site: a redirect is not the badge's place, and on many sites anybody
// can have one made.
func (w *walk) ob2Get(ctx context.Context, address string) ([]byte, error) {
	body, finalURL, err := w.get(ctx, address, acceptOpenBadges2, int64(w.limits.Document))
	if err == nil && !sameOrigin(address, finalURL) {
		return nil, errElsewhere
	}
	return body, err
}

var errElsewhere = errors.New("another site answers for it")

// sameOrigin compares scheme, host and port, which is the scheme's own where none is written
// (RFC 6454 §4, §5).
func sameOrigin(a, b string) bool {
	first, errA := url.Parse(a)
	second, errB := url.Parse(b)
	return errA == nil && errB == nil && first.Scheme == second.Scheme &&
		strings.EqualFold(first.Hostname(), second.Hostname()) && portOf(first) == portOf(second)
}

func portOf(u *url.URL) string {
	return cmp.Or(u.Port(), map[string]string{"https": "443", "http": "80"}[u.Scheme])
}

// openBadges2 walks a hosted badge of Open Badges 2.0: the copy at its own address counts,
// not the one at hand.
func (w *walk) openBadges2(ctx context.Context, assertion strictjson.Value) {
	w.set("syntax-ok")
	b, err := ob2.Hosted(ctx, w.ob2Get, assertion)
	if !w.ob2Read(err) {
		return
	}
	w.set("proof-hosted")
	w.set("issuer-hosted")
	w.set("status-hosted")
	w.openBadge2(ctx, b, Proof{Type: "HostedBadge", Status: pass})
}

// openBadges2Token walks a signed one.
func (w *walk) openBadges2Token(ctx context.Context, token *proof.Token) {
	w.set("syntax-ok")
	b, pem, err := ob2.SignedBy(ctx, w.ob2Get, token.Value())
	if !w.ob2Read(err) {
		return
	}
	key, err := keys.ParsePEM(pem)
	if err == nil {
		err = token.SignedBy(key)
	}
	if err != nil {
		w.set("proof-invalid", err)
		return
	}
	w.set("proof-ok")
	w.set("issuer-ok")
	switch revoked, why, err := b.Revoked(ctx, w.ob2Get); {
	case errors.Is(err, ob2.ErrUnavailable):
		w.set("status-unavailable", reason(err))
	case err != nil:
		w.set("status-list-invalid", err)
	case revoked && why != "":
		w.set("status-revoked-because", why)
	case revoked:
		w.set("status-revoked")
	case !b.Issuer.Member("revocationList").Present():
		w.set("status-none")
	default:
		w.set("status-unsigned-list")
	}
	w.openBadge2(ctx, b, Proof{Type: "SignedBadge", Suite: token.Algorithm(), Method: b.Creator, Status: pass})
}

// ob2Read records what came of reading a badge and what it leads to.
func (w *walk) ob2Read(err error) bool {
	var status fetch.StatusError
	switch {
	case err == nil:
		w.set("context-open-badges-2")
		w.set("schema-open-badges-2")
		return true
	case errors.Is(err, ob2.ErrRevoked), errors.As(err, &status) && status.Code == statusGone:
		w.set("status-revoked")
	case errors.Is(err, ob2.ErrUnavailable) && w.bundle != nil && w.bundle.withheld:
		w.set("proof-bundle-word", w.bundle.witness)
	case errors.Is(err, ob2.ErrUnavailable):
		w.set("proof-undecided", "a document that the badge leads to could not be fetched: "+reason(err))
	case errors.Is(err, ob2.ErrUnattributed):
		w.set("issuer-unattributed")
	case errors.Is(err, ob2.ErrOrigin):
		w.set("issuer-not-hosted")
	case errors.Is(err, ob2.ErrKey):
		w.set("issuer-mismatch")
	default:
		w.set("schema-open-badges-2-malformed", detail(err, ob2.ErrMalformed))
	}
	return false
}

// openBadge2 walks on as with every badge, now that what it says is known.
func (w *walk) openBadge2(ctx context.Context, b *ob2.Badge, p Proof) {
	switch {
	case w.at().Before(b.Issued): // which OB2 gives no meaning for the badge's validity
		w.set("validity-issued-later", vc.FormatTime(b.Issued))
	case b.Expires != nil && w.at().After(*b.Expires):
		w.set("validity-expired", vc.FormatTime(*b.Expires))
	default:
		w.set("validity-ok")
	}
	w.set("refresh-none")
	w.recipientOf(b.Recipient)
	w.credential = &Credential{
		ID: b.ID, Name: text(b.Class, "name"), Format: "ob2", ValidFrom: vc.FormatTime(b.Issued),
		Issuer:      Issuer{ID: b.IssuerID, Name: text(b.Issuer, "name"), URL: text(b.Issuer, "url")},
		Achievement: describeBadgeClass(b.Class), Proofs: []Proof{p},
	}
	if b.Expires != nil {
		w.credential.ValidUntil = vc.FormatTime(*b.Expires)
	}
	w.credential.Recipient.Identity = describeIdentity(b.Recipient)
	w.trustedElsewhere(ctx, b.IssuerID, b.Issued)
}

func describeBadgeClass(class strictjson.Value) *Achievement {
	a := &Achievement{ID: text(class, "id"), Name: text(class, "name"), Description: text(class, "description")}
	a.Image, a.CriteriaURL = text(class, "image"), text(class, "criteria")
	if image := class.Member("image"); image.Is(strictjson.Object) {
		a.Image = text(image, "id")
	}
	if criteria := class.Member("criteria"); criteria.Is(strictjson.Object) {
		a.Criteria, a.CriteriaURL = text(criteria, "narrative"), text(criteria, "id")
	}
	return a
}
