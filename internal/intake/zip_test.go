package intake

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// file is a file in a ZIP.
type file struct{ name, text string }

func zipOf(t testing.TB, files ...file) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, f := range files {
		w, err := z.Create(f.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(f.text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// parts reads all entries of a collection.
func parts(t *testing.T, collection []byte, o Options) []Entry {
	t.Helper()
	found, err := Read(collection, o)
	sound(t, found, err)
	if err != nil || found.Entries == nil {
		t.Fatalf("%.80q: %+v, %v", collection, found, err)
	}
	var entries []Entry
	for e := range found.Entries {
		if (e.File == nil) != (e.Err != nil) {
			t.Errorf("%+v", e)
		}
		entries = append(entries, e)
	}
	return entries
}

func TestZIP(t *testing.T) {
	z := zipOf(t, file{"a.json", sampleJSON}, file{"folder/", ""}, file{"folder/b.jwt", sampleToken}, file{"__MACOSX/._a.json", "x"},
		file{"folder/.DS_Store", "x"}, file{"a.json", otherJSON}, file{"empty", ""}, file{"inner.zip", string(zipOf(t, file{"c", sampleJSON}))})
	want := []file{{"a.json", sampleJSON}, {"folder/b.jwt", sampleToken}, {"a.json", otherJSON}, {"empty", ""}}
	entries := parts(t, z, Options{})
	if len(entries) != len(want)+1 {
		t.Fatalf("%d entries: %+v", len(entries), entries)
	}
	for n, w := range want {
		if e := entries[n]; e.Number != n+1 || e.Name != w.name || string(e.File) != w.text || e.Err != nil {
			t.Errorf("%+v, want %+v", e, w)
		}
	}
	if _, err := Read(entries[4].File, Options{Inside: true}); !errors.Is(err, ErrNested) {
		t.Errorf("a ZIP in a ZIP: %v", err)
	}
	found, err := Read(z, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for e := range found.Entries { // it can be left, and begun anew
		if e.Number != 1 {
			t.Errorf("the first is %d", e.Number)
		}
		break
	}
	refuses(t, zipOf(t), ErrNoCredential)
	refuses(t, zipOf(t, file{"folder/", ""}, file{"Thumbs.db", "x"}), ErrNoCredential)
	refuses(t, z[:len(z)-30], ErrMalformed)
	refuses(t, make([]byte, maxZIP+1), ErrTooLarge)
	refuses(t, append([]byte("PK\x03\x04"), make([]byte, maxZIP)...), ErrTooLarge)
}

func TestNamesAreShownNotUsed(t *testing.T) {
	for name, want := range map[string]string{
		"../../etc/passwd": "etc/passwd", "/etc/passwd": "etc/passwd", `..\..\a.png`: "a.png", `C:\a\b`: "C:/a/b",
		"a\x1b[31m\r\nb\u202egnp.exe": "a[31mbgnp.exe", "\xff": "\ufffd", "证书.png": "证书.png", "a/./b//c": "a/b/c",
		strings.Repeat("x", 200) + ".png": "…" + strings.Repeat("x", maxNameRunes-5) + ".png", "..": "", ".\x01.": "", ".\u202e./a": "a",
	} {
		if got := shown(name); got != want {
			t.Errorf("%q is shown as %q, want %q", name, got, want)
		}
		entries := parts(t, zipOf(t, file{name, sampleJSON}), Options{})
		if len(entries) != 1 || entries[0].Name != want || string(entries[0].File) != sampleJSON {
			t.Errorf("%q: %+v", name, entries)
		}
	}
}

func TestZIPIsBounded(t *testing.T) {
	var many []file
	for n := range 1001 {
		many = append(many, file{fmt.Sprint(n), "x"})
	}
	refuses(t, zipOf(t, many...), ErrTooLarge)
	if entries := parts(t, zipOf(t, many[1:]...), Options{}); len(entries) != 1000 {
		t.Errorf("%d entries", len(entries))
	}
	directory := append([]byte("PK\x03\x04"), bytes.Repeat([]byte(directoryTag+strings.Repeat("\x00", 42)), 100_000)...)
	within(t, 1<<20, func() { refuses(t, directory, ErrTooLarge) })

	bomb := file{"bomb", strings.Repeat("\x00", 8<<20)}
	good := file{"good", sampleJSON}
	for name, test := range map[string]struct {
		files   []file
		options Options
	}{
		"ratio":      {[]file{good, bomb, good}, Options{}},
		"entry":      {[]file{good, {"long", strings.Repeat("x", 1001)}, good}, Options{Bytes: 1000}},
		"total":      {[]file{good, {"long", strings.Repeat("x", 1001)}, good}, Options{TotalBytes: 1000}},
		"false size": {[]file{good, {"long", strings.Repeat("x", 9999)}, good}, Options{Bytes: 1000}},
	} {
		z := zipOf(t, test.files...)
		if name == "false size" { // in the directory: it says 10 bytes
			z = bytes.ReplaceAll(z, []byte{0x0f, 0x27, 0, 0}, []byte{10, 0, 0, 0})
		}
		within(t, 16<<20, func() {
			entries := parts(t, z, test.options)
			if len(entries) != 3 || entries[0].Err != nil || entries[1].Err == nil || entries[2].Err != nil {
				t.Errorf("%s: %v", name, entries)
			}
		})
	}
	used := parts(t, zipOf(t, file{"a", strings.Repeat("x", 600)}, file{"b", strings.Repeat("x", 400)}, good), Options{TotalBytes: 1000})
	if used[1].Err != nil || !errors.Is(used[2].Err, ErrTooLarge) {
		t.Errorf("%v", used)
	}
}

func TestZIPEntriesThatCannotBeRead(t *testing.T) {
	z := zipOf(t, file{"a", sampleJSON}, file{"b", sampleToken})
	tag := bytes.Index(z, []byte(directoryTag))
	encrypted, strange, damaged := bytes.Clone(z), bytes.Clone(z), bytes.Clone(z)
	encrypted[tag+8] |= 1
	strange[tag+10] = 99
	damaged[35] ^= 0xff
	for _, test := range []struct {
		file []byte
		want error
	}{{encrypted, ErrEncrypted}, {strange, ErrMalformed}, {damaged, ErrMalformed}} {
		entries := parts(t, test.file, Options{})
		if len(entries) != 2 || !errors.Is(entries[0].Err, test.want) || string(entries[1].File) != sampleToken {
			t.Errorf("%+v, want %v", entries, test.want)
		}
	}
}

func FuzzZIP(f *testing.F) {
	f.Add(zipOf(f, file{"a", sampleJSON}, file{"../b", "x"}))
	f.Add(zipOf(f, file{"bomb", strings.Repeat("\x00", 1<<16)}))
	f.Fuzz(func(t *testing.T, z []byte) {
		found, err := Read(z, Options{Bytes: 1 << 12, TotalBytes: 1 << 14})
		sound(t, found, err)
		if found.Entries == nil {
			return
		}
		total := 0
		for e := range found.Entries {
			if total += len(e.File); len(e.File) > 1<<12 || total > 1<<14 || (e.File == nil) != (e.Err != nil) {
				t.Fatalf("%d bytes of %d, %v", len(e.File), total, e.Err)
			}
			if strings.Contains("/"+e.Name+"/", "/../") || strings.HasPrefix(e.Name, "/") {
				t.Fatalf("name %q", e.Name)
			}
		}
	})
}
