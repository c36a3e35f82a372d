package verifier

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"laurel/internal/did"
	"laurel/internal/jsonld"
	"laurel/internal/needs"
	"laurel/internal/proof"
	"laurel/internal/status"
	"laurel/internal/strictjson"
	"laurel/internal/vc"
	"laurel/keys"
)

var update = flag.Bool("update", false, "write the matrix of docs/verifier.md anew")

// form is a way to write a badge and secure it: a row of the matrix.
type form struct {
	name  string
	proof string
	key   string
	sign  func(w *world, change func(map[string]any)) []byte
}

var signingKeys = map[string]func(testing.TB) crypto.Signer{
	"Ed25519": ed25519Key, "P-256": func(t testing.TB) crypto.Signer { return ecKey(t, elliptic.P256()) },
	"P-384": func(t testing.TB) crypto.Signer { return ecKey(t, elliptic.P384()) }, "RSA": rsaKey,
}

// rows are all forms.
func rows() (all []form) {
	for _, f := range []struct{ suite, key string }{
		{proof.EdDSARDFC2022, "Ed25519"}, {proof.EdDSAJCS2022, "Ed25519"}, {proof.ECDSARDFC2019, "P-256"}, {proof.ECDSARDFC2019, "P-384"},
		{proof.ECDSAJCS2019, "P-256"}, {proof.ECDSAJCS2019, "P-384"}, {proof.ECDSASD2023, "P-256"},
	} {
		all = append(all, form{"JSON, VC 2.0", f.suite, f.key, embedding(f.suite, as20)})
	}
	for _, f := range []struct{ suite, key string }{
		{proof.Ed25519Signature2020, "Ed25519"}, {proof.EdDSARDFC2022, "Ed25519"}, {proof.ECDSARDFC2019, "P-256"},
	} {
		all = append(all, form{"JSON, VC 1.1", f.suite, f.key, embedding(f.suite, as11(f.suite))})
	}
	for _, f := range []struct{ alg, key string }{{"RS256", "RSA"}, {"PS256", "RSA"}, {"ES256", "P-256"}, {"ES384", "P-384"}, {"EdDSA", "Ed25519"}} {
		all = append(all, form{"JWT, Open Badges 3.0", f.alg, f.key, openBadgesJWT(f.alg)}, form{"JWT, VC 1.1 (`vc`)", f.alg, f.key, wrappedJWT(f.alg)},
			form{"JWT, VC-JOSE-COSE (`vc+jwt`)", f.alg, f.key, joseJWT(f.alg)})
		if f.alg != "PS256" {
			all = append(all, form{"SD-JWT, VC-JOSE-COSE (`vc+sd-jwt`)", f.alg, f.key, sdJWT})
		}
		all = append(all, form{"SD-JWT VC (`dc+sd-jwt`)", f.alg, f.key, sdJWTVC(f.alg)})
	}
	slices.SortStableFunc(all, func(a, b form) int { return strings.Compare(a.name, b.name) })
	return all
}

func as20(change func(map[string]any)) func(map[string]any) { return change }

