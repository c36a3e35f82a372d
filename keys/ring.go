package keys

import (
	"crypto"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// Errors of a Ring that callers decide on. A ring or key file that exists already gives an error that wraps
// fs.ErrExist, a missing one fs.ErrNotExist.
var (
	ErrWrongSecret = errors.New("the passphrase or key file does not open this key ring")
	ErrCorrupt     = errors.New("the key ring is damaged: restore it from a backup")
	ErrNotFound    = errors.New("no such key in the ring")
	ErrInactive    = errors.New("the key signs no more")
	ErrHeld        = errors.New("the key is already in the ring")
)

// A Ring is the file of the issuer's signing keys, sealed with age. Every change is on the disk, whole, before the
// method that made it returns; after an error the file holds the ring as it was before or as it would have been.
// A Ring is safe for concurrent use in one process; the owner of the data directory keeps other processes out.
type Ring struct {
	path       string
	secret     Secret
	workFactor int

	mu   sync.RWMutex
	keys []*held // oldest first; guarded by mu, items are never changed in place
}

// Format writes the ring's path and nothing that it holds.
func (r *Ring) Format(f fmt.State, _ rune) { _, _ = fmt.Fprintf(f, "key ring %s", r.path) }

// maxKeys bounds a ring; a college that rotates monthly fills it in twenty years.
const maxKeys = 256

// An Option changes how a Ring is written.
type Option func(*Ring)

// WorkFactor sets the power of two of scrypt's cost, 1 to 20, for rings sealed with a passphrase. The default is 18.
// Less is for tests only.
func WorkFactor(n int) Option {
	return func(r *Ring) { r.workFactor = min(max(n, 1), maxWorkFactor) }
}

func newRing(path string, s Secret, options []Option) *Ring {
	r := &Ring{path: path, secret: s, workFactor: defaultWorkFactor}
	for _, option := range options {
		option(r)
	}
	return r
}

// Create makes a ring without keys, mode 0600. A file that exists is never touched.
func Create(path string, s Secret, options ...Option) (*Ring, error) {
	r := newRing(filepath.Clean(path), s, options)
	b, err := r.seal(nil)
	if err != nil {
		return nil, err
	}
	if err := writeNew(r.path, b); err != nil {
		return nil, err
	}
	return r, nil
}

// Open reads a ring. ErrWrongSecret and ErrCorrupt tell the two common troubles apart, as far as encryption allows.
func Open(path string, s Secret, options ...Option) (*Ring, error) {
	// A later replace must hit the file, not a link to it.
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, err
	}
	r := newRing(real, s, options)
	b, err := readRing(real)
	if err != nil {
		return nil, err
	}
	r.keys, err = unseal(b, s)
	if err != nil {
		return nil, err
	}
	return r, nil
}

// List shows every key, oldest first.
func (r *Ring) List() []Key {
	r.mu.RLock()
	defer r.mu.RUnlock()
	list := make([]Key, 0, len(r.keys))
	for _, k := range r.keys {
		list = append(list, k.view())
	}
	return list
}

// Generate makes a new active key. Its randomness is the operating system's: Go's generators take no other.
func (r *Ring) Generate(a Algorithm, now time.Time) (Key, error) {
	private, err := generate(a)
	if err != nil {
		return Key{}, err
	}
	return r.add(private, now)
}

// Import takes in a private key of one of the Algorithms: PEM (PKCS #8, SEC 1 or PKCS #1, not encrypted) or JWK.
func (r *Ring) Import(pemOrJWK []byte, now time.Time) (Key, error) {
	private, err := parsePrivate(pemOrJWK)
	if err != nil {
		return Key{}, err
	}
	return r.add(private, now)
}

func (r *Ring) add(private crypto.Signer, now time.Time) (Key, error) {
	fresh, err := hold(private, now)
	if err != nil {
		return Key{}, err
	}
	err = r.change(func(keys []*held) ([]*held, error) {
		if slices.ContainsFunc(keys, func(k *held) bool { return k.ID == fresh.ID }) {
			return nil, fmt.Errorf("%w: %s", ErrHeld, fresh.ID)
		}
		return append(keys, fresh), nil
	})
	if err != nil {
		return Key{}, err
	}
	return fresh.view(), nil
}

// Rotate replaces an active key by a new one of the same Algorithm in one step, and returns the new one. The old key
// is rotated: what it signed stays good.
func (r *Ring) Rotate(id string, now time.Time) (Key, error) {
	var fresh *held
	err := r.change(func(keys []*held) ([]*held, error) {
		i, err := find(keys, id)
		if err != nil {
			return nil, err
		}
		if err := keys[i].mustSign(); err != nil {
			return nil, err
		}
		private, err := generate(keys[i].Algorithm)
		if err != nil {
			return nil, err
		}
		if fresh, err = hold(private, now); err != nil {
			return nil, err
		}
		old, end := *keys[i], stamp(now)
		old.NotAfter = &end
		keys[i] = &old
		return append(keys, fresh), nil
	})
	if err != nil {
		return Key{}, err
	}
	return fresh.view(), nil
}

// Retire marks a key, active or rotated, as not to be believed from a moment on. Signers lent before stop working at
// once. There is no way back.
func (r *Ring) Retire(id string, at time.Time) error {
	return r.change(func(keys []*held) ([]*held, error) {
		i, err := find(keys, id)
		if err != nil {
			return nil, err
		}
		if keys[i].Revoked != nil {
			return nil, fmt.Errorf("%w: %s is retired already", ErrInactive, id)
		}
		old, end := *keys[i], stamp(at)
		old.Revoked = &end
		if old.NotAfter == nil {
			old.NotAfter = &end
		}
		keys[i] = &old
		return keys, nil
	})
}

// Active gives the newest active key among the accepted algorithms. Naming none accepts none.
func (r *Ring) Active(accepted ...Algorithm) (Key, error) {
	list := r.List()
	var newest *Key
	for i, k := range list {
		if k.Active() && slices.Contains(accepted, k.Algorithm) && (newest == nil || !k.Created.Before(newest.Created)) {
			newest = &list[i]
		}
	}
	if newest == nil {
		return Key{}, fmt.Errorf("%w: no active key of %v", ErrNotFound, accepted)
	}
	return *newest, nil
}

func (r *Ring) get(id string) (*held, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	i, err := find(r.keys, id)
	if err != nil {
		return nil, err
	}
	return r.keys[i], nil
}

func find(keys []*held, id string) (int, error) {
	i := slices.IndexFunc(keys, func(k *held) bool { return k.ID == id })
	if i < 0 {
		return 0, fmt.Errorf("%w: %q", ErrNotFound, clip(id))
	}
	return i, nil
}

// change is the one way in which a ring changes: edit a copy of the list, write it, then adopt it.
func (r *Ring) change(edit func([]*held) ([]*held, error)) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	keys, err := edit(slices.Clone(r.keys))
	if err != nil {
		return err
	}
	if len(keys) > maxKeys {
		return fmt.Errorf("the key ring is full: %d keys", maxKeys)
	}
	b, err := r.seal(keys)
	if err != nil {
		return err
	}
	if err := replace(r.path, b); err != nil {
		return fmt.Errorf("cannot write the key ring: %w", err)
	}
	r.keys = keys
	return nil
}
