package repository_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"laurel/internal/fetch"
	"laurel/internal/repository"
	"laurel/internal/signed"
	"laurel/internal/translog"
)

// rotate publishes a root in which a role has other keys.
func (w *world) rotate(name string, r repository.Role, signers ...string) {
	w.t.Helper()
	roles := map[string]repository.Role{}
	for other, r := range w.root.Roles {
		roles[other] = r
	}
	roles[name] = r
	w.root.Roles = roles
	w.stageRoot()
	w.signers[name] = signers
}

// TestFastForward: the thief of a key signs a version that none will follow. With the role's
// key replaced in the root, the true ones are taken again.
func TestFastForward(t *testing.T) {
	for _, stolen := range []string{"timestamp", "snapshot", "mirror"} {
		t.Run(stolen, func(t *testing.T) {
			w, c, _ := second(t)
			f := w.forge()
			const far = 1 << 40
			switch stolen {
			case "timestamp":
				f.publish(func(ts *repository.Timestamp) { ts.Version = far })
			case "snapshot":
				f.snapshot.Version = far
				f.publish(nil)
			case "mirror":
				f.shard("mirror", lines("x", 3), func(s *repository.Shard) { s.Version = far }, "shard", "m1")
				f.publish(nil)
			}
			if _, err := w.update(c); err != nil {
				t.Fatal("the thief's version follows the rules: ", err)
			}
			w.tamper = nil
			// The log of the true registry goes on from what the thief wrote there.
			if err := copyOver(f.dir, w.public(), "checkpoint", "tile"); err != nil {
				t.Fatal(err)
			}
			w.now = w.now.Add(time.Hour)
			must[*repository.State](t)(w.writer.Publish(ctx, w.publication()))
			if _, err := w.update(c); !errors.Is(err, repository.ErrRefused) {
				t.Fatal(err)
			}
			w.rotate(stolen, role(1, "new"), "new")
			if stolen == "mirror" {
				w.rotate("snapshot", role(1, "new2"), "new2") // it listed the version
				w.stage("mirror", lines("m", 26))
			}
			w.publish()
			s, err := w.update(c)
			if err != nil || s.Root.Version != 2 || s.Timestamp.Version > 10 || s.Snapshot.Version > 10 || s.Shards["mirror"].Version > 10 {
				t.Fatal(err)
			}
			f.w.serveFrom(f.dir)
			if _, err := w.update(c); err == nil {
				t.Error("the thief's version is taken again")
			}
		})
	}
}

// TestUnavailable: what could not be asked is no refusal.
func TestUnavailable(t *testing.T) {
	for _, file := range []string{"2.root.json", "timestamp.json", "3.snapshot.json", "3.mirror.json", "checkpoint", "tile/0/000.p/3", ".ndjson"} {
		w, c, _ := second(t)
		w.next("mirror", lines("y", 25))
		for _, answer := range []func(http.ResponseWriter){
			func(rw http.ResponseWriter) { rw.WriteHeader(http.StatusServiceUnavailable) },
			func(rw http.ResponseWriter) {
				rw.Header().Set("Content-Length", "100")
				rw.Write([]byte("half"))
			},
			func(http.ResponseWriter) { panic(http.ErrAbortHandler) },
		} {
			w.tamper = func(name string, rw http.ResponseWriter, r *http.Request) bool {
				hit := strings.HasSuffix(name, file)
				if hit {
					answer(rw)
				}
				return hit
			}
			if _, err := w.update(c); !errors.Is(err, fetch.ErrUnavailable) || errors.Is(err, repository.ErrRefused) {
				t.Errorf("%s: %v", file, err)
			}
			if s, err := c.State(); err != nil || s.Snapshot.Version != 2 {
				t.Error(file, err)
			}
		}
		w.tamper = nil
		if s, err := w.update(c); err != nil || s.Snapshot.Version != 3 {
			t.Error(file, err)
		}
	}
}

