package verifier

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"

	"laurel/keys"
)

// header and payload sign the token anew after a change.
func header(change func(h map[string]any)) func(*scene) {
	return func(s *scene) { s.t.Helper(); s.signToken(change, nil) }
}

// partText changes the text of header or payload and signs that.
func partText(index int, change func(text string) string) func(*scene) {
	return func(s *scene) {
		s.t.Helper()
		parts := strings.Split(string(s.input), ".")
		var texts [2]string
		for i := range texts {
			raw, err := base64.RawURLEncoding.DecodeString(parts[i])
			if err != nil {
				s.t.Fatal(err)
			}
			texts[i] = string(raw)
		}
		changed := change(texts[index])
		if changed == texts[index] {
			s.t.Fatal("nothing changed in", changed)
		}
		texts[index] = changed
		s.input = []byte(s.compactText(texts[0], texts[1]))
	}
}

func swap(old, new string) func(string) string {
	return func(text string) string { return strings.Replace(text, old, new, 1) }
}

// whole changes the finished token.
func whole(change func(parts []string) string) func(*scene) {
	return func(s *scene) { s.input = []byte(change(strings.Split(string(s.input), "."))) }
}

// inSignature changes the bytes of a token's signature.
func inSignature(change func([]byte) []byte) func(*scene) {
	return whole(func(p []string) string {
		raw, err := base64.RawURLEncoding.DecodeString(p[2])
		if err != nil {
			panic(err)
		}
		return p[0] + "." + p[1] + "." + base64.RawURLEncoding.EncodeToString(change(raw))
	})
}

// confused signs with the issuer's public key as if it were a shared secret.
func confused(alg string) func(*scene) {
	return func(s *scene) {
		pem, err := keys.PEM(s.key.Public())
		if err != nil {
			s.t.Fatal(err)
		}
		s.signToken(func(h map[string]any) { h["alg"] = alg }, nil)
		parts := strings.Split(string(s.input), ".")
		mac := hmac.New(sha256.New, pem)
		mac.Write([]byte(parts[0] + "." + parts[1]))
		s.input = []byte(parts[0] + "." + parts[1] + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil)))
	}
}

