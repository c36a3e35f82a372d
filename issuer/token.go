package issuer

import (
	"context"
	"fmt"

	"laurel/internal/proof"
	"laurel/internal/strictjson"
	"laurel/internal/vc"
)

// Token returns the award's credential as a JSON Web Token (OB §8.2). It is made when it is
// first asked for, and kept: an RSA signature costs as much as issuing forty badges, and few
// ask for it. ErrConflict if the key that signed the award's credential was withdrawn since,
// and no token had been made before.
func (i *Issuer) Token(ctx context.Context, a Award) ([]byte, error) {
	if a.Token != nil {
		return a.Token, nil
	}
	if i.KeyWithdrawn(a) {
		return nil, fmt.Errorf("%w: the key that signed the badge was withdrawn, so that it is not made into a token", ErrConflict)
	}
	press, err := i.newPress(ctx)
	if err != nil {
		return nil, err
	}
	token, err := press.tokenOf(ctx, a.Credential)
	if err != nil {
		return nil, fmt.Errorf("award %s: %w", a.ID, err)
	}
	return i.store.KeepToken(ctx, a.ID, token)
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
	token, err := proof.SignJWT(p.issuer.processor, prepared, p.token)
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
