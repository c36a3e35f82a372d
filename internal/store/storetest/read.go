package storetest

import (
	"fmt"

	"laurel/issuer"
)

var awardTests = []test{
	{"none", func(w *world) {
		for _, name := range []string{"", "none", newAward(1).ID} {
			for _, find := range []func() (issuer.Award, error){
				func() (issuer.Award, error) { return w.Award(w.Context(), name) },
				func() (issuer.Award, error) { return w.AwardByKey(w.Context(), name) },
				func() (issuer.Award, error) { return w.AwardByShareToken(w.Context(), name) },
				func() (issuer.Award, error) { return w.AwardByOwnerToken(w.Context(), name) },
			} {
				_, err := find()
				w.is(err, issuer.ErrNotFound)
			}
		}
		for _, after := range []string{"", "x"} {
			page, err := w.Awards(w.Context(), after, 10)
			w.ok(err)
			same(w, "page", len(page), 0)
		}
		all, err := w.AwardsByKey(w.Context(), []string{"", "none"})
		w.ok(err)
		same(w, "by keys", len(all), 0)
	}},
	{"by key and by link", func(w *world) {
		a := w.issue(1, 3)[1]
		w.restart()
		got, err := w.AwardByKey(w.Context(), a.Result.Key)
		w.ok(err)
		same(w, "by key", got, a)
		got, err = w.AwardByShareToken(w.Context(), a.ShareToken)
		w.ok(err)
		same(w, "by share link", got, a)
		got, err = w.AwardByOwnerToken(w.Context(), a.OwnerToken)
		w.ok(err)
		same(w, "by owner link", got, a)
	}},
	{"by keys, in their order", func(w *world) {
		w.issue(1, 3)
		key := func(n int) string { return newAward(n).Result.Key }
		got, err := w.AwardsByKey(w.Context(), []string{key(3), key(9), key(1), key(3)})
		w.ok(err)
		same(w, "by keys", got, []issuer.Award{newAward(3), newAward(1), newAward(3)})
	}},
	{"no link opens another door", func(w *world) {
		a := w.issue(1, 1)[0]
		_, err := w.AwardByShareToken(w.Context(), a.OwnerToken)
		w.is(err, issuer.ErrNotFound)
		_, err = w.AwardByOwnerToken(w.Context(), a.ShareToken)
		w.is(err, issuer.ErrNotFound)
		_, err = w.AwardByShareToken(w.Context(), a.ShareToken[:len(a.ShareToken)-1])
		w.is(err, issuer.ErrNotFound)
		_, err = w.Award(w.Context(), a.ID[:len(a.ID)-1])
		w.is(err, issuer.ErrNotFound)
	}},
	{"pages in the order of IDs, without signed bytes", func(w *world) {
		w.issue(6, 8)
		w.issue(1, 4)
		w.issue(5, 5)
		for _, limit := range []int{1, 3, 8, 100} {
			var got []issuer.Award
			after := ""
			for {
				page, err := w.Awards(w.Context(), after, limit)
				w.ok(err)
				if len(page) > limit {
					w.Fatalf("%d awards in a page of %d", len(page), limit)
				}
				if len(page) == 0 {
					break
				}
				got, after = append(got, page...), page[len(page)-1].ID
			}
			want := newAwards(1, 8)
			for n := range want {
				want[n] = w.award(want[n].ID)
				want[n].Credential, want[n].Token = nil, nil
			}
			same(w, fmt.Sprintf("all by pages of %d", limit), got, want)
		}
	}},
	{"pages after an ID that is not there, and of nothing", func(w *world) {
		w.issue(1, 3)
		page, err := w.Awards(w.Context(), newAward(1).ID+"x", 1)
		w.ok(err)
		same(w, "id", page[0].ID, newAward(2).ID)
		page, err = w.Awards(w.Context(), newAward(3).ID, 10)
		w.ok(err)
		same(w, "after the last", len(page), 0)
		page, err = w.Awards(w.Context(), "", 0)
		w.ok(err)
		same(w, "limit 0", len(page), 0)
	}},
}

