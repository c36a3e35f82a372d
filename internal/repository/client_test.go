package repository_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"laurel/internal/durable"
	"laurel/internal/repository"
)

func TestUpdate(t *testing.T) {
	w := newWorld(t)
	c := w.client()
	if _, err := c.State(); !errors.Is(err, repository.ErrNoState) {
		t.Error(err)
	}
	s := must[*repository.State](t)(w.update(c))
	if s.Snapshot.Version != 1 || s.Snapshot.Policy != "sample/v1" || string(s.Snapshot.Sources) != `[{"id":"sample"}]` || s.Snapshot.Prev != nil {
		t.Errorf("%+v", s.Snapshot)
	}
	l := must[*repository.Lines](t)(s.Lines("mirror"))
	if i, ok := l.Find("urn:example:m0007"); !ok || i != 7 || l.Len() != 20 || !strings.Contains(string(l.Line(7)), "College 7") {
		t.Error(i, ok, l.Len())
	}
	if _, err := s.Lines("none"); err == nil {
		t.Error("a shard that is not there")
	}
	w.now = w.now.Add(day)
	w.next("mirror", lines("m", 21))
	s = must[*repository.State](t)(w.update(c))
	if s.Snapshot.Version != 2 || s.Shards["mirror"].Version != 2 || s.Shards["overlay"].Version != 1 || s.Snapshot.Prev.Version != 1 {
		t.Errorf("%+v", s.Snapshot)
	}
	if !slices.Contains(w.asked, "1-2.mirror.delta.json") || slices.ContainsFunc(w.asked, func(name string) bool { return strings.HasSuffix(name, ".ndjson") }) {
		t.Error("no delta: ", w.asked)
	}
	again := must[*repository.State](t)(c.State())
	if again.Digest() != s.Digest() || must[*repository.Lines](t)(again.Lines("mirror")).Len() != 21 {
		t.Error("another state from the disk")
	}
	if _, err := s.Inclusion.Check(s.Root.Log, s.Entry()); err != nil {
		t.Error(err)
	}
}

// TestSmall: a client that has the newest version downloads less than 1 KB, headers included.
func TestSmall(t *testing.T) {
	w := newWorld(t)
	c := w.client()
	must[*repository.State](t)(w.update(c))
	before := w.sent.Load()
	must[*repository.State](t)(w.update(c))
	unchanged := w.sent.Load() - before
	w.now = w.now.Add(12 * time.Hour)
	must[*repository.State](t)(w.writer.Publish(ctx, w.publication()))
	before = w.sent.Load()
	s := must[*repository.State](t)(w.update(c))
	refreshed := w.sent.Load() - before
	if unchanged >= 1000 || refreshed-300 >= 1000 || s.Timestamp.Version != 2 || len(w.asked) != 2 {
		t.Errorf("unchanged: %d bytes; a new timestamp: %d; asked for %v", unchanged, refreshed, w.asked)
	}
	size := len(read(t, w.public("timestamp.json")))
	if size >= 1000 {
		t.Errorf("timestamp of %d bytes", size)
	}
	t.Logf("unchanged: %d bytes; a new timestamp: %d, of which the file is %d", unchanged, refreshed, size)
}

func TestFreshness(t *testing.T) {
	w := newWorld(t)
	s := must[*repository.State](t)(w.update(w.client()))
	for _, test := range []struct {
		after time.Duration
		want  repository.Freshness
	}{
		{0, repository.Fresh}, {36*time.Hour - time.Second, repository.Fresh}, {36 * time.Hour, repository.Stale},
		{7*day - time.Second, repository.Stale}, {7 * day, repository.Expired}, {1000 * day, repository.Expired}, {-day, repository.Expired},
	} {
		if got := s.Freshness(noon.Add(test.after)); got != test.want {
			t.Errorf("after %v: %v", test.after, got)
		}
	}
	if repository.Freshness(0) != repository.Expired {
		t.Error("zero is not expired")
	}
}

