// Package fetch answers: what do these bytes on the network say? It is the
// only door out of Laurel. Everything that is fetched while verifying is an
// attacker's choice, so the door is narrow:
//
//   - https only (TLS 1.2 or later), no user information, no proxies, no
//     cookies, no Referer, no credentials of any kind;
//   - only addresses that are globally reachable unicast, judged at the
//     address actually dialled, on every dial, so neither a redirect nor a
//     name that changes its mind between two look-ups gets around it
//     (IANA special-purpose address registries, RFC 6890);
//   - limits on time, bytes, redirects, concurrent requests, in all and to one
//     host, and, by Session, on what one verification may cost in all;
//   - no content encodings: the bytes counted are the bytes used.
//
// What a site calls fresh is kept for a while, in memory and within bounds
// (RFC 9111), and what several sessions ask at once is asked once, so a much
// used verifier asks an issuer seldom. The package does not interpret what it
// fetched, and cannot know that a globally reachable address is the machine's own: an
// operator who serves secrets on one must ask for a password there.
package fetch

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"time"
)

// The categories of failure. Every error of this package matches exactly one
// of them with errors.Is, or is a StatusError. None of them says that what was
// asked for is wrong: whoever depends on it has an answer to give up on, which
// for a verdict means indeterminate. Messages name the host at most: never a
// path, a query, a resolved address or anything the other side sent.
var (
	// ErrOffline: the client was told not to use the network.
	ErrOffline = errors.New("offline: nothing is fetched")
	// ErrRefused: our own rules forbid the request (scheme, address, host
	// spelling, redirect) or the shape of its answer (content encoding).
	ErrRefused = errors.New("refused by network policy")
	// ErrTooLarge: the body is longer than the caller or the client allows.
	ErrTooLarge = errors.New("document is too large")
	// ErrBudget: the session has used up its requests, bytes or time.
	ErrBudget = errors.New("fetch budget is used up")
	// ErrUnavailable: no answer now (time-out, DNS, connection, TLS, 408, 429,
	// 5xx, or a status that carries no document). Later it may work.
	ErrUnavailable = errors.New("document is unavailable")
)

// StatusError says that the server answered with a status of the 400s (other
// than 408 and 429, which are ErrUnavailable). It is used as a value:
//
//	var status fetch.StatusError
//	if errors.As(err, &status) && status.Code == http.StatusNotFound { … }
type StatusError struct {
	Code int
}

// Error names the status in words.
func (e StatusError) Error() string {
	if text := http.StatusText(e.Code); text != "" {
		return fmt.Sprintf("server answered %d %s", e.Code, text)
	}
	return fmt.Sprintf("server answered %d", e.Code)
}

// Options configure a Client. The zero value is the strict default.
type Options struct {
	// AllowPrivateNetwork is for development and for colleges whose verifier
	// and issuer share an internal network. It additionally permits loopback,
	// private (RFC 1918), shared (RFC 6598) and unique local (RFC 4193)
	// addresses and names of one label, and plain http to loopback addresses
	// alone. Link-local and cloud metadata addresses stay refused.
	AllowPrivateNetwork bool
	// Offline makes every request fail with ErrOffline.
	Offline bool
	// RootCAs replaces the system's certificate authorities when not nil.
	RootCAs *x509.CertPool
	// Timeout bounds one request, body included, redirects each anew.
	// Default 10 s.
	Timeout time.Duration
	// MaxBytes bounds one body. Default 4 MiB.
	MaxBytes int64
	// MaxRedirects bounds the redirects followed for one document. Default 3;
	// negative for none.
	MaxRedirects int
	// MaxConcurrent bounds the requests under way at once. Default 16.
	MaxConcurrent int
	// MaxPerHost bounds those of them that go to one host. Default 4.
	MaxPerHost int
	// CacheBytes bounds what is kept of fresh documents. Default 32 MiB;
	// negative for none.
	CacheBytes int64
	// Now is the clock by which documents are fresh. Default time.Now.
	Now func() time.Time
	// UserAgent is the product sent to servers. Default "laurel".
	UserAgent string
}

// A Client holds the policy and the connections. It is safe for concurrent
// use; fetching is done through a Session.
type Client struct {
	opts   Options
	permit func(netip.Addr) bool // what may be dialled
	dialer *net.Dialer
	tls    *http.Transport
	plain  *http.Transport // nil unless private networks are allowed
	doors  *doors
	cache  *cache
	calls  *calls // under way
}

// New returns a client that follows the options.
func New(opts Options) *Client {
	opts.Timeout = orDefault(opts.Timeout, 10*time.Second)
	opts.MaxBytes = orDefault(opts.MaxBytes, 4<<20)
	opts.MaxConcurrent = orDefault(opts.MaxConcurrent, 16)
	opts.MaxPerHost = orDefault(opts.MaxPerHost, 4)
	if opts.CacheBytes == 0 {
		opts.CacheBytes = 32 << 20
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.MaxRedirects == 0 {
		opts.MaxRedirects = 3
	}
	if opts.UserAgent == "" {
		opts.UserAgent = "laurel"
	}
	c := &Client{
		opts:   opts,
		permit: isPublic,
		doors:  newDoors(opts.MaxConcurrent, opts.MaxPerHost),
		cache:  newCache(opts.CacheBytes),
		calls:  newCalls(),
	}
	if opts.AllowPrivateNetwork {
		c.permit = isPublicOrPrivate
	}
	c.dialer = &net.Dialer{
		Timeout: opts.Timeout,
		Control: control(func(a netip.Addr) bool { return c.permit(a) }),
	}
	c.tls = transport(c.dialer, opts)
	if opts.AllowPrivateNetwork {
		c.plain = transport(&net.Dialer{Timeout: opts.Timeout, Control: control(isLoopback)}, opts)
	}
	return c
}

func transport(d *net.Dialer, opts Options) *http.Transport {
	return &http.Transport{
		Proxy:                  nil, // never from the environment
		DialContext:            d.DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: opts.RootCAs},
		TLSHandshakeTimeout:    opts.Timeout,
		ForceAttemptHTTP2:      true,
		DisableCompression:     true,
		MaxIdleConns:           2 * opts.MaxConcurrent,
		MaxIdleConnsPerHost:    2,
		IdleConnTimeout:        30 * time.Second,
		MaxResponseHeaderBytes: 32 << 10,
	}
}

// orDefault is v, or d when v is not positive.
func orDefault[T int | int64 | time.Duration](v, d T) T {
	if v > 0 {
		return v
	}
	return d
}
