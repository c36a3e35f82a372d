package deqar

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"laurel/internal/fetch"
)

// DefaultBase is where DEQAR's Web API and files are.
const DefaultBase = "https://backend.deqar.eu"

// ClientOptions configure a Client. Fields that are zero take their default.
type ClientOptions struct {
	Base               string // DefaultBase
	Username, Password string // of an account with DEQAR; without one only the files are read
	PerSecond          float64
	Attempts           int   // at one request, 5
	PageSize           int   // of lists, 200
	MaxFile            int64 // bytes of a nightly file, 1 GiB

	AllowPrivateNetwork bool
	Offline             bool
	RootCAs             *x509.CertPool
	UserAgent           string
	Timeout             time.Duration // of one request, 60 s; a file may take 30 minutes

	Now  func() time.Time
	Wait func(context.Context, time.Duration) error // between requests
}

// What a request to DEQAR can end with, beside the errors of fetch.
var (
	// ErrNotFound: DEQAR says that it has no such row.
	ErrNotFound = errors.New("DEQAR has no such row")
	// ErrLogin: the account was refused.
	ErrLogin = errors.New("DEQAR refused the login; check the account's name and password")
	// ErrDrift: a list changed whenever it was read, so that nobody knows all of it.
	ErrDrift = errors.New("the list changed while it was read")
	// ErrCapped: a list is as long as lists get, so that there may be more.
	ErrCapped = errors.New("the list is cut off by DEQAR")
	// errUnreadable: an answer that is not what was asked for, such as a page of a proxy.
	errUnreadable = errors.New("the answer cannot be read")
)

// Client asks DEQAR, politely: so many requests a second, one after the other, and again
// after a while where there was no answer.
type Client struct {
	opts    ClientOptions
	service *fetch.Service
	pace    *rate.Limiter

	mu    sync.Mutex
	token string
}

// NewClient returns a client of the options.
func NewClient(opts ClientOptions) (*Client, error) {
	if opts.Base == "" {
		opts.Base = DefaultBase
	}
	if opts.PerSecond <= 0 {
		opts.PerSecond = 5
	}
	if opts.Attempts <= 0 {
		opts.Attempts = 5
	}
	if opts.PageSize <= 0 {
		opts.PageSize = 200
	}
	if opts.MaxFile <= 0 {
		opts.MaxFile = 1 << 30
	}
	if opts.Timeout <= 0 {
		opts.Timeout = time.Minute
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Wait == nil {
		opts.Wait = wait
	}
	service, err := fetch.NewService(fetch.ServiceOptions{
		Base: opts.Base, AllowPrivateNetwork: opts.AllowPrivateNetwork, Offline: opts.Offline, RootCAs: opts.RootCAs,
		UserAgent: opts.UserAgent, Timeout: opts.Timeout, MaxBytes: int64(listLimits.Bytes),
	})
	return &Client{opts: opts, service: service, pace: rate.NewLimiter(rate.Limit(opts.PerSecond), 1)}, err
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// HasAccount reports whether the client may ask the Web API.
func (c *Client) HasAccount() bool { return c.opts.Username != "" }

// The waits between attempts.
const (
	firstPause = 2 * time.Second
	maxPause   = 5 * time.Minute
)

// attempt makes a request until there is an answer that read takes, or it is clear that there
// will be none.
func (c *Client) attempt(ctx context.Context, do func() (fetch.Answer, error)) (answer fetch.Answer, err error) {
	pause := firstPause
	for n := 1; ; n++ {
		now := c.opts.Now()
		if delay := c.pace.ReserveN(now, 1).DelayFrom(now); delay > 0 {
			if err := c.opts.Wait(ctx, delay); err != nil {
				return answer, err
			}
		}
		if answer, err = do(); err == nil || ctx.Err() != nil || n == c.opts.Attempts || !passing(err) {
			return answer, err
		}
		if err := c.opts.Wait(ctx, max(pause, answer.RetryAfter)); err != nil {
			return answer, err
		}
		pause = min(2*pause, maxPause)
	}
}

// passing reports whether an error may be gone the next time.
func passing(err error) bool {
	var status fetch.StatusError
	return errors.Is(err, fetch.ErrUnavailable) || errors.Is(err, errUnreadable) || errors.As(err, &status) && status.Code == 401
}

// get asks for JSON and hands it to read, whose error means that it was no answer. What needs
// the account is asked with a token; one that expired is renewed.
func (c *Client) get(ctx context.Context, path string, query url.Values, account bool, read func([]byte) error) (fetch.Answer, error) {
	return c.attempt(ctx, func() (fetch.Answer, error) {
		call := fetch.Call{Path: path, Query: query, Accept: "application/json"}
		if account {
			token, answer, err := c.login(ctx)
			if err != nil {
				return answer, err
			}
			call.Bearer = token
		}
		answer, err := c.service.Do(ctx, call)
		var status fetch.StatusError
		switch {
		case errors.As(err, &status) && status.Code == 404:
			return answer, ErrNotFound
		case errors.As(err, &status) && status.Code == 401 && account:
			c.forget(call.Bearer)
			return answer, err
		case err != nil:
			return answer, err
		}
		if err := read(answer.Body); err != nil {
			return answer, fmt.Errorf("%s: %w: %w", path, errUnreadable, err)
		}
		return answer, nil
	})
}

// login returns a token, and gets one where there is none.
func (c *Client) login(ctx context.Context) (token string, answer fetch.Answer, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.token != "" {
		return c.token, answer, nil
	}
	if !c.HasAccount() {
		return "", answer, ErrLogin
	}
	body, err := json.Marshal(map[string]string{"username": c.opts.Username, "password": c.opts.Password})
	if err != nil {
		return "", answer, err
	}
	answer, err = c.service.Do(ctx, fetch.Call{Path: "/accounts/get_token/", Accept: "application/json", Body: body, ContentType: "application/json"})
	var status fetch.StatusError
	switch {
	case errors.As(err, &status):
		return "", answer, ErrLogin
	case err != nil:
		return "", answer, err
	}
	if c.token, err = readToken(answer.Body); err != nil {
		return "", answer, fmt.Errorf("%w: %w", errUnreadable, err)
	}
	return c.token, answer, nil
}

func (c *Client) forget(token string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.token == token {
		c.token = ""
	}
}

// fileTime is how long a nightly file may take.
const fileTime = 30 * time.Minute

// file gets a nightly file, unless it is as it was. Each attempt writes to a writer of its
// own; only the last one holds the file.
func (c *Client) file(ctx context.Context, name, etag string, begin func() (io.Writer, error)) (fetch.Answer, error) {
	return c.attempt(ctx, func() (fetch.Answer, error) {
		to, err := begin()
		if err != nil {
			return fetch.Answer{}, err
		}
		return c.service.Do(ctx, fetch.Call{Path: "/static/daily-csv/" + name, Accept: "text/csv", IfNoneMatch: etag, To: to, MaxBytes: c.opts.MaxFile, Timeout: fileTime})
	})
}
