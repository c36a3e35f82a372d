package rdfc

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"slices"
	"strconv"
)

// issuer hands out temporary labels, _:b0 and on, in the order of asking (§4.5). Trying an
// order of blank nodes gives labels, and going back takes them away again.
type issuer struct {
	given []int32 // the blank nodes, in order
	place []int32 // of each blank node in given, from 1; 0: it has no label
}

func (s *issuer) reset(blanks int) {
	s.given, s.place = s.given[:0], resized(s.place, blanks)
}

func (s *issuer) has(b int32) bool { return s.place[b] != 0 }

func (s *issuer) issue(b int32) {
	if s.place[b] == 0 {
		s.given = append(s.given, b)
		s.place[b] = int32(len(s.given))
	}
}

// back takes away all labels but the first n.
func (s *issuer) back(n int) {
	for _, b := range s.given[n:] {
		s.place[b] = 0
	}
	s.given = s.given[:n]
}

func (s *issuer) append(out []byte, b int32) []byte {
	return strconv.AppendInt(append(out, "_:b"...), int64(s.place[b]-1), 10)
}

// frame is what one level of recursion works with.
type frame struct {
	related       []relation
	data          []byte
	path, least   []byte
	order, deeper []int32
	chosen        []int32 // the labels given on the least path
}

// relation is a blank node that shares a statement with another, by the hash of how.
type relation struct {
	hash  digest
	blank int32
}

// labelGroup names the blank nodes that share a first-degree hash (§4.4.3 step 5).
func (w *work) labelGroup(group []int32) error {
	type result struct {
		hash  digest
		given []int32
	}
	var results []result
	for _, b := range group {
		if w.labels[b] >= 0 {
			continue
		}
		w.temporary.back(0)
		w.temporary.issue(b)
		hash, err := w.hashNDegree(b, 0)
		if err != nil {
			return err
		}
		results = append(results, result{hash, slices.Clone(w.temporary.given)})
	}
	slices.SortStableFunc(results, func(x, y result) int { return bytes.Compare(x.hash[:], y.hash[:]) })
	for _, r := range results {
		for _, b := range r.given {
			w.issue(b)
		}
	}
	return nil
}

func (w *work) spend(steps int) error {
	if w.budget.Steps -= steps; w.budget.Steps < 0 {
		return ErrBudget
	}
	return w.ctx.Err()
}

func (w *work) frame(depth int) *frame {
	for len(w.frames) <= depth {
		w.frames = append(w.frames, &frame{})
	}
	return w.frames[depth]
}

func (w *work) appendHex(out []byte, d *digest) []byte {
	return hex.AppendEncode(out, d[:w.size])
}

// hashNDegree hashes a blank node by its surroundings as far as it takes (§4.8). The labels
// that it gave on the way stay given.
func (w *work) hashNDegree(b int32, depth int) (digest, error) {
	f := w.frame(depth)
	if err := w.relate(f, b); err != nil {
		return digest{}, err
	}
	f.data = f.data[:0]
	for begin := 0; begin < len(f.related); {
		end := begin + 1
		for end < len(f.related) && f.related[end].hash == f.related[begin].hash {
			end++
		}
		f.data = w.appendHex(f.data, &f.related[begin].hash)
		if err := w.leastPath(f, f.related[begin:end], depth); err != nil {
			return digest{}, err
		}
		f.data = append(f.data, f.least...)
		begin = end
	}
	return digestOf(w.size, f.data), nil
}

// relate finds the blank nodes that share a statement with b and sorts them by the hash of
// how (§4.8.3 steps 2 and 3).
func (w *work) relate(f *frame, b int32) error {
	f.related = f.related[:0]
	for _, i := range w.mentionsOf(b) {
		if i < 0 {
			break
		}
		q := &w.dataset.Quads[i]
		for _, at := range [...]struct {
			position byte
			blank    int32
		}{{'s', q.Subject.Blank}, {'o', q.Object.Blank}, {'g', q.Graph.Blank}} {
			if at.blank == 0 || at.blank == b {
				continue
			}
			if err := w.spend(1); err != nil {
				return err
			}
			f.related = append(f.related, relation{w.hashRelated(f, at.blank, q, at.position), at.blank})
		}
	}
	slices.SortFunc(f.related, func(x, y relation) int {
		return cmp.Or(bytes.Compare(x.hash[:], y.hash[:]), cmp.Compare(x.blank, y.blank))
	})
	return nil
}

// hashRelated hashes how a blank node is mentioned (§4.7).
func (w *work) hashRelated(f *frame, b int32, q *Quad, position byte) digest {
	text := append(f.path[:0], position)
	if position != 'g' {
		text = append(append(append(text, '<'), q.Predicate...), '>')
	}
	switch {
	case w.labels[b] >= 0:
		text = w.appendCanonical(text, b)
	case w.temporary.has(b):
		text = w.temporary.append(text, b)
	default:
		text = w.appendHex(text, &w.first[b])
	}
	f.path = text
	return digestOf(w.size, text)
}

func (w *work) appendCanonical(out []byte, b int32) []byte {
	return strconv.AppendInt(append(out, "_:c14n"...), int64(w.labels[b]), 10)
}

// leastPath tries the orders of blank nodes and leaves the least path in f.least and its
// labels given (§4.8.3 step 5).
func (w *work) leastPath(f *frame, related []relation, depth int) error {
	f.order, f.least, f.chosen = f.order[:0], f.least[:0], f.chosen[:0]
	for _, r := range related {
		f.order = append(f.order, r.blank)
	}
	given, found := len(w.temporary.given), false
	for more := true; more; more = nextPermutation(f.order) {
		whole, err := w.tryPath(f, found, depth)
		if err != nil {
			return err
		}
		if whole && (!found || bytes.Compare(f.path, f.least) < 0) {
			found = true
			f.least = append(f.least[:0], f.path...)
			f.chosen = append(f.chosen[:0], w.temporary.given[given:]...)
		}
		w.temporary.back(given)
	}
	for _, b := range f.chosen {
		w.temporary.issue(b)
	}
	return nil
}

// tryPath walks the path of one order; it stops, and is not whole, once the path cannot
// become less than the least one.
func (w *work) tryPath(f *frame, found bool, depth int) (whole bool, err error) {
	if err := w.spend(1 + len(f.order)); err != nil {
		return false, err
	}
	hopeless := func() bool {
		return found && bytes.Compare(f.path, f.least[:min(len(f.path), len(f.least))]) > 0
	}
	f.path, f.deeper = f.path[:0], f.deeper[:0]
	for _, b := range f.order {
		if w.labels[b] >= 0 {
			f.path = w.appendCanonical(f.path, b)
		} else {
			if !w.temporary.has(b) {
				f.deeper = append(f.deeper, b)
			}
			w.temporary.issue(b)
			f.path = w.temporary.append(f.path, b)
		}
		if hopeless() {
			return false, nil
		}
	}
	for _, b := range f.deeper {
		hash, err := w.hashNDegree(b, depth+1)
		if err != nil {
			return false, err
		}
		f.path = w.temporary.append(f.path, b)
		f.path = append(w.appendHex(append(f.path, '<'), &hash), '>')
		if hopeless() {
			return false, nil
		}
	}
	return true, nil
}

// nextPermutation brings order to its next arrangement and reports whether there was one.
func nextPermutation(order []int32) bool {
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
