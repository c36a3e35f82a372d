package keys

import (
	"crypto"
	"fmt"
	"time"
)

// A Key is the public view of one key in a Ring.
//
// Its life has three states. An active key signs. A rotated key, NotAfter set, signs no more, but what it signed
// stays good: it is published unchanged for as long as its badges live. A retired key, Revoked set, is in doubt,
// because its private half may have been stolen and thieves backdate: nothing it signed is to be believed any more,
// and it is published as revoked.
//
// NotAfter is for the operator and the registry, and is deliberately not published as the method's "expires": CID §2.2
// has verifiers refuse every proof of a method from that moment on, whenever the proof was made, so that each rotation
// would void the badges issued before it.
type Key struct {
	ID        string // RFC 7638 thumbprint, 43 characters
	Algorithm Algorithm
	Public    crypto.PublicKey
	Created   time.Time  // when it was made or imported
	NotAfter  *time.Time // the last moment it may have signed; set by Rotate and Retire
	Revoked   *time.Time // set by Retire
}

// Active tells whether the key may sign.
func (k Key) Active() bool { return k.NotAfter == nil && k.Revoked == nil }

// held is a Key with its private half.
type held struct {
	Key
	private crypto.Signer
}

func hold(private crypto.Signer, now time.Time) (*held, error) {
	algorithm, err := AlgorithmOf(private.Public())
	if err != nil {
		return nil, err
	}
	id, err := Thumbprint(private.Public())
	if err != nil {
		return nil, err
	}
	return &held{Key{ID: id, Algorithm: algorithm, Public: private.Public(), Created: stamp(now)}, private}, nil
}

// view copies a Key so that its reader cannot reach the ring's own dates.
func (h *held) view() Key {
	k := h.Key
	k.NotAfter, k.Revoked = copyTime(k.NotAfter), copyTime(k.Revoked)
	return k
}

func copyTime(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	c := *t
	return &c
}

func (h *held) mustSign() error {
	if !h.Active() {
		return fmt.Errorf("%w: %s", ErrInactive, h.ID)
	}
	return nil
}

// stamp is the precision of every date in a ring: whole seconds, UTC.
func stamp(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }
