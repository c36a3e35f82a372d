package verifier

import (
	"slices"
	"strings"

	"laurel/keys"
)

// keyCases are about whose key it is.
func keyCases() []hostile {
	inDID := func(change func(d map[string]any)) func(*scene) { return published(didURL, change) }
	inMethod := func(change func(m map[string]any)) func(*scene) {
		return inDID(func(d map[string]any) { change(d["verificationMethod"].([]any)[0].(map[string]any)) })
	}
	stranger := func(s *scene) string {
		text, err := keys.Multikey(ed25519Key(s.t).Public())
		if err != nil {
			s.t.Fatal(err)
		}
		return text
	}
	method := func(change func(method string) string) func(*scene) {
		return func(s *scene) {
			s.method = change(s.method)
			s.sign(nil)
		}
	}
	documents := batch{
		{"document of another", inDID(set("id", "did:web:university.example")), Invalid, "proof-invalid"},
		{"document without id", inDID(drop("id")), Invalid, "proof-invalid"},
		{"id in capitals", inDID(set("id", "did:web:College.example")), Invalid, "proof-invalid"},
		{"id a list", inDID(set("id", []any{issuerDID})), Invalid, "proof-invalid"},
		{"not JSON", func(s *scene) { s.documents[didURL] = []byte("<html>") }, Invalid, "proof-invalid"},
		{"duplicate members", func(s *scene) {
			s.documents[didURL] = []byte(strings.Replace(string(s.documents[didURL]), `"id"`, `"id":"did:web:college.example","id"`, 1))
		}, Invalid, "proof-invalid"},
		{"no document", func(s *scene) { delete(s.documents, didURL) }, Indeterminate, "proof-undecided"},
		{"foreign context", inDID(set("@context", []any{"https://x.example/c"})), Invalid, "proof-invalid"},
		{"no methods", inDID(drop("verificationMethod")), Invalid, "proof-key-unpublished"},
		{"methods no list", inDID(set("verificationMethod", map[string]any{})), Invalid, "proof-invalid"},
		{"not listed for assertion", inDID(drop("assertionMethod")), Invalid, "proof-invalid"},
		{"listed for login only", inDID(func(d map[string]any) { d["authentication"] = d["assertionMethod"]; delete(d, "assertionMethod") }), Invalid, "proof-invalid"},
		{"listed as one text", inDID(func(d map[string]any) { d["assertionMethod"] = d["assertionMethod"].([]any)[0] }), Invalid, "proof-invalid"},
		{"another key listed", inDID(set("assertionMethod", []any{issuerDID + "#other"})), Invalid, "proof-invalid"},
		{"two methods of one id", inDID(func(d map[string]any) {
			list := d["verificationMethod"].([]any)
			d["verificationMethod"] = append(list, list[0])
		}), Invalid, "proof-invalid"},
		{"second method of one id, relative", inDID(func(d map[string]any) {
			list := d["verificationMethod"].([]any)
			again := clone(list[0].(map[string]any))
			again["id"] = strings.TrimPrefix(again["id"].(string), issuerDID)
			d["verificationMethod"] = append(list, again)
		}), Invalid, "proof-invalid"},
		{"same id by value in another relationship", inDID(func(d map[string]any) {
			d["keyAgreement"] = []any{d["verificationMethod"].([]any)[0]}
		}), Invalid, "proof-invalid"},
		{"of another controller", inMethod(set("controller", "did:web:university.example")), Invalid, "proof-invalid"},
		{"of no controller", inMethod(drop("controller")), Invalid, "proof-invalid"},
		{"controllers a list", inMethod(set("controller", []any{issuerDID})), Invalid, "proof-invalid"},
		{"revoked", inMethod(set("revoked", "2026-05-01T00:00:00Z")), Invalid, "proof-key-withdrawn"},
		{"revoked this second", inMethod(set("revoked", "2026-06-01T12:00:00Z")), Invalid, "proof-key-withdrawn"},
		{"revoked at no date", inMethod(set("revoked", "yes")), Invalid, "proof-invalid"},
		{"revoked null", inMethod(set("revoked", nil)), Invalid, "proof-invalid"},
		{"revoked without zone", inMethod(set("revoked", "2027-05-01T00:00:00")), Invalid, "proof-invalid"},
		{"expired", inMethod(set("expires", "2026-05-01T00:00:00Z")), Invalid, "proof-invalid"},
		{"expired by its zone", inMethod(set("expires", "2026-06-01T13:00:00+02:00")), Invalid, "proof-invalid"},
		{"expires on no day", inMethod(set("expires", "2027-02-30T00:00:00Z")), Invalid, "proof-invalid"},
		{"private key beside", inMethod(set("secretKeyMultibase", "z3u2")), Invalid, "proof-invalid"},
		{"older name of a private key", inMethod(set("privateKeyBase58", "x")), Invalid, "proof-invalid"},
		{"private key in the JWK", inMethod(set("publicKeyJwk", map[string]any{"kty": "OKP", "d": "AA"})), Invalid, "proof-invalid"},
		{"private key of another method", inDID(func(d map[string]any) {
			d["verificationMethod"] = append(d["verificationMethod"].([]any), map[string]any{"id": "#2", "type": "Multikey", "controller": issuerDID, "privateKeyMultibase": "z"})
		}), Invalid, "proof-invalid"},
		{"two materials", inMethod(set("publicKeyBase58", "x")), Invalid, "proof-invalid"},
		{"two materials, one a JWK", inMethod(set("publicKeyJwk", map[string]any{"kty": "OKP"})), Invalid, "proof-invalid"},
		{"no material", inMethod(drop("publicKeyMultibase")), Invalid, "proof-invalid"},
		{"material of another", func(s *scene) { key := stranger(s); inMethod(set("publicKeyMultibase", key))(s) }, Invalid, "proof-invalid"},
		{"material in capitals", inMethod(func(m map[string]any) { m["publicKeyMultibase"] = strings.ToUpper(m["publicKeyMultibase"].(string)) }), Invalid, "proof-invalid"},
		{"material with a leading zero", inMethod(func(m map[string]any) { m["publicKeyMultibase"] = "z1" + m["publicKeyMultibase"].(string)[1:] }), Indeterminate, "proof-undecided"},
		{"material of another base", inMethod(func(m map[string]any) { m["publicKeyMultibase"] = "u" + m["publicKeyMultibase"].(string)[1:] }), Invalid, "proof-invalid"},
		{"material a byte short", inMethod(func(m map[string]any) {
			raw, err := keys.DecodeMultibase58(m["publicKeyMultibase"].(string), 100)
			if err != nil {
				panic(err)
			}
			m["publicKeyMultibase"] = keys.EncodeMultibase58(raw[:len(raw)-1])
		}), Invalid, "proof-invalid"},
		{"material of no point", inMethod(func(m map[string]any) {
			raw := make([]byte, 34)
			for i := range raw {
				raw[i] = 0xff
			}
			raw[0], raw[1] = 0xed, 0x01
			m["publicKeyMultibase"] = keys.EncodeMultibase58(raw)
		}), Invalid, "proof-invalid"},
		{"material of the neutral point", inMethod(func(m map[string]any) {
			raw := make([]byte, 34)
			raw[0], raw[1], raw[2] = 0xed, 0x01, 1
			m["publicKeyMultibase"] = keys.EncodeMultibase58(raw)
		}), Invalid, "proof-invalid"},
		{"secp256k1", inMethod(func(m map[string]any) {
			m["publicKeyMultibase"] = keys.EncodeMultibase58(append([]byte{0xe7, 0x01, 2}, make([]byte, 32)...))
		}), Indeterminate, "proof-undecided"},
		{"unknown type of method", inMethod(set("type", "RsaVerificationKey2018")), Indeterminate, "proof-undecided"},
		{"type of other material", inMethod(set("type", "JsonWebKey")), Invalid, "proof-invalid"},
		{"type for another kind of key", inMethod(set("type", "EcdsaSecp256r1VerificationKey2019")), Invalid, "proof-invalid"},
		{"too many methods", inDID(func(d map[string]any) {
			list := d["verificationMethod"].([]any)
			for len(list) < 70 {
				list = append(list, map[string]any{"id": "#k" + strings.Repeat("x", len(list)), "type": "Multikey", "controller": issuerDID})
			}
			d["verificationMethod"] = list
		}), Invalid, "proof-invalid"},
	}
	evil := "did:web:evil.example"
	named := batch{
		{"method without a fragment", method(func(string) string { return issuerDID }), Invalid, "proof-invalid"},
		{"empty fragment", method(func(string) string { return issuerDID + "#" }), Invalid, "proof-invalid"},
		{"two fragments", method(func(m string) string { return m + "#x" }), Invalid, "proof-invalid"},
		{"query", method(func(m string) string { return strings.Replace(m, "#", "?versionId=1#", 1) }), Invalid, "proof-invalid"},
		{"path", method(func(m string) string { return strings.Replace(m, "#", "/x#", 1) }), Invalid, "proof-invalid"},
		{"DID in capitals", method(func(m string) string { return strings.Replace(m, "college", "College", 1) }), Indeterminate, "proof-undecided"},
		{"method in capitals", method(func(m string) string { return strings.Replace(m, "did:web", "did:WEB", 1) }), Invalid, "proof-invalid"},
		{"unknown DID method", method(func(m string) string { return strings.Replace(m, "did:web", "did:ion", 1) }), Indeterminate, "proof-undecided"},
		{"dot segments in a DID", method(func(m string) string { return strings.Replace(m, "#", ":..:x#", 1) }), Invalid, "proof-invalid"},
		{"encoded separator in a DID", method(func(m string) string { return strings.Replace(m, "#", ":a%2Fb#", 1) }), Invalid, "proof-invalid"},
		{"user information in a DID", method(func(m string) string { return strings.Replace(m, "college", "evil%40college", 1) }), Invalid, "proof-invalid"},
		{"address for a DID", method(func(m string) string { return strings.Replace(m, "college.example", "127.0.0.1", 1) }), Invalid, "proof-invalid"},
		{"https address elsewhere", method(func(string) string { return "https://evil.example/k#1" }), Indeterminate, "proof-undecided"},
		{"http", method(func(string) string { return "http://college.example/k#1" }), Invalid, "proof-invalid"},
		{"file", method(func(string) string { return "file:///etc/passwd#1" }), Invalid, "proof-invalid"},
		{"data", method(func(string) string { return "data:application/json,{}#1" }), Invalid, "proof-invalid"},
		{"fragment elsewhere in the document", func(s *scene) {
			s.method = evil + "#" + s.published[0].Fragment
			s.documents["https://evil.example/.well-known/did.json"] = s.documents[didURL]
			s.sign(nil)
		}, Invalid, "proof-invalid"},
		{"document of another with this method", func(s *scene) {
			inDID(set("id", evil))(s)
			s.documents["https://evil.example/.well-known/did.json"] = s.documents[didURL]
			s.method = evil + "#" + s.published[0].Fragment
			s.sign(nil)
		}, Invalid, "proof-key-unpublished"},
		{"a stranger's own good key", func(s *scene) {
			p := newPerson(s.t)
			s.key, s.method = p.key, p.method
			s.sign(nil)
		}, Invalid, "issuer-mismatch"},
		{"names the stranger as controller", func(s *scene) {
			p := newPerson(s.t)
			inDID(set("controller", p.id))(s)
			s.key, s.method = p.key, p.method
			s.sign(nil)
		}, Invalid, "issuer-mismatch"},
		{"also known as", func(s *scene) {
			p := newPerson(s.t)
			inDID(set("alsoKnownAs", []any{p.id}))(s)
			s.key, s.method = p.key, p.method
			s.sign(nil)
		}, Invalid, "issuer-mismatch"},
		{"did:key of another fragment", func(s *scene) {
			p, other := newPerson(s.t), newPerson(s.t)
			s.key, s.method = p.key, p.id+"#"+strings.TrimPrefix(other.id, "did:key:")
			s.sign(nil)
		}, Invalid, "proof-key-unpublished"},
		{"did:key of another version", func(s *scene) {
			p := newPerson(s.t)
			s.key, s.method = p.key, strings.Replace(p.method, "did:key:", "did:key:9:", 1)
			s.sign(nil)
		}, Indeterminate, "proof-undecided"},
		{"did:key too long", method(func(string) string { return "did:key:z" + strings.Repeat("6", 5000) + "#z" }), Invalid, "proof-invalid"},
	}
	return slices.Concat(documents.of("whose key", "eddsa-rdfc"), documents[:12].of("whose key", "EdDSA"), named.of("whose key", "eddsa-jcs"))
}
