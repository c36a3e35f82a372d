package results_test

import (
	"testing"

	"laurel/examples"
	"laurel/internal/results"
)

func TestReadExample(t *testing.T) {
	table, err := results.Read(examples.Results, results.Options{Achievement: "food-hygiene-level-2"})
	if err != nil || len(table.Rows) != 8 || table.Encoding != results.UTF8 || table.Delimiter != "," {
		t.Fatalf("%+v %v", table, err)
	}
	for _, row := range table.Rows {
		if row.Err != nil || row.Warning != "" || len(row.Result.Values) != 2 {
			t.Errorf("%+v %v", row, row.Err)
		}
	}
}
