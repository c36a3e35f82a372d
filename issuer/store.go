package issuer

import (
	"context"
	"time"
)

// Store keeps an Issuer's records. Every method is one act: when it returns nil, what it
// did is durable and whole, and a crash at any moment leaves it done or not begun. Calls
// may come from many goroutines; acts on the same records happen one after the other.
// Rules are not a Store's: it holds what the Issuer decided. A record that is not there is
// ErrNotFound. Returned values are the caller's own.
type Store interface {
	// SetProfile records the institution's profile, once or anew. While an award exists
	// it refuses a profile with another ID: ErrConflict.
	SetProfile(ctx context.Context, p Profile) error
	Profile(ctx context.Context) (Profile, error)

	// PutAchievements adds or replaces all the entries.
	PutAchievements(ctx context.Context, achievements []Achievement) error
	Achievement(ctx context.Context, key string) (Achievement, error)
	Achievements(ctx context.Context) ([]Achievement, error) // ordered by key

	// AddStatusLists makes the lists of a pair of status lists, without a credential yet; of
	// a pair that is there, nothing changes. ErrConflict if the pair before it is not there.
	AddStatusLists(ctx context.Context, number int) error
	// UsedIndexes returns the newest pair of status lists, 0 where there is none, and the
	// indexes that awards have in it.
	UsedIndexes(ctx context.Context) (number int, used Indexes, err error)
	// Add records signed awards, all or none, and their positions in their status lists, which
	// are used for ever. ErrConflict if one's ID, Result.Key, ShareToken, OwnerToken or
	// position is taken, by a recorded one or in the same call; ErrNotFound if its pair of
	// status lists is not there.
	Add(ctx context.Context, awards []Award) error
	// AwardsByKey returns the awards of those keys that have one, in the order of the keys.
	AwardsByKey(ctx context.Context, keys []string) ([]Award, error)
	// KeepToken records the Token of an award in place of another, nil for none, and returns
	// the recorded one; if another one is recorded already, that stays.
	KeepToken(ctx context.Context, id string, instead, token []byte) (kept []byte, err error)

	// SetState moves an award from one of the states in from to the state to, sets its
	// bits in its status lists as bits says, and raises the version of each list whose bit
	// changed. ErrConflict if the award is in another state; an award already in state to
	// is returned unchanged.
	SetState(ctx context.Context, id string, from []State, to State, reason string, at time.Time, bits Bits) (Award, error)
	// SetShowName records whether the learner wants the name on the badge page.
	SetShowName(ctx context.Context, id string, show bool) error

	Award(ctx context.Context, id string) (Award, error)
	AwardByKey(ctx context.Context, key string) (Award, error)
	AwardByShareToken(ctx context.Context, token string) (Award, error)
	AwardByOwnerToken(ctx context.Context, token string) (Award, error)
	// Awards returns at most limit awards with an ID greater than after, in the order of
	// their IDs, without Credential and Token.
	Awards(ctx context.Context, after string, limit int) ([]Award, error)

	// StatusLists returns every status list, in the order of the pairs.
	StatusLists(ctx context.Context) ([]StatusList, error)
	StatusList(ctx context.Context, name string) (StatusList, error)
	// PublishStatusList records the signed credential of a list at a version. ErrConflict
	// if a credential of a later version is recorded, or the list has no such version yet.
	PublishStatusList(ctx context.Context, name string, version int, credential []byte) error

	// AddToken records an access token of the management API by its SHA-256 hash.
	// ErrConflict if its Hash or ID is taken.
	AddToken(ctx context.Context, t AccessToken) error
	AccessToken(ctx context.Context, hash string) (AccessToken, error)
	AccessTokens(ctx context.Context) ([]AccessToken, error)
	// RemoveToken ends a token, named by its ID.
	RemoveToken(ctx context.Context, id string) error
}

// Bits says how an award's bits stand in the lists of its pair.
type Bits struct{ Revocation, Suspension bool }

// StatusList is one published list: its bits and the signed credential that states them.
type StatusList struct {
	Name       string // "1-revocation"; its address is /status/ and this
	Number     int    // of the pair
	Purpose    string // "revocation" or "suspension"
	Set        []int  // indexes whose bit is set, ascending
	Version    int    // raised by every change
	Published  int    // version that Credential states; -1 before the first
	Credential []byte
}

// AccessToken lets a program use the management API.
type AccessToken struct {
	ID      string    `json:"id"`   // names the token without giving it away
	Hash    string    `json:"hash"` // lower-case hex SHA-256 of the token
	Label   string    `json:"label"`
	Created time.Time `json:"created"`
}
