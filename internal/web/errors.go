package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"laurel/issuer"
)

// fail answers with an error, once: a page for people, an RFC 9457 problem for programs.
// This is the one place where errors from within become words for outside. An error that
// is not known here tells the outside nothing.
func (s *Server) fail(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	status := statusOf(err)
	h := c.Response().Header()
	h.Set("Cache-Control", "no-store")
	h.Add("Vary", "Accept")
	var wait *tooMany
	if errors.As(err, &wait) {
		h.Set("Retry-After", wait.seconds())
	}
	if forPrograms(c.Request()) {
		err = s.problem(c, status, detailOf(err, status))
	} else {
		err = s.errorPage(c, status, err)
	}
	if err != nil {
		s.log.Error("error page", "error", err)
	}
}

// statusOf maps errors to statuses.
func statusOf(err error) int {
	var http4 *echo.HTTPError
	var large *http.MaxBytesError
	var wait *tooMany
	switch {
	case errors.As(err, &wait) && wait.all:
		return http.StatusServiceUnavailable
	case errors.As(err, &wait):
		return http.StatusTooManyRequests
	case errors.As(err, &large):
		return http.StatusRequestEntityTooLarge
	case errors.Is(err, issuer.ErrNotFound):
		return http.StatusNotFound
	case errors.Is(err, issuer.ErrConflict):
		return http.StatusConflict
	case errors.Is(err, issuer.ErrInput):
		return http.StatusBadRequest
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return http.StatusServiceUnavailable
	case errors.As(err, &http4) && http4.Code >= 400 && http4.Code < 600:
		return http4.Code
	}
	return http.StatusInternalServerError
}

// missing is issuer.ErrNotFound with the sentence that tells a program what there is not.
type missing string

func (m missing) Error() string { return string(m) }
func (m missing) Unwrap() error { return issuer.ErrNotFound }

// detailOf returns what of an error its sender is to read: what the issuer says of the
// sender's own request, and otherwise what to do next.
func detailOf(err error, status int) string {
	var m missing
	switch {
	case errors.Is(err, issuer.ErrInput), errors.Is(err, issuer.ErrConflict):
		return err.Error()
	case errors.As(err, &m):
		return m.Error()
	}
	return next[status]
}

// next tells programs by the status what to do; pages have the catalogue's words.
var next = map[int]string{
	http.StatusUnauthorized:          "send the header Authorization: Bearer and an access token of this college; laurel token create makes one",
	http.StatusNotFound:              "nothing is at this address: check it",
	http.StatusMethodNotAllowed:      "this address takes other methods: the header Allow lists them",
	http.StatusRequestEntityTooLarge: "send less at once",
	http.StatusUnsupportedMediaType:  "send Content-Type: application/json, the body in UTF-8 and uncompressed",
	http.StatusTooManyRequests:       "wait for as many seconds as the header Retry-After says, then ask again",
	http.StatusServiceUnavailable:    "ask again in a moment",
}

// machineRoots begin the addresses that programs alone ask.
var machineRoots = []string{"/api/", "/vc-api/", "/ims/", "/status/", "/.well-known/", "/registry/applications", "/registry/trqp/", "/registry/verdict", "/federation/"}

// forPrograms tells whether an error is to be answered with a problem.
func forPrograms(r *http.Request) bool {
	offers := []string{typeHTML, typeProblem, typeJSON, typeJSONLD}
	for _, root := range machineRoots {
		if strings.HasPrefix(r.URL.Path, root) {
			offers = []string{typeProblem, typeJSON, typeHTML}
		}
	}
	accept := r.Header.Get("Accept")
	return prefer(accept, offers...) != typeHTML || !accepts(accept, typeHTML)
}

// problem writes an RFC 9457 problem; its type is about:blank (§4.2.1), so that title is
// the status's own phrase.
func (s *Server) problem(c echo.Context, status int, detail string) error {
	body, err := json.Marshal(struct {
		Title  string `json:"title"`
		Status int    `json:"status"`
		Detail string `json:"detail,omitempty"`
	}{http.StatusText(status), status, detail})
	if err != nil {
		return err
	}
	return c.Blob(status, typeProblem, append(body, '\n'))
}

// explained are the statuses with words of their own in the catalogue.
var explained = []int{400, 403, 404, 405, 409, 413, 429, 500, 503}

func (s *Server) errorPage(c echo.Context, status int, cause error) error {
	known := http.StatusBadRequest
	if status >= http.StatusInternalServerError {
		known = http.StatusInternalServerError
	}
	for _, e := range explained {
		if e == status {
			known = e
		}
	}
	key := "error." + strconv.Itoa(known)
	if errors.Is(cause, noEntry) {
		key = "error.entry"
	}
	p := s.page(c, key+".title")
	p.Body = struct{ Lead, Next string }{key + ".lead", key + ".next"}
	return s.render(c, status, "error", p)
}
