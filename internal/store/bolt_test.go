package store_test

import (
	"path/filepath"
	"testing"

	"laurel/internal/store"
	"laurel/internal/store/storetest"
	"laurel/issuer"
)

func TestBoltContract(t *testing.T) {
	open := map[*testing.T]*store.Bolt{}
	path := map[*testing.T]string{}
	storetest.Run(t, func(t *testing.T) issuer.Store {
		if path[t] == "" {
			path[t] = filepath.Join(t.TempDir(), "laurel.db")
			t.Cleanup(func() { mustClose(t, open[t]) })
		} else {
			mustClose(t, open[t])
		}
		open[t] = mustOpen(t, path[t])
		return open[t]
	})
}

func mustOpen(t testing.TB, path string) *store.Bolt {
	t.Helper()
	b, err := store.OpenBolt(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func mustClose(t testing.TB, b *store.Bolt) {
	t.Helper()
	if err := b.Close(); err != nil {
		t.Error(err)
	}
}
