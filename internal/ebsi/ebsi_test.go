package ebsi

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"laurel/internal/fetch"
	"laurel/internal/jws"
	"laurel/internal/needs"
	"laurel/keys"
	"laurel/registry"
)

const (
	base   = "https://registry.example/trusted-issuers-registry/v5"
	dids   = "https://registry.example/did-registry/v5"
	schema = "https://registry.example/schemas/1"
)

// The issuers of the world.
const (
	support = "did:ebsi:zSupportSupportSupport1"
	root    = "did:ebsi:zRootRootRootRootRoot1"
	tao     = "did:ebsi:zTaoTaoTaoTaoTaoTaoT1"
	college = "did:ebsi:zCoegeCoegeCoegeCoege1"
	other   = "did:ebsi:zStrangerStrangerStra1"
)

var now = time.Date(2026, 6, 2, 12, 0, 0, 0, time.UTC)

type object = map[string]any

// pens are the keys of the world's issuers.
var pens = map[string]*ecdsa.PrivateKey{}

func pen(id string) *ecdsa.PrivateKey {
	if pens[id] == nil {
		digest := sha256.Sum256([]byte(id))
		key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), digest[:])
		if err != nil {
			panic(err)
		}
		pens[id] = key
	}
	return pens[id]
}

func jkt(id string) string {
	text, err := keys.Thumbprint(pen(id).Public())
	if err != nil {
		panic(err)
	}
	return text
}

// accreditation is one attribute of the world, as it will be written.
type accreditation struct {
	claims     object
	vc         object
	subject    object
	signer     string
	kid        string
	typ        string
	hash, body string // empty: right
	holder     string
	issuerType string
}

// world is what the registries hold.
type world struct {
	attributes map[string]*accreditation // by address
	documents  map[string]object         // by DID
	raw        map[string]string
	down       map[string]bool
	moved      map[string]bool
}

func at(holder, id string) string { return base + "/issuers/" + holder + "/attributes/" + id }

// newWorld is a college that a TAO accredited, which a root did.
func newWorld() *world {
	w := &world{attributes: map[string]*accreditation{}, documents: map[string]object{}, raw: map[string]string{}, down: map[string]bool{}, moved: map[string]bool{}}
	w.accredit(ForTrustChain, root, "r1", support, "", europe, 2020, 2036)
	w.accredit(ToAccredit, tao, "t1", root, at(root, "r1"), "FIN", 2021, 2033)
	w.accredit(ToAttest, college, "c1", tao, at(tao, "t1"), "FIN", 2022, 2030)
	for _, id := range []string{support, root, tao, college, other} {
		raw, err := keys.JWK(pen(id).Public())
		if err != nil {
			panic(err)
		}
		method := object{"id": id + "#k", "type": "JsonWebKey2020", "controller": id, "publicKeyJwk": json.RawMessage(raw)}
		w.documents[id] = object{"@context": []string{"https://www.w3.org/ns/did/v1"}, "id": id, "controller": []string{id},
			"verificationMethod": []object{method}, "assertionMethod": []string{id + "#k"}, "authentication": []string{id + "#k"}}
	}
	return w
}

