// Package jsonldtest has documents for those who test readers of JSON-LD: ones that people
// wrote, and ones made from them by chance.
//
// It judges none of them. Readers that were written apart from each other do that, where
// they must agree.
package jsonldtest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"laurel/internal/needs"
	"laurel/internal/strictjson"
)

// ours are documents for what the standards' test data leave out.
var ours = map[string]string{
	"members": `{"@context":["https://www.w3.org/ns/credentials/v2","https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
"id":"urn:uuid:1","type":["VerifiableCredential","OpenBadgeCredential"],"name":"n",
"credentialSubject":{"type":"AchievementSubject","achievement":{"type":"Achievement","tag":["a","b"],
"resultDescription":[{"id":"urn:r","type":"ResultDescription","allowedValue":["1","2","1"]}]}},"evidence":[{"type":"Evidence"},{"type":"Evidence"}]}`,
	"texts": `{"@context":"https://www.w3.org/ns/credentials/v2","type":"VerifiableCredential",
"name":{"@value":"x","@language":"de-AT"},"description":{"@value":"x","@language":"ar","@direction":"rtl"}}`,
	"private": `{"@context":["https://www.w3.org/ns/credentials/v2","https://www.w3.org/ns/credentials/undefined-terms/v2"],
"type":["VerifiableCredential","Own"],"issuer":"did:web:a.example","own":{"deep":[1,2.5,true,"x"]}}`,
	"own": `{"@context":["https://www.w3.org/ns/credentials/v2","https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
{"@version":1.1,"@protected":true,"score":"https://x.example/score"},{"mark":{"@id":"https://x.example/mark","@type":"@id","@container":"@list"}}],
"id":"urn:uuid:1","type":["VerifiableCredential","OpenBadgeCredential"],"score":"A","mark":[1,"urn:x"],
"credentialSubject":{"@context":{"@vocab":"https://x.example/v#"},"deeper":{"id":"urn:y","x":"y"}}}`,
	"blank": `{"@context":["https://www.w3.org/ns/credentials/v2","https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
{"score":{"@id":"https://a.example/score","@container":"@list"},"grade":"https://a.example/grade"}],"id":"_:b0","type":["VerifiableCredential","OpenBadgeCredential"],
"score":["A","B"],"grade":2,"credentialSubject":{"type":"AchievementSubject","grade":{"id":"_:b0"}}}`,
	"presentation": `{"@context":"https://www.w3.org/ns/credentials/v2","type":"VerifiablePresentation","holder":"did:web:a.example","verifiableCredential":[
{"@context":["https://www.w3.org/ns/credentials/v2","https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],"type":["VerifiableCredential","OpenBadgeCredential"],
"credentialSubject":{"type":"AchievementSubject","achievement":{"id":"urn:a","type":"Achievement","name":"a"}}},
{"@context":"https://www.w3.org/ns/credentials/v2","type":"VerifiableCredential","name":"b"}]}`,
	"schema as JSON": `{"@context":"https://www.w3.org/ns/credentials/v2","type":["VerifiableCredential","JsonSchemaCredential"],
"credentialSubject":{"id":"https://a.example/s.json","type":"JsonSchema","jsonSchema":{"$schema":"https://json-schema.org/draft/2020-12/schema",
"type":"object","properties":{"id":null,"@context":{"x":[1.0,1e21,-0,5e-324,"é\u2028<"]}},"required":[],"@value":"x","a:b":{"@id":7},"jsonSchema":true}}}`,
	"keys as JSON": `{"@context":["https://www.w3.org/ns/cid/v1","https://w3id.org/security/suites/jws-2020/v1"],"id":"urn:c","verificationMethod":[
{"id":"urn:c#1","type":"JsonWebKey","controller":"urn:c","publicKeyJwk":{"kty":"OKP","crv":"Ed25519","x":"x"}},
{"id":"urn:c#2","type":"JsonWebKey2020","controller":"urn:c","publicKeyJwk":[]}]}`,
	"confirmation as JSON": `{"@context":"https://www.w3.org/ns/credentials/v2","type":"VerifiableCredential","_sd":["b","a",null],
"credentialSubject":{"id":"urn:x","_sd":["x"],"cnf":{"kid":"urn:k","jwk":{"kty":"OKP","b":2,"a":{"id":"urn:x","type":"T"}}}}}`,
	"JSON of its own": `{"@context":["https://www.w3.org/ns/credentials/v2","https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
{"raw":{"@id":"https://x.example/raw","@type":"@json"},"rows":{"@id":"https://x.example/rows","@type":"@json","@container":"@list"},
"set":{"@id":"https://x.example/set","@type":"@json","@container":"@set"}}],"type":["VerifiableCredential","OpenBadgeCredential"],
"raw":[{"raw":1,"@id":7,"@context":{"raw":"@id"}},null,[[]]],"rows":[[1,2],3],"set":["a","a"],
"credentialSubject":{"type":"AchievementSubject","raw":null,"rows":{"@list":[1]}}}`,
	"JSON by name alone": `{"@context":["https://www.w3.org/ns/credentials/v2",{"raw":{"@id":"https://x.example/raw","@type":"@json"},"jwk":"https://x.example/jwk"}],
"type":"VerifiableCredential","raw":"json:0","jwk":{"raw":{"x":null},"jwk":["json:1",{"id":"urn:y","raw":[],"jwk":"json:0"}]},
"credentialSubject":{"@context":{"raw":"https://x.example/other"},"raw":{"id":"urn:z","raw":["x","json:2"],"jwk":"y"}}}`,
}

// Corpus returns documents of every kind, by their names, without their proofs: a few of
// our own, and those among the standards' test data.
func Corpus(t testing.TB) map[string]strictjson.Value {
	t.Helper()
	documents := map[string]strictjson.Value{}
	for name, text := range ours {
		documents[name] = Read(t, []byte(text))
	}
	root := needs.Standards(t)
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".json") || strings.Contains(path, "contexts") {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if v, malformed := strictjson.ReadObject(raw, strictjson.Limits{}); malformed == nil && v.Member("@context").Present() {
			documents[name] = v.Without("proof")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return documents
}

// Read reads a document that is known to be an object.
func Read(t testing.TB, text []byte) strictjson.Value {
	t.Helper()
	v, err := strictjson.ReadObject(text, strictjson.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return v
}
