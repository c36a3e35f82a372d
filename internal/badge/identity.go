package badge

import (
	"crypto/md5" // a hash that OB 3.0 lets issuers choose: read, never made
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// HashEmail returns the identity of a recipient known by an e-mail address, as a salted
// SHA-256 hash (OB §B.1.9). The address is hashed as given; salt must be fresh for each
// badge, else the badges of one learner can be told to belong together.
func HashEmail(address, salt string) IdentityObject {
	sum := sha256.Sum256([]byte(address + salt))
	return IdentityObject{
		Type: "IdentityObject", Hashed: true, IdentityType: "emailAddress",
		IdentityHash: "sha256$" + hex.EncodeToString(sum[:]), Salt: salt,
	}
}

// Matches reports whether the identity is that of identifier: by bytes, and, since no
// normal form is defined, for e-mail addresses also in small letters, and for names that
// are not hashed as SameName says.
func (o IdentityObject) Matches(identifier string) bool {
	switch {
	case o.matches(identifier):
		return true
	case o.IdentityType == "name" && !o.Hashed:
		return SameName(o.IdentityHash, identifier)
	case o.IdentityType == "emailAddress" && !o.Hashed:
		return strings.EqualFold(o.IdentityHash, identifier)
	}
	return o.IdentityType == "emailAddress" && o.matches(strings.ToLower(identifier))
}

// SameName reports whether two texts are the same name of a person, but for capital
// letters, blanks and how accents are composed (Unicode Annex 15).
func SameName(a, b string) bool {
	plain := func(s string) string { return strings.Join(strings.Fields(norm.NFC.String(s)), " ") }
	return a != "" && strings.EqualFold(plain(a), plain(b))
}

func (o IdentityObject) matches(identifier string) bool {
	if !o.Hashed {
		return subtle.ConstantTimeCompare([]byte(o.IdentityHash), []byte(identifier)) == 1
	}
	algorithm, digest, ok := strings.Cut(o.IdentityHash, "$")
	if !ok {
		return false
	}
	var sum []byte
	switch algorithm {
	case "sha256":
		s := sha256.Sum256([]byte(identifier + o.Salt))
		sum = s[:]
	case "md5":
		s := md5.Sum([]byte(identifier + o.Salt))
		sum = s[:]
	default:
		return false
	}
	return subtle.ConstantTimeCompare([]byte(hex.EncodeToString(sum)), []byte(strings.ToLower(digest))) == 1
}
