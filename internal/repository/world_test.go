package repository_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"laurel/internal/fetch"
	"laurel/internal/repository"
	"laurel/internal/signed"
	"laurel/internal/translog"
)

const (
	origin = "registry.example/obtr"
	day    = 24 * time.Hour
)

var (
	ctx  = context.Background()
	noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
)

func must[T any](t testing.TB) func(T, error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// key is a key that tests call by a name.
func key(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(name))
	return ed25519.NewKeyFromSeed(seed[:])
}

func role(threshold int, names ...string) repository.Role {
	r := repository.Role{Threshold: threshold}
	for _, name := range names {
		r.Keys = append(r.Keys, key(name).Public())
	}
	return r
}

// firstRoot is that of a sample registry.
func firstRoot(t testing.TB) repository.Root {
	t.Helper()
	return repository.Root{
		Dates: repository.Dates{Version: 1, Issued: noon.Add(-30 * day), Expires: noon.Add(330 * day)},
		Roles: map[string]repository.Role{
			"root": role(2, "r1", "r2", "r3"), "snapshot": role(1, "s1"), "timestamp": role(1, "t1"),
			"mirror": role(1, "m1", "m2"), "overlay": role(2, "o1", "o2", "o3"), "bindings": role(2, "b1", "b2", "b3"),
		},
		Shards: []string{"bindings", "mirror", "overlay"},
		Log:    translog.Policy{Origin: origin, Key: must[string](t)(translog.LogKey(origin, key("log").Public()))},
	}
}

// world is a registry that is published, and a site that serves it.
type world struct {
	t       testing.TB
	dir     string
	writer  *repository.Writer
	site    *httptest.Server
	sent    atomic.Int64 // bytes, headers included
	asked   []string
	mine    string                                                         // folder of the last client
	tamper  func(name string, w http.ResponseWriter, r *http.Request) bool // answers itself, if it returns true
	web     *fetch.Client
	now     time.Time
	root    repository.Root
	signers map[string][]string // of each role
}

// sample is the folder of a registry that has published version 1: it is made once.
var sample = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "laurel-repository-*") })

func TestMain(m *testing.M) {
	code := m.Run()
	if dir, err := sample(); err == nil {
		os.RemoveAll(dir)
	}
	os.Exit(code)
}

var makeSample sync.Once

// newWorld publishes version 1.
func newWorld(t testing.TB) *world {
	t.Helper()
	dir := must[string](t)(sample())
	makeSample.Do(func() {
		w := openWorld(t, dir)
		w.stageRoot()
		w.stage("bindings", lines("b", 3))
		w.stage("mirror", lines("m", 20))
		w.stage("overlay", lines("o", 2))
		w.publish()
		w.writer.Close()
	})
	w := openWorld(t, copyDir(t, dir))
	w.serve()
	return w
}

func openWorld(t testing.TB, dir string) *world {
	t.Helper()
	w := &world{t: t, dir: dir, now: noon, root: firstRoot(t), signers: map[string][]string{
		"root": {"r1", "r2"}, "snapshot": {"s1"}, "timestamp": {"t1"}, "mirror": {"m1"}, "overlay": {"o1", "o2"}, "bindings": {"b1", "b2"},
	}}
	w.writer = must[*repository.Writer](t)(repository.OpenWriter(w.dir))
	t.Cleanup(func() { w.writer.Close() })
	return w
}

// lines makes a content; each line's id begins with a prefix.
func lines(prefix string, n int) []byte {
	var b []byte
	for i := range n {
		b = fmt.Appendf(b, `{"id":"urn:example:%s%04d","name":"Sample College %d"}`+"\n", prefix, i, i)
	}
	return b
}

