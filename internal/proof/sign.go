package proof

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
	"laurel/internal/vc"
	"laurel/keys"
)

// Options say how a proof is made (VC-DI §4.2). The zero value is an assertion with the
// suite that the key implies, without a date.
type Options struct {
	Suite     string // by its name here; the one that the key implies where it is empty
	Created   time.Time
	Expires   time.Time
	Purpose   string // Assertion where it is empty
	Challenge string
	Domain    []string
	Nonce     string
	ID        string   // of the proof, for later proofs to build on
	Previous  []string // the ids of the document's proofs that this one builds on (VC-DI §2.1.2)
	// Mandatory are the JSON Pointers (RFC 6901) to what the holder of an ecdsa-sd-2023
	// credential cannot withhold. The period of validity and the status are theirs to
	// withhold where they are not named.
	Mandatory []string
}

// Sign returns the prepared document with one embedded proof, made at the moment created
// with the suite that the key implies.
func Sign(ctx context.Context, p *jsonld.Processor, document vc.Prepared, signer Signer, created time.Time) ([]byte, error) {
	return SignWith(ctx, p, document, signer, Options{Created: created})
}

// SignWith returns the prepared document with one more embedded proof (VC-DI §4.2). Nothing
// of a document is written anew unless it has proofs already, or its contexts do not define
// the terms of the proof: then the context that does is added to them (VC-DI §2.4.2).
func SignWith(ctx context.Context, p *jsonld.Processor, document vc.Prepared, signer Signer, options Options) ([]byte, error) {
	name, err := options.suite(signer)
	if err != nil {
		return nil, err
	}
	s, err := suiteFor(name, signer.Key.Public())
	if err != nil {
		return nil, err
	}
	if s.form != disclosure && len(options.Mandatory) > 0 {
		return nil, errors.New("only ecdsa-sd-2023 knows what may be withheld")
	}
	terms, err := withTerms(p, document.Value(), suites[name].proofType)
	if err != nil {
		return nil, err
	}
	d, err := Open(p, terms)
	if err != nil {
		return nil, err
	}
	defer d.Release()
	proof, err := options.proof(name, signer)
	if err == nil && s.form == jsonText {
		proof.Context, err = asWritten(d.unsecured.Member("@context").Tree())
	}
	if err != nil {
		return nil, err
	}
	c, err := d.configure(ctx, proof, s, signer)
	if err != nil {
		return nil, err
	}
	value, err := d.sign(ctx, c, s, signer, options.Mandatory)
	if err != nil {
		return nil, err
	}
	return d.written(document, c.with(value))
}

func (o Options) suite(signer Signer) (string, error) {
	if o.Suite != "" {
		return o.Suite, nil
	}
	name, ok := SuiteOf(signer.Key.Public())
	if !ok {
		return "", errKey
	}
	return name, nil
}

func (o Options) proof(name string, signer Signer) (made, error) {
	domain, err := oneOrMore(o.Domain)
	if err != nil {
		return made{}, err
	}
	previous, err := oneOrMore(o.Previous)
	if err != nil {
		return made{}, err
	}
	m := made{
		ID: o.ID, Type: suites[name].proofType, Cryptosuite: name,
		VerificationMethod: signer.Method, ProofPurpose: Terms{Purpose: o.Purpose}.purpose(),
		Challenge: o.Challenge, Domain: domain, Nonce: o.Nonce, PreviousProof: previous,
	}
	if m.Type == name {
		m.Cryptosuite = ""
	}
	if !o.Created.IsZero() {
		m.Created = vc.FormatTime(o.Created)
	}
	if !o.Expires.IsZero() {
		m.Expires = vc.FormatTime(o.Expires)
	}
	return m, nil
}

func oneOrMore(texts []string) (written, error) {
	switch len(texts) {
	case 0:
		return "", nil
	case 1:
		return asWritten(texts[0])
	}
	return asWritten(texts)
}

// sign returns the value of a proof.
func (d *Document) sign(ctx context.Context, c *configuration, s suite, signer Signer, mandatory []string) (string, error) {
	var data []byte
	var err error
	switch s.form {
	case disclosure:
		fresh, err := freshSecrets()
		if err != nil {
			return "", err
		}
		return d.signParts(ctx, c.read, s, signer, mandatory, fresh)
	case jsonText:
		data, err = d.textHashes(ctx, c.read, s.hash)
	case statements:
		data, err = d.appendDocumentHash(ctx, append(make([]byte, 0, 2*len(c.hash)), c.hash...), c.read, s.hash)
	}
	if err != nil {
		return "", err
	}
	signature, err := s.sign(signer.Key, data)
	if err != nil {
		return "", err
	}
	return keys.EncodeMultibase58(signature), nil
}

// written returns the document with its new proof: put at the end of the bytes that were
// prepared, if they can stay as they are.
func (d *Document) written(document vc.Prepared, proof []byte) ([]byte, error) {
	if len(d.proofs) == 0 && document.Value().Member("@context").Equal(d.unsecured.Member("@context")) {
		return document.With(`"proof":[`, string(proof), "]"), nil
	}
	tree := d.unsecured.Object()
	list := make([]any, 0, len(d.proofs)+1)
	for _, p := range d.proofs {
		list = append(list, p.Tree())
	}
	tree["proof"] = append(list, json.RawMessage(proof))
	return vc.Marshal(tree)
}

// termsOf are contexts that define the terms of each type of proof and protect them; the
// first is the one for documents whose own do not.
var termsOf = map[string][]string{
	dataIntegrityProof:   {"https://w3id.org/security/data-integrity/v2", "https://www.w3.org/ns/credentials/v2"},
	Ed25519Signature2020: {"https://w3id.org/security/suites/ed25519-2020/v1"},
}

// withTerms returns the document with the context of a proof's terms at the end of its own,
// where those do not define the type of the proof.
func withTerms(p *jsonld.Processor, document strictjson.Value, proofType string) (strictjson.Value, error) {
	contexts := document.Member("@context")
	for c := range contexts.Listed() {
		if slices.Contains(termsOf[proofType], c.Text()) {
			return document, nil
		}
	}
	budget := jsonld.Default
	stub, err := p.ReadUnder(contexts, strictjson.Of(map[string]any{"type": proofType}), &budget)
	switch {
	case err == nil && slices.Contains(stub.Types(), "https://w3id.org/security#"+proofType):
		return document, nil
	case err != nil && !errors.Is(err, jsonld.ErrDataLoss):
		return document, fmt.Errorf("the contexts of the document: %w", err)
	}
	tree, extended := document.Object(), []any{}
	for c := range contexts.Listed() {
		extended = append(extended, c.Tree())
	}
	tree["@context"] = append(extended, termsOf[proofType][0])
	return strictjson.Of(tree), nil
}
