package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// clock is set by the test that owns it.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// counter answers every path with what the query says its headers are, "Name: value"
// each, and counts.
type counter struct {
	mu    sync.Mutex
	asked map[string]int
	date  func() time.Time
}

func (c *counter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	c.asked[r.URL.Path]++
	n := c.asked[r.URL.Path]
	c.mu.Unlock()
	w.Header().Set("Date", c.date().UTC().Format(http.TimeFormat))
	for _, line := range r.URL.Query()["h"] {
		name, value, _ := strings.Cut(line, ": ")
		w.Header().Add(name, value)
	}
	if r.URL.Query().Has("to") {
		w.WriteHeader(http.StatusFound)
		return
	}
	fmt.Fprintf(w, "%d|%s", n, r.Header.Get("Accept"))
}

func (c *counter) count(path string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.asked[path]
}

func TestCacheObeysFreshness(t *testing.T) {
	now := &clock{now: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)}
	at := func(d time.Duration) string { return now.now.Add(d).Format(http.TimeFormat) }
	sites := &counter{asked: map[string]int{}, date: now.Now}
	server, pool := site(t, sites.ServeHTTP)
	c := client(t, Options{AllowPrivateNetwork: true, RootCAs: pool, Now: now.Now})
	const never = 0
	for n, test := range []struct {
		headers []string
		fresh   time.Duration
	}{
		{nil, never},
		{[]string{"Cache-Control: max-age=60"}, time.Minute},
		{[]string{"Cache-Control: public, MAX-AGE=60"}, time.Minute},
		{[]string{`Cache-Control: max-age="60"`}, time.Minute},
		{[]string{"Cache-Control: public", "Cache-Control: max-age=60"}, time.Minute},
		{[]string{"Cache-Control: max-age=999999999999999999999"}, time.Hour},
		{[]string{"Cache-Control: max-age=60, s-maxage=10"}, 10 * time.Second},
		{[]string{"Cache-Control: max-age=10, s-maxage=60"}, 10 * time.Second},
		{[]string{"Cache-Control: s-maxage=60"}, time.Minute},
		{[]string{"Cache-Control: max-age=60", "Age: 20"}, 40 * time.Second},
		{[]string{"Cache-Control: max-age=60", "Age: 60"}, never},
		{[]string{"Cache-Control: max-age=60", "Age: -1"}, never},
		{[]string{"Cache-Control: max-age=60", "Age: 1", "Age: 2"}, never},
		{[]string{"Cache-Control: max-age=60", "Expires: 0"}, time.Minute},
		{[]string{"Cache-Control: max-age=60, max-age=30"}, never},
		{[]string{"Cache-Control: max-age=-60"}, never},
		{[]string{"Cache-Control: max-age"}, never},
		{[]string{"Cache-Control: max-age=60, no-store"}, never},
		{[]string{"Cache-Control: max-age=60, no-cache"}, never},
		{[]string{`Cache-Control: max-age=60, no-cache="Set-Cookie"`}, never},
		{[]string{"Cache-Control: max-age=60, private"}, never},
		{[]string{"Cache-Control: max-age=60", "Vary: Accept, Accept-Language"}, time.Minute},
		{[]string{"Cache-Control: max-age=60", "Vary: Accept, *"}, never},
		{[]string{"Expires: " + at(time.Minute)}, time.Minute},
		{[]string{"Expires: " + at(-time.Minute)}, never},
		{[]string{"Expires: 0"}, never},
		{[]string{"Expires: " + at(time.Minute), "Expires: " + at(time.Minute)}, never},
		{[]string{"Last-Modified: " + at(-1000*time.Hour)}, never},
	} {
		path := fmt.Sprintf("/%d", n)
		url := server.URL + path + "?"
		for _, h := range test.headers {
			url += "h=" + strings.NewReplacer(" ", "%20", "=", "%3D", `"`, "%22", ",", "%2C").Replace(h) + "&"
		}
		start := now.Now()
		ask := func() *Response {
			t.Helper()
			r, err := c.NewSession(Limits{}).Fetch(t.Context(), url, "a/b", 0)
			if err != nil {
				t.Fatalf("%q: %v", test.headers, err)
			}
			return r
		}
		ask().check(t, start)
		if test.fresh > 0 {
			now.add(test.fresh - time.Second)
			ask().check(t, start)
			if got := sites.count(path); got != 1 {
				t.Errorf("%q: asked %d times while fresh", test.headers, got)
			}
			now.add(time.Second)
		}
		ask().check(t, now.Now())
		if got := sites.count(path); got != 2 {
			t.Errorf("%q: asked %d times, want 2", test.headers, got)
		}
		now.mu.Lock()
		now.now = start
		now.mu.Unlock()
	}
}