// as11 writes the sample as version 1.1 has it.
func as11(suite string) func(func(map[string]any)) func(map[string]any) {
	return func(change func(map[string]any)) func(map[string]any) {
		return func(b map[string]any) {
			b["@context"] = []any{"https://www.w3.org/2018/credentials/v1", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.1.json"}
			if suite == proof.Ed25519Signature2020 {
				b["@context"] = append(b["@context"].([]any), "https://w3id.org/security/suites/ed25519-2020/v1")
			}
			b["issuanceDate"], b["expirationDate"] = b["validFrom"], b["validUntil"]
			delete(b, "validFrom")
			delete(b, "validUntil")
			delete(b, "awardedDate")
			if change != nil {
				change(b)
			}
			if s, ok := b["credentialStatus"].(map[string]any); ok && s["type"] == "BitstringStatusListEntry" {
				b["@context"] = append(b["@context"].([]any), "https://www.w3.org/ns/credentials/status/v1")
			}
		}
	}
}

func embedding(suite string, shape func(func(map[string]any)) func(map[string]any)) func(*world, func(map[string]any)) []byte {
	return func(w *world, change func(map[string]any)) []byte {
		o := proof.Options{Suite: suite, Created: now}
		if suite == proof.ECDSASD2023 {
			o.Mandatory = []string{"/issuer", "/validFrom", "/validUntil", "/credentialStatus", "/credentialSubject", "/name", "/id"}
			if tree(w.t, shape(change))["credentialStatus"] == nil {
				o.Mandatory = slices.DeleteFunc(o.Mandatory, func(p string) bool { return p == "/credentialStatus" })
			}
		}
		signed, err := proof.SignWith(context.Background(), jsonld.Pinned(), w.prepare(shape(change)), proof.Signer{Method: w.method, Key: w.key}, o)
		if err != nil {
			w.t.Fatal(err)
		}
		if suite != proof.ECDSASD2023 {
			return signed
		}
		derived, err := proof.Derive(context.Background(), jsonld.Pinned(), strictjson.Of(parsed(w.t, signed)), []string{"/awardedDate"})
		if err != nil {
			w.t.Fatal(err)
		}
		return derived
	}
}

// compact signs a token with an algorithm, whatever is in it.
func (w *world) compact(alg string, header map[string]any, payload map[string]any) []byte {
	w.t.Helper()
	header = clone(header)
	header["alg"] = alg
	if _, present := header["kid"]; !present {
		header["kid"] = w.method
	}
	var text string
	for _, part := range []map[string]any{header, payload} {
		raw, err := json.Marshal(part)
		if err != nil {
			w.t.Fatal(err)
		}
		text += base64.RawURLEncoding.EncodeToString(raw) + "."
	}
	return []byte(text + base64.RawURLEncoding.EncodeToString(w.raw(alg, []byte(text[:len(text)-1]))))
}

// raw is the signature of JWA (RFC 7518 §3) of an algorithm.
func (w *world) raw(alg string, data []byte) []byte {
	w.t.Helper()
	hash := map[string]crypto.Hash{"RS256": crypto.SHA256, "PS256": crypto.SHA256, "ES256": crypto.SHA256, "ES384": crypto.SHA384}[alg]
	digest := data
	var opts crypto.SignerOpts = hash
	if hash != 0 {
		h := hash.New()
		h.Write(data)
		digest = h.Sum(nil)
	}
	if alg == "PS256" {
		opts = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: hash}
	}
	if key, ok := w.key.(*ecdsa.PrivateKey); ok {
		r, s, err := ecdsa.Sign(rand.Reader, key, digest)
		if err != nil {
			w.t.Fatal(err)
		}
		width := (key.Curve.Params().BitSize + 7) / 8
		return append(fill(r, width), fill(s, width)...)
	}
	signature, err := w.key.Sign(rand.Reader, digest, opts)
	if err != nil {
		w.t.Fatal(err)
	}
	return signature
}

func fill(n *big.Int, width int) []byte { return n.FillBytes(make([]byte, width)) }

func openBadgesJWT(alg string) func(*world, func(map[string]any)) []byte {
	return func(w *world, change func(map[string]any)) []byte {
		payload := tree(w.t, change)
		payload["iss"], payload["jti"] = object(payload, "issuer")["id"], payload["id"]
		payload["nbf"], payload["exp"] = 1767225600, 1798761600
		return w.compact(alg, map[string]any{"typ": "JWT"}, payload)
	}
}

func wrappedJWT(alg string) func(*world, func(map[string]any)) []byte {
	return func(w *world, change func(map[string]any)) []byte {
		b := tree(w.t, as11("")(change))
		return w.compact(alg, map[string]any{"typ": "JWT"}, map[string]any{
			"iss": object(b, "issuer")["id"], "jti": b["id"], "nbf": 1767225600, "exp": 1798761600, "vc": b,
		})
	}
}

