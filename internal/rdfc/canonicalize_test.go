package rdfc

import (
	"bytes"
	"context"
	"crypto"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// dataset names blank nodes by any text.
type dataset struct {
	Dataset
	blanks map[string]Node
}

func (d *dataset) blank(label string) Node {
	n, known := d.blanks[label]
	if !known {
		if d.blanks == nil {
			d.blanks = map[string]Node{}
		}
		n = d.NewBlank()
		d.blanks[label] = n
	}
	return n
}

func (d *dataset) link(subject, predicate, object string) {
	d.State(d.blank(subject), "http://example.org/"+predicate, Term{Node: d.blank(object)}, Node{})
}

func literal(text string) Term { return Term{Lexical: text, Close: Close("", "")} }

// Two blank nodes that only their second neighbours tell apart, and a literal with each
// character that must be escaped; the npm package rdf-canonize 5.0.0 gives the same lines.
func TestLoneClone(t *testing.T) {
	var d dataset
	d.link("x", "p", "y")
	d.link("y", "p", "x")
	for range 2 {
		d.State(d.blank("y"), "http://example.org/q", literal("\x00\b\t\n\f\r\"\\\x7fé"), d.blank("g"))
	}
	got, err := Canonicalize(context.Background(), &d.Dataset, crypto.SHA256, new(Default))
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
	sum, err := AppendDigest(context.Background(), nil, &d.Dataset, crypto.SHA256, new(Default))
	if own := sha256.Sum256([]byte(want)); err != nil || !bytes.Equal(sum, own[:]) {
		t.Errorf("digest %x, %v; want %x", sum, err, own)
	}
}

// A blank node in no statement takes no label.
func TestUnmentioned(t *testing.T) {
	var d dataset
	for _, label := range []string{"not", "x", "nor", "y", "this"} {
		d.blank(label)
	}
	d.link("x", "p", "y")
	got, err := Canonicalize(context.Background(), &d.Dataset, crypto.SHA256, new(Default))
	if want := "_:c14n1 <http://example.org/p> _:c14n0 .\n"; err != nil || string(got.NQuads) != want {
		t.Errorf("%s, %v", got.NQuads, err)
	}
	if want := []int32{-1, -1, 1, -1, 0, -1}; !slices.Equal(got.Labels, want) {
		t.Errorf("labels %v, want %v", got.Labels, want)
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
		build := func(names []int) *Dataset {
			d := Dataset{Blanks: int32(n)}
			for _, e := range edges {
				node := func(end int) Node { return Node{Blank: int32(names[end] + 1)} }
				d.State(node(e[0]), "http://example.org/p", Term{Node: node(e[1])}, Node{})
			}
			random.Shuffle(len(d.Quads), func(i, j int) { d.Quads[i], d.Quads[j] = d.Quads[j], d.Quads[i] })
			return &d
		}
		a, errA := Canonicalize(context.Background(), build(random.Perm(n)), crypto.SHA256, new(Default))
		b, errB := Canonicalize(context.Background(), build(random.Perm(n)), crypto.SHA256, new(Default))
		if errA != nil || errB != nil || string(a.NQuads) != string(b.NQuads) {
			t.Fatalf("round %d: %v %v\n%s\n%s", round, errA, errB, a.NQuads, b.NQuads)
		}
	}
}

func clique(n int) *Dataset {
	var d dataset
	for i := range n {
		for j := range n {
			if i != j {
				d.link(fmt.Sprint(i), "p", fmt.Sprint(j))
			}
		}
	}
	return &d.Dataset
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
func hubs(count, children int) *Dataset {
	var d dataset
	for h := range count {
		hub := fmt.Sprint("h", h)
		d.State(Node{IRI: "urn:x"}, "http://example.org/x", Term{Node: d.blank(hub)}, Node{})
		for c := range children {
			child := fmt.Sprint("c", h, "-", c)
			d.link(hub, "a", child)
			d.State(d.blank(child), "http://example.org/b", literal("1"), Node{})
		}
	}
	return &d.Dataset
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

// TestLongIRI: many statements about one long IRI take little room until they are written.
func TestLongIRI(t *testing.T) {
	for length, want := range map[int]error{10: nil, 100_000: ErrBudget} {
		d := &Dataset{}
		for i := range 1000 {
			d.State(Node{IRI: "urn:" + strings.Repeat("x", length)}, "urn:has", Term{Lexical: strconv.Itoa(i), Close: `"`}, Node{})
		}
		if _, err := Canonicalize(context.Background(), d, crypto.SHA256, &Budget{Quads: 2000}); !errors.Is(err, want) {
			t.Errorf("an IRI of %d bytes: %v, want %v", length, err, want)
		}
	}
}

// TestFollowing puts labels in the order of their texts.
func TestFollowing(t *testing.T) {
	for count := range int32(1200) {
		var want []string
		for label := range count {
			want = append(want, strconv.Itoa(int(label))+" ")
		}
		slices.Sort(want)
		label := int32(0)
		for i, text := range want {
			if got := strconv.Itoa(int(label)) + " "; got != text {
				t.Fatalf("of %d, number %d is %s, want %s", count, i, got, text)
			}
			label = following(label, count)
		}
	}
}
