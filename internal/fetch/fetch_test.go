package fetch

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// site starts a TLS server and returns it with the pool that trusts it.
func site(t *testing.T, h http.HandlerFunc) (*httptest.Server, *x509.CertPool) {
	t.Helper()
	server := httptest.NewUnstartedServer(h)
	server.Config.ErrorLog = quiet()
	server.StartTLS()
	t.Cleanup(server.Close)
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	return server, pool
}

// client is closed before the servers it talks to.
func client(t *testing.T, opts Options) *Client {
	t.Helper()
	c := New(opts)
	t.Cleanup(func() {
		c.tls.CloseIdleConnections()
		if c.plain != nil {
			c.plain.CloseIdleConnections()
		}
	})
	return c
}

func get(t *testing.T, c *Client, url string) ([]byte, string, error) {
	t.Helper()
	return c.NewSession(Limits{}).Get(t.Context(), url, "", 0)
}

func wantErr(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("error is %v, want %v", err, want)
	}
	for _, category := range []error{ErrOffline, ErrRefused, ErrTooLarge, ErrBudget, ErrUnavailable} {
		if category != want && errors.Is(err, category) {
			t.Fatalf("error %v is also %v", err, category)
		}
	}
}

func TestFetch(t *testing.T) {
	server, pool := site(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/did+json")
		fmt.Fprintf(w, "%s|%s|%s|%s", r.UserAgent(), r.Header.Get("Accept"), r.Header.Get("Accept-Encoding"), r.RequestURI)
	})
	c := client(t, Options{AllowPrivateNetwork: true, RootCAs: pool, UserAgent: "laurel-test"})
	r, err := c.NewSession(Limits{}).Fetch(t.Context(), server.URL+"/a?b=1#frag", "application/json", 100)
	if err != nil {
		t.Fatal(err)
	}
	want := Response{
		Body:        []byte("laurel-test|application/json|identity|/a?b=1"),
		ContentType: "application/did+json", FinalURL: server.URL + "/a?b=1", Status: 200,
	}
	if !bytes.Equal(r.Body, want.Body) || r.ContentType != want.ContentType || r.FinalURL != want.FinalURL || r.Status != want.Status {
		t.Fatalf("got %+v (%s), want %+v", r, r.Body, want)
	}
}

func TestStrictClientNeverReachesLoopback(t *testing.T) {
	var reached atomic.Int32
	server, pool := site(t, func(http.ResponseWriter, *http.Request) { reached.Add(1) })
	c := client(t, Options{RootCAs: pool})
	_, port, _ := strings.Cut(strings.TrimPrefix(server.URL, "https://"), ":")
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "127.1", "2130706433", "[::ffff:127.0.0.1]"} {
		_, _, err := get(t, c, "https://"+host+":"+port+"/")
		wantErr(t, err, ErrRefused)
	}
	if reached.Load() != 0 {
		t.Fatal("a request arrived")
	}
}

func TestOfflineAsksNobody(t *testing.T) {
	_, _, err := get(t, client(t, Options{Offline: true}), "https://college.example/")
	wantErr(t, err, ErrOffline)
}

func TestStatuses(t *testing.T) {
	server, pool := site(t, func(w http.ResponseWriter, r *http.Request) {
		var code int
		fmt.Sscanf(r.URL.Path, "/%d", &code)
		w.WriteHeader(code)
	})
	c := client(t, Options{AllowPrivateNetwork: true, RootCAs: pool})
	for _, code := range []int{204, 206, 300, 304, 408, 429, 500, 503} {
		_, _, err := get(t, c, fmt.Sprintf("%s/%d", server.URL, code))
		wantErr(t, err, ErrUnavailable)
		if errors.As(err, new(StatusError)) {
			t.Errorf("%d is a StatusError", code)
		}
	}
	for _, code := range []int{400, 401, 403, 404, 410, 451} {
		_, _, err := get(t, c, fmt.Sprintf("%s/%d", server.URL, code))
		var status StatusError
		if !errors.As(err, &status) || status.Code != code || errors.Is(err, ErrUnavailable) {
			t.Errorf("%d: %v", code, err)
		}
	}
}

func TestRedirects(t *testing.T) {
	var server *httptest.Server
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "plain") }))
	t.Cleanup(plain.Close)
	server, pool := site(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Referer() != "" {
			t.Errorf("Referer sent: %s", r.Referer())
		}
		target, isRedirect := map[string]string{
			"/3": "/2", "/2": server.URL + "/1", "/1": "/end#part", "/4": "3", "/loop": "/loop",
			"/metadata": "https://169.254.169.254/latest", "/mapped": "https://[::ffff:7f00:1]/",
			"/nat64": "https://[64:ff9b::a00:1]/", "/6to4": "https://[2002:a00:1::]/", "/decimal": "https://2130706433/",
			"/plain": plain.URL, "/file": "file:///etc/passwd", "/user": "https://a:b@college.example/", "/none": "",
		}[r.URL.Path]
		if isRedirect {
			if target != "" {
				w.Header().Set("Location", target)
			}
			w.WriteHeader(http.StatusFound)
			return
		}
		io.WriteString(w, "end")
	})
	c := client(t, Options{AllowPrivateNetwork: true, RootCAs: pool})
	body, final, err := get(t, c, server.URL+"/3")
	if err != nil || string(body) != "end" || final != server.URL+"/end" {
		t.Fatalf("%q at %s, %v", body, final, err)
	}
	for _, path := range []string{"/4", "/loop", "/metadata", "/mapped", "/nat64", "/6to4", "/decimal", "/plain", "/file", "/user", "/none"} {
		t.Run(path, func(t *testing.T) {
			_, _, err := get(t, c, server.URL+path)
			wantErr(t, err, ErrRefused)
		})
	}
	if body, _, err := get(t, c, plain.URL); err != nil || string(body) != "plain" {
		t.Errorf("plain http to loopback with permission: %q, %v", body, err)
	}
	none := client(t, Options{AllowPrivateNetwork: true, RootCAs: pool, MaxRedirects: -1})
	_, _, err = get(t, none, server.URL+"/1")
	wantErr(t, err, ErrRefused)
}

