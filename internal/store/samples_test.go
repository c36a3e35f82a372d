package store_test

import (
	"fmt"
	"testing"
	"time"

	"laurel/issuer"
)

var at = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// perPair is how many of the sample awards are in one pair of status lists.
const perPair = 65_536

// sample returns the nth award, with bytes as large as those of a real credential.
func sample(n int) issuer.Award {
	a := issuer.Award{
		ID:         fmt.Sprintf("00000000-0000-4000-8000-%012d", n),
		ShareToken: fmt.Sprintf("share-%d", n), OwnerToken: fmt.Sprintf("owner-%d", n), Salt: "salt",
		State: issuer.Issued, IssuedAt: at, ChangedAt: at, List: n/perPair + 1, Index: n % perPair * 40503 % 131072,
		Result: issuer.Result{
			Key: fmt.Sprintf("exam-%06d", n), Achievement: "sample", Email: "learner@college.example", Name: "Sample Learner",
			AwardedAt: at, Values: map[string]string{"score": "87"},
		},
	}
	a.Credential, a.Token = fmt.Appendf(nil, "credential %s %04000d", a.ID, 0), fmt.Appendf(nil, "token %s %05000d", a.ID, 0)
	return a
}

// samples returns the awards numbered from to to.
func samples(from, to int) []issuer.Award {
	awards := make([]issuer.Award, 0, to-from+1)
	for n := from; n <= to; n++ {
		awards = append(awards, sample(n))
	}
	return awards
}

// add records awards in pairs of status lists that are there.
func add(t testing.TB, s issuer.Store, from, to int) error {
	t.Helper()
	for pair := range to/perPair + 1 {
		if err := s.AddStatusLists(t.Context(), pair+1); err != nil {
			return err
		}
	}
	return s.Add(t.Context(), samples(from, to))
}

func mustAdd(t testing.TB, s issuer.Store, from, to int) {
	t.Helper()
	if err := add(t, s, from, to); err != nil {
		t.Fatal(err)
	}
}
