package store

import (
	"bytes"
	"context"
	"fmt"

	"go.etcd.io/bbolt"

	"laurel/issuer"
)

// packed is how full the pages of records that are only ever added at the end are made.
const packed = 0.95

// maxIndex bounds the positions of a status list, so that their set stays below 1 MiB.
const maxIndex = 8<<20 - 1

// Add implements issuer.Store.
func (b *Bolt) Add(ctx context.Context, awards []issuer.Award) error {
	if len(awards) == 0 {
		return nil
	}
	return b.write(ctx, func(tx *bbolt.Tx) error {
		for _, bucket := range [][]byte{bucketAwards, bucketCredentials, bucketTokens} {
			tx.Bucket(bucket).FillPercent = packed
		}
		used := map[int]issuer.Indexes{}
		for n := range awards {
			if err := take(tx, used, &awards[n]); err != nil {
				return fmt.Errorf("award %d: %w", n+1, err)
			}
			if err := add(tx, &awards[n]); err != nil {
				return fmt.Errorf("award %d: %w", n+1, err)
			}
		}
		for pair, indexes := range used {
			if err := tx.Bucket(bucketUsed).Put(number(uint64(pair)), indexes); err != nil {
				return err
			}
		}
		return nil
	})
}

// take marks the position of an award as used.
func take(tx *bbolt.Tx, used map[int]issuer.Indexes, a *issuer.Award) error {
	indexes, known := used[a.List]
	if !known {
		if a.List < 1 || a.List > newestPair(tx) {
			return fmt.Errorf("%w: there is no pair %d of status lists", issuer.ErrNotFound, a.List)
		}
		indexes = bytes.Clone(tx.Bucket(bucketUsed).Get(number(uint64(a.List))))
	}
	switch {
	case a.Index < 0 || a.Index > maxIndex:
		return fmt.Errorf("index %d of a status list is not between 0 and %d", a.Index, maxIndex)
	case indexes.Has(a.Index):
		return fmt.Errorf("%w: index %d of status list %d is used", issuer.ErrConflict, a.Index, a.List)
	}
	used[a.List] = indexes.With(a.Index, true)
	return nil
}

// add records one award under the next number.
func add(tx *bbolt.Tx, a *issuer.Award) error {
	record, err := recordOfAward(*a)
	if err != nil {
		return err
	}
	next, err := tx.Bucket(bucketAwards).NextSequence()
	if err != nil {
		return err
	}
	key := number(next)
	for _, way := range []struct{ index, name []byte }{
		{bucketByID, []byte(a.ID)}, {bucketByKey, []byte(a.Result.Key)}, {bucketByShare, hashed(a.ShareToken)}, {bucketByOwner, hashed(a.OwnerToken)},
	} {
		if tx.Bucket(way.index).Get(way.name) != nil {
			return fmt.Errorf("%w: its ID, its key or one of its links is taken", issuer.ErrConflict)
		}
		if err := tx.Bucket(way.index).Put(way.name, key); err != nil {
			return err
		}
	}
	if err := tx.Bucket(bucketCredentials).Put(key, a.Credential); err != nil {
		return err
	}
	if a.Token != nil {
		if err := tx.Bucket(bucketTokens).Put(key, a.Token); err != nil {
			return err
		}
	}
	return put(tx, bucketAwards, key, record)
}

// KeepToken implements issuer.Store.
func (b *Bolt) KeepToken(ctx context.Context, id string, token []byte) (kept []byte, err error) {
	err = b.write(ctx, func(tx *bbolt.Tx) error {
		key := tx.Bucket(bucketByID).Get([]byte(id))
		if key == nil {
			return issuer.ErrNotFound
		}
		tokens := tx.Bucket(bucketTokens)
		if kept = bytes.Clone(tokens.Get(key)); kept != nil {
			return errUnchanged
		}
		kept = bytes.Clone(token)
		return tokens.Put(key, token)
	})
	if err != nil {
		return nil, err
	}
	return kept, nil
}
