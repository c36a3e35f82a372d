package examples_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"laurel/examples"
	"laurel/internal/badge"
	"laurel/internal/jsonld"
	"laurel/internal/results"
	"laurel/internal/store"
	"laurel/issuer"
	"laurel/keys"
)

// sampleAchievement is what both files of results are for.
const sampleAchievement = "food-hygiene-level-2"

// college is an institution with the sample catalogue, on a real store.
func college(t *testing.T) *issuer.Issuer {
	t.Helper()
	dir, now := t.TempDir(), time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	ring, err := keys.Create(filepath.Join(dir, "keys.age"), keys.Passphrase([]byte("a sample passphrase")), keys.WorkFactor(1))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ring.Generate(keys.Ed25519, now); err != nil {
		t.Fatal(err)
	}
	bolt, err := store.OpenBolt(filepath.Join(dir, "laurel.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { bolt.Close() })
	in, err := issuer.New(issuer.Config{
		Store: bolt, Keys: ring, BaseURL: "https://badges.college.example", Now: func() time.Time { return now }, Random: rand.Reader,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	if _, err := in.Setup(ctx, issuer.Profile{Slug: "sample-college", Name: "Sample College", URL: "https://college.example"}); err != nil {
		t.Fatal(err)
	}
	achievements, err := issuer.ParseCatalogue(examples.Achievements, examples.Open)
	if err != nil {
		t.Fatal(err)
	}
	if err := in.Import(ctx, achievements); err != nil {
		t.Fatal(err)
	}
	return in
}

// TestCollege has one institution take the catalogue and both files of results.
func TestCollege(t *testing.T) {
	in := college(t)
	t.Run("catalogue", func(t *testing.T) { testCatalogue(t, in) })
	t.Run("results", func(t *testing.T) { testResults(t, in) })
	t.Run("broken", func(t *testing.T) { testBroken(t, in) })
}

func testCatalogue(t *testing.T, in *issuer.Issuer) {
	catalogue, err := in.Achievements(context.Background())
	if err != nil || len(catalogue) != 6 {
		t.Fatal(len(catalogue), err)
	}
	if _, err := examples.Open("../go.mod"); !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrInvalid) {
		t.Error(err)
	}
}

func testResults(t *testing.T, in *issuer.Issuer) {
	table, err := results.Read(examples.Results, results.Options{Achievement: sampleAchievement})
	if err != nil {
		t.Fatal(err)
	}
	var earned []issuer.Result
	for _, row := range table.Rows {
		if row.Err != nil || row.Warning != "" {
			t.Error(row.Line, row.Err, row.Warning)
		}
		earned = append(earned, row.Result)
	}
	outcomes, err := in.Award(context.Background(), earned...)
	if err != nil || len(outcomes) != 8 {
		t.Fatal(len(outcomes), err)
	}
	for _, o := range outcomes {
		if o.Err != nil || !o.Created || o.Award.State != issuer.Issued {
			t.Error(o.Award.Result.Key, o.Err, o.Award.State)
		}
	}
}

// documented returns the rows of the table of README.md that follows a heading.
func documented(t *testing.T, heading string) []string {
	t.Helper()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(readme), "## "+heading+"\n")
	if !ok {
		t.Fatalf("README.md has no heading %q", heading)
	}
	rest, _, _ = strings.Cut(rest, "\n## ")
	var rows []string
	for line := range strings.Lines(rest) {
		if strings.HasPrefix(line, "| ") && !strings.HasPrefix(line, "| line") && !strings.HasPrefix(line, "| ---") {
			rows = append(rows, strings.TrimSpace(line))
		}
	}
	return rows
}

// testBroken holds results-broken.csv to what README.md says of it.
func testBroken(t *testing.T, in *issuer.Issuer) {
	raw, err := os.ReadFile("results-broken.csv")
	if err != nil {
		t.Fatal(err)
	}
	table, err := results.Read(raw, results.Options{Achievement: sampleAchievement})
	if err != nil {
		t.Fatal(err)
	}
	var refused, noted, catalogue []string
	for _, row := range table.Rows {
		if row.Err != nil {
			refused = append(refused, fmt.Sprintf("| %d | %s | %s |", row.Line, row.Err.Column, row.Err.Reason))
			continue
		}
		if row.Warning != "" {
			noted = append(noted, fmt.Sprintf("| %d | %s |", row.Line, row.Warning))
		}
		if err := in.Check(context.Background(), row.Result); errors.Is(err, issuer.ErrInput) {
			catalogue = append(catalogue, fmt.Sprintf("| %d |", row.Line))
		} else if err != nil {
			t.Error(row.Line, err)
		}
	}
	same(t, "Refused when reading", refused)
	same(t, "Noted", noted)
	same(t, "Refused by the catalogue", catalogue)
}

func same(t *testing.T, heading string, got []string) {
	t.Helper()
	want := documented(t, heading)
	if !slices.Equal(got, want) {
		t.Errorf("%s: README.md has\n%s\nthe file gives\n%s", heading, strings.Join(want, "\n"), strings.Join(got, "\n"))
	}
}

// TestCredential reads the badge without losing a member, and has it prepared for
// signing.
func TestCredential(t *testing.T) {
	raw, err := os.ReadFile("credential.json")
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	var c badge.Credential
	if err := dec.Decode(&c); err != nil {
		t.Fatal(err)
	}
	prepared, err := badge.Prepare(c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := jsonld.Pinned().Read(prepared.Value()); err != nil {
		t.Error("it could not be signed:", err)
	}
	if len(c.Subject.Identifier) != 1 || !c.Subject.Identifier[0].Matches("learner1@students.college.example") {
		t.Error("the badge is not learner 1's")
	}
}
