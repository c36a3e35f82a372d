package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"laurel/internal/strictjson"
	"laurel/issuer"
)

// awardRecord is an award as the college's own programs see it.
type awardRecord struct {
	ID           string       `json:"id"`
	CredentialID string       `json:"credentialId"`
	State        issuer.State `json:"state"`
	KeyWithdrawn bool         `json:"keyWithdrawn,omitempty"`
	Reason       string       `json:"reason,omitempty"`
	Key          string       `json:"key"`
	Achievement  string       `json:"achievement"`
	Email        string       `json:"email"`
	Name         string       `json:"name,omitempty"`
	ShowName     bool         `json:"showName,omitempty"`
	AwardedAt    string       `json:"awardedAt"`
	ValidUntil   string       `json:"validUntil,omitempty"`
	IssuedAt     string       `json:"issuedAt,omitempty"`
	ChangedAt    string       `json:"changedAt,omitempty"`
	ShareLink    string       `json:"shareLink,omitempty"`
	OwnerLink    string       `json:"ownerLink,omitempty"`
}

func (s *Server) record(a issuer.Award) awardRecord {
	r := awardRecord{
		ID: a.ID, CredentialID: a.CredentialID(), State: a.State, KeyWithdrawn: s.issuer.KeyWithdrawn(a), Reason: a.Reason,
		Key: a.Result.Key, Achievement: a.Result.Achievement, Email: a.Result.Email,
		Name: a.Result.Name, ShowName: a.Result.ShowName,
		AwardedAt: apiTime(a.Result.AwardedAt), IssuedAt: apiTime(a.IssuedAt), ChangedAt: apiTime(a.ChangedAt),
		ShareLink: s.issuer.ShareURL(a), OwnerLink: s.issuer.OwnerURL(a),
	}
	if until := a.ValidUntil(); until != nil {
		r.ValidUntil = apiTime(*until)
	}
	return r
}

// apiOutcome tells what became of one assessment result.
type apiOutcome struct {
	Key          string       `json:"key"`
	Outcome      string       `json:"outcome"` // created, existing, refused
	Award        string       `json:"award,omitempty"`
	State        issuer.State `json:"state,omitempty"`
	KeyWithdrawn bool         `json:"keyWithdrawn,omitempty"`
	CredentialID string       `json:"credentialId,omitempty"`
	ShareLink    string       `json:"shareLink,omitempty"`
	OwnerLink    string       `json:"ownerLink,omitempty"`
	Field        string       `json:"field,omitempty"`
	Reason       string       `json:"reason,omitempty"`
}

type outcomeList struct {
	Created  int          `json:"created"`
	Existing int          `json:"existing"`
	Refused  int          `json:"refused"`
	Results  []apiOutcome `json:"results"`
}

const maxRecorded = 1000 // assessment results in one request

// recordResults turns assessment results into awards. Each is judged alone: the answer is
// 207 when some were refused, and tells which and why.
func (s *Server) recordResults(c echo.Context, r request) (int, any, error) {
	list := outcomeList{Results: make([]apiOutcome, len(r.items))}
	var accepted []issuer.Result
	var at []int
	for n, item := range r.items {
		result, refused := r.result(item)
		if list.Results[n] = refused; refused.Outcome == "" {
			accepted, at = append(accepted, result), append(at, n)
		}
	}
	outcomes, err := s.issuer.Award(c.Request().Context(), accepted...)
	if err != nil {
		return 0, nil, err
	}
	for k, o := range outcomes {
		list.Results[at[k]] = s.outcome(accepted[k].Key, o)
	}
	for _, o := range list.Results {
		switch o.Outcome {
		case "created":
			list.Created++
		case "existing":
			list.Existing++
		default:
			list.Refused++
		}
	}
	if list.Refused > 0 {
		return http.StatusMultiStatus, list, nil
	}
	return http.StatusOK, list, nil
}

// result holds one result to its schema; the outcome is empty if it conforms.
func (r *request) result(item strictjson.Value) (issuer.Result, apiOutcome) {
	var result issuer.Result
	var refused apiOutcome
	refused.Key = item.Member("key").Text()
	if found := violations("AssessmentResult", item.Tree()); found != nil {
		refused.Outcome, refused.Field, refused.Reason = "refused", found[0].Pointer, found[0].Message
	} else if err := r.into(&result, item); err != nil {
		refused.Outcome, refused.Reason = "refused", err.Error()
	}
	return result, refused
}

func (s *Server) outcome(key string, o issuer.Outcome) apiOutcome {
	if o.Err != nil {
		refused := apiOutcome{Key: key, Outcome: "refused", Reason: o.Err.Error()}
		switch {
		case errors.Is(o.Err, issuer.ErrNotFound):
			refused.Field = "/achievement"
		case errors.Is(o.Err, issuer.ErrConflict):
			refused.Field = "/key"
		}
		return refused
	}
	done := apiOutcome{
		Key: key, Outcome: "existing", Award: o.Award.ID, State: o.Award.State, CredentialID: o.Award.CredentialID(),
		KeyWithdrawn: s.issuer.KeyWithdrawn(o.Award),
		ShareLink:    s.issuer.ShareURL(o.Award), OwnerLink: s.issuer.OwnerURL(o.Award),
	}
	if o.Created {
		done.Outcome = "created"
	}
	return done
}

const defaultPage = 100 // awards on one page

// listAwards answers with one page, and with the address of the next (RFC 8288 §3).
func (s *Server) listAwards(c echo.Context, r request) (int, any, error) {
	limit := defaultPage
	if text, ok := r.query["limit"]; ok {
		n, err := strconv.Atoi(text)
		if err != nil {
			return 0, nil, err
		}
		limit = n
	}
	awards, err := s.issuer.Awards(c.Request().Context(), r.query["after"], limit+1)
	if err != nil {
		return 0, nil, err
	}
	page := struct {
		Awards []awardRecord `json:"awards"`
		Next   string        `json:"next,omitempty"`
	}{Awards: []awardRecord{}}
	for _, a := range awards[:min(limit, len(awards))] {
		page.Awards = append(page.Awards, s.record(a))
	}
	if len(awards) > limit {
		page.Next = page.Awards[limit-1].ID
		query := url.Values{"after": {page.Next}, "limit": {strconv.Itoa(limit)}}
		c.Response().Header().Set("Link", fmt.Sprintf(`<%s%s/awards?%s>; rel="next"`, s.issuer.Base(), apiRoot, query.Encode()))
	}
	return http.StatusOK, page, nil
}

func (s *Server) readAward(c echo.Context, _ request) (int, any, error) {
	a, err := s.issuer.Find(c.Request().Context(), c.Param("id"))
	return http.StatusOK, s.record(a), err
}

// changeStatus returns the handler of an act on one award's status.
func changeStatus(act func(i *issuer.Issuer, ctx context.Context, id, reason string) (issuer.Award, error)) handler {
	return func(s *Server, c echo.Context, r request) (int, any, error) {
		var change struct{ Reason string }
		if err := r.into(&change, r.items[0]); err != nil {
			return 0, nil, err
		}
		a, err := act(s.issuer, c.Request().Context(), c.Param("id"), change.Reason)
		return http.StatusOK, s.record(a), err
	}
}
