package verifier

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"laurel/internal/did"
	"laurel/keys"
	"laurel/registry"
)

// listing is an entry that trusts the sample's issuer for what the sample is.
func listing(t testing.TB, w *world) *registry.Entry {
	t.Helper()
	thumbprint, err := keys.Thumbprint(w.key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return &registry.Entry{
		ID: "urn:obtr:ent:x1", Names: []registry.Name{{Text: "Sample College, as the registry calls it"}},
		Bindings: []registry.Binding{{
			DID: issuerDID, Keys: []registry.PinnedKey{{Thumbprint: thumbprint}}, Event: "ev-1",
			Evidence: []registry.Evidence{{Strength: registry.Mutual, Kind: "dns"}, {Strength: registry.Registered, Kind: "challenge"}},
		}},
		Grants: []registry.Grant{{
			ID: "ev-2", By: registry.ByRegistry, Class: registry.GrantedByRegistry,
			Scope: registry.Scope{Awards: []string{registry.Degree, registry.Microcredential}, Levels: []int{4}},
		}},
	}
}

// eqf makes the sample an award of a level.
func eqf(level string) func(map[string]any) {
	return func(b map[string]any) {
		achievement := b["credentialSubject"].(map[string]any)["achievement"].(map[string]any)
		achievement["achievementType"] = "Degree"
		achievement["alignment"] = []any{map[string]any{
			"type": []any{"Alignment"}, "targetName": "Level", "targetUrl": "http://data.europa.eu/snb/eqf/" + level,
		}}
	}
}

func TestTrustDecided(t *testing.T) {
	w := newWorld(t, ed25519Key(t))
	blacklisted := func(e *registry.Entry) {
		e.Marks = []registry.Mark{{Kind: registry.Blacklisting, Period: registry.Period{From: now.AddDate(-1, 0, 0)}, Event: "ev-3"}}
	}
	for name, c := range map[string]struct {
		entry  func(*registry.Entry)
		badge  func(map[string]any)
		code   string
		status string
	}{
		"listed":                {nil, eqf("4"), "trust-listed", Trusted},
		"level not said":        {nil, nil, "trust-conditions", Trusted},
		"another level":         {nil, eqf("6"), "trust-out-of-scope", Untrusted},
		"another key":           {func(e *registry.Entry) { e.Bindings[0].Keys = nil }, eqf("4"), "trust-undecided", NotChecked},
		"blacklisted":           {blacklisted, eqf("4"), "trust-blacklisted", Untrusted},
		"left afterwards":       {left(now.Add(-time.Minute)), eqf("4"), "trust-historical", Trusted},
		"left before":           {left(now.AddDate(0, -2, 0)), eqf("4"), "trust-withdrawn", Untrusted},
		"of another identifier": {func(e *registry.Entry) { e.Bindings[0].DID = "did:web:other.example" }, eqf("4"), "trust-not-listed", Untrusted},
	} {
		t.Run(name, func(t *testing.T) {
			e := listing(t, w)
			if c.entry != nil {
				c.entry(e)
			}
			v := w.verifier()
			v.config.Registries = trusting(t, e).Alone
			r := v.Verify(context.Background(), Request{Input: w.badge(c.badge)})
			check := r.Checks[slices.IndexFunc(r.Checks, func(c Check) bool { return c.ID == "trust" })]
			if r.Verdict != Valid || r.Trust.Status != c.status || check.Code != c.code || r.Trust.Reason != check.Message {
				t.Errorf("%s, %+v, %+v", r.Verdict, r.Trust, check)
			}
			holdsAnswer(t, r)
		})
	}
}

func left(at time.Time) func(*registry.Entry) {
	return func(e *registry.Entry) {
		e.Marks = []registry.Mark{{Kind: registry.Withdrawal, Period: registry.Period{From: at}, Event: "ev-3"}}
	}
}

// holdsAnswer reads the five answers out of the report's JSON.
func holdsAnswer(t *testing.T, r *Report) {
	t.Helper()
	var shown struct {
		Trust struct {
			Registry string
			Decision map[string]any
		}
	}
	if err := json.Unmarshal(r.AppendJSON(nil), &shown); err != nil {
		t.Fatal(err)
	}
	for _, answer := range []string{"summary", "identity", "authority", "scope", "time", "freshness"} {
		if shown.Trust.Decision[answer] == nil {
			t.Errorf("the report lacks %s: %v", answer, shown)
		}
	}
	if shown.Trust.Registry != "Sample Registry" {
		t.Error(shown.Trust.Registry)
	}
}

// TestTrustWhereNobodyAnswers: a registry that is not there denies nobody.
func TestTrustWhereNobodyAnswers(t *testing.T) {
	w := newWorld(t, ed25519Key(t))
	v := w.verifier()
	v.config.Registries = func() registry.Sources { return registry.Sources{{Name: "Sample Registry"}} }
	r := v.Verify(context.Background(), Request{Input: w.badge(nil)})
	if r.Verdict != Valid || r.Trust.Status != NotChecked || !slices.Equal(r.Trust.Unchecked, []string{"Sample Registry"}) {
		t.Errorf("%s %+v", r.Verdict, r.Trust)
	}
}

// TestHijackedDomain: whoever takes the issuer's domain publishes a key of theirs under its name.
// What they sign is genuine by that document, and the registry, which pinned the old key, does
// not call it trusted.
func TestHijackedDomain(t *testing.T) {
	w := newWorld(t, ed25519Key(t))
	thief := newWorld(t, ed25519Key(t))
	v := thief.verifier()
	v.config.Registries = trusting(t, listing(t, w)).Alone
	r := v.Verify(context.Background(), Request{Input: thief.badge(eqf("4"))})
	if r.Verdict != Valid || r.Trust.Status != NotChecked || r.Trust.Decision.Summary != registry.Indeterminate || !slices.Contains(r.Trust.Decision.Reasons, "key-not-pinned") {
		t.Errorf("%s %+v", r.Verdict, r.Trust)
	}
}

// TestLiveBeforeBundle: what a bundle has of a registry counts where that registry cannot be
// asked. What it says today about the key that signed is not taken back by what it said then.
func TestLiveBeforeBundle(t *testing.T) {
	w := newWorld(t, ed25519Key(t))
	then := trusting(t, listing(t, w))
	today := func(entries ...*registry.Entry) *registry.Snapshot { // of the verifier for which the world is gone
		s, err := registry.Of(registry.Meta{Name: "Sample Registry"}, entries...)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	unpinned := listing(t, w)
	unpinned.Bindings[0].Keys = nil
	witness := ed25519Key(t)
	collecting := w.verifier()
	collecting.config.Registries = then.Alone
	collecting.config.Evidence = func(name, entry string) ([]byte, error) { return []byte(name + " " + entry), nil }
	badge := w.badge(func(b map[string]any) { eqf("4")(b); delete(b, "validUntil") })
	file, _, err := collecting.Bundle(context.Background(), Request{Input: badge}, witness)
	if err != nil {
		t.Fatal(err)
	}
	id, _, err := did.DIDKey(witness.Public())
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		live *registry.Snapshot
		want string
	}{
		"nobody else is there": {nil, Trusted}, "the key is not pinned today": {today(unpinned), NotChecked},
		"nobody is listed today": {today(), Untrusted}, "the copy is too old": {trusting(t, listing(t, w)), Trusted},
	} {
		v := gone(id)
		v.config.Bundled = func(evidence []byte) (registry.Source, error) {
			if string(evidence) != "Sample Registry urn:obtr:ent:x1" {
				t.Errorf("%q", evidence)
			}
			return registry.Source{Name: then.Name, Snapshot: then}, nil
		}
		v.config.Registries = func() registry.Sources { return registry.Sources{{Name: then.Name, Snapshot: c.live}} }
		if r := v.Verify(context.Background(), Request{Input: file}); r.Verdict != Valid || r.Trust.Status != c.want {
			t.Errorf("%s: %s %+v", name, r.Verdict, r.Trust)
		}
	}
}

// trusting is a registry of entries that is fresh.
func trusting(t testing.TB, entries ...*registry.Entry) *registry.Snapshot {
	t.Helper()
	s, err := registry.Of(registry.Meta{Name: "Sample Registry", Issued: now.Add(-time.Hour), Fresh: now.Add(time.Hour), Expires: now.Add(2 * time.Hour)}, entries...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
