package results_test

import (
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"laurel/internal/delimited"
	"laurel/internal/results"
)

const (
	ascii   = "key,email,date,name\nK1,l1@a.example,2026-01-02,Sample Learner\n"
	western = "key;email;date;name\nK1;l1@a.example;2026-01-02;Søren Müller-Lüdenscheidt\nK2;l2@a.example;2026-01-02;Renée d’Été\n"
	chinese = "考核编号,邮箱,日期,姓名\nK1,l1@a.example,2026年1月2日,样例学员\nK2,l2@a.example,2026-01-02,张喆\n"
	rare    = "编号,邮箱,日期,姓名\nK1,l1@a.example,2026-01-02,𠮷样例\n" // four bytes in GB 18030
)

var (
	little, big         = unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	littleBOM, bigBOM   = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	utf8BOM, plain      = unicode.UTF8BOM, unicode.UTF8
	gbk, gb18030, cp125 = simplifiedchinese.GBK, simplifiedchinese.GB18030, charmap.Windows1252
)

func encode(t testing.TB, e encoding.Encoding, text string) []byte {
	t.Helper()
	raw, err := e.NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestEncodings(t *testing.T) {
	tests := []struct {
		name     string
		encoding encoding.Encoding
		text     string
		named    string
		want     string
	}{
		{"ASCII", plain, ascii, "", delimited.UTF8},
		{"UTF-8", plain, chinese, "", delimited.UTF8},
		{"UTF-8, western", plain, western, "", delimited.UTF8},
		{"UTF-8 with a mark", utf8BOM, chinese, "", delimited.UTF8},
		{"UTF-8 with a mark, named", utf8BOM, western, delimited.UTF8, delimited.UTF8},
		{"UTF-16 LE with a mark", littleBOM, chinese, "", delimited.UTF16},
		{"UTF-16 BE with a mark", bigBOM, chinese, "", delimited.UTF16},
		{"UTF-16 BE with a mark, named", bigBOM, rare, delimited.UTF16, delimited.UTF16},
		{"UTF-16 LE", little, chinese, "", delimited.UTF16},
		{"UTF-16 BE", big, western, "", delimited.UTF16},
		{"UTF-16 LE, ASCII", little, ascii, "", delimited.UTF16},
		{"UTF-16 BE, named", big, chinese, delimited.UTF16, delimited.UTF16},
		{"UTF-16 LE, characters that end in zero", little, chinese + "K3,l3@a.example,2026-01-02,一一一\n", "", delimited.UTF16},
		{"GBK", gbk, chinese, "", delimited.GBK},
		{"GBK, named", gbk, chinese, delimited.GBK, delimited.GBK},
		{"GB 18030", gb18030, rare, "", delimited.GBK},
		{"GB 18030 with a mark", gb18030, "\ufeff" + chinese, "", delimited.GBK},
		{"Windows-1252", cp125, western, "", delimited.Windows1252},
		{"Windows-1252, named", cp125, western, delimited.Windows1252, delimited.Windows1252},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			raw := encode(t, test.encoding, test.text)
			table, err := results.Read(raw, results.Options{Encoding: test.named})
			if err != nil {
				t.Fatal(err)
			}
			if table.Encoding != test.want {
				t.Errorf("read as %s", table.Encoding)
			}
			lines := strings.Split(strings.TrimSpace(test.text), "\n")[1:]
			if len(table.Rows) != len(lines) {
				t.Fatalf("%d rows", len(table.Rows))
			}
			for n, row := range table.Rows {
				if row.Err != nil || !strings.HasSuffix(lines[n], row.Result.Name) || row.Result.Name == "" {
					t.Errorf("%+v %v", row, row.Err)
				}
			}
		})
	}
}

func TestEncodingsRefused(t *testing.T) {
	tests := []struct {
		name, raw, named, want string
	}{
		{"unknown", ascii, "latin-1", `the encoding "latin-1" is none of utf-8, utf-16, gbk, windows-1252`},
		{"contradicted", "\xef\xbb\xbf" + ascii, "gbk", "the file begins with the mark of utf-8, so it is not gbk"},
		{"contradicted UTF-16", "\xff\xfea\x00", "utf-8", "begins with the mark of utf-16"},
		{"zero bytes here and there", ascii + "\x00", "", "zero bytes and is not UTF-16; is it a spreadsheet?"},
		{"zero bytes in what is named", ascii + "\x00", "utf-8", "line 3 holds a zero byte, so the file is not utf-8 text"},
		{"UTF-16 read as GBK", string(encode(t, little, chinese)), "gbk", "line 1 holds a zero byte"},
		{"none", "key,email,date,name\nK1,l1@a.example,2026-01-02,\x81\n", "", "the encoding is none of"},
		{"one pair of capitals", "key,email,date,name\nK1,l1@a.example,2026-01-02,GR\xd6\xdfE\n", "", "could be gbk or windows-1252; name it"},
		{"either", "key,email,date,name\nK1,l1@a.example,2026-01-02,\xc4\xe3\xe9a\n", "", "could be gbk or windows-1252; name it"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := results.Read([]byte(test.raw), results.Options{Encoding: test.named})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
}

// TestWronglyNamed: bytes that the named encoding does not have refuse their row only.
func TestWronglyNamed(t *testing.T) {
	mixed := ascii + "K2,l2@a.example,2026-01-02,Ren\xe9e\n"
	for _, named := range []string{delimited.UTF8, delimited.GBK} {
		table, err := results.Read([]byte(mixed), results.Options{Encoding: named})
		if err != nil {
			t.Fatal(err)
		}
		if named == delimited.UTF8 && outline(table) != "2:K1 3!" {
			t.Errorf("%s: %s", named, outline(table))
		}
	}
	table, err := results.Read(append(encode(t, littleBOM, ascii), 'x'), results.Options{})
	if err != nil || outline(table) != "2:K1 3!" {
		t.Errorf("half a character: %v %v", err, table)
	}
}
