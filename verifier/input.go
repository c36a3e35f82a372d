package verifier

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"laurel/internal/bake"
	"laurel/internal/proof"
)

// input finds the credential in a file and walks on with it.
func (w *walk) input(ctx context.Context, file []byte) {
	if len(file) > w.limits.Input {
		w.set("input-too-large", fmt.Sprintf("at most %d bytes", w.limits.Input))
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
	if w.role == asWhole {
		w.source = text
	}
	switch {
	case len(text) > 0 && text[0] == '{' && w.role == asWhole && known == "" && looksLikeBundle(text):
		w.bundled(ctx, text)
	case len(text) > 0 && text[0] == '{':
		if known == "" {
			w.set("input-json")
		}
		w.json(ctx, text)
	case proof.LooksLikeSDToken(string(text)):
		if known == "" {
			w.set("input-sd-jwt")
		}
		w.token(ctx, string(text))
	case proof.LooksLikeToken(string(text)):
		if known == "" {
			w.set("input-jwt")
		}
		w.token(ctx, string(text))
	default:
		w.set("input-unrecognized")
	}
}

// credentialText walks through a document that a credential refers to.
func (w *walk) credentialText(ctx context.Context, text []byte) {
	w.text(ctx, text, "")
}
