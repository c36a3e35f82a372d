package verifier

import (
	"bytes"
	"context"
	"crypto"
	"crypto/elliptic"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"strings"
	"testing"
	"time"

	"laurel/internal/bake"
	"laurel/internal/did"
	"laurel/internal/jsonld"
	"laurel/internal/proof"
	"laurel/internal/status"
	"laurel/keys"
	"laurel/registry"
)

func TestValidInEveryForm(t *testing.T) {
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewNRGBA(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	svg, err := bake.WrapPNG(picture.Bytes(), "Badge")
	if err != nil {
		t.Fatal(err)
	}
	for name, key := range map[string]crypto.Signer{
		"Ed25519": ed25519Key(t), "P-256": ecKey(t, elliptic.P256()), "P-384": ecKey(t, elliptic.P384()), "RSA": rsaKey(t),
	} {
		w := newWorld(t, key)
		forms := map[string][]byte{"jwt": w.token(w.prepare(nil))}
		if _, ok := proof.SuiteOf(key.Public()); ok {
			forms["json"] = w.badge(nil)
		}
		for form, credential := range forms {
			bakedPNG, errPNG := bake.BakePNG(picture.Bytes(), credential)
			bakedSVG, errSVG := bake.BakeSVG(svg, credential, form == "jwt")
			if errPNG != nil || errSVG != nil {
				t.Fatal(errPNG, errSVG)
			}
			for container, file := range map[string][]byte{"": credential, " in PNG": bakedPNG, " in SVG": bakedSVG} {
				t.Run(name+" "+form+container, func(t *testing.T) {
					r := w.verify(file)
					expect(t, r, Valid, "")
					if c := r.Credential; c == nil || c.Achievement.Name != "Food Hygiene" || c.Issuer.ID != issuerDID ||
						c.Recipient.Identity != "emailAddress (hashed)" || c.Format != form || len(c.Proofs) != 1 {
						t.Errorf("credential %+v", c)
					}
				})
			}
		}
	}
}

// TestChangedBeforeSigning has the issuer itself sign something that does not hold.
func TestChangedBeforeSigning(t *testing.T) {
	w := newWorld(t, ed25519Key(t))
	for name, c := range map[string]struct {
		change  func(map[string]any)
		verdict Verdict
		code    string
	}{
		"expired":        {func(b map[string]any) { b["validUntil"] = "2026-05-31T00:00:00Z" }, Invalid, "validity-expired"},
		"not yet valid":  {func(b map[string]any) { b["validFrom"] = "2026-06-02T00:00:00Z" }, Invalid, "validity-not-yet"},
		"zone counts":    {func(b map[string]any) { b["validFrom"] = "2026-06-01T11:00:00-02:00" }, Invalid, "validity-not-yet"},
		"no status":      {func(b map[string]any) { delete(b, "credentialStatus") }, Valid, "status-none"},
		"unknown status": {func(b map[string]any) { object(b, "credentialStatus")["type"] = "StatusList2021Entry" }, Invalid, "context-loss"},
		"list elsewhere": {func(b map[string]any) {
			object(b, "credentialStatus")["statusListCredential"] = "https://other.example/1"
		}, Indeterminate, "status-unavailable"},
		"index too high":    {func(b map[string]any) { object(b, "credentialStatus")["statusListIndex"] = "131072" }, Invalid, "status-list-invalid"},
		"purpose of others": {func(b map[string]any) { object(b, "credentialStatus")["statusPurpose"] = "suspension" }, Invalid, "status-list-invalid"},
		"two entries": {func(b map[string]any) {
			b["credentialStatus"] = []any{b["credentialStatus"], b["credentialStatus"]}
		}, Valid, "status-ok"},
		"no criteria": {func(b map[string]any) {
			object(object(b, "credentialSubject"), "achievement")["criteria"] = map[string]any{}
		}, Invalid, "schema-invalid"},
		"nobody":            {func(b map[string]any) { delete(object(b, "credentialSubject"), "identifier") }, Invalid, "schema-invalid"},
		"not a badge":       {func(b map[string]any) { b["type"] = []any{"VerifiableCredential"} }, Valid, "schema-not-a-badge"},
		"of another issuer": {func(b map[string]any) { object(b, "issuer")["id"] = "did:web:university.example" }, Invalid, "issuer-mismatch"},
		"refreshable": {func(b map[string]any) {
			b["@context"] = append(b["@context"].([]any), "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json")
			b["refreshService"] = map[string]any{"id": "https://college.example/r", "type": "1EdTechCredentialRefresh"}
		}, Valid, "refresh-unavailable"},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "unknown status" { // a term that the contexts lack cannot even be signed
				if _, err := proof.Sign(context.Background(), jsonld.Pinned(), w.prepare(c.change), proof.Signer{Method: w.method, Key: w.key}, now); err == nil {
					t.Error("signed with an undefined type")
				}
				return
			}
			expect(t, w.verify(w.badge(c.change)), c.verdict, c.code)
		})
	}
}

