package results_test

import (
	"encoding/csv"
	"reflect"
	"strings"
	"testing"
	"time"

	"laurel/internal/badge"
	"laurel/internal/results"
	"laurel/issuer"
)

// row reads one row of cells under the columns named, with good cells for what is needed.
func row(t testing.TB, column, cell string) results.Row {
	t.Helper()
	names := []string{"assessment_id", "email", "awarded"}
	cells := []string{"K1", "l1@a.example", "2026-01-02"}
	found := false
	for n, name := range names {
		if name == column {
			cells[n], found = cell, true
		}
	}
	if !found {
		names, cells = append(names, column), append(cells, cell)
	}
	var text strings.Builder
	w := csv.NewWriter(&text)
	if err := w.WriteAll([][]string{names, cells}); err != nil {
		t.Fatal(err)
	}
	table := read(t, text.String())
	if len(table.Rows) != 1 {
		t.Fatalf("%d rows", len(table.Rows))
	}
	return table.Rows[0]
}

func TestCells(t *testing.T) {
	midnight := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	lastSecond := time.Date(2027, 1, 2, 23, 59, 59, 0, time.UTC)
	afternoon := time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC)
	tests := []struct {
		column, cell string
		set          func(*issuer.Result)
	}{
		{"assessment_id", "\u00a0 K 1/2026 \u3000", func(r *issuer.Result) { r.Key = "K 1/2026" }},
		{"assessment_id", "'=1", func(r *issuer.Result) { r.Key = "=1" }},
		{"email", " O'Neil+x@a.example ", func(r *issuer.Result) { r.Email = "O'Neil+x@a.example" }},
		{"email", "l1@xn--bcher-kva.example", func(r *issuer.Result) { r.Email = "l1@xn--bcher-kva.example" }},
		{"awarded", "2026-01-02", func(*issuer.Result) {}},
		{"awarded", "2026-1-2", func(*issuer.Result) {}},
		{"awarded", "2026/1/2", func(*issuer.Result) {}},
		{"awarded", "02.01.2026", func(*issuer.Result) {}},
		{"awarded", "2.1.2026", func(*issuer.Result) {}},
		{"awarded", "2026年1月2日", func(*issuer.Result) {}},
		{"awarded", "2026-01-02T15:04:05Z", func(r *issuer.Result) { r.AwardedAt = afternoon }},
		{"awarded", "2026-01-02T23:04:05.000+08:00", func(r *issuer.Result) { r.AwardedAt = afternoon }},
		{"awarded", "2024-02-29", func(r *issuer.Result) { r.AwardedAt = time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC) }},
		{"valid_until", "", func(*issuer.Result) {}},
		{"valid_until", "2027-01-02", func(r *issuer.Result) { r.ValidUntil = &lastSecond }},
		{"valid_until", "2027-01-03T00:59:59+01:00", func(r *issuer.Result) { r.ValidUntil = &lastSecond }},
		{"name", "=cmd|' /C calc'!A0", func(r *issuer.Result) { r.Name = "=cmd|' /C calc'!A0" }},
		{"name", "'=SUM(A1)", func(r *issuer.Result) { r.Name = "=SUM(A1)" }},
		{"name", "'s Gravenhage", func(r *issuer.Result) { r.Name = "'s Gravenhage" }},
		{"name", "欧阳 娜娜", func(r *issuer.Result) { r.Name = "欧阳 娜娜" }},
		{"name", "علی\u200cرضا", func(r *issuer.Result) { r.Name = "علی\u200cرضا" }},
		{"name", "\U000323b1", func(r *issuer.Result) { r.Name = "\U000323b1" }},
		{"show_name", "", func(*issuer.Result) {}},
		{"show_name", "Yes", func(r *issuer.Result) { r.ShowName = true }},
		{"show_name", "TRUE", func(r *issuer.Result) { r.ShowName = true }},
		{"show_name", "1", func(r *issuer.Result) { r.ShowName = true }},
		{"show_name", "是", func(r *issuer.Result) { r.ShowName = true }},
		{"show_name", "否", func(*issuer.Result) {}},
		{"show_name", "0", func(*issuer.Result) {}},
		{"show_name", "No", func(*issuer.Result) {}},
		{"show_name", "false", func(*issuer.Result) {}},
		{"narrative", "- one\r\n\t- two\r*three*\n", func(r *issuer.Result) { r.Narrative = "- one\n\t- two\n*three*" }},
		{"evidence_url", "", func(*issuer.Result) {}},
		{"evidence_url", "https://a.example/?x=1#2", func(r *issuer.Result) { r.Evidence = []badge.Evidence{{ID: "https://a.example/?x=1#2"}} }},
		{"license_number", "-77", func(r *issuer.Result) { r.LicenseNumber = "-77" }},
		{"credits", "", func(*issuer.Result) {}},
		{"credits", "3", func(r *issuer.Result) { r.CreditsEarned = 3 }},
		{"credits", "2.5", func(r *issuer.Result) { r.CreditsEarned = 2.5 }},
		{"credits", "2,25", func(r *issuer.Result) { r.CreditsEarned = 2.25 }},
		{"term", "2025/26", func(r *issuer.Result) { r.Term = "2025/26" }},
		{"result:Score-1", "87,5", func(r *issuer.Result) { r.Values = map[string]string{"Score-1": "87,5"} }},
		{"结果：level", "优", func(r *issuer.Result) { r.Values = map[string]string{"level": "优"} }},
		{"result:score", " ", func(*issuer.Result) {}},
		{"x_anything", "\u202e\x07", func(*issuer.Result) {}},
	}
	for _, test := range tests {
		want := issuer.Result{Key: "K1", Achievement: "sample", Email: "l1@a.example", AwardedAt: midnight}
		test.set(&want)
		got := row(t, test.column, test.cell)
		if got.Err != nil || !reflect.DeepEqual(got.Result, want) {
			t.Errorf("%s %q: %v\ngot  %+v\nwant %+v", test.column, test.cell, got.Err, got.Result, want)
		}
	}
}

