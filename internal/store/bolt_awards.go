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

// Issue implements issuer.Store.
func (b *Bolt) Issue(ctx context.Context, awards []issuer.Award) error {
	return b.write(ctx, func(tx *bbolt.Tx) error {
		for _, a := range awards {
			if err := issue(tx, a); err != nil {
				return fmt.Errorf("award %s: %w", a.ID, err)
			}
		}
		return nil
	})
}

func issue(tx *bbolt.Tx, a issuer.Award) error {
	id := []byte(a.ID)
	var r awardRecord
	if err := get(tx, bucketAwards, id, &r); err != nil {
		return err
	}
	if err := r.move(tx, []issuer.State{issuer.Reserved}, issuer.Issued); err != nil {
		return err
	}
	r.IssuedAt, r.ChangedAt = a.IssuedAt, a.ChangedAt
	if err := tx.Bucket(bucketCredentials).Put(id, a.Credential); err != nil {
		return err
	}
	if err := tx.Bucket(bucketTokens).Put(id, a.Token); err != nil {
		return err
	}
	return put(tx, bucketAwards, id, r)
}

// move changes the state, and strikes the award off the reservations when it leaves them.
func (r *awardRecord) move(tx *bbolt.Tx, from []issuer.State, to issuer.State) error {
	state := issuer.State(r.State)
	if !slices.Contains(from, state) {
		return fmt.Errorf("%w: the award is %s", issuer.ErrConflict, state)
	}
	r.State = string(to)
	if state == issuer.Reserved {
		return tx.Bucket(bucketReserved).Delete(number(r.Order))
	}
	return nil
}

// Void implements issuer.Store. The record stays, without a way to it by its key.
func (b *Bolt) Void(ctx context.Context, id, reason string, at time.Time) error {
	return b.write(ctx, func(tx *bbolt.Tx) error {
		var r awardRecord
		if err := get(tx, bucketAwards, []byte(id), &r); err != nil {
			return err
		}
		if err := r.move(tx, []issuer.State{issuer.Reserved}, issuer.Void); err != nil {
			return err
		}
		r.Reason, r.ChangedAt = reason, at
		if err := tx.Bucket(bucketByKey).Delete([]byte(r.Result.Key)); err != nil {
			return err
		}
		return put(tx, bucketAwards, []byte(id), r)
	})
}

// SetState implements issuer.Store.
func (b *Bolt) SetState(ctx context.Context, id string, from []issuer.State, to issuer.State, reason string, at time.Time, bits issuer.Bits) (a issuer.Award, err error) {
	err = b.write(ctx, func(tx *bbolt.Tx) error {
		var r awardRecord
		if err := get(tx, bucketAwards, []byte(id), &r); err != nil {
			return err
		}
		if r.State == string(to) {
			if a, err = award(tx, []byte(id)); err != nil {
				return err
			}
			return errUnchanged
		}
		if err := r.move(tx, from, to); err != nil {
			return err
		}
		r.Reason, r.ChangedAt = reason, at
		if err := put(tx, bucketAwards, []byte(id), r); err != nil {
			return err
		}
		if err := setBits(tx, r.List, r.Index, bits); err != nil {
			return err
		}
		a, err = award(tx, []byte(id))
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
		var r awardRecord
		if err := get(tx, bucketAwards, []byte(id), &r); err != nil {
			return err
		}
		if r.Result.ShowName == show {
			return errUnchanged
		}
		r.Result.ShowName = show
		return put(tx, bucketAwards, []byte(id), r)
	})
}

// Award implements issuer.Store.
func (b *Bolt) Award(ctx context.Context, id string) (a issuer.Award, err error) {
	err = b.read(ctx, func(tx *bbolt.Tx) error {
		a, err = award(tx, []byte(id))
		return err
	})
	return a, err
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

func (b *Bolt) awardBy(ctx context.Context, index, key []byte) (a issuer.Award, err error) {
	err = b.read(ctx, func(tx *bbolt.Tx) error {
		id := tx.Bucket(index).Get(key)
		if id == nil {
			return issuer.ErrNotFound
		}
		a, err = award(tx, id)
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
func award(tx *bbolt.Tx, id []byte) (issuer.Award, error) {
	var r awardRecord
	if err := get(tx, bucketAwards, id, &r); err != nil {
		return issuer.Award{}, err
	}
	a, err := r.award(string(id))
	a.Credential = bytes.Clone(tx.Bucket(bucketCredentials).Get(id))
	a.Token = bytes.Clone(tx.Bucket(bucketTokens).Get(id))
	return a, err
}

// Reservations implements issuer.Store.
func (b *Bolt) Reservations(ctx context.Context) (all []issuer.Award, err error) {
	err = b.read(ctx, func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketReserved).ForEach(func(_, id []byte) error {
			a, err := award(tx, id)
			all = append(all, a)
			return err
		})
	})
	return all, err
}

// Awards implements issuer.Store.
func (b *Bolt) Awards(ctx context.Context, after string, limit int) (page []issuer.Award, err error) {
	err = b.read(ctx, func(tx *bbolt.Tx) error {
		c := tx.Bucket(bucketAwards).Cursor()
		id, raw := c.Seek([]byte(after))
		if string(id) == after {
			id, raw = c.Next()
		}
		for ; id != nil && len(page) < limit; id, raw = c.Next() {
			var r awardRecord
			if err := decode(bucketAwards, id, raw, &r); err != nil {
				return err
			}
			a, err := r.award(string(id))
			if err != nil {
				return err
			}
			page = append(page, a)
		}
		return nil
	})
	return page, err
}