// TestChangedAfterSigning has somebody change a badge that was good.
func TestChangedAfterSigning(t *testing.T) {
	w := newWorld(t, ed25519Key(t))
	signed := w.badge(nil)
	first := func(b map[string]any) map[string]any { return b["proof"].([]any)[0].(map[string]any) }
	for name, c := range map[string]struct {
		change  func(map[string]any)
		verdict Verdict
		code    string
	}{
		"longer validity":   {func(b map[string]any) { b["validUntil"] = "2099-01-01T00:00:00Z" }, Invalid, "proof-invalid"},
		"no end":            {func(b map[string]any) { delete(b, "validUntil") }, Invalid, "proof-invalid"},
		"no status":         {func(b map[string]any) { delete(b, "credentialStatus") }, Invalid, "proof-invalid"},
		"another name":      {func(b map[string]any) { b["name"] = "Surgery" }, Invalid, "proof-invalid"},
		"undefined term":    {func(b map[string]any) { b["grade"] = "A" }, Invalid, "context-loss"},
		"undefined deep":    {func(b map[string]any) { object(b, "issuer")["grade"] = "A" }, Invalid, "context-loss"},
		"undefined type":    {func(b map[string]any) { b["type"] = append(b["type"].([]any), "Doctorate") }, Invalid, "context-loss"},
		"null":              {func(b map[string]any) { b["awardedDate"] = nil }, Invalid, "context-loss"},
		"@graph":            {func(b map[string]any) { b["@graph"] = []any{} }, Invalid, "context-loss"},
		"@included":         {func(b map[string]any) { b["@included"] = map[string]any{"id": "urn:x"} }, Invalid, "context-loss"},
		"@nest":             {func(b map[string]any) { b["@nest"] = map[string]any{"name": "x"} }, Invalid, "context-loss"},
		"address as a name": {func(b map[string]any) { b["https://schema.org/name"] = "Surgery" }, Invalid, "context-loss"},
		"hidden by address": {func(b map[string]any) { b["https://www.w3.org/2018/credentials#validUntil"] = "2020-01-01T00:00:00Z" }, Invalid, "context-loss"},
		"relative address": {func(b map[string]any) {
			object(object(b, "credentialSubject"), "achievement")["image"] = map[string]any{"id": "a.png", "type": "Image"}
		}, Invalid, "context-loss"},
		"inline context": {func(b map[string]any) {
			b["@context"] = append(b["@context"].([]any), map[string]any{"grade": "https://x.example/g"})
		}, Valid, "context-inline"},
		"inline alias": {func(b map[string]any) {
			b["@context"] = append(b["@context"].([]any), map[string]any{"end": "https://www.w3.org/2018/credentials#validUntil"})
			b["end"] = b["validUntil"]
			delete(b, "validUntil")
		}, Indeterminate, "context-unsupported"},
		"unknown context":   {func(b map[string]any) { b["@context"] = append(b["@context"].([]any), "https://x.example/c") }, Indeterminate, "context-unknown"},
		"contexts reversed": {func(b map[string]any) { c := b["@context"].([]any); b["@context"] = []any{c[1], c[0]} }, Invalid, "syntax-malformed"},
		"two data models": {func(b map[string]any) {
			b["@context"] = append(b["@context"].([]any), "https://www.w3.org/2018/credentials/v1")
		}, Invalid, "syntax-malformed"},
		"clashing contexts": {func(b map[string]any) {
			b["@context"] = append(b["@context"].([]any), "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.1.json")
		}, Invalid, "context-invalid"},
		"no proof":            {func(b map[string]any) { delete(b, "proof") }, Invalid, "proof-missing"},
		"proof null":          {func(b map[string]any) { b["proof"] = nil }, Invalid, "proof-missing"},
		"no proofs":           {func(b map[string]any) { b["proof"] = []any{} }, Invalid, "proof-missing"},
		"empty proof":         {func(b map[string]any) { b["proof"] = map[string]any{} }, Invalid, "proof-invalid"},
		"proof not an object": {func(b map[string]any) { b["proof"] = []any{"x"} }, Invalid, "proof-invalid"},
		"purpose":             {func(b map[string]any) { first(b)["proofPurpose"] = "authentication" }, Invalid, "proof-invalid"},
		"no purpose":          {func(b map[string]any) { delete(first(b), "proofPurpose") }, Invalid, "proof-invalid"},
		"created":             {func(b map[string]any) { first(b)["created"] = "2020-01-01T00:00:00Z" }, Invalid, "proof-invalid"},
		"created a number":    {func(b map[string]any) { first(b)["created"] = 5 }, Invalid, "proof-invalid"},
		"expired proof":       {func(b map[string]any) { first(b)["expires"] = "2026-05-01T00:00:00Z" }, Invalid, "proof-invalid"},
		"term in the proof":   {func(b map[string]any) { first(b)["grade"] = "A" }, Invalid, "proof-invalid"},
		"suite":               {func(b map[string]any) { first(b)["cryptosuite"] = "ecdsa-rdfc-2019" }, Invalid, "proof-invalid"},
		"unknown suite":       {func(b map[string]any) { first(b)["cryptosuite"] = "eddsa-rdfc-2099" }, Indeterminate, "proof-undecided"},
		"unknown type":        {func(b map[string]any) { first(b)["type"] = "RsaSignature2018" }, Indeterminate, "proof-undecided"},
		"chain to nothing":    {func(b map[string]any) { first(b)["previousProof"] = "urn:uuid:1" }, Invalid, "proof-invalid"},
		"padded value":        {func(b map[string]any) { first(b)["proofValue"] = first(b)["proofValue"].(string) + "1" }, Invalid, "proof-invalid"},
		"other base":          {func(b map[string]any) { first(b)["proofValue"] = "u" + first(b)["proofValue"].(string)[1:] }, Invalid, "proof-invalid"},
		"short value":         {func(b map[string]any) { first(b)["proofValue"] = "z11" }, Invalid, "proof-invalid"},
		"unknown key":         {func(b map[string]any) { first(b)["verificationMethod"] = issuerDID + "#other" }, Invalid, "proof-key-unpublished"},
		"unreachable key":     {func(b map[string]any) { first(b)["verificationMethod"] = "did:web:away.example#k" }, Indeterminate, "proof-undecided"},
		"unknown DID method":  {func(b map[string]any) { first(b)["verificationMethod"] = "did:other:x#k" }, Indeterminate, "proof-undecided"},
		"a good proof more":   {func(b map[string]any) { p := b["proof"].([]any); b["proof"] = append(p, clone(first(b))) }, Valid, "proof-ok"},
		"a bad proof more": {func(b map[string]any) {
			bad := clone(first(b))
			bad["created"] = "2020-01-01T00:00:00Z"
			b["proof"] = append(b["proof"].([]any), bad)
		}, Valid, "proof-partial"},
	} {
		t.Run(name, func(t *testing.T) { expect(t, w.verify(w.edit(signed, c.change)), c.verdict, c.code) })
	}
}

