package deqar

import (
	"bytes"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"

	"laurel/internal/needs"
	"laurel/internal/strictjson"

	"laurel/registry"
)

func day(t testing.TB, text string) Day {
	t.Helper()
	d, err := ParseDay(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDays(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"2018-01-01", "2018-01-01"}, {"2018-01-01T00:00:00Z", "2018-01-01"}, {"2018-12-31T23:59:59.384Z", "2018-12-31"},
		{"1088-01-01", "1088-01-01"}, {"1970-01-01", "1970-01-01"}, {"0001-01-01", "0001-01-01"}, {"9999-12-31", "9999-12-31"}, {"", ""},
	} {
		if got := day(t, test.text).String(); got != test.want {
			t.Errorf("%q: %q", test.text, got)
		}
	}
	if day(t, "0001-01-01") != 1 || day(t, "9999-12-31") != lastDay || day(t, "2020-03-01")-day(t, "2020-02-28") != 2 {
		t.Error("days are not counted from 0001-01-01")
	}
	for _, text := range []string{"2018-1-1", "2018-02-30", "01.01.2018", "2018-01-01T00:00:00+02:00", "2018-01-01Z", "2018", "0000-01-01", "20180101", " 2018-01-01"} {
		if d, err := ParseDay(text); err == nil {
			t.Errorf("%q is %s", text, d)
		}
	}
}

func TestSixYears(t *testing.T) {
	for from, want := range map[string]string{
		"2018-01-01": "2024-01-01", "2020-02-29": "2026-02-28", "2018-02-28": "2024-02-28", "2019-03-01": "2025-03-01",
	} {
		r := Report{From: day(t, from)}
		if got := r.Span().To.String(); got != want {
			t.Errorf("%s: %s, want %s", from, got, want)
		}
	}
	if got := day(t, "2020-02-29").AddYears(4).String(); got != "2024-02-29" {
		t.Errorf("four years after 29 February is %s", got)
	}
}

// TestSamples reads the samples of DEQAR's documentation.
func TestSamples(t *testing.T) {
	sample := func(name string) []byte { return needs.File(t, "trust", "deqar", name) }

	r, err := ReadReport(sample("report-detail.json"))
	want := Report{ID: 3929, Agency: 31, AgencyName: "IEP", Activities: []ActivityType{InstitutionalActivity}, Institutions: []int64{1709},
		From: day(t, "2018-01-01"), Status: Voluntary, Decision: NotApplicable, Flag: NoFlag, Source: SourceAPI}
	if err != nil || !reflect.DeepEqual(r, want) {
		t.Errorf("report detail: %+v, %v", r, err)
	}

	list, err := ReadList(sample("reports-list.json"))
	if err != nil || list.Count != 7 || list.Next != Unsaid || len(list.Rows) != 1 {
		t.Fatalf("reports list: %+v, %v", list, err)
	}
	if r, err = ReadReport(list.Rows[0]); err != nil || r.ID != 3929 || r.From != day(t, "2018-01-01") || r.Flag != NoFlag || r.AgencyName != "IEP" {
		t.Errorf("report in a list: %+v, %v", r, err)
	}

	list, err = ReadList(sample("reports-programme-by-institution.json"))
	if err != nil || list.Count != 331 || list.Next != Yes {
		t.Fatalf("programme reports: %+v, %v", list, err)
	}
	if r, err = ReadReport(list.Rows[0]); err != nil || len(r.Programmes) != 1 || r.Programmes[0].Level != 7 || r.Programmes[0].Degree != Unsaid ||
		r.Programmes[0].Identifiers[0].Scheme != "local identifier" || r.Decision != PositiveWithConditions {
		t.Errorf("programme report: %+v, %v", r, err)
	}

	list, err = ReadList(sample("reports-institutional-by-institution.json"))
	if err != nil || list.Next != No || len(list.Rows) != 1 {
		t.Errorf("institutional reports: %+v, %v", list, err)
	}
	if list, err = ReadList(sample("institution-search.json")); err != nil || list.Count != 4 {
		t.Errorf("search: %+v, %v", list, err)
	}

	i, err := ReadInstitution(sample("institution-detail-by-identifier.json"))
	if err != nil || i.ID != 792 || i.ETER != "ES0022" || len(i.Identifiers) != 6 || len(i.Levels) != 3 || i.Levels[2].Level != 8 ||
		i.Places[0].Country != "ES" || i.Places[0].Verified != Yes || i.OtherProvider != Unsaid || i.Name != "Rovira i Virgili University" {
		t.Errorf("institution: %+v, %v", i, err)
	}
	resources, err := ReadResources(sample("institution-resources.json"))
	if err != nil || len(resources) != 34 {
		t.Errorf("resources: %d, %v", len(resources), err)
	}
	if resources, err = ReadResources([]byte(`[{"resource":"EU-VAT","title":"EU VAT number","source":null}]`)); err != nil || len(resources) != 1 || resources[0].Name != "EU-VAT" {
		t.Errorf("resources: %v, %v", resources, err)
	}
}

