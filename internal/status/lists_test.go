package status

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"laurel/internal/strictjson"
)

const listAddress = "https://a.example/statuslists/1"

func tokenPayload(bits int, lst string) map[string]any {
	return map[string]any{"sub": listAddress, "status_list": map[string]any{"bits": number(bits), "lst": lst}}
}

func deflated(t testing.TB, raw []byte) string {
	t.Helper()
	var out bytes.Buffer
	z := zlib.NewWriter(&out)
	if _, err := z.Write(raw); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(out.Bytes())
}

func tokenEntry(index int) Entry { return Entry{Kind: TokenList, Index: strconv.Itoa(index)} }

// TestTokenListVectors reads the vectors of the Token Status List, every entry of them.
func TestTokenListVectors(t *testing.T) {
	raw, err := os.ReadFile("testdata/tokenstatuslist.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Vectors []struct {
			Bits, Entries int
			Lst           string
			Statuses      map[int]uint16
		}
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Vectors) != 4 {
		t.Fatalf("%d vectors", len(file.Vectors))
	}
	for _, v := range file.Vectors {
		list, err := ReadTokenList(strictjson.Of(tokenPayload(v.Bits, v.Lst)), listAddress)
		if err != nil {
			t.Fatal(err)
		}
		for i := range v.Entries {
			if s, err := list.State(tokenEntry(i)); err != nil || s.Value != v.Statuses[i] {
				t.Fatalf("%d bits: status %d is %d, want %d (%v)", v.Bits, i, s.Value, v.Statuses[i], err)
			}
		}
		if _, err := list.State(tokenEntry(v.Entries)); !errors.Is(err, ErrRange) {
			t.Errorf("%d bits: beyond the end: %v", v.Bits, err)
		}
	}
	// The short examples of TSL §4.1.
	for lst, want := range map[string][]uint16{"eNrbuRgAAhcBXQ": {1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1}, "eNo76fITAAPfAgc": {1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3}} {
		list, err := ReadTokenList(strictjson.Of(tokenPayload(map[int]int{16: 1, 12: 2}[len(want)], lst)), listAddress)
		if err != nil {
			t.Fatal(err)
		}
		for i, value := range want {
			s, err := list.State(tokenEntry(i))
			if wanted := []Meaning{Clear, Revoked, Suspended, Unknown}[value]; err != nil || s.Value != value || s.Meaning != wanted {
				t.Errorf("status %d: %+v %v", i, s, err)
			}
		}
	}
}

func TestReadTokenListRefuses(t *testing.T) {
	good := deflated(t, make([]byte, 100))
	with := func(name string, v any) map[string]any {
		p := tokenPayload(1, good)
		p[name] = v
		return p
	}
	if list, err := ReadTokenList(strictjson.Of(with("ttl", number(60))), listAddress); err != nil || list.TTL != time.Minute || list.Kind != TokenList {
		t.Fatalf("%+v %v", list, err)
	}
	cut := func(n int) string {
		raw, _ := base64.RawURLEncoding.DecodeString(good)
		if n > 0 {
			return base64.RawURLEncoding.EncodeToString(append(raw, make([]byte, n)...))
		}
		return base64.RawURLEncoding.EncodeToString(raw[:len(raw)+n])
	}
	for name, payload := range map[string]map[string]any{
		"another list": with("sub", "https://a.example/statuslists/2"),
		"no sub":       with("sub", nil),
		"ttl zero":     with("ttl", number(0)),
		"ttl negative": with("ttl", number(-1)),
		"ttl a text":   with("ttl", "60"),
		"no list":      with("status_list", nil),
		"list a text":  with("status_list", good),
		"bits missing": with("status_list", map[string]any{"lst": good}),
		"bits a text":  with("status_list", map[string]any{"lst": good, "bits": "1"}),
		"three bits":   tokenPayload(3, good),
		"no bits":      tokenPayload(0, good),
		"sixteen bits": tokenPayload(16, good),
		"no lst":       tokenPayload(1, ""),
		"padded":       tokenPayload(1, good+"="),
		"line break":   tokenPayload(1, good[:8]+"\n"+good[8:]),
		"with u":       tokenPayload(1, "u"+good),
		"cut":          tokenPayload(1, cut(-1)),
		"trailing":     tokenPayload(1, cut(1)),
		"gzip":         tokenPayload(1, base64.RawURLEncoding.EncodeToString(zipped(make([]byte, 100)))),
		"bomb":         tokenPayload(1, deflated(t, make([]byte, MaxBytes+1))),
	} {
		if list, err := ReadTokenList(strictjson.Of(payload), listAddress); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %+v %v", name, list.Kind, err)
		}
	}
}

