package issuer

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"laurel/internal/badge"
	"laurel/internal/did"
	"laurel/internal/proof"
	"laurel/internal/status"
	"laurel/internal/strictjson"
	"laurel/internal/vc"
	"laurel/keys"
)

// press signs: the keys in use, the profile, and the DID document that is published, under
// which all that it signs must verify before it leaves.
type press struct {
	issuer    *Issuer
	profile   Profile
	embedded  proof.Signer
	token     proof.Signer
	published *did.Document
}

func (i *Issuer) newPress(ctx context.Context) (*press, error) {
	profile, err := i.store.Profile(ctx)
	if err != nil {
		return nil, err
	}
	p := &press{issuer: i, profile: profile}
	if p.embedded, err = i.signer(profile, keys.Ed25519, keys.P256, keys.P384); err != nil {
		return nil, fmt.Errorf("no key for embedded proofs: %w", err)
	}
	// RS256 is the algorithm that every verifier of Open Badges 3.0 knows (OB §8.2.5).
	if p.token, err = i.signer(profile, keys.RSA2048, keys.RSA3072, keys.RSA4096); errors.Is(err, keys.ErrNotFound) {
		p.token = p.embedded
	} else if err != nil {
		return nil, err
	}
	raw, err := i.DIDDocument(ctx)
	if err != nil {
		return nil, err
	}
	p.published, err = did.ParseDocument(raw, profile.ID)
	return p, err
}

func (i *Issuer) signer(p Profile, algorithms ...keys.Algorithm) (proof.Signer, error) {
	key, err := i.ring.Active(algorithms...)
	if err != nil {
		return proof.Signer{}, err
	}
	signer, err := i.ring.Signer(key.ID)
	return proof.Signer{Method: p.ID + "#" + key.ID, Key: signer}, err
}

// resolve finds a key in the published document and nowhere else.
func (p *press) resolve(_ context.Context, method, purpose string) (proof.Method, error) {
	m, err := p.published.Method(method, did.Relationship(purpose))
	if err != nil {
		return proof.Method{}, err
	}
	return proof.Method{Key: m.Key, Controller: m.Controller, Algorithm: m.Algorithm}, m.UsableAt(p.issuer.now())
}

// sign makes both forms of an award's credential and verifies both as published.
func (p *press) sign(ctx context.Context, a *Award) error {
	achievement, err := p.issuer.store.Achievement(ctx, a.Result.Achievement)
	if err != nil {
		return err
	}
	prepared, err := p.issuer.prepare(p.profile, achievement, *a)
	if err != nil {
		return err
	}
	now := p.issuer.now().UTC().Truncate(time.Second)
	if a.Credential, err = p.secure(ctx, prepared, now); err != nil {
		return err
	}
	token, err := proof.SignJWT(p.issuer.processor, prepared, p.token)
	if err != nil {
		return err
	}
	opened, err := proof.OpenToken(token, strictjson.Limits{})
	if err != nil {
		return err
	}
	if _, _, err := opened.Verify(ctx, p.resolve, proof.Terms{At: now}); err != nil {
		return fmt.Errorf("the token just signed does not verify with the published key: %w", err)
	}
	a.Token = []byte(token)
	a.State, a.IssuedAt, a.ChangedAt = Issued, now, now
	return nil
}

// secure signs with an embedded proof and verifies the very bytes.
func (p *press) secure(ctx context.Context, prepared vc.Prepared, now time.Time) ([]byte, error) {
	signed, err := proof.Sign(ctx, p.issuer.processor, prepared, p.embedded, now)
	if err != nil {
		return nil, err
	}
	read, err := strictjson.ReadObject(signed, strictjson.Limits{})
	if err != nil {
		return nil, err
	}
	document, err := proof.Open(p.issuer.processor, read)
	if err != nil {
		return nil, err
	}
	if _, _, err := document.Verify(ctx, p.resolve, proof.Terms{At: now}); err != nil {
		return nil, fmt.Errorf("the credential just signed does not verify with the published key: %w", err)
	}
	return signed, nil
}

