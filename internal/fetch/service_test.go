package fetch

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

func service(t *testing.T, opts ServiceOptions) *Service {
	t.Helper()
	s, err := NewService(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.client.tls.CloseIdleConnections()
		if s.client.plain != nil {
			s.client.plain.CloseIdleConnections()
		}
	})
	return s
}

const token = "sample-token-4711"

func TestService(t *testing.T) {
	server, pool := site(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.URL.Path == "/moved" {
			http.Redirect(w, r, "/a?b=c", http.StatusFound)
			return
		}
		w.Header().Set("ETag", `"v1"`)
		if r.Header.Get("If-None-Match") == `"v1"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		fmt.Fprintf(w, "%s %s %s %s %s", r.Method, r.URL, r.Header.Get("Authorization"), r.Header.Get("Content-Type"), body)
	})
	s := service(t, ServiceOptions{Base: server.URL + "/", AllowPrivateNetwork: true, RootCAs: pool})
	for name, test := range map[string]struct {
		call Call
		want string
	}{
		"get":      {Call{Path: "/a", Query: url.Values{"b": {"c d"}}}, "GET /a?b=c+d   "},
		"bearer":   {Call{Path: "/a", Bearer: token}, "GET /a Bearer " + token + "  "},
		"post":     {Call{Path: "/a", Body: []byte("{}"), ContentType: "application/json"}, "POST /a  application/json {}"},
		"redirect": {Call{Path: "/moved", Bearer: token}, "GET /a?b=c Bearer " + token + "  "},
		"changed":  {Call{Path: "/a", IfNoneMatch: `"v0"`}, "GET /a   "},
	} {
		a, err := s.Do(t.Context(), test.call)
		if err != nil || string(a.Body) != test.want || a.Bytes != int64(len(a.Body)) || a.ETag != `"v1"` || a.Unmodified {
			t.Errorf("%s: %q, %+v, %v", name, a.Body, a, err)
		}
	}
	a, err := s.Do(t.Context(), Call{Path: "/a", IfNoneMatch: `"v1"`})
	if err != nil || !a.Unmodified || a.Body != nil {
		t.Errorf("unmodified: %+v, %v", a, err)
	}
	var out bytes.Buffer
	if a, err = s.Do(t.Context(), Call{Path: "/a", To: &out}); err != nil || out.String() != "GET /a   " || a.Body != nil || a.Bytes != 9 {
		t.Errorf("streamed: %q, %+v, %v", &out, a, err)
	}
}

// TestServiceKeepsSecrets: the token and what is posted go to the configured place alone, and
// no error tells them.
func TestServiceKeepsSecrets(t *testing.T) {
	stolen := false
	thief, _ := site(t, func(http.ResponseWriter, *http.Request) { stolen = true })
	plainThief := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { stolen = true }))
	t.Cleanup(plainThief.Close)
	server, pool := site(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/away":
			http.Redirect(w, r, thief.URL+"/?t="+token, http.StatusTemporaryRedirect)
		case "/plain":
			http.Redirect(w, r, plainThief.URL, http.StatusTemporaryRedirect)
		case "/again":
			http.Redirect(w, r, "/ok", http.StatusTemporaryRedirect)
		case "/round":
			http.Redirect(w, r, "/round", http.StatusFound)
		default:
			http.Error(w, token, http.StatusForbidden)
		}
	})
	pool.AddCert(thief.Certificate())
	s := service(t, ServiceOptions{Base: server.URL, AllowPrivateNetwork: true, RootCAs: pool})
	for name, call := range map[string]Call{
		"to another host": {Path: "/away", Bearer: token}, "to plain http": {Path: "/plain", Bearer: token},
		"of a post": {Path: "/again", Body: []byte(token)}, "for ever": {Path: "/round", Bearer: token},
		"no path": {Path: "//" + strings.TrimPrefix(thief.URL, "https://"), Bearer: token}, "a path without /": {Path: "@" + thief.URL, Bearer: token},
		"refused": {Path: "/x", Bearer: token}, "no header": {Path: "/x", Bearer: token + "\nX-More: yes"},
	} {
		_, err := s.Do(t.Context(), call)
		if err == nil || strings.Contains(err.Error(), token) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if stolen {
		t.Error("the secret went elsewhere")
	}
}

func TestServiceBases(t *testing.T) {
	for _, base := range []string{"", "http://backend.example", "https://127.0.0.1", "https://backend.example/api", "https://user@backend.example", "https://backend.example?x=1", "ftp://backend.example"} {
		if _, err := NewService(ServiceOptions{Base: base}); !errors.Is(err, ErrRefused) {
			t.Errorf("%q: %v", base, err)
		}
	}
	if _, err := NewService(ServiceOptions{Base: "http://backend.example", AllowPrivateNetwork: true}); !errors.Is(err, ErrRefused) {
		t.Errorf("plain http to a name: %v", err)
	}
	s := service(t, ServiceOptions{Base: "https://backend.example", Offline: true})
	_, err := s.Do(t.Context(), Call{Path: "/"})
	wantErr(t, err, ErrOffline)
}

func TestServiceBodies(t *testing.T) {
	server, pool := site(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/large":
			w.Write(make([]byte, 2000))
		case "/endless":
			for range 100 {
				if _, err := w.Write(make([]byte, 1000)); err != nil {
					return
				}
				w.(http.Flusher).Flush()
			}
		case "/cut":
			w.Header().Set("Content-Length", "100")
			w.Write(make([]byte, 50))
		case "/aborted":
			w.Write(make([]byte, 50))
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		case "/open":
			connection, out, err := w.(http.Hijacker).Hijack()
			if err == nil {
				fmt.Fprint(out, "HTTP/1.1 200 OK\r\n\r\nhalf of it")
				out.Flush()
				connection.Close()
			}
		case "/bomb":
			w.Header().Set("Content-Encoding", "gzip")
			zip := gzip.NewWriter(w)
			zip.Write(make([]byte, 1<<20))
			zip.Close()
		}
	})
	s := service(t, ServiceOptions{Base: server.URL, AllowPrivateNetwork: true, RootCAs: pool, MaxBytes: 1000})
	for path, want := range map[string]error{
		"/large": ErrTooLarge, "/endless": ErrTooLarge, "/cut": ErrUnavailable, "/aborted": ErrUnavailable, "/bomb": ErrRefused, "/open": ErrUnavailable,
	} {
		var out bytes.Buffer
		_, err := s.Do(t.Context(), Call{Path: path, To: &out})
		if !errors.Is(err, want) {
			t.Errorf("%s: %v", path, err)
		}
		if out.Len() > 1001 {
			t.Errorf("%s: %d bytes came through", path, out.Len())
		}
	}
	if a, err := s.Do(t.Context(), Call{Path: "/large", MaxBytes: 2000}); err != nil || a.Bytes != 2000 {
		t.Error(a.Bytes, err)
	}
	broken := errors.New("the disk is full")
	if _, err := s.Do(t.Context(), Call{Path: "/large", MaxBytes: 2000, To: failing{broken}}); !errors.Is(err, broken) {
		t.Error(err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestServiceStatuses(t *testing.T) {
	server, pool := site(t, func(w http.ResponseWriter, r *http.Request) {
		var code int
		fmt.Sscanf(r.URL.Path, "/%d", &code)
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(code)
	})
	s := service(t, ServiceOptions{Base: server.URL, AllowPrivateNetwork: true, RootCAs: pool})
	for _, code := range []int{429, 500, 503, 304} {
		a, err := s.Do(t.Context(), Call{Path: fmt.Sprintf("/%d", code)})
		wantErr(t, err, ErrUnavailable)
		if a.RetryAfter != 7*time.Second {
			t.Errorf("%d: %+v", code, a)
		}
	}
	if _, err := s.Do(t.Context(), Call{Path: "/201", Body: []byte("{}")}); err != nil {
		t.Error("what was posted was made:", err)
	}
	if _, err := s.Do(t.Context(), Call{Path: "/201"}); err == nil {
		t.Error("nothing was posted, and something made")
	}
	var status StatusError
	if _, err := s.Do(t.Context(), Call{Path: "/401"}); !errors.As(err, &status) || status.Code != 401 {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Do(ctx, Call{Path: "/200"}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"": 0, "0": 0, "120": 2 * time.Minute, "-1": 0, "soon": 0, "999999999999999999999": maxRetryAfter, "2000000000": maxRetryAfter,
		"Fri, 01 May 2026 12:00:30 GMT": 30 * time.Second, "Fri, 01 May 2026 11:00:00 GMT": 0, "Fri, 01 May 2099 12:00:30 GMT": maxRetryAfter,
	} {
		if got := retryAfter(text, now); got != want {
			t.Errorf("%q: %s, want %s", text, got, want)
		}
	}
}
