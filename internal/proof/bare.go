package proof

import "crypto"

// SignedBy checks that a key made the token's signature, and nothing else: for tokens whose
// claims are not those of a credential, such as signed badges of Open Badges 2.0.
func (t *Token) SignedBy(key crypto.PublicKey) error {
	alg, err := algorithmOf(key)
	if err != nil {
		return err
	}
	if string(alg) != t.alg {
		return errKey
	}
	return verifyCompact(t.text, alg, key)
}
