// Package verifier answers: does this credential hold?
//
// A verification is a function of the input, the documents fetched, the registry's
// snapshot and the moment; it keeps nothing. It walks one ordered table of checks; each
// ends in a code, and one function turns the checks into the verdict. "Invalid" is a
// result, not an error.
//
// It reads Open Badges 3.0 and other Verifiable Credentials of the data models 2.0 and 1.1,
// learner records, endorsements and presentations, with Data Integrity proofs or as tokens,
// SD-JWT VCs, and Open Badges 2.0; from files of many kinds, links, collections and bundles.
// docs/verifier.md has the matrix. What it does not know leaves the verdict open.
package verifier

import (
	"context"
	"errors"
	"fmt"
	"time"

	"laurel/internal/did"
	"laurel/internal/fetch"
	"laurel/internal/jsonld"
	"laurel/internal/memo"
	"laurel/registry"
)

// Config is what a Verifier needs. The zero value of each field has a meaning.
type Config struct {
	// AllowPrivateNetwork lets documents come from private addresses, and by http from
	// this machine itself: for development.
	AllowPrivateNetwork bool
	// Offline forbids every connection.
	Offline bool
	// Registries are those who say which issuers are trusted, as they are at the moment; nil:
	// nobody was asked. Policy is what is demanded beyond their rules.
	Registries func() registry.Sources
	Policy     registry.Policy
	// Foreign are registries of other kinds, each of which is asked about one issuer. What
	// cannot be asked is a source without a snapshot.
	Foreign []func(ctx context.Context, about Asked) registry.Source
	// Evidence returns what shows to others how a registry of a name lists an entry, to be put
	// into bundles; Bundled reads it, if it is of a registry that the caller trusts. Nil: bundles
	// say nothing of registries, or what they say is not read.
	Evidence func(registry, entry string) ([]byte, error)
	Bundled  func(evidence []byte) (registry.Source, error)
	// Witnesses are the did:keys of those whose word is enough for what a bundle holds and
	// nobody signed, such as an issuer's list of keys. That an issuer is trusted does not make
	// it a witness of others.
	Witnesses []string
	// Now is the clock; nil: the machine's.
	Now func() time.Time
	// Own serves documents that this program publishes itself, by their address, so that
	// asking for them needs no connection; nil: there are none.
	Own func(ctx context.Context, url string) (body []byte, ok bool)
	// Limits are what one verification may cost.
	Limits Limits
}

// Verifier verifies. It is safe for concurrent use.
type Verifier struct {
	config Config
	client *fetch.Client
	newest *jsonld.Processor
	older  *jsonld.Processor
	keys   *did.Known
	lists  *memo.Memo[string, knownList]
}

// New returns a Verifier.
func New(c Config) *Verifier {
	if c.Now == nil {
		c.Now = time.Now
	}
	c.Limits = c.Limits.orDefault()
	return &Verifier{
		config: c,
		client: fetch.New(fetch.Options{
			AllowPrivateNetwork: c.AllowPrivateNetwork, Offline: c.Offline, Now: c.Now, MaxBytes: int64(max(c.Limits.Input, maxListBytes)),
		}),
		newest: jsonld.Pinned(),
		older:  jsonld.OlderEdition(),
		keys:   did.NewKnown(),
		lists:  memo.New[string, knownList](maxKnownLists),
	}
}

// Request is what to verify and what the person who asks knows.
type Request struct {
	Input []byte
	// At is the moment for which to decide; zero: now.
	At time.Time
	// Recipient is an e-mail address, a name or another identifier of the person who
	// should have earned the badge; empty: not compared. It never reaches the report.
	Recipient string
	// Challenge and Domain are what the holder of a presentation was asked to sign; empty:
	// nobody was asked (VC-DI §4.4).
	Challenge, Domain string
	// HolderProof refuses a presentation that its holder did not sign.
	HolderProof bool

	unclear error // why it is not clear which Recipient to compare with
	inside  bool  // the input is one of many: collections within it are not opened
}

// Verify verifies what is in a file: a credential, or what holds or leads to one.
func (v *Verifier) Verify(ctx context.Context, r Request) *Report {
	return v.inquire(r).given(ctx).report()
}

// VerifyURL fetches what stands behind a link and verifies it.
func (v *Verifier) VerifyURL(ctx context.Context, url string, r Request) *Report {
	ctx, cancel := context.WithTimeout(ctx, v.config.Limits.Time)
	defer cancel()
	return v.inquire(r).linked(ctx, url).report()
}

// given walks through the file of the request.
func (q *inquiry) given(ctx context.Context) *walk {
	w := q.walk(asWhole)
	w.input(ctx, q.request.Input, "")
	w.likeness(ctx)
	return w
}

// linked walks through what stands behind a link.
func (q *inquiry) linked(ctx context.Context, url string) *walk {
	w := q.walk(asWhole)
	w.follow(ctx, url)
	w.likeness(ctx)
	return w
}

const (
	acceptBadge      = "application/vc, application/vc+jwt, application/vc+ld+json, application/ld+json;q=0.9, application/json;q=0.9, image/png;q=0.8, image/svg+xml;q=0.8, text/plain;q=0.7, text/html;q=0.6"
	acceptCredential = "application/vc, application/vc+jwt, application/vc+ld+json, application/ld+json;q=0.9, application/json;q=0.9, text/plain;q=0.7"
)

// reason says why a document could not be had, without its content.
func reason(err error) string {
	var status fetch.StatusError
	switch {
	case errors.Is(err, fetch.ErrOffline):
		return "connections are switched off"
	case errors.Is(err, fetch.ErrRefused):
		return "its address is not one that may be opened from here"
	case errors.Is(err, errElsewhere):
		return "another site answers in its place"
	case errors.Is(err, fetch.ErrTooLarge):
		return "it is too large"
	case errors.Is(err, fetch.ErrBudget):
		return "more would have to be fetched than one verification may"
	case errors.As(err, &status):
		return fmt.Sprintf("the server answered %d", status.Code)
	}
	return "the server did not answer"
}
