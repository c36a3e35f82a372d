package repository_test

import (
	"compress/gzip"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"laurel/internal/fetch"
	"laurel/internal/repository"
	"laurel/internal/signed"
	"laurel/internal/translog"
	"laurel/keys"
)

// attacks are what a mirror, or the thief of some keys, does to a client that accepted
// version 2, whose predecessor is in a folder. Each is played over HTTP.
var attacks = map[string]struct {
	play func(w *world, old string)
	want error
}{
	"rollback: an old timestamp": {func(w *world, old string) { w.serveFrom(old) }, repository.ErrRollback},
	"rollback: an old snapshot, by the thief of the timestamp's key": {func(w *world, old string) {
		f := w.forge()
		text := read(w.t, old, "1.snapshot.json")
		f.snapshot.Version = 1
		f.leafless = true
		f.publishSnapshot(text, nil)
	}, repository.ErrRollback},
	"rollback: an old shard, by the thief of the online keys": {func(w *world, old string) {
		f := w.forge()
		f.snapshot.Shards["mirror"] = ref(1, read(w.t, old, "1.mirror.json"))
		f.publish(nil)
	}, repository.ErrRollback},
	"rollback: a version inside that is not the one listed": {func(w *world, old string) {
		f := w.forge()
		text := read(w.t, old, "1.mirror.json")
		f.write("3.mirror.json", text)
		f.snapshot.Shards["mirror"] = ref(3, text)
		f.publish(nil)
	}, repository.ErrRollback},
	"a snapshot of another version than listed": {func(w *world, _ string) {
		f := w.forge()
		f.publish(func(ts *repository.Timestamp) {
			f.write("4.snapshot.json", read(w.t, f.dir, "3.snapshot.json"))
			ts.Snapshot.Version = 4
		})
	}, repository.ErrRollback},
	"a shard of another version than listed": {func(w *world, _ string) {
		f := w.forge()
		f.shard("mirror", lines("x", 3), func(s *repository.Shard) { s.Version = 5 }, "shard", "m1")
		text := read(w.t, f.dir, "5.mirror.json")
		f.write("3.mirror.json", text)
		f.snapshot.Shards["mirror"] = ref(3, text)
		f.publish(nil)
	}, repository.ErrRollback},
	"freeze": {func(w *world, _ string) { w.now = w.now.Add(3 * day) }, repository.ErrExpired},
	"freeze: an expired snapshot under a new timestamp": {func(w *world, _ string) {
		f := w.forge()
		f.snapshot.Issued, f.snapshot.Expires = w.now.Add(-5*day), w.now.Add(-time.Second)
		f.publish(nil)
	}, repository.ErrExpired},
	"freeze: an expired shard": {func(w *world, _ string) {
		f := w.forge()
		f.shard("mirror", lines("x", 3), func(s *repository.Shard) { s.Issued, s.Expires = w.now.Add(-2*day), w.now.Add(-day) }, "shard", "m1")
		f.publish(nil)
	}, repository.ErrExpired},
	"from the future": {func(w *world, _ string) {
		f := w.forge()
		f.publish(func(ts *repository.Timestamp) { ts.Issued, ts.Expires = w.now.Add(day), w.now.Add(2*day) })
	}, repository.ErrExpired},
	"the same timestamp version, saying something else": {func(w *world, _ string) {
		f := w.forge()
		f.publish(func(ts *repository.Timestamp) { ts.Version-- })
	}, repository.ErrChanged},
	"the same snapshot version, saying something else": {func(w *world, _ string) {
		f := w.forge()
		f.snapshot.Version--
		f.publish(nil)
	}, repository.ErrChanged},
	"the same shard version, saying something else": {func(w *world, _ string) {
		f := w.forge()
		f.shard("mirror", lines("x", 3), func(s *repository.Shard) { s.Version-- }, "shard", "m1")
		f.publish(nil)
	}, repository.ErrChanged},
	"another past": {func(w *world, _ string) {
		f := w.forge()
		f.snapshot.Prev.SHA256 = strings.Repeat("0", 64)
		f.publish(nil)
	}, repository.ErrChanged},
	"mix and match: an old shard's document": {func(w *world, old string) {
		w.next("mirror", lines("m", 30))
		w.replace("3.mirror.json", read(w.t, old, "1.mirror.json"))
	}, repository.ErrDigest},
	"mix and match: another shard's content": {func(w *world, old string) {
		s := w.next("mirror", lines("m", 30))
		other := read(w.t, w.public(s.Shards["overlay"].SHA256+".overlay.ndjson"))
		w.only(map[string][]byte{s.Shards["mirror"].SHA256 + ".mirror.ndjson": other}, "2-3.mirror.delta.json")
	}, repository.ErrDigest},
	"truncated content": {func(w *world, _ string) {
		s := w.next("mirror", lines("m", 30))
		w.only(map[string][]byte{s.Shards["mirror"].SHA256 + ".mirror.ndjson": lines("m", 29)}, "2-3.mirror.delta.json")
	}, repository.ErrDigest},
	"longer content": {func(w *world, _ string) {
		s := w.next("mirror", lines("m", 30))
		w.only(map[string][]byte{s.Shards["mirror"].SHA256 + ".mirror.ndjson": lines("m", 31)}, "2-3.mirror.delta.json")
	}, repository.ErrDigest},
	"endless root":      {func(w *world, _ string) { w.endless("2.root.json") }, fetch.ErrTooLarge},
	"endless timestamp": {func(w *world, _ string) { w.endless("timestamp.json") }, fetch.ErrTooLarge},
	"endless snapshot": {func(w *world, _ string) {
		w.next("mirror", lines("m", 30))
		w.endless("3.snapshot.json")
	}, repository.ErrDigest},
	"endless shard document": {func(w *world, _ string) {
		w.next("mirror", lines("m", 30))
		w.endless("3.mirror.json")
	}, repository.ErrDigest},
	"endless checkpoint": {func(w *world, _ string) {
		w.next("mirror", lines("m", 30))
		w.endless("checkpoint")
	}, fetch.ErrTooLarge},
	"endless tile": {func(w *world, _ string) {
		w.next("mirror", lines("m", 30))
		w.endless("tile/0/000.p/3")
	}, fetch.ErrTooLarge},
	"endless content": {func(w *world, _ string) {
		s := w.next("mirror", lines("y", 30))
		w.endless(s.Shards["mirror"].SHA256 + ".mirror.ndjson")
	}, repository.ErrDigest},
	"endless roots": {func(w *world, _ string) {
		last, list := w.root, map[string][]byte{}
		for last.Version < 80 {
			last.Version++
			list[fmt.Sprintf("%d.root.json", last.Version)] = document(w.t, "root", must[[]byte](w.t)(last.Payload()), "r1", "r2")
		}
		w.only(list)
	}, repository.ErrForm},
	"zip bomb": {func(w *world, _ string) {
		w.tamper = func(name string, rw http.ResponseWriter, _ *http.Request) bool {
			if name != "timestamp.json" {
				return false
			}
			rw.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(rw)
			z.Write(make([]byte, 10<<20))
			z.Close()
			return true
		}
	}, fetch.ErrRefused},
	"threshold: one of the overlay's two": {func(w *world, _ string) {
		f := w.forge()
		f.shard("overlay", lines("x", 3), nil, "shard", "o1")
		f.publish(nil)
	}, signed.ErrThreshold},
	"threshold: one signature twice": {func(w *world, _ string) {
		f := w.forge()
		f.shard("overlay", lines("x", 3), nil, "shard", "o1")
		text := string(read(w.t, f.dir, "2.overlay.json"))
		from := strings.Index(text, `{"protected"`)
		signature := text[from : len(text)-2]
		text = text[:len(text)-2] + "," + signature + "]}"
		f.write("2.overlay.json", []byte(text))
		f.snapshot.Shards["overlay"] = ref(2, []byte(text))
		f.publish(nil)
	}, signed.ErrForm},
	"role: the mirror's keys sign the overlay": {func(w *world, _ string) {
		f := w.forge()
		f.shard("overlay", lines("x", 3), nil, "shard", "m1", "m2")
		f.publish(nil)
	}, signed.ErrThreshold},
	"role: the online keys sign the overlay": {func(w *world, _ string) {
		f := w.forge()
		f.shard("overlay", lines("x", 3), nil, "shard", "s1", "t1")
		f.publish(nil)
	}, signed.ErrThreshold},
	"role: the mirror's document as the overlay's, with the overlay's keys": {func(w *world, _ string) {
		f := w.forge()
		f.shard("overlay", lines("x", 3), func(s *repository.Shard) { s.Name = "mirror" }, "shard", "o1", "o2")
		f.publish(nil)
	}, repository.ErrForm},
	"role: the snapshot's key signs a root": {func(w *world, _ string) {
		next := w.root
		next.Version = 2
		w.only(map[string][]byte{"2.root.json": document(w.t, "root", must[[]byte](w.t)(next.Payload()), "s1", "t1")})
	}, signed.ErrThreshold},
	"role: the timestamp's key signs the snapshot": {func(w *world, _ string) {
		f := w.forge()
		f.snapshotSigners = []string{"t1"}
		f.publish(nil)
	}, signed.ErrThreshold},
	"type: a snapshot signed as a timestamp": {func(w *world, _ string) {
		f := w.forge()
		f.snapshotType = "timestamp"
		f.publish(nil)
	}, signed.ErrSignature},
	"type: a shard signed as a root": {func(w *world, _ string) {
		f := w.forge()
		f.shard("overlay", lines("x", 3), nil, "root", "o1", "o2")
		f.publish(nil)
	}, signed.ErrSignature},
	"type: a snapshot served as the timestamp": {func(w *world, _ string) { w.replace("timestamp.json", read(w.t, w.public("2.snapshot.json"))) }, signed.ErrSignature},
	"alg none":                    {func(w *world, _ string) { w.replace("timestamp.json", w.withAlg("none", "")) }, signed.ErrForm},
	"alg HS256":                   {func(w *world, _ string) { w.replace("timestamp.json", w.withAlg("HS256", "AAAA")) }, signed.ErrForm},
	"alg ES256 of an Ed25519 key": {func(w *world, _ string) { w.replace("timestamp.json", w.withAlg("ES256", "AAAA")) }, signed.ErrSignature},
	"unsigned": {func(w *world, _ string) {
		w.replace("timestamp.json", signed.Draft(must[signed.Unverified](w.t)(signed.Read(read(w.t, w.public("timestamp.json")), 1<<20)).UnverifiedPayload()).Bytes())
	}, signed.ErrThreshold},
	"ids out of order": {func(w *world, _ string) {
		f := w.forge()
		f.shard("mirror", []byte(`{"id":"b"}`+"\n"+`{"id":"a"}`+"\n"), nil, "shard", "m1")
		f.publish(nil)
	}, repository.ErrForm},
	"an id twice": {func(w *world, _ string) {
		f := w.forge()
		f.shard("mirror", []byte(`{"id":"a","x":1}`+"\n"+`{"id":"a","x":2}`+"\n"), nil, "shard", "m1")
		f.publish(nil)
	}, repository.ErrForm},
	"a member twice": {func(w *world, _ string) {
		f := w.forge()
		f.shard("mirror", []byte(`{"id":"a","id":"b"}`+"\n"), nil, "shard", "m1")
		f.publish(nil)
	}, repository.ErrForm},
	"a line without end": {func(w *world, _ string) {
		f := w.forge()
		f.shard("mirror", []byte(`{"id":"a"}`), func(s *repository.Shard) { s.Entries = 1 }, "shard", "m1")
		f.publish(nil)
	}, repository.ErrForm},
	"another root over the lines": {func(w *world, _ string) {
		f := w.forge()
		f.shard("mirror", lines("x", 3), func(s *repository.Shard) { s.TreeRoot[0] ^= 1 }, "shard", "m1")
		f.publish(nil)
	}, repository.ErrDigest},
	"another number of lines": {func(w *world, _ string) {
		f := w.forge()
		f.shard("mirror", lines("x", 3), func(s *repository.Shard) { s.Entries = 4 }, "shard", "m1")
		f.publish(nil)
	}, repository.ErrDigest},
	"too much content": {func(w *world, _ string) {
		f := w.forge()
		f.shard("mirror", lines("x", 3), func(s *repository.Shard) { s.Bytes = 1 << 40 }, "shard", "m1")
		f.publish(nil)
	}, fetch.ErrTooLarge},
	"a shard vanishes": {func(w *world, _ string) {
		f := w.forge()
		delete(f.snapshot.Shards, "overlay")
		f.publish(nil)
	}, repository.ErrVanished},
	"a shard that nobody named": {func(w *world, _ string) {
		f := w.forge()
		f.snapshot.Shards["extra"] = f.snapshot.Shards["mirror"]
		f.publish(nil)
	}, repository.ErrForm},
	"another log": {func(w *world, _ string) {
		f := w.forge()
		f.snapshot.LogOrigin = "other.example"
		f.publish(nil)
	}, repository.ErrForm},
	"root: a version is left out": {func(w *world, _ string) {
		next := w.root
		next.Version = 3
		w.only(map[string][]byte{"2.root.json": document(w.t, "root", must[[]byte](w.t)(next.Payload()), "r1", "r2")})
	}, repository.ErrRollback},
	"root: the same again": {func(w *world, _ string) {
		w.only(map[string][]byte{"2.root.json": read(w.t, w.public("1.root.json"))})
	}, repository.ErrRollback},
	"root: signed by the new holders only": {func(w *world, _ string) { w.rotated("x1", "x2") }, signed.ErrThreshold},
	"root: signed by the old holders only": {func(w *world, _ string) { w.rotated("r1", "r2") }, signed.ErrThreshold},
	"root: one old and two new":            {func(w *world, _ string) { w.rotated("r1", "x1", "x2") }, signed.ErrThreshold},
	"root: expired": {func(w *world, _ string) {
		next := w.root
		next.Version, next.Issued, next.Expires = 2, w.now.Add(-2*day), w.now.Add(-day)
		w.only(map[string][]byte{"2.root.json": document(w.t, "root", must[[]byte](w.t)(next.Payload()), "r1", "r2")})
	}, repository.ErrExpired},
	"log: the snapshot is not in it": {func(w *world, _ string) {
		f := w.forge()
		f.leafless = true
		f.publish(func(ts *repository.Timestamp) { ts.LogIndex = 0 })
	}, translog.ErrProof},
	"log: an index beyond it": {func(w *world, _ string) {
		f := w.forge()
		f.publish(func(ts *repository.Timestamp) { ts.LogIndex = 1000 })
	}, translog.ErrProof},
	"log: an old checkpoint": {func(w *world, old string) {
		w.next("mirror", lines("m", 30))
		w.replace("checkpoint", read(w.t, old, "checkpoint"))
	}, translog.ErrOlder},
	"log: a checkpoint with another key": {func(w *world, _ string) {
		w.next("mirror", lines("m", 30))
		text := string(read(w.t, w.public("checkpoint")))
		w.replace("checkpoint", []byte(strings.Replace(text, "\n3\n", "\n4\n", 1)))
	}, translog.ErrSignature},
	"log: wrong tiles": {func(w *world, _ string) {
		w.next("mirror", lines("m", 30))
		w.replace("tile/0/000.p/3", make([]byte, 96))
	}, translog.ErrTiles},
	"log: split view": {func(w *world, old string) {
		f := w.forge()
		forked := copyDir(w.t, old)
		log := must[*translog.Writer](w.t)(translog.OpenWriter(forked, origin, key("log")))
		for i := range 3 {
			if _, _, err := log.Append(fmt.Appendf(nil, "another history %d", i)); err != nil {
				w.t.Fatal(err)
			}
		}
		log.Close()
		f.publish(nil)
		served := w.tamper
		w.tamper = func(name string, rw http.ResponseWriter, r *http.Request) bool {
			if name == "checkpoint" || strings.HasPrefix(name, "tile/") {
				rw.Write(read(w.t, forked, name))
				return true
			}
			return served(name, rw, r)
		}
	}, translog.ErrFork},
}