func (w *world) sign(path, role string) {
	w.t.Helper()
	for _, name := range w.signers[role] {
		if err := repository.SignFile(path, key(name)); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *world) stageRoot(also ...string) {
	w.t.Helper()
	path := must[string](w.t)(w.writer.StageRoot(w.root))
	w.sign(path, "root")
	for _, name := range also {
		if err := repository.SignFile(path, key(name)); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *world) stage(shard string, content []byte) {
	w.t.Helper()
	w.sign(must[string](w.t)(w.writer.StageShard(shard, content, w.now, w.now.Add(90*day))), shard)
}

func (w *world) publication() repository.Publication {
	return repository.Publication{Timestamp: key(w.signers["timestamp"][0]), Log: key("log"), Now: w.now}
}

// publish makes a snapshot of what is staged and publishes it.
func (w *world) publish() *repository.State {
	w.t.Helper()
	w.sign(must[string](w.t)(w.writer.StageSnapshot("sample/v1", []byte(`[{"id":"sample"}]`), w.now, w.now.Add(7*day))), "snapshot")
	return must[*repository.State](w.t)(w.writer.Publish(ctx, w.publication()))
}

// next publishes a version that changes one shard.
func (w *world) next(shard string, content []byte) *repository.State {
	w.t.Helper()
	w.stage(shard, content)
	return w.publish()
}

func (w *world) public(elements ...string) string {
	return filepath.Join(append([]string{w.writer.Public()}, elements...)...)
}

// serve starts a site with entity tags.
func (w *world) serve() {
	handler := http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(r.URL.Path, "/obtr/")
		w.asked = append(w.asked, name)
		if w.tamper != nil && w.tamper(name, rw, r) {
			return
		}
		content, err := os.ReadFile(w.public(filepath.FromSlash(name)))
		if err != nil {
			http.NotFound(rw, r)
			return
		}
		sum := sha256.Sum256(content)
		rw.Header().Set("ETag", `"`+hex.EncodeToString(sum[:8])+`"`)
		http.ServeContent(rw, r, "", time.Time{}, bytes.NewReader(content))
	})
	site := httptest.NewUnstartedServer(handler)
	site.Listener = counter{site.Listener, &w.sent}
	site.Start()
	w.site = site
	w.web = fetch.New(fetch.Options{AllowPrivateNetwork: true})
	w.t.Cleanup(site.Close)
}

// client is a reader's, in a new folder.
func (w *world) client() *repository.Client {
	w.t.Helper()
	w.mine = w.t.TempDir()
	return must[*repository.Client](w.t)(repository.Open(w.mine, read(w.t, w.public("1.root.json"))))
}

func (w *world) options() repository.Options { return repository.Options{Now: w.now} }

// update is an update over HTTP.
func (w *world) update(c *repository.Client) (*repository.State, error) {
	w.t.Helper()
	w.asked = nil
	return c.Update(ctx, must[repository.Source](w.t)(repository.Web(w.web, w.site.URL+"/obtr")), w.options())
}

func read(t testing.TB, elements ...string) []byte {
	t.Helper()
	return must[[]byte](t)(os.ReadFile(filepath.Join(elements...)))
}

// replace serves other bytes for one file.
func (w *world) replace(file string, content []byte) {
	w.tamper = func(name string, rw http.ResponseWriter, _ *http.Request) bool {
		if name == file {
			rw.Write(content)
		}
		return name == file
	}
}

// serveFrom serves some files from a folder, and no other tampering.
func (w *world) serveFrom(dir string, files ...string) {
	w.tamper = func(name string, rw http.ResponseWriter, r *http.Request) bool {
		if len(files) > 0 && !slices.Contains(files, name) {
			return false
		}
		content, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			http.NotFound(rw, r)
		} else {
			rw.Write(content)
		}
		return true
	}
}

// document signs a payload as a document of a type.
func document(t testing.TB, kind string, payload []byte, signers ...string) []byte {
	t.Helper()
	u := signed.Draft(payload)
	for _, name := range signers {
		u = must[signed.Unverified](t)(u.Sign("obtr-"+kind+"+jws", crypto.Signer(key(name))))
	}
	return u.Bytes()
}

func copyDir(t testing.TB, from string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return to
}

// copyOver copies files and folders of one folder over those of another.
func copyOver(from, to string, names ...string) error {
	for _, name := range names {
		err := filepath.WalkDir(filepath.Join(from, name), func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			relative, err := filepath.Rel(from, path)
			if err != nil {
				return err
			}
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			target := filepath.Join(to, relative)
			if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
				return err
			}
			return os.WriteFile(target, content, 0o644)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
