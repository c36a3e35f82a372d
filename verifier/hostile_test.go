package verifier

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"laurel/internal/jsonld"
	"laurel/internal/proof"
	"laurel/internal/strictjson"
	"laurel/internal/vc"
)

// The hostile cases: good documents of every form, each with one thing made wrong. A case
// states the verdict and the one check that changes; every other check is as it was in the
// good document's report, or was not reached.

// scene is a document, what was asked about it and the world in which it is verified.
type scene struct {
	*world
	form    string
	input   []byte
	request Request
	config  Config
	alg     string // of a token
}

// hostile is one case: a form, and what is done to a scene of it.
type hostile struct {
	group, name, form string
	do                func(s *scene)
	verdict           Verdict
	code              string
}

// wrong is what is done to a good document, and what must come of it.
type wrong struct {
	name    string
	do      func(s *scene)
	verdict Verdict
	code    string
}

// batch makes cases of one group and form.
type batch []wrong

func (b batch) of(group, form string) []hostile {
	out := make([]hostile, len(b))
	for i, c := range b {
		out[i] = hostile{group, c.name, form, c.do, c.verdict, c.code}
	}
	return out
}

// hostileGroups are all the cases; the files hostile_*_test.go hold them by theme.
func hostileGroups() []hostile {
	return slices.Concat(jsonCases(), meaningCases(), proofCases(), keyCases(), tokenCases(), sdCases(), statusCases(), containerCases(), shownCases(), olderCases())
}

const enoughHostile = 300

func TestHostile(t *testing.T) {
	good := map[string]map[string]string{} // by form, the code of each check
	counts, names := map[string]int{}, map[string]bool{}
	cases := hostileGroups()
	for _, c := range cases {
		if full := c.group + "/" + c.form + "/" + c.name; names[full] {
			t.Errorf("two cases are called %s", full)
		} else {
			names[full] = true
		}
		counts[c.group]++
		if good[c.form] == nil {
			r := newScene(t, c.form).report()
			if r.Verdict != Valid {
				t.Fatalf("the good %s is %s: %+v", c.form, r.Verdict, r.Deciding())
			}
			good[c.form] = codesOf(r)
		}
		t.Run(c.group+"/"+c.form+"/"+c.name, func(t *testing.T) {
			s := newScene(t, c.form)
			c.do(s)
			r := s.report()
			got := codesOf(r)
			changed := codes[c.code].check
			if r.Verdict != c.verdict || got[changed] != c.code {
				t.Errorf("%s with %s, want %s with %s; %v", r.Verdict, got[changed], c.verdict, c.code, r.Deciding())
			}
			if good[c.form][changed] == c.code {
				t.Errorf("the good document has %s too", c.code)
			}
			for id, code := range got {
				if id == "schema" && c.code == "status-malformed" {
					continue // the schema sees some of the faults of a status entry as well
				}
				if code == "status-until-now" && c.code == "validity-expired" {
					continue // both speak of the moment that was asked about
				}
				if id != changed && good[c.form][id] != code {
					t.Errorf("%s changed as well, from %q to %q", id, good[c.form][id], code)
				}
			}
		})
	}
	for _, group := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%4d %s", counts[group], group)
	}
	if t.Logf("%4d cases in all", len(cases)); len(cases) < enoughHostile {
		t.Errorf("%d hostile cases, want %d", len(cases), enoughHostile)
	}
}

func codesOf(r *Report) map[string]string {
	out := map[string]string{}
	for _, c := range r.Checks {
		out[c.ID] = c.Code
	}
	return out
}

func (s *scene) report() *Report {
	s.config.Offline, s.config.Now = true, func() time.Time { return now }
	s.config.Own = func(_ context.Context, url string) ([]byte, bool) {
		body, ok := s.documents[url]
		return body, ok
	}
	s.request.Input = s.input
	return New(s.config).Verify(context.Background(), s.request)
}

// hostileKeys are made once, for RSA takes its time.
var hostileKeys = sync.OnceValue(func() map[string]crypto.Signer {
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		panic(err)
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return map[string]crypto.Signer{"P-256": p256, "P-384": p384, "RSA": rsaKey}
})

