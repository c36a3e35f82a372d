package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"laurel/internal/store"
)

func openMirror(t testing.TB, path string) *store.Mirror {
	t.Helper()
	m, err := store.OpenMirror(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

func newMirror(t testing.TB) *store.Mirror {
	return openMirror(t, filepath.Join(t.TempDir(), "mirror.db"))
}

// observed is when the nth import was observed; it is accepted an hour later.
func observed(n uint64) time.Time { return at.AddDate(0, 0, int(n)) }

// puts reads rows such as "1=a 2=b 3-": the last of them is gone.
func puts(kind, text string) (rows []store.MirrorPut) {
	for word := range strings.FieldsSeq(text) {
		if id, gone := strings.CutSuffix(word, "-"); gone {
			rows = append(rows, store.MirrorPut{Kind: kind, ID: id, Gone: true})
			continue
		}
		id, body, _ := strings.Cut(word, "=")
		rows = append(rows, store.MirrorPut{Kind: kind, ID: id, Body: []byte(body)})
	}
	return rows
}

// sealed runs an import up to its seal.
func sealed(t testing.TB, m *store.Mirror, rows []store.MirrorPut, full ...string) store.MirrorImport {
	t.Helper()
	all, err := m.Imports(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	i, err := m.Begin(t.Context(), store.MirrorImport{Observed: observed(uint64(len(all) + 1)), Full: full})
	if err == nil {
		err = m.Stage(t.Context(), i.Number, rows)
	}
	if err == nil {
		i, err = m.Seal(t.Context(), i.Number)
	}
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func accepted(t testing.TB, m *store.Mirror, rows []store.MirrorPut, full ...string) store.MirrorImport {
	t.Helper()
	i := sealed(t, m, rows, full...)
	i, err := m.Accept(t.Context(), i.Number, observed(i.Number).Add(time.Hour), "")
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// state writes the rows of a kind in a view as puts reads them.
func state(t testing.TB, m *store.Mirror, view store.View, kind string) string {
	t.Helper()
	var words []string
	err := m.Rows(t.Context(), view, kind, func(r store.MirrorRow) error {
		if word := r.ID + "=" + string(r.Body); !r.Gone {
			words = append(words, word)
		} else {
			words = append(words, r.ID+"-")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(words, " ")
}

func wantState(t *testing.T, m *store.Mirror, view store.View, want string) {
	t.Helper()
	if got := state(t, m, view, "k"); got != want {
		t.Errorf("%+v: %q, want %q", view, got, want)
	}
}

func TestMirrorLife(t *testing.T) {
	m := newMirror(t)
	accepted(t, m, puts("k", "1=a 2=b 3=c"), "k")
	accepted(t, m, puts("k", "1=a 3=C 4=d"), "k")
	last := accepted(t, m, puts("k", "1=a 2=b 3=C 4=d"), "k")
	if want := (store.MirrorCount{Before: 3, Appeared: 1}); last.Counts["k"] != want {
		t.Errorf("%+v", last.Counts)
	}
	wantState(t, m, store.View{}, "1=a 2=b 3=C 4=d")
	wantState(t, m, store.View{At: observed(1)}, "")
	wantState(t, m, store.View{At: observed(1).Add(time.Hour)}, "1=a 2=b 3=c")
	wantState(t, m, store.View{At: observed(3)}, "1=a 2- 3=C 4=d")
	history, err := m.History(t.Context(), store.View{}, "k", "2")
	if err != nil || len(history) != 3 {
		t.Fatal(history, err)
	}
	for n, want := range []string{"appeared  b", "vanished b ", "appeared  b"} {
		if got := fmt.Sprintf("%s %s %s", history[n].Change, history[n].Before, history[n].After); got != want || !history[n].Observed.Equal(observed(uint64(n+1))) {
			t.Errorf("%d: %q at %s", n, got, history[n].Observed)
		}
	}
	r, ok, err := m.Row(t.Context(), store.View{At: observed(3)}, "k", "2")
	if err != nil || !ok || !r.Gone || string(r.Body) != "b" || !r.FirstSeen.Equal(observed(1)) || !r.Known.Equal(observed(2)) {
		t.Errorf("the tombstone: %+v, %v", r, err)
	}
	if r, _, _ = m.Row(t.Context(), store.View{}, "k", "1"); !r.FirstSeen.Equal(observed(1)) || !r.Known.Equal(observed(1)) || !r.Checked.Equal(observed(3)) {
		t.Errorf("%+v", r)
	}
	if _, ok, err = m.Row(t.Context(), store.View{}, "k", "77"); ok || err != nil {
		t.Error("a row that never was", err)
	}
}

func TestMirrorSingleRows(t *testing.T) {
	m := newMirror(t)
	accepted(t, m, puts("k", "1=a 2=b"), "k")
	accepted(t, m, append(puts("k", "1=A 2=b 3-"), puts("other", "1=x")...))
	wantState(t, m, store.View{}, "1=A 2=b")
	if r, _, _ := m.Row(t.Context(), store.View{}, "k", "2"); !r.Known.Equal(observed(1)) || !r.Checked.Equal(observed(2)) {
		t.Errorf("%+v", r)
	}
	accepted(t, m, puts("k", "2-"))
	wantState(t, m, store.View{}, "1=A 2-")
	accepted(t, m, puts("k", "2-"))
	if h, err := m.History(t.Context(), store.View{}, "k", "2"); err != nil || len(h) != 2 {
		t.Errorf("gone twice: %+v, %v", h, err)
	}
}

func TestMirrorHold(t *testing.T) {
	m := newMirror(t)
	accepted(t, m, puts("k", "1=a 2=b 3=c"), "k")
	i := sealed(t, m, puts("k", "1=x"), "k")
	if _, err := m.Hold(t.Context(), i.Number, "too many vanished"); err != nil {
		t.Fatal(err)
	}
	wantState(t, m, store.View{}, "1=a 2=b 3=c")
	wantState(t, m, store.View{With: i.Number}, "1=x 2- 3-")
	if _, err := m.Begin(t.Context(), store.MirrorImport{Observed: observed(9), Full: []string{"k"}}); !errors.Is(err, store.ErrImportPending) {
		t.Errorf("a second import beside one that is held: %v", err)
	}
	changes := 0
	if err := m.Changes(t.Context(), i.Number, func(store.MirrorEvent) error { changes++; return nil }); err != nil || changes != 3 {
		t.Error(changes, err)
	}
	if err := m.Discard(t.Context(), i.Number, observed(3), "operator"); err != nil {
		t.Fatal(err)
	}
	wantState(t, m, store.View{}, "1=a 2=b 3=c")
	wantState(t, m, store.View{With: i.Number}, "1=a 2=b 3=c")
	if _, err := m.Accept(t.Context(), i.Number, observed(3), "x"); !errors.Is(err, store.ErrNoImport) {
		t.Errorf("a discarded import is accepted: %v", err)
	}
	i = sealed(t, m, puts("k", "1=y"), "k")
	if _, err := m.Hold(t.Context(), i.Number, "again"); err != nil {
		t.Fatal(err)
	}
	if _, err := m.Accept(t.Context(), i.Number, observed(5), "operator"); err != nil {
		t.Fatal(err)
	}
	wantState(t, m, store.View{}, "1=y 2- 3-")
	wantState(t, m, store.View{At: observed(4)}, "1=a 2=b 3=c")
	all, err := m.Imports(t.Context())
	if err != nil || len(all) != 3 || all[1].State != store.ImportDiscarded || all[1].Reason == "" || all[2].By != "operator" {
		t.Errorf("%+v, %v", all, err)
	}
}

func TestMirrorStagesAgain(t *testing.T) {
	m := newMirror(t)
	accepted(t, m, puts("k", "1=a 2=b"), "k")
	i, err := m.Begin(t.Context(), store.MirrorImport{Observed: observed(2), Full: []string{"k"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"1=x 2=b 3=c", "1=a", "3=d"} {
		if err := m.Stage(t.Context(), i.Number, puts("k", text), store.MirrorRaw{URL: "https://backend.example/", SHA256: text}); err != nil {
			t.Fatal(err)
		}
	}
	staged, err := m.Staged(t.Context(), i.Number, "k", []string{"1", "2", "3", "4"})
	if err != nil || !slices.Equal(staged, []bool{true, true, true, false}) {
		t.Error(staged, err)
	}
	wantState(t, m, store.View{}, "1=a 2=b")
	if i, err = m.Seal(t.Context(), i.Number); err != nil || i.Counts["k"] != (store.MirrorCount{Before: 2, Appeared: 1}) || len(i.Raw) != 3 {
		t.Errorf("%+v, %v", i, err)
	}
	if err := m.Stage(t.Context(), i.Number, puts("k", "4=e")); !errors.Is(err, store.ErrNoImport) {
		t.Errorf("staged after the seal: %v", err)
	}
	if _, err := m.Accept(t.Context(), i.Number, observed(3), ""); err != nil {
		t.Fatal(err)
	}
	wantState(t, m, store.View{}, "1=a 2=b 3=d")
}

func TestMirrorRefusesNames(t *testing.T) {
	m := newMirror(t)
	i, err := m.Begin(t.Context(), store.MirrorImport{Observed: observed(1), Full: []string{"k"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []store.MirrorPut{{Kind: "k"}, {ID: "1"}, {Kind: "k\x00", ID: "1"}, {Kind: "k", ID: "1\x00"}, {Kind: "k", ID: strings.Repeat("x", 2000)}} {
		if err := m.Stage(t.Context(), i.Number, []store.MirrorPut{r}); err == nil {
			t.Errorf("%q %q", r.Kind, r.ID)
		}
	}
}

// TestMirrorAgrees compares random imports with a model of maps, in every view.
func TestMirrorAgrees(t *testing.T) {
	m := newMirror(t)
	r := rand.New(rand.NewPCG(1, 2))
	now := map[string]string{}
	var then []string
	for n := range uint64(40) {
		next := map[string]string{}
		var words []string
		for id := range 12 {
			if r.IntN(4) == 0 {
				continue
			}
			next[fmt.Sprintf("%02d", id)] = string(rune('a' + r.IntN(2)))
			words = append(words, fmt.Sprintf("%02d=%s", id, next[fmt.Sprintf("%02d", id)]))
		}
		i := sealed(t, m, puts("k", strings.Join(words, " ")), "k")
		if n%3 == 2 {
			if err := m.Discard(t.Context(), i.Number, observed(i.Number), ""); err != nil {
				t.Fatal(err)
			}
		} else {
			for id := range now {
				now[id] = "-"
			}
			for id, body := range next {
				now[id] = "=" + body
			}
			if _, err := m.Accept(t.Context(), i.Number, observed(i.Number), ""); err != nil {
				t.Fatal(err)
			}
		}
		var want []string
		for id, said := range now {
			want = append(want, id+said)
		}
		slices.Sort(want)
		then = append(then, strings.Join(want, " "))
	}
	for n, want := range then {
		wantState(t, m, store.View{At: observed(uint64(n + 1))}, want)
	}
}

func TestMirrorOpens(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mirror.db")
	m := openMirror(t, path)
	accepted(t, m, puts("k", "1=a"), "k")
	if _, err := store.OpenMirror(path); !errors.Is(err, store.ErrInUse) {
		t.Errorf("a second opening: %v", err)
	}
	m.Close()
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info.Mode(), err)
	}
	if _, err := store.OpenBolt(path); err == nil {
		t.Error("a mirror opens as an issuer's store")
	}
	wantState(t, openMirror(t, path), store.View{}, "1=a")
}

func TestMirrorRefusesFiles(t *testing.T) {
	for words, edit := range map[string]func(*bbolt.Tx) error{
		"not a mirror":       func(tx *bbolt.Tx) error { return tx.DeleteBucket([]byte("mirror")) },
		"does not say":       func(tx *bbolt.Tx) error { return tx.Bucket([]byte("mirror")).Delete([]byte("format")) },
		"a newer version":    func(tx *bbolt.Tx) error { return tx.Bucket([]byte("mirror")).Put([]byte("format"), []byte("99")) },
		`it has no "staged"`: func(tx *bbolt.Tx) error { return tx.DeleteBucket([]byte("staged")) },
	} {
		path := filepath.Join(t.TempDir(), "mirror.db")
		openMirror(t, path).Close()
		change(t, path, edit)
		before, _ := os.ReadFile(path)
		if m, err := store.OpenMirror(path); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v, %v", words, m, err)
		}
		if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
			t.Errorf("%s: the refused file was changed", words)
		}
	}
	path := filepath.Join(t.TempDir(), "laurel.db")
	mustClose(t, mustOpen(t, path))
	if _, err := store.OpenMirror(path); err == nil || !strings.Contains(err.Error(), "not a mirror") {
		t.Errorf("an issuer's store: %v", err)
	}
}

func TestArchive(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "raw")
	a, err := store.OpenArchive(folder)
	if err != nil {
		t.Fatal(err)
	}
	content := bytes.Repeat([]byte("sample row\n"), 10_000)
	digest, err := a.Put(content)
	if again, err2 := a.Put(content); err != nil || err2 != nil || again != digest {
		t.Fatal(digest, again, err, err2)
	}
	read := func() ([]byte, error) {
		f, err := a.Open(digest)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		var out bytes.Buffer
		_, err = out.ReadFrom(f)
		return out.Bytes(), err
	}
	if got, err := read(); err != nil || !bytes.Equal(got, content) {
		t.Error(len(got), err)
	}
	d, err := a.Draft()
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(d, "half")
	if err := a.Clean(); err != nil {
		t.Error(err)
	}
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil || len(files) != 1 {
		t.Error(files, err)
	}
	other, err := a.Put([]byte("other bytes"))
	if err != nil {
		t.Fatal(err)
	}
	file := func(digest string) string { return filepath.Join(folder, digest[:2], digest+".gz") }
	if err := os.Rename(file(other), file(digest)); err != nil {
		t.Fatal(err)
	}
	if _, err := read(); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("other bytes under a digest: %v", err)
	}
	for _, name := range []string{"", "../../etc", strings.Repeat("0", 63), other[:62] + "/."} {
		if f, err := a.Open(name); err == nil {
			f.Close()
			t.Errorf("%q is open", name)
		}
	}
}
