package jsonld

import (
	"bytes"
	"context"
	"crypto"
	_ "crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"laurel/internal/jsonld/jsonldtest"
	"laurel/internal/needs"
	"laurel/internal/rdfc"
	"laurel/internal/strictjson"
	"laurel/schemas"
)

func parse(t testing.TB, text string) strictjson.Value {
	t.Helper()
	object, err := strictjson.ReadObject([]byte(text), strictjson.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return object
}

// wrap puts members into a small credential.
func wrap(members string) string {
	return `{"@context":["https://www.w3.org/ns/credentials/v2","https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
"id":"urn:uuid:1","type":["VerifiableCredential","OpenBadgeCredential"]` + members + `}`
}

func canonical(t *testing.T, text string) (string, error) {
	t.Helper()
	g, err := Pinned().Read(parse(t, text))
	if err != nil {
		return "", err
	}
	out, err := g.Canonical(context.Background(), crypto.SHA256)
	return string(out), err
}

// The literals of JSON-LD 1.1 API §8.2.2, as the contexts of Open Badges type them. The
// lines were compared with those of the npm package jsonld 9.
func TestLiterals(t *testing.T) {
	const xsd = "https://www.w3.org/2001/XMLSchema#" // the contexts do write https
	for members, want := range map[string]string{
		`,"name":"a\"b\\c\n\u0001é"`:                                                `"a\"b\\c\n\u0001é"`,
		`,"name":{"@value":"x","@language":"de-AT"}`:                                `"x"@de-at`,
		`,"name":{"@value":"x","@language":"ar","@direction":"rtl"}`:                `"x"^^<https://www.w3.org/ns/i18n#ar_rtl>`,
		`,"credentialSubject":{"type":"AchievementSubject","creditsEarned":42.0}`:   `"42"^^<` + xsd + `float>`,
		`,"credentialSubject":{"type":"AchievementSubject","creditsEarned":2.5}`:    `"2.5E0"^^<` + xsd + `float>`,
		`,"credentialSubject":{"type":"AchievementSubject","creditsEarned":1e21}`:   `"1.0E21"^^<` + xsd + `float>`,
		`,"credentialSubject":{"type":"AchievementSubject","creditsEarned":0.0001}`: `"1.0E-4"^^<` + xsd + `float>`,
		`,"credentialSubject":{"type":"AchievementSubject","creditsEarned":-0}`:     `"0"^^<` + xsd + `float>`,
		`,"validFrom":"2026-01-01T00:00:00Z"`:                                       `"2026-01-01T00:00:00Z"^^<http://www.w3.org/2001/XMLSchema#dateTime>`,
	} {
		out, err := canonical(t, wrap(members))
		if err != nil || !strings.Contains(out, want+" .\n") {
			t.Errorf("%s: %v\n%s want %s", members, err, out, want)
		}
	}
}

func TestRefused(t *testing.T) {
	for members, want := range map[string]error{
		`,"grade":"A"`:                                           ErrDataLoss,
		`,"credentialSubject":{"grade":"A"}`:                     ErrDataLoss,
		`,"issuer":{"id":"https://a.example","type":["Nobody"]}`: ErrDataLoss,
		`,"issuer":"relative"`:                                   ErrDataLoss,
		`,"issuer":"https://a.example/a b"`:                      ErrDataLoss,
		`,"issuer":"https://a.example/<b>"`:                      ErrDataLoss,
		`,"evidence":{"id":"https://` + strings.Repeat("a", 3000) + `.example/ ","type":["Evidence"]}`: ErrDataLoss,
		`,"awardedDate":null`:                                                              ErrDataLoss,
		`,"@id":"urn:x"`:                                                                   ErrDataLoss,
		`,"@reverse":{}`:                                                                   ErrDataLoss,
		`,"https://schema.org/name":"x"`:                                                   ErrDataLoss,
		`,"name":{"@value":5}`:                                                             ErrDataLoss,
		`,"name":{"@value":"x","@type":"urn:x"}`:                                           ErrDataLoss,
		`,"name":{"@value":"x","@language":"no tag"}`:                                      ErrDataLoss,
		`,"name":{"@value":"x","@direction":"up"}`:                                         ErrDataLoss,
		`,"credentialSubject":{"@context":{"x":"name"},"x":1}`:                             ErrContext,
		`,"credentialSubject":{"@context":"https://unknown.example/c","x":1}`:              ErrUnknownContext,
		`,"credentialSubject":{"@context":"/etc/passwd","x":1}`:                            ErrUnknownContext,
		`,"credentialSubject":{"@context":5,"x":1}`:                                        ErrContext,
		`,"credentialSubject":{"@context":null,"x":1}`:                                     ErrContext,
		`,"credentialSubject":{"@context":"https://www.w3.org/2018/credentials/v1","x":1}`: ErrContext,
		`,"evidence":[` + strings.Repeat(`{"type":["Evidence","Evidence"]},`, Default.Reading/priceType/2) + `{"type":["Evidence"]}]`: ErrUnsupported,
		`,"issuer":{"type":5}`: ErrContext,
	} {
		if _, err := canonical(t, wrap(members)); !errors.Is(err, want) {
			t.Errorf("%.60s: %v, want %v", members, err, want)
		}
	}
}

// TestNothingStated holds that a document of which a proof would cover nothing is refused.
func TestNothingStated(t *testing.T) {
	for _, members := range []string{``, `,"id":"urn:x"`, `,"id":"urn:x","type":[]`, `,"type":[],"evidence":[]`} {
		if out, err := canonical(t, `{"@context":"https://www.w3.org/ns/credentials/v2"`+members+`}`); !errors.Is(err, ErrDataLoss) {
			t.Errorf("%s: %v\n%s", members, err, out)
		}
	}
}

// TestPresentation holds that each credential in a presentation is a graph of its own
// (VC-DM §4.13). The lines are those of the npm package jsonld 9.
func TestPresentation(t *testing.T) {
	got, err := canonical(t, `{"@context":"https://www.w3.org/ns/credentials/v2","type":"VerifiablePresentation","verifiableCredential":[
{"@context":"https://www.w3.org/ns/credentials/v2","type":"VerifiableCredential","name":"a"},
{"@context":"https://www.w3.org/ns/credentials/v2","type":"VerifiableCredential","name":"b"}]}`)
	if want := `_:c14n0 <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://www.w3.org/2018/credentials#VerifiableCredential> _:c14n1 .
_:c14n0 <https://schema.org/name> "b" _:c14n1 .
_:c14n2 <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://www.w3.org/2018/credentials#VerifiablePresentation> .
_:c14n2 <https://www.w3.org/2018/credentials#verifiableCredential> _:c14n1 .
_:c14n2 <https://www.w3.org/2018/credentials#verifiableCredential> _:c14n4 .
_:c14n3 <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://www.w3.org/2018/credentials#VerifiableCredential> _:c14n4 .
_:c14n3 <https://schema.org/name> "a" _:c14n4 .
`; err != nil || got != want {
		t.Errorf("%v: %s", err, got)
	}
	for _, inner := range []string{`{"type":"VerifiableCredential"}`, `"urn:uuid:1"`} {
		if got, err := canonical(t, `{"@context":"https://www.w3.org/ns/credentials/v2","type":"VerifiablePresentation","verifiableCredential":`+inner+`}`); err == nil {
			t.Errorf("%s was read: %s", inner, got)
		}
	}
}

// TestBudget holds that two documents on one budget are paid for twice, and that the second
// is refused without a word about it.
func TestBudget(t *testing.T) {
	document := parse(t, wrap(`,"evidence":[{"type":["Evidence"]}]`))
	budget := Default
	if _, err := Pinned().ReadWithin(document, &budget); err != nil {
		t.Fatal(err)
	}
	budget = Budget{Reading: (Default.Reading-budget.Reading)*2 - 1}
	if _, err := Pinned().ReadWithin(document, &budget); err != nil {
		t.Fatal(err)
	}
	if _, err := Pinned().ReadWithin(document, &budget); !errors.Is(err, ErrUnsupported) {
		t.Errorf("read beyond the budget: %v", err)
	}
}

// TestPublishedCanonicalForms compares with the N-Quads of the implementation guide.
func TestPublishedCanonicalForms(t *testing.T) {
	for _, name := range []string{"obv3p0", "clrv2p0"} {
		out, err := canonical(t, string(needs.File(t, "open-badges", "vectors", name, "unsigned.json")))
		if want := string(needs.File(t, "open-badges", "vectors", name, "document-canon.txt")); err != nil || out != want {
			t.Errorf("%s: %v\n%s\nwant\n%s", name, err, out, want)
		}
	}
}

// TestFixtures reads every badge of the official validator: those that name an error in
// the linked data are refused, the others are read, and none changes the contexts.
func TestFixtures(t *testing.T) {
	lossy := map[string]bool{
		"simple-err-context.json": true, "simple-err-type.json": true, "simple-err-evidence-type.json": true,
		"simple-err-issuer-type.json": true, "simple-err-issuer-otheridentifier-type.json": true, "simple-err-issuer-parentorg-type.json": true,
		"simple-err-credential-subject-type.json": true, "simple-err-credential-subject-result-type.json": true,
		"simple-err-credential-subject-profile-type.json": true, "simple-err-credential-subject-identifier-type.json": true,
		"simple-err-credential-subject-achievement-result-description-type.json": true,
		"complete_v1.json": true, // a refresh service without the extensions' context
	}
	p := newProcessor(schemas.LookupContext)
	files, err := filepath.Glob(filepath.Join(needs.Standards(t), "open-badges", "fixtures", "ob30", "*.json"))
	if err != nil || len(files) < 30 {
		t.Fatal(len(files), err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		budget, document := Default, parse(t, string(raw)).Without("proof")
		_, err = p.readGeneral(document.Member("@context"), document, &budget, &toRDF{})
		if name := filepath.Base(file); lossy[name] != errors.Is(err, ErrDataLoss) || err != nil && !lossy[name] {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !reflect.DeepEqual(p.general().contexts, newProcessor(schemas.LookupContext).general().contexts) {
		t.Error("reading documents changed the pinned contexts")
	}
}

// TestEditions holds that the edited context differs in the two terms that were added, and
// that documents without them are read the same.
func TestEditions(t *testing.T) {
	if want := map[string]bool{"jti": true, "endorsementJwt": true}; !reflect.DeepEqual(edited(), want) {
		t.Errorf("edited are %v, want %v", edited(), want)
	}
	for members, want := range map[string]bool{
		"": false, `,"jti":"urn:x"`: true, `,"evidence":[{"type":["Evidence"],"endorsementJwt":[]}]`: true, `,"name":"jti"`: true,
	} {
		if got := EditionsDiffer(parse(t, wrap(members))); got != want {
			t.Errorf("%s: %v", members, got)
		}
	}
	document := parse(t, wrap(listed))
	newer, errNewer := Pinned().Read(document)
	older, errOlder := OlderEdition().Read(document)
	if errNewer != nil || errOlder != nil {
		t.Fatal(errNewer, errOlder)
	}
	a, _ := newer.Canonical(t.Context(), crypto.SHA256)
	b, _ := older.Canonical(t.Context(), crypto.SHA256)
	if !bytes.Equal(a, b) {
		t.Error("read differently")
	}
}

func TestOwn(t *testing.T) {
	g, err := Pinned().Read(parse(t, wrap(`,"issuer":{"id":"did:web:a.example","type":["Profile"]},"credentialStatus":[{"id":"urn:a","type":"BitstringStatusListEntry"},{"id":"urn:b","type":"BitstringStatusListEntry"}]`)))
	if err != nil {
		t.Fatal(err)
	}
	const ns = "https://www.w3.org/2018/credentials#"
	if stated(g, ns+"issuer") != 1 || stated(g, ns+"credentialStatus") != 2 || stated(g, ns+"validUntil") != 0 || len(g.Types()) != 2 {
		t.Errorf("issuer %d, status %d, types %v", stated(g, ns+"issuer"), stated(g, ns+"credentialStatus"), g.Types())
	}
}

// stated counts how often a document states a property of itself.
func stated(g *Graph, property string) int {
	n := 0
	for p := range g.Own() {
		if p == property {
			n++
		}
	}
	return n
}

// FuzzRead holds that no document makes the processor panic, and that what is read is
// read the same again.
func FuzzRead(f *testing.F) {
	f.Add([]byte(wrap(`,"name":{"@value":"x","@language":"de"},"issuer":{"id":"did:web:a.example","type":["Profile"]}`)))
	f.Add([]byte(`{"@context":"https://w3id.org/security/v2","type":["a","b"],"id":"_:b0"}`))
	f.Add([]byte(`{"@context":"https://w3id.org/openbadges/v2","type":"Assertion","id":"urn:x","badge":{"id":"urn:y"}}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		document, err := strictjson.ReadObject(in, strictjson.Limits{Bytes: 4096})
		if err != nil {
			return
		}
		read := func() (string, error) {
			g, err := Pinned().Read(document)
			if err != nil {
				return "", err
			}
			out, err := g.Canonical(context.Background(), crypto.SHA256)
			return string(out), err
		}
		first, err := read()
		second, again := read()
		if first != second || (err == nil) != (again == nil) {
			t.Fatalf("read twice: %v %q, %v %q", err, first, again, second)
		}
		if err != nil && !errors.Is(err, ErrDataLoss) && !errors.Is(err, ErrContext) && !errors.Is(err, ErrUnknownContext) &&
			!errors.Is(err, ErrUnsupported) && !errors.Is(err, rdfc.ErrBudget) {
			t.Fatalf("an error of no kind: %v", err)
		}
	})
}

// What a nested object with the document's id says is said of the document.
func TestOwnEverywhere(t *testing.T) {
	const until = "https://www.w3.org/2018/credentials#validUntil"
	for members, want := range map[string]int{
		`,"validUntil":"2026-01-01T00:00:00Z"`: 1,
		`,"evidence":{"id":"urn:uuid:1","type":["Evidence","VerifiableCredential"],"validUntil":"2026-01-01T00:00:00Z"}`:                                     1,
		`,"validUntil":"2027-01-01T00:00:00Z","evidence":{"id":"urn:uuid:1","type":["Evidence","VerifiableCredential"],"validUntil":"2026-01-01T00:00:00Z"}`: 2,
		`,"evidence":{"id":"urn:uuid:2","type":["Evidence","VerifiableCredential"],"validUntil":"2026-01-01T00:00:00Z"}`:                                     0,
	} {
		g, err := Pinned().Read(parse(t, wrap(members)))
		if err != nil {
			t.Fatal(err)
		}
		if got := stated(g, until); got != want {
			t.Errorf("%s: %d, want %d", members, got, want)
		}
	}
}

// TestRelease: a graph that was released states nothing and has no canonical form, neither of
// nothing nor of what is read in its memory later; one that is kept stays as it is.
func TestRelease(t *testing.T) {
	var documents []strictjson.Value
	for _, document := range jsonldtest.Corpus(t) {
		documents = append(documents, document)
	}
	read := func(document strictjson.Value) *Graph {
		g, err := Pinned().Read(document)
		if err != nil {
			return nil
		}
		return g
	}
	kept, want := []*Graph{}, []string{}
	for _, document := range documents {
		g := read(document)
		if g == nil {
			continue
		}
		want = append(want, nquads(g))
		g.Keep()
		kept = append(kept, g)
		if again := read(document); nquads(again) != want[len(want)-1] {
			t.Error("a document states something else the second time")
		} else {
			again.Release()
			if out, err := again.Canonical(t.Context(), crypto.SHA256); err == nil || len(again.Types()) > 0 {
				t.Errorf("after its release it states %q", out)
			}
		}
	}
	for i, g := range kept {
		if got := nquads(g); got != want[i] {
			t.Errorf("what was kept states\n%s\nwant\n%s", got, want[i])
		}
	}
}