// forms make a good scene each. A form that is not here is one of embeddedForms or tokenForms.
var forms = map[string]func(t testing.TB) *scene{}

type embeddedForm struct{ key, suite string }

var embeddedForms = map[string]embeddedForm{
	"eddsa-rdfc": {"Ed25519", proof.EdDSARDFC2022}, "eddsa-jcs": {"Ed25519", proof.EdDSAJCS2022},
	"p256-rdfc": {"P-256", proof.ECDSARDFC2019}, "p256-jcs": {"P-256", proof.ECDSAJCS2019},
	"p384-rdfc": {"P-384", proof.ECDSARDFC2019}, "p384-jcs": {"P-384", proof.ECDSAJCS2019},
	"ed25519-2020": {"Ed25519", proof.Ed25519Signature2020}, "sd": {"P-256", proof.ECDSASD2023},
}

var tokenForms = map[string]string{ // form: key
	"RS256": "RSA", "PS256": "RSA", "ES256": "P-256", "ES384": "P-384", "EdDSA": "Ed25519",
	"vc claim": "Ed25519", "vc+jwt": "Ed25519",
}

func keyNamed(t testing.TB, name string) crypto.Signer {
	if name == "Ed25519" {
		return ed25519Key(t)
	}
	return hostileKeys()[name]
}

func newScene(t testing.TB, form string) *scene {
	t.Helper()
	if f, ok := embeddedForms[form]; ok {
		s := &scene{world: newWorld(t, keyNamed(t, f.key)), form: form}
		s.sign(nil)
		return s
	}
	if key, ok := tokenForms[form]; ok {
		s := &scene{world: newWorld(t, keyNamed(t, key)), form: form, alg: form}
		if form == "vc claim" || form == "vc+jwt" {
			s.alg = "EdDSA"
		}
		if form == "PS256" { // the document publishes RSA keys for RS256
			published(didURL, func(d map[string]any) {
				delete(object(d["verificationMethod"].([]any)[0].(map[string]any), "publicKeyJwk"), "alg")
			})(s)
		}
		s.sign(nil)
		return s
	}
	make, ok := forms[form]
	if !ok {
		t.Fatal("no form", form)
	}
	s := make(t)
	s.form = form
	return s
}

// sign makes the good document anew with a change that its issuer makes.
func (s *scene) sign(change func(map[string]any)) {
	s.t.Helper()
	if _, isToken := tokenForms[s.form]; isToken {
		s.signToken(nil, change)
		return
	}
	f := embeddedForms[s.form]
	b := func(b map[string]any) {
		if f.suite == proof.Ed25519Signature2020 {
			toV1(b)
		}
		if change != nil {
			change(b)
		}
	}
	options := proof.Options{Suite: f.suite, Created: now.Add(-time.Hour)}
	if f.suite == proof.ECDSASD2023 {
		options.Mandatory = []string{"/issuer", "/validFrom", "/validUntil", "/credentialStatus", "/credentialSubject"}
	}
	signed, err := proof.SignWith(context.Background(), jsonld.Pinned(), s.prepare(b), proof.Signer{Method: s.method, Key: s.key}, options)
	if err != nil {
		s.t.Fatal(err)
	}
	if s.input = signed; f.suite == proof.ECDSASD2023 {
		tree, err := strictjson.ParseObject(signed, strictjson.Limits{})
		if err != nil {
			s.t.Fatal(err)
		}
		if s.input, err = proof.Derive(context.Background(), jsonld.Pinned(), strictjson.Of(tree), []string{"/name"}); err != nil {
			s.t.Fatal(err)
		}
	}
}

