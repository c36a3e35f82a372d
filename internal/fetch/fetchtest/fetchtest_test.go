package fetchtest_test

import (
	"context"
	"errors"
	"testing"

	"laurel/internal/fetch"
	"laurel/internal/fetch/fetchtest"
)

func TestWorld(t *testing.T) {
	own := errors.New("own")
	world := fetchtest.World{
		"https://college.example/a":    {Body: []byte("body"), ContentType: "text/plain"},
		"https://college.example/r":    {Redirect: "https://college.example/a"},
		"https://college.example/loop": {Redirect: "https://college.example/loop"},
		"https://college.example/gone": {Status: 410},
		"https://college.example/down": {Status: 503},
		"https://college.example/err":  {Err: own},
	}
	body, final, err := world.Get(t.Context(), "https://college.example/r", "text/plain", 4)
	if err != nil || string(body) != "body" || final != "https://college.example/a" {
		t.Fatalf("%q at %s, %v", body, final, err)
	}
	r, err := world.Fetch(t.Context(), "https://college.example/a", "", 0)
	if err != nil || r.Status != 200 || r.ContentType != "text/plain" {
		t.Fatalf("%+v, %v", r, err)
	}
	for path, want := range map[string]error{
		"a": fetch.ErrTooLarge, "loop": fetch.ErrRefused, "gone": fetch.StatusError{Code: 410},
		"down": fetch.ErrUnavailable, "err": own, "missing": fetch.StatusError{Code: 404},
	} {
		if _, _, err := world.Get(t.Context(), "https://college.example/"+path, "", 3); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", path, err, want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := world.Get(ctx, "https://college.example/a", "", 0); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
