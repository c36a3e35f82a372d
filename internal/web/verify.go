package web

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"laurel/internal/bake"
	"laurel/verifier"
)

// Bounds in bytes of the fields of the verifier's form.
const (
	maxLink      = 2048
	maxRecipient = 254
)

// verifyForm is the Body of the page on which to give a badge.
type verifyForm struct {
	Missing bool // the form was sent empty
}

// verifyPage shows the form, or verifies what stands behind ?url=.
func (s *Server) verifyPage(c echo.Context) error {
	link := strings.TrimSpace(c.QueryParam("url"))
	if link == "" {
		return s.verifyForm(c, http.StatusOK, verifyForm{})
	}
	return s.verifyLink(c, link, "")
}

func (s *Server) verifyForm(c echo.Context, status int, form verifyForm) error {
	p := s.page(c, "verify.title")
	p.Path, p.Script, p.Body = "/verify", scriptPath, form
	h := c.Response().Header()
	h.Set("Content-Security-Policy", formPolicy)
	h.Set("Permissions-Policy", formPermissions)
	return s.render(c, status, "verify", p)
}

// verifySubmitted verifies what the form brought: a file, or a link or text. Nothing of
// it is kept.
func (s *Server) verifySubmitted(c echo.Context) error {
	r := c.Request()
	err := r.ParseMultipartForm(maxUpload) // which is all that guard lets in: none of it goes to a disk
	if errors.Is(err, http.ErrNotMultipart) {
		err = r.ParseForm()
	}
	if err != nil {
		return badForm(err)
	}
	recipient := strings.TrimSpace(r.PostFormValue("recipient"))
	if len(recipient) > maxRecipient {
		return echo.ErrBadRequest
	}
	file, err := uploaded(r)
	if err != nil {
		return badForm(err)
	}
	text := strings.TrimSpace(r.PostFormValue("badge"))
	switch {
	case len(file) > 0:
		return s.verifyBytes(c, file, recipient)
	case text == "":
		return s.verifyForm(c, http.StatusBadRequest, verifyForm{Missing: true})
	case isLink(text):
		return s.verifyLink(c, text, recipient)
	}
	return s.verifyBytes(c, []byte(text), recipient)
}

// badForm keeps the refusal of a body that is too large, and calls all else malformed.
func badForm(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return err
	}
	return echo.ErrBadRequest
}

// uploaded returns the uploaded file or photo, or nothing.
func uploaded(r *http.Request) ([]byte, error) {
	if r.MultipartForm == nil {
		return nil, nil
	}
	for _, name := range []string{"file", "photo"} {
		for _, part := range r.MultipartForm.File[name] {
			if part.Size > 0 {
				return contentOf(part)
			}
		}
	}
	return nil, nil
}

func contentOf(part *multipart.FileHeader) ([]byte, error) {
	f, err := part.Open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxUpload))
}

// isLink tells a web address from the text of a badge.
func isLink(text string) bool {
	lower := strings.ToLower(text[:min(len(text), 8)])
	return strings.HasPrefix(lower, "https://") || strings.HasPrefix(lower, "http://")
}

func (s *Server) verifyLink(c echo.Context, link, recipient string) error {
	if len(link) > maxLink || shown(link, maxLink) != link {
		return echo.ErrBadRequest
	}
	leave, err := s.admit(c)
	if err != nil {
		return err
	}
	defer leave()
	link = s.withoutChoices(link)
	report := s.verifier.VerifyURL(c.Request().Context(), link, verifier.Request{Recipient: recipient})
	return s.reportPage(c, report, source{Link: link, Recipient: recipient})
}

// admit begins a verification, if neither its client nor all clients ask too much. What
// it costs to look into the input stands under the same bound, so leave comes after it.
func (s *Server) admit(c echo.Context) (leave func(), err error) {
	who := client(c)
	if err := s.verifying.take(who, s.now()); err != nil {
		return nil, err
	}
	return s.underWay.enter(c.Request().Context(), who)
}

// withoutChoices takes off a share link of this site what only says how to show the page.
func (s *Server) withoutChoices(link string) string {
	if !strings.HasPrefix(link, s.issuer.Base()+"/badges/") {
		return link
	}
	if end := strings.IndexAny(link, "?#"); end >= 0 {
		return link[:end]
	}
	return link
}

func (s *Server) verifyBytes(c echo.Context, input []byte, recipient string) error {
	leave, err := s.admit(c)
	if err != nil {
		return err
	}
	defer leave()
	if items, ok := s.verifier.Collection(input); ok {
		return s.batchPage(c, items, recipient)
	}
	report := s.verifier.Verify(c.Request().Context(), verifier.Request{Input: input, Recipient: recipient})
	return s.reportPage(c, report, source{Document: documentOf(input), Recipient: recipient})
}

// source is what a report is about, as the reader gave it.
type source struct {
	Link      string
	Document  string // text of the credential, to look at
	Recipient string
}

// maxDocument bounds in characters what is shown of a document.
const maxDocument = 200_000

// documentOf returns the text to show of an input, taken out of a picture within the
// bounds that hold for the verification.
func documentOf(input []byte) string {
	var payload bake.Payload
	var err error
	switch bake.Detect(input) {
	case bake.PNG:
		payload, err = bake.UnbakePNG(input)
	case bake.SVG:
		payload, err = bake.UnbakeSVG(input)
	default:
		payload.Bytes = input
	}
	if err != nil {
		return ""
	}
	return multiline(strings.ToValidUTF8(string(payload.Bytes), "\ufffd"), maxDocument)
}

func (s *Server) reportPage(c echo.Context, r *verifier.Report, from source) error {
	p := s.page(c, "verify.result.title")
	from.Recipient = shown(from.Recipient, maxRecipient)
	p.Path, p.NoIndex = "/verify", true
	if from.Link != "" {
		p.Query = url.Values{"url": {from.Link}}
	}
	p.Body = p.viewReport(r, from, s.issuer.Base())
	return s.render(c, http.StatusOK, "report", p)
}
