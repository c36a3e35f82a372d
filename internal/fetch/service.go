package fetch

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// ServiceOptions configure a Service. Fields that are zero take their default.
type ServiceOptions struct {
	// Base is the service's address: its scheme, host and port. Required.
	Base string
	// AllowPrivateNetwork, Offline, RootCAs and UserAgent are as in Options.
	AllowPrivateNetwork bool
	Offline             bool
	RootCAs             *x509.CertPool
	UserAgent           string
	// Timeout bounds one request, its body included, where the request does
	// not say. Default 30 s.
	Timeout time.Duration
	// MaxBytes bounds one body where the request does not say. Default 4 MiB.
	MaxBytes int64
}

// A Service is one site that an operator configured and has an account with,
// such as a registry that is mirrored. Unlike a Session it sends what it is
// told to, a bearer token among that, and therefore to this site's scheme, host
// and port alone: a redirect to anywhere else is refused, and one of what was
// posted too. The rules of the Client on schemes and addresses hold. Errors name
// the host, and nothing of what was sent or came back. It is safe for concurrent
// use.
type Service struct {
	client *Client
	base   *url.URL
	opts   ServiceOptions
}

// NewService returns the service at an address.
func NewService(opts ServiceOptions) (*Service, error) {
	opts.Timeout = orDefault(opts.Timeout, 30*time.Second)
	opts.MaxBytes = orDefault(opts.MaxBytes, 4<<20)
	client := New(Options{
		AllowPrivateNetwork: opts.AllowPrivateNetwork, Offline: opts.Offline, RootCAs: opts.RootCAs,
		UserAgent: opts.UserAgent, Timeout: opts.Timeout, CacheBytes: -1,
	})
	base, err := client.vet(opts.Base)
	if err != nil {
		return nil, err
	}
	if strings.Trim(base.Path, "/") != "" || base.RawQuery != "" {
		return nil, fmt.Errorf("%w: the address of a service has no path", ErrRefused)
	}
	return &Service{client: client, base: base, opts: opts}, nil
}

// Call is one request to a service: GET, or POST where there is a Body.
type Call struct {
	Path        string // from "/" on
	Query       url.Values
	Accept      string
	Bearer      string // token of the Authorization header (RFC 6750); empty for none
	Body        []byte
	ContentType string // of Body
	IfNoneMatch string // the ETag of what is had already; the answer may be Unmodified

	To       io.Writer     // takes the body as it comes, instead of Answer.Body
	MaxBytes int64         // zero: the service's
	Timeout  time.Duration // zero: the service's
}

// Answer is what came back.
type Answer struct {
	Body        []byte
	Bytes       int64
	ETag        string
	ContentType string
	URL         string
	Unmodified  bool
	// RetryAfter is set beside ErrUnavailable where the service said when to come again
	// (RFC 9110 §10.2.3).
	RetryAfter time.Duration
}

