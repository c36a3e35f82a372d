package issuer

import (
	"context"
	"errors"
	"fmt"
	"maps"
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

// The bounds of a batch: results that are judged, signed and recorded together, and batches
// that are under way at once, so that one is recorded while another is signed.
const (
	maxBatch   = 4096
	maxBatches = 3
)

// Check says why a result would be refused, without recording anything.
func (i *Issuer) Check(ctx context.Context, r Result) error {
	c := newCatalogue(i.store)
	checked, err := i.checked(ctx, c, r)
	if err != nil {
		return err
	}
	return i.checkWire(ctx, c, checked)
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
	first, again := apart(results)
	group, within := errgroup.WithContext(ctx)
	group.SetLimit(maxBatches)
	var signing sync.Mutex // by one batch at a time, on all cores: so they come to be recorded one after the other
	for at := range slices.Chunk(first, maxBatch) {
		group.Go(func() error { return i.awardBatch(within, results, outcomes, at, &signing) })
	}
	if err := group.Wait(); err != nil {
		return outcomes, err
	}
	for at := range slices.Chunk(again, 1) {
		if err := i.awardBatch(ctx, results, outcomes, at, &signing); err != nil {
			return outcomes, err
		}
	}
	return outcomes, nil
}

// apart tells the places of results that come first with their keys from those of the rest,
// which will find the awards of the first.
func apart(results []Result) (first, again []int) {
	seen := make(map[string]bool, len(results))
	for n, r := range results {
		key := strings.TrimSpace(r.Key)
		if seen[key] {
			again = append(again, n)
		} else {
			seen[key] = true
			first = append(first, n)
		}
	}
	return first, again
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

// checked returns the result as it will be recorded: trimmed, in UTC and whole seconds,
// its validity settled.
func (i *Issuer) checked(ctx context.Context, c *catalogue, r Result) (Result, error) {
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
	a, err := c.achievement(ctx, r.Achievement)
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
	return r, nil
}

// checkWire makes the badge as it would be signed and lets it be judged.
func (i *Issuer) checkWire(ctx context.Context, c *catalogue, r Result) error {
	profile, err := i.store.Profile(ctx)
	if err != nil {
		return err
	}
	p := &press{issuer: i, profile: profile, catalogue: c}
	_, err = p.prepare(ctx, &Award{
		ID: "00000000-0000-4000-8000-000000000000", Result: r, List: 1, Index: status.MinEntries - 1, Salt: strings.Repeat("0", 24),
		IssuedAt: i.now().UTC(),
	})
	return err
}