func (w *world) accredit(level Level, holder, id, issuer, parent, where string, from, until int) {
	start, end := time.Date(from, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(until, 1, 1, 0, 0, 0, 0, time.UTC)
	a := &accreditation{holder: holder, signer: issuer, kid: issuer + "#k", typ: "JWT", issuerType: levels[level].issuer}
	a.subject = object{"id": holder, "reservedAttributeId": id, "accreditedFor": []object{{
		"schemaId": schema, "types": []string{"VerifiableCredential", "VerifiableAttestation", "Diploma"}, "limitJurisdiction": atu + where,
	}}}
	a.vc = object{"issuer": issuer, "type": []string{"VerifiableCredential", "VerifiableAttestation", levels[level].credential}, "credentialSubject": a.subject,
		"validFrom": start.Format(time.RFC3339), "expirationDate": end.Format(time.RFC3339)}
	if parent != "" {
		a.vc["termsOfUse"] = object{"type": "IssuanceCertificate", "id": parent}
	}
	a.claims = object{"iss": issuer, "sub": holder, "iat": start.Unix(), "nbf": start.Unix(), "exp": end.Unix(), "vc": a.vc}
	w.attributes[at(holder, id)] = a
}

func (a *accreditation) json() []byte {
	body, hash := a.body, a.hash
	if body == "" {
		raw, err := json.Marshal(a.claims)
		if err != nil {
			panic(err)
		}
		if body, err = jws.Sign(a.typ, raw, pen(a.signer), object{"kid": a.kid}); err != nil {
			panic(err)
		}
	}
	if hash == "" {
		digest := sha256.Sum256([]byte(body))
		hash = hex.EncodeToString(digest[:])
	}
	out, err := json.Marshal(object{"did": a.holder, "attribute": object{"hash": hash, "body": body, "issuerType": a.issuerType, "tao": other, "rootTao": other}})
	if err != nil {
		panic(err)
	}
	return out
}

func (w *world) get(_ context.Context, address, _ string, _ int64) ([]byte, string, error) {
	if w.down[address] {
		return nil, "", errors.New("no answer")
	}
	if raw, ok := w.raw[address]; ok {
		return []byte(raw), address, nil
	}
	if w.moved[address] {
		return w.attributes[address].json(), "https://evil.example/", nil
	}
	if a := w.attributes[address]; a != nil {
		return a.json(), address, nil
	}
	if d := w.documents[strings.TrimPrefix(address, dids+"/identifiers/")]; d != nil {
		raw, err := json.Marshal(d)
		return raw, address, err
	}
	return nil, "", fetch.StatusError{Code: 404}
}

func (w *world) reader() *Reader {
	return &Reader{Get: w.get, Now: func() time.Time { return now }, Issuers: base, DIDs: dids, Roots: []string{root}, Support: []string{support}}
}

var diploma = Credential{Issuer: college, Accreditations: []string{at(college, "c1")}, Schemas: []string{schema}, Types: []string{"VerifiableCredential", "Diploma"}, Issued: time.Date(2025, 6, 1, 0, 0, 0, 0, time.UTC)}

func TestChain(t *testing.T) {
	c, err := newWorld().reader().Chain(t.Context(), diploma)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Links) != 3 || c.Links[2].Subject != root || c.From.Year() != 2022 || c.Until.Year() != 2030 || fmt.Sprint(c.Keys) != fmt.Sprint([]string{jkt(college)}) || c.Jurisdictions[0] != atu+"FIN" {
		t.Errorf("%+v", c)
	}
}

