package fetch

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// travel makes a request and follows its redirects. The answer may be used again until
// the first of the answers on the way is stale.
func (s *Session) travel(ctx context.Context, u *url.URL, accept string, limit int64) (_ *Response, until time.Time, err error) {
	until = s.client.opts.Now().Add(maxFresh)
	for hops := 0; ; hops++ {
		if hops > max(0, s.client.opts.MaxRedirects) {
			return nil, until, fmt.Errorf("%w: too many redirects", ErrRefused)
		}
		if err := s.spendRequest(); err != nil {
			return nil, until, err
		}
		a, err := s.exchange(ctx, u, accept, limit)
		if err != nil {
			return nil, until, err
		}
		if a.until.Before(until) {
			until = a.until
		}
		if a.next == nil {
			return a.document, until, nil
		}
		u = a.next
	}
}

// answer is a document, or where to look next.
type answer struct {
	document *Response
	next     *url.URL
	until    time.Time // when it is stale
}

// exchange makes one request.
func (s *Session) exchange(ctx context.Context, u *url.URL, accept string, limit int64) (answer, error) {
	c := s.client
	leave, err := c.doors.enter(ctx, u.Hostname())
	if err != nil {
		return answer{}, unavailable(u, err)
	}
	defer leave()
	ctx, cancel := context.WithTimeout(ctx, c.opts.Timeout)
	defer cancel()

	trip := c.tls
	if u.Scheme == "http" {
		trip = c.plain
	}
	asked := c.opts.Now()
	res, err := trip.RoundTrip(c.newRequest(ctx, u, accept))
	if err != nil {
		return answer{}, unavailable(u, err)
	}
	defer res.Body.Close()
	arrived := c.opts.Now()
	a := answer{until: arrived.Add(freshness(res.Header, asked, arrived))}
	if target, ok := redirection(res); ok {
		a.next, err = c.follow(u, target)
		return a, err
	}
	if err := statusError(u, res.StatusCode); err != nil {
		return answer{}, err
	}
	body, err := s.read(ctx, u, res, limit)
	if err != nil {
		return answer{}, err
	}
	a.document = &Response{
		Body:        body,
		ContentType: res.Header.Get("Content-Type"),
		FinalURL:    u.String(),
		Status:      res.StatusCode,
		Fetched:     asked,
	}
	return a, nil
}

func (c *Client) newRequest(ctx context.Context, u *url.URL, accept string) *http.Request {
	header := http.Header{
		"Accept-Encoding": {"identity"},
		"User-Agent":      {c.opts.UserAgent},
	}
	if accept != "" {
		header.Set("Accept", accept)
	}
	request := &http.Request{Method: http.MethodGet, URL: u, Host: u.Host, Header: header}
	return request.WithContext(ctx)
}

// redirection returns the target of a redirect (RFC 9110 §15.4).
func redirection(res *http.Response) (string, bool) {
	switch res.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return res.Header.Get("Location"), true
	}
	return "", false
}

// follow judges a redirect by the rules for any URL; https never falls to http.
func (c *Client) follow(from *url.URL, target string) (*url.URL, error) {
	ref, err := url.Parse(target)
	if err != nil || target == "" {
		return nil, fmt.Errorf("%w: redirect without a usable target", ErrRefused)
	}
	next, err := c.vet(from.ResolveReference(ref).String())
	if err != nil {
		return nil, fmt.Errorf("redirect from %s: %w", from.Host, err)
	}
	if from.Scheme == "https" && next.Scheme != "https" {
		return nil, fmt.Errorf("redirect from %s: %w: only https URLs are fetched", from.Host, ErrRefused)
	}
	return next, nil
}

func statusError(u *url.URL, code int) error {
	switch {
	case code == http.StatusOK:
		return nil
	case code == http.StatusRequestTimeout, code == http.StatusTooManyRequests, code < 400, code >= 500:
		return fmt.Errorf("%w: %s answered %d", ErrUnavailable, u.Host, code)
	}
	return fmt.Errorf("%s: %w", u.Host, StatusError{code})
}

// read takes the body within the limits of the request and of the session. A body that
// ends after the request was given up is not taken for whole: giving up closes the
// connection, and a server that ends its answer then makes a part of it look complete.
func (s *Session) read(ctx context.Context, u *url.URL, res *http.Response, limit int64) ([]byte, error) {
	if err := plainBody(u, res, limit); err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(meter{res.Body, s}, limit+1))
	switch {
	case errors.Is(err, errBytes):
		return nil, fmt.Errorf("%w: too many bytes", ErrBudget)
	case ctx.Err() != nil:
		return nil, unavailable(u, ctx.Err())
	case err != nil:
		return nil, unavailable(u, err)
	case int64(len(body)) > limit:
		return nil, tooLarge(u, limit)
	}
	return body, nil
}

// plainBody refuses a body that is compressed, or announced as too long.
func plainBody(u *url.URL, res *http.Response, limit int64) error {
	for _, coding := range res.Header.Values("Content-Encoding") {
		if coding != "" && !strings.EqualFold(coding, "identity") {
			return fmt.Errorf("%w: %s sent a compressed body", ErrRefused, u.Host)
		}
	}
	if res.ContentLength > limit {
		return tooLarge(u, limit)
	}
	return nil
}

func tooLarge(u *url.URL, limit int64) error {
	return fmt.Errorf("%w: %s sent more than %d bytes", ErrTooLarge, u.Host, limit)
}

// unavailable says in our words why there was no answer. The cause's own words
// may hold addresses of an inner network or text of the other side.
func unavailable(u *url.URL, cause error) error {
	if errors.Is(cause, ErrRefused) {
		return fmt.Errorf("%w: %s is not at a public address", ErrRefused, u.Host)
	}
	var (
		dns     *net.DNSError
		timeout interface{ Timeout() bool }
		cert    *tls.CertificateVerificationError
		dial    *net.OpError
	)
	why := "no usable answer"
	switch {
	case errors.Is(cause, context.Canceled):
		return fmt.Errorf("%w: %s: %w", ErrUnavailable, u.Host, context.Canceled)
	case errors.As(cause, &dns) && dns.IsNotFound:
		why = "no such host"
	case errors.As(cause, &timeout) && timeout.Timeout():
		return fmt.Errorf("%w: %s: %w", ErrUnavailable, u.Host, context.DeadlineExceeded)
	case errors.As(cause, &dns):
		why = "name could not be looked up"
	case errors.As(cause, &cert):
		why = "its TLS certificate is not valid for it"
	case errors.As(cause, &dial) && dial.Op == "dial":
		why = "no connection"
	}
	return fmt.Errorf("%w: %s: %s", ErrUnavailable, u.Host, why)
}
