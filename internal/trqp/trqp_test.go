package trqp

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"laurel/internal/needs"
	"laurel/registry"
)

const (
	authority = "did:web:registry.example"
	college   = "did:web:college.example"
	key       = "0123456789012345678901234567890123456789012"
)

var now = time.Date(2026, 6, 2, 12, 0, 0, 0, time.UTC)

func day(text string) time.Time {
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return at
}

func entry(id, did string) *registry.Entry {
	return &registry.Entry{
		ID: registry.EntityPrefix + id, Names: []registry.Name{{Text: "Sample " + id}},
		Bindings: []registry.Binding{{
			DID: did, Period: registry.Period{From: day("2019-01-01")}, Keys: []registry.PinnedKey{{Thumbprint: key}},
			Evidence: []registry.Evidence{{Strength: registry.Mutual, Kind: "dns"}, {Strength: registry.Registered, Kind: "challenge"}},
		}},
		Grants: []registry.Grant{{
			ID: "g-1", By: registry.ByRegistry, Class: registry.GrantedByRegistry,
			Period: registry.Period{From: day("2020-01-01"), Until: day("2027-01-01")},
			Scope:  registry.Scope{Awards: []string{registry.Microcredential}, Levels: []int{5, 6}, Jurisdictions: []string{"ES"}},
		}},
	}
}

func snapshot(t testing.TB) *registry.Snapshot {
	t.Helper()
	suspended, keyless := entry("b", "did:web:suspended.example"), entry("c", "did:web:keyless.example")
	suspended.Marks = []registry.Mark{{Kind: registry.Suspension, Period: registry.Period{From: day("2026-01-01")}, Event: "ev-1"}}
	keyless.Bindings[0].Keys = nil
	rotated, soon := entry("e", "did:web:rotated.example"), entry("f", "did:web:soon.example")
	rotated.Bindings[0].Keys[0].Until = day("2025-01-01")
	soon.Grants[0].From = now.Add(30 * time.Second)
	mill := &registry.Entry{ID: registry.EntityPrefix + "d", Blocked: []string{"mill.example"},
		Marks: []registry.Mark{{Kind: registry.Blacklisting, Period: registry.Period{From: day("2025-01-01")}, Event: "ev-2"}}}
	meta := registry.Meta{Name: "Sample", Version: 7, Issued: now.Add(-time.Hour), Fresh: now.Add(24 * time.Hour), Expires: now.Add(96 * time.Hour)}
	s, err := registry.Of(meta, entry("a", college), suspended, keyless, mill, rotated, soon)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var config = Config{
	Authority: authority,
	Recognised: []Authority{
		{ID: "did:web:other.example", Resources: []string{Resource(registry.Degree, 6)}, Period: registry.Period{Until: day("2026-12-31")}},
		{ID: "did:web:any.example"},
	},
	Verdict: func(q registry.Query) string { return "https://registry.example/verdict?issuer=" + q.Issuer },
}

// good is a request that is answered with true.
func good() map[string]any {
	return map[string]any{"entity_id": college, "authority_id": authority, "action": "issue", "resource": Resource(registry.Microcredential, 6)}
}

type change = func(map[string]any)

func set(name string, value any) change { return func(m map[string]any) { m[name] = value } }
func without(name string) change        { return func(m map[string]any) { delete(m, name) } }
func context(pairs ...any) change {
	c := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		c[pairs[i].(string)] = pairs[i+1]
	}
	return set("context", c)
}

type expectation struct {
	change change
	status int
	yes    bool
}

