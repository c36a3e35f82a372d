package web

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"laurel/internal/federation"
	"laurel/internal/signed"
	"laurel/internal/trqp"
	"laurel/issuer"
	"laurel/registry"
)

// registerQueries adds the protocols by which other programs ask the registry.
func (s *Server) registerQueries() {
	s.echo.POST("/registry/trqp/authorization", s.trqp(trqp.Config.Authorization))
	s.echo.POST("/registry/trqp/recognition", s.trqp(trqp.Config.Recognition))
	s.get("/registry/verdict", s.registryVerdict)
	s.get("/.well-known/openid-federation", s.federated(func(a *federation.Anchor, q *registry.Snapshot, _ url.Values, now time.Time) federation.Reply {
		return a.Configuration(q, now)
	}))
	for path, answer := range map[string]func(*federation.Anchor, *registry.Snapshot, url.Values, time.Time) federation.Reply{
		federation.FetchPath: (*federation.Anchor).Fetch, federation.ListPath: (*federation.Anchor).List,
		federation.ResolvePath: (*federation.Anchor).Resolve, federation.MarkPath: (*federation.Anchor).TrustMark,
		federation.MarkedPath: (*federation.Anchor).TrustMarked,
		federation.KeysPath: func(a *federation.Anchor, _ *registry.Snapshot, _ url.Values, now time.Time) federation.Reply {
			return a.HistoricalKeys(now)
		},
	} {
		s.get(path, s.federated(answer))
	}
	s.echo.POST(federation.MarkStatusPath, s.federated((*federation.Anchor).MarkStatus))
}

// authority is the registry's identifier: that of the institution that runs it.
func (s *Server) authority() string { return issuer.DID(s.issuer.Base()) }

// trqp answers a query of TRQP.
func (s *Server) trqp(answer func(trqp.Config, []byte, *registry.Snapshot, time.Time) trqp.Reply) echo.HandlerFunc {
	return func(c echo.Context) error {
		current, err := s.snapshot()
		if err != nil {
			return err
		}
		body, err := io.ReadAll(http.MaxBytesReader(c.Response(), c.Request().Body, trqp.MaxRequest))
		if err != nil {
			return err
		}
		reply := answer(trqp.Config{Authority: s.authority(), Verdict: s.verdictAddress}, body, current, s.now())
		if id := c.Request().Header.Get("X-Request-ID"); id != "" && len(id) <= 200 {
			c.Response().Header().Set("X-Request-ID", id)
		}
		return c.Blob(reply.Status, reply.Media, reply.Body)
	}
}

// federated answers a query of OpenID Federation.
func (s *Server) federated(answer func(*federation.Anchor, *registry.Snapshot, url.Values, time.Time) federation.Reply) echo.HandlerFunc {
	return func(c echo.Context) error {
		current, err := s.snapshot()
		if err != nil {
			return err
		}
		key, err := s.issuer.WitnessKey()
		if err != nil {
			return err
		}
		query := c.Request().URL.Query()
		if c.Request().Method == http.MethodPost {
			if query, err = c.FormParams(); err != nil {
				return fmt.Errorf("%w: %w", issuer.ErrInput, err)
			}
		}
		reply := answer(&federation.Anchor{ID: s.issuer.Base(), Name: s.registry.Name, Signer: key}, current, query, s.now())
		return c.Blob(reply.Status, reply.Media, reply.Body)
	}
}

// verdictType is what a signed verdict says that it is.
const verdictType = "obtr-verdict+jws"

// verdictAddress is where the whole answer to a question stands, signed.
func (s *Server) verdictAddress(q registry.Query) string {
	v := url.Values{"issuer": {q.Issuer}, "signed": {"1"}}
	if q.Award != "" {
		v.Set("award", q.Award)
	}
	if q.Level != 0 {
		v.Set("eqf", strconv.Itoa(q.Level))
	}
	if !q.IssuedAt.IsZero() {
		v.Set("issued", q.IssuedAt.UTC().Format(time.RFC3339))
	}
	return s.issuer.Base() + "/registry/verdict?" + v.Encode()
}

// registryVerdict gives the five answers about an issuer, as JSON or signed by the institution
// that runs the registry.
func (s *Server) registryVerdict(c echo.Context) error {
	current, err := s.snapshot()
	if err != nil {
		return err
	}
	q, err := readVerdictQuery(c.QueryParams(), s.now())
	if err != nil {
		return fmt.Errorf("%w: %w", issuer.ErrInput, err)
	}
	q.Keys = current.KeysOf(q.Issuer, q.IssuedAt)
	d := current.Decide(q)
	if c.QueryParam("signed") == "" {
		return c.JSON(http.StatusOK, d.Answer())
	}
	payload, err := json.Marshal(struct {
		Issuer   string          `json:"issuer"`
		Answered string          `json:"answered_at"`
		Answer   registry.Answer `json:"answer"`
	}{q.Issuer, s.now().UTC().Format(time.RFC3339), d.Answer()})
	if err != nil {
		return err
	}
	key, err := s.issuer.WitnessKey()
	if err != nil {
		return err
	}
	document, err := signed.Draft(payload).Sign(verdictType, key)
	if err != nil {
		return err
	}
	return c.Blob(http.StatusOK, "application/jose+json", document.Bytes())
}

func readVerdictQuery(v url.Values, now time.Time) (q registry.Query, err error) {
	q = registry.Query{Issuer: v.Get("issuer"), Award: v.Get("award"), Jurisdiction: v.Get("country"), IssuedAt: now, Now: now}
	if q.Issuer == "" || len(q.Issuer) > 500 {
		return q, fmt.Errorf("issuer is the identifier that is asked about, such as did:web:badges.college.example")
	}
	if q.Award != "" && q.Award != registry.Degree && q.Award != registry.Microcredential {
		return q, fmt.Errorf("award is %s or %s", registry.Degree, registry.Microcredential)
	}
	if text := v.Get("eqf"); text != "" {
		if q.Level, err = strconv.Atoi(text); err != nil || q.Level < 1 || q.Level > 8 {
			return q, fmt.Errorf("eqf is a level from 1 to 8")
		}
	}
	if text := v.Get("issued"); text != "" {
		if q.IssuedAt, err = parseTime(text); err != nil {
			return q, fmt.Errorf("issued is a moment such as 2026-01-31T12:00:00Z")
		}
	}
	return q, nil
}
