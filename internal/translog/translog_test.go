package translog_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"laurel/internal/durable"
	"laurel/internal/translog"
)

// TestSizes grows a log through the sizes at which tiles fill up; each tree contains those
// before, and its leaves are proved.
func TestSizes(t *testing.T) {
	dir := t.TempDir()
	w, p, tiles := open(t, dir), policy(t), translog.Folder(dir)
	var seen []translog.Checkpoint
	for _, size := range []int{0, 1, 2, 3, 7, 255, 256, 257, 300, 511, 512, 1000} {
		c := grow(t, w, size)
		if c.Root != root(entries(size)) {
			t.Fatal("root of ", size)
		}
		for _, old := range seen {
			if got, err := p.Follow(ctx, old, c.Note, tiles); err != nil || got.Root != c.Root {
				t.Errorf("%d after %d: %v", size, old.Size, err)
			}
		}
		seen = append(seen, c)
		for _, index := range []int{0, 1, size / 2, size - 1} {
			if index < 0 || index >= size {
				continue
			}
			proof := must[translog.Proof](t)(translog.Prove(ctx, c, int64(index), tiles))
			if _, err := proof.Check(p, entry(index)); err != nil {
				t.Error(size, index, err)
			}
			if _, err := proof.Check(p, entry(index+1)); !errors.Is(err, translog.ErrProof) {
				t.Error("another leaf: ", err)
			}
			if found, err := translog.Find(ctx, c, translog.LeafHash(entry(index)), 0, tiles); err != nil || found != int64(index) {
				t.Error(found, err)
			}
		}
	}
	if _, err := translog.Find(ctx, w.Checkpoint(), translog.LeafHash([]byte("x")), 0, tiles); !errors.Is(err, translog.ErrProof) {
		t.Error(err)
	}
	// A log that is opened again goes on where it was.
	w.Close()
	if c := grow(t, open(t, dir), 1001); c.Root != root(entries(1001)) {
		t.Error("root after opening again")
	}
}

// TestLayout: the files are where C2SP tlog-tiles says, and of that length.
func TestLayout(t *testing.T) {
	dir := t.TempDir()
	grow(t, open(t, dir), 70_000)
	for path, size := range map[string]int{
		"tile/0/000": 8192, "tile/0/272": 8192, "tile/0/273.p/112": 112 * 32, "tile/1/000": 8192, "tile/1/001.p/17": 17 * 32, "tile/2/000.p/1": 32,
	} {
		if got := read(t, dir, path); len(got) != size {
			t.Error(path, len(got))
		}
	}
	bundle := must[[][]byte](t)(translog.ReadBundle(read(t, dir, "tile/entries/273.p/112")))
	if len(bundle) != 112 || string(bundle[111]) != "leaf 69999" {
		t.Error(len(bundle))
	}
	if _, err := os.Stat(filepath.Join(dir, "tile/0/274.p")); !errors.Is(err, fs.ErrNotExist) {
		t.Error("an empty tile: ", err)
	}
	note := string(read(t, dir, "checkpoint"))
	if !strings.HasPrefix(note, origin+"\n70000\n") {
		t.Error(note)
	}
	if paths := translog.TilePaths(0, 70_000); len(paths) != 2*274+2+1 {
		t.Error(len(paths))
	}
}

// TestPartialTileIsGone: the full tile stands in.
func TestPartialTileIsGone(t *testing.T) {
	dir := t.TempDir()
	w := open(t, dir)
	old := grow(t, w, 200)
	grow(t, w, 256)
	if err := os.RemoveAll(filepath.Join(dir, "tile/0/000.p")); err != nil {
		t.Fatal(err)
	}
	proof := must[translog.Proof](t)(translog.Prove(ctx, old, 100, translog.Folder(dir)))
	if _, err := proof.Check(policy(t), entry(100)); err != nil {
		t.Error(err)
	}
}

// fork returns a log that has other leaves from an index on.
func fork(t *testing.T, dir string, size int) (string, translog.Checkpoint) {
	t.Helper()
	other := copyDir(t, dir)
	w := open(t, other)
	for int(w.Checkpoint().Size) < size {
		if _, _, err := w.Append([]byte("another leaf")); err != nil {
			t.Fatal(err)
		}
	}
	return other, w.Checkpoint()
}

