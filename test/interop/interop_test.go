// Package interop holds Laurel to software that nobody here wrote: @digitalbazaar/vc with
// its Data Integrity suites, jose and @sd-jwt, on Node.
package interop

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"laurel/internal/did"
	"laurel/internal/jsonld"
	"laurel/internal/needs"
	"laurel/internal/proof"
	"laurel/internal/store"
	"laurel/internal/strictjson"
	"laurel/internal/vc"
	"laurel/issuer"
	"laurel/keys"
	"laurel/schemas"
	"laurel/verifier"
)

const base = "https://badges.college.example"

// unsigned is the badge that the peers issue.
const unsigned = `{
"@context":["https://www.w3.org/ns/credentials/v2","https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
"id":"urn:uuid:8f0b7f8e-7b0e-4ad5-9f0c-6e1c2a9d1b11","type":["VerifiableCredential","OpenBadgeCredential"],
"name":"Lebensmittelhygiene “Stufe 2” 食品卫生 😀","description":"line\nbreak, tab\tand \\ backslash","issuer":{"id":"","type":["Profile"],"name":"Peer","url":"https://peer.example"},
"validFrom":"2026-01-01T00:00:00Z","validUntil":"2046-01-01T00:00:00Z","awardedDate":"2026-01-01T00:00:00Z",
"credentialSubject":{"type":["AchievementSubject"],"creditsEarned":2.5,
 "identifier":[{"type":"IdentityObject","hashed":true,"identityHash":"sha256$b5809d8a92f8858436d7e6b87c12ebc0ae1eac4baecc2c0b913aee2c922ef399","identityType":"emailAddress","salt":"Kosher"}],
 "result":[{"type":["Result"],"resultDescription":"urn:uuid:a","value":"87"},{"type":["Result"],"resultDescription":"urn:uuid:b","status":"Completed"}],
 "achievement":{"id":"https://peer.example/a","type":["Achievement"],"name":"A","description":"d","criteria":{"narrative":"n"},"creditsAvailable":3,
  "resultDescription":[{"id":"urn:uuid:a","type":["ResultDescription"],"name":"Score","resultType":"Percent"},{"id":"urn:uuid:b","type":["ResultDescription"],"name":"Status","resultType":"Status"}],
  "alignment":[{"type":["Alignment"],"targetName":"n","targetUrl":"https://framework.example/1"},{"type":["Alignment"],"targetName":"n","targetUrl":"https://framework.example/2"}]}}}`

func node(t testing.TB, script string, arguments ...string) []byte {
	t.Helper()
	program, project := needs.NodeProject(t, "test/interop")
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, append([]string{filepath.Join(project, script)}, arguments...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", script, err, stderr.String())
	}
	return out
}

func write(t testing.TB, dir, name string, content []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func writeJSON(t testing.TB, dir, name string, v any) {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, name, raw)
}

// documents are the contexts, for the peers' closed world, and what else is given.
func documents(more map[string][]byte) map[string]json.RawMessage {
	all := map[string]json.RawMessage{}
	for _, c := range schemas.Contexts() {
		all[c.URL] = c.Bytes
	}
	for url, raw := range more {
		all[url] = raw
	}
	return all
}