// TestRefusedChains makes one change to a good world or credential: each of the seven checks
// fails for its own reasons.
func TestRefusedChains(t *testing.T) {
	attribute := func(address string, change func(*accreditation)) func(*world, *Credential) {
		return func(w *world, _ *Credential) { change(w.attributes[address]) }
	}
	own := func(change func(*accreditation)) func(*world, *Credential) {
		return attribute(at(college, "c1"), change)
	}
	above := func(change func(*accreditation)) func(*world, *Credential) { return attribute(at(tao, "t1"), change) }
	top := func(change func(*accreditation)) func(*world, *Credential) { return attribute(at(root, "r1"), change) }
	accredited := func(name string, value any) func(*accreditation) {
		return func(a *accreditation) { a.subject["accreditedFor"].([]object)[0][name] = value }
	}
	for name, c := range map[string]struct {
		change func(*world, *Credential)
		want   error
	}{
		"nothing changed": {func(*world, *Credential) {}, nil},

		"(1) in another registry": {func(_ *world, c *Credential) {
			c.Accreditations = []string{"https://evil.example/issuers/" + college + "/attributes/c1"}
		}, ErrRefused},
		"(1) another's":            {func(_ *world, c *Credential) { c.Accreditations = []string{at(tao, "t1")} }, ErrRefused},
		"(1) a path upwards":       {func(_ *world, c *Credential) { c.Accreditations = []string{at(college, "../x")} }, ErrRefused},
		"(1) with a query":         {func(_ *world, c *Credential) { c.Accreditations = []string{at(college, "c1") + "?x"} }, ErrRefused},
		"(1) there is none":        {func(_ *world, c *Credential) { c.Accreditations = []string{at(college, "c2")} }, ErrUnlisted},
		"(1) the registry is down": {func(w *world, _ *Credential) { w.down[at(college, "c1")] = true }, ErrUndecided},
		"(1) another site answers": {func(w *world, _ *Credential) { w.moved[at(college, "c1")] = true }, ErrUndecided},
		"(1) a parent in another place": {own(func(a *accreditation) {
			a.vc["termsOfUse"] = object{"type": "IssuanceCertificate", "id": "https://evil.example/x"}
		}), ErrRefused},
		"(1) another's parent": {own(func(a *accreditation) {
			a.vc["termsOfUse"] = object{"type": "IssuanceCertificate", "id": at(root, "r1")}
		}), ErrRefused},
		"(1) no parent": {own(func(a *accreditation) { delete(a.vc, "termsOfUse") }), ErrRefused},
		"(1) two parents": {own(func(a *accreditation) {
			a.vc["termsOfUse"] = []object{{"type": "IssuanceCertificate", "id": at(tao, "t1")}, {"type": "IssuanceCertificate", "id": at(tao, "t1")}}
		}), ErrRefused},
		"(1) the parent is not there": {func(w *world, _ *Credential) { delete(w.attributes, at(tao, "t1")) }, ErrRefused},

		"(2) another hash":     {own(func(a *accreditation) { a.hash = strings.Repeat("0", 64) }), ErrRefused},
		"(2) hash in capitals": {own(func(a *accreditation) { a.hash = strings.Repeat("A", 64) }), ErrRefused},
		"(2) reserved only": {func(w *world, _ *Credential) {
			w.raw[at(college, "c1")] = `{"did":"` + college + `","attribute":{"hash":"","body":""}}`
		}, ErrRefused},
		"(2) body is null": {func(w *world, _ *Credential) {
			w.raw[at(college, "c1")] = `{"did":"` + college + `","attribute":{"hash":"","body":null}}`
		}, ErrRefused},
		"(2) of another holder":  {own(func(a *accreditation) { a.holder = other }), ErrRefused},
		"(2) another subject":    {own(func(a *accreditation) { a.subject["id"] = other }), ErrRefused},
		"(2) another sub":        {own(func(a *accreditation) { a.claims["sub"] = other }), ErrRefused},
		"(2) another attribute":  {own(func(a *accreditation) { a.subject["reservedAttributeId"] = "c2" }), ErrRefused},
		"(2) revoked":            {own(func(a *accreditation) { a.issuerType = "Revoked" }), ErrRefused},
		"(2) undefined":          {own(func(a *accreditation) { a.issuerType = "Undefined" }), ErrRefused},
		"(2) the TAO is revoked": {above(func(a *accreditation) { a.issuerType = "Revoked" }), ErrRefused},
		"(2) another issuer":     {own(func(a *accreditation) { a.vc["issuer"] = root }), ErrRefused},
		"(2) a status of its own": {own(func(a *accreditation) {
			a.vc["credentialStatus"] = object{"type": "EbsiAccreditationEntry", "id": at(college, "c1")}
		}), nil},
		"(2) a status of another": {own(func(a *accreditation) {
			a.vc["credentialStatus"] = object{"type": "EbsiAccreditationEntry", "id": at(tao, "t1")}
		}), ErrRefused},
		"(2) an unknown status":      {own(func(a *accreditation) { a.vc["credentialStatus"] = object{"type": "StatusList2021Entry"} }), ErrUndecided},
		"(2) the newer model":        {own(func(a *accreditation) { a.subject["permissionFor"] = []string{} }), ErrUndecided},
		"(2) no token":               {own(func(a *accreditation) { a.body = "x" }), ErrRefused},
		"(2) not strict":             {func(w *world, _ *Credential) { w.raw[at(college, "c1")] = `{"did":"a","did":"b"}` }, ErrRefused},
		"(2) too large":              {func(w *world, _ *Credential) { w.raw[at(college, "c1")] = strings.Repeat(" ", maxAttribute+1) }, ErrUndecided},
		"(3) by a stranger":          {own(func(a *accreditation) { a.signer = other }), ErrRefused},
		"(3) by a stranger's key":    {own(func(a *accreditation) { a.signer, a.kid = other, other+"#k" }), ErrRefused},
		"(3) by a key not there":     {own(func(a *accreditation) { a.kid = tao + "#old" }), ErrUndecided},
		"(3) of another type":        {own(func(a *accreditation) { a.typ = "JOSE" }), ErrRefused},
		"(3) the keys are not had":   {func(w *world, _ *Credential) { delete(w.documents, tao) }, ErrUndecided},
		"(3) the keys are another's": {func(w *world, _ *Credential) { w.documents[tao] = w.documents[other] }, ErrUndecided},
		"(3) not for assertions":     {func(w *world, _ *Credential) { w.documents[tao]["assertionMethod"] = []string{} }, ErrUndecided},
		"(3) the root's is forged":   {top(func(a *accreditation) { a.signer = other }), ErrRefused},
		"(3) issued before":          {func(_ *world, c *Credential) { c.Issued = time.Date(2021, 12, 31, 0, 0, 0, 0, time.UTC) }, ErrRefused},
		"(3) issued after":           {func(_ *world, c *Credential) { c.Issued = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC) }, ErrRefused},
		"(3) nobody says when":       {func(_ *world, c *Credential) { c.Issued = time.Time{} }, ErrUndecided},
		"(3) the TAO had run out":    {above(func(a *accreditation) { a.claims["exp"] = time.Date(2021, 6, 1, 0, 0, 0, 0, time.UTC).Unix() }), ErrRefused},
		"(3) the TAO ran out since":  {above(func(a *accreditation) { a.claims["exp"] = time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC).Unix() }), ErrRefused},
		"(3) the TAO began since": {above(func(a *accreditation) {
			a.claims["nbf"] = time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC).Unix()
		}), ErrRefused},
		"(3) two ends, the first":    {own(func(a *accreditation) { a.vc["expirationDate"] = "2025-01-01T00:00:00Z" }), ErrRefused},
		"(3) an end that is none":    {own(func(a *accreditation) { a.vc["expirationDate"] = "soon" }), ErrRefused},
		"(3) without an end":         {own(func(a *accreditation) { delete(a.claims, "exp") }), ErrRefused},
		"(4) only onboarded":         {own(func(a *accreditation) { a.vc["type"] = []string{"VerifiableAuthorisationToOnboard"} }), ErrRefused},
		"(4) accredits, not attests": {own(func(a *accreditation) { a.vc["type"] = []string{levels[ToAccredit].credential}; a.issuerType = "TAO" }), ErrRefused},
		"(4) two levels": {own(func(a *accreditation) {
			a.vc["type"] = []string{levels[ToAccredit].credential, levels[ToAttest].credential}
		}), ErrRefused},
		"(4) said to be another":    {own(func(a *accreditation) { a.issuerType = "TAO" }), ErrRefused},
		"(4) attested by an issuer": {above(func(a *accreditation) { a.vc["type"] = []string{levels[ToAttest].credential}; a.issuerType = "TI" }), ErrRefused},

		"(5) one of two schemas": {func(_ *world, c *Credential) { c.Schemas = []string{schema + "2", schema} }, nil},
		"(1) one of two addresses": {func(_ *world, c *Credential) {
			c.Accreditations = []string{"https://policies.example/1", at(college, "c1")}
		}, nil},
		"(1) too many to look at": {func(_ *world, c *Credential) {
			c.Accreditations = nil
			for i := range maxWays + 1 {
				c.Accreditations = append(c.Accreditations, at(college, fmt.Sprint("x", i)))
			}
		}, ErrUndecided},
		"(5) no schema":            {func(_ *world, c *Credential) { c.Schemas = nil }, ErrUndecided},
		"(5) another schema":       {func(_ *world, c *Credential) { c.Schemas = []string{schema + "2"} }, ErrRefused},
		"(5) another type":         {func(_ *world, c *Credential) { c.Types = []string{"Licence"} }, ErrRefused},
		"(5) no types":             {func(_ *world, c *Credential) { c.Types = nil }, ErrUndecided},
		"(5) wider schema":         {above(accredited("schemaId", schema+"2")), ErrRefused},
		"(5) wider types":          {above(accredited("types", []string{"VerifiableCredential"})), ErrRefused},
		"(5) another country":      {own(accredited("limitJurisdiction", atu+"ESP")), ErrRefused},
		"(5) one country too many": {own(accredited("limitJurisdiction", []string{atu + "FIN", atu + "ESP"})), ErrRefused},
		"(5) everywhere":           {own(func(a *accreditation) { delete(a.subject["accreditedFor"].([]object)[0], "limitJurisdiction") }), ErrRefused},
		"(5) Europe, of Finland":   {own(accredited("limitJurisdiction", atu+europe)), ErrRefused},
		"(5) outside Europe": {func(w *world, _ *Credential) {
			accredited("limitJurisdiction", atu+"USA")(w.attributes[at(college, "c1")])
			accredited("limitJurisdiction", atu+"USA")(w.attributes[at(tao, "t1")])
		}, ErrRefused},
		"(5) no address of a place": {func(w *world, _ *Credential) {
			accredited("limitJurisdiction", "FIN")(w.attributes[at(college, "c1")])
			accredited("limitJurisdiction", atu+europe)(w.attributes[at(tao, "t1")])
		}, ErrRefused},
		"(5) nothing":               {own(func(a *accreditation) { delete(a.subject, "accreditedFor") }), ErrRefused},
		"(5) an empty jurisdiction": {own(accredited("limitJurisdiction", []string{})), ErrRefused},

		"(6) another root": {func(w *world, _ *Credential) {
			w.accredit(ForTrustChain, other, "o1", support, "", europe, 2020, 2036)
			a := w.attributes[at(tao, "t1")]
			a.signer, a.kid = other, other+"#k"
			a.claims["iss"], a.vc["issuer"] = other, other
			a.vc["termsOfUse"] = object{"type": "IssuanceCertificate", "id": at(other, "o1")}
		}, ErrRefused},
		"(6) a root by a stranger": {top(func(a *accreditation) {
			a.signer, a.kid = other, other+"#k"
			a.claims["iss"], a.vc["issuer"] = other, other
		}), ErrRefused},

		"(7) a loop": {above(func(a *accreditation) {
			a.signer, a.kid = tao, tao+"#k"
			a.claims["iss"], a.vc["issuer"] = tao, tao
			a.vc["termsOfUse"] = object{"type": "IssuanceCertificate", "id": at(tao, "t1")}
		}), ErrRefused},
		"(7) too deep": {func(w *world, _ *Credential) {
			for i := range maxDepth {
				w.accredit(ToAccredit, tao, fmt.Sprint("t", i+1), tao, at(tao, fmt.Sprint("t", i+2)), "FIN", 2021, 2033)
			}
		}, ErrRefused},
	} {
		w, credential := newWorld(), diploma
		c.change(w, &credential)
		chain, err := w.reader().Chain(t.Context(), credential)
		if !errors.Is(err, c.want) || (c.want == nil) != (chain != nil && err == nil) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		one := 0
		for _, of := range []error{ErrRefused, ErrUnlisted, ErrUndecided} {
			if errors.Is(err, of) {
				one++
			}
		}
		if err != nil && one != 1 {
			t.Errorf("%s: of %d kinds: %v", name, one, err)
		}
	}
}

