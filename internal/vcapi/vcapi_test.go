package vcapi

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"laurel/internal/proof"
	"laurel/internal/strictjson"
	"laurel/internal/vc"
	"laurel/verifier"
)

const testBase = "https://badges.college.example"

var testNow = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

func open(t testing.TB) *Service {
	t.Helper()
	s, err := New(context.Background(), Config{Base: testBase, Now: func() time.Time { return testNow }, Offline: true})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *Service) idOf(t testing.TB, name string) string {
	t.Helper()
	i, ok := s.issuer(name)
	if !ok {
		t.Fatal("no issuer", name)
	}
	return i.ID
}

const (
	contextV2 = `"@context":["https://www.w3.org/ns/credentials/v2","https://www.w3.org/ns/credentials/examples/v2"]`
	contextV1 = `"@context":["https://www.w3.org/2018/credentials/v1"]`
)

// sample is a credential of an issuer, with further members.
func sample(context, issuer, more string) string {
	return fmt.Sprintf(`{%s,"id":"urn:uuid:1","type":["VerifiableCredential"],"issuer":%q%s,"credentialSubject":{"id":"did:example:1"}}`, context, issuer, more)
}

func (s *Service) issueOne(t testing.TB, name, credential, options string) map[string]any {
	t.Helper()
	a := s.Issue(t.Context(), name, []byte(`{"credential":`+credential+`,"options":`+options+`}`))
	if a.Status != statusCreated {
		t.Fatalf("%s: %d %s", name, a.Status, a.Body)
	}
	return member(t, a.Body, "verifiableCredential").(map[string]any)
}

func member(t testing.TB, body []byte, name string) any {
	t.Helper()
	tree, err := strictjson.ParseObject(body, strictjson.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return tree[name]
}

func about(t testing.TB, name string, v any, options string) []byte {
	t.Helper()
	raw, err := vc.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return []byte(fmt.Sprintf(`{%q:%s,"options":%s}`, name, raw, options))
}

// wants holds an answer about a verification to its status and to a code among its errors.
func wants(t testing.TB, a Answer, status int, code string) {
	t.Helper()
	var got verification
	if err := json.Unmarshal(a.Body, &got); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(a.Body), "null") {
		t.Errorf("a list is null: %s", a.Body)
	}
	if a.Status != status || got.Verified != (status == statusOK) || got.Verified != (len(got.Errors) == 0) {
		t.Errorf("%d, want %d: %s", a.Status, status, a.Body)
	}
	if code != "" && !strings.Contains(string(a.Body), `"code":"`+code+`"`) {
		t.Errorf("no %s: %s", code, a.Body)
	}
}

// TestEveryIssuer: what each issues verifies, and does not once it was changed.
func TestEveryIssuer(t *testing.T) {
	s := open(t)
	for _, i := range s.Issuers() {
		t.Run(i.Name, func(t *testing.T) {
			for _, context := range []string{contextV2, contextV1} {
				if context == contextV1 && (i.Name == "vc-jwt" || i.Name == statusIssuer) {
					continue
				}
				issued, good := s.issueOne(t, i.Name, sample(context, i.ID, ""), `{"unknown":true}`), "proof-ok"
				if i.Name == proof.ECDSASD2023 {
					good = "proof-selective"
					wants(t, s.Verify(t.Context(), about(t, "verifiableCredential", issued, "{}")), statusBadRequest, "proof-invalid")
					a := s.Derive(t.Context(), about(t, "verifiableCredential", issued, `{"selectivePointers":["/credentialSubject"]}`))
					if a.Status != statusCreated {
						t.Fatalf("%s", a.Body)
					}
					issued = member(t, a.Body, "verifiableCredential").(map[string]any)
				}
				wants(t, s.Verify(t.Context(), about(t, "verifiableCredential", issued, `{"checks":["proof"]}`)), statusOK, good)
				wants(t, s.Verify(t.Context(), about(t, "verifiableCredential", issued, "{}")), statusOK, "validity-ok")
				changed := maps.Clone(issued)
				if id, enveloped := changed["id"].(string); enveloped && strings.HasPrefix(id, "data:") {
					at := len(id) - 20 // within the signature, of whose last letter not every bit counts
					changed["id"] = id[:at] + string('A'+(id[at]+1)%26) + id[at+1:]
				} else {
					changed["credentialSubject"] = map[string]any{"id": "did:example:2"}
				}
				wants(t, s.Verify(t.Context(), about(t, "verifiableCredential", changed, `{"checks":["proof"]}`)), statusBadRequest, "proof-invalid")
			}
		})
	}
}