// TestDeltas: a delta that does not lead to what was signed is of no use, and of no harm.
func TestDeltas(t *testing.T) {
	const file = "2-3.mirror.delta.json"
	for name, change := range map[string]func(string) string{
		"good":                     func(s string) string { return s },
		"a removal is hidden":      func(s string) string { return strings.Replace(s, `"urn:example:m0024"`, ``, 1) },
		"another is removed":       func(s string) string { return strings.Replace(s, "m0024", "m0023", 1) },
		"a line is changed":        func(s string) string { return strings.Replace(s, "College 3", "College 4", 1) },
		"from another version":     func(s string) string { return strings.Replace(s, `"from":2`, `"from":1`, 1) },
		"to another version":       func(s string) string { return strings.Replace(s, `"to":3`, `"to":4`, 1) },
		"from another content":     func(s string) string { return strings.Replace(s, `"fromSha256":"`, `"fromSha256":"0`, 1) },
		"not JSON":                 func(string) string { return "{" },
		"a member that is unknown": func(s string) string { return strings.TrimSuffix(s, "}") + `,"x":1}` },
		"endless":                  func(s string) string { return s + strings.Repeat(" ", 1<<20) },
	} {
		w, c, _ := second(t)
		content := bytes.Replace(lines("m", 24), []byte("College 3"), []byte("College 33"), 1)
		w.next("mirror", content)
		text := string(read(t, w.public(file)))
		if changed := change(text); changed == text && name != "good" {
			t.Fatal("nothing was changed: ", name)
		}
		w.replace(file, []byte(change(text)))
		s, err := w.update(c)
		if err != nil {
			t.Fatal(name, err)
		}
		l := must[*repository.Lines](t)(s.Lines("mirror"))
		if _, there := l.Find("urn:example:m0024"); there || l.Len() != 24 {
			t.Error(name, l.Len())
		}
		if whole := slices.ContainsFunc(w.asked, func(name string) bool { return strings.HasSuffix(name, ".mirror.ndjson") }); whole != (name != "good") {
			t.Errorf("%s: %v", name, w.asked)
		}
	}
}

// TestDeltaOfSeveral: a client that missed some versions needs one delta.
func TestDeltaOfSeveral(t *testing.T) {
	w, c, _ := second(t)
	for i := range 10 {
		w.next("mirror", lines("m", 60+i))
	}
	s := must[*repository.State](t)(w.update(c))
	if s.Shards["mirror"].Version != 12 || slices.Contains(w.asked, "2-12.mirror.delta.json") == false {
		t.Error(w.asked)
	}
	if must[*repository.Lines](t)(s.Lines("mirror")).Len() != 69 {
		t.Error("another content")
	}
}

// TestWitnesses: a checkpoint that too few cosigned is reported, or refused on demand.
func TestWitnesses(t *testing.T) {
	w := newWorld(t)
	w.root.Log.Witnesses = []string{
		must[string](t)(translog.WitnessKey("witness.example/w1", key("w1").Public())),
		must[string](t)(translog.WitnessKey("witness.example/w2", key("w2").Public())),
	}
	w.root.Log.Need = 2
	w.stageRoot()
	w.publish()
	c := w.client()
	s := must[*repository.State](t)(w.update(c))
	if s.Witnessed {
		t.Error("witnessed by nobody")
	}
	strict := w.options()
	strict.RequireWitnesses = true
	if _, err := w.client().Update(ctx, repository.Folder(w.public()), strict); !errors.Is(err, repository.ErrUnwitnessed) {
		t.Error(err)
	}
	var witnesses []*translog.Witness
	for _, name := range []string{"w1", "w2"} {
		witnesses = append(witnesses, must[*translog.Witness](t)(translog.OpenWitness(t.TempDir(), "witness.example/"+name, key(name), w.root.Log)))
	}
	p := w.publication()
	p.Cosign = func(ctx context.Context, c translog.Checkpoint, tiles translog.Tiles) ([]string, error) {
		var cosigned []string
		for _, witness := range witnesses {
			last, err := witness.Last()
			if err != nil {
				return nil, err
			}
			proof, err := translog.Consistency(ctx, c, last.Size, tiles)
			if err != nil {
				return nil, err
			}
			line, err := witness.Cosign(c.Note, proof, w.now)
			if err != nil {
				return nil, err
			}
			cosigned = append(cosigned, line)
		}
		return cosigned, nil
	}
	for i := range 3 {
		w.stage("mirror", lines("m", 30+i))
		w.sign(must[string](t)(w.writer.StageSnapshot("sample/v1", nil, w.now, w.now.Add(7*day))), "snapshot")
		must[*repository.State](t)(w.writer.Publish(ctx, p))
		if s, err := c.Update(ctx, repository.Folder(w.public()), strict); err != nil || !s.Witnessed {
			t.Error(err)
		}
	}
}

