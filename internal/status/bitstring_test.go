package status

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"testing"

	"laurel/internal/needs"
)

// The encodedList of the examples in the Recommendation: 131,072 zero bits.
const publishedZero = "uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA"

func TestBits(t *testing.T) {
	for _, test := range []struct{ entries, length int }{
		{-1, MinEntries}, {0, MinEntries}, {MinEntries, MinEntries}, {MinEntries + 1, MinEntries + 8},
	} {
		if n := New(test.entries).Len(); n != test.length {
			t.Errorf("New(%d) has %d bits, want %d", test.entries, n, test.length)
		}
	}
	b := New(0)
	for _, i := range []int{0, 9, MinEntries - 1} {
		if err := b.Set(i, true); err != nil {
			t.Fatal(err)
		}
		if set, err := b.Get(i); !set || err != nil {
			t.Errorf("bit %d: %v, %v", i, set, err)
		}
	}
	if b.bits[0] != 0x80 || b.bits[1] != 0x40 || b.bits[len(b.bits)-1] != 0x01 {
		t.Errorf("bits are in the wrong place: %x %x %x", b.bits[0], b.bits[1], b.bits[len(b.bits)-1])
	}
	if err := b.Set(9, false); err != nil || b.bits[1] != 0 {
		t.Errorf("bit 9 is not cleared: %x, %v", b.bits[1], err)
	}
	for _, i := range []int{-1, MinEntries} {
		if _, err := b.Get(i); !errors.Is(err, ErrRange) {
			t.Errorf("Get(%d): %v", i, err)
		}
		if err := b.Set(i, true); !errors.Is(err, ErrRange) {
			t.Errorf("Set(%d): %v", i, err)
		}
	}
}

func TestValue(t *testing.T) {
	b := New(3 * MinEntries)
	b.bits[0], b.bits[1] = 0b010_101_11, 0b0_0000000
	for _, test := range []struct {
		index uint64
		size  int
		value uint16
		err   error
	}{
		{0, 1, 0, nil}, {1, 1, 1, nil},
		{0, 2, 0b01, nil}, {3, 2, 0b11, nil},
		{0, 3, 0b010, nil}, {1, 3, 0b101, nil}, {2, 3, 0b110, nil},
		{MinEntries - 1, 3, 0, nil}, {MinEntries, 3, 0, ErrRange}, {1 << 63, 2, 0, ErrRange}, {1<<64 - 1, 1, 0, ErrRange},
		{0, 4, 0, ErrTooShort}, {1 << 63, 4, 0, ErrTooShort},
		{0, 0, 0, ErrMalformed}, {0, -1, 0, ErrMalformed}, {0, 17, 0, ErrMalformed},
	} {
		if value, err := b.Value(test.index, test.size); value != test.value || !errors.Is(err, test.err) {
			t.Errorf("Value(%d, %d) = %b, %v; want %b, %v", test.index, test.size, value, err, test.value, test.err)
		}
	}
}

func TestPublishedList(t *testing.T) {
	b, err := decodeBitstring(publishedZero, 0)
	if err != nil || b.Len() != MinEntries || bytes.Count(b.bits, []byte{0}) != MinEntries/8 {
		t.Error(err)
	}
}

// The list of the 1EdTech fixtures has one bit set of 131,072: number 23.
func TestFixture(t *testing.T) {
	text := needs.File(t, "open-badges/fixtures/ob30/bit-string-list/testlist")
	var list struct {
		CredentialSubject struct{ EncodedList string }
	}
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	b, err := decodeBitstring(list.CredentialSubject.EncodedList, 0)
	if err != nil || b.Len() != MinEntries {
		t.Fatal(err)
	}
	for i := range b.Len() {
		if set, _ := b.Get(i); set != (i == 23) {
			t.Errorf("bit %d is %v", i, set)
		}
	}
}

func TestEncodeIsDeterministicAndReadable(t *testing.T) {
	b := New(200_000)
	random := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		b.Set(random.IntN(b.Len()), true)
	}
	first, err := b.Encode()
	if err != nil {
		t.Fatal(err)
	}
	second, err := b.Encode()
	if err != nil || first != second {
		t.Fatalf("two encodings differ, %v", err)
	}
	back, err := decodeBitstring(first, 0)
	if err != nil || !bytes.Equal(back.bits, b.bits) {
		t.Fatalf("bits changed, %v", err)
	}
}

