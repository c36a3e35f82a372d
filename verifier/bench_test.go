package verifier

import (
	"context"
	"strings"
	"testing"
	"time"
)

// BenchmarkVerify makes the complete verification of a badge with a status list in every
// form; its documents are at hand.
func BenchmarkVerify(b *testing.B) {
	for _, f := range rows() {
		w := newWorld(b, signingKeys[f.key](b))
		l := lists[1]
		if strings.HasPrefix(f.name, "SD-JWT VC") {
			l = lists[len(lists)-1]
		}
		for address, document := range w.documents {
			w.documents[address] = unnamed(document)
		}
		l.publish(w, issuerDID, false)
		input, v := f.sign(w, nil), w.verifier()
		b.Run(f.name+"/"+f.proof+"/"+f.key, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if r := v.Verify(context.Background(), Request{Input: input}); r.Verdict != Valid {
					b.Fatal(r.Deciding())
				}
			}
		})
	}
}

// BenchmarkNetwork fetches the issuer's documents over HTTP on this machine: cold with a
// verifier that never saw them, warm with one that keeps what is fresh.
func BenchmarkNetwork(b *testing.B) {
	l := newLocal(b)
	input := l.secure(l.prepared())
	config := Config{AllowPrivateNetwork: true, Now: func() time.Time { return now }}
	verify := func(b *testing.B, v *Verifier) {
		if r := v.Verify(context.Background(), Request{Input: input}); r.Verdict != Valid {
			b.Fatal(r.Deciding())
		}
	}
	b.Run("cold", func(b *testing.B) {
		for b.Loop() {
			verify(b, New(config))
		}
	})
	b.Run("warm", func(b *testing.B) {
		v := New(config)
		for b.Loop() {
			verify(b, v)
		}
	})
}
