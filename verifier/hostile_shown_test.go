package verifier

import (
	"context"
	"slices"
	"strings"
	"testing"

	"laurel/internal/jsonld"
	"laurel/internal/proof"
	"laurel/schemas"
)

// presentation makes a presentation of badges as a holder signs it.
func (p person) presentation(change func(map[string]any), o proof.Options, badges ...[]byte) []byte {
	p.t.Helper()
	var list []any
	for _, b := range badges {
		list = append(list, parsed(p.t, b))
	}
	return p.present(o, change, list...)
}

var asked = proof.Options{Purpose: proof.Authentication, Challenge: "c", Domain: []string{"verifier.example"}}

func ask(s *scene) { s.request.Challenge, s.request.Domain = "c", "verifier.example" }

func init() {
	forms["presentation"] = func(t testing.TB) *scene {
		s := &scene{world: newWorld(t, ed25519Key(t))}
		ask(s)
		s.input = newPerson(t).presentation(nil, asked, s.badge(nil))
		return s
	}
	forms["vp+jwt"] = func(t testing.TB) *scene {
		s := &scene{world: newWorld(t, ed25519Key(t)), alg: "EdDSA"}
		ask(s)
		s.presentToken(nil, nil)
		return s
	}
	forms["record"] = func(t testing.TB) *scene {
		s := &scene{world: newWorld(t, ed25519Key(t))}
		s.input = s.record(nil, s.badge(nil))
		return s
	}
	forms["endorsed"] = func(t testing.TB) *scene {
		s := &scene{world: newWorld(t, ed25519Key(t))}
		s.endorsed(newPerson(t).endorse(sampleAchievement, nil))
		return s
	}
	forms["bundle"] = func(t testing.TB) *scene {
		s := &scene{world: newWorld(t, ed25519Key(t))}
		file, witness := s.collect(s.badge(nil))
		s.input = file
		s.config.Witnesses = []string{witness}
		s.documents = map[string][]byte{}
		return s
	}
}

const sampleAchievement = "https://college.example/achievements/food-hygiene"

func (s *scene) endorsed(endorsements ...any) {
	s.t.Helper()
	s.input = s.badge(func(b map[string]any) {
		object(object(b, "credentialSubject"), "achievement")["endorsement"] = endorsements
	})
}

// presentToken makes a presentation as a token, with changes.
func (s *scene) presentToken(header, payload func(map[string]any)) {
	s.t.Helper()
	p := newPerson(s.t)
	badge := encodeEnvelope(s)
	h := map[string]any{"alg": "EdDSA", "typ": "vp+jwt", "kid": p.method}
	v := map[string]any{"@context": []any{"https://www.w3.org/ns/credentials/v2"}, "type": []any{"VerifiablePresentation"}, "holder": p.id, "iss": p.id,
		"nonce": "c", "aud": "verifier.example", "verifiableCredential": []any{badge}}
	if payload != nil {
		payload(v)
	}
	if header != nil {
		header(h)
	}
	holder := &scene{world: p.world, alg: "EdDSA"}
	s.input = []byte(holder.compact(h, v))
}

// encodeEnvelope is the good badge as a token in an envelope.
func encodeEnvelope(s *scene) map[string]any {
	badge := tree(s.t, nil)
	text := s.compact(map[string]any{"alg": "EdDSA", "typ": "vc+jwt", "kid": s.method}, badge)
	return map[string]any{"@context": "https://www.w3.org/ns/credentials/v2", "type": "EnvelopedVerifiableCredential", "id": "data:application/vc+jwt," + text}
}