// toV1 makes the sample one of version 1.1 of the data model.
func toV1(b map[string]any) {
	b["@context"] = []any{"https://www.w3.org/2018/credentials/v1", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"}
	b["issuanceDate"], b["expirationDate"] = b["validFrom"], b["validUntil"]
	delete(b, "validFrom")
	delete(b, "validUntil")
	delete(b, "credentialStatus")
}

// signToken signs the good document as a token of the scene's form, with changes.
func (s *scene) signToken(header, change func(map[string]any)) {
	s.t.Helper()
	h := map[string]any{"alg": s.alg, "kid": s.method}
	p := tree(s.t, nil)
	switch s.form {
	case "vc claim":
		toV1(p)
		p = map[string]any{"vc": p, "iss": p["issuer"].(map[string]any)["id"], "jti": p["id"], "nbf": unix(p["issuanceDate"]), "exp": unix(p["expirationDate"])}
	case "vc+jwt":
		h["typ"] = "vc+jwt"
	default:
		p["iss"], p["jti"], p["nbf"], p["exp"] = issuerDID, p["id"], unix(p["validFrom"]), unix(p["validUntil"])
	}
	if change != nil {
		change(p)
	}
	if header != nil {
		header(h)
	}
	s.input = []byte(s.compact(h, p))
}

func unix(text any) json.Number {
	at, err := time.Parse(time.RFC3339, text.(string))
	if err != nil {
		panic(err)
	}
	return json.Number(strconv.FormatInt(at.Unix(), 10))
}

// compact signs any header and payload.
func (s *scene) compact(header, payload map[string]any) string {
	s.t.Helper()
	return s.compactText(encode(s.t, header), encode(s.t, payload))
}

func (s *scene) compactText(header, payload string) string {
	s.t.Helper()
	text := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString([]byte(payload))
	return text + "." + base64.RawURLEncoding.EncodeToString(rawSign(s.t, s.key, s.alg, text))
}

func encode(t testing.TB, v any) string {
	raw, err := vc.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// rawSign signs as an algorithm of JOSE prescribes (RFC 7518 §3).
func rawSign(t testing.TB, key crypto.Signer, alg, text string) []byte {
	t.Helper()
	hash := crypto.SHA256
	if alg == "ES384" {
		hash = crypto.SHA384
	}
	h := hash.New()
	h.Write([]byte(text))
	var out []byte
	var err error
	switch k := key.(type) {
	case *rsa.PrivateKey:
		if alg == "PS256" {
			out, err = rsa.SignPSS(rand.Reader, k, hash, h.Sum(nil), &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
		} else {
			out, err = rsa.SignPKCS1v15(rand.Reader, k, hash, h.Sum(nil))
		}
	case *ecdsa.PrivateKey:
		r, sig, e := ecdsa.Sign(rand.Reader, k, h.Sum(nil))
		size := (k.Curve.Params().BitSize + 7) / 8
		out, err = append(r.FillBytes(make([]byte, size)), sig.FillBytes(make([]byte, size))...), e
	default:
		out, err = key.Sign(nil, []byte(text), crypto.Hash(0))
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// The ways to change a scene.

// replace changes the bytes of the document.
func replace(old, new string) func(*scene) {
	return func(s *scene) {
		s.t.Helper()
		if !strings.Contains(string(s.input), old) {
			s.t.Fatalf("no %s in %s", old, s.input)
		}
		s.input = []byte(strings.Replace(string(s.input), old, new, 1))
	}
}

// after changes the document that was signed.
func after(change func(map[string]any)) func(*scene) {
	return func(s *scene) { s.t.Helper(); s.input = s.edit(s.input, change) }
}

// before has the issuer sign a changed document.
func before(change func(map[string]any)) func(*scene) {
	return func(s *scene) { s.t.Helper(); s.sign(change) }
}

// inProof changes the first proof after the fact.
func inProof(change func(p map[string]any)) func(*scene) {
	return after(func(b map[string]any) { change(proofOf(b)) })
}

func proofOf(b map[string]any) map[string]any {
	if list, ok := b["proof"].([]any); ok {
		return list[0].(map[string]any)
	}
	return object(b, "proof")
}

// published changes a document of the world.
func published(url string, change func(map[string]any)) func(*scene) {
	return func(s *scene) { s.t.Helper(); s.documents[url] = s.edit(s.documents[url], change) }
}

func set(name string, v any) func(map[string]any) { return func(m map[string]any) { m[name] = v } }
func drop(name string) func(map[string]any)       { return func(m map[string]any) { delete(m, name) } }
