package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"laurel/internal/strictjson"
	"laurel/issuer"
)

// apiRoot is where the management API begins. It knows bearer tokens only: no cookies,
// and no scripts of other origins.
const apiRoot = "/api/v1"

// registerAPI adds every operation of the table.
func (s *Server) registerAPI(e *echo.Echo) {
	for _, op := range operations() {
		path := strings.NewReplacer("{", ":", "}", "").Replace(apiRoot + op.path)
		e.Add(op.method, path, s.operate(op))
	}
}

// operate asks for the token, holds the request to the operation's schemas, and writes
// what its handler answers.
func (s *Server) operate(op operation) echo.HandlerFunc {
	return func(c echo.Context) error {
		var r request
		if !op.open {
			token, err := s.authorize(c)
			if err != nil {
				return err
			}
			r.client = "token " + token.ID
		}
		if err := op.admit(c, &r); err != nil {
			return op.say(err)
		}
		status, answer, err := op.handle(s, c, r)
		if err != nil {
			return op.say(err)
		}
		if c.Response().Committed {
			return nil
		}
		body, err := json.Marshal(answer)
		if err != nil {
			return err
		}
		return c.Blob(status, typeJSON, append(body, '\n'))
	}
}

// say gives what is not found the operation's own words.
func (op operation) say(err error) error {
	if op.missing != "" && errors.Is(err, issuer.ErrNotFound) {
		return op.missing
	}
	return err
}

const maxToken = 200 // bytes of a bearer token

// authorize finds the record of the bearer token (RFC 6750 §2.1, §3). The token is looked
// up by its hash, so that the time it takes tells nothing about the tokens there are.
func (s *Server) authorize(c echo.Context) (issuer.AccessToken, error) {
	lines := c.Request().Header.Values("Authorization")
	challenge := `Bearer realm="laurel"`
	if len(lines) == 1 {
		scheme, token, _ := strings.Cut(lines[0], " ")
		if strings.EqualFold(scheme, "Bearer") && len(token) <= maxToken {
			t, err := s.issuer.CheckAccessToken(c.Request().Context(), token)
			if !errors.Is(err, issuer.ErrNotFound) {
				return t, err
			}
			challenge += `, error="invalid_token"`
		}
	}
	c.Response().Header().Set("WWW-Authenticate", challenge)
	return issuer.AccessToken{}, echo.NewHTTPError(http.StatusUnauthorized)
}

// request is a request that its operation admits.
type request struct {
	client string            // for limits; empty where no token is asked for
	query  map[string]string // parameters, present ones only
	body   []byte
	items  []item // of the body: one, or as many as it lists
}

// item is one JSON value of a body, as text and as strictjson read it.
type item struct {
	raw  json.RawMessage
	tree any
}

// into decodes the item, which its schema admitted: names are exact and none is unknown.
func (i item) into(v any) error {
	if err := json.Unmarshal(i.raw, v); err != nil {
		return fmt.Errorf("%w: %s", issuer.ErrInput, "a value of the body cannot be read")
	}
	return nil
}

// admit holds a request to the schemas of its operation. What is wrong with a parameter
// of the path is not found; everything else is issuer.ErrInput.
func (op operation) admit(c echo.Context, r *request) error {
	for _, name := range c.ParamNames() {
		if violations(op.parameter("path", name).schema, c.Param(name)) != nil {
			return issuer.ErrNotFound
		}
	}
	if err := op.admitQuery(c, r); err != nil || op.takes == "" {
		return err
	}
	if err := readBody(c, r); err != nil {
		return err
	}
	tree, err := strictjson.Parse(r.body, strictjson.Limits{Bytes: maxBody})
	if err != nil {
		return fmt.Errorf("%w: the body is not strict JSON: %w", issuer.ErrInput, err)
	}
	if r.items, err = op.split(r.body, tree); err != nil || op.eachAlone {
		return err
	}
	for n, i := range r.items {
		if found := violations(op.takes, i.tree); found != nil {
			where := "the body"
			if _, isList := tree.([]any); isList {
				where = fmt.Sprintf("item %d of the body", n+1)
			}
			return fmt.Errorf("%w: %s: %s", issuer.ErrInput, where, sentence(found))
		}
	}
	return nil
}

func (op operation) admitQuery(c echo.Context, r *request) error {
	r.query = map[string]string{}
	for name, values := range c.QueryParams() {
		p := op.parameter("query", name)
		if p.name == "" {
			return fmt.Errorf("%w: there is no parameter %q", issuer.ErrInput, clipped(name))
		}
		if len(values) != 1 {
			return fmt.Errorf("%w: the parameter %q stands twice", issuer.ErrInput, name)
		}
		var value any = values[0]
		if n, err := strconv.Atoi(values[0]); p.number && err == nil {
			value = n
		}
		if found := violations(p.schema, value); found != nil {
			return fmt.Errorf("%w: the parameter %q: %s", issuer.ErrInput, name, found[0].Message)
		}
		r.query[name] = values[0]
	}
	return nil
}

func readBody(c echo.Context, r *request) error {
	h := c.Request().Header
	kind, parameters, err := mime.ParseMediaType(h.Get("Content-Type"))
	charset := parameters["charset"]
	if err != nil || kind != typeJSON || (charset != "" && !strings.EqualFold(charset, "utf-8")) || h.Get("Content-Encoding") != "" {
		return echo.NewHTTPError(http.StatusUnsupportedMediaType)
	}
	r.body, err = io.ReadAll(c.Request().Body)
	return err
}

// split takes a body apart where the operation takes a list as well as one object.
func (op operation) split(body []byte, tree any) ([]item, error) {
	list, isList := tree.([]any)
	if !isList || op.many == 0 {
		return []item{{bytes.TrimSpace(body), tree}}, nil
	}
	if len(list) == 0 || len(list) > op.many {
		return nil, fmt.Errorf("%w: a list of %d, where 1 to %d are taken at once", issuer.ErrInput, len(list), op.many)
	}
	var raws []json.RawMessage
	if err := json.Unmarshal(body, &raws); err != nil {
		return nil, err
	}
	items := make([]item, len(raws))
	for n := range raws {
		items[n] = item{raws[n], list[n]}
	}
	return items, nil
}

func clipped(text string) string {
	const longest = 64
	if len(text) > longest {
		return strings.ToValidUTF8(text[:longest], "") + "…"
	}
	return text
}
