package status

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
)

const (
	// MinEntries is the least length of a list, so that one entry hides among
	// many (BSL §2.2, 16 KB uncompressed).
	MinEntries = 131072
	// MaxBytes is the most that a list is expanded to: 134,217,728 bits.
	MaxBytes = 16 << 20
	// maxStatusSize bounds the bits of one entry to what a status message
	// table could ever describe.
	maxStatusSize = 16
)

var (
	// ErrTooShort is STATUS_LIST_LENGTH_ERROR: fewer than MinEntries entries
	// (BSL §3.2).
	ErrTooShort = errors.New("status list has fewer than 131072 entries")
	// ErrRange is RANGE_ERROR: no such index in the list (BSL §3.2).
	ErrRange = errors.New("status index is outside the list")
	// ErrMalformed is MALFORMED_VALUE_ERROR: the text is not a list, or expands
	// beyond its bound.
	ErrMalformed = errors.New("status list is malformed")
)

// A Bitstring is the list itself: bits in order, index 0 the most significant
// bit of the first byte (BSL §2.2). Reading is safe for concurrent use while
// nobody calls Set.
type Bitstring struct {
	bits []byte
}

// New returns a list of entries bits, all zero: at least MinEntries, and
// rounded up to whole bytes.
func New(entries int) *Bitstring {
	return &Bitstring{make([]byte, (max(entries, MinEntries)+7)/8)}
}

// Len returns the number of bits.
func (b *Bitstring) Len() int { return 8 * len(b.bits) }

// Get returns bit i, or ErrRange.
func (b *Bitstring) Get(i int) (bool, error) {
	if i < 0 || i >= b.Len() {
		return false, ErrRange
	}
	return b.bits[i/8]&(0x80>>(i%8)) != 0, nil
}

// Set changes bit i, or returns ErrRange.
func (b *Bitstring) Set(i int, value bool) error {
	if i < 0 || i >= b.Len() {
		return ErrRange
	}
	mask := byte(0x80 >> (i % 8))
	if value {
		b.bits[i/8] |= mask
	} else {
		b.bits[i/8] &^= mask
	}
	return nil
}

// Value reads the entry at index in a list whose entries have statusSize bits
// each, 1 to 16, the first of them the most significant (BSL §3.2). The length
// is judged before the index.
func (b *Bitstring) Value(index uint64, statusSize int) (uint16, error) {
	if statusSize < 1 || statusSize > maxStatusSize {
		return 0, fmt.Errorf("%w: statusSize must be 1 to %d", ErrMalformed, maxStatusSize)
	}
	entries := b.Len() / statusSize
	if entries < MinEntries {
		return 0, ErrTooShort
	}
	if index >= uint64(entries) {
		return 0, ErrRange
	}
	var value uint16
	first := int(index) * statusSize
	for i := first; i < first+statusSize; i++ {
		value = value<<1 | uint16(b.bits[i/8]>>(7-i%8)&1)
	}
	return value, nil
}

// Encode returns the encodedList: 'u', then base64url without padding of the
// gzip-compressed bits (BSL §3.3). The same bits give the same text, as long as
// the compressor is the same.
func (b *Bitstring) Encode() (string, error) {
	var out strings.Builder
	out.WriteByte('u')
	text := base64.NewEncoder(base64.RawURLEncoding, &out)
	zip := gzip.NewWriter(text)
	if _, err := zip.Write(b.bits); err != nil {
		return "", err
	}
	if err := zip.Close(); err != nil {
		return "", err
	}
	if err := text.Close(); err != nil {
		return "", err
	}
	return out.String(), nil
}

// decodeBitstring reads an encodedList (BSL §3.4) that expands to at most
// maxBytes, and never to more than MaxBytes; maxBytes that is not positive
// means MaxBytes. Errors are ErrMalformed and ErrTooShort.
func decodeBitstring(encoded string, maxBytes int) (*Bitstring, error) {
	text, ok := strings.CutPrefix(encoded, "u")
	if !ok {
		return nil, fmt.Errorf("%w: encodedList does not begin with u", ErrMalformed)
	}
	return expand(text, base64.RawURLEncoding, maxBytes)
}

// decode2021 reads an encodedList of StatusList2021, which has no first letter and is
// base64url or, from some issuers, base64, padded or not.
func decode2021(encoded string, maxBytes int) (*Bitstring, error) {
	encoding := base64.RawURLEncoding
	if strings.ContainsAny(encoded, "+/") {
		encoding = base64.RawStdEncoding
	}
	if strings.HasSuffix(encoded, "=") {
		encoding = encoding.WithPadding(base64.StdPadding)
	}
	return expand(encoded, encoding, maxBytes)
}

func expand(text string, encoding *base64.Encoding, maxBytes int) (*Bitstring, error) {
	zipped, err := decode64(text, encoding)
	if err != nil {
		return nil, err
	}
	if maxBytes <= 0 || maxBytes > MaxBytes {
		maxBytes = MaxBytes
	}
	bits, err := inflate(zipped, gunzip, maxBytes)
	if err != nil {
		return nil, err
	}
	if 8*len(bits) < MinEntries {
		return nil, ErrTooShort
	}
	return &Bitstring{bits}, nil
}

func decode64(text string, encoding *base64.Encoding) ([]byte, error) {
	if strings.ContainsAny(text, "\r\n") { // which the decoder would skip
		return nil, fmt.Errorf("%w: line break in the list", ErrMalformed)
	}
	raw, err := encoding.Strict().DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("%w: the list is not base64url", ErrMalformed)
	}
	return raw, nil
}

// gunzip opens exactly one member (RFC 1952 §2.2).
func gunzip(from *bytes.Reader) (io.Reader, error) {
	zip, err := gzip.NewReader(from)
	if err != nil {
		return nil, err
	}
	zip.Multistream(false)
	return zip, nil
}

// inflate expands one compressed text with nothing behind it, its checksum verified.
func inflate(zipped []byte, open func(*bytes.Reader) (io.Reader, error), maxBytes int) ([]byte, error) {
	from := bytes.NewReader(zipped)
	zip, err := open(from)
	if err != nil {
		return nil, fmt.Errorf("%w: the list is not compressed as it should be", ErrMalformed)
	}
	out := bytes.NewBuffer(make([]byte, 0, MinEntries/8+bytes.MinRead))
	n, err := out.ReadFrom(io.LimitReader(zip, int64(maxBytes)+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: damaged data", ErrMalformed)
	case n > int64(maxBytes):
		return nil, fmt.Errorf("%w: list expands to more than %d bytes", ErrMalformed, maxBytes)
	case from.Len() > 0:
		return nil, fmt.Errorf("%w: data after the list", ErrMalformed)
	}
	return out.Bytes(), nil
}
