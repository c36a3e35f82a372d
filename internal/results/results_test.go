package results_test

import (
	"fmt"
	"strings"
	"testing"

	"laurel/internal/results"
)

const header = "assessment_id,email,awarded,name,narrative\n"

func read(t testing.TB, text string) *results.Table {
	t.Helper()
	table, err := results.Read([]byte(text), results.Options{Achievement: "sample"})
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// outline writes a table as one word a row: line, then key, "!" where it is refused, "?"
// where it carries a warning.
func outline(table *results.Table) string {
	var words []string
	for _, row := range table.Rows {
		word := fmt.Sprintf("%d:%s", row.Line, row.Result.Key)
		if row.Err != nil {
			word = fmt.Sprintf("%d!", row.Line)
		} else if row.Warning != "" {
			word += "?"
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

// good writes a row without mistakes; each has its own key and learner.
func good(n int) string {
	return fmt.Sprintf("K%d,l%d@students.college.example,2026-01-02,Sample %d,", n, n, n)
}

func TestRows(t *testing.T) {
	a, b, c := good(1), good(2), good(3)
	tests := []struct{ name, text, want string }{
		{"line feeds", header + a + "\n" + b + "\n", "2:K1 3:K2"},
		{"no last line end", header + a + "\n" + b, "2:K1 3:K2"},
		{"CRLF", strings.ReplaceAll(header+a+"\n"+b+"\n", "\n", "\r\n"), "2:K1 3:K2"},
		{"CR", strings.ReplaceAll(header+a+"\n"+b+"\n", "\n", "\r"), "2:K1 3:K2"},
		{"mixed", "assessment_id,email,awarded,name,narrative\r" + a + "\n" + b + "\r\n" + c, "2:K1 3:K2 4:K3"},
		{"header alone", header, ""},
		{"blank rows", "\n , \n" + header + "\n" + a + "\n,,,,\n \u3000,\u00a0,,,\n\"\",,,,\n" + b, "5:K1 9:K2"},
		{"line end in quotes", header + a + "\"one\ntwo\r\nthree\"\n" + b, "2:K1 5:K2"},
		{"delimiter and quotes in quotes", header + a + `"a, ""b"", c"` + "\n" + b, "2:K1 3:K2"},
		{"quote in a plain cell", header + a + `a "b" c` + "\n" + b, "2! 3:K2"},
		{"quote behind a blank", header + a + ` "b"` + "\n" + b, "2! 3:K2"},
		{"text behind a quote", header + a + `"b" c` + "\n" + b, "2! 3:K2"},
		{"not closed", header + a + `"b` + "\n" + b + "\n" + c + "\n", "2! 3:K2? 4:K3?"},
		{"not closed at the end", header + a + "\n" + b + `"`, "2:K1 3!"},
		{"closed by a later row", header + a + `"b` + "\n" + b + `"b"` + "\n" + c, "2! 3:K2? 4:K3"},
		{"fault on a later line", header + a + "\"b\nc\"d\n" + b, "2! 3! 4:K2"},
		{"one cell short", header + strings.TrimSuffix(a, ",") + "\n" + b, "2! 3:K2"},
		{"cut by a line end", header + "K1,l1@students.college.example,2026-01-02,Sample\nOne,\n" + b, "2! 3! 4:K2"},
		{"one cell more", header + a + ",\n" + b, "2! 3:K2"},
		{"more cells than there may be", header + strings.Repeat(",", 300) + "x\n" + b, "2! 3:K2"},
		{"a line too long", header + a + strings.Repeat("x", results.MaxLine) + "\n" + b, "2! 3:K2"},
		{"separator named", "sep=;\n" + strings.ReplaceAll(header+a+"\n", ",", ";"), "3:K1"},
		{"separator named against the look", "sep=;\nassessment_id;email;awarded;x_a,b,c,d,e,f\nK1;l1@a.example;2026-01-02;\n", "3:K1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := outline(read(t, test.text)); got != test.want {
				t.Errorf("got %.200q, want %q", got, test.want)
			}
		})
	}
}

// TestLongRow: a cell in quotes ends somewhere, or its lines are rows again.
func TestLongRow(t *testing.T) {
	const lines = 1025
	text := header + good(1) + `"` + strings.Repeat(strings.Repeat("x", 1023)+"\n", lines) + "\"\n" + good(2)
	table := read(t, text)
	for _, row := range table.Rows[:len(table.Rows)-1] {
		if row.Err == nil {
			t.Errorf("line %d is a row", row.Line)
		}
	}
	if last := table.Rows[len(table.Rows)-1]; last.Err != nil || last.Line != lines+3 {
		t.Errorf("%+v %v", last, last.Err)
	}
}

func TestDelimiters(t *testing.T) {
	for _, d := range []string{",", ";", "\t"} {
		text := strings.ReplaceAll(header, ",", d) + `"K1"` + d + "l1@a.example" + d + "2026-01-02" + d + `"a,;	b"` + d + "\n"
		table := read(t, text)
		if table.Delimiter != d || len(table.Rows) != 1 || table.Rows[0].Err == nil && table.Rows[0].Result.Name != "a,;\tb" {
			t.Errorf("%q: %+v", d, table)
		}
	}
	if table := read(t, `"x_a,b,c,d,e,f";assessment_id;email;awarded`); table.Delimiter != ";" {
		t.Errorf("delimiters in quotes were counted: %q", table.Delimiter)
	}
}

func TestHeaders(t *testing.T) {
	manyResults := ""
	for n := range results.MaxResults + 1 {
		manyResults += fmt.Sprintf(",result:r%d", n)
	}
	for _, text := range []string{
		"Assessment ID,E-mail,Date", "KEY,mail,awarded at", " key ,\u3000EMAIL\u00a0,Award-Date", "考核编号,邮箱,日期", "编号,电子邮箱,获得日期",
		"#comment,assessment_id,email,awarded,x_own,x_own,", "key,email,date,result:score,结果:level,结果：theory,RESULT: pass",
	} {
		if table := read(t, text+"\n"); len(table.Rows) != 0 {
			t.Errorf("%s: %+v", text, table.Rows)
		}
	}
	tests := []struct{ text, want string }{
		{"", "the file is empty"},
		{"\n\r\n , ,\n", "the file is empty"},
		{"assessment_id,email\n", "line 1: the header misses the column awarded; known are assessment_id, email, awarded, name,"},
		{"name\n", "misses the column assessment_id and the column email and the column awarded"},
		{"\nassessment_id,email,awarded,shoe size\n", `line 2: the header has columns that are not known: "shoe size"; known are`},
		{"assessment_id,email,shoe\n", `misses the column awarded, and has columns that are not known: "shoe"`},
		{strings.Repeat("q,", 20) + "\n", `"q", "q", …; known`},
		{"assessment_id,email,awarded,date\n", `the columns "awarded" and "date" mean the same, awarded; take one out`},
		{"key,email,awarded,result:a,结果:a\n", `"result:a" and "结果:a" mean the same`},
		{"key,email,awarded,result:\n", `not known: "result:"`},
		{"key,email,awarded,result:a b\n", `not known: "result:a b"`},
		{"key,email,\"awarded\n", "line 1, the header: a double quote opens a cell"},
		{strings.Repeat("x", results.MaxLine+1), "line 1, the header: the line is longer than 1 MiB; is this"},
		{"key,email,date" + manyResults, "line 1: the header has 65 columns of results, and 64 are allowed"},
		{strings.Repeat(",x_", 300), "the header: the row has more than 256 cells"},
	}
	for _, test := range tests {
		_, err := results.Read([]byte(test.text), results.Options{})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%.40q: %v, want %q", test.text, err, test.want)
		}
	}
}

func TestBounds(t *testing.T) {
	text := []byte(header + good(1) + "\n" + good(2) + "\n" + good(3) + "\n")
	if _, err := results.Read(text, results.Options{MaxRows: 2}); err == nil || err.Error() != "line 4: the file holds more than 2 rows; split it" {
		t.Error(err)
	}
	if table, err := results.Read(text, results.Options{MaxRows: 3}); err != nil || len(table.Rows) != 3 {
		t.Error(err)
	}
	if _, err := results.Read(make([]byte, results.MaxBytes+1), results.Options{}); err == nil || err.Error() != "the file is larger than 64 MiB; split it" {
		t.Error(err)
	}
}

func TestDuplicates(t *testing.T) {
	table := read(t, "key,email,date\n"+
		"A,l1@a.example,2026-01-02\n"+
		"A,L1@a.example,2026-01-03\n"+
		"B,l1@A.example,2026-01-02\n"+
		"C,l2@a.example,2026-01-02\n"+
		"C,l3@a.example,2026-01-02\n"+
		"C,l2@a.example,2026-01-02\n"+
		"D,l4@a.example,2026-02-30\n"+
		"D,l4@a.example,2026-02-03\n")
	want := []string{
		"", "line 3, column key: a duplicate of line 2", "note: line 2 looks like the same learner",
		"line 5, column key: line 6 has the same key for another learner", "line 6, column key: line 5 has the same key for another learner",
		"line 7, column key: a duplicate of line 5", `line 8, column date: "2026-02-30" is not in the calendar`, "",
	}
	for n, row := range table.Rows {
		got := ""
		if row.Err != nil {
			got = row.Err.Error()
		} else if row.Warning != "" {
			got = "note: " + row.Warning
		}
		if got != want[n] {
			t.Errorf("line %d: got %q, want %q", row.Line, got, want[n])
		}
	}
}
