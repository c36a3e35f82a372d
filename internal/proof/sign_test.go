package proof

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
	"laurel/internal/vc"
)

var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func edKey(t testing.TB) crypto.Signer {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func ecKey(t testing.TB, curve elliptic.Curve) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func signer(key crypto.Signer) Signer { return NewSigner("did:web:a.example#k", key) }

// signed returns a document with one more proof.
func signed(t testing.TB, document vc.Prepared, key crypto.Signer, o Options) map[string]any {
	t.Helper()
	raw, err := SignWith(context.Background(), processor, document, signer(key), o)
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, raw)
}

// verify opens and verifies a document with one key.
func verify(tree map[string]any, key crypto.Signer, terms Terms) error {
	d, err := Open(processor, strictjson.Of(tree))
	if err != nil {
		return err
	}
	verified, _, err := d.Verify(context.Background(), one(Method{Key: key.Public()}), terms)
	if (verified == nil) != (err != nil) {
		return errors.New("verified with an error, or neither")
	}
	return err
}

// TestEverySuite signs and verifies with every suite, and refuses the keys of others.
func TestEverySuite(t *testing.T) {
	kinds := map[string]crypto.Signer{"Ed25519": edKey(t), "P-256": ecKey(t, elliptic.P256()), "P-384": ecKey(t, elliptic.P384())}
	for suite, fit := range map[string][]string{
		EdDSARDFC2022: {"Ed25519"}, EdDSAJCS2022: {"Ed25519"}, Ed25519Signature2020: {"Ed25519"}, eddsa2022: {"Ed25519"},
		ECDSARDFC2019: {"P-256", "P-384"}, ECDSAJCS2019: {"P-256", "P-384"}, ECDSASD2023: {"P-256"}, "bbs-2023": nil,
	} {
		for kind, key := range kinds {
			_, err := SignWith(context.Background(), processor, prepared(t), signer(key), Options{Suite: suite, Created: now})
			if (err == nil) != slices.Contains(fit, kind) {
				t.Errorf("%s with %s: %v", suite, kind, err)
			}
			if err != nil || suite == ECDSASD2023 {
				continue
			}
			tree := signed(t, prepared(t), key, Options{Suite: suite, Created: now, Expires: now.Add(time.Hour), Nonce: "n", Domain: []string{"a", "b"}})
			if err := verify(tree, key, Terms{At: now}); err != nil {
				t.Errorf("%s: %v", suite, err)
			}
			if err := verify(tree, key, Terms{At: now.Add(time.Hour)}); err == nil || errors.Is(err, ErrUndecided) {
				t.Errorf("%s, expired: %v", suite, err)
			}
			tree["name"] = "another"
			if err := verify(tree, key, Terms{At: now}); err == nil || errors.Is(err, ErrUndecided) {
				t.Errorf("%s, changed: %v", suite, err)
			}
		}
	}
}

// TestProofTypes holds that a proof's type and cryptosuite belong together.
func TestProofTypes(t *testing.T) {
	key := edKey(t)
	tree := signed(t, prepared(t), key, Options{Created: now})
	p := tree["proof"].([]any)[0].(map[string]any)
	for name, c := range map[string]struct {
		proofType, suite any
		undecided        bool
	}{
		"no cryptosuite":             {dataIntegrityProof, nil, false},
		"cryptosuite a number":       {dataIntegrityProof, json.Number("1"), false},
		"unknown cryptosuite":        {dataIntegrityProof, "bbs-2023", true},
		"a type as cryptosuite":      {dataIntegrityProof, Ed25519Signature2020, true},
		"a cryptosuite as type":      {EdDSARDFC2022, nil, true},
		"unknown type":               {"Ed25519Signature2018", nil, true},
		"a type and a cryptosuite":   {Ed25519Signature2020, EdDSARDFC2022, true},
		"cryptosuite of another key": {dataIntegrityProof, ECDSAJCS2019, false},
	} {
		p["type"], p["cryptosuite"] = c.proofType, c.suite
		if c.suite == nil {
			delete(p, "cryptosuite")
		}
		if err := verify(tree, key, Terms{At: now}); err == nil || errors.Is(err, ErrUndecided) != c.undecided {
			t.Errorf("%s: %v", name, err)
		}
	}
}

const presentation = `{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiablePresentation"],"holder":"did:example:1"}`