// TestVocabulary holds the words against DEQAR's own lists.
func TestVocabulary(t *testing.T) {
	v, err := strictjson.ReadObject(needs.File(t, "trust", "deqar", "enums.json"), strictjson.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for name, words := range map[string][]string{
		"report_status": statusWords, "report_decision": decisionWords, "flag": flagWords,
		"activity_type": activityWords, "qf_ehea_level": levelWords,
	} {
		if v.Member(name).Len() != len(words) {
			t.Errorf("%s has %d words", name, v.Member(name).Len())
		}
		for item := range v.Member(name).Items() {
			id := item.Member("id").Number().String()
			if got := word(words, item.Member("value").Text()); string('0'+rune(got)) != id {
				t.Errorf("%s %s: %d", name, id, got)
			}
		}
	}
	for item := range v.Member("hierarchical_relationship_type").Items() {
		if hierarchy[item.Member("value").Text()] == "" {
			t.Errorf("the relation %q is not known", item.Member("value").Text())
		}
	}
}

func TestDegreeOutcome(t *testing.T) {
	for said, want := range map[string]Known{
		`true`: Yes, `false`: No, `{"id":1,"outcome":"Full degree"}`: Yes, `{"id":2,"outcome":"No full degree"}`: No,
		`"No full degree"`: No, `null`: Unsaid, `{"id":1}`: Unsaid, `1`: Unsaid, `"full degree"`: Unsaid,
	} {
		r, err := ReadReport([]byte(`{"id":"5","report":null,"programmes":[{"degree_outcome":` + said + `}]}`))
		if err != nil || r.Programmes[0].Degree != want {
			t.Errorf("%s: %v, %v", said, r.Programmes, err)
		}
	}
}

func TestReportsThatAreNone(t *testing.T) {
	for _, raw := range []string{
		`[]`, `{}`, `{"id":0}`, `{"id":-1}`, `{"id":1.5}`, `{"id":"x"}`, `{"id":true}`, `{"id":1,"id":2}`,
		`{"id":1,"valid_from":"yesterday"}`, `{"id":1,"valid_to":20180101}`, `{"id":1,"flag":3}`, `{"id":1,"status":{}}`,
		`{"id":1,"institutions":{}}`, `{"id":1,"institutions":[1]}`, `{"id":1,"institutions":[{"id":"x"}]}`, `{"id":1,"programmes":["x"]}`,
		`<!DOCTYPE html><html></html>`, `{"id":1}}`,
	} {
		if r, err := ReadReport([]byte(raw)); err == nil {
			t.Errorf("%s: %+v", raw, r)
		}
	}
}

func TestLists(t *testing.T) {
	for raw, next := range map[string]Known{
		`{"count":1,"next":true,"results":[{}],"facets":{}}`:                                   Yes,
		`{"count":1,"next":false,"results":[{}]}`:                                              No,
		`{"count":1,"next":null,"previous":null,"results":[{}]}`:                               No,
		`{"count":1,"next":"https://backend.example/?offset=10","previous":"","results":[{}]}`: Yes,
		`{"count":1,"results":[{}]}`:                                                           Unsaid,
		`[{}]`:                                                                                 No,
	} {
		if l, err := ReadList([]byte(raw)); err != nil || l.Next != next || l.Count != 1 || len(l.Rows) != 1 || string(l.Rows[0]) != "{}" {
			t.Errorf("%s: %+v, %v", raw, l, err)
		}
	}
	for _, raw := range []string{`{}`, `{"count":1}`, `{"results":[]}`, `{"count":-1,"results":[]}`, `{"count":1,"results":[1]}`, `{"count":1,"next":3,"results":[]}`, `{"count":1,"results":{}}`, `"x"`} {
		if l, err := ReadList([]byte(raw)); err == nil {
			t.Errorf("%s: %+v", raw, l)
		}
	}
}

const reportsHeader = "report_id,report_agency,report_type,report_status,report_decision,report_valid_from,report_valid_to,hei_deqar_id,programme_name,programme_qf_ehea_level\n"

func readReports(text string) (all []Report, err error) {
	err = ReadReportsCSV(strings.NewReader(text), func(r Report) error { all = append(all, r); return nil })
	return all, err
}

func TestReportRowsAreJoined(t *testing.T) {
	const row = "7,SQA,programme,voluntary,positive,2020-01-01,,DEQARINST"
	all, err := readReports("\ufeff" + reportsHeader + row + "0002,Glass,first cycle\n" + row + "0001,Glass,first cycle\n" +
		"8,SQA,institutional,part of obligatory EQA system,negative,2020-01-01,2021-01-01,DEQARINST12345,,\n" + row + "0001,Clay,second cycle\n")
	if err != nil || len(all) != 2 {
		t.Fatal(all, err)
	}
	r := all[0]
	if r.ID != 7 || len(r.Institutions) != 2 || len(r.Programmes) != 2 || r.Programmes[0].Name != "Clay" || r.Programmes[0].Level != 7 || r.Flag != 0 {
		t.Errorf("%+v", r)
	}
	if r = all[1]; r.Institutions[0] != 12345 || r.Programmes != nil || r.Decision != Negative {
		t.Errorf("%+v", r)
	}
}

func TestCSVThatIsRefused(t *testing.T) {
	const good = "7,SQA,programme,voluntary,positive,2020-01-01,,DEQARINST0001,Glass,first cycle\n"
	if _, err := readReports(reportsHeader + good); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"empty":                "",
		"HTML":                 "<!DOCTYPE html>\n<html><body>Server error</body></html>\n",
		"column missing":       strings.Replace(reportsHeader, "report_decision", "decision", 1) + good,
		"column twice":         strings.TrimSpace(reportsHeader) + ",report_id\n" + strings.TrimSpace(good) + ",8\n",
		"cut in a row":         reportsHeader + good + good[:30],
		"cut in a quote":       reportsHeader + good + `8,"SQA`,
		"contradiction":        reportsHeader + good + strings.Replace(good, "positive", "negative", 1),
		"day":                  reportsHeader + strings.Replace(good, "2020-01-01", "01.01.2020", 1),
		"number":               reportsHeader + "x" + good,
		"institution":          reportsHeader + strings.Replace(good, "DEQARINST0001", "0001", 1),
		"institution, zeros":   reportsHeader + strings.Replace(good, "DEQARINST0001", "DEQARINST00001", 1),
		"a row without an end": reportsHeader + `7,"` + strings.Repeat("x", 2*maxCSVLine),
	} {
		if all, err := readReports(text); err == nil {
			t.Errorf("%s: %+v", name, all)
		}
	}
}

