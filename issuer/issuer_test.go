package issuer_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"laurel/internal/badge"
	"laurel/issuer"
	"laurel/keys"
	"laurel/verifier"
)

func TestAwardInEveryAlgorithm(t *testing.T) {
	for _, algorithms := range [][]keys.Algorithm{
		{keys.Ed25519}, {keys.P256}, {keys.P384}, {keys.Ed25519, keys.RSA2048},
	} {
		t.Run(fmt.Sprint(algorithms), func(t *testing.T) {
			w := newWorld(t, algorithms...)
			r := result("A-1", "food-hygiene")
			r.Values = map[string]string{"score": "87", "level": "merit"}
			r.Narrative, r.CreditsEarned = "Ran the kitchen for a week.", 2.5
			a := w.award(r, result("A-2", "forklift"))
			if until := a[0].ValidUntil(); until == nil || !until.Equal(time.Date(2028, 5, 30, 0, 0, 0, 0, time.UTC)) {
				t.Errorf("valid until %v, want two years", until)
			}
			report := w.verify(a[0].Credential)
			if report.Credential == nil || len(report.Credential.Results) != 2 || report.Credential.Results[1].Value != "Merit" {
				t.Errorf("report %+v", report.Credential)
			}
			w.check()
		})
	}
}

func TestAwardIsIdempotent(t *testing.T) {
	w := newWorld(t, keys.Ed25519)
	first := w.award(result("A-1", "food-hygiene"), result("A-1", "food-hygiene"))
	again := w.award(result("A-1", "food-hygiene"))
	if first[0].ID != first[1].ID || first[0].ID != again[0].ID || string(first[0].Credential) != string(again[0].Credential) {
		t.Error("the same key gave another award")
	}
	other := result("A-1", "food-hygiene")
	other.Email = "other@students.college.example"
	outcomes, err := w.Award(context.Background(), other)
	if err != nil || !errors.Is(outcomes[0].Err, issuer.ErrConflict) {
		t.Errorf("the key of another learner: %v, %v", outcomes, err)
	}
	for name, change := range map[string]func(*issuer.Result){
		"date":      func(r *issuer.Result) { r.AwardedAt = r.AwardedAt.AddDate(0, 0, -1) },
		"values":    func(r *issuer.Result) { r.Values = map[string]string{"score": "90"} },
		"narrative": func(r *issuer.Result) { r.Narrative = "better" },
		"evidence":  func(r *issuer.Result) { r.Evidence = []badge.Evidence{{ID: "https://college.example/e"}} },
	} {
		corrected := result("A-1", "food-hygiene")
		change(&corrected)
		if outcomes, err := w.Award(context.Background(), corrected); err != nil || !errors.Is(outcomes[0].Err, issuer.ErrConflict) {
			t.Errorf("a correction of the %s went by in silence: %v %v", name, outcomes, err)
		}
	}
	named := result("A-1", "food-hygiene")
	named.Name, named.ShowName = "Sample Learner", true
	if outcomes, err := w.Award(context.Background(), named); err != nil || outcomes[0].Err != nil || outcomes[0].Award.ID != first[0].ID {
		t.Errorf("the learner's name is not part of the badge: %v %v", outcomes, err)
	}
	for _, name := range []string{"A-1", first[0].ID, first[0].CredentialID(), w.ShareURL(first[0]), first[0].ShortID(), strings.ToLower(first[0].ShortID())} {
		if found, err := w.Find(context.Background(), name); err != nil || found.ID != first[0].ID || len(found.Credential) == 0 {
			t.Errorf("not found by %s: %v", name, err)
		}
	}
	for _, name := range []string{"ffffffff", "00000000", first[0].ShortID()[:7], first[0].ID[:9]} {
		if _, err := w.Find(context.Background(), name); !errors.Is(err, issuer.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	w.check()
}

// A college east of Greenwich awards today what is tomorrow there.
func TestAwardedTomorrowIsValidNow(t *testing.T) {
	w := newWorld(t, keys.Ed25519)
	r := result("A-1", "food-hygiene")
	r.AwardedAt = w.now.Add(8 * time.Hour)
	a := w.award(r)[0]
	w.check()
	if report := w.verify(a.Credential); report.Credential.AwardedDate != "2026-06-01T20:00:00Z" || report.Credential.ValidFrom != "2026-06-01T12:00:00Z" {
		t.Errorf("%+v", report.Credential)
	}
}

func TestAwardConcurrently(t *testing.T) {
	w := newWorld(t, keys.Ed25519)
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			for k := range 5 {
				if _, err := w.Award(context.Background(), result(fmt.Sprintf("K-%d", (n+k)%6), "food-hygiene")); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	awards, err := w.Awards(context.Background(), "", 100)
	if err != nil || len(awards) != 6 {
		t.Errorf("%d awards for 6 keys (%v)", len(awards), err)
	}
	w.check()
}

func TestRefusedResults(t *testing.T) {
	w := newWorld(t, keys.Ed25519)
	for name, change := range map[string]func(*issuer.Result){
		"no key":              func(r *issuer.Result) { r.Key = "" },
		"key not ASCII":       func(r *issuer.Result) { r.Key = "é" },
		"no e-mail":           func(r *issuer.Result) { r.Email = "" },
		"two e-mails":         func(r *issuer.Result) { r.Email = "a@b.example,c@d.example" },
		"no date":             func(r *issuer.Result) { r.AwardedAt = time.Time{} },
		"future":              func(r *issuer.Result) { r.AwardedAt = w.now.AddDate(0, 1, 0) },
		"ends before":         func(r *issuer.Result) { past := r.AwardedAt.AddDate(-1, 0, 0); r.ValidUntil = &past },
		"unknown achievement": func(r *issuer.Result) { r.Achievement = "x" },
		"unknown value":       func(r *issuer.Result) { r.Values = map[string]string{"x": "1"} },
		"percent beyond":      func(r *issuer.Result) { r.Values = map[string]string{"score": "105"} },
		"percent a word":      func(r *issuer.Result) { r.Values = map[string]string{"score": "pass"} },
		"percent with sign":   func(r *issuer.Result) { r.Values = map[string]string{"score": "92%"} },
		"unknown level":       func(r *issuer.Result) { r.Values = map[string]string{"level": "x"} },
		"name too long":       func(r *issuer.Result) { r.Name = strings.Repeat("x", 201) },
	} {
		r := result("R-1", "food-hygiene")
		change(&r)
		outcomes, err := w.Award(context.Background(), r, result("GOOD-"+strings.ReplaceAll(name, " ", ""), "food-hygiene"))
		if err != nil || outcomes[0].Err == nil || outcomes[1].Err != nil {
			t.Errorf("%s: %v %v", name, outcomes, err)
		}
	}
	if recorded, err := w.Recorded(context.Background(), "R-1"); err != nil || recorded {
		t.Errorf("a refused result was recorded (%v)", err)
	}
	w.check()
}

func TestStates(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, keys.Ed25519)
	a := w.award(result("A-1", "forklift"), result("A-2", "food-hygiene"), result("A-3", "food-hygiene"))
	must := func(_ issuer.Award, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		w.check()
	}
	refused := func(want error) func(issuer.Award, error) {
		return func(_ issuer.Award, err error) {
			t.Helper()
			if !errors.Is(err, want) {
				t.Fatalf("got %v, want %v", err, want)
			}
			w.check()
		}
	}
	must(w.Suspend(ctx, a[0].ID, "inquiry"))
	must(w.Reinstate(ctx, a[0].ID, "cleared"))
	must(w.Suspend(ctx, a[0].ID, "inquiry"))
	must(w.Revoke(ctx, a[0].ID, "fraud"))
	must(w.Revoke(ctx, a[0].ID, "fraud, again"))
	refused(issuer.ErrConflict)(w.Reinstate(ctx, a[0].ID, "regret"))
	refused(issuer.ErrConflict)(w.Suspend(ctx, a[0].ID, "regret"))
	must(w.Revoke(ctx, a[1].ID, "issued in error"))
	refused(issuer.ErrConflict)(w.Suspend(ctx, a[2].ID, "no entry for suspension"))
	refused(issuer.ErrInput)(w.Revoke(ctx, a[2].ID, ""))
	refused(issuer.ErrNotFound)(w.Revoke(ctx, "11111111-1111-4111-8111-111111111111", "x"))
}

func TestRotateAndRetire(t *testing.T) {
	w := newWorld(t, keys.Ed25519)
	old := w.award(result("A-1", "food-hygiene"))[0]
	key, err := w.ring.Active(keys.Ed25519)
	if err != nil {
		t.Fatal(err)
	}
	w.now = w.now.Add(time.Hour)
	if err := w.RetireKey(context.Background(), key.ID); !errors.Is(err, issuer.ErrConflict) {
		t.Errorf("the key in use was retired: %v", err)
	}
	if _, err := w.ring.Rotate(key.ID, w.now); err != nil {
		t.Fatal(err)
	}
	fresh := w.award(result("A-2", "food-hygiene"))[0]
	w.check() // both verify
	if err := w.RetireKey(context.Background(), key.ID); err != nil {
		t.Fatal(err)
	}
	if report := w.verify(old.Credential); report.Verdict != verifier.Invalid || !slices.Contains(codes(report), "proof-key-withdrawn") {
		t.Errorf("signed with a retired key: %s", codes(report))
	}
	if !w.KeyWithdrawn(old) || w.KeyWithdrawn(fresh) {
		t.Error("the institution does not know which award was signed with a retired key")
	}
	if report := w.verify(fresh.Credential); report.Verdict != verifier.Valid {
		t.Errorf("signed with the new key: %s", codes(report))
	}
}

// TestListsStandBeforeBadges: a pair of status lists that was made and not published, as a
// crash leaves it, is published before a badge names it; and a full one is followed by another.
func TestListsStandBeforeBadges(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, keys.Ed25519)
	if err := w.store.AddStatusLists(ctx, 1); err != nil {
		t.Fatal(err)
	}
	a := w.award(result("A-1", "forklift"))[0]
	w.check()
	full := make([]issuer.Award, 0, 65_535)
	for n := range cap(full) {
		other := a
		other.ID, other.Result.Key = fmt.Sprint("id-", n), fmt.Sprint("key-", n)
		other.ShareToken, other.OwnerToken, other.Index = fmt.Sprint("s-", n), fmt.Sprint("o-", n), (a.Index+1+n)%131_072
		other.Credential = []byte("{}")
		full = append(full, other)
	}
	if err := w.store.Add(ctx, full); err != nil {
		t.Fatal(err)
	}
	next := w.award(result("A-2", "forklift"), result("A-3", "forklift"))
	for _, a := range next {
		if a.List != 2 {
			t.Errorf("award %s is in list %d", a.Result.Key, a.List)
		}
		w.checkVerdict(a)
	}
}

// TestTokenOnDemand: a token is made when it is asked for, once, and again when its own key was
// withdrawn; when that of the badge was, none is given.
func TestTokenOnDemand(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, keys.Ed25519, keys.RSA2048)
	a := w.award(result("A-1", "food-hygiene"), result("A-2", "food-hygiene"))
	if a[0].Token != nil {
		t.Error("a token was made unasked")
	}
	token, err := w.Token(ctx, a[0])
	if err != nil {
		t.Fatal(err)
	}
	if report := w.verify(token); report.Verdict != verifier.Valid {
		t.Errorf("the token is %s: %s", report.Verdict, codes(report))
	}
	rsa, err := w.ring.Active(keys.RSA2048)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.ring.Rotate(rsa.ID, w.now); err != nil {
		t.Fatal(err)
	}
	if kept, err := w.Find(ctx, "A-1"); err != nil || string(kept.Token) != string(token) {
		t.Errorf("the token was not kept: %v", err)
	}
	if again, err := w.Token(ctx, a[0]); err != nil || string(again) != string(token) {
		t.Errorf("another token, or %v, for the same award", err)
	}
	if err := w.RetireKey(ctx, rsa.ID); err != nil {
		t.Fatal(err)
	}
	stored, err := w.Find(ctx, "A-1")
	if err != nil {
		t.Fatal(err)
	}
	anew, err := w.Token(ctx, stored)
	if err != nil || string(anew) == string(token) {
		t.Fatalf("the token of a key that was withdrawn is given, or %v", err)
	}
	if report := w.verify(anew); report.Verdict != verifier.Valid {
		t.Errorf("the token that was made anew is %s: %s", report.Verdict, codes(report))
	}
	if kept, err := w.Find(ctx, "A-1"); err != nil || string(kept.Token) != string(anew) {
		t.Errorf("the token that was made anew was not kept: %v", err)
	}
	ed, err := w.ring.Active(keys.Ed25519)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.ring.Rotate(ed.ID, w.now); err != nil {
		t.Fatal(err)
	}
	if err := w.RetireKey(ctx, ed.ID); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"A-1", "A-2"} { // with a token and without
		dead, err := w.Find(ctx, key)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Token(ctx, dead); !errors.Is(err, issuer.ErrConflict) {
			t.Errorf("a token of a badge whose key was withdrawn: %v", err)
		}
	}
}

