package web

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"laurel/registry"
)

// listJSON is what every answer of the registry to programs says of itself. It is not signed: who
// wants to rely on it follows the files, or asks for the evidence.
type listJSON struct {
	Registry  string `json:"registry"`
	Version   int    `json:"version"`
	Issued    string `json:"issued,omitempty"`
	Expires   string `json:"expires,omitempty"`
	Freshness string `json:"freshness"`
}

func (s *Server) listJSON(snapshot *registry.Snapshot) listJSON {
	return listJSON{s.registry.Name, snapshot.Version, moment(snapshot.Issued), moment(snapshot.Expires), snapshot.FreshnessAt(s.now()).String()}
}

// moment writes a moment for programs; of none nothing.
func moment(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339)
}

func (s *Server) sendJSON(c echo.Context, v any) error {
	body, err := json.Marshal(v)
	return s.send(c, document{body: append(body, '\n'), mime: typeJSON, maxAge: registrySeconds}, err)
}

// entryJSON is an entry for programs.
type entryJSON struct {
	listJSON
	Status   string          `json:"status"`
	Entry    json.RawMessage `json:"entry"` // its line
	Evidence string          `json:"evidence"`
	Page     string          `json:"page"`
}

// sendEntry answers a program: with the entry's line or, where it asks for ?proof, with the
// evidence for it.
func (s *Server) sendEntry(c echo.Context, snapshot *registry.Snapshot, e *registry.Entry) error {
	if c.QueryParams().Has("proof") {
		if s.registry.Evidence == nil {
			return echo.ErrNotFound
		}
		evidence, err := s.registry.Evidence(e.ID)
		return s.send(c, document{body: evidence, mime: typeJSON, maxAge: registrySeconds}, err)
	}
	line, err := e.Line()
	if err != nil {
		return err
	}
	page := s.issuer.Base() + entryPath(e.ID)
	return s.sendJSON(c, entryJSON{s.listJSON(snapshot), e.StateAt(s.now()).String(), line, page + ".json?proof", page})
}

// noEntry is said of institutions that the registry does not list.
const noEntry missing = "this registry has no such entry, which proves nothing: it says neither that the institution is not legitimate nor that it may not award"

// entry finds the entry that an address names, with or without a suffix.
func (s *Server) entry(c echo.Context) (snapshot *registry.Snapshot, e *registry.Entry, err error) {
	if snapshot, err = s.snapshot(); err != nil {
		return nil, nil, err
	}
	id := strings.TrimSuffix(c.Param("id"), ".json")
	e, err = snapshot.Entry(registry.EntityPrefix + id)
	if errors.Is(err, registry.ErrNoEntry) {
		err = noEntry
	}
	return snapshot, e, err
}