func TestCellsRefused(t *testing.T) {
	tests := []struct{ column, cell, want string }{
		{"assessment_id", "", "key is missing"},
		{"assessment_id", " \u3000", "key is missing"},
		{"assessment_id", "考核1", "printable ASCII"},
		{"assessment_id", strings.Repeat("k", 201), "printable ASCII"},
		{"assessment_id", "1,23E+09", "a spreadsheet has rounded"},
		{"email", "", "address is missing"},
		{"email", "l1", "not an e-mail address"},
		{"email", "@a.example", "not an e-mail address"},
		{"email", "l1@a.example,l2@a.example", "more than one address"},
		{"email", "l1@a.example;", "more than one address"},
		{"email", "L <l1@a.example>", "more than an address"},
		{"email", "l1@a.example (home)", "more than an address"},
		{"email", `"l 1"@a.example`, "more than an address"},
		{"email", "l1@bücher.example", "beyond ASCII"},
		{"email", "学员@a.example", "beyond ASCII"},
		{"email", "l1＠a.example", "beyond ASCII"},
		{"email", strings.Repeat("l", 250) + "@a.example", "not an e-mail address"},
		{"awarded", "", "date of the award is missing"},
		{"awarded", "01/02/2026", "two dates; write it as YYYY-MM-DD"},
		{"awarded", "31/01/2026", "two dates"},
		{"awarded", "1-2-26", "two dates"},
		{"awarded", "2026-02-29", "not in the calendar"},
		{"awarded", "2026/13/1", "not in the calendar"},
		{"awarded", "31.04.2026", "not in the calendar"},
		{"awarded", "2026-00-01", "not in the calendar"},
		{"awarded", "1899-12-31", "between 1900 and 9999"},
		{"awarded", "0000-01-01", "between 1900 and 9999"},
		{"awarded", "9999-12-31T23:00:00-05:00", "between 1900 and 9999"},
		{"awarded", "2026-01/02", "not a date"},
		{"awarded", "２０２６-01-02", "not a date"},
		{"awarded", "2026-01-02 15:04", "no moment with a time zone"},
		{"awarded", "2026-01-02T15:04:05", "no moment with a time zone"},
		{"awarded", "2026-01-02T25:04:05Z", "no moment with a time zone"},
		{"awarded", "46024", "spreadsheet's number of a day"},
		{"awarded", "soon", "not a date"},
		{"valid_until", "2026-01-01", "ends before the award"},
		{"valid_until", "2026-01-02T00:00:00Z", "ends before the award"},
		{"valid_until", "never", "not a date"},
		{"name", "a\u202eb", "U+202E cannot be seen"},
		{"name", "a\u2066b", "U+2066"},
		{"name", "a\u200bb", "U+200B"},
		{"name", "a\u200fb", "U+200F"},
		{"name", "a\x1bb", "U+001B"},
		{"name", "a\nb", "one line only"},
		{"name", "a\ue000b", "U+E000"},
		{"name", "a\ufffdb", "lost in a conversion"},
		{"name", strings.Repeat("n", 201), "longer than 200 bytes"},
		{"show_name", "maybe", `"maybe" is neither yes nor no`},
		{"narrative", "a\u202eb", "U+202E"},
		{"narrative", "a\u2029b", "U+2029"},
		{"narrative", strings.Repeat("n", 16<<10+1), "longer than 16384 bytes"},
		{"evidence_url", "evidence.pdf", "not a web address"},
		{"evidence_url", "javascript:alert(1)", "not a web address"},
		{"evidence_url", "https://u:p@a.example/", "not a web address"},
		{"evidence_url", "https://a.example/证据", "percent-encode"},
		{"evidence_url", "https://a.example/ https://b.example/", "percent-encode"},
		{"license_number", "a\tb", "U+0009"},
		{"credits", "two", "not a number"},
		{"credits", "-1", "not a number"},
		{"credits", "1e3", "not a number"},
		{"credits", "1,500", "thousands or as a fraction"},
		{"credits", "1.500", "thousands or as a fraction"},
		{"result:score", "\u202e", "U+202E"},
		{"", "x", "under no column name"},
	}
	for _, test := range tests {
		got := row(t, test.column, test.cell)
		if got.Err == nil || !strings.Contains(got.Err.Reason, test.want) || got.Err.Column != test.column || got.Err.Line != got.Line {
			t.Errorf("%s %.60q: %v, want %q", test.column, test.cell, got.Err, test.want)
		}
	}
}
