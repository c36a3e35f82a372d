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
func document(ctx context.Context, get Getter, id string) (strictjson.Value, error) {
	raw, err := get(ctx, secure(id))
	if err != nil {
		return strictjson.Value{}, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	found, err := strictjson.ReadObject(raw, limits)
	if err != nil {
		return strictjson.Value{}, fmt.Errorf("%w: what stands at an address that it names is not strict JSON", ErrMalformed)
	}
	if text(found, "id") != id {
		return strictjson.Value{}, fmt.Errorf("%w: what stands at an address that it names has another id", ErrMalformed)
	}
	return found, nil
}

// follow returns the object that a member holds or leads to.
func follow(ctx context.Context, get Getter, v strictjson.Value) (strictjson.Value, error) {
	switch v.Kind() {
	case strictjson.Object:
		return v, nil
	case strictjson.String:
		if !isWeb(v.Text()) {
			return strictjson.Value{}, fmt.Errorf("%w: it leads to what is no web address", ErrUnattributed)
		}
		return document(ctx, get, v.Text())
	}
	return strictjson.Value{}, fmt.Errorf("%w: it leads to no badge class and no issuer", ErrMalformed)
}

// key finds the key of a signed badge among those that the issuer's own profile lists, and
// returns its PEM (OB2 CryptographicKey).
func (b *Badge) key(ctx context.Context, get Getter) (string, error) {
	var listed []strictjson.Value
	if keys := b.Issuer.Member("publicKey"); present(keys) {
		listed = slices.Collect(keys.Listed())
	}
	for _, object := range listed {
		id, named := object.IsText()
		if !named {
			id = text(object, "id")
		}
		if b.Creator != "" && id != b.Creator || b.Creator == "" && len(listed) != 1 {
			continue
		}
		if !object.Is(strictjson.Object) {
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
	named := b.Issuer.Member("revocationList")
	if !named.Present() {
		return false, "", nil
	}
	address := named.Text()
	if !isWeb(address) {
		return false, "", fmt.Errorf("%w: its list of revoked badges has no web address", ErrMalformed)
	}
	list, err := document(ctx, get, address)
	if err != nil {
		return false, "", err
	}
	entries := list.Member("revokedAssertions")
	if !entries.Is(strictjson.Array) && present(entries) {
		return false, "", fmt.Errorf("%w: its list of revoked badges is none", ErrMalformed)
	}
	uid := text(b.assertion, "uid")
	for entry := range entries.Items() {
		id, isText := entry.IsText()
		if !isText && !entry.Is(strictjson.Object) {
			return false, "", fmt.Errorf("%w: its list of revoked badges has an entry that cannot be read", ErrMalformed)
		}
		if !isText {
			id = text(entry, "id")
		}
		if id == b.ID || uid != "" && (id == uid || text(entry, "uid") == uid) {
			return true, text(entry, "revocationReason"), nil
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

func text(of strictjson.Value, name string) string { return of.Member(name).Text() }

// present reports whether there is a value other than null.
func present(v strictjson.Value) bool { return v.Present() && !v.Is(strictjson.Null) }

func texts(of strictjson.Value, name string) []string {
	all, _ := vc.Texts(of.Member(name))
	return slices.DeleteFunc(all, func(s string) bool { return s == "" })
}
