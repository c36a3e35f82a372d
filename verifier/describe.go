package verifier

import (
	"slices"

	"laurel/internal/badge"
	"laurel/internal/proof"
	"laurel/internal/strictjson"
	"laurel/internal/vc"
)

// describe puts what the verified document says into the report, and nothing else.
func describe(c *vc.Credential, verified *proof.Verified, format string) *Credential {
	document := verified.Value()
	out := &Credential{
		ID: c.ID, Name: text(document, "name"), AwardedDate: text(document, "awardedDate"), Format: format,
		Issuer: Issuer{ID: c.Issuer, Name: text(c.IssuerInfo, "name"), URL: text(c.IssuerInfo, "url")},
	}
	if c.ValidFrom != nil {
		out.ValidFrom = vc.Restate(*c.ValidFrom, text(document, "validFrom"))
	}
	if c.ValidUntil != nil {
		out.ValidUntil = vc.Restate(*c.ValidUntil, text(document, "validUntil"))
	}
	out.Proofs = make([]Proof, 0, len(verified.Outcomes()))
	for _, o := range verified.Outcomes() {
		out.Proofs = append(out.Proofs, describeProof(o))
	}
	out.Endorsement = describeEndorsement(c)
	if _, isBadge := schemaOf(c); isBadge && len(c.Subjects) == 1 {
		describeSubject(out, c.Subjects[0])
	}
	return out
}

// describeEndorsement reads an EndorsementSubject (OB §B.2).
func describeEndorsement(c *vc.Credential) *Endorsement {
	if !slices.Contains(c.Types, "EndorsementCredential") || len(c.Subjects) != 1 {
		return nil
	}
	return &Endorsement{Of: text(c.Subjects[0], "id"), Comment: text(c.Subjects[0], "endorsementComment")}
}

func describeProof(o proof.Outcome) Proof {
	p := Proof{Type: o.Format, Suite: o.Suite, Method: o.Method, Status: pass}
	if o.Err != nil {
		p.Status = fail
	}
	if !o.Created.IsZero() {
		p.Created = vc.FormatTime(o.Created)
	}
	return p
}

func describeSubject(out *Credential, subject strictjson.Value) {
	out.Recipient.ID = text(subject, "id")
	for _, identity := range badge.Identities(subject) {
		out.Recipient.Identity = describeIdentity(identity)
	}
	achievement := subject.Member("achievement")
	if !achievement.Is(strictjson.Object) {
		return
	}
	out.Achievement = &Achievement{
		ID: text(achievement, "id"), Name: text(achievement, "name"), Description: text(achievement, "description"),
		Type: text(achievement, "achievementType"),
	}
	criteria := achievement.Member("criteria")
	out.Achievement.Criteria, out.Achievement.CriteriaURL = text(criteria, "narrative"), text(criteria, "id")
	out.Achievement.Image = text(achievement.Member("image"), "id")
	if results := badge.Results(subject); len(results) > 0 {
		out.Results = make([]Result, len(results))
		for i, r := range results {
			out.Results[i] = Result{Name: r.Name, Value: r.Value}
		}
	}
}

func describeIdentity(identity badge.IdentityObject) string {
	if identity.Hashed {
		return identity.IdentityType + " (hashed)"
	}
	return identity.IdentityType
}

func text(object strictjson.Value, name string) string { return object.Member(name).Text() }
