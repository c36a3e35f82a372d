package storetest

import (
	"errors"
	"fmt"

	"laurel/issuer"
)

var reserveTests = []test{
	{"nothing", func(w *world) {
		w.reserve()
		same(w, "calls of place", w.places, 0)
		lists, err := w.StatusLists(w.Context())
		w.ok(err)
		same(w, "lists", len(lists), 0)
	}},
	{"recorded whole, in order, durable", func(w *world) {
		want := newAwards(1, 6)
		for n := range want {
			want[n].List, want[n].Index = n/4+1, n%4
		}
		same(w, "returned", w.reserve(newAwards(1, 6)...), want)
		same(w, "calls of place", w.places, 6)
		w.restart()
		for _, a := range want {
			same(w, "recorded", w.award(a.ID), a)
		}
	}},
	{"signed bytes and state are not taken", func(w *world) {
		got := w.reserve(signed(newAward(1)))[0]
		same(w, "state", got.State, issuer.Reserved)
		same(w, "bytes", len(got.Credential)+len(got.Token), 0)
		same(w, "recorded", w.award(got.ID), got)
	}},
	{"a recorded key returns its award, whatever its state", func(w *world) {
		first := w.issue(1, 3)
		w.reserve(newAward(4))
		_, err := w.SetState(w.Context(), first[1].ID, []issuer.State{issuer.Issued}, issuer.Revoked, "wrong", at, issuer.Bits{Revocation: true})
		w.ok(err)
		_, err = w.SetState(w.Context(), first[2].ID, []issuer.State{issuer.Issued}, issuer.Suspended, "wait", at, issuer.Bits{Suspension: true})
		w.ok(err)
		w.restart()
		w.places = 0
		for n := 1; n <= 4; n++ {
			again := newAward(n + 100)
			again.Result.Key = newAward(n).Result.Key
			same(w, "award", w.reserve(again)[0], w.award(newAward(n).ID))
			_, err := w.Award(w.Context(), again.ID)
			w.is(err, issuer.ErrNotFound)
			_, err = w.AwardByShareToken(w.Context(), again.ShareToken)
			w.is(err, issuer.ErrNotFound)
		}
		same(w, "the very award again", w.reserve(newAward(1))[0], first[0])
		same(w, "calls of place", w.places, 0)
	}},
	{"known and new keys in one call, and one twice", func(w *world) {
		known := w.issue(1, 1)[0]
		twin := newAward(9)
		twin.Result.Key, twin.Result.Email = newAward(3).Result.Key, "else@college.example"
		got := w.reserve(newAward(2), newAward(1), newAward(3), twin)
		same(w, "ids", []string{got[0].ID, got[1].ID, got[2].ID, got[3].ID},
			[]string{newAward(2).ID, known.ID, newAward(3).ID, newAward(3).ID})
		same(w, "the known one", got[1], known)
		same(w, "the twin", got[3], got[2])
		same(w, "indexes", []int{got[0].Index, got[2].Index}, []int{1, 2})
		_, err := w.Award(w.Context(), twin.ID)
		w.is(err, issuer.ErrNotFound)
	}},
	{"a taken ID or link is a conflict, and nothing is recorded", func(w *world) {
		w.reserve(newAward(1))
		for name, take := range map[string]func(*issuer.Award){
			"id":    func(a *issuer.Award) { a.ID = newAward(1).ID },
			"share": func(a *issuer.Award) { a.ShareToken = newAward(1).ShareToken },
			"owner": func(a *issuer.Award) { a.OwnerToken = newAward(1).OwnerToken },
		} {
			clash := newAward(3)
			take(&clash)
			_, err := w.Reserve(w.Context(), []issuer.Award{newAward(2), clash}, w.place)
			if !errors.Is(err, issuer.ErrConflict) {
				w.Errorf("%s: %v, want ErrConflict", name, err)
			}
			_, err = w.Award(w.Context(), newAward(2).ID)
			w.is(err, issuer.ErrNotFound)
			_, err = w.AwardByKey(w.Context(), newAward(2).Result.Key)
			w.is(err, issuer.ErrNotFound)
		}
		same(w, "next index", w.reserve(newAward(2))[0].Index, 1)
	}},
	{"a taken link within one call", func(w *world) {
		clash := newAward(2)
		clash.ShareToken = newAward(1).ShareToken
		_, err := w.Reserve(w.Context(), []issuer.Award{newAward(1), clash}, w.place)
		w.is(err, issuer.ErrConflict)
		_, err = w.Award(w.Context(), newAward(1).ID)
		w.is(err, issuer.ErrNotFound)
	}},
	{"an error of place is returned, and nothing is recorded", func(w *world) {
		full := errors.New("no place")
		calls := 0
		_, err := w.Reserve(w.Context(), newAwards(1, 2), func(list, used int, isUsed func(int) bool) (int, int, error) {
			if calls++; calls == 2 {
				return 0, 0, full
			}
			return w.place(list, used, isUsed)
		})
		w.is(err, full)
		_, err = w.Award(w.Context(), newAward(1).ID)
		w.is(err, issuer.ErrNotFound)
		lists, err := w.StatusLists(w.Context())
		w.ok(err)
		same(w, "lists", len(lists), 0)
	}},
	{"what place is shown", func(w *world) {
		var shown []string
		show := func(list, used int, isUsed func(int) bool) (int, int, error) {
			shown = append(shown, fmt.Sprint(list, used, isUsed(-1), isUsed(0), isUsed(7), isUsed(131071), isUsed(1<<40)))
			return []int{1, 1, 1, 2, 2}[len(shown)-1], []int{7, 0, 131071, 7, 0}[len(shown)-1], nil
		}
		_, err := w.Reserve(w.Context(), newAwards(1, 2), show)
		w.ok(err)
		w.restart()
		_, err = w.Reserve(w.Context(), newAwards(3, 5), show)
		w.ok(err)
		same(w, "shown", shown, []string{
			"0 0 false false false false false",
			"1 1 false false true false false",
			"1 2 false true true false false",
			"1 3 false true true true false",
			"2 1 false false true false false",
		})
		same(w, "last place", []int{w.award(newAward(5).ID).List, w.award(newAward(5).ID).Index}, []int{2, 0})
	}},
	{"a wrong place is refused, and nothing is recorded", func(w *world) {
		w.reserve(newAwards(1, 5)...)
		for _, wrong := range [][2]int{{2, 0}, {1, 1}, {1, 9}, {4, 0}, {0, 0}, {-1, 0}, {2, -1}, {3, -1}} {
			_, err := w.Reserve(w.Context(), []issuer.Award{newAward(6)}, func(int, int, func(int) bool) (int, int, error) {
				return wrong[0], wrong[1], nil
			})
			if err == nil {
				w.Errorf("list %d, index %d: no error", wrong[0], wrong[1])
			}
		}
		_, err := w.Award(w.Context(), newAward(6).ID)
		w.is(err, issuer.ErrNotFound)
		same(w, "next index", w.reserve(newAward(6))[0].Index, 1)
	}},
	{"reservations, oldest first", func(w *world) {
		first, second := w.reserve(newAward(9), newAward(5)), w.reserve(newAward(7), newAward(1))
		want := append(first, second...)
		w.restart()
		got, err := w.Reservations(w.Context())
		w.ok(err)
		same(w, "reservations", got, want)
		w.ok(w.Issue(w.Context(), []issuer.Award{signed(first[1])}))
		w.ok(w.Void(w.Context(), second[0].ID, "no", at))
		got, err = w.Reservations(w.Context())
		w.ok(err)
		same(w, "reservations left", got, []issuer.Award{first[0], second[1]})
	}},
}
