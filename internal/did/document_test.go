package did_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"laurel/internal/did"
	"laurel/keys"
)

const college = "did:web:college.example"

// The P-256 key of CID §2.2, an example there.
const exampleJWK = `{"kty":"EC","crv":"P-256","alg":"ES256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}`

// goodDocument is the honest form; each case below changes one thing in it.
var goodDocument = fmt.Sprintf(`{
  "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
  "id": "did:web:college.example",
  "controller": "did:web:college.example",
  "alsoKnownAs": ["https://college.example"],
  "verificationMethod": [
    {"id": "did:web:college.example#ed", "type": "Multikey", "controller": "did:web:college.example", "publicKeyMultibase": "%s"},
    {"id": "#jwk", "type": "JsonWebKey", "controller": "did:web:college.example", "revoked": "2026-01-01T00:00:00Z", "publicKeyJwk": %s},
    {"id": "#old", "type": "Ed25519VerificationKey2020", "controller": "did:web:college.example", "expires": "2030-01-01T00:00:00+01:00", "publicKeyMultibase": "%s"},
    {"id": "#foreign", "type": "Multikey", "controller": "did:web:other.example", "publicKeyMultibase": "%s"},
    {"id": "did:web:other.example#k", "type": "Multikey", "controller": "did:web:college.example", "publicKeyMultibase": "%s"},
    {"id": "#unknown", "type": "PqcKey2030", "controller": "did:web:college.example", "publicKeyPqc": "x"}
  ],
  "assertionMethod": ["did:web:college.example#ed", "#jwk", "#old", "#foreign", "did:web:other.example#k", "#unknown", "#nowhere",
    {"id": "#embedded", "type": "Multikey", "controller": "did:web:college.example", "publicKeyMultibase": "%s"}],
  "authentication": ["#ed"],
  "service": [{"id": "#s", "type": "LinkedDomains", "serviceEndpoint": "https://college.example"}]
}`, edKey, exampleJWK, edKey, edKey, edKey, p384Key)

func TestDocumentMethod(t *testing.T) {
	d, err := did.ParseDocument([]byte(goodDocument), college)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Methods) != 7 || d.Controller[0] != college || d.AlsoKnownAs[0] != "https://college.example" || len(d.Origins) != 1 || d.Origins[0] != "https://college.example" {
		t.Errorf("document %+v", d)
	}
	cases := []struct {
		url     string
		purpose did.Relationship
		want    error
	}{
		{college + "#ed", did.AssertionMethod, nil},
		{college + "#ed", did.Authentication, nil},
		{college + "#jwk", did.AssertionMethod, nil},
		{college + "#old", did.AssertionMethod, nil},
		{college + "#embedded", did.AssertionMethod, nil},
		{college + "#embedded", did.Authentication, did.ErrRelationship},
		{college + "#jwk", did.Authentication, did.ErrRevoked},
		{college + "#ed", "capabilityInvocation", did.ErrRelationship},
		{college + "#foreign", did.AssertionMethod, did.ErrController},
		{college + "#unknown", did.AssertionMethod, did.ErrUnsupportedKey},
		{college + "#nowhere", did.AssertionMethod, did.ErrMethodNotFound},
		{"did:web:other.example#k", did.AssertionMethod, did.ErrMethodNotFound},
		{"#ed", did.AssertionMethod, did.ErrMethodNotFound},
		{college + "#ED", did.AssertionMethod, did.ErrMethodNotFound},
		{college + "#%65d", did.AssertionMethod, did.ErrMethodNotFound},
		{college, did.AssertionMethod, did.ErrMethodNotFound},
		{"", did.AssertionMethod, did.ErrMethodNotFound},
	}
	for _, c := range cases {
		m, err := d.Method(c.url, c.purpose)
		if !errors.Is(err, c.want) || (err == nil) != (m.Key != nil) {
			t.Errorf("%s %s: %v, want %v", c.url, c.purpose, err, c.want)
		}
	}
	jwk, _ := d.Method(college+"#jwk", did.AssertionMethod)
	if jwk.Algorithm != "ES256" || jwk.Revoked == nil || jwk.UsableAt(time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)) == nil {
		t.Errorf("JWK method %+v", jwk)
	}
	old, _ := d.Method(college+"#old", did.AssertionMethod)
	if want := time.Date(2029, 12, 31, 23, 0, 0, 0, time.UTC); old.Expires == nil || !old.Expires.Equal(want) {
		t.Errorf("expires %v", old.Expires)
	}
}

