package fetch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
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
// remembers answers and failures alike. It is safe for concurrent use and
// needs no closing.
type Session struct {
	client *Client
	end    time.Time

	mu       sync.Mutex
	requests int               // left
	bytes    int64             // left
	calls    map[request]*call // under way or done
}

// request is what makes two calls the same.
type request struct{ url, accept string }

type call struct {
	done     chan struct{} // closed once the fields below are set
	response *Response
	err      error
	retry    bool // the caller that led gave up: its error is its own
}

// Response is a document that was fetched with status 200.
type Response struct {
	Body        []byte
	ContentType string // as sent: a hint, not a fact
	FinalURL    string // where it was found after redirects, without fragment
	Status      int
}

// NewSession starts the budget of one verification.
func (c *Client) NewSession(l Limits) *Session {
	return &Session{
		client:   c,
		end:      time.Now().Add(orDefault(l.Time, 30*time.Second)),
		requests: orDefault(l.Requests, 16),
		bytes:    orDefault(l.Bytes, 16<<20),
		calls:    make(map[request]*call),
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
	key := request{u.String(), accept}
	for {
		lead, leads := s.join(key)
		if leads {
			lead.response, lead.err = s.lead(ctx, u, accept, limit)
			s.settle(key, lead, ctx.Err() != nil && lead.err != nil)
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

// join returns the call for a request, and whether the caller must make it.
func (s *Session) join(key request) (_ *call, leads bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if known, ok := s.calls[key]; ok {
		return known, false
	}
	fresh := &call{done: make(chan struct{})}
	s.calls[key] = fresh
	return fresh, true
}

// settle publishes a call. One that failed because its caller gave up is
// forgotten, so that others may try.
func (s *Session) settle(key request, done *call, gaveUp bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if gaveUp {
		done.retry = true
		delete(s.calls, key)
	}
	close(done.done)
}

// share gives one caller its own copy of the answer.
func (c *call) share(limit int64) (*Response, error) {
	if c.err != nil {
		return nil, c.err
	}
	if int64(len(c.response.Body)) > limit {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, limit)
	}
	own := *c.response
	own.Body = bytes.Clone(own.Body)
	return &own, nil
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
