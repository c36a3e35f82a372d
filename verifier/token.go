package verifier

import (
	"context"

	"laurel/internal/ob2"
	"laurel/internal/proof"
)

// token reads a JSON Web Token.
func (w *walk) token(ctx context.Context, text string) {
	token, err := proof.OpenToken(text, w.limits.json())
	if err != nil {
		w.syntaxError(err, "syntax-token")
		return
	}
	if ob2.Is(token.Tree()) {
		w.openBadges2Token(ctx, token)
		return
	}
	o := opened{format: "jwt", tree: token.Tree()}
	o.graph, o.err = w.v.newest.Read(withoutProof(o.tree))
	o.verify = func(ctx context.Context, t proof.Terms) (*proof.Verified, []proof.Outcome, error) {
		resolve := func(ctx context.Context, method, purpose string) (proof.Method, error) {
			return w.resolveKeyID(ctx, method, w.read.Issuer, purpose)
		}
		return token.Verify(ctx, resolve, t)
	}
	w.asserted(ctx, o)
}
