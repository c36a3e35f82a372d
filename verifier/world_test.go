package verifier

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"maps"
	"testing"
	"time"

	"laurel/internal/did"
	"laurel/internal/jsonld"
	"laurel/internal/proof"
	"laurel/internal/status"
	"laurel/internal/strictjson"
	"laurel/internal/vc"
	"laurel/keys"
)

const (
	issuerDID = "did:web:college.example"
	listURL   = "https://college.example/status/1"
	didURL    = "https://college.example/.well-known/did.json"
)

var now = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// sample is a badge that holds; each case of the tests changes one thing about it.
const sample = `{
"@context":["https://www.w3.org/ns/credentials/v2","https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
"id":"urn:uuid:8f0b7f8e-7b0e-4ad5-9f0c-6e1c2a9d1b11","type":["VerifiableCredential","OpenBadgeCredential"],
"name":"Food Hygiene","issuer":{"id":"did:web:college.example","type":["Profile"],"name":"Sample College","url":"https://college.example"},
"validFrom":"2026-01-01T00:00:00Z","validUntil":"2027-01-01T00:00:00Z","awardedDate":"2026-01-01T00:00:00Z",
"credentialSubject":{"type":["AchievementSubject"],
 "identifier":[{"type":"IdentityObject","hashed":true,"identityHash":"sha256$b5809d8a92f8858436d7e6b87c12ebc0ae1eac4baecc2c0b913aee2c922ef399","identityType":"emailAddress","salt":"Kosher"}],
 "achievement":{"id":"https://college.example/achievements/food-hygiene","type":["Achievement"],"name":"Food Hygiene","description":"Keeps food safe.","criteria":{"narrative":"Pass the test."}}},
"credentialStatus":{"id":"https://college.example/status/1#94567","type":"BitstringStatusListEntry","statusPurpose":"revocation","statusListIndex":"94567","statusListCredential":"https://college.example/status/1"}}`

// world is what a verifier meets: documents by their address, and the keys behind them.
type world struct {
	t         testing.TB
	key       crypto.Signer
	method    string
	documents map[string][]byte
	published []did.PublishedKey
}

func newWorld(t testing.TB, key crypto.Signer) *world {
	t.Helper()
	id, err := keys.Thumbprint(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, key: key, method: issuerDID + "#" + id, documents: map[string][]byte{}}
	w.published = []did.PublishedKey{{Fragment: id, Public: key.Public()}}
	w.publish()
	w.publishList("revocation", nil)
	return w
}

func ed25519Key(t testing.TB) crypto.Signer { return must(ed25519.GenerateKey(rand.Reader))(t) }

func must(_ ed25519.PublicKey, key ed25519.PrivateKey, err error) func(testing.TB) crypto.Signer {
	return func(t testing.TB) crypto.Signer {
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
}

func ecKey(t testing.TB, curve elliptic.Curve) crypto.Signer {
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func rsaKey(t testing.TB) crypto.Signer {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (w *world) publish() {
	w.t.Helper()
	raw, err := did.NewDocument(issuerDID, w.published)
	if err != nil {
		w.t.Fatal(err)
	}
	w.documents[didURL] = raw
}

// publishList publishes a status list in which change has set bits.
func (w *world) publishList(purpose string, change func(*status.Bitstring)) {
	w.t.Helper()
	bits := status.New(status.MinEntries)
	if change != nil {
		change(bits)
	}
	list, err := status.PrepareList(listURL, issuerDID, purpose, bits, now.Add(-time.Hour))
	if err != nil {
		w.t.Fatal(err)
	}
	w.documents[listURL] = w.secure(list)
}

// secure signs in the way that the key allows: embedded, or as a token.
func (w *world) secure(p vc.Prepared) []byte {
	w.t.Helper()
	signer := proof.Signer{Method: w.method, Key: w.key}
	if _, ok := proof.SuiteOf(w.key.Public()); !ok {
		return w.token(p)
	}
	raw, err := proof.Sign(context.Background(), jsonld.Pinned(), p, signer, now.Add(-time.Hour))
	if err != nil {
		w.t.Fatal(err)
	}
	return raw
}

func (w *world) token(p vc.Prepared) []byte {
	w.t.Helper()
	text, err := proof.SignJWT(jsonld.Pinned(), p, proof.Signer{Method: w.method, Key: w.key})
	if err != nil {
		w.t.Fatal(err)
	}
	return []byte(text)
}

// tree returns the sample, changed before it is signed.
func tree(t testing.TB, change func(map[string]any)) map[string]any {
	t.Helper()
	out, err := strictjson.ParseObject([]byte(sample), strictjson.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(out)
	}
	return out
}

func (w *world) prepare(change func(map[string]any)) vc.Prepared {
	w.t.Helper()
	p, err := vc.Prepare(tree(w.t, change))
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

// badge returns the signed sample, changed before it is signed.
func (w *world) badge(change func(map[string]any)) []byte {
	w.t.Helper()
	return w.secure(w.prepare(change))
}

// edit changes a signed document after the fact.
func (w *world) edit(signed []byte, change func(map[string]any)) []byte {
	w.t.Helper()
	object, err := strictjson.ParseObject(signed, strictjson.Limits{})
	if err != nil {
		w.t.Fatal(err)
	}
	change(object)
	raw, err := json.Marshal(object)
	if err != nil {
		w.t.Fatal(err)
	}
	return raw
}

func (w *world) verifier() *Verifier {
	return New(Config{Offline: true, Now: func() time.Time { return now }, Own: func(_ context.Context, url string) ([]byte, bool) {
		body, ok := w.documents[url]
		return body, ok
	}})
}

func (w *world) verify(input []byte) *Report {
	return w.verifier().Verify(context.Background(), Request{Input: input})
}

// expect holds a report to a verdict and to one check that did not simply pass; every
// other check must not have failed.
func expect(t testing.TB, r *Report, verdict Verdict, code string) {
	t.Helper()
	found := code == ""
	for _, c := range r.Checks {
		found = found || c.Code == code
		if c.Status == fail && c.Code != code {
			t.Errorf("also failed: %s: %s", c.Code, c.Message)
		}
	}
	if r.Verdict != verdict || !found {
		var all []string
		for _, c := range r.Checks {
			all = append(all, c.Code)
		}
		t.Errorf("verdict %s with %v, want %s with %s", r.Verdict, all, verdict, code)
	}
}

func object(parent map[string]any, name string) map[string]any {
	return parent[name].(map[string]any)
}

func clone(m map[string]any) map[string]any { return maps.Clone(m) }

func parsed(t testing.TB, raw []byte) map[string]any {
	t.Helper()
	out, err := strictjson.ParseObject(raw, strictjson.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
