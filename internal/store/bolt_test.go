package store_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"go.etcd.io/bbolt"

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

// TestUsedIndexes compares the bitmaps of used indexes with the awards, full pairs
// included.
func TestUsedIndexes(t *testing.T) {
	b := mustOpen(t, filepath.Join(t.TempDir(), "laurel.db"))
	defer mustClose(t, b)
	small := func(list, used int, isUsed func(int) bool) (int, int, error) {
		if list == 0 || used == 3 {
			return list + 1, 9, nil
		}
		return list, 2 * used, nil
	}
	for _, batch := range [][2]int{{1, 2}, {3, 8}, {9, 9}, {1, 9}} {
		if _, err := b.Reserve(t.Context(), samples(batch[0], batch[1]), small); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	if err := b.DB().View(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte("used")).ForEach(func(pair, used []byte) error {
			got = append(got, fmt.Sprintf("%x %08b", pair, used))
			return nil
		})
	}); err != nil {
		t.Fatal(err)
	}
	full := " [00010100 00000010]"
	want := []string{"0000000000000001" + full, "0000000000000002" + full, "0000000000000003" + full}
	if !slices.Equal(got, want) {
		t.Errorf("used indexes %q, want %q", got, want)
	}
}
