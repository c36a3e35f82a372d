package store

import (
	"encoding/json"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"laurel/issuer"
)

// The records on disk are shapes of their own, so that the issuer's types may change
// without changing what is on disk. Members that Open Badges defines stay in its JSON.

type profileRecord struct {
	ID          string `json:"id"`
	Slug        string `json:"slug"`
	Name        string `json:"name"`
	URL         string `json:"url"`
	Email       string `json:"email,omitempty"`
	Description string `json:"description,omitempty"`
	CountryCode string `json:"countryCode,omitempty"`
}

type achievementRecord struct {
	Class       json.RawMessage `json:"class"` // Open Badges' Achievement
	ValidMonths int             `json:"validMonths,omitempty"`
	Suspendable bool            `json:"suspendable,omitempty"`
	ChangedAt   time.Time       `json:"changedAt"`
}

type resultRecord struct {
	Key           string            `json:"key"`
	Achievement   string            `json:"achievement"`
	Email         string            `json:"email"`
	Name          string            `json:"name,omitempty"`
	ShowName      bool              `json:"showName,omitempty"`
	AwardedAt     time.Time         `json:"awardedAt"`
	ValidUntil    *time.Time        `json:"validUntil,omitempty"`
	Values        map[string]string `json:"values,omitempty"`
	Narrative     string            `json:"narrative,omitempty"`
	Evidence      json.RawMessage   `json:"evidence,omitempty"` // array of Open Badges' Evidence
	LicenseNumber string            `json:"licenseNumber,omitempty"`
	CreditsEarned float64           `json:"creditsEarned,omitempty"`
	Term          string            `json:"term,omitempty"`
}

type awardRecord struct {
	ID         string       `json:"id"`
	Result     resultRecord `json:"result"`
	State      string       `json:"state"`
	Reason     string       `json:"reason,omitempty"`
	ShareToken string       `json:"shareToken"` // the pages show links, so tokens are kept
	OwnerToken string       `json:"ownerToken"`
	Salt       string       `json:"salt"`
	List       int          `json:"list"`
	Index      int          `json:"index"`
	SignedBy   string       `json:"signedBy"`
	IssuedAt   time.Time    `json:"issuedAt"`
	ChangedAt  time.Time    `json:"changedAt"`
}

type listRecord struct {
	Version   int `json:"version"`
	Published int `json:"published"`
}

type accessRecord struct {
	Hash    string    `json:"hash"`
	Label   string    `json:"label"`
	Created time.Time `json:"created"`
}

// put writes a record as JSON.
func put(tx *bbolt.Tx, bucket, key []byte, record any) error {
	raw, err := json.Marshal(record)
	if err != nil {
		return err
	}
	return tx.Bucket(bucket).Put(key, raw)
}

// get reads a record; issuer.ErrNotFound if there is none.
func get(tx *bbolt.Tx, bucket, key []byte, record any) error {
	raw := tx.Bucket(bucket).Get(key)
	if raw == nil {
		return issuer.ErrNotFound
	}
	return decode(bucket, key, raw, record)
}

func decode(bucket, key, raw []byte, record any) error {
	if err := json.Unmarshal(raw, record); err != nil {
		return fmt.Errorf("the record %q of %s is damaged; restore the data file from a backup: %w", key, bucket, err)
	}
	return nil
}

func recordOfResult(r issuer.Result) (resultRecord, error) {
	record := resultRecord{
		Key: r.Key, Achievement: r.Achievement, Email: r.Email, Name: r.Name, ShowName: r.ShowName,
		AwardedAt: r.AwardedAt, ValidUntil: r.ValidUntil, Values: r.Values, Narrative: r.Narrative,
		LicenseNumber: r.LicenseNumber, CreditsEarned: r.CreditsEarned, Term: r.Term,
	}
	if len(r.Evidence) == 0 {
		return record, nil
	}
	var err error
	record.Evidence, err = json.Marshal(r.Evidence)
	return record, err
}

func (r resultRecord) result() (issuer.Result, error) {
	result := issuer.Result{
		Key: r.Key, Achievement: r.Achievement, Email: r.Email, Name: r.Name, ShowName: r.ShowName,
		AwardedAt: r.AwardedAt, ValidUntil: r.ValidUntil, Values: r.Values, Narrative: r.Narrative,
		LicenseNumber: r.LicenseNumber, CreditsEarned: r.CreditsEarned, Term: r.Term,
	}
	if r.Evidence == nil {
		return result, nil
	}
	return result, json.Unmarshal(r.Evidence, &result.Evidence)
}

func recordOfAward(a issuer.Award) (awardRecord, error) {
	result, err := recordOfResult(a.Result)
	return awardRecord{
		ID: a.ID, Result: result, State: string(a.State), Reason: a.Reason,
		ShareToken: a.ShareToken, OwnerToken: a.OwnerToken, Salt: a.Salt,
		List: a.List, Index: a.Index, SignedBy: a.SignedBy, IssuedAt: a.IssuedAt, ChangedAt: a.ChangedAt,
	}, err
}

func (r awardRecord) award() (issuer.Award, error) {
	result, err := r.Result.result()
	return issuer.Award{
		ID: r.ID, Result: result, State: issuer.State(r.State), Reason: r.Reason,
		ShareToken: r.ShareToken, OwnerToken: r.OwnerToken, Salt: r.Salt,
		List: r.List, Index: r.Index, SignedBy: r.SignedBy, IssuedAt: r.IssuedAt, ChangedAt: r.ChangedAt,
	}, err
}
