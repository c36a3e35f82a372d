// Package memo answers: was this worked out before?
//
// It keeps what depends on nothing but its input, such as what a parser made of a text,
// within a bound. Whether the input is still the right one is for the callers to find out,
// each time.
package memo

import "sync"

// Memo keeps values by their keys, of a bounded weight in all. What was asked for lately
// stays longest. It is safe for concurrent use; its zero value keeps nothing.
type Memo[K comparable, V any] struct {
	most int64

	mu     sync.Mutex
	recent generation[K, V]
	older  generation[K, V]
}

// generation is what was asked for during one stretch of time: when it is full, the one
// before it is given up.
type generation[K comparable, V any] struct {
	values map[K]weighed[V]
	weight int64
}

type weighed[V any] struct {
	value  V
	weight int64
}

// New returns a memo for values that weigh up to most together, in any unit, such as bytes.
func New[K comparable, V any](most int64) *Memo[K, V] { return &Memo[K, V]{most: most} }

// Get returns the value of a key.
func (m *Memo[K, V]) Get(key K) (V, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	w, ok := m.recent.values[key]
	if !ok {
		if w, ok = m.older.values[key]; ok {
			m.put(key, w)
		}
	}
	return w.value, ok
}

// Put keeps a value in place of what is kept for the key, unless it is too heavy.
func (m *Memo[K, V]) Put(key K, value V, weight int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.put(key, weighed[V]{value, weight})
}

func (m *Memo[K, V]) put(key K, w weighed[V]) {
	half := m.most / 2
	if w.weight > half {
		return
	}
	m.recent.drop(key)
	m.older.drop(key)
	if m.recent.values == nil || m.recent.weight+w.weight > half {
		m.older, m.recent = m.recent, generation[K, V]{values: map[K]weighed[V]{}}
	}
	m.recent.values[key] = w
	m.recent.weight += w.weight
}

func (g *generation[K, V]) drop(key K) {
	if w, ok := g.values[key]; ok {
		g.weight -= w.weight
		delete(g.values, key)
	}
}