func shownCases() []hostile {
	bad := func(name string, do func(*scene)) wrong { return wrong{name, do, Invalid, "proof-invalid"} }
	notForYou := func(name string, do func(*scene)) wrong { return wrong{name, do, Invalid, "proof-not-for-you"} }
	malformed := func(name string, do func(*scene)) wrong { return wrong{name, do, Invalid, "syntax-malformed"} }
	signed := func(change func(map[string]any), o proof.Options) func(*scene) {
		return func(s *scene) { s.t.Helper(); s.input = newPerson(s.t).presentation(change, o, s.badge(nil)) }
	}
	with := func(change func(o *proof.Options)) proof.Options { o := asked; change(&o); return o }
	holding := func(code string, verdict Verdict, name string, badge func(s *scene) []byte) wrong {
		return wrong{name, func(s *scene) {
			s.t.Helper()
			s.input = newPerson(s.t).presentation(nil, asked, s.badge(nil), badge(s))
		}, verdict, code}
	}
	invalid := func(name string, badge func(s *scene) []byte) wrong {
		return holding("credentials-invalid", Invalid, name, badge)
	}
	presentations := batch{
		bad("holder swapped", after(set("holder", "did:web:eve.example"))),
		bad("holder taken out", after(drop("holder"))),
		{"holder of another key", signed(set("holder", "did:web:eve.example"), asked), Invalid, "issuer-other-holder"},
		notForYou("another challenge", signed(nil, with(func(o *proof.Options) { o.Challenge = "old" }))),
		notForYou("no challenge", signed(nil, with(func(o *proof.Options) { o.Challenge = "" }))),
		notForYou("challenge in capitals", signed(nil, with(func(o *proof.Options) { o.Challenge = "C" }))),
		notForYou("another domain", signed(nil, with(func(o *proof.Options) { o.Domain = []string{"other.example"} }))),
		notForYou("no domain", signed(nil, with(func(o *proof.Options) { o.Domain = nil }))),
		notForYou("one domain more", signed(nil, with(func(o *proof.Options) { o.Domain = []string{"verifier.example", "other.example"} }))),
		bad("challenge put in afterwards", func(s *scene) { s.request.Challenge = "new"; inProof(set("challenge", "new"))(s) }),
		bad("domain put in afterwards", func(s *scene) { s.request.Domain = "new.example"; inProof(set("domain", "new.example"))(s) }),
		bad("made as an assertion", signed(nil, with(func(o *proof.Options) { o.Purpose = proof.Assertion }))),
		bad("expired", signed(nil, with(func(o *proof.Options) { o.Expires = now.AddDate(0, 0, -1) }))),
		{"unsigned", after(drop("proof")), Invalid, "proof-missing"},
		{"signature empty", after(set("proof", []any{})), Invalid, "proof-missing"},
		bad("credential swapped in", func(s *scene) {
			other := parsed(s.t, s.badge(set("name", "Surgery")))
			after(set("verifiableCredential", []any{other}))(s)
		}),
		bad("credential added", func(s *scene) {
			other := parsed(s.t, s.badge(nil))
			after(func(p map[string]any) { p["verifiableCredential"] = append(p["verifiableCredential"].([]any), other) })(s)
		}),
		bad("credential taken out", after(set("verifiableCredential", []any{}))),
		bad("proof of the credential as its own", after(func(p map[string]any) {
			p["proof"] = p["verifiableCredential"].([]any)[0].(map[string]any)["proof"]
		})),
		malformed("not a presentation", after(set("verifiableCredential", []any{"x"}))),
		malformed("credential of no type", after(set("verifiableCredential", []any{map[string]any{"id": "urn:x:1"}}))),
		{"undefined term", after(set("note", "x")), Invalid, "context-loss"},
		{"credential elsewhere in it", after(func(p map[string]any) {
			p["https://www.w3.org/2018/credentials#verifiableCredential"] = p["verifiableCredential"]
		}), Invalid, "context-loss"},
		{"@graph for credentials", after(func(p map[string]any) { p["@graph"] = p["verifiableCredential"]; delete(p, "verifiableCredential") }), Invalid, "context-loss"},
		invalid("a forged credential", func(s *scene) []byte { return s.edit(s.badge(nil), set("name", "Surgery")) }),
		invalid("an unsigned credential", func(s *scene) []byte { return s.edit(s.badge(nil), drop("proof")) }),
		invalid("an expired credential", func(s *scene) []byte { return s.badge(set("validUntil", "2026-05-01T00:00:00Z")) }),
		invalid("a stranger's credential", func(s *scene) []byte {
			p := newPerson(s.t)
			own := *s.world
			own.key, own.method = p.key, p.method
			return own.badge(nil)
		}),
		invalid("a credential signed as a login", func(s *scene) []byte {
			raw, err := proof.SignWith(context.Background(), jsonld.Pinned(), s.prepare(nil), proof.Signer{Method: s.method, Key: s.key}, proof.Options{Created: now, Purpose: proof.Authentication})
			if err != nil {
				s.t.Fatal(err)
			}
			return raw
		}),
		holding("credentials-undecided", Indeterminate, "a credential whose key is away", func(s *scene) []byte {
			return s.edit(s.badge(nil), func(b map[string]any) { proofOf(b)["verificationMethod"] = "did:web:away.example#k" })
		}),
		{"of a presentation", func(s *scene) {
			p := newPerson(s.t)
			inner := parsed(s.t, p.presentation(nil, proof.Options{Purpose: proof.Authentication}, s.badge(nil)))
			inner["type"] = []any{"VerifiableCredential", "VerifiablePresentation"}
			s.input = p.presentation(nil, asked, []byte(encode(s.t, inner)))
		}, Invalid, "credentials-invalid"},
	}
	token := func(header, payload func(map[string]any)) func(*scene) {
		return func(s *scene) { s.t.Helper(); s.presentToken(header, payload) }
	}
	refused := func(name string, do func(*scene)) wrong { return wrong{name, do, Invalid, "syntax-token"} }
	inEnvelope := func(change func(e map[string]any)) func(map[string]any) {
		return func(p map[string]any) { change(p["verifiableCredential"].([]any)[0].(map[string]any)) }
	}
	enveloped := func(name string, change func(e map[string]any)) wrong {
		return wrong{name, token(nil, inEnvelope(change)), Invalid, "credentials-invalid"}
	}
	tokens := batch{
		notForYou("another nonce", token(nil, set("nonce", "old"))), notForYou("no nonce", token(nil, drop("nonce"))), notForYou("nonce a list", token(nil, set("nonce", []any{"c"}))),
		notForYou("another audience", token(nil, set("aud", "other.example"))), notForYou("no audience", token(nil, drop("aud"))), notForYou("audience a number", token(nil, set("aud", 5))),
		bad("iss of another", token(nil, set("iss", "did:web:eve.example"))), bad("iss a list", token(nil, set("iss", []any{"x"}))), bad("jti a number", token(nil, set("jti", 5))),
		{"holder of another key", token(nil, func(p map[string]any) { p["holder"] = "did:web:eve.example"; delete(p, "iss") }), Invalid, "issuer-other-holder"},
		{"expired", token(nil, set("exp", unix("2026-05-01T00:00:00Z"))), Invalid, "proof-expired"},
		bad("not yet valid", token(nil, set("nbf", unix("2026-07-01T00:00:00Z")))), bad("iat in the future", token(nil, set("iat", unix("2026-07-01T00:00:00Z")))),
		refused("alg none", token(set("alg", "none"), nil)), refused("crit", token(set("crit", []any{"x"}), nil)), refused("an ID token", token(set("typ", "id+jwt"), nil)),
		refused("content of a credential", token(set("cty", "vc"), nil)), refused("vc inside", token(nil, set("vc", map[string]any{}))),
		bad("no key", token(drop("kid"), nil)),
		{"envelope without context", token(nil, inEnvelope(drop("@context"))), Invalid, "context-loss"},
		{"envelope of another context", token(nil, inEnvelope(set("@context", "https://x.example/c"))), Indeterminate, "context-unknown"},
		enveloped("envelope of another type", func(e map[string]any) { e["type"] = []any{"EnvelopedVerifiableCredential", "VerifiableCredential"} }),
		enveloped("envelope of a changed token", func(e map[string]any) { e["id"] = flipped(e["id"].(string), len(e["id"].(string))-20) }),
		enveloped("envelope of another media type", func(e map[string]any) {
			e["id"] = strings.Replace(e["id"].(string), "vc+jwt", "vc+sd-jwt", 1)
		}),
		enveloped("envelope of a presentation's type", func(e map[string]any) { e["id"] = strings.Replace(e["id"].(string), "vc+jwt", "vp+jwt", 1) }),
		malformed("envelope at an address", token(nil, inEnvelope(set("id", "https://college.example/b")))),
		{"envelope of an unknown media type", token(nil, inEnvelope(set("id", "data:application/vc+cose,AA"))), Indeterminate, "credentials-undecided"},
	}
	record := func(badges ...func(s *scene) []byte) func(*scene) {
		return func(s *scene) {
			var all [][]byte
			for _, b := range badges {
				all = append(all, b(s))
			}
			s.input = s.record(nil, all...)
		}
	}
	good := func(s *scene) []byte { return s.badge(nil) }
	records := batch{
		{"one forged", record(good, func(s *scene) []byte { return s.edit(s.badge(nil), set("name", "Surgery")) }), Invalid, "credentials-invalid"},
		{"one unsigned", record(good, func(s *scene) []byte { return s.edit(s.badge(nil), drop("proof")) }), Invalid, "credentials-invalid"},
		{"one with an undefined term", record(func(s *scene) []byte { return s.badge(nil) }, func(s *scene) []byte {
			return s.edit(s.badge(nil), set("validFrom", "2025-01-01T00:00:00Z"))
		}), Invalid, "credentials-invalid"},
		{"one expired", record(good, func(s *scene) []byte { return s.badge(set("validUntil", "2026-02-01T00:00:00Z")) }), Valid, "credentials-expired"},
		{"one of another person", record(func(s *scene) []byte {
			return s.badge(func(b map[string]any) { object(b, "credentialSubject")["id"] = "urn:uuid:4" })
		}), Valid, "credentials-other-person"},
		bad("one added afterwards", func(s *scene) {
			more := parsed(s.t, s.badge(set("name", "Surgery")))
			after(func(r map[string]any) {
				o := object(r, "credentialSubject")
				o["verifiableCredential"] = append(o["verifiableCredential"].([]any), more)
			})(s)
		}),
		bad("one taken out", func(s *scene) {
			s.input = s.record(nil, s.badge(nil), s.badge(nil))
			after(func(r map[string]any) {
				o := object(r, "credentialSubject")
				o["verifiableCredential"] = o["verifiableCredential"].([]any)[:1]
			})(s)
		}),
		bad("one changed within", after(func(r map[string]any) {
			object(r, "credentialSubject")["verifiableCredential"].([]any)[0].(map[string]any)["name"] = "Surgery"
		})),
	}
	endorsement := func(name, code string, make func(p person) map[string]any) wrong {
		return wrong{name, func(s *scene) { s.endorsed(make(newPerson(s.t))) }, Valid, code}
	}
	endorsements := batch{
		endorsement("of another", "endorsements-of-another", func(p person) map[string]any { return p.endorse("https://university.example/a", nil) }),
		endorsement("forged", "endorsements-invalid", func(p person) map[string]any {
			e := p.endorse(sampleAchievement, nil)
			object(e, "credentialSubject")["endorsementComment"] = "The best."
			return e
		}),
		endorsement("unsigned", "endorsements-invalid", func(p person) map[string]any {
			e := p.endorse(sampleAchievement, nil)
			delete(e, "proof")
			return e
		}),
		endorsement("expired", "endorsements-invalid", func(p person) map[string]any {
			return p.endorse(sampleAchievement, set("validUntil", "2026-02-01T00:00:00Z"))
		}),
		endorsement("in another's name", "endorsements-invalid", func(p person) map[string]any {
			return p.endorse(sampleAchievement, func(e map[string]any) { object(e, "issuer")["id"] = "did:web:university.example" })
		}),
		bad("put in afterwards", func(s *scene) {
			e := newPerson(s.t).endorse(sampleAchievement, nil)
			after(func(b map[string]any) {
				object(object(b, "credentialSubject"), "achievement")["endorsement"] = []any{e}
			})(s)
		}),
		bad("taken out", after(func(b map[string]any) { delete(object(object(b, "credentialSubject"), "achievement"), "endorsement") })),
	}
	broken := func(name string, do func(*scene)) wrong { return wrong{name, do, Invalid, "input-bundle-broken"} }
	seal := func(change func(map[string]any)) func(*scene) { // of a bundle that begins as one does
		return func(s *scene) {
			s.input = s.edit(s.input, change)
			const kind = `"type":["VerifiableCredential","VerifyBundle"],`
			s.input = []byte("{" + kind + strings.Replace(string(s.input[1:]), kind, "", 1))
		}
	}
	bundles := batch{
		broken("changed", replace("Food Hygiene", "Food Surgery")),
		broken("begins as none", after(func(map[string]any) {})),
		broken("unsigned", seal(drop("proof"))),
		broken("key of another", func(s *scene) {
			forger := newWorld(s.t, ed25519Key(s.t))
			seal(func(b map[string]any) {
				for _, d := range object(b, "credentialSubject")["document"].([]any) {
					if d := d.(map[string]any); d["url"] == didURL {
						d["content"] = string(forger.documents[didURL])
					}
				}
			})(s)
		}),
		broken("of another witness", func(s *scene) { p := newPerson(s.t); seal(set("issuer", p.id))(s) }),
		broken("duplicate member", replace(`"credential":`, `"credential":"x","credential":`)),
		broken("of no witness", seal(drop("issuer"))),
		{"too large", replace(`"credential":`, `"more":"`+strings.Repeat("x", maxBundle)+`","credential":`), Indeterminate, "input-too-large"},
		{"in a context of its own", seal(func(b map[string]any) { b["@context"] = []any{schemas.CredentialsV2, "https://college.example/own"} }), Indeterminate, "input-unreadable"},
		{"witness not named", func(s *scene) { s.config.Witnesses = nil }, Indeterminate, "proof-bundle-word"},
		{"keys withheld", func(s *scene) {
			w := newWorld(s.t, s.key)
			s.input = w.bundleWith(w.badge(nil), map[string]string{listURL: string(w.documents[listURL])})
		}, Indeterminate, "proof-undecided"},
		{"a forger's keys", func(s *scene) {
			forger := newWorld(s.t, ed25519Key(s.t))
			s.input = forger.bundleWith(forger.badge(nil), map[string]string{didURL: string(forger.documents[didURL])})
		}, Indeterminate, "proof-bundle-word"},
		broken("of a bundle", func(s *scene) { s.input = s.bundleWith(s.input, nil) }),
		{"of nothing", func(s *scene) { s.input = s.bundleWith(nil, nil) }, Invalid, "input-unrecognized"},
	}
	return slices.Concat(presentations.of("presentations", "presentation"), tokens.of("presentations", "vp+jwt"), records.of("records", "record"),
		endorsements.of("endorsements", "endorsed"), bundles.of("bundles", "bundle"))
}

