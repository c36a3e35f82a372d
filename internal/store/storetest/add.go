package storetest

import (
	"fmt"
	"time"

	"laurel/issuer"
)

var addTests = []test{
	{"nothing", func(w *world) { w.ok(w.Add(w.Context(), nil)) }},
	{"byte for byte, durable", func(w *world) {
		for _, part := range [][]issuer.Award{w.issue(1, 6), w.issue(7, 7)} {
			w.restart()
			for _, a := range part {
				same(w, "award", w.award(a.ID), a)
			}
		}
	}},
	{"the caller's own", func(w *world) {
		given := newAward(1)
		w.ok(w.add(given))
		given.Credential[0], given.Token[0] = 'X', 'X'
		got := w.award(given.ID)
		same(w, "award", got, newAward(1))
		got.Credential[0], got.Token[0], got.Result.Values["score"] = 'Y', 'Y', "0"
		*got.Result.ValidUntil = time.Time{}
		got.Result.Evidence[0].Name = "Y"
		same(w, "award", w.award(given.ID), newAward(1))
	}},
	{"what is taken is a conflict, and nothing is recorded", func(w *world) {
		w.issue(1, 1)
		for name, take := range map[string]func(a *issuer.Award, from issuer.Award){
			"id":       func(a *issuer.Award, from issuer.Award) { a.ID = from.ID },
			"key":      func(a *issuer.Award, from issuer.Award) { a.Result.Key = from.Result.Key },
			"share":    func(a *issuer.Award, from issuer.Award) { a.ShareToken = from.ShareToken },
			"owner":    func(a *issuer.Award, from issuer.Award) { a.OwnerToken = from.OwnerToken },
			"position": func(a *issuer.Award, from issuer.Award) { a.List, a.Index = from.List, from.Index },
		} {
			for whose, from := range map[string]issuer.Award{"recorded": newAward(1), "in the same call": newAward(2)} {
				clash := newAward(3)
				take(&clash, from)
				if err := w.add(newAward(2), clash); err == nil {
					w.Errorf("%s of one %s: recorded", name, whose)
				} else {
					w.is(err, issuer.ErrConflict)
				}
				_, err := w.Award(w.Context(), newAward(2).ID)
				w.is(err, issuer.ErrNotFound)
				_, err = w.AwardByKey(w.Context(), newAward(2).Result.Key)
				w.is(err, issuer.ErrNotFound)
				_, err = w.AwardByShareToken(w.Context(), newAward(3).ShareToken)
				w.is(err, issuer.ErrNotFound)
				_, used, err := w.UsedIndexes(w.Context())
				w.ok(err)
				same(w, "used", used.All(), []int{0})
			}
		}
		w.issue(2, 3)
		Check(w, w.Store)
	}},
	{"a revoked award keeps its key", func(w *world) {
		w.issue(1, 1)
		_, err := w.SetState(w.Context(), newAward(1).ID, standing, issuer.Revoked, "wrong", at, revoked)
		w.ok(err)
		again := newAward(2)
		again.Result.Key = newAward(1).Result.Key
		w.is(w.add(again), issuer.ErrConflict)
	}},
	{"no position without its lists", func(w *world) {
		w.is(w.Add(w.Context(), newAwards(1, 1)), issuer.ErrNotFound)
		w.issue(1, 1)
		for _, wrong := range [][2]int{{2, 0}, {0, 0}, {-1, 0}, {1, -1}, {1, 1 << 40}} {
			a := newAward(2)
			a.List, a.Index = wrong[0], wrong[1]
			if err := w.Add(w.Context(), []issuer.Award{a}); err == nil {
				w.Errorf("list %d, index %d: recorded", wrong[0], wrong[1])
			}
			_, err := w.Award(w.Context(), a.ID)
			w.is(err, issuer.ErrNotFound)
		}
	}},
	{"used indexes are those of the newest pair", func(w *world) {
		number, used, err := w.UsedIndexes(w.Context())
		w.ok(err)
		same(w, "before the first", fmt.Sprint(number, used.All()), "0 []")
		w.issue(1, 6)
		w.restart()
		number, used, err = w.UsedIndexes(w.Context())
		w.ok(err)
		same(w, "of two pairs", fmt.Sprint(number, used.All(), used.Count(), used.Has(0), used.Has(2), used.Has(1<<40), used.Has(-1)), "2 [0 1] 2 true false false false")
		late := newAward(9)
		late.List, late.Index = 1, 70_000
		w.ok(w.add(late))
		w.ok(w.AddStatusLists(w.Context(), 3))
		number, used, err = w.UsedIndexes(w.Context())
		w.ok(err)
		same(w, "of an empty pair", fmt.Sprint(number, used.All()), "3 []")
		late.ID, late.Result.Key, late.ShareToken, late.OwnerToken = newAward(10).ID, "other", "other", "other"
		w.is(w.add(late), issuer.ErrConflict)
	}},
	{"a token is kept until another takes its place", func(w *world) {
		a := newAward(1)
		a.Token = nil
		w.ok(w.add(a, newAward(2)))
		same(w, "without", w.award(a.ID).Token, nil)
		token := []byte("first" + long)
		kept, err := w.KeepToken(w.Context(), a.ID, nil, token)
		w.ok(err)
		same(w, "kept", kept, token)
		kept[0], token[0] = 'X', 'X'
		w.restart()
		for _, id := range []string{a.ID, newAward(2).ID} {
			before := w.award(id).Token
			kept, err := w.KeepToken(w.Context(), id, nil, []byte("second"))
			w.ok(err)
			same(w, "the first", kept, before)
			same(w, "recorded", w.award(id).Token, before)
		}
		same(w, "bytes", w.award(a.ID).Token, []byte("first"+long))
		kept, err = w.KeepToken(w.Context(), a.ID, w.award(a.ID).Token, []byte("in its place"))
		w.ok(err)
		same(w, "in its place", kept, []byte("in its place"))
		same(w, "recorded", w.award(a.ID).Token, kept)
		_, err = w.KeepToken(w.Context(), newAward(3).ID, nil, []byte("x"))
		w.is(err, issuer.ErrNotFound)
	}},
}
