package issuer

import (
	"crypto"

	"laurel/keys"
)

// WitnessKey lends the key in use for what this institution attests as one who looked, not
// as one who awards: bundles and statements of its verifier, which carry the did:key of the
// key and not the institution's own identifier.
func (i *Issuer) WitnessKey() (crypto.Signer, error) {
	key, err := i.ring.Active(keys.Ed25519, keys.P256, keys.P384)
	if err != nil {
		return nil, err
	}
	return i.ring.Signer(key.ID)
}
