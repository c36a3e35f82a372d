package linkage

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"testing"
	"time"

	"laurel/registry"
)

// sealed makes a root and a certificate below it, for the key and the subject.
func sealed(t *testing.T, key crypto.Signer, change func(*x509.Certificate)) (leaf *x509.Certificate, roots *x509.CertPool) {
	t.Helper()
	rootKey := ecKey(t)
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Sample Root"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(1, 0, 0), KeyUsage: x509.KeyUsageCertSign,
	}
	root = certified(t, root, root, rootKey.Public(), rootKey)
	type statement struct {
		ID   asn1.ObjectIdentifier
		Info []asn1.ObjectIdentifier `asn1:"optional,omitempty"`
	}
	statements, err := asn1.Marshal([]statement{{ID: oidCompliance}, {ID: oidType, Info: []asn1.ObjectIdentifier{oidSeal}}})
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: now.AddDate(0, -6, 0), NotAfter: now.AddDate(0, 6, 0),
		Subject:         pkix.Name{CommonName: "Sample College", ExtraNames: []pkix.AttributeTypeAndValue{{Type: oidOrganization, Value: "VATEL-123456789"}}},
		ExtraExtensions: []pkix.Extension{{Id: oidStatements, Value: statements}},
	}
	if change != nil {
		change(template)
	}
	roots = x509.NewCertPool()
	roots.AddCert(root)
	return certified(t, template, root, key.Public(), rootKey), roots
}

func certified(t *testing.T, c, parent *x509.Certificate, key crypto.PublicKey, by crypto.Signer) *x509.Certificate {
	t.Helper()
	raw, err := x509.CreateCertificate(rand.Reader, c, parent, key, by)
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func ecKey(t *testing.T) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestSeal(t *testing.T) {
	key := ecKey(t)
	leaf, roots := sealed(t, key, nil)
	_, strangers := sealed(t, ecKey(t), nil)
	plain, plainRoots := sealed(t, key, func(c *x509.Certificate) { c.ExtraExtensions = nil })
	critical, criticalRoots := sealed(t, key, func(c *x509.Certificate) { c.ExtraExtensions[0].Critical = true })
	for name, c := range map[string]struct {
		leaf  *x509.Certificate
		roots *x509.CertPool
		at    time.Time
		key   crypto.PublicKey
		vat   string
		good  bool
	}{
		"good, Greece as EL":        {leaf, roots, now, key.Public(), "EL123456789", true},
		"good, Greece as GR":        {leaf, roots, now, key.Public(), "GR 123456789", true},
		"good, critical":            {critical, criticalRoots, now, key.Public(), "EL123456789", true},
		"another VAT number":        {leaf, roots, now, key.Public(), "EL123456780", false},
		"another country":           {leaf, roots, now, key.Public(), "ES123456789", false},
		"no VAT number":             {leaf, roots, now, key.Public(), "", false},
		"another key":               {leaf, roots, now, ecKey(t).Public(), "EL123456789", false},
		"another root":              {leaf, strangers, now, key.Public(), "EL123456789", false},
		"not yet valid":             {leaf, roots, now.AddDate(0, -7, 0), key.Public(), "EL123456789", false},
		"expired":                   {leaf, roots, now.AddDate(0, 7, 0), key.Public(), "EL123456789", false},
		"a certificate of no seal":  {plain, plainRoots, now, key.Public(), "EL123456789", false},
		"no roots":                  {leaf, x509.NewCertPool(), now, key.Public(), "EL123456789", false},
		"a number that is not one":  {leaf, roots, now, key.Public(), "é", false},
		"the organization's number": {leaf, roots, now, key.Public(), "123456789", false},
	} {
		link, err := Seal([]*x509.Certificate{c.leaf}, c.roots, c.at, c.key, c.vat)
		if (err == nil) != c.good || err != nil && !errors.Is(err, ErrNotLinked) || err == nil && link.Strength != registry.Registered {
			t.Errorf("%s: %+v %v", name, link, err)
		}
	}
	if _, err := Seal(nil, roots, now, key.Public(), "EL123456789"); err == nil {
		t.Error("no certificate is a seal")
	}
}

func TestSameVAT(t *testing.T) {
	for _, c := range []struct {
		organization, vat string
		want              bool
	}{
		{"VATES-Q9350003A", "ESQ9350003A", true}, {"VATES-Q9350003A", "es q-9350003.a", true}, {"VATEL-123", "GR123", true}, {"VATGR-123", "EL123", true},
		{"NTRES-Q9350003A", "ESQ9350003A", false}, {"VATES-", "ES", false}, {"", "", false}, {"VATxx-é", "é", false}, {"VATESQ9350003A", "ESQ9350003A", false},
	} {
		if got := SameVAT(c.organization, c.vat); got != c.want {
			t.Errorf("%q %q: %v", c.organization, c.vat, got)
		}
	}
}
