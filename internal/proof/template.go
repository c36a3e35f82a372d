package proof

import (
	"context"
	"errors"
	"fmt"
	"time"

	"laurel/internal/jsonld"
	"laurel/internal/vc"
	"laurel/keys"
)

// Template signs the documents of one vc.Template with one key at one moment. What they have
// in common is put in canonical form once, and so are the proof's options. It is safe for
// concurrent use.
type Template struct {
	of         *vc.Template
	statements *jsonld.Template
	suite      suite
	signer     Signer
	options    []byte // their hash
	before     string // what is written of the proof before its value
}

// NewTemplate returns the template for the documents of another one that are like its base.
// jsonld.ErrNoTemplate if their statements cannot be known beforehand; then they are to be
// signed one by one.
func NewTemplate(ctx context.Context, p *jsonld.Processor, of *vc.Template, signer Signer, created time.Time) (*Template, error) {
	o := Options{Created: created}
	name, err := o.suite(signer)
	if err != nil {
		return nil, err
	}
	t := &Template{of: of, signer: signer}
	if t.suite, err = suiteFor(name, signer.Key.Public()); err != nil {
		return nil, err
	}
	proof, err := o.proof(name, signer)
	if err != nil {
		return nil, err
	}
	c, err := t.configure(ctx, p, proof)
	if err != nil {
		return nil, err
	}
	t.options, t.before = c.hash, `"proof":[`+string(c.member[:len(c.member)-1])+`,"proofValue":"`
	t.statements, err = p.NewTemplate(of.Read, of.Texts(), t.suite.hash)
	return t, err
}

// configure writes the proof under the contexts that all documents have.
func (t *Template) configure(ctx context.Context, p *jsonld.Processor, proof made) (*configuration, error) {
	base := t.of.Base().Value()
	terms, err := withTerms(p, base, dataIntegrityProof)
	if err != nil {
		return nil, err
	}
	if t.suite.form != statements || base.Member("proof").Present() || !terms.Equal(base) {
		return nil, fmt.Errorf("%w: the proof is not added to statements alone", jsonld.ErrNoTemplate)
	}
	d, err := Open(p, base)
	if err != nil {
		return nil, err
	}
	defer d.Release()
	return d.configure(ctx, proof, t.suite, t.signer)
}

// Sign returns the document with its proof, as Sign without a template does.
// jsonld.ErrNoTemplate if it has to be signed by itself.
func (t *Template) Sign(ctx context.Context, document vc.Filled) ([]byte, error) {
	if document.Template() != t.of {
		return nil, errors.New("the document was made by another template")
	}
	budget := jsonld.BudgetFor(document.Size())
	data := append(make([]byte, 0, 2*len(t.options)), t.options...)
	data, err := t.statements.AppendDigest(ctx, data, document.Texts(), &budget)
	if err != nil {
		return nil, err
	}
	signature, err := t.suite.sign(t.signer.Key, data)
	if err != nil {
		return nil, err
	}
	return document.With(t.before, keys.EncodeMultibase58(signature), `"}]`), nil
}
