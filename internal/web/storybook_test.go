package web

import (
	"bytes"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"laurel/verifier"
)

var update = flag.Bool("update", false, "write the golden pages anew")

// story is one fixed report and the mark that its page must bear.
type story struct {
	report *verifier.Report
	from   source
	mark   mark
}

func check(id, status, code, message string) verifier.Check {
	return verifier.Check{ID: id, Clause: verifier.Clause(code), Status: status, Code: code, Message: message}
}

// passed are the checks of a badge with nothing to complain of, up to its trust.
func passed(replace ...verifier.Check) []verifier.Check {
	all := []verifier.Check{
		check("input", "pass", "input-json", "The file holds a credential as JSON."),
		check("syntax", "pass", "syntax-ok", "The document is well-formed."),
		check("context", "pass", "context-ok", "Every part of the document is defined by its contexts and covered by what is signed."),
		check("schema", "pass", "schema-ok", "The badge has everything that Open Badges 3.0 asks for."),
		check("proof", "pass", "proof-ok", "The signature is genuine: nothing was changed since it was made."),
		check("issuer", "pass", "issuer-ok", "The key that signed belongs to the issuer that the badge names."),
		check("validity", "pass", "validity-ok", "The badge is within its period of validity."),
		check("status", "pass", "status-ok", "The issuer has neither revoked nor suspended the badge."),
		check("refresh", "skip", "refresh-none", "The badge names no place with a newer version."),
		check("endorsements", "skip", "endorsements-none", "Nobody else endorses the badge."),
		check("recipient", "skip", "recipient-not-asked", "No name or address was given to compare the recipient with."),
		check("trust", "skip", "trust-not-checked", "No registry was asked whether the issuer is a recognized institution."),
	}
	for _, r := range replace {
		for n := range all {
			if all[n].ID == r.ID {
				all[n] = r
			}
		}
	}
	return all
}

func sampleCredential() *verifier.Credential {
	return &verifier.Credential{
		ID: "urn:uuid:0b0e5f0c-2f7f-4a3c-9d0a-111111111111", Name: "Food Hygiene",
		Achievement: &verifier.Achievement{
			ID: "https://badges.college.example/achievements/food-hygiene", Name: "Food Hygiene", Description: "Keeps food safe.",
			Type: "Certificate", Criteria: "Pass the **practical** test.", CriteriaURL: "https://college.example/criteria",
			Image: "https://badges.college.example/achievements/food-hygiene.png",
		},
		Issuer:    verifier.Issuer{ID: "did:web:badges.college.example", Name: "Sample College", URL: "https://college.example"},
		Recipient: verifier.Recipient{Identity: "emailAddress (hashed)"},
		ValidFrom: "2026-05-30T00:00:00Z", ValidUntil: "2029-05-30T00:00:00Z", AwardedDate: "2026-05-30T00:00:00Z",
		Results: []verifier.Result{{Name: "Score", Value: "92 %"}}, Format: "json",
		Proofs: []verifier.Proof{{Type: "DataIntegrityProof", Suite: "eddsa-rdfc-2022", Method: "did:web:badges.college.example#key", Created: "2026-05-30T00:00:00Z", Status: "pass"}},
	}
}

func reportOf(verdict verifier.Verdict, trust string, credential *verifier.Credential, checks ...verifier.Check) *verifier.Report {
	r := &verifier.Report{
		Verdict: verdict, Trust: verifier.Trust{Status: trust}, Checks: checks, Credential: credential,
		VerifiedAt: "2026-06-01T12:00:00Z", Source: []byte("{\n  \"id\": \"urn:uuid:sample\"\n}"),
	}
	if trust != verifier.NotChecked {
		r.Trust.Registry = "Sample Registry"
	}
	return r
}

