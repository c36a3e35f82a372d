package web

import (
	"github.com/labstack/echo/v4"

	"laurel/issuer"
	"laurel/verifier"
)

const noBundle missing = "there is a bundle of a badge only as long as the badge holds"

// bundle makes the verify bundle of a badge: the badge with all that its verification
// needs, signed by this site as of now.
func (s *Server) bundle(c echo.Context, award issuer.Award) (document, error) {
	leave, err := s.admit(c)
	if err != nil {
		return document{}, err
	}
	defer leave()
	witness, err := s.issuer.WitnessKey()
	if err != nil {
		return document{}, err
	}
	body, _, err := s.verifier.Bundle(c.Request().Context(), verifier.Request{Input: award.Credential}, witness)
	if err == nil && body == nil {
		err = noBundle
	}
	return document{body: body, mime: typeVC, filename: award.Result.Achievement + "-badge.bundle.json"}, err
}
