package status

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"fmt"
	"io"
	"time"

	"laurel/internal/strictjson"
	"laurel/internal/vc"
)

// packed are the statuses of a TokenList, from the least significant bits of each byte to
// the most significant, unlike a Bitstring (TSL §4.1).
type packed struct {
	bytes []byte
	bits  int // of one status: 1, 2, 4 or 8
}

// ReadTokenList reads a TokenList from the payload of its token (TSL §5.1), whose signature
// is for the caller to verify. The list must say that it stands at the address that was
// asked.
func ReadTokenList(payload strictjson.Value, address string) (List, error) {
	if sub, ok := payload.Member("sub").IsText(); !ok || sub != address {
		return List{}, fmt.Errorf("%w: the status list is another one than was asked for", ErrMalformed)
	}
	seconds, ok := duration(payload, "ttl", time.Second)
	if !ok || payload.Member("ttl").Present() && seconds == 0 {
		return List{}, fmt.Errorf("%w: ttl is not a positive number of seconds", ErrMalformed)
	}
	object := payload.Member("status_list")
	number, encoded := object.Member("bits"), object.Member("lst").Text()
	bits, _ := vc.Number(number)
	if !number.Is(strictjson.Number) || bits != 1 && bits != 2 && bits != 4 && bits != 8 {
		return List{}, fmt.Errorf("%w: the status list has values of no known size", ErrMalformed)
	}
	zipped, err := decode64(encoded, base64.RawURLEncoding)
	if err != nil {
		return List{}, err
	}
	raw, err := inflate(zipped, unzlib, MaxBytes)
	if err != nil {
		return List{}, err
	}
	return List{Kind: TokenList, TTL: seconds, tokens: packed{raw, int(bits)}}, nil
}

func unzlib(from *bytes.Reader) (io.Reader, error) { return zlib.NewReader(from) }

// state reads the value at an index and what it means (TSL §7.1).
func (p packed) state(index uint64) (State, error) {
	perByte := uint64(8 / p.bits)
	if index/perByte >= uint64(len(p.bytes)) {
		return State{}, ErrRange
	}
	shift := index % perByte * uint64(p.bits)
	value := uint16(p.bytes[index/perByte]>>shift) & (1<<p.bits - 1)
	switch value {
	case 0:
		return State{Meaning: Clear, Purpose: Revocation}, nil
	case 1:
		return State{Meaning: Revoked, Value: value, Purpose: Revocation}, nil
	case 2:
		return State{Meaning: Suspended, Value: value, Purpose: Suspension}, nil
	}
	return State{Meaning: Unknown, Value: value}, nil
}
