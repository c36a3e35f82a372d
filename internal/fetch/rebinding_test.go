package fetch

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

// nameserver answers A questions with the addresses in turn, and the last one
// from then on.
func nameserver(t *testing.T, answers ...string) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	go func() {
		buf := make([]byte, 512)
		for next := 0; ; {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			q := m.Questions[0]
			m.Header.Response, m.Additionals = true, nil
			if q.Type == dnsmessage.TypeA {
				m.Answers = []dnsmessage.Resource{{
					Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class},
					Body:   &dnsmessage.AResource{A: netip.MustParseAddr(answers[min(next, len(answers)-1)]).As4()},
				}}
				next++
			}
			reply, err := m.Pack()
			if err != nil {
				return
			}
			conn.WriteTo(reply, from)
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp4", conn.LocalAddr().String())
	}}
}

// The name is one of the certificate's. 127.0.0.1 stands for the address that
// policy accepts, so that something answers there.
func TestRebinding(t *testing.T) {
	var asked atomic.Int32
	server, pool := site(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		w.Header().Set("Connection", "close")
		if r.URL.Path == "/redirect" {
			http.Redirect(w, r, "/end", http.StatusFound)
		}
	})
	at, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	base := "https://example.com:" + at.Port()
	rebound := func(answers ...string) *Session {
		c := client(t, Options{RootCAs: pool})
		c.permit = func(a netip.Addr) bool { return a == netip.MustParseAddr("127.0.0.1") }
		c.dialer.Resolver = nameserver(t, answers...)
		return c.NewSession(Limits{})
	}

	s := rebound("127.0.0.1", "127.0.0.2")
	if _, _, err := s.Get(t.Context(), base+"/1", "", 0); err != nil {
		t.Fatal(err)
	}
	_, _, err = s.Get(t.Context(), base+"/2", "", 0)
	wantErr(t, err, ErrRefused)
	if strings.Contains(err.Error(), "127.0.0.2") {
		t.Errorf("the message tells what the name resolves to: %v", err)
	}

	_, _, err = rebound("127.0.0.1", "10.0.0.1").Get(t.Context(), base+"/redirect", "", 0)
	wantErr(t, err, ErrRefused)
	_, _, err = rebound("169.254.169.254").Get(t.Context(), base+"/1", "", 0)
	wantErr(t, err, ErrRefused)
	if asked.Load() != 2 {
		t.Errorf("%d requests arrived, want 2", asked.Load())
	}
}

// Plain http is for loopback, whatever "localhost" resolves to.
func TestPlainDialsLoopbackOnly(t *testing.T) {
	c := client(t, Options{AllowPrivateNetwork: true})
	_, err := c.plain.DialContext(t.Context(), "tcp", "10.0.0.1:80")
	if !errors.Is(err, ErrRefused) {
		t.Errorf("dial to a private address: %v", err)
	}
}