var authorizations = map[string]expectation{
	"nothing changed":           {func(map[string]any) {}, 200, true},
	"host in capitals":          {set("entity_id", "did:web:College.example"), 200, true},
	"another level":             {set("resource", Resource(registry.Microcredential, 7)), 200, false},
	"another award":             {set("resource", Resource(registry.Degree, 6)), 200, false},
	"suspended":                 {set("entity_id", "did:web:suspended.example"), 200, false},
	"no key is pinned":          {set("entity_id", "did:web:keyless.example"), 200, false},
	"warned of":                 {set("entity_id", "did:web:mill.example"), 200, false},
	"in the country":            {context("jurisdiction", "ES"), 200, true},
	"in another country":        {context("jurisdiction", "PT"), 200, false},
	"a programme":               {context("programme", "agency:1"), 200, true},
	"unknown context":           {context("purpose", "study", "locator", "x"), 200, true},
	"before the grant":          {context("time", "2019-06-01T00:00:00Z"), 200, false},
	"within the grant":          {context("time", "2021-06-01T00:00:00.5Z"), 200, true},
	"just now, by a fast clock": {context("time", "2026-06-02T12:01:00Z"), 200, true},
	"before the suspension": {func(m map[string]any) {
		set("entity_id", "did:web:suspended.example")(m)
		context("time", "2025-06-01T00:00:00Z")(m)
	}, 200, true},
	"members that nobody knows": {set("x", 1), 200, true},
	"another authority":         {set("authority_id", "did:web:other.example"), 404, false},
	"another action":            {set("action", "verify"), 404, false},
	"another resource":          {set("resource", "urn:obtr:award:diploma:eqf:6"), 404, false},
	"a level that is none":      {set("resource", "urn:obtr:award:degree:eqf:9"), 404, false},
	"a level of two digits":     {set("resource", "urn:obtr:award:degree:eqf:66"), 404, false},
	"another entity":            {set("entity_id", "did:web:nobody.example"), 404, false},
	"a path of the entity":      {set("entity_id", college+":x"), 404, false},
	"the key has ended":         {set("entity_id", "did:web:rotated.example"), 200, false},
	"while the key was its": {func(m map[string]any) {
		set("entity_id", "did:web:rotated.example")(m)
		context("time", "2024-06-01T00:00:00Z")(m)
	}, 200, true},
	"a grant to come, by a fast clock": {func(m map[string]any) {
		set("entity_id", "did:web:soon.example")(m)
		context("time", "2026-06-02T12:01:00Z")(m)
	}, 200, false},
	"no entity":                    {without("entity_id"), 400, false},
	"no authority":                 {without("authority_id"), 400, false},
	"no action":                    {without("action"), 400, false},
	"no resource":                  {without("resource"), 400, false},
	"an empty entity":              {set("entity_id", ""), 400, false},
	"entity is a number":           {set("entity_id", 1), 400, false},
	"entity with a blank":          {set("entity_id", "did:web:college example"), 400, false},
	"entity with a line end":       {set("entity_id", college+"\n"), 400, false},
	"entity with a loose percent":  {set("entity_id", college+"%3"), 400, false},
	"entity not ASCII":             {set("entity_id", "did:web:collège.example"), 400, false},
	"entity too long":              {set("entity_id", strings.Repeat("a", maxText+1)), 400, false},
	"context is a list":            {set("context", []string{"x"}), 400, false},
	"context is null":              {set("context", nil), 400, false},
	"context with a number":        {context("level", 6), 400, false},
	"time with an offset":          {context("time", "2021-06-01T00:00:00+00:00"), 400, false},
	"time with a small z":          {context("time", "2021-06-01T00:00:00z"), 400, false},
	"time without a zone":          {context("time", "2021-06-01T00:00:00"), 400, false},
	"a day":                        {context("time", "2021-06-01"), 400, false},
	"time with a comma":            {context("time", "2021-06-01T00:00:00,5Z"), 400, false},
	"an empty time":                {context("time", ""), 400, false},
	"in the future":                {context("time", "2026-06-03T00:00:00Z"), 400, false},
	"context time of another kind": {context("time", 1), 400, false},
}

// TestAuthorization puts one change to a good request.
func TestAuthorization(t *testing.T) {
	s := snapshot(t)
	check(t, authorizations, "authorized", func(body []byte) Reply { return config.Authorization(body, s, now) })
}

// TestSchemas holds requests that are answered, and the answers, to the published schemas.
func TestSchemas(t *testing.T) {
	s := snapshot(t)
	for kind, c := range map[string]struct {
		cases map[string]expectation
		ask   func([]byte) Reply
	}{
		"authorization": {authorizations, func(body []byte) Reply { return config.Authorization(body, s, now) }},
		"recognition":   {recognitions(), func(body []byte) Reply { return config.Recognition(body, s, now) }},
	} {
		request, response := schema(t, kind+"_request"), schema(t, kind+"_response")
		for name, of := range c.cases {
			m := good()
			of.change(m)
			body, err := json.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			if r := c.ask(body); r.Status == 200 {
				holds(t, name, request, body)
				holds(t, name, response, r.Body)
			}
		}
	}
}

// recognitions are requests about other authorities.
func recognitions() map[string]expectation {
	other := func(changes ...change) change {
		return func(m map[string]any) {
			m["entity_id"], m["resource"] = "did:web:other.example", Resource(registry.Degree, 6)
			for _, c := range changes {
				c(m)
			}
		}
	}
	return map[string]expectation{
		"recognised":           {other(), 200, true},
		"for all":              {other(set("entity_id", "did:web:any.example")), 200, true},
		"another resource":     {other(set("resource", Resource(registry.Degree, 7))), 200, false},
		"in time":              {other(context("time", "2026-01-01T00:00:00Z")), 200, true},
		"an issuer":            {other(set("entity_id", college)), 404, false},
		"an unknown resource":  {other(set("resource", "urn:x:y")), 404, false},
		"an unknown action":    {other(set("action", "recognize")), 404, false},
		"an unknown authority": {other(set("authority_id", "did:web:other.example")), 404, false},
		"no resource":          {other(without("resource")), 400, false},
	}
}

func TestRecognition(t *testing.T) {
	s := snapshot(t)
	check(t, recognitions(), "recognized", func(body []byte) Reply { return config.Recognition(body, s, now) })
	ended := config
	ended.Recognised = []Authority{{ID: "did:web:other.example", Period: registry.Period{Until: now}}}
	body, _ := json.Marshal(good())
	body = bytes.Replace(body, []byte(college), []byte("did:web:other.example"), 1)
	if r := ended.Recognition(body, s, now); r.Status != 200 || !strings.Contains(string(r.Body), `"recognized":false`) {
		t.Errorf("%d %s", r.Status, r.Body)
	}
}

