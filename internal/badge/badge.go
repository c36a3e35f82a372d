// Package badge answers: which achievement is this credential for, and for whom?
//
// It holds the classes of Open Badges 3.0 ("OB", 1EdTech, with the corrections up to
// specification 1.4.5) as they are written on the wire, prepares badges for signing in
// the form that every known verifier accepts, and reads those of others leniently where
// the standard lets them vary. Images and baking, proofs and status are left to others.
package badge

// Multi-valued members are arrays and empty members are left out, as OB §C.1 asks of
// what is issued.

// Image is OB §B.1.11. ID is the picture's address or a data: URI.
type Image struct {
	ID      string `json:"id"`
	Type    string `json:"type"`
	Caption string `json:"caption,omitempty"`
}

// IdentifierEntry is OB §B.1.10.
type IdentifierEntry struct {
	Type           string `json:"type"`
	Identifier     string `json:"identifier"`
	IdentifierType string `json:"identifierType"`
}

// Address is OB §B.1.4.
type Address struct {
	Type               []string `json:"type"`
	AddressCountry     string   `json:"addressCountry,omitempty"`
	AddressCountryCode string   `json:"addressCountryCode,omitempty"`
	AddressRegion      string   `json:"addressRegion,omitempty"`
	AddressLocality    string   `json:"addressLocality,omitempty"`
	StreetAddress      string   `json:"streetAddress,omitempty"`
	PostOfficeBox      string   `json:"postOfficeBoxNumber,omitempty"`
	PostalCode         string   `json:"postalCode,omitempty"`
	Geo                *Geo     `json:"geo,omitempty"`
}

// Geo is OB §B.1.8, in degrees.
type Geo struct {
	Type      string  `json:"type"`
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
}

// Profile is OB §B.1.15: an issuer, an assessor, a person.
type Profile struct {
	ID               string            `json:"id"`
	Type             []string          `json:"type"`
	Name             string            `json:"name,omitempty"`
	URL              string            `json:"url,omitempty"`
	Phone            string            `json:"phone,omitempty"`
	Description      string            `json:"description,omitempty"`
	Image            *Image            `json:"image,omitempty"`
	Email            string            `json:"email,omitempty"`
	Address          *Address          `json:"address,omitempty"`
	OtherIdentifier  []IdentifierEntry `json:"otherIdentifier,omitempty"`
	Official         string            `json:"official,omitempty"`
	ParentOrg        *Profile          `json:"parentOrg,omitempty"`
	FamilyName       string            `json:"familyName,omitempty"`
	GivenName        string            `json:"givenName,omitempty"`
	AdditionalName   string            `json:"additionalName,omitempty"`
	PatronymicName   string            `json:"patronymicName,omitempty"`
	HonorificPrefix  string            `json:"honorificPrefix,omitempty"`
	HonorificSuffix  string            `json:"honorificSuffix,omitempty"`
	FamilyNamePrefix string            `json:"familyNamePrefix,omitempty"`
	DateOfBirth      string            `json:"dateOfBirth,omitempty"`
	Endorsement      []any             `json:"endorsement,omitempty"`
	EndorsementJWT   []string          `json:"endorsementJwt,omitempty"`
}

// Criteria is OB §B.1.6; one of the two is needed.
type Criteria struct {
	ID        string `json:"id,omitempty"`
	Narrative string `json:"narrative,omitempty"` // Markdown
}

// Alignment is OB §B.1.5: a node of a framework that the achievement is aligned to.
type Alignment struct {
	Type              []string `json:"type"`
	TargetName        string   `json:"targetName"`
	TargetURL         string   `json:"targetUrl"`
	TargetCode        string   `json:"targetCode,omitempty"`
	TargetDescription string   `json:"targetDescription,omitempty"`
	TargetFramework   string   `json:"targetFramework,omitempty"`
	TargetType        string   `json:"targetType,omitempty"`
}

// Related is OB §B.1.16: another edition of the same achievement.
type Related struct {
	ID         string   `json:"id"`
	Type       []string `json:"type"`
	InLanguage string   `json:"inLanguage,omitempty"`
	Version    string   `json:"version,omitempty"`
}

// RubricCriterionLevel is OB §B.1.19.
type RubricCriterionLevel struct {
	ID          string      `json:"id"`
	Type        []string    `json:"type"`
	Name        string      `json:"name"`
	Alignment   []Alignment `json:"alignment,omitempty"`
	Description string      `json:"description,omitempty"`
	Level       string      `json:"level,omitempty"`
	Points      string      `json:"points,omitempty"`
}

// ResultDescription is OB §B.1.18: a kind of result that can be achieved. AllowedValue
// and RubricCriterionLevel stand in ascending order.
type ResultDescription struct {
	ID                   string                 `json:"id"`
	Type                 []string               `json:"type"`
	Name                 string                 `json:"name"`
	ResultType           string                 `json:"resultType"`
	Alignment            []Alignment            `json:"alignment,omitempty"`
	AllowedValue         []string               `json:"allowedValue,omitempty"`
	RequiredLevel        string                 `json:"requiredLevel,omitempty"`
	RequiredValue        string                 `json:"requiredValue,omitempty"`
	RubricCriterionLevel []RubricCriterionLevel `json:"rubricCriterionLevel,omitempty"`
	ValueMin             string                 `json:"valueMin,omitempty"`
	ValueMax             string                 `json:"valueMax,omitempty"`
}

