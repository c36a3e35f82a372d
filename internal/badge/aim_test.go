package badge

import (
	"reflect"
	"testing"

	"laurel/internal/strictjson"
)

func TestAimOf(t *testing.T) {
	const eqf, field = `{"targetUrl":"http://data.europa.eu/snb/eqf/6","targetName":"EQF 6"}`, `{"targetUrl":"http://data.europa.eu/snb/isced-f/0715"}`
	for text, want := range map[string]Aim{
		`{}`: {},
		`{"achievementType":"MicroCredential","alignment":` + eqf + `}`:                                      {Award: "microcredential", Level: 6},
		`{"achievementType":"BachelorDegree","alignment":[` + eqf + `,` + field + `]}`:                       {Award: "degree", Level: 6, ISCED: "0715"},
		`{"achievementType":"Badge","alignment":{"targetFramework":"EQF","targetCode":"EQF 5"}}`:             {Level: 5},
		`{"alignment":{"targetFramework":"European Qualifications Framework (EQF)","targetCode":"level 4"}}`: {Level: 4},
		`{"alignment":{"targetFramework":"National framework","targetCode":"6"}}`:                            {},
		`{"alignment":{"targetFramework":"EQF","targetCode":"9"}}`:                                           {},
		`{"alignment":{"targetFramework":"EQF","targetCode":"10"}}`:                                          {},
		`{"alignment":[` + eqf + `,{"targetUrl":"http://data.europa.eu/snb/eqf/7"},` + eqf + `]}`:            {},
		`{"alignment":[` + eqf + `,` + eqf + `]}`:                                                            {Level: 6},
		`{"alignment":{"targetUrl":"http://data.europa.eu.other.example/snb/eqf/6"}}`:                        {},
		`{"id":"https://college.example/a/1","otherIdentifier":[{"identifierType":"ext:agency","identifier":"17"},{"identifier":"x"}]}`: {
			Programmes: []string{"url:https://college.example/a/1", "agency:17"}},
	} {
		v, err := strictjson.ReadObject([]byte(text), strictjson.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if got := AimOf(v); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v", text, got)
		}
	}
}
