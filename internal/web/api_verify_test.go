package web

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"laurel/schemas"
)

// TestReportsAsDescribed: whatever kind a report is of, programs get what the description
// promises.
func TestReportsAsDescribed(t *testing.T) {
	for name, s := range stories() {
		if name == "nothing-checked" {
			continue // which no verification ends in
		}
		var tree any
		if err := json.Unmarshal(must(json.Marshal(s.report))(t), &tree); err != nil {
			t.Fatal(err)
		}
		if found := violations("Report", tree); found != nil {
			t.Errorf("%s: %s", name, sentence(found))
		}
	}
	if violations("Report", map[string]any{"verdict": "valid", "parts": []any{map[string]any{"role": "friend"}}}) == nil {
		t.Error("the description takes anything")
	}
}

func TestPresentationForPrograms(t *testing.T) {
	w := openCollege(t)
	d := readDescription(t, w)
	shown := fmt.Sprintf(`{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiablePresentation"],"verifiableCredential":[%s]}`, w.award().Credential)
	type answered struct {
		Verdict      string
		Presentation *struct{ Format string }
		Parts        []struct {
			Role   string
			Report struct{ Verdict string }
		}
	}
	got := decoded[answered](t, w.call(d, "POST", "/verify", []byte(`{"credential":`+shown+`}`)), 200)
	if got.Verdict != "valid" || got.Presentation == nil || len(got.Parts) != 1 || got.Parts[0].Role != "credential" || got.Parts[0].Report.Verdict != "valid" {
		t.Errorf("%+v", got)
	}
	for _, asked := range []string{`"challenge":"7f3a"`, `"domain":"https://employer.example"`} {
		got := decoded[answered](t, w.call(d, "POST", "/verify", []byte(`{`+asked+`,"credential":`+shown+`}`)), 200)
		if got.Verdict != "invalid" {
			t.Errorf("%s: what its holder did not sign is %s", asked, got.Verdict)
		}
	}
	w.detail(w.call(d, "POST", "/verify", []byte(`{"challenge":7,"credential":`+shown+`}`)), 400)
}

// TestVerifyRequests holds requests to their schema, of which a credential's inside is no part,
// and the whole body to strict JSON and its bounds.
func TestVerifyRequests(t *testing.T) {
	w := openCollege(t)
	d := readDescription(t, w)
	badge := string(w.award().Credential)
	for body, want := range map[string]int{
		`{"credential":` + badge + `}`:                                                      200,
		` { "at" : "2026-06-01T12:00:00Z" , "credential" : ` + badge + ` } `:                200,
		`{"credential":{}}`:                                                                 200,
		`{"credential":"\u0065yJ.e30.x"}`:                                                   200,
		`{"credential":{"name":{"a":[1,{"credential":2}]}}}`:                                200,
		`{"credential":{"name":1,"name":2}}`:                                                400,
		`{"credential":{"name":[1` + strings.Repeat(",1", schemas.MaxValues) + `]}}`:        400,
		`{"credential":{"name":` + strings.Repeat("[", 63) + strings.Repeat("]", 63) + `}}`: 400,
		`{"credential":[]}`:                                                                 400,
		`{"credential":{},"extra":1}`:                                                       400,
		`{"credential":{},"url":"https://college.example/"}`:                                400,
		`{"credential":{},"recipient":7}`:                                                   400,
		`{"credential":{},"at":"yesterday"}`:                                                400,
		`{"credential":{},"at":"2026-06-01T12:00:60Z"}`:                                     400,
		`{"recipient":"ada@students.college.example"}`:                                      400,
		`[{"credential":{}}]`:                                                               400,
	} {
		if want != 200 {
			w.detail(w.call(d, "POST", "/verify", []byte(body)), want)
			continue
		}
		decoded[struct{ Verdict string }](t, w.call(d, "POST", "/verify", []byte(body)), want)
	}
}
