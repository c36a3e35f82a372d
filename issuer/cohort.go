package issuer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"

	"laurel/internal/badge"
	"laurel/internal/jsonld"
	"laurel/internal/proof"
	"laurel/internal/status"
	"laurel/internal/strictjson"
	"laurel/internal/vc"
)

// minCohort is how many badges that are alike are worth a template.
const minCohort = 8

// cohort signs awards whose badges differ in the texts of some places and in nothing else.
type cohort struct {
	slots   []slot
	filling *vc.Template
	signing *proof.Template
}

// slot is one of those places.
type slot struct {
	path []any // names of members, and numbers of items
	text func(a *Award) string
}

// cohorts puts the places of awards together whose badges have one shape.
func cohorts(awards []Award) iter.Seq[[]int] {
	if len(awards) < minCohort {
		all := make([]int, len(awards))
		for n := range all {
			all[n] = n
		}
		return slices.Values([][]int{all})
	}
	by := map[string][]int{}
	for n := range awards {
		shape := shapeOf(&awards[n])
		by[shape] = append(by[shape], n)
	}
	return maps.Values(by)
}

// shapeOf tells what an award's badge has that is not in the text of a slot.
func shapeOf(a *Award) string {
	r := &a.Result
	out := strconv.AppendQuote(nil, r.Achievement)
	out = strconv.AppendInt(append(out, ' '), int64(a.List), 10)
	out = strconv.AppendFloat(append(out, ' '), r.CreditsEarned, 'g', -1, 64)
	has := func(present bool) { out = strconv.AppendBool(append(out, ' '), present) }
	has(r.ValidUntil != nil)
	has(r.Narrative != "")
	has(r.LicenseNumber != "")
	has(r.Term != "")
	for _, name := range slices.Sorted(maps.Keys(r.Values)) {
		out = strconv.AppendQuote(append(out, ' '), name)
		has(r.Values[name] != "")
	}
	for i := range r.Evidence {
		out = append(out, " evidence"...)
		for _, m := range evidenceMembers {
			has(*m.of(&r.Evidence[i]) != "")
		}
	}
	return string(out)
}

// evidenceMembers are what a piece of evidence may have.
var evidenceMembers = []struct {
	name string
	of   func(e *badge.Evidence) *string
}{
	{"id", func(e *badge.Evidence) *string { return &e.ID }},
	{"narrative", func(e *badge.Evidence) *string { return &e.Narrative }},
	{"name", func(e *badge.Evidence) *string { return &e.Name }},
	{"description", func(e *badge.Evidence) *string { return &e.Description }},
	{"genre", func(e *badge.Evidence) *string { return &e.Genre }},
	{"audience", func(e *badge.Evidence) *string { return &e.Audience }},
}

// newCohort makes the cohort of an award. jsonld.ErrNoTemplate, or that the badge could not
// be made, say that there is none, and that its awards are to be signed one by one.
func (p *press) newCohort(ctx context.Context, a Award) (*cohort, error) {
	specimen := specimenOf(a)
	prepared, err := p.prepare(ctx, &specimen)
	if err != nil {
		return nil, err
	}
	achievement, err := p.achievement(ctx, a.Result.Achievement)
	if err != nil {
		return nil, err
	}
	c := &cohort{slots: p.slots(achievement, &specimen)}
	places := make([]strictjson.Value, len(c.slots))
	for n, s := range c.slots {
		places[n] = at(prepared.Value(), s.path)
	}
	if c.filling, err = badge.NewTemplate(prepared, places); err != nil {
		return nil, fmt.Errorf("%w: %w", jsonld.ErrNoTemplate, err)
	}
	if c.signing, err = proof.NewTemplate(ctx, p.issuer.processor, c.filling, p.embedded, a.IssuedAt); err != nil {
		return nil, err
	}
	return c, p.prove(ctx, c, a)
}

// prove makes an award's badge in both ways, which must be the same, and verifies it as
// published.
func (p *press) prove(ctx context.Context, c *cohort, a Award) error {
	prepared, err := p.prepare(ctx, &a)
	if err != nil {
		return err
	}
	filled, err := c.filling.Fill(c.texts(&a))
	if err != nil {
		return err
	}
	if !bytes.Equal(prepared.Bytes(), filled.Prepared().Bytes()) {
		return fmt.Errorf("%w: the slots do not say what the badge says", jsonld.ErrNoTemplate)
	}
	if err := c.sign(ctx, &a); err != nil {
		return err
	}
	return p.verify(ctx, a.Credential, a.IssuedAt)
}

