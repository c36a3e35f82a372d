package deqar

import (
	"strings"

	"laurel/internal/strictjson"
)

// ReadReport reads the detail of a report, its row in a list of either shape, or one of the
// lists by institution that wrap it.
func ReadReport(raw []byte) (Report, error) {
	f, err := readFields(raw, detailLimits)
	if err != nil {
		return Report{}, err
	}
	return f.report()
}

func (f fields) report() (Report, error) {
	if wrapped := f.within("report"); wrapped.v.Is(strictjson.Object) && !f.has("valid_from") {
		return wrapped.report()
	}
	r := Report{
		ID: f.number("id"), Agency: f.number("agency_id"), AgencyName: f.text("agency_acronym"),
		Contributing: f.ids("contributing_agencies", "id", "agency_id"),
		Institutions: f.ids("institutions", "id"), Platforms: f.ids("platforms", "id"),
		From: f.day("valid_from"), To: f.day("valid_to"),
		Status:   Status(word(statusWords, f.text("status"))),
		Decision: Decision(word(decisionWords, f.text("decision"))),
		Source:   SourceAPI,
	}
	if !f.has("agency_id") && f.v.Member("agency").Is(strictjson.Object) {
		r.Agency = f.within("agency").number("id")
	}
	if !f.has("valid_to") { // lists of old say only what was computed
		r.To = f.day("valid_to_calculated")
	}
	flag := "flag"
	if !f.has(flag) {
		flag = "flag_level"
	}
	r.Flag = Flag(word(flagWords, f.text(flag)))
	r.Activities = f.activities()
	for item := range f.list("programmes") {
		r.Programmes = append(r.Programmes, item.programme())
	}
	return r, f.row("report", r.ID)
}

// activities are all that the report is of; the singular member shows the first only.
func (f fields) activities() (types []ActivityType) {
	for item := range f.list("agency_esg_activities") {
		types = append(types, item.activityType())
	}
	if types == nil && f.text("agency_esg_activity_type") != "" {
		types = []ActivityType{ActivityType(word(activityWords, f.text("agency_esg_activity_type")))}
	}
	return types
}

func (f fields) programme() Programme {
	p := Programme{
		Name: f.text("name_primary"), Level: ParseLevel(f.text("qf_ehea_level")), Degree: f.degree(),
		Type: programmeType(f.text("programme_type")), ECTS: f.quantity("workload_ects"),
		Field: field(f.text("field_study")),
	}
	if text, ok := f.v.Member("assessment_certification").IsText(); ok {
		p.Certification = text
	}
	for item := range f.list("programme_names") {
		p.Names = append(p.Names, ProgrammeName{item.text("name"), item.text("qualification")})
	}
	for item := range f.list("programme_identifiers") {
		p.Identifiers = append(p.Identifiers, Identifier{Scheme: item.text("resource"), Agency: item.text("agency"), Value: item.text("identifier")})
	}
	for item := range f.items("countries") {
		p.Countries = append(p.Countries, f.country(item))
	}
	return p
}

// degree reads degree_outcome: an object, a truth value or its words.
func (f fields) degree() Known {
	m := f.v.Member("degree_outcome")
	if m.Is(strictjson.Bool) {
		return known(m.True())
	}
	if m.Is(strictjson.Object) {
		m = m.Member("outcome")
	}
	switch m.Text() {
	case "Full degree":
		return Yes
	case "No full degree":
		return No
	}
	return Unsaid
}

// programmeType reads DEQAR's words, to which explanations may be added in brackets.
func programmeType(text string) ProgrammeType {
	text, _, _ = strings.Cut(text, " (")
	return ProgrammeType(word(programmeWords, text))
}

func (f fields) quantity(name string) string {
	if m := f.v.Member(name); m.Is(strictjson.Number) {
		return string(m.Number())
	}
	return f.text(name)
}

// field is the code of a field of study, of its address or alone.
func field(text string) string {
	return strings.TrimPrefix(text, "http://data.europa.eu/esco/isced-f/")
}
