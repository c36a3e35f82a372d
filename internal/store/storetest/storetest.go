// Package storetest answers: does a store keep the contract of issuer.Store?
//
// Run asks every sentence of it, of any store. What is only true of one store, such as how
// it opens its file, is for that store's own tests.
package storetest

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"laurel/issuer"
)

// Run tests the stores that open returns: each call returns the store of the running
// test, empty at the first call and with its records at a later one, as after a restart.
// open ends an earlier call's store, and registers what is to be cleaned up.
func Run(t *testing.T, open func(t *testing.T) issuer.Store) {
	for _, area := range []struct {
		name  string
		tests []test
	}{
		{"Profile", profileTests}, {"Catalogue", catalogueTests}, {"Add", addTests},
		{"State", stateTests}, {"Awards", awardTests},
		{"Status", statusTests}, {"Access", accessTests}, {"Whole", wholeTests},
	} {
		t.Run(area.name, func(t *testing.T) {
			for _, test := range area.tests {
				t.Run(test.name, func(t *testing.T) {
					test.run(&world{T: t, Store: open(t), reopen: func() issuer.Store { return open(t) }})
				})
			}
		})
	}
}

type test struct {
	name string
	run  func(*world)
}

// world is a store under test and what a test needs around it.
type world struct {
	*testing.T
	issuer.Store
	reopen func() issuer.Store
}

// restart closes the store and opens it again.
func (w *world) restart() { w.Store = w.reopen() }

var at = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// perPair is how many of the sample awards are in one pair of status lists.
const perPair = 4

// newAward returns the nth sample award, with every member filled. The bytes are no JSON, so
// that only a store that keeps them as they are returns them.
func newAward(n int) issuer.Award {
	until := at.AddDate(1, 0, n)
	a := issuer.Award{
		ID:         fmt.Sprintf("00000000-0000-4000-8000-%012d", n),
		ShareToken: fmt.Sprintf("share-%d", n), OwnerToken: fmt.Sprintf("owner-%d", n), Salt: fmt.Sprintf("salt-%d", n),
		State: issuer.Issued, List: (n-1)/perPair + 1, Index: (n - 1) % perPair,
		SignedBy: "key", IssuedAt: at.Add(time.Duration(n) * time.Second), ChangedAt: at.Add(time.Hour),
		Result: issuer.Result{
			Key: fmt.Sprintf("exam-%d", n), Achievement: "sample", Email: fmt.Sprintf("learner%d@college.example", n),
			Name: "Zoë O’Sample <&>", ShowName: n%2 == 1, AwardedAt: at, ValidUntil: &until,
			Values: map[string]string{"score": "87"}, Narrative: "She built\na *bridge*.",
			LicenseNumber: "L-1", CreditsEarned: 2.5, Term: "2026",
		},
	}
	a.Credential = []byte("{ \"b\":1,\r\n\"a\" : \"\x00\xff\"} " + a.ID + long)
	a.Token = []byte("e30.e30.\xfe" + a.ID + long)
	must(json.Unmarshal([]byte(`[{"id": "https://college.example/e/1", "name": "Report"}]`), &a.Result.Evidence))
	return a
}

func newAwards(from, to int) []issuer.Award {
	var awards []issuer.Award
	for n := from; n <= to; n++ {
		awards = append(awards, newAward(n))
	}
	return awards
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// long makes signed bytes as long as real ones, which a store may keep in another way than
// short ones.
var long = strings.Repeat(".", 5000)

// add records awards in pairs of status lists that are there.
func (w *world) add(awards ...issuer.Award) error {
	w.Helper()
	for _, a := range awards {
		for pair := 1; pair <= a.List; pair++ {
			w.ok(w.AddStatusLists(w.Context(), pair))
		}
	}
	return w.Add(w.Context(), awards)
}

// issue records the awards numbered from to to.
func (w *world) issue(from, to int) []issuer.Award {
	w.Helper()
	w.ok(w.add(newAwards(from, to)...))
	return newAwards(from, to)
}

func (w *world) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// award returns a recorded award.
func (w *world) award(id string) issuer.Award {
	w.Helper()
	a, err := w.Award(w.Context(), id)
	w.ok(err)
	return a
}

func (w *world) list(name string) issuer.StatusList {
	w.Helper()
	l, err := w.StatusList(w.Context(), name)
	w.ok(err)
	return l
}

// same compares values by their JSON, and awards by their signed bytes as well.
func same[V any](w *world, what string, got, want V) {
	w.Helper()
	if g, o := written(got), written(want); g != o {
		w.Fatalf("%s:\n got %s\nwant %s", what, g, o)
	}
}

func written(v any) string {
	text := ""
	switch v := v.(type) {
	case []byte:
		return fmt.Sprintf("%q", v)
	case issuer.Award:
		text = fmt.Sprintf(" credential %.60q %x, token %.60q %x", v.Credential, sha256.Sum256(v.Credential), v.Token, sha256.Sum256(v.Token))
	case []issuer.Award:
		for _, a := range v {
			text += written(a) + "\n"
		}
		return text
	}
	raw, err := json.Marshal(v)
	must(err)
	return string(raw) + text
}
