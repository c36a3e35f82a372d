package linkage

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"laurel/internal/did"
	"laurel/internal/jsonld"
	"laurel/internal/needs"
	"laurel/internal/proof"
	"laurel/internal/signed"
	"laurel/internal/vc"
	"laurel/keys"
	"laurel/registry"
)

const (
	college = "did:web:badges.college.example"
	origin  = "https://college.example"
)

var now = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// world is what a Looker meets: documents by their address, TXT records by their name, and
// the college's key.
type world struct {
	t         *testing.T
	key       crypto.Signer
	documents map[string]string
	moved     map[string]string // to where an address redirects
	records   map[string][]string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, key: newKey(t), documents: map[string]string{}, moved: map[string]string{}, records: map[string][]string{}}
	w.publish(`"service":[{"id":"#d","type":"LinkedDomains","serviceEndpoint":"https://college.example"}]`)
	w.configure(w.linkage(nil))
	return w
}

func newKey(t *testing.T) crypto.Signer {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (w *world) thumbprint() string {
	name, err := keys.Thumbprint(w.key.Public())
	if err != nil {
		w.t.Fatal(err)
	}
	return name
}

// publish publishes the DID document with a member more.
func (w *world) publish(service string) {
	w.t.Helper()
	raw, err := did.NewDocument(college, []did.PublishedKey{{Fragment: w.thumbprint(), Public: w.key.Public()}})
	if err != nil {
		w.t.Fatal(err)
	}
	w.documents["https://badges.college.example/.well-known/did.json"] = strings.TrimSuffix(strings.TrimSpace(string(raw)), "}") + "," + service + "}"
}

// configure publishes the site's configuration with items of linked_dids.
func (w *world) configure(items ...string) {
	w.documents[origin+configurationPath] = `{"@context":"https://identity.foundation/.well-known/did-configuration/v1","linked_dids":[` +
		strings.Join(items, ",") + `]}`
}

// claims are those of the college's domain linkage token, which change may change.
func (w *world) claims(change func(claims, credential, subject map[string]any)) map[string]any {
	subject := map[string]any{"id": college, "origin": origin}
	credential := map[string]any{
		"@context": []any{"https://www.w3.org/2018/credentials/v1", "https://identity.foundation/.well-known/did-configuration/v1"},
		"type":     []any{"VerifiableCredential", "DomainLinkageCredential"}, "issuer": college,
		"issuanceDate": "2026-01-01T00:00:00Z", "expirationDate": "2027-01-01T00:00:00Z", "credentialSubject": subject,
	}
	claims := map[string]any{"iss": college, "sub": college, "nbf": 1767225600, "exp": 1798761600, "vc": credential}
	if change != nil {
		change(claims, credential, subject)
	}
	return claims
}

func (w *world) linkage(change func(claims, credential, subject map[string]any)) string {
	return w.token(map[string]any{"alg": "EdDSA", "kid": college + "#" + w.thumbprint()}, w.claims(change), w.key)
}

// token signs a compact JWS, as JSON text.
func (w *world) token(header, claims map[string]any, key crypto.Signer) string {
	part := func(v any) string {
		raw, err := json.Marshal(v)
		if err != nil {
			w.t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(raw)
	}
	text := part(header) + "." + part(claims)
	signature, err := key.Sign(rand.Reader, []byte(text), crypto.Hash(0))
	if err != nil {
		w.t.Fatal(err)
	}
	return `"` + text + "." + base64.RawURLEncoding.EncodeToString(signature) + `"`
}

func (w *world) looker() *Looker {
	get := func(_ context.Context, url, _ string, _ int64) ([]byte, string, error) {
		final := url
		if to, ok := w.moved[url]; ok {
			final = to
		}
		if body, ok := w.documents[final]; ok {
			return []byte(body), final, nil
		}
		return nil, "", errors.New("nothing there")
	}
	txt := func(_ context.Context, name string) ([]string, error) {
		if records, ok := w.records[name]; ok {
			return records, nil
		}
		return nil, errors.New("no such name")
	}
	return &Looker{Get: get, Resolver: did.NewResolver(get, false, nil), TXT: txt, Now: func() time.Time { return now }}
}

func TestDIDConfiguration(t *testing.T) {
	type members = map[string]any
	for name, c := range map[string]struct {
		change func(w *world)
		want   error
	}{
		"good":         {func(*world) {}, nil},
		"among others": {func(w *world) { w.configure(`"x"`, `{}`, w.linkage(nil)) }, nil},
		"expired": {func(w *world) {
			w.configure(w.linkage(func(c, vc, _ members) { vc["expirationDate"], c["exp"] = "2026-05-01T00:00:00Z", 1777593600 }))
		}, ErrNotLinked},
		"never expires": {func(w *world) {
			w.configure(w.linkage(func(c, vc, _ members) { delete(vc, "expirationDate"); delete(c, "exp") }))
		}, ErrNotLinked},
		"not valid yet": {func(w *world) {
			w.configure(w.linkage(func(c, vc, _ members) { vc["issuanceDate"], c["nbf"] = "2026-07-01T00:00:00Z", 1782864000 }))
		}, ErrNotLinked},
		"wrong origin": {func(w *world) {
			w.configure(w.linkage(func(_, _, s members) { s["origin"] = "https://other.example" }))
		}, ErrNotLinked},
		"origin by http": {func(w *world) {
			w.configure(w.linkage(func(_, _, s members) { s["origin"] = "http://college.example" }))
		}, ErrNotLinked},
		"another subject": {func(w *world) { w.configure(w.linkage(func(_, _, s members) { s["id"] = "did:web:other.example" })) }, ErrNotLinked},
		"has an id":       {func(w *world) { w.configure(w.linkage(func(_, vc, _ members) { vc["id"] = "urn:x:1" })) }, ErrNotLinked},
		"another type": {func(w *world) {
			w.configure(w.linkage(func(_, vc, _ members) { vc["type"] = []any{"VerifiableCredential"} }))
		}, ErrNotLinked},
		"a typ in the header": {func(w *world) {
			w.configure(w.token(members{"alg": "EdDSA", "kid": college + "#" + w.thumbprint(), "typ": "JWT"}, w.claims(nil), w.key))
		}, ErrNotLinked},
		"another's key": {func(w *world) {
			w.configure(w.token(members{"alg": "EdDSA", "kid": college + "#" + w.thumbprint()}, w.claims(nil), newKey(t)))
		}, ErrNotLinked},
		"a key that is not the DID's": {func(w *world) {
			other := newKey(t)
			id, method, err := did.DIDKey(other.Public())
			if err != nil {
				t.Fatal(id, err)
			}
			w.configure(w.token(members{"alg": "EdDSA", "kid": method}, w.claims(nil), other))
		}, ErrNotLinked},
		"the document names no site": {func(w *world) { w.publish(`"x":1`) }, ErrNotLinked},
		"the document names another site": {func(w *world) {
			w.publish(`"service":[{"id":"#d","type":"LinkedDomains","serviceEndpoint":"https://other.example"}]`)
		}, ErrNotLinked},
		"a list of sites": {func(w *world) {
			w.publish(`"service":[{"id":"#d","type":["LinkedDomains"],"serviceEndpoint":{"origins":["https://other.example","https://college.example"]}}]`)
		}, nil},
		"a member more": {func(w *world) {
			w.documents[origin+configurationPath] = strings.Replace(w.documents[origin+configurationPath], `"@context"`, `"x":1,"@context"`, 1)
		}, ErrNotLinked},
		"redirected elsewhere": {func(w *world) {
			w.moved[origin+configurationPath] = "https://other.example" + configurationPath
			w.documents["https://other.example"+configurationPath] = w.documents[origin+configurationPath]
		}, ErrNotLinked},
		"redirected within": {func(w *world) {
			w.moved[origin+configurationPath] = origin + "/x.json"
			w.documents[origin+"/x.json"] = w.documents[origin+configurationPath]
		}, nil},
		"not there":      {func(w *world) { delete(w.documents, origin+configurationPath) }, ErrUnavailable},
		"no document":    {func(w *world) { w.documents = map[string]string{} }, ErrUnavailable},
		"not JSON":       {func(w *world) { w.documents[origin+configurationPath] = "<html>" }, ErrNotLinked},
		"nobody linked":  {func(w *world) { w.configure() }, ErrNotLinked},
		"seventeenth on": {func(w *world) { w.configure(append(slices.Repeat([]string{`"x"`}, 16), w.linkage(nil))...) }, ErrNotLinked},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			c.change(w)
			link, err := w.looker().DIDConfiguration(context.Background(), college, origin)
			if !errors.Is(err, c.want) {
				t.Fatal(err)
			}
			if c.want == nil && (link.Strength != registry.Mutual || !slices.Equal(link.Keys, []string{w.thumbprint()}) || !strings.HasPrefix(link.Digest, "sha256:")) {
				t.Errorf("%+v", link)
			}
		})
	}
}