// TestTerms holds a presentation to its purpose, challenge and domain (VC-DI §4.4).
func TestTerms(t *testing.T) {
	document, err := vc.PreparePresentation(json.RawMessage(presentation))
	if err != nil {
		t.Fatal(err)
	}
	key := edKey(t)
	for _, suite := range []string{EdDSARDFC2022, EdDSAJCS2022} {
		sign := func(o Options) map[string]any {
			o.Suite, o.Created = suite, now
			return signed(t, document, key, o)
		}
		asked := sign(Options{Purpose: Authentication, Challenge: "c", Domain: []string{"d.example"}})
		twice := sign(Options{Purpose: Authentication, Challenge: "c", Domain: []string{"d.example", "e.example"}})
		same := sign(Options{Purpose: Authentication, Challenge: "c", Domain: []string{"d.example", "d.example"}})
		bare := sign(Options{Purpose: Authentication})
		asserted := sign(Options{Challenge: "c", Domain: []string{"d.example"}})
		terms := Terms{At: now, Purpose: Authentication, Challenge: "c", Domain: "d.example"}
		elsewhere, replayed, unasked := terms, terms, Terms{At: now, Purpose: Authentication}
		elsewhere.Domain, replayed.Challenge = "e.example", "c2"
		other := errors.New("any")
		for name, c := range map[string]struct {
			tree  map[string]any
			terms Terms
			want  error
		}{
			"as asked":             {asked, terms, nil},
			"not asked":            {asked, unasked, nil},
			"nothing answered":     {bare, unasked, nil},
			"two domains":          {twice, terms, ErrDomain},
			"one domain twice":     {same, terms, nil},
			"another domain":       {asked, elsewhere, ErrDomain},
			"another challenge":    {asked, replayed, ErrChallenge},
			"no domain":            {bare, Terms{At: now, Purpose: Authentication, Domain: "d.example"}, ErrDomain},
			"no challenge":         {bare, Terms{At: now, Purpose: Authentication, Challenge: "c"}, ErrChallenge},
			"an assertion":         {asserted, terms, other},
			"asked as a assertion": {asked, Terms{At: now, Challenge: "c", Domain: "d.example"}, other},
		} {
			err := verify(c.tree, key, c.terms)
			if (err == nil) != (c.want == nil) || c.want != other && !errors.Is(err, c.want) || errors.Is(err, ErrUndecided) {
				t.Errorf("%s, %s: %v", suite, name, err)
			}
		}
		for member, v := range map[string]any{"challenge": []any{"c"}, "domain": json.Number("1"), "nonce": true, "created": "yesterday", "expires": ""} {
			tree := sign(Options{Purpose: Authentication})
			tree["proof"].([]any)[0].(map[string]any)[member] = v
			if err := verify(tree, key, unasked); err == nil || errors.Is(err, ErrUndecided) {
				t.Errorf("%s, %s of the wrong type: %v", suite, member, err)
			}
		}
	}
}

// TestOlderModel signs credentials of the data model 1.1, whose context does not define the
// terms of a proof: what does is added, visibly, and once (VC-DI §2.4.2).
func TestOlderModel(t *testing.T) {
	v1 := strings.NewReplacer(`"https://www.w3.org/ns/credentials/v2"`, `"https://www.w3.org/2018/credentials/v1"`, "validFrom", "issuanceDate",
		`"name":"Alumni Credential","description":"A minimum viable example of an Alumni Credential.",`, "").Replace(alumni)
	ed, p256 := edKey(t), ecKey(t, elliptic.P256())
	for suite, key := range map[string]crypto.Signer{EdDSARDFC2022: ed, EdDSAJCS2022: ed, Ed25519Signature2020: ed, ECDSASD2023: p256} {
		tree := signed(t, prepare(t, json.RawMessage(v1)), key, Options{Suite: suite, Created: now})
		if list := tree["@context"].([]any); len(list) != 3 || list[2] != termsOf[suites[suite].proofType][0] {
			t.Errorf("%s: contexts %v", suite, list)
		}
		if err := verify(tree, key, Terms{At: now}); suite != ECDSASD2023 && err != nil {
			t.Errorf("%s: %v", suite, err)
		}
		again := signed(t, prepare(t, tree), key, Options{Suite: suite, Created: now})
		if !reflect.DeepEqual(again["@context"], tree["@context"]) || len(again["proof"].([]any)) != 2 {
			t.Errorf("%s, a second proof: %v", suite, again)
		}
	}
	if tree := signed(t, prepared(t), ed, Options{Created: now}); len(tree["@context"].([]any)) != 2 {
		t.Error("a context was added to a credential of 2.0", tree)
	}
}

