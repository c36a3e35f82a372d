package verifier

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"iter"
	"runtime"

	"laurel/internal/vc"
	"laurel/schemas"
)

// Item is one of many things to verify: bytes, or a link.
type Item struct {
	Name      string // what the caller calls it, such as the name of its file
	Input     []byte
	URL       string
	Recipient string // as in Request; empty: that of all
	Err       error  // why it could not be read; it is then undecided
}

// ItemReport is the report on one Item.
type ItemReport struct {
	Name   string
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

func (v *Verifier) item(ctx context.Context, item Item, about Request) ItemReport {
	r := ItemReport{Name: item.Name}
	about.Input = item.Input
	if item.Recipient != "" {
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
	AsOf        string `json:"asOf,omitempty"`
}

// Statement makes the verifier's own credential of results, ready for signing by issuer: what
// was verified, when, and how each ended, without anything about the learners. Results
// beyond MaxStatement are refused by the size of the document.
func (v *Verifier) Statement(results []ItemReport, issuer string) (vc.Prepared, error) {
	rows := make([]statementRow, len(results))
	for i, r := range results {
		row := statementRow{
			Item: r.Name, SHA256: r.SHA256, Verdict: r.Report.Verdict.String(), Trust: r.Report.Trust.Status,
			Code: r.Report.Deciding().Code, AsOf: r.Report.AsOf,
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
	const class = "VerificationReport"
	return vc.Prepare(struct {
		Context   []string `json:"@context"`
		Type      []string `json:"type"`
		Issuer    string   `json:"issuer"`
		ValidFrom string   `json:"validFrom"`
		Subject   subject  `json:"credentialSubject"`
	}{
		[]string{schemas.CredentialsV2, schemas.UndefinedTermsV2}, []string{"VerifiableCredential", class},
		issuer, vc.FormatTime(v.config.Now()), subject{class, rows},
	})
}
