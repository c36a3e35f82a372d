package intake

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"laurel/internal/needs"
)

func deflated(text string) string {
	var out bytes.Buffer
	z := zlib.NewWriter(&out)
	z.Write([]byte(text))
	z.Close()
	return out.String()
}

// pdfWith is a PDF of these objects. Its cross-references are left out: nobody reads them.
func pdfWith(objects ...string) []byte {
	var out strings.Builder
	out.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog /Names << /EmbeddedFiles 2 0 R >> >>\nendobj\n")
	for n, object := range objects {
		fmt.Fprintf(&out, "%d 0 obj\n%s\nendobj\n", n+3, object)
	}
	out.WriteString("trailer\n<< /Size 9 /Root 1 0 R /ID [<00> <00>] >>\nstartxref\n0\n%%EOF\n")
	return []byte(out.String())
}

func stream(dictionary, data string) string {
	return "<< " + dictionary + " >>\nstream\r\n" + data + "\nendstream"
}

func TestPDF(t *testing.T) {
	attached := func(text string) string {
		return stream(fmt.Sprintf("/Type /EmbeddedFile /Subtype /application#2Fjson /Params << /Size %d /CheckSum <00ff> >> /Length %d", len(text), len(text)), text)
	}
	packed := stream("/Type/EmbeddedFile/Filter/FlateDecode/Length 7 0 R", deflated(sampleJSON))
	page := stream("/Length 40", "BT (1 0 obj << /Type /EmbeddedFile) Tj ET")
	for name, test := range map[string]struct {
		objects []string
		kind    Kind
		text    string
	}{
		"plain":                    {[]string{page, attached(sampleJSON)}, JSON, sampleJSON},
		"token":                    {[]string{attached(sampleToken + "\n")}, JWS, sampleToken},
		"compressed":               {[]string{packed}, JSON, sampleJSON},
		"in lists":                 {[]string{stream("/Type /EmbeddedFile /Filter [ /FlateDecode ] /DecodeParms [null]", deflated(sampleJSON))}, JSON, sampleJSON},
		"predictor of none":        {[]string{stream("/Type /EmbeddedFile /Filter /FlateDecode /DecodeParms << /Predictor 1 >>", deflated(sampleJSON))}, JSON, sampleJSON},
		"escaped names":            {[]string{stream("/T#79pe /Embedded#46ile", sampleJSON)}, JSON, sampleJSON},
		"only a media type":        {[]string{stream("/Subtype /application#2Fvc+jwt", sampleToken)}, JWS, sampleToken},
		"as poppler writes it":     {[]string{stream("/Length 16 /Params <</Size 16 >>", sampleJSON)}, JSON, sampleJSON},
		"wrong length":             {[]string{stream("/Type /EmbeddedFile /Length 3", sampleJSON)}, JSON, sampleJSON},
		"strings before":           {[]string{stream(`/Desc (a \) ( >> nested ) /Type /X) /Type /EmbeddedFile % comment >>`+"\n", sampleJSON)}, JSON, sampleJSON},
		"its end in the text":      {[]string{attached(`{"@context":"endstream endobj"}`)}, JSON, `{"@context":"endstream endobj"}`},
		"copies":                   {[]string{packed, attached(sampleJSON)}, JSON, sampleJSON},
		"other attachments beside": {[]string{attached(`{"invoice":1}`), attached("hello"), attached(sampleLink), attached(sampleJSON)}, JSON, sampleJSON},
		"a long one beside":        {[]string{stream("/Type /EmbeddedFile /Filter /FlateDecode", deflated(strings.Repeat(" ", maxText+1))), packed}, JSON, sampleJSON},
	} {
		t.Run(name, func(t *testing.T) { wants(t, pdfWith(test.objects...), PDF, test.kind, test.text) })
	}
	for name, test := range map[string]struct {
		objects []string
		want    error
	}{
		"nothing":            {[]string{page}, ErrNoCredential},
		"not an attachment":  {[]string{stream("/Type /Metadata /Subtype /XML", sampleJSON)}, ErrNoCredential},
		"in another's bytes": {[]string{stream("/Length 9999", "9 0 obj << /Type /EmbeddedFile >> stream "+sampleJSON)}, ErrNoCredential},
		"two differ":         {[]string{attached(sampleJSON), attached(otherJSON)}, ErrConflict},
		"replaced later":     {[]string{packed, "%%EOF\n3 0 obj\n" + attached(otherJSON)}, ErrConflict},
		"encrypted":          {[]string{attached("x"), "%%EOF\ntrailer << /Root 1 0 R /Encrypt 5 0 R >>"}, ErrEncrypted},
		"encrypted, stream":  {[]string{stream("/Type /XRef /Encrypt << /Filter /Standard >>", "x")}, ErrEncrypted},
		"another filter":     {[]string{stream("/Type /EmbeddedFile /Filter /LZWDecode", "x")}, ErrNoCredential},
		"two filters":        {[]string{stream("/Type /EmbeddedFile /Filter [/ASCIIHexDecode /FlateDecode]", "x")}, ErrNoCredential},
		"a predictor":        {[]string{stream("/Type /EmbeddedFile /Filter /FlateDecode /DecodeParms << /Predictor 12 >>", deflated(sampleJSON))}, ErrNoCredential},
		"not zlib":           {[]string{stream("/Type /EmbeddedFile /Filter /FlateDecode", sampleJSON)}, ErrNoCredential},
		"cut zlib":           {[]string{stream("/Type /EmbeddedFile /Filter /FlateDecode", deflated(sampleJSON)[:40])}, ErrNoCredential},
		"elsewhere":          {[]string{stream("/Type /EmbeddedFile /F (file.json)", sampleJSON)}, ErrNoCredential},
		"a key twice":        {[]string{stream("/Type /EmbeddedFile /Type /EmbeddedFile", sampleJSON)}, ErrNoCredential},
		"no end":             {[]string{"<< /Type /EmbeddedFile >> stream\n" + sampleJSON}, ErrNoCredential},
		"deep":               {[]string{stream("/Type /EmbeddedFile /A "+strings.Repeat("[", 1000)+strings.Repeat("]", 1000), sampleJSON)}, ErrNoCredential},
		"long dictionary":    {[]string{stream("/Type /EmbeddedFile /A ("+strings.Repeat("a", maxDictionary)+")", sampleJSON)}, ErrNoCredential},
		"bombs":              {strings.Split(strings.Repeat(stream("/Type /EmbeddedFile /Filter /FlateDecode", deflated(strings.Repeat(" ", maxText)))+"|", 20), "|"), ErrTooLarge},
		"many":               {strings.Split(strings.Repeat(attached("x")+"|", maxAttachments+1), "|"), ErrTooLarge},
	} {
		t.Run(name, func(t *testing.T) { refuses(t, pdfWith(test.objects...), test.want) })
	}
}

