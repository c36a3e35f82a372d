package proof

import (
	"bytes"
	"context"
	"crypto"
	"errors"
	"maps"
	"reflect"

	"laurel/internal/jcs"
)

// textHashes returns what the jcs suites sign: the hash of the canonical JSON of the proof's
// options, then that of the document (VC-DI-EdDSA §3.3, VC-DI-ECDSA §3.3).
func (d *Document) textHashes(ctx context.Context, p map[string]any, hash crypto.Hash) ([]byte, error) {
	document, err := d.secures(p)
	if err != nil {
		return nil, err
	}
	if document == nil {
		document = d.unsecured
	}
	if signed, present := p["@context"]; present {
		if err := d.signedUnder(ctx, signed); err != nil {
			return nil, err
		}
		document = maps.Clone(document)
		document["@context"] = signed
	}
	proofHash, err := d.textHash(config(p), hash)
	if err != nil {
		return nil, err
	}
	documentHash, err := d.textHash(document, hash)
	return append(proofHash, documentHash...), err
}

// bytesPerPrice is how many bytes of canonical JSON are made for the price of one unit of
// reading.
const bytesPerPrice = 16

func (d *Document) textHash(tree map[string]any, hash crypto.Hash) ([]byte, error) {
	if d.budget.Reading < 0 {
		return nil, errWork
	}
	canonical, err := jcs.Canonical(tree)
	d.budget.Reading -= len(canonical) / bytesPerPrice
	return sum(hash, canonical), err
}

// signedUnder holds the document to the contexts that a proof carries: they come first
// among its own (VC-DI-EdDSA §3.3.2), and those after them, which nobody signed, must not
// change what it states.
func (d *Document) signedUnder(ctx context.Context, signed any) error {
	own, first := asList(d.unsecured["@context"]), asList(signed)
	if len(first) > len(own) || !reflect.DeepEqual(own[:len(first)], first) {
		return errors.New("the proof was made under other contexts than the document names")
	}
	if len(first) == len(own) {
		return nil
	}
	document := maps.Clone(d.unsecured)
	document["@context"] = signed
	graph, err := d.read(document)
	if err != nil {
		return err
	}
	then, err := d.canonicalize(ctx, graph, crypto.SHA256)
	if err != nil {
		return err
	}
	now, err := d.ownCanonical(ctx, crypto.SHA256)
	if err == nil && !bytes.Equal(then.NQuads, now.NQuads) {
		err = errors.New("contexts that the proof does not cover change what the document states")
	}
	return err
}

func asList(v any) []any {
	if list, ok := v.([]any); ok {
		return list
	}
	return []any{v}
}
