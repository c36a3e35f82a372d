package main

import "testing"

func TestVisible(t *testing.T) {
	for in, want := range map[string]string{
		"{\"name\": \"Hygiène 食品\"}\n\t": "{\"name\": \"Hygiène 食品\"}\n\t",
		"\x1b[2Jgone\a\r":                `\u001b[2Jgone\u0007\u000d`,
		"a\u202eb\u009bc\u2028":          `a\u202eb\u009bc\u2028`,
		"\xff\U000e0041":                 `\xff\udb40\udc41`,
	} {
		if got := string(visible([]byte(in))); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}
