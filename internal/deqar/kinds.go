package deqar

import "encoding/json"

// Kind is a kind of rows in the mirror. What the CSV files and the Web API say of one thing
// are two rows, so that neither hides the other.
type Kind string

// The kinds.
const (
	KindAgency         Kind = "agency"
	KindCountry        Kind = "country"
	KindInstitution    Kind = "institution"
	KindReport         Kind = "report"
	KindAgencyCSV      Kind = "csv-agency"
	KindInstitutionCSV Kind = "csv-institution"
	KindReportCSV      Kind = "csv-report"
	KindReportIndex    Kind = "report-index" // what the list of reports says of each: whether its detail changed
)

// encode writes a row as it is kept and digested: the same row, the same bytes.
func encode(row any) ([]byte, error) { return json.Marshal(row) }

// decode reads what encode wrote.
func decode(kept []byte, row any) error { return json.Unmarshal(kept, row) }