func TestAttacks(t *testing.T) {
	if len(attacks) < 50 {
		t.Error("attacks were lost: ", len(attacks))
	}
	for name, attack := range attacks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, c, old := second(t)
			mine := w.mine
			before := must[*repository.State](t)(c.State())
			attack.play(w, old)
			_, err := w.update(c)
			if !errors.Is(err, attack.want) {
				t.Fatalf("error is %v, want %v", err, attack.want)
			}
			undecided := errors.Is(attack.want, fetch.ErrTooLarge) || errors.Is(attack.want, fetch.ErrRefused)
			if !undecided && !errors.Is(err, repository.ErrRefused) {
				t.Errorf("not a refusal: %v", err)
			}
			after := must[*repository.State](t)(c.State())
			if after.Digest() != before.Digest() || after.Timestamp.Version != before.Timestamp.Version {
				t.Error("the state has changed")
			}
			roots := must[[]string](t)(filepath.Glob(filepath.Join(mine, "public", "*.root.json")))
			if kept := name == "root: expired" || name == "endless roots"; kept != (len(roots) > 1) {
				t.Error("roots: ", roots)
			}
			for _, shard := range before.Root.Shards {
				must[*repository.Lines](t)(after.Lines(shard))
			}
			if at := noon.Add(2 * time.Hour); after.Freshness(at) != repository.Fresh {
				t.Error(after.Freshness(at))
			}
		})
	}
}

