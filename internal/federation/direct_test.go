package federation

import (
	"crypto"
	"errors"
	"strings"
	"testing"
	"time"

	"laurel/internal/jws"
	"laurel/internal/needs"
	"laurel/keys"
	"laurel/registry"
)

const testAnchor = "https://test.registry.dcconsortium.org"

func vector(t testing.TB, name string) string {
	return strings.TrimSpace(string(needs.File(t, "trust", "dcc", name+".jwt")))
}

// consortium is the test anchor of the vectors, with its published key.
func consortium(t testing.TB, at time.Time) *Direct {
	t.Helper()
	key, err := keys.ParseJWK([]byte(`{"kty":"EC","crv":"P-256","x":"Rz1NHMJ_tAZQXsJOYqnYruGYimG6WNOp0N234E7wqOs","y":"J5iCLb2T_ysCHpjFzcR3iW-tuDuXEHnJPvfVMQZOfzY"}`))
	if err != nil {
		t.Fatal(err)
	}
	return &Direct{ID: testAnchor, Keys: []crypto.PublicKey{key}, Now: func() time.Time { return at }, PublicTestKey: true}
}

// TestVectors: the statements hold while they do, if the key that everybody has is allowed,
// and never otherwise. They begin days apart, so that each has its own clock.
func TestVectors(t *testing.T) {
	configuration := vector(t, "oidfECResponseDCC")
	own, err := consortium(t, time.Unix(1745947681, 0).Add(time.Hour)).Configuration(configuration)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		subject, title, legal string
		issued                int64
	}{
		"oidfFetchResponseA": {"did:web:oneuni.testuni.edu", "OneUni University", "Board and Trustees of OneUni University", 1745603982},
		"oidfFetchResponseB": {"did:web:twotr.testschool.edu", "TwoTraining Nursing School", "", 1745593243},
	} {
		text := vector(t, name)
		within := time.Unix(c.issued, 0).Add(time.Hour)
		l, err := consortium(t, within).Statement(own, text, c.subject)
		if err != nil || l.Name != c.title || l.LegalName != c.legal || len(l.Keys) != 0 {
			t.Errorf("%s: %+v %v", name, l, err)
		}
		for what, at := range map[string]time.Time{"now": now, "before": time.Unix(c.issued, 0).Add(-time.Hour), "at its end": time.Unix(c.issued+86400, 0)} {
			if _, err := consortium(t, at).Statement(own, text, c.subject); !errors.Is(err, ErrRefused) {
				t.Errorf("%s, %s: %v", name, what, err)
			}
		}
		for _, other := range []string{c.subject + ":x", strings.ToUpper(c.subject), "did:web:other.example", ""} {
			if _, err := consortium(t, within).Statement(own, text, other); !errors.Is(err, ErrRefused) {
				t.Errorf("%s for %q: %v", name, other, err)
			}
		}
		d := consortium(t, within)
		d.Keys = []crypto.PublicKey{key("x").Public()}
		if _, err := d.Statement(own, text, c.subject); !errors.Is(err, ErrRefused) {
			t.Errorf("%s by another key: %v", name, err)
		}
	}
	if _, err := consortium(t, now).Configuration(configuration); !errors.Is(err, ErrRefused) {
		t.Errorf("expired: %v", err)
	}
	forbidden := consortium(t, time.Unix(1745947681, 0).Add(time.Hour))
	forbidden.PublicTestKey = false
	if _, err := forbidden.Configuration(configuration); !errors.Is(err, ErrRefused) {
		t.Errorf("the key that everybody has: %v", err)
	}
	elsewhere := consortium(t, time.Unix(1745947681, 0).Add(time.Hour))
	elsewhere.ID = "https://registry.dcconsortium.org"
	if _, err := elsewhere.Configuration(configuration); !errors.Is(err, ErrRefused) {
		t.Errorf("for another anchor: %v", err)
	}
	symmetric := vector(t, "oidfECResponseDCC2")
	for _, at := range []time.Time{now, time.Unix(1745947681, 0).Add(time.Hour), {}} {
		d := consortium(t, at)
		d.ID = "https://registry.dcconsortium.org"
		if _, err := d.Configuration(symmetric); !errors.Is(err, ErrRefused) {
			t.Errorf("HS256: %v", err)
		}
	}
}