func TestParseDocumentRefuses(t *testing.T) {
	edit := func(old, new string) string {
		if !strings.Contains(goodDocument, old) {
			t.Fatalf("no %q in the document", old)
		}
		return strings.Replace(goodDocument, old, new, 1)
	}
	method := fmt.Sprintf(`{"id": "#%%s", "type": "Multikey", "controller": "x:y", "publicKeyMultibase": "%s"},`, edKey)
	many := ""
	for i := range 70 {
		many += fmt.Sprintf(method, fmt.Sprint(i))
	}
	jwk := func(more string) string { return edit(`"kty":"EC"`, `"kty":"EC",`+more) }
	cases := []struct {
		name, text string
		want       error
	}{
		{"empty", "", did.ErrInvalidDocument},
		{"null", "null", did.ErrInvalidDocument},
		{"list", "[" + goodDocument + "]", did.ErrInvalidDocument},
		{"trailing data", goodDocument + "{}", did.ErrInvalidDocument},
		{"too large", goodDocument + strings.Repeat(" ", 64<<10), did.ErrInvalidDocument},
		{"duplicate member", edit(`"id":`, `"id": "did:web:other.example", "id":`), did.ErrInvalidDocument},
		{"duplicate deep inside", jwk(`"kty":"EC"`), did.ErrInvalidDocument},
		{"id in another case", edit(`"id":`, `"ID":`), did.ErrInvalidDocument},
		{"no id", edit(`"id":`, `"name":`), did.ErrInvalidDocument},
		{"other id", edit(`"id": "did:web:college.example"`, `"id": "did:web:other.example"`), did.ErrDocumentID},
		{"id with a slash", edit(`"id": "did:web:college.example"`, `"id": "did:web:college.example/"`), did.ErrDocumentID},
		{"id in capitals", edit(`"id": "did:web:college.example"`, `"id": "did:web:College.example"`), did.ErrDocumentID},
		{"methods an object", edit(`"verificationMethod": [`, `"verificationMethod": {}, "x": [`), did.ErrInvalidDocument},
		{"methods null", edit(`"verificationMethod": [`, `"verificationMethod": null, "x": [`), did.ErrInvalidDocument},
		{"method a string", edit(`"verificationMethod": [`, `"verificationMethod": ["#x", `), did.ErrInvalidDocument},
		{"relationship a string", edit(`"authentication": ["#ed"]`, `"authentication": "#ed"`), did.ErrInvalidDocument},
		{"relationship of numbers", edit(`"authentication": ["#ed"]`, `"authentication": [1]`), did.ErrInvalidDocument},
		{"reference without fragment", edit(`"authentication": ["#ed"]`, `"authentication": ["did:web:college.example"]`), did.ErrInvalidDocument},
		{"relative reference", edit(`"authentication": ["#ed"]`, `"authentication": ["keys#ed"]`), did.ErrInvalidDocument},
		{"two methods of one id", edit(`"#jwk", "type"`, `"#ed", "type"`), did.ErrInvalidDocument},
		{"embedded twin", edit(`"#embedded"`, `"did:web:college.example#ed"`), did.ErrInvalidDocument},
		{"twin in keyAgreement", edit(`"service":`, `"keyAgreement": [`+strings.TrimSuffix(fmt.Sprintf(method, "ed"), ",")+`], "service":`), did.ErrInvalidDocument},
		{"method without id", edit(`"id": "#jwk", `, ``), did.ErrInvalidDocument},
		{"method id without fragment", edit(`"#jwk", "type"`, `"did:web:college.example", "type"`), did.ErrInvalidDocument},
		{"secretKeyMultibase", edit(`"type": "Multikey"`, `"type": "Multikey", "secretKeyMultibase": "z"`), did.ErrInvalidDocument},
		{"privateKeyMultibase", edit(`"type": "PqcKey2030"`, `"type": "PqcKey2030", "privateKeyMultibase": "z"`), did.ErrInvalidDocument},
		{"secretKeyJwk", edit(`"type": "JsonWebKey"`, `"type": "JsonWebKey", "secretKeyJwk": {}`), did.ErrInvalidDocument},
		{"JWK with d", jwk(`"d":"AA"`), did.ErrInvalidDocument},
		{"too many methods", edit(`"verificationMethod": [`, `"verificationMethod": [`+many), did.ErrInvalidDocument},
		{"too many listed", edit(`"authentication": [`, `"authentication": [`+strings.Repeat(`"#ed",`, 70)), did.ErrInvalidDocument},
		{"too deep", edit(`"service": [`, `"deep": `+strings.Repeat("[", 40)+strings.Repeat("]", 40)+`, "service": [`), did.ErrInvalidDocument},
		{"context of something else", edit(`"https://www.w3.org/ns/did/v1", "https`, `"https`), did.ErrInvalidDocument},
		{"context an object", edit(`["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"]`, `{"@vocab": "https://college.example/"}`), did.ErrInvalidDocument},
		{"context null", edit(`["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"]`, `null`), did.ErrInvalidDocument},
		{"no contexts in the list", edit(`["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"]`, `[]`), did.ErrInvalidDocument},
		{"controller a number", edit(`"controller": "did:web:college.example",
  "also`, `"controller": 1,
  "also`), did.ErrInvalidDocument},
		{"alsoKnownAs a string", edit(`["https://college.example"]`, `"https://college.example"`), did.ErrInvalidDocument},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if d, err := did.ParseDocument([]byte(c.text), college); !errors.Is(err, c.want) || d != nil {
				t.Fatalf("got %v, want %v", err, c.want)
			}
		})
	}
}