func joseJWT(alg string) func(*world, func(map[string]any)) []byte {
	return func(w *world, change func(map[string]any)) []byte {
		text, err := proof.SignJOSE(jsonld.Pinned(), w.prepare(change), proof.Signer{Method: w.method, Key: w.key}, alg)
		if err != nil {
			w.t.Fatal(err)
		}
		return []byte(text)
	}
}

func sdJWT(w *world, change func(map[string]any)) []byte {
	text, err := proof.SignSDJWT(jsonld.Pinned(), w.prepare(change), proof.Signer{Method: w.method, Key: w.key},
		proof.Disclosing{Pointers: []string{"/awardedDate"}, Random: rand.Reader})
	if err != nil {
		w.t.Fatal(err)
	}
	return []byte(text)
}

// sdJWTVC writes what the sample says as claims; its status is a token list.
func sdJWTVC(alg string) func(*world, func(map[string]any)) []byte {
	return func(w *world, change func(map[string]any)) []byte {
		b := tree(w.t, change)
		payload := map[string]any{"vct": "https://college.example/types/badge", "iss": object(b, "issuer")["id"], "nbf": 1767225600, "exp": 1798761600, "name": "Ada Sample"}
		if b["credentialStatus"] != nil {
			payload["status"] = map[string]any{"status_list": map[string]any{"idx": 94567, "uri": listURL}}
		}
		return append(w.compact(alg, map[string]any{"typ": "dc+sd-jwt"}, payload), '~')
	}
}

// A home is a way in which an issuer has its keys.
type home struct {
	name string
	// move makes it the issuer's; false: there is none for the key or the form.
	move func(w *world, f form) (issuer string, ok bool)
}

var homes = []home{
	{"did:web", func(w *world, _ form) (string, bool) { return issuerDID, true }},
	{"did:key", func(w *world, _ form) (string, bool) {
		id, method, err := did.DIDKey(w.key.Public())
		w.method = method
		return id, err == nil
	}},
	{"did:jwk", func(w *world, _ form) (string, bool) {
		jwk, err := keys.JWK(w.key.Public())
		jwk = unnamed(jwk)
		id := "did:jwk:" + base64.RawURLEncoding.EncodeToString(jwk)
		w.method = id + "#0"
		return id, err == nil
	}},
	{"https document", func(w *world, f form) (string, bool) {
		const id = "https://college.example/issuer"
		raw, err := did.NewDocument(id, w.published)
		w.documents[id], w.method = raw, id+"#"+w.published[0].Fragment
		return id, err == nil && !strings.HasPrefix(f.name, "SD-JWT VC")
	}},
	{"https JWK set", func(w *world, f form) (string, bool) {
		const id = "https://college.example/issuer"
		set, err := keys.JWKSet(w.key.Public())
		thumbprint := w.published[0].Fragment
		w.documents["https://college.example/jwks.json"] = set
		w.method = "https://college.example/jwks.json#" + thumbprint
		if strings.HasPrefix(f.name, "SD-JWT VC") {
			metadata := fmt.Sprintf(`{"issuer":%q,"jwks":%s}`, id, set)
			w.documents["https://college.example/.well-known/jwt-vc-issuer/issuer"], w.method = []byte(metadata), thumbprint
		}
		return id, err == nil && !strings.HasPrefix(f.name, "JSON")
	}},
}

// A list is a kind of status list: publish makes one, with the sample's bit set or not.
type list struct {
	name    string
	only    string // the beginning of the names of the forms that can point to it; empty: all but SD-JWT VC
	entry   func(b map[string]any)
	publish func(w *world, issuer string, set bool)
}

