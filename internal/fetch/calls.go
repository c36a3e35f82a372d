package fetch

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"sync"
)

// request is what makes two calls the same.
type request struct {
	url, accept string
	limit       int64 // only among the calls of a Client: sessions may allow different lengths
}

// calls lets many ask and one go: those of a Session, which are kept, and those of a
// Client, which are forgotten once they are done.
type calls struct {
	mu   sync.Mutex
	made map[request]*call
}

type call struct {
	done     chan struct{} // closed once the fields below are set
	response *Response
	err      error
	retry    bool // the caller that led gave up: its error is its own
}

func newCalls() *calls { return &calls{made: make(map[request]*call)} }

// join returns the call for a request, and whether the caller must make it.
func (c *calls) join(key request) (_ *call, leads bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if known, ok := c.made[key]; ok {
		return known, false
	}
	fresh := &call{done: make(chan struct{})}
	c.made[key] = fresh
	return fresh, true
}

// settle publishes a call, and forgets it where the next one is to be made anew.
func (c *calls) settle(key request, done *call, forget bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if forget {
		delete(c.made, key)
	}
	close(done.done)
}

// forget makes the next join of a call that is done lead anew.
func (c *calls) forget(key request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if made, ok := c.made[key]; ok {
		select {
		case <-made.done:
			delete(c.made, key)
		default: // under way: it brings what is new
		}
	}
}

// await waits for what the call brings, but not longer than its own context allows.
func (c *call) await(ctx context.Context, u *url.URL) (*Response, error) {
	select {
	case <-c.done:
		return c.response, c.err
	default:
	}
	select {
	case <-c.done:
		return c.response, c.err
	case <-ctx.Done():
		return nil, unavailable(u, ctx.Err())
	}
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
