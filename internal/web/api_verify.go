package web

import (
	"fmt"
	"net/http"

	"github.com/labstack/echo/v4"

	"laurel/internal/strictjson"
	"laurel/issuer"
	"laurel/verifier"
)

// verifyForPrograms answers with the report on a credential or a link.
func (s *Server) verifyForPrograms(c echo.Context, r request) (int, any, error) {
	if err := s.verifying.take(r.client, s.now()); err != nil {
		return 0, nil, err
	}
	asked := r.items[0]
	about, err := r.question(asked)
	if err != nil {
		return 0, nil, err
	}
	leave, err := s.underWay.enter(c.Request().Context(), r.client)
	if err != nil {
		return 0, nil, err
	}
	defer leave()
	if link := asked.Member("url").Text(); link != "" {
		return http.StatusOK, s.verifier.VerifyURL(c.Request().Context(), link, about), nil
	}
	return http.StatusOK, s.verifier.Verify(c.Request().Context(), about), nil
}

// question returns what a VerifyRequest asks the verifier. A credential is given on as it
// stands, or as the text of its token.
func (r *request) question(asked strictjson.Value) (verifier.Request, error) {
	credential := asked.Member("credential")
	q := verifier.Request{
		Input: credential.In(r.body), Recipient: asked.Member("recipient").Text(),
		Challenge: asked.Member("challenge").Text(), Domain: asked.Member("domain").Text(),
	}
	if token, isText := credential.IsText(); isText {
		q.Input = []byte(token)
	}
	if at := asked.Member("at"); at.Present() {
		if err := q.At.UnmarshalText([]byte(at.Text())); err != nil {
			return q, fmt.Errorf("%w: %s", issuer.ErrInput, "a value of the body cannot be read")
		}
	}
	return q, nil
}
