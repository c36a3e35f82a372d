package verifier

import (
	"bytes"
	"crypto/elliptic"
	"encoding/asn1"
	"math/big"
	"slices"
	"strings"

	"laurel/keys"
)

// inValue changes the bytes of the first proof's signature, which is then encoded as before.
func inValue(change func(signature []byte) []byte) func(*scene) {
	return func(s *scene) {
		s.t.Helper()
		inProof(func(p map[string]any) {
			raw, err := keys.DecodeMultibase58(p["proofValue"].(string), 200)
			if err != nil {
				s.t.Fatal(err)
			}
			p["proofValue"] = keys.EncodeMultibase58(change(raw))
		})(s)
	}
}

// inText changes how the signature is written.
func inText(change func(text string) any) func(*scene) {
	return inProof(func(p map[string]any) { p["proofValue"] = change(p["proofValue"].(string)) })
}

// half replaces one of the two numbers of which every signature consists.
func half(second bool, change func(number []byte)) func(*scene) {
	return inValue(func(s []byte) []byte {
		if second {
			change(s[len(s)/2:])
		} else {
			change(s[:len(s)/2])
		}
		return s
	})
}

func zero(b []byte) { clear(b) }
func ones(b []byte) {
	for i := range b {
		b[i] = 0xff
	}
}

// edwardsOrder is the order of the group of Ed25519 (RFC 8032 §5.1).
func edwardsOrder() *big.Int {
	l, _ := new(big.Int).SetString("27742317777372353535851937790883648493", 10)
	return l.Add(l, new(big.Int).Lsh(big.NewInt(1), 252))
}

// raisedS adds the order to S, which a lax verifier takes for the same number.
func raisedS(s []byte) {
	little := slices.Clone(s)
	slices.Reverse(little)
	sum := new(big.Int).Add(new(big.Int).SetBytes(little), edwardsOrder())
	raised := sum.FillBytes(make([]byte, 32))
	slices.Reverse(raised)
	copy(s, raised)
}

