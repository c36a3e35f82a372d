package vc

import (
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"laurel/internal/strictjson"
)

const sample = `{"@context":["https://www.w3.org/ns/credentials/v2"],"id":"urn:uuid:1","type":["VerifiableCredential"],
"issuer":{"id":"did:web:college.example","name":"Sample College"},"validFrom":"2026-01-01T00:00:00Z","validUntil":"2027-01-01T00:00:00Z",
"credentialSubject":{"id":"did:example:1"},"credentialStatus":{"id":"https://a.example/1#2","type":"BitstringStatusListEntry"},
"credentialSchema":[{"id":"https://a.example/s","type":"JsonSchema"}],"evidence":[{"type":"Evidence"}]}`

func parse(t testing.TB, text string) map[string]any {
	t.Helper()
	object, err := strictjson.ParseObject([]byte(text), strictjson.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return object
}

func TestRead(t *testing.T) {
	c, problems := Read(strictjson.Of(parse(t, sample)))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if c.Version != V2 || c.Issuer != "did:web:college.example" || len(c.Status) != 1 ||
		c.ValidUntil.Sub(*c.ValidFrom) != 365*24*time.Hour || c.ID != "urn:uuid:1" || len(c.Subjects) != 1 {
		t.Errorf("%+v", c)
	}
}

// TestProblems changes one thing of a conforming credential (VC-DM §4).
func TestProblems(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(map[string]any)
		pointer string
	}{
		"no context":        {func(m map[string]any) { delete(m, "@context") }, "/@context"},
		"context empty":     {func(m map[string]any) { m["@context"] = []any{} }, "/@context"},
		"context of others": {func(m map[string]any) { m["@context"] = []any{"https://schema.org"} }, "/@context/0"},
		"contexts of both": {func(m map[string]any) {
			m["@context"] = append(m["@context"].([]any), "https://www.w3.org/2018/credentials/v1")
		}, "/@context"},
		"id null":               {func(m map[string]any) { m["id"] = nil }, "/id"},
		"id list":               {func(m map[string]any) { m["id"] = []any{"urn:1"} }, "/id"},
		"id relative":           {func(m map[string]any) { m["id"] = "1" }, "/id"},
		"id with a blank":       {func(m map[string]any) { m["id"] = "https ://a.example" }, "/id"},
		"no type":               {func(m map[string]any) { delete(m, "type") }, "/type"},
		"type a number":         {func(m map[string]any) { m["type"] = []any{json.Number("1")} }, "/type"},
		"other type":            {func(m map[string]any) { m["type"] = "OpenBadgeCredential" }, "/type"},
		"no issuer":             {func(m map[string]any) { delete(m, "issuer") }, "/issuer"},
		"issuer not a URL":      {func(m map[string]any) { m["issuer"] = "Sample College" }, "/issuer"},
		"issuer without id":     {func(m map[string]any) { m["issuer"] = map[string]any{"name": "x"} }, "/issuer/id"},
		"issuer list":           {func(m map[string]any) { m["issuer"] = []any{"did:web:a.example"} }, "/issuer"},
		"time without zone":     {func(m map[string]any) { m["validFrom"] = "2026-01-01T00:00:00" }, "/validFrom"},
		"time a number":         {func(m map[string]any) { m["validFrom"] = json.Number("1") }, "/validFrom"},
		"ends before it begins": {func(m map[string]any) { m["validUntil"] = "2025-01-01T00:00:00Z" }, "/validUntil"},
		"no subject":            {func(m map[string]any) { delete(m, "credentialSubject") }, "/credentialSubject"},
		"no subjects":           {func(m map[string]any) { m["credentialSubject"] = []any{} }, "/credentialSubject"},
		"an empty subject": {func(m map[string]any) {
			m["credentialSubject"] = []any{map[string]any{"id": "urn:1"}, map[string]any{}}
		}, "/credentialSubject"},
		"status without type": {func(m map[string]any) { m["credentialStatus"] = map[string]any{"id": "urn:1"} }, "/credentialStatus/0"},
		"status id relative":  {func(m map[string]any) { m["credentialStatus"] = map[string]any{"id": "1", "type": "x"} }, "/credentialStatus/0/id"},
		"schema without id":   {func(m map[string]any) { m["credentialSchema"] = map[string]any{"type": "x"} }, "/credentialSchema/0/id"},
		"evidence text":       {func(m map[string]any) { m["evidence"] = "x" }, "/evidence/0"},
		"name a number":       {func(m map[string]any) { m["name"] = json.Number("1") }, "/name"},
		"name without value":  {func(m map[string]any) { m["name"] = map[string]any{"@language": "en"} }, "/name"},
		"name with more": {func(m map[string]any) {
			m["name"] = []any{map[string]any{"@value": "x", "@language": "en", "url": "https://a.example"}}
		}, "/name"},
		"language a number": {func(m map[string]any) { m["name"] = map[string]any{"@value": "x", "@language": json.Number("1")} }, "/name"},
		"issuer's name":     {func(m map[string]any) { m["issuer"].(map[string]any)["name"] = json.Number("1") }, "/issuer/name"},
		"issuer's description": {func(m map[string]any) {
			m["issuer"].(map[string]any)["description"] = map[string]any{"@value": "x", "id": "urn:1"}
		}, "/issuer/description"},
		"proof without type":      {func(m map[string]any) { m["proof"] = map[string]any{"proofValue": "z1"} }, "/proof/0"},
		"resource text":           {func(m map[string]any) { m["relatedResource"] = []any{"https://a.example"} }, "/relatedResource/0"},
		"resource without id":     {func(m map[string]any) { m["relatedResource"] = map[string]any{"digestSRI": "sha256-AA"} }, "/relatedResource/0/id"},
		"resource without digest": {func(m map[string]any) { m["relatedResource"] = map[string]any{"id": "urn:1"} }, "/relatedResource/0"},
		"resource, digest a number": {func(m map[string]any) {
			m["relatedResource"] = map[string]any{"id": "urn:1", "digestSRI": "sha256-AA", "digestMultibase": json.Number("1")}
		}, "/relatedResource/0/digestMultibase"},
		"resource twice": {func(m map[string]any) {
			one := map[string]any{"id": "urn:1", "digestSRI": "sha256-AA"}
			m["relatedResource"] = []any{one, one}
		}, "/relatedResource/1/id"},
	} {
		t.Run(name, func(t *testing.T) {
			tree := parse(t, sample)
			c.change(tree)
			_, problems := Read(strictjson.Of(tree))
			if len(problems) != 1 || problems[0].Pointer != c.pointer {
				t.Errorf("problems %v, want one at %s", problems, c.pointer)
			}
		})
	}
}

