// Package deqartest answers: what would DEQAR answer? It is a small DEQAR over real HTTP, with
// its Web API, its nightly files and their traps (DEQAR §1.2, §1.6), a world that tests change
// as they go on, and the faults of a network. Everything in it is a sample.
package deqartest

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
)

// Agency is an agency of the world. Its days are texts such as "2018-01-31", empty for none.
type Agency struct {
	ID, DeqarID      int64
	Name, Acronym    string
	Country          string
	Registered       bool
	Start, End       string
	ActivityID       int64
	ContactMustNotBe string // a person, whom no mirror may keep
}

// Institution is an institution of the world.
type Institution struct {
	ID              int64
	ETER            string
	Official        string
	English         string
	EndedName       string // shown with history=true only
	Country         string
	Cities          []string
	Levels          []string // cycles
	EndedLevel      string   // shown with history=true only
	Identifiers     map[string]string
	Website         string
	Founded, Closed string
	Parents         []Relation
	Children        []Relation
	Before          []Relation // that it succeeded; From is the day
	Other, Alliance bool
	ReportLess      bool // it is no hit of the search, for it has no report
}

// Relation leads to another institution.
type Relation struct {
	ID             int64
	Type, From, To string
}

// Programme is a programme of a report.
type Programme struct {
	Name, Qualification, Identifier string
	Cycle                           string
	Degree                          bool
	Type                            string
	ECTS                            int
}

// Report is a report of the world.
type Report struct {
	ID           int64
	Agency       int64
	Type         string // of its activity
	Status       string
	Decision     string
	Flag         string
	From, To     string
	Institutions []int64
	Platforms    []int64
	Programmes   []Programme
	Updated      int // counted up at each change
}

// World is what the fake knows.
type World struct {
	Agencies     map[int64]*Agency
	Institutions map[int64]*Institution
	Reports      map[int64]*Report
}

// countries of the world, by code.
var countries = map[string]struct {
	id   int
	name string
}{"DE": {64, "Germany"}, "AT": {10, "Austria"}}

// The words that the samples use.
const (
	Obligatory = "part of obligatory EQA system"
	Voluntary  = "voluntary"
)

var (
	cycles    = []string{"first cycle", "second cycle", "third cycle"}
	decisions = []string{"positive", "positive", "positive", "positive with conditions or restrictions", "not applicable", "negative"}
)

