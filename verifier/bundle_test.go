package verifier

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"laurel/internal/did"
	"laurel/internal/status"
	"laurel/registry"
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
	v.config.Registry = registry.Pinned(issuerDID)
	if r := verify(v, file); r.Verdict != Valid || r.Trust.Status != Trusted {
		t.Error("with the issuer trusted:", r.Verdict, r.Trust.Status)
	}
	v = gone()
	v.config.Registry = registry.Pinned(witness, issuerDID) // an issuer that is trusted is no witness of others
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
	v := New(Config{Offline: true, Now: func() time.Time { return now }, Registry: registry.Pinned(issuerDID)})
	r := v.Verify(context.Background(), Request{Input: file})
	expect(t, r, Indeterminate, "proof-bundle-word")
	if r.Credential != nil || strings.Contains(r.Checks[len(r.Checks)-1].Message, "Food") {
		t.Error("the forged badge is described")
	}
	genuine := newWorld(t, ed25519Key(t))
	v = genuine.verifier()
	v.config.Witnesses = []string{witness}
	expect(t, v.Verify(context.Background(), Request{Input: file}), Invalid, "proof-invalid")
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
