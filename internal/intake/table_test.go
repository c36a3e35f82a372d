package intake

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"laurel/internal/delimited"
)

// outline writes entries as "line|name|email|column: text", with "!" for an error
// and "?" where it is not clear whose it is.
func outline(entries []Entry) []string {
	var got []string
	for _, e := range entries {
		content := string(e.File)
		if e.Err != nil {
			content = "!"
		}
		if e.Column != "" {
			content = e.Column + ": " + content
		}
		if e.Unclear != nil && e.Err == nil {
			content = "? " + content
		}
		got = append(got, fmt.Sprintf("%d|%s|%s|%s", e.Number, e.Name, e.Email, content))
	}
	return got
}

// nobody are rows with a link that name nobody.
func nobody(from, to int, link string) (rows []string) {
	for n := from; n <= to; n++ {
		rows = append(rows, fmt.Sprintf("%d|||? %s", n, link))
	}
	return rows
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
		"other address":    {"url,Contact (E-mail Address)\n" + a + ",ann@a.example\n" + b + ",\n", []string{"2||ann@a.example|" + a, "3|||? " + b}},
		"named address":    {"url,teacher,email\n" + a + ",t@a.example,ann@a.example\n", []string{"2||ann@a.example|" + a}},
		"addresses alone":  {"ann@a.example," + a + "\nbob@a.example," + b + "\n", []string{"1||ann@a.example|" + a, "2||bob@a.example|" + b}},
		"not an address":   {"url,note\n" + a + ",ann@a.example\n" + b + ",see below\n", []string{"2||ann@a.example|" + a, "3||see below|? " + b}},
		"tabs":             {"badge\tfull_name\n" + a + "\tAnn\n", []string{"2|Ann||" + a}},
		"a list":           {a + "\n" + b + "\n", []string{"1|||" + a, "2|||" + b}},
		"a list, old ends": {a + "\r" + b, []string{"1|||" + a, "2|||" + b}},
		"unknown header":   {"Zertifikat,name\n" + a + ",Ann\n" + b + ",Bob\n", []string{"2|Ann||" + a, "3|Bob||" + b}},
		"no header":        {"Ann," + a + "\nBob," + b + "\n", []string{"1|||? " + a, "2|||? " + b}},
		"two known":        {"link,url\n" + a + "," + b + "\n", []string{"2|||column 1, link: " + a, "2|||column 2, url: " + b}},
		"numbered":         {"Badge 1;Badge_2;LinkedIn\n" + a + ";;https://l.example/\n" + a + ";" + b + ";https://l.example/\n", []string{"2|||? column 1, badge 1: " + a, "3|||? column 1, badge 1: " + a, "3|||? column 2, badge 2: " + b}},
		"the same twice":   {"link,url\n" + a + "," + a + "\n", []string{"2|||column 1, link: " + a}},
		"known, no links":  {"Badge,Zertifikat\nFirst Aid," + a + "\nFire Safety," + b + "\n", []string{"2|||? " + a, "3|||? " + b}},
		"two unknown":      {"Kurs,Erstes,Zweites\nX," + a + "," + b + "\nY,," + b + "\n", []string{"2|||? column 2: " + a, "2|||? column 3: " + b, "3|||? column 3: " + b}},
		"two, no header":   {"Ann," + a + "," + b + "\nBob," + b + ",\n", []string{"1|||? column 2: " + a, "1|||? column 3: " + b, "2|||? column 2: " + b}},
		"one row":          {"Ann," + a + "\n", []string{"1|||? " + a}},
		"first has none":   {"Ann," + a + ",\nBob," + b + "," + a + "\n", []string{"1|||? column 2: " + a, "2|||? column 2: " + b, "2|||? column 3: " + a}},
		"among notes":      {"Zertifikat,Notiz\n" + a + ",ok\n" + b + "," + a + "\n" + b + ",ok\n" + a + ",\n", []string{"2|||? column 1: " + a, "3|||? column 1: " + b, "3|||? column 2: " + a, "4|||? column 1: " + b, "5|||? column 1: " + a}},
		"late":             {"A,B\n" + strings.Repeat(a+",\n", 1) + strings.Repeat(",\n", 30) + a + "," + b + "\n", []string{"2|||column 1: " + a, "33|||column 1: " + a, "33|||column 2: " + b}},
		"one is no link":   {a + "\n" + b + "\nwww.college.example\n", []string{"1|||" + a, "2|||" + b, "3|||!"}},
		"credentials":      {"credential,x\n" + quoted + ",1\n" + sampleToken + ",2\n", []string{"2|||? " + sampleJSON, "3|||? " + sampleToken}},
		"lines in a cell":  {"url,name\n" + a + ",\"Ann\nLee\"\n" + b + ",Bob\n", []string{"2|Ann Lee||" + a, "4|Bob||" + b}},
		"blank rows":       {"\n\nurl,name\n\n" + a + ",Ann\n,\n" + b + ",Bob\n", []string{"5|Ann||" + a, "7|Bob||" + b}},
		"no link":          {"url,name\n,Ann\n" + a + ",Bob\nnonsense,Cid\n", []string{"2|Ann||!", "3|Bob||" + a, "4|Cid||!"}},
		"short row":        {"name,url\nAnn\nBob," + a + "\n", []string{"2|Ann||!", "3|Bob||" + a}},
		"quote inside":     {"url,name\n" + a + ",A\"nn\n" + b + ",Bob\n", []string{"2|||!", "3|Bob||" + b}},
		"text after quote": {"url,name\n\"" + a + "\"x,Ann\n" + b + ",Bob\n", []string{"2|||!", "3|Bob||" + b}},
		"open quote":       {"url,name\n" + a + ",Ann\n\"" + b + ",Bob\n" + b + ",Cid\n", []string{"2|Ann||" + a, "3|||!", "4|||!"}},
		"wide row":         {"url,name\n" + a + ",Ann\n" + strings.Repeat(",", delimited.MaxCells) + "\n" + b + ",Bob\n", []string{"2|Ann||" + a, "3|||!", "4|Bob||" + b}},
		"bad header row":   {"a\"b\nurl,name\n" + a + ",Ann\n", []string{"1|||!", "3|Ann||" + a}},
		"mark":             {"\ufeffurl,name\n" + a + ",Ännchen\n", []string{"2|Ännchen||" + a}},
		"UTF-16":           {inUTF16("url\t姓名\n" + a + "\t李雷\n"), []string{"2|李雷||" + a}},
		"Latin-1":          {"url,name\n" + a + ",J\xfcrgen\n", []string{"2|Jürgen||" + a}},
		"GBK":              {"\xc1\xb4\xbd\xd3,\xd0\xd5\xc3\xfb\n" + a + ",\xc0\xee\xc0\xd7\n", []string{"2|李雷||" + a}},
		"either encoding":  {"url,name\n" + a + ",GR\xd6\xdfE\n", []string{"2|GR\ufffdE||? " + a}},
		"controls":         {"url,name\n" + a + ",\x1b[31m\u202eAnn\n", []string{"2|\x1b[31m\u202eAnn||" + a}},
		"doubled quotes":   {"url,name\n" + a + ",\"\"\"Ann\"\"\"\n", []string{`2|"Ann"||` + a}},
		// Whom a table names is compared, whatever an applicant writes into a cell.
		"one has none":     {"Contact,link\nann@a.example," + a + "\nn/a," + b + "\n", []string{"2||ann@a.example|" + a, "3||n/a|? " + b}},
		"one among many":   {"Contact,link\n" + strings.Repeat("?,"+b+"\n", 3) + "ann@a.example," + a + "\n", []string{"2||?|? " + b, "3||?|? " + b, "4||?|? " + b, "5||ann@a.example|" + a}},
		"late address":     {"Contact,link\n" + strings.Repeat(","+a+"\n", 25) + "ann@a.example," + b + "\n", append(nobody(2, 26, a), "27||ann@a.example|"+b)},
		"address within":   {"Contact,link\n\"Ann (ann@a.example)\"," + a + "\n\"Bob <bob@a.example>\"," + b + "\nmailto:c@a.example," + a + "\n", []string{"2||Ann (ann@a.example)|? " + a, "3||bob@a.example|" + b, "4||c@a.example|" + a}},
		"part of a head":   {"Candidate e-mail address,link\nann@a.example," + a + "\nnone," + b + "\n", []string{"2||ann@a.example|" + a, "3||none|? " + b}},
		"full width":       {"Ｅmail,link,Contact\nann@a.example," + a + ",t@a.example\n", []string{"2||ann@a.example|" + a}},
		"blank other":      {"email,learner email,link\n,ann@a.example," + a + "\n", []string{"2||ann@a.example|" + a}},
		"title above":      {"Applicants 2026\nemail,link\nann@a.example," + a + "\n", []string{"3||ann@a.example|" + a}},
		"title, no mail":   {"Report;\n;\nname;link\nAnn;" + a + "\n", []string{"4|Ann||" + a}},
		"learner, no head": {"ann@a.example,pending\nbob@a.example," + a + "\nc@a.example," + b + "\n", []string{"1||ann@a.example|!", "2||bob@a.example|" + a, "3||c@a.example|" + b}},
		"name of nobody":   {"name,link\nAnn," + a + "\n," + b + "\n", []string{"2|Ann||" + a, "3|||? " + b}},
		"long address":     {"email,link\n" + strings.Repeat("a", 130) + "@a.example," + a + "\n" + strings.Repeat("a", 330) + "," + b + "\n", []string{"2||" + strings.Repeat("a", 130) + "@a.example|" + a, "3||" + strings.Repeat("a", 330) + "|? " + b}},
		"odd, known word":  {"email,link\nn/a," + a + "\n", []string{"2||n/a|? " + a}},
		"Chinese, few":     {"name,link\n\xd6\xdc\xbd\xdc," + a + "\n", []string{"2|\ufffd\u073d\ufffd||? " + a}},
		// What is not known to be a column of learners is not passed over either.
		"link among addresses":  {"Zertifikat,email\n" + a + ",bob@a.example\n" + b + ",https://l.example/x\n", []string{"2||bob@a.example|column 1: " + a, "3||https://l.example/x|? column 1: " + b}},
		"links alone of people": {"recipient,link\nhttps://bob.example/," + a + "\n", []string{"2||https://bob.example/|column 2, link: " + a}},
		"head cannot be read":   {"\xd0\xd5\xc3\xfb,link\nBob Ray," + a + "\n", []string{"2|||? " + a}},
		"title with a word":     {"Mailing of 1 June\nName,Link\nBob," + a + "\nAnn," + b + "\n", []string{"2|||!", "3|||? " + a, "4|||? " + b}},
		"head too far below":    {"T\nA\nB\nC\nD\nLink,Name\n" + strings.Repeat(a+",Bob\n", 7), append([]string{"2|||!", "3|||!", "4|||!", "5|||!", "6|||!"}, nobody(7, 13, a)...)},
		"a second table":        {"course,link\nX," + a + "\n\nname,link\nBob," + b + "\n", []string{"2|||? " + a, "4|||!", "5|||? " + b}},
		"hidden in a head":      {"link,\u200bname\n" + a + ",Bob\n", []string{"2|Bob||" + a}},
		"colon in a head":       {"link,Name:\n" + a + ",Bob\n", []string{"2|Bob||" + a}},
		"no word that is known": {"First name,Last name,link\nBob,Ray," + a + "\n", []string{"2|||? " + a}},
		"hangs on the link":     {"link;e-mail, private\n" + a + "?x;bob@a.example\n", []string{"2|||? " + a + "?x;bob@a.example"}},
		"long head":             {"link" + strings.Repeat(" ", 400) + "Ann ann@a.example,link 2\n" + a + "," + b + "\n", []string{"2|||? column 2, link 2: " + b}},
		"a row, no list":        {a + "?x,bob@a.example\n", []string{"1||bob@a.example|" + a + "?x"}},
		"above the list":        {"Applicant: bob@a.example\n;\nlink\n" + a + "\n", []string{"4|||? " + a}},
		"two addresses":         {"email,link\nann@a.example; ann@b.example," + a + "\n'ann@a.example'," + b + "\n", []string{"2||ann@a.example; ann@b.example|? " + a, "3||'ann@a.example'|? " + b}},
		"other domains":         {"email,link\nann@b\u00fccher.example," + a + "\nmailto:ann@a.example?subject=x," + b + "\n", []string{"2||ann@b\u00fccher.example|? " + a, "3||ann@a.example|" + b}},
		"no name":               {"name,link\n-," + a + "\nAnn Lee <ann@a.example>," + b + "\n", []string{"2|-||? " + a, "3|Ann Lee <ann@a.example>|ann@a.example|" + b}},
		"first is no link yet":  {"college.example/a,Bob\n" + a + ",Ann\n" + b + ",Cid\n", []string{"1|||!", "2|||? " + a, "3|||? " + b}},
		"long number":           {"Badge 19900214,Badge 2\n" + a + "," + b + "\n", []string{"2|||column 1: " + a, "2|||column 2, badge 2: " + b}},
		"long cell":             {"url,name\n" + a + ",Ann\n" + strings.Repeat("x", maxCell+1) + ",Bob\n", []string{"2|Ann||" + a, "3|Bob||!"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := outline(parts(t, []byte(test.text), Options{})); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	for _, text := range []string{
		a + "\nnot a link\n", "some prose,\nwith commas\n", "url\n", "url\x00\n" + a + "\n", "{\n" + a + "\n" + a,
	} {
		refuses(t, []byte(text), ErrUnrecognized)
	}
	for _, text := range []string{
		"url,name\n", "name,email\nAnn,ann@a.example\n", "url,name\nnone,Ann\n", "link\nwww.college.example/a\n", "Kurs;Wer\nX;Ann\n",
		"a,b\n" + a + ",1\nx,2\n", "\xc1\xb4\xbd\xd3,\xd0\xd5\xc3\xfb\n,\xc0\xee\xc0\xd7\n",
	} {
		refuses(t, []byte(text), ErrNoLinks)
	}
	refuses(t, []byte("email,learner email,link\nann@a.example,bob@a.example,"+a+"\n"), ErrTable)
	for _, text := range []string{
		"email,recipient,link\nann@a.example,Bob," + a + "\n", "name,student,link\nAnn,Bob," + a + "\n", "name,contact,link\nbob@a.example,ann@a.example," + a + "\n",
	} {
		refuses(t, []byte(text), ErrTable)
	}
	refuses(t, []byte("name \"x,link\nAnn,"+a+"\n"), ErrTable)
	refuses(t, []byte("url,teacher,contact\n"+a+",t@a.example,ann@a.example\n"), ErrTable)
	if _, err := Read([]byte(a+"\n"+b), Options{Inside: true}); !errors.Is(err, ErrNested) {
		t.Errorf("a table in a ZIP: %v", err)
	}
}

func TestCSVIsBounded(t *testing.T) {
	row := sampleLink + "\n"
	refuses(t, []byte(strings.Repeat(row, 10_001)), ErrTooLarge)
	refuses(t, []byte("url\n"+strings.Repeat(row, 10_001)), ErrTooLarge)
	wide := strings.Repeat(strings.Repeat(sampleLink+",", 99)+sampleLink+"/2\n", 100) // 10,000 links, with the same ones in a row
	refuses(t, []byte(wide+row), ErrTooLarge)
	if n := len(parts(t, []byte(wide), Options{})); n != 200 {
		t.Errorf("%d links", n)
	}
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

// FuzzCSV: what comes out of a table stands in it, line by line and in each line once, and
// it makes no difference whether lines end with LF or CRLF.
func FuzzCSV(f *testing.F) {
	f.Add("url,name\n" + sampleLink + ",Ann\n")
	f.Add("sep=;\n\"a\"\"\n\";" + sampleLink + "\r\n;" + sampleLink)
	f.Add("Badge 1,Badge 2,email\n" + sampleLink + "," + sampleLink + "/2,ann@a.example\n\"\n,\"" + sampleLink + "\",\n")
	f.Add("Wer,Was,Auch\n\xc0\xee," + sampleLink + ",\"{\"\"a\"\":\n1}\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		found, err := readCSV([]byte(text))
		sound(t, found, err)
		got := all(found)
		if !strings.ContainsAny(text, "\r\x00") && !IsUTF16([]byte(text)) {
			again, againErr := readCSV([]byte(strings.ReplaceAll(text, "\n", "\r\n")))
			ended := strings.ReplaceAll(strings.Join(outline(all(again)), "\n"), "\r\n", "\n")
			if want := strings.Join(outline(got), "\n"); ended != want || fmt.Sprint(againErr) != fmt.Sprint(err) {
				t.Errorf("with CRLF: %q, %v, not %q, %v", ended, againErr, want, err)
			}
		}
		inside, _, _ := decoded([]byte(text))
		line, size, seen := 1, 0, map[string]bool{}
		for _, e := range got {
			if e.Number < line || e.Number > delimited.LineEnds(inside)+1 || (e.File == nil) != (e.Err != nil) {
				t.Fatalf("%+v after line %d", e, line)
			}
			if e.Number > line {
				clear(seen)
			}
			if line = e.Number; seen[string(e.File)] {
				t.Fatalf("%+v a second time", e)
			}
			seen[string(e.File)] = true
			if size += len(e.File); size > len(inside) || !strings.Contains(strings.ReplaceAll(inside, `""`, `"`), string(e.File)) {
				t.Fatalf("%q in %q", e.File, text)
			}
		}
	})
}

// all are the entries of a collection.
func all(found Found) (entries []Entry) {
	if found.Entries != nil {
		entries = slices.Collect(found.Entries)
	}
	return entries
}
