package storetest

import (
	"encoding/json"
	"errors"
	"fmt"

	"laurel/issuer"
)

// is fails the test unless err wraps the sentinel.
func (w *world) is(err, sentinel error) {
	w.Helper()
	if !errors.Is(err, sentinel) {
		w.Fatalf("error %v, want one that wraps %q", err, sentinel)
	}
}

var profile = issuer.Profile{
	ID: "did:web:college.example", Slug: "college", Name: "Sample College", URL: "https://college.example",
	Email: "badges@college.example", Description: "A sample.", CountryCode: "IE",
}

var profileTests = []test{
	{"none yet", func(w *world) {
		_, err := w.Profile(w.Context())
		w.is(err, issuer.ErrNotFound)
	}},
	{"recorded, replaced, durable", func(w *world) {
		w.ok(w.SetProfile(w.Context(), profile))
		other := profile
		other.ID, other.Name, other.Email = "did:web:other.example", "Other College", ""
		w.ok(w.SetProfile(w.Context(), other))
		w.restart()
		got, err := w.Profile(w.Context())
		w.ok(err)
		same(w, "profile", got, other)
	}},
	{"keeps its ID once there are awards", func(w *world) {
		w.ok(w.SetProfile(w.Context(), profile))
		w.issue(1, 1)
		other := profile
		other.ID = "did:web:other.example"
		w.is(w.SetProfile(w.Context(), other), issuer.ErrConflict)
		renamed := profile
		renamed.Name = "Renamed College"
		w.ok(w.SetProfile(w.Context(), renamed))
		got, err := w.Profile(w.Context())
		w.ok(err)
		same(w, "profile", got, renamed)
	}},
}

func newAchievement(key string) issuer.Achievement {
	a := issuer.Achievement{Key: key, Image: []byte("\x89PNG " + key + long), ValidMonths: 12, Suspendable: true, ChangedAt: at}
	must(json.Unmarshal([]byte(`{
		"name": "Sample & more", "description": "<b>", "criteria": {"narrative": "Pass."},
		"tag": ["a", "b"], "creditsAvailable": 7.5,
		"resultDescription": [{"id": "score", "type": ["ResultDescription"], "name": "Score", "resultType": "Percent"}]
	}`), &a.Class))
	return a
}

var catalogueTests = []test{
	{"empty", func(w *world) {
		_, err := w.Achievement(w.Context(), "none")
		w.is(err, issuer.ErrNotFound)
		_, err = w.Achievement(w.Context(), "")
		w.is(err, issuer.ErrNotFound)
		all, err := w.Achievements(w.Context())
		w.ok(err)
		same(w, "entries", len(all), 0)
		w.ok(w.PutAchievements(w.Context(), nil))
	}},
	{"whole, ordered, durable", func(w *world) {
		b, a, a10 := newAchievement("b"), newAchievement("a"), newAchievement("a-10")
		w.ok(w.PutAchievements(w.Context(), []issuer.Achievement{b, a10}))
		w.ok(w.PutAchievements(w.Context(), []issuer.Achievement{a}))
		w.restart()
		all, err := w.Achievements(w.Context())
		w.ok(err)
		same(w, "catalogue", all, []issuer.Achievement{a, a10, b})
		got, err := w.Achievement(w.Context(), "a-10")
		w.ok(err)
		same(w, "entry", got, a10)
	}},
	{"replaced whole", func(w *world) {
		w.ok(w.PutAchievements(w.Context(), []issuer.Achievement{newAchievement("a"), newAchievement("b")}))
		plain := issuer.Achievement{Key: "a", Image: []byte("other"), ChangedAt: at.AddDate(0, 0, 1)}
		w.ok(w.PutAchievements(w.Context(), []issuer.Achievement{plain}))
		got, err := w.Achievement(w.Context(), "a")
		w.ok(err)
		same(w, "entry", got, plain)
		got, err = w.Achievement(w.Context(), "b")
		w.ok(err)
		same(w, "the other entry", got, newAchievement("b"))
	}},
	{"the caller's own", func(w *world) {
		given := newAchievement("a")
		w.ok(w.PutAchievements(w.Context(), []issuer.Achievement{given}))
		given.Image[0], given.Class.Tag[0] = 'X', "X"
		got, err := w.Achievement(w.Context(), "a")
		w.ok(err)
		same(w, "entry", got, newAchievement("a"))
		got.Image[0], got.Class.Tag[0] = 'Y', "Y"
		again, err := w.Achievement(w.Context(), "a")
		w.ok(err)
		same(w, "entry", again, newAchievement("a"))
	}},
}

func newToken(n int) issuer.AccessToken {
	return issuer.AccessToken{ID: fmt.Sprintf("%012x", n), Hash: fmt.Sprintf("%064x", n), Label: "registrar", Created: at}
}

var accessTests = []test{
	{"none", func(w *world) {
		_, err := w.AccessToken(w.Context(), newToken(1).Hash)
		w.is(err, issuer.ErrNotFound)
		w.is(w.RemoveToken(w.Context(), newToken(1).ID), issuer.ErrNotFound)
		all, err := w.AccessTokens(w.Context())
		w.ok(err)
		same(w, "tokens", len(all), 0)
	}},
	{"added, listed, durable", func(w *world) {
		w.ok(w.AddToken(w.Context(), newToken(1)))
		w.ok(w.AddToken(w.Context(), newToken(2)))
		w.restart()
		got, err := w.AccessToken(w.Context(), newToken(2).Hash)
		w.ok(err)
		same(w, "token", got, newToken(2))
		_, err = w.AccessToken(w.Context(), newToken(2).ID)
		w.is(err, issuer.ErrNotFound)
		all, err := w.AccessTokens(w.Context())
		w.ok(err)
		seen := map[issuer.AccessToken]bool{}
		for _, t := range all {
			t.Created = t.Created.UTC()
			seen[t] = true
		}
		same(w, "both tokens, and only them", []bool{seen[newToken(1)], seen[newToken(2)], len(all) == 2}, []bool{true, true, true})
	}},
	{"unique", func(w *world) {
		w.ok(w.AddToken(w.Context(), newToken(1)))
		sameID, sameHash := newToken(2), newToken(3)
		sameID.ID, sameHash.Hash = newToken(1).ID, newToken(1).Hash
		w.is(w.AddToken(w.Context(), sameID), issuer.ErrConflict)
		w.is(w.AddToken(w.Context(), sameHash), issuer.ErrConflict)
		_, err := w.AccessToken(w.Context(), sameID.Hash)
		w.is(err, issuer.ErrNotFound)
		w.is(w.RemoveToken(w.Context(), sameHash.ID), issuer.ErrNotFound)
	}},
	{"removed", func(w *world) {
		w.ok(w.AddToken(w.Context(), newToken(1)))
		w.ok(w.AddToken(w.Context(), newToken(2)))
		w.ok(w.RemoveToken(w.Context(), newToken(1).ID))
		w.restart()
		_, err := w.AccessToken(w.Context(), newToken(1).Hash)
		w.is(err, issuer.ErrNotFound)
		_, err = w.AccessToken(w.Context(), newToken(2).Hash)
		w.ok(err)
		w.is(w.RemoveToken(w.Context(), newToken(1).ID), issuer.ErrNotFound)
		w.ok(w.AddToken(w.Context(), newToken(1)))
	}},
}
