package results_test

import (
	"encoding/csv"
	"slices"
	"strings"
	"testing"
	"time"

	"laurel/internal/results"
	"laurel/issuer"
)

func refusals(t testing.TB, table *results.Table) string {
	t.Helper()
	var out strings.Builder
	if err := results.WriteRefusals(&out, table); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestWriteRefusals(t *testing.T) {
	table := read(t, "key;email;date;name;x_own\n"+
		"K1;l1@a.example;2026-01-02;Sample;\n"+
		"K2;l2@a.example;2026-02-30;=1+1;\"a \"\"b\"\"\"\n"+
		"K3;l3@a.example;2026-01-02;5\" nail;@x\n"+
		"K4;l4@a.example\n"+
		"K5;l5@a.example;2026-01-02;Later;\n")
	table.Rows[4].Err = &results.RowError{Line: 6, Reason: "refused by the catalogue"}
	want := "\ufeffx_line;x_column;x_reason;key;email;date;name;x_own\n" +
		"3;date;\"\"\"2026-02-30\"\" is not in the calendar\";K2;l2@a.example;2026-02-30;'=1+1;\"a \"\"b\"\"\"\n" +
		"4;;\"a double quote stands inside a cell that does not begin with one; put the cell in quotes and double the quotes inside\";K3;l3@a.example;2026-01-02;\"5\"\" nail\";'@x\n" +
		"5;;\"the row has 2 cells and the header 5; is there a line end in a cell without quotes?\";K4;l4@a.example\n" +
		"6;;refused by the catalogue;K5;l5@a.example;2026-01-02;Later;\n"
	got := refusals(t, table)
	if got != want {
		t.Fatalf("got\n%s\nwant\n%s", got, want)
	}

	again := read(t, strings.Replace(got, "K2;l2@a.example;2026-02-30", "K2;l2@a.example;2026-02-03", 1))
	if outline(again) != "2:K2 3:K3 4! 5:K5" || again.Rows[0].Result.Name != "=1+1" || again.Rows[1].Result.Name != `5" nail` {
		t.Errorf("mended: %s %+v", outline(again), again.Rows)
	}
	if third := refusals(t, again); !strings.HasPrefix(third, "\ufeffx_line;x_column;x_reason;key;email;date;name;x_own\n4;;") || strings.Count(third, "\n") != 2 {
		t.Errorf("refused once more: %s", third)
	}
}

// TestWriteRefusalsOfOne: a table that was made, not read, has columns all the same.
func TestWriteRefusalsOfOne(t *testing.T) {
	table := &results.Table{Rows: []results.Row{{
		Line:   1,
		Result: issuer.Result{Key: "K1", Email: "l1@a.example", Name: "-Sample", AwardedAt: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)},
		Err:    &results.RowError{Line: 1, Reason: "no"},
	}}}
	want := "\ufeffx_line,x_column,x_reason,assessment_id,email,name,awarded\n1,,no,K1,l1@a.example,'-Sample,2026-01-02\n"
	if got := refusals(t, table); got != want {
		t.Errorf("got %q", got)
	}
}

func TestWriteLinks(t *testing.T) {
	var out strings.Builder
	err := results.WriteLinks(&out, []results.Link{
		{Key: "K,1", Email: "l1@a.example", Award: "id-1", Share: "https://a.example/badges/s", Owner: "https://a.example/my/o"},
		{Key: "=1+1", Email: "+l2@a.example", Award: "id-2", Share: "https://a.example/badges/t", Owner: "https://a.example/my/p"},
	})
	if err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(strings.NewReader(out.String())).ReadAll()
	if err != nil || len(records) != 3 {
		t.Fatal(records, err)
	}
	if got := strings.Join(records[0], " "); got != "assessment_id email award share_link learner_link" {
		t.Error(got)
	}
	if got := strings.Join(records[1], " "); got != "K,1 l1@a.example id-1 https://a.example/badges/s https://a.example/my/o" {
		t.Error(got)
	}
	if records[2][0] != "'=1+1" || records[2][1] != "'+l2@a.example" {
		t.Error(records[2])
	}
}

func TestReadLinks(t *testing.T) {
	links := []results.Link{
		{Key: "=K 1", Email: "l1@a.example", Award: "a1", Share: "https://a.example/badges/1", Owner: "https://a.example/owner/1"},
		{Key: "K,\"2", Email: "l2@a.example", Award: "a2", Share: "https://a.example/badges/2", Owner: "https://a.example/owner/2"},
	}
	var out strings.Builder
	if err := results.WriteLinks(&out, links); err != nil {
		t.Fatal(err)
	}
	if got, err := results.ReadLinks([]byte("\ufeff" + out.String())); err != nil || !slices.Equal(got, links) {
		t.Errorf("%v, %v", got, err)
	}
	for _, other := range []string{"", "a,b\n", "my notes", out.String() + "short,row\n", "assessment_id,email,award,share_link,learner_link\n\""} {
		if got, err := results.ReadLinks([]byte(other)); err == nil {
			t.Errorf("%q was read as %v", other, got)
		}
	}
}