// TestRevocationList reads 1EdTechRevocationLists (OB §8.1 step 4).
func TestRevocationList(t *testing.T) {
	const issuer = "https://a.example/issuer"
	document := func(items string) string {
		return `{"id":"` + listAddress + `","issuer":"` + issuer + `","revokedCredential":[` + items + `]}`
	}
	list, err := ReadRevocationList([]byte(document(`{"id":"urn:1"},{"id":"urn:2","revoked":true,"revocationReason":"a mistake"},{"id":"urn:3","revoked":false},{"id":"urn:4","revoked":false},{"id":"urn:4"}`)), listAddress, issuer)
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]State{
		"urn:1": {Revoked, 1, Revocation, ""}, "urn:2": {Revoked, 1, Revocation, "a mistake"}, "urn:3": {Clear, 0, Revocation, ""},
		"urn:4": {Revoked, 1, Revocation, ""}, "urn:5": {Clear, 0, Revocation, ""},
	} {
		if s, err := list.State(Entry{Kind: RevocationList, Index: id}); err != nil || s != want {
			t.Errorf("%s: %+v %v", id, s, err)
		}
	}
	for _, good := range []string{document(""), `{"id":"` + listAddress + `","issuer":{"id":"` + issuer + `","name":"A"},"type":"1EdTechRevocationList"}`} {
		if _, err := ReadRevocationList([]byte(good), listAddress, issuer); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"nothing":          {"", ErrMalformed},
		"page":             {"<html>", ErrMalformed},
		"list":             {"[]", ErrMalformed},
		"other address":    {strings.Replace(document(""), "lists/1", "lists/2", 1), ErrMalformed},
		"other issuer":     {strings.Replace(document(""), "/issuer", "/thief", 1), ErrMalformed},
		"no issuer":        {`{"id":"` + listAddress + `"}`, ErrMalformed},
		"duplicate":        {strings.Replace(document(""), "{", `{"revokedCredential":[],`, 1), ErrMalformed},
		"items an object":  {`{"id":"` + listAddress + `","issuer":"` + issuer + `","revokedCredential":{}}`, ErrMalformed},
		"items null":       {`{"id":"` + listAddress + `","issuer":"` + issuer + `","revokedCredential":null}`, ErrMalformed},
		"item a text":      {document(`"urn:1"`), ErrMalformed},
		"item without id":  {document(`{"revoked":true}`), ErrMalformed},
		"id a number":      {document(`{"id":1}`), ErrMalformed},
		"revoked a text":   {document(`{"id":"urn:1","revoked":"false"}`), ErrMalformed},
		"reason an object": {document(`{"id":"urn:1","revocationReason":{}}`), ErrMalformed},
		"too large":        {document("") + strings.Repeat(" ", revocationLimits.Bytes), ErrUnsupported},
	} {
		if _, err := ReadRevocationList([]byte(c.text), listAddress, issuer); !errors.Is(err, c.want) || errors.Is(err, ErrMalformed) != (c.want == ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ReadRevocationList([]byte(strings.Replace(document(""), issuer, "", 1)), listAddress, ""); err == nil {
		t.Error("nobody's list was read")
	}
}

// TestDecode2021 reads every spelling of base64 that issuers use.
func TestDecode2021(t *testing.T) {
	raw := zipped(bytes.Repeat([]byte{0xfb, 0xef, 0xbe, 1}, MinEntries/32))
	for name, encoding := range map[string]*base64.Encoding{"url": base64.RawURLEncoding, "url padded": base64.URLEncoding, "std": base64.RawStdEncoding, "std padded": base64.StdEncoding} {
		text := encoding.EncodeToString(raw)
		if b, err := decode2021(text, 0); err != nil || b.Len() != MinEntries {
			t.Errorf("%s: %v", name, err)
		}
	}
	text := base64.RawURLEncoding.EncodeToString(raw)
	for name, bad := range map[string]string{
		"empty": "", "with u": "u" + text, "blank": text + " ", "line break": text[:8] + "\n" + text[8:], "both alphabets": "-" + text[1:] + "+", "over-padded": text + "====", "cut": text[:len(text)-4],
	} {
		if _, err := decode2021(bad, 0); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := decode2021(base64.RawURLEncoding.EncodeToString(zipped(make([]byte, 100))), 0); !errors.Is(err, ErrTooShort) {
		t.Errorf("short: %v", err)
	}
	// The list in the examples of StatusList2021: nothing is set.
	b, err := decode2021("H4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA", 0)
	if err != nil || b.Len() != MinEntries || bytes.Count(b.bits, []byte{0}) != MinEntries/8 {
		t.Error(err)
	}
}

// FuzzDecode2021 holds that what is accepted is long enough, and the same when it is
// written as a Bitstring.
func FuzzDecode2021(f *testing.F) {
	f.Add("H4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA")
	f.Add(base64.StdEncoding.EncodeToString(zipped(bytes.Repeat([]byte{1, 2, 3}, 7000))))
	f.Fuzz(func(t *testing.T, encoded string) {
		b, err := decode2021(encoded, 1<<18)
		if err != nil {
			if !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrTooShort) {
				t.Fatalf("error of no category: %v", err)
			}
			return
		}
		again, err := b.Encode()
		if err != nil {
			t.Fatal(err)
		}
		back, err := decode2021(again[1:], 1<<18)
		if err != nil || !bytes.Equal(back.bits, b.bits) || b.Len() < MinEntries || len(b.bits) > 1<<18 {
			t.Fatalf("bits changed, %v", err)
		}
	})
}

// FuzzTokenList holds that every index is either beyond the end or a value of its size, and
// that only zero is clear.
func FuzzTokenList(f *testing.F) {
	f.Add(1, "eNrbuRgAAhcBXQ", uint32(3))
	f.Add(2, "eNo76fITAAPfAgc", uint32(11))
	f.Add(8, "eNpjAAAAAQAB", uint32(0))
	f.Fuzz(func(t *testing.T, bits int, lst string, index uint32) {
		list, err := ReadTokenList(strictjson.Of(tokenPayload(bits, lst)), listAddress)
		if err != nil {
			if !errors.Is(err, ErrMalformed) {
				t.Fatalf("error of no category: %v", err)
			}
			return
		}
		if len(list.tokens.bytes) > MaxBytes {
			t.Fatalf("%d bytes", len(list.tokens.bytes))
		}
		s, err := list.State(Entry{Kind: TokenList, Index: fmt.Sprint(index)})
		beyond := uint64(index) >= uint64(len(list.tokens.bytes)*8/bits)
		if beyond != errors.Is(err, ErrRange) || !beyond && (err != nil || int(s.Value) >= 1<<bits || (s.Value == 0) != (s.Meaning == Clear)) {
			t.Fatalf("%+v %v", s, err)
		}
	})
}

// FuzzRevocationList holds that a list speaks for its own address and issuer only, and is
// clear of what it does not name.
func FuzzRevocationList(f *testing.F) {
	f.Add([]byte(`{"id":"` + listAddress + `","issuer":"did:web:a.example","revokedCredential":[{"id":"urn:1","revocationReason":"x"},{"id":"urn:2","revoked":false}]}`))
	f.Add([]byte(`{"id":"` + listAddress + `","issuer":{"id":"did:web:a.example"}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		list, err := ReadRevocationList(raw, listAddress, "did:web:a.example")
		if err != nil {
			return
		}
		tree, err := strictjson.ParseObject(raw, revocationLimits)
		if err != nil || tree["id"] != listAddress {
			t.Fatalf("read %s", raw)
		}
		if _, err := ReadRevocationList(raw, listAddress, "did:web:b.example"); err == nil {
			t.Fatal("spoke for another issuer")
		}
		for id := range list.revoked {
			if s, err := list.State(Entry{Kind: RevocationList, Index: id}); err != nil || s.Meaning != Revoked {
				t.Fatalf("%+v %v", s, err)
			}
		}
		if s, err := list.State(Entry{Kind: RevocationList, Index: "urn:never\x00"}); err != nil || s.Meaning != Clear && !bytes.Contains(raw, []byte("never")) {
			t.Fatalf("%+v %v", s, err)
		}
	})
}
