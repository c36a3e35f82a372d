package schemas

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"laurel/internal/needs"
)

// publishedSchema compiles the schema that 1EdTech publishes.
func publishedSchema(t *testing.T, class string) *jsonschema.Schema {
	t.Helper()
	doc := parse(t, needs.File(t, "open-badges", "schemas", "ob_v3p0_"+class+"_schema.json"))
	c := jsonschema.NewCompiler()
	c.UseLoader(closed{})
	if err := c.AddResource("urn:published", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("urn:published")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestPublishedDocuments: what the published schema accepts and is right, we
// accept; what it accepts and is wrong, is listed with the place of the fault.
func TestPublishedDocuments(t *testing.T) {
	wrong := map[string]string{ // documents whose fault the published schema does not see
		"simple-err-credential-subject-achievement-result-description-type.json": achievement + "/resultDescription/2/type",
		"simple-err-credential-subject-profile-type.json":                        subject + "/source/type",
		"simple-err-evidence-type.json":                                          "/evidence/1/type",
		"simple-err-proof-method-no-scheme.json":                                 "/proof/0/verificationMethod",
	}
	theirs := map[Schema]*jsonschema.Schema{
		AchievementCredential: publishedSchema(t, "achievementcredential"),
		EndorsementCredential: publishedSchema(t, "endorsementcredential"),
	}
	accepted := 0
	for _, pattern := range []string{"fixtures/ob30/*.json", "fixtures/ob30/bit-string-list/*.json", "fixtures/ob30/sd/*.json",
		"examples/*.json", "synthetic/*.json", "vectors/obv3p0/*.json"} {
		files, err := filepath.Glob(filepath.Join(needs.Standards(t), "open-badges", filepath.FromSlash(pattern)))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: no files (%v)", pattern, err)
		}
		for _, file := range files {
			name, doc := filepath.Base(file), readDoc(t, file).(map[string]any)
			s := AchievementCredential
			if slices.Contains(doc["type"].([]any), any("EndorsementCredential")) {
				s = EndorsementCredential
			}
			official, ours := theirs[s].Validate(doc), Validate(s, doc)
			switch {
			case official == nil && wrong[name] != "":
				if len(ours) != 1 || ours[0].Pointer != wrong[name] {
					t.Errorf("%s: want one refusal at %s, have %q", name, wrong[name], ours)
				}
			case official == nil && ours != nil:
				t.Errorf("%s: the published schema accepts it, we refuse: %q", name, ours)
			case official != nil && ours == nil:
				t.Errorf("%s: we accept what the published schema refuses: %v", name, official)
			case official == nil:
				accepted++
			}
		}
	}
	if accepted != 26 {
		t.Errorf("%d documents accepted by both, want 26", accepted)
	}
}

// TestPublishedDocumentsV1: VC-DM 1.1 has no published schema of its own that
// compiles, so the documents themselves are the measure.
func TestPublishedDocumentsV1(t *testing.T) {
	for name, refusals := range map[string]int{
		"simple_v1.json":                 0,
		"simple-eddsa-2022.json":         0,
		"credential-status-revoked.json": 0,
		"complete_v1.json":               8, // endorsements without id or name, identityType "email"
		"simple-noproof.json":            1, // no achievement
		"simple.json":                    2, // 2.0: other context, no issuanceDate
	} {
		doc := parse(t, needs.File(t, "open-badges", "fixtures", "ob30", name))
		if found := Validate(AchievementCredentialV1, doc); len(found) != refusals {
			t.Errorf("%s: want %d refusals, have %q", name, refusals, found)
		}
	}
	doc := parse(t, needs.File(t, "open-badges", "fixtures", "ob30", "endorsement-err-schema-status-refresh.json"))
	if found := Validate(EndorsementCredentialV1, doc); found != nil {
		t.Errorf("endorsement of 1.1: %q", found)
	}
}

// TestMutationsAgainstPublished: the holes are holes of the published schema,
// the faults are its faults too, and it allows what we allow.
func TestMutationsAgainstPublished(t *testing.T) {
	s := publishedSchema(t, "achievementcredential")
	check := func(table []mutation, accepts bool) {
		for _, m := range table {
			doc := sample(t)
			set(t, doc, m.pointer, m.value)
			if got := s.Validate(doc) == nil; got != accepts {
				t.Errorf("%s: the published schema accepts: %v", m.name, got)
			}
		}
	}
	check(holes, true)
	check(faults, false)
	check(harmless, true)
}