// TestContextsOfJCS holds the rule for the contexts of the jcs suites (VC-DI-EdDSA §3.3.2).
func TestContextsOfJCS(t *testing.T) {
	key := edKey(t)
	const v2, undefined, examples = "https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/undefined-terms/v2", "https://www.w3.org/ns/credentials/examples/v2"
	for name, c := range map[string]struct {
		signed, shown []any
		good          bool
	}{
		"the same":                  {[]any{v2, examples}, []any{v2, examples}, true},
		"one more":                  {[]any{v2, examples}, []any{v2, examples, "https://w3id.org/security/data-integrity/v2"}, true},
		"one less":                  {[]any{v2, undefined, examples}, []any{v2, undefined}, false},
		"another order":             {[]any{v2, undefined, examples}, []any{v2, examples, undefined}, false},
		"one that changes a term":   {[]any{v2, undefined}, []any{v2, undefined, examples}, false},
		"one that is not known":     {[]any{v2, examples}, []any{v2, examples, "https://unknown.example/"}, false},
		"one between the signed":    {[]any{v2, examples}, []any{v2, undefined, examples}, false},
		"one that defines one more": {[]any{v2, undefined}, []any{v2, examples}, false},
	} {
		document := parse(t, []byte(alumni))
		document["@context"] = c.signed
		tree := signed(t, prepare(t, document), key, Options{Suite: EdDSAJCS2022, Created: now})
		if got := tree["proof"].([]any)[0].(map[string]any)["@context"]; !reflect.DeepEqual(got, any(c.signed)) {
			t.Fatalf("%s: the proof has the contexts %v", name, got)
		}
		tree["@context"] = c.shown
		if err := verify(tree, key, Terms{At: now}); (err == nil) != c.good {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSignsChains adds proofs that build on others, and by other suites than those.
func TestSignsChains(t *testing.T) {
	key := edKey(t)
	tree := signed(t, prepared(t), key, Options{Created: now, ID: "urn:uuid:a"})
	tree = signed(t, prepare(t, tree), key, Options{Suite: EdDSAJCS2022, Created: now, ID: "urn:uuid:b"})
	tree = signed(t, prepare(t, tree), key, Options{Suite: EdDSAJCS2022, Created: now, ID: "urn:uuid:c", Previous: []string{"urn:uuid:b", "urn:uuid:a"}})
	tree = signed(t, prepare(t, tree), key, Options{Created: now, Previous: []string{"urn:uuid:c"}})
	good := func() int {
		d, err := Open(processor, strictjson.Of(tree))
		if err != nil {
			t.Fatal(err)
		}
		_, outcomes, _ := d.Verify(context.Background(), one(Method{Key: key.Public()}), Terms{At: now})
		return len(slices.DeleteFunc(outcomes, func(o Outcome) bool { return o.Err != nil }))
	}
	if n := good(); n != 4 {
		t.Fatalf("%d proofs of 4 are good", n)
	}
	for i, left := range []int{1, 1, 2, 3} {
		p := tree["proof"].([]any)[i].(map[string]any)
		value := p["created"]
		p["created"] = "2020-01-01T00:00:00Z"
		if n := good(); n != left {
			t.Errorf("with proof %d changed %d are good, want %d", i, n, left)
		}
		p["created"] = value
	}
	for _, missing := range [][]string{{"urn:uuid:x"}, {"urn:uuid:a", "urn:uuid:a"}} {
		if _, err := SignWith(context.Background(), processor, prepare(t, tree), signer(key), Options{Previous: missing}); err == nil {
			t.Errorf("built on %v", missing)
		}
	}
}

func TestRefusesToSign(t *testing.T) {
	p256 := ecKey(t, elliptic.P256())
	undefined := prepare(t, json.RawMessage(strings.Replace(alumni, `,"https://www.w3.org/ns/credentials/examples/v2"`, ``, 1)))
	for _, suite := range []string{ECDSARDFC2019, ECDSAJCS2019, ECDSASD2023} {
		if _, err := SignWith(context.Background(), processor, undefined, signer(p256), Options{Suite: suite}); !errors.Is(err, jsonld.ErrDataLoss) {
			t.Errorf("%s, an undefined term: %v", suite, err)
		}
	}
	if _, err := SignWith(context.Background(), processor, prepared(t), signer(p256), Options{Mandatory: []string{"/issuer"}}); err == nil {
		t.Error("a suite that withholds nothing was told what may not be withheld")
	}
	for _, pointer := range []string{"/nobody", "issuer", "/issuer/id", "/type/7", "/type/-", "/type/00", "/~2"} {
		if _, err := SignWith(context.Background(), processor, prepared(t), signer(p256), Options{Suite: ECDSASD2023, Mandatory: []string{pointer}}); err == nil {
			t.Errorf("signed with %q as mandatory", pointer)
		}
	}
}