var lists = []list{
	{"none", "", func(b map[string]any) { delete(b, "credentialStatus") }, func(*world, string, bool) {}},
	{"Bitstring, embedded proof or JWT as the badge", "", nil, func(w *world, issuer string, set bool) {
		w.documents[listURL] = w.secure(bitstring(w, issuer, set))
	}},
	{"Bitstring as `vc+jwt`", "", nil, func(w *world, issuer string, set bool) {
		text, err := proof.SignJOSE(jsonld.Pinned(), bitstring(w, issuer, set), proof.Signer{Method: w.method, Key: w.key}, "")
		if err != nil {
			w.t.Fatal(err)
		}
		w.documents[listURL] = []byte(text)
	}},
	{"StatusList2021", "", func(b map[string]any) {
		b["@context"] = append(b["@context"].([]any), "https://w3id.org/vc/status-list/2021/v1")
		object(b, "credentialStatus")["type"] = "StatusList2021Entry"
	}, publish2021},
	{"1EdTechRevocationList", "", func(b map[string]any) {
		b["@context"] = append(b["@context"].([]any), "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json")
		b["credentialStatus"] = map[string]any{"id": listURL, "type": "1EdTechRevocationList"}
	}, func(w *world, issuer string, set bool) {
		id := "urn:uuid:8f0b7f8e-7b0e-4ad5-9f0c-6e1c2a9d1b11"
		if !set {
			id = "urn:uuid:00000000-0000-4000-8000-000000000000"
		}
		w.documents[listURL] = fmt.Appendf(nil, `{"id":%q,"issuer":%q,"revokedCredential":[{"id":%q,"revoked":true}]}`, listURL, issuer, id)
	}},
	{"Token Status List", "SD-JWT VC", nil, func(w *world, issuer string, set bool) {
		var packed bytes.Buffer
		z := zlib.NewWriter(&packed)
		if _, err := z.Write(bitsOf(94567%8, 94567/8, set, false)); err != nil {
			w.t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			w.t.Fatal(err)
		}
		alg := map[bool]string{true: "RS256", false: "EdDSA"}[isRSA(w.key)]
		if key, ok := w.key.(*ecdsa.PrivateKey); ok {
			alg = map[int]string{256: "ES256", 384: "ES384"}[key.Curve.Params().BitSize]
		}
		w.documents[listURL] = w.compact(alg, map[string]any{"typ": "statuslist+jwt"}, map[string]any{
			"sub": listURL, "iat": now.Unix() - 60, "status_list": map[string]any{"bits": 1, "lst": base64.RawURLEncoding.EncodeToString(packed.Bytes())},
		})
	}},
}

// unnamed takes the algorithm out of keys that are published for RS256, so that they may be
// used with PS256 as well.
func unnamed(raw []byte) []byte { return named.ReplaceAll(raw, nil) }

var named = regexp.MustCompile(`"alg":\s*"RS256",`)

func isRSA(key crypto.Signer) bool { _, ok := key.(*rsa.PrivateKey); return ok }

// bitsOf is a list of the least length with one bit set or none.
func bitsOf(bit, at int, set, mostSignificantFirst bool) []byte {
	bits := make([]byte, status.MinEntries/8)
	if set && mostSignificantFirst {
		bits[at] = 0x80 >> bit
	} else if set {
		bits[at] = 1 << bit
	}
	return bits
}

