package verifier

import (
	"fmt"

	"laurel/registry"
)

// Verdict is the answer in one word. The zero value is Indeterminate.
type Verdict int

// The verdicts: Invalid was proven wrong, Valid had every required check made and passed,
// Indeterminate is everything else.
const (
	Indeterminate Verdict = iota
	Valid
	Invalid
)

func (v Verdict) String() string {
	return [...]string{"indeterminate", "valid", "invalid"}[v]
}

// MarshalText writes the verdict as the report spells it.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// Report is what a verification found. Nothing in it but Source comes from a part of the
// document that no proof covers.
type Report struct {
	Verdict      Verdict       `json:"verdict"`
	Trust        Trust         `json:"trust"`
	Checks       []Check       `json:"checks"`
	Credential   *Credential   `json:"credential,omitempty"`   // only once the issuer's proof verified
	Presentation *Presentation `json:"presentation,omitempty"` // of a presentation, only once it verified
	// Parts are the reports on what the document carries within itself, each judged alone:
	// the credentials of a presentation or a learner record, and endorsements.
	Parts      []Part `json:"parts,omitempty"`
	VerifiedAt string `json:"verifiedAt"` // the moment for which it holds
	// AsOf is when the documents of a bundle were collected, if the verdict rests on any.
	AsOf string `json:"asOf,omitempty"`
	// Reading is how the document's linked data was read: "compiled", as most is, or "general".
	// The statements are the same either way. Empty: it is none.
	Reading string `json:"reading,omitempty"`
	// Source is the text of the document, taken out of what it came in, to look at: unlike
	// all else here it is what was given, and may say anything. Parts have none.
	Source []byte `json:"-"`
}

// The roles of a Part.
const (
	PartCredential  = "credential"
	PartEndorsement = "endorsement"
)

// Part is the report on a credential within the document.
type Part struct {
	Role   string  `json:"role"`
	Report *Report `json:"report"`
}

// Presentation is what the verified presentation says.
type Presentation struct {
	ID     string  `json:"id,omitempty"`
	Holder string  `json:"holder,omitempty"` // who signed it; empty: nobody
	Format string  `json:"format"`           // "json", "jwt" or "sd-jwt"
	Proofs []Proof `json:"proofs,omitempty"`
}

// The answers of Trust.Status.
const (
	Trusted    = "trusted"
	Untrusted  = "untrusted"
	NotChecked = "not-checked"
)

// Trust says whether a registry lists the issuer for what it awarded; it never changes the
// verdict.
type Trust struct {
	Status   string   `json:"status"`
	Registry string   `json:"registry,omitempty"`
	Entry    *Listing `json:"entry,omitempty"`
	Reason   string   `json:"reason"`
	// Decision is the registry's whole answer. There is none where nobody was asked but a list
	// of the caller's own.
	Decision *registry.Answer `json:"decision,omitempty"`
	// Unchecked are the registries that could not be asked.
	Unchecked []string `json:"unchecked,omitempty"`
}

// Listing is the issuer as the registry knows it.
type Listing struct {
	Issuer string `json:"issuer"`
	ID     string `json:"id,omitempty"` // of the registry's entry
	Name   string `json:"name,omitempty"`
}

// Check is one step of the verification. Code is stable; Message is one plain sentence.
type Check struct {
	ID      string `json:"id"`
	Clause  string `json:"clause,omitempty"` // what it obeys, by the tags of CONFORMANCE.md
	Status  string `json:"status"`           // "pass", "fail", "warn" or "skip"
	Code    string `json:"code"`
	Message string `json:"message"`

	outcome *outcome // of the code
}

// Credential is what the verified document says.
type Credential struct {
	ID          string       `json:"id,omitempty"`
	Name        string       `json:"name,omitempty"`
	Achievement *Achievement `json:"achievement,omitempty"`
	Issuer      Issuer       `json:"issuer"`
	Recipient   Recipient    `json:"recipient"`
	ValidFrom   string       `json:"validFrom,omitempty"`
	ValidUntil  string       `json:"validUntil,omitempty"`
	AwardedDate string       `json:"awardedDate,omitempty"`
	Results     []Result     `json:"results,omitempty"`
	Format      string       `json:"format"` // "json", "jwt", "sd-jwt" or "ob2"
	Proofs      []Proof      `json:"proofs"`
	Endorsement *Endorsement `json:"endorsement,omitempty"`
}

