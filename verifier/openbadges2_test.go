package verifier

import (
	"context"
	"crypto"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"laurel/internal/bake"
	"laurel/internal/needs"
	"laurel/internal/strictjson"
	"laurel/keys"
)

// officialOB2 is every badge of Open Badges 2.0 among the validator's own tests with what it
// must come to. Documents whose id is not their address end invalid here, where that
// validator is lenient.
var officialOB2 = map[string]string{
	"assertion-with-data-image.json":                                         "valid",
	"assertion-with-endorsements.json":                                       "valid",
	"assertion-with-extension-node-basic.json":                               "valid",
	"assertion-with-extension-node-invalid.json":                             "valid", // extensions are not read
	"assertion-with-multiple-extensions.json":                                "valid",
	"badge-class-with-language.json":                                         "invalid schema-open-badges-2-malformed", // no assertion
	"basic-assertion.json":                                                   "valid",
	"basic-assertion-expired-before-issued.json":                             "invalid validity-expired",
	"basic-assertion-expired.json":                                           "invalid validity-expired",
	"basic-assertion-in-future.json":                                         "valid", // a warning
	"basic-assertion-invalid-context.json":                                   "invalid schema-open-badges-2-malformed",
	"basic-assertion-invalid-type.json":                                      "invalid schema-open-badges-2-malformed",
	"basic-assertion-no-public-key.json":                                     "valid", // which a hosted one needs not
	"basic-assertion-with-allowed-origins-invalid-multiple-starts-with.json": "invalid schema-open-badges-2-malformed",
	"basic-assertion-with-allowed-origins-invalid-starts-with.json":          "invalid schema-open-badges-2-malformed",
	"basic-assertion-with-allowed-origins-valid-multiple-starts-with.json":   "invalid schema-open-badges-2-malformed",
	"basic-assertion-with-allowed-origins-valid-starts-with.json":            "invalid schema-open-badges-2-malformed",
	"basic-assertion-with-allowed-origins.json":                              "invalid schema-open-badges-2-malformed",
	"basic-assertion-with-language.json":                                     "valid",
	"issuer-compact-iri-validation.json":                                     "invalid schema-open-badges-2-malformed", // no assertion
	"simple-badge.png":                                                       "valid",
	"simple-not-revoked.jwt":                                                 "valid",
	"simple-revoked.jwt":                                                     "invalid status-revoked-because",
	"simple.jwt":                                                             "valid",
	"warning-issuer-non-http.json":                                           "invalid schema-open-badges-2-malformed",
	"warning-with-redirection.json":                                          "invalid schema-open-badges-2-malformed",
}

