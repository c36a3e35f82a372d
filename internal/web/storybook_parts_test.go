package web

import (
	"iter"
	"slices"
	"testing"

	"laurel/verifier"
)

func part(role string, r *verifier.Report) verifier.Part { return verifier.Part{Role: role, Report: r} }

func trustedReport(edit ...func(*verifier.Report)) *verifier.Report {
	r := reportOf(verifier.Valid, verifier.Trusted, sampleCredential(), passed(check("trust", "pass", "trust-listed", "The issuer is listed as trusted (Sample Registry)."))...)
	r.Trust.Entry = &verifier.Listing{Issuer: "did:web:badges.college.example", Name: "The Sample College of Trades"}
	for _, f := range edit {
		f(r)
	}
	return r
}

// inner makes a report one on a part of a document.
func inner(name string, r *verifier.Report) *verifier.Report {
	r.Checks[0] = check("input", "pass", "input-part", "The document holds a credential within itself.")
	if r.Credential != nil && name != "" {
		r.Credential.Name, r.Credential.Achievement.Name = name, name
	}
	return r
}

func endorsement(trust, comment string) *verifier.Report {
	r := reportOf(verifier.Valid, trust, sampleCredential(), passed()...)
	r.Credential.Achievement, r.Credential.Results = nil, nil
	r.Credential.Issuer = verifier.Issuer{ID: "did:web:guild.example", Name: "Guild of Cooks"}
	r.Credential.Endorsement = &verifier.Endorsement{Of: "https://badges.college.example/achievements/food-hygiene", Comment: comment}
	return inner("", r)
}

func presentation(holder string, parts ...verifier.Part) *verifier.Report {
	r := &verifier.Report{Verdict: verifier.Valid, Trust: verifier.Trust{Status: verifier.NotChecked}, Parts: parts, VerifiedAt: "2026-06-01T12:00:00Z",
		Presentation: &verifier.Presentation{Holder: holder, Format: "json"},
		Checks: []verifier.Check{
			check("input", "pass", "input-json", "The file holds a credential as JSON."),
			check("syntax", "pass", "syntax-ok", "The document is well-formed."),
			check("proof", "pass", "proof-presentation", "Who presents the credentials signed them over to you: nothing was changed since."),
			check("issuer", "pass", "issuer-holder", "The key that signed belongs to the holder that the presentation names."),
			check("credentials", "pass", "credentials-ok", "Each credential in the document was verified on its own and holds."),
		}}
	if holder == "" {
		r.Checks[2] = check("proof", "warn", "proof-unsigned-presentation", "Nobody signed the presentation, so it does not show who sent it; the credentials in it were checked one by one.")
		r.Checks[3] = check("issuer", "warn", "issuer-no-holder", "The presentation does not show who holds the credentials.")
	}
	return r
}