func TestInstitutionRowsAreJoined(t *testing.T) {
	const header = "deqar_id,eter_id,name_primary,name_official,country,city,website_link,founding_date,closure_date,parent_institution,historic_relationships,identifiers_all\n"
	var all []Institution
	err := ReadInstitutionsCSV(strings.NewReader("\ufeff"+header+
		"DEQARINST0001,XX0001,Sample University,Universitas Specimen,Germany,Sampletown,N/A,1900-01-01,,\"DEQARINST0015 Sample Group, more\",2010-01-01: succeeded DEQARINST0009 Old Sample,ROR: https://ror.example/0abc\n"+
		"DEQARINST0001,XX0001,Sample University,Universitas Specimen,Austria,Other Town,N/A,1900-01-01,,,,\n"),
		func(i Institution) error { all = append(all, i); return nil })
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	i := all[0]
	if len(i.Places) != 2 || i.Places[1].Country != "Austria" || i.Places[0].Verified != Unsaid || i.Website != "" || i.PartOf[0].Institution != 15 ||
		i.History[0] != (Succession{9, "succeeded", day(t, "2010-01-01")}) || i.Identifiers[0].Scheme != "ROR" || i.Names[0].Official != "Universitas Specimen" {
		t.Errorf("%+v", i)
	}
}

