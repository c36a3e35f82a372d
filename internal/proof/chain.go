package proof

import (
	"errors"
	"fmt"
	"slices"

	"laurel/internal/strictjson"
	"laurel/internal/vc"
)

// previous returns the places of the proofs that a proof names as its predecessors; all
// must be there, by an id that no other proof has (VC-DI §2.1.2).
func (d *Document) previous(p strictjson.Value) ([]int, error) {
	names, ok := vc.Texts(p.Member("previousProof"))
	if !ok || len(names) == 0 {
		return nil, errors.New("the proof's previousProof is not the id of a proof, nor a list of them")
	}
	var at []int
	for _, name := range names {
		found := -1
		for i, other := range d.proofs {
			if id, ok := other.Member("id").IsText(); !ok || id != name {
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

// secures returns the document that a proof of a chain was made over: the one without
// proofs together with the proofs before it (VC-DI §4.3). For other proofs it is absent.
func (d *Document) secures(p strictjson.Value) (strictjson.Value, error) {
	if !p.Member("previousProof").Present() {
		return strictjson.Value{}, nil
	}
	at, err := d.previous(p)
	if err != nil {
		return strictjson.Value{}, err
	}
	before := make([]any, len(at))
	for n, i := range at {
		before[n] = d.proofs[i].Tree()
	}
	with := d.unsecured.Object()
	with["proof"] = before
	return strictjson.Of(with), nil
}

// dependOnPrevious lets a proof of a chain count only if all proofs before it do. A proof
// that builds on itself, over however many others, has nothing to build on.
func (d *Document) dependOnPrevious(outcomes []Outcome) {
	if !slices.ContainsFunc(d.proofs, func(p strictjson.Value) bool { return p.Member("previousProof").Present() }) {
		return
	}
	before := make([][]int, len(d.proofs))
	for i, p := range d.proofs {
		if p.Member("previousProof").Present() && outcomes[i].Err == nil {
			before[i], outcomes[i].Err = d.previous(p)
		}
	}
	counts := make([]bool, len(d.proofs))
	for range d.proofs { // a chain is no longer than the proofs
		for i, o := range outcomes {
			counts[i] = o.Err == nil && !slices.ContainsFunc(before[i], func(k int) bool { return !counts[k] })
			for _, k := range before[i] {
				if o.Err == nil && outcomes[k].Err != nil {
					outcomes[i].Err = fmt.Errorf("a proof before it: %w", outcomes[k].Err)
				}
			}
		}
	}
	for i := range outcomes {
		if outcomes[i].Err == nil && !counts[i] {
			outcomes[i].Err = errors.New("the proof builds on itself")
		}
	}
}
