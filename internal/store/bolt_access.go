package store

import (
	"context"
	"fmt"

	"go.etcd.io/bbolt"

	"laurel/issuer"
)

// AddToken implements issuer.Store.
func (b *Bolt) AddToken(ctx context.Context, t issuer.AccessToken) error {
	return b.write(ctx, func(tx *bbolt.Tx) error {
		id, hash := []byte(t.ID), []byte(t.Hash)
		if tx.Bucket(bucketAccess).Get(id) != nil || tx.Bucket(bucketByHash).Get(hash) != nil {
			return fmt.Errorf("%w: this access token or its id exists", issuer.ErrConflict)
		}
		if err := tx.Bucket(bucketByHash).Put(hash, id); err != nil {
			return err
		}
		return put(tx, bucketAccess, id, accessRecord{Hash: t.Hash, Label: t.Label, Created: t.Created})
	})
}

// AccessToken implements issuer.Store.
func (b *Bolt) AccessToken(ctx context.Context, hash string) (t issuer.AccessToken, err error) {
	err = b.read(ctx, func(tx *bbolt.Tx) error {
		id := tx.Bucket(bucketByHash).Get([]byte(hash))
		if id == nil {
			return issuer.ErrNotFound
		}
		var r accessRecord
		err := get(tx, bucketAccess, id, &r)
		t = r.token(id)
		return err
	})
	return t, err
}

// AccessTokens implements issuer.Store; the order is that of the ids.
func (b *Bolt) AccessTokens(ctx context.Context) (all []issuer.AccessToken, err error) {
	err = b.read(ctx, func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketAccess).ForEach(func(id, raw []byte) error {
			var r accessRecord
			err := decode(bucketAccess, id, raw, &r)
			all = append(all, r.token(id))
			return err
		})
	})
	return all, err
}

// RemoveToken implements issuer.Store.
func (b *Bolt) RemoveToken(ctx context.Context, id string) error {
	return b.write(ctx, func(tx *bbolt.Tx) error {
		var r accessRecord
		if err := get(tx, bucketAccess, []byte(id), &r); err != nil {
			return err
		}
		if err := tx.Bucket(bucketByHash).Delete([]byte(r.Hash)); err != nil {
			return err
		}
		return tx.Bucket(bucketAccess).Delete([]byte(id))
	})
}

func (r accessRecord) token(id []byte) issuer.AccessToken {
	return issuer.AccessToken{ID: string(id), Hash: r.Hash, Label: r.Label, Created: r.Created}
}
