package rdfc

import (
	"context"
	"crypto"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
	"strings"
)

// ErrBudget says that a dataset is too large or too symmetric to be canonicalized within
// the budget (RDFC-1.0 §7.1, dataset poisoning). Nothing was shown about its content.
var ErrBudget = errors.New("the statements are too many or too symmetric to be put in canonical order")

// Budget bounds canonicalizations; each takes off what it uses.
type Budget struct {
	Quads int // statements
	Steps int // work of the N-degree hash: statements looked at, labels copied
}

// Default is enough for every credential seen in the wild, and eight times what the
// RDFC-1.0 suite needs; it is used up in well under a second.
var Default = Budget{Quads: 100_000, Steps: 200_000}

// Canonical is the outcome of a canonicalization.
type Canonical struct {
	NQuads []byte            // the canonical N-Quads document
	Labels map[string]string // input blank node label to canonical label, both without "_:"
}

// Canonicalize runs RDFC-1.0 §4.4 with SHA-256 or SHA-384. Its error is ErrBudget or the
// context's.
func Canonicalize(ctx context.Context, quads []Quad, hash crypto.Hash, budget *Budget) (Canonical, error) {
	if len(quads) > budget.Quads {
		return Canonical{}, ErrBudget
	}
	budget.Quads -= len(quads)
	c := newCanonicalizer(ctx, distinct(quads), hash, budget)
	groups := c.groupByFirstDegree()
	for _, group := range groups { // §4.4.3 step 4
		if len(group) == 1 {
			c.canonical.issue(group[0])
		}
	}
	for _, group := range groups { // §4.4.3 step 5
		if len(group) > 1 {
			if err := c.labelGroup(group); err != nil {
				return Canonical{}, err
			}
		}
	}
	return Canonical{NQuads: c.serialize(), Labels: c.canonical.ids}, nil
}

type canonicalizer struct {
	ctx       context.Context
	hash      crypto.Hash
	budget    *Budget
	quads     []Quad
	mentions  map[string][]int // blank node label to the indexes of its quads
	first     map[string]string
	canonical *issuer
}

func newCanonicalizer(ctx context.Context, quads []Quad, hash crypto.Hash, budget *Budget) *canonicalizer {
	c := &canonicalizer{
		ctx: ctx, hash: hash, budget: budget, quads: quads,
		mentions: map[string][]int{}, first: map[string]string{}, canonical: newIssuer("c14n"),
	}
	for i, q := range quads {
		for _, t := range [...]Term{q.Subject, q.Object, q.Graph} {
			if t.Kind != Blank {
				continue
			}
			if at := c.mentions[t.Value]; len(at) == 0 || at[len(at)-1] != i {
				c.mentions[t.Value] = append(at, i)
			}
		}
	}
	return c
}

func (c *canonicalizer) digest(text []byte) string {
	h := c.hash.New()
	h.Write(text)
	return hex.EncodeToString(h.Sum(nil))
}

// groupByFirstDegree hashes every blank node by the statements around it (§4.6) and
// returns the labels by equal hash, the groups in the order of their hashes.
func (c *canonicalizer) groupByFirstDegree() [][]string {
	byHash := map[string][]string{}
	for label, at := range c.mentions {
		alias := func(other string) string {
			if other == label {
				return "a"
			}
			return "z"
		}
		lines := make([]string, len(at))
		for i, q := range at {
			lines[i] = string(appendQuad(nil, c.quads[q], alias))
		}
		slices.Sort(lines)
		h := c.digest([]byte(strings.Join(lines, "")))
		c.first[label] = h
		byHash[h] = append(byHash[h], label)
	}
	groups := make([][]string, 0, len(byHash))
	for _, group := range byHash {
		slices.Sort(group)
		groups = append(groups, group)
	}
	slices.SortFunc(groups, func(a, b []string) int {
		return strings.Compare(c.first[a[0]], c.first[b[0]])
	})
	return groups
}

// labelGroup names the blank nodes that share a first-degree hash (§4.4.3 step 5).
func (c *canonicalizer) labelGroup(group []string) error {
	var paths []path
	for _, label := range group {
		if c.canonical.has(label) {
			continue
		}
		temporary := newIssuer("b")
		temporary.issue(label)
		p, err := c.hashNDegree(label, temporary)
		if err != nil {
			return err
		}
		paths = append(paths, p)
	}
	slices.SortStableFunc(paths, func(a, b path) int { return strings.Compare(a.hash, b.hash) })
	for _, p := range paths {
		for _, label := range p.issuer.order {
			c.canonical.issue(label)
		}
	}
	return nil
}

func (c *canonicalizer) serialize() []byte {
	return []byte(strings.Join(Lines(c.quads, c.canonical.issue), ""))
}

// Lines returns the statements as lines of N-Quads in canonical form and order, without
// repetition, each blank node called what label makes of its label.
func Lines(quads []Quad, label func(string) string) []string {
	lines := make([]string, len(quads))
	for i, q := range quads {
		lines[i] = string(appendQuad(nil, q, label))
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}

// issuer hands out labels in the order of asking (§4.5).
type issuer struct {
	prefix string
	ids    map[string]string
	order  []string
}

func newIssuer(prefix string) *issuer { return &issuer{prefix: prefix, ids: map[string]string{}} }

func (s *issuer) has(label string) bool { _, ok := s.ids[label]; return ok }

func (s *issuer) issue(label string) string {
	if id, ok := s.ids[label]; ok {
		return id
	}
	id := s.prefix + strconv.Itoa(len(s.order))
	s.ids[label] = id
	s.order = append(s.order, label)
	return id
}

func (s *issuer) clone() *issuer {
	copied := &issuer{prefix: s.prefix, ids: make(map[string]string, len(s.ids)), order: slices.Clone(s.order)}
	for label, id := range s.ids {
		copied.ids[label] = id
	}
	return copied
}
