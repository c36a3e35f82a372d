package web

import (
	"cmp"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

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
	if !plainLink(link) {
		return echo.ErrBadRequest
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

// verifySubmitted verifies what the form brought: files, a link or text, each of them.
// Nothing of it is kept.
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
	given, err := submitted(r)
	switch {
	case err != nil:
		return err
	case len(given) == 0:
		return s.verifyForm(c, http.StatusBadRequest, verifyForm{Missing: true})
	case len(given) > 1:
		return s.verifyMany(c, given, recipient)
	case given[0].URL != "":
		return s.verifyLink(c, given[0].URL, recipient)
	}
	return s.verifyFile(c, given[0], recipient)
}

// badForm keeps the refusal of a body that is too large, and calls all else malformed.
func badForm(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return err
	}
	return echo.ErrBadRequest
}

// submitted are the files and the link or text that a form brought.
func submitted(r *http.Request) (given []verifier.Item, err error) {
	if r.MultipartForm != nil {
		for _, part := range slices.Concat(r.MultipartForm.File["file"], r.MultipartForm.File["photo"]) {
			if part.Size == 0 && part.Filename == "" {
				continue // nothing was chosen
			}
			file, err := contentOf(part)
			if err != nil {
				return nil, badForm(err)
			}
			given = append(given, verifier.Item{Name: part.Filename, Input: file})
		}
	}
	text := strings.TrimSpace(r.PostFormValue("badge"))
	switch {
	case text == "":
	case !isLink(text), strings.ContainsAny(text, "\r\n"): // several links are a table
		given = append(given, verifier.Item{Input: []byte(text)})
	case !plainLink(text):
		return nil, echo.ErrBadRequest
	default:
		given = append(given, verifier.Item{URL: text})
	}
	return given, nil
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

// plainLink tells whether an address is short enough and nothing in it is hidden.
func plainLink(link string) bool { return len(link) <= maxLink && shown(link, maxLink) == link }

func (s *Server) verifyLink(c echo.Context, link, recipient string) error {
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

// withoutChoices takes off a share link of this site what only says how to show the page,
// and of the address of an answer of this site what it is the answer on.
func (s *Server) withoutChoices(link string) string {
	for inner, ok := link, true; ok; inner, ok = answeredLink(s.issuer.Base(), link) {
		link = inner
	}
	if !strings.HasPrefix(link, s.issuer.Base()+"/badges/") {
		return link
	}
	if end := strings.IndexAny(link, "?#"); end >= 0 {
		return link[:end]
	}
	return link
}

func (s *Server) verifyFile(c echo.Context, file verifier.Item, recipient string) error {
	leave, err := s.admit(c)
	if err != nil {
		return err
	}
	defer leave()
	if items, ok := s.verifier.Collection(file.Input); ok {
		return s.batchPage(c, items, recipient)
	}
	report := s.verifier.Verify(c.Request().Context(), verifier.Request{Input: file.Input, Recipient: recipient})
	return s.reportPage(c, report, source{File: file.Name, Recipient: recipient})
}

// verifyMany verifies all that a form brought at once.
func (s *Server) verifyMany(c echo.Context, given []verifier.Item, recipient string) error {
	leave, err := s.admit(c)
	if err != nil {
		return err
	}
	defer leave()
	pasted := s.page(c, "batch.title").T("batch.pasted")
	for n, item := range given {
		given[n].Name = cmp.Or(item.Name, item.URL, pasted)
		given[n].URL = s.withoutChoices(item.URL)
	}
	return s.batchPage(c, s.verifier.Each(slices.Values(given)), recipient)
}

// source is what a report is about, as the reader gave it.
type source struct {
	Link, File string // File is the name of a file that was uploaded
	Recipient  string
}

// maxDocument bounds in characters what is shown of a document.
const maxDocument = 200_000

func (s *Server) reportPage(c echo.Context, r *verifier.Report, from source) error {
	p := s.page(c, "verify.result.title")
	from.File, from.Recipient = shown(from.File, maxName), shown(from.Recipient, maxRecipient)
	p.Path, p.NoIndex = "/verify", true
	if from.Link != "" {
		p.Query = url.Values{"url": {from.Link}}
	}
	view := p.viewReport(r, from, s.issuer.Base())
	if view.FromHTTP {
		p.Badge = from.Link // so that the address of an answer leads on to what it is about
	}
	if s.registry != nil {
		view.linkEntries(p, s.registry.Name)
	}
	p.Body = view
	return s.render(c, http.StatusOK, "report", p)
}
