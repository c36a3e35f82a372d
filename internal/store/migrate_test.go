package store_test

import (
	"encoding/binary"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"

	"laurel/internal/store"
	"laurel/internal/store/storetest"
	"laurel/issuer"
)

const signedB = `{"proof":[{"verificationMethod":"did:web:college.example#key-b"}]}`

// inFormat1 writes a file as format 1 had it: an award that was revoked, one that stands, one
// that was reserved and one that was given up.
func inFormat1(t *testing.T, path string) {
	t.Helper()
	one := binary.BigEndian.AppendUint64(nil, 1)
	records := map[string]map[string]string{
		"laurel":           {"format": "1", "profile": `{"id":"did:web:college.example","slug":"college","name":"College","url":"https://college.example"}`},
		"achievements":     {"sample": `{"class":{"name":"Sample"},"changedAt":"2026-01-01T00:00:00Z"}`},
		"images":           {"sample": "PNG"},
		"credentials":      {"b": signedB, "a": "signed a"},
		"tokens":           {"b": "token b", "a": "token a"},
		"reserved":         {"\x00\x00\x00\x00\x00\x00\x00\x03": "c"},
		"by-key":           {"key a": "a", "key b": "b", "key c": "c"},
		"by-share":         {"share": "a"},
		"by-owner":         {"owner": "a"},
		"used":             {string(one): "\x0f"},
		"lists":            {string(one) + "revocation": `{"version":1,"published":1}`, string(one) + "suspension": `{"version":0,"published":0}`},
		"bits":             {string(one) + "revocation": "\x01"},
		"list-credentials": {string(one) + "revocation": "signed list"},
		"access":           {"id": `{"hash":"h","label":"l","created":"2026-01-01T00:00:00Z"}`},
		"access-by-hash":   {"h": "id"},
		"awards":           {},
	}
	record := func(id, state, order, index string) {
		records["awards"][id] = `{"result":{"key":"key ` + id + `","achievement":"sample","email":"learner@college.example","awardedAt":"2026-01-01T00:00:00Z"},
			"state":"` + state + `","reason":"why","shareToken":"share ` + id + `","ownerToken":"owner ` + id + `","salt":"salt","list":1,"index":` + index + `,
			"reservedAt":"2026-01-02T00:00:00Z","issuedAt":"2026-01-03T00:00:00Z","changedAt":"2026-01-04T00:00:00Z","order":` + order + `}`
	}
	record("b", "revoked", "1", "0")
	record("a", "issued", "2", "1")
	record("c", "reserved", "3", "2")
	record("d", "void", "4", "3")
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		for name, members := range records {
			bucket, err := tx.CreateBucket([]byte(name))
			if err != nil {
				return err
			}
			for key, value := range members {
				if err := bucket.Put([]byte(key), []byte(value)); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestMigrate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "laurel.db")
	inFormat1(t, path)
	for range 2 { // the second time it is in this format
		b := mustOpen(t, path)
		awards := storetest.Check(t, b)
		if len(awards) != 2 {
			t.Fatalf("%d awards, want the two that were signed", len(awards))
		}
		for id, state := range map[string]issuer.State{"a": issuer.Issued, "b": issuer.Revoked} {
			a := awards[id]
			if a.State != state || string(a.Credential) != map[string]string{"a": "signed a", "b": signedB}[id] || string(a.Token) != "token "+id || a.Result.Key != "key "+id ||
				a.Reason != "why" || a.IssuedAt.Day() != 3 || a.ChangedAt.Day() != 4 || a.Salt != "salt" || a.SignedBy != map[string]string{"a": "", "b": "key-b"}[id] {
				t.Errorf("award %s: %+v", id, a)
			}
		}
		if _, err := b.AwardByKey(t.Context(), "key c"); err != issuer.ErrNotFound {
			t.Errorf("what was never signed has an award: %v", err)
		}
		if number, used, err := b.UsedIndexes(t.Context()); number != 1 || used.Count() != 4 || err != nil {
			t.Errorf("pair %d with %v, %v; the positions of what was never signed stay used", number, used.All(), err)
		}
		if l, err := b.StatusList(t.Context(), "1-revocation"); err != nil || string(l.Credential) != "signed list" || l.Version != 1 {
			t.Errorf("list %+v, %v", l, err)
		}
		if p, err := b.Profile(t.Context()); err != nil || p.Slug != "college" {
			t.Errorf("profile %+v, %v", p, err)
		}
		mustClose(t, b)
	}
}

// TestMigrateOrRefuse holds that a file of format 1 which is not whole stays as it is.
func TestMigrateOrRefuse(t *testing.T) {
	for name, edit := range map[string]func(tx *bbolt.Tx) error{
		"a credential is missing": func(tx *bbolt.Tx) error { return tx.Bucket([]byte("credentials")).Delete([]byte("a")) },
		"a record is damaged":     func(tx *bbolt.Tx) error { return tx.Bucket([]byte("awards")).Put([]byte("a"), []byte("{")) },
		"a bucket is missing":     func(tx *bbolt.Tx) error { return tx.DeleteBucket([]byte("tokens")) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "laurel.db")
			inFormat1(t, path)
			change(t, path, edit)
			if b, err := store.OpenBolt(path); err == nil {
				mustClose(t, b)
				t.Fatal("opened")
			}
			kept := func(tx *bbolt.Tx) error {
				if string(tx.Bucket([]byte("laurel")).Get([]byte("format"))) != "1" || tx.Bucket([]byte("awards")).Get([]byte("b")) == nil {
					t.Error("the refused file was changed")
				}
				return nil
			}
			change(t, path, kept)
		})
	}
}
