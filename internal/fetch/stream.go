package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// ErrUnchanged is what Stream says of a document of which the caller has the newest edition.
// It is no failure.
var ErrUnchanged = errors.New("document has not changed")

// maxEdition bounds the name of an edition in bytes.
const maxEdition = 256

// Stream writes the document at an https URL to w as it arrives, and returns the name that
// its site gives to this edition (the entity tag, RFC 9110 §8.8.3), empty for none. A site
// that still has the edition that the caller names is not asked for it again: the error is
// ErrUnchanged. The body is at most maxBytes long, which may be more than the client allows
// for documents in memory; the session bounds the time. Nothing is cached, nor shared with
// others who ask the same. After an error, w may have got a part.
func (s *Session) Stream(ctx context.Context, url, edition string, maxBytes int64, w io.Writer) (string, error) {
	c := s.client
	if c.opts.Offline {
		return "", ErrOffline
	}
	u, err := c.vet(url)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithDeadline(ctx, s.end)
	defer cancel()
	for range max(0, c.opts.MaxRedirects) + 1 {
		if err := s.spendRequest(); err != nil {
			return "", err
		}
		next, named, err := s.pour(ctx, u, edition, maxBytes, w)
		if err != nil || next == nil {
			return named, err
		}
		u = next
	}
	return "", fmt.Errorf("%w: too many redirects", ErrRefused)
}

// pour makes one request and writes what it brings, or says where to look next.
func (s *Session) pour(ctx context.Context, u *url.URL, edition string, limit int64, w io.Writer) (*url.URL, string, error) {
	c := s.client
	leave, err := c.doors.enter(ctx, u.Hostname())
	if err != nil {
		return nil, "", unavailable(u, err)
	}
	defer leave()
	trip := c.tls
	if u.Scheme == "http" {
		trip = c.plain
	}
	request := c.newRequest(ctx, u, "")
	if edition != "" {
		request.Header.Set("If-None-Match", edition)
	}
	res, err := trip.RoundTrip(request)
	if err != nil {
		return nil, "", unavailable(u, err)
	}
	defer res.Body.Close()
	if target, ok := redirection(res); ok {
		next, err := c.follow(u, target)
		return next, "", err
	}
	if res.StatusCode == http.StatusNotModified && edition != "" {
		return nil, edition, ErrUnchanged
	}
	if err := statusError(u, res.StatusCode); err != nil {
		return nil, "", err
	}
	named := res.Header.Get("ETag")
	if len(named) > maxEdition {
		named = ""
	}
	return nil, named, s.copy(ctx, u, res, limit, w)
}

// copy is read for those who do not want the body in memory.
func (s *Session) copy(ctx context.Context, u *url.URL, res *http.Response, limit int64, w io.Writer) error {
	if err := plainBody(u, res, limit); err != nil {
		return err
	}
	kept := &keeper{w: w}
	n, err := io.Copy(kept, io.LimitReader(meter{res.Body, s}, limit+1))
	switch {
	case kept.err != nil:
		return kept.err
	case errors.Is(err, errBytes):
		return fmt.Errorf("%w: too many bytes", ErrBudget)
	case ctx.Err() != nil:
		return unavailable(u, ctx.Err())
	case err != nil:
		return unavailable(u, err)
	case n > limit:
		return tooLarge(u, limit)
	}
	return nil
}

// keeper keeps the error of a writer apart from those of the network.
type keeper struct {
	w   io.Writer
	err error
}

func (k *keeper) Write(p []byte) (int, error) {
	n, err := k.w.Write(p)
	k.err = err
	return n, err
}