// TestBytes changes what a parser sees.
func TestBytes(t *testing.T) {
	w := newWorld(t, ed25519Key(t))
	signed := string(w.badge(nil))
	for name, c := range map[string]struct {
		input   string
		verdict Verdict
		code    string
	}{
		"empty":             {"", Invalid, "input-nothing"},
		"blank":             {" \n", Invalid, "input-nothing"},
		"no scheme":         {"badges.college.example/badges/x", Indeterminate, "input-bare-link"},
		"no links":          {"name,email\nAda,a@example.com\n", Indeterminate, "input-table-without-links"},
		"marked":            {"\ufeff" + string(w.badge(nil)), Valid, "input-irregular"},
		"text":              {"hello", Invalid, "input-unrecognized"},
		"duplicate member":  {strings.Replace(signed, `"name":`, `"name":"Surgery","name":`, 1), Invalid, "syntax-json"},
		"escaped duplicate": {strings.Replace(signed, `"name":`, `"n\u0061me":"Surgery","name":`, 1), Invalid, "syntax-json"},
		"other case":        {strings.Replace(signed, `"name":`, `"NAME":"Surgery","name":`, 1), Invalid, "context-loss"},
		"trailing data":     {signed + "{}", Invalid, "syntax-json"},
		"not UTF-8":         {strings.Replace(signed, "Sample", "Sam\xffple", 1), Invalid, "syntax-json"},
		"lone surrogate":    {strings.Replace(signed, "Sample", `Sam\ud800ple`, 1), Invalid, "syntax-json"},
		"too deep":          {strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat("}", 100), Indeterminate, "syntax-too-large"},
		"too long":          {`{"a":"` + strings.Repeat("x", 1<<20) + `"}`, Indeterminate, "syntax-too-large"},
		"too large":         {strings.Repeat(" ", DefaultLimits.Input+1), Indeterminate, "input-too-large"},
		"white space":       {"\n " + signed + "\r\n", Valid, "proof-ok"},
		"presentation":      {`{"@context":["https://www.w3.org/ns/credentials/v2"],"type":"VerifiablePresentation"}`, Indeterminate, "credentials-nothing"},
		"type a number":     {strings.Replace(signed, `"type":["VerifiableCredential","OpenBadgeCredential"]`, `"type":5`, 1), Invalid, "syntax-malformed"},
		"Open Badges 2":     {`{"@context":"https://w3id.org/openbadges/v2","type":"Assertion"}`, Invalid, "schema-open-badges-2-malformed"},
	} {
		t.Run(name, func(t *testing.T) { expect(t, w.verify([]byte(c.input)), c.verdict, c.code) })
	}
}