// Small is a world of two agencies, four institutions and five reports.
func Small() *World {
	w := &World{Agencies: map[int64]*Agency{}, Institutions: map[int64]*Institution{}, Reports: map[int64]*Report{}}
	w.Agencies[1] = &Agency{ID: 1, DeqarID: 21, Name: "Sample Quality Agency", Acronym: "SQA", Country: "DE", Registered: true, Start: "2010-01-01", End: "2030-12-31", ActivityID: 5, ContactMustNotBe: "Petra Sample"}
	w.Agencies[2] = &Agency{ID: 2, DeqarID: 1, Name: "Former Sample Agency", Acronym: "XQA", Country: "AT", Start: "2010-01-01", End: "2021-06-30", ActivityID: 6}
	for _, i := range []Institution{
		{ID: 1, ETER: "XX0001", Official: "Hochschule für angewandtes Muster", English: "Sample University of Applied Arts", EndedName: "Musterschule", Country: "DE", Cities: []string{"Musterstadt", "Neumuster"},
			Levels: cycles[:2], EndedLevel: "short cycle", Identifiers: map[string]string{"EU-VAT": "DE123456789", "SCHAC": "arts.example", "Erasmus": "D  MUSTER01"}, Website: "https://arts.example", Founded: "1900-01-01",
			Parents: []Relation{{ID: 3, Type: "European Universities alliance", From: "2021-01-01"}}},
		{ID: 2, ETER: "XX0002", Official: "Musterakademie", English: "Sample Academy", Country: "AT", Cities: []string{"Musterdorf"}, Other: true},
		{ID: 3, Official: "Sample Alliance", English: "Sample Alliance", Country: "DE", Cities: []string{"Musterstadt"}, Alliance: true, Children: []Relation{{ID: 1, Type: "European Universities alliance", From: "2021-01-01"}}},
		{ID: 4, Official: "Sample Platform", English: "Sample Platform", Country: "AT", Cities: []string{"Musterdorf"}, Other: true, ReportLess: true},
	} {
		w.Institutions[i.ID] = &i
	}
	for _, r := range []Report{
		{ID: 11, Agency: 1, Type: "institutional", Status: Obligatory, Decision: "positive", Flag: "none", From: "2022-01-01", Institutions: []int64{1}},
		{ID: 12, Agency: 1, Type: "programme", Status: Obligatory, Decision: "positive with conditions or restrictions", Flag: "none", From: "2023-01-01", To: "2028-12-31", Institutions: []int64{1},
			Programmes: []Programme{{Name: "Sample Glass", Qualification: "Master", Identifier: "G1", Cycle: "second cycle", Degree: true, Type: "Full recognised degree programme", ECTS: 120}}},
		{ID: 13, Agency: 1, Type: "programme", Status: Voluntary, Decision: "positive", Flag: "low level", From: "2023-01-01", Institutions: []int64{2}, Platforms: []int64{4},
			Programmes: []Programme{{Name: "Sample Clay", Identifier: "C1", Cycle: "first cycle", Type: "Micro-credential (no degree, <60 ECTS)", ECTS: 5}}},
		{ID: 14, Agency: 1, Type: "institutional", Status: Obligatory, Decision: "positive", Flag: "high level", From: "2023-01-01", Institutions: []int64{2}},
		{ID: 15, Agency: 2, Type: "joint programme", Status: Obligatory, Decision: "negative", Flag: "none", From: "2019-01-01", To: "2024-12-31", Institutions: []int64{1, 3},
			Programmes: []Programme{{Name: "Sample Paper", Identifier: "P1", Cycle: "second cycle", Degree: true, Type: "Full recognised degree programme", ECTS: 120}, {Name: "Sample Ink", Cycle: "first cycle", Degree: true, ECTS: 180}}},
	} {
		w.Reports[r.ID] = &r
	}
	return w
}

// Generate makes a world of a size, the same for the same seed. Reports have about 1.9 rows in
// the nightly file.
func Generate(institutions, reports int, seed uint64) *World {
	r := rand.New(rand.NewPCG(seed, 7))
	w := Small()
	clear(w.Institutions)
	clear(w.Reports)
	for id := range int64(institutions) {
		id++
		name := fmt.Sprintf("Sample University %d", id)
		w.Institutions[id] = &Institution{
			ID: id, ETER: fmt.Sprintf("XX%04d", id), Official: "Musterhochschule " + fmt.Sprint(id), English: name, Country: "DE",
			Cities: []string{"Musterstadt"}, Levels: cycles[:1+r.IntN(3)], Website: fmt.Sprintf("https://university-%d.example", id), Founded: "1950-01-01",
			Identifiers: map[string]string{"EU-VAT": fmt.Sprintf("DE%09d", id), "SCHAC": fmt.Sprintf("university-%d.example", id)},
		}
	}
	for id := range int64(reports) {
		id++
		report := &Report{
			ID: id, Agency: 1, Type: "programme", Status: Obligatory, Decision: decisions[r.IntN(len(decisions))], Flag: "none",
			From: fmt.Sprintf("20%02d-%02d-%02d", 12+r.IntN(14), 1+r.IntN(12), 1+r.IntN(28)), Institutions: []int64{1 + r.Int64N(int64(institutions))},
		}
		if r.IntN(10) == 0 {
			report.Type = "institutional"
		} else {
			for n := range 1 + r.IntN(3) {
				report.Programmes = append(report.Programmes, Programme{
					Name: fmt.Sprintf("Sample Studies %d of report %d", n, id), Qualification: "Master of Arts", Identifier: fmt.Sprintf("P%d-%d", id, n),
					Cycle: cycles[r.IntN(3)], Degree: true, Type: "Full recognised degree programme", ECTS: 120,
				})
			}
		}
		w.Reports[id] = report
	}
	return w
}

