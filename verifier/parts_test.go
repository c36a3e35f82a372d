package verifier

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"laurel/internal/did"
	"laurel/internal/strictjson"
	"laurel/internal/vc"
)

// person is a key with its own did:key, which signs what others endorse or hold.
type person struct {
	*world
	id string
}

func newPerson(t testing.TB) person {
	key := ed25519Key(t)
	id, method, err := did.DIDKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return person{&world{t: t, key: key, method: method}, id}
}

// signed secures a document of any kind of credential.
func (p person) signed(document map[string]any) map[string]any {
	p.t.Helper()
	prepared, err := vc.Prepare(document)
	if err != nil {
		p.t.Fatal(err)
	}
	signed, err := strictjson.ParseObject(p.secure(prepared), strictjson.Limits{})
	if err != nil {
		p.t.Fatal(err)
	}
	return signed
}

func (p person) endorse(of string, change func(map[string]any)) map[string]any {
	e := map[string]any{
		"@context": []any{"https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"},
		"id":       "urn:uuid:1", "type": []any{"VerifiableCredential", "EndorsementCredential"}, "name": "Endorsed",
		"issuer": map[string]any{"id": p.id, "type": []any{"Profile"}, "name": "Sample Guild"}, "validFrom": "2026-01-01T00:00:00Z",
		"credentialSubject": map[string]any{"id": of, "type": []any{"EndorsementSubject"}, "endorsementComment": "We know it."},
	}
	if change != nil {
		change(e)
	}
	return p.signed(e)
}

func TestEndorsements(t *testing.T) {
	const achievement = "https://college.example/achievements/food-hygiene"
	guild := newPerson(t)
	for name, c := range map[string]struct {
		change func(badge, achievement, issuer map[string]any)
		code   string
		parts  int
	}{
		"none": {func(_, _, _ map[string]any) {}, "endorsements-none", 0},
		"good at each level": {func(b, a, i map[string]any) {
			b["endorsement"] = []any{guild.endorse(b["id"].(string), nil)}
			a["endorsement"] = []any{guild.endorse(achievement, nil)}
			i["endorsement"] = guild.endorse(issuerDID, nil)
		}, "endorsements-ok", 3},
		"of another": {func(_, a, _ map[string]any) {
			a["endorsement"] = []any{guild.endorse("https://university.example/a", nil)}
		}, "endorsements-of-another", 1},
		"forged": {func(_, a, _ map[string]any) {
			e := guild.endorse(achievement, nil)
			object(e, "credentialSubject")["endorsementComment"] = "The best of all."
			a["endorsement"] = []any{e}
		}, "endorsements-invalid", 1},
		"expired": {func(_, a, _ map[string]any) {
			a["endorsement"] = []any{guild.endorse(achievement, func(e map[string]any) { e["validUntil"] = "2026-02-01T00:00:00Z" })}
		}, "endorsements-invalid", 1},
		"a good and a bad one": {func(_, a, _ map[string]any) {
			a["endorsement"] = []any{guild.endorse(achievement, nil), guild.endorse("urn:x:1", nil)}
		}, "endorsements-of-another", 2},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, ed25519Key(t))
			r := w.verify(w.badge(func(b map[string]any) {
				c.change(b, object(object(b, "credentialSubject"), "achievement"), object(b, "issuer"))
			}))
			expect(t, r, Valid, c.code) // endorsements lend and take nothing
			if len(r.Parts) != c.parts {
				t.Errorf("%d parts", len(r.Parts))
			}
			for _, p := range r.Parts {
				if p.Role != PartEndorsement || p.Report.Verdict == Valid && p.Report.Credential.Endorsement.Comment != "We know it." {
					t.Errorf("%s: %+v", p.Role, p.Report.Credential)
				}
			}
		})
	}
	t.Run("too many", func(t *testing.T) {
		w := newWorld(t, ed25519Key(t))
		v := w.verifier()
		v.config.Limits.Parts = 2
		many := []any{guild.endorse(achievement, nil), guild.endorse(achievement, nil), guild.endorse(achievement, nil)}
		raw := w.badge(func(b map[string]any) { object(object(b, "credentialSubject"), "achievement")["endorsement"] = many })
		r := v.Verify(context.Background(), Request{Input: raw})
		expect(t, r, Valid, "endorsements-too-many")
		if len(r.Parts) != 2 {
			t.Errorf("%d parts", len(r.Parts))
		}
	})
}

