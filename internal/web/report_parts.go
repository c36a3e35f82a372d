package web

import "laurel/verifier"

// partView is the report on a credential within the document, as a card of its own.
type partView struct {
	reportView
	Title string
	Says  string // what an endorsement says
}

// presenterView says who presents credentials.
type presenterView struct {
	Holder string // empty: nobody signed
}

// maxParts bounds the parts that a page shows, at each level; the verifier bounds all.
const maxParts = 128

// viewParts turns the reports on what is within a document into cards. Endorsements are
// what others say; they lend nothing.
func (t *tongue) viewParts(r *verifier.Report, home string) (credentials, endorsements []partView) {
	for _, p := range r.Parts[:min(len(r.Parts), maxParts)] {
		v := partView{reportView: t.viewAnswer(p.Report, home)}
		if v.Badge != nil {
			v.Title = v.Badge.Name
		}
		if v.Title == "" {
			v.Title = t.T("verify.part.unnamed")
		}
		if p.Role == verifier.PartEndorsement {
			endorsements = append(endorsements, t.endorsed(v, p.Report))
			continue
		}
		credentials = append(credentials, v)
	}
	return credentials, endorsements
}

// endorsed says whose word an endorsement is, and judges it as no more than that.
func (t *tongue) endorsed(v partView, r *verifier.Report) partView {
	if r.Credential == nil {
		v.Title = t.T("verify.endorsement.unnamed")
		return v
	}
	v.Title = t.T("verify.endorsement.plain", "name", v.Badge.Issuer.Name)
	if e := r.Credential.Endorsement; e != nil && e.Comment != "" {
		v.Title, v.Says = t.T("verify.endorsement.says", "name", v.Badge.Issuer.Name), shown(e.Comment, maxText)
	}
	switch {
	case v.Mark == rely:
		v.Reason = t.T("verify.reason.endorsement.trusted")
	case r.Verdict == verifier.Valid:
		v.Reason = t.T("verify.reason.endorsement")
	}
	return v
}

// allRely tells whether every credential within a document is one to rely on. A
// presentation of nothing is not.
func allRely(r *verifier.Report) bool {
	credentials := 0
	for _, p := range r.Parts {
		if p.Role != verifier.PartCredential {
			continue
		}
		credentials++
		inner := p.Report
		if inner.Verdict != verifier.Valid || inner.Trust.Status != verifier.Trusted || !allRely(inner) {
			return false
		}
	}
	return credentials > 0 || r.Presentation == nil
}
