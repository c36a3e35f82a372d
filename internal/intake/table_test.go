package intake

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

// lines are the rows of a table as "line name email text", with "!" for an error.
func lines(t *testing.T, text string) []string {
	t.Helper()
	var got []string
	for _, e := range parts(t, []byte(text), Options{}) {
		content := string(e.File)
		if e.Err != nil {
			content = "!"
		}
		got = append(got, fmt.Sprintf("%d|%s|%s|%s", e.Number, e.Name, e.Email, content))
	}
	return got
}

func TestCSV(t *testing.T) {
	const a, b = "https://a.example/1", "https://b.example/2"
	quoted := `"` + strings.ReplaceAll(sampleJSON, `"`, `""`) + `"`
	inUTF16 := func(text string) string {
		out := "\xff\xfe"
		for _, unit := range utf16.Encode([]rune(text)) {
			out += string([]byte{byte(unit), byte(unit >> 8)})
		}
		return out
	}
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"header":           {"Name,E-Mail,Share Link\nAnn,ann@a.example," + a + "\nBob,,\"" + b + "\"\n", []string{"2|Ann|ann@a.example|" + a, "3|Bob||" + b}},
		"semicolons":       {"url;name\r\n" + a + ";Ann\r\n" + b + ";Bob", []string{"2|Ann||" + a, "3|Bob||" + b}},
		"named delimiter":  {"sep=;\nurl;name\n" + a + ";Ann\n", []string{"3|Ann||" + a}},
		"other address":    {"url,Contact (E-mail Address)\n" + a + ",ann@a.example\n" + b + ",\n", []string{"2||ann@a.example|" + a, "3|||" + b}},
		"named address":    {"url,teacher,email\n" + a + ",t@a.example,ann@a.example\n", []string{"2||ann@a.example|" + a}},
		"addresses alone":  {"ann@a.example," + a + "\nbob@a.example," + b + "\n", []string{"1||ann@a.example|" + a, "2||bob@a.example|" + b}},
		"not an address":   {"url,note\n" + a + ",ann@a.example\n" + b + ",see below\n", []string{"2|||" + a, "3|||" + b}},
		"tabs":             {"badge\tfull_name\n" + a + "\tAnn\n", []string{"2|Ann||" + a}},
		"a list":           {a + "\n" + b + "\n", []string{"1|||" + a, "2|||" + b}},
		"a list, old ends": {a + "\r" + b, []string{"1|||" + a, "2|||" + b}},
		"unknown header":   {"Zertifikat,name\n" + a + ",Ann\n" + b + ",Bob\n", []string{"2|Ann||" + a, "3|Bob||" + b}},
		"no header":        {"Ann," + a + "\nBob," + b + "\n", []string{"1|||" + a, "2|||" + b}},
		"header twice":     {"link,url\n" + a + "," + b + "\n", []string{"2|||" + b}},
		"credentials":      {"credential,x\n" + quoted + ",1\n" + sampleToken + ",2\n", []string{"2|||" + sampleJSON, "3|||" + sampleToken}},
		"lines in a cell":  {"url,name\n" + a + ",\"Ann\nLee\"\n" + b + ",Bob\n", []string{"2|AnnLee||" + a, "4|Bob||" + b}},
		"blank rows":       {"\n\nurl,name\n\n" + a + ",Ann\n,\n" + b + ",Bob\n", []string{"5|Ann||" + a, "7|Bob||" + b}},
		"no link":          {"url,name\n,Ann\n" + a + ",Bob\nnonsense,Cid\n", []string{"2|Ann||!", "3|Bob||" + a, "4|Cid||nonsense"}},
		"short row":        {"name,url\nAnn\nBob," + a + "\n", []string{"2|Ann||!", "3|Bob||" + a}},
		"quote inside":     {"url,name\n" + a + ",A\"nn\n" + b + ",Bob\n", []string{"2|||!", "3|Bob||" + b}},
		"text after quote": {"url,name\n\"" + a + "\"x,Ann\n" + b + ",Bob\n", []string{"2|||!", "3|Bob||" + b}},
		"open quote":       {"url,name\n" + a + ",Ann\n\"" + b + ",Bob\n" + b + ",Cid\n", []string{"2|Ann||" + a, "3|||!"}},
		"wide row":         {"url,name\n" + a + ",Ann\n" + strings.Repeat(",", maxColumns) + "\n" + b + ",Bob\n", []string{"2|Ann||" + a, "3|||!", "4|Bob||" + b}},
		"bad header row":   {"a\"b\nurl,name\n" + a + ",Ann\n", []string{"1|||!", "3|Ann||" + a}},
		"mark":             {"\ufeffurl,name\n" + a + ",Ännchen\n", []string{"2|Ännchen||" + a}},
		"UTF-16":           {inUTF16("\ufeff"[:0] + "url\t姓名\n" + a + "\t李雷\n"), []string{"2|李雷||" + a}},
		"Latin-1":          {"url,name\n" + a + ",J\xfcrgen\n", []string{"2|J\ufffdrgen||" + a}},
		"controls":         {"url,name\n" + a + ",\x1b[31m\u202eAnn\n", []string{"2|[31mAnn||" + a}},
		"doubled quotes":   {"url,name\n" + a + ",\"\"\"Ann\"\"\"\n", []string{`2|"Ann"||` + a}},
		"long cell":        {"url,name\n" + a + ",Ann\n" + strings.Repeat("x", maxCell+1) + ",Bob\n", []string{"2|Ann||" + a, "3|Bob||!"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := lines(t, test.text); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	for _, text := range []string{
		a + "\nnot a link\n", "some prose,\nwith commas\n", "url,name\n", "name,email\nAnn,ann@a.example\n", "a,b\n" + a + ",1\nx,2\n",
		"url,name\nnone,Ann\n", "url\x00\n" + a + "\n", "{\n" + a + "\n" + a, strings.Repeat(",", 1000) + "\n" + a + "\n",
	} {
		refuses(t, []byte(text), ErrUnrecognized)
	}
	refuses(t, []byte("url,teacher,contact\n"+a+",t@a.example,ann@a.example\n"), ErrMalformed)
	if _, err := Read([]byte(a+"\n"+b), Options{Inside: true}); !errors.Is(err, ErrNested) {
		t.Errorf("a table in a ZIP: %v", err)
	}
}

func TestCSVIsBounded(t *testing.T) {
	row := sampleLink + "\n"
	refuses(t, []byte(strings.Repeat(row, 10_001)), ErrTooLarge)
	refuses(t, []byte("url\n"+strings.Repeat(row, 10_001)), ErrTooLarge)
	for _, text := range []string{strings.Repeat(row, 10_000), "url\n" + strings.Repeat(row, 10_000)} {
		if n := len(parts(t, []byte(text), Options{})); n != 10_000 {
			t.Errorf("%d rows", n)
		}
	}
	for _, unit := range []string{",", "\"", "\n\"", "\"\"", ",\"\n", "a\"\n", "\r", "\t\"\","} {
		text := strings.Repeat(unit, 4<<20/len(unit))
		within(t, 64<<20, func() {
			found, err := Read([]byte("url,name\n"+text), Options{})
			sound(t, found, err)
		})
	}
}

// FuzzCSV: a table that is read has its lines in order, and a link that is put last comes
// out last, unless a quote is open.
func FuzzCSV(f *testing.F) {
	f.Add("url,name\n"+sampleLink+",Ann\n", "url")
	f.Add("sep=;\n\"a\"\"\n\";"+sampleLink+"\r\n", "badge")
	f.Fuzz(func(t *testing.T, text, word string) {
		found, err := Read([]byte(text), Options{Rows: 100})
		sound(t, found, err)
		if found.Kind != CSV {
			return
		}
		last := 0
		for e := range found.Entries {
			if e.Number <= last || (e.File == nil) != (e.Err != nil) {
				t.Fatalf("%+v after line %d", e, last)
			}
			last = e.Number
		}
		if last > strings.Count(text, "\n")+strings.Count(text, "\r")+1 {
			t.Fatalf("line %d", last)
		}
	})
}