func (r *Response) check(t *testing.T, fetched time.Time) {
	t.Helper()
	if !r.Fetched.Equal(fetched) {
		t.Errorf("fetched %s, want %s", r.Fetched, fetched)
	}
	r.Body[0] = 'X' // the caller's own: the cache does not see this
}

func TestCacheKeys(t *testing.T) {
	now := &clock{now: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)}
	sites := &counter{asked: map[string]int{}, date: now.Now}
	server, pool := site(t, sites.ServeHTTP)
	open := Options{AllowPrivateNetwork: true, RootCAs: pool, Now: now.Now}
	c := client(t, open)
	url := server.URL + "/a?h=Cache-Control:%20max-age%3D60"
	for _, step := range []struct{ url, accept, want string }{
		{url, "x/y", "1|x/y"}, {url, "x/y", "1|x/y"}, {url + "#part", "x/y", "1|x/y"},
		{url, "x/z", "2|x/z"}, {url, "x/y", "1|x/y"}, {url + "&", "x/y", "3|x/y"},
	} {
		body, _, err := c.NewSession(Limits{}).Get(t.Context(), step.url, step.accept, 0)
		if err != nil || string(body) != step.want {
			t.Errorf("%s %s: %q, %v; want %q", step.url, step.accept, body, err, step.want)
		}
	}
	now.add(-time.Second)
	if body, _, _ := c.NewSession(Limits{}).Get(t.Context(), url, "x/y", 0); string(body) != "4|x/y" {
		t.Errorf("a document from the future was used: %q", body)
	}
	// The rules are asked before the cache.
	c.permit, c.plain = isPublic, nil
	_, _, err := c.NewSession(Limits{}).Get(t.Context(), url, "x/y", 0)
	wantErr(t, err, ErrRefused)
	open.CacheBytes = -1
	none := client(t, open)
	for range 2 {
		if _, _, err := none.NewSession(Limits{}).Get(t.Context(), url, "n/n", 0); err != nil {
			t.Fatal(err)
		}
	}
	if got := sites.count("/a"); got != 6 {
		t.Errorf("asked %d times, want 6", got)
	}
}

func TestCacheOfRedirects(t *testing.T) {
	now := &clock{now: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)}
	sites := &counter{asked: map[string]int{}, date: now.Now}
	server, pool := site(t, sites.ServeHTTP)
	c := client(t, Options{AllowPrivateNetwork: true, RootCAs: pool, Now: now.Now})
	const fresh = "h=Cache-Control:%20max-age%3D60"
	location := func(to string) string {
		return "&to&h=Location:%20" + strings.NewReplacer("?", "%3F", "&", "%26", "=", "%3D", "%", "%25").Replace(to)
	}
	for _, test := range []struct {
		path, to string
		asked    int
	}{
		{"/kept?" + fresh + location("/end1?"+fresh), "/end1", 1},
		{"/loose?" + location("/end2?"+fresh), "/end2", 2},
		{"/end?" + fresh + location("/end3"), "/end3", 2},
	} {
		for range 2 {
			r, err := c.NewSession(Limits{}).Fetch(t.Context(), server.URL+test.path, "", 0)
			if err != nil || !strings.HasPrefix(r.FinalURL, server.URL+test.to) {
				t.Fatalf("%+v, %v", r, err)
			}
		}
		if got := sites.count(test.to); got != test.asked {
			t.Errorf("%s was asked for %d times, want %d", test.to, got, test.asked)
		}
	}
}

