package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"sync"
	"time"
)

// Limits say what one verification may cost the network. A field that is not
// positive takes its default.
type Limits struct {
	Requests int           // requests sent, redirects included; default 16
	Bytes    int64         // bytes of all bodies; default 16 MiB
	Time     time.Duration // from NewSession on; default 30 s
}

// A Session is the budget of one verification. It sends the same request
// once, however often and from however many goroutines it is asked for, and
// remembers answers and failures alike. An answer that the client has already,
// or is getting for another session, costs its bytes but no request. It is
// safe for concurrent use and needs no closing.
type Session struct {
	client *Client
	end    time.Time

	calls *calls // under way or done

	mu       sync.Mutex
	requests int   // left
	bytes    int64 // left
}

// Response is a document that was fetched with status 200.
type Response struct {
	Body        []byte
	ContentType string // as sent: a hint, not a fact
	FinalURL    string // where it was found after redirects, without fragment
	Status      int
	Fetched     time.Time // when its site was asked for it, which may have been for another session
}

// NewSession starts the budget of one verification.
func (c *Client) NewSession(l Limits) *Session {
	return &Session{
		client:   c,
		end:      time.Now().Add(orDefault(l.Time, 30*time.Second)),
		requests: orDefault(l.Requests, 16),
		bytes:    orDefault(l.Bytes, 16<<20),
		calls:    newCalls(),
	}
}

// Get is Fetch for callers that need the body and where it was found.
func (s *Session) Get(ctx context.Context, url, accept string, maxBytes int64) (body []byte, finalURL string, err error) {
	r, err := s.Fetch(ctx, url, accept, maxBytes)
	if err != nil {
		return nil, "", err
	}
	return r.Body, r.FinalURL, nil
}

// Fetch returns the document at an https URL. accept is the Accept header,
// empty for none. The body is at most maxBytes long, and never longer than the
// client allows; maxBytes that is not positive means the client's limit. What
// failed once in a session fails again, even when asked with a larger limit.
// The caller owns the response.
func (s *Session) Fetch(ctx context.Context, url, accept string, maxBytes int64) (*Response, error) {
	c := s.client
	if c.opts.Offline {
		return nil, ErrOffline
	}
	u, err := c.vet(url)
	if err != nil {
		return nil, err
	}
	limit := c.opts.MaxBytes
	if 0 < maxBytes && maxBytes < limit {
		limit = maxBytes
	}
	key := request{url: u.String(), accept: accept}
	for {
		lead, leads := s.calls.join(key)
		if leads {
			lead.response, lead.err = s.lead(ctx, u, accept, limit)
			lead.retry = ctx.Err() != nil && lead.err != nil
			s.calls.settle(key, lead, lead.retry)
		}
		select {
		case <-lead.done:
		case <-ctx.Done():
			return nil, fmt.Errorf("%w: %w", ErrUnavailable, ctx.Err())
		}
		if lead.retry && !leads {
			continue
		}
		return lead.share(limit)
	}
}

// Renew forgets a document, in the session and among what is kept, so that the next Fetch
// asks its site: for documents that say themselves for how long they are good.
func (s *Session) Renew(url, accept string) {
	u, err := s.client.vet(url)
	if err != nil {
		return
	}
	key := request{url: u.String(), accept: accept}
	s.calls.forget(key)
	s.client.cache.forget(key)
}

// lead gets a document for the session. Sessions that ask the same at once send one
// request, which one of them makes within its own budget; where that budget, and not the
// site, made it fail, the next one tries with its own.
func (s *Session) lead(ctx context.Context, u *url.URL, accept string, limit int64) (*Response, error) {
	session, cancel := context.WithDeadline(ctx, s.end)
	defer cancel()
	c, key := s.client, request{u.String(), accept, limit}
	for {
		flight, leads := c.calls.join(key)
		if leads {
			flight.response, flight.err = s.obtain(session, u, accept, limit)
			flight.retry = flight.err != nil && (session.Err() != nil || errors.Is(flight.err, ErrBudget))
			c.calls.settle(key, flight, true)
		}
		r, err := flight.await(session, u)
		switch {
		case err != nil && ctx.Err() == nil && session.Err() != nil:
			return nil, fmt.Errorf("%w: out of time", ErrBudget)
		case err == nil && !leads:
			return s.pay(r, limit)
		case leads || session.Err() != nil || !flight.retry:
			return r, err
		}
	}
}

// obtain takes a document from the cache or from its site.
func (s *Session) obtain(ctx context.Context, u *url.URL, accept string, limit int64) (*Response, error) {
	c, key := s.client, request{url: u.String(), accept: accept}
	if kept := c.cache.get(key, c.opts.Now()); kept != nil {
		return s.pay(kept, limit)
	}
	r, until, err := s.travel(ctx, u, accept, limit)
	if err == nil && c.opts.Now().Before(until) {
		c.cache.put(key, r, until)
	}
	return r, err
}

// pay takes a document that others fetched from the session's bytes.
func (s *Session) pay(r *Response, limit int64) (*Response, error) {
	size := int64(len(r.Body))
	if size > limit {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, limit)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if size > s.bytes {
		s.bytes = 0
		return nil, fmt.Errorf("%w: too many bytes", ErrBudget)
	}
	s.bytes -= size
	return r, nil
}

// spendRequest takes one request from the budget.
func (s *Session) spendRequest() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.requests == 0 {
		return fmt.Errorf("%w: too many requests", ErrBudget)
	}
	s.requests--
	return nil
}

// errBytes is what a meter says when the session's bytes are used up.
var errBytes = errors.New("session bytes used up")

// meter takes what is read from the session's bytes.
type meter struct {
	from io.Reader
	s    *Session
}

func (m meter) Read(p []byte) (int, error) {
	n, err := m.from.Read(p)
	m.s.mu.Lock()
	defer m.s.mu.Unlock()
	if int64(n) > m.s.bytes {
		m.s.bytes = 0
		return 0, errBytes
	}
	m.s.bytes -= int64(n)
	return n, err
}
