package proof

import (
	"context"
	"crypto"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"laurel/internal/strictjson"
	"laurel/keys"
)

// at is the moment of these tests.
var at = time.Unix(1_800_000_000, 0)

func rsaKey(t testing.TB) crypto.Signer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, minRSA)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func encode(t testing.TB, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

// makeToken signs any header and payload, also those that no library would.
func makeToken(t testing.TB, key crypto.Signer, header, payload map[string]any) string {
	t.Helper()
	if _, named := header["alg"]; !named {
		header = maps.Clone(header)
		header["alg"] = "EdDSA"
	}
	alg, _ := header["alg"].(string)
	input := encode(t, header) + "." + encode(t, payload)
	signature, err := opaque{signer: Signer{Key: key}}.SignPayload([]byte(input), jose.SignatureAlgorithm(alg))
	if err != nil {
		t.Fatal(err)
	}
	return input + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// open reads either kind of token.
func open(text string) (*Token, error) {
	if LooksLikeSDToken(text) {
		return OpenSDToken(text, strictjson.Limits{})
	}
	return OpenToken(text, strictjson.Limits{})
}

// judgeToken opens and verifies a token.
func judgeToken(text string, key crypto.PublicKey, terms Terms) (*Verified, error) {
	token, err := open(text)
	if err != nil {
		return nil, err
	}
	if terms.At.IsZero() {
		terms.At = at
	}
	verified, _, err := token.Verify(context.Background(), one(Method{Key: key, Controller: "did:web:a.example"}), terms)
	return verified, err
}

// says holds an error to a part of its text, or to none.
func says(t *testing.T, err error, want string) {
	t.Helper()
	if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
		t.Errorf("error %v, want %q", err, want)
	}
}

func sameKey(a, b crypto.Signer) bool {
	return a.Public().(interface{ Equal(crypto.PublicKey) bool }).Equal(b.Public())
}

// TestAlgorithms signs with every algorithm, and lets no other key or label pass for it.
func TestAlgorithms(t *testing.T) {
	signers := map[string]crypto.Signer{"RS256": rsaKey(t), "ES256": ecKey(t, elliptic.P256()), "ES384": ecKey(t, elliptic.P384()), "EdDSA": edKey(t)}
	signers["PS256"] = signers["RS256"]
	for algorithm, signer := range signers {
		text, err := SignJOSE(processor, prepared(t), NewSigner("did:web:a.example#k", signer), algorithm)
		if err != nil {
			t.Fatal(err)
		}
		token, err := open(text)
		if err != nil {
			t.Fatal(err)
		}
		if token.alg != algorithm || token.Profile() != JOSE || token.Presentation() || !reflect.DeepEqual(token.Value().Object(), prepared(t).Value().Object()) {
			t.Errorf("%s: %s %v", algorithm, token.alg, token.Value().Object())
		}
		if payload := strings.Split(text, ".")[1]; payload != base64.RawURLEncoding.EncodeToString(prepared(t).Bytes()) {
			t.Errorf("%s: signed something else than the bytes of the credential", algorithm)
		}
		for other, public := range signers {
			for _, label := range []string{"", "RS256", "PS256", "ES256", "ES384", "EdDSA"} {
				_, _, err := token.Verify(context.Background(), one(Method{Key: public.Public(), Algorithm: label}), Terms{At: at})
				if good := sameKey(public, signer) && (label == "" || label == algorithm); (err == nil) != good {
					t.Errorf("%s with the key of %s published for %q: %v", algorithm, other, label, err)
				}
			}
		}
	}
	if _, err := SignJOSE(processor, prepared(t), NewSigner("did:web:a.example#k", signers["EdDSA"]), "PS256"); err == nil {
		t.Error("signed PS256 with Ed25519")
	}
}

// TestHeader changes a good header.
func TestHeader(t *testing.T) {
	key := edKey(t)
	payload := maps.Clone(prepared(t).Value().Object())
	jwk, err := keys.JWK(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		header map[string]any
		want   string
	}{
		"vc+jwt":             {map[string]any{"typ": "vc+jwt", "kid": "k"}, ""},
		"upper case":         {map[string]any{"typ": "VC+JWT", "kid": "k"}, ""},
		"whole media type":   {map[string]any{"typ": "application/vc+jwt", "kid": "k", "cty": "application/vc"}, ""},
		"old types":          {map[string]any{"typ": "vc+ld+json+jwt", "kid": "k", "cty": "vc+ld+json"}, ""},
		"addresses":          {map[string]any{"typ": "vc+jwt", "kid": "k", "x5u": "https://evil.example/", "jku": "https://evil.example/"}, ""},
		"its own key":        {map[string]any{"typ": "vc+jwt", "jwk": json.RawMessage(jwk)}, ""},
		"certificates alone": {map[string]any{"typ": "vc+jwt", "x5c": []string{"MIIB"}}, "could not be checked"},
		"no key":             {map[string]any{"typ": "vc+jwt"}, "does not say which key"},
		"presentation":       {map[string]any{"typ": "vp+jwt", "kid": "k"}, "another purpose"},
		"content":            {map[string]any{"typ": "vc+jwt", "kid": "k", "cty": "vp"}, "content type"},
		"nested":             {map[string]any{"typ": "vc+jwt", "kid": "k", "cty": "JWT"}, "content type"},
		"status list":        {map[string]any{"typ": "statuslist+jwt", "kid": "k"}, "type"},
		"key binding":        {map[string]any{"typ": "kb+jwt", "kid": "k"}, "type"},
		"access token":       {map[string]any{"typ": "at+jwt", "kid": "k"}, "type"},
		"crit":               {map[string]any{"typ": "vc+jwt", "kid": "k", "crit": []string{"exp"}}, "crit"},
		"b64":                {map[string]any{"typ": "vc+jwt", "kid": "k", "b64": true}, "b64"},
		"zip":                {map[string]any{"typ": "vc+jwt", "kid": "k", "zip": "DEF"}, "zip"},
		"kid a number":       {map[string]any{"typ": "vc+jwt", "kid": 1}, "kid"},
		"typ a list":         {map[string]any{"typ": []string{"vc+jwt"}, "kid": "k"}, "typ"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := judgeToken(makeToken(t, key, c.header, payload), key.Public(), Terms{})
			says(t, err, c.want)
		})
	}
	for _, alg := range []string{"none", "HS256", "RS1", "RS512", "ES512", "ES256K", "eddsa", "Ed25519", ""} {
		header := encode(t, map[string]any{"alg": alg, "typ": "vc+jwt", "kid": "k"})
		_, err := OpenToken(header+"."+encode(t, payload)+".AA", strictjson.Limits{})
		says(t, err, "algorithm")
	}
}

