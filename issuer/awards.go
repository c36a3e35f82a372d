package issuer

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// Find returns an award by its ID, by its credential's id, by its share link, by the
// assessment's key, or by its short ID if no other award shares that.
func (i *Issuer) Find(ctx context.Context, name string) (Award, error) {
	if token, ok := strings.CutPrefix(name, i.base+"/badges/"); ok {
		return i.store.AwardByShareToken(ctx, token)
	}
	a, err := i.store.Award(ctx, strings.TrimPrefix(name, "urn:uuid:"))
	if errors.Is(err, ErrNotFound) {
		a, err = i.store.AwardByKey(ctx, name)
	}
	if errors.Is(err, ErrNotFound) && len(name) == shortID {
		return i.findShort(ctx, strings.ToLower(name))
	}
	return a, err
}

func (i *Issuer) findShort(ctx context.Context, short string) (Award, error) {
	found, err := i.store.Awards(ctx, short, 2) // in the order of their IDs
	if err != nil {
		return Award{}, err
	}
	switch {
	case len(found) == 0 || !strings.HasPrefix(found[0].ID, short):
		return Award{}, ErrNotFound
	case len(found) == 2 && strings.HasPrefix(found[1].ID, short):
		return Award{}, fmt.Errorf("%w: several awards have an ID that begins so, such as %s and %s", ErrConflict, found[0].ID, found[1].ID)
	}
	return i.store.Award(ctx, found[0].ID)
}

// Awards returns at most limit awards after an ID, in the order of their IDs.
func (i *Issuer) Awards(ctx context.Context, after string, limit int) ([]Award, error) {
	return i.store.Awards(ctx, after, limit)
}

// Shared returns the award behind a share link.
func (i *Issuer) Shared(ctx context.Context, token string) (Award, error) {
	return i.store.AwardByShareToken(ctx, token)
}

// Owned returns the award behind the learner's own link.
func (i *Issuer) Owned(ctx context.Context, token string) (Award, error) {
	return i.store.AwardByOwnerToken(ctx, token)
}

// SetShowName records the learner's choice whether the badge page shows the name; the
// learner's own link is the permission.
func (i *Issuer) SetShowName(ctx context.Context, ownerToken string, show bool) error {
	a, err := i.Owned(ctx, ownerToken)
	if err != nil {
		return err
	}
	return i.store.SetShowName(ctx, a.ID, show)
}

// ShareURL returns the address of an award's public page.
func (i *Issuer) ShareURL(a Award) string { return i.base + "/badges/" + a.ShareToken }

// OwnerURL returns the address with which the learner decides what the public page shows.
func (i *Issuer) OwnerURL(a Award) string { return i.base + "/my/" + a.OwnerToken }

// NewAccessToken makes a bearer token for the management API. The token is returned once
// and kept as a hash only.
func (i *Issuer) NewAccessToken(ctx context.Context, label string) (token string, t AccessToken, err error) {
	if label == "" || len(label) > 100 {
		return "", t, fmt.Errorf("%w: a token needs a label of at most 100 bytes", ErrInput)
	}
	secret, err := i.draw(32)
	if err != nil {
		return "", t, err
	}
	id, err := i.draw(6)
	if err != nil {
		return "", t, err
	}
	token = "laurel_" + base64.RawURLEncoding.EncodeToString(secret)
	t = AccessToken{ID: hex.EncodeToString(id), Hash: tokenHash(token), Label: label, Created: i.now().UTC()}
	return token, t, i.store.AddToken(ctx, t)
}

// CheckAccessToken returns the record of a token, or ErrNotFound.
func (i *Issuer) CheckAccessToken(ctx context.Context, token string) (AccessToken, error) {
	return i.store.AccessToken(ctx, tokenHash(token))
}

// AccessTokens lists the tokens without giving them away.
func (i *Issuer) AccessTokens(ctx context.Context) ([]AccessToken, error) {
	return i.store.AccessTokens(ctx)
}

// RemoveAccessToken ends a token, named by its ID.
func (i *Issuer) RemoveAccessToken(ctx context.Context, id string) error {
	return i.store.RemoveToken(ctx, id)
}

func tokenHash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
