package results

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode"

	"laurel/internal/delimited"
	"laurel/issuer"
)

const fuzzRows = 1000

// FuzzRead holds Read to this: it does not panic; each line below the header belongs to
// one row or is blank; a row that is not refused is a sound result; rows written for
// mending are read as the same results.
func FuzzRead(f *testing.F) {
	for _, name := range []string{"results.csv", "results-broken.csv"} {
		raw, err := os.ReadFile(filepath.Join("..", "..", "examples", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw, "")
		f.Add(raw, delimited.GBK)
	}
	f.Add([]byte("key;email;date\r\"a\r\nb\";x@y.example;2026-01-02\r\"K;z@y.example;2026-01-02\n"), "")
	f.Add([]byte("\xff\xfek\x00,\x00"), delimited.UTF16)
	f.Add([]byte("sep=;\nkey;email;date;name\nK;x@y.example;2.1.2026;\xc4\xe3\xba\xc3\n"), "")
	f.Fuzz(func(t *testing.T, raw []byte, encoding string) {
		o := Options{Achievement: "sample", Encoding: encoding, MaxRows: fuzzRows}
		table, err := Read(raw, o)
		if err != nil {
			return
		}
		text, name, err := delimited.Decode(raw, encoding)
		if err != nil || name != table.Encoding || len(table.Rows) > fuzzRows {
			t.Fatal(err, name, table.Encoding, len(table.Rows))
		}
		checkLines(t, text, table)
		for n := range table.Rows {
			checkRow(t, &table.Rows[n])
		}
		checkMending(t, table, o)
	})
}

// checkLines cuts the text into lines by itself and strikes out those that rows hold.
func checkLines(t *testing.T, text string, table *Table) {
	lines := strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), "\n")
	header, _ := delimited.NewReader(text, MaxLine).Next()
	next := header.Line + delimited.LineEnds(header.Raw) + 1
	blank := func(upTo int) {
		for ; next < upTo; next++ {
			if strings.ContainsFunc(lines[next-1], func(c rune) bool { return !unicode.IsSpace(c) && c != '"' && !strings.ContainsRune(table.Delimiter, c) }) {
				t.Fatalf("line %d, %q, belongs to no row", next, lines[next-1])
			}
		}
	}
	for _, row := range table.Rows {
		if row.Line < next {
			t.Fatalf("line %d belongs to two rows", row.Line)
		}
		blank(row.Line)
		next = row.Line + delimited.LineEnds(row.raw) + 1
		if got := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(row.raw); got != strings.Join(lines[row.Line-1:next-1], "\n") {
			t.Fatalf("line %d is not %q", row.Line, got)
		}
	}
	blank(len(lines) + 1)
}

func checkRow(t *testing.T, row *Row) {
	if row.Err != nil {
		if row.Err.Line != row.Line || row.Err.Reason == "" {
			t.Fatalf("%+v", row.Err)
		}
		return
	}
	r := row.Result
	if row.broken || !issuer.IsKey(r.Key) || strings.Count(r.Email, "@") != 1 || r.AwardedAt.Year() < 1900 || r.Achievement != "sample" {
		t.Fatalf("a good row: %+v", r)
	}
	if r.ValidUntil != nil && !r.ValidUntil.After(r.AwardedAt) || strings.ContainsAny(r.Name, "\r\n\u202e") {
		t.Fatalf("a good row: %+v", r)
	}
}

// checkMending has all rows refused, and reads what is written for mending.
func checkMending(t *testing.T, table *Table, o Options) {
	if len(table.header)+len(notes) > delimited.MaxCells || strings.ContainsAny(strings.Join(table.header, ""), delimited.Delimiters) {
		return // too many columns; or the delimiter was named, and the look of the header is against it
	}
	var good []issuer.Result
	for n := range table.Rows {
		row := &table.Rows[n]
		if row.Err == nil {
			good = append(good, row.Result)
			row.Err = &RowError{Line: row.Line, Reason: "=HYPERLINK(1)"}
		}
	}
	var out strings.Builder
	if err := WriteRefusals(&out, table); err != nil {
		t.Fatal(err)
	}
	o.Encoding = delimited.UTF8
	again, err := Read([]byte(out.String()), o)
	if err != nil {
		t.Fatal(err)
	}
	if len(again.Rows) != len(table.Rows) {
		t.Fatalf("%d rows became %d", len(table.Rows), len(again.Rows))
	}
	for n := range table.Rows {
		if table.Rows[n].Err.Reason != "=HYPERLINK(1)" {
			continue
		}
		if err := again.Rows[n].Err; err != nil && !strings.Contains(err.Reason, "same key") && !strings.Contains(err.Reason, "duplicate") {
			t.Fatalf("%+v became refused: %v", good[0], err) // only for a row that was no row before
		} else if err == nil && !reflect.DeepEqual(again.Rows[n].Result, good[0]) {
			t.Fatalf("%+v became %+v", good[0], again.Rows[n].Result)
		}
		good = good[1:]
	}
}

// FuzzReadLinks: a list that is read is written and read again as the same list.
func FuzzReadLinks(f *testing.F) {
	head := "assessment_id,email,award,share_link,learner_link\n"
	f.Add([]byte(head + "K-1,l1@a.example,a1,https://a.example/badges/1,https://a.example/owner/1\n"))
	f.Add([]byte(head + "'=K,'@x,\" a\",\"b\nc\",\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		links, err := ReadLinks(raw)
		if err != nil {
			return
		}
		var out strings.Builder
		if err := WriteLinks(&out, links); err != nil {
			t.Fatal(err)
		}
		if again, err := ReadLinks([]byte(out.String())); err != nil || !slices.Equal(again, links) {
			t.Errorf("%q was read as %q, then as %q, %v", raw, links, again, err)
		}
	})
}
