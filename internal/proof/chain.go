package proof

import (
	"context"
	"crypto"
	"errors"
	"maps"
	"slices"

	"laurel/internal/vc"
)

// previous returns the places of the proofs that a proof names as its predecessors; all
// must be there, by an id that no other proof has (VC-DI §2.1.2).
func (d *Document) previous(p map[string]any) ([]int, error) {
	names, ok := vc.Texts(p["previousProof"])
	if !ok || len(names) == 0 {
		return nil, errors.New("the proof's previousProof is not the id of a proof, nor a list of them")
	}
	var at []int
	for _, name := range names {
		found := -1
		for i, other := range d.proofs {
			if other["id"] != any(name) {
				continue
			}
			if found >= 0 {
				return nil, errors.New("two proofs have the id that a later proof builds on")
			}
			found = i
		}
		if found < 0 || slices.Contains(at, found) {
			return nil, errors.New("the proof builds on another one that is not there, or on one twice")
		}
		at = append(at, found)
	}
	return at, nil
}

// documentHash returns the hash of what a proof was made over: the document without
// proofs, or, in a chain, with the proofs before it (VC-DI §4.3).
func (d *Document) documentHash(ctx context.Context, p map[string]any, hash crypto.Hash) ([]byte, error) {
	if _, chained := p["previousProof"]; !chained {
		known, done := d.hashes[hash]
		if !done {
			known.sum, known.err = digest(ctx, d.graph, hash)
			d.hashes[hash] = known
		}
		return known.sum, known.err
	}
	at, err := d.previous(p)
	if err != nil {
		return nil, err
	}
	before := make([]any, len(at))
	for n, i := range at {
		before[n] = d.proofs[i]
	}
	with := maps.Clone(d.unsecured)
	with["proof"] = before
	graph, err := d.processor.Read(with)
	if err != nil {
		return nil, err
	}
	return digest(ctx, graph, hash)
}

// dependOnPrevious lets a proof of a chain count only if all proofs before it do. A proof
// that builds on itself, over however many others, has nothing to build on.
func (d *Document) dependOnPrevious(outcomes []Outcome) {
	for range d.proofs { // a chain is no longer than the proofs
		for i, p := range d.proofs {
			if _, chained := p["previousProof"]; !chained || outcomes[i].Err != nil {
				continue
			}
			at, err := d.previous(p)
			for _, k := range at {
				err = errors.Join(err, outcomes[k].Err)
			}
			if err != nil {
				outcomes[i].Err = err
			}
		}
	}
	for i := range d.proofs {
		if outcomes[i].Err == nil && d.circular(i, nil) {
			outcomes[i].Err = errors.New("the proof builds on itself")
		}
	}
}

func (d *Document) circular(i int, path []int) bool {
	if slices.Contains(path, i) {
		return true
	}
	if _, chained := d.proofs[i]["previousProof"]; !chained {
		return false
	}
	at, err := d.previous(d.proofs[i])
	return err != nil || slices.ContainsFunc(at, func(k int) bool { return d.circular(k, append(path, i)) })
}