// ob2World publishes the validator's assets and assertions at the addresses of their ids.
func ob2World(t *testing.T) (dir string, documents map[string][]byte) {
	dir = filepath.Join(needs.Standards(t), "open-badges", "fixtures", "ob20")
	documents = map[string][]byte{}
	files, err := filepath.Glob(filepath.Join(dir, "assets", "*.json"))
	if err != nil || len(files) < 20 {
		t.Fatal(len(files), err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		documents["https://example.org/"+filepath.Base(file)] = raw
		if tree, err := strictjson.ParseObject(raw, strictjson.Limits{}); err == nil {
			if id, _ := tree["id"].(string); id != "" {
				documents[strings.Replace(id, "http://", "https://", 1)] = raw
			}
		}
	}
	return dir, documents
}

func TestOfficialOpenBadges2(t *testing.T) {
	dir, assets := ob2World(t)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	judged := 0
	for _, e := range entries {
		if e.IsDir() || strings.HasSuffix(e.Name(), "validation-subject.json") {
			continue
		}
		judged++
		raw, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		assertion := raw
		if p, err := bake.UnbakePNG(raw); err == nil {
			assertion = p.Bytes
		}
		own := func(_ context.Context, url string) ([]byte, bool) {
			if tree, err := strictjson.ParseObject(assertion, strictjson.Limits{}); err == nil {
				if id, _ := tree["id"].(string); strings.Replace(id, "http://", "https://", 1) == url {
					return assertion, true
				}
			}
			body, ok := assets[url]
			return body, ok
		}
		v := New(Config{Offline: true, Own: own, Now: func() time.Time { return now }})
		r := v.Verify(context.Background(), Request{Input: raw})
		got := r.Verdict.String()
		for _, c := range r.Checks {
			if c.Status == fail || codes[c.Code].blocks {
				got += " " + c.Code
			}
		}
		if want := officialOB2[e.Name()]; got != want {
			t.Errorf("%q: %q, // %s", e.Name(), got, r.Deciding().Message)
		}
	}
	if judged != len(officialOB2) {
		t.Errorf("%d badges judged, %d listed", judged, len(officialOB2))
	}
}

// hostedWorld is a hosted badge and what it leads to, which each case changes.
func hostedWorld() map[string]map[string]any {
	const base = "https://college.example/"
	return map[string]map[string]any{
		base + "a": {"@context": "https://w3id.org/openbadges/v2", "type": "Assertion", "id": base + "a", "badge": base + "b", "issuedOn": "2026-01-01T00:00:00Z",
			"recipient":    map[string]any{"type": "email", "hashed": true, "salt": "Kosher", "identity": "sha256$b5809d8a92f8858436d7e6b87c12ebc0ae1eac4baecc2c0b913aee2c922ef399"},
			"verification": map[string]any{"type": "hosted"}},
		base + "b": {"type": "BadgeClass", "id": base + "b", "name": "Food Hygiene", "description": "Keeps food safe.", "criteria": base + "c", "issuer": base + "i"},
		base + "i": {"type": "Issuer", "id": base + "i", "name": "Sample College", "url": "https://college.example", "email": "a@college.example"},
	}
}

func ownOf(documents map[string]map[string]any) func(context.Context, string) ([]byte, bool) {
	return func(_ context.Context, url string) ([]byte, bool) {
		d, ok := documents[url]
		if !ok {
			return nil, false
		}
		raw, err := json.Marshal(d)
		return raw, err == nil
	}
}

func TestHostedBadge(t *testing.T) {
	const base = "https://college.example/"
	type documents = map[string]map[string]any
	for name, c := range map[string]struct {
		change  func(documents)
		verdict Verdict
		code    string
	}{
		"good": {func(documents) {}, Valid, "proof-hosted"},
		"by http": {func(d documents) {
			d[base+"a"]["badge"] = "http://college.example/b"
			d[base+"b"]["id"] = "http://college.example/b"
		}, Valid, "issuer-hosted"},
		"embedded":               {func(d documents) { d[base+"b"]["issuer"] = d[base+"i"]; d[base+"a"]["badge"] = d[base+"b"] }, Valid, "issuer-hosted"},
		"expired":                {func(d documents) { d[base+"a"]["expires"] = "2026-02-01T00:00:00Z" }, Invalid, "validity-expired"},
		"no zone":                {func(d documents) { d[base+"a"]["issuedOn"] = "2026-02-01T00:00:00" }, Invalid, "schema-open-badges-2-malformed"},
		"revoked":                {func(d documents) { d[base+"a"]["revoked"] = true }, Invalid, "status-revoked"},
		"gone":                   {func(d documents) { delete(d, base+"a") }, Indeterminate, "proof-undecided"},
		"other id":               {func(d documents) { d[base+"b"]["id"] = base + "x" }, Invalid, "schema-open-badges-2-malformed"},
		"no name":                {func(d documents) { delete(d[base+"b"], "name") }, Invalid, "schema-open-badges-2-malformed"},
		"no issuer":              {func(d documents) { delete(d, base+"i") }, Indeterminate, "proof-undecided"},
		"issuer without address": {func(d documents) { d[base+"b"]["issuer"] = map[string]any{"id": "urn:x:1", "name": "College"} }, Indeterminate, "issuer-unattributed"},
		"borrowed name": {func(d documents) {
			d["https://university.example/i"] = map[string]any{"id": "https://university.example/i", "type": "Issuer", "name": "Sample University"}
			d[base+"b"]["issuer"] = "https://university.example/i"
		}, Invalid, "issuer-not-hosted"},
		"borrowed name, embedded": {func(d documents) {
			d["https://university.example/i"] = map[string]any{"id": "https://university.example/i", "type": "Issuer", "name": "Sample University"}
			d[base+"b"]["issuer"] = map[string]any{"id": "https://university.example/i", "type": "Issuer", "name": "Sample University",
				"verification": map[string]any{"allowedOrigins": "college.example"}}
		}, Invalid, "issuer-not-hosted"},
		"hosted for the issuer": {func(d documents) {
			d["https://university.example/i"] = map[string]any{"id": "https://university.example/i", "type": "Issuer", "name": "Sample University",
				"verification": map[string]any{"allowedOrigins": []any{"college.example"}}}
			d[base+"b"]["issuer"] = "https://university.example/i"
		}, Valid, "issuer-hosted"},
		"elsewhere on the host": {func(d documents) { d[base+"i"]["verification"] = map[string]any{"startsWith": base + "badges/"} }, Invalid, "issuer-not-hosted"},
		"prefix of a host": {func(d documents) {
			d[base+"i"]["verification"] = map[string]any{"startsWith": "https://college.exam", "allowedOrigins": "college.example"}
		}, Invalid, "issuer-not-hosted"},
		"signed, it says": {func(d documents) { d[base+"a"]["verification"] = map[string]any{"type": "signed"} }, Invalid, "schema-open-badges-2-malformed"},
		"unknown way":     {func(d documents) { d[base+"a"]["verification"] = map[string]any{"type": "trust me"} }, Invalid, "schema-open-badges-2-malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			d := hostedWorld()
			input, err := json.Marshal(d[base+"a"])
			if err != nil {
				t.Fatal(err)
			}
			c.change(d)
			v := New(Config{Offline: true, Own: ownOf(d), Now: func() time.Time { return now }})
			r := v.Verify(context.Background(), Request{Input: input, Recipient: "a@example.com"})
			expect(t, r, c.verdict, c.code)
			if r.Verdict == Valid && (r.Credential.Achievement.Name != "Food Hygiene" || r.Credential.Format != "ob2") {
				t.Errorf("%+v", r.Credential)
			}
		})
	}
	t.Run("the copy at hand does not count", func(t *testing.T) {
		d := hostedWorld()
		forged := hostedWorld()[base+"a"]
		forged["recipient"] = map[string]any{"type": "email", "hashed": false, "identity": "forger@example.com"}
		input, err := json.Marshal(forged)
		if err != nil {
			t.Fatal(err)
		}
		v := New(Config{Offline: true, Own: ownOf(d), Now: func() time.Time { return now }})
		r := v.Verify(context.Background(), Request{Input: input, Recipient: "forger@example.com"})
		expect(t, r, Invalid, "recipient-mismatch")
	})
}

