package storetest

import (
	"time"

	"laurel/issuer"
)

var issueTests = []test{
	{"nothing", func(w *world) { w.ok(w.Issue(w.Context(), nil)) }},
	{"byte for byte, durable", func(w *world) {
		issued := w.issue(1, 3)
		w.restart()
		for _, a := range issued {
			same(w, "award", w.award(a.ID), a)
		}
	}},
	{"the rest stays as reserved", func(w *world) {
		reserved := w.reserve(newAward(1))[0]
		given := signed(newAward(2))
		given.ID, given.List, given.Index, given.Reason = reserved.ID, 77, 88, "given"
		w.ok(w.Issue(w.Context(), []issuer.Award{given}))
		want := reserved
		want.State, want.IssuedAt, want.ChangedAt = issuer.Issued, given.IssuedAt, given.ChangedAt
		want.Credential, want.Token = given.Credential, given.Token
		same(w, "award", w.award(reserved.ID), want)
	}},
	{"all or none", func(w *world) {
		reserved := w.reserve(newAwards(1, 3)...)
		w.ok(w.Issue(w.Context(), []issuer.Award{signed(reserved[1])}))
		again := signed(reserved[1])
		again.Credential = []byte("other")
		w.is(w.Issue(w.Context(), []issuer.Award{signed(reserved[0]), again}), issuer.ErrConflict)
		same(w, "first", w.award(reserved[0].ID), reserved[0])
		same(w, "second", w.award(reserved[1].ID), signed(reserved[1]))
		w.is(w.Issue(w.Context(), []issuer.Award{signed(reserved[0]), signed(reserved[0])}), issuer.ErrConflict)
		w.is(w.Issue(w.Context(), []issuer.Award{signed(reserved[0]), signed(newAward(9))}), issuer.ErrNotFound)
		same(w, "first", w.award(reserved[0].ID), reserved[0])
		w.ok(w.Void(w.Context(), reserved[2].ID, "no", at))
		w.is(w.Issue(w.Context(), []issuer.Award{signed(reserved[2])}), issuer.ErrConflict)
	}},
	{"the caller's own", func(w *world) {
		a := w.issue(1, 1)[0]
		want := signed(a)
		a.Credential[0], a.Token[0] = 'X', 'X'
		got := w.award(a.ID)
		same(w, "award", got, want)
		got.Credential[0], got.Token[0], got.Result.Values["score"] = 'Y', 'Y', "0"
		*got.Result.ValidUntil = time.Time{}
		got.Result.Evidence[0].Name = "Y"
		same(w, "award", w.award(a.ID), want)
	}},
	{"void frees the key, not the index", func(w *world) {
		reserved := w.reserve(newAwards(1, 2)...)
		w.ok(w.Void(w.Context(), reserved[0].ID, "cannot be signed", at.Add(time.Minute)))
		w.restart()
		want := reserved[0]
		want.State, want.Reason, want.ChangedAt = issuer.Void, "cannot be signed", at.Add(time.Minute)
		same(w, "award", w.award(want.ID), want)
		_, err := w.AwardByKey(w.Context(), want.Result.Key)
		w.is(err, issuer.ErrNotFound)
		again := newAward(3)
		again.Result.Key = want.Result.Key
		got := w.reserve(again)[0]
		same(w, "id", got.ID, again.ID)
		same(w, "index", got.Index, 2)
		same(w, "void award", w.award(want.ID), want)
		byKey, err := w.AwardByKey(w.Context(), want.Result.Key)
		w.ok(err)
		same(w, "award by key", byKey, got)
	}},
	{"void keeps its ID and links", func(w *world) {
		w.reserve(newAward(1))
		w.ok(w.Void(w.Context(), newAward(1).ID, "no", at))
		_, err := w.Reserve(w.Context(), newAwards(1, 1), w.place)
		w.is(err, issuer.ErrConflict)
	}},
	{"void of others", func(w *world) {
		a := w.issue(1, 1)[0]
		w.is(w.Void(w.Context(), a.ID, "no", at), issuer.ErrConflict)
		same(w, "award", w.award(a.ID), a)
		w.is(w.Void(w.Context(), newAward(2).ID, "no", at), issuer.ErrNotFound)
		w.reserve(newAward(2))
		w.ok(w.Void(w.Context(), newAward(2).ID, "no", at))
		w.is(w.Void(w.Context(), newAward(2).ID, "again", at), issuer.ErrConflict)
		same(w, "reason", w.award(newAward(2).ID).Reason, "no")
	}},
}

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
		w.reserve(newAward(2))
		_, err = w.SetState(w.Context(), newAward(2).ID, standing, issuer.Revoked, "no", at, revoked)
		w.is(err, issuer.ErrConflict)
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
