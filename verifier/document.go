package verifier

import (
	"context"
	"errors"
	"strings"

	"laurel/internal/jsonld"
	"laurel/internal/ob2"
	"laurel/internal/proof"
	"laurel/internal/strictjson"
	"laurel/internal/vc"
)

// opened is a document whose proofs were taken apart from it and whose statements were
// read, however it is secured.
type opened struct {
	format   string
	document strictjson.Value // without its proofs
	tokens   []string         // credentials of a presentation that its token alone can hold, as text
	graph    *jsonld.Graph
	err      error // why there is no graph
	verify   func(context.Context, proof.Terms) (*proof.Verified, []proof.Outcome, error)

	// Where the proofs are embedded: the document with them, as it was read and as it was opened.
	whole    strictjson.Value
	embedded *proof.Document
	// credential is what was read of the document before, and found not to be ambiguous.
	credential *vc.Credential
}

// release ends the statements once the proofs are checked: nobody asks for them later.
func (o *opened) release() {
	switch {
	case o.embedded != nil:
		o.embedded.Release()
	case o.graph != nil:
		o.graph.Release()
	}
}

// json reads JSON.
func (w *walk) json(ctx context.Context, text []byte) {
	document, err := strictjson.ReadObject(text, w.limits.json())
	if err != nil {
		w.syntaxError(err, "syntax-json")
		return
	}
	w.object(ctx, document)
}

// object walks a parsed document by what it says it is.
func (w *walk) object(ctx context.Context, document strictjson.Value) {
	is := func(name string) bool { return vc.HasType(document, name) }
	switch {
	case is("EnvelopedVerifiableCredential"), is("EnvelopedVerifiablePresentation"):
		w.enveloped(ctx, document)
	case is("VerifiablePresentation"):
		w.presented(ctx, w.embedded(document))
	case is(bundleType): // which would hold as a credential that says nothing
		w.set("input-bundle-broken", "it does not begin as a bundle does, or stands where a credential should")
	case ob2.Is(document):
		w.openBadges2(ctx, document)
	default:
		w.asserted(ctx, w.embedded(document))
	}
}

// embedded opens a document with embedded proofs.
func (w *walk) embedded(document strictjson.Value) opened {
	d, err := proof.OpenWithin(w.v.newest, document, &w.work)
	if err != nil {
		return opened{format: "json", document: d.Unsecured(), err: err}
	}
	if w.remember {
		d.Remember()
	}
	return w.embeddedIn(document, d)
}

// embeddedIn goes on with a document that was opened.
func (w *walk) embeddedIn(document strictjson.Value, d *proof.Document) opened {
	o := opened{format: "json", document: d.Unsecured(), graph: d.Graph(), embedded: d, whole: document}
	o.verify = func(ctx context.Context, t proof.Terms) (*proof.Verified, []proof.Outcome, error) {
		verified, outcomes, err := d.Verify(ctx, w.resolve, t)
		if err != nil && !errors.Is(err, proof.ErrUndecided) && jsonld.EditionsDiffer(document) {
			if v, o, ok := w.olderEdition(ctx, document, t); ok {
				return v, o, nil
			}
		}
		return verified, outcomes, err
	}
	return o
}

// olderEdition tries a context that was edited in place in its older edition. That is
// sound only because the document is read anew, in safe mode, under that edition.
func (w *walk) olderEdition(ctx context.Context, document strictjson.Value, t proof.Terms) (*proof.Verified, []proof.Outcome, bool) {
	d, err := proof.OpenWithin(w.v.older, document, &w.work)
	if err != nil || w.ambiguous(d.Graph(), d.Unsecured()) != "" {
		return nil, nil, false
	}
	verified, outcomes, err := d.Verify(ctx, w.resolve, t)
	if err != nil {
		return nil, nil, false
	}
	w.set("context-older-edition")
	return verified, outcomes, true
}

func (w *walk) syntaxError(err error, code string) {
	if errors.Is(err, strictjson.ErrTooLarge) {
		w.set("syntax-too-large", err)
		return
	}
	w.set(code, err)
}

// asserted walks a credential: what it says, that nothing of it is unsigned, who signed
// it, and whether it still holds.
func (w *walk) asserted(ctx context.Context, o opened) {
	credential := o.credential
	if credential == nil {
		var problems []vc.Problem
		if credential, problems = vc.Read(o.document); len(problems) > 0 {
			w.set("syntax-malformed", problems[0])
			return
		}
	}
	w.set("syntax-ok")
	w.read, w.opened = credential, o
	if !w.context(o) {
		return
	}
	w.schema(credential, o.document)
	verified, outcomes, err := o.verify(ctx, w.terms())
	o.release()
	w.proofs(verified, outcomes, err)
	if verified == nil || !w.issuer(credential, verified) {
		return
	}
	w.verified = verified
	w.validity(credential)
	w.status(ctx, credential)
	if w.role == asList || w.role == asRefresh || w.role == asBundle {
		return
	}
	w.refresh(ctx, credential)
	w.endorsements(ctx, o.document)
	w.credentials(ctx, credential)
	w.recipient(credential)
	w.credential = describe(credential, verified, o.format)
	w.trusted(ctx, credential)
}

// terms are what the proof of a credential must meet. What was asked of the holder of the
// whole is answered by it, not by each credential in it.
func (w *walk) terms() proof.Terms {
	t := proof.Terms{At: w.at()}
	if w.role == asWhole {
		t.Challenge, t.Domain = w.request.Challenge, w.request.Domain
	}
	return t
}

// context holds the document to safe mode (VC-DI §2.4.1), and what decides to the place
// where readers look for it.
func (w *walk) context(o opened) bool {
	switch err := o.err; {
	case errors.Is(err, jsonld.ErrDataLoss):
		w.set("context-loss", detail(err, jsonld.ErrDataLoss))
	case errors.Is(err, jsonld.ErrContext):
		w.set("context-invalid", detail(err, jsonld.ErrContext))
	case errors.Is(err, jsonld.ErrUnknownContext):
		w.set("context-unknown", detail(err, jsonld.ErrUnknownContext))
	case err != nil:
		w.set("context-unsupported", err)
	default:
		if o.credential == nil {
			if member := w.ambiguous(o.graph, o.document); member != "" {
				w.set("context-ambiguous", member)
				return false
			}
		}
		w.set("context-ok")
		w.reading = string(o.graph.Way())
		if o.graph.Inline() {
			w.set("context-inline")
		}
		return true
	}
	return false
}

// detail takes the sentinel's own words off an error's text.
func detail(err, sentinel error) string {
	return strings.TrimPrefix(err.Error(), sentinel.Error()+": ")
}
