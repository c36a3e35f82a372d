package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestForeignRegistries verifies a badge by a list that nobody signed, which is worth no good
// word, by one that cannot be asked, and by files that describe nothing.
func TestForeignRegistries(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	base := t.TempDir()
	data, badges := filepath.Join(base, "data"), filepath.Join(base, "badges")
	for _, args := range [][]string{
		{"init", "--data", data, "--base-url", "https://badges.college.example"},
		{"achievement", "import", "--data", data, "../../examples/achievements.json"},
		{"issue", "--data", data, "--achievement", "food-hygiene-level-2", "--recipient", "learner1@students.college.example", "--key", "K-1", "--out", badges, "--format", "json"},
	} {
		if status, said := try(t, args...); status != exitOK {
			t.Fatal(said)
		}
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/list.json" {
			http.NotFound(w, r)
			return
		}
		fmt.Fprint(w, `{"meta":{"created":"2026-01-01T00:00:00Z","updated":"2026-01-01T00:00:00Z"},"registry":{"did:web:badges.college.example":{"name":"Sample College","location":"","url":"https://college.example"}}}`)
	}))
	t.Cleanup(server.Close)
	file := func(content string) string {
		path := filepath.Join(t.TempDir(), "registry.json")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	verify := func(registry string) (int, string) {
		var out, log bytes.Buffer
		status := run(t.Context(), []string{"verify", "--data", data, "--allow-private-network", "--json", "--registry", registry, filepath.Join(badges, "K-1.json")}, strings.NewReader(""), &out, &log)
		return status, out.String() + log.String()
	}
	for name, c := range map[string]struct {
		content string
		status  int
		want    string
	}{
		"listed, unsigned": {`{"type":"dcc-legacy","name":"Sample List","url":"` + server.URL + `/list.json"}`, exitUntrusted, `"list-unsigned"`},
		"not there":        {`{"type":"dcc-legacy","name":"Sample List","url":"` + server.URL + `/none.json"}`, exitUntrusted, `"unchecked"`},
		"no name":          {`{"type":"dcc-legacy","url":"https://x.example"}`, exitFailed, "has no name"},
		"no keys":          {`{"type":"openid-federation","name":"X","anchor":"https://x.example","keys":[]}`, exitFailed, "anchor or keys is missing"},
		"no roots":         {`{"type":"ebsi","name":"X","issuers":"https://x.example","dids":"https://x.example"}`, exitFailed, "is missing"},
		"no certificate":   {`{"type":"lote","name":"X","url":"https://x.example"}`, exitFailed, "certificate"},
		"another member":   {`{"type":"dcc-legacy","name":"X","token":"x"}`, exitFailed, "not known"},
		"another type":     {`{"type":"x","name":"X"}`, exitFailed, "there is no type"},
	} {
		if status, said := verify(file(c.content)); status != c.status || !strings.Contains(said, c.want) {
			t.Errorf("%s: exit status %d: %s", name, status, said)
		}
	}
}