// prepare builds the badge of an award in the safe emission profile.
func (i *Issuer) prepare(p Profile, a Achievement, award Award) (vc.Prepared, error) {
	r := award.Result
	wire := i.wireAchievement(p, a)
	subject := badge.Subject{
		Type:          []string{"AchievementSubject"},
		Identifier:    []badge.IdentityObject{badge.HashEmail(r.Email, award.Salt)},
		Achievement:   wire,
		Narrative:     r.Narrative,
		LicenseNumber: r.LicenseNumber,
		CreditsEarned: r.CreditsEarned,
		Term:          r.Term,
	}
	results, err := i.wireResults(wire, a, r.Values)
	if err != nil {
		return vc.Prepared{}, err
	}
	subject.Result = results
	evidence := make([]badge.Evidence, len(r.Evidence))
	for n, e := range r.Evidence {
		e.Type = []string{"Evidence"}
		evidence[n] = e
	}
	c := badge.Credential{
		Context: badge.Contexts(), ID: award.CredentialID(),
		Type: []string{"VerifiableCredential", "OpenBadgeCredential"},
		Name: a.Class.Name, AwardedDate: vc.FormatTime(r.AwardedAt),
		Issuer: i.wireProfile(p), ValidFrom: vc.FormatTime(award.validFrom()),
		Subject: subject, Evidence: evidence, CredentialStatus: i.statusEntries(a, award),
	}
	if r.ValidUntil != nil {
		c.ValidUntil = vc.FormatTime(*r.ValidUntil)
	}
	return badge.Prepare(c)
}

func (i *Issuer) wireProfile(p Profile) badge.Profile {
	w := badge.Profile{ID: p.ID, Type: []string{"Profile"}, Name: p.Name, URL: p.URL, Email: p.Email, Description: p.Description}
	if p.CountryCode != "" {
		w.Address = &badge.Address{Type: []string{"Address"}, AddressCountryCode: p.CountryCode}
	}
	return w
}

// wireResults writes values under the achievement's result descriptions, in their order.
func (i *Issuer) wireResults(wire badge.Achievement, a Achievement, values map[string]string) ([]badge.Result, error) {
	var out []badge.Result
	known := 0
	for n, d := range a.Class.ResultDescription {
		value, ok := values[d.ID]
		if !ok {
			continue
		}
		known++
		r := badge.Result{Type: []string{"Result"}, ResultDescription: wire.ResultDescription[n].ID}
		switch {
		case d.ResultType == "Status":
			r.Status = value
		case len(d.RubricCriterionLevel) > 0:
			r.AchievedLevel = r.ResultDescription + "/" + value
		default:
			r.Value = value
		}
		out = append(out, r)
	}
	if known < len(values) {
		return nil, errors.New("a result value names no result description of the achievement")
	}
	return out, nil
}

// statusEntries returns the entry for revocation, or a list of two for awards that can be
// suspended as well.
func (i *Issuer) statusEntries(a Achievement, award Award) any {
	revocation := i.statusEntry(status.Revocation, award)
	if !a.Suspendable {
		return revocation
	}
	return []status.Entry{revocation, i.statusEntry(status.Suspension, award)}
}

func (i *Issuer) statusEntry(purpose string, award Award) status.Entry {
	return status.NewEntry(i.StatusURL(listName(award.List, purpose)), purpose, award.Index)
}

// newAward draws what makes an award this one: its id, its links' tokens, its salt.
func (i *Issuer) newAward(r Result) (Award, error) {
	a := Award{Result: r, State: Reserved, ReservedAt: i.now().UTC()}
	id, err := i.draw(16)
	if err != nil {
		return a, err
	}
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80 // RFC 9562 §5.4, version 4
	h := hex.EncodeToString(id)
	a.ID = h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
	for _, to := range []*string{&a.ShareToken, &a.OwnerToken, &a.Salt} {
		random, err := i.draw(18)
		if err != nil {
			return a, err
		}
		*to = base64.RawURLEncoding.EncodeToString(random)
	}
	return a, nil
}

func (i *Issuer) draw(n int) ([]byte, error) {
	b := make([]byte, n)
	_, err := io.ReadFull(i.random, b)
	return b, err
}
