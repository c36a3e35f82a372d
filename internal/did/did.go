// Package did answers: which keys speak for this name, and for what purpose?
//
// A name is a DID (W3C DID Core 1.0) of the methods did:key (CCG draft 0.9), did:jwk and did:web (CCG draft), or an
// https URL with a controlled identifier document (W3C Controlled Identifiers 1.0, "CID"), or, for the kid of an Open
// Badges 3.0 token, an https URL with a JWK or JWK set (OB 3.0 §8.2), or an issuer of SD-JWT VCs with its metadata.
// Documents are read strictly and within a budget; a key is
// handed out only from the document of its own controller, and only for a purpose that the document lists (CID §3.3).
//
// Whether that controller is the issuer, whether anybody trusts it, and what was signed is left to others. So is the
// network: it is handed in as a Getter.
package did

import (
	"errors"
	"fmt"
	"strings"

	"laurel/keys"
)

// Errors that callers decide on. The first group shows that something is wrong; the second, from ErrUnavailable on,
// only that it could not be decided here and now.
var (
	ErrInvalidURL      = errors.New("not the address of a key")
	ErrInvalidDocument = errors.New("not a proper key document")
	ErrDocumentID      = errors.New("the key document is about somebody else")
	ErrMethodNotFound  = errors.New("the key document has no such key")
	ErrInvalidMethod   = errors.New("the key in the document is not proper")
	ErrController      = errors.New("the key belongs to another controller than its document")
	ErrRelationship    = errors.New("the key is not listed for this purpose")
	ErrExpired         = errors.New("the key has expired")
	ErrRevoked         = errors.New("the key has been revoked")
	ErrOrigin          = errors.New("the key comes from another origin")

	ErrUnavailable       = errors.New("the key document cannot be fetched")
	ErrUnsupportedMethod = errors.New("unsupported DID method")
	ErrUnsupportedKey    = keys.ErrUnsupported
)

// Undecided tells whether an error of this package leaves the question open, so that the verdict is indeterminate
// and not invalid.
func Undecided(err error) bool {
	return errors.Is(err, ErrUnavailable) || errors.Is(err, ErrUnsupportedMethod) || errors.Is(err, ErrUnsupportedKey)
}

// codes are the names of CID §3.3 and §3.4 for our errors, the more special ones first.
var codes = []struct {
	err  error
	code string
}{
	{ErrInvalidURL, "INVALID_VERIFICATION_METHOD_URL"},
	{ErrDocumentID, "INVALID_CONTROLLED_IDENTIFIER_DOCUMENT_ID"},
	{ErrInvalidDocument, "INVALID_CONTROLLED_IDENTIFIER_DOCUMENT"},
	{ErrRelationship, "INVALID_RELATIONSHIP_FOR_VERIFICATION_METHOD"},
	{ErrMethodNotFound, "INVALID_VERIFICATION_METHOD"},
	{ErrInvalidMethod, "INVALID_VERIFICATION_METHOD"},
	{ErrController, "INVALID_VERIFICATION_METHOD"},
}

// Code gives the standard's name for an error, or "" where it has none.
func Code(err error) string {
	for _, c := range codes {
		if errors.Is(err, c.err) {
			return c.code
		}
	}
	return ""
}

// A Relationship is a purpose for which a document may list a key (CID §2.3).
type Relationship string

// The purposes of Data Integrity proofs: credentials are asserted, presentations authenticate.
const (
	AssertionMethod Relationship = "assertionMethod"
	Authentication  Relationship = "authentication"
)

// maxURL bounds a DID URL in bytes; a did:jwk with an RSA key of 4096 bits fits.
const maxURL = 2048

// A DIDURL is a DID and, where it names one thing in its document, a fragment.
type DIDURL struct {
	DID      string
	Fragment string // without "#"; "" for the DID itself
}

// String writes the DIDURL as it was read.
func (u DIDURL) String() string {
	if u.Fragment == "" {
		return u.DID
	}
	return u.DID + "#" + u.Fragment
}

