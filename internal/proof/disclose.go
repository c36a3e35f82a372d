package proof

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
	"laurel/internal/vc"
	"laurel/keys"
)

// partsBudget is what making or deriving an ecdsa-sd-2023 proof may take: the document and
// each selection from it are read twice.
var partsBudget = jsonld.Budget{Reading: 4 * jsonld.Default.Reading, Canonical: jsonld.Default.Times(2).Canonical}

// secrets are what an issuer draws for each base proof. The ephemeral key is forgotten; the
// key that hides the labels goes to the holder.
type secrets struct {
	hmacKey   []byte
	ephemeral *ecdsa.PrivateKey
}

func freshSecrets() (secrets, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	hmacKey := make([]byte, sha256.Size)
	_, _ = rand.Read(hmacKey) // never fails
	return secrets{hmacKey, key}, err
}

// signParts returns the value of a base proof (VC-DI-ECDSA §3.6.1 to §3.6.5).
func (d *Document) signParts(ctx context.Context, p strictjson.Value, s suite, signer Signer, pointers []string, fresh secrets) (string, error) {
	if p.Member("previousProof").Present() {
		return "", errSDChain
	}
	multikey, err := keys.Multikey(fresh.ephemeral.Public())
	if err != nil {
		return "", err
	}
	publicKey, err := keys.DecodeMultibase58(multikey, 35)
	if err != nil {
		return "", err
	}
	parts, err := openParts(ctx, d, fresh.hmacKey)
	if err != nil {
		return "", err
	}
	_, mandatory, err := parts.take(ctx, pointers)
	if err != nil {
		return "", err
	}
	withheld := without(parts.lines, mandatory)
	if len(withheld) > maxParts || len(pointers) > maxParts {
		return "", fmt.Errorf("more than %d statements that can be withheld", maxParts)
	}
	data, err := d.baseData(ctx, p, publicKey, mandatory)
	if err != nil {
		return "", err
	}
	v := baseValue{PublicKey: publicKey, HMACKey: fresh.hmacKey, Mandatory: slices.Concat([]string{}, pointers), Parts: [][]byte{}}
	if v.Signature, err = s.sign(signer.Key, data); err != nil {
		return "", err
	}
	for _, line := range withheld {
		signature, err := s.sign(fresh.ephemeral, []byte(line))
		if err != nil {
			return "", err
		}
		v.Parts = append(v.Parts, signature)
	}
	return writeSDValue(baseHeader, v)
}

// parts is a document under the labels that its issuer gives to blank nodes.
type parts struct {
	*jsonld.Parts
	macs  map[string][]byte // a blank node's label in every part to its mac
	lines []string          // the statements of the whole
}

func openParts(ctx context.Context, d *Document, hmacKey []byte) (*parts, error) {
	budget := partsBudget
	opened, err := d.processor.Parts(ctx, d.unsecured.Object(), &budget)
	if err != nil {
		return nil, err
	}
	p := &parts{Parts: opened, macs: map[string][]byte{}}
	for own, canonical := range opened.Whole.Canonical.Labels {
		h := hmac.New(sha256.New, hmacKey)
		h.Write([]byte(canonical))
		p.macs[own] = h.Sum(nil)
	}
	p.lines = opened.Whole.Graph.Lines(p.label)
	return p, nil
}

func (p *parts) label(own string) string { return issuerLabel(p.macs[own]) }

// take returns the part that pointers name and its lines, each of which is one of the
// whole. Without pointers there is no part, and none of the lines.
func (p *parts) take(ctx context.Context, pointers []string) (*jsonld.Part, []string, error) {
	if len(pointers) == 0 {
		return nil, nil, nil
	}
	part, err := p.Take(ctx, pointers)
	if err != nil {
		return nil, nil, err
	}
	lines := part.Graph.Lines(p.label)
	if others := without(lines, p.lines); len(others) > 0 {
		return nil, nil, errors.New("a pointer takes apart what is stated as one")
	}
	return part, lines, nil
}

// without returns the lines that are not among others; both are sorted.
func without(lines, others []string) []string {
	return slices.DeleteFunc(slices.Clone(lines), func(line string) bool {
		_, found := slices.BinarySearch(others, line)
		return found
	})
}

// Derive returns what the holder of a credential with one ecdsa-sd-2023 base proof shows: of
// the document what the issuer made mandatory and what the pointers name, with a proof for
// that (VC-DI-ECDSA §3.6.6).
func Derive(ctx context.Context, processor *jsonld.Processor, document strictjson.Value, pointers []string) ([]byte, error) {
	d, err := Open(processor, document)
	if err != nil {
		return nil, err
	}
	base, value, err := d.base()
	if err != nil {
		return nil, err
	}
	parts, err := openParts(ctx, d, value.HMACKey)
	if err != nil {
		return nil, err
	}
	shown, derived, err := parts.derive(ctx, value, pointers)
	if err != nil {
		return nil, err
	}
	proof := base.Object()
	if proof["proofValue"], err = writeSDValue(derivedHeader, derived); err != nil {
		return nil, err
	}
	disclosed := maps.Clone(shown.Document)
	disclosed["proof"] = proof
	return vc.Marshal(disclosed)
}

// base returns the one base proof of a document.
func (d *Document) base() (strictjson.Value, baseValue, error) {
	var found strictjson.Value
	for _, p := range d.proofs {
		if p.Member("type").Text() != dataIntegrityProof || p.Member("cryptosuite").Text() != ECDSASD2023 {
			continue
		}
		if found.Present() {
			return found, baseValue{}, errors.New("the document has more than one ecdsa-sd-2023 proof")
		}
		found = p
	}
	value, err := readBase(found.Member("proofValue").Text())
	return found, value, err
}

// derive chooses what is shown and keeps the signatures of those statements.
func (p *parts) derive(ctx context.Context, base baseValue, pointers []string) (*jsonld.Part, derivedValue, error) {
	v := derivedValue{Signature: base.Signature, PublicKey: base.PublicKey, Parts: [][]byte{}, Labels: map[uint64][]byte{}, Mandatory: []uint64{}}
	_, mandatory, err := p.take(ctx, base.Mandatory)
	if err != nil {
		return nil, v, err
	}
	shown, lines, err := p.take(ctx, slices.Concat(base.Mandatory, pointers))
	if err != nil {
		return nil, v, err
	}
	if shown == nil {
		return nil, v, errors.New("nothing is to be shown")
	}
	signed := without(p.lines, mandatory)
	if len(signed) != len(base.Parts) {
		return nil, v, errChanged
	}
	for i, line := range lines {
		if _, found := slices.BinarySearch(mandatory, line); found {
			v.Mandatory = append(v.Mandatory, uint64(i))
			continue
		}
		at, _ := slices.BinarySearch(signed, line)
		v.Parts = append(v.Parts, base.Parts[at])
	}
	for own, canonical := range shown.Canonical.Labels {
		n, err := strconv.ParseUint(strings.TrimPrefix(canonical, "c14n"), 10, 64)
		if err != nil {
			return nil, v, err
		}
		v.Labels[n] = p.macs[own]
	}
	return shown, v, p.checkParts(v, without(lines, mandatory))
}

// checkParts holds what will be shown to its signatures, before a verifier does.
func (p *parts) checkParts(v derivedValue, lines []string) error {
	key, err := ephemeral(v.PublicKey)
	if err != nil {
		return err
	}
	s, err := p256Primitive(key)
	if err != nil {
		return err
	}
	for i, line := range lines {
		if !s.verify(key, []byte(line), v.Parts[i]) {
			return errChanged
		}
	}
	return nil
}