func stories() map[string]story {
	link := source{Link: testBase + "/badges/sample"}
	file := source{File: "award.json"}
	trusted := reportOf(verifier.Valid, verifier.Trusted, sampleCredential(), passed(check("trust", "pass", "trust-listed", "The issuer is listed as trusted (Sample Registry)."))...)
	trusted.Trust.Entry = &verifier.Listing{Issuer: "did:web:badges.college.example", Name: "The Sample College of Trades"}
	failing := func(c verifier.Check, credential *verifier.Credential) *verifier.Report {
		return reportOf(verifier.Invalid, verifier.NotChecked, credential, passed(c)...)
	}
	all := compositeStories()
	maps.Copy(all, trustStories())
	maps.Copy(all, map[string]story{
		"valid-trusted":   {trusted, link, rely},
		"valid-untrusted": {reportOf(verifier.Valid, verifier.Untrusted, sampleCredential(), passed(check("trust", "warn", "trust-not-listed", "The issuer is not listed as trusted (Sample Registry)."))...), link, care},
		"valid-unchecked": {reportOf(verifier.Valid, verifier.NotChecked, sampleCredential(), passed()...), file, care},
		"valid-noted": {reportOf(verifier.Valid, verifier.NotChecked, sampleCredential(),
			passed(check("endorsements", "warn", "endorsements-of-another", "The badge carries an endorsement of something else than what it stands at."))...), file, care},
		"revoked":           {failing(check("status", "fail", "status-revoked", "The issuer has revoked the badge."), sampleCredential()), link, dont},
		"suspended":         {failing(check("status", "fail", "status-suspended", "The issuer has suspended the badge for the time being."), sampleCredential()), link, dont},
		"expired":           {failing(check("validity", "fail", "validity-expired", "The badge expired on 2026-01-01."), sampleCredential()), link, dont},
		"tampered":          {failing(check("proof", "fail", "proof-invalid", "The signature is wrong: it does not fit the document."), nil), file, dont},
		"key-withdrawn":     {failing(check("proof", "fail", "proof-key-withdrawn", "The issuer has withdrawn the key that signed the badge (did:web:badges.college.example#key); ask the issuer for a new badge."), nil), file, dont},
		"unsigned":          {failing(check("proof", "fail", "proof-missing", "The document is not signed, so anybody could have written it."), nil), file, dont},
		"someone-else":      {failing(check("recipient", "fail", "recipient-mismatch", "The badge was not issued to the person you named."), sampleCredential()), source{Link: link.Link, Recipient: "eve@example.org"}, dont},
		"status-unreadable": {reportOf(verifier.Indeterminate, verifier.NotChecked, sampleCredential(), passed(check("status", "skip", "status-unavailable", "Whether the badge was revoked could not be found out: the server did not answer."))...), link, care},
		"no-badge":          {reportOf(verifier.Invalid, verifier.NotChecked, nil, check("input", "fail", "input-unrecognized", "This is not a badge: neither a credential, nor a file in which one can be, nor a link to one.")), file, dont},
		"link-broken":       {reportOf(verifier.Indeterminate, verifier.NotChecked, nil, check("input", "skip", "input-unavailable", "The link could not be opened: the name is not known.")), source{Link: "https://nowhere.example/badge"}, care},
		"nothing-checked":   {reportOf(verifier.Indeterminate, verifier.NotChecked, nil), file, care},
		"unknown-code":      {reportOf(verifier.Invalid, verifier.NotChecked, nil, check("proof", "fail", "proof-of-tomorrow", "A check of a later version failed.")), file, dont},
	})
	return all
}

var blankLines = regexp.MustCompile(`\n[ \t\n]*\n`)

// mainOf renders the main part of a page.
func mainOf(t testing.TB, name string, p *page) string {
	t.Helper()
	pages, err := parsePages()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := pages[name].ExecuteTemplate(&out, "main", p); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(blankLines.ReplaceAllString(out.String(), "\n")) + "\n"
}

func TestStorybook(t *testing.T) {
	for name, s := range stories() {
		for _, tongue := range tongues {
			view := tongue.viewReport(s.report, s.from, testBase)
			if view.Mark != s.mark {
				t.Errorf("%s bears the mark %q, not %q", name, view.Mark, s.mark)
			}
			got := mainOf(t, "report", &page{tongue: tongue, Body: view})
			golden(t, name, tongue, got)
		}
	}
}

// mainPart takes the main part out of a whole page.
func mainPart(t testing.TB, page string) string {
	t.Helper()
	_, rest, found := strings.Cut(page, `<main id="main" class="wrap" tabindex="-1">`)
	main, _, ended := strings.Cut(rest, "</main>")
	if !found || !ended {
		t.Fatalf("the page has no main part: %.300s", page)
	}
	return strings.TrimSpace(blankLines.ReplaceAllString(main, "\n")) + "\n"
}

// golden compares a page with the kept one.
func golden(t *testing.T, name string, tongue *tongue, got string) {
	t.Helper()
	file := filepath.Join("testdata", "reports", name+"."+tongue.Code+".html")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs from %s; look at the difference, then run with -update", name, file)
	}
}

// TestMarks tries every verdict with every trust: only valid and trusted is to be relied on.
func TestMarks(t *testing.T) {
	for _, verdict := range []verifier.Verdict{verifier.Valid, verifier.Invalid, verifier.Indeterminate} {
		for _, trust := range []string{verifier.Trusted, verifier.Untrusted, verifier.NotChecked, "", "surely"} {
			want := care
			switch {
			case verdict == verifier.Invalid:
				want = dont
			case verdict == verifier.Valid && trust == verifier.Trusted:
				want = rely
			}
			got, reason := tongues[0].judge(&verifier.Report{Verdict: verdict, Trust: verifier.Trust{Status: trust}})
			if got != want || reason == "" {
				t.Errorf("%s and %q: %s, %q", verdict, trust, got, reason)
			}
		}
	}
}
