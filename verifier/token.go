package verifier

import (
	"context"
	"maps"

	"laurel/internal/jsonld"
	"laurel/internal/ob2"
	"laurel/internal/proof"
	"laurel/internal/status"
	"laurel/internal/vc"
)

// token reads a JSON Web Token or an SD-JWT.
func (w *walk) token(ctx context.Context, text string) {
	open := proof.OpenToken
	if proof.LooksLikeSDToken(text) {
		open = proof.OpenSDToken
	}
	token, err := open(text, w.limits.json())
	if err != nil {
		w.syntaxError(err, "syntax-token")
		return
	}
	w.openedToken(ctx, token)
}

// openedToken walks on by what the token holds.
func (w *walk) openedToken(ctx context.Context, token *proof.Token) {
	if ob2.Is(token.Tree()) {
		w.openBadges2Token(ctx, token)
		return
	}
	o := opened{format: "jwt", tree: token.Tree()}
	if token.Profile() == proof.SDJWT || token.Profile() == proof.SDJWTVC {
		o.format = "sd-jwt"
	}
	o.verify = func(ctx context.Context, t proof.Terms) (*proof.Verified, []proof.Outcome, error) {
		return token.Verify(ctx, w.resolveFor(token), t)
	}
	if token.Profile() == proof.SDJWTVC {
		w.plain(ctx, token, o)
		return
	}
	if token.Presentation() {
		o.tree, o.tokens = withoutTokens(o.tree)
	}
	w.work.Lend(jsonld.Default, func(part *jsonld.Budget) {
		o.graph, o.err = w.v.newest.ReadWithin(withoutProof(o.tree), part)
	})
	if token.Presentation() {
		w.presented(ctx, o)
		return
	}
	w.asserted(ctx, o)
}

// withoutTokens takes the credentials out of a presentation that are text, as version 1.1
// has them in tokens (VC-DM 1.1 §6.3.1): they are no linked data, but the token's signature
// covers them.
func withoutTokens(tree map[string]any) (rest map[string]any, tokens []string) {
	var objects []any
	for _, item := range listOf(tree["verifiableCredential"]) {
		if text, ok := item.(string); ok {
			tokens = append(tokens, text)
		} else {
			objects = append(objects, item)
		}
	}
	if len(tokens) == 0 {
		return tree, nil
	}
	rest = maps.Clone(tree)
	delete(rest, "verifiableCredential")
	if len(objects) > 0 {
		rest["verifiableCredential"] = objects
	}
	return rest, tokens
}

// resolveFor finds a token's key: where its issuer, by its own claim or by the credential's
// member, may have it.
func (w *walk) resolveFor(token *proof.Token) proof.Resolve {
	return func(ctx context.Context, kid, purpose string) (proof.Method, error) {
		issuer, _ := token.Claims()["iss"].(string)
		switch {
		case token.Profile() == proof.SDJWTVC:
			return w.resolveIssuerKey(ctx, kid, issuer, purpose)
		case w.read != nil:
			issuer = w.read.Issuer
		}
		return w.resolveKeyID(ctx, kid, issuer, purpose)
	}
}

// plain walks an SD-JWT VC, which is no document of the W3C's data model: a type, an issuer
// and claims under the names that whoever made the type gave them.
func (w *walk) plain(ctx context.Context, token *proof.Token, o opened) {
	claims := token.Claims()
	c := &vc.Credential{Types: []string{text(claims, "vct")}, Issuer: text(claims, "iss")}
	c.ValidFrom, c.ValidUntil = token.Moment("nbf"), token.Moment("exp")
	c.Subjects = []map[string]any{subjectOf(o.tree, claims)}
	w.set("syntax-ok")
	w.set("context-plain")
	w.set("schema-not-a-badge")
	w.read = c
	verified, outcomes, err := o.verify(ctx, w.terms())
	w.proofs(verified, outcomes, err)
	if verified == nil || !w.issuer(c, verified) {
		return
	}
	w.verified = verified
	w.validity(c)
	if claim, present := claims["status"]; present {
		entry, err := status.ReadClaim(claim)
		w.entry(ctx, c.Issuer, entry, err)
	} else {
		w.set("status-none")
	}
	w.recipient(c)
	w.credential = describe(c, verified, o.format)
	w.credential.Name = c.Types[0]
	w.trusted(c.Issuer)
}

// subjectOf puts the claims about a person (OpenID Connect Core 1.0 §5.1) where those of a
// badge's recipient stand.
func subjectOf(tree, claims map[string]any) map[string]any {
	s := map[string]any{}
	if sub := text(claims, "sub"); sub != "" {
		s["id"] = sub
	}
	if name := text(tree, "name"); name != "" {
		s["name"] = name
	} else if given, family := text(tree, "given_name"), text(tree, "family_name"); given != "" && family != "" {
		s["name"] = given + " " + family
	}
	if email := text(tree, "email"); email != "" {
		s["identifier"] = map[string]any{"hashed": false, "identityType": "emailAddress", "identityHash": email}
	}
	return s
}
