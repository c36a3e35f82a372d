package verifier

import (
	"crypto"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"laurel/keys"
)

// sdParts is an SD-JWT VC to be signed.
type sdParts struct {
	header, payload map[string]any
	disclosures     []string
	binding         map[string]any // nil for none
	bindingHeader   map[string]any
	holder          crypto.Signer
}

func disclosure(parts ...any) string {
	raw, err := json.Marshal(parts)
	if err != nil {
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// goodSD is an SD-JWT with a key binding: a badge of VC-DM, or an SD-JWT VC.
func goodSD(s *scene, vct bool) *sdParts {
	holder := ed25519Key(s.t)
	jwk, err := keys.JWK(holder.Public())
	if err != nil {
		s.t.Fatal(err)
	}
	first, second := disclosure("salt1", "given_name", "Ada"), disclosure("salt2", "family_name", "Sample")
	p := &sdParts{holder: holder, disclosures: []string{first, second},
		bindingHeader: map[string]any{"alg": "EdDSA", "typ": "kb+jwt"},
		binding:       map[string]any{"iat": unix("2026-06-01T11:59:00Z"), "aud": "verifier.example", "nonce": "n"},
		header:        map[string]any{"alg": s.alg, "kid": s.method, "typ": "dc+sd-jwt"},
		payload: map[string]any{"iss": issuerDID, "vct": "https://college.example/types/diploma", "nbf": unix("2026-01-01T00:00:00Z"), "exp": unix("2027-01-01T00:00:00Z"),
			"_sd": []any{digest(first), digest(second)}, "_sd_alg": "sha-256", "cnf": map[string]any{"jwk": json.RawMessage(jwk)}}}
	if !vct {
		p.header["typ"] = "vc+sd-jwt"
		name := disclosure("salt1", "name", "Food Hygiene")
		p.disclosures = []string{name}
		p.payload = tree(s.t, drop("name"))
		p.payload["cnf"], p.payload["_sd"] = map[string]any{"jwk": json.RawMessage(jwk)}, []any{digest(name)}
	}
	return p
}

func (p *sdParts) sign(s *scene) {
	s.t.Helper()
	text := strings.Join(append([]string{s.compact(p.header, p.payload)}, p.disclosures...), "~") + "~"
	if p.binding != nil {
		b := maps.Clone(p.binding)
		if _, given := b["sd_hash"]; !given {
			b["sd_hash"] = digest(text)
		}
		holder := &scene{world: &world{t: s.t, key: p.holder}, alg: "EdDSA"}
		text += holder.compact(p.bindingHeader, b)
	}
	s.input = []byte(text)
}

func init() {
	for form, vct := range map[string]bool{"dc+sd-jwt": true, "vc+sd-jwt": false} {
		forms[form] = func(t testing.TB) *scene {
			s := &scene{world: newWorld(t, ed25519Key(t)), alg: "EdDSA"}
			s.request.Challenge, s.request.Domain = "n", "verifier.example"
			goodSD(s, vct).sign(s)
			return s
		}
	}
}

func sdCases() []hostile {
	sd := func(change func(s *scene, p *sdParts)) func(*scene) {
		return func(s *scene) {
			s.t.Helper()
			p := goodSD(s, s.form == "dc+sd-jwt")
			change(s, p)
			p.sign(s)
		}
	}
	bad := func(name string, do func(s *scene, p *sdParts)) wrong {
		return wrong{name, sd(do), Invalid, "proof-invalid"}
	}
	notForYou := func(name string, do func(s *scene, p *sdParts)) wrong {
		return wrong{name, sd(do), Invalid, "proof-not-for-you"}
	}
	malformed := func(name string, do func(s *scene, p *sdParts)) wrong {
		return wrong{name, sd(do), Invalid, "syntax-token"}
	}
	claim := func(name string, v any) func(*scene, *sdParts) {
		return func(_ *scene, p *sdParts) { p.payload[name] = v }
	}
	hide := func(name string) wrong {
		return malformed("withheld "+name, func(_ *scene, p *sdParts) {
			v, present := p.payload[name]
			if !present {
				v = "x"
			}
			d := disclosure("salt9", name, v)
			delete(p.payload, name)
			p.disclosures = append(p.disclosures, d)
			p.payload["_sd"] = append(p.payload["_sd"].([]any), digest(d))
		})
	}
	extra := func(text string, signed bool) func(*scene, *sdParts) {
		return func(_ *scene, p *sdParts) {
			p.disclosures = append(p.disclosures, text)
			if signed {
				p.payload["_sd"] = append(p.payload["_sd"].([]any), digest(text))
			}
		}
	}
	disclosures := batch{
		malformed("disclosure twice", func(_ *scene, p *sdParts) { p.disclosures = append(p.disclosures, p.disclosures[0]) }),
		malformed("disclosure that nobody signed", extra(disclosure("s", "degree", "PhD"), false)),
		malformed("disclosure changed", func(_ *scene, p *sdParts) { p.disclosures[0] = disclosure("salt1", "given_name", "Eve") }),
		malformed("digest twice", func(_ *scene, p *sdParts) { l := p.payload["_sd"].([]any); p.payload["_sd"] = append(l, l[0]) }),
		malformed("digest at two places", func(_ *scene, p *sdParts) { p.payload["deeper"] = map[string]any{"_sd": p.payload["_sd"]} }),
		malformed("collides with a member", extra(disclosure("s", "iss", "did:web:university.example"), true)),
		malformed("two of one name", func(s *scene, p *sdParts) {
			name := map[string]string{"dc+sd-jwt": "given_name", "vc+sd-jwt": "name"}[s.form]
			extra(disclosure("s", name, "Eve"), true)(s, p)
		}),
		malformed("named _sd", extra(disclosure("s", "_sd", []any{}), true)),
		malformed("named ...", extra(disclosure("s", "...", "x"), true)),
		malformed("named _sd_alg", extra(disclosure("s", "_sd_alg", "sha-256"), true)),
		malformed("of an element among members", extra(disclosure("s", "Ada"), true)),
		malformed("of four parts", extra(disclosure("s", "a", "b", "c"), true)),
		malformed("of one part", extra(disclosure("s"), true)),
		malformed("an object", extra(base64.RawURLEncoding.EncodeToString([]byte(`{"a":1}`)), true)),
		malformed("salt a number", extra(disclosure(1, "a", "b"), true)),
		malformed("name a number", extra(disclosure("s", 1, "b"), true)),
		malformed("duplicate member in it", extra(base64.RawURLEncoding.EncodeToString([]byte(`["s","a",{"b":1,"b":2}]`)), true)),
		malformed("data after its end", extra(base64.RawURLEncoding.EncodeToString([]byte(`["s","a",1]x`)), true)),
		malformed("not UTF-8", extra(base64.RawURLEncoding.EncodeToString([]byte("[\"s\",\"a\",\"\xff\"]")), true)),
		malformed("bits left over", extra("WyJzIiwiYSIsMV1", true)),
		malformed("empty disclosure", extra("", false)),
		malformed("unknown hash", claim("_sd_alg", "md5")),
		malformed("hash in capitals", claim("_sd_alg", "SHA-256")),
		malformed("hash a number", claim("_sd_alg", 5)),
		malformed("hash null", claim("_sd_alg", nil)),
		malformed("other hash than was used", claim("_sd_alg", "sha-512")),
		malformed("_sd no list", claim("_sd", "x")),
		malformed("_sd of numbers", claim("_sd", []any{1})),
		malformed("... beside others", claim("list", []any{map[string]any{"...": "x", "a": 1}})),
		malformed("hash deeper", claim("deep", map[string]any{"_sd_alg": "sha-256"})),
		hide("cnf"), hide("type"), hide("issuer"), hide("validUntil"), hide("credentialStatus"), hide("@context"),
	}
	vct := batch{
		hide("iss"), hide("exp"), hide("nbf"), hide("vct"), hide("status"), hide("aud"), hide("vct#integrity"),
		malformed("two kinds", claim("@context", []any{"https://www.w3.org/ns/credentials/v2"})),
		bad("no vct", func(_ *scene, p *sdParts) { delete(p.payload, "vct") }),
		bad("vct an object", claim("vct", map[string]any{})),
		bad("iss a list", claim("iss", []any{issuerDID})),
		{"iss of another", sd(claim("iss", "did:web:university.example")), Invalid, "issuer-mismatch"},
		{"no iss", sd(func(_ *scene, p *sdParts) { delete(p.payload, "iss") }), Invalid, "issuer-mismatch"},
		{"expired", sd(claim("exp", unix("2026-05-01T00:00:00Z"))), Invalid, "proof-expired"},
		bad("not yet valid", claim("nbf", unix("2026-07-01T00:00:00Z"))),
		bad("exp a text", claim("exp", "2027")),
		{"status unreachable", sd(claim("status", map[string]any{"status_list": map[string]any{"idx": 1, "uri": "https://college.example/none"}})), Indeterminate, "status-unavailable"},
		{"status a text", sd(claim("status", "good")), Invalid, "status-malformed"},
		{"status empty", sd(claim("status", map[string]any{})), Invalid, "status-malformed"},
		{"status null", sd(claim("status", nil)), Invalid, "status-malformed"},
		{"unknown status", sd(claim("status", map[string]any{"other": 1})), Indeterminate, "status-unsupported"},
		{"status index negative", sd(claim("status", map[string]any{"status_list": map[string]any{"idx": -1, "uri": "https://college.example/t"}})), Invalid, "status-malformed"},
		{"status index a text", sd(claim("status", map[string]any{"status_list": map[string]any{"idx": "1", "uri": "https://college.example/t"}})), Invalid, "status-malformed"},
		{"status index a fraction", sd(claim("status", map[string]any{"status_list": map[string]any{"idx": json.Number("1.5"), "uri": "https://college.example/t"}})), Invalid, "status-malformed"},
	}
	binding := batch{
		notForYou("for another verifier", func(_ *scene, p *sdParts) { p.binding["aud"] = "other.example" }),
		notForYou("for another time", func(_ *scene, p *sdParts) { p.binding["nonce"] = "old" }),
		bad("audience a list", func(_ *scene, p *sdParts) { p.binding["aud"] = []any{"verifier.example"} }),
		bad("no nonce", func(_ *scene, p *sdParts) { delete(p.binding, "nonce") }),
		bad("no iat", func(_ *scene, p *sdParts) { delete(p.binding, "iat") }),
		bad("iat in the future", func(_ *scene, p *sdParts) { p.binding["iat"] = unix("2026-07-01T00:00:00Z") }),
		bad("for other disclosures", func(_ *scene, p *sdParts) { p.binding["sd_hash"] = digest("x") }),
		bad("sd_hash a number", func(_ *scene, p *sdParts) { p.binding["sd_hash"] = 5 }),
		bad("of another holder", func(s *scene, p *sdParts) { p.holder = ed25519Key(s.t) }),
		bad("of another type", func(_ *scene, p *sdParts) { p.bindingHeader["typ"] = "jwt" }),
		bad("no type", func(_ *scene, p *sdParts) { delete(p.bindingHeader, "typ") }),
		bad("no key of the holder", func(_ *scene, p *sdParts) { delete(p.payload, "cnf") }),
		bad("two keys of the holder", func(_ *scene, p *sdParts) { object(p.payload, "cnf")["kid"] = "did:key:z#z" }),
		notForYou("none", func(_ *scene, p *sdParts) { p.binding = nil }),
		malformed("alg none", func(_ *scene, p *sdParts) { p.bindingHeader["alg"] = "none" }),
		malformed("alg HS256", func(_ *scene, p *sdParts) { p.bindingHeader["alg"] = "HS256" }),
		{"taken away and put elsewhere", func(s *scene) {
			text := string(s.input)
			kb := text[strings.LastIndexByte(text, '~')+1:]
			p := goodSD(s, s.form == "dc+sd-jwt")
			p.binding = nil
			p.sign(s)
			s.input = append(s.input, kb...)
		}, Invalid, "proof-invalid"},
		{"a disclosure taken out", func(s *scene) {
			parts := strings.Split(string(s.input), "~")
			s.input = []byte(strings.Join(slices.Delete(parts, 1, 2), "~"))
		}, Invalid, "proof-invalid"},
		{"bits of the issuer's signature", func(s *scene) {
			parts := strings.SplitN(string(s.input), "~", 2)
			s.input = []byte(flipped(parts[0], len(parts[0])-20) + "~" + parts[1])
		}, Invalid, "proof-invalid"},
	}
	return slices.Concat(disclosures.of("SD-JWT", "dc+sd-jwt"), disclosures[:30].of("SD-JWT", "vc+sd-jwt"), vct.of("SD-JWT", "dc+sd-jwt"),
		binding.of("SD-JWT key binding", "dc+sd-jwt"), binding.of("SD-JWT key binding", "vc+sd-jwt"))
}
