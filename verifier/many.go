package verifier

import (
	"cmp"
	"context"
	"crypto"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"runtime"
	"slices"

	"laurel/internal/did"
	"laurel/internal/intake"
	"laurel/internal/proof"
	"laurel/internal/strictjson"
	"laurel/internal/vc"
	"laurel/schemas"
)

// Item is one of many things to verify: bytes, or a link.
type Item struct {
	Name      string // what the caller calls it, such as the name of its file
	Person    string // whose it is, as a table says; to be shown, and in no statement
	Input     []byte
	URL       string
	Recipient string // as in Request, where that of all is empty
	Err       error  // why it could not be read; it is then undecided
}

// ItemReport is the report on one Item.
type ItemReport struct {
	Name   string
	Person string
	SHA256 string // of the item's bytes, in hexadecimal; empty for a link
	Report *Report
}

// Many verifies items, as many at once as there are processors, and yields their results in
// the order of the items. It reads no further ahead than that, so that items may be larger
// together than the memory.
func (v *Verifier) Many(ctx context.Context, items iter.Seq[Item], about Request) iter.Seq[ItemReport] {
	return func(yield func(ItemReport) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		underWay := make(chan chan ItemReport, runtime.GOMAXPROCS(0)-1)
		go func() {
			defer close(underWay)
			for item := range items {
				place := make(chan ItemReport, 1)
				select {
				case underWay <- place:
				case <-ctx.Done():
					return
				}
				go func() { place <- v.item(ctx, item, about) }()
			}
		}()
		for place := range underWay {
			if !yield(<-place) {
				return
			}
		}
	}
}

// Collection returns the items of a file that holds many, a ZIP or a CSV; ok is false for any
// other. They are read one at a time as they are asked for.
func (v *Verifier) Collection(file []byte) (items iter.Seq[Item], ok bool) {
	found, ok := intake.ReadMany(file, intake.Options{Bytes: v.config.Limits.Input})
	if !ok {
		return nil, false
	}
	return func(yield func(Item) bool) {
		for e := range found.Entries {
			item := Item{Name: e.Name, Input: e.File, Err: e.Err}
			if found.Kind == intake.CSV {
				item.Name, item.Person, item.Recipient = fmt.Sprintf("line %d", e.Number), e.Name, cmp.Or(e.Email, e.Name)
				if e.Column != "" {
					item.Name += ", " + e.Column
				}
			}
			if !yield(item) {
				return
			}
		}
	}, true
}

// item verifies one item. Should the verifier fail on it, the others go on, and it is
// undecided.
func (v *Verifier) item(ctx context.Context, item Item, about Request) (r ItemReport) {
	defer func() {
		if recover() != nil {
			w := v.inquire(about).walk(asWhole)
			w.set("input-unreadable", "the verifier failed on it")
			r.Report = w.report()
		}
	}()
	r = ItemReport{Name: item.Name, Person: item.Person}
	about.Input, about.inside = item.Input, true
	if about.Recipient == "" {
		about.Recipient = item.Recipient
	}
	switch {
	case item.Err != nil:
		w := v.inquire(about).walk(asWhole)
		w.set("input-unreadable", item.Err)
		r.Report = w.report()
	case item.URL != "":
		r.Report = v.VerifyURL(ctx, item.URL, about)
	default:
		sum := sha256.Sum256(item.Input)
		r.SHA256 = hex.EncodeToString(sum[:])
		r.Report = v.Verify(ctx, about)
	}
	return r
}

// MaxStatement bounds the results that one statement lists.
const MaxStatement = 1000

type statementRow struct {
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

// Statement makes the verifier's own credential of results, signed by the witness's key: what
// was verified, when and for which moment, and how each ended, without anything about the
// learners but what the names of files may tell, and whether they were the person named.
func (v *Verifier) Statement(ctx context.Context, results []ItemReport, witness crypto.Signer) ([]byte, error) {
	if len(results) > MaxStatement {
		return nil, fmt.Errorf("a report lists at most %d results, here are %d: give them in several runs", MaxStatement, len(results))
	}
	rows := make([]statementRow, len(results))
	for i, r := range results {
		row := statementRow{
			Item: r.Name, SHA256: r.SHA256, Verdict: r.Report.Verdict.String(), Trust: r.Report.Trust.Status,
			Code: r.Report.Deciding().Code, VerifiedAt: r.Report.VerifiedAt, AsOf: r.Report.AsOf,
		}
		if compared := slices.IndexFunc(r.Report.Checks, func(c Check) bool { return c.ID == "recipient" }); compared >= 0 {
			row.Recipient = r.Report.Checks[compared].Code
		}
		if c := r.Report.Credential; c != nil {
			row.IssuedBy = c.Issuer.ID
			if c.Achievement != nil {
				row.Achievement = c.Achievement.Name
			}
		}
		rows[i] = row
	}
	type subject struct {
		Type   string         `json:"type"`
		Result []statementRow `json:"verificationResult,omitempty"`
	}
	return v.attest(ctx, witness, statementType, subject{statementType, rows}, strictjson.Limits{})
}

const statementType = "VerificationReport"

// attest signs a credential of the verifier's own with the key of a witness, in whose did:key
// it is issued. Its terms are not of a published context.
func (v *Verifier) attest(ctx context.Context, witness crypto.Signer, class string, subject any, limits strictjson.Limits) ([]byte, error) {
	id, method, err := did.DIDKey(witness.Public())
	if err != nil {
		return nil, err
	}
	at := v.config.Now()
	prepared, err := vc.PrepareWithin(limits, struct {
		Context   []string `json:"@context"`
		Type      []string `json:"type"`
		Issuer    string   `json:"issuer"`
		ValidFrom string   `json:"validFrom"`
		Subject   any      `json:"credentialSubject"`
	}{
		[]string{schemas.CredentialsV2, schemas.UndefinedTermsV2}, []string{"VerifiableCredential", class},
		id, vc.FormatTime(at), subject,
	})
	if err != nil {
		return nil, err
	}
	return proof.Sign(ctx, v.newest, prepared, proof.Signer{Method: method, Key: witness}, at)
}
