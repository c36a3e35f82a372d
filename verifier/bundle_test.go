package verifier

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"laurel/internal/did"
	"laurel/internal/jsonld"
	"laurel/internal/proof"
	"laurel/internal/status"
	"laurel/internal/vc"
	"laurel/registry"
	"laurel/schemas"
)

// collect makes the bundle of a badge, signed by a key of its own, whose did:key it returns.
func (w *world) collect(badge []byte) (file []byte, witness string) {
	w.t.Helper()
	key := ed25519Key(w.t)
	witness, _, err := did.DIDKey(key.Public())
	if err != nil {
		w.t.Fatal(err)
	}
	file, report, err := w.verifier().Bundle(context.Background(), Request{Input: badge}, key)
	if err != nil || report.Verdict != Valid {
		w.t.Fatal(report.Verdict, err)
	}
	return file, witness
}

// gone returns a verifier for which nothing is left but the bundle and witnesses.
func gone(witnesses ...string) *Verifier {
	c := Config{Offline: true, Witnesses: witnesses, Now: func() time.Time { return now.Add(365 * 24 * time.Hour) }}
	return New(c)
}

func TestBundle(t *testing.T) {
	w := newWorld(t, ed25519Key(t))
	forever := func(b map[string]any) { delete(b, "validUntil") }
	file, witness := w.collect(w.badge(forever))
	verify := func(v *Verifier, input []byte) *Report { return v.Verify(context.Background(), Request{Input: input}) }

	r := verify(gone(witness), file)
	expect(t, r, Valid, "status-as-of")
	if r.AsOf != "2026-06-01T12:00:00Z" || r.Credential == nil || r.Credential.Issuer.ID != issuerDID || r.Trust.Status != NotChecked {
		t.Errorf("as of %q, trust %s, credential %+v", r.AsOf, r.Trust.Status, r.Credential)
	}
	v := gone(witness)
	v.config.Registries = registry.Pinned(issuerDID).Alone
	if r := verify(v, file); r.Verdict != Valid || r.Trust.Status != Trusted {
		t.Error("with the issuer trusted:", r.Verdict, r.Trust.Status)
	}
	v = gone()
	v.config.Registries = registry.Pinned(witness, issuerDID).Alone // an issuer that is trusted is no witness of others
	expect(t, verify(v, file), Indeterminate, "proof-bundle-word")
	expect(t, verify(gone(), file), Indeterminate, "proof-bundle-word")
	expect(t, verify(gone(witness), bytes.Replace(file, []byte("Food Hygiene"), []byte("Food Surgery"), 1)), Invalid, "input-bundle-broken")

	// With a connection the world goes before the bundle.
	expect(t, verify(w.verifier(), file), Valid, "status-ok")
	w.publishList("revocation", func(b *status.Bitstring) {
		if err := b.Set(94567, true); err != nil {
			t.Fatal(err)
		}
	})
	expect(t, verify(w.verifier(), file), Invalid, "status-revoked")
}

// TestBundleForged holds that a bundle cannot bring keys for its badge along: a forger who
// signs as the college gets no further than the forger's own word.
func TestBundleForged(t *testing.T) {
	forger := newWorld(t, ed25519Key(t)) // whose world has other keys for the same college
	file, witness := forger.collect(forger.badge(nil))
	v := New(Config{Offline: true, Now: func() time.Time { return now }, Registries: registry.Pinned(issuerDID).Alone})
	r := v.Verify(context.Background(), Request{Input: file})
	expect(t, r, Indeterminate, "proof-bundle-word")
	if r.Credential != nil || strings.Contains(r.Checks[len(r.Checks)-1].Message, "Food") {
		t.Error("the forged badge is described")
	}
	genuine := newWorld(t, ed25519Key(t))
	v = genuine.verifier()
	v.config.Witnesses = []string{witness}
	expect(t, v.Verify(context.Background(), Request{Input: file}), Invalid, "proof-key-unpublished")
}

// TestBundleOfNothing: what is not valid is not collected.
func TestBundleOfNothing(t *testing.T) {
	w := newWorld(t, ed25519Key(t))
	expired := w.badge(func(b map[string]any) { b["validUntil"] = "2026-05-31T00:00:00Z" })
	file, report, err := w.verifier().Bundle(context.Background(), Request{Input: expired}, ed25519Key(t))
	if err != nil || report.Verdict != Invalid || file != nil {
		t.Error(report.Verdict, err)
	}
}

// TestBundleSeal: a seal that holds and is none is told from one that was broken.
func TestBundleSeal(t *testing.T) {
	w := newWorld(t, ed25519Key(t))
	witness := ed25519Key(t)
	id, method, err := did.DIDKey(witness.Public())
	if err != nil {
		t.Fatal(err)
	}
	type seal struct { // in an order by which a bundle is known
		Context   []string          `json:"@context"`
		Type      []string          `json:"type"`
		Issuer    string            `json:"issuer"`
		ValidFrom string            `json:"validFrom,omitempty"`
		Subject   map[string]string `json:"credentialSubject"`
	}
	own := proof.Signer{Method: method, Key: witness}
	for name, c := range map[string]struct {
		change func(*seal)
		signer proof.Signer
		code   string
		words  string
	}{
		"a seal":       {func(*seal) {}, own, "status-ok", ""},
		"another type": {func(s *seal) { s.Type, s.Subject["about"] = s.Type[:1], bundleType }, own, "input-bundle-broken", "another type"},
		"undated":      {func(s *seal) { s.ValidFrom = "" }, own, "input-bundle-broken", "when it was made"},
		"no did:key":   {func(s *seal) { s.Issuer = issuerDID }, proof.Signer{Method: w.method, Key: w.key}, "input-bundle-broken", "not named by a did:key"},
	} {
		made := seal{
			[]string{schemas.CredentialsV2, schemas.UndefinedTermsV2}, []string{"VerifiableCredential", bundleType}, id, "2026-06-01T12:00:00Z",
			map[string]string{"credential": string(w.badge(nil))},
		}
		c.change(&made)
		prepared, err := vc.Prepare(made)
		if err != nil {
			t.Fatal(name, err)
		}
		file, err := proof.Sign(context.Background(), jsonld.Pinned(), prepared, c.signer, now)
		if err != nil {
			t.Fatal(name, err)
		}
		r := w.verifier().Verify(context.Background(), Request{Input: file})
		found := slices.IndexFunc(r.Checks, func(check Check) bool { return check.Code == c.code })
		if found < 0 || !strings.Contains(r.Checks[found].Message, c.words) {
			t.Errorf("%s: %+v", name, r.Checks)
		}
	}
}