func TestSignedBadge(t *testing.T) {
	const base = "https://college.example/"
	key, other := rsaKey(t).(*rsa.PrivateKey), rsaKey(t).(*rsa.PrivateKey)
	pem, err := keys.PEM(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	sign := func(header string, payload map[string]any, with *rsa.PrivateKey) []byte {
		raw, err := json.Marshal(payload)
		if err != nil {
			t.Fatal(err)
		}
		text := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString(raw)
		sum := sha256.Sum256([]byte(text))
		signature, err := rsa.SignPKCS1v15(rand.Reader, with, crypto.SHA256, sum[:])
		if err != nil {
			t.Fatal(err)
		}
		return []byte(text + "." + base64.RawURLEncoding.EncodeToString(signature))
	}
	type documents = map[string]map[string]any
	for name, c := range map[string]struct {
		change  func(documents)
		with    *rsa.PrivateKey
		verdict Verdict
		code    string
	}{
		"good":            {func(documents) {}, key, Valid, "status-none"},
		"only key":        {func(d documents) { delete(object(d[base+"a"], "verification"), "creator") }, key, Valid, "proof-ok"},
		"another's key":   {func(documents) {}, other, Invalid, "proof-invalid"},
		"key not listed":  {func(d documents) { d[base+"i"]["publicKey"] = base + "other" }, key, Invalid, "issuer-mismatch"},
		"key of another":  {func(d documents) { d[base+"k"]["owner"] = "https://university.example/i" }, key, Invalid, "issuer-mismatch"},
		"key unreachable": {func(d documents) { delete(d, base+"k") }, key, Indeterminate, "proof-undecided"},
		"no key":          {func(d documents) { d[base+"k"]["publicKeyPem"] = "x" }, key, Invalid, "proof-invalid"},
		"embedded issuer": {func(d documents) { // whose key is the forger's: the published profile counts
			d[base+"a"]["badge"] = map[string]any{"type": "BadgeClass", "id": base + "b", "name": "n", "description": "d", "criteria": "c",
				"issuer": map[string]any{"id": base + "i", "name": "Sample College", "publicKey": map[string]any{"id": base + "k", "owner": base + "i", "publicKeyPem": "x"}}}
		}, key, Valid, "proof-ok"},
		"hosted, it says": {func(d documents) { d[base+"a"]["verification"] = map[string]any{"type": "hosted"} }, key, Invalid, "schema-open-badges-2-malformed"},
		"revoked": {func(d documents) {
			d[base+"i"]["revocationList"] = base + "r"
			d[base+"r"] = map[string]any{"id": base + "r", "revokedAssertions": []any{map[string]any{"id": base + "a", "revocationReason": "in error"}}}
		}, key, Invalid, "status-revoked-because"},
		"revoked by text": {func(d documents) {
			d[base+"i"]["revocationList"] = base + "r"
			d[base+"r"] = map[string]any{"id": base + "r", "revokedAssertions": []any{base + "a"}}
		}, key, Invalid, "status-revoked"},
		"not revoked": {func(d documents) {
			d[base+"i"]["revocationList"] = base + "r"
			d[base+"r"] = map[string]any{"id": base + "r", "revokedAssertions": []any{base + "z"}}
		}, key, Valid, "status-unsigned-list"},
		"list away": {func(d documents) { d[base+"i"]["revocationList"] = base + "r" }, key, Indeterminate, "status-unavailable"},
		"list malformed": {func(d documents) {
			d[base+"i"]["revocationList"] = base + "r"
			d[base+"r"] = map[string]any{"id": base + "r", "revokedAssertions": "x"}
		}, key, Invalid, "status-list-invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			d := hostedWorld()
			d[base+"a"]["verification"] = map[string]any{"type": "signed", "creator": base + "k"}
			d[base+"i"]["publicKey"] = base + "k"
			d[base+"k"] = map[string]any{"type": "CryptographicKey", "id": base + "k", "owner": base + "i", "publicKeyPem": string(pem)}
			c.change(d)
			v := New(Config{Offline: true, Own: ownOf(d), Now: func() time.Time { return now }})
			r := v.Verify(context.Background(), Request{Input: sign(`{"alg":"RS256"}`, d[base+"a"], c.with)})
			expect(t, r, c.verdict, c.code)
		})
	}
}

