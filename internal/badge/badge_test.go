package badge

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"laurel/internal/jsonld"
	"laurel/internal/needs"
	"laurel/internal/strictjson"
)

// sample is a badge with one of each class.
func sample() Credential {
	return Credential{
		Context: Contexts(), ID: "urn:uuid:8f0b7f8e-7b0e-4ad5-9f0c-6e1c2a9d1b11", Type: []string{"VerifiableCredential", "OpenBadgeCredential"},
		Name: "Food Hygiene", AwardedDate: "2026-01-01T00:00:00Z", ValidFrom: "2026-01-01T00:00:00Z",
		Issuer: Profile{ID: "did:web:college.example", Type: []string{"Profile"}, Name: "Sample College", URL: "https://college.example",
			Address:         &Address{Type: []string{"Address"}, AddressCountryCode: "SE", Geo: &Geo{"GeoCoordinates", 59.3, 18.1}},
			OtherIdentifier: []IdentifierEntry{{"IdentifierEntry", "x", "ext:ror"}}},
		Subject: Subject{
			Type: []string{"AchievementSubject"}, Identifier: []IdentityObject{HashEmail("a@example.com", "Kosher")},
			Achievement: Achievement{
				ID: "https://college.example/a", Type: []string{"Achievement"}, Name: "A", Description: "d", Criteria: Criteria{Narrative: "n"},
				Alignment: []Alignment{{Type: []string{"Alignment"}, TargetName: "n", TargetURL: "https://framework.example/1"}},
				ResultDescription: []ResultDescription{
					{ID: "urn:uuid:a", Type: []string{"ResultDescription"}, Name: "Score", ResultType: "Percent"},
					{ID: "urn:uuid:b", Type: []string{"ResultDescription"}, Name: "Level", ResultType: "RubricCriterionLevel",
						RubricCriterionLevel: []RubricCriterionLevel{{ID: "urn:uuid:c", Type: []string{"RubricCriterionLevel"}, Name: "Merit"}}},
					{ID: "urn:uuid:d", Type: []string{"ResultDescription"}, Name: "State", ResultType: "Status"},
					{ID: "urn:uuid:e", Type: []string{"ResultDescription"}, Name: "Grade", ResultType: "LetterGrade", AllowedValue: []string{"B", "A"}},
				},
			},
			Result: []Result{
				{Type: []string{"Result"}, ResultDescription: "urn:uuid:a", Value: "87.5"},
				{Type: []string{"Result"}, ResultDescription: "urn:uuid:b", AchievedLevel: "urn:uuid:c"},
				{Type: []string{"Result"}, ResultDescription: "urn:uuid:d", Status: "Completed"},
				{Type: []string{"Result"}, ResultDescription: "urn:uuid:e", Value: "A"},
			},
		},
		Evidence: []Evidence{{Type: []string{"Evidence"}, ID: "https://college.example/e", Name: "e"}},
	}
}

func TestPrepare(t *testing.T) {
	p, err := Prepare(sample())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := jsonld.Pinned().Read(p.Value()); err != nil {
		t.Error("not in safe mode:", err)
	}
	subject := p.Value().Member("credentialSubject")
	want := []Achieved{{"Score", "87.5 %"}, {"Level", "Merit"}, {"State", "Completed"}, {"Grade", "A"}}
	if got := Results(subject); !reflect.DeepEqual(got, want) {
		t.Errorf("results %v, want %v", got, want)
	}
}

func TestPrepareRefuses(t *testing.T) {
	for name, change := range map[string]func(*Credential){
		"no criteria":       func(c *Credential) { c.Subject.Achievement.Criteria = Criteria{} },
		"nobody":            func(c *Credential) { c.Subject.Identifier = nil },
		"no zone":           func(c *Credential) { c.ValidFrom = "2026-01-01T00:00:00" },
		"no name":           func(c *Credential) { c.Subject.Achievement.Name = "" },
		"other type":        func(c *Credential) { c.Subject.Achievement.AchievementType = "Sticker" },
		"other description": func(c *Credential) { c.Subject.Result[0].ResultDescription = "urn:uuid:x" },
		"no status":         func(c *Credential) { c.Subject.Result[2].Status = "" },
		"other level":       func(c *Credential) { c.Subject.Result[1].AchievedLevel = "urn:uuid:x" },
		"other grade":       func(c *Credential) { c.Subject.Result[3].Value = "C" },
		"above":             func(c *Credential) { c.Subject.Result[0].Value = "100.1" },
		"below":             func(c *Credential) { c.Subject.Result[0].Value = "-1" },
		"a word":            func(c *Credential) { c.Subject.Result[0].Value = "pass" },
		"infinite":          func(c *Credential) { c.Subject.Result[0].Value = "Inf" },
		"exponent":          func(c *Credential) { c.Subject.Result[0].Value = "1e1" },
		"below the least":   func(c *Credential) { c.Subject.Achievement.ResultDescription[0].ValueMin = "90" },
	} {
		c := sample()
		change(&c)
		if _, err := Prepare(c); err == nil {
			t.Errorf("%s: prepared", name)
		}
	}
}