// TestJOSEClaims adds claims to a token of VC-JOSE-COSE.
func TestJOSEClaims(t *testing.T) {
	key := edKey(t)
	for name, c := range map[string]struct {
		claims map[string]any
		want   string
	}{
		"none": {nil, ""},
		"all that agree": {map[string]any{"iss": "https://vc.example/issuers/5678", "jti": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33", "sub": "did:example:abcdefgh",
			"iat": at.Unix() - 1, "nbf": at.Unix(), "exp": at.Unix() + 1, "aud": "x", "cnf": map[string]any{}}, ""},
		"other issuer":   {map[string]any{"iss": "https://vc.example/issuers/1"}, "iss"},
		"iss an object":  {map[string]any{"iss": map[string]any{"id": "https://vc.example/issuers/5678"}}, "iss"},
		"other id":       {map[string]any{"jti": "urn:uuid:1"}, "jti"},
		"other subject":  {map[string]any{"sub": "did:example:x"}, "sub"},
		"expired":        {map[string]any{"exp": at.Unix()}, "has expired"},
		"exp a text":     {map[string]any{"exp": "2030-01-01"}, "exp"},
		"not yet":        {map[string]any{"nbf": at.Unix() + 120}, "not yet"},
		"nbf null":       {map[string]any{"nbf": nil}, "nbf"},
		"from tomorrow":  {map[string]any{"iat": at.Unix() + 86400}, "future"},
		"vc":             {map[string]any{"vc": map[string]any{}}, "vc or vp claim"},
		"vp":             {map[string]any{"vp": nil}, "vc or vp claim"},
		"vc and vp":      {map[string]any{"vc": nil, "vp": nil}, "both"},
		"not credential": {map[string]any{"type": "VerifiablePresentation"}, "not a credential"},
		"version 1.1":    {map[string]any{"@context": []any{"https://www.w3.org/2018/credentials/v1"}}, "not a credential of version 2.0"},
	} {
		t.Run(name, func(t *testing.T) {
			payload := maps.Clone(prepared(t).Value().Object())
			maps.Copy(payload, c.claims)
			verified, err := judgeToken(makeToken(t, key, map[string]any{"typ": "vc+jwt", "kid": "k"}, payload), key.Public(), Terms{})
			says(t, err, c.want)
			if errors.Is(err, ErrExpired) != (name == "expired") {
				t.Errorf("expired: %v", err)
			}
			if err == nil && (!reflect.DeepEqual(verified.Value().Object(), prepared(t).Value().Object()) || verified.HolderBound()) {
				t.Errorf("%v", verified.Value().Object())
			}
		})
	}
}

