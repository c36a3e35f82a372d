package proof

import (
	"fmt"
	"maps"

	"laurel/internal/strictjson"
	"laurel/internal/vc"
)

// unwrap takes the document out of its claim (VC-DM 1.1 §6.3.1).
func (t *Token) unwrap(name string) error {
	inner := t.payload.Member(name)
	if !inner.Is(strictjson.Object) {
		return fmt.Errorf("the token's %s claim is not an object", name)
	}
	for _, member := range []string{"credentialSubject", "verifiableCredential"} {
		if t.payload.Member(member).Present() {
			return fmt.Errorf("the token carries two documents, one in %s and one beside it", name)
		}
	}
	t.part(holderClaims)
	t.profile, t.document = WrappedJWT, strictjson.Of(t.complete(inner.Object()))
	return nil
}

// complete puts the claims into the document where it leaves their members out, which
// version 1.1 of the data model allows; checkClaims compares the others.
func (t *Token) complete(tree map[string]any) map[string]any {
	put := func(name string, claim strictjson.Value) {
		_, present := tree[name]
		if text, ok := claim.IsText(); ok && !present {
			tree[name] = text
		}
	}
	if t.presentation {
		put("id", t.claims.Member("jti"))
		put("holder", t.claims.Member("iss"))
		return tree
	}
	if c, _ := vc.Read(strictjson.Of(tree)); c.Version != vc.V1 {
		return tree
	}
	put("id", t.claims.Member("jti"))
	put("issuer", t.claims.Member("iss"))
	for claim, name := range map[string]string{"nbf": "issuanceDate", "exp": "expirationDate"} {
		if at, present, ok := t.claims.moment(claim); present && ok {
			put(name, strictjson.Of(vc.FormatTime(at)))
		}
	}
	for name, claim := range map[string]string{"issuer": "iss", "credentialSubject": "sub"} {
		if v, present := tree[name]; present {
			tree[name] = identified(v, t.claims.Member(claim))
		}
	}
	return tree
}

// identified gives an object, or the only one of a list, the id that it lacks.
func identified(v any, id strictjson.Value) any {
	if list, ok := v.([]any); ok && len(list) == 1 {
		return []any{identified(list[0], id)}
	}
	object, ok := v.(map[string]any)
	text, isText := id.IsText()
	if _, present := object["id"]; !ok || !isText || present {
		return v
	}
	object = maps.Clone(object)
	object["id"] = text
	return object
}
