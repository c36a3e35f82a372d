package web

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestShown(t *testing.T) {
	for in, want := range map[string]string{
		"Ada":                       "Ada",
		"  Ada \n\t Lovelace  ":     "Ada Lovelace",
		"a\u202egpj.exe":            "agpj.exe",
		"a\u2028b":                  "a b",
		"x\x00\x1b[31my":            "x[31my",
		"\u2066\u2069":              "",
		"می\u200cخواهم":             "می\u200cخواهم",
		"123456789012345":           "12345678901234…",
		"\xff\xfe":                  "\ufffd\ufffd",
		"\U000e0041tag":             "tag",
		"\u00ad\u200bsoft\ufeff":    "soft",
		"<b>&\"":                    "<b>&\"",
		strings.Repeat("\u202e", 9): "",
	} {
		if got := shown(in, 14); got != want {
			t.Errorf("shown(%q) = %q", in, got)
		}
	}
}

func FuzzShown(f *testing.F) {
	f.Add("a\u202eb  c", 3)
	f.Fuzz(func(t *testing.T, text string, max int) {
		limit := max % 1000
		if limit < 0 {
			limit = 0
		}
		got := shown(text, limit)
		if !utf8.ValidString(got) || strings.ContainsFunc(got, hidden) || strings.ContainsAny(got, "\n\r\t") {
			t.Fatalf("%q", got)
		}
		if n := utf8.RuneCountInString(got); n > limit+2 {
			t.Fatalf("%d characters, at most %d", n, max)
		}
	})
}

func TestPrefer(t *testing.T) {
	for _, c := range []struct{ accept, want string }{
		{"", typeHTML},
		{"*/*", typeHTML},
		{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", typeHTML},
		{"application/json", typeJSON},
		{"APPLICATION/JSON", typeJSON},
		{"application/ld+json, application/json;q=0.9", typeJSONLD},
		{"text/html;q=0.2, application/json;q=0.3", typeJSON},
		{"application/*", typeJSONLD},
		{"*/*, text/html;q=0", typeJSONLD},
		{"application/json;q=2", typeHTML},
		{"application/json;q=NaN", typeHTML},
		{"image/png", typeHTML},
		{strings.Repeat("a/b,", 10_000) + "application/json", typeHTML},
	} {
		if got := prefer(c.accept, typeHTML, typeJSONLD, typeJSON); got != c.want {
			t.Errorf("%.60q prefers %s", c.accept, got)
		}
	}
}