func TestReadV1(t *testing.T) {
	tree := parse(t, strings.NewReplacer(`ns/credentials/v2`, `2018/credentials/v1`, "validFrom", "issuanceDate", "validUntil", "expirationDate").Replace(sample))
	c, problems := Read(strictjson.Of(tree))
	if len(problems) > 0 || c.Version != V1 || c.ValidFrom == nil || c.ValidUntil == nil {
		t.Errorf("%+v %v", c, problems)
	}
	delete(tree, "issuanceDate")
	if _, problems := Read(strictjson.Of(tree)); len(problems) != 1 {
		t.Error("version 1.1 needs issuanceDate", problems)
	}
}

func TestParseTime(t *testing.T) {
	for text, want := range map[string]string{
		"2026-01-02T03:04:05Z":      "2026-01-02T03:04:05Z",
		"2026-01-02T03:04:05.123Z":  "2026-01-02T03:04:05Z",
		"2026-01-02T03:04:05+14:00": "2026-01-01T13:04:05Z",
		"2026-01-02T24:00:00Z":      "2026-01-03T00:00:00Z",
		"2026-12-31T24:00:00.000Z":  "2027-01-01T00:00:00Z",
		"2024-02-29T00:00:00Z":      "2024-02-29T00:00:00Z",
		"2026-02-29T00:00:00Z":      "",
		"2026-13-01T00:00:00Z":      "",
		"2026-01-02T24:00:01Z":      "",
		"2026-01-02T25:00:00Z":      "",
		"2026-01-02T03:04:05":       "",
		"2026-01-02T03:04:05+14:01": "",
		"2026-01-02T03:04:05z":      "",
		"2026-01-02 03:04:05Z":      "",
		"2026-01-02":                "",
		"02026-01-02T03:04:05Z":     "",
		"2026-01-02T03:04:05,5Z":    "",
		"２０２６-01-02T03:04:05Z":      "",
		"2026-01-02T03:04:05Z\n":    "",
	} {
		got, err := ParseTime(text)
		if err == nil && (Restate(got, text) != FormatTime(got) || Restate(got.Add(time.Second), text) == FormatTime(got)) {
			t.Errorf("%s is restated as %s", text, Restate(got, text))
		}
		if (err == nil) != (want != "") || err == nil && FormatTime(got) != want {
			t.Errorf("ParseTime(%q) = %v, %v; want %q", text, got, err, want)
		}
	}
}

func TestNumber(t *testing.T) {
	for v, want := range map[any]int64{ // of Go values as strictjson.Of takes them
		"0": 0, "94567": 94567, json.Number("5"): 5,
		"": -1, "-1": -1, "+1": -1, "01": -1, " 1": -1, "1.0": -1, "99999999999999999999": -1, true: -1, json.Number("1.5"): -1,
	} {
		got, ok := Number(strictjson.Of(v))
		if ok != (want >= 0) || ok && got != want {
			t.Errorf("Number(%#v) = %d, %v", v, got, ok)
		}
	}
}

func TestPrepare(t *testing.T) {
	p, err := Prepare(json.RawMessage(sample))
	if err != nil {
		t.Fatal(err)
	}
	if again := parse(t, string(p.With(`"proof":[]`))); len(again) != p.Value().Len()+1 {
		t.Error("With lost or added members")
	}
	no := errors.New("no")
	if _, err := Prepare(json.RawMessage(sample), func(strictjson.Value) error { return no }); !errors.Is(err, no) {
		t.Error("a judge was not heard", err)
	}
	for _, bad := range []string{`[]`, `{"a":1,"a":2}`, `{}`} {
		if _, err := Prepare(json.RawMessage(bad)); err == nil {
			t.Errorf("prepared %s", bad)
		}
	}
}

func FuzzParseTime(f *testing.F) {
	f.Add("2026-01-02T03:04:05.5+01:00")
	form := regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}T([0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]{1,18})?(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)$`)
	f.Fuzz(func(t *testing.T, text string) {
		if isDateTimeStamp(text) != form.MatchString(text) {
			t.Fatalf("%q has the form: %v", text, !isDateTimeStamp(text))
		}
		at, err := ParseTime(text)
		if err != nil {
			return
		}
		if got := Restate(at, text); got != FormatTime(at) {
			t.Fatalf("%q is restated as %s, want %s", text, got, FormatTime(at))
		}
		if again, err := ParseTime(FormatTime(at)); at.UTC().Year() <= 9999 && at.UTC().Year() >= 0 && (err != nil || again.Unix() != at.Unix()) {
			t.Fatalf("%q is %v, written again %v (%v)", text, at, again, err)
		}
	})
}