// Do makes a request. What went to Call.To before an error is not the document.
func (s *Service) Do(ctx context.Context, call Call) (Answer, error) {
	if s.opts.Offline {
		return Answer{}, ErrOffline
	}
	if !strings.HasPrefix(call.Path, "/") {
		return Answer{}, fmt.Errorf("%w: a path begins with /", ErrRefused)
	}
	u, err := s.client.vet(s.base.Scheme + "://" + s.base.Host + call.Path + query(call.Query))
	if err != nil {
		return Answer{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, orDefault(call.Timeout, s.opts.Timeout))
	defer cancel()
	for hops := 0; ; hops++ {
		answer, next, err := s.exchange(ctx, u, call)
		if err != nil || next == nil {
			return answer, err
		}
		if hops == s.client.opts.MaxRedirects || call.Body != nil || next.Scheme != s.base.Scheme || next.Host != s.base.Host {
			return Answer{}, fmt.Errorf("%w: %s sent the request elsewhere", ErrRefused, u.Host)
		}
		u = next
	}
}

func query(values url.Values) string {
	if len(values) == 0 {
		return ""
	}
	return "?" + values.Encode()
}

func (s *Service) exchange(ctx context.Context, u *url.URL, call Call) (_ Answer, next *url.URL, err error) {
	leave, err := s.client.doors.enter(ctx, u.Hostname())
	if err != nil {
		return Answer{}, nil, unavailable(u, err)
	}
	defer leave()
	trip := s.client.tls
	if u.Scheme == "http" {
		trip = s.client.plain
	}
	res, err := trip.RoundTrip(s.request(ctx, u, call))
	if err != nil {
		return Answer{}, nil, unavailable(u, err)
	}
	defer res.Body.Close()
	if target, ok := redirection(res); ok {
		next, err = s.client.follow(u, target)
		return Answer{}, next, err
	}
	answer := Answer{ETag: res.Header.Get("ETag"), ContentType: res.Header.Get("Content-Type"), URL: u.String()}
	if res.StatusCode == http.StatusNotModified && call.IfNoneMatch != "" {
		answer.Unmodified = true
		return answer, nil, nil
	}
	made := call.Body != nil && res.StatusCode == http.StatusCreated
	if err := statusError(u, res.StatusCode); err != nil && !made {
		return Answer{RetryAfter: retryAfter(res.Header.Get("Retry-After"), s.client.opts.Now())}, nil, err
	}
	return s.take(ctx, u, res, call, answer)
}

func (s *Service) request(ctx context.Context, u *url.URL, call Call) *http.Request {
	request := s.client.newRequest(ctx, u, call.Accept)
	if call.Bearer != "" {
		request.Header.Set("Authorization", "Bearer "+call.Bearer)
	}
	if call.IfNoneMatch != "" {
		request.Header.Set("If-None-Match", call.IfNoneMatch)
	}
	if call.Body != nil {
		request.Method = http.MethodPost
		request.Header.Set("Content-Type", call.ContentType)
		request.Body = io.NopCloser(bytes.NewReader(call.Body))
		request.ContentLength = int64(len(call.Body))
	}
	return request
}

// take reads the body to where the call wants it. A body whose end cannot be told from a
// connection that broke is not taken.
func (s *Service) take(ctx context.Context, u *url.URL, res *http.Response, call Call, answer Answer) (Answer, *url.URL, error) {
	for _, coding := range res.Header.Values("Content-Encoding") {
		if coding != "" && !strings.EqualFold(coding, "identity") {
			return Answer{}, nil, fmt.Errorf("%w: %s sent a compressed body", ErrRefused, u.Host)
		}
	}
	if res.ContentLength < 0 && res.ProtoMajor == 1 && len(res.TransferEncoding) == 0 {
		return Answer{}, nil, fmt.Errorf("%w: %s did not say where its answer ends", ErrUnavailable, u.Host)
	}
	limit := orDefault(call.MaxBytes, s.opts.MaxBytes)
	tooLarge := fmt.Errorf("%w: %s sent more than %d bytes", ErrTooLarge, u.Host, limit)
	if res.ContentLength > limit {
		return Answer{}, nil, tooLarge
	}
	var body bytes.Buffer
	to := call.To
	if to == nil {
		to = &body
	}
	sink := &sink{to: to}
	n, err := io.Copy(sink, io.LimitReader(res.Body, limit+1))
	switch {
	case sink.err != nil:
		return Answer{}, nil, sink.err
	case ctx.Err() != nil:
		return Answer{}, nil, unavailable(u, ctx.Err())
	case err != nil:
		return Answer{}, nil, unavailable(u, err)
	case n > limit:
		return Answer{}, nil, tooLarge
	}
	answer.Body, answer.Bytes = body.Bytes(), n
	return answer, nil, nil
}

// sink keeps the error of the writer apart from those of the network.
type sink struct {
	to  io.Writer
	err error
}

func (s *sink) Write(p []byte) (n int, err error) {
	n, s.err = s.to.Write(p)
	if s.err == nil && n < len(p) {
		s.err = io.ErrShortWrite
	}
	return n, s.err
}

// maxRetryAfter is the longest wait that is believed.
const maxRetryAfter = 24 * time.Hour

// retryAfter reads seconds or a date; zero where it is neither, or past.
func retryAfter(text string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return min(time.Duration(seconds)*time.Second, maxRetryAfter)
	} else if errors.Is(err, strconv.ErrRange) {
		return maxRetryAfter
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	return min(max(at.Sub(now), 0), maxRetryAfter)
}