func TestForks(t *testing.T) {
	dir := t.TempDir()
	w, p := open(t, dir), policy(t)
	grow(t, w, 100)
	_, same := fork(t, dir, 150)
	longerDir, longer := fork(t, dir, 300)
	last := grow(t, w, 150)
	for name, next := range map[string]translog.Checkpoint{"same size, other root": same, "longer": longer} {
		_, err := p.Follow(ctx, last, next.Note, translog.Folder(longerDir))
		var evidence *translog.ForkError
		if !errors.Is(err, translog.ErrFork) || !errors.As(err, &evidence) {
			t.Fatalf("%s: %v", name, err)
		}
		for _, signed := range [][]byte{evidence.Old, evidence.New} {
			if _, err := p.Open(signed); err != nil {
				t.Error("evidence that does not convince: ", err)
			}
		}
	}
	// Tiles of the other history prove nothing, since anybody may serve them.
	if _, err := p.Follow(ctx, last, grow(t, w, 300).Note, translog.Folder(longerDir)); !errors.Is(err, translog.ErrTiles) || errors.Is(err, translog.ErrFork) {
		t.Error(err)
	}
	if _, err := p.Follow(ctx, last, w.Checkpoint().Note, translog.Folder(t.TempDir())); !errors.Is(err, fs.ErrNotExist) || errors.Is(err, translog.ErrFork) {
		t.Error(err)
	}
	if _, err := p.Follow(ctx, w.Checkpoint(), last.Note, translog.Folder(dir)); !errors.Is(err, translog.ErrOlder) {
		t.Error(err)
	}
}

