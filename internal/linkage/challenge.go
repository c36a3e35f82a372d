package linkage

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"laurel/internal/did"
	"laurel/internal/signed"
	"laurel/keys"
	"laurel/registry"
)

// challengeType is what a signed challenge says that it is, so that nothing else that a key
// signed can stand for it.
const challengeType = "obtr-challenge+jws"

const maxAnswer = 8 << 10

// Challenge is what a registry asks an applicant to sign, with a key of the DID that is to
// be listed. It is for one registry, one DID and a while.
type Challenge struct {
	Registry string    `json:"registry"` // the registry's origin
	DID      string    `json:"did"`
	Nonce    string    `json:"nonce"`
	Expires  time.Time `json:"expires"`
}

// NewChallenge makes a challenge that nobody could foresee.
func NewChallenge(origin, id string, expires time.Time) Challenge {
	return Challenge{Registry: origin, DID: registry.NormalDID(id), Nonce: rand.Text(), Expires: expires.UTC().Truncate(time.Second)}
}

// Answer signs the challenge.
func (c Challenge) Answer(key crypto.Signer) ([]byte, error) {
	payload, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	document, err := signed.Draft(payload).Sign(challengeType, key)
	if err != nil {
		return nil, err
	}
	return document.Bytes(), nil
}

// Answered looks whether a key that the DID lists for assertions signed exactly this
// challenge before it expired. The link names the keys that did: those to pin. It shows that the
// applicant has the key, and nothing of who the applicant is: for that somebody must have asked
// the institution in another way.
func (l *Looker) Answered(ctx context.Context, c Challenge, answer []byte) (Link, error) {
	if l.Now().After(c.Expires) {
		return Link{}, fmt.Errorf("%w: the challenge has expired; ask for another", ErrNotLinked)
	}
	document, err := signed.Read(answer, maxAnswer)
	if err != nil {
		return Link{}, fmt.Errorf("%w: the answer: %w", ErrNotLinked, err)
	}
	holders, err := l.assertionKeys(ctx, c.DID)
	if err != nil {
		return Link{}, err
	}
	verified, err := document.Verify(challengeType, holders, 1)
	if err != nil {
		return Link{}, fmt.Errorf("%w: the answer: %w", ErrNotLinked, err)
	}
	want, err := json.Marshal(c)
	if err != nil {
		return Link{}, err
	}
	if string(verified.Payload()) != string(want) {
		return Link{}, fmt.Errorf("%w: what was signed is another challenge", ErrNotLinked)
	}
	digest := sha256.Sum256(answer)
	return Link{
		Evidence: registry.Evidence{Strength: registry.Weak, Kind: "challenge", Ref: c.DID},
		Keys:     verified.Signers(), Digest: "sha256:" + hex.EncodeToString(digest[:]),
	}, nil
}

// assertionKeys are the keys of a DID that may sign for it today.
func (l *Looker) assertionKeys(ctx context.Context, id string) (all []crypto.PublicKey, err error) {
	document, err := l.Resolver.Resolve(ctx, id)
	switch {
	case did.Undecided(err):
		return nil, unavailable("the document of the identifier", err)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrNotLinked, err)
	}
	for _, m := range document.Methods {
		usable, err := document.Method(m.ID, did.AssertionMethod)
		if err != nil || usable.UsableAt(l.Now()) != nil || !signed.Usable(usable.Key) {
			continue
		}
		all = append(all, usable.Key)
	}
	return all, nil
}

// Keys returns the thumbprints of the keys with which a DID may issue today.
func (l *Looker) Keys(ctx context.Context, id string) (all []string, err error) {
	holders, err := l.assertionKeys(ctx, id)
	if err != nil {
		return nil, err
	}
	for _, key := range holders {
		name, err := keys.Thumbprint(key)
		if err != nil {
			return nil, err
		}
		all = append(all, name)
	}
	return all, nil
}
