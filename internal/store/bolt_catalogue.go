package store

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"go.etcd.io/bbolt"

	"laurel/issuer"
)

// SetProfile implements issuer.Store.
func (b *Bolt) SetProfile(ctx context.Context, p issuer.Profile) error {
	return b.write(ctx, func(tx *bbolt.Tx) error {
		var old profileRecord
		err := get(tx, bucketLaurel, keyProfile, &old)
		if err != nil && err != issuer.ErrNotFound {
			return err
		}
		first, _ := tx.Bucket(bucketAwards).Cursor().First()
		if err == nil && first != nil && old.ID != p.ID {
			return fmt.Errorf("%w: awards were recorded for %s, so that it cannot become %s", issuer.ErrConflict, old.ID, p.ID)
		}
		return put(tx, bucketLaurel, keyProfile, profileRecord(p))
	})
}

// Profile implements issuer.Store.
func (b *Bolt) Profile(ctx context.Context) (issuer.Profile, error) {
	var record profileRecord
	err := b.read(ctx, func(tx *bbolt.Tx) error { return get(tx, bucketLaurel, keyProfile, &record) })
	return issuer.Profile(record), err
}

// PutAchievements implements issuer.Store.
func (b *Bolt) PutAchievements(ctx context.Context, achievements []issuer.Achievement) error {
	return b.write(ctx, func(tx *bbolt.Tx) error {
		for _, a := range achievements {
			class, err := json.Marshal(a.Class)
			if err != nil {
				return err
			}
			key := []byte(a.Key)
			record := achievementRecord{Class: class, ValidMonths: a.ValidMonths, Suspendable: a.Suspendable, ChangedAt: a.ChangedAt}
			if err := put(tx, bucketAchievements, key, record); err != nil {
				return err
			}
			if err := tx.Bucket(bucketImages).Put(key, a.Image); err != nil {
				return err
			}
		}
		return nil
	})
}

// Achievement implements issuer.Store.
func (b *Bolt) Achievement(ctx context.Context, key string) (a issuer.Achievement, err error) {
	err = b.read(ctx, func(tx *bbolt.Tx) error {
		raw := tx.Bucket(bucketAchievements).Get([]byte(key))
		if raw == nil {
			return issuer.ErrNotFound
		}
		a, err = achievement(tx, []byte(key), raw)
		return err
	})
	return a, err
}

// Achievements implements issuer.Store.
func (b *Bolt) Achievements(ctx context.Context) (all []issuer.Achievement, err error) {
	err = b.read(ctx, func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketAchievements).ForEach(func(key, raw []byte) error {
			a, err := achievement(tx, key, raw)
			all = append(all, a)
			return err
		})
	})
	return all, err
}

func achievement(tx *bbolt.Tx, key, raw []byte) (issuer.Achievement, error) {
	var r achievementRecord
	if err := decode(bucketAchievements, key, raw, &r); err != nil {
		return issuer.Achievement{}, err
	}
	a := issuer.Achievement{
		Key: string(key), Image: bytes.Clone(tx.Bucket(bucketImages).Get(key)),
		ValidMonths: r.ValidMonths, Suspendable: r.Suspendable, ChangedAt: r.ChangedAt,
	}
	return a, decode(bucketAchievements, key, r.Class, &a.Class)
}
