package issuer

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"laurel/internal/badge"
	"laurel/internal/status"
)

// Outcome tells what became of one assessment result.
type Outcome struct {
	Award   Award
	Created bool  // false: the result had been sent before, Award is what it earned then
	Err     error // the result was refused; wraps ErrInput, ErrNotFound or ErrConflict
}

// maxBadge bounds a badge before it is signed, in bytes; every verifier reads that much.
const maxBadge = 512 << 10

// maxBatch bounds the results that are recorded in one act of the store.
const maxBatch = 64

// Check says why a result would be refused, without recording anything.
func (i *Issuer) Check(ctx context.Context, r Result) error {
	_, err := i.checked(ctx, r)
	return err
}

// Recorded reports whether an award exists for an assessment's key.
func (i *Issuer) Recorded(ctx context.Context, key string) (bool, error) {
	_, err := i.store.AwardByKey(ctx, key)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// Award turns assessment results into signed, stored credentials. Results are judged one
// by one: a refused one does not hold up the others. Once an Outcome without error is
// returned its award is durable. The same result sent again gives the same award.
//
// An error means that the work stopped; results whose outcome has a zero Award and no Err
// were not dealt with, and sending all of them again does no harm.
func (i *Issuer) Award(ctx context.Context, results ...Result) ([]Outcome, error) {
	outcomes := make([]Outcome, len(results))
	for start := 0; start < len(results); start += maxBatch {
		end := min(start+maxBatch, len(results))
		if err := i.awardBatch(ctx, results[start:end], outcomes[start:end]); err != nil {
			return outcomes, err
		}
	}
	return outcomes, nil
}

func (i *Issuer) awardBatch(ctx context.Context, results []Result, outcomes []Outcome) error {
	var reserve []Award
	var at []int
	for n, r := range results {
		checked, err := i.checked(ctx, r)
		if err != nil {
			if !refusal(err) {
				return err
			}
			outcomes[n].Err = err
			continue
		}
		award, err := i.newAward(checked)
		if err != nil {
			return err
		}
		reserve, at = append(reserve, award), append(at, n)
	}
	i.writing.Lock()
	defer i.writing.Unlock()
	recorded, err := i.store.Reserve(ctx, reserve, i.place)
	if err != nil {
		return err
	}
	var sign []*Award
	for k := range recorded {
		o := &outcomes[at[k]]
		o.Award, o.Created = recorded[k], recorded[k].ID == reserve[k].ID
		if other := recorded[k].Result.conflict(reserve[k].Result); other != "" {
			o.Award, o.Err = Award{}, fmt.Errorf("%w: the assessment key %q was used with %s; to correct a badge, revoke it and use a new key", ErrConflict, reserve[k].Result.Key, other)
		} else if recorded[k].State == Reserved {
			sign = append(sign, &o.Award)
		}
	}
	failed, err := i.finish(ctx, sign)
	if err != nil {
		return err
	}
	for k := range outcomes {
		o := &outcomes[k]
		if err := failed[o.Award.ID]; err != nil && o.Err == nil {
			o.Award, o.Created, o.Err = Award{}, false, fmt.Errorf("%w: the badge could not be signed: %w", ErrInput, err)
		}
	}
	return nil
}

func refusal(err error) bool {
	return errors.Is(err, ErrInput) || errors.Is(err, ErrNotFound) || errors.Is(err, ErrConflict)
}

// conflict says in which respect two results with one key are not the same result, or "".
// What the learner may change, and what the catalogue fills in, is left out.
func (r Result) conflict(other Result) string {
	switch {
	case r.Achievement != other.Achievement || !strings.EqualFold(r.Email, other.Email):
		return "another learner or achievement"
	case !r.AwardedAt.Equal(other.AwardedAt):
		return "another date"
	case !maps.Equal(r.Values, other.Values):
		return "other result values"
	case r.Narrative != other.Narrative || r.LicenseNumber != other.LicenseNumber || r.Term != other.Term ||
		r.CreditsEarned != other.CreditsEarned || !slices.Equal(links(r.Evidence), links(other.Evidence)):
		return "other details"
	}
	return ""
}

func links(evidence []badge.Evidence) (ids []string) {
	for _, e := range evidence {
		ids = append(ids, e.ID)
	}
	return ids
}

// finish signs reserved awards on all cores and records them as issued in one act. An award
// that cannot be signed is voided, and its place in the result says why; the others go on.
func (i *Issuer) finish(ctx context.Context, awards []*Award) (failed map[string]error, err error) {
	if len(awards) == 0 {
		return nil, nil
	}
	press, err := i.newPress(ctx)
	if err != nil {
		return nil, err
	}
	unique := map[string]*Award{}
	for _, a := range awards {
		unique[a.ID] = a
	}
	failed = press.signAll(ctx, unique)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	// The lists that the badges name must stand before the badges do.
	if err := i.PublishStatus(ctx); err != nil {
		return nil, err
	}
	issued := make([]Award, 0, len(unique))
	for id, a := range unique {
		if failed[id] == nil {
			issued = append(issued, *a)
		} else if err := i.store.Void(ctx, id, "could not be signed", i.now().UTC()); err != nil {
			return nil, err
		}
	}
	if err := i.store.Issue(ctx, issued); err != nil {
		return nil, err
	}
	for _, a := range awards {
		*a = *unique[a.ID]
	}
	return failed, nil
}

// signAll signs on all cores and returns, by award, why some could not be.
func (p *press) signAll(ctx context.Context, awards map[string]*Award) map[string]error {
	var mu sync.Mutex
	failed := map[string]error{}
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for id, a := range awards {
		group.Go(func() error {
			if err := p.sign(ctx, a); err != nil {
				mu.Lock()
				defer mu.Unlock()
				failed[id] = err
			}
			return nil
		})
	}
	_ = group.Wait() // no job returns an error
	return failed
}

// Resume finishes what a crash left half done, by the path that every award takes: it
// signs the reserved awards, voids those that cannot be signed any more, and publishes the
// status lists that lag behind. It returns how many awards it finished and voided.
func (i *Issuer) Resume(ctx context.Context) (finished, voided int, err error) {
	i.writing.Lock()
	defer i.writing.Unlock()
	reserved, err := i.store.Reservations(ctx)
	if err != nil {
		return 0, 0, err
	}
	for n := range reserved {
		a := reserved[n]
		if _, err := i.checked(ctx, a.Result); refusal(err) {
			if err := i.store.Void(ctx, a.ID, "could not be signed after a restart", i.now().UTC()); err != nil {
				return finished, voided, err
			}
			voided++
			continue
		}
		failed, err := i.finish(ctx, []*Award{&a})
		if err != nil {
			return finished, voided, err
		}
		if len(failed) > 0 {
			voided++
		} else {
			finished++
		}
	}
	return finished, voided, i.PublishStatus(ctx)
}

// checked returns the result as it will be recorded: trimmed, in UTC and whole seconds,
// its validity settled.
func (i *Issuer) checked(ctx context.Context, r Result) (Result, error) {
	r.Key, r.Email, r.Name = strings.TrimSpace(r.Key), strings.TrimSpace(r.Email), strings.TrimSpace(r.Name)
	switch {
	case !IsKey(r.Key):
		return r, fmt.Errorf("%w: the assessment key must be 1 to 200 printable ASCII characters", ErrInput)
	case !isEmail(r.Email):
		return r, fmt.Errorf("%w: the e-mail address is missing or malformed", ErrInput)
	case len(r.Name) > 200:
		return r, fmt.Errorf("%w: the name is longer than 200 bytes", ErrInput)
	case r.AwardedAt.IsZero():
		return r, fmt.Errorf("%w: the date of the award is missing", ErrInput)
	case r.AwardedAt.After(i.now().Add(24 * time.Hour)):
		return r, fmt.Errorf("%w: the date of the award, %s, is in the future", ErrInput, r.AwardedAt.Format(time.DateOnly))
	case r.AwardedAt.Year() < 1900:
		return r, fmt.Errorf("%w: the date of the award, %s, is before 1900", ErrInput, r.AwardedAt.Format(time.DateOnly))
	}
	a, err := i.store.Achievement(ctx, r.Achievement)
	if errors.Is(err, ErrNotFound) {
		return r, fmt.Errorf("%w: no achievement %.64q is in the catalogue; import it first", ErrNotFound, r.Achievement)
	} else if err != nil {
		return r, err
	}
	r.AwardedAt = r.AwardedAt.UTC().Truncate(time.Second)
	if r.ValidUntil == nil && a.ValidMonths > 0 {
		until := r.AwardedAt.AddDate(0, a.ValidMonths, 0)
		r.ValidUntil = &until
	}
	if r.ValidUntil != nil {
		until := r.ValidUntil.UTC().Truncate(time.Second)
		if !until.After(r.AwardedAt) {
			return r, fmt.Errorf("%w: the validity ends before the award", ErrInput)
		}
		r.ValidUntil = &until
	}
	return r, i.checkWire(ctx, a, r)
}

// checkWire builds the badge as it would be signed and lets it be judged, so that a
// result is refused before anything is recorded.
func (i *Issuer) checkWire(ctx context.Context, a Achievement, r Result) error {
	profile, err := i.store.Profile(ctx)
	if err != nil {
		return err
	}
	probe := Award{
		ID: "00000000-0000-4000-8000-000000000000", Result: r, List: 1, Index: status.MinEntries - 1, Salt: strings.Repeat("0", 24),
	}
	prepared, err := i.prepare(profile, a, probe)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrInput, err)
	}
	if prepared.Size() > maxBadge {
		return fmt.Errorf("%w: the badge would be larger than %d KiB", ErrInput, maxBadge>>10)
	}
	if _, err := i.processor.Read(prepared.Value()); err != nil {
		return fmt.Errorf("%w: %w", ErrInput, err)
	}
	return nil
}
