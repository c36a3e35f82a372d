package deqar

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"laurel/internal/fetch"
	"laurel/internal/strictjson"
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

const (
	browse               = "/webapi/v2/browse/"
	programmeReports     = browse + "reports/programme/by-institution/"
	institutionalReports = browse + "reports/institutional/by-institution/"
	maxPasses            = 4 // through a list that changes
	maxProgrammes        = 3000
	maxRows              = 200_000
)

// row is one row of a list, and the page that it stands on.
type row struct {
	id   int64
	raw  []byte
	page *page
}

type page struct {
	url     string
	fetched time.Time
	body    []byte
}

// list reads a list to its end, and each row once or more; it returns the numbers of the
// rows. Where the count moves, or the rows are not as many, it begins again (DEQAR §1.2).
func (c *Client) list(ctx context.Context, path string, query url.Values, account bool, each func(row) error) ([]int64, error) {
	limit := c.opts.PageSize
	for pass := 0; pass < maxPasses; {
		ids, shorter, err := c.pass(ctx, path, query, account, limit, each)
		switch {
		case shorter > 0: // DEQAR makes shorter pages: offsets must be multiples of theirs
			limit = shorter
			continue
		case !errors.Is(err, ErrDrift):
			return ids, err
		}
		pass++
	}
	return nil, fmt.Errorf("%s: %w", path, ErrDrift)
}

// pass goes through a list once. shorter is the length of pages that are shorter than asked.
func (c *Client) pass(ctx context.Context, path string, query url.Values, account bool, limit int, each func(row) error) (ids []int64, shorter int, err error) {
	most := maxRows
	if strings.HasPrefix(path, programmeReports) {
		most = maxProgrammes
	}
	seen, count := map[int64]bool{}, -1
	for offset := 0; count < 0 || offset < count; offset += limit {
		l, p, err := c.page(ctx, path, query, account, limit, offset)
		switch rows := len(l.Rows); {
		case err != nil:
			return nil, 0, err
		case l.Count >= most:
			return ids, 0, ErrCapped
		case count >= 0 && l.Count != count, rows > limit && rows != l.Count:
			return nil, 0, ErrDrift
		case offset == 0 && 0 < rows && rows < limit && rows < l.Count:
			return nil, rows, nil
		}
		count = l.Count
		for _, raw := range l.Rows {
			id, err := numberOf(raw)
			if err != nil {
				return nil, 0, err
			}
			if !seen[id] {
				seen[id], ids = true, append(ids, id)
			}
			if err := each(row{id, raw, p}); err != nil {
				return nil, 0, err
			}
		}
		if len(l.Rows) > limit { // a bare array
			break
		}
	}
	if len(ids) != count || seen[0] {
		return nil, 0, ErrDrift
	}
	return ids, 0, nil
}

// numberOf is the number of a row, or of the report that a row wraps.
func numberOf(raw []byte) (int64, error) {
	f, err := readFields(raw, detailLimits)
	if err != nil {
		return 0, err
	}
	if wrapped := f.within("report"); wrapped.v.Is(strictjson.Object) {
		f = wrapped
	}
	return f.number("id"), *f.fault
}

func (c *Client) page(ctx context.Context, path string, query url.Values, account bool, limit, offset int) (l List, p *page, err error) {
	asked := url.Values{"limit": {strconv.Itoa(limit)}, "offset": {strconv.Itoa(offset)}}
	for name, values := range query {
		asked[name] = values
	}
	answer, err := c.get(ctx, path, asked, account, func(body []byte) (err error) {
		l, err = ReadList(body)
		return err
	})
	return l, &page{answer.URL, c.opts.Now(), answer.Body}, err
}

// detail gets a row; ErrNotFound where DEQAR has none.
func detail[T any](ctx context.Context, c *Client, path string, read func([]byte) (T, error)) (one T, p *page, err error) {
	answer, err := c.get(ctx, path, url.Values{"history": {"true"}}, true, func(body []byte) (err error) {
		one, err = read(body)
		return err
	})
	return one, &page{answer.URL, c.opts.Now(), answer.Body}, err
}