func TestBodyLimits(t *testing.T) {
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	z.Write(make([]byte, 1<<20))
	z.Close()
	server, pool := site(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/endless":
			chunk := make([]byte, 4096)
			for r.Context().Err() == nil {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		case "/bomb":
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(zipped.Bytes())
		case "/short":
			w.Header().Set("Content-Length", "100")
			io.WriteString(w, "only this")
		case "/header":
			w.Header().Set("X-Long", strings.Repeat("a", 64<<10))
		default:
			w.Write(make([]byte, 1000))
		}
	})
	c := client(t, Options{AllowPrivateNetwork: true, RootCAs: pool, MaxBytes: 2000})
	s := c.NewSession(Limits{})
	for _, test := range []struct {
		path string
		max  int64
		want error
	}{
		{"/exact", 1000, nil}, {"/over", 999, ErrTooLarge}, {"/default", 0, nil}, {"/more", 1 << 30, nil},
		{"/endless", 0, ErrTooLarge}, {"/bomb", 0, ErrRefused}, {"/short", 0, ErrUnavailable}, {"/header", 0, ErrUnavailable},
		{"/exact", 999, ErrTooLarge},
	} {
		_, _, err := s.Get(t.Context(), server.URL+test.path, "", test.max)
		if test.want == nil && err != nil {
			t.Errorf("%s: %v", test.path, err)
		} else if test.want != nil {
			wantErr(t, err, test.want)
		}
	}
}

func TestSlowServerEndsWithTheContext(t *testing.T) {
	arrived := make(chan struct{}, 1)
	server, pool := site(t, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "begin")
		w.(http.Flusher).Flush()
		arrived <- struct{}{}
		<-r.Context().Done()
	})
	opts := Options{AllowPrivateNetwork: true, RootCAs: pool}

	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-arrived; cancel() }()
	_, _, err := client(t, opts).NewSession(Limits{}).Get(ctx, server.URL, "", 0)
	wantErr(t, err, ErrUnavailable)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}

	_, _, err = client(t, opts).NewSession(Limits{Time: time.Millisecond}).Get(t.Context(), server.URL, "", 0)
	wantErr(t, err, ErrBudget)

	opts.Timeout = time.Millisecond
	_, _, err = client(t, opts).NewSession(Limits{}).Get(t.Context(), server.URL, "", 0)
	wantErr(t, err, ErrUnavailable)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error is %v", err)
	}
}

// endsWhenGivenUp is a body whose server ends it properly as soon as it is given up.
type endsWhenGivenUp struct{ giveUp func() }

func (b endsWhenGivenUp) Read([]byte) (int, error) { b.giveUp(); return 0, io.EOF }
func (endsWhenGivenUp) Close() error               { return nil }

func TestPartOfABodyIsNotTakenForTheWhole(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := client(t, Options{}).NewSession(Limits{})
	u := &url.URL{Scheme: "https", Host: "college.example"}
	_, err := s.read(ctx, u, &http.Response{Body: endsWhenGivenUp{cancel}}, 100)
	wantErr(t, err, ErrUnavailable)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
}

func TestUnavailable(t *testing.T) {
	server, _ := site(t, func(http.ResponseWriter, *http.Request) {})
	untrusting := client(t, Options{AllowPrivateNetwork: true})
	_, _, err := get(t, untrusting, server.URL+"/path?token=secret")
	wantErr(t, err, ErrUnavailable)
	if strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("message is %q", err)
	}
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	_, _, err = get(t, untrusting, gone.URL)
	wantErr(t, err, ErrUnavailable)
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	_, _, err = get(t, untrusting, strings.Replace(plain.URL, "http:", "https:", 1))
	wantErr(t, err, ErrUnavailable)
}

func TestConcurrencyIsBounded(t *testing.T) {
	var now, most atomic.Int32
	full := make(chan struct{}, 100)
	release := make(chan struct{})
	server, pool := site(t, func(http.ResponseWriter, *http.Request) {
		n := now.Add(1)
		defer now.Add(-1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		full <- struct{}{}
		<-release
	})
	c := client(t, Options{AllowPrivateNetwork: true, RootCAs: pool, MaxConcurrent: 2})
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() {
			if _, _, err := get(t, c, fmt.Sprintf("%s/%d", server.URL, i)); err != nil {
				t.Error(err)
			}
		})
	}
	<-full
	<-full
	close(release)
	wg.Wait()
	if most.Load() != 2 {
		t.Errorf("%d requests at once, want 2", most.Load())
	}
}
