package verifier

import (
	"context"
	"errors"
	"strings"

	"laurel/internal/proof"
	"laurel/internal/strictjson"
	"laurel/internal/vc"
	"laurel/schemas"
)

// presented walks a presentation (VC-DM §4.13): who shows it, and each credential in it
// alone. A holder's proof never stands in for an issuer's.
func (w *walk) presented(ctx context.Context, o opened) {
	w.needs = requiredOfPresentation
	p, problems := vc.ReadPresentation(o.document)
	if len(problems) > 0 {
		w.set("syntax-malformed", problems[0])
		return
	}
	w.set("syntax-ok")
	if !w.context(o) {
		return
	}
	terms := proof.Terms{
		At: w.at(), Purpose: proof.Authentication, Challenge: w.request.Challenge, Domain: w.request.Domain,
	}
	verified, outcomes, err := o.verify(ctx, terms)
	o.release()
	switch {
	case verified == nil && len(outcomes) == 0 && !errors.Is(err, proof.ErrUndecided) && w.unsignedIsEnough():
		w.set("proof-unsigned-presentation")
		w.set("issuer-no-holder")
	default:
		w.proofs(verified, outcomes, err)
		if verified == nil || !w.holder(p, verified) {
			return
		}
		w.set("proof-presentation")
		if w.request.Challenge == "" {
			w.set("issuer-unchallenged")
		}
	}
	w.presentation = describePresentation(p, verified, w.presenter, o.format)
	w.shown(ctx, p, o.tokens)
}

// unsignedIsEnough: where nobody was asked to prove anything, a presentation is a folder
// of credentials.
func (w *walk) unsignedIsEnough() bool {
	return w.request.Challenge == "" && w.request.Domain == "" && !w.request.HolderProof
}

// holder demands a proof by the holder that the presentation names, if it names one.
func (w *walk) holder(p *vc.Presentation, verified *proof.Verified) bool {
	attributed := ""
	for _, o := range verified.Outcomes() {
		if o.Err != nil || o.Controller == "" {
			continue
		}
		if p.Holder == "" || o.Controller == p.Holder {
			w.presenter = o.Controller
			w.set("issuer-holder")
			return true
		}
		attributed = o.Controller
	}
	if attributed != "" {
		w.set("issuer-other-holder")
	} else {
		w.set("issuer-unattributed")
	}
	return false
}

// shown judges every credential of a presentation.
func (w *walk) shown(ctx context.Context, p *vc.Presentation, tokens []string) {
	if len(p.Credentials)+len(tokens) == 0 {
		w.set("credentials-none")
		if w.presenter == "" {
			w.set("credentials-nothing")
		}
	}
	for _, object := range p.Credentials {
		w.contain(func(inner *walk) { inner.object(ctx, object) })
	}
	for _, text := range tokens {
		w.contain(func(inner *walk) { inner.token(ctx, text) })
	}
	w.trustedTogether()
}

// enveloped walks on with the token that a data: address holds (VC-DM §4.13.1).
func (w *walk) enveloped(ctx context.Context, document strictjson.Value) {
	contexts, _ := vc.Texts(document.Member("@context"))
	id := text(document, "id")
	types, _ := vc.Texts(document.Member("type"))
	media, token, ok := strings.Cut(strings.TrimPrefix(id, "data:"), ",")
	kind, known := envelopes[media]
	switch {
	case len(contexts) == 0 || contexts[0] != schemas.CredentialsV2:
		w.set("syntax-malformed", "an envelope without the context of Verifiable Credentials 2.0")
	case !strings.HasPrefix(id, "data:") || !ok:
		w.set("syntax-malformed", "an envelope whose id is not a data: address")
	case !known:
		w.set("syntax-envelope", media)
	case len(types) != 1 || types[0] != kind:
		w.set("syntax-malformed", "an envelope whose type is not that of its content")
	default:
		opened, err := proof.OpenEnveloped(media, token, w.limits.json())
		if err != nil {
			w.syntaxError(err, "syntax-token")
			return
		}
		w.openedToken(ctx, opened)
	}
}

// envelopes are the media types that are read, each with the type of its envelope.
var envelopes = map[string]string{
	"application/vc+jwt":    "EnvelopedVerifiableCredential",
	"application/vc+sd-jwt": "EnvelopedVerifiableCredential",
	"application/vp+jwt":    "EnvelopedVerifiablePresentation",
	"application/vp+sd-jwt": "EnvelopedVerifiablePresentation",
}

func describePresentation(p *vc.Presentation, verified *proof.Verified, holder, format string) *Presentation {
	out := &Presentation{Holder: holder, Format: format}
	if verified == nil {
		return out // nothing that it says is proved
	}
	out.ID = p.ID
	for _, o := range verified.Outcomes() {
		out.Proofs = append(out.Proofs, describeProof(o))
	}
	return out
}
