package proof

import (
	"context"
	"crypto"
	_ "crypto/sha256" // the hashes that the suites name
	_ "crypto/sha512"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"laurel/internal/jsonld"
	"laurel/internal/rdfc"
	"laurel/internal/vc"
	"laurel/keys"
)

// maxProofs bounds the proofs that one document may carry.
const maxProofs = 16

// Document is a document and the proofs that were embedded in it, apart from each other.
type Document struct {
	processor *jsonld.Processor
	unsecured map[string]any
	proofs    []map[string]any
	graph     *jsonld.Graph
	hashes    map[crypto.Hash]hashed
}

// hashed is a document's hash, or why it has none: a graph too symmetric is not tried
// again for the next proof.
type hashed struct {
	sum []byte
	err error
}

// Open takes the proofs out of a document and reads what the rest states. Its errors are
// those of jsonld.Read; a document without proofs, or with a malformed proof member, is
// opened and then fails to verify.
func Open(p *jsonld.Processor, tree map[string]any) (*Document, error) {
	d := &Document{processor: p, unsecured: maps.Clone(tree), hashes: map[crypto.Hash]hashed{}}
	switch v := tree["proof"].(type) {
	case map[string]any:
		d.proofs = []map[string]any{v}
	case []any:
		for _, item := range v {
			object, _ := item.(map[string]any)
			d.proofs = append(d.proofs, object)
		}
	}
	delete(d.unsecured, "proof")
	var err error
	d.graph, err = p.Read(d.unsecured)
	return d, err
}

// Graph returns what the document without its proofs states.
func (d *Document) Graph() *jsonld.Graph { return d.graph }

// Unsecured returns the document without its proofs; callers must not change it.
func (d *Document) Unsecured() map[string]any { return d.unsecured }

// Verify checks every embedded proof under the terms (VC-DI §4.4). One that verifies is
// enough to make the document Verified; whose it must be is for the caller to judge.
func (d *Document) Verify(ctx context.Context, resolve Resolve, terms Terms) (*Verified, []Outcome, error) {
	if len(d.proofs) > maxProofs {
		return nil, nil, fmt.Errorf("%w: more than %d proofs", ErrUndecided, maxProofs)
	}
	outcomes := make([]Outcome, 0, len(d.proofs))
	for _, p := range d.proofs {
		outcomes = append(outcomes, d.verifyOne(ctx, p, resolve, terms))
	}
	d.dependOnPrevious(outcomes)
	return conclude(d.unsecured, outcomes)
}

// options is a proof's members, of the right JSON type.
type options struct {
	Outcome
	value   string
	purpose string
	expires *time.Time
}

// readOptions reads a proof (VC-DI §2.1) and refuses members of the wrong type.
func readOptions(p map[string]any) options {
	o := options{}
	read := func(name string, required bool) string {
		v, present := p[name]
		text, isText := v.(string)
		if o.Err == nil && (present && !isText || required && text == "") {
			o.Err = fmt.Errorf("the proof's %s is missing or not text", name)
		}
		return text
	}
	moment := func(name string) *time.Time {
		text := read(name, false)
		if text == "" {
			return nil
		}
		t, err := vc.ParseTime(text)
		if err != nil && o.Err == nil {
			o.Err = fmt.Errorf("the proof's %s is %w", name, err)
		}
		return &t
	}
	o.Format, o.Suite = read("type", true), read("cryptosuite", false)
	o.Method, o.purpose, o.value = read("verificationMethod", true), read("proofPurpose", true), read("proofValue", false)
	if created := moment("created"); created != nil {
		o.Created = *created
	}
	o.expires = moment("expires")
	return o
}

func (d *Document) verifyOne(ctx context.Context, p map[string]any, resolve Resolve, terms Terms) Outcome {
	o := readOptions(p)
	if o.Err == nil {
		o.Err = d.judge(ctx, p, &o, resolve, terms)
	}
	return o.Outcome
}

