package issuer_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"laurel/internal/badge"
	"laurel/issuer"
	"laurel/keys"
	"laurel/verifier"
)

// everything is an achievement whose badges have every slot.
const everything = `[{"id":"everything","name":"Everything & \"more\"","description":"d","criteria":{"narrative":"n"},"validMonths":24,"suspendable":true,
	"resultDescription":[{"id":"score","name":"Score","resultType":"Percent"},{"id":"grade","name":"Grade","resultType":"LetterGrade","allowedValue":["B \"plus\"","B","A"]},
	{"id":"done","name":"Done","resultType":"Status"},
	{"id":"level","name":"Level","resultType":"RubricCriterionLevel","rubricCriterionLevel":[{"id":"pass","name":"Pass"},{"id":"merit","name":"Merit"}]}]}]`

// anyResult makes a result by chance: which members it has, and what they say.
func anyResult(random *rand.Rand, n int) issuer.Result {
	r := result(fmt.Sprint("C-", n), []string{"everything", "food-hygiene", "forklift"}[random.IntN(3)])
	r.AwardedAt = r.AwardedAt.Add(time.Duration(random.IntN(40*3600)) * time.Second)
	some := func() bool { return random.IntN(2) == 0 }
	text := func() string {
		return []string{"plain", "with \"marks\" and \\", "a\nb", "Zoë \u2028 \U0001F600 <&>", "specimen", "urn:uuid:1", "x-place-1-x"}[random.IntN(7)]
	}
	for _, to := range []*string{&r.Narrative, &r.LicenseNumber, &r.Term} {
		if some() {
			*to = text()
		}
	}
	if some() {
		r.CreditsEarned = []float64{2.5, 3, 1e-7}[random.IntN(3)]
	}
	if some() {
		until := r.AwardedAt.AddDate(1, random.IntN(12), 0)
		r.ValidUntil = &until
	}
	for range random.IntN(3) {
		e := badge.Evidence{ID: []string{"", "https://college.example/e/" + fmt.Sprint(random.IntN(5)), "urn:e:1", "https://badges.college.example/achievements/everything"}[random.IntN(4)]}
		for _, to := range []*string{&e.Name, &e.Narrative, &e.Genre, &e.Description, &e.Audience} {
			if some() {
				*to = text()
			}
		}
		r.Evidence = append(r.Evidence, e)
	}
	if r.Achievement == "everything" {
		r.Values = map[string]string{}
		for name, values := range map[string][]string{"score": {"0", "50.5", "100"}, "grade": {"A", "B", "B \"plus\""}, "done": {"Completed", "Failed"}, "level": {"pass", "merit"}} {
			if some() {
				r.Values[name] = values[random.IntN(len(values))]
			}
		}
	}
	return r
}

// TestCohorts awards results of many shapes at once and one by one, and holds each badge to
// one that is made without a template.
func TestCohorts(t *testing.T) {
	ctx := context.Background()
	for _, algorithm := range []keys.Algorithm{keys.Ed25519, keys.P256} {
		w := newWorld(t, algorithm)
		catalogue, err := issuer.ParseCatalogue([]byte(everything), os.ReadFile)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Import(ctx, catalogue); err != nil {
			t.Fatal(err)
		}
		random := rand.New(rand.NewPCG(7, 8))
		var results []issuer.Result
		for len(results) < 600 {
			r := anyResult(random, 0)
			for range 1 + random.IntN(30) { // others like it
				other := r
				other.Key, other.Email = fmt.Sprint("C-", len(results)), fmt.Sprint("learner", len(results), "@college.example")
				if some := random.IntN(3); some == 0 && r.Narrative != "" {
					other.Narrative += " more"
				}
				results = append(results, other)
			}
		}
		awards := w.award(results...)
		byShape := map[string]issuer.Award{}
		templates := 0
		for n, a := range awards {
			alone, err := w.PreparedAlone(ctx, a)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.HasPrefix(a.Credential, alone[:len(alone)-1]) {
				t.Fatalf("result %+v became\n%s\nwithout a template\n%s", results[n], a.Credential, alone)
			}
			if report := w.verify(a.Credential); report.Verdict != verifier.Valid {
				t.Fatalf("%s: %v\n%s", report.Verdict, codes(report), a.Credential)
			}
			first, known := byShape[issuer.ShapeOf(a)]
			if !known {
				byShape[issuer.ShapeOf(a)] = a
				continue
			}
			switch signed, err := w.SignedByTemplate(ctx, first, a); {
			case err == nil && algorithm == keys.Ed25519 && !bytes.Equal(signed, a.Credential):
				t.Fatalf("a template made\n%s\nthe award has\n%s", signed, a.Credential)
			case err == nil:
				templates++
			}
		}
		t.Logf("%d awards of %d shapes, %d by template", len(awards), len(byShape), templates)
		if templates < len(awards)/3 {
			t.Errorf("only %d of %d awards are for a template", templates, len(awards))
		}
	}
}

