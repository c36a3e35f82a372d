package web

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"laurel/verifier"
)

// verifyForPrograms answers with the report on a credential or a link.
func (s *Server) verifyForPrograms(c echo.Context, r request) (int, any, error) {
	if err := s.verifying.take(r.client, s.now()); err != nil {
		return 0, nil, err
	}
	var asked struct {
		Credential json.RawMessage
		URL        string
		Recipient  string
		Challenge  string
		Domain     string
		At         time.Time
	}
	if err := r.items[0].into(&asked); err != nil {
		return 0, nil, err
	}
	leave, err := s.underWay.enter(c.Request().Context(), r.client)
	if err != nil {
		return 0, nil, err
	}
	defer leave()
	about := verifier.Request{Input: asked.Credential, At: asked.At, Recipient: asked.Recipient, Challenge: asked.Challenge, Domain: asked.Domain}
	if asked.URL != "" {
		return http.StatusOK, s.verifier.VerifyURL(c.Request().Context(), asked.URL, about), nil
	}
	if members, _ := r.items[0].tree.(map[string]any); members != nil {
		if token, isText := members["credential"].(string); isText {
			about.Input = []byte(token)
		}
	}
	return http.StatusOK, s.verifier.Verify(c.Request().Context(), about), nil
}
