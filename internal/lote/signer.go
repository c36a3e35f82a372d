package lote

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"slices"
	"time"

	"laurel/internal/jws"
)

// signerOf returns the certificate that the header names (JAdES §5.1.7, §5.1.8, RFC 7515
// §4.1.6), if it is pinned or leads to a root, and may sign.
func signerOf(token *jws.Token, trust Trust, now time.Time) (*x509.Certificate, error) {
	var chain []*x509.Certificate
	for item := range token.Header("x5c").Items() {
		der, err := base64.StdEncoding.Strict().DecodeString(item.Text())
		if err != nil || len(chain) == maxChain {
			return nil, refused("its chain of certificates")
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, refused("its chain of certificates: %w", err)
		}
		chain = append(chain, c)
	}
	if len(chain) == 0 {
		return nil, refused("it does not name its signer's certificate")
	}
	leaf := chain[0]
	if said := token.Header("x5t#S256"); said.Present() {
		digest := sha256.Sum256(leaf.Raw)
		if said.Text() != base64.RawURLEncoding.EncodeToString(digest[:]) {
			return nil, refused("it names two signers")
		}
	}
	if leaf.KeyUsage != 0 && leaf.KeyUsage&(x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment) == 0 {
		return nil, refused("its signer's certificate is not for signing")
	}
	if slices.ContainsFunc(trust.Signers, func(c *x509.Certificate) bool { return bytes.Equal(c.Raw, leaf.Raw) }) {
		if now.Before(leaf.NotBefore) || now.After(leaf.NotAfter) {
			return nil, refused("its signer's certificate is out of date")
		}
		return leaf, nil
	}
	if trust.Roots == nil {
		return nil, refused("its signer is not trusted")
	}
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	options := x509.VerifyOptions{Roots: trust.Roots, Intermediates: between, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}
	if _, err := leaf.Verify(options); err != nil {
		return nil, refused("its signer is not trusted: %w", err)
	}
	return leaf, nil
}
