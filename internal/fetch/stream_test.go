package fetch

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// files serves what Stream has to cope with.
func files(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/a":
		w.Header().Set("ETag", `"1"`)
		if r.Header.Get("If-None-Match") == `"1"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		fmt.Fprint(w, "0123456789")
	case "/moved":
		http.Redirect(w, r, "/a", http.StatusFound)
	case "/loop":
		http.Redirect(w, r, "/loop", http.StatusFound)
	case "/endless":
		for r.Context().Err() == nil {
			fmt.Fprint(w, strings.Repeat("x", 1000))
		}
	case "/zip":
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		z.Write(make([]byte, 1<<20))
		z.Close()
	case "/cut":
		w.Header().Set("Content-Length", "100")
		fmt.Fprint(w, "half")
	case "/unasked":
		w.WriteHeader(http.StatusNotModified)
	default:
		http.NotFound(w, r)
	}
}

func TestStream(t *testing.T) {
	server, pool := site(t, files)
	c := client(t, Options{AllowPrivateNetwork: true, RootCAs: pool, MaxBytes: 5})
	for _, test := range []struct {
		path, edition string
		max           int64
		want          string
		err           error
	}{
		{"/a", "", 10, "0123456789", nil},
		{"/a", `"0"`, 10, "0123456789", nil},
		{"/moved", "", 10, "0123456789", nil},
		{"/a", `"1"`, 10, "", ErrUnchanged},
		{"/moved", `"1"`, 10, "", ErrUnchanged},
		{"/a", "", 9, "", ErrTooLarge},
		{"/endless", "", 5000, "", ErrTooLarge},
		{"/zip", "", 5000, "", ErrRefused},
		{"/cut", "", 5000, "", ErrUnavailable},
		{"/loop", "", 10, "", ErrRefused},
		{"/unasked", "", 10, "", ErrUnavailable},
		{"/none", "", 10, "", StatusError{404}},
	} {
		var got bytes.Buffer
		named, err := c.NewSession(Limits{}).Stream(t.Context(), server.URL+test.path, test.edition, test.max, &got)
		if !errors.Is(err, test.err) || err == nil && got.String() != test.want || int64(got.Len()) > test.max+1 {
			t.Errorf("%s: %d bytes, %v", test.path, got.Len(), err)
		}
		if want := `"1"`; test.err == nil && named != want {
			t.Errorf("%s: edition %q", test.path, named)
		}
	}
}

func TestStreamBudgets(t *testing.T) {
	server, pool := site(t, files)
	c := client(t, Options{AllowPrivateNetwork: true, RootCAs: pool})
	var got bytes.Buffer
	stream := func(s *Session, ctx context.Context) error {
		_, err := s.Stream(ctx, server.URL+"/endless", "", 1<<40, &got)
		return err
	}
	wantErr(t, stream(c.NewSession(Limits{Bytes: 5000}), t.Context()), ErrBudget)
	wantErr(t, stream(c.NewSession(Limits{Time: time.Nanosecond}), t.Context()), ErrUnavailable)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	wantErr(t, stream(c.NewSession(Limits{}), cancelled), ErrUnavailable)
	wantErr(t, stream(client(t, Options{Offline: true}).NewSession(Limits{}), t.Context()), ErrOffline)
	wantErr(t, stream(client(t, Options{RootCAs: pool}).NewSession(Limits{}), t.Context()), ErrRefused)
	s := c.NewSession(Limits{Requests: 1})
	s.Stream(t.Context(), server.URL+"/a", "", 100, &got)
	_, err := s.Stream(t.Context(), server.URL+"/a", "", 100, &got)
	wantErr(t, err, ErrBudget)
	disk := errors.New("disk full")
	if _, err := c.NewSession(Limits{}).Stream(t.Context(), server.URL+"/a", "", 100, broken{disk}); err != disk {
		t.Error(err)
	}
}

type broken struct{ err error }

func (b broken) Write([]byte) (int, error) { return 0, b.err }