// college issues one badge with a key for proofs, and one for tokens or none.
func college(t *testing.T, algorithms ...keys.Algorithm) (*issuer.Issuer, issuer.Award) {
	t.Helper()
	ctx, dir := context.Background(), t.TempDir()
	ring, err := keys.Create(filepath.Join(dir, "keys.age"), keys.Passphrase([]byte("correct horse battery staple")), keys.WorkFactor(1))
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range algorithms {
		if _, err := ring.Generate(a, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	db, err := store.OpenBolt(filepath.Join(dir, "laurel.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	i, err := issuer.New(issuer.Config{Store: db, Keys: ring, BaseURL: base, Now: time.Now, Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := i.Setup(ctx, issuer.Profile{Slug: "college", Name: "Sample “College” 学院", URL: "https://college.example"}); err != nil {
		t.Fatal(err)
	}
	catalogue, err := issuer.ParseCatalogue([]byte(`[{"id":"a","name":"Food Hygiene","description":"d","criteria":{"narrative":"a\n\nb \"c\" \\ 😀"},"creditsAvailable":2.5,
"resultDescription":[{"id":"score","name":"Score","resultType":"Percent"}],"alignment":[{"targetName":"n","targetUrl":"https://framework.example/1"}],"suspendable":true}]`), os.ReadFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := i.Import(ctx, catalogue); err != nil {
		t.Fatal(err)
	}
	outcomes, err := i.Award(ctx, issuer.Result{
		Key: "K-1", Achievement: "a", Email: "learner@students.college.example", AwardedAt: time.Now().Add(-time.Hour),
		Values: map[string]string{"score": "87"}, CreditsEarned: 2.5,
	})
	if err != nil || outcomes[0].Err != nil {
		t.Fatal(err, outcomes)
	}
	return i, outcomes[0].Award
}

// TestPeersVerifyOurs: what Laurel signs is good to others, and bad once it was changed.
func TestPeersVerifyOurs(t *testing.T) {
	for _, algorithms := range [][]keys.Algorithm{{keys.Ed25519}, {keys.P256}, {keys.P384}, {keys.Ed25519, keys.RSA2048}} {
		t.Run(fmt.Sprint(algorithms), func(t *testing.T) {
			i, award := college(t, algorithms...)
			dir := t.TempDir()
			did, err := i.DIDDocument(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			writeJSON(t, dir, "documents.json", documents(map[string][]byte{issuer.DID(base): did}))
			jwks, err := i.JWKSet()
			if err != nil {
				t.Fatal(err)
			}
			write(t, dir, "jwks.json", jwks)
			list, err := i.StatusListCredential(context.Background(), "1-revocation")
			if err != nil {
				t.Fatal(err)
			}
			changed := bytes.Replace(award.Credential, []byte("Food Hygiene"), []byte("Food hygiene"), 1)
			write(t, dir, "badge.json", award.Credential)
			write(t, dir, "list.json", list)
			write(t, dir, "changed.json", changed)
			token, err := i.Token(context.Background(), award)
			if err != nil {
				t.Fatal(err)
			}
			write(t, dir, "badge.jwt", token)
			parts := strings.Split(string(token), ".")
			write(t, dir, "changed.jwt", []byte(parts[0]+"."+parts[1]+"x."+parts[2]))
			files := []map[string]string{
				{"name": "badge.json", "format": "json"}, {"name": "list.json", "format": "json"}, {"name": "changed.json", "format": "json"},
				{"name": "badge.jwt", "format": "jwt"}, {"name": "changed.jwt", "format": "jwt"},
			}
			writeJSON(t, dir, "files.json", files)
			judge(t, dir, len(files))
		})
	}
}

// judge has the peers verify the files that files.json names: good, but for changed ones.
func judge(t *testing.T, dir string, count int) {
	t.Helper()
	results := bufio.NewScanner(bytes.NewReader(node(t, "verify.mjs", dir)))
	judged := 0
	for results.Scan() {
		var r struct {
			Name, Reason string
			Verified     bool
		}
		if err := json.Unmarshal(results.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		judged++
		if want := !strings.HasPrefix(r.Name, "changed"); r.Verified != want {
			t.Errorf("%s: verified %v: %s", r.Name, r.Verified, r.Reason)
		}
	}
	if judged != count {
		t.Errorf("%d files judged of %d", judged, count)
	}
}

// TestPeersVerifyDerived: what is derived from a base proof of Laurel's is good to others.
func TestPeersVerifyDerived(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id, method, err := did.DIDKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	var document map[string]any
	if err := json.Unmarshal([]byte(unsigned), &document); err != nil {
		t.Fatal(err)
	}
	document["issuer"].(map[string]any)["id"] = id
	prepared, err := vc.Prepare(document)
	if err != nil {
		t.Fatal(err)
	}
	base, err := proof.SignWith(ctx, jsonld.Pinned(), prepared, proof.Signer{Method: method, Key: key}, proof.Options{
		Suite: proof.ECDSASD2023, Created: time.Now(), Mandatory: []string{"/id", "/issuer", "/name", "/validFrom", "/validUntil", "/credentialSubject"},
	})
	if err != nil {
		t.Fatal(err)
	}
	read, err := strictjson.ReadObject(base, strictjson.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	derived, err := proof.Derive(ctx, jsonld.Pinned(), read, []string{"/awardedDate"})
	if err != nil {
		t.Fatal(err)
	}
	writeJSON(t, dir, "documents.json", documents(nil))
	write(t, dir, "derived.json", derived)
	write(t, dir, "changed.json", bytes.Replace(derived, []byte("2046"), []byte("2047"), 1))
	files := []map[string]string{{"name": "derived.json", "format": "json"}, {"name": "changed.json", "format": "json"}}
	writeJSON(t, dir, "files.json", files)
	judge(t, dir, len(files))
}

// TestOursVerifiesPeers: what others sign is good to Laurel, and bad once it was changed.
func TestOursVerifiesPeers(t *testing.T) {
	dir := t.TempDir()
	writeJSON(t, dir, "documents.json", documents(nil))
	write(t, dir, "unsigned.json", []byte(unsigned))
	var names []string
	if err := json.Unmarshal(node(t, "issue.mjs", dir), &names); err != nil || len(names) != 16 {
		t.Fatal(names, err)
	}
	read := func(name string) []byte {
		raw, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	peer := read("peer-did.json")
	v := verifier.New(verifier.Config{Offline: true, Own: func(_ context.Context, url string) ([]byte, bool) {
		return peer, url == "https://peer.example/.well-known/did.json"
	}})
	for _, name := range names {
		raw := read(name)
		about := verifier.Request{Input: raw}
		if strings.HasPrefix(name, "presentation") {
			about.Challenge, about.Domain = "c-1", "employer.example"
		}
		if strings.HasSuffix(name, ".sdjwt") {
			about.Recipient = "Ada Sample"
		}
		r := v.Verify(context.Background(), about)
		if r.Verdict != verifier.Valid {
			t.Errorf("%s is %s: %+v", name, r.Verdict, r.Checks)
		}
		changed := bytes.Replace(raw, []byte("2046"), []byte("2047"), 1)
		switch {
		case strings.HasSuffix(name, ".sdjwt"):
			changed = bytes.Replace(raw, []byte("~"), []byte("~WyJ4IiwieCIsIngiXQ~"), 1) // one more disclosure
		case strings.HasSuffix(name, ".jwt"):
			parts := strings.Split(string(raw), ".")
			changed = []byte(parts[0] + "." + parts[1][:len(parts[1])-8] + "AAAAAAAA." + parts[2])
		}
		about.Input = changed
		if r := v.Verify(context.Background(), about); r.Verdict != verifier.Invalid {
			t.Errorf("%s changed is %s", name, r.Verdict)
		}
	}
}
