package web

import (
	"net/http"

	"github.com/labstack/echo/v4"
)

// ownerView is the Body of the learner's own page.
type ownerView struct {
	awardView
	Path     string // of this page
	Recorded string // the learner's name; empty: none is recorded
	Shown    bool   // on the share page
	Changed  bool   // just now
}

// ownerPage shows learners their own badge and lets them decide what others see.
func (s *Server) ownerPage(c echo.Context) error {
	award, err := s.byToken(c, s.issuer.Owned)
	if err != nil {
		return err
	}
	p := s.page(c, "my.title")
	view, err := s.viewAward(c.Request().Context(), p.tongue, award)
	if err != nil {
		return err
	}
	p.NoIndex, p.Path = true, "/my/"+award.OwnerToken
	p.Subject = view.Name
	p.Body = ownerView{
		awardView: view, Path: p.Path, Recorded: shown(award.Result.Name, maxName), Shown: award.Result.ShowName,
		Changed: c.QueryParam("changed") == "1",
	}
	c.Response().Header().Set("Cache-Control", "private, no-store")
	return s.render(c, http.StatusOK, "owner", p)
}

// ownerChoice records whether the share page shows the learner's name. The page's address
// is the permission; that the form is this site's own is checked with the browser's help,
// for there is no session to tie it to.
func (s *Server) ownerChoice(c echo.Context) error {
	r := c.Request()
	if err := s.origins.Check(r); err != nil {
		return echo.ErrForbidden
	}
	award, err := s.byToken(c, s.issuer.Owned)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return badForm(err)
	}
	choice := r.PostForm.Get("name")
	if choice != "show" && choice != "hide" {
		return echo.ErrBadRequest
	}
	if err := s.issuer.SetShowName(r.Context(), award.OwnerToken, choice == "show"); err != nil {
		return err
	}
	target := "/my/" + award.OwnerToken + "?changed=1"
	if p := s.page(c, "my.title"); p.Explicit {
		target += "&lang=" + p.Code
	}
	return c.Redirect(http.StatusSeeOther, target)
}
