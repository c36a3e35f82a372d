package storetest

import (
	"time"

	"laurel/issuer"
)

var (
	standing = []issuer.State{issuer.Issued, issuer.Suspended}
	revoked  = issuer.Bits{Revocation: true}
	paused   = issuer.Bits{Suspension: true}
)

var stateTests = []test{
	{"moved, durable", func(w *world) {
		a := w.issue(1, 1)[0]
		got, err := w.SetState(w.Context(), a.ID, standing, issuer.Revoked, "a mistake", at.Add(2*time.Hour), revoked)
		w.ok(err)
		want := a
		want.State, want.Reason, want.ChangedAt = issuer.Revoked, "a mistake", at.Add(2*time.Hour)
		same(w, "returned", got, want)
		w.restart()
		same(w, "recorded", w.award(a.ID), want)
		same(w, "revocation bits", w.list("1-revocation").Set, []int{0})
		same(w, "suspension bits", len(w.list("1-suspension").Set), 0)
	}},
	{"another state is a conflict", func(w *world) {
		a := w.issue(1, 1)[0]
		_, err := w.SetState(w.Context(), a.ID, []issuer.State{issuer.Suspended}, issuer.Revoked, "no", at, revoked)
		w.is(err, issuer.ErrConflict)
		_, err = w.SetState(w.Context(), a.ID, nil, issuer.Revoked, "no", at, revoked)
		w.is(err, issuer.ErrConflict)
		same(w, "award", w.award(a.ID), a)
		same(w, "bits", len(w.list("1-revocation").Set), 0)
		_, err = w.SetState(w.Context(), newAward(2).ID, standing, issuer.Revoked, "no", at, revoked)
		w.is(err, issuer.ErrNotFound)
	}},
	{"already there is unchanged", func(w *world) {
		a := w.issue(1, 1)[0]
		first, err := w.SetState(w.Context(), a.ID, standing, issuer.Suspended, "first", at, paused)
		w.ok(err)
		before := w.list("1-suspension")
		for _, from := range [][]issuer.State{nil, {issuer.Issued}, {issuer.Suspended}} {
			again, err := w.SetState(w.Context(), a.ID, from, issuer.Suspended, "second", at.Add(time.Hour), issuer.Bits{})
			w.ok(err)
			same(w, "returned", again, first)
		}
		same(w, "recorded", w.award(a.ID), first)
		same(w, "list", w.list("1-suspension"), before)
	}},
	{"bits and versions", func(w *world) {
		w.issue(1, 4)
		id := newAward(3).ID
		for _, step := range []struct {
			to                     issuer.State
			bits                   issuer.Bits
			revocation, suspension []int
			raisesR, raisesS       bool
		}{
			{issuer.Suspended, paused, nil, []int{2}, false, true},
			{issuer.Issued, issuer.Bits{}, nil, nil, false, true},
			{issuer.Suspended, paused, nil, []int{2}, false, true},
			{issuer.Revoked, revoked, []int{2}, nil, true, true},
		} {
			r, s := w.list("1-revocation"), w.list("1-suspension")
			_, err := w.SetState(w.Context(), id, standing, step.to, "why", at, step.bits)
			w.ok(err)
			r2, s2 := w.list("1-revocation"), w.list("1-suspension")
			same(w, "revocation bits", written(r2.Set), written(step.revocation))
			same(w, "suspension bits", written(s2.Set), written(step.suspension))
			same(w, "raised", []bool{r2.Version > r.Version, s2.Version > s.Version}, []bool{step.raisesR, step.raisesS})
			same(w, "kept", []bool{r2.Version >= r.Version, s2.Version >= s.Version}, []bool{true, true})
		}
	}},
	{"bits of their own pair, ascending", func(w *world) {
		w.issue(1, 7)
		for _, n := range []int{7, 3, 5, 1} {
			_, err := w.SetState(w.Context(), newAward(n).ID, standing, issuer.Revoked, "no", at, revoked)
			w.ok(err)
		}
		w.restart()
		same(w, "first pair", w.list("1-revocation").Set, []int{0, 2})
		same(w, "second pair", w.list("2-revocation").Set, []int{0, 2})
	}},
	{"the learner's choice", func(w *world) {
		a := w.issue(2, 2)[0]
		w.ok(w.SetShowName(w.Context(), a.ID, true))
		w.restart()
		a.Result.ShowName = true
		same(w, "award", w.award(a.ID), a)
		w.ok(w.SetShowName(w.Context(), a.ID, true))
		w.ok(w.SetShowName(w.Context(), a.ID, false))
		a.Result.ShowName = false
		same(w, "award", w.award(a.ID), a)
		w.is(w.SetShowName(w.Context(), newAward(1).ID, true), issuer.ErrNotFound)
	}},
}
