package issuer

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"sync"
	"time"

	"laurel/internal/status"
)

// desk knows the awards that are being signed and are not recorded yet, so that no two are
// made for one assessment, and none gets a position that another one has.
type desk struct {
	mu        sync.Mutex
	keys      map[string]bool
	positions map[position]bool
	left      chan struct{} // closed, and made anew, when keys leave
	open      int           // a pair of status lists that is known to be published
}

type position struct{ list, index int }

func newDesk() *desk {
	return &desk{keys: map[string]bool{}, positions: map[position]bool{}, left: make(chan struct{})}
}

// enter waits until nobody holds any of some keys, and holds all of them.
func (d *desk) enter(ctx context.Context, keys []string) error {
	for {
		d.mu.Lock()
		if !slices.ContainsFunc(keys, func(key string) bool { return d.keys[key] }) {
			for _, key := range keys {
				d.keys[key] = true
			}
			d.mu.Unlock()
			return nil
		}
		left := d.left
		d.mu.Unlock()
		select {
		case <-left:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// leave gives keys and positions back: those of awards that are recorded, or given up.
func (d *desk) leave(keys []string, awards []Award) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, key := range keys {
		delete(d.keys, key)
	}
	for _, a := range awards {
		delete(d.positions, position{a.List, a.Index})
	}
	close(d.left)
	d.left = make(chan struct{})
}

// A pair of lists is full when half of its indexes are used, so that drawing an unused
// one stays quick.
const maxUsed = status.MinEntries / 2

// position draws for each award a random index that no award had before (BSL §5.2, herd
// privacy), and opens a new pair of status lists when one is full.
func (i *Issuer) position(ctx context.Context, awards []Award) error {
	d := i.desk
	d.mu.Lock()
	defer d.mu.Unlock()
	list, used, err := i.store.UsedIndexes(ctx)
	if err != nil {
		return err
	}
	count := used.Count()
	for p := range d.positions {
		if p.list == list {
			count++
		}
	}
	for n := range awards {
		if list == 0 || count >= maxUsed {
			list, used, count = list+1, nil, 0
		}
		if err := i.openLists(ctx, list); err != nil {
			return err
		}
		p := position{list: list}
		for p.index, err = i.index(); err == nil && (used.Has(p.index) || d.positions[p]); {
			p.index, err = i.index()
		}
		if err != nil {
			return err
		}
		awards[n].List, awards[n].Index = p.list, p.index
		d.positions[p] = true
		count++
	}
	return nil
}

// openLists makes a pair of status lists, if it is not there, and publishes it: the lists that
// badges name stand before the badges do.
func (i *Issuer) openLists(ctx context.Context, number int) error {
	if i.desk.open == number {
		return nil
	}
	if err := errors.Join(i.store.AddStatusLists(ctx, number), i.PublishStatus(ctx)); err != nil {
		return err
	}
	i.desk.open = number
	return nil
}

// index draws an index of a status list, whose length divides the numbers that are drawn.
func (i *Issuer) index() (int, error) {
	b, err := i.draw(4)
	if err != nil {
		return 0, err
	}
	return int(binary.BigEndian.Uint32(b) % status.MinEntries), nil
}

// newAward draws what makes an award this one: its id, its links' tokens, its salt.
func (i *Issuer) newAward(r Result, now time.Time) (Award, error) {
	a := Award{Result: r, State: Issued, IssuedAt: now, ChangedAt: now}
	const token = 18
	random, err := i.draw(16 + 3*token)
	if err != nil {
		return a, err
	}
	id, random := random[:16], random[16:]
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80 // RFC 9562 §5.4, version 4
	h := hex.EncodeToString(id)
	a.ID = h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
	for _, to := range []*string{&a.ShareToken, &a.OwnerToken, &a.Salt} {
		*to, random = base64.RawURLEncoding.EncodeToString(random[:token]), random[token:]
	}
	return a, nil
}

func (i *Issuer) draw(n int) ([]byte, error) {
	b := make([]byte, n)
	_, err := io.ReadFull(i.random, b)
	return b, err
}