// TestTestKey: the thumbprint that is refused is that of the published key.
func TestTestKey(t *testing.T) {
	token, err := jws.Read(vector(t, "oidfECResponseDCC"), limits)
	if err != nil {
		t.Fatal(err)
	}
	set, err := keySet(token.Unverified().Member("jwks"))
	if err != nil || len(set) != 1 {
		t.Fatal(err)
	}
	if jkt, err := keys.Thumbprint(set[0].Key); err != nil || jkt != testKey {
		t.Error(jkt, err)
	}
}

// TestDirectRefuses makes one change to what an anchor states about a DID.
func TestDirectRefuses(t *testing.T) {
	d := direct(nil, keyOf(top).Public())
	own, err := d.Configuration(string(anchor().Configuration(snapshot(t, time.Hour), now).Body))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(claims)
		want   error
	}{
		"nothing changed":    {func(claims) {}, nil},
		"another issuer":     {func(c claims) { c["iss"] = stray }, ErrRefused},
		"another subject":    {func(c claims) { c["sub"] = lapsed }, ErrRefused},
		"a longer subject":   {func(c claims) { c["sub"] = web + ":x" }, ErrRefused},
		"no subject":         {func(c claims) { delete(c, "sub") }, ErrRefused},
		"expired":            {func(c claims) { c["exp"] = now.Unix() }, ErrRefused},
		"no end":             {func(c claims) { delete(c, "exp") }, ErrRefused},
		"no beginning":       {func(c claims) { delete(c, "iat") }, ErrRefused},
		"something critical": {func(c claims) { c["crit"] = []string{"x"} }, ErrRefused},
		"wrong keys":         {func(c claims) { c["jwks"] = claims{"keys": []string{}} }, ErrRefused},
	} {
		m := claims{"iss": top, "sub": web, "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(), "jwks": jwksOf(key("w"))}
		c.change(m)
		if _, err := d.Statement(own, token(typeStatement, m, keyOf(top)), web); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := d.Statement(own, token(typeStatement, m, key("x")), web); !errors.Is(err, ErrRefused) {
			t.Errorf("%s, by a stranger: %v", name, err)
		}
	}
}

// TestDirectPins: of a site whose keys nobody names, no more is said than that it is known.
func TestDirectPins(t *testing.T) {
	for name, c := range map[string]struct {
		metadata any
		want     registry.Summary
	}{
		"named":         {claims{issuerType: claims{"jkt": []string{jkt(key("w"))}}}, registry.TrustedWithConditions},
		"another named": {claims{issuerType: claims{"jkt": []string{jkt(key("x"))}}}, registry.Indeterminate},
		"none named":    {claims{issuerType: claims{"jkt": []string{}}}, registry.Indeterminate},
		"no thumbprint": {claims{issuerType: claims{"jkt": []any{1, "x"}}}, registry.Indeterminate},
		"nothing said":  {claims{federationEntity: claims{"organization_name": "Sample"}}, registry.Indeterminate},
		"not an object": {claims{issuerType: "x"}, registry.Indeterminate},
	} {
		w := newWorld()
		w.claims[said(top, web)] = claims{"iss": top, "sub": web, "iat": now.Unix(), "exp": now.Add(time.Hour).Unix(), "metadata": c.metadata}
		w.signer[said(top, web)] = keyOf(top)
		source, err := direct(w.get, keyOf(top).Public()).Source(t.Context(), web)
		if err != nil {
			t.Fatal(name, err)
		}
		d := source.Snapshot.Decide(registry.Query{Issuer: web, Keys: []string{jkt(key("w"))}, Award: registry.Degree, Level: 6, IssuedAt: now, Now: now})
		if d.Summary != c.want || d.Entry == nil {
			t.Errorf("%s: %s", name, d.Summary)
		}
	}
}