// method is the method's name; the DID is known to have one.
func (u DIDURL) method() string {
	name, _, _ := strings.Cut(u.DID[len("did:"):], ":")
	return name
}

// ParseURL reads a DID with an optional fragment (DID Core §3.1, §3.2) of at most 2048 bytes. Paths, queries and an
// empty fragment are refused: they do not address keys.
func ParseURL(s string) (DIDURL, error) {
	if len(s) > maxURL {
		return DIDURL{}, fmt.Errorf("%w: longer than %d bytes", ErrInvalidURL, maxURL)
	}
	did, fragment, marked := strings.Cut(s, "#")
	scheme, rest, _ := strings.Cut(did, ":")
	method, id, _ := strings.Cut(rest, ":")
	if scheme != "did" || !consistsOf(method, isMethodChar) || !consistsOf(id, isIDChar) || strings.HasSuffix(id, ":") || !goodPercents(id) {
		return DIDURL{}, fmt.Errorf("%w: %q is not a DID", ErrInvalidURL, clip(s))
	}
	if marked && (!consistsOf(fragment, isFragmentChar) || !goodPercents(fragment)) {
		return DIDURL{}, fmt.Errorf("%w: %q has no proper fragment", ErrInvalidURL, clip(s))
	}
	return DIDURL{DID: did, Fragment: fragment}, nil
}

// DIDKey names a public key by itself: the did:key of an Ed25519, P-256 or P-384 key, and the URL of its one method.
func DIDKey(pub any) (did, methodURL string, err error) {
	text, err := keys.Multikey(pub)
	if err != nil {
		return "", "", err
	}
	did = "did:key:" + text
	return did, did + "#" + text, nil
}

// keyText is the Multikey in a did:key: all after the method, or after its version, which is 1.
func keyText(did string) (string, error) {
	text := did[len("did:key:"):]
	version, rest, versioned := strings.Cut(text, ":")
	switch {
	case !versioned:
		return text, nil
	case version == "1" && !strings.Contains(rest, ":"):
		return rest, nil
	}
	return "", fmt.Errorf("%w: did:key of another version", ErrUnsupportedMethod)
}

// keyDocument is the document that a did:key is itself: one method, listed for every purpose but encryption.
func keyDocument(did string) (*Document, error) {
	text, err := keyText(did)
	if err != nil {
		return nil, err
	}
	pub, err := keys.ParseMultikey(text)
	if errors.Is(err, ErrUnsupportedKey) {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("%w: did:key: %w", ErrInvalidURL, err)
	}
	url := did + "#" + text
	listed := map[string]bool{url: true}
	return &Document{
		ID:            did,
		Methods:       []Method{{ID: url, Type: "Multikey", Controller: did, Key: pub}},
		relationships: map[Relationship]map[string]bool{AssertionMethod: listed, Authentication: listed},
	}, nil
}

func consistsOf(s string, allowed func(byte) bool) bool {
	for i := range len(s) {
		if !allowed(s[i]) {
			return false
		}
	}
	return s != ""
}

func isAlnum(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || isDigit(c)
}

func isDigit(c byte) bool      { return '0' <= c && c <= '9' }
func isMethodChar(c byte) bool { return 'a' <= c && c <= 'z' || isDigit(c) }
func isIDChar(c byte) bool     { return isAlnum(c) || strings.IndexByte(".-_:%", c) >= 0 }

// isFragmentChar is RFC 3986 §3.5.
func isFragmentChar(c byte) bool {
	return isAlnum(c) || strings.IndexByte("-._~!$&'()*+,;=:@/?%", c) >= 0
}

// goodPercents wants two hexadecimal digits after every percent sign.
func goodPercents(s string) bool {
	for i := range len(s) {
		if s[i] == '%' && (i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2])) {
			return false
		}
	}
	return true
}

func isHex(c byte) bool { return isDigit(c) || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F' }

// clip shortens foreign text before it enters an error.
func clip(s string) string {
	if len(s) > 80 {
		return s[:80] + "..."
	}
	return s
}