func check(t *testing.T, cases map[string]expectation, member string, ask func([]byte) Reply) {
	for name, c := range cases {
		m := good()
		c.change(m)
		body, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		r := ask(body)
		if r.Status != c.status {
			t.Errorf("%s: %d %s", name, r.Status, r.Body)
			continue
		}
		var got map[string]any
		if err := json.Unmarshal(r.Body, &got); err != nil {
			t.Fatal(err)
		}
		if c.status != 200 {
			if r.Media != "application/problem+json" || got["status"] != float64(c.status) || got["detail"] == "" || got["title"] == nil {
				t.Errorf("%s: %s %s", name, r.Media, r.Body)
			}
			continue
		}
		if got[member] != c.yes {
			t.Errorf("%s: %s", name, r.Body)
		}
		for _, echoed := range []string{"entity_id", "authority_id", "action", "resource"} {
			if got[echoed] != m[echoed] {
				t.Errorf("%s: %s is %v", name, echoed, got[echoed])
			}
		}
		if fmt.Sprint(got["context"]) != fmt.Sprint(m["context"]) {
			t.Errorf("%s: the context came back as %v", name, got["context"])
		}
	}
}

func schema(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(needs.File(t, "trust", "trqp", "trqp_"+name+".schema.json")))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("https://trqp.example/"+name, document); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("https://trqp.example/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func holds(t *testing.T, name string, s *jsonschema.Schema, body []byte) {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(document); err != nil {
		t.Errorf("%s: %v", name, err)
	}
}

// TestExpired: what has expired never says yes, nor what is stale that it knows nobody.
func TestExpired(t *testing.T) {
	s := snapshot(t)
	for name, c := range authorizations {
		m := good()
		c.change(m)
		body, _ := json.Marshal(m)
		if r := config.Authorization(body, s, s.Expires); r.Status == 200 || c.yes && r.Status != 503 {
			t.Errorf("%s, expired: %d %s", name, r.Status, r.Body)
		}
		if r := config.Authorization(body, nil, now); r.Status == 200 {
			t.Errorf("%s, no registry: %d", name, r.Status)
		}
	}
	stale := s.Fresh.Add(time.Hour)
	for _, c := range []struct {
		entity string
		status int
	}{{college, 200}, {"did:web:nobody.example", 503}} {
		m := good()
		m["entity_id"] = c.entity
		body, _ := json.Marshal(m)
		if r := config.Authorization(body, s, stale); r.Status != c.status {
			t.Errorf("stale, %s: %d %s", c.entity, r.Status, r.Body)
		}
	}
	body, _ := json.Marshal(map[string]any{"entity_id": "did:web:any.example", "authority_id": authority, "action": "issue", "resource": Resource(registry.Degree, 6)})
	if r := config.Recognition(body, s, s.Expires); r.Status != 503 {
		t.Errorf("recognised by what has expired: %d", r.Status)
	}
}

func TestMessage(t *testing.T) {
	body, _ := json.Marshal(good())
	r := config.Authorization(body, snapshot(t), now)
	if want := `"message":"trusted; https://registry.example/verdict?issuer=did:web:college.example"`; !strings.Contains(string(r.Body), want) {
		t.Errorf("%s", r.Body)
	}
}

func TestNotStrict(t *testing.T) {
	for _, body := range []string{"", "[]", `{"entity_id":"a","entity_id":"b"}`, `{"Entity_ID":"a","authority_id":"a","action":"issue","resource":"x"}`,
		strings.Repeat(" ", MaxRequest+1), strings.Repeat("[", 100)} {
		if r := config.Authorization([]byte(body), snapshot(t), now); r.Status != 400 {
			t.Errorf("%.40q: %d", body, r.Status)
		}
	}
}

// FuzzRequest: whatever comes, the answer is one of the protocol's, and yes only for who is
// listed, in the authority's name.
func FuzzRequest(f *testing.F) {
	for _, name := range slices.Sorted(maps.Keys(authorizations)) {
		m := good()
		authorizations[name].change(m)
		body, _ := json.Marshal(m)
		f.Add(body)
	}
	s := snapshot(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		r := config.Authorization(body, s, now)
		var got map[string]any
		if err := json.Unmarshal(r.Body, &got); err != nil || !slices.Contains([]int{200, 400, 404, 503}, r.Status) {
			t.Fatalf("%d %s %v", r.Status, r.Body, err)
		}
		if got["authorized"] != true {
			return
		}
		at := now
		if text, asked := got["time_requested"].(string); asked {
			var err error
			if at, err = time.Parse(time.RFC3339, text); err != nil {
				t.Fatal(err)
			}
		}
		if got["authority_id"] != authority || got["action"] != "issue" || at.Before(now) && s.KeysOf(got["entity_id"].(string), at) == nil {
			t.Errorf("%s is authorized by %s", got["entity_id"], r.Body)
		}
	})
}