// TestEveryByteCounts flips each byte of a signed badge: no change is ever valid, but for
// white space, of which the sample has none.
func TestEveryByteCounts(t *testing.T) {
	w := newWorld(t, ed25519Key(t))
	v := w.verifier()
	signed := w.badge(nil)
	step := 7
	if testing.Short() {
		step = 101
	}
	for i := 0; i < len(signed); i += step {
		for _, bit := range []byte{1, 0x20} {
			changed := bytes.Clone(signed)
			changed[i] ^= bit
			if r := v.Verify(context.Background(), Request{Input: changed}); r.Verdict == Valid {
				t.Errorf("byte %d ^ %#x is valid: …%s…", i, bit, changed[max(0, i-20):min(len(changed), i+20)])
			}
		}
	}
}

func TestStatusList(t *testing.T) {
	set := func(b *status.Bitstring) {
		if err := b.Set(94567, true); err != nil {
			t.Fatal(err)
		}
	}
	suspend := func(b map[string]any) { object(b, "credentialStatus")["statusPurpose"] = "suspension" }
	stranger := newWorld(t, ed25519Key(t))
	for name, c := range map[string]struct {
		purpose string
		change  func(*world)
		badge   func(map[string]any)
		verdict Verdict
		code    string
	}{
		"revoked":       {"revocation", func(w *world) { w.publishList("revocation", set) }, nil, Invalid, "status-revoked"},
		"suspended":     {"suspension", func(w *world) { w.publishList("suspension", set) }, suspend, Invalid, "status-suspended"},
		"not suspended": {"suspension", func(w *world) { w.publishList("suspension", nil) }, suspend, Valid, "status-ok"},
		"unreachable":   {"", func(w *world) { delete(w.documents, listURL) }, nil, Indeterminate, "status-unavailable"},
		"unsigned": {"", func(w *world) {
			w.documents[listURL] = w.edit(w.documents[listURL], func(l map[string]any) { delete(l, "proof") })
		}, nil, Invalid, "status-list-invalid"},
		"tampered": {"", func(w *world) {
			w.documents[listURL] = w.edit(w.documents[listURL], func(l map[string]any) { l["validFrom"] = "2020-01-01T00:00:00Z" })
		}, nil, Invalid, "status-list-invalid"},
		"of a stranger": {"", func(w *world) { w.documents[listURL] = stranger.documents[listURL] }, nil, Invalid, "status-list-invalid"},
		"a badge": {"", func(w *world) {
			w.documents[listURL] = w.badge(func(b map[string]any) { delete(b, "credentialStatus") })
		}, nil, Invalid, "status-list-invalid"},
		"another list": {"", func(w *world) {
			bits := status.New(status.MinEntries)
			p, err := status.PrepareList("https://college.example/status/2", issuerDID, "revocation", bits, now.Add(-time.Hour))
			if err != nil {
				t.Fatal(err)
			}
			w.documents[listURL] = w.secure(p)
		}, nil, Invalid, "status-list-invalid"},
		"from the future": {"", func(w *world) {
			p, err := status.PrepareList(listURL, issuerDID, "revocation", status.New(status.MinEntries), now.Add(time.Hour))
			if err != nil {
				t.Fatal(err)
			}
			w.documents[listURL] = w.secure(p)
		}, nil, Invalid, "status-list-invalid"},
		"a page": {"", func(w *world) { w.documents[listURL] = []byte("<html>") }, nil, Invalid, "status-list-invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, ed25519Key(t))
			badge := w.badge(c.badge)
			c.change(w)
			expect(t, w.verify(badge), c.verdict, c.code)
		})
	}
}

