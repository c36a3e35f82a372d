package web

import (
	"crypto"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"laurel/internal/signed"
	"laurel/internal/trqp"
	"laurel/keys"
	"laurel/registry"
)

// showRegistry lets a site show a registry with one entry, or none.
func showRegistry(t testing.TB, s *site, entries ...*registry.Entry) {
	t.Helper()
	meta := registry.Meta{Name: "registry.example/obtr", Origin: "registry.example/obtr", Version: 3, Issued: s.now.Add(-time.Hour), Fresh: s.now.Add(24 * time.Hour), Expires: s.now.Add(72 * time.Hour)}
	snapshot := must(registry.Of(meta, entries...))(t)
	s.server.registry = &Registry{
		Current: func() *registry.Snapshot { return snapshot }, Name: "Sample Registry",
		Files: fstest.MapFS{"timestamp.json": {Data: []byte("{}")}, "1.root.json": {Data: []byte(`{"root":1}`)}},
	}
	s.server.registerRegistry()
	s.server.registerQueries()
}

func listedCollege() *registry.Entry {
	return &registry.Entry{
		ID: registry.EntityPrefix + "college", Names: []registry.Name{{Text: "Sample College"}},
		Bindings: []registry.Binding{{
			DID: "did:web:badges.college.example", Keys: []registry.PinnedKey{{Thumbprint: strings.Repeat("A", 43)}}, Event: "ev-1",
			Evidence: []registry.Evidence{{Strength: registry.Mutual, Kind: "dns"}, {Strength: registry.Registered, Kind: "operator-checked"}},
		}},
		Grants: []registry.Grant{{
			ID: "ev-2", By: registry.ByRegistry, Class: registry.GrantedByRegistry,
			Scope: registry.Scope{Awards: []string{registry.Degree}, Levels: []int{6}},
		}},
	}
}

// TestQueries asks in each protocol about the listed college and about others.
func TestQueries(t *testing.T) {
	s := newSite(t, "https://registry.example", true)
	showRegistry(t, s, listedCollege())
	ask := func(entity string, level int) answer {
		body := must(json.Marshal(map[string]string{
			"entity_id": entity, "authority_id": "did:web:registry.example", "action": "issue", "resource": trqp.Resource("degree", level),
		}))(t)
		return s.postJSON("/registry/trqp/authorization", string(body))
	}
	for level, want := range map[int]string{6: `"authorized":true`, 8: `"authorized":false`} {
		if a := ask("did:web:badges.college.example", level); a.StatusCode != http.StatusOK || !strings.Contains(a.body, want) || !strings.Contains(a.body, "/registry/verdict?") {
			t.Errorf("level %d: %d %s", level, a.StatusCode, a.body)
		}
	}
	if a := ask("did:web:other.example", 6); a.StatusCode != http.StatusNotFound {
		t.Error(a.StatusCode, a.body)
	}
	if a := s.get("/.well-known/openid-federation", "Accept", "*/*"); a.StatusCode != http.StatusOK || a.Header.Get("Content-Type") != "application/entity-statement+jwt" {
		t.Error(a.StatusCode, a.Header)
	}
	if a := s.get("/federation/list", "Accept", "*/*"); a.StatusCode != http.StatusOK || !strings.Contains(a.body, "did:web:badges.college.example") {
		t.Error(a.StatusCode, a.body)
	}
	if a := s.get("/federation/fetch?sub=did:web:other.example", "Accept", "*/*"); a.StatusCode != http.StatusNotFound {
		t.Error(a.StatusCode, a.body)
	}
}

// TestVerdict reads the five answers, and the same signed.
func TestVerdict(t *testing.T) {
	s := newSite(t, "https://registry.example", true)
	showRegistry(t, s, listedCollege())
	a := s.get("/registry/verdict?issuer=did:web:badges.college.example&award=degree&eqf=6", "Accept", "application/json")
	if a.StatusCode != http.StatusOK || !strings.Contains(a.body, `"summary":"trusted"`) {
		t.Error(a.StatusCode, a.body)
	}
	a = s.get("/registry/verdict?issuer=did:web:other.example&signed=1", "Accept", "*/*")
	document := must(signed.Read([]byte(strings.TrimSpace(a.body)), 1<<20))(t)
	key := must(s.ring.Active(keys.Ed25519))(t)
	v, err := document.Verify(verdictType, []crypto.PublicKey{key.Public}, 1)
	if err != nil || !strings.Contains(string(v.Payload()), `"summary":"not_listed"`) {
		t.Error(err, a.body)
	}
	for query, status := range map[string]int{"": 400, "issuer=x&award=praise": 400, "issuer=x&eqf=9": 400, "issuer=x&issued=today": 400, "issuer=" + strings.Repeat("x", 501): 400} {
		if a := s.get("/registry/verdict?"+query, "Accept", "application/json"); a.StatusCode != status {
			t.Errorf("%.40s: %d", query, a.StatusCode)
		}
	}
}

// TestRegistryFiles serves what is published, as programs ask for it, and nothing else.
func TestRegistryFiles(t *testing.T) {
	s := newSite(t, "https://registry.example", true)
	showRegistry(t, s)
	a := s.get("/registry/files/timestamp.json")
	if a.StatusCode != http.StatusOK || a.body != "{}" || a.Header.Get("Cache-Control") != "max-age=60" || a.Header.Get("ETag") == "" || a.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Error(a.StatusCode, a.Header)
	}
	r := httptest.NewRequest(http.MethodGet, "/registry/files/timestamp.json", nil)
	r.Header.Set("If-None-Match", a.Header.Get("ETag"))
	if a := s.do(r); a.StatusCode != http.StatusNotModified {
		t.Error(a.StatusCode)
	}
	for _, path := range []string{"", "2.root.json", "../laurel.json", "%2e%2e/laurel.json", "timestamp.json/", "tile/", "/timestamp.json/../../x"} {
		if a := s.get("/registry/files/" + path); a.StatusCode == http.StatusOK || len(a.body) > 0 && strings.Contains(a.body, "keyFile") {
			t.Errorf("%q: %d %s", path, a.StatusCode, a.body)
		}
	}
}