func TestNumbersAndVAT(t *testing.T) {
	if got := InstitutionNumber(382); got != "DEQARINST0382" {
		t.Error(got)
	}
	if got := InstitutionNumber(12345); got != "DEQARINST12345" {
		t.Error(got)
	}
	for number, want := range map[string]string{"GR123456789": "EL123456789", "el 123.456.789": "EL123456789", "ES-Q9350003A": "ESQ9350003A", "": ""} {
		if got := registry.NormalVAT(number); got != want {
			t.Errorf("%q: %q", number, got)
		}
	}
}

// FuzzJSON: what is read is read again from what was kept as the same, and nothing panics.
func FuzzJSON(f *testing.F) {
	for _, name := range []string{"report.json", "institution.json", "agency.json", "list.json"} {
		raw, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if r, err := ReadReport(raw); err == nil {
			keptWhole(t, r, Report{Source: SourceAPI})
		}
		if i, err := ReadInstitution(raw); err == nil {
			keptWhole(t, i, Institution{Source: SourceAPI})
		}
		if a, err := ReadAgency(raw); err == nil {
			keptWhole(t, a, Agency{})
		}
		if l, err := ReadList(raw); err == nil {
			for _, row := range l.Rows {
				if !bytes.Contains(raw, row) || len(row) < 2 {
					t.Fatalf("a row that is not of the list: %q", row)
				}
			}
		}
		ReadResources(raw)
		ReadCountry(raw)
		ReadClaims(raw)
	})
}

func keptWhole[T any](t *testing.T, row, into T) {
	t.Helper()
	kept, err := encode(row)
	if err != nil {
		t.Fatal(err)
	}
	if err := decode(kept, &into); err != nil || !reflect.DeepEqual(row, into) {
		t.Fatalf("kept as %s: %+v is not %+v (%v)", kept, into, row, err)
	}
}

// FuzzCSV: no panic, each report once, kept whole.
func FuzzCSV(f *testing.F) {
	f.Add([]byte("\ufeff" + reportsHeader + "7,SQA,programme,voluntary,positive,2020-01-01,,DEQARINST0001,Glass,first cycle\n"))
	f.Add([]byte("deqar_id,name_primary,country\nDEQARINST0001,Sample,Germany\n"))
	f.Add([]byte("agency_id,acronym_primary,is_registered,registration_start,registration_valid_to\n1,SQA,True,2010-01-01,\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		seen := map[int64]bool{}
		errTwice := errors.New("twice")
		err := ReadReportsCSV(bytes.NewReader(raw), func(r Report) error {
			if seen[r.ID] || r.ID <= 0 {
				return errTwice
			}
			seen[r.ID] = true
			keptWhole(t, r, Report{Source: SourceCSV})
			return nil
		})
		if errors.Is(err, errTwice) {
			t.Fatal(err)
		}
		ReadInstitutionsCSV(bytes.NewReader(raw), func(i Institution) error { keptWhole(t, i, Institution{Source: SourceCSV}); return nil })
		ReadAgenciesCSV(bytes.NewReader(raw), func(a Agency) error { keptWhole(t, a, Agency{}); return nil })
	})
}
