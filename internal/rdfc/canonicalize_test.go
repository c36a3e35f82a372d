package rdfc

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
)

func blank(label string) Term { return Term{Kind: Blank, Value: label} }

// Two blank nodes that only their second neighbours tell apart, and a literal with each
// character that must be escaped; the npm package rdf-canonize 5.0.0 gives the same lines.
func TestLoneClone(t *testing.T) {
	quads := []Quad{
		{blank("x"), "http://example.org/p", blank("y"), Term{}},
		{blank("y"), "http://example.org/p", blank("x"), Term{}},
		{blank("y"), "http://example.org/q", Term{Kind: Literal, Value: "\x00\b\t\n\f\r\"\\\x7fé", Datatype: xsdString}, blank("g")},
		{blank("y"), "http://example.org/q", Term{Kind: Literal, Value: "\x00\b\t\n\f\r\"\\\x7fé", Datatype: xsdString}, blank("g")},
	}
	got, err := Canonicalize(context.Background(), quads, crypto.SHA256, new(Default))
	if err != nil {
		t.Fatal(err)
	}
	want := `_:c14n0 <http://example.org/p> _:c14n1 .
_:c14n1 <http://example.org/p> _:c14n0 .
_:c14n1 <http://example.org/q> "\u0000\b\t\n\f\r\"\\\u007Fé" _:c14n2 .
`
	if string(got.NQuads) != want {
		t.Fatalf("got\n%s\nwant\n%s", got.NQuads, want)
	}
}

// Renaming the blank nodes and shuffling the statements must not show in the outcome.
func TestIndependentOfLabelsAndOrder(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for round := range 200 {
		n := 2 + random.IntN(5)
		var edges [][2]int
		for range 1 + random.IntN(8) {
			edges = append(edges, [2]int{random.IntN(n), random.IntN(n)})
		}
		build := func(names []int) []Quad {
			var quads []Quad
			for _, e := range edges {
				quads = append(quads, Quad{blank(fmt.Sprint("n", names[e[0]])), "http://example.org/p", blank(fmt.Sprint("n", names[e[1]])), Term{}})
			}
			random.Shuffle(len(quads), func(i, j int) { quads[i], quads[j] = quads[j], quads[i] })
			return quads
		}
		a, errA := Canonicalize(context.Background(), build(random.Perm(n)), crypto.SHA256, new(Default))
		b, errB := Canonicalize(context.Background(), build(random.Perm(n)), crypto.SHA256, new(Default))
		if errA != nil || errB != nil || string(a.NQuads) != string(b.NQuads) {
			t.Fatalf("round %d: %v %v\n%s\n%s", round, errA, errB, a.NQuads, b.NQuads)
		}
	}
}

func clique(n int) []Quad {
	var quads []Quad
	for i := range n {
		for j := range n {
			if i != j {
				quads = append(quads, Quad{blank(fmt.Sprint(i)), "http://example.org/p", blank(fmt.Sprint(j)), Term{}})
			}
		}
	}
	return quads
}

func TestBudget(t *testing.T) {
	for _, n := range []int{9, 12, 40} {
		if _, err := Canonicalize(context.Background(), clique(n), crypto.SHA256, new(Default)); !errors.Is(err, ErrBudget) {
			t.Errorf("clique of %d: %v, want ErrBudget", n, err)
		}
	}
	if _, err := Canonicalize(context.Background(), clique(3), crypto.SHA256, &Budget{Quads: 5, Steps: 100}); !errors.Is(err, ErrBudget) {
		t.Errorf("too many statements: %v, want ErrBudget", err)
	}
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Canonicalize(cancelled, clique(12), crypto.SHA256, new(Default)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func BenchmarkPoison(b *testing.B) {
	quads := clique(12)
	b.ReportAllocs()
	for b.Loop() {
		_, _ = Canonicalize(context.Background(), quads, crypto.SHA256, new(Default))
	}
}

// hubs are blank nodes that look alike, each with many neighbours that look alike.
func hubs(count, children int) []Quad {
	var quads []Quad
	for h := range count {
		hub := blank(fmt.Sprint("h", h))
		quads = append(quads, Quad{Term{Kind: IRI, Value: "urn:x"}, "http://example.org/x", hub, Term{}})
		for c := range children {
			child := blank(fmt.Sprint("c", h, "-", c))
			quads = append(quads, Quad{hub, "http://example.org/a", child, Term{}},
				Quad{child, "http://example.org/b", Term{Kind: Literal, Value: "1"}, Term{}})
		}
	}
	return quads
}

func TestBudgetByWork(t *testing.T) {
	for _, children := range []int{1000, 20_000} {
		if _, err := Canonicalize(context.Background(), hubs(2, children), crypto.SHA256, new(Default)); !errors.Is(err, ErrBudget) {
			t.Errorf("2 hubs of %d: %v, want ErrBudget", children, err)
		}
	}
}

func BenchmarkHubs(b *testing.B) {
	for _, children := range []int{1000, 20_000} {
		quads := hubs(2, children)
		b.Run(fmt.Sprint(children), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = Canonicalize(context.Background(), quads, crypto.SHA256, new(Default))
			}
		})
	}
}
