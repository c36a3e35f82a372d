package verifier

import (
	"context"
	"errors"

	"laurel/internal/status"
	"laurel/internal/vc"
)

const (
	maxEntries   = 8       // status entries of one credential
	maxListBytes = 4 << 20 // of a status list credential
)

// status reads every status entry (BSL §3.2, OB §8.1 step 4). One that cannot be
// understood or fetched is not "not revoked".
func (w *walk) status(ctx context.Context, c *vc.Credential) {
	switch {
	case w.list && len(c.Status) > 0:
		w.set("status-unsupported") // a list whose own status would have to be looked up
		return
	case len(c.Status) == 0:
		w.set("status-none")
		return
	case len(c.Status) > maxEntries:
		w.set("status-unsupported")
		return
	}
	for _, reference := range c.Status {
		w.entry(ctx, c, reference)
	}
}

func (w *walk) entry(ctx context.Context, c *vc.Credential, reference vc.Reference) {
	entry, err := status.Read(reference, c.ID)
	switch {
	case errors.Is(err, status.ErrUnsupported), err == nil && entry.Kind != status.BitstringList:
		w.set("status-unsupported")
		return
	case err != nil:
		w.set("status-malformed", err)
		return
	}
	body, _, err := w.fetch(ctx, entry.List, acceptCredential, maxListBytes)
	if err != nil {
		w.set("status-unavailable", reason(err))
		return
	}
	list, problem := w.readList(ctx, c, entry, body)
	if problem != nil {
		w.set(problem.code, problem.detail)
		return
	}
	state, err := list.State(entry)
	switch {
	case err != nil:
		w.set("status-list-invalid", err)
	case state.Meaning == status.Revoked:
		w.set("status-revoked")
	case state.Meaning == status.Suspended:
		w.set("status-suspended")
	case state.Meaning == status.Unknown:
		w.set("status-unsupported")
	default:
		w.set("status-ok")
	}
}

// problem is why a list cannot be relied on.
type problem struct{ code, detail string }

// readList verifies a status list as the credential that it is, by the same walk, one
// level deep: signed by the issuer of the badge, standing at the address asked for, within
// its period.
func (w *walk) readList(ctx context.Context, c *vc.Credential, entry status.Entry, body []byte) (status.List, *problem) {
	inner := &walk{v: w.v, at: w.at, session: w.session, resolver: w.resolver, list: true}
	inner.input(ctx, body)
	switch inner.verdict() {
	case Invalid:
		return status.List{}, &problem{"status-list-invalid", inner.worst()}
	case Indeterminate:
		return status.List{}, &problem{"status-list-undecided", inner.worst()}
	}
	credential := inner.read
	switch {
	case credential.Issuer != c.Issuer:
		return status.List{}, &problem{"status-list-invalid", "it was made by somebody other than the issuer"}
	case credential.ID != "" && credential.ID != entry.List:
		return status.List{}, &problem{"status-list-invalid", "it is another list than the badge names"}
	}
	list, err := status.ReadList(credential)
	if err != nil {
		return list, &problem{"status-list-invalid", err.Error()}
	}
	return list, nil
}

// worst returns the message of the gravest check.
func (w *walk) worst() string {
	var message string
	gravest := -1
	for _, c := range w.checks {
		if g := gravity(codes[c.Code]); g > gravest {
			gravest, message = g, c.Message
		}
	}
	return message
}