// Endorsement is what somebody says in favour of an achievement, a credential or a profile.
type Endorsement struct {
	Of      string `json:"of"` // the identifier of what is endorsed
	Comment string `json:"comment,omitempty"`
}

// Achievement is what was earned.
type Achievement struct {
	ID          string `json:"id,omitempty"`
	Name        string `json:"name,omitempty"`
	Description string `json:"description,omitempty"`
	Type        string `json:"type,omitempty"`
	Criteria    string `json:"criteria,omitempty"` // Markdown
	CriteriaURL string `json:"criteriaUrl,omitempty"`
	Image       string `json:"image,omitempty"`
}

// Issuer is who signed, with the name that the document gives; a registry alone vouches
// for names.
type Issuer struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
	URL  string `json:"url,omitempty"`
}

// Recipient says how the learner is identified, hashed identities without their hash.
type Recipient struct {
	ID       string `json:"id,omitempty"`
	Identity string `json:"identity,omitempty"` // such as "emailAddress (hashed)"
}

// Result is one result that the learner achieved.
type Result struct {
	Name  string `json:"name,omitempty"`
	Value string `json:"value"`
}

// Proof is one proof of the document and how its check ended.
type Proof struct {
	Type    string `json:"type"`
	Suite   string `json:"suite,omitempty"`
	Method  string `json:"verificationMethod,omitempty"`
	Created string `json:"created,omitempty"`
	Status  string `json:"status"` // "pass", "fail" or "skip"
}

// Deciding returns the gravest check: of a report that is not valid, the one that made it
// so. Of equals it is the first.
func (r *Report) Deciding() Check {
	var gravest Check
	for _, c := range r.Checks {
		if gravest.ID == "" || c.gravity() > gravest.gravity() {
			gravest = c
		}
	}
	return gravest
}

// record collects checks while a document is walked.
type record struct {
	needs  []string // the checks that this kind of document requires; nil: those of a credential
	checks []Check
	room   [14]Check // for as many checks as there are
}

// set records a check by its code, which fixes everything but the details. A check keeps
// its gravest result.
func (r *record) set(name string, details ...any) {
	c, ok := outcomes[name]
	if !ok {
		panic("verifier: no such code: " + name)
	}
	made := Check{ID: c.check, Clause: c.clause, Status: c.status, Code: name, Message: c.message, outcome: c}
	if len(details) > 0 {
		made.Message = fmt.Sprintf(c.message, details...)
	}
	if r.checks == nil {
		r.checks = r.room[:0]
	}
	for i := range r.checks {
		if r.checks[i].ID != made.ID {
			continue
		}
		if made.gravity() > r.checks[i].gravity() {
			r.checks[i] = made
		}
		return
	}
	r.checks = append(r.checks, made)
}

// outcome is a line of the table of codes with what it obeys.
type outcome struct {
	code
	clause  string
	gravity int
}

// outcomes are the lines of the table.
var outcomes = func() map[string]*outcome {
	all := make(map[string]*outcome, len(codes))
	for name, c := range codes {
		all[name] = &outcome{c, Clause(name), gravity(c)}
	}
	return all
}()

func (c Check) gravity() int {
	if c.outcome == nil {
		return gravity(codes[c.Code])
	}
	return c.outcome.gravity
}

func gravity(c code) int {
	switch {
	case c.status == fail:
		return 4
	case c.blocks:
		return 3
	case c.status == warn:
		return 2
	case c.status == pass:
		return 1
	}
	return 0
}

// required are the checks without which no credential is valid.
var required = []string{"input", "syntax", "context", "schema", "proof", "issuer", "validity", "status"}

// requiredOfPresentation are those of a presentation: it has no period and no status of its
// own, but the credentials in it do.
var requiredOfPresentation = []string{"input", "syntax", "context", "proof", "issuer", "credentials"}

// verdict is the one place where checks become a verdict.
func (r *record) verdict() Verdict {
	verdict := Valid
	for i := range r.checks {
		switch c := &r.checks[i]; {
		case c.Status == fail:
			return Invalid
		case c.outcome.blocks:
			verdict = Indeterminate
		}
	}
	needs := r.needs
	if needs == nil {
		needs = required
	}
	for _, id := range needs {
		if !r.passed(id) {
			return Indeterminate
		}
	}
	return verdict
}

// passed reports whether a check was made and nothing was found that stands in the way.
func (r *record) passed(id string) bool {
	for i := range r.checks {
		if c := &r.checks[i]; c.ID == id && (c.Status == pass || c.Status == warn) {
			return true
		}
	}
	return false
}
