package deqar

import (
	"bytes"
	"os"
	"testing"

	"laurel/internal/needs"
)

// TestSyntheticCredential: it parses, it is adverse, and its existence is worth nothing.
func TestSyntheticCredential(t *testing.T) {
	raw := needs.File(t, "trust", "deqar", "deqar-vc.synthetic.json")
	all, err := ReadClaims(raw)
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	c := all[0]
	if c.Class() != Adverse || c.Report != 999999 || c.Institution != 9999 || c.Agency != 999 || c.Decision != Negative || c.Status != Obligatory ||
		len(c.Levels) != 2 || c.Levels[1] != 7 || c.Jurisdiction[0] != 999 || c.Identifiers[0].Scheme != "EU-VAT" || c.From.String() != "2021-03-01" {
		t.Errorf("%+v", c)
	}
	positive := bytes.Replace(raw, []byte(`"decision": "negative"`), []byte(`"decision": "positive"`), 1)
	if all, err = ReadClaims(positive); err != nil || all[0].Class() != None {
		t.Errorf("a credential is trusted because it exists: %+v, %v", all, err)
	}
}

func readClaims(t *testing.T) []Claim {
	t.Helper()
	raw, err := os.ReadFile("testdata/credential.json")
	if err != nil {
		t.Fatal(err)
	}
	all, err := ReadClaims(raw)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestClaimsOfSeveralSubjects(t *testing.T) {
	all := readClaims(t)
	if len(all) != 2 || all[0].Institution != university || all[1].Institution != academy || all[1].Decision != Positive {
		t.Errorf("%+v", all)
	}
	if all[0].Class() != Adverse || all[1].Class() != None {
		t.Error("not each by itself")
	}
}

// TestRecheck: the mirror decides; a negative report that it does not know yet stands against.
func TestRecheck(t *testing.T) {
	negative := readClaims(t)[0]
	d := negative.From + 1
	known := institutional(t, negative.Report).with(func(r *Report) { r.Decision, r.From = Negative, negative.From })
	positive := negative
	positive.Decision = Positive
	for name, test := range map[string]struct {
		claim   Claim
		reports []Report
		class   Class
		differ  int
	}{
		"negative, nothing known":       {negative, nil, Adverse, 1},
		"negative, a positive known":    {negative, []Report{institutional(t, 1)}, Contested, 1},
		"negative, known":               {negative, []Report{known}, Adverse, 0},
		"positive, nothing known":       {positive, nil, None, 1},
		"positive, the mirror negative": {positive, []Report{known}, Adverse, 1},
		"positive, another report":      {positive, []Report{institutional(t, 1)}, OfficialAccredited, 1},
	} {
		r, differ := sampleWorld(t, test.reports...).Recheck(test.claim, d, Scope{Level: 6, Award: AwardDegree})
		if r.Class != test.class || len(differ) != test.differ || r.Allowed != (test.class == OfficialAccredited) {
			t.Errorf("%s: %+v, %v", name, r, differ)
		}
	}
}

func TestClaimsThatAreNone(t *testing.T) {
	raw, err := os.ReadFile("testdata/credential.json")
	if err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{
		`"DeqarReport"`:                          `"OtherReport"`,
		"https://data.deqar.eu/report/500":       "https://data.deqar.example/report/500",
		"https://data.deqar.eu/institution/4\"":  "https://data.deqar.eu/institution/x\"",
		`"credentialSubject"`:                    `"credentialsubject"`,
		"https://data.deqar.eu/country/64":       "Germany",
		`"issuanceDate": "2021-03-01T00:00:00Z"`: `"issuanceDate": "soon"`,
	} {
		changed := bytes.Replace(raw, []byte(from), []byte(to), 1)
		if all, err := ReadClaims(changed); bytes.Equal(raw, changed) || err == nil {
			t.Errorf("%s: %+v", to, all)
		}
	}
}
