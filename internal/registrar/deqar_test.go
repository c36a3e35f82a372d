package registrar

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"laurel/internal/deqar"
	"laurel/registry"
)

// bigWorld is what DEQAR said of two institutions, of which one has as many programmes as the
// largest have.
func bigWorld(t *testing.T, programmes int) *deqar.World {
	t.Helper()
	day := func(text string) deqar.Day {
		d, err := deqar.ParseDay(text)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	at := deqar.Provenance{Source: deqar.SourceAPI, Known: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC), Digest: strings.Repeat("ab", 32)}
	w := deqar.NewWorld()
	w.AddAgency(deqar.Agency{ID: 1, Acronym: "SQA", Registered: deqar.Yes, Start: day("2010-01-01")}, at)
	for id, name := range map[int64]string{1: "Sample University", 12345: "Sample Academy", 77: "Sample School without reports"} {
		w.AddInstitution(deqar.Institution{
			ID: id, Names: []deqar.Name{{English: name, Official: "Übungs-" + name}}, OtherProvider: deqar.No, Alliance: deqar.No, Website: "https://sample.example",
			Places: []deqar.Place{{Country: "DE", Verified: deqar.Yes}}, Levels: []deqar.LevelSpan{{Level: 6}, {Level: 7}}, Source: deqar.SourceAPI,
			Identifiers: []deqar.Identifier{{Scheme: "EU-VAT", Value: "DE 123"}},
		}, at)
	}
	report := func(id int64, institution int64, activity deqar.ActivityType, names ...deqar.Programme) {
		w.AddReport(deqar.Report{
			ID: id, Agency: 1, Activities: []deqar.ActivityType{activity}, Institutions: []int64{institution}, Programmes: names,
			From: day("2022-01-01"), To: day("2027-12-31"), Status: deqar.Obligatory, Decision: deqar.Positive, Flag: deqar.NoFlag, Source: deqar.SourceAPI,
		}, at)
	}
	report(1, 12345, deqar.InstitutionalActivity)
	report(2, 1, deqar.InstitutionalActivity)
	for i := range programmes {
		p := deqar.Programme{
			Name: fmt.Sprintf("Sample Studies %d", i), Level: 7, Type: deqar.FullDegree, Degree: deqar.Yes, Field: "0213",
			Identifiers: []deqar.Identifier{{Scheme: "SQA", Agency: "SQA", Value: fmt.Sprint(i)}},
		}
		report(int64(10+2*i), 1, deqar.ProgrammeActivity, p)
		p.Identifiers = nil
		report(int64(11+2*i), 1, deqar.ProgrammeActivity, p)
	}
	return w
}

// TestDEQAREntries: entries are in order, and programmes are those that somebody can ask about.
func TestDEQAREntries(t *testing.T) {
	const programmes = 900
	facts := DEQAR(bigWorld(t, programmes), deqar.DefaultPolicy())
	entries := func(bound ...string) (all []*registry.Entry) {
		t.Helper()
		for e, err := range facts.Entries(func(id string) bool { return slices.Contains(bound, id) }) {
			if err != nil {
				t.Fatal(err)
			}
			if _, err := e.Line(); err != nil {
				t.Fatal(err)
			}
			all = append(all, e)
		}
		return all
	}
	const university, academy = registry.EntityPrefix + "deqarinst0001", registry.EntityPrefix + "deqarinst12345"
	unbound := entries()
	if len(unbound) != 2 || unbound[0].ID != university || unbound[1].ID != academy {
		t.Fatal(len(unbound))
	}
	if e := unbound[0]; len(e.Grants) != 2 || e.Grants[1].Class != registry.OfficialAccredited || !slices.Equal(e.Grants[1].Levels, []int{6, 7}) || e.Name() != "Sample University" {
		t.Errorf("%+v", e)
	}
	if e := entries(university)[0]; len(e.Grants) != 2+programmes || e.Grants[2].Programmes[0].IDs[0] != "SQA@SQA:0" {
		t.Errorf("%d grants, %+v", len(e.Grants), e.Grants[2])
	}
	for entity, want := range map[string]bool{university: true, academy: true, registry.EntityPrefix + "deqarinst0077": true,
		registry.EntityPrefix + "deqarinst0002": false, registry.EntityPrefix + "deqarinst1": false, registry.EntityPrefix + "DEQARINST0001": false, "": false} {
		if facts.Known(entity) != want {
			t.Error(entity)
		}
	}
	if len(facts.Sources) != 1 || facts.Sources[0].Rows != 2+2*programmes {
		t.Errorf("%+v", facts.Sources)
	}
}
