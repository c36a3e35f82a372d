package verifier

import (
	"bytes"
	"context"
	"slices"
	"time"

	"laurel/internal/vc"
)

const refreshType = "1EdTechCredentialRefresh"

// refresh looks whether the issuer gives a newer version (OB §8.1 step 3): once, and only
// one by the same issuer with the same id counts. The verdict stays that of the badge at
// hand; that there is a newer one is said.
func (w *walk) refresh(ctx context.Context, c *vc.Credential) {
	w.set("refresh-none")
	for _, service := range c.Refresh {
		switch {
		case !slices.Contains(service.Types, refreshType) || service.ID == "":
			w.set("refresh-unsupported")
		case w.role != asWhole:
			w.set("refresh-available")
		default:
			w.refreshFrom(ctx, c, service.ID)
			return
		}
	}
}

func (w *walk) refreshFrom(ctx context.Context, c *vc.Credential, address string) {
	response, err := w.fetch(ctx, address, acceptCredential, int64(w.limits.Document))
	if err != nil {
		w.set("refresh-unavailable", reason(err))
		return
	}
	inner := w.part(asRefresh)
	if inner == nil {
		w.set("refresh-available")
		return
	}
	inner.text(ctx, bytes.TrimSpace(response.body))
	switch newer := inner.read; {
	case inner.verified == nil:
		w.set("refresh-invalid", inner.worst())
	case newer.Issuer != c.Issuer || newer.ID != c.ID:
		w.set("refresh-invalid", "it is another credential")
	case newer.ValidFrom != nil && newer.ValidFrom.After(timeOf(c.ValidFrom)):
		w.set("refresh-newer", vc.FormatTime(*newer.ValidFrom))
	default:
		w.set("refresh-current")
	}
}

func timeOf(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}
