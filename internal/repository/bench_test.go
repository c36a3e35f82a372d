package repository_test

import (
	"fmt"
	"strings"
	"testing"

	"laurel/internal/repository"
)

// big is 10,000 lines of about 800 bytes.
func big() []byte {
	var b []byte
	for i := range 10_000 {
		b = fmt.Appendf(b, `{"id":"urn:example:%06d","names":["%s"],"grants":[{"id":"g-%d","class":"official_accredited","scope":{"award":["degree"],"eqf":[6,7,8]}}],"note":"%s"}`+"\n", i, strings.Repeat("College ", 20), i, strings.Repeat("sample ", 70))
	}
	return b
}

// BenchmarkLoad reads a content of 10,000 lines from the disk: digest, lines, tree root.
func BenchmarkLoad(b *testing.B) {
	w := newWorld(b)
	content := big()
	s := w.next("mirror", content)
	b.SetBytes(int64(len(content)))
	for b.Loop() {
		if l := must[*repository.Lines](b)(s.Lines("mirror")); l.Len() != 10_000 {
			b.Fatal(l.Len())
		}
	}
}