// second is a world that has published version 2, a client that accepted it, and what was
// public before. It is an hour later.
func second(t *testing.T) (w *world, c *repository.Client, old string) {
	t.Helper()
	w = newWorld(t)
	c = w.client()
	old = copyDir(t, w.public())
	w.now = w.now.Add(time.Hour)
	w.next("mirror", lines("m", 25))
	must[*repository.State](t)(w.update(c))
	return w, c, old
}

// only serves other bytes for some files, and says that others are not there.
func (w *world) only(files map[string][]byte, missing ...string) {
	w.tamper = func(name string, rw http.ResponseWriter, r *http.Request) bool {
		for _, m := range missing {
			if m == name {
				http.NotFound(rw, r)
				return true
			}
		}
		content, ok := files[name]
		if ok {
			rw.Write(content)
		}
		return ok
	}
}

func (w *world) endless(file string) {
	w.tamper = func(name string, rw http.ResponseWriter, r *http.Request) bool {
		if name != file {
			return false
		}
		for r.Context().Err() == nil {
			rw.Write(make([]byte, 1<<16))
		}
		return true
	}
}

// rotated serves a root with other holders.
func (w *world) rotated(signers ...string) {
	next := w.root
	next.Version = 2
	next.Roles = map[string]repository.Role{}
	for name, r := range w.root.Roles {
		next.Roles[name] = r
	}
	next.Roles["root"] = role(2, "x1", "x2", "x3")
	w.only(map[string][]byte{"2.root.json": document(w.t, "root", must[[]byte](w.t)(next.Payload()), signers...)})
}

