package issuer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"laurel/internal/jsonld"
)

// batch is some results on their way to being recorded.
type batch struct {
	issuer   *Issuer
	press    *press
	now      time.Time
	results  []Result
	outcomes []*Outcome
	awards   []Award
	of       []int // the place of each award's result
}

// awardBatch deals with the results at some places, no two of which have one key.
func (i *Issuer) awardBatch(ctx context.Context, results []Result, outcomes []Outcome, at []int, signing *sync.Mutex) error {
	press, err := i.newPress(ctx)
	if err != nil {
		return err
	}
	b := &batch{issuer: i, press: press, now: i.now().UTC().Truncate(time.Second)}
	var keys []string
	for _, n := range at {
		checked, err := i.checked(ctx, press.catalogue, results[n])
		switch {
		case refusal(err):
			outcomes[n].Err = err
		case err != nil:
			return err
		default:
			b.results, b.outcomes = append(b.results, checked), append(b.outcomes, &outcomes[n])
			keys = append(keys, checked.Key)
		}
	}
	if err := i.desk.enter(ctx, keys); err != nil {
		return err
	}
	defer func() { i.desk.leave(keys, b.awards) }()
	if err := b.settle(ctx, keys); err != nil {
		return err
	}
	return b.issue(ctx, signing)
}

// settle answers the results that were sent before, and draws awards for the others.
func (b *batch) settle(ctx context.Context, keys []string) error {
	known, err := b.issuer.store.AwardsByKey(ctx, keys)
	if err != nil {
		return err
	}
	for n, r := range b.results {
		if len(known) > 0 && known[0].Result.Key == r.Key {
			b.outcomes[n].known(known[0], r)
			known = known[1:]
			continue
		}
		a, err := b.issuer.newAward(r, b.now)
		if err != nil {
			return err
		}
		a.SignedBy = fragment(b.press.embedded.Method)
		b.awards, b.of = append(b.awards, a), append(b.of, n)
	}
	return b.issuer.position(ctx, b.awards)
}

// known answers a result whose key has an award already.
func (o *Outcome) known(a Award, r Result) {
	if other := a.Result.conflict(r); other != "" {
		o.Err = fmt.Errorf("%w: the assessment key %q was used with %s; to correct a badge, revoke it and use a new key", ErrConflict, r.Key, other)
		return
	}
	o.Award = a
}

// issue signs the awards on all cores and records those that could be signed.
func (b *batch) issue(ctx context.Context, signing *sync.Mutex) error {
	signing.Lock()
	refused, err := b.press.signAll(ctx, b.awards)
	signing.Unlock()
	if err != nil {
		return err
	}
	good, of := make([]Award, 0, len(b.awards)), make([]int, 0, len(b.awards))
	for n, a := range b.awards {
		if refused[n] != nil {
			b.outcomes[b.of[n]].Err = refused[n]
		} else {
			good, of = append(good, a), append(of, b.of[n])
		}
	}
	if err := b.issuer.record(ctx, good); err != nil {
		return err
	}
	for n, a := range good {
		*b.outcomes[of[n]] = Outcome{Award: a, Created: true}
	}
	return nil
}

// signAll signs awards on all cores, those that are alike by a template, and verifies one of
// each turn as published. It tells of each why its badge cannot be made; its error means that
// the work stopped.
func (p *press) signAll(ctx context.Context, awards []Award) (refused []error, err error) {
	refused = make([]error, len(awards))
	group, within := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for alike := range cohorts(awards) {
		if within.Err() != nil {
			break
		}
		c := p.cohortOf(within, awards, alike)
		for part := range slices.Chunk(alike, turn) {
			group.Go(func() error { return p.signTurn(within, c, awards, part, refused) })
		}
	}
	return refused, cmp.Or(group.Wait(), ctx.Err())
}

// signTurn signs the awards at some places.
func (p *press) signTurn(ctx context.Context, c *cohort, awards []Award, at []int, refused []error) error {
	var last *Award
	for _, n := range at {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := p.signOne(ctx, c, &awards[n])
		switch {
		case refusal(err):
			refused[n] = err
		case err != nil:
			return err
		default:
			last = &awards[n]
		}
	}
	if c == nil || last == nil { // what is signed alone is verified
		return nil
	}
	return p.verify(ctx, last.Credential, last.IssuedAt)
}

// turn is how many awards one core signs before it looks for others.
const turn = 64

// cohortOf makes the cohort of awards that are alike, if there are enough of them and it can
// be made; nil if not.
func (p *press) cohortOf(ctx context.Context, awards []Award, alike []int) *cohort {
	if len(alike) < minCohort {
		return nil
	}
	c, err := p.newCohort(ctx, awards[alike[0]])
	if err != nil {
		return nil
	}
	return c
}

// signOne signs one award, with its cohort where it has one that can.
func (p *press) signOne(ctx context.Context, c *cohort, a *Award) error {
	if c != nil {
		if err := c.sign(ctx, a); !errors.Is(err, jsonld.ErrNoTemplate) {
			return err
		}
	}
	return p.sign(ctx, a)
}
