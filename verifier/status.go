package verifier

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"time"

	"laurel/internal/proof"
	"laurel/internal/status"
	"laurel/internal/strictjson"
	"laurel/internal/vc"
	"laurel/registry"
)

const (
	maxEntries   = 8       // status entries of one credential
	maxListBytes = 4 << 20 // of a status list

	acceptTokenList = "application/statuslist+jwt"
)

// status reads every status entry (BSL §3.2, OB §8.1 step 4). One that cannot be
// understood or fetched is not "not revoked".
func (w *walk) status(ctx context.Context, c *vc.Credential) {
	switch {
	case w.role == asList && len(c.Status) > 0:
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
		entry, err := status.Read(reference, c.ID)
		w.entry(ctx, c.Issuer, entry, err)
	}
}

// entry looks one entry up.
func (w *walk) entry(ctx context.Context, issuer string, entry status.Entry, err error) {
	switch {
	case errors.Is(err, status.ErrUnsupported):
		w.set("status-unsupported")
		return
	case err != nil:
		w.set("status-malformed", err)
		return
	}
	list, bundled, problem := w.list(ctx, issuer, entry)
	if problem != nil {
		w.set(problem.code, problem.detail...)
		return
	}
	state, err := list.State(entry)
	switch {
	case errors.Is(err, status.ErrUnsupported):
		w.set("status-unsupported")
	case err != nil:
		w.set("status-list-invalid", err)
	default:
		w.stands(entry, state, bundled)
	}
}

// stands records what a list says. It speaks of the moment at which it was had: asked about
// another one it tells only what cannot have been otherwise then, such as that an award not
// revoked today was not revoked before.
func (w *walk) stands(entry status.Entry, state status.State, bundled bool) {
	had := w.v.config.Now()
	if bundled {
		had = w.bundle.collected
	}
	past, future := w.at().Before(had.Add(-time.Minute)), w.at().After(had.Add(time.Minute))
	switch ended := state.Meaning == status.Revoked || state.Meaning == status.Suspended; {
	case ended && past:
		w.set("status-ended-since")
	case state.Meaning == status.Revoked && state.Message != "":
		w.set("status-revoked-because", state.Message)
	case state.Meaning == status.Revoked:
		w.set("status-revoked")
	case state.Meaning == status.Suspended:
		w.set("status-suspended")
	case state.Meaning == status.Informs && state.Message != "":
		w.set("status-informs", state.Message)
	case state.Meaning == status.Informs:
		w.set("status-informs", "its entry for the purpose "+state.Purpose+" is set")
	case state.Meaning != status.Clear:
		w.set("status-unsupported")
	case bundled && !w.bundle.trusted: // the list may be from before: nobody vouches for its date
		w.set("status-bundle-word", w.bundle.witness)
	case bundled:
		w.set("status-as-of", vc.FormatTime(w.bundle.collected))
	case future:
		w.set("status-until-now")
	case past && entry.Purpose != status.Revocation:
		w.set("status-today")
	case entry.Kind == status.RevocationList:
		w.set("status-unsigned-list")
	default:
		w.set("status-ok")
	}
}

// problem is why a list cannot be relied on.
type problem struct {
	code   string
	detail []any
}

func trouble(code string, detail ...any) *problem { return &problem{code, detail} }

// list fetches the list of an entry and reads it as its kind demands.
func (w *walk) list(ctx context.Context, issuer string, entry status.Entry) (l status.List, bundled bool, p *problem) {
	if entry.Kind == status.RevocationList {
		l, p = w.revocationList(ctx, issuer, entry)
		return l, false, p
	}
	accept, read := acceptCredential, w.listCredential
	if entry.Kind == status.TokenList {
		accept, read = acceptTokenList, w.tokenList
	}
	for again := true; ; again = false {
		d, err := w.fetch(ctx, entry.List, accept, maxListBytes)
		if err != nil {
			return l, false, trouble("status-unavailable", reason(err))
		}
		if l, p = read(ctx, issuer, entry, d); p == nil && again && w.outlived(l, d) {
			w.session.Renew(entry.List, accept)
			continue
		}
		return l, d.bundled, p
	}
}

// outlived: a list may ask to be fetched again sooner than its site says (BSL §2.2, ttl).
func (w *walk) outlived(l status.List, d fetched) bool {
	return l.TTL > 0 && !d.at.IsZero() && w.v.config.Now().Sub(d.at) > l.TTL
}

// revocationList reads a list that nobody signed; it rests on the connection alone, so that
// a bundle's copy counts only on a trusted witness's word.
func (w *walk) revocationList(ctx context.Context, issuer string, entry status.Entry) (status.List, *problem) {
	body, _, err := w.get(ctx, entry.List, acceptCredential, maxListBytes)
	if err != nil {
		return status.List{}, trouble("status-unavailable", reason(err))
	}
	list, err := status.ReadRevocationList(body, entry.List, issuer)
	if errors.Is(err, status.ErrUnsupported) {
		return list, trouble("status-list-undecided", err)
	}
	if err != nil {
		return list, trouble("status-list-invalid", err)
	}
	return list, nil
}

