package store

import (
	"bytes"
	"context"
	"fmt"

	"go.etcd.io/bbolt"

	"laurel/issuer"
)

// Reserve implements issuer.Store. place runs while other changes wait; it must not call
// the store.
func (b *Bolt) Reserve(ctx context.Context, awards []issuer.Award, place issuer.Place) ([]issuer.Award, error) {
	recorded := make([]issuer.Award, len(awards))
	err := b.write(ctx, func(tx *bbolt.Tx) error {
		p := newestPair(tx)
		for n, a := range awards {
			id := tx.Bucket(bucketByKey).Get([]byte(a.Result.Key))
			if id == nil {
				if err := reserve(tx, a, p, place); err != nil {
					return fmt.Errorf("award %d: %w", n+1, err)
				}
				id = []byte(a.ID)
			}
			var err error
			if recorded[n], err = award(tx, id); err != nil {
				return err
			}
		}
		if !p.changed {
			return errUnchanged
		}
		return p.save(tx)
	})
	if err != nil {
		return nil, err
	}
	return recorded, nil
}

// reserve records one award that is new.
func reserve(tx *bbolt.Tx, a issuer.Award, p *pair, place issuer.Place) error {
	id := []byte(a.ID)
	if tx.Bucket(bucketAwards).Get(id) != nil {
		return fmt.Errorf("%w: its id is taken", issuer.ErrConflict)
	}
	if err := claim(tx, bucketByShare, hashed(a.ShareToken), id); err != nil {
		return err
	}
	if err := claim(tx, bucketByOwner, hashed(a.OwnerToken), id); err != nil {
		return err
	}
	if err := claim(tx, bucketByKey, []byte(a.Result.Key), id); err != nil {
		return err
	}
	var err error
	if a.List, a.Index, err = p.take(tx, place); err != nil {
		return err
	}
	a.State = issuer.Reserved
	record, err := recordOfAward(a)
	if err != nil {
		return err
	}
	if record.Order, err = tx.Bucket(bucketReserved).NextSequence(); err != nil {
		return err
	}
	if err := tx.Bucket(bucketReserved).Put(number(record.Order), id); err != nil {
		return err
	}
	return put(tx, bucketAwards, id, record)
}

// claim enters an id in an index where its key must be new.
func claim(tx *bbolt.Tx, index, key, id []byte) error {
	if tx.Bucket(index).Get(key) != nil {
		return fmt.Errorf("%w: one of its links is taken", issuer.ErrConflict)
	}
	return tx.Bucket(index).Put(key, id)
}

// pair is the newest pair of status lists and the indexes used in it.
type pair struct {
	number  int
	used    bitmap
	count   int  // of the used indexes of this pair
	changed bool // by this act
}

func newestPair(tx *bbolt.Tx) *pair {
	key, used := tx.Bucket(bucketUsed).Cursor().Last()
	if key == nil {
		return &pair{}
	}
	p := &pair{number: numberOf(key), used: bitmap(bytes.Clone(used))}
	p.count = p.used.count()
	return p
}

// take asks place for a position and marks it as used.
func (p *pair) take(tx *bbolt.Tx, place issuer.Place) (list, index int, err error) {
	list, index, err = place(p.number, p.count, p.used.has)
	if err != nil {
		return 0, 0, err
	}
	next := list == p.number+1
	switch {
	case list < 1 || list != p.number && !next:
		return 0, 0, fmt.Errorf("status list %d is neither the newest, %d, nor the next", list, p.number)
	case index < 0 || index > maxIndex:
		return 0, 0, fmt.Errorf("index %d of a status list is not between 0 and %d", index, maxIndex)
	case !next && p.used.has(index):
		return 0, 0, fmt.Errorf("%w: index %d of status list %d is used", issuer.ErrConflict, index, list)
	}
	if next {
		if err := p.next(tx); err != nil {
			return 0, 0, err
		}
	}
	p.used = p.used.put(index, true)
	p.count++
	p.changed = true
	return list, index, nil
}

// next saves a pair and goes on to a new one.
func (p *pair) next(tx *bbolt.Tx) error {
	if p.number > 0 {
		if err := p.save(tx); err != nil {
			return err
		}
	}
	*p = pair{number: p.number + 1}
	return newLists(tx, p.number)
}

func (p *pair) save(tx *bbolt.Tx) error {
	return tx.Bucket(bucketUsed).Put(number(uint64(p.number)), p.used)
}
