package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

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
	added := make([]addition, len(awards))
	for n := range awards {
		var err error
		if added[n], err = newAddition(&awards[n]); err != nil {
			return fmt.Errorf("award %d: %w", n+1, err)
		}
	}
	return b.write(ctx, func(tx *bbolt.Tx) error {
		if err := takeAll(tx, awards); err != nil {
			return err
		}
		return addAll(tx, added)
	})
}

// addition is an award as it is recorded.
type addition struct {
	award  *issuer.Award
	record []byte
	names  [4][]byte // in the indexes
	key    []byte    // its number
}

// indexes are the ways to an award.
var indexes = [4][]byte{bucketByID, bucketByKey, bucketByShare, bucketByOwner}

func newAddition(a *issuer.Award) (addition, error) {
	record, err := recordOfAward(*a)
	if err != nil {
		return addition{}, err
	}
	raw, err := json.Marshal(record)
	names := [4][]byte{[]byte(a.ID), []byte(a.Result.Key), hashed(a.ShareToken), hashed(a.OwnerToken)}
	return addition{award: a, record: raw, names: names}, err
}

// takeAll marks the positions of awards as used.
func takeAll(tx *bbolt.Tx, awards []issuer.Award) error {
	used := map[int]issuer.Indexes{}
	for n := range awards {
		if err := take(tx, used, &awards[n]); err != nil {
			return fmt.Errorf("award %d: %w", n+1, err)
		}
	}
	for pair, indexes := range used {
		if err := tx.Bucket(bucketUsed).Put(number(uint64(pair)), indexes); err != nil {
			return err
		}
	}
	return nil
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

// addAll records awards under the next numbers. Each index is written in its own order, so
// that its pages are gone through once.
func addAll(tx *bbolt.Tx, added []addition) error {
	awards, credentials, tokens := tx.Bucket(bucketAwards), tx.Bucket(bucketCredentials), tx.Bucket(bucketTokens)
	for _, bucket := range []*bbolt.Bucket{awards, credentials, tokens} {
		bucket.FillPercent = packed
	}
	for n := range added {
		a := &added[n]
		next, err := awards.NextSequence()
		if err != nil {
			return err
		}
		a.key = number(next)
		if err := errors.Join(awards.Put(a.key, a.record), credentials.Put(a.key, a.award.Credential)); err != nil {
			return err
		}
		if a.award.Token != nil {
			if err := tokens.Put(a.key, a.award.Token); err != nil {
				return err
			}
		}
	}
	for way, name := range indexes {
		slices.SortFunc(added, func(a, b addition) int { return bytes.Compare(a.names[way], b.names[way]) })
		index := tx.Bucket(name)
		for n := range added {
			if index.Get(added[n].names[way]) != nil {
				return fmt.Errorf("%w: the ID, the key or a link of award %s is taken", issuer.ErrConflict, added[n].award.ID)
			}
			if err := index.Put(added[n].names[way], added[n].key); err != nil {
				return err
			}
		}
	}
	return nil
}

// KeepToken implements issuer.Store.
func (b *Bolt) KeepToken(ctx context.Context, id string, instead, token []byte) (kept []byte, err error) {
	err = b.write(ctx, func(tx *bbolt.Tx) error {
		key := tx.Bucket(bucketByID).Get([]byte(id))
		if key == nil {
			return issuer.ErrNotFound
		}
		tokens := tx.Bucket(bucketTokens)
		if kept = bytes.Clone(tokens.Get(key)); !bytes.Equal(kept, instead) {
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
