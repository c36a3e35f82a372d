package translog_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"laurel/internal/translog"
)

const origin = "registry.example/obtr"

var (
	ctx  = context.Background()
	noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
)

func key(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
}

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

func policy(t testing.TB, witnesses ...byte) translog.Policy {
	t.Helper()
	p := translog.Policy{Origin: origin, Key: must[string](t)(translog.LogKey(origin, key(1).Public()))}
	for _, seed := range witnesses {
		p.Witnesses = append(p.Witnesses, must[string](t)(translog.WitnessKey(fmt.Sprintf("witness.example/w%d", seed), key(seed).Public())))
	}
	return p
}

func open(t testing.TB, dir string) *translog.Writer {
	t.Helper()
	w := must[*translog.Writer](t)(translog.OpenWriter(dir, origin, key(1)))
	t.Cleanup(func() { w.Close() })
	return w
}

func entry(i int) []byte { return fmt.Appendf(nil, "leaf %d", i) }

// grow appends leaves until there are as many as the size says.
func grow(t testing.TB, w *translog.Writer, size int) translog.Checkpoint {
	t.Helper()
	var batch [][]byte
	for i := int(w.Checkpoint().Size); i < size; i++ {
		batch = append(batch, entry(i))
	}
	first, c, err := w.Append(batch...)
	if err != nil || first != int64(size-len(batch)) || c.Size != int64(size) {
		t.Fatal(first, c, err)
	}
	return c
}

// root computes a root as RFC 6962 §2.1 defines it.
func root(entries [][]byte) translog.Hash {
	switch len(entries) {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return sha256.Sum256(append([]byte{0}, entries[0]...))
	}
	k := 1
	for 2*k < len(entries) {
		k *= 2
	}
	left, right := root(entries[:k]), root(entries[k:])
	return sha256.Sum256(append(append([]byte{1}, left[:]...), right[:]...))
}

func entries(n int) [][]byte {
	var list [][]byte
	for i := range n {
		list = append(list, entry(i))
	}
	return list
}

func copyDir(t testing.TB, from string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return to
}

func read(t testing.TB, elements ...string) []byte {
	t.Helper()
	return must[[]byte](t)(os.ReadFile(filepath.Join(elements...)))
}
