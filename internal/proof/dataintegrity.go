package proof

import (
	"context"
	"crypto"
	_ "crypto/sha256" // the hashes that the suites name
	_ "crypto/sha512"
	"errors"
	"fmt"
	"slices"
	"sync"

	"laurel/internal/jsonld"
	"laurel/internal/rdfc"
	"laurel/internal/strictjson"
	"laurel/keys"
)

// maxProofs bounds the proofs that one document may carry.
const maxProofs = 16

// proofsBudget is what checking all proofs of a document may take beside reading the
// document once, by its size: each proof of a chain reads it anew, and each may bring along
// statements of its own.
func proofsBudget(size int) jsonld.Budget { return jsonld.BudgetFor(size).Times(2) }

// Document is a document and the proofs that were embedded in it, apart from each other.
type Document struct {
	processor *jsonld.Processor
	unsecured strictjson.Value
	proofs    []strictjson.Value
	graph     *jsonld.Graph
	whole     *jsonld.Budget // of all documents of which this is one; nil: it is the only one
	budget    jsonld.Budget
	digests   []digested
	sound     *sound              // nil: it does not remember
	room      [1]strictjson.Value // for as many proofs as most documents have
}

// sound remembers which signatures of a document were found to be good, and by which keys:
// that does not change, whatever becomes of the keys.
type sound struct {
	mu   sync.Mutex
	made []signature
}

type signature struct {
	proof int // its place
	key   crypto.PublicKey
}

func (s *sound) has(proof int, key crypto.PublicKey) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.made, func(m signature) bool { return m.proof == proof && equalKeys(m.key, key) })
}

func (s *sound) add(proof int, key crypto.PublicKey) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.made) < maxProofs {
		s.made = append(s.made, signature{proof, key})
	}
}

func equalKeys(a, b crypto.PublicKey) bool {
	comparable, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && comparable.Equal(b)
}

// Remember lets the document remember which of its signatures are good, for as long as it is
// held.
func (d *Document) Remember() {
	d.sound = &sound{}
	d.graph.Keep()
}

// Release ends a document that does not remember, once nobody asks for its graph or verifies it
// any more: see jsonld.Graph.Release.
func (d *Document) Release() {
	if d.sound == nil && d.graph != nil {
		d.graph.Release()
	}
}

// Again returns a document that remembers, to be verified once more, perhaps while it is
// being verified elsewhere: what it states is read, and which signatures are good by which
// keys is known. Keys, dates and all else that a proof must meet are looked at anew.
func (d *Document) Again(whole *jsonld.Budget) *Document {
	again := *d
	again.whole, again.digests = whole, nil
	return &again
}

// digested is the hash of a document's canonical form, or why it has none: a graph too
// symmetric is not tried again for the next proof.
type digested struct {
	hash   crypto.Hash
	digest []byte
	err    error
}

// Open takes the proofs out of a document and reads what the rest states. Its errors are
// those of jsonld.Read; a document without proofs, or with a malformed proof member, is
// opened and then fails to verify.
func Open(p *jsonld.Processor, document strictjson.Value) (*Document, error) {
	return OpenWithin(p, document, nil)
}

// OpenWithin is Open for one of several documents that are read and verified on one budget.
func OpenWithin(p *jsonld.Processor, document strictjson.Value, whole *jsonld.Budget) (*Document, error) {
	d := &Document{processor: p, unsecured: document.Without("proof"), whole: whole}
	if proof := document.Member("proof"); proof.Is(strictjson.Object) || proof.Is(strictjson.Array) {
		d.proofs = slices.AppendSeq(d.room[:0], proof.Listed())
	}
	lent := d.borrow(jsonld.BudgetFor(document.Size()))
	var err error
	d.graph, err = p.ReadWithin(d.unsecured, &d.budget)
	d.settle(lent)
	return d, err
}

// borrow makes the document's own budget a part of that of all documents.
func (d *Document) borrow(most jsonld.Budget) jsonld.Budget {
	d.budget = most
	if d.whole != nil {
		d.budget = d.whole.Lend(most)
	}
	return d.budget
}

// settle pays for what was used of it.
func (d *Document) settle(lent jsonld.Budget) {
	if d.whole != nil {
		d.whole.Settle(lent, d.budget)
	}
}

// Graph returns what the document without its proofs states.
func (d *Document) Graph() *jsonld.Graph { return d.graph }

// Unsecured returns the document without its proofs.
func (d *Document) Unsecured() strictjson.Value { return d.unsecured }

// Verify checks every embedded proof under the terms (VC-DI §4.4). One that verifies is
// enough to make the document Verified; whose it must be is for the caller to judge.
func (d *Document) Verify(ctx context.Context, resolve Resolve, terms Terms) (*Verified, []Outcome, error) {
	if len(d.proofs) > maxProofs {
		return nil, nil, fmt.Errorf("%w: more than %d proofs", ErrUndecided, maxProofs)
	}
	outcomes := make([]Outcome, 0, len(d.proofs))
	lent := d.borrow(proofsBudget(d.unsecured.Size()))
	for i := range d.proofs {
		outcomes = append(outcomes, d.verifyOne(ctx, i, resolve, terms))
	}
	d.settle(lent)
	d.dependOnPrevious(outcomes)
	return conclude(d.unsecured, outcomes)
}

func (d *Document) verifyOne(ctx context.Context, place int, resolve Resolve, terms Terms) Outcome {
	o := readOptions(d.proofs[place])
	if o.Err == nil {
		o.Err = d.judge(ctx, place, &o, resolve, terms)
	}
	return o.Outcome
}

