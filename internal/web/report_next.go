package web

import (
	"cmp"
	"slices"

	"laurel/registry"
	"laurel/verifier"
)

// The steps that a page can advise, which are the ends of keys of the catalogue.
const (
	stepPerson   = "person"   // compare the person
	stepKeep     = "keep"     // keep the answer
	stepIssuer   = "issuer"   // ask the institution at an address looked up elsewhere
	stepInForce  = "inforce"  // ask for one that is in force
	stepOriginal = "original" // ask for the original
	stepConform  = "conform"  // ask the issuer for one that conforms
	stepAgain    = "again"    // try again
	stepConnect  = "connect"  // verify with a connection
	stepCompare  = "compare"  // ask for another address of the person
	stepPresent  = "present"  // ask for a new presentation
	stepMany     = "many"     // give the file where many are verified
	stepParts    = "parts"    // look at the credentials in it
	stepOther    = "other"    // ask for another form
	stepTable    = "table"    // mend the table
	stepHTTPS    = "https"    // ask for an address of https
	stepRow      = "row"      // mend what the table says
	stepAddress  = "address"  // give the whole address
	stepWarned   = "warned"   // do not accept it, and ask an authority
	stepKnow     = "know"     // read the conditions
	stepScope    = "scope"    // ask on whose word it awards this
	stepVouch    = "vouch"    // ask who vouched for it when it issued
	stepAgency   = "agency"   // ask what holds now
	stepRenew    = "renew"    // verify again with a newer list
	stepKey      = "key"      // ask whether the key is theirs
)

// stepsOfCodes say what to do about the check that decided.
var stepsOfCodes = map[string]string{
	"input-table-without-links": stepTable, "input-table": stepRow, "input-row": stepRow, "input-not-https": stepHTTPS, "input-link-in-text": stepAddress, "input-nested": stepMany, "recipient-unclear": stepRow, "input-bare-link": stepAddress,
	"input-encrypted": stepOther, "input-many": stepMany, "input-too-large": stepOther, "input-unavailable": stepAgain,
	"syntax-envelope": stepOther, "schema-too-large": stepOther, "syntax-malformed": stepConform, "syntax-too-large": stepOther,
	"context-ambiguous": stepConform, "context-invalid": stepConform, "context-loss": stepConform, "context-unknown": stepConform,
	"context-unsupported": stepConform, "schema-invalid": stepConform, "schema-open-badges-2-malformed": stepConform,
	"proof-missing": stepIssuer, "proof-key-unpublished": stepIssuer, "proof-key-withdrawn": stepInForce, "proof-bundle-word": stepConnect, "proof-not-for-you": stepPresent,
	"proof-expired": stepPresent, "proof-undecided": stepAgain,
	"issuer-mismatch": stepIssuer, "issuer-not-hosted": stepIssuer, "issuer-unattributed": stepIssuer, "issuer-other-holder": stepPresent,
	"validity-expired": stepInForce, "validity-not-yet": stepInForce,
	"status-revoked": stepInForce, "status-revoked-because": stepInForce, "status-suspended": stepInForce, "status-ended-since": stepInForce,
	"status-unavailable": stepAgain, "status-bundle-word": stepConnect, "status-list-undecided": stepAgain, "status-unsupported": stepIssuer,
	"status-malformed": stepConform, "status-list-invalid": stepIssuer,
	"credentials-invalid": stepParts, "credentials-undecided": stepParts, "credentials-nothing": stepPresent, "credentials-too-many": stepOther,
	"recipient-mismatch": stepCompare, "recipient-incomparable": stepCompare,
}

// stepsOfTrust say what to do about a genuine badge of whose issuer a registry says this.
var stepsOfTrust = map[registry.Summary]string{
	registry.Blacklisted: stepWarned, registry.Revoked: stepWarned, registry.OutOfScope: stepScope, registry.Contested: stepAgency,
	registry.NotYetValid: stepVouch, registry.Lapsed: stepVouch, registry.Suspended: stepVouch, registry.Withdrawn: stepVouch,
	registry.NotListed: stepIssuer, registry.TrustedWithConditions: stepKnow,
}

// stepsOfReasons say what to do where the registry could not decide.
var stepsOfReasons = []struct {
	reason registry.Reason
	step   string
}{
	{registry.ReasonExpired, stepRenew}, {registry.ReasonStale, stepRenew}, {registry.ReasonSourceUnavailable, stepRenew},
	{registry.ReasonUnpinnedKey, stepKey}, {registry.ReasonBindingWeak, stepKey},
}

// trustStep is the step about the issuer; empty: there is none of its own.
func trustStep(r *verifier.Report) string {
	d := r.Trust.Decision
	if d == nil {
		return ""
	}
	if d.Summary == registry.Indeterminate {
		for _, s := range stepsOfReasons {
			if slices.Contains(d.Reasons, s.reason.String()) {
				return s.step
			}
		}
	}
	return stepsOfTrust[d.Summary]
}

// nextSteps are the one or two things that the reader can do now.
func (t *tongue) nextSteps(r *verifier.Report, v reportView) []string {
	var all []string
	add := func(step string) { all = append(all, t.T("next."+step)) }
	switch {
	case v.Mark == dont && r.Verdict != verifier.Invalid:
		add(stepWarned)
	case r.Verdict != verifier.Valid:
		add(cmp.Or(stepsOfCodes[r.Deciding().Code], stepOriginal))
	case r.Presentation != nil || v.Mark == care && !allRely(r):
		if v.Mark == rely {
			add(stepKeep)
		} else {
			add(stepParts)
		}
	case v.Mark == care:
		add(cmp.Or(trustStep(r), stepIssuer))
	case hasCheck(r, "recipient-ok") || hasCheck(r, "recipient-presented"):
		add(stepKeep)
	default:
		add(stepPerson)
	}
	if v.Mark == rely && trustStep(r) != "" {
		add(trustStep(r))
	}
	if r.AsOf != "" && r.Verdict == verifier.Valid {
		add(stepConnect)
	}
	return all
}
