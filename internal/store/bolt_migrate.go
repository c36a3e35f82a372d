package store

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"go.etcd.io/bbolt"
)

// migrate turns a file of format 1 into one of this format, all of it or nothing. Format 1
// kept awards by their IDs, and also some that were never signed, of which no more than the
// positions are left.
func migrate(tx *bbolt.Tx) error {
	old := oldAwards{tx: tx}
	if err := old.read(); err != nil {
		return err
	}
	for _, name := range [][]byte{bucketAwards, bucketCredentials, bucketTokens, bucketByKey, bucketByShare, bucketByOwner, []byte("reserved")} {
		if err := tx.DeleteBucket(name); err != nil {
			return err
		}
	}
	for _, name := range buckets {
		if _, err := tx.CreateBucketIfNotExists(name); err != nil {
			return err
		}
	}
	added := make([]addition, len(old.signed))
	for n, a := range old.signed {
		issued, err := a.award()
		if err != nil {
			return fmt.Errorf("award %s: %w", a.ID, err)
		}
		issued.Credential, issued.Token, issued.SignedBy = a.credential, a.token, signedBy(a.credential)
		if added[n], err = newAddition(&issued); err != nil {
			return fmt.Errorf("award %s: %w", a.ID, err)
		}
	}
	if err := addAll(tx, added); err != nil {
		return err
	}
	return tx.Bucket(bucketLaurel).Put(keyFormat, formatText())
}

// oldAwards are the signed awards of a file of format 1, in the order of their reservation.
type oldAwards struct {
	tx     *bbolt.Tx
	signed []oldAward
}

type oldAward struct {
	awardRecord
	Order             uint64 `json:"order"`
	credential, token []byte
}

func (o *oldAwards) read() error {
	err := o.tx.Bucket(bucketAwards).ForEach(func(id, raw []byte) error {
		var a oldAward
		if err := decode(bucketAwards, id, raw, &a); err != nil {
			return err
		}
		if a.State == "reserved" || a.State == "void" {
			return nil
		}
		a.ID = string(id)
		a.credential = bytes.Clone(o.tx.Bucket(bucketCredentials).Get(id))
		a.token = bytes.Clone(o.tx.Bucket(bucketTokens).Get(id))
		if a.credential == nil {
			return fmt.Errorf("%w: the credential of award %s is missing", errDamaged, a.ID)
		}
		o.signed = append(o.signed, a)
		return nil
	})
	slices.SortFunc(o.signed, func(a, b oldAward) int { return cmp.Compare(a.Order, b.Order) })
	return err
}

// signedBy returns the ID of the key that signed a credential, which stands behind the # of
// its verification method; empty where there is none.
func signedBy(credential []byte) string {
	var document struct {
		Proof []struct {
			VerificationMethod string `json:"verificationMethod"`
		} `json:"proof"`
	}
	if err := json.Unmarshal(credential, &document); err != nil || len(document.Proof) == 0 {
		return ""
	}
	_, id, _ := strings.Cut(document.Proof[0].VerificationMethod, "#")
	return id
}
