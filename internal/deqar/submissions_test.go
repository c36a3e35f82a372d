package deqar

import (
	"fmt"
	"strings"
	"testing"

	"laurel/internal/needs"
	"laurel/internal/strictjson"
)

// numbered reads a vocabulary of submissions: its words, or DEQAR's numbers of them.
func numbered(words []string, text string) int8 {
	var n int8
	if _, err := fmt.Sscan(text, &n); err == nil {
		return n
	}
	return word(words, text)
}

// submitted makes the report of a submission, as DEQAR would show it, on the institutions.
func submitted(t *testing.T, v strictjson.Value, activity ActivityType, institutions ...int64) Report {
	r := Report{
		ID: 1, Agency: 1, AgencyName: "SQA", Activities: []ActivityType{activity}, Institutions: institutions, Flag: NoFlag, Source: SourceAPI,
		Status: Status(numbered(statusWords, v.Member("status").Text())), Decision: Decision(numbered(decisionWords, v.Member("decision").Text())),
	}
	days := func(name string) Day {
		text := v.Member(name).Text()
		if p := strings.Split(text, "."); len(p) == 3 {
			text = p[2] + "-" + p[1] + "-" + p[0]
		}
		return day(t, text)
	}
	r.From, r.To = days("valid_from"), days("valid_to")
	for p := range v.Member("programmes").Items() {
		level := p.Member("qf_ehea_level").Text()
		programme := Programme{
			Name: p.Member("name_primary").Text(), Level: Level(numbered(levelWords, level)) + 4, ECTS: p.Member("workload_ects").Text(),
			Degree: No, Type: MicroCredential,
		}
		if p.Member("degree_outcome").Text() == "1" {
			programme.Degree, programme.Type = Yes, FullDegree
		}
		r.Programmes = append(r.Programmes, programme)
	}
	if v.Member("platforms").Len() > 0 {
		r.Platforms = []int64{platform}
	}
	return r
}

// TestSubmissions judges the seven cases of DEQAR's guide to submissions on the day after each
// report begins.
func TestSubmissions(t *testing.T) {
	cases, err := strictjson.Read(needs.File(t, "trust", "deqar", "submission-examples.json"), strictjson.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		activity ActivityType
		on       []int64
		class    Class
		awards   string
	}{
		"Institutional report":                           {InstitutionalActivity, []int64{university}, OfficialAccredited, "[degree microcredential]"},
		"Another institutional report with two agencies": {InstitutionalActivity, []int64{university, old}, ESGVoluntary, "[]"},
		"Programme report":                               {ProgrammeActivity, []int64{university}, ESGVoluntary, "[]"},
		"Joint Programme report with additional label awarded by contributing agency": {JointProgrammeActivity, []int64{university, old, successor}, ESGVoluntary, "[]"},
		"Micro-credential provided by a higher education institution on a platform":   {ProgrammeActivity, []int64{university}, OfficialAccredited, "[microcredential]"},
		"Audit of an other provider":                                        {InstitutionalActivity, []int64{academy}, ESGVoluntary, "[microcredential]"},
		"Accreditation of a micro-credential provided by an other provider": {ProgrammeActivity, []int64{academy}, ESGVoluntary, "[microcredential]"},
	} {
		found := false
		for v := range cases.Items() {
			if v.Member("case").Text() != name {
				continue
			}
			found = true
			r := submitted(t, v.Member("submission"), test.activity, test.on...)
			c := sampleWorld(t, r)
			for _, id := range test.on {
				s := Scope{Level: 6}
				if len(r.Programmes) > 0 {
					s = Scope{Level: r.Programmes[0].Level, Programme: r.Keys(&r.Programmes[0])[0]}
				}
				if got := c.Evaluate(id, r.From+1, s); got.Class != test.class || fmt.Sprint(got.Awards) != test.awards {
					t.Errorf("%s, institution %d: %+v", name, id, got)
				}
			}
			if got := c.Evaluate(platform, r.From+1, Scope{}); got.Class != None {
				t.Errorf("%s: the platform is %s", name, got.Class)
			}
		}
		if !found {
			t.Errorf("no case %q", name)
		}
	}
	if cases.Len() != 7 {
		t.Errorf("%d cases", cases.Len())
	}
}