// TestFreshKeys: each service has keys of its own, and each issuer one.
func TestFreshKeys(t *testing.T) {
	seen := map[string]bool{}
	for range 2 {
		for _, i := range open(t).Issuers() {
			if seen[i.ID] || !strings.HasPrefix(i.ID, "did:key:z") {
				t.Error(i.Name, i.ID)
			}
			seen[i.ID] = true
		}
	}
}

func TestIssueRefuses(t *testing.T) {
	s := open(t)
	id := s.idOf(t, DefaultIssuer)
	good := sample(contextV2, id, "")
	for name, c := range map[string]struct {
		issuer, body string
		status       int
		kind         string
	}{
		"no such issuer":         {"other", `{}`, statusNotFound, noType},
		"not JSON":               {DefaultIssuer, `{"credential":{},"credential":{}}`, statusBadRequest, parsingError},
		"no credential":          {DefaultIssuer, `{"verifiableCredential":` + good + `}`, statusBadRequest, malformedError},
		"a list":                 {DefaultIssuer, `{"credential":[` + good + `]}`, statusBadRequest, malformedError},
		"options a list":         {DefaultIssuer, `{"credential":` + good + `,"options":[]}`, statusBadRequest, malformedError},
		"somebody else":          {DefaultIssuer, `{"credential":` + sample(contextV2, "did:web:college.example", "") + `}`, statusBadRequest, malformedError},
		"another of the keys":    {DefaultIssuer, `{"credential":` + sample(contextV2, s.idOf(t, statusIssuer), "") + `}`, statusBadRequest, malformedError},
		"undefined term":         {DefaultIssuer, `{"credential":` + sample(contextV1, id, `,"nickname":"x"`) + `}`, statusBadRequest, lossError},
		"unknown context":        {DefaultIssuer, `{"credential":` + strings.Replace(good, "examples/v2", "examples/v9", 1) + `}`, statusUndecided, malformedError},
		"empty subject":          {DefaultIssuer, `{"credential":` + strings.Replace(good, `{"id":"did:example:1"}`, "{}", 1) + `}`, statusBadRequest, malformedError},
		"wrong digest":           {DefaultIssuer, `{"credential":` + sample(contextV2, id, `,"relatedResource":{"id":"https://www.w3.org/ns/credentials/v2","digestSRI":"sha256-AAAA"}`) + `}`, statusBadRequest, malformedError},
		"1.1 in an envelope":     {"vc-jwt", `{"credential":` + sample(contextV1, s.idOf(t, "vc-jwt"), "") + `}`, statusBadRequest, malformedError},
		"pointer to nothing":     {proof.ECDSASD2023, `{"credential":` + sample(contextV2, s.idOf(t, proof.ECDSASD2023), "") + `,"options":{"mandatoryPointers":["/nothing"]}}`, statusBadRequest, generationError},
		"pointers not a list":    {proof.ECDSASD2023, `{"credential":` + sample(contextV2, s.idOf(t, proof.ECDSASD2023), "") + `,"options":{"mandatoryPointers":"/issuer"}}`, statusBadRequest, malformedError},
		"status of another kind": {statusIssuer, `{"credential":` + sample(contextV1, s.idOf(t, statusIssuer), "") + `}`, statusBadRequest, lossError},
	} {
		t.Run(name, func(t *testing.T) {
			a := s.Issue(t.Context(), c.issuer, []byte(c.body))
			var p problem
			if err := json.Unmarshal(a.Body, &p); err != nil || a.Status != c.status || p.Status != c.status || p.Type != c.kind || !a.Problem || p.Detail == "" {
				t.Errorf("%d %s %v", a.Status, a.Body, err)
			}
		})
	}
}