// record makes a learner record of badges.
func (w *world) record(change func(map[string]any), badges ...[]byte) []byte {
	w.t.Helper()
	var inner []any
	for _, raw := range badges {
		tree, err := strictjson.ParseObject(raw, strictjson.Limits{})
		if err != nil {
			w.t.Fatal(err)
		}
		inner = append(inner, tree)
	}
	clr := map[string]any{
		"@context": []any{"https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"},
		"id":       fmt.Sprintf("urn:uuid:%d", len(badges[0])), "type": []any{"VerifiableCredential", "ClrCredential"}, "name": "Record",
		"issuer": map[string]any{"id": issuerDID, "type": []any{"Profile"}, "name": "Sample College"}, "validFrom": "2026-01-01T00:00:00Z",
		"credentialSubject": map[string]any{"id": "urn:uuid:3", "type": []any{"ClrSubject"}, "verifiableCredential": inner},
	}
	if change != nil {
		change(clr)
	}
	p, err := vc.Prepare(clr)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.secure(p)
}

func TestLearnerRecord(t *testing.T) {
	w := newWorld(t, ed25519Key(t))
	good := w.badge(nil)
	forged := w.edit(good, func(b map[string]any) { b["name"] = "Surgery" })
	elsewhere := w.edit(good, func(b map[string]any) {
		b["proof"].([]any)[0].(map[string]any)["verificationMethod"] = "did:web:away.example#k"
	})
	person := func(id string) []byte {
		return w.badge(func(b map[string]any) { object(b, "credentialSubject")["id"] = id })
	}
	for name, c := range map[string]struct {
		badges  [][]byte
		verdict Verdict
		code    string
	}{
		"two good":         {[][]byte{good, good}, Valid, "credentials-ok"},
		"same person":      {[][]byte{person("urn:uuid:3")}, Valid, "credentials-ok"},
		"another person":   {[][]byte{person("urn:uuid:4")}, Valid, "credentials-other-person"},
		"one expired":      {[][]byte{good, w.badge(func(b map[string]any) { b["validUntil"] = "2026-02-01T00:00:00Z" })}, Valid, "credentials-expired"},
		"one forged":       {[][]byte{good, forged}, Invalid, "credentials-invalid"},
		"one undecided":    {[][]byte{good, elsewhere}, Indeterminate, "credentials-undecided"},
		"forged, expired":  {[][]byte{w.edit(w.badge(func(b map[string]any) { b["validUntil"] = "2026-02-01T00:00:00Z" }), func(b map[string]any) { b["name"] = "x" })}, Invalid, "credentials-invalid"},
		"a record in it":   {[][]byte{w.record(nil, good)}, Valid, "credentials-ok"},
		"a forgery deeper": {[][]byte{w.record(nil, forged)}, Invalid, "credentials-invalid"},
		"too deep":         {[][]byte{w.record(nil, w.record(nil, w.record(nil, w.record(nil, good))))}, Indeterminate, "credentials-undecided"},
	} {
		t.Run(name, func(t *testing.T) {
			r := w.verify(w.record(nil, c.badges...))
			expect(t, r, c.verdict, c.code)
			if len(r.Parts) != len(c.badges) || r.Credential == nil {
				t.Errorf("%d parts", len(r.Parts))
			}
		})
	}
	t.Run("a long one", func(t *testing.T) {
		long := slices.Repeat([][]byte{good}, 100)
		r := w.verify(w.record(nil, long...))
		expect(t, r, Valid, "credentials-ok")
		if len(r.Parts) != 100 {
			t.Errorf("%d parts", len(r.Parts))
		}
	})
	t.Run("not a record", func(t *testing.T) {
		r := w.verify(w.record(func(b map[string]any) { delete(object(b, "credentialSubject"), "id") }, good))
		expect(t, r, Invalid, "schema-invalid")
	})
}

