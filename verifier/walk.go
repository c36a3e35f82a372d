package verifier

import (
	"context"
	"errors"
	"time"

	"laurel/internal/did"
	"laurel/internal/fetch"
	"laurel/internal/jsonld"
	"laurel/internal/proof"
	"laurel/internal/vc"
)

// inquiry is what all documents of one verification have in common.
type inquiry struct {
	v        *Verifier
	asked    time.Time // the moment for which to decide
	request  Request
	limits   Limits
	session  *fetch.Session // once something was fetched
	resolver did.Resolver
	bundle   *bundle // documents that came with the credential, or nil
	// collected is everything that was fetched, by address; nil: it is not kept.
	collected map[string]fetched
	work      jsonld.Budget // of all documents together
	parts     int           // credentials within the document that may still be looked at
}

// allWork is what all documents that one verification meets may take to read and to put in
// canonical order, by the size of the one that was given: twice what that alone may, and
// what an honest record of hundreds of credentials does. Of what takes the general way it is
// little more than for the one, since nearly nothing does.
func allWork(size int) jsonld.Budget {
	one := jsonld.BudgetFor(size)
	all := one.Times(2)
	all.Reading = one.Reading * 5 / 4
	return all
}

func (v *Verifier) inquire(r Request) *inquiry {
	q := &inquiry{v: v, asked: r.At, request: r, limits: v.config.Limits}
	q.parts = q.limits.Parts
	if q.asked.IsZero() {
		q.asked = v.config.Now()
	}
	// What this program publishes itself may have a local name; any other is refused by
	// the client, which is the door.
	q.resolver = *did.NewResolver(q.get, v.config.AllowPrivateNetwork || v.config.Own != nil, v.keys)
	return q
}

// role is what a document is to the verification.
type role int

const (
	asWhole       role = iota // what was asked about
	asList                    // asked for by a credential
	asPart                    // a credential within the document
	asEndorsement             // of something in the document
	asBundle                  // around the credential and what it needs
	asRefresh                 // the copy that a refresh service gives
)

// maxNesting bounds credentials within credentials: a badge of a learner record in a
// presentation, with its endorsements.
const maxNesting = 4

// walk is the way through one document. Its checks are its own; the rest is shared.
type walk struct {
	*inquiry
	record
	role      role
	moment    time.Time // for which this document is read, where it is not the one asked for
	nesting   int
	presenter string // who showed the document, if a proof of its own says so

	opened       opened
	read         *vc.Credential
	verified     *proof.Verified
	credential   *Credential
	presentation *Presentation
	trust        Trust
	inside       []Part
	source       []byte // the text of the credential, taken out of its picture
	picture      []byte // the baked picture that the credential was in
	links        int    // followed from what was given
	reading      string
	remember     bool // the document is to be kept for other verifications
}

func (q *inquiry) walk(r role) *walk {
	return &walk{inquiry: q, role: r, trust: Trust{Status: NotChecked, Reason: "No registry was asked."}}
}

// at is the moment for which the document is read.
func (w *walk) at() time.Time {
	if w.moment.IsZero() {
		return w.asked
	}
	return w.moment
}

// part returns the walk of a document within this one, or nil if there are too many.
func (w *walk) part(r role) *walk {
	if w.parts <= 0 || w.nesting >= maxNesting {
		return nil
	}
	w.inquiry.parts--
	inner := w.walk(r)
	inner.nesting, inner.presenter = w.nesting+1, w.presenter
	inner.set("input-part")
	return inner
}

// report turns the walk into its report. What the credential says is in it only if its
// issuer's proof verified.
func (w *walk) report() *Report {
	r := &Report{
		Verdict: w.verdict(), Checks: w.checks, VerifiedAt: vc.FormatTime(w.at()),
		Trust: w.trust, Credential: w.credential, Presentation: w.presentation, Parts: w.inside,
		Reading: w.reading,
	}
	if w.role == asWhole {
		r.Source = w.source
		if w.bundle != nil && w.bundle.used {
			r.AsOf = vc.FormatTime(w.bundle.collected)
		}
	}
	return r
}

// get has the form that the resolver of DIDs takes.
func (q *inquiry) get(ctx context.Context, url, accept string, max int64) ([]byte, string, error) {
	d, err := q.fetch(ctx, url, accept, max)
	if err == nil && d.bundled && !q.bundle.trusted {
		q.bundle.withheld = true
		return nil, "", errWithheld
	}
	return d.body, d.finalURL, err
}

// errWithheld: a document that nobody signed is in the bundle alone.
var errWithheld = errors.New("only the bundle vouches for it")

// fetched is a document and where it came from.
type fetched struct {
	body                  []byte
	contentType, finalURL string
	bundled               bool
	at                    time.Time // when its site was asked; zero where none was
}

// fetch asks what this program publishes itself, then the network, then the bundle.
func (q *inquiry) fetch(ctx context.Context, url, accept string, max int64) (fetched, error) {
	d, err := q.fetchOutside(ctx, url, accept, max)
	if err != nil && q.bundle != nil {
		if body, ok := q.bundle.document(url); ok {
			return fetched{body: body, finalURL: url, bundled: true}, nil
		}
	}
	if err == nil && q.collected != nil {
		q.collected[url] = d
	}
	return d, err
}

func (q *inquiry) fetchOutside(ctx context.Context, url, accept string, max int64) (fetched, error) {
	if q.v.config.Own != nil {
		if body, ok := q.v.config.Own(ctx, url); ok {
			return fetched{body: body, finalURL: url}, nil
		}
	}
	if q.session == nil {
		q.session = q.v.client.NewSession(q.limits.session())
	}
	r, err := q.session.Fetch(ctx, url, accept, max)
	if err != nil {
		return fetched{}, err
	}
	return fetched{body: r.Body, contentType: r.ContentType, finalURL: r.FinalURL, at: r.Fetched}, nil
}