func TestDeriveRefuses(t *testing.T) {
	s := open(t)
	issued := s.issueOne(t, DefaultIssuer, sample(contextV2, s.idOf(t, DefaultIssuer), ""), "{}")
	for name, body := range map[string]string{
		"a token":    `{"verifiableCredential":"eyJ.a.b"}`,
		"other kind": string(about(t, "verifiableCredential", issued, `{"selectivePointers":["/issuer"]}`)),
		"pointers":   string(about(t, "verifiableCredential", issued, `{"selectivePointers":[1]}`)),
	} {
		if a := s.Derive(t.Context(), []byte(body)); a.Status != statusBadRequest || !a.Problem {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
}

// TestVerifyRefuses: what is wrong is 400, what cannot be judged 422, and never 200.
func TestVerifyRefuses(t *testing.T) {
	s := open(t)
	id := s.idOf(t, DefaultIssuer)
	good := s.issueOne(t, DefaultIssuer, sample(contextV2, id, ""), "{}")
	text, err := vc.Marshal(good)
	if err != nil {
		t.Fatal(err)
	}
	quoted, err := json.Marshal(string(text))
	if err != nil {
		t.Fatal(err)
	}
	expired := s.issueOne(t, DefaultIssuer, sample(contextV2, id, `,"validUntil":"2026-01-01T00:00:00Z"`), "{}")
	with := func(name string, v any) map[string]any {
		tree := maps.Clone(good)
		if tree[name] = v; v == nil {
			delete(tree, name)
		}
		return tree
	}
	for name, c := range map[string]struct {
		body   []byte
		status int
		code   string
	}{
		"text of JSON":       {[]byte(`{"verifiableCredential":` + string(quoted) + `}`), statusBadRequest, ""},
		"null":               {[]byte(`{"verifiableCredential":null}`), statusBadRequest, ""},
		"unknown member":     {[]byte(`{"verifiableCredential":` + string(text) + `,"more":1}`), statusBadRequest, ""},
		"no proof":           {about(t, "verifiableCredential", with("proof", nil), "{}"), statusBadRequest, "proof-missing"},
		"empty proofs":       {about(t, "verifiableCredential", with("proof", []any{}), "{}"), statusBadRequest, "proof-missing"},
		"other issuer":       {about(t, "verifiableCredential", with("issuer", "https://vc.example/issuers/5678"), `{"checks":["proof"]}`), statusBadRequest, ""},
		"a presentation":     {about(t, "verifiableCredential", with("type", "VerifiablePresentation"), "{}"), statusBadRequest, ""},
		"unknown context":    {about(t, "verifiableCredential", with("@context", []any{"https://www.w3.org/ns/credentials/v2", "https://a.example"}), "{}"), statusUndecided, "context-unknown"},
		"expired":            {about(t, "verifiableCredential", expired, "{}"), statusBadRequest, "validity-expired"},
		"challenge a number": {about(t, "verifiableCredential", good, `{"challenge":1}`), statusBadRequest, ""},
		"other challenge":    {about(t, "verifiableCredential", good, `{"challenge":"x"}`), statusBadRequest, "proof-not-for-you"},
		"checks not a list":  {about(t, "verifiableCredential", good, `{"checks":"proof"}`), statusBadRequest, ""},
	} {
		t.Run(name, func(t *testing.T) { wants(t, s.Verify(t.Context(), c.body), c.status, c.code) })
	}
	wants(t, s.Verify(t.Context(), about(t, "verifiableCredential", expired, `{"checks":["proof"]}`)), statusOK, "validity-expired")
	wants(t, s.VerifyPresentation(t.Context(), about(t, "verifiablePresentation", good, "{}")), statusBadRequest, "")
}

// TestSigner: a good proof by another key than the issuer's verifies nothing, whatever the
// caller leaves to itself.
func TestSigner(t *testing.T) {
	s := open(t)
	mallory, _ := s.issuer(statusIssuer)
	prepared, err := vc.Prepare(json.RawMessage(sample(contextV2, s.idOf(t, DefaultIssuer), "")))
	if err != nil {
		t.Fatal(err)
	}
	signed, err := proof.Sign(t.Context(), s.processor, prepared, mallory.signer, testNow)
	if err != nil {
		t.Fatal(err)
	}
	wants(t, s.Verify(t.Context(), []byte(`{"verifiableCredential":`+string(signed)+`,"options":{"checks":["proof"]}}`)), statusBadRequest, "issuer-mismatch")
}

func (s *Service) present(t testing.TB, credentials ...any) []byte {
	t.Helper()
	holder, _ := s.issuer(DefaultIssuer)
	prepared, err := vc.PreparePresentation(map[string]any{
		"@context": []string{"https://www.w3.org/ns/credentials/v2"}, "type": []string{"VerifiablePresentation"},
		"holder": holder.ID, "verifiableCredential": append([]any{}, credentials...),
	})
	if err != nil {
		t.Fatal(err)
	}
	signed, err := proof.SignWith(t.Context(), s.processor, prepared, holder.signer, proof.Options{
		Created: testNow, Purpose: proof.Authentication, Challenge: "c-1", Domain: []string{"employer.example"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func TestPresentations(t *testing.T) {
	s := open(t)
	id := s.idOf(t, DefaultIssuer)
	good := s.issueOne(t, DefaultIssuer, sample(contextV2, id, ""), "{}")
	expired := s.issueOne(t, DefaultIssuer, sample(contextV2, id, `,"validUntil":"2026-01-01T00:00:00Z"`), "{}")
	ask := func(presentation []byte, options string) Answer {
		return s.VerifyPresentation(t.Context(), []byte(`{"verifiablePresentation":`+string(presentation)+`,"options":`+options+`}`))
	}
	asked := `{"challenge":"c-1","domain":"employer.example"}`
	wants(t, ask(s.present(t, good), asked), statusOK, "credentials-ok")
	wants(t, ask(s.present(t), asked), statusOK, "proof-ok")
	wants(t, ask(s.present(t, good), `{"challenge":"c-2"}`), statusBadRequest, "proof-not-for-you")
	wants(t, ask(s.present(t, good), `{"domain":"other.example"}`), statusBadRequest, "proof-not-for-you")
	for _, options := range []string{asked, `{"challenge":"c-1","checks":["proof"]}`} {
		wants(t, ask(s.present(t, good, expired), options), statusBadRequest, "credentials-invalid")
	}
	var tree map[string]any
	if err := json.Unmarshal(s.present(t, good), &tree); err != nil {
		t.Fatal(err)
	}
	delete(tree, "proof")
	wants(t, s.VerifyPresentation(t.Context(), about(t, "verifiablePresentation", tree, "{}")), statusBadRequest, "proof-missing")
}

// TestStatusList: the list verifies as a credential, and each credential has an index of its
// own.
func TestStatusList(t *testing.T) {
	s := open(t)
	wants(t, s.Verify(t.Context(), []byte(`{"verifiableCredential":`+string(s.StatusList())+`}`)), statusOK, "proof-ok")
	seen := map[string]bool{}
	for range 20 {
		issued := s.issueOne(t, statusIssuer, sample(contextV2, s.idOf(t, statusIssuer), ""), "{}")
		entry := issued["credentialStatus"].(map[string]any)
		index := entry["statusListIndex"].(string)
		if seen[index] || entry["statusListCredential"] != testBase+StatusPath {
			t.Error(entry)
		}
		seen[index] = true
		wants(t, s.Verify(t.Context(), about(t, "verifiableCredential", issued, `{"checks":["proof","credentialStatus"]}`)), statusOK, "status-ok")
	}
	issued := s.issueOne(t, statusIssuer, sample(contextV2, s.idOf(t, statusIssuer),
		`,"credentialStatus":{"id":"urn:uuid:2","type":"ExampleStatus"}`), "{}")
	wants(t, s.Verify(t.Context(), about(t, "verifiableCredential", issued, "{}")), statusUndecided, "status-unsupported")
	wants(t, s.Verify(t.Context(), about(t, "verifiableCredential", issued, `{"checks":["proof","credentialStatus"]}`)), statusUndecided, "status-unsupported")
	for len(s.list.taken) < room {
		s.list.taken[-len(s.list.taken)] = true
	}
	if a := s.Issue(t.Context(), statusIssuer, []byte(`{"credential":`+sample(contextV2, s.idOf(t, statusIssuer), "")+`}`)); a.Status != statusUnavailable {
		t.Errorf("%d %s", a.Status, a.Body)
	}
}

func TestResources(t *testing.T) {
	const v2 = "https://www.w3.org/ns/credentials/v2"
	for name, c := range map[string]struct {
		resource map[string]any
		ok       bool
	}{
		"newest":             {map[string]any{"id": v2, "digestMultibase": "uEiBZlVztZpfWHgPyslVv6-UwirFoQoRvW1htfx963sknNA"}, true},
		"another":            {map[string]any{"id": v2, "digestMultibase": "uEiBZlVztZpfWHgPyslVv6-UwirFoQoRvW1htfx963sknNQ"}, false},
		"earlier edition":    {map[string]any{"id": v2, "digestSRI": "sha384-NSOcNpmdIVUxIJGvGUoe22FjTWrXiaXlsZ8q6912LdnR3KraQO2n75Ica4wK4Qeg"}, true},
		"earlier, no header": {map[string]any{"id": v2, "digestMultibase": "uJKGMkOmFbVJhEfKTduMC2XCyvRAYLjOVmZWwIH1wQ7k"}, true},
		"one of two wrong": {map[string]any{"id": v2, "digestSRI": []any{
			"sha384-NSOcNpmdIVUxIJGvGUoe22FjTWrXiaXlsZ8q6912LdnR3KraQO2n75Ica4wK4Qeg", "sha256-AAAA"}}, false},
		"not base64":    {map[string]any{"id": v2, "digestSRI": "sha384-_rCVIV7"}, false},
		"not multibase": {map[string]any{"id": v2, "digestMultibase": "JKGMkOm"}, false},
		"not held here": {map[string]any{"id": "https://a.example/x", "digestSRI": "sha256-AAAA"}, true},
	} {
		if err := checkResources(strictjson.Of(map[string]any{"relatedResource": []any{c.resource}})); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestProblemOfEveryCode: each has a type and a title.
func TestProblemOfEveryCode(t *testing.T) {
	for _, code := range verifier.Codes() {
		id, _, _ := strings.Cut(code, "-")
		if p := problemOf(verifier.Check{ID: id, Code: code}); p.Type == "" || p.Title == "" {
			t.Errorf("%s: %+v", code, p)
		}
	}
	for code := range typeOfCode {
		if !strings.Contains(strings.Join(verifier.Codes(), " "), code) {
			t.Error("no such code", code)
		}
	}
}

// FuzzReadCall: a body is refused, or what it is about reads the same when it is written
// again.
func FuzzReadCall(f *testing.F) {
	f.Add([]byte(`{"credential":` + sample(contextV2, "did:example:1", "") + `,"options":{"checks":["proof"],"challenge":"x"}}`))
	f.Add([]byte(`{"credential":"eyJ.a.b","options":null}`))
	f.Add([]byte(`{"credential":{"n":1e2},"options":{"mandatoryPointers":["/a"]}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		c, err := readCall(body, "credential")
		if err != nil {
			return
		}
		if c.object.Present() == (c.text != "") {
			t.Fatal("neither one nor the other")
		}
		raw, err := c.bytes()
		if err != nil {
			t.Fatal(err)
		}
		if !c.object.Present() {
			raw, _ = json.Marshal(string(raw))
		}
		again, err := readCall([]byte(`{"credential":`+string(raw)+`}`), "credential")
		if err != nil {
			t.Fatal(err)
		}
		second, _ := again.bytes()
		if first, _ := c.bytes(); string(first) != string(second) {
			t.Fatalf("%s became %s", first, second)
		}
		c.option("challenge")
		c.texts("checks")
	})
}