func TestKeys(t *testing.T) {
	past, future := now.Add(-time.Minute), now.Add(time.Minute)
	for name, c := range map[string]struct {
		change  func(*world)
		verdict Verdict
		code    string
	}{
		"revoked":           {func(w *world) { w.published[0].Revoked = &past }, Invalid, "proof-key-withdrawn"},
		"revoked tomorrow":  {func(w *world) { w.published[0].Revoked = &future }, Invalid, "proof-key-withdrawn"},
		"gone":              {func(w *world) { w.published[0].Fragment = "newer" }, Invalid, "proof-key-unpublished"},
		"another key":       {func(w *world) { w.published[0].Public = ed25519Key(t).Public() }, Invalid, "proof-invalid"},
		"key of other kind": {func(w *world) { w.published[0].Public = ecKey(t, elliptic.P256()).Public() }, Invalid, "proof-invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, ed25519Key(t))
			badge := w.badge(nil)
			c.change(w)
			w.publish()
			expect(t, w.verify(badge), c.verdict, c.code)
		})
	}
	t.Run("JWK set", func(t *testing.T) {
		const set = "https://college.example/jwks.json"
		w := newWorld(t, ed25519Key(t))
		w.method = set + "#" + w.published[0].Fragment
		token := openBadgesJWT("EdDSA")(w, func(b map[string]any) {
			object(b, "issuer")["id"] = "https://college.example/issuer"
			delete(b, "credentialStatus")
		})
		for _, c := range []struct {
			published crypto.Signer
			verdict   Verdict
			code      string
		}{{w.key, Valid, "issuer-ok"}, {ed25519Key(t), Invalid, "proof-key-unpublished"}} {
			raw, err := keys.JWKSet(c.published.Public())
			if err != nil {
				t.Fatal(err)
			}
			w.documents[set] = raw
			expect(t, w.verify(token), c.verdict, c.code)
		}
	})
	t.Run("document of another", func(t *testing.T) {
		w := newWorld(t, ed25519Key(t))
		badge := w.badge(nil)
		raw, err := did.NewDocument("did:web:other.example", w.published)
		if err != nil {
			t.Fatal(err)
		}
		w.documents[didURL] = raw
		expect(t, w.verify(badge), Invalid, "proof-invalid")
	})
	t.Run("did:key", func(t *testing.T) {
		key := ed25519Key(t)
		id, method, err := did.DIDKey(key.Public())
		if err != nil {
			t.Fatal(err)
		}
		w := newWorld(t, key)
		w.method = method
		own := func(b map[string]any) { object(b, "issuer")["id"] = id; delete(b, "credentialStatus") }
		expect(t, w.verify(w.badge(own)), Valid, "issuer-ok")
		expect(t, w.verify(w.badge(nil)), Invalid, "issuer-mismatch")
	})
}

