package proof

import (
	"bytes"
	"context"
	"crypto"
	"crypto/elliptic"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"laurel/internal/strictjson"
	"laurel/internal/vc"
	"laurel/keys"
)

// list writes an array of count items; # stands for the place of each.
func list(count int, item string) string {
	items := make([]string, count)
	for i := range items {
		items[i] = strings.ReplaceAll(item, "#", fmt.Sprint(i))
	}
	return "[" + strings.Join(items, ",") + "]"
}

// hostile are documents with as many proofs as are looked at, each of which asks for as much
// work as it can. Their signatures are wrong, which is not seen before the work is done.
func hostile(t testing.TB, key crypto.Signer) map[string][]byte {
	t.Helper()
	objects, types := `"endorsement":`+list(12_000, `{"name":"#"}`), `"endorsement":`+list(4_000, `{"type":"Profile"}`)
	values, long := `"description":`+list(70_000, `"#"`), `"description":"`+strings.Repeat("x", 1_000_000)+`"`
	const chained = `,"id":"urn:uuid:#","previousProof":["urn:uuid:0","urn:uuid:1","urn:uuid:2"]`
	out := map[string][]byte{}
	for name, c := range map[string]struct{ suite, document, proof string }{
		"a chain over many objects":      {ECDSARDFC2019, objects, chained},
		"a chain over many types":        {ECDSARDFC2019, types, chained},
		"a chain over many values":       {ECDSARDFC2019, values, chained},
		"a chain over a long text":       {ECDSARDFC2019, long, chained},
		"a jcs chain over many objects":  {ECDSAJCS2019, objects, chained},
		"a jcs chain over many values":   {ECDSAJCS2019, values, chained},
		"a jcs chain over a long text":   {ECDSAJCS2019, long, chained},
		"jcs under fewer contexts":       {ECDSAJCS2019, objects, `,"@context":["https://www.w3.org/ns/credentials/v2","https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"]`},
		"proofs with many objects":       {ECDSARDFC2019, `"description":"d"`, `,"x":` + list(1_500, `{"name":"#"}`)},
		"proofs with many alike objects": {ECDSARDFC2019, `"description":"d"`, `,"x":` + list(1_500, `{}`)},
		"many alike objects":             {ECDSARDFC2019, `"endorsement":` + list(13_000, `{}`), ``},
		"nested alike objects":           {ECDSARDFC2019, `"endorsement":` + list(350, `{"endorsement":`+list(30, `{}`)+`}`), ``},
	} {
		proof := fmt.Sprintf(`{"type":"DataIntegrityProof","cryptosuite":%q,"verificationMethod":"did:web:a.example#k","proofPurpose":"assertionMethod","proofValue":%q%s}`,
			c.suite, keys.EncodeMultibase58(bytes.Repeat([]byte{1}, 64)), c.proof)
		text := strings.TrimSuffix(award, "}") + "," + c.document + `,"proof":` + list(maxProofs, proof) + "}"
		out[name] = []byte(strings.Replace(text, `json"]`, `json","https://w3id.org/security/data-integrity/v2","https://www.w3.org/ns/credentials/undefined-terms/v2"]`, 1))
	}
	out["many signatures"] = manySignatures(t, key)
	return out
}

// manySignatures is a derived document of the attacker's own, of which the last signature is
// wrong.
func manySignatures(t testing.TB, key crypto.Signer) []byte {
	t.Helper()
	text := strings.TrimSuffix(award, "}") + `,"description":` + list(800, `"#"`) + "}"
	base := signed(t, prepare(t, json.RawMessage(text)), key, Options{Suite: ECDSASD2023})
	shown, err := Derive(context.Background(), processor, strictjson.Of(base), []string{""})
	if err != nil {
		t.Fatal(err)
	}
	tree := parse(t, shown)
	p := tree["proof"].(map[string]any)
	v, err := readDerived(p["proofValue"].(string))
	if err != nil {
		t.Fatal(err)
	}
	v.Parts[len(v.Parts)-1][3] ^= 1
	if p["proofValue"], err = writeSDValue(derivedHeader, v); err != nil {
		t.Fatal(err)
	}
	var proofs []any
	for len(proofs) < 10 { // no more fit into the bytes that are read
		proofs = append(proofs, p)
	}
	tree["proof"] = proofs
	raw, err := vc.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// TestHostile holds that none of these documents verifies, and that the work for one document
// ends before its proofs do, except where its proofs are cheap.
func TestHostile(t *testing.T) {
	key := ecKey(t, elliptic.P256())
	cheap := map[string]bool{"many alike objects": true, "a chain over a long text": true}
	for name, raw := range hostile(t, key) {
		d, err := Open(processor, strictjson.Of(parse(t, raw)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		verified, outcomes, err := d.Verify(context.Background(), one(Method{Key: key.Public()}), Terms{At: now})
		if verified != nil || err == nil {
			t.Errorf("%s: verified", name)
		}
		if last := outcomes[len(outcomes)-1].Err; errors.Is(last, ErrUndecided) == cheap[name] {
			t.Errorf("%s: %v", name, last)
		}
	}
}

// BenchmarkHostile is the time from the bytes to the end of the last proof.
func BenchmarkHostile(b *testing.B) {
	key := ecKey(b, elliptic.P256())
	for name, raw := range hostile(b, key) {
		b.Run(strings.ReplaceAll(name, " ", "-"), func(b *testing.B) {
			for b.Loop() {
				d, err := Open(processor, strictjson.Of(parse(b, raw)))
				if err != nil {
					b.Fatal(err)
				}
				if verified, _, _ := d.Verify(context.Background(), one(Method{Key: key.Public()}), Terms{At: now}); verified != nil {
					b.Fatal("verified")
				}
			}
		})
	}
}
