package federation

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"laurel/internal/jws"
	"laurel/internal/strictjson"
	"laurel/keys"
	"laurel/registry"
)

func TestResolve(t *testing.T) {
	w := newWorld()
	w.about(top, middle)["exp"] = now.Add(10 * time.Minute).Unix()
	c, err := w.resolve(t)
	if err != nil {
		t.Fatal(err)
	}
	if c.Anchor != top || c.Subject != leaf || len(c.Statements) != 4 || !c.Expires.Equal(now.Add(10*time.Minute)) {
		t.Errorf("%+v", c)
	}
	if !slices.Equal(c.Keys, []string{jkt(keyOf(leaf))}) {
		t.Error(c.Keys)
	}
	if name := c.member(federationEntity, "organization_name").Text(); name != "Sample College" {
		t.Error(name)
	}
	if _, err := Check(c.Statements, w.resolver().Anchors, now); err != nil {
		t.Error(err)
	}
}

// TestRefusedChains makes one change to a good world.
func TestRefusedChains(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*world)
		want   error
	}{
		"nothing changed":      {func(*world) {}, nil},
		"no leaf":              {func(w *world) { delete(w.claims, own(leaf)) }, ErrUnlisted},
		"the leaf is down":     {func(w *world) { w.down[own(leaf)] = true }, ErrUndecided},
		"the leaf has moved":   {func(w *world) { w.moved[own(leaf)] = leaf + "/other" }, nil},
		"another site answers": {func(w *world) { w.moved[own(leaf)] = stray + "/other" }, ErrUndecided},
		"no hints":             {func(w *world) { delete(w.claims[own(leaf)], "authority_hints") }, ErrUnlisted},
		"empty hints":          {func(w *world) { w.claims[own(leaf)]["authority_hints"] = []string{} }, ErrRefused},
		"too many hints":       {func(w *world) { w.claims[own(leaf)]["authority_hints"] = strings.Fields(strings.Repeat(middle+" ", 6)) }, ErrRefused},
		"another hint":         {func(w *world) { w.claims[own(leaf)]["authority_hints"] = []string{stray} }, ErrUnlisted},
		"a hint that is no id": {func(w *world) { w.claims[own(leaf)]["authority_hints"] = []string{"http://middle.example"} }, ErrRefused},
		"the first hint is down": {func(w *world) {
			w.claims[own(leaf)]["authority_hints"] = []string{stray, middle}
			w.down[own(stray)] = true
		}, nil},
		"the only good hint is down":  {func(w *world) { w.down[own(middle)] = true }, ErrUndecided},
		"the intermediate is silent":  {func(w *world) { delete(w.claims, said(middle, leaf)) }, ErrUnlisted},
		"the anchor is silent":        {func(w *world) { delete(w.claims, said(top, middle)) }, ErrUnlisted},
		"the anchor is down":          {func(w *world) { w.down[own(top)] = true }, ErrUndecided},
		"the anchor is not there":     {func(w *world) { delete(w.claims, own(top)) }, ErrUndecided},
		"the anchor has another key":  {func(w *world) { w.signer[own(top)] = key("x"); w.claims[own(top)]["jwks"] = jwksOf(key("x")) }, ErrRefused},
		"a stranger signs the leaf":   {func(w *world) { w.signer[own(leaf)] = key("x") }, ErrRefused},
		"the leaf has another key":    {func(w *world) { w.signer[own(leaf)] = key("x"); w.claims[own(leaf)]["jwks"] = jwksOf(key("x")) }, ErrRefused},
		"a stranger signs about it":   {func(w *world) { w.signer[said(middle, leaf)] = key("x") }, ErrRefused},
		"a stranger's key is stated":  {func(w *world) { w.about(top, middle)["jwks"] = jwksOf(key("x")) }, ErrRefused},
		"about somebody else":         {func(w *world) { w.about(middle, leaf)["sub"] = stray }, ErrRefused},
		"by somebody else":            {func(w *world) { w.about(middle, leaf)["iss"] = stray }, ErrRefused},
		"the leaf says it is another": {func(w *world) { w.claims[own(leaf)]["iss"], w.claims[own(leaf)]["sub"] = stray, stray }, ErrRefused},
		"no jwks about it":            {func(w *world) { delete(w.about(middle, leaf), "jwks") }, ErrRefused},
		"no jwks of its own":          {func(w *world) { delete(w.claims[own(leaf)], "jwks") }, ErrRefused},
		"no iat":                      {func(w *world) { delete(w.about(middle, leaf), "iat") }, ErrRefused},
		"no exp":                      {func(w *world) { delete(w.about(middle, leaf), "exp") }, ErrRefused},
		"expired about it":            {func(w *world) { w.about(middle, leaf)["exp"] = now.Unix() }, ErrRefused},
		"expired above":               {func(w *world) { w.about(top, middle)["exp"] = now.Unix() }, ErrRefused},
		"expired anchor":              {func(w *world) { w.claims[own(top)]["exp"] = now.Unix() }, ErrRefused},
		"expired leaf":                {func(w *world) { w.claims[own(leaf)]["exp"] = now.Unix() }, ErrRefused},
		"from the future":             {func(w *world) { w.about(middle, leaf)["iat"] = now.Add(2 * time.Minute).Unix() }, ErrRefused},
		"from a fast clock":           {func(w *world) { w.about(middle, leaf)["iat"] = now.Add(30 * time.Second).Unix() }, nil},
		"for years":                   {func(w *world) { w.about(middle, leaf)["exp"] = now.AddDate(3, 0, 0).Unix() }, ErrRefused},
		"of another type":             {func(w *world) { w.typ[said(middle, leaf)] = "JWT" }, ErrRefused},
		"a trust mark instead":        {func(w *world) { w.typ[own(leaf)] = typeMark }, ErrRefused},
		"something critical":          {func(w *world) { w.about(middle, leaf)["crit"] = []string{"x"} }, ErrRefused},
		"a critical operator":         {func(w *world) { w.about(middle, leaf)["metadata_policy_crit"] = []string{"regexp"} }, ErrRefused},
		"hints of a superior":         {func(w *world) { w.about(middle, leaf)["authority_hints"] = []string{top} }, ErrRefused},
		"marks of a superior":         {func(w *world) { w.about(middle, leaf)["trust_marks"] = []string{} }, ErrRefused},
		"a policy of its own":         {func(w *world) { w.claims[own(leaf)]["metadata_policy"] = claims{} }, ErrRefused},
		"constraints of its own":      {func(w *world) { w.claims[own(leaf)]["constraints"] = claims{} }, ErrRefused},
		"no JSON":                     {func(w *world) { w.raw[own(leaf)] = "a.b.c" }, ErrRefused},
		"too large":                   {func(w *world) { w.raw[own(leaf)] = strings.Repeat("A", 1<<20) }, ErrUndecided},
		"in a loop": {func(w *world) {
			w.entity(stray, leaf)
			w.entity(leaf, stray)
			w.claims[own(leaf)]["metadata"] = w.claims[own(top)]["metadata"]
		}, ErrRefused},
		"no fetch endpoint": {func(w *world) { w.claims[own(middle)]["metadata"] = claims{} }, ErrRefused},
		"a fetch endpoint in the open": {func(w *world) {
			w.claims[own(middle)]["metadata"] = claims{federationEntity: claims{"federation_fetch_endpoint": "http://middle.example/fetch"}}
		}, ErrRefused},
		"two superiors with one fetch endpoint": {func(w *world) {
			w.entity(stray, top)
			w.claims[own(stray)]["metadata"] = w.claims[own(middle)]["metadata"]
			w.claims[own(leaf)]["authority_hints"] = []string{stray, middle}
		}, nil},
		"a superior that speaks with another's endpoint": {func(w *world) {
			w.entity(stray, top)
			w.claims[own(stray)]["metadata"] = w.claims[own(middle)]["metadata"]
			w.claims[own(leaf)]["authority_hints"] = []string{stray}
		}, ErrRefused},
		"a slash at the end": {func(w *world) { w.claims[own(leaf)]["authority_hints"] = []string{middle + "/", middle} }, nil},
		"metadata is a list": {func(w *world) { w.claims[own(leaf)]["metadata"] = []string{} }, ErrRefused},
		"metadata is null":   {func(w *world) { w.claims[own(leaf)]["metadata"] = claims{"vc_issuer": claims{"x": nil}} }, ErrRefused},
		"a key of an unknown kind": {func(w *world) {
			kid := jkt(keyOf(leaf))
			w.about(middle, leaf)["jwks"] = claims{"keys": []claims{{"kty": "EC", "crv": "secp256k1", "kid": kid, "x": "AA", "y": "AA"}}}
		}, ErrUndecided},

		"path length 1":                {constrained(top, middle, claims{"max_path_length": 1}), nil},
		"path length 0":                {constrained(top, middle, claims{"max_path_length": 0}), ErrRefused},
		"path length 0 of the last":    {constrained(middle, leaf, claims{"max_path_length": 0}), nil},
		"path length is a text":        {constrained(top, middle, claims{"max_path_length": "1"}), ErrRefused},
		"the host is permitted":        {constrained(top, middle, claims{"naming_constraints": claims{"permitted": []string{".example"}}}), nil},
		"one host is not permitted":    {constrained(top, middle, claims{"naming_constraints": claims{"permitted": []string{"middle.example"}}}), ErrRefused},
		"all hosts are permitted":      {constrained(top, middle, claims{"naming_constraints": claims{"permitted": []string{"middle.example", "college.example"}}}), nil},
		"a longer name is another":     {constrained(top, middle, claims{"naming_constraints": claims{"permitted": []string{"middle.example", "ege.example"}}}), ErrRefused},
		"excluded":                     {constrained(top, middle, claims{"naming_constraints": claims{"excluded": []string{"college.example"}}}), ErrRefused},
		"names below are excluded":     {constrained(middle, leaf, claims{"naming_constraints": claims{"excluded": []string{".college.example"}}}), nil},
		"permitted is a text":          {constrained(top, middle, claims{"naming_constraints": claims{"permitted": ".example"}}), ErrRefused},
		"constraints are a list":       {func(w *world) { w.about(top, middle)["constraints"] = []string{} }, ErrRefused},
		"a policy that cannot be kept": {policed(middle, leaf, claims{"vc_issuer": claims{"x": claims{"essential": true}}}), ErrRefused},
	} {
		w := newWorld()
		c.change(w)
		got, err := w.resolve(t)
		if !errors.Is(err, c.want) || (c.want == nil) != (got != nil) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func constrained(by, about string, constraints claims) func(*world) {
	return func(w *world) { w.about(by, about)["constraints"] = constraints }
}

func policed(by, about string, policy claims) func(*world) {
	return func(w *world) { w.about(by, about)["metadata_policy"] = policy }
}

// TestNotInvited: a superior whom the leaf does not name cannot claim it.
func TestNotInvited(t *testing.T) {
	w := newWorld()
	c, err := w.resolve(t)
	if err != nil {
		t.Fatal(err)
	}
	w.entity(stray, top)
	w.statement(said(stray, leaf), stray, leaf)
	chain := []string{c.Statements[0], w.text(said(stray, leaf)), w.text(said(top, stray)), w.text(own(top))}
	if _, err := Check(chain, w.resolver().Anchors, now); !errors.Is(err, ErrRefused) {
		t.Error(err)
	}
	// A namesake with the same key is somebody else.
	namesake := w.statement("x", "https://namesake.example", leaf)
	w.signer["x"], w.claims[own(leaf)]["authority_hints"] = keyOf(middle), []string{middle, namesake["iss"].(string)}
	chain = []string{w.text(own(leaf)), w.text("x"), c.Statements[2], c.Statements[3]}
	if _, err := Check(chain, w.resolver().Anchors, now); !errors.Is(err, ErrRefused) {
		t.Error(err)
	}
	if _, err := Check(c.Statements, map[string][]crypto.PublicKey{stray: {keyOf(stray).Public()}}, now); !errors.Is(err, ErrUnlisted) {
		t.Error(err)
	}
	if _, err := Check(c.Statements, map[string][]crypto.PublicKey{top: {}}, now); !errors.Is(err, ErrRefused) {
		t.Error(err)
	}
	if !refuses(slices.Insert(slices.Clone(c.Statements), 2, w.text(own(middle))), w) {
		t.Error("an intermediate's own statement in the middle")
	}
	for i, j := range []int{2, 3, 0, 1} {
		changed := slices.Clone(c.Statements)
		if changed[i] = changed[j]; !refuses(changed, w) {
			t.Errorf("statement %d in the place of %d", j, i)
		}
	}
	for i := range c.Statements {
		if _, err := Check(slices.Delete(slices.Clone(c.Statements), i, i+1), w.resolver().Anchors, now); err == nil {
			t.Errorf("without statement %d", i)
		}
	}
}

func refuses(chain []string, w *world) bool {
	_, err := Check(chain, w.resolver().Anchors, now)
	return err != nil
}

// TestKeyOfAnotherAlgorithm: a key that is published for one algorithm is not one for another,
// even if it fits.
func TestKeyOfAnotherAlgorithm(t *testing.T) {
	signer, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := keys.JWKSet(signer.Public()) // for RS256
	if err != nil {
		t.Fatal(err)
	}
	jwks, err := strictjson.ReadObject(raw, limits)
	if err != nil {
		t.Fatal(err)
	}
	set, err := keySet(jwks)
	if err != nil {
		t.Fatal(err)
	}
	for alg, want := range map[string]error{jws.RS256: nil, jws.PS256: ErrRefused} {
		encode := base64.RawURLEncoding.EncodeToString
		input := encode([]byte(`{"alg":"`+alg+`","typ":"x","kid":"`+set[0].ID+`"}`)) + "." + encode([]byte(`{}`))
		digest := sha256.Sum256([]byte(input))
		var options crypto.SignerOpts = crypto.SHA256
		if alg == jws.PS256 {
			options = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256}
		}
		value, err := signer.Sign(rand.Reader, digest[:], options)
		if err != nil {
			t.Fatal(err)
		}
		token, err := jws.Read(input+"."+encode(value), limits)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := signedBy(token, "x", jwks, set); !errors.Is(err, want) {
			t.Errorf("%s: %v", alg, err)
		}
	}
}