func tokenCases() []hostile {
	bad := func(name string, do func(*scene)) wrong { return wrong{name, do, Invalid, "proof-invalid"} }
	malformed := func(name string, do func(*scene)) wrong { return wrong{name, do, Invalid, "syntax-token"} }
	headers := batch{
		malformed("alg none", header(set("alg", "none"))),
		malformed("alg None", header(set("alg", "None"))),
		malformed("no alg", header(drop("alg"))),
		malformed("alg a number", header(set("alg", 5))),
		malformed("alg null", header(set("alg", nil))),
		malformed("alg a list", header(func(h map[string]any) { h["alg"] = []any{h["alg"]} })),
		malformed("alg in small letters", header(func(h map[string]any) { h["alg"] = strings.ToLower(h["alg"].(string)) + "x" })),
		malformed("alg with a blank", header(func(h map[string]any) { h["alg"] = h["alg"].(string) + " " })),
		malformed("HS256 with the public key", confused("HS256")),
		malformed("HS384 with the public key", confused("HS384")),
		malformed("SHA-1", header(set("alg", "RS1"))),
		malformed("ES256K", header(set("alg", "ES256K"))),
		malformed("encryption", header(set("alg", "RSA-OAEP"))),
		malformed("enc", header(set("enc", "A128GCM"))),
		malformed("crit", header(set("crit", []any{"exp"}))),
		malformed("empty crit", header(set("crit", []any{}))),
		malformed("b64", header(set("b64", false))),
		malformed("b64 true", header(set("b64", true))),
		malformed("b64 and crit", header(func(h map[string]any) { h["b64"], h["crit"] = false, []any{"b64"} })),
		malformed("zip", header(set("zip", "DEF"))),
		malformed("access token", header(set("typ", "at+jwt"))),
		malformed("logout token", header(set("typ", "logout+jwt"))),
		malformed("event token", header(set("typ", "secevent+jwt"))),
		malformed("key binding", header(set("typ", "kb+jwt"))),
		malformed("DPoP", header(set("typ", "dpop+jwt"))),
		malformed("status list", header(set("typ", "statuslist+jwt"))),
		malformed("entity statement", header(set("typ", "entity-statement+jwt"))),
		malformed("typ a number", header(set("typ", 5))),
		malformed("token in a token", header(set("cty", "JWT"))),
		malformed("content of a presentation", header(set("cty", "vp"))),
		malformed("kid a list", header(func(h map[string]any) { h["kid"] = []any{h["kid"]} })),
		malformed("duplicate alg", partText(0, swap(`"alg"`, `"alg":"none","alg"`))),
		malformed("escaped duplicate alg", partText(0, swap(`"alg"`, `"\u0061lg":"none","alg"`))),
		malformed("alg in capitals", partText(0, swap(`"alg"`, `"ALG"`))),
		malformed("header of blanks and more", partText(0, func(t string) string { return t + "{}" })),
		malformed("header a list", partText(0, func(t string) string { return "{\"x\":[" + t + "]}" })),
		bad("no key", header(drop("kid"))),
		bad("empty kid", header(set("kid", ""))),
		bad("kid of the issuer alone", header(set("kid", issuerDID))),
		bad("kid elsewhere", header(set("kid", "https://evil.example/key"))),
		bad("kid by http", header(set("kid", "http://college.example/key"))),
		bad("kid of a file", header(set("kid", "file:///etc/passwd"))),
		bad("kid with user information", header(set("kid", "https://college.example@evil.example/key"))),
		bad("kid with dot segments", header(set("kid", "https://college.example/a/../key"))),
		bad("kid with encoded dot segments", header(set("kid", "https://college.example/a/%2e%2e/key"))),
		bad("kid a path", header(set("kid", "../../dev/null"))),
		bad("kid a query", header(set("kid", "' or 1=1 --"))),
		{"key in the header", header(func(h map[string]any) { delete(h, "kid"); h["jwk"] = json.RawMessage(`{}`) }), Invalid, "proof-invalid"},
		{"certificate alone", header(func(h map[string]any) { delete(h, "kid"); h["x5c"] = []any{"MIIB"} }), Indeterminate, "proof-undecided"},
		{"address of keys alone", header(func(h map[string]any) { delete(h, "kid"); h["jku"] = "https://evil.example/keys" }), Indeterminate, "proof-undecided"},
		{"address of a certificate alone", header(func(h map[string]any) { delete(h, "kid"); h["x5u"] = "https://evil.example/c" }), Indeterminate, "proof-undecided"},
	}
	stranger := batch{
		{"own good key in the header", func(s *scene) {
			s.key = ed25519Key(s.t)
			jwk, err := keys.JWK(s.key.Public())
			if err != nil {
				s.t.Fatal(err)
			}
			s.signToken(func(h map[string]any) { delete(h, "kid"); h["jwk"] = json.RawMessage(jwk) }, nil)
		}, Indeterminate, "issuer-unattributed"},
		{"own good key beside kid", func(s *scene) {
			s.key = ed25519Key(s.t)
			jwk, err := keys.JWK(s.key.Public())
			if err != nil {
				s.t.Fatal(err)
			}
			s.signToken(func(h map[string]any) { h["jwk"] = json.RawMessage(jwk) }, nil)
		}, Invalid, "proof-invalid"},
		{"own did:key", func(s *scene) {
			p := newPerson(s.t)
			s.key, s.method = p.key, p.method
			s.signToken(nil, nil)
		}, Invalid, "issuer-mismatch"},
		{"own did:key and iss", func(s *scene) {
			p := newPerson(s.t)
			s.key, s.method = p.key, p.method
			s.signToken(nil, set("iss", p.id))
		}, Invalid, "proof-invalid"},
	}
	claims := batch{
		bad("iss of another", before(set("iss", "did:web:university.example"))),
		bad("iss a list", before(set("iss", []any{issuerDID}))),
		bad("iss an object", before(set("iss", map[string]any{"id": issuerDID}))),
		bad("jti of another", before(set("jti", "urn:uuid:1"))),
		bad("sub of nobody", before(set("sub", "did:example:x"))),
		bad("sub a list", before(set("sub", []any{}))),
		bad("nbf a text", before(set("nbf", "2026-01-01T00:00:00Z"))),
		bad("nbf null", before(set("nbf", nil))),
		bad("exp a text", before(set("exp", "1798761600"))),
		bad("exp null", before(set("exp", nil))),
		bad("iat in the future", before(set("iat", json.Number("1790000000")))),
		bad("iat a text", before(set("iat", "1767225600"))),
	}
	equal := batch{
		bad("no iss", before(drop("iss"))),
		bad("no jti", before(drop("jti"))),
		bad("no nbf", before(drop("nbf"))),
		bad("no exp", before(drop("exp"))),
		bad("nbf another moment", before(set("nbf", json.Number("1")))),
		bad("exp later", before(set("exp", json.Number("4102444800")))),
		bad("exp in thousandths", before(set("exp", json.Number("1798761600000")))),
	}
	payloads := batch{
		malformed("duplicate member", partText(1, swap(`"name":`, `"name":"Surgery","name":`))),
		malformed("escaped duplicate", partText(1, swap(`"name":`, `"n\u0061me":"Surgery","name":`))),
		malformed("data after the end", partText(1, func(t string) string { return t + "{}" })),
		malformed("not UTF-8", partText(1, swap("Sample", "Sam\xffple"))),
		malformed("lone surrogate", partText(1, swap("Sample", `Sam\ud800ple`))),
		malformed("a list", partText(1, func(t string) string { return "[" + t + "]" })),
		malformed("a text", partText(1, func(string) string { return `"x"` })),
		malformed("vc and vp", partText(1, func(t string) string { return `{"vc":{},"vp":{},` + t[1:] })),
		malformed("vc beside the credential", partText(1, func(t string) string { return `{"vc":{"type":"x"},` + t[1:] })),
		malformed("vc a text", partText(1, func(t string) string { return `{"vc":"x",` + t[1:] })),
		{"undefined term", before(set("grade", "A")), Invalid, "context-loss"},
		{"end by its address", before(set("https://www.w3.org/2018/credentials#validUntil", "2020-01-01T00:00:00Z")), Invalid, "context-loss"},
		{"expired", before(func(p map[string]any) {
			p["validUntil"] = "2026-05-01T00:00:00Z"
			p["exp"] = unix(p["validUntil"])
		}), Invalid, "validity-expired"},
	}
	wrapped := batch{
		bad("newer data model", func(s *scene) { s.signToken(nil, func(p map[string]any) { p["vc"] = tree(s.t, nil) }) }),
		malformed("subject beside", before(set("credentialSubject", map[string]any{"id": "urn:x:1"}))),
		malformed("credential beside", before(set("verifiableCredential", []any{}))),
		bad("another issuer within", before(func(p map[string]any) { object(object(p, "vc"), "issuer")["id"] = "did:web:university.example" })),
		bad("another id within", before(func(p map[string]any) { object(p, "vc")["id"] = "urn:uuid:1" })),
		bad("another end within", before(func(p map[string]any) { object(p, "vc")["expirationDate"] = "2028-01-01T00:00:00Z" })),
		malformed("typ of the newer form", header(set("typ", "vc+jwt"))),
		{"undefined term", before(func(p map[string]any) { object(p, "vc")["grade"] = "A" }), Invalid, "context-loss"},
		{"no subject", before(func(p map[string]any) { delete(object(p, "vc"), "credentialSubject") }), Invalid, "syntax-malformed"},
	}
	jose := batch{
		{"expired token", before(set("exp", json.Number("1767225600"))), Invalid, "proof-expired"},
		bad("not yet valid", before(set("nbf", json.Number("1790000000")))),
		malformed("vc inside", before(set("vc", map[string]any{"type": "x"}))),
		malformed("vp inside", before(set("vp", map[string]any{"type": "x"}))),
		malformed("content of a presentation", header(set("cty", "vp"))),
		malformed("type of an SD-JWT", header(set("typ", "vc+sd-jwt"))),
		malformed("type of COSE", header(set("typ", "vc+cose"))),
	}
	outer := batch{
		{"four parts", whole(func(p []string) string { return strings.Join(p, ".") + ".AAAA" }), Invalid, "input-unrecognized"},
		{"five parts", whole(func(p []string) string { return strings.Join(p, ".") + ".AAAA.AAAA" }), Invalid, "input-unrecognized"},
		{"two parts", whole(func(p []string) string { return p[0] + "." + p[1] }), Invalid, "input-unrecognized"},
		{"blank within", whole(func(p []string) string { return p[0] + ". " + p[1] + "." + p[2] }), Invalid, "input-unrecognized"},
		{"line feed within", whole(func(p []string) string { return p[0] + ".\n" + p[1] + "." + p[2] }), Invalid, "input-unrecognized"},
		{"padded", whole(func(p []string) string { return strings.Join(p, ".") + "=" }), Invalid, "input-unrecognized"},
		malformed("no signature", whole(func(p []string) string { return p[0] + "." + p[1] + "." })),
		bad("signature of the header alone", whole(func(p []string) string { return p[0] + "." + p[1] + "." + p[0] })),
		bad("a byte short", inSignature(func(b []byte) []byte { return b[:len(b)-1] })),
		bad("a byte long", inSignature(func(b []byte) []byte { return append(b, 0) })),
		bad("leading zero", inSignature(func(b []byte) []byte { return append([]byte{0}, b...) })),
		bad("zeros", inSignature(func(b []byte) []byte { return make([]byte, len(b)) })),
		bad("ones", inSignature(func(b []byte) []byte { ones(b); return b })),
		bad("a bit", inSignature(func(b []byte) []byte { b[7] ^= 4; return b })),
	}
	confusedAlg := func(as string) func(*scene) { return header(set("alg", as)) }
	return slices.Concat(headers.of("JWT header", "EdDSA"), headers[:20].of("JWT header", "ES256"), headers[:10].of("JWT header", "RS256"), headers[36:46].of("JWT header", "vc+jwt"),
		stranger.of("JWT header", "EdDSA"), stranger[2:].of("JWT header", "vc+jwt"),
		claims.of("JWT claims", "EdDSA"), slices.Delete(slices.Clone(claims), 4, 5).of("JWT claims", "vc claim"), equal.of("JWT claims", "EdDSA"), equal.of("JWT claims", "vc claim"),
		payloads.of("JWT payload", "EdDSA"), wrapped.of("JWT payload", "vc claim"), jose.of("JWT payload", "vc+jwt"),
		outer.of("JWT form", "EdDSA"), outer[6:].of("JWT form", "ES256"), outer[6:].of("JWT form", "ES384"), outer[6:].of("JWT form", "RS256"), outer[6:].of("JWT form", "PS256"),
		batch{bad("RS256 of an EC key", confusedAlg("RS256")), bad("ES384 of a P-256 key", confusedAlg("ES384")), bad("EdDSA of an EC key", confusedAlg("EdDSA"))}.of("JWT header", "ES256"),
		batch{bad("ES256 of an RSA key", confusedAlg("ES256")), bad("PS256 signed as RS256", confusedAlg("PS256"))}.of("JWT header", "RS256"),
		batch{bad("RS256 signed as PS256", confusedAlg("RS256"))}.of("JWT header", "PS256"),
		batch{bad("ES256 of a P-384 key", confusedAlg("ES256"))}.of("JWT header", "ES384"))
}