var statusTests = []test{
	{"none", func(w *world) {
		for _, name := range []string{"", "1", "1-", "-", "1-revocation", "0-revocation", "x"} {
			_, err := w.StatusList(w.Context(), name)
			w.is(err, issuer.ErrNotFound)
			w.is(w.PublishStatusList(w.Context(), name, 0, []byte("signed")), issuer.ErrNotFound)
		}
	}},
	{"pairs one after the other", func(w *world) {
		w.is(w.AddStatusLists(w.Context(), 2), issuer.ErrConflict)
		w.is(w.AddStatusLists(w.Context(), 0), issuer.ErrConflict)
		for _, pair := range []int{1, 2, 1, 2} {
			w.ok(w.AddStatusLists(w.Context(), pair))
		}
		w.restart()
		lists, err := w.StatusLists(w.Context())
		w.ok(err)
		same(w, "lists", len(lists), 4)
		for n, l := range lists {
			want := issuer.StatusList{Name: fmt.Sprintf("%d-%s", l.Number, l.Purpose), Number: n/2 + 1, Purpose: l.Purpose, Version: l.Version, Published: -1}
			same(w, "list", l, want)
			same(w, "list by name", w.list(l.Name), want)
		}
		for _, name := range []string{"1-revocation", "1-suspension", "2-revocation", "2-suspension"} {
			if l := w.list(name); l.Version < 0 {
				w.Errorf("%s has version %d, which does not lag behind -1", name, l.Version)
			}
		}
		for _, name := range []string{"01-revocation", "+1-revocation", "1-Revocation", "1-revocation ", "3-revocation", "1_revocation", "-1-revocation"} {
			_, err := w.StatusList(w.Context(), name)
			w.is(err, issuer.ErrNotFound)
		}
	}},
	{"published at its version, durable", func(w *world) {
		w.issue(1, 2)
		l := w.list("1-revocation")
		signedList := []byte("{ \"list\" :\r\n\"\x00\xff\"}" + long)
		w.ok(w.PublishStatusList(w.Context(), l.Name, l.Version, signedList))
		w.restart()
		got := w.list(l.Name)
		same(w, "published", got.Published, l.Version)
		same(w, "credential", got.Credential, signedList)
		lists, err := w.StatusLists(w.Context())
		w.ok(err)
		for _, other := range lists {
			same(w, other.Name, other, w.list(other.Name))
		}
		same(w, "the other list", w.list("1-suspension").Published, -1)
		got.Credential[0] = 'X'
		same(w, "credential", w.list(l.Name).Credential, signedList)
	}},
	{"a change makes it lag behind; a later version stays", func(w *world) {
		w.issue(1, 2)
		old := w.list("1-revocation")
		w.ok(w.PublishStatusList(w.Context(), old.Name, old.Version, []byte("old")))
		_, err := w.SetState(w.Context(), newAward(1).ID, standing, issuer.Revoked, "no", at, revoked)
		w.ok(err)
		changed := w.list(old.Name)
		if changed.Version <= changed.Published {
			w.Fatalf("version %d, published %d: nobody would see the change", changed.Version, changed.Published)
		}
		same(w, "still the old credential", changed.Credential, []byte("old"))
		w.ok(w.PublishStatusList(w.Context(), old.Name, changed.Version, []byte("new")))
		w.is(w.PublishStatusList(w.Context(), old.Name, old.Version, []byte("late")), issuer.ErrConflict)
		same(w, "credential", w.list(old.Name).Credential, []byte("new"))
		same(w, "published", w.list(old.Name).Published, changed.Version)
		w.ok(w.PublishStatusList(w.Context(), old.Name, changed.Version, []byte("signed anew")))
		same(w, "credential", w.list(old.Name).Credential, []byte("signed anew"))
	}},
	{"no version before it exists", func(w *world) {
		w.issue(1, 1)
		l := w.list("1-revocation")
		w.is(w.PublishStatusList(w.Context(), l.Name, l.Version+1, []byte("early")), issuer.ErrConflict)
		w.is(w.PublishStatusList(w.Context(), l.Name, -1, []byte("none")), issuer.ErrConflict)
		same(w, "list", w.list(l.Name), l)
	}},
}
