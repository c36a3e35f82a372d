package web

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/labstack/echo/v4"

	"laurel/internal/linkage"
	"laurel/internal/onboarding"
	"laurel/internal/strictjson"
	"laurel/issuer"
	"laurel/registry"
)

// Onboarding takes applications to be listed in the registry.
type Onboarding struct {
	Desk *onboarding.Desk
	// Look returns what looks at sites and names, within the budget of one application.
	Look func(ctx context.Context) *linkage.Looker
}

const (
	maxApplication = 8 << 10  // bytes
	maxAnswerBody  = 16 << 10 // bytes
)

func (s *Server) registerOnboarding() {
	s.echo.POST("/registry/applications", s.apply)
	s.get("/registry/applications/:id", s.application)
	s.echo.POST("/registry/applications/:id/answer", s.applicationAnswer)
}

// applicationView is what programs see of an application: what is to be done, and what can be
// seen of it.
type applicationView struct {
	*onboarding.Application
	Record   recordView           `json:"record"`
	Findings []onboarding.Finding `json:"findings,omitempty"`
}

// recordView is the DNS record by which a domain names an identifier and a key.
type recordView struct {
	Name string `json:"name"`
	Text string `json:"text"` // with KEY for the thumbprint of the key that will sign the challenge
}

func (s *Server) viewApplication(c echo.Context, status int, a *onboarding.Application, found []onboarding.Finding) error {
	name, text := linkage.Record(a.Domain, a.DID, "KEY")
	h := c.Response().Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Robots-Tag", "noindex")
	return c.JSON(status, applicationView{a, recordView{name, text}, found})
}

// apply takes an application down.
func (s *Server) apply(c echo.Context) error {
	leave, err := s.admit(c)
	if err != nil {
		return err
	}
	defer leave()
	body, err := io.ReadAll(http.MaxBytesReader(c.Response(), c.Request().Body, maxApplication))
	if err != nil {
		return err
	}
	r, err := readApplication(body)
	if err != nil {
		return fmt.Errorf("%w: %w", issuer.ErrInput, err)
	}
	a, err := s.onboarding.Desk.Apply(r, s.currentRegistry())
	switch {
	case errors.Is(err, onboarding.ErrFull):
		return echo.NewHTTPError(http.StatusServiceUnavailable, err.Error())
	case errors.Is(err, onboarding.ErrRefused):
		return fmt.Errorf("%w: %w", issuer.ErrInput, err)
	case err != nil:
		return err
	}
	return s.viewApplication(c, http.StatusCreated, a, nil)
}

func (s *Server) currentRegistry() *registry.Snapshot {
	if s.registry == nil {
		return nil
	}
	return s.registry.Current()
}

func readApplication(body []byte) (r onboarding.Request, err error) {
	v, err := strictjson.ReadObject(body, strictjson.Limits{Bytes: maxApplication, Depth: 2, Values: 16})
	if err != nil {
		return r, err
	}
	members := map[string]*string{"did": &r.DID, "domain": &r.Domain, "entry": &r.Entry, "name": &r.Name, "country": &r.Country, "site": &r.Site}
	for name, m := range v.Members() {
		field, known := members[name]
		text, isText := m.IsText()
		if !known || !isText {
			return r, fmt.Errorf("%.40q is not a member of an application, or no text; there are did, domain, entry, name, country and site", name)
		}
		*field = text
	}
	return r, nil
}

// application shows an application to who has its id, and looks what can be seen of it.
func (s *Server) application(c echo.Context) error {
	leave, err := s.admit(c)
	if err != nil {
		return err
	}
	defer leave()
	a, err := s.onboarding.Desk.Get(c.Param("id"))
	if err != nil {
		return notApplied(err)
	}
	return s.viewApplication(c, http.StatusOK, a, s.look(c, a))
}

// applicationAnswer takes the signed challenge.
func (s *Server) applicationAnswer(c echo.Context) error {
	leave, err := s.admit(c)
	if err != nil {
		return err
	}
	defer leave()
	body, err := io.ReadAll(http.MaxBytesReader(c.Response(), c.Request().Body, maxAnswerBody))
	if err != nil {
		return err
	}
	a, err := s.onboarding.Desk.Answered(c.Param("id"), body)
	switch {
	case errors.Is(err, onboarding.ErrClosed):
		return fmt.Errorf("%w: %w", issuer.ErrConflict, err)
	case errors.Is(err, onboarding.ErrRefused):
		return fmt.Errorf("%w: %w", issuer.ErrInput, err)
	case err != nil:
		return notApplied(err)
	}
	return s.viewApplication(c, http.StatusOK, a, s.look(c, a))
}

func (s *Server) look(c echo.Context, a *onboarding.Application) []onboarding.Finding {
	ctx := c.Request().Context()
	return onboarding.Look(ctx, s.onboarding.Look(ctx), a, s.currentRegistry())
}

const noApplication missing = "no such application"

func notApplied(err error) error {
	if errors.Is(err, onboarding.ErrNotFound) {
		return noApplication
	}
	return err
}
