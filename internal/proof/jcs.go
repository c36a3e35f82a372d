package proof

import (
	"bytes"
	"context"
	"crypto"
	"errors"
	"slices"

	"laurel/internal/jcs"
	"laurel/internal/strictjson"
)

// textHashes returns what the jcs suites sign: the hash of the canonical JSON of the proof's
// options, then that of the document (VC-DI-EdDSA §3.3, VC-DI-ECDSA §3.3).
func (d *Document) textHashes(ctx context.Context, p strictjson.Value, hash crypto.Hash) ([]byte, error) {
	document, err := d.secures(p)
	if err != nil {
		return nil, err
	}
	if !document.Present() {
		document = d.unsecured
	}
	if signed := p.Member("@context"); signed.Present() {
		if err := d.signedUnder(ctx, signed); err != nil {
			return nil, err
		}
		if !document.Member("@context").Equal(signed) {
			tree := document.Object()
			tree["@context"] = signed.Tree()
			document = strictjson.Of(tree)
		}
	}
	data, err := d.appendTextHash(make([]byte, 0, 2*hash.Size()), config(p), hash)
	if err != nil {
		return nil, err
	}
	return d.appendTextHash(data, document, hash)
}

// bytesPerPrice is how many bytes of canonical JSON are made for the price of one unit of
// reading.
const bytesPerPrice = 16

func (d *Document) appendTextHash(data []byte, v strictjson.Value, hash crypto.Hash) ([]byte, error) {
	if d.budget.Reading < 0 {
		return nil, errWork
	}
	data, length, err := jcs.AppendDigest(data, v, hash)
	d.budget.Reading -= length / bytesPerPrice
	return data, err
}

// signedUnder holds the document to the contexts that a proof carries: they come first
// among its own (VC-DI-EdDSA §3.3.2), and those after them, which nobody signed, must not
// change what it states.
func (d *Document) signedUnder(ctx context.Context, signed strictjson.Value) error {
	contexts := d.unsecured.Member("@context")
	own, first := slices.Collect(contexts.Listed()), slices.Collect(signed.Listed())
	if len(first) > len(own) || !slices.EqualFunc(own[:len(first)], first, strictjson.Value.Equal) {
		return errors.New("the proof was made under other contexts than the document names")
	}
	if len(first) == len(own) {
		return nil
	}
	graph, err := d.read(signed, d.unsecured)
	if err != nil {
		return err
	}
	then, err := d.appendDigest(ctx, nil, graph, crypto.SHA256)
	if err != nil {
		return err
	}
	now, err := d.appendOwnDigest(ctx, nil, crypto.SHA256)
	if err == nil && !bytes.Equal(then, now) {
		err = errors.New("contexts that the proof does not cover change what the document states")
	}
	return err
}
