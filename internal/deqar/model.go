package deqar

import (
	"fmt"
	"strconv"
	"strings"
)

// Agency is a quality-assurance agency, as far as it decides what a report is worth.
type Agency struct {
	ID         int64     `json:"id"`
	DeqarID    int64     `json:"deqarId,omitempty"` // another number than ID
	Name       string    `json:"name,omitempty"`
	Acronym    string    `json:"acronym,omitempty"`
	Country    string    `json:"country,omitempty"` // its code
	Registered Known     `json:"registered,omitempty"`
	Start      Day       `json:"start,omitzero"` // of its registration with EQAR
	End        Day       `json:"end,omitzero"`   // of its registration; zero: none is given
	Activities []Conduct `json:"activities,omitempty"`
}

// Conduct is an activity under the European Standards and Guidelines that an agency conducts.
type Conduct struct {
	ID   int64        `json:"id"`
	Type ActivityType `json:"type,omitempty"`
	To   Day          `json:"to,omitzero"`
}

// Institution is a higher education institution or another provider.
type Institution struct {
	ID            int64        `json:"id"`
	ETER          string       `json:"eter,omitempty"`
	Name          string       `json:"name,omitempty"` // primary
	Names         []Name       `json:"names,omitempty"`
	Identifiers   []Identifier `json:"identifiers,omitempty"`
	Places        []Place      `json:"places,omitempty"`
	Levels        []LevelSpan  `json:"levels,omitempty"`
	Website       string       `json:"website,omitempty"` // says nothing about who controls the domain
	Founded       Day          `json:"founded,omitzero"`
	Closed        Day          `json:"closed,omitzero"`
	Includes      []Relation   `json:"includes,omitempty"`
	PartOf        []Relation   `json:"partOf,omitempty"`
	History       []Succession `json:"history,omitempty"`
	OtherProvider Known        `json:"otherProvider,omitempty"`
	Alliance      Known        `json:"alliance,omitempty"`
	Source        Source       `json:"-"` // which of DEQAR's doors the row came through
}

// Name is what an institution is or was called, in several forms.
type Name struct {
	Official       string        `json:"official,omitempty"`
	Transliterated string        `json:"transliterated,omitempty"` // of Official
	English        string        `json:"english,omitempty"`
	Acronym        string        `json:"acronym,omitempty"`
	Versions       []NameVersion `json:"versions,omitempty"`
	To             Day           `json:"to,omitzero"` // zero: in use
}

// NameVersion is a further form of a name. DEQAR does not say in which language.
type NameVersion struct {
	Name           string `json:"name"`
	Transliterated string `json:"transliterated,omitempty"`
}

// Identifier names an institution or a programme. Scheme and Value are unique only together;
// those that are local to an agency only with the Agency.
type Identifier struct {
	Scheme string `json:"scheme"`
	Agency string `json:"agency,omitempty"`
	Value  string `json:"value"`
	Span
}

// Place is a country, and a city, in which an institution is.
type Place struct {
	Country  string `json:"country"` // its code where DEQAR gives one, else its English name
	City     string `json:"city,omitempty"`
	Verified Known  `json:"verified,omitempty"` // yes: a legal seat
	Span
}

// LevelSpan is a level at which an institution awards.
type LevelSpan struct {
	Level  Level  `json:"level"`
	Source string `json:"source,omitempty"`
	Span
}

// Relation leads to an institution above or below.
type Relation struct {
	Institution int64  `json:"institution"`
	Type        string `json:"type,omitempty"`
	Span
}

// Succession leads to an institution before or after.
type Succession struct {
	Institution int64  `json:"institution"`
	Type        string `json:"type"` // as the institution that has the row would say it
	Date        Day    `json:"date,omitzero"`
}

// Report is a report of an agency on institutions or programmes.
type Report struct {
	ID           int64          `json:"id"`
	Agency       int64          `json:"agency,omitempty"`
	AgencyName   string         `json:"agencyName,omitempty"` // its acronym: all that the CSV says
	Contributing []int64        `json:"contributing,omitempty"`
	Activities   []ActivityType `json:"activities,omitempty"`
	Institutions []int64        `json:"institutions,omitempty"`
	Platforms    []int64        `json:"platforms,omitempty"` // their role confers nothing
	Programmes   []Programme    `json:"programmes,omitempty"`
	From         Day            `json:"from,omitzero"`
	To           Day            `json:"to,omitzero"`
	Status       Status         `json:"status,omitempty"`
	Decision     Decision       `json:"decision,omitempty"`
	Flag         Flag           `json:"flag,omitempty"`
	Source       Source         `json:"-"`
}

// reportYears is for how long a report without an end is taken to hold.
const reportYears = 6

// Span is when the report is in force: from its first day to the one that is given, or to
// the same day six years later (DEQAR §1.5).
func (r *Report) Span() Span {
	if r.To != 0 {
		return Span{r.From, r.To}
	}
	return Span{r.From, r.From.AddYears(reportYears)}
}

// Programme is what a report says of a programme. DEQAR makes a new number for it with each
// report, so that the number is not kept.
type Programme struct {
	Name          string          `json:"name"`
	Names         []ProgrammeName `json:"names,omitempty"`
	Identifiers   []Identifier    `json:"identifiers,omitempty"`
	Level         Level           `json:"level,omitempty"`
	Type          ProgrammeType   `json:"type,omitempty"`
	Degree        Known           `json:"degree,omitempty"`
	ECTS          string          `json:"ects,omitempty"`
	Certification string          `json:"certification,omitempty"`
	Field         string          `json:"field,omitempty"` // ISCED-F, such as "0288"
	Countries     []string        `json:"countries,omitempty"`
}

// ProgrammeName is a name of a programme with the qualification to which it leads.
type ProgrammeName struct {
	Name          string `json:"name"`
	Qualification string `json:"qualification,omitempty"`
}

// Country is what DEQAR says of a country's quality assurance.
type Country struct {
	ID               int64  `json:"id"`
	Code             string `json:"code"` // ISO 3166-1 alpha-2, or of a part, such as BE-fl
	Alpha3           string `json:"alpha3,omitempty"`
	Name             string `json:"name"`
	EHEA             Known  `json:"ehea,omitempty"` // not the same as the EU
	ExternalAgency   string `json:"externalAgency,omitempty"`
	EuropeanApproach string `json:"europeanApproach,omitempty"`
	KeyCommitment    string `json:"keyCommitment,omitempty"`
}

// Source is the door of DEQAR that a row came through.
type Source string

// The sources.
const (
	SourceAPI Source = "deqar-api"
	SourceCSV Source = "deqar-csv"
)

// InstitutionNumber writes the number of an institution as DEQAR does, "DEQARINST0382".
func InstitutionNumber(id int64) string { return fmt.Sprintf("DEQARINST%04d", id) }

// ParseInstitutionNumber reads what InstitutionNumber writes.
func ParseInstitutionNumber(text string) (int64, error) {
	digits, ok := strings.CutPrefix(text, "DEQARINST")
	id, err := strconv.ParseInt(digits, 10, 64)
	if !ok || err != nil || id <= 0 || InstitutionNumber(id) != text {
		return 0, fmt.Errorf("%.40q is not a DEQAR institution number", text)
	}
	return id, nil
}

// Permalink is the address under which DEQAR shows a row: kind is "institution", "report",
// "agency" or "country".
func Permalink(kind string, id int64) string {
	return "https://data.deqar.eu/" + kind + "/" + strconv.FormatInt(id, 10)
}
