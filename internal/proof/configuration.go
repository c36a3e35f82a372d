package proof

import (
	"context"
	"crypto"
	"sync/atomic"

	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
	"laurel/internal/vc"
)

// made is a proof as it is written, without its value.
type made struct {
	Context            written `json:"@context,omitempty"`
	ID                 string  `json:"id,omitempty"`
	Type               string  `json:"type"`
	Cryptosuite        string  `json:"cryptosuite,omitempty"`
	Created            string  `json:"created,omitempty"`
	Expires            string  `json:"expires,omitempty"`
	VerificationMethod string  `json:"verificationMethod"`
	ProofPurpose       string  `json:"proofPurpose"`
	Challenge          string  `json:"challenge,omitempty"`
	Domain             written `json:"domain,omitempty"`
	Nonce              string  `json:"nonce,omitempty"`
	PreviousProof      written `json:"previousProof,omitempty"`
}

// written is a member that is written as JSON already, so that proofs can be compared.
type written string

// MarshalJSON returns the JSON.
func (w written) MarshalJSON() ([]byte, error) { return []byte(w), nil }

// asWritten returns the JSON of a value.
func asWritten(v any) (written, error) {
	text, err := vc.Marshal(v)
	return written(text), err
}

// configuration is a proof that was written, and what its signature covers of it (VC-DI-EdDSA
// §3.2.5, VC-DI-ECDSA §3.2.5).
type configuration struct {
	made   made
	member []byte           // made, as JSON
	read   strictjson.Value // member, as it will be read

	// The hash of what a proof over statements states. It depends on these, and on made.
	processor *jsonld.Processor
	contexts  strictjson.Value
	function  crypto.Hash
	hash      []byte
}

// lately is the configuration that a signer made last.
type lately = atomic.Pointer[configuration]

// configure writes a proof, unless the signer's last one was the same.
func (d *Document) configure(ctx context.Context, m made, s suite, signer Signer) (*configuration, error) {
	contexts := d.unsecured.Member("@context")
	if signer.last != nil {
		c := signer.last.Load()
		if c != nil && c.made == m && c.processor == d.processor && c.function == s.hash && c.contexts.Equal(contexts) {
			return c, nil
		}
	}
	c := &configuration{made: m, processor: d.processor, function: s.hash}
	var err error
	if c.member, err = vc.Marshal(m); err != nil {
		return nil, err
	}
	if c.read, err = strictjson.ReadObject(c.member, strictjson.Limits{}); err != nil {
		return nil, err
	}
	if s.form != statements {
		return c, nil
	}
	if c.hash, err = d.appendConfigHash(ctx, nil, c.read, s.hash); err == nil && signer.last != nil {
		c.contexts = strictjson.Of(contexts.Tree()) // which does not hold the document
		signer.last.Store(c)
	}
	return c, err
}

// with returns the proof with its value, whose characters stand for themselves.
func (c *configuration) with(value string) []byte {
	const name = `,"proofValue":"`
	out := make([]byte, 0, len(c.member)+len(name)+len(value)+len(`"`))
	out = append(append(out, c.member[:len(c.member)-1]...), name...)
	return append(append(out, value...), `"}`...)
}
