package status

import (
	"fmt"
	"slices"
	"time"

	"laurel/internal/strictjson"
	"laurel/internal/vc"
	"laurel/schemas"
)

// ttl is how long a verifier may keep a list of Laurel's before it looks again (BSL §2.2).
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
		[]string{schemas.CredentialsV2}, address, []string{"VerifiableCredential", "BitstringStatusListCredential"}, issuer, vc.FormatTime(from),
		subject{address + "#list", "BitstringStatusList", purpose, ttl.Milliseconds(), encoded},
	})
}

// listKinds are the types of credentials that are lists, with those of their subjects.
var listKinds = map[string]struct {
	kind    Kind
	subject string
	decode  func(string, int) (*Bitstring, error)
}{
	"BitstringStatusListCredential": {BitstringList, "BitstringStatusList", decodeBitstring},
	"StatusList2021Credential":      {List2021, "StatusList2021", decode2021},
}

// ReadList reads a BitstringList or List2021 from its credential (BSL §3.2 steps 5 to 8),
// whose proof is for the caller to verify.
func ReadList(c *vc.Credential) (List, error) {
	var list List
	for _, name := range c.Types {
		form, known := listKinds[name]
		switch {
		case !known:
			continue
		case list.Kind != 0:
			return List{}, fmt.Errorf("%w: the document is a list of two kinds", ErrMalformed)
		case len(c.Subjects) != 1:
			return List{}, fmt.Errorf("%w: the document is not one list", ErrMalformed)
		}
		s := c.Subjects[0]
		types, _ := vc.Texts(s.Member("type"))
		purposes, ok := vc.Texts(s.Member("statusPurpose"))
		encoded := s.Member("encodedList").Text()
		if !slices.Contains(types, form.subject) || !ok || encoded == "" {
			return List{}, fmt.Errorf("%w: the status list lacks its type, its purpose or its bits", ErrMalformed)
		}
		milliseconds, ok := duration(s, "ttl", time.Millisecond)
		if !ok {
			return List{}, fmt.Errorf("%w: ttl is not a number of milliseconds", ErrMalformed)
		}
		bits, err := form.decode(encoded, MaxBytes)
		if err != nil {
			return List{}, err
		}
		list = List{Kind: form.kind, Purposes: purposes, TTL: milliseconds, Bits: bits}
	}
	if list.Kind == 0 {
		return List{}, fmt.Errorf("%w: the document is not a status list", ErrMalformed)
	}
	return list, nil
}

// duration reads a whole number of units, if it is there.
func duration(object strictjson.Value, name string, unit time.Duration) (time.Duration, bool) {
	v := object.Member(name)
	if !v.Present() {
		return 0, true
	}
	n, ok := vc.Number(v)
	if !ok || !v.Is(strictjson.Number) || n > int64(1<<62/unit) {
		return 0, false
	}
	return time.Duration(n) * unit, true
}
