package vcapi

import (
	"context"
	"slices"

	"laurel/internal/vc"
	"laurel/verifier"
)

// verification is the body of an answer about a credential or presentation. Errors are why
// it is not verified; warnings leave that to the caller. ProblemDetails are both.
type verification struct {
	Verified bool             `json:"verified"`
	Problems []problem        `json:"problemDetails"`
	Errors   []problem        `json:"errors"`
	Warnings []problem        `json:"warnings"`
	Checks   []verifier.Check `json:"checks"`
	Results  []result         `json:"results"` // on the credentials within a presentation
}

// result is how one credential within the document ended.
type result struct {
	Verified bool             `json:"verified"`
	Checks   []verifier.Check `json:"checks"`
}

// Verify verifies a credential (POST …/credentials/verify).
func (s *Service) Verify(ctx context.Context, body []byte) Answer {
	c, err := readCall(body, "verifiableCredential")
	if err != nil {
		return refuseVerification(err)
	}
	if c.object.Present() && !c.is("VerifiableCredential", "EnvelopedVerifiableCredential") {
		return refuseVerification(bad("verifiableCredential is not a credential"))
	}
	return s.verify(ctx, c, verifier.Request{}, func(r *verifier.Report) bool {
		return r.Credential != nil && r.Credential.Format != "ob2"
	})
}

// VerifyPresentation verifies a presentation, which its holder must have signed, and every
// credential in it (POST …/presentations/verify).
func (s *Service) VerifyPresentation(ctx context.Context, body []byte) Answer {
	c, err := readCall(body, "verifiablePresentation")
	if err != nil {
		return refuseVerification(err)
	}
	if c.object.Present() && !c.is("VerifiablePresentation", "EnvelopedVerifiablePresentation") {
		return refuseVerification(bad("verifiablePresentation is not a presentation"))
	}
	return s.verify(ctx, c, verifier.Request{HolderProof: true}, func(r *verifier.Report) bool { return r.Presentation != nil })
}

func (c call) is(names ...string) bool {
	types, _ := vc.Texts(c.object.Member("type"))
	return slices.ContainsFunc(names, func(name string) bool { return slices.Contains(types, name) })
}

func (s *Service) verify(ctx context.Context, c call, r verifier.Request, asked func(*verifier.Report) bool) Answer {
	checks, limited, err := c.texts("checks")
	if err == nil {
		r.Challenge, err = c.option("challenge")
	}
	if err == nil {
		r.Domain, err = c.option("domain")
	}
	if err == nil {
		r.Input, err = c.bytes()
	}
	if err == nil && c.object.Present() {
		err = checkResources(c.object)
	}
	if err != nil {
		return refuseVerification(err)
	}
	report := s.verifier.Verify(ctx, r)
	left := scope{}
	if limited {
		left = scope{validity: true, status: !slices.Contains(checks, "credentialStatus")}
	}
	errors, warnings := judge(report, left)
	if len(errors) == 0 && !asked(report) {
		return refuseVerification(bad("what was sent is of another kind than was asked about"))
	}
	v := verification{Verified: len(errors) == 0, Errors: errors, Warnings: warnings, Checks: report.Checks, Results: []result{}}
	v.Problems = append(slices.Clone(errors), warnings...)
	for _, part := range report.Parts {
		if part.Role == verifier.PartCredential {
			v.Results = append(v.Results, result{part.Report.Verdict == verifier.Valid, part.Report.Checks})
		}
	}
	return write(statusOf(v, report), v)
}

// statusOf tells what is wrong from what could not be decided.
func statusOf(v verification, r *verifier.Report) int {
	switch {
	case v.Verified:
		return statusOK
	case r.Verdict == verifier.Indeterminate:
		return statusUndecided
	}
	return statusBadRequest
}

// refuseVerification answers a verification that was not begun.
func refuseVerification(err error) Answer {
	p := problemOfCall(err)
	status := p.Status
	p.Status = 0 // which is that of the answer, not of a finding
	problems := []problem{p}
	return write(status, verification{Problems: problems, Errors: problems, Warnings: []problem{}, Checks: []verifier.Check{}, Results: []result{}})
}

// scope is what a caller leaves to itself.
type scope struct{ validity, status bool }

// proofOnly is the smaller question of the option checks: was it signed by its issuer, as it
// is, and does it conform?
var proofOnly = scope{validity: true, status: true}

func (s scope) leaves(check string) bool {
	return s.validity && check == "validity" || s.status && check == "status"
}

// essential are the checks that must have been made and passed, whatever the caller leaves
// to itself. Whether the key belongs to the issuer is one: without it anybody could sign in
// anybody's name. What else a document carries must not be wrong or undecided.
var essential = []string{"input", "syntax", "context", "proof", "issuer"}

// judge reads a report for the question that was asked; where nothing is left to the caller
// the report's own verdict is the answer. Errors are why it is not verified, and never empty
// then. Credentials within a presentation must hold whatever is asked of the whole.
func judge(r *verifier.Report, left scope) (errors, warnings []problem) {
	errors, warnings = []problem{}, []problem{}
	passed := checkSet{}
	for _, c := range r.Checks {
		passed[c.ID] = c.Status == "pass" || c.Status == "warn"
		switch {
		case left.leaves(c.ID) && c.Status != "pass", c.Status == "warn" && c.Code != "schema-not-a-badge":
			warnings = append(warnings, problemOf(c))
		case c.Status == "fail", c.ID == "credentials" && !passed[c.ID]:
			errors = append(errors, problemOf(c))
		}
	}
	held := r.Verdict == verifier.Valid
	if left != (scope{}) {
		held = passed.all(essential) && (left.status || r.Presentation != nil || passed["status"])
	}
	if !held && len(errors) == 0 {
		errors = append(errors, problemOf(r.Deciding()))
	}
	return errors, warnings
}

// checkSet is the ids of checks that passed.
type checkSet map[string]bool

func (s checkSet) all(ids []string) bool {
	return !slices.ContainsFunc(ids, func(id string) bool { return !s[id] })
}
