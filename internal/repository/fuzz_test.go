package repository_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"testing"

	"laurel/internal/repository"
	"laurel/internal/signed"
)

// sampleRoot is a root, trusted, and its document.
func sampleRoot(t testing.TB) (*repository.Root, []byte) {
	r := firstRoot(t)
	text := document(t, "root", must[[]byte](t)(r.Payload()), "r1", "r2")
	return must[*repository.Root](t)(repository.ReadRoot(text)), text
}

// FuzzRoot: what is read writes back the same; a root that follows has the threshold's word,
// whatever it says of itself.
func FuzzRoot(f *testing.F) {
	trusted, text := sampleRoot(f)
	next := firstRoot(f)
	next.Version = 2
	good := document(f, "root", must[[]byte](f)(next.Payload()), "r1", "r2")
	f.Add(must[[]byte](f)(next.Payload()), 5)
	f.Add(text, 900)
	f.Add([]byte(`{"_type":"root"}`), 90000)
	f.Fuzz(func(t *testing.T, data []byte, bit int) {
		if _, err := trusted.Next(data); err == nil && !bytes.Equal(data, good) {
			t.Fatal("forged")
		}
		signed := document(t, "root", data, "r1", "r2")
		if r, err := repository.ReadRoot(signed); err == nil {
			payload := must[[]byte](t)(r.Payload())
			again := must[*repository.Root](t)(repository.ReadRoot(document(t, "root", payload, "r1", "r2")))
			if !bytes.Equal(must[[]byte](t)(again.Payload()), payload) {
				t.Fatal("written back otherwise")
			}
		}
		changed := bytes.Clone(good)
		changed[uint(bit)/8%uint(len(changed))] ^= 1 << (uint(bit) % 8)
		if _, err := trusted.Next(changed); !errors.Is(err, repository.ErrRefused) {
			t.Fatal(err)
		}
	})
}

// FuzzSnapshot: whatever the online keys sign, it is read as what it says, or refused.
func FuzzSnapshot(f *testing.F) {
	trusted, _ := sampleRoot(f)
	s := repository.Snapshot{Dates: repository.Dates{Version: 3, Issued: noon, Expires: noon.Add(day)}, Policy: "sample/v1", LogOrigin: origin, Shards: map[string]repository.Ref{}}
	for _, name := range trusted.Shards {
		s.Shards[name] = ref(1, []byte(name))
	}
	payload := must[[]byte](f)(s.Payload())
	good := document(f, "snapshot", payload, "s1")
	f.Add(payload, 5)
	f.Add(bytes.Replace(payload, []byte("[]"), []byte(`[{"id":"x","rows":[1,2]}]`), 1), 7)
	f.Add(bytes.Replace(payload, []byte(`"log"`), []byte(`"prev":{"version":2,"sha256":"`+hex.EncodeToString(make([]byte, 32))+`"},"log"`), 1), 7)
	f.Fuzz(func(t *testing.T, data []byte, bit int) {
		if s, err := trusted.Snapshot(document(t, "snapshot", data, "s1")); err == nil {
			written := must[[]byte](t)(s.Payload())
			again := must[*repository.Snapshot](t)(trusted.Snapshot(document(t, "snapshot", written, "s1")))
			if !bytes.Equal(must[[]byte](t)(again.Payload()), written) || len(s.Shards) != 3 {
				t.Fatal("written back otherwise")
			}
		} else if !errors.Is(err, repository.ErrRefused) {
			t.Fatal(err)
		}
		if _, err := trusted.Snapshot(document(t, "snapshot", data, "t1", "m1")); !errors.Is(err, signed.ErrThreshold) {
			t.Fatal(err)
		}
		changed := bytes.Clone(good)
		changed[uint(bit)/8%uint(len(changed))] ^= 1 << (uint(bit) % 8)
		if _, err := trusted.Snapshot(changed); err == nil {
			t.Fatal("accepted")
		}
	})
}

// FuzzDelta: a delta that is read writes back to one that says the same, and lines and
// deltas never panic.
func FuzzDelta(f *testing.F) {
	zero := hex.EncodeToString(make([]byte, sha256.Size))
	f.Add([]byte(`{"from":1,"to":2,"fromSha256":"`+zero+`","toSha256":"`+zero+`","put":[{"id":"b","x":[1,{"y":"\n"}]},{"id":"c"}],"tombstone":["a"]}`), lines("m", 3))
	f.Add([]byte(`{"from":1,"to":2,"fromSha256":"`+zero+`","toSha256":"`+zero+`","put":[],"tombstone":["a","\u00e9"]}`), []byte(`{"id":"a"}`+"\n"))
	f.Fuzz(func(t *testing.T, text, content []byte) {
		if l, err := repository.ReadLines(content); err == nil {
			var again []byte
			for id, line := range l.All() {
				if i, ok := l.Find(id); !ok || !bytes.Equal(l.Line(i), line) {
					t.Fatal("not found: ", id)
				}
				again = append(append(again, line...), '\n')
			}
			if !bytes.Equal(again, content) {
				t.Fatal("lines are not the content")
			}
		} else if !errors.Is(err, repository.ErrForm) {
			t.Fatal(err)
		}
		d, err := repository.ReadDelta(text, 1<<20)
		if err != nil {
			if !errors.Is(err, repository.ErrForm) {
				t.Fatal(err)
			}
			return
		}
		written := d.Bytes()
		again := must[*repository.Delta](t)(repository.ReadDelta(written, 1<<22))
		if !bytes.Equal(again.Bytes(), written) || len(again.Put) != len(d.Put) || len(again.Tombstone) != len(d.Tombstone) {
			t.Fatal("written back otherwise")
		}
	})
}
