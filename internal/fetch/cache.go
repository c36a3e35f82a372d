package fetch

import (
	"container/list"
	"sync"
	"time"
)

const (
	maxCached   = 4 << 20 // bytes of one document
	maxEntries  = 4096
	entryWeight = 512 // what an entry takes beside its texts, roughly
)

// cache holds documents as long as their sites called them fresh (RFC 9111). It holds a
// bounded number of bytes and gives up the document that was not asked for the longest.
// It is nobody's but one Client's, so one policy decided on all that is in it. Every
// request of a Client is the same but for URL and Accept, so these two are the key
// whatever Vary names (RFC 9111 §4.1).
type cache struct {
	mu     sync.Mutex
	left   int64 // bytes
	recent *list.List
	places map[request]*list.Element
}

type entry struct {
	key      request
	response *Response // shared: nobody changes it
	until    time.Time
	weight   int64
}

func newCache(bytes int64) *cache {
	return &cache{left: bytes, recent: list.New(), places: make(map[request]*list.Element)}
}

// get returns the document that is fresh at a time, or nil. One from after that time is
// not: the clock has been set back.
func (c *cache) get(key request, now time.Time) *Response {
	c.mu.Lock()
	defer c.mu.Unlock()
	place, ok := c.places[key]
	if !ok {
		return nil
	}
	e := place.Value.(*entry)
	if !now.Before(e.until) || now.Before(e.response.Fetched) {
		c.remove(place)
		return nil
	}
	c.recent.MoveToFront(place)
	return e.response
}

// put keeps a document until a time, if it fits.
func (c *cache) put(key request, r *Response, until time.Time) {
	e := &entry{key: key, response: r, until: until}
	e.weight = int64(entryWeight + cap(r.Body) + len(r.ContentType) + len(r.FinalURL) + len(key.url) + len(key.accept))
	c.mu.Lock()
	defer c.mu.Unlock()
	if place, ok := c.places[key]; ok {
		c.remove(place)
	}
	if len(r.Body) > maxCached {
		return
	}
	for c.recent.Len() > 0 && (e.weight > c.left || c.recent.Len() >= maxEntries) {
		c.remove(c.recent.Back())
	}
	if e.weight > c.left {
		return
	}
	c.left -= e.weight
	c.places[key] = c.recent.PushFront(e)
}

// forget drops a document.
func (c *cache) forget(key request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if place, ok := c.places[key]; ok {
		c.remove(place)
	}
}

func (c *cache) remove(place *list.Element) {
	e := c.recent.Remove(place).(*entry)
	delete(c.places, e.key)
	c.left += e.weight
}
