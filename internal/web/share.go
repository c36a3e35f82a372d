package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"laurel/internal/badge"
	"laurel/internal/picture"
	"laurel/internal/strictjson"
	"laurel/issuer"
)

// byToken looks an award up by a token, and bounds how many one client may guess. A
// token that does not exist and one that may not be seen are the same ErrNotFound.
func (s *Server) byToken(c echo.Context, find func(context.Context, string) (issuer.Award, error)) (issuer.Award, error) {
	if err := s.guessing.check(client(c), s.now()); err != nil {
		return issuer.Award{}, err
	}
	award, err := find(c.Request().Context(), c.Param("token"))
	if errors.Is(err, issuer.ErrNotFound) {
		if wait := s.guessing.take(client(c), s.now()); wait != nil {
			return issuer.Award{}, wait
		}
	}
	return award, err
}

// awardView is an award as the share page and the learner's page show it: what its
// signed credential says, and how it stands.
type awardView struct {
	Standing      string // issued, expired, suspended, revoked or withdrawn
	Name          string
	Description   string
	Lang          string // of the achievement's texts; empty: unknown
	Issuer        string
	IssuerPath    string
	Picture       string
	Learner       string // only where the page may show it
	Awarded       Day
	Until         *Day
	Criteria      template.HTML
	CriteriaURL   string
	Results       []field
	ShareURL      string
	VerifyPath    string
	Downloads     []download
	QR            picture.Code
	LinkedIn      string
	Certification []field
}

// download is one form of the badge.
type download struct{ Path, Form string }

// downloadForms are the forms on offer, the most useful first.
var downloadForms = []string{"png", "svg", "json", "jwt", "bundle"}

// Standings of an award beside its own states.
const (
	expired   = "expired"
	withdrawn = "withdrawn" // the key that signed it is
)

// standing says how an award stands now. What ends it for good is said first.
func (s *Server) standing(a issuer.Award) string {
	until := a.ValidUntil()
	switch {
	case a.State != issuer.Revoked && s.issuer.KeyWithdrawn(a):
		return withdrawn
	case a.State == issuer.Issued && until != nil && s.now().After(*until):
		return expired
	}
	return string(a.State)
}

// viewAward reads the stored credential: the page is a view of what was signed, not of
// what the catalogue says today.
func (s *Server) viewAward(ctx context.Context, t *tongue, a issuer.Award) (awardView, error) {
	var signed badge.Credential
	if err := json.Unmarshal(a.Credential, &signed); err != nil {
		return awardView{}, fmt.Errorf("award %s: stored credential: %w", a.ID, err)
	}
	profile, err := s.issuer.Profile(ctx)
	if err != nil {
		return awardView{}, err
	}
	earned, share := signed.Subject.Achievement, s.issuer.ShareURL(a)
	v := awardView{
		Standing: s.standing(a), Name: shown(earned.Name, maxName), Description: shown(earned.Description, maxText),
		Lang: knownLanguage(earned.InLanguage), Issuer: shown(signed.Issuer.Name, maxName), IssuerPath: "/issuers/" + profile.Slug,
		Picture: "/achievements/" + a.Result.Achievement + ".png",
		Awarded: t.day(a.Result.AwardedAt), ShareURL: share,
		Criteria: renderMarkdown(earned.Criteria.Narrative), CriteriaURL: onlyHTTPS(earned.Criteria.ID),
		Results:    results(a.Credential),
		VerifyPath: "/verify?" + url.Values{"url": {share}}.Encode(),
	}
	for _, form := range downloadForms {
		if form == "bundle" && v.Standing != string(issuer.Issued) || form == "jwt" && v.Standing == withdrawn {
			continue // there is none
		}
		v.Downloads = append(v.Downloads, download{"/badges/" + a.ShareToken + "." + form, form})
	}
	if until := a.ValidUntil(); until != nil {
		day := t.day(*until)
		v.Until = &day
	}
	if v.QR, err = s.code(share); err != nil {
		return awardView{}, err
	}
	if v.Standing == string(issuer.Issued) {
		c := certify(a, v.Name, v.Issuer, share)
		v.LinkedIn, v.Certification = c.address(), c.fields(t)
	}
	return v, nil
}

// results returns the results of a stored credential as the verifier reads them.
func results(credential []byte) (all []field) {
	read, err := strictjson.ReadObject(credential, strictjson.Limits{})
	if err != nil {
		return nil
	}
	for _, r := range badge.Results(read.Member("credentialSubject")) {
		if r.Value != "" && len(all) < maxResults {
			all = append(all, field{shown(r.Name, maxName), shown(r.Value, maxName)})
		}
	}
	return all
}

// badgePage is the page behind a share link.
func (s *Server) badgePage(c echo.Context) error {
	if handled, err := s.badgeByAccept(c); handled {
		return err
	}
	award, err := s.byToken(c, s.issuer.Shared)
	if err != nil {
		return err
	}
	p := s.page(c, "badge.title")
	view, err := s.viewAward(c.Request().Context(), p.tongue, award)
	if err != nil {
		return err
	}
	if award.Result.ShowName {
		view.Learner = shown(award.Result.Name, maxName)
	}
	p.Subject, p.NoIndex, p.Path, p.Body = view.Name, true, "/badges/"+award.ShareToken, view
	p.Canonical = view.ShareURL
	if view.Standing == string(issuer.Issued) {
		p.Preview = &preview{
			Title: view.Name, Description: p.T("badge.preview", "issuer", view.Issuer), Image: view.ShareURL + "/card.png",
		}
	}
	c.Response().Header().Set("Cache-Control", "private, no-store")
	return s.render(c, http.StatusOK, "badge", p)
}

// Bounds of the preview pictures and QR codes that are kept, in each of two generations.
const (
	maxCards = 128
	maxCodes = 1024
)

// code returns the QR code of a share link.
func (s *Server) code(link string) (picture.Code, error) {
	if code, ok := s.codes.get(link); ok {
		return code, nil
	}
	code, err := picture.QR(link)
	if err == nil {
		s.codes.set(link, code)
	}
	return code, err
}

// cardPicture serves what other sites show for a share link. A badge that does not stand
// has none.
func (s *Server) cardPicture(c echo.Context) error {
	award, err := s.byToken(c, s.issuer.Shared)
	if err != nil {
		return err
	}
	if s.standing(award) != string(issuer.Issued) {
		return issuer.ErrNotFound
	}
	drawn, ok := s.cards.get(award.ID)
	if !ok {
		if drawn, err = s.drawCard(c.Request().Context(), award); err != nil {
			return err
		}
		s.cards.set(award.ID, drawn)
	}
	h := c.Response().Header()
	h.Set("Cache-Control", "private, max-age=300")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("X-Robots-Tag", "noindex, nofollow")
	return c.Blob(http.StatusOK, typePNG, drawn)
}

func (s *Server) drawCard(ctx context.Context, a issuer.Award) ([]byte, error) {
	achievement, err := s.issuer.Achievement(ctx, a.Result.Achievement)
	if err != nil {
		return nil, err
	}
	view, err := s.viewAward(ctx, tongues[0], a)
	if err != nil {
		return nil, err
	}
	return picture.Card{Picture: achievement.Image, Title: view.Name, Issuer: view.Issuer, Link: view.ShareURL}.PNG()
}
