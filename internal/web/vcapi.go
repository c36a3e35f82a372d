package web

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/netip"
	"net/url"

	"github.com/labstack/echo/v4"

	"laurel/internal/vcapi"
)

// vcAPIRoot is where the W3C VC API begins. It is served only where it was asked for; what
// it signs, it signs with keys of its own.
const vcAPIRoot = "/vc-api"

func (s *Server) registerVCAPI(v *vcapi.Service) {
	issue := func(ctx context.Context, c echo.Context, body []byte) vcapi.Answer {
		name := c.Param("issuer")
		if name == "" {
			name = vcapi.DefaultIssuer
		}
		return v.Issue(ctx, name, body)
	}
	whole := func(call func(context.Context, []byte) vcapi.Answer) vcAPICall {
		return func(ctx context.Context, _ echo.Context, body []byte) vcapi.Answer { return call(ctx, body) }
	}
	s.echo.POST(vcAPIRoot+"/credentials/issue", s.vcAPI(issue))
	s.echo.POST(vcAPIRoot+"/issuers/:issuer/credentials/issue", s.vcAPI(issue))
	s.echo.POST(vcAPIRoot+"/credentials/verify", s.vcAPI(whole(v.Verify)))
	s.echo.POST(vcAPIRoot+"/presentations/verify", s.vcAPI(whole(v.VerifyPresentation)))
	s.echo.POST(vcAPIRoot+"/credentials/derive", s.vcAPI(whole(v.Derive)))
	s.get(vcapi.StatusPath, func(c echo.Context) error { return c.Blob(http.StatusOK, credentialType(c), v.StatusList()) })
	s.get(vcAPIRoot+"/issuers", func(c echo.Context) error {
		if _, err := s.admitVCAPI(c); err != nil {
			return err
		}
		body, err := json.Marshal(v.Issuers())
		if err != nil {
			return err
		}
		return c.Blob(http.StatusOK, typeJSON, append(body, '\n'))
	})
}

type vcAPICall func(ctx context.Context, c echo.Context, body []byte) vcapi.Answer

// vcAPI asks who calls, reads the body and writes the answer.
func (s *Server) vcAPI(call vcAPICall) echo.HandlerFunc {
	return func(c echo.Context) error {
		caller, err := s.admitVCAPI(c)
		if err != nil {
			return err
		}
		var r request
		if err := readBody(c, &r); err != nil {
			return err
		}
		leave, err := s.underWay.enter(c.Request().Context(), caller)
		if err != nil {
			return err
		}
		defer leave()
		answer := call(c.Request().Context(), c, r.body)
		kind := typeJSON
		if answer.Problem {
			kind = typeProblem
		}
		return c.Blob(answer.Status, kind, append(answer.Body, '\n'))
	}
}

// admitVCAPI lets in programs on this machine that call it by a local name, so that neither
// a proxy for others nor a page in a browser is taken for one; everybody else needs a token.
// It names the caller for limits: programs on this machine are one.
func (s *Server) admitVCAPI(c echo.Context) (caller string, err error) {
	r := c.Request()
	base, err := url.Parse(s.issuer.Base())
	if err == nil && isLocal(base.Host) && isLocal(r.Host) && arrivedLocally(r) {
		return "this machine", nil
	}
	token, err := s.authorize(c)
	if err != nil {
		return "", err
	}
	caller = "token " + token.ID
	return caller, s.verifying.take(caller, s.now())
}

// arrivedLocally reports whether the connection came to a loopback address.
func arrivedLocally(r *http.Request) bool {
	at, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	return at != nil && isLocal(at.String())
}

// isLocal reports whether a host, with or without a port, is this machine and no other.
func isLocal(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.Unmap().IsLoopback()
}
