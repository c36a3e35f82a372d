package issuer

import (
	"context"
	"errors"
	"fmt"

	"laurel/internal/proof"
	"laurel/internal/strictjson"
	"laurel/internal/vc"
	"laurel/keys"
)

// Token returns the award's credential as a JSON Web Token (OB §8.2). It is made when it is
// first asked for, and kept until its key is withdrawn: an RSA signature costs as much as
// issuing forty badges, and few ask for it. ErrConflict if the key that signed the award's
// credential was withdrawn: the award is not to be given in another form.
func (i *Issuer) Token(ctx context.Context, a Award) ([]byte, error) {
	if i.KeyWithdrawn(a) {
		return nil, fmt.Errorf("%w: there is no token of this badge, for the key that signed the badge was withdrawn", ErrConflict)
	}
	if a.Token != nil {
		if made, err := proof.OpenToken(string(a.Token), strictjson.Limits{}); err == nil && !i.withdrawn()[fragment(made.Method())] {
			return a.Token, nil
		}
	}
	press, err := i.newPress(ctx)
	if err != nil {
		return nil, err
	}
	token, err := press.tokenOf(ctx, a.Credential)
	if err != nil {
		return nil, fmt.Errorf("award %s: %w", a.ID, err)
	}
	return i.store.KeepToken(ctx, a.ID, a.Token, token)
}

// tokenOf makes the token of a signed credential and verifies it as published.
func (p *press) tokenOf(ctx context.Context, credential []byte) ([]byte, error) {
	document, err := strictjson.ParseObject(credential, strictjson.Limits{})
	if err != nil {
		return nil, err
	}
	delete(document, "proof")
	prepared, err := vc.Prepare(document)
	if err != nil {
		return nil, err
	}
	signer, err := p.tokenSigner()
	if err != nil {
		return nil, err
	}
	token, err := proof.SignJWT(p.issuer.processor, prepared, signer)
	if err != nil {
		return nil, err
	}
	opened, err := proof.OpenToken(token, strictjson.Limits{})
	if err != nil {
		return nil, err
	}
	if _, _, err := opened.Verify(ctx, p.resolve, proof.Terms{At: p.issuer.now()}); err != nil {
		return nil, fmt.Errorf("the token just signed does not verify with the published key: %w", err)
	}
	return []byte(token), nil
}

// tokenSigner signs tokens: RS256 is the algorithm that every verifier of Open Badges 3.0
// knows (OB §8.2.5); without such a key, the one for embedded proofs.
func (p *press) tokenSigner() (proof.Signer, error) {
	signer, err := p.issuer.signer(p.profile, keys.RSA2048, keys.RSA3072, keys.RSA4096)
	if errors.Is(err, keys.ErrNotFound) {
		return p.embedded, nil
	}
	return signer, err
}