func (d *Document) judge(ctx context.Context, place int, o *options, resolve Resolve, terms Terms) error {
	name, err := suiteName(o.Format, o.Suite)
	if err != nil {
		return err
	}
	if err := o.meets(terms); err != nil {
		return err
	}
	method, err := resolve(ctx, o.Method, o.purpose)
	if err != nil {
		return err
	}
	o.Controller, o.Key = method.Controller, method.Key
	s, err := suiteFor(name, method.Key)
	if err != nil || d.sound != nil && d.sound.has(place, method.Key) {
		return err
	}
	if s.form == disclosure {
		err = d.checkDisclosed(ctx, d.proofs[place], o.value, s, method.Key)
	} else {
		err = d.checkSignature(ctx, d.proofs[place], o.value, s, method.Key)
	}
	if err == nil && d.sound != nil {
		d.sound.add(place, method.Key)
	}
	return err
}

func (d *Document) checkSignature(ctx context.Context, p strictjson.Value, value string, s suite, key crypto.PublicKey) error {
	signature, err := keys.DecodeMultibase58(value, s.length)
	if err != nil || len(signature) != s.length {
		return errors.New("the proof's value is not a signature of its suite")
	}
	data, err := d.hashData(ctx, p, s)
	if err != nil {
		return err
	}
	if !s.verify(key, data, signature) {
		return errChanged
	}
	return nil
}

var errWork = fmt.Errorf("%w: all its proofs together ask for too much work", ErrUndecided)

var errChanged = errors.New("the signature does not match the document: one of the two was changed")

// hashData is what a suite signs: the hash of the proof's options, then the hash of the
// document (VC-DI-EdDSA §3.2.4 and §3.3.4, VC-DI-ECDSA §3.2.4 and §3.3.4).
func (d *Document) hashData(ctx context.Context, p strictjson.Value, s suite) ([]byte, error) {
	if s.form == jsonText {
		return d.textHashes(ctx, p, s.hash)
	}
	data, err := d.appendConfigHash(ctx, make([]byte, 0, 2*s.hash.Size()), p, s.hash)
	if err != nil {
		return nil, err
	}
	return d.appendDocumentHash(ctx, data, p, s.hash)
}

// appendConfigHash appends the hash of what a proof's options state, read under the
// document's contexts.
func (d *Document) appendConfigHash(ctx context.Context, data []byte, p strictjson.Value, hash crypto.Hash) ([]byte, error) {
	graph, err := d.read(d.unsecured.Member("@context"), config(p))
	if err != nil {
		return nil, fmt.Errorf("the proof's own members: %w", err)
	}
	defer graph.Release()
	return d.appendDigest(ctx, data, graph, hash)
}

// config returns a proof's options: the proof without its value.
func config(p strictjson.Value) strictjson.Value { return p.Without("proofValue") }

// appendDocumentHash appends the hash of what a proof was made over.
func (d *Document) appendDocumentHash(ctx context.Context, data []byte, p strictjson.Value, hash crypto.Hash) ([]byte, error) {
	document, err := d.secures(p)
	if err != nil {
		return nil, err
	}
	if !document.Present() {
		return d.appendOwnDigest(ctx, data, hash)
	}
	graph, err := d.read(document.Member("@context"), document)
	if err != nil {
		return nil, err
	}
	return d.appendDigest(ctx, data, graph, hash)
}

// appendOwnDigest appends the hash of the document without proofs, which is worked out once
// for several proofs.
func (d *Document) appendOwnDigest(ctx context.Context, data []byte, hash crypto.Hash) ([]byte, error) {
	if len(d.proofs) == 1 {
		return d.appendDigest(ctx, data, d.graph, hash)
	}
	at := slices.IndexFunc(d.digests, func(known digested) bool { return known.hash == hash })
	if at < 0 {
		own := digested{hash: hash}
		own.digest, own.err = d.appendDigest(ctx, nil, d.graph, hash)
		at, d.digests = len(d.digests), append(d.digests, own)
	}
	return append(data, d.digests[at].digest...), d.digests[at].err
}

func sum(hash crypto.Hash, data []byte) []byte {
	h := hash.New()
	h.Write(data)
	return h.Sum(nil)
}

// read reads what a further document states under contexts on the budget of the proofs.
func (d *Document) read(contexts, document strictjson.Value) (*jsonld.Graph, error) {
	graph, err := d.processor.ReadUnder(contexts, document, &d.budget)
	return graph, undecided(err)
}

func (d *Document) appendDigest(ctx context.Context, data []byte, g *jsonld.Graph, hash crypto.Hash) ([]byte, error) {
	out, err := g.AppendDigest(ctx, data, hash, &d.budget)
	if err != nil && ctx.Err() != nil {
		err = fmt.Errorf("%w: %w", ErrUndecided, err)
	}
	return out, undecided(err)
}

func (d *Document) canonicalize(ctx context.Context, g *jsonld.Graph, hash crypto.Hash) (jsonld.Canonical, error) {
	c, err := g.Canonicalize(ctx, hash, &d.budget)
	if err != nil && ctx.Err() != nil {
		err = fmt.Errorf("%w: %w", ErrUndecided, err)
	}
	return c, undecided(err)
}

// undecided wraps ErrUndecided around the errors that show nothing about a document.
func undecided(err error) error {
	if errors.Is(err, rdfc.ErrBudget) || errors.Is(err, jsonld.ErrUnknownContext) || errors.Is(err, jsonld.ErrUnsupported) {
		return fmt.Errorf("%w: %w", ErrUndecided, err)
	}
	return err
}
