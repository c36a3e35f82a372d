package web

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"laurel/internal/picture"
	"laurel/verifier"
)

// call sends a request to the API with the token, and holds the answer to the description.
func (w *college) call(d *described, method, path string, body []byte, headers ...string) reply {
	w.t.Helper()
	sent := []string{"Authorization", "Bearer " + w.token}
	if body != nil {
		sent = append(sent, "Content-Type", typeJSON)
	}
	for n := 0; n < len(headers); n += 2 { // a header given replaces the usual one
		if at := slices.Index(sent, headers[n]); at >= 0 {
			sent[at+1] = headers[n+1]
		} else {
			sent = append(sent, headers[n], headers[n+1])
		}
	}
	got := w.ask(method, apiRoot+path, body, sent...)
	d.judge(method, apiRoot+path, got)
	h := got.Header
	if h.Get("Set-Cookie") != "" || h.Get("Access-Control-Allow-Origin") != "" || h.Get("Cache-Control") != "no-store" {
		w.t.Errorf("%s %s: headers %v", method, path, h)
	}
	return got
}

// decoded reads the body of a successful answer.
func decoded[V any](t testing.TB, got reply, status int) V {
	t.Helper()
	var v V
	if got.StatusCode != status {
		t.Fatalf("%d, want %d: %s", got.StatusCode, status, got.body)
	}
	if err := json.Unmarshal(got.body, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// detail reads the problem that a refusal states.
func (w *college) detail(got reply, status int) string {
	w.t.Helper()
	problem := decoded[struct {
		Title, Detail string
		Status        int
	}](w.t, got, status)
	if problem.Status != status || problem.Title != http.StatusText(status) || got.Header.Get("Content-Type") != typeProblem {
		w.t.Errorf("%d %s", got.StatusCode, got.body)
	}
	return problem.Detail
}

func sampleResult(key string, more ...string) string {
	members := map[string]any{"key": key, "achievement": "food-hygiene", "email": "ada@students.college.example", "awardedAt": "2026-05-30T00:00:00Z"}
	for n := 0; n < len(more); n += 2 {
		members[more[n]] = json.RawMessage(more[n+1])
		if more[n+1] == "" {
			delete(members, more[n])
		}
	}
	text, err := json.Marshal(members)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// TestFullChain: catalogue, results, share link in every form, verification, revocation,
// verification again; by nothing but requests.
func TestFullChain(t *testing.T) {
	w := openCollege(t)
	d := readDescription(t, w)
	emblem := base64.StdEncoding.EncodeToString(must(picture.Emblem("welding"))(t))
	entry := `{"id":"welding","name":"Welding \"A\" <1>","description":"Joins metal.","criteria":{"narrative":"Weld."},"suspendable":true,` +
		`"image":"data:image/png;base64,` + emblem + `"}`
	decoded[achievementList](t, w.call(d, "POST", "/achievements", []byte(entry)), 200)
	outcome := decoded[outcomeList](t, w.call(d, "POST", "/results", []byte(sampleResult("r-1", "achievement", `"welding"`))), 200).Results[0]
	share := strings.TrimPrefix(outcome.ShareLink, testBase)

	verdict := func(want, code string) {
		t.Helper()
		for _, suffix := range []string{".json", ".jwt", ".png", ".svg"} {
			badge := w.fetch(share + suffix)
			report := w.verify(badge.body)
			if badge.StatusCode != 200 || report.Verdict.String() != want || !hasCode(report, code) {
				t.Errorf("%s %s: %d %v %+v", want, suffix, badge.StatusCode, report.Verdict, report.Checks)
			}
			link := fmt.Sprintf(`{"url":%q,"recipient":"ada@students.college.example"}`, outcome.ShareLink+suffix)
			asked := []string{link}
			switch suffix {
			case ".json":
				asked = append(asked, `{"credential":`+string(badge.body)+`}`)
			case ".jwt":
				asked = append(asked, fmt.Sprintf(`{"credential":%q}`, badge.body))
			}
			for _, body := range asked {
				got := decoded[struct {
					Verdict string
					Checks  []verifier.Check
				}](t, w.call(d, "POST", "/verify", []byte(body)), 200)
				if got.Verdict != want || !hasCode(&verifier.Report{Checks: got.Checks}, code) {
					t.Errorf("/verify %s: %+v", suffix, got)
				}
			}
		}
	}
	verdict("valid", "status-ok")
	reason := []byte(`{"reason":"A \"good\" one."}`)
	for _, step := range []struct{ act, state, verdict, code string }{
		{"suspend", "suspended", "invalid", "status-suspended"}, {"reinstate", "issued", "valid", "status-ok"},
		{"revoke", "revoked", "invalid", "status-revoked"}, {"revoke", "revoked", "invalid", "status-revoked"},
	} {
		award := decoded[awardRecord](t, w.call(d, "POST", "/awards/"+outcome.Award+"/"+step.act, reason), 200)
		if string(award.State) != step.state || award.Reason != `A "good" one.` || award.ShareLink != outcome.ShareLink {
			t.Errorf("%s: %+v", step.act, award)
		}
		verdict(step.verdict, step.code)
	}
	for _, act := range []string{"suspend", "reinstate"} {
		if detail := w.detail(w.call(d, "POST", "/awards/"+outcome.Award+"/"+act, reason), 409); detail == "" {
			t.Errorf("%s of a revoked award without a reason", act)
		}
	}
	if strings.Contains(w.log.String(), "students.college.example") || strings.Contains(w.log.String(), w.token) {
		t.Error("the log holds personal data or the token")
	}
}

func TestResultsOneByOne(t *testing.T) {
	w := openCollege(t)
	d := readDescription(t, w)
	first := decoded[outcomeList](t, w.call(d, "POST", "/results", []byte(sampleResult("r-1"))), 200)
	if first.Created != 1 || first.Results[0].Outcome != "created" || !strings.HasPrefix(first.Results[0].CredentialID, "urn:uuid:") {
		t.Errorf("%+v", first)
	}
	again := decoded[outcomeList](t, w.call(d, "POST", "/results", []byte(sampleResult("r-1"))), 200)
	if again.Existing != 1 || again.Results[0].Award != first.Results[0].Award || again.Results[0].ShareLink != first.Results[0].ShareLink {
		t.Errorf("sent twice: %+v", again)
	}
	cases := []struct{ text, outcome, field, reason string }{
		{sampleResult("r-2"), "created", "", ""},
		{sampleResult("r-1"), "existing", "", ""},
		{sampleResult("r-3", "email", `"not an address"`), "refused", "/email", "must have the format email"},
		{sampleResult("r-4", "colour", `"red"`, "Key", `1`), "refused", "/Key", "must not have a property named Key"},
		{sampleResult("r-5", "email", ""), "refused", "/email", "email is missing"},
		{sampleResult("r-6", "awardedAt", `"yesterday"`), "refused", "/awardedAt", "must have the format date-time"},
		{sampleResult("r-7", "awardedAt", `"2027-01-01T00:00:00Z"`), "refused", "", "in the future"},
		{sampleResult("r-8", "achievement", `"alchemy"`), "refused", "/achievement", "import it first"},
		{sampleResult("r-1", "email", `"lin@students.college.example"`), "refused", "/key", "another learner"},
		{sampleResult("r-9", "values", `{"score":92}`), "refused", "/values/score", "score must be text, not a number"},
		{sampleResult("r-10", "values", `{"height":"2"}`), "refused", "", "names no result description"},
		{sampleResult("r-11", "evidence", `[{"id":"https://college.example/e","type":["Evidence"]}]`), "refused", "/evidence/0/type", "entry 1 of evidence must not have a property named type"},
		{sampleResult("r-12", "validUntil", `"2026-01-01T00:00:00Z"`), "refused", "", "ends before"},
		{sampleResult("r-13", "awardedAt", `"2016-12-31T23:59:60Z"`), "refused", "", "cannot be read"},
		{`"r-14"`, "refused", "", "the value must be an object, not text"},
		{sampleResult("r-2"), "existing", "", ""},
	}
	var texts []string
	for _, c := range cases {
		texts = append(texts, c.text)
	}
	list := decoded[outcomeList](t, w.call(d, "POST", "/results", []byte("["+strings.Join(texts, ",")+"]")), 207)
	if list.Created != 1 || list.Existing != 2 || list.Refused != len(cases)-3 || len(list.Results) != len(cases) {
		t.Fatalf("%+v", list)
	}
	for n, c := range cases {
		got := list.Results[n]
		if got.Outcome != c.outcome || got.Field != c.field || !strings.Contains(got.Reason, c.reason) || (got.Award == "") != (c.outcome == "refused") {
			t.Errorf("%s\n%+v", c.text, got)
		}
	}
	if count := len(must(w.issuer.Awards(t.Context(), "", 100))(t)); count != 2 {
		t.Errorf("%d awards, want 2", count)
	}
}

func TestBodiesRefused(t *testing.T) {
	w := openCollege(t)
	d := readDescription(t, w)
	many := "[" + strings.Repeat("{},", 1000) + "{}]"
	cases := []struct {
		name, path, body string
		status           int
		detail           string
		headers          []string
	}{
		{"empty", "/results", "", 400, "not strict JSON", nil},
		{"not JSON", "/results", "{", 400, "not strict JSON", nil},
		{"duplicate member", "/results", `{"key":"a","key":"b"}`, 400, "twice", nil},
		{"duplicate by escape", "/verify", `{"url":"a","\u0075rl":"b"}`, 400, "twice", nil},
		{"not UTF-8", "/results", "{\"key\":\"\xff\"}", 400, "UTF-8", nil},
		{"two values", "/results", `{}{}`, 400, "after the end", nil},
		{"too deep", "/results", strings.Repeat("[", 100) + strings.Repeat("]", 100), 400, "deeper", nil},
		{"empty list", "/results", `[]`, 400, "1 to 1000", nil},
		{"too many", "/results", many, 400, "a list of 1001", nil},
		{"too large", "/results", `{"key":"` + strings.Repeat("a", maxBody) + `"}`, 413, "send less", nil},
		{"form", "/results", `key=1`, 415, "send Content-Type: application/json", []string{"Content-Type", "application/x-www-form-urlencoded"}},
		{"no type", "/results", `{}`, 415, "send Content-Type: application/json", []string{"Content-Type", ""}},
		{"UTF-16", "/results", `{}`, 415, "UTF-8", []string{"Content-Type", "application/json; charset=utf-16"}},
		{"compressed", "/results", `{}`, 415, "uncompressed", []string{"Content-Encoding", "gzip"}},
		{"list where one is taken", "/verify", `[{"url":"https://a.example"}]`, 400, "must be an object, not a list", nil},
		{"nothing to verify", "/verify", `{}`, 400, "alternatives", nil},
		{"two things to verify", "/verify", `{"url":"https://a.example","credential":{}}`, 400, "alternatives", nil},
		{"unknown member", "/verify", `{"url":"https://a.example","registry":"x"}`, 400, "/registry: the value must not have", nil},
		{"two unknown members", "/awards/00000000-0000-4000-8000-000000000000/revoke", `{"reason":"x","b":1,"a":2}`, 400, "/a: the value must not have a property named a; /b: the value must not", nil},
		{"other case", "/verify", `{"URL":"https://a.example"}`, 400, "/URL: ", nil},
		{"achievement lacks", "/achievements", `[{"id":"a","name":"A","description":"A"}]`, 400, "item 1 of the body: /criteria: criteria is missing", nil},
		{"achievement unknown", "/achievements", `{"id":"a","name":"A","description":"A","criteria":{"narrative":"A","by":1}}`, 400, "/criteria/by: criteria must not have a property named by", nil},
		{"achievement file", "/achievements", `{"id":"a","name":"A","description":"A","criteria":{"narrative":"A"},"image":"/etc/passwd"}`, 400, "/image: image must match the pattern", nil},
		{"achievement picture", "/achievements", `{"id":"a","name":"A","description":"A","criteria":{"narrative":"A"},"image":"data:image/png;base64,AAAA"}`, 400, "not a PNG", nil},
		{"achievement twice", "/achievements", strings.Replace(`[X,X]`, "X", `{"id":"a","name":"A","description":"A","criteria":{"narrative":"A"}}`, 2), 400, "stands twice", nil},
		{"no reason", "/awards/00000000-0000-4000-8000-000000000000/revoke", `{}`, 400, "/reason: reason is missing", nil},
		{"no award", "/awards/00000000-0000-4000-8000-000000000000/revoke", `{"reason":"x"}`, 404, "no award has this id", nil},
		{"no id", "/awards/urn:uuid:x/revoke", `{"reason":"x"}`, 404, "no award has this id", nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := w.call(d, "POST", c.path, []byte(c.body), c.headers...)
			if detail := w.detail(got, c.status); !strings.Contains(detail, c.detail) {
				t.Errorf("detail %q", detail)
			}
		})
	}
	if got := w.call(d, "POST", "/results", []byte(sampleResult("r-1")), "Content-Type", "Application/JSON;charset=UTF-8"); got.StatusCode != 200 {
		t.Errorf("%d %s", got.StatusCode, got.body)
	}
}

// TestTokenIsAsked: without a good token every operation but the description refuses,
// before it looks at anything.
func TestTokenIsAsked(t *testing.T) {
	w := openCollege(t)
	d := readDescription(t, w)
	good, other := "Bearer "+w.token, w.token[:len(w.token)-1]+"_"
	for _, op := range operations() {
		path := strings.NewReplacer("{key}", "food-hygiene", "{id}", "00000000-0000-4000-8000-000000000000").Replace(op.path)
		if op.open {
			continue
		}
		for value, challenge := range map[string]string{
			"":                                   `Bearer realm="laurel"`,
			"Basic " + w.token:                   `Bearer realm="laurel"`,
			w.token:                              `Bearer realm="laurel"`,
			"Bearer":                             `Bearer realm="laurel", error="invalid_token"`,
			"Bearer " + other:                    `Bearer realm="laurel", error="invalid_token"`,
			good + "x":                           `Bearer realm="laurel", error="invalid_token"`,
			"Bearer  " + w.token:                 `Bearer realm="laurel", error="invalid_token"`,
			"Bearer " + strings.Repeat("a", 300): `Bearer realm="laurel"`,
		} {
			got := w.call(d, op.method, path, []byte("{"), "Authorization", value)
			if detail := w.detail(got, 401); !strings.Contains(detail, "send the header Authorization: Bearer") {
				t.Errorf("detail %q", detail)
			}
			if got.Header.Get("WWW-Authenticate") != challenge {
				t.Errorf("%s %q: %q", op.name, value, got.Header.Get("WWW-Authenticate"))
			}
		}
		twice := w.ask(op.method, apiRoot+path, nil, "Authorization", good, "Authorization", good)
		if twice.StatusCode != 401 {
			t.Errorf("%s with two headers: %d", op.name, twice.StatusCode)
		}
		if in := w.ask(op.method, apiRoot+path+"?access_token="+w.token, nil); in.StatusCode != 401 {
			t.Errorf("%s with the token in the address: %d", op.name, in.StatusCode)
		}
	}
	if got := w.call(d, "GET", "/profile", nil, "Authorization", "bearer "+w.token); got.StatusCode != 200 {
		t.Errorf("the scheme in small letters: %d", got.StatusCode)
	}
	tokens := must(w.issuer.AccessTokens(t.Context()))(t)
	w.must(w.issuer.RemoveAccessToken(t.Context(), tokens[0].ID))
	w.detail(w.call(d, "GET", "/profile", nil), 401)
}

func TestAwardPages(t *testing.T) {
	w := openCollege(t)
	d := readDescription(t, w)
	empty := w.call(d, "GET", "/awards", nil)
	if string(empty.body) != `{"awards":[]}`+"\n" || empty.Header.Get("Link") != "" {
		t.Errorf("%s", empty.body)
	}
	want := map[string]bool{}
	for range 5 {
		want[w.award().ID] = true
	}
	got := map[string]bool{}
	path, pages := "/awards?limit=2", 0
	for path != "" {
		page := w.call(d, "GET", path, nil)
		list := decoded[struct {
			Awards []awardRecord
			Next   string
		}](t, page, 200)
		for _, a := range list.Awards {
			got[a.ID] = true
			if a.Email != "ada@students.college.example" || a.State != "issued" || a.IssuedAt == "" {
				t.Errorf("%+v", a)
			}
		}
		pages++
		link := page.Header.Get("Link")
		if (link == "") != (list.Next == "") || !strings.Contains(link, list.Next) {
			t.Fatalf("Link %q, next %q", link, list.Next)
		}
		path, _, _ = strings.Cut(strings.TrimPrefix(link, "<"+testBase+apiRoot), ">; rel=\"next\"")
	}
	if pages != 3 || !maps.Equal(got, want) {
		t.Errorf("%d pages, %d awards", pages, len(got))
	}
	for _, query := range []string{"limit=0", "limit=1001", "limit=x", "limit=", "limit=1e2", "limit=2&limit=3", "after=x", "offset=2", "state=revoked"} {
		if detail := w.detail(w.call(d, "GET", "/awards?"+query, nil), 400); !strings.Contains(detail, query[:5]) {
			t.Errorf("%s: %q", query, detail)
		}
	}
}

// TestUnknownParameters: a misspelt parameter is refused, not ignored.
func TestUnknownParameters(t *testing.T) {
	w := openCollege(t)
	d := readDescription(t, w)
	id := w.award().ID
	for _, op := range operations() {
		path := strings.NewReplacer("{key}", "food-hygiene", "{id}", id).Replace(op.path)
		if detail := w.detail(w.call(d, op.method, path+"?limitt=1", []byte(op.example)), 400); !strings.Contains(detail, `no parameter "limitt"`) {
			t.Errorf("%s: %q", op.name, detail)
		}
	}
}

func TestReading(t *testing.T) {
	w := openCollege(t)
	d := readDescription(t, w)
	award := w.award()
	read := decoded[awardRecord](t, w.call(d, "GET", "/awards/"+award.ID, nil), 200)
	if read.CredentialID != award.CredentialID() || read.Key != award.Result.Key || read.Name != "Ada Sample" || read.ValidUntil != "2029-05-30T00:00:00Z" {
		t.Errorf("%+v", read)
	}
	for _, path := range []string{"/awards/00000000-0000-4000-8000-000000000000", "/awards/" + award.ShareToken, "/achievements/none", "/achievements/..", "/achievements/food-hygiene.json"} {
		w.detail(w.call(d, "GET", path, nil), 404)
	}
	list := decoded[achievementList](t, w.call(d, "GET", "/achievements", nil), 200)
	if len(list.Achievements) != 2 || list.Achievements[1].Key != "food-hygiene" || !list.Achievements[1].Suspendable {
		t.Errorf("%+v", list)
	}
	one := decoded[struct {
		Summary  achievementSummary
		Document map[string]any
	}](t, w.call(d, "GET", "/achievements/food-hygiene", nil), 200)
	if one.Summary != list.Achievements[1] || one.Document["id"] != one.Summary.URL {
		t.Errorf("%+v", one)
	}
	profile := decoded[map[string]any](t, w.call(d, "GET", "/profile", nil), 200)
	if profile["id"] != "did:web:badges.college.example" {
		t.Errorf("%v", profile)
	}
	for _, path := range []string{"/api/v1", "/api/v1/", "/api/v1/none", "/api/v2/profile"} {
		if got := w.fetch(path); got.StatusCode != 404 || got.Header.Get("Content-Type") != typeProblem {
			t.Errorf("%s: %d", path, got.StatusCode)
		}
	}
	other := w.ask("DELETE", "/api/v1/profile", nil, "Authorization", "Bearer "+w.token)
	if detail := w.detail(other, 405); !strings.Contains(detail, "Allow") || !strings.Contains(other.Header.Get("Allow"), "GET") {
		t.Errorf("%q, Allow: %q", detail, other.Header.Get("Allow"))
	}
	for _, method := range []string{"DELETE", "OPTIONS", "HEAD"} {
		if got := w.ask(method, "/api/v1/profile", nil, "Origin", "https://other.example"); got.StatusCode/100 == 2 && got.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: %d %v", method, got.StatusCode, got.Header)
		}
	}
}

func TestVerificationsAreBounded(t *testing.T) {
	w := openCollege(t)
	d := readDescription(t, w)
	for range verifyBurst {
		if got := w.call(d, "POST", "/verify", []byte(`{"credential":"x"}`)); got.StatusCode != 200 {
			t.Fatal(got.StatusCode)
		}
	}
	got := w.call(d, "POST", "/verify", []byte(`{"credential":"x"}`))
	if detail := w.detail(got, 429); !strings.Contains(detail, "Retry-After") {
		t.Errorf("detail %q", detail)
	}
	if got.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
}
