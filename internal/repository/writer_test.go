package repository_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"laurel/internal/durable"
	"laurel/internal/repository"
	"laurel/internal/signed"
)

// TestStages: documents are signed in turns, and published when there are enough.
func TestStages(t *testing.T) {
	w := newWorld(t)
	path := must[string](t)(w.writer.StageShard("overlay", lines("o", 9), w.now, w.now.Add(day)))
	_, err := w.writer.StageSnapshot("sample/v1", nil, w.now, w.now.Add(day))
	if !errors.Is(err, signed.ErrThreshold) {
		t.Error("a snapshot of what nobody signed: ", err)
	}
	if err := repository.SignFile(path, key("o1")); err != nil {
		t.Fatal(err)
	}
	if err := repository.SignFile(path, key("o1")); err == nil {
		t.Error("signed twice by one")
	}
	// A stranger's signature is taken by the file, and counts for nothing.
	if err := repository.SignFile(path, key("m1")); err != nil {
		t.Fatal(err)
	}
	pending := must[[]repository.Pending](t)(w.writer.Pending())
	if len(pending) != 1 || pending[0].Role != "overlay" || len(pending[0].Signers) != 1 || pending[0].Need != 2 || pending[0].Path != path {
		t.Errorf("%+v", pending)
	}
	// Staging the same again keeps the signatures.
	must[string](t)(w.writer.StageShard("overlay", lines("o", 9), w.now, w.now.Add(day)))
	if err := repository.SignFile(path, key("o3")); err != nil {
		t.Fatal(err)
	}
	snapshot := must[string](t)(w.writer.StageSnapshot("sample/v1", nil, w.now, w.now.Add(day)))
	if _, err := w.writer.Publish(ctx, w.publication()); !errors.Is(err, signed.ErrThreshold) {
		t.Error("published without the snapshot's signature: ", err)
	}
	w.sign(snapshot, "snapshot")
	s := must[*repository.State](t)(w.writer.Publish(ctx, w.publication()))
	if s.Shards["overlay"].Version != 2 || must[*repository.Lines](t)(s.Lines("overlay")).Len() != 9 {
		t.Errorf("%+v", s.Shards["overlay"])
	}
	if left := must[[]os.DirEntry](t)(os.ReadDir(filepath.Join(w.dir, "staged"))); len(left) != 0 {
		t.Error(left)
	}
}