const v1 = `{"@context":["https://www.w3.org/2018/credentials/v1"],"id":"urn:uuid:1","type":["VerifiableCredential"],
"issuer":{"id":"did:web:a.example","name":"A"},"issuanceDate":"2023-01-01T00:00:00Z","expirationDate":"2033-01-01T00:00:00Z",
"credentialSubject":[{"id":"did:example:1"}]}`

// TestWrapped takes members out of a credential of version 1.1 that its claims give, and
// lets claims contradict it.
func TestWrapped(t *testing.T) {
	key := edKey(t)
	good := map[string]any{"iss": "did:web:a.example", "jti": "urn:uuid:1", "nbf": 1672531200, "exp": 1988150400, "sub": "did:example:1"}
	for name, c := range map[string]struct {
		vc     func(map[string]any)
		claims map[string]any // nil deletes
		want   string
	}{
		"whole":             {nil, nil, ""},
		"no issuer":         {func(m map[string]any) { delete(m, "issuer") }, nil, ""},
		"no issuer id":      {func(m map[string]any) { delete(m["issuer"].(map[string]any), "id") }, nil, ""},
		"no id":             {func(m map[string]any) { delete(m, "id") }, nil, ""},
		"no dates":          {func(m map[string]any) { delete(m, "issuanceDate"); delete(m, "expirationDate") }, nil, ""},
		"no subject id":     {func(m map[string]any) { m["credentialSubject"] = map[string]any{"name": "x"} }, nil, ""},
		"no subject ids":    {func(m map[string]any) { m["credentialSubject"] = []any{map[string]any{"name": "x"}} }, nil, ""},
		"nameless":          {func(m map[string]any) { delete(m, "id") }, map[string]any{"jti": nil}, ""},
		"no iss":            {nil, map[string]any{"iss": nil}, "iss"},
		"no jti":            {nil, map[string]any{"jti": nil}, "jti"},
		"no nbf":            {nil, map[string]any{"nbf": nil}, "nbf"},
		"no exp":            {nil, map[string]any{"exp": nil}, "exp"},
		"other iss":         {nil, map[string]any{"iss": "did:web:b.example"}, "iss"},
		"other jti":         {nil, map[string]any{"jti": "urn:uuid:2"}, "jti"},
		"other nbf":         {nil, map[string]any{"nbf": 1672531201}, "nbf"},
		"other exp":         {nil, map[string]any{"exp": 1988150401}, "exp"},
		"other sub":         {nil, map[string]any{"sub": "did:example:2"}, "sub"},
		"sub of nobody":     {func(m map[string]any) { m["credentialSubject"] = []any{map[string]any{"a": 1}, map[string]any{"b": 1}} }, nil, "sub"},
		"second document":   {nil, map[string]any{"credentialSubject": map[string]any{}}, "two documents"},
		"of version 2.0":    {func(m map[string]any) { m["@context"] = []any{"https://www.w3.org/ns/credentials/v2"} }, nil, "another version"},
		"vc a text":         {nil, map[string]any{"vc": "x"}, "not an object"},
		"presented as well": {nil, map[string]any{"vp": map[string]any{}}, "both"},
	} {
		t.Run(name, func(t *testing.T) {
			tree := parse(t, []byte(v1))
			if c.vc != nil {
				c.vc(tree)
			}
			payload := maps.Clone(good)
			payload["vc"] = tree
			for name, v := range c.claims {
				payload[name] = v
				if v == nil {
					delete(payload, name)
				}
			}
			verified, err := judgeToken(makeToken(t, key, map[string]any{"typ": "JWT", "kid": "k"}, payload), key.Public(), Terms{})
			says(t, err, c.want)
			if err != nil || name == "nameless" {
				return
			}
			got, whole := verified.Value().Object(), parse(t, []byte(v1))
			switch name { // the shorter forms of the same
			case "no issuer":
				whole["issuer"] = "did:web:a.example"
			case "no subject id":
				whole["credentialSubject"] = map[string]any{"id": "did:example:1", "name": "x"}
			case "no subject ids":
				whole["credentialSubject"] = []any{map[string]any{"id": "did:example:1", "name": "x"}}
			}
			if !reflect.DeepEqual(got, whole) {
				t.Errorf("%v", got)
			}
		})
	}
}