func zipped(parts ...[]byte) []byte {
	var out bytes.Buffer
	for _, part := range parts {
		z := gzip.NewWriter(&out)
		z.Write(part)
		z.Close()
	}
	return out.Bytes()
}

func TestDecodeRefuses(t *testing.T) {
	url := func(b []byte) string { return "u" + base64.RawURLEncoding.EncodeToString(b) }
	good := zipped(make([]byte, MinEntries/8))
	damaged := bytes.Clone(good)
	damaged[len(damaged)-5] ^= 1 // the checksum
	for name, test := range map[string]struct {
		encoded  string
		maxBytes int
		want     error
	}{
		"good":           {url(good), 0, nil},
		"exact bound":    {url(good), MinEntries / 8, nil},
		"over the bound": {url(good), MinEntries/8 - 1, ErrMalformed},
		"bomb":           {url(zipped(make([]byte, MaxBytes+1))), 1 << 30, ErrMalformed},
		"short":          {url(zipped(make([]byte, MinEntries/8-1))), 0, ErrTooShort},
		"empty list":     {url(zipped(nil)), 0, ErrTooShort},
		"empty":          {"", 0, ErrMalformed},
		"prefix alone":   {"u", 0, ErrMalformed},
		"no prefix":      {url(good)[1:], 0, ErrMalformed},
		"other base":     {"z" + url(good)[1:], 0, ErrMalformed},
		"padding":        {"u" + base64.URLEncoding.EncodeToString(good[:len(good):len(good)]) + "=", 0, ErrMalformed},
		"line break":     {url(good)[:9] + "\n" + url(good)[9:], 0, ErrMalformed},
		"blank":          {url(good) + " ", 0, ErrMalformed},
		"not gzip":       {url(make([]byte, 100)), 0, ErrMalformed},
		"cut":            {url(good[:len(good)-1]), 0, ErrMalformed},
		"checksum":       {url(damaged), 0, ErrMalformed},
		"trailing":       {url(append(bytes.Clone(good), 0)), 0, ErrMalformed},
		"two members":    {url(zipped(make([]byte, MinEntries/8), make([]byte, 1))), 0, ErrMalformed},
	} {
		if _, err := decodeBitstring(test.encoded, test.maxBytes); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
}

// Whatever is accepted can be written and read back with the same bits.
func FuzzDecodeBitstring(f *testing.F) {
	f.Add(publishedZero)
	f.Add("u" + base64.RawURLEncoding.EncodeToString(zipped(bytes.Repeat([]byte{1, 2, 3}, 7000))))
	f.Add("uH4sIAAAAAAAA_wMAAAAAAAAAAAA")
	f.Fuzz(func(t *testing.T, encoded string) {
		b, err := decodeBitstring(encoded, 1<<18)
		if err != nil {
			if !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrTooShort) {
				t.Fatalf("error of no category: %v", err)
			}
			return
		}
		if b.Len() < MinEntries || len(b.bits) > 1<<18 {
			t.Fatalf("%d bits accepted", b.Len())
		}
		again, err := b.Encode()
		if err != nil {
			t.Fatal(err)
		}
		back, err := decodeBitstring(again, 1<<18)
		if err != nil || !bytes.Equal(back.bits, b.bits) {
			t.Fatalf("bits changed, %v", err)
		}
	})
}

func sample(b *testing.B) *Bitstring {
	b.Helper()
	list := New(MinEntries)
	random := rand.New(rand.NewPCG(5, 6))
	for range MinEntries / 100 {
		list.Set(random.IntN(list.Len()), true)
	}
	return list
}

func BenchmarkEncode(b *testing.B) {
	list := sample(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := list.Encode(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	encoded, err := sample(b).Encode()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := decodeBitstring(encoded, 0); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkValue(b *testing.B) {
	list := sample(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := list.Value(94567, 1); err != nil {
			b.Fatal(err)
		}
	}
}
