package verifier

import (
	"context"
	"crypto"
	"fmt"
	"slices"

	"laurel/internal/did"
	"laurel/internal/proof"
	"laurel/internal/strictjson"
	"laurel/internal/vc"
	"laurel/schemas"
)

// MaxStatement bounds the results that one statement lists.
const MaxStatement = 1000

// maxLine bounds each text of a line that the item itself chose, in characters.
const maxLine = 300

// Line is as much of the report on an item as a statement says of it.
type Line struct {
	Item        string `json:"item"`
	SHA256      string `json:"sha256,omitempty"`
	Verdict     string `json:"verdict"`
	Trust       string `json:"trust"`
	Code        string `json:"code,omitempty"` // of the check that decided
	Achievement string `json:"achievement,omitempty"`
	IssuedBy    string `json:"issuedBy,omitempty"`
	VerifiedAt  string `json:"verifiedAt"`          // the moment for which it was decided
	Recipient   string `json:"recipient,omitempty"` // code of the check that compared a person
	AsOf        string `json:"asOf,omitempty"`
}

// Line returns the line of a statement on the item, whose texts are cut to a bounded length.
func (r ItemReport) Line() Line {
	line := Line{
		Item: cut(r.Name), SHA256: r.SHA256, Verdict: r.Report.Verdict.String(), Trust: r.Report.Trust.Status,
		Code: r.Report.Deciding().Code, VerifiedAt: r.Report.VerifiedAt, AsOf: r.Report.AsOf,
	}
	if r.Link { // which may be a secret of the learner
		line.Item = "link"
	}
	if compared := slices.IndexFunc(r.Report.Checks, func(c Check) bool { return c.ID == "recipient" }); compared >= 0 {
		line.Recipient = r.Report.Checks[compared].Code
	}
	if c := r.Report.Credential; c != nil {
		line.IssuedBy = cut(c.Issuer.ID)
		if c.Achievement != nil {
			line.Achievement = cut(c.Achievement.Name)
		}
	}
	return line
}

func cut(text string) string {
	n := 0
	for at := range text {
		if n++; n > maxLine {
			return text[:at] + "…"
		}
	}
	return text
}

// Statement makes the verifier's own credential of results, signed by the witness's key: what
// was verified, when and for which moment, and how each ended, without anything about the
// learners but what the names of files may tell, and whether they were the person named.
func (v *Verifier) Statement(ctx context.Context, lines []Line, witness crypto.Signer) ([]byte, error) {
	if len(lines) > MaxStatement {
		return nil, fmt.Errorf("a report lists at most %d results, here are %d: give them in several runs", MaxStatement, len(lines))
	}
	type subject struct {
		Type   string `json:"type"`
		Result []Line `json:"verificationResult,omitempty"`
	}
	return v.attest(ctx, witness, statementType, fmt.Sprintf("Verification report (items: %d)", len(lines)), subject{statementType, lines}, strictjson.Limits{})
}

const statementType = "VerificationReport"

// attest signs a credential of the verifier's own with the key of a witness, in whose did:key
// it is issued. Its terms are not of a published context.
func (v *Verifier) attest(ctx context.Context, witness crypto.Signer, class, name string, subject any, limits strictjson.Limits) ([]byte, error) {
	id, method, err := did.DIDKey(witness.Public())
	if err != nil {
		return nil, err
	}
	at := v.config.Now()
	prepared, err := vc.PrepareWithin(limits, struct {
		Context   []string `json:"@context"`
		Type      []string `json:"type"`
		Name      string   `json:"name"`
		Issuer    string   `json:"issuer"`
		ValidFrom string   `json:"validFrom"`
		Subject   any      `json:"credentialSubject"`
	}{
		[]string{schemas.CredentialsV2, schemas.UndefinedTermsV2}, []string{"VerifiableCredential", class}, name,
		id, vc.FormatTime(at), subject,
	})
	if err != nil {
		return nil, err
	}
	return proof.Sign(ctx, v.newest, prepared, proof.Signer{Method: method, Key: witness}, at)
}