// The hash is that of OB §B.1.9; the figure is the one of the validator's fixtures.
func TestIdentity(t *testing.T) {
	o := HashEmail("a@example.com", "Kosher")
	if o.IdentityHash != "sha256$b5809d8a92f8858436d7e6b87c12ebc0ae1eac4baecc2c0b913aee2c922ef399" {
		t.Error(o.IdentityHash)
	}
	upper := o
	upper.IdentityHash = "sha256$" + strings.ToUpper(o.IdentityHash[7:])
	md5 := IdentityObject{Hashed: true, IdentityType: "emailAddress", IdentityHash: "md5$0cc175b9c0f1b6a831c399e269772661"} // of "a"
	for _, c := range []struct {
		o     IdentityObject
		given string
		want  bool
	}{
		{o, "a@example.com", true}, {o, "A@Example.com", true}, {o, "b@example.com", false}, {o, "", false},
		{upper, "a@example.com", true}, {md5, "a", true}, {md5, "b", false},
		{IdentityObject{IdentityHash: "S-1", IdentityType: "sisSourcedId"}, "S-1", true},
		{IdentityObject{IdentityHash: "S-1", IdentityType: "sisSourcedId"}, "s-1", false},
		{IdentityObject{Hashed: true, IdentityHash: "sha1$86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"}, "a", false},
		{IdentityObject{Hashed: true, IdentityHash: "a"}, "a", false},
	} {
		if got := c.o.Matches(c.given); got != c.want {
			t.Errorf("%+v matches %q: %v", c.o, c.given, got)
		}
	}
}

// TestEveryProperty reads the sample that uses nearly every property of the standard into
// our classes and writes it again: nothing may be missing.
func TestEveryProperty(t *testing.T) {
	raw := needs.File(t, "open-badges", "synthetic", "all-properties-unsigned.json")
	var c Credential
	if err := json.Unmarshal(raw, &c); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	before, errBefore := strictjson.Parse(raw, strictjson.Limits{})
	after, errAfter := strictjson.Parse(again, strictjson.Limits{})
	if errBefore != nil || errAfter != nil {
		t.Fatal(errBefore, errAfter)
	}
	for _, missing := range lost(before, after, "") {
		t.Error("lost: " + missing)
	}
}

func lost(before, after any, at string) (missing []string) {
	switch b := before.(type) {
	case map[string]any:
		a, _ := after.(map[string]any)
		for name, v := range b {
			if _, ok := a[name]; !ok {
				missing = append(missing, at+"/"+name)
				continue
			}
			missing = append(missing, lost(v, a[name], at+"/"+name)...)
		}
	case []any:
		a, _ := after.([]any)
		for i := range b {
			if i >= len(a) {
				return append(missing, at)
			}
			missing = append(missing, lost(b[i], a[i], at)...)
		}
	}
	return missing
}

func TestDocuments(t *testing.T) {
	c := sample()
	for _, document := range []func() ([]byte, error){
		func() ([]byte, error) { return AchievementDocument(c.Subject.Achievement) },
		func() ([]byte, error) { return ProfileDocument(c.Issuer) },
	} {
		raw, err := document()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := strictjson.ParseObject(raw, strictjson.Limits{}); err != nil || !strings.HasPrefix(string(raw), `{"@context":[`) {
			t.Errorf("%v: %s", err, raw)
		}
	}
	if err := CheckAchievement(Achievement{}); err == nil {
		t.Error("an empty achievement conforms")
	}
}
