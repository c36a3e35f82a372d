package jsonld

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"laurel/internal/rdfc"
)

const listed = `,"name":"n","credentialSubject":{"type":"AchievementSubject","achievement":{"type":"Achievement","tag":["a","b"],
"resultDescription":[{"id":"urn:r","type":"ResultDescription","allowedValue":["1","2","1"]}]}},"evidence":[{"type":"Evidence"},{"type":"Evidence"}]`

// TestParts holds that a part's statements are found among those of the whole, under labels
// that both share (VC-DI-ECDSA §3.4).
func TestParts(t *testing.T) {
	budget := Default
	parts, err := Pinned().Parts(context.Background(), parse(t, wrap(listed)).Object(), &budget)
	if err != nil {
		t.Fatal(err)
	}
	same := func(label string) string { return label }
	whole := parts.Whole.Graph.Lines(same)
	for pointers, found := range map[string]bool{
		"/name": true, "/evidence/1": true, "/evidence": true, "": true, "/credentialSubject/achievement/tag/1 /name": true,
		"/credentialSubject/achievement/resultDescription/0/allowedValue":   true,
		"/credentialSubject/achievement/resultDescription/0/allowedValue/1": false,
	} {
		part, err := parts.Take(context.Background(), strings.Split(pointers, " "))
		if err != nil {
			t.Errorf("%s: %v", pointers, err)
			continue
		}
		lines := part.Graph.Lines(same)
		missing := slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return slices.Contains(whole, line) })
		if (len(missing) == 0) != found || len(lines) == 0 {
			t.Errorf("%s: %d lines, not in the whole: %v", pointers, len(lines), missing)
		}
	}
	for _, pointer := range []string{"name", "/names", "/name/x", "/evidence/2", "/evidence/-", "/evidence/01", "/~", "/~2"} {
		if part, err := parts.Take(context.Background(), []string{pointer}); err == nil {
			t.Errorf("%s: %v", pointer, part.Document)
		}
	}
}

// TestPartsRefused holds that what cannot be named is refused, not taken for something else.
func TestPartsRefused(t *testing.T) {
	for text, want := range map[string]error{
		wrap(`,"credentialSubject":[{"id":"_:part-0"},{"type":"AchievementSubject"}]`): ErrUnsupported,
		`{"@context":"https://www.w3.org/ns/credentials/v2","type":"VerifiablePresentation","verifiableCredential":
		{"@context":"https://www.w3.org/ns/credentials/v2","type":"VerifiableCredential"}}`: ErrUnsupported,
		wrap(`,"_sd":[{}]`):  ErrUnsupported, // a literal with an object in it
		wrap(`,"nothing":1`): ErrDataLoss,
	} {
		budget := Default
		if _, err := Pinned().Parts(context.Background(), parse(t, text).Object(), &budget); !errors.Is(err, want) {
			t.Errorf("%.80s: %v, want %v", text, err, want)
		}
	}
	if _, err := Pinned().Parts(context.Background(), parse(t, wrap(listed)).Object(), &Budget{Reading: Default.Reading}); !errors.Is(err, rdfc.ErrBudget) {
		t.Errorf("without a budget: %v", err)
	}
}

// FuzzPointer holds that a pointer is refused or names one path, which is written the same.
func FuzzPointer(f *testing.F) {
	f.Add("/credentialSubject/achievement/tag/1")
	f.Add("/a~1b/~0/")
	f.Fuzz(func(t *testing.T, pointer string) {
		root, err := pathsOf([]string{pointer})
		if err != nil {
			return
		}
		again := ""
		for !root.all {
			token := slices.Collect(maps.Keys(root.members))[0]
			again += "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(token)
			root = root.members[token]
		}
		if again != pointer {
			t.Fatalf("%q is read as %q", pointer, again)
		}
	})
}
