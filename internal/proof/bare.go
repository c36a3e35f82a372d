package proof

import "crypto"

// SignedBy checks that a key made the token's signature, and nothing else: for tokens whose
// claims are not those of a credential, such as signed badges of Open Badges 2.0.
func (t *Token) SignedBy(key crypto.PublicKey) error { return t.verify(Method{Key: key}) }

// Algorithm returns the JOSE algorithm that the token's header names; where SignedBy finds no
// fault the signature is of that algorithm.
func (t *Token) Algorithm() string { return t.alg }
