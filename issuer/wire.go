package issuer

import (
	"errors"

	"laurel/internal/badge"
	"laurel/internal/status"
	"laurel/internal/vc"
)

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