// TestToken changes what is particular to tokens, each signed with the right key.
func TestToken(t *testing.T) {
	w := newWorld(t, ed25519Key(t))
	good := string(w.token(w.prepare(nil)))
	parts := strings.Split(good, ".")
	jwk, err := keys.JWK(w.key.Public())
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		header, payload func(map[string]any)
		verdict         Verdict
		code            string
	}{
		"unchanged":      {nil, nil, Valid, "proof-ok"},
		"iss":            {nil, func(p map[string]any) { p["iss"] = "did:web:other.example" }, Invalid, "proof-invalid"},
		"no iss":         {nil, func(p map[string]any) { delete(p, "iss") }, Invalid, "proof-invalid"},
		"jti":            {nil, func(p map[string]any) { p["jti"] = "urn:uuid:1" }, Invalid, "proof-invalid"},
		"sub":            {nil, func(p map[string]any) { p["sub"] = "did:example:x" }, Invalid, "proof-invalid"},
		"sub an object":  {nil, func(p map[string]any) { p["sub"] = map[string]any{} }, Invalid, "proof-invalid"},
		"nbf":            {nil, func(p map[string]any) { p["nbf"] = json.Number("1") }, Invalid, "proof-invalid"},
		"no exp":         {nil, func(p map[string]any) { delete(p, "exp") }, Invalid, "proof-invalid"},
		"exp":            {nil, func(p map[string]any) { p["exp"] = json.Number("4102444800") }, Invalid, "proof-invalid"},
		"iat in future":  {nil, func(p map[string]any) { p["iat"] = json.Number(fmt.Sprint(now.Add(time.Hour).Unix())) }, Invalid, "proof-invalid"},
		"vc as well":     {nil, func(p map[string]any) { p["vc"] = map[string]any{"type": "x"} }, Invalid, "syntax-token"},
		"vc only":        {nil, nestVC, Invalid, "proof-invalid"},
		"undefined term": {nil, func(p map[string]any) { p["grade"] = "A" }, Invalid, "context-loss"},
		"none":           {func(h map[string]any) { h["alg"] = "none" }, nil, Invalid, "syntax-token"},
		"HS256":          {func(h map[string]any) { h["alg"] = "HS256" }, nil, Invalid, "syntax-token"},
		"eddsa":          {func(h map[string]any) { h["alg"] = "eddsa" }, nil, Invalid, "syntax-token"},
		"ES256":          {func(h map[string]any) { h["alg"] = "ES256" }, nil, Invalid, "proof-invalid"},
		"crit":           {func(h map[string]any) { h["crit"] = []any{"x"} }, nil, Invalid, "syntax-token"},
		"b64":            {func(h map[string]any) { h["b64"] = false }, nil, Invalid, "syntax-token"},
		"zip":            {func(h map[string]any) { h["zip"] = "DEF" }, nil, Invalid, "syntax-token"},
		"access token":   {func(h map[string]any) { h["typ"] = "at+jwt" }, nil, Invalid, "syntax-token"},
		"vc+jwt":         {func(h map[string]any) { h["typ"] = "vc+jwt" }, nil, Valid, "proof-ok"},
		"no key":         {func(h map[string]any) { delete(h, "kid") }, nil, Invalid, "proof-invalid"},
		"key in header":  {func(h map[string]any) { delete(h, "kid"); h["jwk"] = json.RawMessage(jwk) }, nil, Indeterminate, "issuer-unattributed"},
		"kid elsewhere":  {func(h map[string]any) { h["kid"] = "https://evil.example/key" }, nil, Invalid, "proof-invalid"},
		"kid by http":    {func(h map[string]any) { h["kid"] = "http://college.example/key" }, nil, Invalid, "proof-invalid"},
		"kid of a stranger": {func(h map[string]any) {
			h["kid"] = "did:key:z6MkjZRZv3aez3r18pB1RBFJR1kwUVJ5jHt92JmQwXbd5hwi#z6MkjZRZv3aez3r18pB1RBFJR1kwUVJ5jHt92JmQwXbd5hwi"
		}, nil, Invalid, "proof-invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			header, payload := part(t, parts[0], c.header), part(t, parts[1], c.payload)
			signature, err := w.key.Sign(nil, []byte(header+"."+payload), crypto.Hash(0))
			if err != nil {
				t.Fatal(err)
			}
			token := header + "." + payload + "." + base64.RawURLEncoding.EncodeToString(signature)
			expect(t, w.verify([]byte(token)), c.verdict, c.code)
		})
	}
	t.Run("other signature", func(t *testing.T) {
		expect(t, w.verify([]byte(parts[0]+"."+parts[1]+"."+base64.RawURLEncoding.EncodeToString(make([]byte, 64)))), Invalid, "proof-invalid")
	})
	t.Run("padded", func(t *testing.T) { expect(t, w.verify([]byte(good+"==")), Invalid, "input-unrecognized") })
}

