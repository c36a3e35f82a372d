// Package bake answers: where in this image is the credential? It puts
// credentials into PNG and SVG images and takes them out again, as
// Open Badges 3.0 §5.3 (Baked Badges) describes, and finds those of Open
// Badges 1.0 and 2.0 and of CLR 2.0. Compare says whether two images, apart
// from their credentials, are the same picture.
//
// Both formats are hostile until parsed. Sizes, counts, depth and expansion
// are bounded, an SVG may not declare entities, and an image that says two
// different things is refused. Images are never rendered, and nothing that
// they refer to is fetched. The package does not look into a credential, and
// does not make an image safe to show: an SVG may hold scripts, so whoever
// serves one must say so to the browser.
package bake

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

const (
	// MaxImageBytes is the longest image that is read or written.
	MaxImageBytes = 16 << 20
	// MaxPayloadBytes is the longest credential, after decompression: 1 MiB of
	// JSON, which is all that is read of a document, written as a token.
	MaxPayloadBytes = 3 << 19

	maxPlaces = 16 // credentials, equal ones, in one image
)

var (
	// ErrNoCredential: a sound image, but no credential is in it. Social sites
	// and phones remove it when they process an image.
	ErrNoCredential = errors.New("no credential in this image")
	// ErrConflict: the image holds several credentials that differ. Which one
	// is meant would depend on who reads it.
	ErrConflict = errors.New("image holds different credentials")
	// ErrMalformed: not an image of this format, damaged, or with parts that
	// are not accepted.
	ErrMalformed = errors.New("image is malformed")
	// ErrTooLarge: image or credential is beyond the bounds of this package.
	ErrTooLarge = errors.New("image is too large")
	// ErrCredential: what is to be baked is neither a JSON object nor a
	// compact token, or cannot be written in this format.
	ErrCredential = errors.New("credential cannot be baked")
)

// Kind says by which standard's rules a credential was placed. It is a hint:
// the credential itself says what it is.
type Kind string

// The places that are looked at.
const (
	OpenBadges3 Kind = "openbadges3" // Open Badges 3.0
	OpenBadges2 Kind = "openbadges2" // Open Badges 2.0; may be the URL of an assertion
	OpenBadges1 Kind = "openbadges1" // Open Badges 1.0; the URL of an assertion as a rule
	CLR2        Kind = "clr2"        // Comprehensive Learner Record 2.0
)

// Payload is what was found in an image.
type Payload struct {
	Bytes    []byte   // JSON, a compact token, or a URL; without blanks around
	Kind     Kind     // where it was found
	Warnings []string // what the standard does not allow, but does no harm
}

// Format is the kind of a file, told by its content.
type Format int

// The formats that Detect knows.
const (
	Other Format = iota
	PNG
	SVG
)

const maxPrologTokens = 100

// Detect tells images that may hold a credential from everything else. It
// looks no further than the beginning: that an image is sound is for UnbakePNG
// and UnbakeSVG to find.
func Detect(file []byte) Format {
	if bytes.HasPrefix(file, []byte(pngSignature)) {
		return PNG
	}
	if text := bytes.TrimSpace(trimBOM(file)); len(text) == 0 || text[0] != '<' {
		return Other
	}
	if countAttributes(file) != nil {
		return SVG // for UnbakeSVG to refuse
	}
	d := xml.NewDecoder(bytes.NewReader(trimBOM(file)))
	for range maxPrologTokens {
		token, err := d.RawToken()
		if err != nil {
			return Other
		}
		if root, ok := token.(xml.StartElement); ok {
			if root.Name.Local == "svg" {
				return SVG
			}
			return Other
		}
	}
	return Other
}

// trimBOM removes a byte order mark, which XML allows and Go's decoder takes
// for text.
func trimBOM(text []byte) []byte {
	return bytes.TrimPrefix(text, []byte("\ufeff"))
}

// found collects credentials in the order in which an image holds them.
type found struct {
	payload *Payload
}

// add notes one more credential. Equal copies do no harm; others do.
func (f *found) add(text []byte, kind Kind, warnings ...string) error {
	text = bytes.TrimSpace(text)
	switch {
	case len(text) == 0:
		return fmt.Errorf("%w: place for a credential is empty", ErrMalformed)
	case len(text) > MaxPayloadBytes:
		return fmt.Errorf("%w: credential of more than %d bytes", ErrTooLarge, MaxPayloadBytes)
	case !utf8.Valid(text):
		return fmt.Errorf("%w: credential is not UTF-8", ErrMalformed)
	}
	if f.payload == nil {
		f.payload = &Payload{Bytes: bytes.Clone(text), Kind: kind, Warnings: warnings}
		return nil
	}
	if !bytes.Equal(f.payload.Bytes, text) {
		return ErrConflict
	}
	f.warn("the credential is in the image more than once")
	return nil
}

// warn notes a remark once.
func (f *found) warn(text string) {
	for _, known := range f.payload.Warnings {
		if known == text {
			return
		}
	}
	f.payload.Warnings = append(f.payload.Warnings, text)
}

func (f *found) result() (Payload, error) {
	if f.payload == nil {
		return Payload{}, ErrNoCredential
	}
	return *f.payload, nil
}

// bakeable returns the credential without blanks around, if it is a JSON
// object or a compact token from its looks.
func bakeable(credential []byte) (_ []byte, token bool, err error) {
	credential = bytes.TrimSpace(credential)
	switch {
	case len(credential) > MaxPayloadBytes:
		return nil, false, fmt.Errorf("%w: more than %d bytes", ErrCredential, MaxPayloadBytes)
	case !utf8.Valid(credential) || bytes.IndexByte(credential, 0) >= 0:
		return nil, false, fmt.Errorf("%w: not UTF-8 text", ErrCredential)
	case len(credential) > 1 && credential[0] == '{' && credential[len(credential)-1] == '}':
		return credential, false, nil
	case IsToken(credential):
		return credential, true, nil
	}
	return nil, false, fmt.Errorf("%w: neither a JSON object nor a compact token", ErrCredential)
}

// IsToken reports whether text has the alphabet and the parts of a compact JWS
// (RFC 7515 §7.1) or an SD-JWT (RFC 9901 §4).
func IsToken(text []byte) bool {
	jws, _, _ := bytes.Cut(text, []byte("~"))
	if bytes.Count(jws, []byte(".")) != 2 {
		return false
	}
	found := byte(0)
	for _, c := range text {
		found |= foreign[c]
	}
	return found == 0
}

// foreign are the bytes that no token has: 1.
var foreign = func() (table [256]byte) {
	for c := range table {
		if !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~", rune(c)) {
			table[c] = 1
		}
	}
	return table
}()
