package verifier

import (
	"bytes"
	"context"
	"crypto"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"laurel/internal/strictjson"
	"laurel/internal/vc"
	"laurel/schemas"
)

// A verify bundle is one file with a credential and every document that its verification
// asked for, each as it was served, so that it can be verified without a connection and
// after its issuer is gone. It is itself a credential: of whoever collected the documents,
// the witness, under a did:key, so that nothing else is needed to read it.
//
// Documents that are signed, such as status lists, are verified as ever. For those that are
// not, a DID document above all, only the witness vouches: they count if the caller named
// the witness, and otherwise leave the verdict open.

const bundleType = "VerifyBundle"

// maxBundle bounds a bundle in bytes, and bundleValues what it may hold besides.
const (
	maxBundle    = 8 << 20
	bundleValues = 1000
)

// bundle is the documents that came together with a credential.
type bundle struct {
	collected time.Time
	witness   string // who signed the bundle
	trusted   bool   // the witness's word is enough for what nobody signed
	used      bool   // a document of the bundle was asked for
	withheld  bool   // one was asked for that only the witness vouches for
	documents map[string][]byte
	evidence  [][]byte // of registries
}

func (b *bundle) document(url string) ([]byte, bool) {
	body, ok := b.documents[url]
	b.used = b.used || ok
	return body, ok
}

// looksLikeBundle tells a bundle, which may be larger than other documents, by its start. It
// looks for the name before it does for the quotation marks, of which there are many.
func looksLikeBundle(text []byte) bool {
	start := text[:min(len(text), 1024)]
	return bytes.Contains(start, []byte(bundleType)) && bytes.Contains(start, []byte(`"`+bundleType+`"`))
}

// bundled reads a bundle and walks on with the credential in it.
func (w *walk) bundled(ctx context.Context, raw []byte) {
	raw = bytes.TrimPrefix(raw, []byte("\ufeff")) // RFC 8259 §8.1 leaves it to the reader
	document, err := strictjson.ReadObject(raw, strictjson.Limits{Bytes: maxBundle, Depth: w.limits.Depth, Values: bundleValues})
	switch {
	case errors.Is(err, strictjson.ErrTooLarge):
		w.set("input-too-large", err)
		return
	case err != nil:
		w.set("input-bundle-broken", "it is not strict JSON")
		return
	}
	seal := w.walk(asBundle)
	seal.moment = w.v.config.Now() // it was made since the moment that is asked about, perhaps
	seal.set("input-json")
	seal.asserted(ctx, seal.embedded(document))
	if seal.verdict() == Indeterminate {
		w.set("input-unreadable", "it is a bundle whose own signature could not be checked: "+seal.worst())
		return
	}
	if fault := seal.asSeal(); fault != "" {
		w.set("input-bundle-broken", fault)
		return
	}
	b := &bundle{
		collected: *seal.read.ValidFrom, witness: seal.read.Issuer, documents: map[string][]byte{},
		trusted: slices.Contains(w.v.config.Witnesses, seal.read.Issuer),
	}
	subject := seal.read.Subjects[0]
	for document := range subject.Member("document").Listed() {
		if url := text(document, "url"); url != "" {
			b.documents[url] = []byte(text(document, "content"))
		}
	}
	for evidence := range subject.Member("registry").Listed() {
		b.evidence = append(b.evidence, []byte(evidence.Text()))
	}
	if w.inquiry.bundle != nil {
		w.set("input-bundle-broken", "it is a bundle in a bundle")
		return
	}
	w.inquiry.bundle = b
	w.set("input-bundle", vc.FormatTime(b.collected))
	w.text(ctx, []byte(text(subject, "credential")))
}

// asSeal says what is wrong with the credential that a bundle is: nothing but one that holds,
// of a witness who brings their own key, seals what is in it.
func (w *walk) asSeal() (fault string) {
	switch {
	case w.verdict() != Valid:
		return w.worst()
	case !slices.Contains(w.read.Types, bundleType):
		return "what was signed is a credential of another type"
	case w.read.ValidFrom == nil:
		return "it does not say when it was made"
	case !strings.HasPrefix(w.read.Issuer, "did:key:"):
		return "its witness is not named by a did:key"
	}
	return ""
}

// Bundle verifies as Verify does and returns, if the credential is valid, the bundle of it
// and of all that was asked for, signed by the witness's key: one that has a did:key. Of
// what is not valid there is no bundle.
func (v *Verifier) Bundle(ctx context.Context, r Request, witness crypto.Signer) ([]byte, *Report, error) {
	ctx, cancel := context.WithTimeout(ctx, v.config.Limits.Time)
	defer cancel()
	q := v.inquire(r)
	q.collected = map[string]fetched{}
	return q.given(ctx).pack(ctx, witness)
}

// BundleURL is Bundle for what stands behind a link.
func (v *Verifier) BundleURL(ctx context.Context, url string, r Request, witness crypto.Signer) ([]byte, *Report, error) {
	ctx, cancel := context.WithTimeout(ctx, v.config.Limits.Time)
	defer cancel()
	q := v.inquire(r)
	q.collected = map[string]fetched{}
	return q.linked(ctx, url).pack(ctx, witness)
}

type bundleDocument struct {
	URL       string `json:"url"`
	MediaType string `json:"mediaType,omitempty"`
	Content   string `json:"content"`
}

// pack writes what was collected, with the contexts, which other programs may lack.
func (w *walk) pack(ctx context.Context, witness crypto.Signer) ([]byte, *Report, error) {
	report := w.report()
	if report.Verdict != Valid {
		return nil, report, nil
	}
	var documents []bundleDocument
	for _, url := range slices.Sorted(maps.Keys(w.collected)) {
		if d := w.collected[url]; utf8.Valid(d.body) && !bytes.Equal(bytes.TrimSpace(d.body), w.source) && !strings.Contains(d.contentType, "html") {
			documents = append(documents, bundleDocument{url, d.contentType, string(d.body)})
		}
	}
	for _, url := range w.contexts() {
		if c, ok := schemas.LookupContext(url); ok {
			documents = append(documents, bundleDocument{url, "application/ld+json", string(c.Bytes)})
		}
	}
	type subject struct {
		Type       string           `json:"type"`
		Credential string           `json:"credential"`
		Document   []bundleDocument `json:"document,omitempty"`
		Registry   []string         `json:"registry,omitempty"`
	}
	evidence, err := w.registryEvidence()
	if err != nil {
		return nil, report, err
	}
	limits := strictjson.Limits{Bytes: maxBundle, Values: bundleValues}
	file, err := w.v.attest(ctx, witness, bundleType, "Bundle of a credential and what its verification needs", subject{bundleType, string(w.source), documents, evidence}, limits)
	return file, report, err
}

// registryEvidence is what the registry that decided has to show for it.
func (w *walk) registryEvidence() ([]string, error) {
	t := w.trust
	if w.v.config.Evidence == nil || t.Entry == nil || t.Entry.ID == "" {
		return nil, nil
	}
	evidence, err := w.v.config.Evidence(t.Registry, t.Entry.ID)
	if err != nil || evidence == nil {
		return nil, err
	}
	return []string{string(evidence)}, nil
}

func (w *walk) contexts() []string {
	if w.read == nil {
		return nil // of another generation, or a presentation
	}
	return w.read.Contexts
}
