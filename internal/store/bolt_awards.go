package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"laurel/issuer"
)

// SetState implements issuer.Store.
func (b *Bolt) SetState(ctx context.Context, id string, from []issuer.State, to issuer.State, reason string, at time.Time, bits issuer.Bits) (a issuer.Award, err error) {
	err = b.write(ctx, func(tx *bbolt.Tx) error {
		key, r, err := find(tx, id)
		if err != nil {
			return err
		}
		if r.State == string(to) {
			if a, err = award(tx, key); err != nil {
				return err
			}
			return errUnchanged
		}
		if !slices.Contains(from, issuer.State(r.State)) {
			return fmt.Errorf("%w: the award is %s", issuer.ErrConflict, r.State)
		}
		r.State, r.Reason, r.ChangedAt = string(to), reason, at
		if err := put(tx, bucketAwards, key, r); err != nil {
			return err
		}
		if err := setBits(tx, r.List, r.Index, bits); err != nil {
			return err
		}
		a, err = award(tx, key)
		return err
	})
	if err != nil {
		return issuer.Award{}, err
	}
	return a, nil
}

// SetShowName implements issuer.Store.
func (b *Bolt) SetShowName(ctx context.Context, id string, show bool) error {
	return b.write(ctx, func(tx *bbolt.Tx) error {
		key, r, err := find(tx, id)
		if err != nil {
			return err
		}
		if r.Result.ShowName == show {
			return errUnchanged
		}
		r.Result.ShowName = show
		return put(tx, bucketAwards, key, r)
	})
}

// find returns the record of an award, and its number.
func find(tx *bbolt.Tx, id string) (key []byte, r awardRecord, err error) {
	if key = bytes.Clone(tx.Bucket(bucketByID).Get([]byte(id))); key == nil {
		return nil, r, issuer.ErrNotFound
	}
	return key, r, get(tx, bucketAwards, key, &r)
}

// Award implements issuer.Store.
func (b *Bolt) Award(ctx context.Context, id string) (issuer.Award, error) {
	return b.awardBy(ctx, bucketByID, []byte(id))
}

// AwardByKey implements issuer.Store.
func (b *Bolt) AwardByKey(ctx context.Context, key string) (issuer.Award, error) {
	return b.awardBy(ctx, bucketByKey, []byte(key))
}

// AwardByShareToken implements issuer.Store.
func (b *Bolt) AwardByShareToken(ctx context.Context, token string) (issuer.Award, error) {
	return b.awardBy(ctx, bucketByShare, hashed(token))
}

// AwardByOwnerToken implements issuer.Store.
func (b *Bolt) AwardByOwnerToken(ctx context.Context, token string) (issuer.Award, error) {
	return b.awardBy(ctx, bucketByOwner, hashed(token))
}

func (b *Bolt) awardBy(ctx context.Context, index, name []byte) (a issuer.Award, err error) {
	err = b.read(ctx, func(tx *bbolt.Tx) error {
		key := tx.Bucket(index).Get(name)
		if key == nil {
			return issuer.ErrNotFound
		}
		a, err = award(tx, key)
		return err
	})
	return a, err
}

// hashed keeps the search for a secret token from telling how much of a guess was right.
func hashed(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// award reads an award with its signed bytes.
func award(tx *bbolt.Tx, key []byte) (issuer.Award, error) {
	a, err := listed(tx, key)
	a.Credential = bytes.Clone(tx.Bucket(bucketCredentials).Get(key))
	a.Token = bytes.Clone(tx.Bucket(bucketTokens).Get(key))
	return a, err
}

// listed reads an award without its signed bytes.
func listed(tx *bbolt.Tx, key []byte) (issuer.Award, error) {
	var r awardRecord
	if err := get(tx, bucketAwards, key, &r); err != nil {
		return issuer.Award{}, err
	}
	return r.award()
}

// AwardsByKey implements issuer.Store.
func (b *Bolt) AwardsByKey(ctx context.Context, keys []string) (all []issuer.Award, err error) {
	err = b.read(ctx, func(tx *bbolt.Tx) error {
		index := tx.Bucket(bucketByKey)
		for _, name := range keys {
			key := index.Get([]byte(name))
			if key == nil {
				continue
			}
			a, err := award(tx, key)
			if err != nil {
				return err
			}
			all = append(all, a)
		}
		return nil
	})
	return all, err
}

// Awards implements issuer.Store.
func (b *Bolt) Awards(ctx context.Context, after string, limit int) (page []issuer.Award, err error) {
	err = b.read(ctx, func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketByID).Cursor()
		id, key := c.Seek([]byte(after))
		if string(id) == after {
			id, key = c.Next()
		}
		for ; id != nil && len(page) < limit; id, key = c.Next() {
			a, err := listed(tx, key)
			if err != nil {
				return err
			}
			page = append(page, a)
		}
		return nil
	})
	return page, err
}
