package status

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"testing"
	"time"

	"laurel/internal/strictjson"
	"laurel/internal/vc"
)

// reference makes a status object of a type, changed by the members given; nil deletes.
func reference(kind string, changes map[string]any) vc.Reference {
	object := map[string]any{
		"id": "https://a.example/1#5", "type": kind, "statusPurpose": "revocation",
		"statusListIndex": "5", "statusListCredential": "https://a.example/1",
	}
	for name, v := range changes {
		object[name] = v
		if v == nil {
			delete(object, name)
		}
	}
	return vc.Reference{ID: "https://a.example/1#5", Types: []string{kind}, Object: strictjson.Of(object)}
}

func number(n int) json.Number { return json.Number(fmt.Sprint(n)) }

func messages(statuses ...string) []any {
	var list []any
	for _, s := range statuses {
		list = append(list, map[string]any{"status": s, "message": "is " + s})
	}
	return list
}

func TestReadEntry(t *testing.T) {
	const bitstring = "BitstringStatusListEntry"
	want := NewEntry("https://a.example/1", Revocation, 5)
	if e, err := Read(reference(bitstring, nil), "urn:1"); err != nil || !reflect.DeepEqual(e, want) {
		t.Errorf("%+v %v", e, err)
	}
	if e, err := Read(reference(bitstring, map[string]any{"statusListIndex": number(5)}), ""); err != nil || !reflect.DeepEqual(e, want) {
		t.Errorf("an index as a number: %+v %v", e, err)
	}
	want.Type, want.Kind = "StatusList2021Entry", List2021
	if e, err := Read(reference("StatusList2021Entry", nil), ""); err != nil || !reflect.DeepEqual(e, want) {
		t.Errorf("2021: %+v %v", e, err)
	}
	e, err := Read(reference(bitstring, map[string]any{"statusPurpose": "message", "statusSize": number(2), "statusMessage": messages("0x0", "0x1", "0x2", "0x3"), "statusReference": "https://a.example/why"}), "")
	if err != nil || e.Size != 2 || e.Messages[3] != "is 0x3" || len(e.References) != 1 {
		t.Errorf("messages: %+v %v", e, err)
	}
	e, err = Read(vc.Reference{ID: "https://a.example/revoked", Types: []string{"1EdTechRevocationList"}}, "urn:1")
	if err != nil || e.Kind != RevocationList || e.Index != "urn:1" || e.List != "https://a.example/revoked" || e.Purpose != Revocation {
		t.Errorf("1EdTech: %+v %v", e, err)
	}
	for name, c := range map[string]struct {
		changes map[string]any
		want    error
	}{
		"no purpose":      {map[string]any{"statusPurpose": nil}, ErrMalformed},
		"purpose list":    {map[string]any{"statusPurpose": []any{"revocation"}}, ErrMalformed},
		"no list":         {map[string]any{"statusListCredential": nil}, ErrMalformed},
		"no index":        {map[string]any{"statusListIndex": nil}, ErrMalformed},
		"negative":        {map[string]any{"statusListIndex": "-5"}, ErrMalformed},
		"sign":            {map[string]any{"statusListIndex": "+5"}, ErrMalformed},
		"blank":           {map[string]any{"statusListIndex": " 5"}, ErrMalformed},
		"leading zero":    {map[string]any{"statusListIndex": "05"}, ErrMalformed},
		"overflow":        {map[string]any{"statusListIndex": "18446744073709551621"}, ErrMalformed},
		"hexadecimal":     {map[string]any{"statusListIndex": "0x5"}, ErrMalformed},
		"size zero":       {map[string]any{"statusSize": number(0)}, ErrMalformed},
		"size a text":     {map[string]any{"statusSize": "1"}, ErrMalformed},
		"size null":       {map[string]any{"statusSize": any(json.Number("null"))}, ErrMalformed},
		"17 bits":         {map[string]any{"statusSize": number(17)}, ErrUnsupported},
		"no messages":     {map[string]any{"statusSize": number(2)}, ErrMalformed},
		"too few":         {map[string]any{"statusSize": number(2), "statusMessage": messages("0x0", "0x1", "0x2")}, ErrMalformed},
		"too many":        {map[string]any{"statusMessage": messages("0x0", "0x1", "0x2")}, ErrMalformed},
		"twice":           {map[string]any{"statusMessage": messages("0x0", "0x0")}, ErrMalformed},
		"out of range":    {map[string]any{"statusMessage": messages("0x0", "0x2")}, ErrMalformed},
		"not hexadecimal": {map[string]any{"statusMessage": messages("0", "1")}, ErrMalformed},
		"no number":       {map[string]any{"statusMessage": messages("0x", "0x1")}, ErrMalformed},
		"no message":      {map[string]any{"statusMessage": []any{map[string]any{"status": "0x0"}, map[string]any{"status": "0x1", "message": "x"}}}, ErrMalformed},
		"messages a text": {map[string]any{"statusMessage": "x"}, ErrMalformed},
		"reference":       {map[string]any{"statusReference": number(1)}, ErrMalformed},
		"no references":   {map[string]any{"statusReference": []any{}}, ErrMalformed},
	} {
		if e, err := Read(reference(bitstring, c.changes), "urn:1"); !errors.Is(err, c.want) {
			t.Errorf("%s: read %+v, %v", name, e, err)
		}
	}
	for name, r := range map[string]struct {
		types  []string
		id, of string
		want   error
	}{
		"unknown type":         {[]string{"PqcStatus"}, "https://a.example/1", "urn:1", ErrUnsupported},
		"no type":              {nil, "https://a.example/1", "urn:1", ErrUnsupported},
		"two types":            {[]string{"BitstringStatusListEntry", "1EdTechRevocationList"}, "https://a.example/1", "urn:1", ErrMalformed},
		"nameless list":        {[]string{"1EdTechRevocationList"}, "", "urn:1", ErrMalformed},
		"of a nameless one":    {[]string{"1EdTechRevocationList"}, "https://a.example/1", "", ErrMalformed},
		"type in another case": {[]string{"bitstringstatuslistentry"}, "https://a.example/1", "urn:1", ErrUnsupported},
		"unknown, and 1EdTech": {[]string{"PqcStatus", "1EdTechRevocationList"}, "https://a.example/1", "urn:1", nil},
	} {
		if _, err := Read(vc.Reference{ID: r.id, Types: r.types, Object: strictjson.Of(map[string]any{})}, r.of); !errors.Is(err, r.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReadClaim(t *testing.T) {
	claim := func(list any) any { return map[string]any{"status_list": list} }
	e, err := ReadClaim(strictjson.Of(claim(map[string]any{"idx": number(7), "uri": "https://a.example/1"})))
	if err != nil || e.Kind != TokenList || e.Index != "7" || e.List != "https://a.example/1" {
		t.Errorf("%+v %v", e, err)
	}
	for name, c := range map[string]struct {
		claim any
		want  error
	}{
		"nothing":       {nil, ErrMalformed},
		"text":          {"x", ErrMalformed},
		"empty":         {map[string]any{}, ErrMalformed},
		"other way":     {map[string]any{"status_assertion": map[string]any{}}, ErrUnsupported},
		"list a text":   {claim("x"), ErrMalformed},
		"no idx":        {claim(map[string]any{"uri": "https://a.example/1"}), ErrMalformed},
		"idx a text":    {claim(map[string]any{"uri": "https://a.example/1", "idx": "7"}), ErrMalformed},
		"idx negative":  {claim(map[string]any{"uri": "https://a.example/1", "idx": number(-7)}), ErrMalformed},
		"idx a half":    {claim(map[string]any{"uri": "https://a.example/1", "idx": json.Number("0.5")}), ErrMalformed},
		"idx too large": {claim(map[string]any{"uri": "https://a.example/1", "idx": json.Number("9007199254740991")}), ErrMalformed},
		"no uri":        {claim(map[string]any{"idx": number(7)}), ErrMalformed},
		"uri a list":    {claim(map[string]any{"idx": number(7), "uri": []any{"https://a.example/1"}}), ErrMalformed},
	} {
		if e, err := ReadClaim(strictjson.Of(c.claim)); !errors.Is(err, c.want) {
			t.Errorf("%s: %+v %v", name, e, err)
		}
	}
}

func TestListCredential(t *testing.T) {
	bits := New(MinEntries)
	if err := bits.Set(5, true); err != nil {
		t.Fatal(err)
	}
	p, err := PrepareList("https://a.example/1", "did:web:a.example", Revocation, bits, time.Unix(1_700_000_000, 0))
	if err != nil {
		t.Fatal(err)
	}
	c, problems := vc.Read(p.Value())
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	list, err := ReadList(c)
	if err != nil {
		t.Fatal(err)
	}
	if list.Kind != BitstringList || list.TTL != ttl {
		t.Errorf("%+v", list)
	}
	for index, want := range map[int]Meaning{4: Clear, 5: Revoked} {
		if got, err := list.State(NewEntry("https://a.example/1", Revocation, index)); err != nil || got.Meaning != want || got.Purpose != Revocation {
			t.Errorf("index %d: %v %v", index, got, err)
		}
	}
	if _, err := list.State(NewEntry("https://a.example/1", Suspension, 5)); err == nil {
		t.Error("the list answered for another purpose")
	}
	if _, err := list.State(NewEntry("https://a.example/1", Revocation, MinEntries)); !errors.Is(err, ErrRange) {
		t.Error("the list answered beyond its end", err)
	}
	c.Types = []string{"VerifiableCredential"}
	if _, err := ReadList(c); err == nil {
		t.Error("another credential was read as a list")
	}
}

// listOf makes a list's credential of a kind, changed by the members given.
func listOf(t testing.TB, kind Kind, bits *Bitstring, changes map[string]any) *vc.Credential {
	t.Helper()
	encoded, err := bits.Encode()
	if err != nil {
		t.Fatal(err)
	}
	name, subject := "BitstringStatusListCredential", map[string]any{"type": "BitstringStatusList", "statusPurpose": []any{"revocation", "suspension", "message", "refresh", "other"}, "encodedList": encoded}
	if kind == List2021 {
		name = "StatusList2021Credential"
		subject["type"], subject["encodedList"] = "StatusList2021", encoded[1:]
	}
	maps.Copy(subject, changes)
	return &vc.Credential{Types: []string{"VerifiableCredential", name}, Subjects: []strictjson.Value{strictjson.Of(subject)}}
}

func TestReadListRefuses(t *testing.T) {
	for _, kind := range []Kind{BitstringList, List2021} {
		bits := New(MinEntries)
		good := listOf(t, kind, bits, map[string]any{"ttl": number(1500)})
		if list, err := ReadList(good); err != nil || list.TTL != 1500*time.Millisecond || list.Kind != kind {
			t.Errorf("%v %v", list, err)
		}
		encoded := good.Subjects[0].Member("encodedList").Text()
		other := map[Kind]string{BitstringList: encoded[1:], List2021: "u" + encoded}[kind]
		for name, changes := range map[string]map[string]any{
			"type": {"type": "x"}, "no purpose": {"statusPurpose": nil}, "purposes of numbers": {"statusPurpose": []any{number(1)}}, "no bits": {"encodedList": ""},
			"bits a number": {"encodedList": number(1)}, "ttl a text": {"ttl": "1"}, "ttl negative": {"ttl": number(-1)}, "ttl beyond time": {"ttl": json.Number("9007199254740991")},
			"bits of the other kind": {"encodedList": other}, "bits broken": {"encodedList": encoded[:40]},
		} {
			if list, err := ReadList(listOf(t, kind, bits, changes)); !errors.Is(err, ErrMalformed) {
				t.Errorf("%d %s: %v %v", kind, name, list.Kind, err)
			}
		}
		twice := listOf(t, kind, bits, nil)
		twice.Types = append(twice.Types, "BitstringStatusListCredential", "StatusList2021Credential")
		if _, err := ReadList(twice); !errors.Is(err, ErrMalformed) {
			t.Errorf("two kinds: %v", err)
		}
		two := listOf(t, kind, bits, nil)
		two.Subjects = append(two.Subjects, two.Subjects[0])
		if _, err := ReadList(two); !errors.Is(err, ErrMalformed) {
			t.Errorf("two subjects: %v", err)
		}
	}
}

// TestMeaning reads values by their purpose and size.
func TestMeaning(t *testing.T) {
	bits := New(2 * MinEntries)
	for _, i := range []int{6, 21, 22} { // 6 is the high bit of entry 3, or entry 6 itself; 10 is 0b01, 11 is 0b10
		if err := bits.Set(i, true); err != nil {
			t.Fatal(err)
		}
	}
	list, err := ReadList(listOf(t, BitstringList, bits, nil))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		purpose     string
		index, size int
		value       uint16
		want        Meaning
	}{
		{Revocation, 6, 1, 1, Revoked}, {Revocation, 7, 1, 0, Clear}, {Suspension, 6, 1, 1, Suspended}, {"refresh", 6, 1, 1, Informs}, {"other", 6, 1, 1, Informs}, {"message", 7, 1, 0, Clear},
		{"message", 3, 2, 2, Informs}, {"message", 10, 2, 1, Informs}, {"message", 11, 2, 2, Informs}, {"message", 12, 2, 0, Clear}, {Revocation, 10, 2, 1, Revoked}, {Suspension, 3, 2, 2, Suspended},
	} {
		e := NewEntry("https://a.example/1", c.purpose, c.index)
		e.Size, e.Messages = c.size, map[uint16]string{c.value: "in words"}
		if s, err := list.State(e); err != nil || s != (State{c.want, c.value, c.purpose, "in words"}) {
			t.Errorf("%+v: %+v %v", c, s, err)
		}
	}
	for name, c := range map[string]struct {
		change func(*Entry)
		want   error
	}{
		"too short for four bits": {func(e *Entry) { e.Size = 4 }, ErrTooShort},
		"beyond two bits":         {func(e *Entry) { e.Size, e.Index = 2, fmt.Sprint(MinEntries) }, ErrRange},
		"no size":                 {func(e *Entry) { e.Size = 0 }, ErrMalformed},
		"no index":                {func(e *Entry) { e.Index = "" }, ErrRange},
	} {
		e := NewEntry("https://a.example/1", Revocation, 1)
		c.change(&e)
		if s, err := list.State(e); !errors.Is(err, c.want) || s != (State{}) {
			t.Errorf("%s: %+v %v", name, s, err)
		}
	}
	for _, kind := range []Kind{0, List2021, RevocationList, TokenList} {
		e := NewEntry("https://a.example/1", Revocation, 7)
		if e.Kind = kind; kind != BitstringList {
			if s, err := list.State(e); err == nil {
				t.Errorf("kind %d: %+v", kind, s)
			}
		}
	}
	if s, err := (List{}).State(NewEntry("https://a.example/1", Revocation, 7)); err == nil {
		t.Errorf("no list: %+v", s)
	}
}
