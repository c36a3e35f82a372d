package deqar

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// requiredOfReports are the columns without which a report cannot be judged. The file has
// no flags and nothing on degrees, which is why a report that is known from it alone confers
// nothing (DEQAR §1.5).
var requiredOfReports = []string{
	"report_id", "report_agency", "report_type", "report_status", "report_decision",
	"report_valid_from", "report_valid_to", "hei_deqar_id", "programme_name", "programme_qf_ehea_level",
}

// ReadReportsCSV reads deqar-reports.csv, in which a report has a row for each of its
// institutions with each of its programmes, and hands each report on.
func ReadReportsCSV(from io.Reader, each func(Report) error) error {
	t, err := openTable(from, requiredOfReports...)
	var all collection[Report]
	for err == nil {
		var more bool
		if more, err = t.next(); !more {
			break
		}
		var row Report
		if row, err = t.report(); err == nil {
			err = all.add(row.ID, row, joinReports)
		}
	}
	if err == nil {
		err = all.each(func(r Report) error { r.sort(); return each(r) })
	}
	return inFile("deqar-reports.csv", err)
}

func (t *table) report() (r Report, err error) {
	r = Report{
		AgencyName: t.text("report_agency"), Source: SourceCSV,
		Status:   Status(word(statusWords, t.text("report_status"))),
		Decision: Decision(word(decisionWords, t.text("report_decision"))),
	}
	if activity := t.text("report_type"); activity != "" {
		r.Activities = []ActivityType{ActivityType(word(activityWords, activity))}
	}
	if r.ID, err = t.number("report_id"); err != nil {
		return r, err
	}
	span, err := t.span("report_valid_from", "report_valid_to")
	if err != nil {
		return r, err
	}
	r.From, r.To = span.From, span.To
	institution, err := t.institution("hei_deqar_id")
	if err != nil {
		return r, err
	}
	r.Institutions = []int64{institution}
	if name := t.text("programme_name"); name != "" {
		p := Programme{Name: name, Level: ParseLevel(t.text("programme_qf_ehea_level"))}
		if q := t.text("programme_qualification"); q != "" {
			p.Names = []ProgrammeName{{name, q}}
		}
		r.Programmes = []Programme{p}
	}
	return r, nil
}

// joinReports adds what a further row of a report says. Rows of one report that differ in
// what they say of it are no report.
func joinReports(first, next Report) (Report, error) {
	if first.AgencyName != next.AgencyName || first.From != next.From || first.To != next.To ||
		first.Status != next.Status || first.Decision != next.Decision {
		return first, fmt.Errorf("the rows of report %d contradict each other", first.ID)
	}
	for _, a := range next.Activities {
		if !slices.Contains(first.Activities, a) {
			first.Activities = append(first.Activities, a)
		}
	}
	for _, id := range next.Institutions {
		if !slices.Contains(first.Institutions, id) {
			first.Institutions = append(first.Institutions, id)
		}
	}
	for _, p := range next.Programmes {
		if !slices.ContainsFunc(first.Programmes, p.sameRow) {
			first.Programmes = append(first.Programmes, p)
		}
	}
	if len(first.Institutions) > maxItems || len(first.Programmes) > maxItems {
		return first, fmt.Errorf("report %d has more than %d institutions or programmes", first.ID, maxItems)
	}
	return first, nil
}

// sameRow tells programmes of one report in the CSV apart, which has no identifiers.
func (p Programme) sameRow(other Programme) bool {
	return p.Name == other.Name && p.Level == other.Level && slices.Equal(p.Names, other.Names)
}

// sort makes a report the same whatever the order of its rows was.
func (r *Report) sort() {
	slices.Sort(r.Institutions)
	slices.Sort(r.Activities)
	slices.SortStableFunc(r.Programmes, func(a, b Programme) int {
		if a.Name != b.Name {
			return strings.Compare(a.Name, b.Name)
		}
		return int(a.Level) - int(b.Level)
	})
}
