package fetch

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
)

func TestSessionAsksOnce(t *testing.T) {
	var asked atomic.Int32
	server, pool := site(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if r.URL.Path == "/missing" {
			http.NotFound(w, r)
			return
		}
		io.WriteString(w, r.Header.Get("Accept"))
	})
	s := client(t, Options{AllowPrivateNetwork: true, RootCAs: pool}).NewSession(Limits{})
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			body, _, err := s.Get(t.Context(), server.URL+"/a", "text/plain", 0)
			if err != nil || string(body) != "text/plain" {
				t.Errorf("%q, %v", body, err)
				return
			}
			body[0] = 'X' // its own copy: nobody else sees this
		})
	}
	wg.Wait()
	if n := asked.Load(); n != 1 {
		t.Errorf("the same URL was asked for %d times", n)
	}
	for range 3 {
		if _, _, err := s.Get(t.Context(), server.URL+"/missing#x", "", 0); err == nil {
			t.Error("no error")
		}
	}
	if n := asked.Load(); n != 2 {
		t.Errorf("a failure was asked for again: %d requests", n)
	}
	if body, _, err := s.Get(t.Context(), server.URL+"/a", "text/html", 0); err != nil || string(body) != "text/html" {
		t.Errorf("another Accept: %q, %v", body, err)
	}
}

func TestSessionBudget(t *testing.T) {
	server, pool := site(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/redirect" {
			http.Redirect(w, r, "/target", http.StatusFound)
			return
		}
		w.Write(make([]byte, 100))
	})
	c := client(t, Options{AllowPrivateNetwork: true, RootCAs: pool})

	s := c.NewSession(Limits{Requests: 2})
	if _, _, err := s.Get(t.Context(), server.URL+"/redirect", "", 0); err != nil {
		t.Fatal(err)
	}
	_, _, err := s.Get(t.Context(), server.URL+"/2", "", 0)
	wantErr(t, err, ErrBudget)
	if _, _, err := s.Get(t.Context(), server.URL+"/redirect", "", 0); err != nil {
		t.Errorf("what is known costs nothing: %v", err)
	}

	s = c.NewSession(Limits{Bytes: 250})
	for i, want := range []error{nil, nil, ErrBudget, ErrBudget} {
		_, _, err := s.Get(t.Context(), fmt.Sprintf("%s/%d", server.URL, i), "", 0)
		if want == nil && err != nil {
			t.Fatal(err)
		} else if want != nil {
			wantErr(t, err, want)
		}
	}
}

// One caller that gives up does not decide for another that waits.
func TestSessionLeaderGivesUp(t *testing.T) {
	var asked atomic.Int32
	arrived := make(chan struct{})
	server, pool := site(t, func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 1 {
			close(arrived)
			<-r.Context().Done()
			return
		}
		io.WriteString(w, "second")
	})
	s := client(t, Options{AllowPrivateNetwork: true, RootCAs: pool}).NewSession(Limits{})
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	var gaveUp error
	wg.Go(func() { _, _, gaveUp = s.Get(ctx, server.URL, "", 0) })
	<-arrived
	wg.Go(func() {
		body, _, err := s.Get(t.Context(), server.URL, "", 0)
		if err != nil || string(body) != "second" {
			t.Errorf("%q, %v", body, err)
		}
	})
	cancel()
	wg.Wait()
	wantErr(t, gaveUp, ErrUnavailable)
}
