// Package fetchtest is a network made of a map, for the tests of packages that
// are handed a fetching function. It answers with the errors of package fetch
// and touches no socket.
package fetchtest

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"time"

	"laurel/internal/fetch"
)

const maxRedirects = 3

// Reply is what one URL answers.
type Reply struct {
	Status      int // zero means 200
	ContentType string
	Body        []byte
	Fetched     time.Time
	Redirect    string // where to look instead; the rest is then unused
	Err         error  // returned as it is, before anything else
}

// World is every URL there is; one that is not in it answers 404. Keys are
// compared as they are written. It is safe for concurrent use while nobody
// changes the map.
type World map[string]Reply

// Fetch has the signature and the manners of fetch.Session.Fetch, without its
// budget: at most maxBytes when that is positive, and at most three redirects.
func (w World) Fetch(ctx context.Context, url, _ string, maxBytes int64) (*fetch.Response, error) {
	for range maxRedirects + 1 {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("%w: %w", fetch.ErrUnavailable, err)
		}
		reply, ok := w[url]
		switch {
		case !ok:
			return nil, fetch.StatusError{Code: http.StatusNotFound}
		case reply.Err != nil:
			return nil, reply.Err
		case reply.Redirect != "":
			url = reply.Redirect
			continue
		}
		return reply.response(url, maxBytes)
	}
	return nil, fmt.Errorf("%w: too many redirects", fetch.ErrRefused)
}

// Get has the signature and the manners of fetch.Session.Get.
func (w World) Get(ctx context.Context, url, accept string, maxBytes int64) (body []byte, finalURL string, err error) {
	r, err := w.Fetch(ctx, url, accept, maxBytes)
	if err != nil {
		return nil, "", err
	}
	return r.Body, r.FinalURL, nil
}

func (r Reply) response(url string, maxBytes int64) (*fetch.Response, error) {
	status := r.Status
	if status == 0 {
		status = http.StatusOK
	}
	switch {
	case status >= 500 || status == http.StatusTooManyRequests || status != http.StatusOK && status < 400:
		return nil, fmt.Errorf("%w: answered %d", fetch.ErrUnavailable, status)
	case status != http.StatusOK:
		return nil, fetch.StatusError{Code: status}
	case maxBytes > 0 && int64(len(r.Body)) > maxBytes:
		return nil, fmt.Errorf("%w: more than %d bytes", fetch.ErrTooLarge, maxBytes)
	}
	return &fetch.Response{
		Body:        bytes.Clone(r.Body),
		ContentType: r.ContentType,
		FinalURL:    url,
		Status:      status,
		Fetched:     r.Fetched,
	}, nil
}
