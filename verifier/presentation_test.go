package verifier

import (
	"context"
	"crypto"
	"encoding/base64"
	"encoding/json"
	"testing"

	"laurel/internal/jsonld"
	"laurel/internal/proof"
	"laurel/internal/vc"
	"laurel/registry"
)

// present makes a presentation of documents, signed by the holder with the options.
func (p person) present(o proof.Options, change func(map[string]any), credentials ...any) []byte {
	p.t.Helper()
	document := map[string]any{
		"@context": []any{"https://www.w3.org/ns/credentials/v2"}, "type": []any{"VerifiablePresentation"},
		"holder": p.id, "verifiableCredential": credentials,
	}
	if change != nil {
		change(document)
	}
	prepared, err := vc.PreparePresentation(document)
	if err != nil {
		p.t.Fatal(err)
	}
	if o.Purpose == "" {
		o.Purpose = proof.Authentication
	}
	o.Created = now
	signed, err := proof.SignWith(context.Background(), jsonld.Pinned(), prepared, proof.Signer{Method: p.method, Key: p.key}, o)
	if err != nil {
		p.t.Fatal(err)
	}
	return signed
}

func enveloped(media, token string) map[string]any {
	return map[string]any{"@context": []any{"https://www.w3.org/ns/credentials/v2"}, "type": "EnvelopedVerifiableCredential", "id": "data:" + media + "," + token}
}

func TestPresentations(t *testing.T) {
	w, learner, thief := newWorld(t, ed25519Key(t)), newPerson(t), newPerson(t)
	hers := func(b map[string]any) { object(b, "credentialSubject")["id"] = learner.id }
	good := parsed(t, w.badge(hers))
	forged := parsed(t, w.edit(w.badge(hers), func(b map[string]any) { b["name"] = "Surgery" }))
	expired := parsed(t, w.badge(func(b map[string]any) { hers(b); b["validUntil"] = "2026-02-01T00:00:00Z" }))
	jose, err := proof.SignJOSE(jsonld.Pinned(), w.prepare(hers), proof.Signer{Method: w.method, Key: w.key}, "")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		input             []byte
		challenge, domain string
		verdict           Verdict
		code              string
	}{
		"good":               {learner.present(proof.Options{}, nil, good), "", "", Valid, "issuer-unchallenged"},
		"asked":              {learner.present(proof.Options{Challenge: "c1", Domain: []string{"employer.example"}}, nil, good), "c1", "employer.example", Valid, "recipient-presented"},
		"another challenge":  {learner.present(proof.Options{Challenge: "c0", Domain: []string{"employer.example"}}, nil, good), "c1", "employer.example", Invalid, "proof-not-for-you"},
		"another domain":     {learner.present(proof.Options{Challenge: "c1", Domain: []string{"other.example"}}, nil, good), "c1", "employer.example", Invalid, "proof-not-for-you"},
		"challenge unsigned": {w.edit(learner.present(proof.Options{}, nil, good), func(b map[string]any) { delete(b, "proof") }), "c1", "", Invalid, "proof-missing"},
		"unsigned":           {w.edit(learner.present(proof.Options{}, nil, good), func(b map[string]any) { delete(b, "proof") }), "", "", Valid, "proof-unsigned-presentation"},
		"no holder named":    {learner.present(proof.Options{}, func(p map[string]any) { delete(p, "holder") }, good), "", "", Valid, "issuer-unchallenged"},
		"another holder":     {learner.present(proof.Options{}, func(p map[string]any) { p["holder"] = thief.id }, good), "", "", Invalid, "issuer-other-holder"},
		"by a thief":         {thief.present(proof.Options{}, nil, good), "", "", Valid, "issuer-unchallenged"},
		"as an assertion":    {learner.present(proof.Options{Purpose: proof.Assertion}, nil, good), "", "", Invalid, "proof-invalid"},
		"one forged":         {learner.present(proof.Options{}, nil, good, forged), "", "", Invalid, "credentials-invalid"},
		"one expired":        {learner.present(proof.Options{}, nil, good, expired), "", "", Invalid, "credentials-invalid"},
		"swapped in":         {w.edit(learner.present(proof.Options{}, nil, good), func(b map[string]any) { b["verifiableCredential"] = []any{expired} }), "", "", Invalid, "proof-invalid"},
		"nothing in it":      {learner.present(proof.Options{}, func(p map[string]any) { delete(p, "verifiableCredential") }), "", "", Valid, "credentials-none"},
		"enveloped":          {learner.present(proof.Options{}, nil, enveloped("application/vc+jwt", jose)), "", "", Valid, "issuer-unchallenged"},
		"enveloped, unknown": {learner.present(proof.Options{}, nil, enveloped("application/vc+cose", jose)), "", "", Indeterminate, "credentials-undecided"},
	} {
		t.Run(name, func(t *testing.T) {
			v := w.verifier()
			r := v.Verify(context.Background(), Request{Input: c.input, Challenge: c.challenge, Domain: c.domain})
			code := c.code
			if code == "recipient-presented" {
				code = ""
				if len(r.Parts) != 1 || !slicesHas(r.Parts[0].Report, "recipient-presented") {
					t.Errorf("not presented by its earner: %+v", r.Parts)
				}
			}
			expect(t, r, c.verdict, code)
		})
	}
	t.Run("presented by another", func(t *testing.T) {
		r := w.verify(thief.present(proof.Options{}, nil, good))
		if !slicesHas(r.Parts[0].Report, "recipient-presented-by-another") || r.Presentation.Holder != thief.id {
			t.Errorf("%+v", r.Parts[0].Report.Checks)
		}
	})
	t.Run("holder's proof demanded", func(t *testing.T) {
		bare := w.edit(learner.present(proof.Options{}, nil, good), func(b map[string]any) { delete(b, "proof") })
		expect(t, w.verifier().Verify(context.Background(), Request{Input: bare, HolderProof: true}), Invalid, "proof-missing")
	})
	t.Run("trust", func(t *testing.T) {
		v := w.verifier()
		for snapshot, want := range map[*registry.Snapshot]string{registry.Pinned(issuerDID): Trusted, registry.Pinned("did:web:x.example"): Untrusted} {
			v.config.Registries = snapshot.Alone
			if r := v.Verify(context.Background(), Request{Input: learner.present(proof.Options{}, nil, good)}); r.Trust.Status != want {
				t.Errorf("%+v", r.Trust)
			}
		}
	})
	t.Run("a bare credential answers no challenge", func(t *testing.T) {
		r := w.verifier().Verify(context.Background(), Request{Input: w.badge(hers), Challenge: "c1"})
		expect(t, r, Invalid, "proof-not-for-you")
	})
}

