package proof

import (
	"context"
	"crypto"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"laurel/internal/strictjson"
)

// pricePart is what checking the signature of one statement costs of the budget of
// reading.
const pricePart = 80

// checkDisclosed verifies a derived proof of ecdsa-sd-2023 (VC-DI-ECDSA §3.6.7): the
// issuer's key signed the proof's options, the mandatory statements and an ephemeral key,
// and that key each of the other statements.
func (d *Document) checkDisclosed(ctx context.Context, p strictjson.Value, value string, s suite, key crypto.PublicKey) error {
	if p.Member("previousProof").Present() {
		return errSDChain
	}
	v, err := readDerived(value)
	if err != nil {
		return err
	}
	parts, err := ephemeral(v.PublicKey)
	if err != nil {
		return err
	}
	mandatory, rest, err := d.disclosed(ctx, v)
	if err != nil {
		return err
	}
	data, err := d.baseData(ctx, p, v.PublicKey, mandatory)
	if err != nil {
		return err
	}
	if !s.verify(key, data, v.Signature) {
		return errChanged
	}
	if d.budget.Reading -= len(rest) * pricePart; d.budget.Reading < 0 {
		return errWork
	}
	for i, line := range rest {
		if !s.verify(parts, []byte(line), v.Parts[i]) {
			return errChanged
		}
	}
	return nil
}

var errSDChain = fmt.Errorf("%w: an ecdsa-sd-2023 proof that builds on others", ErrUndecided)

// disclosed returns the document's statements under the issuer's labels: the mandatory ones,
// and the others, each of which has its signature in the value.
func (d *Document) disclosed(ctx context.Context, v derivedValue) (mandatory, rest []string, err error) {
	c, err := d.canonicalize(ctx, d.graph, crypto.SHA256)
	if err != nil {
		return nil, nil, err
	}
	if len(c.Labels) != len(v.Labels) {
		return nil, nil, errChanged
	}
	names := make(map[string]string, len(c.Labels))
	for own, canonical := range c.Labels {
		n, err := strconv.ParseUint(strings.TrimPrefix(canonical, "c14n"), 10, 64)
		label, known := v.Labels[n]
		if err != nil || !known {
			return nil, nil, errChanged
		}
		names[own] = issuerLabel(label)
	}
	mandatory, rest, ok := split(d.graph.Lines(func(label string) string { return names[label] }), v.Mandatory)
	if !ok || len(rest) != len(v.Parts) {
		return nil, nil, errChanged
	}
	return mandatory, rest, nil
}

// issuerLabel is what a blank node is called in an ecdsa-sd-2023 credential.
func issuerLabel(mac []byte) string { return "u" + base64.RawURLEncoding.EncodeToString(mac) }

// split parts lines into those at the places given, in ascending order, and the others.
func split(lines []string, places []uint64) (at, others []string, ok bool) {
	for i, line := range lines {
		if len(places) > 0 && places[0] == uint64(i) {
			at, places = append(at, line), places[1:]
		} else {
			others = append(others, line)
		}
	}
	return at, others, len(places) == 0
}

// baseData is what the issuer's key signs: the hash of the proof's options, the ephemeral
// key, the hash of the mandatory statements (VC-DI-ECDSA §3.5.1).
func (d *Document) baseData(ctx context.Context, p strictjson.Value, publicKey []byte, mandatory []string) ([]byte, error) {
	proofHash, err := d.appendConfigHash(ctx, nil, p, crypto.SHA256)
	if err != nil {
		return nil, err
	}
	return slices.Concat(proofHash, publicKey, sum(crypto.SHA256, []byte(strings.Join(mandatory, "")))), nil
}
