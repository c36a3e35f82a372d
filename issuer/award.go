package issuer

import (
	"net/mail"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"laurel/internal/badge"
)

// State is where an award stands.
type State string

// The states of an award: issued ⇄ suspended, issued or suspended → revoked. Nothing is
// recorded of an award before it is signed.
const (
	Issued    State = "issued"    // standing
	Suspended State = "suspended" // does not count for the time being
	Revoked   State = "revoked"   // will not count again
)

// Result is the outcome of one assessment of one learner, which earns an achievement.
type Result struct {
	Key         string    `json:"key"`         // the assessment's own key: the same key is the same award
	Achievement string    `json:"achievement"` // key in the catalogue
	Email       string    `json:"email"`
	Name        string    `json:"name,omitempty"`
	ShowName    bool      `json:"showName,omitempty"` // the learner wants the name on the badge page
	AwardedAt   time.Time `json:"awardedAt"`
	// ValidUntil is the last moment of validity; nil takes it from the achievement.
	ValidUntil *time.Time `json:"validUntil,omitempty"`
	// Values are results by the key of the achievement's result description.
	Values        map[string]string `json:"values,omitempty"`
	Narrative     string            `json:"narrative,omitempty"` // what this learner did, Markdown
	Evidence      []badge.Evidence  `json:"evidence,omitempty"`
	LicenseNumber string            `json:"licenseNumber,omitempty"`
	CreditsEarned float64           `json:"creditsEarned,omitempty"`
	Term          string            `json:"term,omitempty"`
}

// Award is the record that one learner earned one achievement.
type Award struct {
	ID     string `json:"id"` // a UUID; the credential's id is urn:uuid: and this
	Result Result `json:"result"`
	State  State  `json:"state"`
	Reason string `json:"reason,omitempty"` // why it was revoked, suspended or reinstated

	ShareToken string `json:"shareToken"` // names the public badge page
	OwnerToken string `json:"ownerToken"` // lets the learner decide what that page shows
	Salt       string `json:"salt"`       // of the recipient's hashed identity

	List      int       `json:"list"`     // number of the pair of status lists
	Index     int       `json:"index"`    // position in them
	SignedBy  string    `json:"signedBy"` // ID of the key that signed the credential
	IssuedAt  time.Time `json:"issuedAt"`
	ChangedAt time.Time `json:"changedAt"` // of the last change of state

	Credential []byte `json:"-"` // the signed credential, byte for byte
	Token      []byte `json:"-"` // the same credential as a JWT, once somebody asked for it
}

// CredentialID returns the id of the award's credential.
func (a Award) CredentialID() string { return "urn:uuid:" + a.ID }

// shortID is the length of a short ID.
const shortID = 8

// ShortID returns the beginning of the ID, for people to copy.
func (a Award) ShortID() string { return strings.ToUpper(a.ID[:min(len(a.ID), shortID)]) }

// ValidUntil returns the end of validity, or nil.
func (a Award) ValidUntil() *time.Time { return a.Result.ValidUntil }

// validFrom returns the beginning of validity: the award's date, or the moment of issuing
// where it is still the day before at Greenwich.
func (a Award) validFrom() time.Time {
	if a.IssuedAt.Before(a.Result.AwardedAt) {
		return a.IssuedAt
	}
	return a.Result.AwardedAt
}

var (
	slug        = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$`) })
	countryCode = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Z]{2}$`) })
)

// IsKey reports whether text can be the key of an assessment: 1 to 200 printable ASCII
// characters, with no blank at either end.
func IsKey(text string) bool {
	outside := strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' })
	return text != "" && len(text) <= 200 && !outside && strings.Trim(text, " ") == text
}

func isEmail(text string) bool {
	a, err := mail.ParseAddress(text)
	return err == nil && a.Address == text && len(text) <= 254 && !strings.ContainsAny(text, " \t\"<>")
}

func isWebAddress(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil
}