// withAlg writes the timestamp with a header of that alg.
func (w *world) withAlg(alg, signature string) []byte {
	kid, _ := keys.Thumbprint(key("t1").Public())
	header := base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, `{"alg":"%s","kid":"%s","typ":"obtr-timestamp+jws"}`, alg, kid))
	text := string(read(w.t, w.public("timestamp.json")))
	payload := text[:strings.Index(text, `"signatures"`)]
	return fmt.Appendf(nil, `%s"signatures":[{"protected":"%s","signature":"%s"}]}`, payload, header, signature)
}

// TestForkEvidence: both checkpoints are kept, and convince others.
func TestForkEvidence(t *testing.T) {
	w := newWorld(t)
	dir := t.TempDir()
	c := must[*repository.Client](t)(repository.Open(dir, read(t, w.public("1.root.json"))))
	old := copyDir(t, w.public())
	w.next("mirror", lines("m", 25))
	must[*repository.State](t)(w.update(c))
	attacks["log: split view"].play(w, old)
	if _, err := w.update(c); !errors.Is(err, translog.ErrFork) {
		t.Fatal(err)
	}
	kept := must[[]string](t)(filepath.Glob(filepath.Join(dir, "evidence", "fork-*")))
	if len(kept) != 2 {
		t.Fatal(kept)
	}
	for _, path := range kept {
		if _, err := w.root.Log.Open(read(t, path)); err != nil {
			t.Error(err)
		}
	}
}