// TestMethodAlone changes one thing in one method: it alone must fall.
func TestMethodAlone(t *testing.T) {
	cases := []struct {
		name, old, new, url string
		want                error
	}{
		{"no controller", `"Multikey", "controller": "did:web:college.example"`, `"Multikey"`, "#ed", did.ErrInvalidMethod},
		{"controller a list", `"Multikey", "controller": "did:web:college.example"`, `"Multikey", "controller": ["did:web:college.example"]`, "#ed", did.ErrInvalidMethod},
		{"no key", `"publicKeyMultibase": "` + edKey + `"`, `"x": 1`, "#ed", did.ErrInvalidMethod},
		{"key under no name", `"publicKeyMultibase": "` + edKey + `"`, `"": ` + exampleJWK, "#ed", did.ErrInvalidMethod},
		{"damaged key", edKey, nullKey, "#ed", did.ErrInvalidMethod},
		{"secret key as public", edKey, "z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq", "#ed", did.ErrInvalidMethod},
		{"two keys", `"publicKeyMultibase": "` + edKey + `"`, `"publicKeyMultibase": "` + edKey + `", "publicKeyJwk": ` + exampleJWK, "#ed", did.ErrInvalidMethod},
		{"key and PEM", `"publicKeyMultibase": "` + edKey + `"`, `"publicKeyMultibase": "` + edKey + `", "publicKeyPem": "x"`, "#ed", did.ErrInvalidMethod},
		{"key of another form", `"publicKeyMultibase": "` + edKey + `"`, `"publicKeyJwk": ` + exampleJWK, "#ed", did.ErrInvalidMethod},
		{"JWK under another name", `"publicKeyMultibase": "` + edKey + `"`, `"publicKeyMultibase": ` + exampleJWK, "#ed", did.ErrInvalidMethod},
		{"type a list", `"type": "Multikey"`, `"type": ["Multikey"]`, "#ed", did.ErrUnsupportedKey},
		{"type in another case", `"type": "Multikey"`, `"type": "multikey"`, "#ed", did.ErrUnsupportedKey},
		{"BLS12-381", edKey, blsKey, "#ed", did.ErrUnsupportedKey},
		{"JWK off the curve", `f83O`, `f83P`, "#jwk", did.ErrInvalidMethod},
		{"JWK alg of RSA", `"alg":"ES256"`, `"alg":"RS256"`, "#jwk", did.ErrInvalidMethod},
		{"JWK for encryption", `"alg":"ES256"`, `"use":"enc"`, "#jwk", did.ErrInvalidMethod},
		{"JWK of P-521", `"crv":"P-256"`, `"crv":"P-521"`, "#jwk", did.ErrUnsupportedKey},
		{"revoked without offset", `"2026-01-01T00:00:00Z"`, `"2026-01-01T00:00:00"`, "#jwk", did.ErrInvalidMethod},
		{"revoked without day", `"2026-01-01T00:00:00Z"`, `"2026-02-30T00:00:00Z"`, "#jwk", did.ErrInvalidMethod},
		{"revoked null", `"2026-01-01T00:00:00Z"`, `null`, "#jwk", did.ErrInvalidMethod},
		{"revoked a number", `"2026-01-01T00:00:00Z"`, `1767225600`, "#jwk", did.ErrInvalidMethod},
		{"2019 type with P-384", `"Multikey", "controller": "did:web:college.example", "publicKeyMultibase": "` + edKey, `"EcdsaSecp256r1VerificationKey2019", "controller": "did:web:college.example", "publicKeyMultibase": "` + p384Key, "#ed", did.ErrInvalidMethod},
		{"2019 type with two keys", `"Multikey", "controller": "did:web:college.example"`, `"EcdsaSecp256r1VerificationKey2019", "controller": "did:web:college.example", "publicKeyJwk": ` + exampleJWK, "#ed", did.ErrInvalidMethod},
		{"2019 type without key", `"Multikey", "controller": "did:web:college.example", "publicKeyMultibase": "` + edKey + `"`, `"EcdsaSecp256r1VerificationKey2019", "controller": "did:web:college.example"`, "#ed", did.ErrInvalidMethod},
		{"2020 type with P-256", `"expires": "2030-01-01T00:00:00+01:00", "publicKeyMultibase": "` + edKey, `"publicKeyMultibase": "` + p256Key, "#old", did.ErrInvalidMethod},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			text := strings.Replace(goodDocument, c.old, c.new, 1)
			if text == goodDocument {
				t.Fatal("nothing changed")
			}
			d, err := did.ParseDocument([]byte(text), college)
			if err != nil {
				t.Fatal(err)
			}
			if m, err := d.Method(college+c.url, did.AssertionMethod); !errors.Is(err, c.want) || m.Key != nil {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			if _, err := d.Method(college+"#embedded", did.AssertionMethod); err != nil {
				t.Errorf("the next key fell too: %v", err)
			}
		})
	}
}

