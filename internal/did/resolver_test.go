package did_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"laurel/internal/did"
	"laurel/internal/fetch"
	"laurel/internal/fetch/fetchtest"
	"laurel/keys"
)

var _ did.Getter = (*fetch.Session)(nil).Get

func document(id string) string {
	return fmt.Sprintf(`{"id":%q,"verificationMethod":[{"id":"%s#k","type":"Multikey","controller":%q,"publicKeyMultibase":%q}],"assertionMethod":["#k"]}`, id, id, id, edKey)
}

func reply(body string) fetchtest.Reply { return fetchtest.Reply{Body: []byte(body)} }

func redirect(to string) fetchtest.Reply { return fetchtest.Reply{Redirect: to} }

var world = fetchtest.World{
	"https://college.example/.well-known/did.json":      reply(document("did:web:college.example")),
	"https://college.example/issuers/arts/did.json":     reply(document("did:web:college.example:issuers:arts")),
	"https://college.example/issuers/liar/did.json":     reply(document("did:web:college.example")),
	"https://college.example:8443/.well-known/did.json": reply(document("did:web:college.example%3A8443")),
	"https://college.example/issuers/moved/did.json":    redirect("https://college.example:443/new"),
	"https://college.example:443/new":                   reply(document("did:web:college.example:issuers:moved")),
	"https://gone.example/.well-known/did.json":         redirect("https://evil.example/did.json"),
	"https://evil.example/did.json":                     reply(document("did:web:gone.example")),
	"https://plain.example/.well-known/did.json":        redirect("http://plain.example/did.json"),
	"http://plain.example/did.json":                     reply(document("did:web:plain.example")),
	"https://port.example/.well-known/did.json":         redirect("https://port.example:444/did.json"),
	"https://port.example:444/did.json":                 reply(document("did:web:port.example")),
	"https://down.example/.well-known/did.json":         {Status: 503},
	"https://large.example/.well-known/did.json":        reply(strings.Repeat(" ", 65<<10) + document("did:web:large.example")),
	"https://page.example/.well-known/did.json":         reply("<html>"),
	"http://localhost:8080/.well-known/did.json":        reply(document("did:web:localhost%3A8080")),
	"http://localhost:8080/issuers/demo":                reply(document("http://localhost:8080/issuers/demo")),
	"https://college.example/issuers/1":                 reply(document("https://college.example/issuers/1")),
}

func TestResolverMethod(t *testing.T) {
	cases := []struct {
		id    string
		local bool
		want  error
	}{
		{"did:web:college.example", false, nil},
		{"did:web:college.example:issuers:arts", false, nil},
		{"did:web:college.example%3A8443", false, nil},
		{"did:web:college.example:issuers:moved", false, nil},
		{"https://college.example/issuers/1", false, nil},
		{"did:web:localhost%3A8080", true, nil},
		{"http://localhost:8080/issuers/demo", true, nil},
		{"did:web:localhost%3A8080", false, did.ErrUnavailable},
		{"http://localhost:8080/issuers/demo", false, did.ErrInvalidURL},
		{"http://college.example/issuers/1", true, did.ErrInvalidURL},
		{"https://college.example/issuers/../issuers/1", false, did.ErrInvalidURL},
		{"https://college.example/issuers/%2E%2e/1", false, did.ErrInvalidURL},
		{"https://me@college.example/issuers/1", false, did.ErrInvalidURL},
		{"https:college.example", false, did.ErrInvalidURL},
		{"https://", false, did.ErrInvalidURL},
		{"file:///etc/passwd", true, did.ErrInvalidURL},
		{"", false, did.ErrInvalidURL},
		{"did:web:college.example:issuers:liar", false, did.ErrDocumentID},
		{"did:web:gone.example", false, did.ErrOrigin},
		{"did:web:plain.example", false, did.ErrOrigin},
		{"did:web:port.example", false, did.ErrOrigin},
		{"did:web:page.example", false, did.ErrInvalidDocument},
		{"did:web:missing.example", false, did.ErrUnavailable},
		{"did:web:down.example", false, did.ErrUnavailable},
		{"did:web:large.example", false, did.ErrUnavailable},
		{"did:ethr:0x123", false, did.ErrUnsupportedMethod},
		{"did:jwk:eyJ9", false, did.ErrInvalidURL},
	}
	for _, c := range cases {
		t.Run(c.id, func(t *testing.T) {
			r := did.NewResolver(world.Get, c.local, did.NewKnown())
			for range 2 { // what is remembered answers as what was read
				m, controller, err := r.Method(context.Background(), c.id+"#k", did.AssertionMethod)
				if !errors.Is(err, c.want) {
					t.Fatalf("got %v, want %v", err, c.want)
				}
				if err == nil && (controller != c.id || !same(m.Key, public(t, edKey))) {
					t.Errorf("%+v of %s", m, controller)
				}
				if err != nil && (m.Key != nil || controller != "") {
					t.Errorf("an error with %+v of %s", m, controller)
				}
			}
		})
	}
}