// compositeStories are reports on documents with something within, and on other kinds.
func compositeStories() map[string]story {
	link := source{Link: testBase + "/badges/sample"}
	file := source{File: "award.json"}
	const holder = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
	untrusted := func() *verifier.Report {
		return reportOf(verifier.Valid, verifier.Untrusted, sampleCredential(), passed(check("trust", "warn", "trust-not-listed", "The issuer is not listed as trusted (Sample Registry)."))...)
	}
	lapsed := func() *verifier.Report {
		return reportOf(verifier.Invalid, verifier.Trusted, sampleCredential(), passed(check("validity", "fail", "validity-expired", "The badge expired on 2026-01-01."))...)
	}
	credential := verifier.PartCredential
	return map[string]story{
		"presentation":       {presentation(holder, part(credential, inner("Food Hygiene", trustedReport())), part(credential, inner("First Aid", trustedReport()))), file, rely},
		"presentation-mixed": {presentation("", part(credential, inner("Food Hygiene", trustedReport())), part(credential, inner("First Aid", untrusted()))), file, care},
		"presentation-empty": {presentation(holder), file, care},
		"learner-record": {trustedReport(func(r *verifier.Report) {
			r.Credential.Achievement, r.Credential.Name, r.Credential.Results = nil, "Record of Ada Sample", nil
			r.Checks = append(r.Checks, check("credentials", "warn", "credentials-expired", "A credential in the document has expired since: The badge expired on 2026-01-01."))
			r.Parts = []verifier.Part{part(credential, inner("Food Hygiene", trustedReport())), part(credential, inner("Forklift Driving", lapsed()))}
		}), link, care},
		"endorsed": {trustedReport(func(r *verifier.Report) {
			r.Parts = []verifier.Part{
				part(verifier.PartEndorsement, endorsement(verifier.Trusted, "We take this badge for our own first stage.")),
				part(verifier.PartEndorsement, endorsement(verifier.NotChecked, "")),
				part(verifier.PartEndorsement, inner("", reportOf(verifier.Invalid, verifier.NotChecked, nil, passed(check("proof", "fail", "proof-invalid", "The signature is wrong: it does not fit the document."))...))),
			}
		}), link, rely},
		"open-badges-2": {reportOf(verifier.Valid, verifier.NotChecked, hosted(), passed(
			check("context", "pass", "context-open-badges-2", "The badge is of Open Badges 2.0, whose terms are read as that standard names them."),
			check("schema", "pass", "schema-open-badges-2", "The badge has everything that Open Badges 2.0 asks for."),
			check("proof", "warn", "proof-hosted", "The badge is of Open Badges 2.0 and not signed: it stands because its issuer's site shows it."),
			check("issuer", "pass", "issuer-hosted", "The badge is published where its issuer publishes badges."),
			check("status", "pass", "status-hosted", "The issuer's site shows the badge and does not say that it was revoked."))...), file, care},
		"bundle": {trustedReport(func(r *verifier.Report) {
			r.AsOf = "2026-03-01T09:30:00Z"
			r.Checks[0] = check("input", "pass", "input-bundle", "The file holds a credential together with what its verification needs, collected on 2026-03-01T09:30:00Z.")
			r.Checks[7] = check("status", "warn", "status-as-of", "The badge was neither revoked nor suspended on 2026-03-01T09:30:00Z, when the bundle was made; whether it was since could not be found out.")
		}), file, rely},
		"generic": {reportOf(verifier.Valid, verifier.NotChecked, generic("json"), passed(
			check("schema", "warn", "schema-not-a-badge", "This is a credential, but not a badge; the rules of Open Badges were not applied."))...), file, care},
		"sd-jwt": {reportOf(verifier.Valid, verifier.NotChecked, generic("sd-jwt"), passed(
			check("input", "pass", "input-sd-jwt", "The file holds a credential as an SD-JWT, in which its holder chose what to show."),
			check("context", "warn", "context-plain", "The credential is not linked data; its names mean what whoever made its type says."),
			check("recipient", "pass", "recipient-presented", "The badge was presented by the holder of its earner's own key."))...), file, care},
		"picture-differs": {trustedReport(func(r *verifier.Report) {
			r.Checks[0] = check("input", "warn", "input-picture-differs", "The badge is genuine, but the picture that it came in is not the one of its achievement; go by the words below.")
		}), file, rely},
	}
}

func hosted() *verifier.Credential {
	c := sampleCredential()
	c.ID, c.Format = "https://badges.academy.example/assertions/7", "ob2"
	c.Issuer = verifier.Issuer{ID: "https://badges.academy.example/issuer", Name: "Sample Academy", URL: "https://academy.example"}
	c.Proofs = []verifier.Proof{{Type: "HostedBadge", Status: "pass"}}
	return c
}

func generic(format string) *verifier.Credential {
	return &verifier.Credential{
		ID: "urn:uuid:sample", Name: "Certificate of Residence", Format: format, Issuer: verifier.Issuer{ID: "did:key:z6Mksample"},
		Recipient: verifier.Recipient{ID: "did:key:z6Mkholder"}, Proofs: []verifier.Proof{{Type: "vc+sd-jwt", Status: "pass"}},
	}
}

// sampleBatch are the results of a collection, one with each mark.
func sampleBatch(t *tongue, late bool) *batch {
	b := &batch{tongue: t, home: testBase, counts: map[mark]int{}, send: func() {}, late: func() bool { return late }}
	b.sign = func([]verifier.Line) ([]byte, error) { return []byte("{}"), nil }
	b.results = slices.Values([]verifier.ItemReport{
		{Name: "ada.png", Report: trustedReport()},
		{Name: "line 2 Lin Sample", Report: reportOf(verifier.Valid, verifier.NotChecked, sampleCredential(), passed()...)},
		{Name: "old/badge.json", Report: reportOf(verifier.Invalid, verifier.NotChecked, sampleCredential(), passed(check("status", "fail", "status-revoked", "The issuer has revoked the badge."))...)},
		{Name: "key.json", Report: reportOf(verifier.Invalid, verifier.NotChecked, nil, check("proof", "fail", "proof-invalid", "The signature is wrong: the key document has no such key: \"did:web:localhost%3A8080#xKg0y5AOmLqxPXyMnQCj6YzOS9VI1YTtXJp0Sh5g9ug\"."))},
		{Name: "notes.txt", Report: reportOf(verifier.Indeterminate, verifier.NotChecked, nil, check("input", "skip", "input-unreadable", "The file could not be read: the file is encrypted."))},
	})
	return b
}

func TestBatchStory(t *testing.T) {
	for _, tongue := range tongues {
		golden(t, "batch", tongue, mainOf(t, "batch", &page{tongue: tongue, Body: sampleBatch(tongue, false)}))
		golden(t, "batch-late", tongue, mainOf(t, "batch", &page{tongue: tongue, Body: sampleBatch(tongue, true)}))
	}
	empty := sampleBatch(tongues[0], false)
	empty.results = iter.Seq[verifier.ItemReport](func(func(verifier.ItemReport) bool) {})
	golden(t, "batch-empty", tongues[0], mainOf(t, "batch", &page{tongue: tongues[0], Body: empty}))
}

