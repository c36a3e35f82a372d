package schemas

import (
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"laurel/internal/needs"
)

func sampleCLR(t testing.TB) map[string]any {
	return map[string]any{
		"@context": []any{CredentialsV2, CLR201, OpenBadges303},
		"id":       "urn:uuid:1", "type": []any{"VerifiableCredential", "ClrCredential"}, "name": "Record", "partial": true,
		"issuer": map[string]any{"id": "https://college.example", "type": []any{"Profile"}}, "validFrom": "2026-01-01T00:00:00Z",
		"credentialSubject": map[string]any{
			"id": "urn:uuid:2", "type": []any{"ClrSubject"}, "verifiableCredential": []any{sample(t)},
			"association": []any{map[string]any{"type": "Association", "associationType": "isPartOf", "sourceId": "urn:a", "targetId": "urn:b"}},
		},
	}
}

// TestCLR holds learner records to CLR 2.0, one fault at a time.
func TestCLR(t *testing.T) {
	if found := Validate(ClrCredential, sampleCLR(t)); found != nil {
		t.Fatal(found)
	}
	for pointer, value := range map[string]any{
		"/@context/1":             OpenBadges303,
		"/@context":               []any{CredentialsV2, CLR201},
		"/type":                   []any{"VerifiableCredential"},
		"/name":                   gone{},
		"/partial":                "yes",
		"/validFrom":              "2026-01-01",
		"/credentialSubject/type": "AchievementSubject",
		"/credentialSubject/id":   gone{},
		"/credentialSubject/verifiableCredential":          []any{},
		"/credentialSubject/verifiableCredential/0":        "eyJhbGciOiJub25lIn0.e30.",
		"/credentialSubject/association/0/associationType": "isBetterThan",
		"/credentialSubject/association/0/note":            "x",
		"/credentialSubject/association/0/sourceId":        "a",
	} {
		doc := sampleCLR(t)
		set(t, doc, pointer, value)
		if found := Validate(ClrCredential, doc); len(found) == 0 {
			t.Errorf("%s = %v is accepted", pointer, value)
		}
	}
}

// TestPublishedCLR compares with the published schema and the official samples.
func TestPublishedCLR(t *testing.T) {
	c := jsonschema.NewCompiler()
	c.UseLoader(closed{})
	if err := c.AddResource("urn:published", parse(t, needs.File(t, "open-badges", "schemas", "clr_v2p0_clrcredential_schema.json"))); err != nil {
		t.Fatal(err)
	}
	theirs, err := c.Compile("urn:published")
	if err != nil {
		t.Fatal(err)
	}
	signed := parse(t, needs.File(t, "open-badges", "vectors", "clrv2p0", "signed.json"))
	for name, doc := range map[string]any{"vector": signed, "sample": sampleCLR(t)} {
		if err := theirs.Validate(doc); err != nil {
			t.Errorf("%s: the published schema refuses it: %v", name, err)
		}
		if found := Validate(ClrCredential, doc); found != nil {
			t.Errorf("%s: %q", name, found)
		}
	}
	for _, name := range []string{"complex.json", "simple_v1.json"} {
		if found := Validate(ClrCredentialV1, parse(t, needs.File(t, "open-badges", "fixtures", "clr20", name))); found != nil {
			t.Errorf("%s: %q", name, found)
		}
	}
}