// TestKnownIsAskedForAgain holds that nothing but the reading is remembered: a document that
// has changed, has gone or is found elsewhere counts as it is now.
func TestKnownIsAskedForAgain(t *testing.T) {
	const id, address = "did:web:changing.example", "https://changing.example/.well-known/did.json"
	document := func(key string) fetchtest.Reply {
		return reply(`{"id":"` + id + `","verificationMethod":[{"id":"` + id + `#k","type":"Multikey","controller":"` + id +
			`","publicKeyMultibase":"` + key + `"}],"assertionMethod":["` + id + `#k"]}`)
	}
	changing := fetchtest.World{}
	r := did.NewResolver(changing.Get, false, did.NewKnown())
	other, err := keys.Multikey(public(t, "zDnaepBuvsQ8cpsWrVKw8fbpGpvPeNSjVPTWoq6cRqaYzBKVP"))
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		reply fetchtest.Reply
		key   string
		want  error
	}{
		{document(edKey), edKey, nil}, {document(edKey), edKey, nil}, {document(other), other, nil}, {document(other), other, nil},
		{reply("{}"), "", did.ErrInvalidDocument}, {document(edKey), edKey, nil},
		{fetchtest.Reply{Redirect: "https://other.example/"}, "", did.ErrOrigin}, {document(edKey), edKey, nil},
		{fetchtest.Reply{Status: http.StatusGone}, "", did.ErrUnavailable},
	} {
		changing[address], changing["https://other.example/"] = step.reply, document(edKey)
		m, _, err := r.Method(context.Background(), id+"#k", did.AssertionMethod)
		if !errors.Is(err, step.want) || err == nil && !same(m.Key, public(t, step.key)) {
			t.Errorf("%.80s: %v, %v", step.reply.Body, m.Key, err)
		}
	}
}

func TestResolveRefusesFragment(t *testing.T) {
	r := did.NewResolver(world.Get, false, nil)
	for _, id := range []string{"did:web:college.example#k", "https://college.example/issuers/1#k", "did:key:" + edKey + "#" + edKey} {
		if d, err := r.Resolve(context.Background(), id); !errors.Is(err, did.ErrInvalidURL) {
			t.Errorf("%s: %v, %v", id, d, err)
		}
	}
}

