package web

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v4"

	"laurel/internal/strictjson"
	"laurel/issuer"
)

// FuzzAdmit: a body is refused as such, or comes apart into items that read the same
// alone as they did together; each conforms to its schema or says why not.
func FuzzAdmit(f *testing.F) {
	var results, verify operation
	for _, op := range operations() {
		switch op.name {
		case "recordResults":
			results = op
		case "verify":
			verify = op
		}
	}
	for _, seed := range []string{resultExample, verifyExample, achievementExample, `[{"key":"a","KEY":"b"}]`, ` [1 , "\ud834\udd1e"] `, `{"credential":{"a":1e2}}`} {
		f.Add([]byte(seed))
	}
	e := echo.New()
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, op := range []operation{results, verify} {
			r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(body))
			r.Header.Set("Content-Type", typeJSON)
			var admitted request
			if err := op.admit(e.NewContext(r, httptest.NewRecorder()), &admitted); err != nil {
				if !errors.Is(err, issuer.ErrInput) {
					t.Fatal(err)
				}
				continue
			}
			for _, item := range admitted.items {
				text := item.In(admitted.body)
				if text != nil {
					alone, err := strictjson.Read(text, strictjson.Limits{})
					if err != nil || !alone.Equal(item) {
						t.Fatalf("%s: %v", text, err)
					}
				}
				if !op.eachAlone {
					continue
				}
				result, refused := admitted.result(item)
				if refused.Outcome != "" && refused.Reason == "" {
					t.Fatalf("%s: refused without a reason", text)
				}
				if refused.Outcome == "" && (result.Key != refused.Key || result.AwardedAt.IsZero() && result.Achievement == "") {
					t.Fatalf("%s: %+v", text, result)
				}
			}
		}
	})
}