// nestVC wraps the credential as version 1.1 of the data model does.
func nestVC(p map[string]any) {
	inner := map[string]any{}
	for _, name := range []string{"@context", "id", "type", "name", "issuer", "validFrom", "validUntil", "awardedDate", "credentialSubject", "credentialStatus"} {
		inner[name] = p[name]
		delete(p, name)
	}
	p["vc"] = inner
}

func part(t *testing.T, text string, change func(map[string]any)) string {
	t.Helper()
	if change == nil {
		return text
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	var object map[string]any
	if err := json.Unmarshal(raw, &object); err != nil {
		t.Fatal(err)
	}
	change(object)
	if raw, err = json.Marshal(object); err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

func TestRecipient(t *testing.T) {
	w := newWorld(t, ed25519Key(t))
	badge := w.badge(nil)
	for given, want := range map[string]struct {
		verdict Verdict
		code    string
	}{
		"a@example.com": {Valid, "recipient-ok"}, "A@EXAMPLE.COM": {Valid, "recipient-ok"},
		"b@example.com": {Invalid, "recipient-mismatch"}, "": {Valid, "recipient-not-asked"},
	} {
		r := w.verifier().Verify(context.Background(), Request{Input: badge, Recipient: given})
		expect(t, r, want.verdict, want.code)
		if raw, err := json.Marshal(r); err != nil || given != "" && bytes.Contains(raw, []byte(given)) {
			t.Errorf("the report repeats what it was given (%v)", err)
		}
	}
}

func TestTrust(t *testing.T) {
	w := newWorld(t, ed25519Key(t))
	badge := w.badge(nil)
	revoked := newWorld(t, ed25519Key(t))
	revoked.publishList("revocation", func(b *status.Bitstring) {
		if err := b.Set(94567, true); err != nil {
			t.Fatal(err)
		}
	})
	v := w.verifier()
	for _, c := range []struct {
		sources func() registry.Sources
		want    string
	}{
		{nil, NotChecked}, {registry.Pinned(issuerDID).Alone, Trusted}, {registry.Pinned("did:web:college.example:x", "Sample College").Alone, Untrusted},
	} {
		v.config.Registries = c.sources
		if r := v.Verify(context.Background(), Request{Input: badge}); r.Trust.Status != c.want || r.Verdict != Valid {
			t.Errorf("trust %+v, verdict %s", r.Trust, r.Verdict)
		}
	}
	v = revoked.verifier()
	v.config.Registries = registry.Pinned(issuerDID).Alone
	if r := v.Verify(context.Background(), Request{Input: revoked.badge(nil)}); r.Verdict != Invalid {
		t.Error("a trusted issuer's revoked badge is", r.Verdict)
	}
}

func TestAt(t *testing.T) {
	w := newWorld(t, ed25519Key(t))
	badge := w.badge(nil)
	r := w.verifier().Verify(context.Background(), Request{Input: badge, At: time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC)})
	expect(t, r, Invalid, "validity-expired")
	if r.VerifiedAt != "2028-01-01T00:00:00Z" {
		t.Error(r.VerifiedAt)
	}
}

// TestAtOfStatus: a list tells nothing about a moment to come, and one that says revoked
// nothing about a moment before.
func TestAtOfStatus(t *testing.T) {
	revoked := newWorld(t, ed25519Key(t))
	revoked.publishList("revocation", func(b *status.Bitstring) {
		if err := b.Set(94567, true); err != nil {
			t.Fatal(err)
		}
	})
	v := revoked.verifier()
	expect(t, v.Verify(context.Background(), Request{Input: revoked.badge(nil), At: v.config.Now().Add(-time.Hour)}), Indeterminate, "status-ended-since")
	w := newWorld(t, ed25519Key(t))
	v = w.verifier()
	r := v.Verify(context.Background(), Request{Input: w.badge(nil), At: v.config.Now().Add(time.Hour)})
	expect(t, r, Valid, "status-until-now")
}

// TestNothingUnprovedIsReported holds the report of a forged badge to silence about what
// the forger wrote.
func TestNothingUnprovedIsReported(t *testing.T) {
	w := newWorld(t, ed25519Key(t))
	forged := w.edit(w.badge(nil), func(b map[string]any) { b["name"] = "Surgery by FORGER" })
	mismatch := w.badge(func(b map[string]any) { object(b, "issuer")["id"] = "did:web:university.example"; b["name"] = "FORGER" })
	for _, input := range [][]byte{forged, mismatch} {
		raw, err := json.Marshal(w.verify(input))
		if err != nil || bytes.Contains(raw, []byte("FORGER")) || bytes.Contains(raw, []byte("Surgery")) {
			t.Errorf("%s (%v)", raw, err)
		}
	}
}

func TestVerdictNeedsChecks(t *testing.T) {
	var r record
	if v := r.verdict(); v != Indeterminate {
		t.Error("no checks give", v)
	}
	for _, missing := range required {
		var r record
		for _, id := range required {
			if id != missing {
				r.set(id + map[string]string{"input": "-json"}[id] + map[bool]string{true: "-ok"}[id != "input"])
			}
		}
		if v := r.verdict(); v != Indeterminate {
			t.Errorf("without %s the verdict is %s", missing, v)
		}
	}
}

// TestOlderEditionVerifies signs under the older bytes of the context that was edited in
// place: good where they define all that the badge says, bad where they do not.
func TestOlderEditionVerifies(t *testing.T) {
	key := ed25519Key(t)
	w := newWorld(t, key)
	sign := func(change func(map[string]any)) ([]byte, error) {
		return proof.Sign(context.Background(), jsonld.OlderEdition(), w.prepare(change), proof.Signer{Method: w.method, Key: key}, now)
	}
	raw, err := sign(nil)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, w.verify(raw), Valid, "") // the two editions state the same here
	endorsed := func(b map[string]any) { b["endorsementJwt"] = []any{"eyJhbGciOiJFZERTQSJ9.e30.AA"} }
	if _, err := sign(endorsed); err == nil {
		t.Error("signed what the older edition does not define")
	}
	expect(t, w.verify(w.edit(raw, endorsed)), Invalid, "proof-invalid")
}