// TestMarksOfOthers: texts of a catalogue and of the first of a cohort that are written as if
// they marked a place do not become one, so that what is signed is what is said.
func TestMarksOfOthers(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, keys.Ed25519)
	for n := range 20 {
		mark, asAddress := fmt.Sprintf("x-place-%d-x", n/2), n%2 == 0
		description, criteria := mark, "https://college.example/c"
		if asAddress {
			description, criteria = "d", "https://"+mark
		}
		key := fmt.Sprint("m-", n)
		raw := fmt.Sprintf(`[{"id":%q,"name":"M","description":%q,"criteria":{"id":%q}}]`, key, description, criteria)
		catalogue, err := issuer.ParseCatalogue([]byte(raw), os.ReadFile)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Import(ctx, catalogue); err != nil {
			t.Fatal(err)
		}
		var results []issuer.Result
		for k := range 12 {
			r := result(fmt.Sprintf("%s-%d", key, k), key)
			r.Narrative, r.Evidence = "Distinction in everything", []badge.Evidence{{ID: fmt.Sprint("https://college.example/", k)}}
			if k == 0 && asAddress {
				r.Evidence[0].ID = criteria
			} else if k == 0 {
				r.Narrative = mark
			}
			results = append(results, r)
		}
		for _, a := range w.award(results...) {
			if report := w.verify(a.Credential); report.Verdict != verifier.Valid {
				t.Fatalf("%s: %s %v\n%s", a.Result.Key, report.Verdict, codes(report), a.Credential)
			}
		}
	}
}

// TestCohortWithRefusals holds that those of a cohort whose results cannot be badges are
// refused alone, and that nothing of them is kept.
func TestCohortWithRefusals(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t, keys.Ed25519)
	var results []issuer.Result
	for n := range 40 {
		r := result(fmt.Sprint("R-", n), "food-hygiene")
		r.Values, r.Narrative = map[string]string{"score": fmt.Sprint(n * 5)}, "n"
		if n == 7 {
			r.Narrative = strings.Repeat("n", 600<<10)
		}
		results = append(results, r)
	}
	outcomes, err := w.Award(ctx, results...)
	if err != nil {
		t.Fatal(err)
	}
	for n, o := range outcomes {
		refused := n > 20 || n == 7 // 100 percent is the most
		if errors.Is(o.Err, issuer.ErrInput) != refused || o.Created == refused {
			t.Errorf("result %d: %+v, %v", n, o.Created, o.Err)
		}
		if recorded, err := w.Recorded(ctx, results[n].Key); err != nil || recorded == refused {
			t.Errorf("result %d is recorded: %v, %v", n, recorded, err)
		}
	}
	if _, used, err := w.store.UsedIndexes(ctx); err != nil || used.Count() != 20 {
		t.Errorf("%d positions are used, %v", used.Count(), err)
	}
	w.check()
}

// TestRepeatedKeys holds that a key which comes several times is one award, also if its first
// result is refused.
func TestRepeatedKeys(t *testing.T) {
	w := newWorld(t, keys.Ed25519)
	good := result("A-1", "food-hygiene")
	bad := good
	bad.Email = "none"
	other := good
	other.Narrative = "other"
	spaced := good
	spaced.Key = " A-1 "
	outcomes, err := w.Award(context.Background(), bad, good, spaced, other, result("A-2", "forklift"))
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range []struct {
		err     error
		created bool
	}{{issuer.ErrInput, false}, {nil, true}, {nil, false}, {issuer.ErrConflict, false}, {nil, true}} {
		if o := outcomes[n]; !errors.Is(o.Err, want.err) || o.Created != want.created {
			t.Errorf("result %d: created %v, %v", n, o.Created, o.Err)
		}
	}
	if outcomes[1].Award.ID != outcomes[2].Award.ID {
		t.Error("two awards for one key")
	}
	w.check()
}
