package schemas

import (
	"encoding/json"
	"math"
	"regexp"
	"strings"
	"testing"
	"time"
)

// plain are the formats of texts in their plainest words, which the program must not say
// otherwise.
var plain = map[string]func(string) bool{
	"calendarDate":  func(s string) bool { _, err := time.Parse(time.DateOnly, s); return err == nil },
	"dateTimeStamp": func(s string) bool { _, err := time.Parse(time.RFC3339Nano, s); return err == nil },
	"dateTime": func(s string) bool {
		_, with := time.Parse(time.RFC3339Nano, s)
		_, without := time.Parse(time.RFC3339Nano, s+"Z")
		return with == nil || without == nil
	},
	"uri": func(s string) bool {
		scheme, rest, ok := strings.Cut(s, ":")
		return ok && rest != "" && regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*$`).MatchString(scheme) &&
			!strings.ContainsFunc(rest, func(r rune) bool {
				return r <= ' ' || r == 0x7f || r == '\uFFFD' || strings.ContainsRune("<>\"{}|\\^`", r)
			})
	},
}

var formatSeeds = []string{
	"", ":", "a:", "a:b", "1:a", "a+1.-:x", "é:a", "a@:b", "[:b", "https://college.example/märke", "a:\uFFFD", "a:\xff", "a:b c", "a:\x7f", "a:^", "a:{}",
	"2026-01-02", "2024-02-29", "2023-02-29", "2000-02-29", "1900-02-29", "2026-04-31", "2026-00-10", "2026-13-01", "2026-12-00", "0000-01-01", "2026-1-02",
	"2026-01-02T03:04:05Z", "2026-01-02T03:04:05", "2026-01-02T03:04:05.1Z", "2026-01-02T03:04:05.1234567890123", "2026-01-02T03:04:05.Z", "2026-01-02T03:04:05,5Z",
	"2026-01-02T03:04:05+05:30", "2026-01-02T03:04:05-24:60", "2026-01-02T03:04:05+24:61", "2026-01-02T3:04:05Z", "2026-01-02T24:00:00Z", "2026-01-02T03:60:05Z",
	"2026-01-02T03:04:60Z", "2026-01-02t03:04:05z", "2026-01-02 03:04:05Z", "2026-01-02T03:04:05ZZ", "2026-02-30T03:04:05Z", "2026/01/02T03:04:05Z", "+026-01-02",
}

// FuzzFormats: the formats of texts say what their plainest words say.
func FuzzFormats(f *testing.F) {
	for _, s := range formatSeeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for name, want := range plain {
			if got := formats[name].OfText(s); got != want(s) {
				t.Errorf("%s of %q: %v", name, s, got)
			}
		}
	})
}

// TestFormatsByteByByte puts each byte at each place of texts of every format.
func TestFormatsByteByByte(t *testing.T) {
	for _, seed := range formatSeeds {
		for i := range len(seed) {
			for c := range 256 {
				s := seed[:i] + string([]byte{byte(c)}) + seed[i+1:]
				for name, want := range plain {
					if got := formats[name].OfText(s); got != want(s) {
						t.Fatalf("%s of %q: %v", name, s, got)
					}
				}
			}
		}
	}
}

func TestFormatsOfNumbers(t *testing.T) {
	for _, c := range []struct {
		format string
		number json.Number
		want   bool
	}{
		{"finite", "1e308", true}, {"finite", "-1e308", true}, {"finite", "1e309", false}, {"finite", "-1e999999999", false}, {"finite", "1e-999", true},
		{"latitude", "90", true}, {"latitude", "-90.0000001", false}, {"longitude", "-180", true}, {"longitude", "180.5", false},
		{"statusListIndex", "0", true}, {"statusListIndex", "7.0", true}, {"statusListIndex", "-1", false}, {"statusListIndex", "1.5", false},
		{"statusListIndex", "9007199254740991", true}, {"statusListIndex", "9007199254740992", false}, {"uri", "1", true},
	} {
		if got := formats[c.format].OfNumber(c.number); got != c.want {
			t.Errorf("%s of %s: %v", c.format, c.number, got)
		}
	}
	for name, f := range formats {
		if f.number != nil && (f.validate(math.NaN()) == nil || f.validate(math.Inf(1)) == nil || f.validate(5.0) != nil) {
			t.Errorf("%s of doubles", name)
		}
	}
	for s, want := range map[string]bool{"0": true, "9007199254740991": true, "9007199254740992": false, "-1": false, "+1": false, "1.0": false, "": false} {
		if formats["statusListIndex"].OfText(s) != want {
			t.Errorf("statusListIndex of %q", s)
		}
	}
}

// TestFormatsHaveTheirType: a format says nothing of other kinds, so in the embedded schemas
// a type that lets no other kind pass stands beside each.
func TestFormatsHaveTheirType(t *testing.T) {
	seen := 0
	var walk func(any)
	walk = func(schema any) {
		switch s := schema.(type) {
		case map[string]any:
			if name, ok := s["format"].(string); ok {
				seen++
				f := formats[name]
				want := any("string")
				if f.text == nil {
					want = "number"
				}
				if (f.text == nil || f.number == nil) && s["type"] != want {
					t.Errorf("%s beside the type %v", name, s["type"])
				}
			}
			for _, v := range s {
				walk(v)
			}
		case []any:
			for _, v := range s {
				walk(v)
			}
		}
	}
	for _, doc := range embedded().words {
		walk(doc)
	}
	if seen < len(formats) {
		t.Errorf("%d formats are in use, %d are known", seen, len(formats))
	}
}
