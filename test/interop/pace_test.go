package interop

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"laurel/internal/did"
	"laurel/internal/jsonld"
	"laurel/internal/proof"
	"laurel/internal/vc"
	"laurel/verifier"
)

// BenchmarkVerify verifies one badge with an eddsa-rdfc-2022 proof of a did:key: Laurel with
// every check, from the bytes to the report, and @digitalbazaar/vc on Node, warmed up, from
// the parsed credential to its verdict.
func BenchmarkVerify(b *testing.B) {
	secured := paced(b)
	b.Run("laurel", func(b *testing.B) {
		v := verifier.New(verifier.Config{Offline: true})
		for b.Loop() {
			if r := v.Verify(context.Background(), verifier.Request{Input: secured}); r.Verdict != verifier.Valid {
				b.Fatal(r.Deciding())
			}
		}
	})
	dir := b.TempDir()
	write(b, dir, "pace.json", secured)
	writeJSON(b, dir, "documents.json", documents(nil))
	b.Run("@digitalbazaar/vc", func(b *testing.B) {
		const count = 300
		took, err := strconv.ParseInt(strings.TrimSpace(string(node(b, "pace.mjs", dir, strconv.Itoa(count)))), 10, 64)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(took)/count, "ns/op")
	})
}

// paced returns the sample, issued by a new did:key.
func paced(b *testing.B) []byte {
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		b.Fatal(err)
	}
	id, method, err := did.DIDKey(key.Public())
	if err != nil {
		b.Fatal(err)
	}
	prepared, err := vc.Prepare(json.RawMessage(strings.Replace(unsigned, `"issuer":{"id":""`, `"issuer":{"id":"`+id+`"`, 1)))
	if err != nil {
		b.Fatal(err)
	}
	secured, err := proof.Sign(context.Background(), jsonld.Pinned(), prepared, proof.Signer{Method: method, Key: key}, time.Now())
	if err != nil {
		b.Fatal(err)
	}
	return secured
}