func TestRefresh(t *testing.T) {
	refreshable := func(from, id string) func(b map[string]any) {
		return func(b map[string]any) {
			b["@context"] = append(b["@context"].([]any), "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json")
			b["refreshService"] = map[string]any{"id": "https://college.example/r", "type": "1EdTechCredentialRefresh"}
			b["validFrom"] = from
			if id != "" {
				b["id"] = id
			}
		}
	}
	const old, young = "2026-01-01T00:00:00Z", "2026-05-01T00:00:00Z"
	stranger := newPerson(t)
	for name, c := range map[string]struct {
		give func(w *world) []byte
		code string
	}{
		"newer":    {func(w *world) []byte { return w.badge(refreshable(young, "")) }, "refresh-newer"},
		"the same": {func(w *world) []byte { return w.badge(refreshable(old, "")) }, "refresh-current"},
		"nothing":  {func(*world) []byte { return nil }, "refresh-unavailable"},
		"junk":     {func(*world) []byte { return []byte("<html>") }, "refresh-invalid"},
		"another":  {func(w *world) []byte { return w.badge(refreshable(young, "urn:uuid:9")) }, "refresh-invalid"},
		"a stranger": {func(*world) []byte {
			return newWorld(t, stranger.key).badge(refreshable(young, ""))
		}, "refresh-invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, ed25519Key(t))
			if body := c.give(w); body != nil {
				w.documents["https://college.example/r"] = body
			}
			expect(t, w.verify(w.badge(refreshable(old, ""))), Valid, c.code)
		})
	}
}

// TestRecipientKinds compares what an employer knows with what a badge says, each by its own
// kind.
func TestRecipientKinds(t *testing.T) {
	w := newWorld(t, ed25519Key(t))
	plain := func(kind, value string) func(map[string]any) {
		return func(b map[string]any) {
			object(b, "credentialSubject")["identifier"] = []any{map[string]any{"type": "IdentityObject", "hashed": false, "identityType": kind, "identityHash": value}}
		}
	}
	for name, c := range map[string]struct {
		change func(map[string]any)
		given  string
		code   string
	}{
		"hashed address":          {nil, "a@example.com", "recipient-ok"},
		"blanks around":           {nil, " a@example.com\n", "recipient-ok"},
		"another address":         {nil, "b@example.com", "recipient-mismatch"},
		"a name for an address":   {nil, "Ada Sample", "recipient-incomparable"},
		"a DID for an address":    {nil, "did:web:a.example", "recipient-incomparable"},
		"plain address":           {plain("emailAddress", "A@Example.com"), "a@example.com", "recipient-ok"},
		"name":                    {plain("name", "Ada  Sample"), "ada sample", "recipient-ok"},
		"another name":            {plain("name", "Ada Sample"), "Eve Sample", "recipient-mismatch"},
		"an address for a name":   {plain("name", "Ada Sample"), "a@example.com", "recipient-incomparable"},
		"number":                  {plain("sourcedId", "12345"), "12345", "recipient-ok"},
		"another number":          {plain("sourcedId", "12345"), "12346", "recipient-mismatch"},
		"an address for a number": {plain("sourcedId", "12345"), "a@example.com", "recipient-incomparable"},
		"a name for a number":     {plain("sourcedId", "12345"), "Ada Sample", "recipient-incomparable"},
		"identifier":              {func(b map[string]any) { object(b, "credentialSubject")["id"] = "did:example:1" }, "did:example:1", "recipient-ok"},
		"another identifier":      {func(b map[string]any) { object(b, "credentialSubject")["id"] = "did:example:1" }, "did:example:2", "recipient-mismatch"},
		"address as identifier":   {func(b map[string]any) { object(b, "credentialSubject")["id"] = "mailto:c@example.com" }, "C@example.com", "recipient-ok"},
		"name beside the address": {func(b map[string]any) { object(b, "credentialSubject")["name"] = "Ada Sample" }, "Ada Sample", "recipient-ok"},
	} {
		t.Run(name, func(t *testing.T) {
			verdict := map[string]Verdict{"recipient-ok": Valid, "recipient-mismatch": Invalid, "recipient-incomparable": Indeterminate}[c.code]
			r := w.verifier().Verify(context.Background(), Request{Input: w.badge(c.change), Recipient: c.given})
			expect(t, r, verdict, c.code)
		})
	}
}
