package verifier

import (
	"context"

	"laurel/internal/jsonld"
	"laurel/internal/ob2"
	"laurel/internal/proof"
	"laurel/internal/status"
	"laurel/internal/strictjson"
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
	if ob2.Is(token.Value()) {
		w.openBadges2Token(ctx, token)
		return
	}
	o := opened{format: "jwt", document: token.Value()}
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
		o.document, o.tokens = withoutTokens(o.document)
	}
	lent := w.work.Lend(jsonld.BudgetFor(o.document.Size()))
	left := lent
	o.graph, o.err = w.v.newest.ReadWithin(o.document.Without("proof"), &left)
	w.work.Settle(lent, left)
	if token.Presentation() {
		w.presented(ctx, o)
		return
	}
	w.asserted(ctx, o)
}

// withoutTokens takes the credentials out of a presentation that are text, as version 1.1
// has them in tokens (VC-DM 1.1 §6.3.1): they are no linked data, but the token's signature
// covers them.
func withoutTokens(document strictjson.Value) (rest strictjson.Value, tokens []string) {
	var objects []any
	for item := range document.Member("verifiableCredential").Listed() {
		if text, ok := item.IsText(); ok {
			tokens = append(tokens, text)
		} else {
			objects = append(objects, item.Tree())
		}
	}
	if len(tokens) == 0 {
		return document, nil
	}
	tree := document.Object()
	delete(tree, "verifiableCredential")
	if len(objects) > 0 {
		tree["verifiableCredential"] = objects
	}
	return strictjson.Of(tree), tokens
}

// resolveFor finds a token's key: where its issuer, by its own claim or by the credential's
// member, may have it.
func (w *walk) resolveFor(token *proof.Token) proof.Resolve {
	return func(ctx context.Context, kid, purpose string) (proof.Method, error) {
		issuer := token.Claim("iss").Text()
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
	c := &vc.Credential{Types: []string{token.Claim("vct").Text()}, Issuer: token.Claim("iss").Text()}
	c.ValidFrom, c.ValidUntil = token.Moment("nbf"), token.Moment("exp")
	c.Subjects = []strictjson.Value{subjectOf(o.document, token.Claim("sub").Text())}
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
	if claim := token.Claim("status"); claim.Present() {
		entry, err := status.ReadClaim(claim)
		w.entry(ctx, c.Issuer, entry, err)
	} else {
		w.set("status-none")
	}
	w.recipient(c)
	w.credential = describe(c, verified, o.format)
	w.credential.Name = c.Types[0]
	w.trusted(ctx, c)
}

// subjectOf puts the claims about a person (OpenID Connect Core 1.0 §5.1) where those of a
// badge's recipient stand.
func subjectOf(claims strictjson.Value, sub string) strictjson.Value {
	s := map[string]any{}
	if sub != "" {
		s["id"] = sub
	}
	if name := text(claims, "name"); name != "" {
		s["name"] = name
	} else if given, family := text(claims, "given_name"), text(claims, "family_name"); given != "" && family != "" {
		s["name"] = given + " " + family
	}
	if email := text(claims, "email"); email != "" {
		s["identifier"] = map[string]any{"hashed": false, "identityType": "emailAddress", "identityHash": email}
	}
	return strictjson.Of(s)
}
