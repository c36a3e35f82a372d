package store

import (
	"encoding/binary"
	"math/bits"
)

// maxIndex bounds the positions of a status list, so that a bitmap stays below 1 MiB.
const maxIndex = 8<<20 - 1

// bitmap is a set of indexes from 0 to maxIndex; index 0 is the lowest bit of the first
// byte. It is as long as its highest index asks for.
type bitmap []byte

func (b bitmap) has(index int) bool {
	return index >= 0 && index/8 < len(b) && b[index/8]>>(index%8)&1 == 1
}

// put returns the set with index in it or out of it; it may change b.
func (b bitmap) put(index int, in bool) bitmap {
	if missing := index/8 + 1 - len(b); missing > 0 {
		b = append(b, make([]byte, missing)...)
	}
	b[index/8] &^= 1 << (index % 8)
	if in {
		b[index/8] |= 1 << (index % 8)
	}
	return b
}

func (b bitmap) count() int {
	n := 0
	for _, octet := range b {
		n += bits.OnesCount8(octet)
	}
	return n
}

// indexes returns the set in ascending order.
func (b bitmap) indexes() []int {
	var all []int
	for at, octet := range b {
		for ; octet != 0; octet &= octet - 1 {
			all = append(all, at*8+bits.TrailingZeros8(octet))
		}
	}
	return all
}

// number writes a number so that keys are in its order.
func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