// TestCarried: the update comes in a folder, later than its timestamp allows.
func TestCarried(t *testing.T) {
	w := newWorld(t)
	later := noon.Add(4 * day)
	for _, test := range []struct {
		age  time.Duration
		now  time.Time
		want error
	}{
		{0, later, repository.ErrExpired},
		{2 * day, later, repository.ErrExpired},
		{3 * day, later, nil},
		{30 * day, noon.Add(8 * day), repository.ErrExpired}, // the snapshot is
		{30 * day, noon.Add(-day), repository.ErrExpired},    // from the future
	} {
		s, err := w.client().Update(ctx, repository.Folder(w.writer.Public()), repository.Options{Now: test.now, MaxAge: test.age})
		if !errors.Is(err, test.want) {
			t.Error(test, err)
		}
		if err == nil && s.Freshness(test.now) != repository.Stale {
			t.Error(s.Freshness(test.now))
		}
	}
}

// TestMirrored: a client's folder is a repository, from which another client updates; and
// the files are the same, byte for byte.
func TestMirrored(t *testing.T) {
	w := newWorld(t)
	dir := t.TempDir()
	first := must[*repository.Client](t)(repository.Open(dir, read(t, w.public("1.root.json"))))
	o := w.options()
	o.Mirror = true
	second := w.client()
	for i := range 4 {
		must[*repository.State](t)(first.Update(ctx, repository.Folder(w.public()), o))
		s := must[*repository.State](t)(second.Update(ctx, repository.Folder(filepath.Join(dir, "public")), o))
		if s.Snapshot.Version != int64(i+1) {
			t.Error(s.Snapshot.Version)
		}
		w.next("mirror", lines("m", 30+i))
	}
	must[*repository.State](t)(first.Update(ctx, repository.Folder(w.public()), o))
	same := 0
	err := filepath.WalkDir(filepath.Join(dir, "public"), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(filepath.Join(dir, "public"), path)
		if string(read(t, path)) != string(read(t, w.public(name))) {
			t.Error("other bytes: ", name)
		}
		same++
		return err
	})
	if err != nil || same < 30 {
		t.Error(same, err)
	}
	for _, name := range []string{"checkpoint", "tile/0/000.p/5", "tile/entries/000.p/5", "4-5.mirror.delta.json"} {
		read(t, dir, "public", filepath.FromSlash(name))
	}
}

func TestLineProof(t *testing.T) {
	w := newWorld(t)
	s := must[*repository.State](t)(w.update(w.client()))
	l := must[*repository.Lines](t)(s.Lines("mirror"))
	text := must[[]byte](t)(json.Marshal(must[repository.LineProof](t)(s.Prove(l, "mirror", 7))))
	p := must[repository.LineProof](t)(repository.ReadLineProof(text))
	if shard, err := p.Check(s.Root); err != nil || shard.Version != 1 || p.Line != string(l.Line(7)) {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*repository.LineProof){
		"line":     func(p *repository.LineProof) { p.Line = strings.Replace(p.Line, "7", "8", 1) },
		"index":    func(p *repository.LineProof) { p.Index++ },
		"shard":    func(p *repository.LineProof) { p.Shard = "overlay" },
		"hashes":   func(p *repository.LineProof) { p.Hashes = p.Hashes[1:] },
		"document": func(p *repository.LineProof) { p.Document = strings.Replace(p.Document, "A", "B", 1) },
	} {
		changed := p
		change(&changed)
		if _, err := changed.Check(s.Root); !errors.Is(err, repository.ErrRefused) {
			t.Error(name, err)
		}
	}
	if _, err := s.Prove(l, "overlay", 0); err == nil {
		t.Error("a line of another shard")
	}
}

func TestOpen(t *testing.T) {
	w := newWorld(t)
	dir := t.TempDir()
	root := read(t, w.public("1.root.json"))
	must[*repository.Client](t)(repository.Open(dir, root))
	must[*repository.Client](t)(repository.Open(dir, root))
	other := w.root
	other.Expires = other.Expires.Add(day)
	payload := must[[]byte](t)(other.Payload())
	if _, err := repository.Open(dir, document(t, "root", payload, "r1", "r2")); !errors.Is(err, repository.ErrChanged) {
		t.Error("another registry's root: ", err)
	}
	if _, err := repository.Open(t.TempDir(), document(t, "root", payload, "r1")); !errors.Is(err, repository.ErrRefused) {
		t.Error("a root below its own threshold: ", err)
	}
	unlock := must[func() error](t)(durable.Lock(dir))
	defer unlock()
	c := must[*repository.Client](t)(repository.Open(dir, root))
	if _, err := w.update(c); !errors.Is(err, durable.ErrLocked) {
		t.Error("two updates at once: ", err)
	}
}
