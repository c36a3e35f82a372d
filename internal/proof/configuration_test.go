package proof

import (
	"bytes"
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"laurel/internal/jsonld"
	"laurel/internal/vc"
)

// TestSignerRemembers holds that what a signer remembers of its last proof changes no byte of
// the next one, whatever of it is other than it was, also when many sign at once.
func TestSignerRemembers(t *testing.T) {
	key := edKey(t)
	remembers := NewSigner("did:web:a.example#k", key)
	plain := Signer{Method: remembers.Method, Key: key}
	options := []Options{
		{Created: now}, {Created: now.Add(time.Second)}, {}, {Created: now, Expires: now.Add(time.Hour)},
		{Created: now, Suite: EdDSAJCS2022}, {Created: now, Suite: Ed25519Signature2020},
		{Created: now, Purpose: Authentication}, {Created: now, Challenge: "c"}, {Created: now, Nonce: "c"},
		{Created: now, Domain: []string{"d"}}, {Created: now, Domain: []string{"d", "e"}}, {Created: now, Domain: []string{`["d","e"]`}},
		{Created: now, ID: "urn:uuid:3f1e0ae1-2b6c-4a44-b8a5-6a8a1d4b1c2f"},
	}
	documents := []vc.Prepared{prepared(t)}
	for _, context := range []any{
		"https://www.w3.org/ns/credentials/undefined-terms/v2",
		map[string]any{"note": "https://a.example/note"}, map[string]any{"did": "https://a.example/did#"},
	} {
		tree := prepared(t).Value().Object()
		tree["@context"] = append(tree["@context"].([]any), context)
		if prepared, err := vc.Prepare(tree); err == nil {
			documents = append(documents, prepared)
		}
	}
	if len(documents) != 4 {
		t.Fatal(len(documents), "documents")
	}
	type outcome struct {
		signed []byte
		err    string
	}
	sign := func(n int, by Signer) (o outcome) {
		p := processor
		if n%2 == 1 {
			p = jsonld.OlderEdition()
		}
		signed, err := SignWith(context.Background(), p, documents[n/2%len(documents)], by, options[n/2/len(documents)])
		if o.signed = signed; err != nil {
			o.err = err.Error()
		}
		return o
	}
	count := 2 * len(documents) * len(options)
	want, good := make([]outcome, count), 0
	for n := range want {
		if want[n] = sign(n, plain); want[n].err == "" {
			good++
		}
	}
	if good < count/2 {
		t.Fatalf("only %d of %d can be signed", good, count)
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 4 * count {
				n := rand.IntN(count)
				for range 2 {
					if got := sign(n, remembers); got.err != want[n].err || !bytes.Equal(got.signed, want[n].signed) {
						t.Errorf("%d: %s %s, want %s %s", n, got.signed, got.err, want[n].signed, want[n].err)
					}
				}
			}
		})
	}
	all.Wait()
}
