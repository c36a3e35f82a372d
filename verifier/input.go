package verifier

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"laurel/internal/fetch"
	"laurel/internal/intake"
	"laurel/internal/proof"
)

// maxLinks bounds the links that lead from what was given to the credential: from a picture
// of a code to a page, and from there to the badge.
const maxLinks = 3

// input finds the credential in a file and walks on with it. address is where the file was
// fetched, if it was.
func (w *walk) input(ctx context.Context, file []byte, address string) {
	if w.role == asWhole {
		w.inquiry.work = allWork(len(file))
	}
	if len(file) > w.limits.Input {
		w.set("input-too-large", fmt.Sprintf("at most %d bytes", w.limits.Input))
		return
	}
	if looksLikeBundle(file) {
		w.bundled(ctx, file)
		return
	}
	found, err := intake.Read(file, intake.Options{Address: address, Inside: w.request.inside, Bytes: w.limits.Input})
	if text := bytes.TrimSpace(file); errors.Is(err, intake.ErrUnrecognized) && bytes.HasPrefix(text, []byte("{")) {
		w.set("input-json") // whose syntax says what is wrong with it
		w.text(ctx, text)
		return
	}
	switch {
	case errors.Is(err, intake.ErrNoBadgeOnPage) && address != "":
		w.set("input-page")
		return
	case err != nil:
		w.inputError(file, err)
		return
	}
	if found.Entries != nil {
		w.set("input-many")
		return
	}
	if found.Kind == intake.HTML {
		w.candidates(ctx, found.Items)
		return
	}
	if found.Kind == intake.PNG || found.Kind == intake.SVG {
		w.picture = file
	}
	w.item(ctx, found.Kind, found.Items[0])
	if len(found.Warnings) > 0 {
		w.set("input-irregular", strings.Join(found.Warnings, "; "))
	}
}

// inputError records why a file holds nothing to verify.
func (w *walk) inputError(file []byte, err error) {
	switch {
	case len(bytes.TrimSpace(file)) == 0:
		w.set("input-nothing")
	case errors.Is(err, intake.ErrUnrecognized) && intake.IsUTF16(file):
		w.set("input-utf-16")
	case errors.Is(err, intake.ErrUnrecognized) && intake.IsBareLink(file):
		w.set("input-bare-link")
	case errors.Is(err, intake.ErrUnrecognized) && intake.HasLink(file):
		w.set("input-link-in-text")
	case errors.Is(err, intake.ErrUnrecognized):
		w.set("input-unrecognized")
	case errors.Is(err, intake.ErrTable):
		w.set("input-table", err)
	case errors.Is(err, intake.ErrNoLinks):
		w.set("input-table-without-links")
	case errors.Is(err, intake.ErrNoCredential):
		w.set("input-empty")
	case errors.Is(err, intake.ErrTooLarge):
		w.set("input-too-large", err)
	case errors.Is(err, intake.ErrEncrypted):
		w.set("input-encrypted")
	case errors.Is(err, intake.ErrNested):
		w.set("input-nested")
	default:
		w.set("input-malformed", err)
	}
}

// item walks on with what was found: a credential, or a link to one.
func (w *walk) item(ctx context.Context, kind intake.Kind, item intake.Item) {
	if item.Kind == intake.Link {
		w.follow(ctx, string(item.Text))
		return
	}
	w.set(inputCodes[kind])
	w.text(ctx, item.Text)
}

// inputCodes say in what a credential was found.
var inputCodes = map[intake.Kind]string{
	intake.JSON: "input-json", intake.JWS: "input-jwt", intake.SDJWT: "input-sd-jwt", intake.PNG: "input-png",
	intake.SVG: "input-svg", intake.JPEG: "input-jpeg", intake.PDF: "input-pdf", intake.QR: "input-qr",
}

// follow fetches what a link leads to and walks on with it.
func (w *walk) follow(ctx context.Context, url string) {
	if w.links++; w.links > maxLinks {
		w.set("input-unavailable", "it leads from link to link")
		return
	}
	document, err := w.fetch(ctx, url, acceptBadge, int64(w.limits.Input))
	switch {
	case errors.Is(err, fetch.ErrTooLarge):
		w.set("input-too-large", fmt.Sprintf("at most %d bytes", w.limits.Input))
	case errors.Is(err, fetch.ErrRefused) && strings.HasPrefix(url, "http://"):
		w.set("input-not-https")
	case err != nil:
		w.set("input-unavailable", reason(err))
	default:
		w.input(ctx, document.body, document.finalURL)
	}
}

// candidates walks on with the first of the things on a page that is a credential whose
// issuer's proof verifies, or else with the likeliest.
func (w *walk) candidates(ctx context.Context, items []intake.Item) {
	var first *walk
	for _, item := range items {
		try := w.walk(asWhole)
		try.links = w.links
		try.item(ctx, item.Kind, item)
		if try.verified != nil || try.credential != nil {
			*w = *try
			return
		}
		if first == nil || first.read == nil && try.read != nil {
			first = try
		}
	}
	*w = *first
	if w.verdict() == Invalid && len(w.checks) == 1 { // there was none in what may have been its picture
		w.checks = nil
		w.set("input-page")
	}
}

// text tells the forms of a credential apart by their first characters; a file's name and
// media type are hints of others and decide nothing.
func (w *walk) text(ctx context.Context, text []byte) {
	w.source = text
	if w.role == asWhole {
		w.inquiry.work = allWork(len(text))
	}
	if len(text) > 0 && text[0] == '{' {
		w.json(ctx, text)
		return
	}
	token := string(text)
	if !proof.LooksLikeSDToken(token) && !proof.LooksLikeToken(token) {
		w.set("input-unrecognized")
		return
	}
	w.token(ctx, token)
}

// credentialText walks through a document that a credential refers to.
func (w *walk) credentialText(ctx context.Context, text []byte) {
	w.set("input-part")
	w.text(ctx, bytes.TrimSpace(text))
}