// TestRootRotation: holders change, and a client that slept through it all follows.
func TestRootRotation(t *testing.T) {
	w := newWorld(t)
	c := w.client()
	must[*repository.State](t)(w.update(c))
	for i := range 4 {
		next := []string{fmt.Sprintf("n%da", i), fmt.Sprintf("n%db", i)}
		roles := map[string]repository.Role{}
		for name, r := range w.root.Roles {
			roles[name] = r
		}
		roles["root"] = role(2, next...)
		w.root.Roles = roles
		w.stageRoot(next...)
		w.signers["root"] = next
		w.now = w.now.Add(time.Hour)
		must[*repository.State](t)(w.writer.Publish(ctx, w.publication()))
	}
	s := must[*repository.State](t)(w.update(c))
	if s.Root.Version != 5 || s.Snapshot.Version != 1 {
		t.Error(s.Root.Version)
	}
	// A shard may come with a root.
	w.root.Shards = append(slices.Clone(w.root.Shards), "extra")
	w.rotate("extra", role(1, "e1"), "e1")
	w.stage("extra", lines("e", 2))
	w.publish()
	s = must[*repository.State](t)(w.update(c))
	if must[*repository.Lines](t)(s.Lines("extra")).Len() != 2 || s.Root.Version != 6 {
		t.Error(s.Root.Version)
	}
}

// TestKeyLost: a role's key that is taken out of the root does not undo what the others
// signed beside it.
func TestKeyLost(t *testing.T) {
	w := newWorld(t)
	w.signers["overlay"] = []string{"o1", "o2", "o3"}
	w.next("overlay", lines("o", 5))
	w.rotate("overlay", role(2, "o1", "o2", "o4"))
	w.signers["overlay"] = []string{"o1", "o4"}
	must[*repository.State](t)(w.writer.Publish(ctx, w.publication()))
	must[*repository.State](t)(w.update(w.client()))
	w.rotate("overlay", role(2, "o3", "o4"), "o3", "o4")
	if _, err := w.writer.Publish(ctx, w.publication()); !errors.Is(err, signed.ErrThreshold) {
		t.Error("one of the two that are left signed: ", err)
	}
}

// TestDeadline: an update ends when its caller's time does.
func TestDeadline(t *testing.T) {
	w, c, _ := second(t)
	for _, file := range []string{"2.root.json", "timestamp.json"} {
		limited, cancel := context.WithCancel(ctx)
		w.tamper = func(name string, _ http.ResponseWriter, r *http.Request) bool {
			if name == file {
				cancel()
				<-r.Context().Done()
			}
			return name == file
		}
		source := must[repository.Source](t)(repository.Web(w.web, w.site.URL+"/obtr"))
		if _, err := c.Update(limited, source, w.options()); !errors.Is(err, context.Canceled) || errors.Is(err, repository.ErrRefused) {
			t.Error(file, err)
		}
	}
}

// TestEditionOfAnother: two sources give different files the same entity tag. The client is
// not held back for longer than a timestamp is good.
func TestEditionOfAnother(t *testing.T) {
	w, c, _ := second(t)
	w.tamper = func(name string, rw http.ResponseWriter, r *http.Request) bool {
		rw.Header().Set("ETag", `"1"`)
		if name != "timestamp.json" {
			return false
		}
		if r.Header.Get("If-None-Match") == `"1"` {
			rw.WriteHeader(http.StatusNotModified)
		} else {
			rw.Write(read(t, w.public(name)))
		}
		return true
	}
	must[*repository.State](t)(w.update(c))
	w.next("mirror", lines("m", 26))
	if s := must[*repository.State](t)(w.update(c)); s.Snapshot.Version != 3 && s.Snapshot.Version != 2 {
		t.Error(s.Snapshot.Version)
	}
	w.now = w.now.Add(2 * day)
	must[*repository.State](t)(w.writer.Publish(ctx, w.publication()))
	if s, err := w.update(c); err != nil || s.Snapshot.Version != 3 {
		t.Error(err)
	}
}

// TestAnotherLog: the holders of the root may begin another log.
func TestAnotherLog(t *testing.T) {
	w, c, _ := second(t)
	f := w.forge()
	for _, name := range []string{"checkpoint", "tile"} {
		if err := os.RemoveAll(filepath.Join(f.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	f.origin = "log.example/new"
	f.snapshot.LogOrigin = f.origin
	next := w.root
	next.Version = 2
	next.Log = translog.Policy{Origin: f.origin, Key: must[string](t)(translog.LogKey(f.origin, key("log").Public()))}
	f.write("2.root.json", document(t, "root", must[[]byte](t)(next.Payload()), "r1", "r2"))
	f.publish(nil)
	s := must[*repository.State](t)(w.update(c))
	if checkpoint, err := s.Inclusion.Check(s.Root.Log, s.Entry()); err != nil || checkpoint.Size != 1 {
		t.Error(err)
	}
}
