package issuer

import (
	"context"
	"errors"
	"sync"
)

// maxAct bounds the awards that one act of the store records, which its commit holds in
// memory.
const maxAct = 8192

// recorder makes one act of the store out of what many want recorded at the same time.
// While one act becomes durable the next comes together: it takes no longer than that to
// wait, and nobody is told of an award before it is durable.
type recorder struct {
	mu      sync.Mutex
	waiting []*wish
	acting  sync.Mutex // held by whoever acts for those who wait
}

// wish is what one of them wants recorded.
type wish struct {
	awards []Award
	done   bool
	err    error
}

// record makes awards durable, all or none.
func (i *Issuer) record(ctx context.Context, awards []Award) error {
	if err := ctx.Err(); err != nil || len(awards) == 0 {
		return err
	}
	r := &i.recorder
	own := &wish{awards: awards}
	r.mu.Lock()
	r.waiting = append(r.waiting, own)
	r.mu.Unlock()
	r.acting.Lock()
	defer r.acting.Unlock()
	for !own.done {
		i.act(context.WithoutCancel(ctx), r.next())
	}
	return own.err
}

// next takes those who wait, the first first, as many as one act records.
func (r *recorder) next() []*wish {
	r.mu.Lock()
	defer r.mu.Unlock()
	n, awards := 0, 0
	for n < len(r.waiting) && (n == 0 || awards+len(r.waiting[n].awards) <= maxAct) {
		awards += len(r.waiting[n].awards)
		n++
	}
	taken := r.waiting[:n:n]
	r.waiting = r.waiting[n:]
	return taken
}

// act records what some want in one act, and each by itself if what one of them wants is in
// conflict with what is recorded.
func (i *Issuer) act(ctx context.Context, wishes []*wish) {
	var all []Award
	for _, w := range wishes {
		all = append(all, w.awards...)
	}
	err := i.store.Add(ctx, all)
	for _, w := range wishes {
		if w.done, w.err = true, err; errors.Is(err, ErrConflict) && len(wishes) > 1 {
			w.err = i.store.Add(ctx, w.awards)
		}
	}
}
