package deqar

import (
	"slices"
	"testing"

	"laurel/internal/deqar/deqartest"
)

func TestSaidNames(t *testing.T) {
	i := Institution{Name: "Sample University", Names: []Name{
		{Official: "Musterschule", To: day(t, "1990-12-31")}, {Official: "Μουσείο", Transliterated: "Mouseio", English: "Sample University", Acronym: "SU", Versions: []NameVersion{{"Muster", ""}}},
		{Official: "Neue Musterschule", To: day(t, "2000-12-31")},
	}}
	want := []SaidName{{"Μουσείο", OfficialForm, 0}, {"Sample University", EnglishForm, 0}, {"Mouseio", TransliterationForm, 0}, {"Muster", VersionForm, 0}, {"SU", AcronymForm, 0},
		{"Neue Musterschule", OfficialForm, day(t, "2000-12-31")}, {"Musterschule", OfficialForm, day(t, "1990-12-31")}}
	if got := i.SaidNames(); !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
}

func TestWithIdentifier(t *testing.T) {
	w := NewWorld()
	w.AddInstitution(Institution{ID: 1, Identifiers: []Identifier{{Scheme: "EU-VAT", Value: "EL123456789", Span: Span{day(t, "2010-01-01"), day(t, "2020-12-31")}}, {Scheme: "SCHAC", Value: "Arts.example"}}}, Provenance{})
	w.AddInstitution(Institution{ID: 2, Identifiers: []Identifier{{Scheme: "local identifier", Agency: "SQA", Value: "7"}}}, Provenance{})
	w.AddInstitution(Institution{ID: 3, Identifiers: []Identifier{{Scheme: "local identifier", Agency: "XQA", Value: "7"}}}, Provenance{})
	for _, test := range []struct {
		id   Identifier
		day  string
		want int64
	}{
		{Identifier{Scheme: "EU-VAT", Value: "GR 123.456.789"}, "2020-12-31", 1}, {Identifier{Scheme: "EU-VAT", Value: "GR123456789"}, "2021-01-01", 0},
		{Identifier{Scheme: "EU-PIC", Value: "EL123456789"}, "2015-01-01", 0}, {Identifier{Scheme: "SCHAC", Value: "arts.example"}, "2015-01-01", 1},
		{Identifier{Scheme: "local identifier", Agency: "XQA", Value: "7"}, "2015-01-01", 3}, {Identifier{Scheme: "local identifier", Value: "7"}, "2015-01-01", 0},
	} {
		got := int64(0)
		for _, i := range w.WithIdentifier(test.id, day(t, test.day)) {
			got += i.ID
		}
		if got != test.want {
			t.Errorf("%+v on %s: %d", test.id, test.day, got)
		}
	}
}

func TestTimeline(t *testing.T) {
	r := newRig(t, deqartest.Small())
	r.refresh(t)
	r.clock.set(t, "2026-03-02")
	r.server.Lock(func(w *deqartest.World) {
		w.Reports[12].Decision = "positive"
		delete(w.Reports, 11)
	})
	r.refresh(t)
	all, err := r.Timeline(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, e := range all {
		said = append(said, string(e.Kind)+" "+e.Change)
		if e.Import == 0 || e.Observed.IsZero() || e.Accepted.IsZero() || (e.Source == SourceCSV) != (e.Kind == KindReportCSV || e.Kind == KindInstitutionCSV) {
			t.Errorf("%+v", e)
		}
		if e.Kind == KindReport && e.ID == 12 && (e.Valid != Span{day(t, "2023-01-01"), day(t, "2028-12-31")}) {
			t.Errorf("%+v", e)
		}
		if e.Change == "changed" && !slices.Equal(e.Fields, []FieldChange{{"decision", `"positive with conditions or restrictions"`, `"positive"`}}) {
			t.Errorf("%+v", e)
		}
	}
	want := []string{"institution appeared", "csv-institution appeared", "report appeared", "report appeared", "report appeared",
		"csv-report appeared", "csv-report appeared", "csv-report appeared", "report vanished", "report changed", "csv-report vanished", "csv-report changed"}
	if !slices.Equal(said, want) {
		t.Errorf("%q", said)
	}
	if all, err = r.Timeline(t.Context(), 4711); err != nil || all != nil {
		t.Error(all, err)
	}
}

func TestPermalinks(t *testing.T) {
	for kind, id := range map[string]int64{"institution": 792, "report": 123, "agency": 3, "country": 64} {
		link := Permalink(kind, id)
		if got, ok := permalinkNumber(link, kind); !ok || got != id {
			t.Errorf("%s: %d", link, got)
		}
	}
	for _, text := range []string{"https://data.deqar.eu/report/0123", "https://data.deqar.eu/report/", "https://data.deqar.eu/report/1/", "http://data.deqar.eu/report/1", "/report/1", "1", ""} {
		if id, ok := permalinkNumber(text, "report"); ok {
			t.Errorf("%q: %d", text, id)
		}
	}
}