// specimenOf returns an award like another, with texts that JSON writes without escapes.
func specimenOf(a Award) Award {
	r := &a.Result
	texts := []*string{&r.Narrative, &r.LicenseNumber, &r.Term}
	r.Evidence = slices.Clone(r.Evidence)
	for i := range r.Evidence {
		for _, m := range evidenceMembers[1:] {
			texts = append(texts, m.of(&r.Evidence[i]))
		}
	}
	for _, text := range texts {
		if *text != "" {
			*text = "specimen"
		}
	}
	return a
}

func at(v strictjson.Value, path []any) strictjson.Value {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			v = v.Member(step)
		case int:
			for v = v.First(); step > 0; step-- {
				v = v.Next()
			}
		}
	}
	return v
}

// slots are those of the badges that are like a specimen's.
func (p *press) slots(achievement Achievement, specimen *Award) []slot {
	identity := []any{"credentialSubject", "identifier", 0}
	slots := []slot{
		{[]any{"id"}, func(a *Award) string { return a.CredentialID() }},
		{[]any{"awardedDate"}, func(a *Award) string { return vc.FormatTime(a.Result.AwardedAt) }},
		{[]any{"validFrom"}, func(a *Award) string { return vc.FormatTime(a.validFrom()) }},
		{append(identity, "identityHash"), func(a *Award) string { return badge.HashEmail(a.Result.Email, a.Salt).IdentityHash }},
		{append(identity, "salt"), func(a *Award) string { return a.Salt }},
	}
	add := func(present bool, text func(a *Award) string, path ...any) {
		if present {
			slots = append(slots, slot{path, text})
		}
	}
	r := &specimen.Result
	add(r.ValidUntil != nil, func(a *Award) string { return vc.FormatTime(*a.Result.ValidUntil) }, "validUntil")
	add(r.Narrative != "", func(a *Award) string { return a.Result.Narrative }, "credentialSubject", "narrative")
	add(r.LicenseNumber != "", func(a *Award) string { return a.Result.LicenseNumber }, "credentialSubject", "licenseNumber")
	add(r.Term != "", func(a *Award) string { return a.Result.Term }, "credentialSubject", "term")
	for i := range r.Evidence {
		for _, m := range evidenceMembers {
			add(*m.of(&r.Evidence[i]) != "", func(a *Award) string { return *m.of(&a.Result.Evidence[i]) }, "evidence", i, m.name)
		}
	}
	return append(append(slots, p.resultSlots(achievement, specimen)...), p.statusSlots(achievement)...)
}

// resultSlots are the values of the results, in the order of their descriptions.
func (p *press) resultSlots(achievement Achievement, specimen *Award) (slots []slot) {
	wire := p.issuer.wireAchievement(p.profile, achievement)
	results, err := p.issuer.wireResults(wire, achievement, specimen.Result.Values)
	if err != nil {
		return nil // which is said when the badge is made
	}
	n := 0
	for i, d := range achievement.Class.ResultDescription {
		if _, has := specimen.Result.Values[d.ID]; !has {
			continue
		}
		for _, m := range [...]struct{ name, text, before string }{
			{"status", results[n].Status, ""}, {"value", results[n].Value, ""},
			{"achievedLevel", results[n].AchievedLevel, wire.ResultDescription[i].ID + "/"},
		} {
			if m.text != "" {
				slots = append(slots, slot{[]any{"credentialSubject", "result", n, m.name}, func(a *Award) string { return m.before + a.Result.Values[d.ID] }})
			}
		}
		n++
	}
	return slots
}

// statusSlots are the positions in the status lists, each with its name.
func (p *press) statusSlots(achievement Achievement) (slots []slot) {
	entry := func(purpose string, path ...any) {
		of := func(a *Award) status.Entry { return p.issuer.statusEntry(purpose, *a) }
		slots = append(slots,
			slot{append(slices.Clone(path), "id"), func(a *Award) string { return of(a).ID }},
			slot{append(slices.Clone(path), "statusListIndex"), func(a *Award) string { return of(a).Index }})
	}
	if achievement.Suspendable {
		entry(status.Revocation, "credentialStatus", 0)
		entry(status.Suspension, "credentialStatus", 1)
	} else {
		entry(status.Revocation, "credentialStatus")
	}
	return slots
}

// texts are what an award has in the slots.
func (c *cohort) texts(a *Award) []string {
	texts := make([]string, len(c.slots))
	for n, s := range c.slots {
		texts[n] = s.text(a)
	}
	return texts
}

// sign makes an award's credential. jsonld.ErrNoTemplate if the award is to be signed by
// itself.
func (c *cohort) sign(ctx context.Context, a *Award) error {
	document, err := c.filling.Fill(c.texts(a))
	if err != nil {
		return errors.Join(jsonld.ErrNoTemplate, err)
	}
	if document.Size() > maxBadge {
		return jsonld.ErrNoTemplate
	}
	a.Credential, err = c.signing.Sign(ctx, document)
	return err
}
