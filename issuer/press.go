package issuer

import (
	"context"
	"fmt"
	"time"

	"laurel/internal/did"
	"laurel/internal/proof"
	"laurel/internal/strictjson"
	"laurel/internal/vc"
	"laurel/keys"
)

// press signs: the key in use, the profile, and the DID document that is published, under
// which what it signs must verify before it leaves.
type press struct {
	issuer    *Issuer
	profile   Profile
	embedded  proof.Signer
	published *did.Document
	*catalogue
}

func (i *Issuer) newPress(ctx context.Context) (*press, error) {
	profile, err := i.store.Profile(ctx)
	if err != nil {
		return nil, err
	}
	p := &press{issuer: i, profile: profile, catalogue: newCatalogue(i.store)}
	if p.embedded, err = i.signer(profile, keys.Ed25519, keys.P256, keys.P384); err != nil {
		return nil, fmt.Errorf("no key for embedded proofs: %w", err)
	}
	_, p.published, err = i.ownDocument.of(profile.ID, i.ring.List())
	return p, err
}

func (i *Issuer) signer(p Profile, algorithms ...keys.Algorithm) (proof.Signer, error) {
	key, err := i.ring.Active(algorithms...)
	if err != nil {
		return proof.Signer{}, err
	}
	signer, err := i.ring.Signer(key.ID)
	return proof.NewSigner(p.ID+"#"+key.ID, signer), err
}

// resolve finds a key in the published document and nowhere else.
func (p *press) resolve(_ context.Context, method, purpose string) (proof.Method, error) {
	m, err := p.published.Method(method, did.Relationship(purpose))
	if err != nil {
		return proof.Method{}, err
	}
	return proof.Method{Key: m.Key, Controller: m.Controller, Algorithm: m.Algorithm}, m.UsableAt(p.issuer.now())
}

// sign makes an award's credential and verifies it as published. ErrInput if the badge
// cannot be made of its result.
func (p *press) sign(ctx context.Context, a *Award) error {
	prepared, err := p.prepare(ctx, a)
	if err != nil {
		return err
	}
	a.Credential, err = p.secure(ctx, prepared, a.IssuedAt)
	return err
}

// prepare builds the badge of an award. ErrInput if it would not be one that can be signed
// and read.
func (p *press) prepare(ctx context.Context, a *Award) (vc.Prepared, error) {
	achievement, err := p.achievement(ctx, a.Result.Achievement)
	if err != nil {
		return vc.Prepared{}, err
	}
	prepared, err := p.issuer.prepare(p.profile, achievement, *a)
	if err == nil && prepared.Size() > maxBadge {
		err = fmt.Errorf("the badge would be larger than %d KiB", maxBadge>>10)
	}
	if err == nil {
		_, err = p.issuer.processor.Read(prepared.Value())
	}
	if err != nil {
		return vc.Prepared{}, fmt.Errorf("%w: %w", ErrInput, err)
	}
	return prepared, nil
}

// secure signs with an embedded proof and verifies the very bytes.
func (p *press) secure(ctx context.Context, prepared vc.Prepared, now time.Time) ([]byte, error) {
	signed, err := proof.Sign(ctx, p.issuer.processor, prepared, p.embedded, now)
	if err != nil {
		return nil, err
	}
	return signed, p.verify(ctx, signed, now)
}

// verify holds what was just signed to the published key.
func (p *press) verify(ctx context.Context, signed []byte, now time.Time) error {
	read, err := strictjson.ReadObject(signed, strictjson.Limits{})
	if err != nil {
		return err
	}
	document, err := proof.Open(p.issuer.processor, read)
	if err != nil {
		return err
	}
	if _, _, err := document.Verify(ctx, p.resolve, proof.Terms{At: now}); err != nil {
		return fmt.Errorf("the credential just signed does not verify with the published key: %w", err)
	}
	return nil
}
