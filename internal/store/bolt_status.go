package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"go.etcd.io/bbolt"

	"laurel/issuer"
)

// The purposes of the two lists of a pair (BSL §2.2).
const (
	revocation = "revocation"
	suspension = "suspension"
)

// listKey names a list so that keys are in the order of the pairs.
func listKey(pair int, purpose string) []byte { return append(number(uint64(pair)), purpose...) }

// number writes a number so that keys are in its order.
func number(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func numberOf(key []byte) int { return int(binary.BigEndian.Uint64(key)) }

// parseName turns a list's name, such as 1-revocation, into its key; nil if no list can
// have that name.
func parseName(name string) []byte {
	digits, purpose, _ := strings.Cut(name, "-")
	pair, err := strconv.Atoi(digits)
	if err != nil || pair < 1 || strconv.Itoa(pair) != digits {
		return nil
	}
	return listKey(pair, purpose)
}

// AddStatusLists implements issuer.Store.
func (b *Bolt) AddStatusLists(ctx context.Context, pair int) error {
	return b.write(ctx, func(tx *bbolt.Tx) error {
		newest := newestPair(tx)
		switch {
		case pair > 0 && pair <= newest:
			return errUnchanged
		case pair != newest+1:
			return fmt.Errorf("%w: the newest pair of status lists is %d, which %d does not follow", issuer.ErrConflict, newest, pair)
		}
		for _, purpose := range []string{revocation, suspension} {
			if err := put(tx, bucketLists, listKey(pair, purpose), listRecord{Published: -1}); err != nil {
				return err
			}
		}
		return tx.Bucket(bucketUsed).Put(number(uint64(pair)), nil)
	})
}

func newestPair(tx *bbolt.Tx) int {
	key, _ := tx.Bucket(bucketUsed).Cursor().Last()
	if key == nil {
		return 0
	}
	return numberOf(key)
}

// UsedIndexes implements issuer.Store.
func (b *Bolt) UsedIndexes(ctx context.Context) (pair int, used issuer.Indexes, err error) {
	err = b.read(ctx, func(tx *bbolt.Tx) error {
		if pair = newestPair(tx); pair > 0 {
			used = bytes.Clone(tx.Bucket(bucketUsed).Get(number(uint64(pair))))
		}
		return nil
	})
	return pair, used, err
}

func setBits(tx *bbolt.Tx, pair, index int, bits issuer.Bits) error {
	if err := setBit(tx, listKey(pair, revocation), index, bits.Revocation); err != nil {
		return err
	}
	return setBit(tx, listKey(pair, suspension), index, bits.Suspension)
}

// setBit changes one bit and raises its list's version; a bit that stands already raises
// nothing.
func setBit(tx *bbolt.Tx, key []byte, index int, in bool) error {
	set := issuer.Indexes(bytes.Clone(tx.Bucket(bucketBits).Get(key)))
	if set.Has(index) == in {
		return nil
	}
	var r listRecord
	if err := get(tx, bucketLists, key, &r); err != nil {
		return err
	}
	r.Version++
	if err := put(tx, bucketLists, key, r); err != nil {
		return err
	}
	return tx.Bucket(bucketBits).Put(key, set.With(index, in))
}

// StatusLists implements issuer.Store.
func (b *Bolt) StatusLists(ctx context.Context) (all []issuer.StatusList, err error) {
	err = b.read(ctx, func(tx *bbolt.Tx) error {
		return tx.Bucket(bucketLists).ForEach(func(key, _ []byte) error {
			l, err := statusList(tx, key)
			all = append(all, l)
			return err
		})
	})
	return all, err
}

// StatusList implements issuer.Store.
func (b *Bolt) StatusList(ctx context.Context, name string) (l issuer.StatusList, err error) {
	err = b.read(ctx, func(tx *bbolt.Tx) error {
		l, err = statusList(tx, parseName(name))
		return err
	})
	return l, err
}

func statusList(tx *bbolt.Tx, key []byte) (issuer.StatusList, error) {
	var r listRecord
	if err := get(tx, bucketLists, key, &r); err != nil {
		return issuer.StatusList{}, err
	}
	pair, purpose := numberOf(key), string(key[8:])
	return issuer.StatusList{
		Name: fmt.Sprintf("%d-%s", pair, purpose), Number: pair, Purpose: purpose,
		Set:     issuer.Indexes(tx.Bucket(bucketBits).Get(key)).All(),
		Version: r.Version, Published: r.Published,
		Credential: bytes.Clone(tx.Bucket(bucketListSigned).Get(key)),
	}, nil
}

// PublishStatusList implements issuer.Store.
func (b *Bolt) PublishStatusList(ctx context.Context, name string, version int, credential []byte) error {
	return b.write(ctx, func(tx *bbolt.Tx) error {
		key := parseName(name)
		var r listRecord
		if err := get(tx, bucketLists, key, &r); err != nil {
			return err
		}
		switch {
		case version < r.Published:
			return fmt.Errorf("%w: version %d of status list %s is published", issuer.ErrConflict, r.Published, name)
		case version < 0 || version > r.Version:
			return fmt.Errorf("%w: status list %s has no version %d yet", issuer.ErrConflict, name, version)
		}
		r.Published = version
		if err := put(tx, bucketLists, key, r); err != nil {
			return err
		}
		return tx.Bucket(bucketListSigned).Put(key, credential)
	})
}
