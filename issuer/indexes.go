package issuer

import "math/bits"

// Indexes is a set of positions in a status list; index 0 is the lowest bit of the first
// byte. It is as long as its highest index asks for.
type Indexes []byte

// Has reports whether an index is in the set.
func (b Indexes) Has(index int) bool {
	return index >= 0 && index/8 < len(b) && b[index/8]>>(index%8)&1 == 1
}

// With returns the set with index in it or out of it; it may change b.
func (b Indexes) With(index int, in bool) Indexes {
	if missing := index/8 + 1 - len(b); missing > 0 {
		b = append(b, make([]byte, missing)...)
	}
	b[index/8] &^= 1 << (index % 8)
	if in {
		b[index/8] |= 1 << (index % 8)
	}
	return b
}

// Count returns how many indexes are in the set.
func (b Indexes) Count() int {
	n := 0
	for _, octet := range b {
		n += bits.OnesCount8(octet)
	}
	return n
}

// All returns the set in ascending order.
func (b Indexes) All() []int {
	var all []int
	for at, octet := range b {
		for ; octet != 0; octet &= octet - 1 {
			all = append(all, at*8+bits.TrailingZeros8(octet))
		}
	}
	return all
}
