package web

import (
	"context"
	"math"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/time/rate"
)

// How much one client may ask: a burst, then one more after each period.
const (
	verifyEvery = time.Second
	verifyBurst = 60
	guessEvery  = 10 * time.Second
	guessBurst  = 30
	allWait     = 5 * time.Second // for a place among the verifications of all clients
	maxClients  = 10_000          // remembered by one limiter, in each of two generations
)

// cache is a bounded map from text: when a generation is full the one before it is
// forgotten. What is used stays.
type cache[V any] struct {
	mu      sync.Mutex
	size    int
	young   map[string]V // guarded by mu
	old     map[string]V // guarded by mu
	created func() V     // makes a missing value; nil leaves it missing
}

func newCache[V any](size int) *cache[V] { return &cache[V]{size: size, young: map[string]V{}} }

// get returns the value of a key, and whether there is one.
func (c *cache[V]) get(key string) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v, ok := c.young[key]
	if ok {
		return v, true
	}
	if v, ok = c.old[key]; !ok && c.created != nil {
		v, ok = c.created(), true
	}
	if ok {
		c.put(key, v)
	}
	return v, ok
}

func (c *cache[V]) set(key string, v V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.put(key, v)
}

func (c *cache[V]) put(key string, v V) {
	if len(c.young) >= c.size {
		c.old, c.young = c.young, make(map[string]V)
	}
	c.young[key] = v
}

// limiter bounds how often each client does something.
type limiter struct{ clients *cache[*rate.Limiter] }

func newLimiter(every time.Duration, burst int) *limiter {
	clients := newCache[*rate.Limiter](maxClients)
	clients.created = func() *rate.Limiter { return rate.NewLimiter(rate.Every(every), burst) }
	return &limiter{clients}
}

// take counts one act of a client. It returns a *tooMany when the client has to wait.
func (l *limiter) take(client string, now time.Time) error {
	bucket, _ := l.clients.get(client)
	if bucket.AllowN(now, 1) {
		return nil
	}
	return refusal(bucket, now)
}

// check returns a *tooMany when take would, and counts nothing.
func (l *limiter) check(client string, now time.Time) error {
	bucket, _ := l.clients.get(client)
	if bucket.TokensAt(now) >= 1 {
		return nil
	}
	return refusal(bucket, now)
}

func refusal(bucket *rate.Limiter, now time.Time) error {
	missing := 1 - bucket.TokensAt(now)
	return &tooMany{wait: time.Duration(missing / float64(bucket.Limit()) * float64(time.Second))}
}

// places bounds how many acts are under way at once. One client holds at most half of the
// places, so that one who keeps acts waiting, for a slow address, leaves some to others.
type places struct {
	all  chan struct{}
	own  *cache[chan struct{}] // by client
	wait time.Duration         // at most, for a place
}

func newPlaces(count int, wait time.Duration) *places {
	own := newCache[chan struct{}](maxClients)
	own.created = func() chan struct{} { return make(chan struct{}, max(1, count/2)) }
	return &places{make(chan struct{}, count), own, wait}
}

// enter takes a place, which leave gives back. It returns a *tooMany when none became
// free in time, or the client left.
func (p *places) enter(ctx context.Context, client string) (leave func(), err error) {
	own, _ := p.own.get(client)
	leave = func() { <-p.all; <-own }
	if free(own) {
		if free(p.all) {
			return leave, nil
		}
		<-own
	}
	ctx, cancel := context.WithTimeout(ctx, p.wait)
	defer cancel()
	if !took(ctx, own) {
		return nil, &tooMany{wait: p.wait}
	}
	if !took(ctx, p.all) {
		<-own
		return nil, &tooMany{wait: p.wait, all: true}
	}
	return leave, nil
}

// free takes a place that is free.
func free(places chan struct{}) bool {
	select {
	case places <- struct{}{}:
		return true
	default:
		return false
	}
}

// took takes a place that is free or becomes so before ctx ends.
func took(ctx context.Context, places chan struct{}) bool {
	if free(places) {
		return true
	}
	select {
	case places <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

// tooMany tells a client to come back later.
type tooMany struct {
	wait time.Duration
	all  bool // it is all clients together that ask too much
}

func (e *tooMany) Error() string {
	if e.all {
		return "too much is under way"
	}
	return "too many requests"
}

// seconds is the value of Retry-After (RFC 9110 §10.2.3).
func (e *tooMany) seconds() string {
	return strconv.Itoa(max(1, int(math.Ceil(e.wait.Seconds()))))
}

// client names who sent a request, for limits alone: the peer's address, an IPv6 one by
// its /64. X-Forwarded-For counts only from a peer on a loopback address, which is taken
// for a reverse proxy on this machine; it must add the client's address, or set it. All
// clients of a proxy elsewhere count as one, for anybody could write that header.
func client(c echo.Context) string {
	r := c.Request()
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return "unknown"
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return "unknown"
	}
	if addr.Unmap().IsLoopback() {
		addr = forwarded(r, addr)
	}
	addr = addr.Unmap().WithZone("")
	if addr.Is6() {
		if prefix, err := addr.Prefix(64); err == nil {
			return prefix.String()
		}
	}
	return addr.String()
}

// forwarded returns the last address of X-Forwarded-For, the one that the proxy saw.
func forwarded(r *http.Request, peer netip.Addr) netip.Addr {
	lines := r.Header.Values("X-Forwarded-For")
	if len(lines) == 0 {
		return peer
	}
	line := lines[len(lines)-1]
	addr, err := netip.ParseAddr(strings.TrimSpace(line[strings.LastIndexByte(line, ',')+1:]))
	if err != nil {
		return peer
	}
	return addr
}