// Achievement is OB §B.1.1: what can be earned.
type Achievement struct {
	ID                string              `json:"id"`
	Type              []string            `json:"type"`
	Name              string              `json:"name"`
	Description       string              `json:"description"`
	Criteria          Criteria            `json:"criteria"`
	AchievementType   string              `json:"achievementType,omitempty"`
	Alignment         []Alignment         `json:"alignment,omitempty"`
	Creator           *Profile            `json:"creator,omitempty"`
	CreditsAvailable  float64             `json:"creditsAvailable,omitempty"`
	Endorsement       []any               `json:"endorsement,omitempty"`
	EndorsementJWT    []string            `json:"endorsementJwt,omitempty"`
	FieldOfStudy      string              `json:"fieldOfStudy,omitempty"`
	HumanCode         string              `json:"humanCode,omitempty"`
	Image             *Image              `json:"image,omitempty"`
	InLanguage        string              `json:"inLanguage,omitempty"`
	OtherIdentifier   []IdentifierEntry   `json:"otherIdentifier,omitempty"`
	Related           []Related           `json:"related,omitempty"`
	ResultDescription []ResultDescription `json:"resultDescription,omitempty"`
	Specialization    string              `json:"specialization,omitempty"`
	Tag               []string            `json:"tag,omitempty"`
	Version           string              `json:"version,omitempty"`
}

// Result is OB §B.1.17: one result that the learner achieved.
type Result struct {
	Type              []string    `json:"type"`
	ResultDescription string      `json:"resultDescription,omitempty"`
	Value             string      `json:"value,omitempty"`
	Status            string      `json:"status,omitempty"`
	AchievedLevel     string      `json:"achievedLevel,omitempty"`
	Alignment         []Alignment `json:"alignment,omitempty"`
}

// Evidence is OB §B.1.7.
type Evidence struct {
	ID          string   `json:"id,omitempty"`
	Type        []string `json:"type"`
	Narrative   string   `json:"narrative,omitempty"`
	Name        string   `json:"name,omitempty"`
	Description string   `json:"description,omitempty"`
	Genre       string   `json:"genre,omitempty"`
	Audience    string   `json:"audience,omitempty"`
}

// IdentityObject is OB §B.1.9: who the recipient is, possibly as a salted hash.
type IdentityObject struct {
	Type         string `json:"type"`
	Hashed       bool   `json:"hashed"`
	IdentityHash string `json:"identityHash"`
	IdentityType string `json:"identityType"`
	Salt         string `json:"salt,omitempty"`
}

// Subject is OB §B.1.3, AchievementSubject.
type Subject struct {
	ID                string           `json:"id,omitempty"`
	Type              []string         `json:"type"`
	Identifier        []IdentityObject `json:"identifier,omitempty"`
	Achievement       Achievement      `json:"achievement"`
	ActivityStartDate string           `json:"activityStartDate,omitempty"`
	ActivityEndDate   string           `json:"activityEndDate,omitempty"`
	CreditsEarned     float64          `json:"creditsEarned,omitempty"`
	Image             *Image           `json:"image,omitempty"`
	LicenseNumber     string           `json:"licenseNumber,omitempty"`
	Narrative         string           `json:"narrative,omitempty"` // Markdown
	Result            []Result         `json:"result,omitempty"`
	Role              string           `json:"role,omitempty"`
	Source            *Profile         `json:"source,omitempty"`
	Term              string           `json:"term,omitempty"`
}

// Reference is a typed pointer: a schema, a refresh service, terms of use.
type Reference struct {
	ID   string `json:"id"`
	Type string `json:"type"`
}

// Credential is OB §B.1.2, AchievementCredential. Status is one entry, or a list of
// entries where a badge can be suspended as well as revoked.
type Credential struct {
	Context          []string    `json:"@context"`
	ID               string      `json:"id"`
	Type             []string    `json:"type"`
	Name             string      `json:"name"`
	Description      string      `json:"description,omitempty"`
	Image            *Image      `json:"image,omitempty"`
	AwardedDate      string      `json:"awardedDate,omitempty"`
	Issuer           Profile     `json:"issuer"`
	ValidFrom        string      `json:"validFrom"`
	ValidUntil       string      `json:"validUntil,omitempty"`
	Subject          Subject     `json:"credentialSubject"`
	Evidence         []Evidence  `json:"evidence,omitempty"`
	Endorsement      []any       `json:"endorsement,omitempty"`
	EndorsementJWT   []string    `json:"endorsementJwt,omitempty"`
	CredentialStatus any         `json:"credentialStatus,omitempty"`
	CredentialSchema []Reference `json:"credentialSchema,omitempty"`
	RefreshService   *Reference  `json:"refreshService,omitempty"`
	TermsOfUse       []Reference `json:"termsOfUse,omitempty"`
}
