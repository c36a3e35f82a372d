package fetch

import (
	"context"
	"sync"
)

// doors bound the requests under way: in all, and to one host, so that one slow host
// cannot keep everybody else waiting.
type doors struct {
	all     chan struct{} // one token a request under way
	perHost int

	mu    sync.Mutex
	hosts map[string]*door // those with requests under way or waiting
}

type door struct {
	slots chan struct{}
	users int // under way or waiting
}

func newDoors(all, perHost int) *doors {
	return &doors{all: make(chan struct{}, all), perHost: perHost, hosts: make(map[string]*door)}
}

// enter waits for a place. The host's comes first: who waits for it takes no other's.
func (d *doors) enter(ctx context.Context, host string) (leave func(), err error) {
	own := d.open(host)
	select {
	case own.slots <- struct{}{}:
	case <-ctx.Done():
		d.close(host, own)
		return nil, ctx.Err()
	}
	leaveHost := func() { <-own.slots; d.close(host, own) }
	select {
	case d.all <- struct{}{}:
		return func() { <-d.all; leaveHost() }, nil
	case <-ctx.Done():
		leaveHost()
		return nil, ctx.Err()
	}
}

func (d *doors) open(host string) *door {
	d.mu.Lock()
	defer d.mu.Unlock()
	own, ok := d.hosts[host]
	if !ok {
		own = &door{slots: make(chan struct{}, d.perHost)}
		d.hosts[host] = own
	}
	own.users++
	return own
}

func (d *doors) close(host string, own *door) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if own.users--; own.users == 0 {
		delete(d.hosts, host)
	}
}
