package web

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"laurel/internal/vcapi"
)

// vcAPISite is a site that serves the VC API.
func vcAPISite(t *testing.T, base string) (*site, *vcapi.Service) {
	t.Helper()
	s := newSite(t, base, false)
	v := must(vcapi.New(t.Context(), vcapi.Config{Base: base, Own: Own(s.issuer), Now: s.server.now, Offline: true}))(t)
	s.server = must(New(Config{Issuer: s.issuer, Verifier: s.server.verifier, Now: s.server.now, Log: s.server.log, VCAPI: v}))(t)
	return s, v
}

// from sends a request to a host as if it had come to an address of the server.
func (s *site) from(local, host, method, path, body string, headers ...string) answer {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Host = host
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	if local != "" {
		at := &net.TCPAddr{IP: net.ParseIP(local), Port: 8080}
		r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, net.Addr(at)))
	}
	return s.do(r)
}

var vcAPIPaths = []string{"/vc-api/credentials/issue", "/vc-api/issuers/eddsa-jcs-2022/credentials/issue", "/vc-api/credentials/verify",
	"/vc-api/presentations/verify", "/vc-api/credentials/derive"}

func TestVCAPIOff(t *testing.T) {
	s := newSite(t, "http://localhost:8080", false)
	for _, path := range append(vcAPIPaths, vcapi.StatusPath, "/vc-api/issuers") {
		for _, method := range []string{http.MethodPost, http.MethodGet} {
			if a := s.from("127.0.0.1", "localhost:8080", method, path, "{}"); a.StatusCode != http.StatusNotFound {
				t.Errorf("%s %s: %d", method, path, a.StatusCode)
			}
		}
	}
}

// TestVCAPICallers: programs on this machine, called by a local name, or a token.
func TestVCAPICallers(t *testing.T) {
	local, _ := vcAPISite(t, "http://localhost:8080")
	public, _ := vcAPISite(t, testBase)
	token, _, err := public.issuer.NewAccessToken(t.Context(), "a test")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range vcAPIPaths {
		for name, c := range map[string]struct {
			site          *site
			address, host string
			authorization string
			want          int
		}{
			"this machine":      {local, "127.0.0.1", "localhost:8080", "", http.StatusBadRequest},
			"by IPv6":           {local, "::1", "[::1]:8080", "", http.StatusBadRequest},
			"another machine":   {local, "192.0.2.1", "localhost:8080", "", http.StatusUnauthorized},
			"unknown address":   {local, "", "localhost:8080", "", http.StatusUnauthorized},
			"a name that moved": {local, "127.0.0.1", "evil.example:8080", "", http.StatusUnauthorized},
			"a proxy":           {public, "127.0.0.1", "badges.college.example", "", http.StatusUnauthorized},
			"a proxy, renaming": {public, "127.0.0.1", "localhost:8080", "", http.StatusUnauthorized},
			"wrong token":       {public, "192.0.2.1", "badges.college.example", "Bearer x", http.StatusUnauthorized},
			"token":             {public, "192.0.2.1", "badges.college.example", "Bearer " + token, http.StatusBadRequest},
		} {
			headers := []string{}
			if c.authorization != "" {
				headers = []string{"Authorization", c.authorization}
			}
			a := c.site.from(c.address, c.host, http.MethodPost, path, "{}", headers...)
			if a.StatusCode != c.want || (a.Header.Get("WWW-Authenticate") != "") != (c.want == http.StatusUnauthorized) {
				t.Errorf("%s, %s: %d %s", name, path, a.StatusCode, a.body)
			}
		}
	}
	if a := public.from("", "badges.college.example", http.MethodGet, "/vc-api/issuers", ""); a.StatusCode != http.StatusUnauthorized {
		t.Error(a.StatusCode)
	}
}

