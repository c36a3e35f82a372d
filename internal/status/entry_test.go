package status

import (
	"encoding/json"
	"testing"
	"time"

	"laurel/internal/vc"
)

func TestReadEntry(t *testing.T) {
	good := map[string]any{
		"id": "https://a.example/1#5", "type": "BitstringStatusListEntry", "statusPurpose": "revocation",
		"statusListIndex": "5", "statusListCredential": "https://a.example/1",
	}
	read := func(change func(map[string]any)) (Entry, error) {
		object := map[string]any{}
		for name, v := range good {
			object[name] = v
		}
		if change != nil {
			change(object)
		}
		return ReadEntry(vc.Reference{ID: "https://a.example/1#5", Types: []string{"BitstringStatusListEntry"}, Object: object})
	}
	if e, err := read(nil); err != nil || e != NewEntry("https://a.example/1", Revocation, 5) {
		t.Errorf("%+v %v", e, err)
	}
	if e, err := read(func(m map[string]any) { m["statusListIndex"] = json.Number("5") }); err != nil || e.Index != "5" {
		t.Errorf("an index as a number: %+v %v", e, err)
	}
	for name, change := range map[string]func(map[string]any){
		"no purpose":     func(m map[string]any) { delete(m, "statusPurpose") },
		"purpose list":   func(m map[string]any) { m["statusPurpose"] = []any{"revocation"} },
		"no list":        func(m map[string]any) { delete(m, "statusListCredential") },
		"no index":       func(m map[string]any) { delete(m, "statusListIndex") },
		"negative":       func(m map[string]any) { m["statusListIndex"] = "-5" },
		"sign":           func(m map[string]any) { m["statusListIndex"] = "+5" },
		"blank":          func(m map[string]any) { m["statusListIndex"] = " 5" },
		"leading zero":   func(m map[string]any) { m["statusListIndex"] = "05" },
		"overflow":       func(m map[string]any) { m["statusListIndex"] = "18446744073709551621" },
		"hexadecimal":    func(m map[string]any) { m["statusListIndex"] = "0x5" },
		"two bits":       func(m map[string]any) { m["statusSize"] = json.Number("2") },
		"size not there": func(m map[string]any) { m["statusSize"] = "x" },
	} {
		if e, err := read(change); err == nil {
			t.Errorf("%s: read %+v", name, e)
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
	c, problems := vc.Read(p.Tree())
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	list, err := ReadList(c)
	if err != nil {
		t.Fatal(err)
	}
	for index, want := range map[int]bool{4: false, 5: true} {
		if got, err := list.State(NewEntry("https://a.example/1", Revocation, index)); err != nil || got != want {
			t.Errorf("index %d: %v %v", index, got, err)
		}
	}
	if _, err := list.State(NewEntry("https://a.example/1", Suspension, 5)); err == nil {
		t.Error("the list answered for another purpose")
	}
	if _, err := list.State(NewEntry("https://a.example/1", Revocation, MinEntries)); err == nil {
		t.Error("the list answered beyond its end")
	}
	c.Types = []string{"VerifiableCredential"}
	if _, err := ReadList(c); err == nil {
		t.Error("another credential was read as a list")
	}
}
