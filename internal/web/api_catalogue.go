package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"laurel/issuer"
)

// achievementSummary is an entry of the catalogue without its text.
type achievementSummary struct {
	Key         string `json:"key"`
	Name        string `json:"name"`
	URL         string `json:"url"`
	Picture     string `json:"picture"`
	ValidMonths int    `json:"validMonths"`
	Suspendable bool   `json:"suspendable"`
	ChangedAt   string `json:"changedAt"`
}

func (s *Server) summary(a issuer.Achievement) achievementSummary {
	return achievementSummary{
		Key: a.Key, Name: a.Class.Name, URL: s.issuer.AchievementURL(a.Key), Picture: s.issuer.ImageURL(a.Key),
		ValidMonths: a.ValidMonths, Suspendable: a.Suspendable, ChangedAt: apiTime(a.ChangedAt),
	}
}

type achievementList struct {
	Achievements []achievementSummary `json:"achievements"`
}

// importAchievements puts entries into the catalogue, all or none.
func (s *Server) importAchievements(c echo.Context, r request) (int, any, error) {
	ctx := c.Request().Context()
	entries, err := issuer.ParseCatalogue(r.body, noFile)
	if err != nil {
		return 0, nil, err
	}
	if err := s.issuer.Import(ctx, entries); err != nil {
		return 0, nil, err
	}
	list := achievementList{make([]achievementSummary, len(entries))}
	for n, e := range entries {
		list.Achievements[n] = s.summary(e)
	}
	return http.StatusOK, list, nil
}

// noFile refuses pictures that a catalogue names by a file: requests have no files.
func noFile(string) ([]byte, error) {
	return nil, fmt.Errorf("%w: a picture must be a data: URI here", issuer.ErrInput)
}

func (s *Server) listAchievements(c echo.Context, _ request) (int, any, error) {
	entries, err := s.issuer.Achievements(c.Request().Context())
	if err != nil {
		return 0, nil, err
	}
	list := achievementList{make([]achievementSummary, len(entries))}
	for n, e := range entries {
		list.Achievements[n] = s.summary(e)
	}
	return http.StatusOK, list, nil
}

func (s *Server) readAchievement(c echo.Context, _ request) (int, any, error) {
	ctx := c.Request().Context()
	a, err := s.issuer.Achievement(ctx, c.Param("key"))
	if err != nil {
		return 0, nil, err
	}
	published, err := s.issuer.AchievementDocument(ctx, a.Key)
	return http.StatusOK, struct {
		Summary  achievementSummary `json:"summary"`
		Document json.RawMessage    `json:"document"`
	}{s.summary(a), published}, err
}

func (s *Server) readProfile(c echo.Context, _ request) (int, any, error) {
	profile, err := s.issuer.Profile(c.Request().Context())
	return http.StatusOK, profile, err
}

// apiTime writes a moment as RFC 3339 in UTC, and none as nothing.
func apiTime(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339)
}