func TestCachedAnswerCostsBytesNotRequests(t *testing.T) {
	server, pool := site(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "max-age=60")
		w.Write(make([]byte, 100))
	})
	c := client(t, Options{AllowPrivateNetwork: true, RootCAs: pool})
	get := func(s *Session, n int, limit int64) error {
		_, _, err := s.Get(t.Context(), fmt.Sprintf("%s/%d", server.URL, n), "", limit)
		return err
	}
	first := c.NewSession(Limits{})
	for n := range 4 {
		if err := get(first, n, 0); err != nil {
			t.Fatal(err)
		}
	}
	s := c.NewSession(Limits{Requests: 1, Bytes: 350})
	wantErr(t, get(s, 3, 99), ErrTooLarge)
	for n, want := range []error{nil, nil, nil} {
		if err := get(s, n, 100); err != want {
			t.Errorf("%d: %v", n, err)
		}
	}
	wantErr(t, get(s, 4, 100), ErrBudget)
	s = c.NewSession(Limits{Bytes: 150})
	if err := get(s, 0, 0); err != nil {
		t.Error(err)
	}
	wantErr(t, get(s, 1, 0), ErrBudget)
	wantErr(t, get(s, 2, 0), ErrBudget)
}

func TestCacheIsBounded(t *testing.T) {
	now := time.Now()
	c := newCache(1 << 20)
	put := func(n, size int) {
		c.put(request{url: fmt.Sprint(n)}, &Response{Body: make([]byte, size), Fetched: now}, now.Add(time.Minute))
	}
	has := func(n int) bool { return c.get(request{url: fmt.Sprint(n)}, now) != nil }
	for n := range 100 {
		put(n, 100<<10)
		if c.left < 0 || !has(0) {
			t.Fatalf("%d bytes left, %d entries", c.left, len(c.places))
		}
	}
	if len(c.places) != 10 || !has(99) || !has(0) || has(50) { // 0 was asked for all the time
		t.Errorf("%d entries", len(c.places))
	}
	if put(100, 2<<20); has(100) || len(c.places) == 0 && c.left != 1<<20 {
		t.Error("a document larger than the cache was kept")
	}
	for n := range 2 * maxEntries {
		put(n, 0)
	}
	if len(c.places) != c.recent.Len() || c.left < 0 || len(c.places) > maxEntries {
		t.Errorf("%d entries, %d places, %d bytes left", c.recent.Len(), len(c.places), c.left)
	}
	big := newCache(1 << 30)
	big.put(request{}, &Response{Body: make([]byte, maxCached+1), Fetched: now}, now.Add(time.Minute))
	for n := range 2 * maxEntries {
		big.put(request{url: fmt.Sprint(n)}, &Response{Fetched: now}, now.Add(time.Minute))
	}
	if len(big.places) != maxEntries {
		t.Errorf("%d entries, want %d", len(big.places), maxEntries)
	}
	for place := big.recent.Front(); place != nil; place = big.recent.Front() {
		big.remove(place)
	}
	if big.left != 1<<30 {
		t.Errorf("%d bytes are lost", 1<<30-big.left)
	}
}