// Change changes every nth report.
func (w *World) Change(nth int) {
	for n, id := range slices.Sorted(maps.Keys(w.Reports)) {
		if n%nth == 0 {
			w.Reports[id].To = "2031-12-31"
			w.Reports[id].Updated++
		}
	}
}

func ordered[T any](rows map[int64]*T) []*T {
	all := make([]*T, 0, len(rows))
	for _, id := range slices.Sorted(maps.Keys(rows)) {
		all = append(all, rows[id])
	}
	return all
}

// byUpdate is the order that date_updated asks for.
func (w *World) byUpdate() []*Report {
	return slices.SortedStableFunc(slices.Values(ordered(w.Reports)), func(a, b *Report) int { return cmp.Compare(a.Updated, b.Updated) })
}

// InstitutionsCSV is the nightly file of institutions, with its byte order mark.
func (w *World) InstitutionsCSV() string {
	var out strings.Builder
	out.WriteString("\ufeffdeqar_id,deqar_url,eter_id,name_primary,name_official,name_versions,country,city,website_link,founding_date,closure_date,parent_institution,historic_relationships,identifiers_all,report_count,report_last\n")
	for _, i := range ordered(w.Institutions) {
		website := cmp.Or(i.Website, "N/A")
		for _, city := range i.Cities {
			fmt.Fprintf(&out, "DEQARINST%04d,https://data.deqar.example/institution/%d,%s,%s,%s,,%s,%s,%s,%s,%s,,,,1,2023-01-01\n",
				i.ID, i.ID, i.ETER, quote(i.English), quote(i.Official), countries[i.Country].name, quote(city), website, i.Founded, i.Closed)
		}
	}
	return out.String()
}

// ReportsCSV is the nightly file of reports: a row for each institution with each programme.
func (w *World) ReportsCSV() string {
	var out strings.Builder
	out.WriteString("\ufeffreport_id,report_local_identifier,report_agency,report_type,report_esg_activity_short,report_status,report_decision,report_valid_from,report_valid_to,report_url,report_files,country,hei_deqar_id,hei_name,parent_hei_deqar_id,programme_name,programme_qualification,programme_qf_ehea_level\n")
	for _, r := range ordered(w.Reports) {
		if r.Flag == "high level" {
			continue
		}
		programmes := r.Programmes
		if len(programmes) == 0 {
			programmes = []Programme{{}}
		}
		for _, id := range r.Institutions {
			for _, p := range programmes {
				fmt.Fprintf(&out, "%d,local-%d,%s,%s,\"sample, of %s\",%s,%s,%s,%s,https://data.deqar.example/report/%d,\"https://reports.example/a.pdf\nhttps://reports.example/b.pdf\",Germany,DEQARINST%04d,\"Sample \"\"University\"\"\",,%s,%s,%s\n",
					r.ID, r.ID, w.Agencies[r.Agency].Acronym, r.Type, r.Type, r.Status, quote(r.Decision), r.From, r.To, r.ID, id, quote(p.Name), quote(p.Qualification), p.Cycle)
			}
		}
	}
	return out.String()
}

// AgenciesCSV is the nightly file of agencies.
func (w *World) AgenciesCSV() string {
	var out strings.Builder
	out.WriteString("\ufeffagency_id,acronym_primary,name_primary,is_registered,registration_start,registration_valid_to,register_entry,deqar_reports_link\n")
	for _, a := range ordered(w.Agencies) {
		registered := "False"
		if a.Registered {
			registered = "True"
		}
		fmt.Fprintf(&out, "%d,%s,%s,%s,%s,%s,,\n", a.DeqarID, a.Acronym, a.Name, registered, a.Start, a.End)
	}
	return out.String()
}

func quote(text string) string {
	if strings.ContainsAny(text, "\",\n") {
		return `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
	}
	return text
}
