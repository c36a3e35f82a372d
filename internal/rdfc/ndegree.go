package rdfc

import (
	"maps"
	"slices"
)

// path is the result of one N-degree hash: the hash, and the labels given on the way.
type path struct {
	hash   string
	issuer *issuer
}

// spend pays for work that grows with n: statements looked at, labels copied.
func (c *canonicalizer) spend(n int) error {
	before := c.budget.Steps
	if c.budget.Steps -= n; c.budget.Steps < 0 {
		return ErrBudget
	}
	if before/1024 != c.budget.Steps/1024 {
		return c.ctx.Err()
	}
	return nil
}

// hashNDegree tells apart blank nodes that look alike from one step away (§4.8).
func (c *canonicalizer) hashNDegree(label string, given *issuer) (path, error) {
	if err := c.spend(1 + len(c.mentions[label])); err != nil {
		return path{}, err
	}
	related := c.relatedByHash(label, given)
	var data []byte
	for _, hash := range slices.Sorted(maps.Keys(related)) {
		data = append(data, hash...)
		chosen, next, err := c.shortestPath(related[hash], given)
		if err != nil {
			return path{}, err
		}
		data = append(data, chosen...)
		given = next
	}
	return path{hash: c.digest(data), issuer: given}, nil
}

// relatedByHash groups the blank nodes that share a statement with label (§4.8.3 steps 2
// and 3, §4.7).
func (c *canonicalizer) relatedByHash(label string, given *issuer) map[string][]string {
	related := map[string][]string{}
	for _, i := range c.mentions[label] {
		q := c.quads[i]
		for _, at := range [...]struct {
			position byte
			term     Term
		}{{'s', q.Subject}, {'o', q.Object}, {'g', q.Graph}} {
			if at.term.Kind != Blank || at.term.Value == label {
				continue
			}
			hash := c.hashRelated(at.term.Value, q, given, at.position)
			related[hash] = append(related[hash], at.term.Value)
		}
	}
	return related
}

func (c *canonicalizer) hashRelated(label string, q Quad, given *issuer, position byte) string {
	text := []byte{position}
	if position != 'g' {
		text = append(text, '<')
		text = append(text, q.Predicate...)
		text = append(text, '>')
	}
	switch {
	case c.canonical.has(label):
		text = append(append(text, "_:"...), c.canonical.issue(label)...)
	case given.has(label):
		text = append(append(text, "_:"...), given.issue(label)...)
	default:
		text = append(text, c.first[label]...)
	}
	return c.digest(text)
}

// shortestPath tries the orders of labels and keeps the one with the least path (§4.8.3
// step 5).
func (c *canonicalizer) shortestPath(labels []string, given *issuer) (string, *issuer, error) {
	var chosen string
	var chosenIssuer *issuer
	order := slices.Clone(labels)
	slices.Sort(order)
	for more := true; more; more = nextPermutation(order) {
		if err := c.spend(1 + len(order) + len(given.order)); err != nil {
			return "", nil, err
		}
		p, issuer, err := c.pathOf(order, given.clone(), chosen)
		if err != nil {
			return "", nil, err
		}
		if issuer != nil && (chosenIssuer == nil || p < chosen) {
			chosen, chosenIssuer = p, issuer
		}
	}
	return chosen, chosenIssuer, nil
}

// pathOf walks one order of labels; it returns no issuer once the path cannot become
// less than best.
func (c *canonicalizer) pathOf(order []string, given *issuer, best string) (string, *issuer, error) {
	var p []byte
	var recurse []string
	hopeless := func() bool { return best != "" && len(p) >= len(best) && string(p) > best }
	for _, label := range order {
		if c.canonical.has(label) {
			p = append(append(p, "_:"...), c.canonical.issue(label)...)
		} else {
			if !given.has(label) {
				recurse = append(recurse, label)
			}
			p = append(append(p, "_:"...), given.issue(label)...)
		}
		if hopeless() {
			return "", nil, nil
		}
	}
	for _, label := range recurse {
		deeper, err := c.hashNDegree(label, given)
		if err != nil {
			return "", nil, err
		}
		p = append(append(p, "_:"...), given.issue(label)...)
		p = append(append(append(p, '<'), deeper.hash...), '>')
		given = deeper.issuer
		if hopeless() {
			return "", nil, nil
		}
	}
	return string(p), given, nil
}

// nextPermutation brings order to its next arrangement, in lexical order, and reports
// whether there was one.
func nextPermutation(order []string) bool {
	i := len(order) - 2
	for i >= 0 && order[i] >= order[i+1] {
		i--
	}
	if i < 0 {
		return false
	}
	j := len(order) - 1
	for order[j] <= order[i] {
		j--
	}
	order[i], order[j] = order[j], order[i]
	slices.Reverse(order[i+1:])
	return true
}