func TestSharedIsSigned(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, keys.Ed25519)
	a := w.award(result("A-1", "food-hygiene"))[0]
	if got, err := w.Shared(ctx, a.ShareToken); err != nil || got.ID != a.ID {
		t.Error(err)
	}
	if err := w.SetShowName(ctx, a.ShareToken, true); !errors.Is(err, issuer.ErrNotFound) {
		t.Errorf("the share link let anybody show the name: %v", err)
	}
	if err := w.SetShowName(ctx, a.OwnerToken, true); err != nil {
		t.Error(err)
	}
	if got, err := w.Shared(ctx, a.ShareToken); err != nil || !got.Result.ShowName {
		t.Error("the learner's choice was not recorded", err)
	}
}

func TestSetup(t *testing.T) {
	for text, want := range map[string]string{
		"https://Badges.College.Example/": "https://badges.college.example",
		"http://localhost:8080":           "http://localhost:8080",
		"http://college.example":          "",
		"https://college.example/badges":  "",
		"https://user@college.example":    "",
		"college.example":                 "",
		"ftp://college.example":           "",
		"https://学院.example":              "https://xn--48sq68k.example",
		"https://192.0.2.1":               "",
		"https://[2001:db8::1]":           "",
		"https://intranet":                "",
		"https://a b.example":             "",
	} {
		got, err := issuer.BaseURL(text)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("BaseURL(%q) = %q, %v", text, got, err)
		}
	}
	if id := issuer.DID("http://localhost:8080"); id != "did:web:localhost%3A8080" {
		t.Error(id)
	}
	w := newWorld(t, keys.Ed25519)
	if _, err := w.Setup(context.Background(), issuer.Profile{Slug: "a", Name: "x", URL: "https://college.example", CountryCode: "germany"}); !errors.Is(err, issuer.ErrInput) {
		t.Error(err)
	}
	if _, err := w.Setup(context.Background(), issuer.Profile{Slug: "A b", Name: "x", URL: "https://college.example"}); !errors.Is(err, issuer.ErrInput) {
		t.Error(err)
	}
}

