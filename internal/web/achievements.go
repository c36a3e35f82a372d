package web

import (
	"errors"
	"html/template"
	"net/http"

	"github.com/labstack/echo/v4"
	"golang.org/x/text/language"

	"laurel/issuer"
)

// achievementView is one entry of the catalogue as pages show it.
type achievementView struct {
	Path, Picture     string
	Name, Description string
	Lang              string // of its texts; empty: unknown
	Issuer            string
	IssuerPath        string
	Criteria          template.HTML
	CriteriaURL       string
	ValidMonths       int
	Alignments        []alignmentView
}

type alignmentView struct{ Name, Framework, URL string }

// maxAlignments bounds what a page lists.
const maxAlignments = 50

func viewAchievement(a issuer.Achievement) achievementView {
	v := achievementView{
		Path: "/achievements/" + a.Key, Picture: "/achievements/" + a.Key + ".png",
		Name: shown(a.Class.Name, maxName), Description: shown(a.Class.Description, maxText),
		Lang: knownLanguage(a.Class.InLanguage), ValidMonths: a.ValidMonths,
		Criteria: renderMarkdown(a.Class.Criteria.Narrative), CriteriaURL: onlyHTTPS(a.Class.Criteria.ID),
	}
	for _, al := range a.Class.Alignment[:min(len(a.Class.Alignment), maxAlignments)] {
		v.Alignments = append(v.Alignments, alignmentView{
			Name: shown(al.TargetName, maxName), Framework: shown(al.TargetFramework, maxName), URL: onlyHTTPS(al.TargetURL),
		})
	}
	return v
}

// knownLanguage returns a well-formed language tag as it is written in lang attributes,
// or nothing.
func knownLanguage(tag string) string {
	if tag == "" {
		return ""
	}
	parsed, err := language.Parse(tag)
	if err != nil {
		return ""
	}
	return parsed.String()
}

// achievementPage shows one entry of the catalogue, as a page or as JSON-LD.
func (s *Server) achievementPage(c echo.Context) error {
	if handled, err := s.achievementByAccept(c); handled {
		return err
	}
	ctx := c.Request().Context()
	a, err := s.issuer.Achievement(ctx, c.Param("key"))
	if err != nil {
		return err
	}
	profile, err := s.issuer.Profile(ctx)
	if err != nil {
		return err
	}
	v := viewAchievement(a)
	v.Issuer, v.IssuerPath = shown(profile.Name, maxName), "/issuers/"+profile.Slug
	p := s.page(c, "achievement.title")
	p.Subject, p.Path, p.Body = v.Name, v.Path, v
	p.Canonical = s.issuer.AchievementURL(a.Key)
	return s.render(c, http.StatusOK, "achievement", p)
}

// cataloguePage lists what can be earned.
func (s *Server) cataloguePage(c echo.Context) error {
	all, err := s.issuer.Achievements(c.Request().Context())
	if err != nil {
		return err
	}
	views := make([]achievementView, len(all))
	for n, a := range all {
		views[n] = achievementView{
			Path: "/achievements/" + a.Key, Picture: "/achievements/" + a.Key + ".png",
			Name: shown(a.Class.Name, maxName), Description: shown(a.Class.Description, maxText), Lang: knownLanguage(a.Class.InLanguage),
		}
	}
	p := s.page(c, "achievements.title")
	p.Path, p.Body = "/achievements", struct{ Achievements []achievementView }{views}
	return s.render(c, http.StatusOK, "achievements", p)
}

// issuerView is the institution as its page shows it.
type issuerView struct {
	Name, Description, URL, DID string
	Count                       int
}

// issuerPage shows the institution, as a page or as JSON-LD.
func (s *Server) issuerPage(c echo.Context) error {
	if handled, err := s.profileByAccept(c); handled {
		return err
	}
	ctx := c.Request().Context()
	profile, err := s.issuer.Profile(ctx)
	if err == nil && profile.Slug != c.Param("slug") {
		err = issuer.ErrNotFound
	}
	if err != nil {
		return err
	}
	all, err := s.issuer.Achievements(ctx)
	if err != nil && !errors.Is(err, issuer.ErrNotFound) {
		return err
	}
	v := issuerView{
		Name: shown(profile.Name, maxName), Description: shown(profile.Description, maxText),
		URL: onlyHTTPS(profile.URL), DID: profile.ID, Count: len(all),
	}
	p := s.page(c, "issuer.title")
	p.Subject, p.Path, p.Body = v.Name, "/issuers/"+profile.Slug, v
	return s.render(c, http.StatusOK, "issuer", p)
}
