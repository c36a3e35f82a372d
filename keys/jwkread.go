package keys

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// The budgets of foreign key files.
const (
	maxJWK     = 16 << 10 // bytes of one JWK; an RSA key with a certificate chain fits
	maxJWKSet  = 64 << 10 // bytes of a set
	maxSetKeys = 64       // keys in a set, those we skip included
	maxDepth   = 8        // nesting of JSON
)

// ParseJWKSet reads a JWK set (RFC 7517 §5) of at most 64 KiB and 64 keys. Keys of unsupported kinds and keys for
// encryption are left out, as §5 advises; a malformed key, or a private one, condemns the whole set. The result may
// be empty. Two keys may carry the same kid: choosing is the caller's act.
func ParseJWKSet(b []byte) ([]NamedKey, error) {
	set, err := readObject(b, maxJWKSet)
	if err != nil {
		return nil, err
	}
	list, ok := set["keys"].([]any)
	if !ok {
		return nil, fmt.Errorf("%w: JWK set without a list of keys", ErrMalformed)
	}
	if len(list) > maxSetKeys {
		return nil, fmt.Errorf("%w: JWK set of %d keys, at most %d allowed", ErrMalformed, len(list), maxSetKeys)
	}
	var keys []NamedKey
	for i, item := range list {
		members, ok := item.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("%w: item %d of the JWK set is not an object", ErrMalformed, i)
		}
		if members["use"] == "enc" {
			continue
		}
		named, err := namedKey(members)
		if errors.Is(err, ErrUnsupported) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("item %d of the JWK set: %w", i, err)
		}
		keys = append(keys, named)
	}
	return keys, nil
}

// readObject reads exactly one JSON object, refusing what encoding/json would let pass or repair: duplicate members
// at any depth, text that is not UTF-8, lone surrogates, and anything after the object (RFC 7493 §2).
func readObject(b []byte, max int) (map[string]any, error) {
	if len(b) > max {
		return nil, fmt.Errorf("%w: %d bytes, at most %d allowed", ErrMalformed, len(b), max)
	}
	if !utf8.Valid(b) {
		return nil, fmt.Errorf("%w: not UTF-8", ErrMalformed)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	v, err := readValue(d, 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("%w: text after the JSON object", ErrMalformed)
	}
	object, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%w: not a JSON object", ErrMalformed)
	}
	return object, nil
}

func readValue(d *json.Decoder, depth int) (any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("%w: JSON nested too deep", ErrMalformed)
	}
	token, err := d.Token()
	if err != nil {
		return nil, fmt.Errorf("%w: not JSON", ErrMalformed)
	}
	switch t := token.(type) {
	case json.Delim:
		if t == '[' {
			return readList(d, depth)
		}
		return readMembers(d, depth)
	case string:
		// The decoder writes U+FFFD for lone surrogates; no key needs that character.
		if strings.ContainsRune(t, utf8.RuneError) {
			return nil, fmt.Errorf("%w: text is not Unicode", ErrMalformed)
		}
	}
	return token, nil
}

func readList(d *json.Decoder, depth int) (any, error) {
	list := []any{}
	for d.More() {
		v, err := readValue(d, depth+1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, closeValue(d)
}

func readMembers(d *json.Decoder, depth int) (any, error) {
	members := map[string]any{}
	for d.More() {
		name, err := readValue(d, depth+1)
		if err != nil {
			return nil, err
		}
		key, ok := name.(string)
		if _, twice := members[key]; !ok || twice {
			return nil, fmt.Errorf("%w: member %q stands twice", ErrMalformed, clip(key))
		}
		if members[key], err = readValue(d, depth+1); err != nil {
			return nil, err
		}
	}
	return members, closeValue(d)
}

func closeValue(d *json.Decoder) error {
	if _, err := d.Token(); err != nil {
		return fmt.Errorf("%w: not JSON", ErrMalformed)
	}
	return nil
}

func optionalString(members map[string]any, name string) (string, error) {
	v, ok := members[name]
	if !ok {
		return "", nil
	}
	s, ok := v.(string)
	if !ok {
		return "", fmt.Errorf("%w: JWK member %q is not a string", ErrMalformed, name)
	}
	return s, nil
}

func requiredString(members map[string]any, name string) (string, error) {
	s, err := optionalString(members, name)
	if err == nil && s == "" {
		err = fmt.Errorf("%w: JWK member %q is missing", ErrMalformed, name)
	}
	return s, err
}

// requiredBytes reads base64url without padding in its one form. A size of 0 means any.
func requiredBytes(members map[string]any, name string, size int) ([]byte, error) {
	s, err := requiredString(members, name)
	if err != nil {
		return nil, err
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || encode64(b) != s {
		return nil, fmt.Errorf("%w: JWK member %q is not base64url without padding", ErrMalformed, name)
	}
	if size != 0 && len(b) != size {
		return nil, fmt.Errorf("%w: JWK member %q has %d bytes, need %d", ErrMalformed, name, len(b), size)
	}
	return b, nil
}
