package ob2

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"laurel/internal/strictjson"
	"laurel/internal/vc"
)

// document fetches a document, whose id must be the address that was asked for.
func document(ctx context.Context, get Getter, id string) (map[string]any, error) {
	raw, err := get(ctx, secure(id))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	tree, err := strictjson.ParseObject(raw, limits)
	if err != nil {
		return nil, fmt.Errorf("%w: what stands at an address that it names is not strict JSON", ErrMalformed)
	}
	if text(tree, "id") != id {
		return nil, fmt.Errorf("%w: what stands at an address that it names has another id", ErrMalformed)
	}
	return tree, nil
}

// follow returns the object that a member holds or leads to.
func follow(ctx context.Context, get Getter, v any) (map[string]any, error) {
	switch v := v.(type) {
	case map[string]any:
		return v, nil
	case string:
		if !isWeb(v) {
			return nil, fmt.Errorf("%w: it leads to what is no web address", ErrUnattributed)
		}
		return document(ctx, get, v)
	}
	return nil, fmt.Errorf("%w: it leads to no badge class and no issuer", ErrMalformed)
}

// key finds the key of a signed badge among those that the issuer's own profile lists, and
// returns its PEM (OB2 CryptographicKey).
func (b *Badge) key(ctx context.Context, get Getter) (string, error) {
	listed, ok := b.Issuer["publicKey"].([]any)
	if !ok && b.Issuer["publicKey"] != nil {
		listed = []any{b.Issuer["publicKey"]}
	}
	for _, entry := range listed {
		id, _ := entry.(string)
		object, embedded := entry.(map[string]any)
		if embedded {
			id = text(object, "id")
		}
		if b.Creator != "" && id != b.Creator || b.Creator == "" && len(listed) != 1 {
			continue
		}
		if !embedded {
			var err error
			if object, err = document(ctx, get, id); err != nil {
				return "", err
			}
		}
		if text(object, "owner") != b.IssuerID {
			return "", fmt.Errorf("%w: the key is another's", ErrKey)
		}
		b.Creator = id
		return text(object, "publicKeyPem"), nil
	}
	return "", fmt.Errorf("%w: its profile does not list it", ErrKey)
}

// Revoked asks the issuer's list of revoked badges, if it names one, and gives its reason
// (OB2 RevocationList). The list is unsigned; it rests on the connection alone.
func (b *Badge) Revoked(ctx context.Context, get Getter) (revoked bool, reason string, err error) {
	v, present := b.Issuer["revocationList"]
	if !present {
		return false, "", nil
	}
	address, _ := v.(string)
	if !isWeb(address) {
		return false, "", fmt.Errorf("%w: its list of revoked badges has no web address", ErrMalformed)
	}
	list, err := document(ctx, get, address)
	if err != nil {
		return false, "", err
	}
	entries, ok := list["revokedAssertions"].([]any)
	if !ok && list["revokedAssertions"] != nil {
		return false, "", fmt.Errorf("%w: its list of revoked badges is none", ErrMalformed)
	}
	for _, entry := range entries {
		id, isText := entry.(string)
		object, isObject := entry.(map[string]any)
		if !isText && !isObject {
			return false, "", fmt.Errorf("%w: its list of revoked badges has an entry that cannot be read", ErrMalformed)
		}
		if isObject && text(object, "id") != "" {
			id = text(object, "id")
		}
		uid := text(b.assertion, "uid")
		if id == b.ID || uid != "" && (id == uid || text(object, "uid") == uid) {
			return true, text(object, "revocationReason"), nil
		}
	}
	return false, "", nil
}

// secure is the address by which a document is asked for: many badges of that time name
// theirs by plain http, by which nothing is fetched.
func secure(id string) string {
	if rest, plain := strings.CutPrefix(id, "http://"); plain {
		return "https://" + rest
	}
	return id
}

func isWeb(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil
}

// originOf is the host and port of an address; http and https are one here, since both are
// asked for by https.
func originOf(s string) string {
	u, err := url.Parse(secure(s))
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Host)
}

func text(of map[string]any, name string) string {
	s, _ := of[name].(string)
	return s
}

func objectOf(v any) map[string]any {
	o, _ := v.(map[string]any)
	return o
}

func texts(of map[string]any, name string) []string {
	all, _ := vc.Texts(of[name])
	return slices.DeleteFunc(all, func(s string) bool { return s == "" })
}
