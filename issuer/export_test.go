package issuer

import (
	"context"
	"runtime"
	"sync"
)

// PreparedAlone returns an award's badge before its proof, made without a template.
func (i *Issuer) PreparedAlone(ctx context.Context, a Award) ([]byte, error) {
	press, err := i.newPress(ctx)
	if err != nil {
		return nil, err
	}
	prepared, err := press.prepare(ctx, &a)
	return prepared.Bytes(), err
}

// SignedByTemplate returns the credential that a cohort of awards like the first gives the
// second.
func (i *Issuer) SignedByTemplate(ctx context.Context, first, second Award) ([]byte, error) {
	press, err := i.newPress(ctx)
	if err != nil {
		return nil, err
	}
	c, err := press.newCohort(ctx, first)
	if err != nil {
		return nil, err
	}
	return second.Credential, c.sign(ctx, &second)
}

// ShapeOf is shapeOf.
func ShapeOf(a Award) string { return shapeOf(&a) }

// RecordTogether records groups of awards in the order given, all of which wait for an act
// that is under way.
func (i *Issuer) RecordTogether(ctx context.Context, groups ...[]Award) []error {
	errs := make([]error, len(groups))
	var wg sync.WaitGroup
	i.recorder.acting.Lock()
	for n, awards := range groups {
		wg.Go(func() { errs[n] = i.record(ctx, awards) })
		for i.waiting() <= n {
			runtime.Gosched()
		}
	}
	i.recorder.acting.Unlock()
	wg.Wait()
	return errs
}

func (i *Issuer) waiting() int {
	i.recorder.mu.Lock()
	defer i.recorder.mu.Unlock()
	return len(i.recorder.waiting)
}
