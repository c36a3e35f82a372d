package proof

import (
	"context"
	"crypto"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path"
	"reflect"
	"strings"
	"testing"
	"time"

	"laurel/internal/jsonld"
	"laurel/internal/needs"
	"laurel/internal/strictjson"
	"laurel/internal/vc"
	"laurel/keys"
)

var processor = jsonld.Pinned()

// didKey resolves did:key methods, which need no network.
func didKey(_ context.Context, method, purpose string) (Method, error) {
	id, fragment, _ := strings.Cut(method, "#")
	key, err := keys.ParseMultikey(fragment)
	if err != nil || purpose != Assertion {
		return Method{}, errors.New("no such method")
	}
	return Method{Key: key, Controller: id}, nil
}

func parse(t testing.TB, raw []byte) map[string]any {
	t.Helper()
	tree, err := strictjson.ParseObject(raw, strictjson.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// officialSuites are the folders of the W3C vectors of a signature over the whole document:
// suite, folder, the file names' ending, key file.
var officialSuites = []struct{ suite, folder, ending, keys string }{
	{EdDSARDFC2022, "vc-di-eddsa/eddsa-rdfc-2022", "DataInt", "vc-di-eddsa/keyPair.json"},
	{EdDSARDFC2022, "vc-di-eddsa/eddsa-rdfc-2022/employ", "DataInt", "vc-di-eddsa/keyPair.json"},
	{EdDSAJCS2022, "vc-di-eddsa/eddsa-jcs-2022", "JCS", "vc-di-eddsa/keyPair.json"},
	{Ed25519Signature2020, "vc-di-eddsa/Ed25519Signature2020", "EdSig", "vc-di-eddsa/keyPair.json"},
	{ECDSARDFC2019, "vc-di-ecdsa/ecdsa-rdfc-2019-p256", "ECDSAP256", "vc-di-ecdsa/p256KeyPair.json"},
	{ECDSARDFC2019, "vc-di-ecdsa/ecdsa-rdfc-2019-p256/employ", "ECDSAP256", "vc-di-ecdsa/p256KeyPair.json"},
	{ECDSARDFC2019, "vc-di-ecdsa/ecdsa-rdfc-2019-p384", "ECDSAP384", "vc-di-ecdsa/p384KeyPair.json"},
	{ECDSARDFC2019, "vc-di-ecdsa/ecdsa-rdfc-2019-p384/employ", "ECDSAP384", "vc-di-ecdsa/p384KeyPair.json"},
	{ECDSAJCS2019, "vc-di-ecdsa/ecdsa-jcs-2019-p256", "JCSECDSAP256", "vc-di-ecdsa/p256KeyPair.json"},
	{ECDSAJCS2019, "vc-di-ecdsa/ecdsa-jcs-2019-p384", "JCSECDSAP384", "vc-di-ecdsa/p384KeyPair.json"},
}

// TestOfficialVectors reproduces every published step of these vectors: both hashes, the
// bytes that are signed, the signature bit for bit; verifies the signed document, and signs
// it anew to the same value.
func TestOfficialVectors(t *testing.T) {
	for _, v := range officialSuites {
		t.Run(strings.ReplaceAll(v.folder, "/", "_"), func(t *testing.T) {
			file := func(name string) []byte { return needs.File(t, "w3c", path.Join(v.folder, name)) }
			text := func(name string) string { return strings.TrimSpace(string(file(name))) }
			signed := parse(t, file("signed"+v.ending+".json"))
			d, err := Open(processor, strictjson.Of(signed))
			if err != nil {
				t.Fatal(err)
			}
			p := d.proofs[0]
			signer := secretKey(t, v.keys)
			suite, err := suiteFor(v.suite, signer.Public())
			if err != nil {
				t.Fatal(err)
			}
			data, err := d.hashData(context.Background(), p, suite)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := hex.EncodeToString(data), text("proofHash"+v.ending+".txt")+text("docHash"+v.ending+".txt"); got != want {
				t.Fatalf("hash data %s, want %s", got, want)
			}
			signature, err := suite.sign(signer, data)
			if err != nil || keys.EncodeMultibase58(signature) != p.Member("proofValue").Text() {
				t.Fatalf("signature %s (%v), want %s", keys.EncodeMultibase58(signature), err, p.Member("proofValue").Text())
			}
			verified, outcomes, err := d.Verify(context.Background(), didKey, Terms{At: time.Now()})
			if err != nil || verified == nil || len(outcomes) != 1 {
				t.Fatalf("not verified: %v", err)
			}
			again, err := SignWith(context.Background(), processor, prepare(t, d.Unsecured()), NewSigner(p.Member("verificationMethod").Text(), signer), Options{Suite: v.suite, Created: outcomes[0].Created})
			if err != nil {
				t.Fatal(err)
			}
			if made := parse(t, again)["proof"].([]any)[0]; !reflect.DeepEqual(made, p.Tree()) {
				t.Errorf("made %v, want %v", made, p)
			}
		})
	}
}

func prepare(t testing.TB, document any) vc.Prepared {
	t.Helper()
	p, err := vc.Prepare(document)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// secretKey reads a published key pair.
func secretKey(t *testing.T, file string) crypto.Signer {
	t.Helper()
	var pair map[string]string
	if err := json.Unmarshal(needs.File(t, "w3c", file), &pair); err != nil {
		t.Fatal(err)
	}
	for name, value := range pair {
		if strings.HasPrefix(name, "privateKey") || strings.HasPrefix(name, "secretKey") {
			signer, err := keys.ParseSecretMultikey(value)
			if err != nil {
				t.Fatal(err)
			}
			return signer
		}
	}
	t.Fatalf("no secret key in %s", file)
	return nil
}

// TestOpenBadgesVectors verifies the published badge and its hashes (implementation
// guide of Open Badges 3.0).
func TestOpenBadgesVectors(t *testing.T) {
	for _, name := range []string{"obv3p0", "clrv2p0"} {
		signed := parse(t, needs.File(t, "open-badges", "vectors", name, "signed.json"))
		d, err := Open(processor, strictjson.Of(signed))
		if err != nil {
			t.Fatal(err)
		}
		canonical, err := d.graph.Canonical(context.Background(), crypto.SHA256)
		if err != nil || string(canonical) != string(needs.File(t, "open-badges", "vectors", name, "document-canon.txt")) {
			t.Fatalf("%s: the canonical form differs (%v)", name, err)
		}
		if _, _, err := d.Verify(context.Background(), didKey, Terms{At: time.Now()}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// alumni is the credential of the W3C vectors, which a lone clone checks as well.
const alumni = `{"@context":["https://www.w3.org/ns/credentials/v2","https://www.w3.org/ns/credentials/examples/v2"],
"id":"urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33","type":["VerifiableCredential","AlumniCredential"],
"name":"Alumni Credential","description":"A minimum viable example of an Alumni Credential.",
"issuer":"https://vc.example/issuers/5678","validFrom":"2023-01-01T00:00:00Z",
"credentialSubject":{"id":"did:example:abcdefgh","alumniOf":"The School of Examples"}}`

// published are the figures of VC-DI-EdDSA §B.1 and VC-DI-ECDSA §A.1 and §A.2: suite,
// method, document hash, signature.
var published = []struct{ name, suite, secret, created, documentHash, proofValue string }{
	{"Ed25519", EdDSARDFC2022, "z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq", "2023-02-24T23:36:38Z",
		"517744132ae165a5349155bef0bb0cf2258fff99dfe1dbd914b938d775a36017",
		"z2YwC8z3ap7yx1nZYCg4L3j3ApHsF8kgPdSb5xoS1VR7vPG3F561B52hYnQF9iseabecm3ijx4K1FBTQsCZahKZme"},
	{"P-256", ECDSARDFC2019, "z42twTcNeSYcnqg1FLuSFs2bsGH3ZqbRHFmvS9XMsYhjxvHN", "2023-02-24T23:36:38Z",
		"517744132ae165a5349155bef0bb0cf2258fff99dfe1dbd914b938d775a36017",
		"zaHXrr7AQdydBk3ahpCDpWbxfLokDqmCToYm2dyWvpcFVyWooC2he63w1f7UNQoAMKdhaRtcnaE2KTo5o5vTCcfw"},
	{"P-384", ECDSARDFC2019, "z2fanyY7zgwNpZGxX5fXXibvScNaUWNprHU9dKx7qpVj7mws9J8LLt4mDB5TyH2GLHWkUc", "2023-02-24T23:36:38Z",
		"8bf6e01df72c5b62f91b685231915ac4b8c58ea95f002c6b8f6bfafa1b251df476b56b8e01518e317dab099d3ecbff96",
		"z967Mvv5bxtmLNqTzPZ8KmJjFmFXaAKeQNzq7GWnQkMcLtaGSSmuozE5WtJ8PipMe178B1tE28K1vsJur9bGVJhz6jgSJsRHFSQeqgH8hhjcg8gZDFJC1b9FsR5ggNmDBqHv"},
}

func TestPublishedFigures(t *testing.T) {
	for _, v := range published {
		t.Run(v.name, func(t *testing.T) {
			signer, err := keys.ParseSecretMultikey(v.secret)
			if err != nil {
				t.Fatal(err)
			}
			multikey, err := keys.Multikey(signer.Public())
			if err != nil {
				t.Fatal(err)
			}
			prepared, err := vc.Prepare(json.RawMessage(alumni))
			if err != nil {
				t.Fatal(err)
			}
			created, err := vc.ParseTime(v.created)
			if err != nil {
				t.Fatal(err)
			}
			method := "did:key:" + multikey + "#" + multikey
			raw, err := Sign(context.Background(), processor, prepared, NewSigner(method, signer), created)
			if err != nil {
				t.Fatal(err)
			}
			d, err := Open(processor, strictjson.Of(parse(t, raw)))
			if err != nil {
				t.Fatal(err)
			}
			if got := d.proofs[0].Member("proofValue").Text(); got != v.proofValue {
				t.Errorf("proofValue %s, want %s", got, v.proofValue)
			}
			suite, err := suiteFor(v.suite, signer.Public())
			if err != nil {
				t.Fatal(err)
			}
			if h, err := d.appendDocumentHash(context.Background(), nil, strictjson.Value{}, suite.hash); err != nil || hex.EncodeToString(h) != v.documentHash {
				t.Errorf("document hash %x (%v), want %s", h, err, v.documentHash)
			}
		})
	}
}

// TestOfficialSets verifies the published proof sets and chains, every proof of them, and
// refuses a chain of which a proof before was changed or taken out.
func TestOfficialSets(t *testing.T) {
	for file, proofs := range map[string]int{"signedProofSet1": 1, "signedProofSet2": 2, "signedProofChain1": 3, "signedProofChain2": 4} {
		raw := needs.File(t, "w3c", "vc-di-eddsa", "proof-set-chain", file+".json")
		if good := goodProofs(t, parse(t, raw)); good != proofs {
			t.Errorf("%s: %d proofs of %d are good", file, good, proofs)
		}
		if !strings.Contains(file, "Chain") {
			continue
		}
		list := func(tree map[string]any) []any { return tree["proof"].([]any) }
		taken := parse(t, raw)
		taken["proof"] = list(taken)[1:]
		if good := goodProofs(t, taken); good >= proofs-1 {
			t.Errorf("%s without its first proof: %d are good", file, good)
		}
		changed := parse(t, raw)
		list(changed)[0].(map[string]any)["created"] = "2020-01-01T00:00:00Z"
		if good := goodProofs(t, changed); good >= proofs-1 {
			t.Errorf("%s with its first proof changed: %d are good", file, good)
		}
		circle := parse(t, raw)
		last := list(circle)[proofs-1].(map[string]any)
		last["id"], last["previousProof"] = "urn:uuid:1", "urn:uuid:1"
		if good := goodProofs(t, circle); good >= proofs {
			t.Errorf("%s built on itself: %d are good", file, good)
		}
	}
}

// TestSignsOfficialChain makes the four proofs of the longest published chain anew, one
// after the other.
func TestSignsOfficialChain(t *testing.T) {
	want := parse(t, needs.File(t, "w3c", "vc-di-eddsa", "proof-set-chain", "signedProofChain2.json"))
	var pairs map[string]struct{ PrivateKeyMultibase string }
	if err := json.Unmarshal(needs.File(t, "w3c", "vc-di-eddsa", "proof-set-chain", "multiKeyPairs.json"), &pairs); err != nil {
		t.Fatal(err)
	}
	tree := maps.Clone(want)
	delete(tree, "proof")
	for i, proof := range want["proof"].([]any) {
		key, err := keys.ParseSecretMultikey(pairs[fmt.Sprint("keyPair", i+1)].PrivateKeyMultibase)
		if err != nil {
			t.Fatal(err)
		}
		o := readOptions(strictjson.Of(proof.(map[string]any)))
		options := Options{Created: o.Created}
		options.ID, _ = proof.(map[string]any)["id"].(string)
		options.Previous, _ = vc.Texts(strictjson.Of(proof.(map[string]any)["previousProof"]))
		raw, err := SignWith(context.Background(), processor, prepare(t, tree), NewSigner(o.Method, key), options)
		if err != nil {
			t.Fatal(err)
		}
		tree = parse(t, raw)
	}
	if !reflect.DeepEqual(tree, want) {
		t.Errorf("signed %v", tree)
	}
}

func goodProofs(t *testing.T, tree map[string]any) (good int) {
	t.Helper()
	d, err := Open(processor, strictjson.Of(tree))
	if err != nil {
		t.Fatal(err)
	}
	_, outcomes, _ := d.Verify(context.Background(), didKey, Terms{At: time.Now()})
	for _, o := range outcomes {
		if o.Err == nil {
			good++
		}
	}
	return good
}
