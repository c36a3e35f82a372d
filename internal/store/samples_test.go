package store_test

import (
	"fmt"
	"testing"
	"time"

	"laurel/issuer"
)

var at = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// sample returns the nth award, as an issuer reserves it.
func sample(n int) issuer.Award {
	return issuer.Award{
		ID:         fmt.Sprintf("00000000-0000-4000-8000-%012d", n),
		ShareToken: fmt.Sprintf("share-%d", n), OwnerToken: fmt.Sprintf("owner-%d", n), Salt: "salt", ReservedAt: at,
		Result: issuer.Result{
			Key: fmt.Sprintf("exam-%06d", n), Achievement: "sample", Email: "learner@college.example", Name: "Sample Learner",
			AwardedAt: at, Values: map[string]string{"score": "87"},
		},
	}
}

func samples(from, to int) []issuer.Award {
	awards := make([]issuer.Award, 0, to-from+1)
	for n := from; n <= to; n++ {
		awards = append(awards, sample(n))
	}
	return awards
}

// signed returns an award with bytes as large as those of a real credential.
func signed(a issuer.Award) issuer.Award {
	a.State, a.IssuedAt, a.ChangedAt = issuer.Issued, at, at
	a.Credential, a.Token = fmt.Appendf(nil, "credential %s %04000d", a.ID, 0), fmt.Appendf(nil, "token %s %05000d", a.ID, 0)
	return a
}

// place takes a lowest unused index, spread by a step that visits all of 131072.
func place(list, used int, isUsed func(int) bool) (int, int, error) {
	if list == 0 || used >= 65536 {
		return list + 1, 0, nil
	}
	index := used * 40503 % 131072
	for isUsed(index) {
		index = (index + 1) % 131072
	}
	return list, index, nil
}

func reserve(t testing.TB, s issuer.Store, from, to int) []issuer.Award {
	t.Helper()
	awards, err := s.Reserve(t.Context(), samples(from, to), place)
	if err != nil {
		t.Fatal(err)
	}
	return awards
}