func TestClient(t *testing.T) {
	dir, mine := t.TempDir(), t.TempDir()
	w, p := open(t, dir), policy(t)
	c := must[*translog.Client](t)(translog.OpenClient(mine, p))
	for _, size := range []int{0, 5, 5, 300} {
		grow(t, w, size)
		if got, err := c.Update(ctx, translog.Folder(dir)); err != nil || got.Size != int64(size) {
			t.Fatal(got, err)
		}
	}
	forked := copyDir(t, dir)
	grow(t, w, 301)
	must[translog.Checkpoint](t)(c.Update(ctx, translog.Folder(dir)))
	other := open(t, forked)
	if _, _, err := other.Append([]byte("another leaf"), []byte("and one more")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Update(ctx, translog.Folder(forked)); !errors.Is(err, translog.ErrFork) {
		t.Fatal(err)
	}
	if last, err := c.Last(); err != nil || last.Size != 301 || last.Root != w.Checkpoint().Root {
		t.Error("the last good checkpoint is lost: ", last, err)
	}
	kept := must[[]string](t)(filepath.Glob(filepath.Join(mine, "fork-*")))
	if len(kept) != 2 || !bytes.Equal(read(t, kept[0]), other.Checkpoint().Note) || !bytes.Equal(read(t, kept[1]), w.Checkpoint().Note) {
		t.Error("evidence: ", kept)
	}
}

func TestOneWriter(t *testing.T) {
	dir := t.TempDir()
	open(t, dir)
	if _, err := translog.OpenWriter(dir, origin, key(1)); !errors.Is(err, durable.ErrLocked) {
		t.Error(err)
	}
}

func TestWriterRefuses(t *testing.T) {
	dir := t.TempDir()
	w := open(t, dir)
	grow(t, w, 3)
	if _, _, err := w.Append([]byte("good"), make([]byte, translog.MaxEntry+1)); !errors.Is(err, translog.ErrForm) || w.Checkpoint().Size != 3 {
		t.Error(err)
	}
	if _, _, err := w.Append(make([]byte, translog.MaxEntry)); err != nil {
		t.Error(err)
	}
	w.Close()
	if _, err := translog.OpenWriter(dir, origin, key(2)); !errors.Is(err, translog.ErrSignature) {
		t.Error("another key: ", err)
	}
	if _, err := translog.OpenWriter(dir, "other.example", key(1)); !errors.Is(err, translog.ErrSignature) {
		t.Error("another origin: ", err)
	}
	if err := os.Remove(filepath.Join(dir, "checkpoint")); err != nil {
		t.Fatal(err)
	}
	if _, err := translog.OpenWriter(dir, origin, key(1)); err == nil {
		t.Error("a second history begins where a checkpoint was lost")
	}
}

// TestDamagedDisk: a log whose tiles are not what it signed signs no more.
func TestDamagedDisk(t *testing.T) {
	for _, path := range []string{"tile/0/000.p/5", "tile/entries/000.p/5"} {
		dir := t.TempDir()
		w := open(t, dir)
		grow(t, w, 5)
		damaged := read(t, dir, path)
		damaged[len(damaged)-1] ^= 1
		if err := os.WriteFile(filepath.Join(dir, path), damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := w.Append([]byte("x")); !errors.Is(err, translog.ErrTiles) {
			t.Error(path, err)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	good := string(grow(t, open(t, dir), 7).Note)
	p := policy(t)
	sign := func(text string) string {
		skey := "PRIVATE+KEY+" + origin + "+" + strings.SplitN(p.Key, "+", 3)[1] + "+" + base64.StdEncoding.EncodeToString(append([]byte{1}, key(1).Seed()...))
		signer := must[note.Signer](t)(note.NewSigner(skey))
		return string(must[[]byte](t)(note.Sign(&note.Note{Text: text}, signer)))
	}
	lines := strings.Split(good, "\n")
	if _, err := p.Open([]byte(sign(strings.Join(lines[:3], "\n") + "\n"))); err != nil {
		t.Fatal("a note that another library signed: ", err)
	}
	if _, err := p.Open([]byte(sign(strings.Join(lines[:3], "\n") + "\nan extension\n"))); err != nil {
		t.Error("extension lines are allowed: ", err)
	}
	for name, test := range map[string]struct {
		text string
		want error
	}{
		"nothing":            {"", translog.ErrForm},
		"unsigned":           {strings.Join(lines[:3], "\n") + "\n\n", translog.ErrForm},
		"size changed":       {strings.Replace(good, "\n7\n", "\n8\n", 1), translog.ErrSignature},
		"leading zero":       {sign(origin + "\n07\n" + lines[2] + "\n"), translog.ErrForm},
		"negative":           {sign(origin + "\n-7\n" + lines[2] + "\n"), translog.ErrForm},
		"sign":               {sign(origin + "\n+7\n" + lines[2] + "\n"), translog.ErrForm},
		"beyond all trees":   {sign(origin + "\n9223372036854775807\n" + lines[2] + "\n"), translog.ErrForm},
		"short root":         {sign(origin + "\n7\nAAAA\n"), translog.ErrForm},
		"loose base64":       {sign(origin + "\n7\n" + strings.TrimSuffix(lines[2], "=") + "\n"), translog.ErrForm},
		"empty line":         {sign(origin + "\n7\n" + lines[2] + "\n\nx\n"), translog.ErrForm},
		"two lines":          {sign(origin + "\n7\n"), translog.ErrForm},
		"empty, with a root": {sign(origin + "\n0\n" + lines[2] + "\n"), translog.ErrForm},
		"another origin":     {sign("other.example\n7\n" + lines[2] + "\n"), translog.ErrSignature},
		"too long":           {good + strings.Repeat("— x AAAAAAAA\n", 6000), translog.ErrForm},
		"control character":  {sign(strings.Join(lines[:3], "\n")+"\n") + "\x00", translog.ErrForm},
	} {
		if _, err := p.Open([]byte(test.text)); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestProofTravels(t *testing.T) {
	dir := t.TempDir()
	c, p := grow(t, open(t, dir), 300), policy(t)
	proof := must[translog.Proof](t)(translog.Prove(ctx, c, 280, translog.Folder(dir)))
	text := must[[]byte](t)(json.Marshal(proof))
	back := must[translog.Proof](t)(translog.ReadProof(text))
	if got, err := back.Check(p, entry(280)); err != nil || got.Size != 300 {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*translog.Proof){
		"index":    func(p *translog.Proof) { p.Index++ },
		"negative": func(p *translog.Proof) { p.Index = -1 },
		"beyond":   func(p *translog.Proof) { p.Index = 300 },
		"size":     func(p *translog.Proof) { p.Size++ },
		"hash":     func(p *translog.Proof) { p.Hashes[0][0] ^= 1 },
		"shorter":  func(p *translog.Proof) { p.Hashes = p.Hashes[1:] },
		"longer":   func(p *translog.Proof) { p.Hashes = append(p.Hashes, p.Hashes...) },
	} {
		changed := must[translog.Proof](t)(translog.ReadProof(text))
		change(&changed)
		if _, err := changed.Check(p, entry(280)); !errors.Is(err, translog.ErrProof) {
			t.Error(name, err)
		}
	}
	for _, bad := range []string{`{}`, `[]`, strings.Replace(string(text), `"index"`, `"Index"`, 1), strings.Replace(string(text), `"size":300`, `"size":3e2`, 1), strings.TrimSuffix(string(text), "}") + `,"x":1}`} {
		if _, err := translog.ReadProof([]byte(bad)); !errors.Is(err, translog.ErrForm) {
			t.Error(bad, err)
		}
	}
}

func TestTree(t *testing.T) {
	var tree translog.Tree
	for n := range 70 {
		if tree.Root() != root(entries(n)) || tree.Size() != int64(n) {
			t.Fatal(n)
		}
		for i := range int64(n) {
			hashes := must[[]translog.Hash](t)(tree.Prove(i))
			if err := translog.CheckInclusion(tree.Root(), int64(n), i, translog.LeafHash(entry(int(i))), hashes); err != nil {
				t.Fatal(n, i, err)
			}
		}
		tree.Add(translog.LeafHash(entry(n)))
	}
}

// FuzzCheckpoint: a checkpoint that one bit was changed in is never accepted as another one.
func FuzzCheckpoint(f *testing.F) {
	dir := f.TempDir()
	c, p := grow(f, open(f, dir), 7), policy(f)
	f.Add(c.Note, 3)
	f.Add([]byte(origin+"\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n— x AAAAAAAA\n"), 200)
	f.Fuzz(func(t *testing.T, signed []byte, bit int) {
		if got, err := p.Open(signed); err == nil && (got.Size != 7 || got.Root != c.Root) {
			t.Fatal("forged")
		}
		changed := bytes.Clone(c.Note)
		changed[uint(bit)/8%uint(len(changed))] ^= 1 << (uint(bit) % 8)
		if _, err := p.Open(changed); err == nil {
			t.Fatalf("accepted: %q", changed)
		}
	})
}

// FuzzTiles: whatever is served as tiles, no leaf is proved that is not in the tree.
func FuzzTiles(f *testing.F) {
	dir := f.TempDir()
	w := open(f, dir)
	old := grow(f, w, 3)
	c, p := grow(f, w, 260), policy(f)
	f.Add([]byte("x"), 0, uint8(4))
	f.Add(read(f, dir, "tile/0/000"), 1, uint8(7))
	f.Add(read(f, dir, "tile/entries/001.p/4"), 2, uint8(1))
	f.Fuzz(func(t *testing.T, data []byte, place int, flip uint8) {
		asked := 0
		tiles := func(ctx context.Context, path string, max int64) ([]byte, error) {
			good, err := translog.Folder(dir)(ctx, path, max)
			if asked++; asked-1 == place && err == nil {
				if flip < 8 && len(good) > 0 {
					good[uint(len(data))%uint(len(good))] ^= 1 << flip
					return good, nil
				}
				return data, nil
			}
			return good, err
		}
		if _, err := p.Follow(ctx, old, c.Note, tiles); err != nil && !errors.Is(err, translog.ErrTiles) {
			t.Fatal("tiles are proof of nothing: ", err)
		}
		asked = 0
		if proof, err := translog.Prove(ctx, c, 5, tiles); err == nil {
			if _, err := proof.Check(p, entry(5)); err != nil {
				t.Fatal(err)
			}
		}
		if list, err := translog.ReadBundle(data); err == nil {
			var again []byte
			for _, e := range list {
				again = append(again, byte(len(e)>>8), byte(len(e)))
				again = append(again, e...)
			}
			if !bytes.Equal(again, data) {
				t.Fatal("written back otherwise")
			}
		}
	})
}
