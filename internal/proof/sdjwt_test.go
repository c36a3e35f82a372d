package proof

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"reflect"
	"strings"
	"testing"

	"laurel/internal/strictjson"
	"laurel/keys"
)

// rfc9901 reads the examples of RFC 9901 Appendix A.
func rfc9901(t testing.TB) (issuer crypto.PublicKey, examples []struct {
	Name, Token string
	Processed   json.RawMessage
}) {
	t.Helper()
	raw, err := os.ReadFile("testdata/rfc9901.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		IssuerKey json.RawMessage
		Examples  []struct {
			Name, Token string
			Processed   json.RawMessage
		}
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	issuer, err = keys.ParseJWK(file.IssuerKey)
	if err != nil {
		t.Fatal(err)
	}
	return issuer, file.Examples
}

// TestPublishedSDJWT processes and verifies the published examples, and their key binding.
func TestPublishedSDJWT(t *testing.T) {
	issuer, examples := rfc9901(t)
	if len(examples) != 4 {
		t.Fatalf("%d examples", len(examples))
	}
	for _, e := range examples {
		t.Run(e.Name, func(t *testing.T) {
			if !LooksLikeSDToken(e.Token) {
				t.Error("not recognised")
			}
			token, err := openDisclosed(e.Token, strictjson.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if want := parse(t, e.Processed); !reflect.DeepEqual(token.payload.Object(), want) {
				t.Errorf("processed to %v, want %v", token.payload, want)
			}
			if err := token.verify(Method{Key: issuer}); err != nil {
				t.Error(err)
			}
			if token.binding == nil {
				return
			}
			terms := Terms{At: at, Challenge: "1234567890", Domain: "https://verifier.example.org"}
			if err := token.checkBinding(context.Background(), didKey, terms); err != nil {
				t.Error(err)
			}
			terms.Challenge = "other"
			says(t, token.checkBinding(context.Background(), didKey, terms), "nonce")
		})
	}
	token, err := OpenSDToken(examples[2].Token, strictjson.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if token.Profile() != SDJWTVC || token.Claim("vct").Text() != "https://bmi.bund.example/credential/pid/1.0" || token.Value().Object()["given_name"] != "Erika" || token.Value().Object()["vct"] != nil {
		t.Errorf("%v %v %v", token.Profile(), token.Claim("vct"), token.Value().Object())
	}
	if _, err := judgeToken(examples[2].Token, issuer, Terms{}); err == nil {
		t.Error("a token without a key that it names was verified")
	}
	if _, err := OpenSDToken(examples[0].Token, strictjson.Limits{}); err == nil {
		t.Error("an example of no credential was opened as one")
	}
}

// sd builds SD-JWTs, also those that no issuer would make.
type sd struct {
	t       testing.TB
	key     crypto.Signer
	holder  crypto.Signer
	header  map[string]any
	payload map[string]any
	parts   []string
	n       int
}

func newSD(t testing.TB) *sd {
	s := &sd{t: t, key: edKey(t), holder: edKey(t)}
	s.header = map[string]any{"typ": "vc+sd-jwt", "kid": "k"}
	s.payload = maps.Clone(prepared(t).Value().Object())
	jwk, err := keys.JWK(s.holder.Public())
	if err != nil {
		t.Fatal(err)
	}
	s.payload["cnf"] = map[string]any{"jwk": json.RawMessage(jwk)}
	return s
}

// disclose adds a disclosure and returns its digest.
func (s *sd) disclose(parts ...any) string {
	s.n++
	return s.raw(encode(s.t, append([]any{fmt.Sprint("salt-", s.n)}, parts...)))
}

func (s *sd) raw(text string) string {
	s.parts = append(s.parts, text)
	return digest64(crypto.SHA256, text)
}

func (s *sd) subject() map[string]any {
	object := maps.Clone(s.payload["credentialSubject"].(map[string]any))
	s.payload["credentialSubject"] = object
	return object
}

func (s *sd) text() string {
	return strings.Join(append([]string{makeToken(s.t, s.key, s.header, s.payload)}, s.parts...), "~") + "~"
}

// bound adds a key binding of the holder, changed before it is signed.
func (s *sd) bound(change func(header, payload map[string]any)) string {
	text := s.text()
	header := map[string]any{"typ": "kb+jwt", "alg": "EdDSA"}
	payload := map[string]any{"iat": at.Unix(), "aud": "verifier.example", "nonce": "c-1", "sd_hash": digest64(crypto.SHA256, text)}
	if change != nil {
		change(header, payload)
	}
	return text + makeToken(s.t, s.holder, header, payload)
}

// TestDisclosures places disclosures where they belong and where they do not (RFC 9901
// §7.1).
func TestDisclosures(t *testing.T) {
	for name, c := range map[string]struct {
		make func(*sd)
		want string // the error
		tree func(subject map[string]any)
	}{
		"none": {func(*sd) {}, "", func(map[string]any) {}},
		"a member": {func(s *sd) { s.subject()["_sd"] = []string{s.disclose("name", "Ada")} }, "",
			func(m map[string]any) { m["name"] = "Ada" }},
		"withheld": {func(s *sd) { s.subject()["_sd"] = []string{"decoy"} }, "", func(map[string]any) {}},
		"an element": {func(s *sd) {
			s.subject()["list"] = []any{"a", map[string]any{"...": s.disclose("b")}, map[string]any{"...": "decoy"}}
		}, "",
			func(m map[string]any) { m["list"] = []any{"a", "b"} }},
		"an element null": {func(s *sd) { s.subject()["list"] = []any{map[string]any{"...": s.disclose(nil)}} }, "",
			func(m map[string]any) { m["list"] = []any{nil} }},
		"one in another": {func(s *sd) {
			s.subject()["_sd"] = []string{s.disclose("address", map[string]any{"_sd": []string{s.disclose("city", "Paris"), "decoy"}})}
		}, "", func(m map[string]any) { m["address"] = map[string]any{"city": "Paris"} }},
		"an element in an element": {func(s *sd) {
			s.subject()["list"] = []any{map[string]any{"...": s.disclose([]any{map[string]any{"...": s.disclose("b")}})}}
		}, "", func(m map[string]any) { m["list"] = []any{[]any{"b"}} }},
		"an empty _sd":         {func(s *sd) { s.subject()["_sd"] = []string{} }, "", func(map[string]any) {}},
		"not signed":           {func(s *sd) { s.disclose("name", "Ada") }, "did not sign", nil},
		"not signed, as child": {func(s *sd) { s.disclose("a", map[string]any{"_sd": []string{s.disclose("name", "Ada")}}) }, "did not sign", nil},
		"given twice":          {func(s *sd) { s.subject()["_sd"] = []string{s.disclose("name", "Ada")}; s.raw(s.parts[0]) }, "twice", nil},
		"named twice":          {func(s *sd) { d := s.disclose("name", "Ada"); s.subject()["_sd"] = []string{d, d} }, "twice", nil},
		"named in two places": {func(s *sd) {
			d := s.disclose("name", "Ada")
			s.subject()["_sd"] = []string{d}
			s.subject()["more"] = map[string]any{"_sd": []string{d}}
		}, "twice", nil},
		"a decoy twice": {func(s *sd) {
			s.subject()["_sd"] = []string{"decoy"}
			s.subject()["l"] = []any{map[string]any{"...": "decoy"}}
		}, "twice", nil},
		"itself": {func(s *sd) {
			d := s.disclose("a", "x")
			s.parts = nil
			s.disclose("a", map[string]any{"_sd": []string{d}})
		}, "did not sign", nil},
		"over a plain member": {func(s *sd) { s.subject()["_sd"] = []string{s.disclose("alumniOf", "x")} }, "already there", nil},
		"two of one name":     {func(s *sd) { s.subject()["_sd"] = []string{s.disclose("a", 1), s.disclose("a", 2)} }, "already there", nil},
		"named _sd":           {func(s *sd) { s.subject()["_sd"] = []string{s.disclose("_sd", []string{})} }, "not a list of salt", nil},
		"named ...":           {func(s *sd) { s.subject()["_sd"] = []string{s.disclose("...", "x")} }, "not a list of salt", nil},
		"named _sd_alg":       {func(s *sd) { s.payload["_sd"] = []string{s.disclose("_sd_alg", "sha-512")} }, "not a list of salt", nil},
		"element as member":   {func(s *sd) { s.subject()["_sd"] = []string{s.disclose("x")} }, "for a member", nil},
		"member as element":   {func(s *sd) { s.subject()["l"] = []any{map[string]any{"...": s.disclose("a", "x")}} }, "for an element", nil},
		"a lone salt":         {func(s *sd) { s.subject()["_sd"] = []string{s.disclose()} }, "not a list of salt", nil},
		"four parts":          {func(s *sd) { s.subject()["_sd"] = []string{s.disclose("a", "b", "c")} }, "not a list of salt", nil},
		"salt a number":       {func(s *sd) { s.subject()["_sd"] = []string{s.raw(encode(s.t, []any{1, "a", "b"}))} }, "not a list of salt", nil},
		"name a number":       {func(s *sd) { s.subject()["_sd"] = []string{s.disclose(1, "b")} }, "not a list of salt", nil},
		"an object":           {func(s *sd) { s.raw(encode(s.t, map[string]any{})) }, "not a list of salt", nil},
		"padded":              {func(s *sd) { s.raw("WyJhIiwiYiJd=") }, "base64url", nil},
		"loose bits":          {func(s *sd) { s.raw("WyJhIiwiYiJe") }, "disclosure", nil},
		"empty":               {func(s *sd) { s.raw("") }, "disclosure", nil},
		"duplicate members":   {func(s *sd) { s.raw("WyJzIiwieCIseyJhIjoxLCJhIjoyfV0") }, "disclosure", nil},
		"_sd a text":          {func(s *sd) { s.subject()["_sd"] = "x" }, "else than a digest", nil},
		"_sd of numbers":      {func(s *sd) { s.subject()["_sd"] = []int{1} }, "else than a digest", nil},
		"... of a number":     {func(s *sd) { s.subject()["l"] = []any{map[string]any{"...": 1}} }, "else than a digest", nil},
		"... with more":       {func(s *sd) { s.subject()["l"] = []any{map[string]any{"...": "x", "a": 1}} }, "else than a digest", nil},
		"... outside a list":  {func(s *sd) { s.subject()["..."] = "x" }, "else than a digest", nil},
		"_sd_alg deeper":      {func(s *sd) { s.subject()["_sd_alg"] = "sha-256" }, "else than a digest", nil},
		"sha-1":               {func(s *sd) { s.payload["_sd_alg"] = "sha-1" }, "_sd_alg", nil},
		"SHA-256":             {func(s *sd) { s.payload["_sd_alg"] = "SHA-256" }, "_sd_alg", nil},
		"_sd_alg null":        {func(s *sd) { s.payload["_sd_alg"] = nil }, "_sd_alg", nil},
		"other hash":          {func(s *sd) { s.payload["_sd_alg"] = "sha-512"; s.subject()["_sd"] = []string{s.disclose("a", "x")} }, "did not sign", nil},
		"sha-384": {func(s *sd) {
			s.payload["_sd_alg"] = "sha-384"
			s.disclose("name", "Ada")
			s.subject()["_sd"] = []string{digest64(crypto.SHA384, s.parts[0])}
		}, "", func(m map[string]any) { m["name"] = "Ada" }},
		"too many": {func(s *sd) {
			for range maxDisclosures + 1 {
				s.disclose("x")
			}
		}, "larger than the limit", nil},
		"too deep": {func(s *sd) {
			d := s.disclose("x")
			for range strictjson.Default.Depth {
				d = s.disclose([]any{map[string]any{"...": d}})
			}
			s.subject()["l"] = []any{map[string]any{"...": d}}
		}, "larger than the limit", nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSD(t)
			c.make(s)
			verified, err := judgeToken(s.text(), s.key.Public(), Terms{})
			says(t, err, c.want)
			if err != nil {
				return
			}
			want := parse(t, []byte(alumni))
			c.tree(want["credentialSubject"].(map[string]any))
			if !reflect.DeepEqual(verified.Value().Object(), want) || verified.HolderBound() {
				t.Errorf("%v", verified.Value().Object())
			}
		})
	}
}

// TestPlain withholds or discloses what must lie open.
func TestPlain(t *testing.T) {
	for _, name := range plain {
		s := newSD(t)
		delete(s.payload, name)
		s.payload["_sd"] = []string{s.disclose(name, "x")}
		_, err := OpenSDToken(s.text(), strictjson.Limits{})
		says(t, err, "must lie open")
		for _, hidden := range []any{
			[]any{map[string]any{"...": "withheld"}}, map[string]any{"_sd": []any{"withheld"}},
			[]any{"x", map[string]any{"a": []any{map[string]any{"...": "withheld"}}}},
		} {
			s := newSD(t)
			s.payload[name] = hidden
			_, err := OpenSDToken(s.text(), strictjson.Limits{})
			says(t, err, "must lie open")
		}
	}
	if _, err := SignSDJWT(processor, prepared(t), NewSigner("k", edKey(t)), Disclosing{Pointers: []string{"/issuer"}, Random: rand.Reader}); err == nil {
		t.Error("the issuer was made to be withheld")
	}
}

// TestSDForm tells the forms apart.
func TestSDForm(t *testing.T) {
	for name, c := range map[string]struct {
		make    func(*sd)
		profile Profile
		want    string
	}{
		"credential":        {func(*sd) {}, SDJWT, ""},
		"older type":        {func(s *sd) { s.header["typ"] = "vc+ld+json+sd-jwt" }, SDJWT, ""},
		"SD-JWT VC":         {func(s *sd) { s.header["typ"] = "dc+sd-jwt"; s.payload = map[string]any{"vct": "t", "iss": "i"} }, SDJWTVC, ""},
		"SD-JWT VC, older":  {func(s *sd) { s.payload = map[string]any{"vct": "t", "iss": "i"} }, SDJWTVC, ""},
		"without vct":       {func(s *sd) { s.header["typ"] = "dc+sd-jwt"; s.payload = map[string]any{"iss": "i"} }, SDJWTVC, "vct"},
		"vct empty":         {func(s *sd) { s.header["typ"] = "dc+sd-jwt"; s.payload = map[string]any{"vct": ""} }, SDJWTVC, "vct"},
		"iss empty":         {func(s *sd) { s.payload = map[string]any{"vct": "t", "iss": ""} }, SDJWTVC, "iss"},
		"vct expired":       {func(s *sd) { s.payload = map[string]any{"vct": "t", "exp": at.Unix()} }, SDJWTVC, "has expired"},
		"expired":           {func(s *sd) { s.payload["exp"] = at.Unix() }, SDJWT, "has expired"},
		"other issuer":      {func(s *sd) { s.payload["iss"] = "did:web:b.example" }, SDJWT, "iss"},
		"both":              {func(s *sd) { s.payload["vct"] = "t" }, 0, "two kinds"},
		"neither":           {func(s *sd) { s.payload = map[string]any{"iss": "i"} }, SDJWT, "not a credential"},
		"vc claim":          {func(s *sd) { s.payload["vc"] = map[string]any{} }, 0, "vc or vp claim"},
		"not selective":     {func(s *sd) { s.header["typ"] = "vc+jwt" }, 0, "type"},
		"content":           {func(s *sd) { s.header["cty"] = "JWT" }, 0, "content type"},
		"as a presentation": {func(s *sd) { s.header["typ"] = "vp+sd-jwt" }, SDJWT, "another purpose"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSD(t)
			c.make(s)
			_, err := judgeToken(s.text(), s.key.Public(), Terms{})
			says(t, err, c.want)
			if token, err := OpenSDToken(s.text(), strictjson.Limits{}); err == nil && token.Profile() != c.profile {
				t.Errorf("profile %d", token.Profile())
			}
		})
	}
	s := newSD(t)
	for name, text := range map[string]string{
		"no tilde": strings.TrimSuffix(s.text(), "~"), "two tildes": s.text() + "~", "tilde first": "~" + s.text(),
		"two tokens": s.text() + s.text(), "blank": s.text() + " ", "too long": s.text() + strings.Repeat("A", 1<<20),
	} {
		if _, err := OpenSDToken(text, strictjson.Limits{}); err == nil {
			t.Errorf("%s: opened", name)
		}
	}
	if _, err := OpenToken(s.text(), strictjson.Limits{}); err == nil || LooksLikeToken(s.text()) {
		t.Error("an SD-JWT was taken for a JWT")
	}
}

// TestKeyBinding changes the holder's token (RFC 9901 §7.3).
func TestKeyBinding(t *testing.T) {
	asked := Terms{Challenge: "c-1", Domain: "verifier.example"}
	for name, c := range map[string]struct {
		make   func(*sd)
		change func(header, payload map[string]any)
		terms  Terms
		want   string
	}{
		"unchanged":        {nil, nil, asked, ""},
		"nothing asked":    {nil, nil, Terms{}, ""},
		"by kid":           {func(s *sd) { s.payload["cnf"] = map[string]any{"kid": s.did()} }, nil, asked, ""},
		"other nonce":      {nil, nil, Terms{Challenge: "c-2"}, "nonce"},
		"other domain":     {nil, nil, Terms{Domain: "x"}, "aud"},
		"type":             {nil, func(h, _ map[string]any) { h["typ"] = "JWT" }, asked, "type"},
		"content":          {nil, func(h, _ map[string]any) { h["cty"] = "vc" }, asked, "type"},
		"no iat":           {nil, func(_, p map[string]any) { delete(p, "iat") }, asked, "made"},
		"from the future":  {nil, func(_, p map[string]any) { p["iat"] = at.Unix() + 120 }, asked, "future"},
		"expired":          {nil, func(_, p map[string]any) { p["exp"] = at.Unix() }, asked, "expired"},
		"no nonce":         {nil, func(_, p map[string]any) { delete(p, "nonce") }, Terms{}, "nonce"},
		"no aud":           {nil, func(_, p map[string]any) { delete(p, "aud") }, Terms{}, "aud"},
		"aud a list":       {nil, func(_, p map[string]any) { p["aud"] = []any{"verifier.example"} }, asked, "aud"},
		"no sd_hash":       {nil, func(_, p map[string]any) { delete(p, "sd_hash") }, asked, "other parts"},
		"other sd_hash":    {nil, func(_, p map[string]any) { p["sd_hash"] = digest64(crypto.SHA256, "x~") }, asked, "other parts"},
		"no cnf":           {func(s *sd) { delete(s.payload, "cnf") }, nil, asked, "no key"},
		"cnf a text":       {func(s *sd) { s.payload["cnf"] = "x" }, nil, asked, "no key"},
		"jwk a text":       {func(s *sd) { s.payload["cnf"] = map[string]any{"jwk": "x"} }, nil, asked, "no key"},
		"two keys":         {func(s *sd) { s.payload["cnf"].(map[string]any)["kid"] = s.did() }, nil, asked, "two keys"},
		"signed by issuer": {func(s *sd) { s.holder = s.key }, nil, asked, "signature"},
		"signed by other":  {func(s *sd) { s.holder = edKey(s.t) }, nil, asked, "signature"},
		"by certificate":   {func(s *sd) { s.payload["cnf"] = map[string]any{"x5t#S256": "x"} }, nil, asked, "could not be checked"},
		"kid elsewhere":    {func(s *sd) { s.payload["cnf"] = map[string]any{"kid": "k-1"} }, nil, asked, "could not be checked"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSD(t)
			s.subject()["_sd"] = []string{s.disclose("name", "Ada")}
			if c.make != nil {
				c.make(s)
			}
			token, err := OpenSDToken(s.bound(c.change), strictjson.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			resolve := func(_ context.Context, method, purpose string) (Method, error) {
				if method == "k" && purpose == Assertion {
					return Method{Key: s.key.Public()}, nil
				}
				if method == s.did() && purpose == Authentication {
					return Method{Key: s.holder.Public()}, nil
				}
				return Method{}, errors.New("no such key")
			}
			c.terms.At = at
			verified, _, err := token.Verify(context.Background(), resolve, c.terms)
			says(t, err, c.want)
			if (verified != nil) != (c.want == "") || verified != nil && !verified.HolderBound() {
				t.Errorf("%v %v", verified, err)
			}
			if errors.Is(err, ErrUndecided) != (name == "kid elsewhere" || name == "by certificate") {
				t.Errorf("undecided: %v", err)
			}
		})
	}
	t.Run("a disclosure taken away", func(t *testing.T) {
		s := newSD(t)
		s.subject()["_sd"] = []string{s.disclose("name", "Ada")}
		text := strings.Replace(s.bound(nil), s.parts[0]+"~", "", 1)
		_, err := judgeToken(text, s.key.Public(), asked)
		says(t, err, "other parts")
	})
	t.Run("none though asked", func(t *testing.T) {
		s := newSD(t)
		for _, terms := range []Terms{{Challenge: "c-1"}, {Domain: "verifier.example"}} {
			_, err := judgeToken(s.text(), s.key.Public(), terms)
			says(t, err, "does not answer")
		}
	})
	t.Run("broken", func(t *testing.T) {
		s := newSD(t)
		if _, err := OpenSDToken(s.text()+"a.b.c", strictjson.Limits{}); err == nil {
			t.Error("opened")
		}
	})
}

// did names the holder's key.
func (s *sd) did() string {
	text, err := keys.Multikey(s.holder.Public())
	if err != nil {
		s.t.Fatal(err)
	}
	return "did:key:" + text + "#" + text
}

// TestSDPresentation is a presentation as an SD-JWT, which answers by its own claims.
func TestSDPresentation(t *testing.T) {
	s := newSD(t)
	s.header["typ"] = "vp+sd-jwt"
	s.payload = map[string]any{"@context": []any{"https://www.w3.org/ns/credentials/v2"}, "type": []any{"VerifiablePresentation"},
		"holder": "did:example:h", "nonce": "c-1", "aud": "verifier.example"}
	_, err := judgeToken(s.text(), s.key.Public(), Terms{Purpose: Authentication, Challenge: "c-1", Domain: "verifier.example"})
	says(t, err, "")
	_, err = judgeToken(s.text(), s.key.Public(), Terms{Purpose: Authentication, Challenge: "c-2"})
	says(t, err, "nonce")
}

// TestSignSDJWT withholds parts of a credential, and gets them back disclosure by
// disclosure.
func TestSignSDJWT(t *testing.T) {
	key := edKey(t)
	signer := NewSigner("did:web:a.example#k", key)
	pointers := []string{"/credentialSubject/alumniOf", "/name", "/credentialSubject"}
	text, err := SignSDJWT(processor, prepared(t), signer, Disclosing{pointers, nil, rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	verified, err := judgeToken(text, key.Public(), Terms{})
	if err != nil || !reflect.DeepEqual(verified.Value().Object(), prepared(t).Value().Object()) {
		t.Fatalf("%v %v", verified, err)
	}
	parts := strings.Split(text, "~")
	if len(parts) != len(pointers)+2 {
		t.Fatalf("%d parts", len(parts))
	}
	for _, c := range []struct {
		keep []int // of the disclosures: the deepest first, then by their text
		want func(map[string]any)
	}{
		{nil, func(m map[string]any) { delete(m, "name"); delete(m, "credentialSubject") }},
		{[]int{3}, func(m map[string]any) { delete(m, "credentialSubject") }},
		{[]int{2}, func(m map[string]any) { delete(m, "name"); delete(m["credentialSubject"].(map[string]any), "alumniOf") }},
		{[]int{1, 2}, func(m map[string]any) { delete(m, "name") }},
	} {
		kept := parts[0] + "~"
		for _, i := range c.keep {
			kept += parts[i] + "~"
		}
		want := parse(t, []byte(alumni))
		c.want(want)
		verified, err := judgeToken(kept, key.Public(), Terms{})
		if err != nil || !reflect.DeepEqual(verified.Value().Object(), want) {
			t.Errorf("%v: %v %v", c.keep, verified, err)
		}
	}
	if _, err := judgeToken(parts[0]+"~"+parts[1]+"~", key.Public(), Terms{}); err == nil {
		t.Error("a disclosure without the one that it belongs to")
	}
	for _, bad := range [][]string{{""}, {"name"}, {"/missing"}, {"/name/x"}, {"/type/0"}, {"/@context"}, {"/name", "/name"}, {"/credentialSubject/0"}} {
		if _, err := SignSDJWT(processor, prepared(t), signer, Disclosing{bad, nil, rand.Reader}); err == nil {
			t.Errorf("%q was withheld", bad)
		}
	}
	if _, err := SignSDJWT(processor, prepared(t), signer, Disclosing{pointers, nil, bytes.NewReader(nil)}); err == nil {
		t.Error("signed without salt")
	}
	if again, err := SignSDJWT(processor, prepared(t), signer, Disclosing{pointers, nil, rand.Reader}); err != nil || again == text {
		t.Errorf("the same salts twice: %v", err)
	}
	holder := edKey(t)
	text, err = SignSDJWT(processor, prepared(t), signer, Disclosing{pointers, holder.Public(), rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	binding := map[string]any{"iat": at.Unix(), "aud": "verifier.example", "nonce": "c-1", "sd_hash": digest64(crypto.SHA256, text)}
	verified, err = judgeToken(text+makeToken(t, holder, map[string]any{"typ": "kb+jwt"}, binding), key.Public(), Terms{Challenge: "c-1"})
	if err != nil || !verified.HolderBound() || !reflect.DeepEqual(verified.Value().Object(), prepared(t).Value().Object()) {
		t.Errorf("bound to its holder: %v %v", verified, err)
	}
	h := hider{random: rand.Reader}
	tree, err := h.hideAll(map[string]any{"a/b": []any{"x", "y", "z"}, "~": "t"}, []string{"/a~1b/1", "/~0"})
	if err != nil || len(tree["a/b"].([]any)) != 3 || tree["~"] != nil || len(h.disclosures) != 2 {
		t.Errorf("%v %v", tree, err)
	}
}

// FuzzOpenSDToken holds that no text makes the reader panic, that what it reads has nothing
// of the mechanism left in it, and that a token changed anywhere does not verify.
func FuzzOpenSDToken(f *testing.F) {
	s := newSD(f)
	s.subject()["_sd"] = []string{s.disclose("address", map[string]any{"_sd": []string{s.disclose("city", "Paris"), "decoy"}})}
	s.subject()["list"] = []any{map[string]any{"...": s.disclose("b")}, map[string]any{"...": "other"}}
	good := s.bound(nil)
	_, examples := rfc9901(f)
	for _, e := range examples {
		f.Add(e.Token, uint16(0), byte(0))
	}
	f.Add(good, uint16(1), byte(1))
	f.Add("eyJhbGciOiJFZERTQSJ9.e30.AA~WyJhIiwiYiIsImMiXQ~", uint16(900), byte(4))
	f.Fuzz(func(t *testing.T, text string, at16 uint16, flip byte) {
		if token, err := openDisclosed(text, strictjson.Limits{Bytes: 1 << 16}); err == nil && conceals(token.payload.Object()) {
			t.Fatalf("left over: %v", token.payload)
		}
		if token, err := OpenSDToken(text, strictjson.Limits{Bytes: 1 << 16}); err == nil && strings.HasPrefix(text, "eyJ") && !LooksLikeSDToken(text) {
			t.Fatalf("opened %q as %v", text, token.Profile())
		}
		changed := []byte(good)
		changed[int(at16)%len(changed)] ^= flip
		verified, err := judgeToken(string(changed), s.key.Public(), Terms{Challenge: "c-1"})
		if flip != 0 && verified != nil || flip == 0 && err != nil {
			t.Fatalf("%s: %v", changed, err)
		}
	})
}