func TestResolverKeepsFetchErrors(t *testing.T) {
	r := did.NewResolver(world.Get, false, nil)
	_, err := r.Resolve(context.Background(), "did:web:missing.example")
	var status fetch.StatusError
	if !errors.As(err, &status) || status.Code != http.StatusNotFound || !did.Undecided(err) {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := r.Resolve(ctx, college); !errors.Is(err, context.Canceled) || !did.Undecided(err) {
		t.Errorf("%v", err)
	}
}

func TestKeyID(t *testing.T) {
	const issuer = "https://college.example/issuers/1"
	ed, err := keys.JWK(public(t, edKey))
	if err != nil {
		t.Fatal(err)
	}
	named := func(kid string) string { return strings.Replace(exampleJWK, "{", `{"kid":"`+kid+`",`, 1) }
	set := func(items ...string) fetchtest.Reply { return reply(`{"keys":[` + strings.Join(items, ",") + `]}`) }
	w := fetchtest.World{
		issuer:                                reply(document(issuer)),
		"https://college.example/key":         reply(string(ed)),
		"https://college.example/jwks.json":   set(named("a"), named("https://college.example/jwks.json#full"), string(ed)),
		"https://college.example/keys/last":   set(named("x"), named("last")),
		"https://college.example/twins":       set(named("a"), named("a")),
		"https://college.example/private":     reply(`{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","d":"AA"}`),
		"https://college.example/future":      reply(`{"kty":"AKP"}`),
		"https://college.example/page":        reply(`<html>`),
		"https://college.example/elsewhere":   redirect("https://evil.example/key"),
		"https://evil.example/key":            reply(string(ed)),
		"https://college.example/mislabelled": reply(document("https://college.example/other")),
		"http://localhost:8080/key":           reply(string(ed)),
		"https://college.example:8443/key":    reply(string(ed)),
	}
	cases := []struct {
		kid, issuer, key string
		local            bool
		want             error
	}{
		{"https://college.example/key", issuer, edKey, false, nil},
		{"https://college.example:443/key", issuer, "", false, did.ErrUnavailable},
		{"https://college.example/key#any", issuer, edKey, false, nil},
		{"https://college.example/jwks.json#a", issuer, "jwk", false, nil},
		{"https://college.example/jwks.json#full", issuer, "jwk", false, nil},
		{"https://college.example/keys/last", issuer, "jwk", false, nil},
		{issuer + "#k", issuer, edKey, false, nil},
		{"did:key:" + edKey + "#" + edKey, "did:key:" + edKey, edKey, false, nil},
		{"http://localhost:8080/key", "http://localhost:8080/issuers/demo", edKey, true, nil},
		{"http://localhost:8080/key", "http://localhost:8080/issuers/demo", "", false, did.ErrInvalidURL},
		{issuer + "#other", issuer, "", false, did.ErrMethodNotFound},
		{"https://college.example/mislabelled#k", issuer, "", false, did.ErrDocumentID},
		{"https://college.example/jwks.json#b", issuer, "", false, did.ErrMethodNotFound},
		{"https://college.example/jwks.json", issuer, "", false, did.ErrMethodNotFound},
		{"https://college.example/twins#a", issuer, "", false, did.ErrInvalidDocument},
		{"https://college.example/private", issuer, "", false, did.ErrInvalidMethod},
		{"https://college.example/future", issuer, "", false, did.ErrUnsupportedKey},
		{"https://college.example/page", issuer, "", false, did.ErrInvalidDocument},
		{"https://college.example/missing", issuer, "", false, did.ErrUnavailable},
		{"https://college.example/elsewhere", issuer, "", false, did.ErrOrigin},
		{"https://evil.example/key", issuer, "", false, did.ErrOrigin},
		{"https://college.example:8443/key", issuer, "", false, did.ErrOrigin},
		{"https://college.example/key", "did:web:college.example", "", false, did.ErrOrigin},
		{"https://college.example/key", "", "", false, did.ErrOrigin},
		{"https://college.example@evil.example/key", issuer, "", false, did.ErrInvalidURL},
		{"https://college.example/%2e%2e/key", issuer, "", false, did.ErrInvalidURL},
		{"https://college.example/k\\ey", issuer, "", false, did.ErrInvalidURL},
		{"http://college.example/key", issuer, "", true, did.ErrInvalidURL},
		{"key-1", issuer, "", false, did.ErrInvalidURL},
		{"", issuer, "", false, did.ErrInvalidURL},
	}
	example, err := keys.ParseJWK([]byte(exampleJWK))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(c.kid, func(t *testing.T) {
			m, controller, err := did.NewResolver(w.Get, c.local, nil).KeyID(context.Background(), c.kid, c.issuer, did.AssertionMethod)
			if !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			if err != nil {
				if m.Key != nil || controller != "" {
					t.Errorf("an error with %+v of %q", m, controller)
				}
				return
			}
			want := example
			if c.key != "jwk" {
				want = public(t, c.key)
			}
			if controller != c.issuer || !same(m.Key, want) || m.ID != c.kid {
				t.Errorf("%+v of %s", m, controller)
			}
		})
	}
}

// TestResolverOverNetwork asks a real server on loopback through the real door.
func TestResolverOverNetwork(t *testing.T) {
	var id string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/issuers/demo/did.json" || !strings.Contains(r.Header.Get("Accept"), "application/did+json") {
			http.NotFound(w, r)
			return
		}
		_, _ = fmt.Fprint(w, document(id))
	}))
	defer server.Close()
	port := server.URL[strings.LastIndex(server.URL, ":")+1:]
	id = "did:web:localhost%3A" + port + ":issuers:demo"
	session := fetch.New(fetch.Options{AllowPrivateNetwork: true}).NewSession(fetch.Limits{})
	if _, controller, err := did.NewResolver(session.Get, true, nil).Method(context.Background(), id+"#k", did.AssertionMethod); err != nil || controller != id {
		t.Errorf("%s, %v", controller, err)
	}
	other := "did:web:localhost%3A" + port
	if _, err := did.NewResolver(session.Get, true, nil).Resolve(context.Background(), other); !errors.Is(err, did.ErrUnavailable) {
		t.Errorf("missing document: %v", err)
	}
}
