package memo

import (
	"math/rand/v2"
	"sync"
	"testing"
)

func TestMemo(t *testing.T) {
	m := New[string, int](10)
	m.Put("a", 1, 2)
	m.Put("b", 2, 2)
	if v, ok := m.Get("a"); !ok || v != 1 {
		t.Error(v, ok)
	}
	m.Put("a", 3, 1)
	if v, ok := m.Get("a"); !ok || v != 3 {
		t.Error("not replaced", v, ok)
	}
	m.Put("heavy", 4, 6)
	if _, ok := m.Get("heavy"); ok {
		t.Error("kept more than half of all")
	}
	if v, ok := (&Memo[string, int]{}).Get("a"); ok {
		t.Error("the zero value kept", v)
	}
}

// TestBound holds that what is kept stays within its weight, and that what is asked for
// again and again stays.
func TestBound(t *testing.T) {
	m := New[int, int](1000)
	m.Put(-1, -1, 10)
	for i := range 10_000 {
		m.Put(rand.IntN(500), i, rand.Int64N(60))
		if _, ok := m.Get(-1); !ok {
			t.Fatal("gave up what was asked for just before")
		}
		var weight int64
		for _, g := range []generation[int, int]{m.recent, m.older} {
			var sum int64
			for _, w := range g.values {
				sum += w.weight
			}
			if sum != g.weight {
				t.Fatal("a generation miscounted its weight", sum, g.weight)
			}
			weight += sum
		}
		if weight > 1000 {
			t.Fatal("too heavy", weight)
		}
	}
}

func TestConcurrent(t *testing.T) {
	m := New[int, int](100)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 1000 {
				key := rand.IntN(50)
				if v, ok := m.Get(key); ok && v != key {
					t.Error(v, key)
				}
				m.Put(key, key, 3)
			}
		})
	}
	group.Wait()
}
