package schemas

import (
	"encoding/json"
	"strings"
	"testing"
)

type mutation struct {
	name    string
	pointer string // what is changed
	value   any    // to what; gone{} takes it away
	at      string // where the refusal points
	says    string // part of what it says
}

type (
	obj  = map[string]any
	list = []any
)

const (
	subject     = "/credentialSubject"
	achievement = "/credentialSubject/achievement"
	identity    = "/credentialSubject/identifier/0"
	grade       = "/credentialSubject/achievement/resultDescription/0"
)

// holes are single changes that the published schema lets pass.
var holes = []mutation{
	{"context is a lone string", "/@context", CredentialsV2, "/@context", "must be a list that starts with"},
	{"scalar credential type", "/type", "Foo", "/type", "VerifiableCredential"},
	{"scalar credential type, half right", "/type", "VerifiableCredential", "/type", "AchievementCredential"},
	{"scalar subject type", subject + "/type", "Foo", subject + "/type", "must name the type AchievementSubject"},
	{"scalar achievement type", achievement + "/type", "Foo", achievement + "/type", "must name the type Achievement"},
	{"scalar profile type", "/issuer/type", "Foo", "/issuer/type", "must name the type Profile"},
	{"scalar source type", subject + "/source/type", "Foo", subject + "/source/type", "must name the type Profile"},
	{"scalar parent type", "/issuer/parentOrg/type", "Foo", "/issuer/parentOrg/type", "must name the type Profile"},
	{"scalar address type", "/issuer/address/type", "Foo", "/issuer/address/type", "must name the type Address"},
	{"scalar evidence type", "/evidence/0/type", "Foo", "/evidence/0/type", "must name the type Evidence"},
	{"scalar alignment type", achievement + "/alignment/0/type", "Foo", achievement + "/alignment/0/type", "must name the type Alignment"},
	{"scalar related type", achievement + "/related/0/type", "Foo", achievement + "/related/0/type", "must name the type Related"},
	{"scalar result type", subject + "/result/0/type", "Foo", subject + "/result/0/type", "must name the type Result"},
	{"scalar result description type", grade + "/type", "Foo", grade + "/type", "must name the type ResultDescription"},
	{"scalar rubric level type", grade + "/rubricCriterionLevel/0/type", "Foo", grade + "/rubricCriterionLevel/0/type", "must name the type RubricCriterionLevel"},
	{"scalar endorsement type", achievement + "/endorsement/0/type", "Foo", achievement + "/endorsement/0/type", "EndorsementCredential"},
	{"scalar endorsement subject type", achievement + "/endorsement/0/credentialSubject/type", "Foo", achievement + "/endorsement/0/credentialSubject/type", "EndorsementSubject"},
	{"validFrom without zone", "/validFrom", "2026-01-02T03:04:05", "/validFrom", "validFrom must be a date and time with a time zone, such as 2026-01-02T03:04:05Z"},
	{"validUntil without zone", "/validUntil", "2031-01-02T03:04:05", "/validUntil", "time zone"},
	{"awardedDate without zone", "/awardedDate", "2026-01-02T03:04:05.5", "/awardedDate", "time zone"},
	{"proof created without zone", "/proof/0/created", "2026-01-02T03:04:05", "/proof/0/created", "time zone"},
	{"day not in the calendar", "/validFrom", "2026-02-29T00:00:00Z", "/validFrom", "time zone"},
	{"time with a blank", "/validFrom", "2026-01-02 03:04:05Z", "/validFrom", "time zone"},
	{"activity day not in the calendar", subject + "/activityStartDate", "2026-02-30T00:00:00Z", subject + "/activityStartDate", "must be a date and time"},
	{"birthday not in the calendar", subject + "/source/dateOfBirth", "1981-02-29", subject + "/source/dateOfBirth", "must be a date"},
	{"empty criteria", achievement + "/criteria", obj{}, achievement + "/criteria", "must have an id"},
	{"blank criteria", achievement + "/criteria", obj{"narrative": " "}, achievement + "/criteria", "or a narrative"},
	{"name as a language map", "/name", obj{"en": "Welding"}, "/name", "name must be plain text"},
	{"achievement name as a language map", achievement + "/name", obj{"en": "Welding"}, achievement + "/name", "must be plain text"},
	{"id as a language map", "/id", obj{"en": "urn:uuid:1"}, "/id", "complete address"},
	{"type with a language map", "/type", list{"VerifiableCredential", "AchievementCredential", obj{"en": "x"}}, "/type/2", "entry 3 of type must be plain text"},
	{"tag as a language map", achievement + "/tag", obj{"en": "x"}, achievement + "/tag", "must be plain text"},
	{"relative credential id", "/id", "credentials/1", "/id", "complete address"},
	{"relative achievement id", achievement + "/id", "welding", achievement + "/id", "complete address"},
	{"id with a blank", achievement + "/id", "https://college.example/a b", achievement + "/id", "complete address"},
	{"issuer is a name", "/issuer", "Sample College", "/issuer", "complete address"},
	{"unknown second context", "/@context/1", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.9.9.json", "/@context/1", "Open Badges 3.0 context"},
	{"context that clashes with 2.0", "/@context/1", OpenBadges300, "/@context/1", "Open Badges 3.0 context"},
	{"hash is not a digest", identity + "/identityHash", "learner@college.example", identity + "/identityHash", "because hashed is true"},
	{"hash with another algorithm", identity + "/identityHash", "sha1$da39a3ee5e6b4b0d3255bfef95601890afd80709", identity + "/identityHash", "sha256$"},
	{"blank achievement name", achievement + "/name", "  ", achievement + "/name", "not blank"},
	{"no proof in the list", "/proof", list{}, "/proof", "at least one proof"},
	{"proof without suite", "/proof/0/cryptosuite", gone{}, "/proof/0/cryptosuite", "cryptosuite is missing from entry 1 of proof"},
	{"proof without purpose", "/proof/0/proofPurpose", gone{}, "/proof/0/proofPurpose", "proofPurpose is missing"},
	{"proof without value", "/proof/0/proofValue", gone{}, "/proof/0/proofValue", "proofValue is missing"},
	{"proof without method", "/proof/0/verificationMethod", gone{}, "/proof/0/verificationMethod", "verificationMethod is missing"},
	{"status without list", "/credentialStatus/statusListCredential", gone{}, "/credentialStatus/statusListCredential", "statusListCredential is missing from credentialStatus"},
	{"status with a negative index", "/credentialStatus/statusListIndex", "-1", "/credentialStatus/statusListIndex", "whole number"},
	{"status with a broken index", "/credentialStatus/statusListIndex", json.Number("1.5"), "/credentialStatus/statusListIndex", "whole number"},
	{"latitude off the globe", "/issuer/address/geo/latitude", json.Number("91"), "/issuer/address/geo/latitude", "-90 to 90"},
	{"credits beyond a double", subject + "/creditsEarned", json.Number("1e400"), subject + "/creditsEarned", "must be a number"},
	{"credits that would fill memory", subject + "/creditsEarned", json.Number("1e999999999"), subject + "/creditsEarned", "must be a number"},
	{"country in words", "/issuer/address/addressCountryCode", "Sweden", "/issuer/address/addressCountryCode", "two capital letters"},
	{"extension without a name", achievement + "/achievementType", "see ext:x", achievement + "/achievementType", "start with ext:"},
}

// faults are single changes that the published schema refuses as well.
var faults = []mutation{
	{"no context", "/@context", gone{}, "/@context", "@context is missing from the document"},
	{"contexts in the wrong order", "/@context", list{OpenBadges303, CredentialsV2}, "/@context/0", CredentialsV2},
	{"context is a number", "/@context/2", json.Number("1"), "/@context/2", "address of a context"},
	{"no id", "/id", gone{}, "/id", "id is missing from the document"},
	{"no type", "/type", gone{}, "/type", "type is missing"},
	{"another type", "/type", list{"VerifiableCredential", "OtherCredential"}, "/type", "AchievementCredential"},
	{"not verifiable", "/type", list{"AchievementCredential"}, "/type", "VerifiableCredential"},
	{"no issuer", "/issuer", gone{}, "/issuer", "issuer is missing"},
	{"issuer null", "/issuer", nil, "/issuer", "must be an object, not null"},
	{"no validFrom", "/validFrom", gone{}, "/validFrom", "validFrom is missing"},
	{"validFrom a number", "/validFrom", json.Number("1767322800"), "/validFrom", "time zone"},
	{"subject a list", subject, list{obj{}}, subject, "must be an object, not a list"},
	{"no achievement", achievement, gone{}, achievement, "achievement is missing from credentialSubject"},
	{"no criteria", achievement + "/criteria", gone{}, achievement + "/criteria", "criteria is missing from achievement"},
	{"no description", achievement + "/description", gone{}, achievement + "/description", "description is missing"},
	{"status an empty list", "/credentialStatus", list{}, "/credentialStatus", ""},
	{"status a list with one entry without type", "/credentialStatus", list{obj{"type": "x"}, obj{}}, "/credentialStatus/1/type", "type is missing"},
	{"status without type", "/credentialStatus/type", gone{}, "/credentialStatus/type", "type is missing"},
	{"image a string", "/image", "https://college.example/i.png", "/image", "must be an object, not text"},
	{"image with more", "/image/width", json.Number("1"), "/image/width", "image must not have a property named width"},
	{"identity with more", identity + "/email", "x", identity + "/email", "entry 1 of identifier must not have a property named email"},
	{"identifier with more", "/issuer/otherIdentifier/0/x", "x", "/issuer/otherIdentifier/0/x", "must not have a property"},
	{"unknown achievement type", achievement + "/achievementType", "Trophy", achievement + "/achievementType", "achievement types of Open Badges 3.0, or start with ext:"},
	{"unknown identity type", identity + "/identityType", "email", identity + "/identityType", "identifier types"},
	{"unknown target type", achievement + "/alignment/0/targetType", "Skill", achievement + "/alignment/0/targetType", "alignment target types"},
	{"unknown result type", grade + "/resultType", "Grade", grade + "/resultType", "result types"},
	{"unknown result status", subject + "/result/0/status", "Passed", subject + "/result/0/status", "must be one of Completed, Enrolled"},
	{"hashed in words", identity + "/hashed", "yes", identity + "/hashed", "must be true or false"},
	{"value and language", "/name", obj{"@value": "Welding", "@language": "en"}, "/name", "must be plain text"},
	{"endorsementJwt not a JWS", achievement + "/endorsementJwt", list{"a.b"}, achievement + "/endorsementJwt/0", "compact JWS"},
	{"language in words", achievement + "/inLanguage", "English", achievement + "/inLanguage", "language code"},
	{"credits in words", subject + "/creditsEarned", "7.5", subject + "/creditsEarned", "must be a number"},
	{"proof a string", "/proof", "z3sample", "/proof", "must be an object, not text"},
	{"proof without type", "/proof/0/type", gone{}, "/proof/0/type", "type is missing"},
	{"schema without type", "/credentialSchema/0/type", gone{}, "/credentialSchema/0/type", "type is missing"},
	{"endorsement without name", achievement + "/endorsement/0/name", gone{}, achievement + "/endorsement/0/name", "name is missing from entry 1 of endorsement"},
}

// harmless are single changes that must stay allowed: a scalar for a list,
// more properties on an open class, the other spellings of the standard.
var harmless = []mutation{
	{name: "alias of the type", pointer: "/type", value: list{"VerifiableCredential", "OpenBadgeCredential"}},
	{name: "one more type", pointer: "/type", value: list{"VerifiableCredential", "OpenBadgeCredential", "https://college.example/Type"}},
	{name: "scalar subject type", pointer: subject + "/type", value: "AchievementSubject"},
	{name: "scalar achievement type", pointer: achievement + "/type", value: "Achievement"},
	{name: "scalar tag", pointer: achievement + "/tag", value: "steel"},
	{name: "scalar evidence", pointer: "/evidence", value: obj{"type": "Evidence"}},
	{name: "scalar proof", pointer: "/proof", value: obj{"type": "Ed25519Signature2020"}},
	{name: "scalar alignment", pointer: achievement + "/alignment", value: obj{"type": "Alignment", "targetName": "n", "targetUrl": "https://skills.example/1"}},
	{name: "scalar terms", pointer: "/termsOfUse", value: obj{"type": "https://college.example/terms"}},
	{name: "issuer by address", pointer: "/issuer", value: "https://college.example/"},
	{name: "no proof yet", pointer: "/proof", value: gone{}},
	{name: "no name", pointer: "/name", value: gone{}},
	{name: "no end", pointer: "/validUntil", value: gone{}},
	{name: "subject without identifier", pointer: subject + "/identifier", value: gone{}},
	{name: "subject without id", pointer: subject + "/id", value: gone{}},
	{name: "criteria by page", pointer: achievement + "/criteria", value: obj{"id": "https://college.example/c"}},
	{name: "property of our own", pointer: "/sampleProperty", value: obj{"a": list{true}}},
	{name: "property of our own, deep", pointer: achievement + "/sampleProperty", value: json.Number("1e999999999")},
	{name: "extension value", pointer: achievement + "/achievementType", value: "ext:Trophy"},
	{name: "data image", pointer: "/image/id", value: "data:image/png;base64,iVBORw0KGgo="},
	{name: "international address", pointer: achievement + "/id", value: "https://högskola.example/märke"},
	{name: "plain identifier", pointer: identity, value: obj{"type": "IdentityObject", "hashed": false, "identityHash": "a@college.example", "identityType": "emailAddress"}},
	{name: "upper case digest", pointer: identity + "/identityHash", value: "md5$D41D8CD98F00B204E9800998ECF8427E"},
	{name: "fraction of a second", pointer: "/validFrom", value: "2026-01-02T03:04:05.123456Z"},
	{name: "far zone", pointer: "/validFrom", value: "2026-01-02T03:04:05+14:00"},
	{name: "leap day", pointer: "/validFrom", value: "2028-02-29T00:00:00-05:00"},
	{name: "index as a number", pointer: "/credentialStatus/statusListIndex", value: json.Number("23")},
	{name: "status of another kind", pointer: "/credentialStatus", value: obj{"type": "1EdTechRevocationList", "id": "https://college.example/revoked"}},
	{name: "local context", pointer: "/@context/2", value: obj{"term": "https://college.example/term"}},
	{name: "older context", pointer: "/@context/1", value: OpenBadges302},
}

func TestMutationsRefused(t *testing.T) {
	for _, m := range append(append([]mutation{}, holes...), faults...) {
		t.Run(m.name, func(t *testing.T) {
			doc := sample(t)
			set(t, doc, m.pointer, m.value)
			found := Validate(AchievementCredential, doc)
			for _, v := range found {
				if v.Pointer == m.at && strings.Contains(v.Message, m.says) {
					return
				}
			}
			t.Errorf("want a refusal at %q that says %q, have %q", m.at, m.says, found)
		})
	}
}

func TestSubjectMustSayWho(t *testing.T) {
	for _, nobody := range []any{gone{}, list{}, "someone"} {
		doc := sample(t)
		set(t, doc, subject+"/id", gone{})
		set(t, doc, subject+"/identifier", nobody)
		found := Validate(AchievementCredential, doc)
		if len(found) == 0 || found[0].Pointer != subject || !strings.Contains(found[0].Message, "must have an id or an identifier") {
			t.Errorf("identifier %v: %q", nobody, found)
		}
	}
}

func TestMutationsAllowed(t *testing.T) {
	for _, m := range harmless {
		doc := sample(t)
		set(t, doc, m.pointer, m.value)
		for _, v := range Validate(AchievementCredential, doc) {
			t.Errorf("%s: refused at %s: %s", m.name, v.Pointer, v.Message)
		}
	}
}

func TestMutationsRefusedV1(t *testing.T) {
	for _, m := range []mutation{
		{"no issuanceDate", "/issuanceDate", gone{}, "/issuanceDate", "issuanceDate is missing from the document"},
		{"issuanceDate without zone", "/issuanceDate", "2026-01-02T03:04:05", "/issuanceDate", "time zone"},
		{"expirationDate without zone", "/expirationDate", "2026-01-02T03:04:05", "/expirationDate", "time zone"},
		{"no name", "/name", gone{}, "/name", "name is missing"},
		{"issuer by address", "/issuer", "https://college.example/", "/issuer", "must be an object, not text"},
		{"context of 2.0", "/@context/0", CredentialsV2, "/@context/0", CredentialsV1},
		{"no second context", "/@context", list{CredentialsV1}, "/@context", "must be a list that starts with"},
	} {
		doc := sampleV1(t)
		set(t, doc, m.pointer, m.value)
		found := Validate(AchievementCredentialV1, doc)
		if len(found) != 1 || found[0].Pointer != m.at || !strings.Contains(found[0].Message, m.says) {
			t.Errorf("%s: want one refusal at %q that says %q, have %q", m.name, m.at, m.says, found)
		}
	}
}