func (d *Document) judge(ctx context.Context, p map[string]any, o *options, resolve Resolve, terms Terms) error {
	switch {
	case o.Format != dataIntegrityProof:
		return fmt.Errorf("%w: the proof type %.40q is not known here", ErrUndecided, o.Format)
	case o.purpose != terms.purpose():
		return errors.New("the proof was made for another purpose")
	case o.expires != nil && !terms.At.Before(*o.expires):
		return fmt.Errorf("the proof expired on %s", o.expires.UTC().Format(time.DateOnly))
	}
	method, err := resolve(ctx, o.Method, o.purpose)
	if err != nil {
		return err
	}
	o.Controller = method.Controller
	suite, err := suiteFor(o.Suite, method.Key)
	if err != nil {
		return err
	}
	signature, err := keys.DecodeMultibase58(o.value, suite.length)
	if err != nil || len(signature) != suite.length {
		return errors.New("the proof's value is not a signature of its suite")
	}
	data, err := d.hashData(ctx, p, suite.hash)
	if err != nil {
		return err
	}
	if !suite.verify(method.Key, data, signature) {
		return errors.New("the signature does not match the document: one of the two was changed")
	}
	return nil
}

// hashData is what a suite signs: the hash of the proof's options, then the hash of the
// document (VC-DI-EdDSA §3.2.4, VC-DI-ECDSA §3.2.4).
func (d *Document) hashData(ctx context.Context, p map[string]any, hash crypto.Hash) ([]byte, error) {
	config := maps.Clone(p)
	delete(config, "proofValue")
	config["@context"] = d.unsecured["@context"]
	graph, err := d.processor.Read(config)
	if err != nil {
		return nil, fmt.Errorf("the proof's own members: %w", err)
	}
	proofHash, err := digest(ctx, graph, hash)
	if err != nil {
		return nil, err
	}
	documentHash, err := d.documentHash(ctx, p, hash)
	if err != nil {
		return nil, err
	}
	return slices.Concat(proofHash, documentHash), nil
}

func digest(ctx context.Context, g *jsonld.Graph, hash crypto.Hash) ([]byte, error) {
	canonical, err := g.Canonical(ctx, hash)
	if errors.Is(err, rdfc.ErrBudget) || ctx.Err() != nil {
		return nil, fmt.Errorf("%w: %w", ErrUndecided, err)
	}
	if err != nil {
		return nil, err
	}
	h := hash.New()
	h.Write(canonical)
	return h.Sum(nil), nil
}

// Sign returns the prepared document with one embedded proof, made at the moment created
// with the suite that the key implies (VC-DI §4.2). Nothing of the document is written
// anew: the proof is put at its end.
func Sign(ctx context.Context, p *jsonld.Processor, document vc.Prepared, signer Signer, created time.Time) ([]byte, error) {
	name, ok := SuiteOf(signer.Key.Public())
	if !ok {
		return nil, errKey
	}
	suite, err := suiteFor(name, signer.Key.Public())
	if err != nil {
		return nil, err
	}
	d, err := Open(p, document.Tree())
	if err != nil {
		return nil, err
	}
	made := struct {
		Type               string `json:"type"`
		Cryptosuite        string `json:"cryptosuite"`
		Created            string `json:"created"`
		VerificationMethod string `json:"verificationMethod"`
		ProofPurpose       string `json:"proofPurpose"`
		ProofValue         string `json:"proofValue"`
	}{dataIntegrityProof, name, vc.FormatTime(created), signer.Method, Assertion, ""}
	data, err := d.hashData(ctx, map[string]any{
		"type": made.Type, "cryptosuite": made.Cryptosuite, "created": made.Created,
		"verificationMethod": made.VerificationMethod, "proofPurpose": made.ProofPurpose,
	}, suite.hash)
	if err != nil {
		return nil, err
	}
	signature, err := suite.sign(signer.Key, data)
	if err != nil {
		return nil, err
	}
	made.ProofValue = keys.EncodeMultibase58(signature)
	member, err := vc.Marshal([]any{made})
	if err != nil {
		return nil, err
	}
	return document.With(append([]byte(`"proof":`), member...)), nil
}
