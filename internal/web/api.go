package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"laurel/internal/strictjson"
	"laurel/issuer"
	"laurel/schemas"
	"laurel/verifier"
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
		w := c.Response()
		if w.Committed {
			return nil
		}
		w.Header().Set("Content-Type", typeJSON)
		w.Status = status
		if report, ok := answer.(*verifier.Report); ok {
			_, err = w.Write(append(report.AppendJSON(make([]byte, 0, 4<<10)), '\n'))
			return err
		}
		return json.NewEncoder(w).Encode(answer) // writes all at once, or nothing
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
	items  []strictjson.Value // of the body: one, or as many as it lists
}

// into decodes an object of the body, which its schema admitted: names are exact and none is
// unknown.
func (r *request) into(v any, item strictjson.Value) error {
	if err := json.Unmarshal(item.In(r.body), v); err != nil {
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
	body, err := strictjson.Read(r.body, strictjson.Limits{Bytes: maxBody})
	if err != nil {
		return fmt.Errorf("%w: the body is not strict JSON: %w", issuer.ErrInput, err)
	}
	if r.items, err = op.split(body); err != nil || op.eachAlone {
		return err
	}
	for n, item := range r.items {
		if found := op.violations(item); found != nil {
			where := "the body"
			if body.Is(strictjson.Array) {
				where = fmt.Sprintf("item %d of the body", n+1)
			}
			return fmt.Errorf("%w: %s: %s", issuer.ErrInput, where, sentence(found))
		}
	}
	return nil
}

func (op operation) admitQuery(c echo.Context, r *request) error {
	if c.Request().URL.RawQuery == "" {
		return nil
	}
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

// readBody reads a body of JSON. It makes room for as much as is announced, but for no more
// than most have: who announces much has not sent it yet.
func readBody(c echo.Context, r *request) error {
	h := c.Request().Header
	kind, parameters, err := mime.ParseMediaType(h.Get("Content-Type"))
	charset := parameters["charset"]
	if err != nil || kind != typeJSON || (charset != "" && !strings.EqualFold(charset, "utf-8")) || h.Get("Content-Encoding") != "" {
		return echo.NewHTTPError(http.StatusUnsupportedMediaType)
	}
	const most = 16 << 10
	var body bytes.Buffer
	body.Grow(int(min(max(c.Request().ContentLength, 0), most)) + bytes.MinRead)
	_, err = body.ReadFrom(c.Request().Body)
	r.body = body.Bytes()
	return err
}

// split takes a body apart where the operation takes a list as well as one object.
func (op operation) split(body strictjson.Value) ([]strictjson.Value, error) {
	if !body.Is(strictjson.Array) || op.many == 0 {
		return []strictjson.Value{body}, nil
	}
	if body.Len() == 0 || body.Len() > op.many {
		return nil, fmt.Errorf("%w: a list of %d, where 1 to %d are taken at once", issuer.ErrInput, body.Len(), op.many)
	}
	return slices.Collect(body.Items()), nil
}

// violations holds an item to the operation's component. What an object that the item carries
// holds is not the component's to judge, so that it is shown an empty one, and where the item
// has nothing else, is asked once for all; unless the whole is too large to be judged.
func (op operation) violations(item strictjson.Value) []schemas.Violation {
	values, _ := item.Extent()
	switch {
	case op.carries == "" || !item.Member(op.carries).Is(strictjson.Object) || values > schemas.MaxValues:
		return violations(op.takes, item.Tree())
	case item.Len() == 1 && op.alone():
		return nil
	}
	tree := item.Without(op.carries).Object()
	tree[op.carries] = map[string]any{}
	return violations(op.takes, tree)
}

func clipped(text string) string {
	const longest = 64
	if len(text) > longest {
		return strings.ToValidUTF8(text[:longest], "") + "…"
	}
	return text
}