// TestWriterRefuses: what the client would refuse is not published.
func TestWriterRefuses(t *testing.T) {
	w := newWorld(t)
	before := read(t, w.public("timestamp.json"))
	stage := func() {
		w.sign(must[string](t)(w.writer.StageSnapshot("sample/v1", nil, w.now, w.now.Add(7*day))), "snapshot")
	}
	for name, test := range map[string]struct {
		publish func() error
		want    error
	}{
		"a wrong timestamp key": {func() error {
			p := w.publication()
			p.Timestamp = key("s1")
			_, err := w.writer.Publish(ctx, p)
			return err
		}, signed.ErrThreshold},
		"a wrong log key": {func() error {
			p := w.publication()
			p.Log = key("t1")
			_, err := w.writer.Publish(ctx, p)
			return err
		}, nil},
		"an expired snapshot": {func() error {
			p := w.publication()
			p.Now = w.now.Add(8 * day)
			_, err := w.writer.Publish(ctx, p)
			return err
		}, repository.ErrExpired},
		"a timestamp for too long": {func() error {
			p := w.publication()
			p.Life = 30 * day
			_, err := w.writer.Publish(ctx, p)
			return err
		}, repository.ErrForm},
		"content changed after it was staged": {func() error {
			w.stage("mirror", lines("m", 50))
			stage()
			files, _ := filepath.Glob(filepath.Join(w.dir, "staged", "*.mirror.ndjson"))
			os.WriteFile(files[0], lines("m", 51), 0o600)
			_, err := w.writer.Publish(ctx, w.publication())
			return err
		}, repository.ErrDigest},
		"unsorted content": {func() error {
			_, err := w.writer.StageShard("mirror", []byte(`{"id":"b"}`+"\n"+`{"id":"a"}`+"\n"), w.now, w.now.Add(day))
			return err
		}, repository.ErrForm},
		"a shard that the root does not name": {func() error {
			_, err := w.writer.StageShard("other", nil, w.now, w.now.Add(day))
			return err
		}, repository.ErrForm},
		"a root with an online key among the offline ones": {func() error {
			bad := firstRoot(t)
			bad.Roles["mirror"] = role(1, "t1")
			_, err := w.writer.StageRoot(bad)
			return err
		}, repository.ErrForm},
		"a root with a threshold beyond its keys": {func() error {
			bad := firstRoot(t)
			bad.Roles["mirror"] = role(3, "m1", "m2")
			_, err := w.writer.StageRoot(bad)
			return err
		}, repository.ErrForm},
		"a root with a key twice": {func() error {
			bad := firstRoot(t)
			bad.Roles["mirror"] = role(2, "m1", "m1")
			_, err := w.writer.StageRoot(bad)
			return err
		}, repository.ErrForm},
		"a second writer": {func() error {
			_, err := repository.OpenWriter(w.dir)
			return err
		}, durable.ErrLocked},
	} {
		if err := test.publish(); err == nil || test.want != nil && !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
		if string(read(t, w.public("timestamp.json"))) != string(before) {
			t.Fatal(name, ": published")
		}
		for _, path := range must[[]string](t)(filepath.Glob(filepath.Join(w.dir, "staged", "*"))) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestInterruptedPublication: whatever was written before publishing was interrupted, it can
// be done again, and clients see the old version until then.
func TestInterruptedPublication(t *testing.T) {
	w := newWorld(t)
	c := w.client()
	must[*repository.State](t)(w.update(c))
	before := copyDir(t, w.dir)
	w.rotate("snapshot", role(1, "s2"), "s2")
	w.stage("mirror", lines("m", 33))
	w.sign(must[string](t)(w.writer.StageSnapshot("sample/v1", nil, w.now, w.now.Add(7*day))), "snapshot")
	staged := copyDir(t, filepath.Join(w.dir, "staged"))
	must[*repository.State](t)(w.writer.Publish(ctx, w.publication()))
	w.writer.Close()
	order := []string{"tile", "checkpoint"}
	for _, pattern := range []string{"*.mirror.ndjson", "2.mirror.json", "2.snapshot.json", "1-2.*", "2.root.json", "timestamp.json"} {
		files := must[[]string](t)(filepath.Glob(w.public(pattern)))
		for _, f := range files {
			order = append(order, filepath.Base(f))
		}
	}
	for n := range len(order) + 1 {
		dir := copyDir(t, before)
		if err := errors.Join(copyOver(w.public(), filepath.Join(dir, "public"), order[:n]...), copyOver(staged, filepath.Join(dir, "staged"), ".")); err != nil {
			t.Fatal(err)
		}
		again := must[*repository.Writer](t)(repository.OpenWriter(dir))
		if _, err := again.Publish(ctx, w.publication()); err != nil {
			t.Fatalf("after %v: %v", order[:n], err)
		}
		again.Close()
		client := must[*repository.Client](t)(repository.Open(t.TempDir(), read(t, w.public("1.root.json"))))
		s, err := client.Update(ctx, repository.Folder(filepath.Join(dir, "public")), w.options())
		if err != nil || s.Snapshot.Version != 2 || s.Root.Version != 2 {
			t.Fatalf("after %v: %v", order[:n], err)
		}
		if note := string(read(t, dir, "public", "checkpoint")); !strings.Contains(note, "\n2\n") {
			t.Error("the leaf is there twice: ", note)
		}
	}
}

// TestUnsignedStaysPrivate: what is staged and not in the snapshot is not published by a new
// timestamp.
func TestUnsignedStaysPrivate(t *testing.T) {
	w := newWorld(t)
	must[string](t)(w.writer.StageShard("mirror", lines("secret", 3), w.now, w.now.Add(day)))
	w.now = w.now.Add(time.Hour)
	must[*repository.State](t)(w.writer.Publish(ctx, w.publication()))
	files := must[[]string](t)(filepath.Glob(w.public("*.mirror.ndjson")))
	if len(files) != 1 {
		t.Error(files)
	}
	if kept := must[[]string](t)(filepath.Glob(filepath.Join(w.dir, "staged", "*"))); len(kept) != 2 {
		t.Error(kept)
	}
}

// TestLeaves: other things than snapshots may stand in the log.
func TestLeaves(t *testing.T) {
	w := newWorld(t)
	p := w.publication()
	p.Leaves = [][]byte{[]byte("an event"), []byte("another")}
	w.stage("mirror", lines("m", 5))
	w.sign(must[string](t)(w.writer.StageSnapshot("sample/v1", json.RawMessage(`[{"a":[1,2]}]`), w.now, w.now.Add(7*day))), "snapshot")
	s := must[*repository.State](t)(w.writer.Publish(ctx, p))
	if s.Timestamp.LogIndex != 3 || s.Inclusion.Size != 4 || string(s.Snapshot.Sources) != `[{"a":[1,2]}]` {
		t.Errorf("%+v", s.Timestamp)
	}
}

func TestFirstPublication(t *testing.T) {
	w := must[*repository.Writer](t)(repository.OpenWriter(t.TempDir()))
	defer w.Close()
	if _, err := w.Publish(ctx, repository.Publication{Timestamp: key("t1"), Log: key("log"), Now: noon}); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if _, err := w.StageShard("mirror", nil, noon, noon.Add(day)); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}
