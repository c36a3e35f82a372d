package verifier

import (
	"bytes"
	"context"
	"errors"
	"strings"

	"laurel/internal/bake"
	"laurel/internal/jsonld"
	"laurel/internal/proof"
	"laurel/internal/strictjson"
	"laurel/internal/vc"
)

// input finds the credential in a file and walks on with it.
func (w *walk) input(ctx context.Context, file []byte) {
	if len(file) > maxInput {
		w.set("input-too-large", "at most 16 MiB")
		return
	}
	switch bake.Detect(file) {
	case bake.PNG:
		w.image(ctx, file, "input-png", bake.UnbakePNG)
	case bake.SVG:
		w.image(ctx, file, "input-svg", bake.UnbakeSVG)
	default:
		w.text(ctx, file, "")
	}
}

func (w *walk) image(ctx context.Context, file []byte, code string, unbake func([]byte) (bake.Payload, error)) {
	payload, err := unbake(file)
	switch {
	case errors.Is(err, bake.ErrNoCredential):
		w.set("input-image-empty")
		return
	case errors.Is(err, bake.ErrTooLarge):
		w.set("input-too-large", "the picture or the credential in it")
		return
	case err != nil:
		w.set("input-image-malformed", err)
		return
	}
	w.set(code)
	if len(payload.Warnings) > 0 {
		w.set("input-image-irregular", strings.Join(payload.Warnings, "; "))
	}
	w.text(ctx, payload.Bytes, code)
}

// text tells the forms of a credential apart by their first characters; a file's name and
// media type are hints of others and decide nothing.
func (w *walk) text(ctx context.Context, text []byte, known string) {
	text = bytes.TrimSpace(text)
	switch {
	case len(text) > 0 && text[0] == '{':
		if known == "" {
			w.set("input-json")
		}
		w.document(ctx, text)
	case proof.LooksLikeToken(string(text)):
		if known == "" {
			w.set("input-jwt")
		}
		w.token(ctx, string(text))
	default:
		w.set("input-unrecognized")
	}
}

// document reads JSON with embedded proofs.
func (w *walk) document(ctx context.Context, text []byte) {
	tree, err := strictjson.ParseObject(text, strictjson.Limits{})
	if err != nil {
		w.syntaxError(err, "syntax-json")
		return
	}
	unsecured := withoutProof(tree)
	credential, ok := w.syntax(unsecured)
	if !ok {
		return
	}
	document, err := proof.Open(w.v.newest, tree)
	if !w.context(document, credential, err) {
		return
	}
	w.schema(credential, unsecured)
	verified, outcomes, err := document.Verify(ctx, w.resolve, proof.Terms{At: w.at})
	if err != nil && !errors.Is(err, proof.ErrUndecided) {
		if v, o, ok := w.olderEdition(ctx, tree, credential); ok {
			verified, outcomes, err = v, o, nil
		}
	}
	w.proofs(verified, outcomes, err)
	w.secured(ctx, credential, verified, "json")
}

// olderEdition tries a context that was edited in place in its older edition. That is
// sound only because the document is read anew, in safe mode, under that edition.
func (w *walk) olderEdition(ctx context.Context, tree map[string]any, c *vc.Credential) (*proof.Verified, []proof.Outcome, bool) {
	document, err := proof.Open(w.v.older, tree)
	if err != nil || ambiguous(document.Graph(), c, withoutProof(tree)) != "" {
		return nil, nil, false
	}
	verified, outcomes, err := document.Verify(ctx, w.resolve, proof.Terms{At: w.at})
	if err != nil {
		return nil, nil, false
	}
	w.set("context-older-edition")
	return verified, outcomes, true
}

// token reads a JSON Web Token.
func (w *walk) token(ctx context.Context, text string) {
	token, err := proof.OpenToken(text, strictjson.Limits{})
	if err != nil {
		w.syntaxError(err, "syntax-token")
		return
	}
	tree := token.Tree()
	credential, ok := w.syntax(tree)
	if !ok {
		return
	}
	graph, err := w.v.newest.Read(withoutProof(tree))
	if !w.contextOf(graph, credential, withoutProof(tree), err) {
		return
	}
	w.schema(credential, tree)
	resolve := func(ctx context.Context, method, purpose string) (proof.Method, error) {
		return w.resolveKeyID(ctx, method, credential.Issuer, purpose)
	}
	verified, outcomes, err := token.Verify(ctx, resolve, proof.Terms{At: w.at})
	w.proofs(verified, outcomes, err)
	w.secured(ctx, credential, verified, "jwt")
}

func withoutProof(tree map[string]any) map[string]any {
	if _, present := tree["proof"]; !present {
		return tree
	}
	out := make(map[string]any, len(tree))
	for name, v := range tree {
		if name != "proof" {
			out[name] = v
		}
	}
	return out
}

func (w *walk) syntaxError(err error, code string) {
	if errors.Is(err, strictjson.ErrTooLarge) {
		w.set("syntax-too-large", err)
		return
	}
	w.set(code, err)
}

// syntax holds the document to the data model (VC-DM §4).
func (w *walk) syntax(tree map[string]any) (*vc.Credential, bool) {
	types, _ := vc.Texts(tree["type"])
	for _, t := range types {
		if t == "VerifiablePresentation" || t == "EnvelopedVerifiablePresentation" || t == "EnvelopedVerifiableCredential" {
			w.set("input-presentation")
			return nil, false
		}
	}
	if tree["@context"] == "https://w3id.org/openbadges/v2" {
		w.set("input-open-badges-2")
		return nil, false
	}
	credential, problems := vc.Read(tree)
	if len(problems) > 0 {
		w.set("syntax-malformed", problems[0])
		return nil, false
	}
	w.set("syntax-ok")
	return credential, true
}

func (w *walk) context(d *proof.Document, c *vc.Credential, err error) bool {
	if err != nil {
		return w.contextOf(nil, c, nil, err)
	}
	return w.contextOf(d.Graph(), c, d.Unsecured(), nil)
}

// contextOf holds the document to safe mode (VC-DI §2.4.1), and what decides to the place
// where readers look for it.
func (w *walk) contextOf(g *jsonld.Graph, c *vc.Credential, tree map[string]any, err error) bool {
	switch {
	case errors.Is(err, jsonld.ErrDataLoss):
		w.set("context-loss", detail(err, jsonld.ErrDataLoss))
	case errors.Is(err, jsonld.ErrContext):
		w.set("context-invalid", detail(err, jsonld.ErrContext))
	case errors.Is(err, jsonld.ErrUnknownContext):
		w.set("context-unknown", detail(err, jsonld.ErrUnknownContext))
	case err != nil:
		w.set("context-unsupported", err)
	default:
		if member := ambiguous(g, c, tree); member != "" {
			w.set("context-ambiguous", member)
			return false
		}
		w.set("context-ok")
		return true
	}
	return false
}

// detail takes the sentinel's own words off an error's text.
func detail(err, sentinel error) string {
	return strings.TrimPrefix(err.Error(), sentinel.Error()+": ")
}
