package status

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"laurel/internal/strictjson"
	"laurel/internal/vc"
	"laurel/schemas"
)

// The purposes that Laurel issues and that change a verdict (BSL §2.1); others inform.
const (
	Revocation = "revocation" // final
	Suspension = "suspension" // may be lifted
)

const (
	entryType = "BitstringStatusListEntry"
	listType  = "BitstringStatusListCredential"
)

// Entry is a credentialStatus of type BitstringStatusListEntry (BSL §2.1) with one bit.
type Entry struct {
	ID      string `json:"id"`
	Type    string `json:"type"`
	Purpose string `json:"statusPurpose"`
	Index   string `json:"statusListIndex"`
	List    string `json:"statusListCredential"`
}

// NewEntry returns the entry at an index of the list at an address.
func NewEntry(list, purpose string, index int) Entry {
	n := strconv.Itoa(index)
	return Entry{ID: list + "#" + n, Type: entryType, Purpose: purpose, Index: n, List: list}
}

// IsEntry reports whether a status object is of the type that this package reads.
func IsEntry(r vc.Reference) bool { return slices.Contains(r.Types, entryType) }

// ReadEntry reads an entry of one bit. An index may be a number, as some issuers write it
// (OB §C.4); every other deviation is an error.
func ReadEntry(r vc.Reference) (Entry, error) {
	e := Entry{ID: r.ID, Type: entryType}
	e.Purpose, _ = r.Object["statusPurpose"].(string)
	e.List, _ = r.Object["statusListCredential"].(string)
	index, ok := vc.Number(r.Object["statusListIndex"])
	if e.Purpose == "" || e.List == "" || !ok || index > 1<<40 {
		return Entry{}, errors.New("the status entry lacks a purpose, a list or a decimal index")
	}
	e.Index = strconv.FormatInt(index, 10)
	if size, present := r.Object["statusSize"]; present {
		if n, ok := vc.Number(size); !ok || n != 1 {
			return Entry{}, errors.New("the status entry has more than one bit")
		}
	}
	return e, nil
}

// EntriesOf returns the entries of a signed credential of Laurel's own.
func EntriesOf(credential []byte) ([]Entry, error) {
	tree, err := strictjson.ParseObject(credential, strictjson.Limits{})
	if err != nil {
		return nil, err
	}
	c, problems := vc.Read(tree)
	if len(problems) > 0 {
		return nil, fmt.Errorf("the credential is malformed: %s", problems[0])
	}
	entries := make([]Entry, 0, len(c.Status))
	for _, r := range c.Status {
		e, err := ReadEntry(r)
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// ttl is how long a verifier may keep a list before it looks again (BSL §2.2).
const ttl = 5 * time.Minute

// PrepareList makes the credential of a list ready to be signed (BSL §2.2).
func PrepareList(address, issuer, purpose string, bits *Bitstring, from time.Time) (vc.Prepared, error) {
	encoded, err := bits.Encode()
	if err != nil {
		return vc.Prepared{}, err
	}
	type subject struct {
		ID      string `json:"id"`
		Type    string `json:"type"`
		Purpose string `json:"statusPurpose"`
		TTL     int64  `json:"ttl"`
		Encoded string `json:"encodedList"`
	}
	return vc.Prepare(struct {
		Context   []string `json:"@context"`
		ID        string   `json:"id"`
		Type      []string `json:"type"`
		Issuer    string   `json:"issuer"`
		ValidFrom string   `json:"validFrom"`
		Subject   subject  `json:"credentialSubject"`
	}{
		[]string{schemas.CredentialsV2}, address, []string{"VerifiableCredential", listType}, issuer, vc.FormatTime(from),
		subject{address + "#list", "BitstringStatusList", purpose, ttl.Milliseconds(), encoded},
	})
}

// maxInflated bounds the bytes of a list once inflated.
const maxInflated = 16 << 20

// List is what a status list credential says; its proof is for the caller to verify.
type List struct {
	Purposes []string
	Bits     *Bitstring
}

// ReadList reads a list from its credential (BSL §3.2 steps 5 to 8).
func ReadList(c *vc.Credential) (List, error) {
	if !slices.Contains(c.Types, listType) || len(c.Subjects) != 1 {
		return List{}, errors.New("the document is not a status list")
	}
	s := c.Subjects[0]
	types, _ := vc.Texts(s["type"])
	purposes, ok := vc.Texts(s["statusPurpose"])
	encoded, _ := s["encodedList"].(string)
	if !slices.Contains(types, "BitstringStatusList") || !ok || encoded == "" {
		return List{}, errors.New("the status list lacks its type, its purpose or its bits")
	}
	bits, err := decodeBitstring(encoded, maxInflated)
	return List{Purposes: purposes, Bits: bits}, err
}

// State returns the bit of an entry: set or not (BSL §3.2 steps 9 to 13).
func (l List) State(e Entry) (bool, error) {
	if !slices.Contains(l.Purposes, e.Purpose) {
		return false, fmt.Errorf("the status list is not for the purpose %.40q", e.Purpose)
	}
	index, err := strconv.Atoi(e.Index)
	if err != nil {
		return false, ErrRange
	}
	return l.Bits.Get(index)
}
