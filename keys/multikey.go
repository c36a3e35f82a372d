package keys

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/mr-tron/base58"
)

// EncodeMultibase58 writes bytes as multibase base58-btc: "z" and the digits (CID §2.4).
func EncodeMultibase58(b []byte) string { return "z" + base58.Encode(b) }

// DecodeMultibase58 reads multibase base58-btc of 1 to max bytes. Any other base, an alphabet slip, and a text that
// could not hold so few bytes are refused, the last before decoding, whose cost grows with the square of the length.
func DecodeMultibase58(s string, max int) ([]byte, error) {
	if len(s) < 2 || s[0] != 'z' {
		return nil, fmt.Errorf("%w: multibase text must start with z (base58-btc) and not be empty", ErrMalformed)
	}
	// A byte is worth log(256)/log(58), less than 1.3658, digits.
	if len(s)-1 > max*13658/10000+1 {
		return nil, fmt.Errorf("%w: multibase text of %d characters is too long for %d bytes", ErrMalformed, len(s), max)
	}
	b, ok := decode58(s[1:])
	if !ok {
		return nil, fmt.Errorf("%w: not base58-btc", ErrMalformed)
	}
	if len(b) > max {
		return nil, fmt.Errorf("%w: multibase value of %d bytes, at most %d allowed", ErrMalformed, len(b), max)
	}
	return b, nil
}

// digits58 are the values of the characters of base58-btc, from 1; 0: it is none.
var digits58 = func() (table [256]byte) {
	for value, c := range []byte("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz") {
		table[c] = byte(value + 1)
	}
	return table
}()

// decode58 reads base58-btc: a number, after as many zero bytes as there are ones before it. Every text of the
// alphabet stands for other bytes.
func decode58(s string) ([]byte, bool) {
	var room [32]uint32
	words := room[:0] // the number, the least significant word first
	for rest := s; rest != ""; {
		carry, worth := uint64(0), uint64(1)
		for ; rest != "" && worth < 58*58*58*58*58; rest = rest[1:] { // as many digits as a word holds
			if digits58[rest[0]] == 0 {
				return nil, false
			}
			carry, worth = carry*58+uint64(digits58[rest[0]]-1), worth*58
		}
		for w := range words {
			carry += uint64(words[w]) * worth
			words[w] = uint32(carry)
			carry >>= 32
		}
		if carry > 0 {
			words = append(words, uint32(carry))
		}
	}
	zeros := len(s) - len(strings.TrimLeft(s, "1"))
	number := make([]byte, zeros, zeros+4*len(words))
	for w := len(words) - 1; w >= 0; w-- {
		number = binary.BigEndian.AppendUint32(number, words[w])
	}
	for len(number) > zeros && number[zeros] == 0 {
		number = append(number[:zeros], number[zeros+1:]...)
	}
	return number, true
}

// A multikeyForm is one line of the table of CID §2.2.2: two header bytes (a varint multicodec), then the key.
type multikeyForm struct {
	algorithm      Algorithm
	public, secret [2]byte
	publicSize     int
	secretSize     int
}

// multikeyForms is closed: the keys that the supported Data Integrity suites use.
var multikeyForms = []multikeyForm{
	{Ed25519, [2]byte{0xed, 0x01}, [2]byte{0x80, 0x26}, 32, 32},
	{P256, [2]byte{0x80, 0x24}, [2]byte{0x86, 0x26}, 33, 32},
	{P384, [2]byte{0x81, 0x24}, [2]byte{0x87, 0x26}, 49, 48},
}

// maxMultikey is the longest Multikey in bytes: header and an Ed25519 seed with its public half, as some libraries
// write it.
const maxMultikey = 2 + 64