// TestOpenBadgesClaims keeps the stricter rules of tokens without a type (OB §8.2.4.1).
func TestOpenBadgesClaims(t *testing.T) {
	key := edKey(t)
	good := map[string]any{"iss": "https://vc.example/issuers/5678", "jti": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33", "nbf": 1672531200}
	for _, c := range []struct {
		without, want string
	}{{"", ""}, {"iss", "iss"}, {"jti", "jti"}, {"nbf", "nbf"}} {
		payload := maps.Clone(prepared(t).Value().Object())
		maps.Copy(payload, good)
		delete(payload, c.without)
		for _, header := range []map[string]any{{"kid": "k"}, {"kid": "k", "typ": "JWT"}, {"kid": "k", "cty": "vc"}} {
			_, err := judgeToken(makeToken(t, key, header, payload), key.Public(), Terms{})
			says(t, err, c.want)
		}
	}
}

// TestPresentation changes a token that its holder signed, in both forms.
func TestPresentation(t *testing.T) {
	key := edKey(t)
	document := func() map[string]any {
		return map[string]any{"@context": []any{"https://www.w3.org/ns/credentials/v2"}, "id": "urn:uuid:1", "type": []any{"VerifiablePresentation"}, "holder": "did:example:h"}
	}
	asked := Terms{Purpose: Authentication, Challenge: "c-1", Domain: "verifier.example"}
	for name, c := range map[string]struct {
		document func(map[string]any)
		claims   map[string]any
		terms    Terms
		want     string
	}{
		"unchanged":         {nil, nil, asked, ""},
		"nothing asked":     {nil, map[string]any{"nonce": nil, "aud": nil}, Terms{Purpose: Authentication}, ""},
		"one of the domain": {nil, map[string]any{"aud": []any{"x", "verifier.example"}}, asked, ""},
		"holder an object":  {func(m map[string]any) { m["holder"] = map[string]any{"id": "did:example:h"} }, nil, asked, ""},
		"as a credential":   {nil, nil, Terms{}, "another purpose"},
		"other nonce":       {nil, map[string]any{"nonce": "c-2"}, asked, "nonce"},
		"no nonce":          {nil, map[string]any{"nonce": nil}, asked, "nonce"},
		"nonce a list":      {nil, map[string]any{"nonce": []any{"c-1"}}, asked, "nonce"},
		"other domain":      {nil, map[string]any{"aud": "other.example"}, asked, "aud"},
		"no domain":         {nil, map[string]any{"aud": nil}, asked, "aud"},
		"aud of numbers":    {nil, map[string]any{"aud": []any{"verifier.example", 1}}, asked, "aud"},
		"other holder":      {nil, map[string]any{"iss": "did:example:x"}, asked, "iss"},
		"iss a number":      {func(m map[string]any) { delete(m, "holder") }, map[string]any{"iss": 1}, asked, "iss"},
		"other id":          {nil, map[string]any{"jti": "urn:uuid:2"}, asked, "jti"},
		"expired":           {nil, map[string]any{"exp": at.Unix() - 1}, asked, "has expired"},
		"not yet":           {nil, map[string]any{"nbf": at.Unix() + 120}, asked, "not yet"},
		"a credential":      {func(m map[string]any) { m["type"] = []any{"VerifiableCredential"} }, nil, asked, "not a presentation"},
	} {
		tree := document()
		if c.document != nil {
			c.document(tree)
		}
		claims := map[string]any{"iss": "did:example:h", "jti": "urn:uuid:1", "nonce": "c-1", "aud": "verifier.example", "exp": at.Unix() + 60}
		for name, v := range c.claims {
			claims[name] = v
			if v == nil {
				delete(claims, name)
			}
		}
		wrapped := maps.Clone(claims)
		wrapped["vp"] = tree
		beside := maps.Clone(claims)
		maps.Copy(beside, tree)
		for form, text := range map[string]string{
			"vp+jwt": makeToken(t, key, map[string]any{"typ": "vp+jwt", "cty": "vp", "kid": "k"}, beside),
			"JWT":    makeToken(t, key, map[string]any{"typ": "JWT", "kid": "k"}, wrapped),
		} {
			t.Run(name+" "+form, func(t *testing.T) {
				verified, err := judgeToken(text, key.Public(), c.terms)
				says(t, err, c.want)
				if token, err := open(text); err != nil || !token.Presentation() {
					t.Errorf("not read as a presentation: %v", err)
				}
				if err == nil && encode(t, verified.Value().Object()) != encode(t, tree) {
					t.Errorf("%v", verified.Value().Object())
				}
			})
		}
	}
	t.Run("claims only", func(t *testing.T) {
		tree := document()
		delete(tree, "id")
		delete(tree, "holder")
		verified, err := judgeToken(makeToken(t, key, map[string]any{"kid": "k"}, map[string]any{"vp": tree, "iss": "did:example:h", "jti": "urn:uuid:1"}), key.Public(), Terms{Purpose: Authentication})
		if err != nil || verified.Value().Object()["holder"] != "did:example:h" || verified.Value().Object()["id"] != "urn:uuid:1" {
			t.Errorf("%v %v", verified, err)
		}
	})
}

// TestCredentialAnswersNobody keeps a credential from passing for what a holder was asked.
func TestCredentialAnswersNobody(t *testing.T) {
	key := edKey(t)
	payload := maps.Clone(prepared(t).Value().Object())
	payload["nonce"] = "c-1"
	text := makeToken(t, key, map[string]any{"typ": "vc+jwt", "kid": "k"}, payload)
	for _, terms := range []Terms{{Challenge: "c-1"}, {Domain: "x"}} {
		_, err := judgeToken(text, key.Public(), terms)
		says(t, err, "does not answer")
	}
	_, err := judgeToken(text, key.Public(), Terms{Purpose: Authentication, Challenge: "c-1"})
	says(t, err, "another purpose")
}

// TestStatusListToken changes the token of a status list (Token Status List §5.1).
func TestStatusListToken(t *testing.T) {
	key := edKey(t)
	for name, c := range map[string]struct {
		typ    string
		claims map[string]any
		want   string
	}{
		"unchanged":     {"statuslist+jwt", nil, ""},
		"lives":         {"statuslist+jwt", map[string]any{"exp": at.Unix() + 1, "ttl": 60}, ""},
		"expired":       {"statuslist+jwt", map[string]any{"exp": at.Unix()}, "has expired"},
		"no sub":        {"statuslist+jwt", map[string]any{"sub": ""}, "where it stands"},
		"no iat":        {"statuslist+jwt", map[string]any{"iat": nil}, "made"},
		"from tomorrow": {"statuslist+jwt", map[string]any{"iat": at.Unix() + 86400}, "future"},
		"a credential":  {"vc+jwt", nil, "type"},
		"no type":       {"", nil, "type"},
	} {
		t.Run(name, func(t *testing.T) {
			payload := map[string]any{"sub": "https://a.example/1", "iat": at.Unix(), "status_list": map[string]any{"bits": 1, "lst": "eNrbuRgAAhcBXQ"}}
			maps.Copy(payload, c.claims)
			token, err := OpenStatusListToken(makeToken(t, key, map[string]any{"typ": c.typ, "kid": "k"}, payload), strictjson.Limits{})
			if err == nil {
				_, _, err = token.Verify(context.Background(), one(Method{Key: key.Public()}), Terms{At: at})
			}
			says(t, err, c.want)
		})
	}
}

// enveloped is a credential in the examples of VC-JOSE-COSE §3.1.2, whose key was not
// published; only the media type before it says what it is.
const enveloped = "eyJraWQiOiJFeEhrQk1XOWZtYmt2VjI2Nm1ScHVQMnNVWV9OX0VXSU4xbGFwVXpPOHJvIiwiYWxnIjoiRVMzODQifQ.eyJAY29udGV4dCI6WyJodHRwczovL3d3dy53My5vcmcvbnMvY3JlZGVudGlhbHMvdjIiLCJodHRwczovL3d3dy53My5vcmcvbnMvY3JlZGVudGlhbHMvZXhhbXBsZXMvdjIiXSwiaWQiOiJodHRwOi8vdW5pdmVyc2l0eS5leGFtcGxlL2NyZWRlbnRpYWxzLzE4NzIiLCJ0eXBlIjpbIlZlcmlmaWFibGVDcmVkZW50aWFsIiwiRXhhbXBsZUFsdW1uaUNyZWRlbnRpYWwiXSwiaXNzdWVyIjoiaHR0cHM6Ly91bml2ZXJzaXR5LmV4YW1wbGUvaXNzdWVycy81NjUwNDkiLCJ2YWxpZEZyb20iOiIyMDEwLTAxLTAxVDE5OjIzOjI0WiIsImNyZWRlbnRpYWxTY2hlbWEiOnsiaWQiOiJodHRwczovL2V4YW1wbGUub3JnL2V4YW1wbGVzL2RlZ3JlZS5qc29uIiwidHlwZSI6Ikpzb25TY2hlbWEifSwiY3JlZGVudGlhbFN1YmplY3QiOnsiaWQiOiJkaWQ6ZXhhbXBsZToxMjMiLCJkZWdyZWUiOnsidHlwZSI6IkJhY2hlbG9yRGVncmVlIiwibmFtZSI6IkJhY2hlbG9yIG9mIFNjaWVuY2UgYW5kIEFydHMifX19.d2k4O3FytQJf83kLh-HsXuPvh6yeOlhJELVo5TF71gu7elslQyOf2ZItAXrtbXF4Kz9WivNdztOayz4VUQ0Mwa8yCDZkP9B2pH-9S_tcAFxeoeJ6Z4XnFuL_DOfkR1fP"

// TestOpenEnveloped reads tokens by the type that their envelope names.
func TestOpenEnveloped(t *testing.T) {
	token, err := OpenEnveloped("application/vc+jwt", enveloped, strictjson.Limits{})
	if err != nil || token.Profile() != JOSE || token.Value().Object()["issuer"] != "https://university.example/issuers/565049" {
		t.Fatalf("%+v %v", token, err)
	}
	if verified, _, err := token.Verify(context.Background(), one(Method{Key: ecKey(t, elliptic.P384()).Public()}), Terms{At: at}); verified != nil || err == nil {
		t.Errorf("verified with another key: %v", err)
	}
	key := edKey(t)
	with := func(typ string) string {
		header := map[string]any{"typ": typ, "kid": "k"}
		if typ == "" {
			delete(header, "typ")
		}
		return makeToken(t, key, header, prepared(t).Value().Object())
	}
	for name, c := range map[string]struct{ media, text, want string }{
		"the same":           {"application/vc+jwt", with("vc+jwt"), ""},
		"without the prefix": {"vc+jwt", with("vc+jwt"), ""},
		"older spelling":     {"application/vc+ld+json+jwt", with("vc+jwt"), ""},
		"any token":          {"application/jwt", with("vc+jwt"), ""},
		"selective":          {"application/vc+sd-jwt", with("") + "~", ""},
		"presentation":       {"application/vp+jwt", with("vc+jwt"), "announced"},
		"plain":              {"application/vc+jwt", with("JWT"), "announced"},
		"not selective":      {"application/vc+jwt", with("vc+sd-jwt"), "type"},
		"other kind":         {"application/dc+sd-jwt", with("vc+sd-jwt") + "~", "announced"},
		"key binding":        {"application/kb+jwt", with("kb+jwt"), "media type"},
		"unknown":            {"text/plain", with("vc+jwt"), "media type"},
		"none":               {"", with("vc+jwt"), "media type"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := OpenEnveloped(c.media, c.text, strictjson.Limits{})
			says(t, err, c.want)
		})
	}
}