// TestEurope: the code for Europe stands for its countries, in one direction.
func TestEurope(t *testing.T) {
	w := newWorld()
	for _, address := range []string{at(college, "c1"), at(tao, "t1")} {
		w.attributes[address].subject["accreditedFor"].([]object)[0]["limitJurisdiction"] = []string{atu + europe}
	}
	c, err := w.reader().Chain(t.Context(), diploma)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.entry(college).Grants[0].Jurisdictions; len(got) != len(countries) {
		t.Error(got)
	}
}

// TestFindsAccreditation: a credential that does not say by which it was issued is covered by
// one of several.
func TestFindsAccreditation(t *testing.T) {
	w, first := newWorld(), base+"/issuers/"+college+"/attributes"
	page := func(ids ...string) string {
		var items []object
		for _, id := range ids {
			items = append(items, object{"id": id, "href": at(college, id)})
		}
		raw, err := json.Marshal(object{"self": first, "items": items, "total": 3, "pageSize": 2, "links": object{"next": first + "?page[after]=2&page[size]=50"}})
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	start := first + "?" + url.Values{"page[size]": {"50"}}.Encode()
	w.accredit(ToAccredit, college, "a1", tao, at(tao, "t1"), "FIN", 2022, 2030)
	w.accredit(ToAttest, college, "a2", tao, at(tao, "t1"), "FIN", 2022, 2023)
	w.raw[start], w.raw[first+"?page[after]=2&page[size]=50"] = page("a1", "a2"), page("c1")
	c := diploma
	c.Accreditations = nil
	if chain, err := w.reader().Chain(t.Context(), c); err != nil || chain.Links[0].Address != at(college, "c1") {
		t.Error(err)
	}
	for name, second := range map[string]string{"repeats": page("a2"), "is empty": page(), "loops": page("c2"), "names a path": page("../x")} {
		w.raw[first+"?page[after]=2&page[size]=50"] = second
		w.raw[start] = page("a1", "a2")
		if name == "loops" {
			w.raw[start] = page("a1")
		}
		if all, err := w.reader().Accreditations(t.Context(), college); err == nil {
			t.Errorf("a page that %s: %v", name, all)
		}
	}
	w.raw[start] = strings.Replace(page("a1", "a2"), first+"?page[after]", "https://evil.example/?page[after]", 1)
	if _, err := w.reader().Accreditations(t.Context(), college); err == nil {
		t.Error("a page of another site")
	}
	if _, err := newWorld().reader().Chain(t.Context(), c); !errors.Is(err, ErrUnlisted) {
		t.Errorf("nothing is listed: %v", err)
	}
}

// TestSource: a chain that holds makes its issuer listed elsewhere, with the keys of the DID
// registry, while all of it does.
func TestSource(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*world, *Credential, *registry.Query)
		want   registry.Summary
	}{
		"accredited":     {func(*world, *Credential, *registry.Query) {}, registry.TrustedWithConditions},
		"in its country": {func(_ *world, _ *Credential, q *registry.Query) { q.Jurisdiction = "FI" }, registry.TrustedWithConditions},
		"in another":     {func(_ *world, _ *Credential, q *registry.Query) { q.Jurisdiction = "ES" }, registry.OutOfScope},
		"another key":    {func(_ *world, _ *Credential, q *registry.Query) { q.Keys = []string{jkt(other)} }, registry.Indeterminate},
		"run out since": {func(w *world, _ *Credential, _ *registry.Query) {
			w.attributes[at(tao, "t1")].claims["exp"] = now.Add(-time.Hour).Unix()
		}, registry.HistoricalOK},
		"looked up too long ago": {func(_ *world, _ *Credential, q *registry.Query) { q.Now = now.Add(25 * time.Hour) }, registry.Indeterminate},
		"of another method": {func(_ *world, c *Credential, q *registry.Query) {
			c.Issuer, q.Issuer = "did:web:x.example", "did:web:x.example"
		}, registry.NotListed},
		"not there": {func(w *world, _ *Credential, _ *registry.Query) { delete(w.attributes, at(college, "c1")) }, registry.NotListed},
		"down":      {func(w *world, _ *Credential, _ *registry.Query) { w.down[at(tao, "t1")] = true }, registry.Indeterminate},
		"forged":    {func(w *world, _ *Credential, _ *registry.Query) { w.attributes[at(college, "c1")].signer = other }, registry.Indeterminate},
		"revoked": {func(w *world, _ *Credential, _ *registry.Query) {
			w.attributes[at(college, "c1")].issuerType = "Revoked"
		}, registry.Indeterminate},
	} {
		w, credential := newWorld(), diploma
		q := registry.Query{Issuer: college, Keys: []string{jkt(college)}, Award: registry.Degree, Level: 6, IssuedAt: diploma.Issued, Now: now}
		c.change(w, &credential, &q)
		source, _ := w.reader().Source(t.Context(), "EBSI", credential)
		if v := (registry.Sources{source}).Decide(q); v.Summary != c.want {
			t.Errorf("%s: %s %s", name, v.Summary, v.Reasons.Text())
		}
	}
}

