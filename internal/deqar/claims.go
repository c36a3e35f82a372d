package deqar

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"laurel/internal/strictjson"
)

// Claim is what a DEQAR credential says of one institution (DEQAR §1.7). DEQAR signs one for
// any report, whatever its decision and its flag, and never revokes it: it is a hint where to
// look, and nothing is trusted because it exists.
type Claim struct {
	Report         int64
	Institution    int64
	Agency         int64
	Issuer         string
	Identifiers    []Identifier
	Type           ActivityType
	Status         Status
	Decision       Decision
	From, To       Day
	Jurisdiction   []int64 // numbers of countries
	Levels         []Level
	Qualifications []string
}

// Class is Adverse where the credential itself says that the report is negative, and None
// otherwise: only the mirror can say anything better.
func (c Claim) Class() Class {
	if c.Decision == Negative {
		return Adverse
	}
	return None
}

// Recheck asks the world what the claim hints at, and says where the two differ. A negative
// report that the world does not know yet makes its answer contested or adverse.
func (c Coverage) Recheck(claim Claim, d Day, s Scope) (Result, []string) {
	result := c.Evaluate(claim.Institution, d, s)
	var differ []string
	known := c.World.Report(claim.Report)
	switch {
	case known == nil:
		differ = append(differ, fmt.Sprintf("report %d is not known here", claim.Report))
	case known.Decision != claim.Decision || known.Status != claim.Status || known.From != claim.From:
		differ = append(differ, fmt.Sprintf("report %d says something else here", claim.Report))
	}
	if claim.Class() == Adverse && len(differ) > 0 && (Span{claim.From, claim.To}).Holds(d) {
		if result.Class.Confers() {
			result.Class = Contested
		} else {
			result.Class = Adverse
		}
		result.Awards, result.Allowed = nil, false
	}
	return result, differ
}

// ReadClaims reads the subject, or each of the subjects, of a DEQAR credential as hints. Its
// proof is not looked at.
func ReadClaims(raw []byte) ([]Claim, error) {
	f, err := readFields(raw, detailLimits)
	if err != nil {
		return nil, err
	}
	isReport := false
	for t := range f.items("type") {
		isReport = isReport || t.Text() == "DeqarReport"
	}
	if !isReport {
		return nil, errors.New("not a credential of the type DeqarReport")
	}
	issuer := f.within("issuer")
	common := Claim{
		Report: f.permalink("id", "report"), Issuer: issuer.text("id"), Agency: issuer.within("onBehalfOf").permalink("id", "agency"),
		From: f.day("issuanceDate"), To: f.day("expirationDate"),
	}
	var all []Claim
	for subject := range f.v.Member("credentialSubject").Listed() {
		if !subject.Is(strictjson.Object) {
			f.fail("credentialSubject", "an object, or a list of them")
			break
		}
		all = append(all, fields{subject, f.fault}.claim(common))
	}
	if *f.fault != nil {
		return nil, *f.fault
	}
	if len(all) == 0 {
		return nil, errors.New("the credential is about no institution")
	}
	return all, nil
}

func (f fields) claim(c Claim) Claim {
	c.Institution = f.permalink("id", "institution")
	for item := range f.list("identifiers") {
		c.Identifiers = append(c.Identifiers, Identifier{Scheme: item.text("resource"), Value: item.text("identifier")})
	}
	claims := f.within("authorizationClaims")
	c.Type = ActivityType(word(activityWords, claims.text("accreditationType")))
	c.Status = Status(word(statusWords, claims.text("accreditationStatus")))
	c.Decision = Decision(word(decisionWords, claims.text("decision")))
	for item := range claims.items("limitJurisdiction") {
		id, ok := permalinkNumber(item.Text(), "country")
		if !ok {
			f.fail("limitJurisdiction", "a list of countries")
		}
		c.Jurisdiction = append(c.Jurisdiction, id)
	}
	for item := range claims.items("limitQFLevel") {
		c.Levels = append(c.Levels, ParseLevel(item.Text()))
	}
	for item := range claims.items("limitQualification") {
		if text, ok := item.IsText(); ok {
			c.Qualifications = append(c.Qualifications, text)
		}
	}
	return c
}

func (f fields) permalink(name, kind string) int64 {
	id, ok := permalinkNumber(f.text(name), kind)
	if !ok {
		f.fail(name, "a permalink of the kind "+kind)
	}
	return id
}

// permalinkNumber reads what Permalink writes.
func permalinkNumber(text, kind string) (int64, bool) {
	digits := text[strings.LastIndexByte(text, '/')+1:]
	id, err := strconv.ParseInt(digits, 10, 64)
	return id, err == nil && id > 0 && text == Permalink(kind, id)
}