func init() {
	forms["hosted"] = func(t testing.TB) *scene {
		s := &scene{world: &world{t: t, documents: map[string][]byte{}}}
		for url, d := range hostedWorld() {
			s.documents[url] = []byte(encode(t, d))
		}
		s.input = s.documents["https://college.example/a"]
		return s
	}
}

// olderCases are hosted badges of Open Badges 2.0, whose place is all that speaks for them.
func olderCases() []hostile {
	const base = "https://college.example/"
	malformed := func(name string, do func(*scene)) wrong {
		return wrong{name, do, Invalid, "schema-open-badges-2-malformed"}
	}
	hosted := batch{
		malformed("another id at its place", published(base+"a", set("id", base+"x"))),
		malformed("no id", after(drop("id"))),
		malformed("id no address", after(set("id", "urn:uuid:1"))),
		malformed("address with user information", after(set("id", "https://college.example@evil.example/a"))),
		malformed("duplicate member at its place", func(s *scene) {
			s.documents[base+"a"] = append([]byte(`{"id":"x",`), s.documents[base+"a"][1:]...)
		}),
		malformed("no context", published(base+"a", drop("@context"))),
		malformed("no verification", published(base+"a", drop("verification"))),
		malformed("says it is signed", published(base+"a", set("verification", map[string]any{"type": "signed"}))),
		malformed("no date", published(base+"a", drop("issuedOn"))),
		malformed("date without zone", published(base+"a", set("issuedOn", "2026-01-01T00:00:00"))),
		malformed("no recipient", published(base+"a", drop("recipient"))),
		malformed("hashed a text", published(base+"a", set("recipient", map[string]any{"type": "email", "hashed": "true", "identity": "x"}))),
		malformed("class of another id", published(base+"b", set("id", base+"x"))),
		malformed("class without a name", published(base+"b", drop("name"))),
		malformed("class a number", published(base+"a", set("badge", 5))),
		malformed("issuer of another id", published(base+"i", set("id", base+"x"))),
		{"revoked at its place", published(base+"a", set("revoked", true)), Invalid, "status-revoked"},
		{"gone", func(s *scene) { delete(s.documents, base+"a") }, Indeterminate, "proof-undecided"},
		{"issuer gone", func(s *scene) { delete(s.documents, base+"i") }, Indeterminate, "proof-undecided"},
		{"expired", published(base+"a", set("expires", "2026-05-01T00:00:00Z")), Invalid, "validity-expired"},
		{"borrowed issuer", func(s *scene) {
			const u = "https://university.example/i"
			s.documents[u] = []byte(`{"id":"` + u + `","type":"Issuer","name":"University"}`)
			published(base+"b", set("issuer", u))(s)
		}, Invalid, "issuer-not-hosted"},
		{"borrowed issuer, written in", func(s *scene) {
			const u = "https://university.example/i"
			s.documents[u] = []byte(`{"id":"` + u + `","type":"Issuer","name":"University"}`)
			published(base+"b", set("issuer", map[string]any{"id": u, "name": "University", "verification": map[string]any{"allowedOrigins": "college.example"}}))(s)
		}, Invalid, "issuer-not-hosted"},
		{"class of a better issuer", func(s *scene) {
			const u = "https://university.example/"
			s.documents[u+"i"] = []byte(`{"id":"` + u + `i","type":"Issuer","name":"University"}`)
			s.documents[u+"b"] = []byte(`{"id":"` + u + `b","type":"BadgeClass","name":"PhD","description":"d","criteria":"c","issuer":"` + u + `i"}`)
			published(base+"a", set("badge", u+"b"))(s)
		}, Invalid, "issuer-not-hosted"},
		{"issuer without an address", published(base+"b", set("issuer", map[string]any{"id": "urn:x:1", "name": "College"})), Indeterminate, "issuer-unattributed"},
		{"place that the issuer does not name", published(base+"i", set("verification", map[string]any{"startsWith": base + "badges/"})), Invalid, "issuer-not-hosted"},
		{"place that begins alike", published(base+"i", set("verification", map[string]any{"startsWith": "https://college.exam"})), Invalid, "issuer-not-hosted"},
		{"host that ends alike", published(base+"i", set("verification", map[string]any{"allowedOrigins": "ollege.example"})), Invalid, "issuer-not-hosted"},
	}
	return hosted.of("Open Badges 2.0", "hosted")
}
