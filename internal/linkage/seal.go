package linkage

import (
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"laurel/keys"
	"laurel/registry"
)

// The object identifiers of qualified seals (ETSI EN 319 412-1 §5.1.4, 412-5 §4.2).
var (
	oidOrganization = asn1.ObjectIdentifier{2, 5, 4, 97}
	oidStatements   = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 1, 3}
	oidCompliance   = asn1.ObjectIdentifier{0, 4, 0, 1862, 1, 1}
	oidType         = asn1.ObjectIdentifier{0, 4, 0, 1862, 1, 6}
	oidSeal         = asn1.ObjectIdentifier{0, 4, 0, 1862, 1, 6, 2}
)

const maxChain = 8

// Seal looks whether a certificate chain, the leaf first, is that of a qualified electronic
// seal of the organization with a VAT number, valid at a moment by one of the roots that the
// caller trusts, and whether the key of its leaf is the one that is to be listed. It says
// who somebody is, and never what they may award.
func Seal(chain []*x509.Certificate, roots *x509.CertPool, at time.Time, key crypto.PublicKey, vat string) (Link, error) {
	if len(chain) == 0 || len(chain) > maxChain {
		return Link{}, fmt.Errorf("%w: a chain of 1 to %d certificates is expected", ErrNotLinked, maxChain)
	}
	leaf, between := *chain[0], x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	// The statements are a critical extension in some seals; they are read here.
	leaf.UnhandledCriticalExtensions = slices.DeleteFunc(slices.Clone(leaf.UnhandledCriticalExtensions), oidStatements.Equal)
	options := x509.VerifyOptions{Roots: roots, Intermediates: between, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}
	if _, err := leaf.Verify(options); err != nil {
		return Link{}, fmt.Errorf("%w: the seal's certificate: %w", ErrNotLinked, err)
	}
	switch {
	case !isSeal(&leaf):
		return Link{}, fmt.Errorf("%w: the certificate is not that of a qualified seal", ErrNotLinked)
	case !slices.ContainsFunc(organizations(&leaf), func(id string) bool { return SameVAT(id, vat) }):
		return Link{}, fmt.Errorf("%w: the seal is of another organization than VAT %.40s", ErrNotLinked, vat)
	}
	own, err := keys.Thumbprint(leaf.PublicKey)
	if err != nil {
		return Link{}, fmt.Errorf("%w: the seal's key: %w", ErrNotLinked, err)
	}
	if want, err := keys.Thumbprint(key); err != nil || want != own {
		return Link{}, fmt.Errorf("%w: the seal has another key", ErrNotLinked)
	}
	digest := sha256.Sum256(leaf.Raw)
	return Link{
		Evidence: registry.Evidence{Strength: registry.Registered, Kind: "qualified-seal", Ref: vat},
		Keys:     []string{own}, Digest: "sha256:" + hex.EncodeToString(digest[:]),
	}, nil
}

// isSeal reads the certificate's statements.
func isSeal(c *x509.Certificate) bool {
	type statement struct {
		ID   asn1.ObjectIdentifier
		Info asn1.RawValue `asn1:"optional"`
	}
	for _, e := range c.Extensions {
		if !e.Id.Equal(oidStatements) {
			continue
		}
		var all []statement
		if rest, err := asn1.Unmarshal(e.Value, &all); err != nil || len(rest) > 0 {
			return false
		}
		qualified, seal := false, false
		for _, s := range all {
			qualified = qualified || s.ID.Equal(oidCompliance)
			var types []asn1.ObjectIdentifier
			if _, err := asn1.Unmarshal(s.Info.FullBytes, &types); s.ID.Equal(oidType) && err == nil {
				seal = seal || slices.ContainsFunc(types, oidSeal.Equal)
			}
		}
		return qualified && seal
	}
	return false
}

func organizations(c *x509.Certificate) (all []string) {
	for _, name := range c.Subject.Names {
		if text, ok := name.Value.(string); ok && name.Type.Equal(oidOrganization) {
			all = append(all, text)
		}
	}
	return all
}

// SameVAT compares the organization identifier of a certificate, such as VATES-Q9350003A,
// with a VAT number, such as ESQ9350003A. Greece is EL in the one and GR in the other.
func SameVAT(organization, vat string) bool {
	rest, isVAT := strings.CutPrefix(organization, "VAT")
	country, number, parted := strings.Cut(rest, "-")
	if !isVAT || !parted || len(country) != 2 || number == "" {
		return false
	}
	return registry.NormalVAT(country+number) == registry.NormalVAT(vat)
}
