package verifier

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"laurel/internal/did"
	"laurel/internal/vc"
	"laurel/registry"
)

// TestMany verifies a mixed lot: in order, each as if it were alone, and the statement on it
// verifies itself.
func TestMany(t *testing.T) {
	w := newWorld(t, ed25519Key(t))
	good := w.badge(nil)
	w.documents["https://college.example/b"] = good
	var items []Item
	want := []string{}
	for i := range 60 {
		item, code := Item{Name: fmt.Sprint(i), Input: good}, "valid"
		switch i % 4 {
		case 1:
			item.Input, code = []byte("junk"), "invalid"
		case 2:
			item.Input, item.URL = nil, "https://college.example/b"
		case 3:
			item.Input, item.Err, code = nil, errors.New("sealed"), "indeterminate"
		}
		items, want = append(items, item), append(want, code)
	}
	v := w.verifier()
	var results []ItemReport
	var lines []Line
	for r := range v.Many(context.Background(), slices.Values(items), Request{}) {
		results, lines = append(results, r), append(lines, r.Line())
	}
	for i, r := range results {
		if r.Name != items[i].Name || r.Report.Verdict.String() != want[i] || (r.SHA256 != "") != (items[i].Err == nil) || r.Link != (items[i].URL != "") {
			t.Errorf("%d: %s %s %q", i, r.Name, r.Report.Verdict, r.SHA256)
		}
	}
	if len(results) != len(items) {
		t.Fatal(len(results))
	}
	for range v.Many(context.Background(), slices.Values(items), Request{}) {
		break // whoever stops reading stops the work
	}
	key := ed25519Key(t)
	id, _, err := did.DIDKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	signed, err := v.Statement(context.Background(), lines, key)
	if err != nil {
		t.Fatal(err)
	}
	at := []byte(`"verifiedAt":"` + vc.FormatTime(v.config.Now()) + `","recipient":"recipient-not-asked"`)
	if bytes.Count(signed, at) == 0 {
		t.Errorf("the statement does not say for when, and who was asked for: %s", signed)
	}
	v.config.Registries = registry.Pinned(id).Alone
	r := v.Verify(context.Background(), Request{Input: signed})
	expect(t, r, Valid, "schema-not-a-badge")
	if r.Trust.Status != Trusted || r.Credential.Name != "Verification report (items: 60)" {
		t.Error(r.Trust, r.Credential.Name)
	}
}

// TestManyOfOneThatFails: what fails to read the items ends in a report, not in the program.
func TestManyOfOneThatFails(t *testing.T) {
	v := New(Config{Offline: true})
	var codes []string
	for r := range v.Many(context.Background(), func(yield func(Item) bool) {
		yield(Item{Name: "first", Input: []byte("hello")})
		panic("a fault of ours")
	}, Request{}) {
		codes = append(codes, r.Report.Deciding().Code)
	}
	if !slices.Equal(codes, []string{"input-unrecognized", "input-unreadable"}) {
		t.Error(codes)
	}
}

// TestLineOfLink: a share link is a secret of the learner, and no statement says it.
func TestLineOfLink(t *testing.T) {
	const link = "https://college.example/badges/secret"
	for r := range New(Config{Offline: true}).Many(context.Background(), slices.Values([]Item{{Name: link, URL: link}}), Request{}) {
		if line := r.Line(); line.Item != "link" || len(line.SHA256) != 64 {
			t.Errorf("%+v", line)
		}
	}
}

// TestManyStops holds that a lot without end is read only as far as results are taken.
func TestManyStops(t *testing.T) {
	v := New(Config{Offline: true})
	endless := func(yield func(Item) bool) {
		for yield(Item{Input: []byte("x")}) {
			continue
		}
	}
	taken := 0
	for range v.Many(context.Background(), endless, Request{}) {
		if taken++; taken == 10 {
			break
		}
	}
	if taken != 10 {
		t.Error(taken)
	}
}

// TestManyGoesOn: an item on which the verifier fails is undecided, and ends nothing.
func TestManyGoesOn(t *testing.T) {
	w := newWorld(t, ed25519Key(t))
	v := w.verifier()
	own := v.config.Own
	v.config.Own = func(ctx context.Context, url string) ([]byte, bool) {
		if url == "https://college.example/fails" {
			panic("on purpose")
		}
		return own(ctx, url)
	}
	items := []Item{{Name: "1", URL: "https://college.example/fails"}, {Name: "2", Input: w.badge(nil)}}
	var got []Verdict
	for r := range v.Many(context.Background(), slices.Values(items), Request{}) {
		got = append(got, r.Report.Verdict)
	}
	if !slices.Equal(got, []Verdict{Indeterminate, Valid}) {
		t.Error(got)
	}
}