// What would make a scanner go back again and again, in four megabytes each.
func TestPDFIsReadOnce(t *testing.T) {
	for _, unit := range []string{"1 obj", "1 obj<<", "1 obj<</a<", "1 obj<</a(", "1 obj<<>>stream", "1 obj<<>>%", "trailer", "trailer<<", "1 obj<</a[1 1 1 1", "obj", "1 obj<</Type/EmbeddedFile>>stream"} {
		file := append([]byte("%PDF-1.7\n"), bytes.Repeat([]byte(unit), 4<<20/len(unit))...)
		within(t, 256<<20, func() { refuses(t, file, ErrNoCredential) })
	}
}

func TestPDFOfATool(t *testing.T) {
	program := needs.Program(t, "pdfattach", "poppler-utils")
	dir := t.TempDir()
	from, credential, to := filepath.Join(dir, "a.pdf"), filepath.Join(dir, "badge.json"), filepath.Join(dir, "b.pdf")
	const page = "%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n" +
		"3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>\nendobj\ntrailer\n<</Root 1 0 R/Size 4>>\n%%EOF\n"
	for path, text := range map[string]string{from: page, credential: sampleJSON} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command(program, from, credential, to).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	file, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	wants(t, file, PDF, JSON, sampleJSON)
}

// FuzzPDF: whatever stands around it, an attachment is found as it is or not at all.
func FuzzPDF(f *testing.F) {
	f.Add([]byte("/Type /EmbeddedFile"), []byte(sampleJSON), []byte(""))
	f.Add([]byte("/T#79pe/EmbeddedFile/A[1 0 R(\\))<00>null true]/Length 3"), []byte(sampleToken), []byte("trailer<</Encrypt 1 0 R>>"))
	f.Add([]byte("/Type /EmbeddedFile /Filter [/FlateDecode] /DecodeParms <</Predictor 1>>"), []byte(deflated(sampleJSON)), []byte("9 0 obj"))
	f.Fuzz(func(t *testing.T, dictionary, data, rest []byte) {
		found, err := Read(append(pdfWith(stream(string(dictionary), string(data))), rest...), Options{})
		sound(t, found, err)
		p := pdfParser{text: append([]byte("<<"), dictionary...)}
		p.dictionary(0)
		if p.at > len(p.text) {
			t.Fatal("read beyond the end")
		}
	})
}