// TestDIDConfigurationEmbedded takes a credential with an embedded proof.
func TestDIDConfigurationEmbedded(t *testing.T) {
	w := newWorld(t)
	sign := func(origin string) string {
		document := fmt.Sprintf(`{"@context":["https://www.w3.org/ns/credentials/v2","https://identity.foundation/.well-known/did-configuration/v1"],
"type":["VerifiableCredential","DomainLinkageCredential"],"issuer":%q,"validFrom":"2026-01-01T00:00:00Z","validUntil":"2027-01-01T00:00:00Z",
"credentialSubject":{"id":%q,"origin":%q}}`, college, college, origin)
		prepared, err := vc.Prepare(json.RawMessage(document))
		if err != nil {
			t.Fatal(err)
		}
		raw, err := proof.Sign(context.Background(), jsonld.Pinned(), prepared, proof.Signer{Method: college + "#" + w.thumbprint(), Key: w.key}, now)
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	w.configure(sign(origin))
	if _, err := w.looker().DIDConfiguration(context.Background(), college, origin); err != nil {
		t.Error(err)
	}
	w.configure(strings.Replace(sign("https://other.example"), "https://other.example", origin, 1))
	if _, err := w.looker().DIDConfiguration(context.Background(), college, origin); !errors.Is(err, ErrNotLinked) {
		t.Error("changed after it was signed:", err)
	}
}

// TestPublishedConfiguration reads the sample that the standard publishes, which expired.
func TestPublishedConfiguration(t *testing.T) {
	const id, site = "did:key:z6MkoTHsgNNrby8JzCNQ1iRLyW5QQ6R8Xuu6AA8igGrMVPUM", "https://identity.foundation"
	body := needs.File(t, "trust/did-configuration/did-configuration.json")
	w := newWorld(t)
	l := w.looker()
	for at, want := range map[string]error{"2024-01-01T00:00:00Z": nil, "2026-01-01T00:00:00Z": ErrNotLinked} {
		l.Now = func() time.Time { return must(time.Parse(time.RFC3339, at)) }
		if _, err := l.linked(context.Background(), body, id, site); !errors.Is(err, want) {
			t.Errorf("%s: %v", at, err)
		}
	}
}

func must(at time.Time, err error) time.Time {
	if err != nil {
		panic(err)
	}
	return at
}

func TestDNS(t *testing.T) {
	w := newWorld(t)
	name, good := Record("college.example", college, w.thumbprint())
	for text, c := range map[string]struct {
		id, domain string
		records    []string
		want       error
	}{
		"good":                  {college, "college.example", []string{"v=spf1 -all", good}, nil},
		"two keys":              {college, "college.example", []string{good, strings.Replace(good, w.thumbprint(), strings.Repeat("A", 43), 1)}, nil},
		"another identifier":    {college, "college.example", []string{strings.Replace(good, "badges", "other", 1)}, ErrNotLinked},
		"no key":                {college, "college.example", []string{"did=" + college}, ErrNotLinked},
		"something behind":      {college, "college.example", []string{good + "; x=1"}, ErrNotLinked},
		"no record":             {college, "college.example", nil, ErrUnavailable},
		"a domain of others":    {college, "other.example", []string{good}, ErrNotLinked},
		"a domain that ends so": {"did:web:badcollege.example", "college.example", []string{good}, ErrUnavailable},
		"shared host":           {"did:web:college.github.io", "github.io", []string{good}, ErrSharedHost},
		"own part of a shared":  {"did:web:college.github.io", "college.github.io", []string{good}, ErrSharedHost},
		"named in its document": {college, "college.example", []string{good}, nil},
	} {
		w.records = map[string][]string{}
		if c.records != nil {
			w.records["_obtr."+c.domain+"."] = c.records
		}
		link, err := w.looker().DNS(context.Background(), c.id, c.domain)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v", text, err)
		}
		if c.want == nil && (link.Strength != registry.Mutual || !slices.Contains(link.Keys, w.thumbprint())) {
			t.Errorf("%s: %+v", text, link)
		}
	}
	if name != "_obtr.college.example" {
		t.Error(name)
	}
}