func BenchmarkAward(b *testing.B) {
	w := newWorld(b, keys.Ed25519, keys.RSA2048)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n++
		w.award(result(fmt.Sprint("B-", n), "food-hygiene"))
	}
}

// What cannot be signed is refused before anything is recorded: a catalogue entry with a
// term that no context defines, and a badge that grows too large to be read.
func TestUnsignableIsRefusedEarly(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, keys.Ed25519, keys.RSA2048)
	for name, members := range map[string]string{
		"undefined term": `,"endorsement":[{"@context":["https://www.w3.org/ns/credentials/v2","https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
			"id":"urn:x:1","type":["VerifiableCredential","EndorsementCredential"],"name":"n","issuer":"urn:y:1","validFrom":"2026-01-01T00:00:00Z",
			"credentialSubject":{"id":"urn:x:2","type":["EndorsementSubject"]},"grade":"A"}]`,
		"null":      `,"endorsement":[null]`,
		"too large": `,"fieldOfStudy":"` + strings.Repeat("x", 300<<10) + `"`,
	} {
		catalogue, err := issuer.ParseCatalogue([]byte(`[{"id":"x","name":"X","description":"d","criteria":{"narrative":"n"}`+members+`}]`), os.ReadFile)
		if err == nil {
			err = w.Import(ctx, catalogue)
		}
		if !errors.Is(err, issuer.ErrInput) {
			t.Errorf("%s: %v", name, err)
		}
	}
	large := result("BIG-1", "forklift")
	large.Narrative = strings.Repeat("n", 600<<10)
	outcomes, err := w.Award(ctx, large, result("GOOD-1", "food-hygiene"))
	if err != nil || !errors.Is(outcomes[0].Err, issuer.ErrInput) || outcomes[1].Err != nil {
		t.Errorf("%v %v", outcomes, err)
	}
	if recorded, err := w.Recorded(ctx, "BIG-1"); err != nil || recorded {
		t.Errorf("what cannot be signed is recorded (%v)", err)
	}
	w.check()
}

func TestIsKey(t *testing.T) {
	for text, want := range map[string]bool{
		"a": true, "a b": true, "~!": true, strings.Repeat("k", 200): true,
		"": false, " a": false, "a ": false, " ": false, "a\tb": false, "a\x7f": false, "é": false, strings.Repeat("k", 201): false,
	} {
		if issuer.IsKey(text) != want {
			t.Errorf("%q: %v", text, !want)
		}
	}
}
