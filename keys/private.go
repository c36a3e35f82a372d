package keys

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
)

// generate makes a private key from the operating system's randomness.
func generate(a Algorithm) (crypto.Signer, error) {
	switch a {
	case Ed25519:
		_, k, err := ed25519.GenerateKey(nil)
		return k, err
	case P256:
		return ecdsa.GenerateKey(elliptic.P256(), nil)
	case P384:
		return ecdsa.GenerateKey(elliptic.P384(), nil)
	case RSA2048:
		return rsa.GenerateKey(nil, 2048)
	case RSA3072:
		return rsa.GenerateKey(nil, 3072)
	case RSA4096:
		return rsa.GenerateKey(nil, 4096)
	}
	return nil, fmt.Errorf("%w %q: use one of %v", ErrUnsupported, clip(string(a)), Algorithms())
}

// maxImport bounds a private key file in bytes.
const maxImport = 16 << 10

// errImport says nothing of the text, which may be a secret.
var errImport = fmt.Errorf("%w: not a private key in PEM (PKCS #8, SEC 1, PKCS #1) or JWK", ErrMalformed)

func parsePrivate(b []byte) (crypto.Signer, error) {
	if len(b) > maxImport {
		return nil, fmt.Errorf("%w: private key file of more than %d bytes", ErrMalformed, maxImport)
	}
	if text := bytes.TrimSpace(b); len(text) > 0 && text[0] == '{' {
		return parsePrivateJWK(b)
	}
	block, rest := pem.Decode(b)
	if block == nil || len(bytes.TrimSpace(rest)) != 0 {
		return nil, errImport
	}
	if block.Type == "ENCRYPTED PRIVATE KEY" || len(block.Headers) != 0 {
		return nil, fmt.Errorf("%w: the private key is encrypted: decrypt it first, for example with openssl pkey", ErrUnsupported)
	}
	switch block.Type {
	case "PRIVATE KEY":
		return parsePKCS8(block.Bytes)
	case "EC PRIVATE KEY":
		k, err := x509.ParseECPrivateKey(block.Bytes)
		if err != nil {
			return nil, errImport
		}
		return k, nil
	case "RSA PRIVATE KEY":
		k, err := x509.ParsePKCS1PrivateKey(block.Bytes)
		if err != nil {
			return nil, errImport
		}
		return k, nil
	}
	return nil, errImport
}

func parsePKCS8(der []byte) (crypto.Signer, error) {
	k, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, errImport
	}
	signer, ok := k.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("%w: %T does not sign", ErrUnsupported, k)
	}
	return signer, nil
}

// parsePrivateJWK reads a private JWK (RFC 7518 §6, RFC 8037 §2) whose two halves must belong together.
func parsePrivateJWK(b []byte) (crypto.Signer, error) {
	members, err := readObject(b, maxImport)
	if err != nil {
		return nil, errImport
	}
	secrets := map[string]any{}
	for _, name := range privateMembers {
		if v, ok := members[name]; ok {
			secrets[name] = v
			delete(members, name)
		}
	}
	public, err := jwkKey(members)
	if err != nil {
		return nil, err
	}
	private, err := joinHalves(public, secrets)
	if err != nil {
		return nil, errImport
	}
	same, ok := public.(interface{ Equal(crypto.PublicKey) bool })
	if !ok || !same.Equal(private.Public()) {
		return nil, fmt.Errorf("%w: the public and the private half do not belong together", ErrMalformed)
	}
	return private, nil
}

func joinHalves(public crypto.PublicKey, secrets map[string]any) (crypto.Signer, error) {
	switch pub := public.(type) {
	case *rsa.PublicKey:
		return joinRSA(pub, secrets)
	case *ecdsa.PublicKey:
		d, err := requiredBytes(secrets, "d", (pub.Curve.Params().BitSize+7)/8)
		if err != nil {
			return nil, err
		}
		return ecdsa.ParseRawPrivateKey(pub.Curve, d)
	default:
		seed, err := requiredBytes(secrets, "d", ed25519.SeedSize)
		if err != nil {
			return nil, err
		}
		return ed25519.NewKeyFromSeed(seed), nil
	}
}

// joinRSA takes two primes only; the other members follow from them.
func joinRSA(pub *rsa.PublicKey, secrets map[string]any) (crypto.Signer, error) {
	if _, ok := secrets["oth"]; ok {
		return nil, errors.New("more than two primes")
	}
	var numbers [3]*big.Int
	for i, name := range []string{"d", "p", "q"} {
		b, err := requiredBytes(secrets, name, 0)
		if err != nil {
			return nil, err
		}
		numbers[i] = new(big.Int).SetBytes(b)
	}
	k := &rsa.PrivateKey{PublicKey: *pub, D: numbers[0], Primes: numbers[1:]}
	if err := k.Validate(); err != nil {
		return nil, err
	}
	k.Precompute()
	return k, nil
}

// PEM writes a public key as a PEM block "PUBLIC KEY" (RFC 7468 §13).
func PEM(pub crypto.PublicKey) ([]byte, error) {
	if _, err := jwkMembers(pub); err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return nil, fmt.Errorf("%w: %T", ErrUnsupported, pub)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), nil
}

// ParsePEM reads one public key in a PEM block "PUBLIC KEY", with nothing but blanks around it. The key is one that
// ParseJWK would take.
func ParsePEM(text string) (crypto.PublicKey, error) {
	block, rest := pem.Decode([]byte(text))
	if block == nil || block.Type != "PUBLIC KEY" || len(bytes.TrimSpace(rest)) > 0 {
		return nil, fmt.Errorf("%w: not a public key in PEM", ErrMalformed)
	}
	pub, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%w: not a public key in PEM", ErrMalformed)
	}
	named, err := JWK(pub)
	if err != nil {
		return nil, err
	}
	return ParseJWK(named)
}

// ExportPrivatePEM gives the PRIVATE key, unencrypted, as PKCS #8 in PEM. Whoever has it signs as the issuer.
func (r *Ring) ExportPrivatePEM(id string) ([]byte, error) {
	k, err := r.get(id)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(k.private)
	if err != nil {
		return nil, fmt.Errorf("key %s cannot be encoded", k.ID)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// ExportPrivateJWK gives the PRIVATE key, unencrypted, as JWK. Whoever has it signs as the issuer.
func (r *Ring) ExportPrivateJWK(id string) ([]byte, error) {
	k, err := r.get(id)
	if err != nil {
		return nil, err
	}
	members, err := jwkMembers(k.Public)
	if err != nil {
		return nil, err
	}
	members["kid"] = k.ID
	members["alg"] = signatureAlgorithms(members["kty"], members["crv"])[0]
	switch private := k.private.(type) {
	case ed25519.PrivateKey:
		members["d"] = encode64(private.Seed())
	case *ecdsa.PrivateKey:
		d, err := private.Bytes()
		if err != nil {
			return nil, fmt.Errorf("key %s cannot be encoded", k.ID)
		}
		members["d"] = encode64(d)
	case *rsa.PrivateKey:
		rsaSecrets(members, private)
	}
	return marshalMembers(members), nil
}

func rsaSecrets(members map[string]string, k *rsa.PrivateKey) {
	k.Precompute()
	members["d"] = encode64(k.D.Bytes())
	members["p"], members["q"] = encode64(k.Primes[0].Bytes()), encode64(k.Primes[1].Bytes())
	members["dp"], members["dq"] = encode64(k.Precomputed.Dp.Bytes()), encode64(k.Precomputed.Dq.Bytes())
	members["qi"] = encode64(k.Precomputed.Qinv.Bytes())
}