// TestFanOut: a crowd of superiors, each with a crowd of its own, costs no more than it may.
func TestFanOut(t *testing.T) {
	w := newWorld()
	names := func(prefix byte) (all []string) {
		for i := range maxHints {
			all = append(all, fmt.Sprintf("https://%c%d.example", prefix, i))
		}
		return all
	}
	level := []string{leaf}
	for depth := range 4 {
		above := names(byte('b' + depth))
		for _, id := range level {
			metadata := w.claims[own(id)]["metadata"]
			w.entity(id, above...)
			w.claims[own(id)]["metadata"] = metadata
			if depth > 0 {
				for _, below := range names(byte('a' + depth)) {
					w.statement(said(id, below), id, below)
				}
			}
		}
		for _, id := range above {
			w.entity(id)
		}
		level = above
	}
	_, err := w.resolve(t)
	if err == nil {
		t.Error("a chain to nobody")
	}
	if len(w.asked) > maxFetches {
		t.Errorf("%d fetches", len(w.asked))
	}
}

func TestMetadata(t *testing.T) {
	w := newWorld()
	w.about(middle, leaf)["metadata"] = claims{"vc_issuer": claims{"formats": []string{"ldp"}}, "openid_provider": claims{"x": 1}}
	constrained(top, middle, claims{"allowed_entity_types": []string{"vc_issuer"}})(w)
	policed(top, middle, claims{"vc_issuer": claims{"formats": claims{"subset_of": []string{"ldp", "sd-jwt"}}}, federationEntity: claims{"contacts": claims{"add": []string{"b@anchor.example"}}}})(w)
	c, err := w.resolve(t)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(c.Metadata["vc_issuer"].(map[string]any)["formats"]); got != "[ldp]" {
		t.Error(got)
	}
	if got := c.member(federationEntity, "contacts").Len(); got != 2 {
		t.Error(got)
	}
	if c.Metadata["openid_provider"] != nil {
		t.Error("a superior makes a type of entity of its own")
	}
	constrained(top, middle, claims{"allowed_entity_types": []string{}})(w)
	w.asked = map[string]int{}
	if c, err = w.resolve(t); err != nil || c.Metadata["vc_issuer"] != nil || c.Metadata[federationEntity] == nil {
		t.Error(c.Metadata, err)
	}
}

