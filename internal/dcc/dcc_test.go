package dcc

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"laurel/internal/did"
	"laurel/internal/federation"
	"laurel/internal/fetch"
	"laurel/internal/needs"
	"laurel/keys"
	"laurel/registry"
)

var now = time.Date(2026, 6, 2, 12, 0, 0, 0, time.UTC)

const anchorID = "https://anchor.example"

func key(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
}

func didKey(seed byte) string {
	id, _, err := did.DIDKey(key(seed).Public())
	if err != nil {
		panic(err)
	}
	return id
}

// anchored is an anchor that lists one issuer by its key.
func anchored(t testing.TB, issuer string, pin byte) (federation.Anchor, *registry.Snapshot) {
	t.Helper()
	jkt, err := keys.Thumbprint(key(pin).Public())
	if err != nil {
		t.Fatal(err)
	}
	s, err := registry.Of(registry.Meta{Name: "x", Expires: now.Add(time.Hour)}, &registry.Entry{
		ID: "urn:obtr:ent:x1", Names: []registry.Name{{Text: "Sample"}},
		Bindings: []registry.Binding{{DID: issuer, Keys: []registry.PinnedKey{{Thumbprint: jkt}}, Evidence: []registry.Evidence{{Strength: registry.Registered, Kind: "a"}, {Strength: registry.Registered, Kind: "b"}}}},
		Grants:   []registry.Grant{{ID: "g", By: registry.ByRegistry, Class: registry.GrantedByRegistry, Scope: registry.AnyAward()}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return federation.Anchor{ID: anchorID, Signer: key('a')}, s
}

func legacyFile(dids ...string) []byte {
	issuers := map[string]any{}
	for _, d := range dids {
		issuers[d] = map[string]string{"name": "Sample School", "location": "Somewhere", "url": "https://school.example"}
	}
	raw, err := json.Marshal(map[string]any{"meta": map[string]string{"created": "2022-10-27T17:57:31+00:00", "updated": "2025-03-25T18:29:52+00:00"}, "registry": issuers})
	if err != nil {
		panic(err)
	}
	return raw
}

const list = `[{"type":"oidf","name":"Members","trustAnchorEC":"https://anchor.example/.well-known/openid-federation"},
 {"type":"dcc-legacy","name":"Community","url":"https://lists.example/community.json"}]`

// world answers for the anchor and the file, unless it is down.
func world(t testing.TB, down string) did.Getter {
	a, s := anchored(t, didKey('s'), 's')
	return func(_ context.Context, address, _ string, _ int64) ([]byte, string, error) {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		r := federation.Reply{Status: 404}
		switch {
		case u.Host == down:
			return nil, "", errors.New("no answer")
		case address == Known:
			return []byte(list), address, nil
		case u.Host == "lists.example":
			return legacyFile(didKey('l'), "did:web:school.example"), address, nil
		case strings.HasPrefix(u.Path, "/.well-known"):
			r = a.Configuration(s, now)
		case u.Path == federation.FetchPath:
			r = a.Fetch(s, u.Query(), now)
		}
		if r.Status != 200 {
			return nil, "", fetch.StatusError{Code: r.Status}
		}
		return r.Body, address, nil
	}
}

// TestSources: what is signed up to a pinned key counts, what is not signed is shown, and
// what could not be asked is no "no".
func TestSources(t *testing.T) {
	pinned := map[string][]crypto.PublicKey{anchorID: {key('a').Public()}}
	for name, c := range map[string]struct {
		issuer    string
		key       byte
		anchors   map[string][]crypto.PublicKey
		down      string
		want      registry.Summary
		reason    registry.Reason
		unchecked int
	}{
		"on the signed list":              {didKey('s'), 's', pinned, "", registry.TrustedWithConditions, registry.ReasonElsewhere, 0},
		"the same, the file is down":      {didKey('s'), 's', pinned, "lists.example", registry.TrustedWithConditions, registry.ReasonElsewhere, 1},
		"the same, another key":           {didKey('s'), 'x', pinned, "", registry.Indeterminate, registry.ReasonUnpinnedKey, 0},
		"the same, nothing pinned":        {didKey('s'), 's', nil, "", registry.Indeterminate, registry.ReasonSourceUnavailable, 1},
		"the same, another key pinned":    {didKey('s'), 's', map[string][]crypto.PublicKey{anchorID: {key('x').Public()}}, "", registry.Indeterminate, registry.ReasonSourceUnavailable, 1},
		"in the file":                     {didKey('l'), 'l', pinned, "", registry.Indeterminate, registry.ReasonUnsigned, 0},
		"in the file, a site":             {"did:web:school.example", 'l', pinned, "", registry.Indeterminate, registry.ReasonUnsigned, 0},
		"nowhere":                         {didKey('n'), 'n', pinned, "", registry.NotListed, registry.ReasonNotListed, 0},
		"nowhere, the file is down":       {didKey('n'), 'n', pinned, "lists.example", registry.Indeterminate, registry.ReasonSourceUnavailable, 1},
		"nowhere, the anchor is down":     {didKey('n'), 'n', pinned, "anchor.example", registry.Indeterminate, registry.ReasonSourceUnavailable, 1},
		"nowhere, nothing pinned":         {didKey('n'), 'n', nil, "", registry.Indeterminate, registry.ReasonSourceUnavailable, 1},
		"in the file, the anchor is down": {didKey('l'), 'l', pinned, "anchor.example", registry.Indeterminate, registry.ReasonUnsigned, 1},
	} {
		r := &Reader{Get: world(t, c.down), Now: func() time.Time { return now }, Anchors: c.anchors}
		rows, err := r.Rows(t.Context(), Known)
		if err != nil {
			t.Fatal(err)
		}
		sources, errs := r.Sources(t.Context(), rows, c.issuer)
		jkt, err := keys.Thumbprint(key(c.key).Public())
		if err != nil {
			t.Fatal(err)
		}
		v := sources.Decide(registry.Query{Issuer: c.issuer, Keys: []string{jkt}, Award: registry.Degree, Level: 6, IssuedAt: now.AddDate(-1, 0, 0), Now: now})
		if v.Summary != c.want || !v.Reasons.Has(c.reason) || len(v.Unchecked) != c.unchecked {
			t.Errorf("%s: %s %s, unchecked %v, %v", name, v.Summary, v.Reasons.Text(), v.Unchecked, errs)
		}
		if c.unchecked > 0 && len(errs) == 0 {
			t.Errorf("%s: nothing says why", name)
		}
		if c.anchors == nil && !errors.Is(errors.Join(errs...), ErrUnpinned) {
			t.Errorf("%s: %v", name, errs)
		}
	}
}

func TestReadList(t *testing.T) {
	rows, err := ReadList([]byte(`[{"type":"oidf","name":"A","trustAnchorEC":"https://a.example/.well-known/openid-federation"},
		{"type":"oidf","name":"B","fetchEndpoint":"https://b.example/fetch"},
		{"type":"oidf","name":"C","trustAnchorEC":"https://c.example/x/.well-known/openid-federation","fetchEndpoint":"https://evil.example/fetch"},
		{"type":"dcc-legacy","name":"D","url":"https://d.example/list.json"},{"type":"new","name":"E"}]`))
	want := []Row{{OIDF, "A", "https://a.example", ""}, {OIDF, "B", "https://b.example", ""}, {OIDF, "C", "https://c.example/x", ""},
		{Legacy, "D", "", "https://d.example/list.json"}, {"new", "E", "", ""}}
	if err != nil || fmt.Sprint(rows) != fmt.Sprint(want) {
		t.Error(rows, err)
	}
	r := &Reader{Now: time.Now}
	if s, err := r.Source(t.Context(), rows[4], "did:x:y"); s.Snapshot != nil || s.Name != "E" || !errors.Is(err, ErrUnavailable) {
		t.Error(s, err)
	}
	for _, bad := range []string{``, `{}`, `[{"type":"oidf","name":"A"}]`, `[{"type":"dcc-legacy","name":"A","url":"http://a.example"}]`, `[{"name":"A"}]`, `[{"type":"x"}]`,
		`[{"type":"oidf","type":"x","name":"A"}]`, `[{"type":"oidf","name":"A","trustAnchorEC":"https://u@a.example"}]`} {
		if _, err := ReadList([]byte(bad)); !errors.Is(err, ErrForm) {
			t.Errorf("%s: %v", bad, err)
		}
	}
	if _, err := ReadList(bytes.Repeat([]byte(" "), maxList+1)); !errors.Is(err, ErrUnavailable) {
		t.Error(err)
	}
}

func TestReadLegacyRefuses(t *testing.T) {
	for _, bad := range []string{
		`[]`, `{"meta":{"updated":"2025-03-25T18:29:52Z"}}`, `{"meta":{"updated":"x"},"registry":{}}`, `{"registry":{}}`,
		`{"meta":{"updated":"2025-03-25T18:29:52Z"},"registry":{"x":{"name":"a"}}}`,
		`{"meta":{"updated":"2025-03-25T18:29:52Z"},"registry":{"did:web:a.example":{"name":1}}}`,
		`{"meta":{"updated":"2025-03-25T18:29:52Z"},"registry":{"did:web:a.example":{"name":"a"},"did:web:A.example":{"name":"b"}}}`,
		`{"meta":{"updated":"2025-03-25T18:29:52Z"},"registry":{"did:web:a.example":{"name":"a"},"did:web:a.example":{"name":"b"}}}`,
	} {
		if _, err := ReadLegacy([]byte(bad)); !errors.Is(err, ErrForm) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

// TestSamples: the consortium's own files, in which nobody is trusted.
func TestSamples(t *testing.T) {
	for name, want := range map[string]int{"dcc-community-registry.json": 23, "dcc-sandbox-registry.json": 24} {
		f, err := ReadLegacy(needs.File(t, "trust", "dcc", name))
		if err != nil || len(f.Issuers) != want {
			t.Fatal(name, len(f.Issuers), err)
		}
		s, err := f.Snapshot(name, "https://lists.example/"+name, now)
		if err != nil {
			t.Fatal(err)
		}
		contained := 0
		for _, i := range f.Issuers {
			pins := s.KeysOf(i.DID, now)
			contained += len(pins)
			d := s.Decide(registry.Query{Issuer: i.DID, Keys: pins, Award: registry.Degree, Level: 6, IssuedAt: now, Now: now})
			if d.Summary != registry.Indeterminate || !d.Reasons.Has(registry.ReasonUnsigned) || d.Entry.Name() != i.Name {
				t.Errorf("%s: %s", i.DID, d.Summary)
			}
		}
		if contained == 0 {
			t.Errorf("%s: no DID contains its key", name)
		}
	}
}

// FuzzLists: nobody on a list without signatures is trusted, whatever it says.
func FuzzLists(f *testing.F) {
	f.Add([]byte(list))
	f.Add(legacyFile(didKey('l'), "did:web:school.example"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		rows, err := ReadList(raw)
		for _, row := range rows {
			if err != nil || row.Name == "" || row.Kind == OIDF && !strings.HasPrefix(row.Anchor, "https://") {
				t.Errorf("%+v %v", row, err)
			}
		}
		file, err := ReadLegacy(raw)
		if err != nil {
			return
		}
		s, err := file.Snapshot("x", "https://x.example", now)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range file.Issuers {
			if d := s.Decide(registry.Query{Issuer: i.DID, Keys: s.KeysOf(i.DID, now), Award: registry.Degree, Level: 6, IssuedAt: now, Now: now}); d.Summary != registry.Indeterminate {
				t.Errorf("%s: %s", i.DID, d.Summary)
			}
		}
	})
}
