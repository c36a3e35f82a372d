package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"laurel/issuer"
)

// Check fails the test unless the records agree with each other: no key and no position
// twice among awards that stand, every position's bits as its award's state says, and
// every way to an award leading to it. It returns all the awards by ID.
func Check(t testing.TB, s issuer.Store) map[string]issuer.Award {
	t.Helper()
	ctx := t.Context()
	awards, positions, keys := map[string]issuer.Award{}, map[[2]int]string{}, map[string]string{}
	set := map[string][]int{}
	for after := ""; ; {
		page, err := s.Awards(ctx, after, 100)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, listed := range page {
			after = listed.ID
			a, err := s.Award(ctx, listed.ID)
			if err != nil {
				t.Fatal(err)
			}
			awards[a.ID] = a
			if other, twice := positions[[2]int{a.List, a.Index}]; twice {
				t.Errorf("list %d, index %d belongs to %s and %s", a.List, a.Index, other, a.ID)
			}
			positions[[2]int{a.List, a.Index}] = a.ID
			if other, twice := keys[a.Result.Key]; twice {
				t.Errorf("key %s belongs to %s and %s", a.Result.Key, other, a.ID)
			}
			keys[a.Result.Key] = a.ID
			checkWays(t, s, a)
			switch a.State {
			case issuer.Revoked:
				set[fmt.Sprintf("%d-revocation", a.List)] = append(set[fmt.Sprintf("%d-revocation", a.List)], a.Index)
			case issuer.Suspended:
				set[fmt.Sprintf("%d-suspension", a.List)] = append(set[fmt.Sprintf("%d-suspension", a.List)], a.Index)
			}
		}
	}
	checkLists(t, s, set)
	return awards
}

func checkWays(t testing.TB, s issuer.Store, a issuer.Award) {
	t.Helper()
	if len(a.Credential) == 0 || a.IssuedAt.IsZero() {
		t.Errorf("award %s is %s with %d signed bytes, since %s", a.ID, a.State, len(a.Credential), a.IssuedAt)
	}
	share, err := s.AwardByShareToken(t.Context(), a.ShareToken)
	if err != nil || share.ID != a.ID {
		t.Errorf("share link of %s leads to %q, %v", a.ID, share.ID, err)
	}
	owner, err := s.AwardByOwnerToken(t.Context(), a.OwnerToken)
	if err != nil || owner.ID != a.ID {
		t.Errorf("owner link of %s leads to %q, %v", a.ID, owner.ID, err)
	}
	key, err := s.AwardByKey(t.Context(), a.Result.Key)
	if err != nil || key.ID != a.ID {
		t.Errorf("key of the %s award %s leads to %q, %v", a.State, a.ID, key.ID, err)
	}
}

func checkLists(t testing.TB, s issuer.Store, set map[string][]int) {
	t.Helper()
	lists, err := s.StatusLists(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range lists {
		want := set[l.Name]
		slices.Sort(want)
		if !slices.Equal(l.Set, want) {
			t.Errorf("list %s has the bits %v, the awards' states say %v", l.Name, l.Set, want)
		}
		delete(set, l.Name)
	}
	if len(set) > 0 {
		t.Errorf("no lists for %v", set)
	}
}

var wholeTests = []test{
	{"an ended context begins nothing", func(w *world) {
		w.issue(1, 1)
		ctx, cancel := context.WithCancel(w.Context())
		cancel()
		w.is(w.Add(ctx, newAwards(2, 2)), context.Canceled)
		w.is(w.SetProfile(ctx, profile), context.Canceled)
		w.is(w.PutAchievements(ctx, []issuer.Achievement{newAchievement("a")}), context.Canceled)
		_, err := w.SetState(ctx, newAward(1).ID, standing, issuer.Revoked, "no", at, revoked)
		w.is(err, context.Canceled)
		_, err = w.Award(ctx, newAward(1).ID)
		w.is(err, context.Canceled)
		_, err = w.Award(w.Context(), newAward(2).ID)
		w.is(err, issuer.ErrNotFound)
		_, err = w.Profile(w.Context())
		w.is(err, issuer.ErrNotFound)
		same(w, "state", w.award(newAward(1).ID).State, issuer.Issued)
	}},
	{"many at once", manyAtOnce},
	{"many states at once", func(w *world) {
		w.issue(1, 12)
		inParallel(8, func(worker int) {
			r := rand.New(rand.NewPCG(1, uint64(worker)))
			for range 12 {
				id := newAward(1 + r.IntN(12)).ID
				to := []issuer.State{issuer.Issued, issuer.Suspended, issuer.Revoked}[r.IntN(3)]
				_, err := w.SetState(w.Context(), id, standing, to, "why", at, issuer.Bits{Revocation: to == issuer.Revoked, Suspension: to == issuer.Suspended})
				if err != nil && !errors.Is(err, issuer.ErrConflict) {
					w.Error(err)
				}
			}
		})
		Check(w, w.Store)
		w.restart()
		same(w, "awards", len(Check(w, w.Store)), 12)
	}},
}

func inParallel(workers int, work func(worker int)) {
	var group sync.WaitGroup
	for n := range workers {
		group.Go(func() { work(n) })
	}
	group.Wait()
}

// manyAtOnce lets goroutines record awards with the same keys and with keys of their own, as
// nodes do when a client sends its results again to another one: of each key, one is recorded.
func manyAtOnce(w *world) {
	const workers, keys = 8, 6
	w.ok(w.AddStatusLists(w.Context(), 1))
	recorded := make([][]bool, workers)
	inParallel(workers, func(worker int) {
		for n := range keys {
			shared, own := newAward(1000+worker*100+n), newAward(5000+worker*100+n)
			shared.Result.Key, shared.List, shared.Index = fmt.Sprintf("shared-%d", n), 1, worker*100+n
			own.List, own.Index = 1, 1000+worker*100+n
			err := w.Add(w.Context(), []issuer.Award{shared})
			if err != nil && !errors.Is(err, issuer.ErrConflict) {
				w.Error(err)
			}
			recorded[worker] = append(recorded[worker], err == nil)
			if err := w.Add(w.Context(), []issuer.Award{own}); err != nil {
				w.Error(err)
			}
		}
	})
	for n := range keys {
		count := 0
		for worker := range workers {
			if recorded[worker][n] {
				count++
			}
		}
		same(w, "awards of a shared key", count, 1)
	}
	same(w, "awards", len(Check(w, w.Store)), keys+workers*keys)
}
