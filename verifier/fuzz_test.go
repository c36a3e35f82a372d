package verifier

import (
	"context"
	"encoding/json"
	"image/color"
	"slices"
	"testing"

	"laurel/internal/bake"
	"laurel/internal/proof"
)

// FuzzInput holds that no file makes the verifier panic, that a verdict has the checks that
// it needs, and that nothing is valid but what one of the fuzzer's own keys signed.
func FuzzInput(f *testing.F) {
	w, learner := newWorld(f, ed25519Key(f)), newPerson(f)
	badge := w.badge(nil)
	baked, err := bake.BakePNG(drawing(f, color.White), badge)
	if err != nil {
		f.Fatal(err)
	}
	bundle, _ := w.collect(badge)
	hosted := hostedWorld()
	assertion, err := json.Marshal(hosted["https://college.example/a"])
	if err != nil {
		f.Fatal(err)
	}
	for _, input := range [][]byte{
		badge, w.token(w.prepare(nil)), joseJWT("EdDSA")(w, nil), wrappedJWT("EdDSA")(w, nil), sdJWT(w, nil), sdJWTVC("EdDSA")(w, func(b map[string]any) { delete(b, "credentialStatus") }),
		embedding(proof.EdDSAJCS2022, as20)(w, nil), embedding(proof.Ed25519Signature2020, as11(proof.Ed25519Signature2020))(w, nil),
		w.record(nil, badge), learner.present(proof.Options{}, nil, parsed(f, badge)), bundle, baked, assertion,
		[]byte("\x89PNG\r\n\x1a\n"), []byte(`<svg xmlns="http://www.w3.org/2000/svg"></svg>`), []byte("%PDF-1.4\n"), []byte("https://college.example/b"),
		page(`<link rel="alternate" type="application/json" href="/b.json">`, ""),
	} {
		f.Add(input)
	}
	for address, document := range hosted {
		raw, err := json.Marshal(document)
		if err != nil {
			f.Fatal(err)
		}
		w.documents[address] = raw
	}
	v := w.verifier()
	f.Fuzz(func(t *testing.T, input []byte) {
		if len(input) > 1<<16 {
			return
		}
		r := v.Verify(context.Background(), Request{Input: input})
		if r.Verdict == Valid {
			holdsTogether(t, r)
		}
	})
}

// holdsTogether judges a report that says valid.
func holdsTogether(t *testing.T, r *Report) {
	t.Helper()
	needs := required
	if r.Presentation != nil {
		needs = requiredOfPresentation
	}
	for _, id := range needs {
		if !slices.ContainsFunc(r.Checks, func(c Check) bool { return c.ID == id && (c.Status == pass || c.Status == warn) }) {
			t.Fatalf("valid without %s", id)
		}
	}
	if c := r.Credential; r.Presentation == nil && (c == nil || c.Issuer.ID != issuerDID && c.Issuer.ID != "https://college.example/i") {
		t.Fatalf("valid: %+v", c)
	}
	for _, p := range r.Parts {
		if p.Role == PartCredential && p.Report.Verdict == Valid {
			holdsTogether(t, p.Report)
		}
	}
}