// TestSignedBadgeSuite: the report names the algorithm that was used.
func TestSignedBadgeSuite(t *testing.T) {
	const base = "https://college.example/"
	for _, c := range []struct {
		alg string
		key crypto.Signer
	}{
		{"RS256", rsaKey(t)}, {"PS256", rsaKey(t)}, {"EdDSA", ed25519Key(t)},
		{"ES256", ecKey(t, elliptic.P256())}, {"ES384", ecKey(t, elliptic.P384())},
	} {
		pem, err := keys.PEM(c.key.Public())
		if err != nil {
			t.Fatal(err)
		}
		d := hostedWorld()
		d[base+"a"]["verification"] = map[string]any{"type": "signed", "creator": base + "k"}
		d[base+"i"]["publicKey"] = base + "k"
		d[base+"k"] = map[string]any{"type": "CryptographicKey", "id": base + "k", "owner": base + "i", "publicKeyPem": string(pem)}
		text := (&world{t: t, key: c.key}).compact(c.alg, map[string]any{}, d[base+"a"])
		v := New(Config{Offline: true, Own: ownOf(d), Now: func() time.Time { return now }})
		r := v.Verify(context.Background(), Request{Input: text})
		if r.Verdict != Valid || r.Credential.Proofs[0].Suite != c.alg {
			t.Errorf("%s: %s, %s, %+v", c.alg, r.Verdict, r.Deciding().Message, r.Credential)
		}
	}
}

func TestSameOrigin(t *testing.T) {
	for other, want := range map[string]bool{
		"https://college.example/b": true, "https://College.Example:443/b": true, "https://college.example:8443/a": false,
		"http://college.example/a": false, "http://college.example:443/a": false, "https://b.college.example/a": false, "https://college.example:/a": true,
	} {
		if got := sameOrigin("https://college.example/a", other); got != want {
			t.Errorf("%s: %v", other, got)
		}
	}
}
