package status

import (
	"errors"
	"fmt"

	"laurel/internal/strictjson"
)

// revocationLimits bound a 1EdTechRevocationList.
var revocationLimits = strictjson.Limits{Bytes: 4 << 20, Depth: 8, Values: 400_000}

// ReadRevocationList reads a 1EdTechRevocationList (OB §8.1 step 4). It is unsigned: that it
// came from its address over TLS is all that speaks for it, so it must name that address and
// the issuer of the credential.
func ReadRevocationList(raw []byte, address, issuer string) (List, error) {
	object, err := strictjson.ReadObject(raw, revocationLimits)
	if errors.Is(err, strictjson.ErrTooLarge) {
		return List{}, fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	if err != nil {
		return List{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	by := object.Member("issuer")
	if by.Is(strictjson.Object) {
		by = by.Member("id")
	}
	switch {
	case address == "" || object.Member("id").Text() != address:
		return List{}, fmt.Errorf("%w: the revocation list is another one than was asked for", ErrMalformed)
	case issuer == "" || by.Text() != issuer:
		return List{}, fmt.Errorf("%w: the revocation list was made by somebody other than the issuer", ErrMalformed)
	}
	list := List{Kind: RevocationList, revoked: map[string]string{}}
	items := object.Member("revokedCredential")
	if items.Present() && !items.Is(strictjson.Array) {
		return List{}, fmt.Errorf("%w: revokedCredential is not a list", ErrMalformed)
	}
	for item := range items.Items() {
		if err := list.revoke(item); err != nil {
			return List{}, err
		}
	}
	return list, nil
}

// revoke reads one item. A credential that stands in the list twice is revoked if one of
// the two says so.
func (l List) revoke(item strictjson.Value) error {
	id, revoked, reason := item.Member("id").Text(), true, ""
	ok := id != ""
	if v := item.Member("revoked"); v.Present() && ok {
		revoked, ok = v.True(), v.Is(strictjson.Bool)
	}
	if v := item.Member("revocationReason"); v.Present() && ok {
		reason, ok = v.IsText()
	}
	if !ok {
		return fmt.Errorf("%w: an item of revokedCredential has no id, or members of the wrong type", ErrMalformed)
	}
	if revoked {
		l.revoked[id] = reason
	}
	return nil
}