// TestPartsLendNothing tries what a document is made of: a mark of the whole is never
// better than that of a credential in it, and endorsements change nothing.
func TestPartsLendNothing(t *testing.T) {
	good, credential := trustedReport(), verifier.PartCredential
	poor := reportOf(verifier.Valid, verifier.Untrusted, sampleCredential(), passed()...)
	for name, c := range map[string]struct {
		report *verifier.Report
		want   mark
	}{
		"an untrusted part": {trustedReport(func(r *verifier.Report) { r.Parts = []verifier.Part{part(credential, poor)} }), care},
		"an untrusted part within": {trustedReport(func(r *verifier.Report) {
			r.Parts = []verifier.Part{part(credential, trustedReport(func(r *verifier.Report) { r.Parts = []verifier.Part{part(credential, poor)} }))}
		}), care},
		"a trusted part":        {reportOf(verifier.Valid, verifier.Untrusted, sampleCredential(), passed()...), care},
		"a trusted endorsement": {reportOf(verifier.Valid, verifier.NotChecked, sampleCredential(), passed()...), care},
		"a wrong endorsement": {trustedReport(func(r *verifier.Report) {
			r.Parts = []verifier.Part{part(verifier.PartEndorsement, inner("", reportOf(verifier.Invalid, "", nil, passed()...)))}
		}), rely},
		"only an endorsement": {presentation("did:key:z", part(verifier.PartEndorsement, good)), care},
		"an invalid whole":    {presentationOf(verifier.Invalid, part(credential, good)), dont},
		"an undecided whole":  {presentationOf(verifier.Indeterminate, part(credential, good)), care},
	} {
		switch name {
		case "a trusted part":
			c.report.Parts = []verifier.Part{part(credential, good)}
		case "a trusted endorsement":
			c.report.Parts = []verifier.Part{part(verifier.PartEndorsement, endorsement(verifier.Trusted, "Good."))}
		}
		if got := tongues[0].viewReport(c.report, source{}, testBase).Mark; got != c.want {
			t.Errorf("%s: %s, not %s", name, got, c.want)
		}
	}
}

func presentationOf(v verifier.Verdict, parts ...verifier.Part) *verifier.Report {
	r := presentation("did:key:z", parts...)
	r.Verdict = v
	return r
}

// TestNamesOfIssuers: only a registry's name is shown without a remark.
func TestNamesOfIssuers(t *testing.T) {
	pinnedOnly := trustedReport(func(r *verifier.Report) { r.Trust.Entry = &verifier.Listing{Issuer: r.Credential.Issuer.ID} })
	forged := reportOf(verifier.Valid, verifier.Untrusted, sampleCredential(), passed()...)
	forged.Trust.Entry = &verifier.Listing{Issuer: "did:web:other.example", Name: "The Sample College of Trades"}
	for name, c := range map[string]struct {
		report *verifier.Report
		want   authorView
	}{
		"registry": {trustedReport(), authorView{Name: "The Sample College of Trades", Claim: "Sample College", Listed: "Confirmed by a registry: Sample Registry."}},
		"pinned":   {pinnedOnly, authorView{Name: "Sample College", Claimed: true, Listed: "Confirmed by a registry: Sample Registry."}},
		"nobody":   {forged, authorView{Name: "Sample College", Claimed: true}},
	} {
		got := tongues[0].viewAuthor(c.report)
		if got.Name != c.want.Name || got.Claimed != c.want.Claimed || got.Claim != c.want.Claim || got.Listed != c.want.Listed {
			t.Errorf("%s: %+v", name, got)
		}
	}
	for id, want := range map[string]string{
		"did:web:college.example:issuers:a": "college.example", "did:web:localhost%3A8080": "localhost:8080", "did:web:%zz": "",
		"https://college.example/i": "college.example", "did:ion:x": "", "did:web:safe\u202eexe": "safeexe", "javascript:alert(1)": "",
	} {
		if got := hostOf(id); got != want {
			t.Errorf("%s: %q", id, got)
		}
	}
}

// TestEveryEndHasAStep: whatever decides, the page says what to do, in words.
func TestEveryEndHasAStep(t *testing.T) {
	known := map[string]bool{}
	for _, code := range verifier.Codes() {
		known[code] = true
	}
	for code, step := range stepsOfCodes {
		if !known[code] {
			t.Errorf("%s: %s", code, step)
		}
	}
	for _, verdict := range []verifier.Verdict{verifier.Valid, verifier.Invalid, verifier.Indeterminate} {
		for _, status := range []string{"fail", "skip", "warn", "pass"} {
			r := reportOf(verdict, verifier.NotChecked, nil, check("proof", status, "proof-of-tomorrow", "?"))
			if v := tongues[0].viewReport(r, source{}, testBase); len(v.Next) == 0 {
				t.Errorf("%s, %s: no step", verdict, status)
			}
		}
	}
}