// TestContexts accepts the forms of @context that DID documents and issuers' documents have.
func TestContexts(t *testing.T) {
	const listed = `["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"]`
	for _, context := range []string{`"https://www.w3.org/ns/did/v1"`, `["https://www.w3.org/ns/did/v1.1", {"@vocab": "x:"}]`, `"https://w3id.org/did/v1"`, `["https://www.w3.org/ns/cid/v1"]`} {
		if _, err := did.ParseDocument([]byte(strings.Replace(goodDocument, listed, context, 1)), college); err != nil {
			t.Errorf("%s: %v", context, err)
		}
	}
	if _, err := did.ParseDocument([]byte(strings.Replace(goodDocument, `"@context": `+listed+",", "", 1)), college); err != nil {
		t.Errorf("none: %v", err)
	}
	profile := `{"@context":["https://www.w3.org/ns/credentials/v2"],"id":"https://college.example/issuer"}`
	if _, err := did.ParseDocument([]byte(profile), "https://college.example/issuer"); err != nil {
		t.Errorf("a profile: %v", err)
	}
}

// TestSecp256r1Type reads the older type of P-256 keys in both its forms.
func TestSecp256r1Type(t *testing.T) {
	for _, key := range []string{`"publicKeyJwk": ` + exampleJWK, `"publicKeyMultibase": "` + p256Key + `"`} {
		text := `{"id":"` + college + `","assertionMethod":[{"id":"#k","type":"EcdsaSecp256r1VerificationKey2019","controller":"` + college + `",` + key + `}]}`
		d, err := did.ParseDocument([]byte(text), college)
		if err != nil {
			t.Fatal(err)
		}
		if m, err := d.Method(college+"#k", did.AssertionMethod); err != nil || m.Key == nil {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func TestNewDocument(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	revoked := time.Date(2026, 2, 3, 4, 5, 6, 0, time.FixedZone("", 3600))
	published := []did.PublishedKey{
		{Fragment: "ed", Public: public(t, edKey)},
		{Fragment: "p256", Public: public(t, p256Key)},
		{Fragment: "p384", Public: public(t, p384Key), Revoked: &revoked},
		{Fragment: "rsa", Public: rsaKey.Public()},
	}
	b, err := did.NewDocument(college, published)
	if err != nil {
		t.Fatal(err)
	}
	d, err := did.ParseDocument(b, college)
	if err != nil {
		t.Fatal(err)
	}
	for i, k := range published {
		m, err := d.Method(college+"#"+k.Fragment, did.AssertionMethod)
		if k.Revoked != nil {
			if !errors.Is(err, did.ErrRevoked) || !d.Methods[i].Revoked.Equal(revoked) {
				t.Errorf("revoked key: %+v, %v", d.Methods[i], err)
			}
			continue
		}
		if err != nil || !same(m.Key, k.Public) || m.Expires != nil {
			t.Errorf("%s: %+v, %v", k.Fragment, m, err)
		}
		if _, err := d.Method(m.ID, did.Authentication); !errors.Is(err, did.ErrRelationship) {
			t.Errorf("%s for authentication: %v", k.Fragment, err)
		}
	}
	var top struct {
		Context []string `json:"@context"`
	}
	if err := json.Unmarshal(b, &top); err != nil || len(top.Context) != 3 {
		t.Errorf("context %v, %v", top.Context, err)
	}
	again, err := did.NewDocument(college, published)
	if err != nil || string(again) != string(b) {
		t.Errorf("second time: %s, %v", again, err)
	}
	empty, err := did.NewDocument(college, nil)
	if err != nil || strings.Contains(string(empty), "assertionMethod") {
		t.Errorf("empty: %s, %v", empty, err)
	}
	bad := map[string][]did.PublishedKey{
		"twice": {published[0], published[0]}, "no fragment": {{Public: public(t, edKey)}},
		"fragment with blank": {{Fragment: "a b", Public: public(t, edKey)}}, "no key": {{Fragment: "a"}},
		"private key": {{Fragment: "a", Public: rsaKey}},
	}
	for name, list := range bad {
		if b, err := did.NewDocument(college, list); err == nil {
			t.Errorf("%s: %s", name, b)
		}
	}
}

func FuzzParseDocument(f *testing.F) {
	f.Add([]byte(goodDocument))
	f.Add([]byte(`{"id":"did:web:college.example","assertionMethod":[{"id":"#a"}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := did.ParseDocument(b, college)
		if err != nil {
			return
		}
		if d.ID != college {
			t.Fatalf("id %q", d.ID)
		}
		for _, m := range d.Methods {
			got, err := d.Method(m.ID, did.AssertionMethod)
			if err != nil {
				continue
			}
			if got.Controller != college || !strings.HasPrefix(got.ID, college+"#") {
				t.Fatalf("key of somebody else: %+v", got)
			}
			if _, err := keys.Thumbprint(got.Key); err != nil {
				t.Fatal(err)
			}
		}
	})
}