// tokenList verifies a token status list with the issuer's keys (TSL §5.1, §8.3).
func (w *walk) tokenList(ctx context.Context, issuer string, entry status.Entry, d fetched) (status.List, *problem) {
	token, err := proof.OpenStatusListToken(string(d.body), w.limits.json())
	if err != nil {
		return status.List{}, trouble("status-list-invalid", err)
	}
	inner := w.walk(asList)
	inner.moment = w.listMoment(d)
	resolve := func(ctx context.Context, kid, purpose string) (proof.Method, error) {
		return inner.resolveIssuerKey(ctx, kid, issuer, purpose)
	}
	verified, _, err := token.Verify(ctx, resolve, proof.Terms{At: inner.at()})
	switch {
	case errors.Is(err, proof.ErrUndecided):
		return status.List{}, trouble("status-list-undecided", err)
	case errors.Is(err, proof.ErrExpired):
		return status.List{}, trouble("status-list-undecided", "it has expired")
	case err != nil:
		return status.List{}, trouble("status-list-invalid", err)
	case !controlledBy(verified, issuer):
		return status.List{}, trouble("status-list-invalid", "it was made by somebody other than the issuer")
	}
	list, err := status.ReadTokenList(verified.Value(), entry.List)
	if err != nil {
		return list, trouble("status-list-invalid", err)
	}
	return list, nil
}

// listCredential verifies a status list as the credential that it is, by the same walk, one
// level deep: signed by the issuer of the badge, or by one that the registry lists, standing
// at the address asked for, within its period.
func (w *walk) listCredential(ctx context.Context, issuer string, entry status.Entry, d fetched) (status.List, *problem) {
	inner := w.walk(asList)
	inner.moment, inner.remember = w.listMoment(d), true
	known, isKnown := w.v.lists.Get(entry.List)
	if isKnown = isKnown && bytes.Equal(known.text, d.body); isKnown {
		inner.set("input-part")
		o := inner.embeddedIn(known.whole, known.document.Again(&w.work))
		o.credential = known.credential
		inner.asserted(ctx, o)
	} else {
		inner.credentialText(ctx, d.body)
	}
	if p := inner.refusedList(issuer, entry); p != nil {
		return status.List{}, p
	}
	if isKnown {
		return known.list, nil
	}
	list, err := status.ReadList(inner.read)
	if err != nil {
		return list, trouble("status-list-invalid", err)
	}
	if inner.opened.embedded != nil {
		known := knownList{bytes.Clone(d.body), inner.opened.whole, inner.opened.embedded, inner.read, list}
		w.v.lists.Put(entry.List, known, known.weight())
	}
	return list, nil
}

// refusedList says why a list that was walked through is not the one to rely on.
func (w *walk) refusedList(issuer string, entry status.Entry) *problem {
	switch w.verdict() {
	case Invalid:
		if w.onlyFailed("validity-expired") {
			return trouble("status-list-undecided", "it has expired")
		}
		return trouble("status-list-invalid", w.worst())
	case Indeterminate:
		return trouble("status-list-undecided", w.worst())
	}
	switch credential := w.read; {
	case credential == nil:
		return trouble("status-list-invalid", "it is no list, but another kind of document")
	case credential.Issuer != issuer && !w.listed():
		return trouble("status-list-invalid", "it was made by somebody other than the issuer")
	case credential.ID != "" && credential.ID != entry.List:
		return trouble("status-list-invalid", "it is another list than the badge names")
	}
	return nil
}

// knownList is what a list's text says, which a verification need not read again. That it is
// the text which stands there now, that its issuer's key still counts and that it has not
// expired is looked at each time.
type knownList struct {
	text     []byte
	whole    strictjson.Value
	document *proof.Document

	credential *vc.Credential
	list       status.List
}

// maxKnownLists bounds the bytes of what is known of lists, roughly.
const maxKnownLists = 32 << 20

func (k knownList) weight() int64 { return int64(4096 + 4*len(k.text) + k.list.Size()) }

// listMoment is the moment for which a list is read: the one at which it was had.
func (w *walk) listMoment(d fetched) time.Time {
	if d.bundled {
		return w.bundle.collected
	}
	return w.v.config.Now()
}

// listed tells whether a registry knows who signed this list, which the credential's issuer did
// not, by a key of theirs: what they may award does not matter.
func (w *walk) listed() bool {
	if w.v.config.Registries == nil || w.verified == nil {
		return false
	}
	issuer := w.read.Issuer
	d := w.v.config.Registries().Decide(registry.Query{Issuer: issuer, Keys: w.issuerKeys(issuer), Now: w.at()})
	return d.Summary.Positive() || d.Summary == registry.OutOfScope && d.Key != nil
}

// worst returns the message of the gravest check.
func (w *walk) worst() string {
	return strings.TrimSuffix((&Report{Checks: w.checks}).Deciding().Message, ".")
}

// onlyFailed reports whether a check failed with this code and none with another.
func (w *walk) onlyFailed(code string) bool {
	failed := false
	for _, c := range w.checks {
		if c.Status == fail && c.Code != code {
			return false
		}
		failed = failed || c.Code == code
	}
	return failed
}