// TestTokenUndecided keeps a key that could not be had apart from a wrong signature.
func TestTokenUndecided(t *testing.T) {
	key := edKey(t)
	text := makeToken(t, key, map[string]any{"typ": "vc+jwt", "kid": "k"}, prepared(t).Value().Object())
	token, err := open(text)
	if err != nil {
		t.Fatal(err)
	}
	unavailable := func(context.Context, string, string) (Method, error) { return Method{}, ErrUndecided }
	if verified, _, err := token.Verify(context.Background(), unavailable, Terms{At: at}); verified != nil || !errors.Is(err, ErrUndecided) {
		t.Errorf("%v %v", verified, err)
	}
	if verified, _, err := token.Verify(context.Background(), one(Method{Key: edKey(t).Public()}), Terms{At: at}); verified != nil || err == nil || errors.Is(err, ErrUndecided) {
		t.Errorf("%v %v", verified, err)
	}
}

// FuzzVerifyToken changes tokens of three profiles: none of them verifies any more.
func FuzzVerifyToken(f *testing.F) {
	key := edKey(f)
	claims := maps.Clone(prepared(f).Value().Object())
	maps.Copy(claims, map[string]any{"iss": "https://vc.example/issuers/5678", "jti": claims["id"], "nbf": 1672531200})
	wrapped := map[string]any{"vc": parse(f, []byte(v1)), "iss": "did:web:a.example", "jti": "urn:uuid:1", "nbf": 1672531200, "exp": 1988150400}
	tokens := []string{
		makeToken(f, key, map[string]any{"typ": "vc+jwt", "kid": "k"}, prepared(f).Value().Object()),
		makeToken(f, key, map[string]any{"typ": "JWT", "kid": "k"}, claims),
		makeToken(f, key, map[string]any{"kid": "k"}, wrapped),
	}
	for which := range tokens {
		f.Add(uint8(which), uint16(0), byte(0), uint8(0))
		f.Add(uint8(which), uint16(40), byte(1), uint8(0))
	}
	f.Fuzz(func(t *testing.T, which uint8, place uint16, flip byte, drop uint8) {
		good := tokens[int(which)%len(tokens)]
		changed := []byte(good)
		i := int(place) % len(changed)
		changed[i] ^= flip
		changed = append(changed[:i], changed[min(i+int(drop%8), len(changed)):]...)
		verified, err := judgeToken(string(changed), key.Public(), Terms{})
		if same := string(changed) == good; (verified != nil) != same {
			t.Fatalf("verified %v (%v): %s", verified != nil, err, changed)
		}
	})
}
