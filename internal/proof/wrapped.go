package proof

import (
	"fmt"
	"maps"

	"laurel/internal/vc"
)

// unwrap takes the document out of its claim (VC-DM 1.1 §6.3.1).
func (t *Token) unwrap(name string, inner any) error {
	tree, ok := inner.(map[string]any)
	if !ok {
		return fmt.Errorf("the token's %s claim is not an object", name)
	}
	for _, member := range []string{"credentialSubject", "verifiableCredential"} {
		if _, both := t.payload[member]; both {
			return fmt.Errorf("the token carries two documents, one in %s and one beside it", name)
		}
	}
	t.part(holderClaims)
	t.profile, t.tree = WrappedJWT, t.complete(tree)
	return nil
}

// complete puts the claims into the document where it leaves their members out, which
// version 1.1 of the data model allows; checkClaims compares the others.
func (t *Token) complete(tree map[string]any) map[string]any {
	tree = maps.Clone(tree)
	put := func(name string, claim any) {
		_, present := tree[name]
		if text, ok := claim.(string); ok && !present {
			tree[name] = text
		}
	}
	if t.presentation {
		put("id", t.claims["jti"])
		put("holder", t.claims["iss"])
		return tree
	}
	if c, _ := vc.Read(tree); c.Version != vc.V1 {
		return tree
	}
	put("id", t.claims["jti"])
	put("issuer", t.claims["iss"])
	for claim, name := range map[string]string{"nbf": "issuanceDate", "exp": "expirationDate"} {
		if at, present, ok := t.claims.moment(claim); present && ok {
			put(name, vc.FormatTime(at))
		}
	}
	for name, claim := range map[string]string{"issuer": "iss", "credentialSubject": "sub"} {
		if v, present := tree[name]; present {
			tree[name] = identified(v, t.claims[claim])
		}
	}
	return tree
}

// identified gives an object, or the only one of a list, the id that it lacks.
func identified(v, id any) any {
	if list, ok := v.([]any); ok && len(list) == 1 {
		return []any{identified(list[0], id)}
	}
	object, ok := v.(map[string]any)
	text, isText := id.(string)
	if _, present := object["id"]; !ok || !isText || present {
		return v
	}
	object = maps.Clone(object)
	object["id"] = text
	return object
}