func TestChallenge(t *testing.T) {
	w := newWorld(t)
	c := NewChallenge("https://registry.example", college, now.Add(time.Hour))
	answer := func(c Challenge, key crypto.Signer) []byte {
		raw, err := c.Answer(key)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	link, err := w.looker().Answered(context.Background(), c, answer(c, w.key))
	if err != nil || link.Strength != registry.Weak || !slices.Equal(link.Keys, []string{w.thumbprint()}) {
		t.Fatal(link, err)
	}
	another, elsewhere, old := NewChallenge(c.Registry, c.DID, c.Expires), c, c
	elsewhere.Registry, old.Expires = "https://other.example", now.Add(-time.Hour)
	payload, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	event, err := signed.Draft(payload).Sign("obtr-event+jws", w.key)
	if err != nil {
		t.Fatal(err)
	}
	for name, tried := range map[string]struct {
		challenge Challenge
		answer    []byte
	}{
		"another challenge":   {c, answer(another, w.key)},
		"for another's":       {c, answer(elsewhere, w.key)},
		"another's key":       {c, answer(c, newKey(t))},
		"expired":             {old, answer(old, w.key)},
		"signed as an event":  {c, event.Bytes()},
		"nothing":             {c, nil},
		"a challenge as such": {c, payload},
	} {
		if _, err := w.looker().Answered(context.Background(), tried.challenge, tried.answer); !errors.Is(err, ErrNotLinked) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if c.Nonce == another.Nonce {
		t.Error("two challenges are the same")
	}
}

func TestRegistrable(t *testing.T) {
	for host, want := range map[string]string{
		"college.example": "college.example", "badges.college.example": "college.example", "www.college.ac.uk": "college.ac.uk", "Uni.College.DE.": "college.de",
		"college.github.io": "", "github.io": "", "college.netlify.app": "", "ac.uk": "", "localhost": "", "192.0.2.1": "", "::1": "", "": "", "example": "",
	} {
		got, err := Registrable(host)
		if got != want || (err != nil) != (want == "") || err != nil && !errors.Is(err, ErrSharedHost) {
			t.Errorf("%q: %q %v", host, got, err)
		}
	}
}

func TestWeakly(t *testing.T) {
	for _, c := range []struct {
		schac, site string
		want        bool
	}{
		{"college.example", "", true}, {"", "http://www.college.example/", true}, {"", "college.example", true},
		{"other.example", "https://other.example", false}, {"", "", false}, {"example", "https://example", false},
	} {
		link, err := Weakly(college, c.schac, c.site)
		if (err == nil) != c.want || err == nil && link.Strength != registry.Weak {
			t.Errorf("%+v: %+v %v", c, link, err)
		}
	}
}

func TestAlike(t *testing.T) {
	s, err := registry.Of(registry.Meta{}, &registry.Entry{
		ID: "urn:obtr:ent:1", Names: []registry.Name{{Text: "Université d'Échantillon"}, {Text: "Sample University"}},
		Identifiers: []registry.Identifier{{Scheme: "SCHAC", Value: "sample-university.example"}},
		Bindings:    []registry.Binding{{DID: "did:web:badges.paypal.example"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, host, want string }{
		{"Sample University", "", "name"}, {"SAMPLE  UNIVERSITY.", "", "name"}, {"Universite d Echantillon", "", "name"},
		{"Sаmple Univеrsity", "", "name"}, // with Cyrillic letters
		{"Sample Academy", "", ""},
		{"", "sample-university.example", "same-domain"}, {"", "www.sample-university.example", "same-domain"}, {"", "sample-university.org", "other-suffix"},
		{"", "sample-univarsity.example", "one-letter"}, {"", "sampleuniversity.example", "one-letter"}, {"", "smaple-university.example", "one-letter"},
		{"", "paypa1.example", "domain"}, {"", "xn--pypal-4ve.example", "domain"}, {"", "rnodern.example", ""},
		{"", "university.example", ""},
	} {
		found := Alike(s, "urn:obtr:ent:2", []string{c.name}, []string{c.host})
		kind := ""
		if len(found) > 0 {
			kind = found[0].Kind
		}
		if kind != c.want {
			t.Errorf("%q %q: %+v", c.name, c.host, found)
		}
	}
	if own := Alike(s, "urn:obtr:ent:1", []string{"Sample University"}, nil); len(own) > 0 {
		t.Error("the applicant is like itself:", own)
	}
}

func FuzzConfiguration(f *testing.F) {
	f.Add([]byte(`{"@context":"x","linked_dids":["eyJhbGciOiJFZERTQSIsImtpZCI6ImEifQ.e30.AA",{"issuer":"did:web:badges.college.example"}]}`))
	l := &Looker{Resolver: did.NewResolver(func(context.Context, string, string, int64) ([]byte, string, error) {
		return nil, "", errors.New("nothing there")
	}, false, nil), Now: func() time.Time { return now }}
	f.Fuzz(func(t *testing.T, body []byte) {
		if key, err := l.linked(context.Background(), body, college, origin); err == nil || key != "" {
			t.Fatalf("linked without a key: %q", key)
		}
	})
}

func FuzzRecord(f *testing.F) {
	f.Add("did=did:web:college.example; jkt=" + strings.Repeat("A", 43))
	f.Fuzz(func(t *testing.T, text string) {
		id, key, ok := readRecord(text)
		if !ok {
			return
		}
		_, again := Record("x", id, key)
		if id2, key2, ok := readRecord(again); !ok || id2 != id || key2 != key {
			t.Fatalf("%q %q", text, again)
		}
	})
}