func slicesHas(r *Report, code string) bool {
	for _, c := range r.Checks {
		if c.Code == code {
			return true
		}
	}
	return false
}

// TestPresentationTokens reads presentations as tokens: of VC-JOSE-COSE, and of version 1.1.
func TestPresentationTokens(t *testing.T) {
	w, learner := newWorld(t, ed25519Key(t)), newPerson(t)
	hers := func(b map[string]any) { object(b, "credentialSubject")["id"] = learner.id }
	jose, err := proof.SignJOSE(jsonld.Pinned(), w.prepare(hers), proof.Signer{Method: w.method, Key: w.key}, "")
	if err != nil {
		t.Fatal(err)
	}
	sign := func(header, payload map[string]any) []byte {
		var text string
		for _, part := range []map[string]any{header, payload} {
			raw, err := json.Marshal(part)
			if err != nil {
				t.Fatal(err)
			}
			text += base64.RawURLEncoding.EncodeToString(raw) + "."
		}
		signature, err := learner.key.Sign(nil, []byte(text[:len(text)-1]), crypto.Hash(0))
		if err != nil {
			t.Fatal(err)
		}
		return []byte(text + base64.RawURLEncoding.EncodeToString(signature))
	}
	payload := func() map[string]any {
		return map[string]any{
			"@context": []any{"https://www.w3.org/ns/credentials/v2"}, "type": "VerifiablePresentation", "holder": learner.id,
			"verifiableCredential": []any{enveloped("application/vc+jwt", jose)}, "nonce": "c1", "aud": "employer.example",
		}
	}
	header := map[string]any{"alg": "EdDSA", "typ": "vp+jwt", "kid": learner.method}
	asked := Request{Challenge: "c1", Domain: "employer.example"}
	about := func(input []byte) *Report {
		r := asked
		r.Input = input
		return w.verifier().Verify(context.Background(), r)
	}
	expect(t, about(sign(header, payload())), Valid, "credentials-ok")
	other := payload()
	other["nonce"] = "c0"
	expect(t, about(sign(header, other)), Invalid, "proof-not-for-you")
	asCredential := map[string]any{"alg": "EdDSA", "typ": "vc+jwt", "kid": learner.method}
	if r := about(sign(asCredential, payload())); r.Verdict == Valid {
		t.Error("a presentation that says it is a credential is valid")
	}
	envelope := map[string]any{"@context": []any{"https://www.w3.org/ns/credentials/v2"}, "type": "EnvelopedVerifiablePresentation",
		"id": "data:application/vp+jwt," + string(sign(header, payload()))}
	raw, err := json.Marshal(envelope)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, about(raw), Valid, "credentials-ok")

	old := map[string]any{"iss": learner.id, "nonce": "c1", "aud": "employer.example", "vp": map[string]any{
		"@context": []any{"https://www.w3.org/2018/credentials/v1"}, "type": []any{"VerifiablePresentation"},
		"verifiableCredential": []any{string(w.token(w.prepare(hers)))}}}
	r := about(sign(map[string]any{"alg": "EdDSA", "typ": "JWT", "kid": learner.method}, old))
	expect(t, r, Valid, "credentials-ok")
	if len(r.Parts) != 1 || r.Presentation.Holder != learner.id {
		t.Errorf("%+v", r.Presentation)
	}
}

// TestPresentationOfManyProofs: proofs too many to look at are not the same as none.
func TestPresentationOfManyProofs(t *testing.T) {
	w, learner := newWorld(t, ed25519Key(t)), newPerson(t)
	signed := learner.present(proof.Options{}, nil, parsed(t, w.badge(nil)))
	many := w.edit(signed, func(p map[string]any) {
		one := p["proof"]
		if list, ok := one.([]any); ok {
			one = list[0]
		}
		var proofs []any
		for range 17 {
			proofs = append(proofs, one)
		}
		p["proof"] = proofs
	})
	expect(t, w.verify(many), Indeterminate, "proof-undecided")
}