// TestSample: live answers of the pilot network. The hashes agree. The TAO's accreditation
// ran out in December 2024, whatever its type says; before that everything holds that can be
// checked without the keys of the issuers, and those are not there.
func TestSample(t *testing.T) {
	var sample []json.RawMessage
	if err := json.Unmarshal(needs.File(t, "trust", "ebsi", "tir-attributes-sample.json"), &sample); err != nil {
		t.Fatal(err)
	}
	w := newWorld()
	r := w.reader()
	r.Issuers, r.DIDs, r.Support = PilotIssuers, PilotDIDs, []string{PilotSupport}
	ids := []string{"cca3ca9406b45a8f7a9453dc48e99aed0f72de70475e9e7e107db85b73e74fcb", "9ab434cafb3b3327941f9422e88efd93c6cff9dda678f8aa47fdc238f8bec3ce"}
	var places []string
	for i, raw := range sample {
		var head struct{ DID string }
		if err := json.Unmarshal(raw, &head); err != nil {
			t.Fatal(err)
		}
		address := PilotIssuers + "/issuers/" + head.DID + "/attributes/" + ids[i]
		w.raw[address], places = string(raw), append(places, address)
		if i == 1 {
			r.Roots = []string{head.DID}
		}
	}
	holder, _, err := r.place(places[0])
	if err != nil {
		t.Fatal(err)
	}
	c := Credential{Issuer: holder, Schemas: []string{"https://api-pilot.ebsi.eu/trusted-schemas-registry/v3/schemas/z3MgUFUkb722uq4x3dv5yAJmnNmzDFeK5UC8x83QoeLJM"},
		Types: []string{"VerifiableCredential", "VerifiableAttestation", "CTRevocable"}}
	for text, want := range map[string]error{
		"2024-12-01T00:00:00Z": ErrUndecided, "2024-12-08T07:59:12Z": ErrUndecided, "2024-12-08T07:59:13Z": ErrRefused, "2026-01-01T00:00:00Z": ErrRefused, "2024-11-01T00:00:00Z": ErrRefused,
	} {
		if c.Issued, err = time.Parse(time.RFC3339, text); err != nil {
			t.Fatal(err)
		}
		_, err := r.chain(t.Context(), c, places[0], ToAccredit)
		if !errors.Is(err, want) {
			t.Errorf("at %s: %v, want %v", text, err, want)
		}
		if errors.Is(want, ErrUndecided) && (err == nil || !strings.Contains(err.Error(), "the keys of")) {
			t.Errorf("at %s: %v", text, err)
		}
		if _, err := r.chain(t.Context(), c, places[0], ToAttest); err == nil {
			t.Error("a TAO attests")
		}
	}
	w.raw[places[0]] = strings.Replace(w.raw[places[0]], "2df9d159", "2df9d158", 1)
	c.Issued = time.Date(2024, 12, 1, 0, 0, 0, 0, time.UTC)
	if _, err := r.chain(t.Context(), c, places[0], ToAccredit); !errors.Is(err, ErrRefused) {
		t.Errorf("another hash: %v", err)
	}
}

// FuzzAttribute: an attribute in which anything is other, its hash put right, is never the
// one that was accredited.
func FuzzAttribute(f *testing.F) {
	good := newWorld().attributes[at(college, "c1")].json()
	f.Add(good, uint(7))
	var head struct{ Attribute struct{ Body string } }
	if err := json.Unmarshal(good, &head); err != nil {
		f.Fatal(err)
	}
	body := head.Attribute.Body
	signed := []byte(body[:strings.LastIndexByte(body, '.')]) // each signature is another
	f.Fuzz(func(t *testing.T, foreign []byte, bit uint) {
		w := newWorld()
		w.raw[at(college, "c1")] = string(foreign)
		if _, err := w.reader().Chain(t.Context(), diploma); err == nil && !bytes.Contains(foreign, signed) {
			t.Errorf("accepted: %s", foreign)
		}
		changed := []byte(body)
		changed[int(bit/8)%len(changed)] ^= 1 << (bit % 8)
		delete(w.raw, at(college, "c1"))
		w.attributes[at(college, "c1")].body = string(changed)
		if _, err := w.reader().Chain(t.Context(), diploma); err == nil {
			t.Errorf("accepted: %s", changed)
		}
	})
}