// FuzzFreshness: whatever a site says, nothing is fresh for longer than the cap, nothing
// for a negative time, and no-store is obeyed.
func FuzzFreshness(f *testing.F) {
	f.Add("max-age=60, s-maxage=\"5\"", "Fri, 01 May 2026 12:00:00 GMT", "Fri, 01 May 2026 13:00:00 GMT", "3", "Accept")
	f.Add("private,max-age=99999999999999999999", "", "0", "", "*")
	f.Fuzz(func(t *testing.T, control, date, expires, age, vary string) {
		now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
		h := http.Header{"Cache-Control": {control}, "Date": {date}, "Expires": {expires}, "Age": {age}, "Vary": {vary}}
		if got := freshness(h, now, now); got < 0 || got > maxFresh {
			t.Fatal(got)
		}
		h.Add("Cache-Control", "No-Store")
		if got := freshness(h, now, now); got != 0 {
			t.Fatal(got)
		}
	})
}

// Sessions that ask the same at once send one request, and none pays for another's limits.
func TestSessionsShareARequest(t *testing.T) {
	arrived, release := make(chan struct{}, 10), make(chan struct{})
	sites := &counter{asked: map[string]int{}, date: time.Now}
	server, pool := site(t, func(w http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		<-release
		w.Header().Set("Cache-Control", "max-age=60")
		sites.ServeHTTP(w, r)
		io.WriteString(w, strings.Repeat(".", 200))
	})
	c := client(t, Options{AllowPrivateNetwork: true, RootCAs: pool})
	var wg sync.WaitGroup
	ask := func(l Limits, want error) {
		wg.Go(func() {
			if _, _, err := c.NewSession(l).Get(t.Context(), server.URL+"/shared", "", 0); !errors.Is(err, want) {
				t.Errorf("%v, want %v", err, want)
			}
		})
	}
	ask(Limits{Bytes: 100}, ErrBudget)
	<-arrived
	for range 8 {
		ask(Limits{}, nil)
	}
	close(release)
	wg.Wait()
	if n := sites.count("/shared"); n != 2 {
		t.Errorf("%d requests, want one that is too long for its session, and one for all others", n)
	}
}

func TestFollowersWaitWithinTheirOwnLimits(t *testing.T) {
	arrived := make(chan struct{}, 10)
	server, pool := site(t, func(w http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		<-r.Context().Done()
	})
	c := client(t, Options{AllowPrivateNetwork: true, RootCAs: pool})
	var wg sync.WaitGroup
	leader := c.NewSession(Limits{})
	ctx, stop := context.WithCancel(t.Context())
	wg.Go(func() {
		if _, _, err := leader.Get(ctx, server.URL, "", 0); !errors.Is(err, ErrUnavailable) {
			t.Error(err)
		}
	})
	<-arrived
	_, _, err := c.NewSession(Limits{Time: time.Millisecond}).Get(t.Context(), server.URL, "", 0)
	wantErr(t, err, ErrBudget)
	if len(arrived) != 0 {
		t.Error("a second request was sent")
	}
	stop()
	wg.Wait()
	if len(c.calls.made) != 0 || len(c.doors.hosts) != 0 || len(c.doors.all) != 0 {
		t.Error("something is left of requests that are over")
	}
}

// One slow host does not keep the others waiting.
func TestOneHostCannotHoldAllPlaces(t *testing.T) {
	d := newDoors(3, 2)
	var leave []func()
	for range 2 {
		l, err := d.enter(t.Context(), "slow.example")
		if err != nil {
			t.Fatal(err)
		}
		leave = append(leave, l)
	}
	ctx, stop := context.WithCancel(t.Context())
	waited := make(chan error)
	go func() { _, err := d.enter(ctx, "slow.example"); waited <- err }()
	other, err := d.enter(t.Context(), "other.example")
	if err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-waited:
		t.Fatalf("a third request to the slow host: %v", err)
	default:
	}
	full := make(chan error)
	go func() { _, err := d.enter(ctx, "third.example"); full <- err }()
	stop()
	if <-waited == nil || <-full == nil {
		t.Error("no error after giving up")
	}
	other()
	for _, l := range leave {
		l()
	}
	if len(d.hosts) != 0 || len(d.all) != 0 {
		t.Errorf("%d hosts, %d places are left over", len(d.hosts), len(d.all))
	}
}