// TestSource: a chain makes its subject listed elsewhere, with the keys that stand in it.
func TestSource(t *testing.T) {
	query := registry.Query{Issuer: leaf, Award: registry.Microcredential, Level: 6, IssuedAt: now.AddDate(0, -1, 0), Now: now}
	for name, c := range map[string]struct {
		change func(*world)
		key    crypto.Signer
		issuer string
		want   registry.Summary
	}{
		"its key":            {func(*world) {}, keyOf(leaf), leaf, registry.TrustedWithConditions},
		"its key for badges": {func(*world) {}, key("v"), leaf, registry.TrustedWithConditions},
		"another key":        {func(*world) {}, key("x"), leaf, registry.Indeterminate},
		"a DID":              {func(*world) {}, key("x"), "did:web:college.example", registry.NotListed},
		"nobody":             {func(*world) {}, key("x"), stray, registry.NotListed},
		"the anchor is down": {func(w *world) { w.down[own(top)] = true }, keyOf(leaf), leaf, registry.Indeterminate},
		"a wrong signature":  {func(w *world) { w.signer[said(middle, leaf)] = key("x") }, keyOf(leaf), leaf, registry.Indeterminate},
		"a broken key of badges": {func(w *world) {
			w.claims[own(leaf)]["metadata"] = claims{"vc_issuer": claims{"jwks": claims{"keys": []string{"x"}}}}
		}, keyOf(leaf), leaf, registry.Indeterminate},
	} {
		w := newWorld()
		c.change(w)
		source, _ := w.resolver().Source(t.Context(), "Sample Federation", c.issuer)
		q := query
		q.Issuer, q.Keys = c.issuer, []string{jkt(c.key)}
		v := registry.Sources{source}.Decide(q)
		if v.Summary != c.want {
			t.Errorf("%s: %s %s", name, v.Summary, v.Reasons.Text())
		}
		if v.Summary.Positive() && (!v.Reasons.Has(registry.ReasonElsewhere) || v.Snapshot.Name != "Sample Federation") {
			t.Errorf("%s: %s", name, v.Reasons.Text())
		}
		q.Now = now.Add(2 * time.Hour)
		if v := (registry.Sources{source}).Decide(q); v.Summary.Positive() {
			t.Errorf("%s, after its end: %s", name, v.Summary)
		}
	}
}

// FuzzStatement: a chain in which one bit of one statement is other never holds.
func FuzzStatement(f *testing.F) {
	w := newWorld()
	c, err := w.resolver().Resolve(f.Context(), leaf)
	if err != nil {
		f.Fatal(err)
	}
	for _, text := range c.Statements {
		f.Add(text, uint(100))
	}
	f.Fuzz(func(t *testing.T, foreign string, bit uint) {
		if s, err := readStatement(foreign, false); err == nil && (s.Issuer == "" || s.Subject == "" || len(s.hints) > maxHints || len(s.keys) > maxKeys) {
			t.Errorf("%+v", s)
		}
		at := int(bit/8) % len(c.Statements)
		changed := slices.Clone(c.Statements)
		text := []byte(changed[at])
		text[int(bit/32)%len(text)] ^= 1 << (bit % 8)
		changed[at] = string(text)
		if _, err := Check(changed, w.resolver().Anchors, now); err == nil {
			t.Errorf("accepted: %s", changed[at])
		}
		changed[at] = foreign
		if _, err := Check(changed, w.resolver().Anchors, now); err == nil && !slices.Contains(c.Statements, foreign) {
			t.Errorf("accepted: %s", foreign)
		}
	})
}
