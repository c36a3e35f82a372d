package proof

import (
	"errors"

	"github.com/go-jose/go-jose/v4"

	"laurel/internal/jsonld"
	"laurel/internal/vc"
)

// SignJWT returns the prepared credential as a JWT in the form that OB §8.2 gives
// credentials of version 2.0 of the data model, signed with the algorithm that the key
// implies.
func SignJWT(p *jsonld.Processor, document vc.Prepared, signer Signer) (string, error) {
	if _, err := p.Read(document.Value()); err != nil {
		return "", err
	}
	credential, problems := vc.Read(document.Value())
	if len(problems) > 0 || credential.ValidFrom == nil || credential.ID == "" {
		return "", errors.New("a credential needs an id and a validFrom to become a token")
	}
	claims := struct {
		Issuer    string `json:"iss"`
		Subject   string `json:"sub,omitempty"`
		ID        string `json:"jti"`
		NotBefore int64  `json:"nbf"`
		Expires   int64  `json:"exp,omitempty"`
	}{Issuer: credential.Issuer, ID: credential.ID, NotBefore: credential.ValidFrom.Unix()}
	claims.Subject = credential.Subjects[0].Member("id").Text()
	if credential.ValidUntil != nil {
		claims.Expires = credential.ValidUntil.Unix()
	}
	members, err := vc.Marshal(claims)
	if err != nil {
		return "", err
	}
	options := (&jose.SignerOptions{}).WithType("JWT")
	return signCompact(document.With(string(members[1:len(members)-1])), signer, "", options)
}

// SignJOSE returns the prepared credential, its bytes as they are, in the JWT of
// VC-JOSE-COSE §3.1. The algorithm is one of those that fit the key, or empty for the
// first.
func SignJOSE(p *jsonld.Processor, document vc.Prepared, signer Signer, algorithm string) (string, error) {
	if _, err := p.Read(document.Value()); err != nil {
		return "", err
	}
	options := (&jose.SignerOptions{}).WithType("vc+jwt").WithContentType("vc")
	return signCompact(document.Bytes(), signer, algorithm, options)
}
