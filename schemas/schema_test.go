package schemas

import (
	"bytes"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// gone, as a mutation, takes the member away.
type gone struct{}

func parse(t testing.TB, b []byte) any {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func readDoc(t testing.TB, path string) any {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, b)
}

func sample(t testing.TB) map[string]any {
	return readDoc(t, "testdata/achievement-credential.json").(map[string]any)
}

// sampleV1 is the sample in the spelling of VC Data Model 1.1.
func sampleV1(t testing.TB) map[string]any {
	doc := sample(t)
	set(t, doc, "/@context/0", CredentialsV1)
	set(t, doc, "/@context/1", OpenBadges300)
	set(t, doc, "/issuanceDate", doc["validFrom"])
	set(t, doc, "/expirationDate", doc["validUntil"])
	set(t, doc, "/validFrom", gone{})
	set(t, doc, "/validUntil", gone{})
	e := endorsement(t, doc)
	set(t, e, "/@context/0", CredentialsV1)
	set(t, e, "/@context/1", OpenBadges300)
	set(t, e, "/issuanceDate", e["validFrom"])
	set(t, e, "/validFrom", gone{})
	set(t, e, "/issuer", map[string]any{"id": "https://guild.example/", "type": "Profile"})
	return doc
}

func endorsement(t testing.TB, doc map[string]any) map[string]any {
	t.Helper()
	return at(doc, []string{"credentialSubject", "achievement", "endorsement", "0"}).(map[string]any)
}

// set changes one place of a document: a member, an entry, or "-" for a new one.
func set(t testing.TB, doc map[string]any, pointer string, value any) {
	t.Helper()
	path := strings.Split(pointer, "/")[1:]
	last := path[len(path)-1]
	switch parent := at(doc, path[:len(path)-1]).(type) {
	case map[string]any:
		if _, ok := value.(gone); ok {
			delete(parent, last)
			return
		}
		parent[last] = value
	case []any:
		i, err := strconv.Atoi(last)
		if err != nil {
			t.Fatalf("%s: %v", pointer, err)
		}
		parent[i] = value
	default:
		t.Fatalf("%s: no such place", pointer)
	}
}

// samples are one document for each schema.
func samples(t testing.TB) map[Schema]any {
	t.Helper()
	v2, v1 := sample(t), sampleV1(t)
	return map[Schema]any{
		AchievementCredential:   v2,
		AchievementCredentialV1: v1,
		EndorsementCredential:   endorsement(t, v2),
		EndorsementCredentialV1: endorsement(t, v1),
		Profile:                 v2["issuer"],
		Achievement:             at(v2, []string{"credentialSubject", "achievement"}),
	}
}

func TestValidateAcceptsSamples(t *testing.T) {
	for s, doc := range samples(t) {
		for _, v := range Validate(s, doc) {
			t.Errorf("%s: %s: %s", s, v.Pointer, v.Message)
		}
	}
}

func TestSchemasDoNotAcceptEachOther(t *testing.T) {
	docs := samples(t)
	for s := range docs {
		for other, doc := range docs {
			if s != other && Validate(s, doc) == nil {
				t.Errorf("%s accepts the sample of %s", s, other)
			}
		}
	}
	for _, doc := range []any{nil, true, "", "text", []any{}, []any{sample(t)}, map[string]any{}} {
		for s := range docs {
			if Validate(s, doc) == nil {
				t.Errorf("%s accepts %v", s, doc)
			}
		}
	}
	if Validate("urn:laurel:schema:definitions", sample(t)) == nil || Validate("", sample(t)) == nil {
		t.Error("a name that is no schema must not accept")
	}
}

// TestEmbeddedEndorsementFollowsItsCredential: VC-DM 1.1 and 2.0 do not mix.
func TestEmbeddedEndorsementFollowsItsCredential(t *testing.T) {
	v2, v1 := sample(t), sampleV1(t)
	a, b := endorsement(t, v2), endorsement(t, v1)
	set(t, v2, "/credentialSubject/achievement/endorsement/0", b)
	set(t, v1, "/credentialSubject/achievement/endorsement/0", a)
	if Validate(AchievementCredential, v2) == nil {
		t.Error("a 2.0 credential holds a 1.1 endorsement")
	}
	if Validate(AchievementCredentialV1, v1) == nil {
		t.Error("a 1.1 credential holds a 2.0 endorsement")
	}
}

func TestValidateBounds(t *testing.T) {
	many := sample(t)
	tags := make([]any, 1000)
	for i := range tags {
		tags[i] = true
	}
	set(t, many, "/credentialSubject/achievement/tag", tags)
	if got := Validate(AchievementCredential, many); len(got) != MaxViolations {
		t.Errorf("%d violations, want %d", len(got), MaxViolations)
	}
	large := sample(t)
	large["tooMany"] = make([]any, MaxValues)
	deep, inner := sample(t), map[string]any{}
	deep["tooDeep"] = inner
	for range MaxDepth {
		next := map[string]any{}
		inner["parentOrg"], inner = next, next
	}
	for _, doc := range []any{large, deep} {
		if got := Validate(AchievementCredential, doc); len(got) != 1 || got[0].Pointer != "" {
			t.Errorf("want one refusal of the whole, have %v", got)
		}
	}
}

func TestValidateIsDeterministic(t *testing.T) {
	doc := sample(t)
	for _, p := range []string{"/id", "/name", "/issuer/id", "/evidence/0/type", "/credentialSubject/achievement/name"} {
		set(t, doc, p, true)
	}
	first := Validate(AchievementCredential, doc)
	for range 20 {
		if again := Validate(AchievementCredential, doc); !slices.Equal(first, again) {
			t.Fatalf("%v, then %v", first, again)
		}
	}
}

func TestValidateConcurrently(t *testing.T) {
	good, bad := sample(t), sample(t)
	set(t, bad, "/validFrom", "yesterday")
	done := make(chan bool)
	for range 8 {
		go func() {
			done <- Validate(AchievementCredential, good) == nil && Validate(AchievementCredential, bad) != nil
		}()
	}
	for range 8 {
		if !<-done {
			t.Error("a concurrent answer was wrong")
		}
	}
}

func TestLoaderHasNothing(t *testing.T) {
	for _, url := range []string{"https://college.example/schema.json", "file:///etc/hosts", "urn:laurel:schema:other"} {
		if doc, err := (closed{}).Load(url); doc != nil || err == nil {
			t.Errorf("%s was loaded", url)
		}
	}
}

func BenchmarkValidate(b *testing.B) {
	doc := sample(b)
	Validate(AchievementCredential, doc)
	b.ReportAllocs()
	for b.Loop() {
		if Validate(AchievementCredential, doc) != nil {
			b.Fatal("the sample was refused")
		}
	}
}