// Multikey writes an Ed25519, P-256 or P-384 public key as Multikey text (CID §2.2.2). Other keys, RSA among them,
// have no such form and give ErrUnsupported.
func Multikey(pub crypto.PublicKey) (string, error) {
	algorithm, err := AlgorithmOf(pub)
	if err != nil {
		return "", err
	}
	for _, form := range multikeyForms {
		if form.algorithm != algorithm {
			continue
		}
		value := form.public[:]
		switch k := pub.(type) {
		case ed25519.PublicKey:
			value = append(value[:2:2], k...)
		case *ecdsa.PublicKey:
			x, y, err := coordinates(k)
			if err != nil {
				return "", err
			}
			value = append(append(value[:2:2], 2+y[len(y)-1]&1), x...)
		}
		return EncodeMultibase58(value), nil
	}
	return "", fmt.Errorf("%w: %s has no Multikey form", ErrUnsupported, algorithm)
}

// ParseMultikey reads the Multikey text of a public key. It accepts exactly what Multikey writes: known header, exact
// length, a point on the curve. An unknown header gives ErrUnsupported; a secret key is refused without being read.
func ParseMultikey(s string) (crypto.PublicKey, error) {
	b, err := DecodeMultibase58(s, 2+96) // the longest registered public key, so that it is named unsupported
	if err != nil {
		return nil, err
	}
	for _, form := range multikeyForms {
		if bytes.HasPrefix(b, form.secret[:]) {
			return nil, fmt.Errorf("%w: a secret key stands where a public key belongs", ErrMalformed)
		}
		if bytes.HasPrefix(b, form.public[:]) {
			return form.publicKey(b[2:])
		}
	}
	return nil, fmt.Errorf("%w: multikey header", ErrUnsupported)
}

func (form multikeyForm) publicKey(b []byte) (crypto.PublicKey, error) {
	if len(b) != form.publicSize {
		return nil, fmt.Errorf("%w: %s multikey of %d bytes, need %d", ErrMalformed, form.algorithm, len(b), form.publicSize)
	}
	switch form.algorithm {
	case P256:
		return asPublic(uncompressedPoint(elliptic.P256(), b))
	case P384:
		return asPublic(uncompressedPoint(elliptic.P384(), b))
	default:
		return asPublic(ed25519.PublicKey(b), checkEd25519(b))
	}
}

// asPublic keeps a failed parse from becoming a non-nil interface around a nil key.
func asPublic[K crypto.PublicKey](k K, err error) (crypto.PublicKey, error) {
	if err != nil {
		return nil, err
	}
	return k, nil
}

// ParseSecretMultikey reads the Multikey text of a private key. It is for published test vectors and for import;
// nothing in this package writes that form. An Ed25519 value may carry its public half, which must fit.
func ParseSecretMultikey(s string) (crypto.Signer, error) {
	b, err := DecodeMultibase58(s, maxMultikey)
	if err != nil {
		return nil, fmt.Errorf("%w: secret multikey", ErrMalformed)
	}
	for _, form := range multikeyForms {
		if bytes.HasPrefix(b, form.secret[:]) {
			return form.secretKey(b[2:])
		}
	}
	return nil, fmt.Errorf("%w: secret multikey header", ErrUnsupported)
}

func (form multikeyForm) secretKey(b []byte) (crypto.Signer, error) {
	curve := elliptic.P256()
	switch form.algorithm {
	case Ed25519:
		return ed25519Secret(b)
	case P384:
		curve = elliptic.P384()
	}
	if len(b) != form.secretSize {
		return nil, fmt.Errorf("%w: secret %s multikey length", ErrMalformed, form.algorithm)
	}
	k, err := ecdsa.ParseRawPrivateKey(curve, b)
	if err != nil {
		return nil, fmt.Errorf("%w: secret %s multikey", ErrMalformed, form.algorithm)
	}
	return k, nil
}

func ed25519Secret(b []byte) (crypto.Signer, error) {
	if len(b) != ed25519.SeedSize && len(b) != ed25519.PrivateKeySize {
		return nil, fmt.Errorf("%w: secret Ed25519 multikey length", ErrMalformed)
	}
	k := ed25519.NewKeyFromSeed(b[:ed25519.SeedSize])
	if len(b) == ed25519.PrivateKeySize && !bytes.Equal(b, k) {
		return nil, fmt.Errorf("%w: the halves of an Ed25519 key do not belong together", ErrMalformed)
	}
	return k, nil
}