func proofCases() []hostile {
	bad := func(name string, do func(*scene)) wrong { return wrong{name, do, Invalid, "proof-invalid"} }
	members := batch{
		{"none", after(drop("proof")), Invalid, "proof-missing"},
		{"null", after(set("proof", nil)), Invalid, "proof-missing"},
		{"empty list", after(set("proof", []any{})), Invalid, "proof-missing"},
		{"text", after(set("proof", "signed")), Invalid, "proof-missing"},
		{"true", after(set("proof", true)), Invalid, "proof-missing"},
		bad("empty object", after(set("proof", map[string]any{}))),
		bad("list of null", after(set("proof", []any{nil}))),
		bad("list in a list", after(func(b map[string]any) { b["proof"] = []any{b["proof"]} })),
		bad("no type", inProof(drop("type"))),
		bad("type a list", inProof(func(p map[string]any) { p["type"] = []any{p["type"]} })),
		{"unknown type", inProof(set("type", "RsaSignature2018")), Indeterminate, "proof-undecided"},
		bad("no method", inProof(drop("verificationMethod"))),
		bad("method an object", inProof(func(p map[string]any) {
			p["verificationMethod"] = map[string]any{"id": p["verificationMethod"], "type": "Multikey"}
		})),
		bad("method a list", inProof(func(p map[string]any) { p["verificationMethod"] = []any{p["verificationMethod"]} })),
		bad("no purpose", inProof(drop("proofPurpose"))),
		bad("login", inProof(set("proofPurpose", "authentication"))),
		bad("purpose a list", inProof(set("proofPurpose", []any{"assertionMethod"}))),
		bad("unknown purpose", inProof(set("proofPurpose", "keyAgreement"))),
		bad("other date", inProof(set("created", "2020-01-01T00:00:00Z"))),
		bad("impossible date", inProof(set("created", "2026-02-30T00:00:00Z"))),
		bad("date without zone", inProof(set("created", "2026-01-01T00:00:00"))),
		bad("date a number", inProof(set("created", 1767225600))),
		bad("date null", inProof(set("created", nil))),
		bad("no date", inProof(drop("created"))),
		bad("expired", inProof(set("expires", "2026-05-01T00:00:00Z"))),
		bad("end added", inProof(set("expires", "2027-05-01T00:00:00Z"))),
		bad("challenge added", inProof(set("challenge", "c"))),
		bad("domain added", inProof(set("domain", "verifier.example"))),
		bad("domain a number", inProof(set("domain", 5))),
		bad("nonce added", inProof(set("nonce", "n"))),
		bad("nonce a number", inProof(set("nonce", 5))),
		bad("id added", inProof(set("id", "urn:uuid:1"))),
		bad("key beside", inProof(set("publicKeyMultibase", "z6MkghP34SqwLzV5Dm8pWS1Gwsr6G3nZLAUnsSS5MV8ahceJ"))),
		bad("undefined member", inProof(set("grade", "A"))),
		bad("builds on nothing", inProof(set("previousProof", "urn:uuid:1"))),
		bad("builds on itself", inProof(func(p map[string]any) { p["id"], p["previousProof"] = "urn:uuid:1", "urn:uuid:1" })),
		bad("builds on a number", inProof(set("previousProof", 5))),
		bad("no value", inProof(drop("proofValue"))),
		bad("value null", inProof(set("proofValue", nil))),
		bad("value a list", inProof(func(p map[string]any) { p["proofValue"] = []any{p["proofValue"]} })),
		bad("jws for a value", inProof(func(p map[string]any) { p["jws"] = p["proofValue"]; delete(p, "proofValue") })),
		{"seventeen proofs", after(func(b map[string]any) {
			list := b["proof"].([]any)
			for len(list) < 17 {
				list = append(list, list[0])
			}
			b["proof"] = list
		}), Indeterminate, "proof-undecided"},
	}
	suites := batch{
		{"no suite", inProof(drop("cryptosuite")), Invalid, "proof-invalid"},
		{"suite a list", inProof(func(p map[string]any) { p["cryptosuite"] = []any{p["cryptosuite"]} }), Invalid, "proof-invalid"},
		{"suite of other keys", inProof(set("cryptosuite", "ecdsa-rdfc-2019")), Invalid, "proof-invalid"},
		{"suite over text", inProof(set("cryptosuite", "eddsa-jcs-2022")), Invalid, "proof-invalid"},
		{"suite that discloses", inProof(set("cryptosuite", "ecdsa-sd-2023")), Invalid, "proof-invalid"},
		{"suite in capitals", inProof(set("cryptosuite", "EDDSA-RDFC-2022")), Indeterminate, "proof-undecided"},
		{"unknown suite", inProof(set("cryptosuite", "eddsa-rdfc-2099")), Indeterminate, "proof-undecided"},
		{"suite by its older name", inProof(set("type", "Ed25519Signature2020")), Indeterminate, "proof-undecided"},
	}
	encodings := batch{
		bad("empty", inText(func(string) any { return "" })),
		bad("prefix alone", inText(func(string) any { return "z" })),
		bad("no prefix", inText(func(t string) any { return t[1:] })),
		bad("prefix of another base", inText(func(t string) any { return "u" + t[1:] })),
		bad("prefix in capitals", inText(func(t string) any { return "Z" + t[1:] })),
		bad("letter outside the alphabet", inText(func(t string) any { return t[:10] + "0" + t[11:] })),
		bad("blank at the end", inText(func(t string) any { return t + " " })),
		bad("line feed within", inText(func(t string) any { return t[:20] + "\n" + t[20:] })),
		bad("padding", inText(func(t string) any { return t + "=" })),
		bad("leading zero", inText(func(t string) any { return "z1" + t[1:] })),
		bad("leading zero byte", inValue(func(s []byte) []byte { return append([]byte{0}, s...) })),
		bad("a byte short", inValue(func(s []byte) []byte { return s[:len(s)-1] })),
		bad("a byte long", inValue(func(s []byte) []byte { return append(s, 0) })),
		bad("twice", inValue(func(s []byte) []byte { return append(s, s...) })),
		bad("half", inValue(func(s []byte) []byte { return s[:len(s)/2] })),
		bad("halves exchanged", inValue(func(s []byte) []byte { return append(s[len(s)/2:], s[:len(s)/2]...) })),
		bad("a bit", inValue(func(s []byte) []byte { s[5] ^= 1; return s })),
		bad("the last bit", inValue(func(s []byte) []byte { s[len(s)-1] ^= 0x80; return s })),
		bad("zeros", inValue(func(s []byte) []byte { return make([]byte, len(s)) })),
		bad("first number zero", half(false, zero)),
		bad("second number zero", half(true, zero)),
		bad("first number too large", half(false, ones)),
		bad("second number too large", half(true, ones)),
		bad("very long", inText(func(t string) any { return "z" + strings.Repeat(t[1:], 1000) })),
	}
	edwards := batch{
		bad("S beyond the order", half(true, raisedS)),
		bad("neutral point", inValue(func(s []byte) []byte { clear(s); s[0] = 1; return s })),
	}
	order := func(c elliptic.Curve) batch {
		n := c.Params().N
		be := func(f func(*big.Int) *big.Int) func([]byte) {
			return func(b []byte) {
				v := f(new(big.Int).SetBytes(b))
				if v.BitLen() > 8*len(b) {
					v = n
				}
				v.FillBytes(b)
			}
		}
		return batch{
			bad("r is the order", half(false, be(func(*big.Int) *big.Int { return n }))),
			bad("s is the order", half(true, be(func(*big.Int) *big.Int { return n }))),
			bad("r beyond the order", half(false, be(func(v *big.Int) *big.Int { return new(big.Int).Add(v, n) }))),
			bad("s beyond the order", half(true, be(func(v *big.Int) *big.Int { return new(big.Int).Add(v, n) }))),
			bad("r one, s one", inValue(func(s []byte) []byte { clear(s); s[len(s)/2-1], s[len(s)-1] = 1, 1; return s })),
			bad("DER", inValue(func(s []byte) []byte {
				der, err := asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(s[:len(s)/2]), new(big.Int).SetBytes(s[len(s)/2:])})
				if err != nil {
					panic(err)
				}
				return der
			})),
			bad("padded numbers", inValue(func(s []byte) []byte {
				return slices.Concat([]byte{0}, s[:len(s)/2], []byte{0}, s[len(s)/2:])
			})),
		}
	}
	v1 := batch{
		{"suite beside the type", inProof(set("cryptosuite", "eddsa-rdfc-2022")), Indeterminate, "proof-undecided"},
		{"type of the newer suites", inProof(func(p map[string]any) { p["type"], p["cryptosuite"] = "DataIntegrityProof", "eddsa-rdfc-2022" }), Invalid, "proof-invalid"},
		bad("end added", after(set("validUntil", "2028-01-01T00:00:00Z"))),
		bad("later end", after(set("expirationDate", "2028-01-01T00:00:00Z"))),
		{"no date of issue", after(drop("issuanceDate")), Invalid, "syntax-malformed"},
		{"ended by its newer name", before(set("validUntil", "2026-05-01T00:00:00Z")), Invalid, "validity-expired"},
	}
	disclosed := batch{
		bad("name exchanged", after(set("name", "Surgery"))),
		bad("name withheld afterwards", after(drop("name"))),
		bad("end withheld", after(drop("validUntil"))),
		bad("status withheld", after(drop("credentialStatus"))),
		bad("date of award added", after(set("awardedDate", "2026-01-01T00:00:00Z"))),
		bad("issuer exchanged", after(func(b map[string]any) { object(b, "issuer")["id"] = "did:web:university.example" })),
		bad("a member of the proof added", inProof(set("nonce", "n"))),
		bad("value of another base", inText(func(t string) any { return "z" + t[1:] })),
		bad("value cut short", inText(func(t string) any { return t[:len(t)-4] })),
		bad("value longer", inText(func(t string) any { return t + "AAAA" })),
		bad("value padded", inText(func(t string) any { return t + "=" })),
		bad("value of a base proof", inText(func(t string) any { return "u2V0A" + t[5:] })),
		bad("a bit of the base signature", inText(func(t string) any { return flipped(t, 30) })),
		bad("a bit of the fresh key", inText(func(t string) any { return flipped(t, 130) })),
		bad("a bit of the first signature", inText(func(t string) any { return flipped(t, 200) })),
		bad("a bit of the indexes", inText(func(t string) any { return flipped(t, len(t)-4) })),
	}
	return slices.Concat(members.of("proof members", "eddsa-rdfc"), members[:12].of("proof members", "p384-jcs"), suites.of("proof members", "eddsa-rdfc"),
		encodings.of("proof encodings", "eddsa-rdfc"), encodings.of("proof encodings", "p256-rdfc"), encodings[9:16].of("proof encodings", "eddsa-jcs"), encodings[9:].of("proof encodings", "p384-jcs"),
		edwards.of("proof encodings", "eddsa-rdfc"), edwards.of("proof encodings", "eddsa-jcs"), edwards.of("proof encodings", "ed25519-2020"),
		order(elliptic.P256()).of("proof encodings", "p256-rdfc"), order(elliptic.P256()).of("proof encodings", "p256-jcs"), order(elliptic.P384()).of("proof encodings", "p384-rdfc"),
		v1.of("proof members", "ed25519-2020"), disclosed.of("selective disclosure", "sd"))
}

// flipped changes one letter of base64url.
func flipped(text string, at int) string {
	out := []byte(text)
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	out[at] = alphabet[bytes.IndexByte([]byte(alphabet), out[at])^16]
	return string(out)
}