// TestVCAPIPlaces: a token that keeps its calls waiting leaves places to other tokens.
func TestVCAPIPlaces(t *testing.T) {
	s, _ := vcAPISite(t, testBase)
	s.server.underWay = newPlaces(2, time.Nanosecond)
	ask := func(token string) int {
		a := s.from("192.0.2.1", "badges.college.example", http.MethodPost, "/vc-api/credentials/verify", "{}", "Authorization", "Bearer "+token)
		return a.StatusCode
	}
	slow, record, err := s.issuer.NewAccessToken(t.Context(), "slow")
	if err != nil {
		t.Fatal(err)
	}
	other, _, err := s.issuer.NewAccessToken(t.Context(), "other")
	if err != nil {
		t.Fatal(err)
	}
	leave := must(s.server.underWay.enter(t.Context(), "token "+record.ID))(t)
	if got := ask(slow); got != http.StatusTooManyRequests {
		t.Errorf("the one that waits: %d", got)
	}
	if got := ask(other); got != http.StatusBadRequest {
		t.Errorf("another: %d", got)
	}
	leave()
	if got := ask(slow); got != http.StatusBadRequest {
		t.Errorf("the one that waited: %d", got)
	}
}

// TestVCAPI issues over a real connection, asks back, and holds the answers to their types.
func TestVCAPI(t *testing.T) {
	listener := must(net.Listen("tcp", "127.0.0.1:0"))(t)
	s, _ := vcAPISite(t, fmt.Sprintf("http://localhost:%d", listener.Addr().(*net.TCPAddr).Port))
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.server.Serve(ctx, listener) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	ask := func(method, path, kind string, body []byte) (int, string, []byte) {
		r := must(http.NewRequest(method, "http://"+listener.Addr().String()+path, bytes.NewReader(body)))(t)
		r.Header.Set("Content-Type", kind)
		r.Header.Set("Accept", "application/ld+json, application/json")
		resp := must(http.DefaultClient.Do(r))(t)
		defer resp.Body.Close()
		return resp.StatusCode, resp.Header.Get("Content-Type"), must(io.ReadAll(resp.Body))(t)
	}
	status, _, body := ask(http.MethodGet, "/vc-api/issuers", "", nil)
	var issuers []vcapi.Issuer
	if err := json.Unmarshal(body, &issuers); err != nil || status != http.StatusOK || len(issuers) == 0 {
		t.Fatal(status, err)
	}
	for _, i := range issuers {
		credential := `{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential"],"issuer":"` + i.ID + `","credentialSubject":{"id":"did:example:1"}}`
		status, kind, body := ask(http.MethodPost, "/vc-api/issuers/"+i.Name+"/credentials/issue", typeJSON, []byte(`{"credential":`+credential+`}`))
		if status != http.StatusCreated || kind != typeJSON {
			t.Fatalf("%s: %d %s", i.Name, status, body)
		}
		want := http.StatusOK
		if i.Name == "ecdsa-sd-2023" {
			want = http.StatusBadRequest // a base proof
		}
		if status, _, body := ask(http.MethodPost, "/vc-api/credentials/verify", typeJSON, body); status != want {
			t.Errorf("%s: %d %s", i.Name, status, body)
		}
	}
	if status, kind, _ := ask(http.MethodGet, vcapi.StatusPath, "", nil); status != http.StatusOK || kind != typeJSONLD {
		t.Error(status, kind)
	}
	if status, kind, _ := ask(http.MethodPost, "/vc-api/issuers/none/credentials/issue", typeJSON, []byte("{}")); status != http.StatusNotFound || kind != typeProblem {
		t.Error(status, kind)
	}
	if status, _, _ := ask(http.MethodPost, "/vc-api/credentials/issue", "text/plain", []byte("{}")); status != http.StatusUnsupportedMediaType {
		t.Error(status)
	}
	if status, kind, _ := ask(http.MethodPost, "/vc-api/credentials/verify", typeJSON, make([]byte, maxBody+1)); status != http.StatusRequestEntityTooLarge || kind != typeProblem {
		t.Error(status, kind)
	}
}

// TestCredentialType: some programs read as JSON only what is called so.
func TestCredentialType(t *testing.T) {
	s := newSite(t, testBase, true)
	s.award()
	for accept, want := range map[string]string{
		"": typeVC, "*/*": typeVC, "application/ld+json, application/json": typeJSONLD, "application/json": typeJSON,
		"application/vc+ld+json, application/json": typeVCLD, "text/plain": typeVC, "application/vc, application/json": typeVC,
	} {
		if a := s.get("/status/1-revocation", "Accept", accept); a.StatusCode != http.StatusOK || a.Header.Get("Content-Type") != want {
			t.Errorf("%q: %d %s", accept, a.StatusCode, a.Header.Get("Content-Type"))
		}
	}
}
