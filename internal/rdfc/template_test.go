package rdfc

import (
	"bytes"
	"context"
	"crypto"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// chance makes a dataset of few nodes, some of which look alike, and names the texts in it
// that vary.
func chance(random *rand.Rand) (d *Dataset, vary []string) {
	d = &Dataset{Blanks: int32(random.IntN(6))}
	for n := range 1 + random.IntN(4) {
		vary = append(vary, fmt.Sprint("urn:vary:", n))
	}
	iris := append([]string{"urn:a", "urn:a!", "urn:ab", "urn:b"}, vary...)
	node := func() Node {
		if d.Blanks > 0 && random.IntN(2) == 0 {
			return Node{Blank: 1 + random.Int32N(d.Blanks)}
		}
		return Node{IRI: iris[random.IntN(len(iris))]}
	}
	object := func() Term {
		if random.IntN(2) == 0 {
			return Term{Node: node()}
		}
		lexical := append([]string{"x", "y\n"}, vary...)
		return Term{Lexical: lexical[random.IntN(len(lexical))], Close: Close("", []string{"", "en"}[random.IntN(2)])}
	}
	for range 1 + random.IntN(14) {
		graph := Node{}
		if random.IntN(6) == 0 {
			graph = node()
		}
		d.State(node(), fmt.Sprint("urn:p", random.IntN(3)), object(), graph)
	}
	return d, vary
}

// TestTemplate holds templates of datasets made by chance to the general way: the texts are
// such as meet each other and what does not vary.
func TestTemplate(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	values := []string{"urn:a", "urn:a!", "urn:b", "urn:z", "x", "y\n", "urn:c\"\\", "urn:vary:0", "urn:" + strings.Repeat("x", 700)}
	quick := 0
	for round := range 20_000 {
		d, vary := chance(random)
		hash := []crypto.Hash{crypto.SHA256, crypto.SHA384}[round%2]
		template := NewTemplate(d, hash, vary)
		for range 3 {
			texts := make([]string, len(vary))
			for n := range texts {
				if texts[n] = values[random.IntN(len(values))]; random.IntN(2) == 0 {
					texts[n] = fmt.Sprint("urn:own:", random.IntN(100))
				}
			}
			budget, own := Default, Default
			want, errWant := AppendDigest(context.Background(), nil, filled(d, vary, texts), hash, &budget)
			got, err := template.AppendDigest(context.Background(), nil, texts, &own)
			if own.Quads < budget.Quads || own.Quads > budget.Quads && len(d.Quads) == len(template.data.Quads) {
				t.Fatalf("round %d: %d statements of the budget are left, want %d", round, own.Quads, budget.Quads)
			}
			if (err == nil) != (errWant == nil) || !bytes.Equal(got, want) {
				t.Fatalf("round %d: %x, %v; want %x, %v\n%q\n%q", round, got, err, want, errWant, d.Lines(func(b int32) string { return fmt.Sprint(b) }), texts)
			}
			if f := template.newFill(); template.differ(texts) && f.canonicalize(texts) {
				quick++
			}
		}
	}
	if quick < 20_000 {
		t.Errorf("%d of 60000 were canonicalized by the template alone", quick)
	}
}

// filled replaces texts one after the other, as no template does it.
func filled(d *Dataset, vary, texts []string) *Dataset {
	other := d.Clone()
	in := func(text string) string {
		for n := range vary {
			if text == vary[n] {
				return texts[n]
			}
		}
		return text
	}
	for i := range other.Quads {
		q := &other.Quads[i]
		*q = Quad{Node{in(q.Subject.IRI), q.Subject.Blank}, q.Predicate, Term{Node{in(q.Object.IRI), q.Object.Blank}, in(q.Object.Lexical), q.Object.Close}, Node{in(q.Graph.IRI), q.Graph.Blank}}
	}
	return &other
}

func TestTemplateBudget(t *testing.T) {
	template := NewTemplate(clique(3), crypto.SHA256, nil)
	if _, err := template.AppendDigest(context.Background(), nil, nil, &Budget{Quads: 5, Steps: 100}); err != ErrBudget {
		t.Errorf("too many statements: %v, want ErrBudget", err)
	}
	budget := Default
	if _, err := template.AppendDigest(context.Background(), nil, nil, &budget); err != nil || budget.Quads != Default.Quads-6 {
		t.Errorf("%v, %d statements of the budget are left of %d", err, budget.Quads, Default.Quads)
	}
}

// BenchmarkNewTemplate makes templates of as many statements with one predicate as a large
// badge has, of which few vary.
func BenchmarkNewTemplate(b *testing.B) {
	for _, count := range []int{500, 2000, 8000} {
		d := &Dataset{Blanks: int32(count)}
		for n := range count {
			d.State(Node{Blank: int32(n + 1)}, "urn:p", literal("same"), Node{})
			d.State(Node{IRI: "urn:a"}, "urn:q", Term{Node: Node{Blank: int32(n + 1)}}, Node{})
		}
		d.State(Node{IRI: "urn:vary"}, "urn:p", literal("vary"), Node{})
		b.Run(fmt.Sprint(count), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				NewTemplate(d, crypto.SHA256, []string{"urn:vary", "vary"})
			}
		})
	}
}