func bitstring(w *world, issuer string, set bool) vc.Prepared {
	bits := status.New(status.MinEntries)
	if err := bits.Set(94567, set); err != nil {
		w.t.Fatal(err)
	}
	p, err := status.PrepareList(listURL, issuer, "revocation", bits, now.Add(-1))
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

func publish2021(w *world, issuer string, set bool) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(bitsOf(94567%8, 94567/8, set, true)); err != nil {
		w.t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		w.t.Fatal(err)
	}
	p, err := vc.Prepare(map[string]any{
		"@context": []any{"https://www.w3.org/2018/credentials/v1", "https://w3id.org/vc/status-list/2021/v1", "https://w3id.org/security/data-integrity/v2"},
		"id":       listURL, "type": []any{"VerifiableCredential", "StatusList2021Credential"}, "issuer": issuer, "issuanceDate": "2026-01-01T00:00:00Z",
		"credentialSubject": map[string]any{"id": listURL + "#list", "type": "StatusList2021", "statusPurpose": "revocation", "encodedList": base64.RawURLEncoding.EncodeToString(packed.Bytes())},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	if _, ok := proof.SuiteOf(w.key.Public()); ok {
		w.documents[listURL] = w.secure(p)
		return
	}
	w.documents[listURL] = w.compact("RS256", map[string]any{"typ": "JWT"}, map[string]any{"iss": issuer, "jti": listURL, "nbf": 1767225600, "vc": p.Value().Object()})
}

// TestMatrix verifies a badge in every form, with the keys in every place, and with every
// kind of status list, clear and revoked; docs/verifier.md shows what it found.
func TestMatrix(t *testing.T) {
	var table strings.Builder
	cells := 0
	row := func(cellsOf ...string) { table.WriteString("| " + strings.Join(cellsOf, " | ") + " |\n") }
	head := []string{"form", "proof", "key"}
	for _, h := range homes {
		head = append(head, h.name)
	}
	row(head...)
	row(slices.Repeat([]string{"---"}, len(head))...)
	for _, f := range rows() {
		line := []string{f.name, f.proof, f.key}
		for _, h := range homes {
			line = append(line, cell(t, f, h, lists[0], &cells))
		}
		row(line...)
	}
	table.WriteString("\n")
	head = []string{"form", "proof", "key"}
	for _, l := range lists[1:] {
		head = append(head, l.name)
	}
	row(head...)
	row(slices.Repeat([]string{"---"}, len(head))...)
	for _, f := range rows() {
		line := []string{f.name, f.proof, f.key}
		for _, l := range lists[1:] {
			line = append(line, cell(t, f, homes[0], l, &cells))
		}
		row(line...)
	}
	fmt.Fprintf(&table, "\n%d cells, each a test of `TestMatrix`.\n", cells)
	compareMatrix(t, table.String())
}

// cell judges one cell: valid, and with a list also revoked.
func cell(t *testing.T, f form, h home, l list, cells *int) string {
	if isVC := strings.HasPrefix(f.name, "SD-JWT VC"); l.name != "none" && isVC != (l.only != "") {
		return "–"
	}
	applies := true
	t.Run(strings.Join([]string{f.name, f.proof, f.key, h.name, l.name}, "/"), func(t *testing.T) {
		for _, set := range []bool{false, true} {
			w := newWorld(t, signingKeys[f.key](t))
			issuer, ok := h.move(w, f)
			if !ok {
				applies = false
				return
			}
			for address, document := range w.documents {
				w.documents[address] = unnamed(document)
			}
			l.publish(w, issuer, set)
			badge := f.sign(w, func(b map[string]any) {
				object(b, "issuer")["id"] = issuer
				if l.entry != nil {
					l.entry(b)
				}
			})
			want, code := Valid, ""
			if set && l.name != "none" {
				want, code = Invalid, "status-revoked"
			}
			expect(t, w.verify(badge), want, code)
			*cells++
		}
	})
	if !applies {
		return "–"
	}
	return "yes"
}

const (
	matrixBegin = "<!-- matrix -->\n"
	matrixEnd   = "<!-- end of the matrix -->\n"
)

// compareMatrix holds the document to the table, or writes it with -update.
func compareMatrix(t *testing.T, table string) {
	t.Helper()
	path := filepath.Join(needs.Root(t), "docs", "verifier.md")
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(raw), matrixBegin)
	_, after, ends := strings.Cut(rest, matrixEnd)
	if !ok || !ends {
		t.Fatal("docs/verifier.md has no place for the matrix")
	}
	want := before + matrixBegin + "\n" + table + "\n" + matrixEnd + after
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	} else if want != string(raw) {
		t.Error("docs/verifier.md does not show what was found; run go test ./verifier -run TestMatrix -update")
	}
}
